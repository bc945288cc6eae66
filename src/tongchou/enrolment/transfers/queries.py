"""What pages and others may ask of transfers (转移接续查询)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tongchou.enrolment.employers.models import EmployerMember
from tongchou.enrolment.states import Scheme
from tongchou.enrolment.transfers import sources
from tongchou.enrolment.transfers.models import Transfer, TransferDocument
from tongchou.enrolment.transfers.sources import PaidYear
from tongchou.enrolment.transfers.states import OPEN, DocumentKind, Side, TransferKind, TransferState
from tongchou.platform.scope import Scope


def transfer(number: str) -> Transfer | None:
    """One transfer with its person (转移接续)."""
    found = Transfer.objects.select_related("person", "closed", "opened").filter(number=number)
    return found.prefetch_related("documents").first()


def document(number: str, kind: str) -> TransferDocument | None:
    """One document of a transfer (转移文书)."""
    return TransferDocument.objects.select_related("transfer").filter(transfer__number=number, kind=kind).first()


def of_case(case_number: str) -> Transfer | None:
    """The transfer that a case brought about (附件6); None while it is not decided."""
    found = Transfer.objects.filter(case_number=case_number).prefetch_related("documents") if case_number else None
    return found.first() if found is not None else None


@dataclass(frozen=True, slots=True)
class Certified:
    """A transfer document as anybody who holds it may check it; name and number are for masking (文书验真)."""

    number: str
    kind: str
    title: str
    agency: str
    issued_on: date
    name: str
    certificate_no: str
    from_agency: str
    to_agency: str
    from_scheme: str
    to_scheme: str
    starts_on: date
    paid_years: tuple[int, ...]
    is_void: bool
    """Sent back or withdrawn: the paper says what is no longer so."""
    area: str
    unit_code: str


CODE_LENGTH: Final = 12


def certified(code: str) -> Certified | None:
    """The document that bears this code, however it was typed; None for any other (文书验真; ENR-27).

    One that came from another house is checked there: it bears a code of this house only on our copy.
    """
    plain = "".join(letter for letter in code.upper() if letter.isascii() and letter.isalnum())
    if len(plain) != CODE_LENGTH:
        return None
    written = "-".join((plain[:4], plain[4:8], plain[8:]))
    found = TransferDocument.objects.select_related("transfer").filter(code=written).first()
    if found is None:
        return None
    of = found.transfer
    years = {int(one["year"]) for one in found.content.get("paid", ()) if one["scheme"] == Scheme.RESIDENT}
    return Certified(
        number=of.number,
        kind=found.kind,
        title=DocumentKind(found.kind).label,
        agency=found.issued_by,
        issued_on=timezone.localdate(found.issued_at),
        name=of.name,
        certificate_no=of.certificate_no,
        from_agency=of.from_agency,
        to_agency=of.to_agency,
        from_scheme=Scheme(of.from_scheme).label,
        to_scheme=Scheme(of.to_scheme).label,
        starts_on=of.starts_on,
        paid_years=tuple(sorted(years)),
        is_void=of.state in (TransferState.RETURNED, TransferState.WITHDRAWN),
        area=of.from_area,
        unit_code=of.from_unit,
    )


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
class Progress:
    """How far a transfer is, as its person may see it (转移进度; ENR-27): each stage with its moment, empty ahead."""

    transfer: Transfer
    title: str
    papers: tuple[TransferDocument, ...]
    """What the person may have of it: the documents that this house issued."""
    stages: tuple[tuple[str, datetime | None], ...]


def progress_of(person_id: int) -> list[Progress]:
    """The transfers of a person with their stages, the latest first."""
    found = Transfer.objects.filter(person_id=person_id).prefetch_related("documents").order_by("-id")
    return [Progress(one, TransferKind(one.kind).label, _issued(one), stages(one)) for one in found]


def _issued(of: Transfer) -> tuple[TransferDocument, ...]:
    """凭证 and 信息表 of this house; letters and answers go between agencies."""
    mine = (DocumentKind.PROOF, DocumentKind.TABLE) if of.side != Side.IN else ()
    return tuple(one for one in of.documents.all() if one.kind in mine)


def stages(of: Transfer) -> tuple[tuple[str, datetime | None], ...]:
    """凭证、联系函、信息表、办结: what happened when, and what is still to come (办理阶段)."""
    held = {one.kind: one for one in of.documents.all()}
    wanted = [DocumentKind.PROOF]
    if of.kind == TransferKind.SCHEME:
        wanted += [DocumentKind.LETTER, DocumentKind.TABLE]
    told: list[tuple[str, datetime | None]] = []
    for kind in wanted:
        one = held.get(kind)
        paper = {"paper": _(kind.label)}
        said = _("%(paper)s已出具") % paper if one else _("待出具%(paper)s") % paper
        told.append((said, one.issued_at if one else None))
        if one and one.acknowledged_at:
            told.append((_("%(paper)s对方已签收") % paper, one.acknowledged_at))
    ended = None if of.state in OPEN else of.ended_at
    last = _(TransferState(of.state).label) if ended else _("待%(agency)s办理转入") % {"agency": of.to_agency}
    return (*told, (last, ended))


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
