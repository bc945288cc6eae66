"""慢特病备案续期: filings that end with the year, renewed many at once after the yearly check (ENC-21)."""

from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from tongchou.encounters import commands, queries
from tongchou.encounters.web.criteria import known
from tongchou.encounters.web.filings import COLUMNS, FILES, complete
from tongchou.enrolment import queries as enrolment
from tongchou.kernel.errors import DomainError
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page, sentence_with_code
from tongchou.platform.web.crumbs import crumbs

MOST_AT_ONCE: Final = 100
MOST_TOLD: Final = 20


class RenewalFilter(lists.FilterForm):
    year = lists.words(_("续期年度"), longest=4)
    person_no = lists.words(_("人员编号"), longest=30)
    institution_code = lists.institution(_("定点机构"))


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    keys = known(request, criteria)
    if keys is None:
        return lists.Held([])
    year = _year(request, keys.pop("year", ""))
    units = enrolment.unit_of_person()
    return lists.Pages(
        lambda at: queries.find_filings(
            scope=request.scope, person_units=units, on=request.today, at=at, renew=year, **keys
        )
    )


def _year(request: PageRequest, asked: str) -> int:
    return int(asked) if asked.isdecimal() and len(asked) == 4 else request.today.year + 1


RENEWALS: Final = lists.List(
    name="renewals",
    title=_("慢特病备案续期"),
    columns=(lists.Column("", "id", "pick"), *COLUMNS),
    read=_read,
    complete=complete,
    orders={"newest": ("-id",)},
    form=RenewalFilter,
    defaults=lambda request: {"year": str(request.today.year + 1)},
    link=lambda row: reverse("encounters:filing", args=[row.id]),
    template="encounters/renewals.html",
    empty=_("没有待续期的备案。"),
)


@page(FILES)
def renewals(request: PageRequest) -> HttpResponse:
    """The filings to renew for a year."""
    steps = crumbs((_("就医"), "encounters:encounters"), (_("备案"), "encounters:filings"), _("续期"))
    return RENEWALS.respond(request, crumbs=steps, year=_year(request, request.GET.get("year", "")))


@page(FILES, methods=("POST",))
def renew(request: PageRequest) -> HttpResponse:
    """续期所选: each on its own; what was refused is said."""
    chosen = [int(one) for one in request.POST.getlist("pick")[:MOST_AT_ONCE] if one.isdecimal()]
    evidence = request.POST.get("evidence", "")[:200]
    refused = [told for filing_id in chosen if (told := _renew(request, filing_id, evidence))]
    if done := len(chosen) - len(refused):
        said = ngettext("已续期 %(count)s 份备案。", "已续期 %(count)s 份备案。", done) % {"count": done}
        messages.success(request, said)
    for told in refused[:MOST_TOLD]:
        messages.error(request, told)
    if not chosen:
        messages.warning(request, gettext("没有选择备案。"))
    year = _year(request, request.POST.get("year", ""))
    return redirect(f"{reverse('encounters:renewals')}?year={year}")


def _renew(request: PageRequest, filing_id: int, evidence: str) -> str:
    """Empty, or why not."""
    try:
        commands.renew_filing(filing_id=filing_id, evidence=evidence, operator=request.operator, now=request.now)
    except DomainError as refusal:
        return f"{filing_id}:{sentence_with_code(refusal)}"
    return ""
