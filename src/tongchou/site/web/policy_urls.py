"""Addresses of the policy pages."""

from datetime import date

from django.urls import path, register_converter

from tongchou.site.web import policy


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
    path("", policy.packages, name="packages"),
    path("hash/<str:content_hash>/", policy.by_hash, name="by_hash"),
    path("<str:area>/<str:scheme>/<day:valid_from>/", policy.package, name="package"),
]
