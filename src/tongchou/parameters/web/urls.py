"""Addresses of the policy pages."""

from datetime import date

from django.urls import path, register_converter

from tongchou.parameters.web import deciding, differences, drafts, packages


class DayConverter:
    """A date in an address: `2017-07-01`."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

app_name = "policy"
urlpatterns = [
    path("", packages.packages, name="packages"),
    path("differences/", differences.differences, name="differences"),
    path("compare/", packages.compare, name="compare"),
    path("hash/<str:content_hash>/", packages.by_hash, name="by_hash"),
    path("hash/<str:content_hash>/values/", packages.values, name="values"),
    path("drafts/", drafts.drafts, name="drafts"),
    path("drafts/new/", drafts.start, name="start"),
    path("drafts/local/", drafts.start_local, name="start_local"),
    path("drafts/<int:draft_id>/", drafts.draft, name="draft"),
    path("drafts/<int:draft_id>/values/", drafts.save_values, name="save_values"),
    path("drafts/<int:draft_id>/text/", drafts.save_text, name="save_text"),
    path("drafts/<int:draft_id>/check/", drafts.check, name="check"),
    path("drafts/<int:draft_id>/golden/", drafts.golden, name="golden"),
    path("drafts/<int:draft_id>/submit/", drafts.submit, name="submit"),
    path("drafts/<int:draft_id>/withdraw/", drafts.withdraw, name="withdraw"),
    path("drafts/<int:draft_id>/return/", deciding.return_draft, name="return"),
    path("drafts/<int:draft_id>/approve/", deciding.approve, name="approve"),
    path("drafts/<int:draft_id>/sheet/", deciding.sheet, name="sheet"),
    path("<str:area>/<str:scheme>/", packages.over_time, name="over_time"),
    path("<str:area>/<str:scheme>/history/<str:key>/", packages.history, name="history"),
    path("<str:area>/<str:scheme>/<day:valid_from>/", packages.package, name="package"),
]
