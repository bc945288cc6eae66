"""银行账户 of a person, and accounts changed lately, for whoever reviews payments (ENR-19)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment.bank_accounts import queries
from tongchou.enrolment.bank_accounts.case import KIND
from tongchou.enrolment.bank_accounts.models import BankAccount
from tongchou.enrolment.bank_accounts.states import AccountSource, HolderKind
from tongchou.enrolment.web.person import person_page
from tongchou.platform import queries as platform
from tongchou.platform.web import lists, masks, tabs
from tongchou.platform.web.access import PageRequest, may, page
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.importing import may_import

tabs.add_tab("person", tabs.Tab("account", _("银行账户"), "enrolment:person_account", "enrolment.view_person", 14))


@page("enrolment.view_person")
def of_person(request: PageRequest, person_no: str) -> HttpResponse:
    """银行账户: the one in use, and what stood before it."""
    context = person_page(request, person_no, "account")
    facts = context["facts"]
    context |= {
        "in_use": queries.account_of(facts.id, request.now),
        "history": [
            (one, HolderKind(one.holder_kind).label, AccountSource(one.source).label)
            for one in queries.history_of(facts.id)
        ],
        "may_accept": may(request, "cases.accept", work=KIND.work) and not facts.died_on,
    }
    return render(request, "enrolment/person_account.html", context)


class ChangedFilter(lists.FilterForm):
    since = lists.day(_("变更不早于"))


@dataclass(frozen=True, slots=True)
class Line:
    """An account as listed, with the name of the unit."""

    row: BankAccount
    unit_name: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    since = queries.watch_begins(own_area(request), request.now)
    if day := criteria.get("since"):
        since = timezone.make_aware(datetime.combine(day, time.min))
    return lists.Table(queries.changed_since(since, scope=request.scope))


def _complete(request: PageRequest, rows: Sequence[BankAccount]) -> Sequence[Line]:
    names = platform.unit_names_of({row.person.unit_code for row in rows})
    return [Line(row, names.get(row.person.unit_code, row.person.unit_code)) for row in rows]


CHANGED: Final = lists.List(
    name="changed_accounts",
    title=_("近期变更的银行账户"),
    columns=(
        lists.Column(_("变更时间"), "recorded_at", "moment"),
        lists.Column(_("姓名"), lambda row: row.person.name, "name"),
        lists.Column(_("证件号码"), lambda row: row.person.certificate_no, "certificate"),
        lists.Column(_("参保单位"), "unit_name"),
        lists.Column(_("开户银行"), "bank_name"),
        lists.Column(_("银行账号"), lambda row: masks.card(row.account_no), "code"),
        lists.Column(_("账户持有人"), lambda row: HolderKind(row.holder_kind).label, "choice"),
        lists.Column(_("登记方式"), lambda row: AccountSource(row.source).label, "choice"),
        lists.Column(_("经办人"), "staff_code", "staff"),
    ),
    read=_read,
    complete=_complete,
    orders={"newest": ("-recorded_at", "-id")},
    form=ChangedFilter,
    link=lambda row: reverse("enrolment:person_account", args=[row.person.person_no]),
    template="enrolment/changed_accounts.html",
    empty=_("近期没有变更的银行账户。"),
)


@page("enrolment.view_person")
def changed(request: PageRequest) -> HttpResponse:
    """Accounts that took the place of another within the watch before a payment, the newest first."""
    return CHANGED.respond(
        request,
        may_import=may_import(request, "bank_accounts"),
        crumbs=crumbs((_("参保登记"), "enrolment:persons"), _("近期变更的银行账户")),
    )
