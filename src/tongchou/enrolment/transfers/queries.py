"""What pages and others may ask of transfers (转移接续查询)."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from tongchou.enrolment.employers.models import EmployerMember
from tongchou.enrolment.states import Scheme
from tongchou.enrolment.transfers import sources
from tongchou.enrolment.transfers.models import Transfer, TransferDocument
from tongchou.enrolment.transfers.sources import PaidYear
from tongchou.platform.scope import Scope


def transfer(number: str) -> Transfer | None:
    """One transfer with its person (转移接续)."""
    found = Transfer.objects.select_related("person", "closed", "opened").filter(number=number)
    return found.prefetch_related("documents").first()


def document(number: str, kind: str) -> TransferDocument | None:
    """One document of a transfer (转移文书)."""
    return TransferDocument.objects.select_related("transfer").filter(transfer__number=number, kind=kind).first()


def transfers(scope: Scope, *, words: str = "", state: str = "", kind: str = "") -> QuerySet[Transfer]:
    """Transfers that left or come to a place inside the scope (转移接续清单)."""
    left = scope.q("from_unit", "from_area")
    coming = Q(to_area__in=scope.areas) if scope.areas else scope.q("to_unit", "to_area")
    found = Transfer.objects.filter(left | coming).select_related("person")
    if wanted := words.strip():
        found = found.filter(
            Q(name__startswith=wanted)
            | Q(certificate_no=wanted.upper())
            | Q(number=wanted)
            | Q(documents__code=wanted.upper())
        ).distinct()
    given = {"state": state, "kind": kind}
    return found.filter(**{name: value for name, value in given.items() if value})


def transfers_of(person_id: int) -> list[Transfer]:
    """The transfers of a person, the latest first (历次转移)."""
    return list(Transfer.objects.filter(person_id=person_id).order_by("-id"))


@dataclass(frozen=True, slots=True)
class Employed:
    """职工参保月份 [month_from, month_until) at an employer."""

    employer: str
    month_from: date
    month_until: date | None


@dataclass(frozen=True, slots=True)
class Periods:
    """缴费年限 of both schemes, apart (GX2017 §17; ENR-27)."""

    resident: tuple[PaidYear, ...]
    employee: tuple[Employed, ...]


def periods_of(person_id: int) -> Periods:
    """The years paid as a resident and the months employed, shown apart (ENR-27)."""
    paid = tuple(one for one in sources.paid_years(person_id) if one.scheme == Scheme.RESIDENT)
    members = EmployerMember.objects.filter(person_id=person_id).select_related("employer").order_by("month_from")
    return Periods(paid, tuple(Employed(one.employer.name, one.month_from, one.month_until) for one in members))
