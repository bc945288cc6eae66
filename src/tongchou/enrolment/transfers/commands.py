"""Transfers out, in, back (转出、转入、退回、撤回; GX2017 §16, 17; ENR-26…28). One transaction each."""

from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from tongchou.enrolment import events, parameters, rules
from tongchou.enrolment.commands import cards, persons, steps
from tongchou.enrolment.models import Enrolment, Person
from tongchou.enrolment.states import CertificateType, EndingReason, PersonCategory, Scheme, Sex
from tongchou.enrolment.transfers import papers, sources
from tongchou.enrolment.transfers.models import Transfer, TransferDocument
from tongchou.enrolment.transfers.queries import periods_of
from tongchou.enrolment.transfers.states import (
    OPEN,
    TRANSITIONS,
    DocumentKind,
    Side,
    TransferKind,
    TransferState,
)
from tongchou.kernel.errors import DomainError
from tongchou.kernel.months import add_months, first_of_month
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.events import publish
from tongchou.platform.numbering import Series, next_written
from tongchou.platform.pinyin import initials
from tongchou.platform.web import paper

NUMBERS: Final = Series("transfer", name="转移接续", mark="ZY", width=6)
AHEAD_MONTHS: Final = {TransferKind.AREA: 1, TransferKind.SCHEME: 2}
"""How far ahead the first day of the new relation may lie; work may be agreed on earlier than a move."""
ELSEWHERE: Final = "另行参保"
"""Why a relation that was given back ends where another one has begun meanwhile."""
OUT_REASON: Final = {TransferKind.AREA: "跨统筹区转出", TransferKind.SCHEME: "险种间转移"}


class TransferUnknown(DomainError):
    code = "EN-4041"
    message = "没有编号为{transfer}的转移接续"
    citation = "GX2017 §16"


class NotInState(DomainError):
    code = "EN-4042"
    message = "转移{number}为“{state}”,不能{what}"
    citation = "GX2017 §16"


class TransferOpen(DomainError):
    code = "EN-4043"
    message = "{name}的转移{number}尚未办结({state}),不能再次转出"
    citation = "GX2017 §16"


class SameArea(DomainError):
    code = "EN-4044"
    message = "转入地就是现参保地{area},无须转移"
    citation = "GX2017 §16"


class DayAstray(DomainError):
    code = "EN-4045"
    message = "接续日期{day}不合适:{problem}"
    citation = "GX2017 §16"


class ChangedMeanwhile(DomainError):
    code = "EN-4047"
    message = "转移{number}刚被他人办理({state}),请刷新后再看"
    citation = "GX2017 §16"


class NotOurArea(DomainError):
    code = "EN-4048"
    message = "参保单位{unit}不在转入地{area}内"
    citation = "GX2017 §16"


class DocumentTwice(DomainError):
    code = "EN-4049"
    message = "{kind}已经出具"
    citation = "GX2017 §17"


class DocumentMissing(DomainError):
    code = "EN-4050"
    message = "尚未收到{kind},不能{what}"
    citation = "GX2017 §17"


class OtherSide(DomainError):
    code = "EN-5115"
    message = "转移{number}的{what}由对方经办机构办理,本系统等待对方的电子文书"
    citation = "GX2017 §17"


class ReasonMissing(DomainError):
    code = "EN-4051"
    message = "{what}须写明原因"
    citation = "GX2017 §16"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """转移申请 (附件6): where to, from when, why."""

    kind: TransferKind
    to_area: str
    to_agency: str
    to_scheme: Scheme
    starts_on: date
    reason: str
    phone: str = ""
    new_address: str = ""
    elsewhere: bool = False
    """The agency joined keeps books of its own, even in the same area (另一系统)."""


def check_out(person: Person, wanted: Wanted, today: date) -> Enrolment:
    """The relation that would be closed. Raises: TransferOpen, SameArea, DayAstray, NotEnrolledThen."""
    held = person.transfers.filter(state__in=OPEN).first()
    if held is not None:
        raise TransferOpen(name=person.name, number=held.number, state=held.get_state_display())
    enrolment = person.enrolments.filter(enrolled_until=None).first()
    if enrolment is None:
        raise steps.NotEnrolledThen(day=wanted.starts_on)
    same = (enrolment.pooling_area_id, enrolment.scheme) == (wanted.to_area, wanted.to_scheme)
    if same:
        raise SameArea(area=wanted.to_area)
    if wanted.starts_on <= enrolment.enrolled_from:
        raise DayAstray(day=wanted.starts_on, problem=f"不晚于参保日期{enrolment.enrolled_from}")
    latest = add_months(first_of_month(today), AHEAD_MONTHS[wanted.kind])
    if wanted.starts_on > latest:
        raise DayAstray(day=wanted.starts_on, problem=f"最晚为{latest}")
    return enrolment


def finish_out(
    person: Person, wanted: Wanted, *, case_number: str, operator: platform.Operator, now: datetime
) -> Transfer:
    """转出办结 (GX2017 §16): closes the relation and certifies it; a step of the caller's transaction, person locked.

    Within one house the other side finds it waiting at once; to another house its document goes first.
    Raises: as `check_out`.
    """
    today = timezone.localdate(now)
    enrolment = check_out(person, wanted, today)
    inside = not wanted.elsewhere and any(area.code == wanted.to_area for area in platform.pooling_areas(today))
    made = Transfer.objects.create(
        number=next_written(NUMBERS, area=enrolment.pooling_area_id, year=today.year),
        kind=wanted.kind,
        side=Side.BOTH if inside else Side.OUT,
        state=TransferState.OUT_DONE,
        person=person,
        name=person.name,
        certificate_no=person.certificate_no,
        from_area=enrolment.pooling_area_id,
        from_agency=platform.unit_name(enrolment.pooling_area_id, today),
        from_unit=enrolment.unit_code,
        to_area=wanted.to_area,
        to_agency=wanted.to_agency,
        from_scheme=enrolment.scheme,
        to_scheme=wanted.to_scheme,
        starts_on=wanted.starts_on,
        reason=wanted.reason.strip(),
        phone=wanted.phone,
        new_address=wanted.new_address,
        closed=enrolment,
        case_number=case_number,
        made_at=now,
    )
    content = _content(made, person, enrolment)
    enrolment.suspensions.filter(suspended_until=None, suspended_from__lt=wanted.starts_on).update(
        suspended_until=wanted.starts_on
    )
    enrolment.enrolled_until, enrolment.end_reason = wanted.starts_on, OUT_REASON[wanted.kind]
    enrolment.save(update_fields=["enrolled_until", "end_reason"])
    _issue(made, DocumentKind.PROOF, content, made.from_agency, operator, now)
    publish(events.EnrolmentTerminated(person.pk, wanted.starts_on, enrolment.end_reason, at=now, transfer_id=made.pk))
    _end_cards(made, person)
    _note("transfer_out", made, operator, now)
    if inside and wanted.kind is TransferKind.AREA:
        _move(made, TransferState.AWAITING)
    return made


def _end_cards(made: Transfer, person: Person) -> None:
    """The cards of this area end with a transfer to another area outside this house (decision 0326)."""
    ends = EndingReason.MOVED_OUT in parameters.procedure(made.from_area).card_ends
    if ends and made.side == Side.OUT and made.to_area != made.from_area:
        made.cards = cards.void_cards(person, made.starts_on)
        made.save(update_fields=["cards"])


def _content(made: Transfer, person: Person, enrolment: Enrolment) -> dict[str, Any]:
    """What the certificate says: person, relation, years paid for, use of the year, filings (转移凭证)."""
    year = made.starts_on.year
    return {
        "transfer": {"number": made.number, "kind": str(made.kind), "document": DocumentKind.PROOF.value},
        "person": {
            "name": person.name,
            "certificate_type": person.certificate_type,
            "certificate_no": person.certificate_no,
            "sex": person.sex,
            "ethnicity": person.ethnicity,
            "born_on": person.born_on.isoformat(),
            "phone": made.phone or person.phone,
            "address": made.new_address or person.address,
        },
        "relation": {
            "from_area": made.from_area,
            "from_agency": made.from_agency,
            "to_area": made.to_area,
            "to_agency": made.to_agency,
            "from_scheme": str(made.from_scheme),
            "to_scheme": str(made.to_scheme),
            "category": enrolment.category,
            "enrolled_from": enrolment.enrolled_from.isoformat(),
            "starts_on": made.starts_on.isoformat(),
            "benefit_year": str(year),
            "reason": made.reason,
        },
        "use": sources.use(made.from_area, person.pk, str(made.from_scheme), year),
        "paid": papers.told(sources.paid_years(person.pk)),
        "employed": [
            {
                "employer": one.employer,
                "from": one.month_from.isoformat(),
                "until": one.month_until.isoformat() if one.month_until else None,
            }
            for one in periods_of(person.pk).employee
        ],
        "filings": sources.filings(person.pk, made.starts_on),
    }


def _issue(
    transfer: Transfer,
    kind: DocumentKind,
    content: dict[str, Any],
    agency: str,
    operator: platform.Operator | None,
    now: datetime,
) -> TransferDocument:
    """Raises: DocumentTwice."""
    if transfer.documents.filter(kind=kind).exists():
        raise DocumentTwice(kind=kind.label)
    digest = papers.digest_of(content)
    return TransferDocument.objects.create(
        transfer=transfer,
        kind=kind,
        content=content,
        digest=digest,
        code=paper.verification_code("transfer", transfer.number, digest),
        issued_by=agency,
        staff_code=operator.staff_code if operator else "",
        issued_at=now,
    )


def _move(transfer: Transfer, state: TransferState, *, now: datetime | None = None, reason: str = "") -> None:
    """Raises: NotInState."""
    before = TransferState(transfer.state)
    if (before, state) not in TRANSITIONS:
        raise NotInState(number=transfer.number, state=before.label, what=f"改为“{state.label}”")
    transfer.state, transfer.end_reason = state, reason
    transfer.ended_at = None if state in OPEN else now
    transfer.version += 1
    transfer.save()


def lock(transfer_id: int, *, version: int | None = None) -> Transfer:
    """The transfer, locked. Raises: TransferUnknown, ChangedMeanwhile."""
    found = Transfer.objects.select_for_update(of=("self",)).filter(pk=transfer_id).first()
    if found is None:
        raise TransferUnknown(transfer=transfer_id)
    if version is not None and found.version != version:
        raise ChangedMeanwhile(number=found.number, state=found.get_state_display())
    return found


def check_side(transfer: Transfer, unit_code: str, permission: str, operator: platform.Operator, now: datetime) -> None:
    """Does the operator work for that side? Raises: NoPermission, OutOfScope."""
    platform_checks.check_in_scope(
        operator, permission, unit_code, now, object_kind="transfer", object_key=transfer.number
    )


@transaction.atomic(durable=True)
def register_in(
    *, transfer_id: int, version: int, unit_code: str, operator: platform.Operator, now: datetime
) -> Transfer:
    """转入办结 (GX2017 §16): the relation goes on in this unit from `starts_on`, without a gap or an overlap.

    Whoever comes from another house is registered first. Raises: TransferUnknown, ChangedMeanwhile, NotInState,
    NotOurArea, UnitNotOpen, AlreadyEnrolled, DocumentMissing, NoPermission, OutOfScope.
    """
    transfer = lock(transfer_id, version=version)
    check_side(transfer, unit_code, "enrolment.register", operator, now)
    if (TransferState(transfer.state), TransferState.IN_DONE) not in TRANSITIONS:
        raise NotInState(number=transfer.number, state=transfer.get_state_display(), what="办理转入")
    if platform.area_of_unit(unit_code) != transfer.to_area:
        raise NotOurArea(unit=platform.unit_in_words(unit_code), area=transfer.to_area)
    persons.check_unit(unit_code, transfer.to_area, timezone.localdate(now))
    document = transfer.documents.filter(kind=DocumentKind.PROOF).first()
    if document is None:
        raise DocumentMissing(kind=DocumentKind.PROOF.label, what="办理转入")
    table = DocumentKind.TABLE
    if transfer.kind == TransferKind.SCHEME and not transfer.documents.filter(kind=table).exists():
        raise DocumentMissing(kind=table.label, what="办理转入")
    person = _person_of(transfer, document.content, unit_code, now)
    opened = _continue(transfer, person, unit_code, document.content, operator, now)
    transfer.person, transfer.opened, transfer.to_unit = person, opened, unit_code
    _move(transfer, TransferState.IN_DONE, now=now)
    _acknowledge(document, operator, now)
    _answer(transfer, document.digest, "accepted", "", operator, now)
    publish(events.PersonEnrolled(person.pk, opened.pk, opened.scheme, opened.enrolled_from))
    _publish(transfer, person, document.content)
    _note("transfer_in", transfer, operator, now)
    return transfer


def _person_of(transfer: Transfer, content: dict[str, Any], unit_code: str, now: datetime) -> Person:
    """The person, locked; registered first where nobody here knows them. Raises: Deceased, NameDiffers.

    Within one house it is who left, whatever name or number the certificate of that day gives: either may have been
    corrected since.
    """
    said = content["person"]
    people = Person.objects.select_for_update(of=("self",), no_key=True)
    left = transfer.person_id
    if left is not None:
        person = people.filter(pk=steps.lock(person_id=left, on=transfer.starts_on).id).first()
    else:
        person = people.filter(
            certificate_no=said["certificate_no"], certificate_type=said["certificate_type"], merged_into=None
        ).first()
    if person is None:
        return Person.objects.create(
            person_no=persons.next_person_no(transfer.to_area),
            certificate_type=CertificateType(said["certificate_type"]),
            certificate_no=said["certificate_no"],
            name=said["name"],
            name_initials=initials(said["name"], surname=True),
            sex=Sex(said["sex"]),
            ethnicity=said.get("ethnicity") or "01",
            born_on=date.fromisoformat(said["born_on"]),
            phone=said.get("phone", ""),
            address=said.get("address", ""),
            pooling_area_id=transfer.to_area,
            unit_code=unit_code,
            created_at=now,
        )
    if person.died_on is not None:
        raise persons.Deceased(died_on=person.died_on)
    if left is None and person.name != said["name"]:
        raise persons.NameDiffers(known=person.name, given=said["name"])
    return person


def _continue(
    transfer: Transfer,
    person: Person,
    unit_code: str,
    content: dict[str, Any],
    operator: platform.Operator,
    now: datetime,
) -> Enrolment:
    """Raises: AlreadyEnrolled."""
    last = person.enrolments.order_by("-enrolled_from").first()
    if last is not None and (last.enrolled_until is None or last.enrolled_until > transfer.starts_on):
        raise persons.AlreadyEnrolled(
            scheme=Scheme(last.scheme).label, person_no=person.person_no, since=last.enrolled_from
        )
    scheme = Scheme(transfer.to_scheme)
    category = PersonCategory(content["relation"].get("category") or PersonCategory.ADULT)
    if scheme is not Scheme(transfer.from_scheme):
        category = (
            PersonCategory.WORKING
            if scheme is Scheme.EMPLOYEE
            else rules.category_by_age(person.born_on, transfer.starts_on)
        )
    if transfer.kind == TransferKind.AREA and person.household_id:
        person.household, person.household_relation = None, ""
    person.pooling_area_id, person.unit_code = transfer.to_area, unit_code
    told = {"phone": transfer.phone, "address": transfer.new_address}
    kept = [(name, getattr(person, name), new) for name, new in told.items() if new and new != getattr(person, name)]
    for name, _old, new in kept:
        setattr(person, name, new)
    person.save(update_fields=["pooling_area", "unit_code", "household", "household_relation", "phone", "address"])
    persons.keep_changes(person, kept, on=transfer.starts_on, reason="关系转移接续", operator=operator, now=now)
    return Enrolment.objects.create(
        person=person,
        pooling_area_id=transfer.to_area,
        scheme=scheme,
        unit_code=unit_code,
        category=category,
        enrolled_from=transfer.starts_on,
        follows_until=last.enrolled_until if last else None,
        created_at=now,
    )


def _publish(transfer: Transfer, person: Person, content: dict[str, Any]) -> None:
    elsewhere = transfer.side == Side.IN
    use = content["use"] if elsewhere else _used_by_now(transfer, person)
    publish(
        events.TransferredIn(
            person_id=person.pk,
            transfer_id=transfer.pk,
            kind=str(transfer.kind),
            from_area=transfer.from_area,
            to_area=transfer.to_area,
            from_scheme=str(transfer.from_scheme),
            scheme=str(transfer.to_scheme),
            since=transfer.starts_on,
            benefit_year=transfer.starts_on.year,
            recognises_paid_year=parameters.procedure(transfer.to_area).recognises_paid_year,
            used={name: int(fen) for name, fen in use.items()},
            paid=tuple(astuple(one) for one in papers.years_in(content)) if elsewhere else (),  # type: ignore[misc]
        )
    )


def _used_by_now(transfer: Transfer, person: Person) -> dict[str, int]:
    """Within one house: what is used of the year now, for the old relation paid on until `starts_on`."""
    return sources.use(transfer.from_area, person.pk, str(transfer.from_scheme), transfer.starts_on.year)


@transaction.atomic(durable=True)
def return_transfer(
    *, transfer_id: int, version: int, reason: str, operator: platform.Operator, now: datetime
) -> Transfer:
    """退回 (ENR-28): the side joined refuses; the old relation stands as if it had never been closed.

    Raises: TransferUnknown, ChangedMeanwhile, NotInState, ReasonMissing, NoPermission, OutOfScope.
    """
    transfer = lock(transfer_id, version=version)
    check_side(transfer, transfer.to_area, "enrolment.register", operator, now)
    _back(transfer, TransferState.RETURNED, reason, now)
    proof = transfer.documents.filter(kind=DocumentKind.PROOF).first()
    _answer(transfer, proof.digest if proof else "", "returned", reason.strip(), operator, now)
    _note("transfer_returned", transfer, operator, now, reason=reason)
    return transfer


@transaction.atomic(durable=True)
def withdraw_transfer(
    *, transfer_id: int, version: int, reason: str, operator: platform.Operator, now: datetime
) -> Transfer:
    """撤回 (ENR-28) by the side left, before the other has taken it up; restores alike.

    Raises: TransferUnknown, ChangedMeanwhile, NotInState, ReasonMissing, NoPermission, OutOfScope.
    """
    transfer = lock(transfer_id, version=version)
    check_side(transfer, transfer.from_unit or transfer.from_area, "enrolment.review", operator, now)
    _back(transfer, TransferState.WITHDRAWN, reason, now)
    _note("transfer_withdrawn", transfer, operator, now, reason=reason)
    return transfer


def _back(transfer: Transfer, state: TransferState, reason: str, now: datetime) -> None:
    """Raises: NotInState, ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing(what=state.label)
    _move(transfer, state, now=now, reason=reason.strip()[:200])
    restore(transfer, now)


def restore(transfer: Transfer, now: datetime) -> None:
    """恢复原参保关系: the closed enrolment is open again, its suspension too (ENR-28); a step.

    It goes on to the day of death, or to where another relation has begun since (decision 0388).
    """
    if transfer.closed_id is None:
        return
    enrolment = Enrolment.objects.select_for_update(of=("self",)).get(pk=transfer.closed_id)
    person = enrolment.person
    later = person.enrolments.filter(enrolled_from__gte=transfer.starts_on).order_by("enrolled_from").first()
    if later is not None and later.enrolled_from == transfer.starts_on:
        return
    until, reason, ending_id = None, "", None
    if later is not None:
        until, reason = later.enrolled_from, ELSEWHERE
        later.follows_until = until
        later.save(update_fields=["follows_until"])
    elif person.died_on is not None:
        until, reason = person.died_on + timedelta(days=1), str(EndingReason.DEATH.label)
        death = person.endings.filter(reason=EndingReason.DEATH, undone_at=None, enrolment=None)
        ending_id = death.values_list("pk", flat=True).first()
        death.update(enrolment=enrolment)
    enrolment.enrolled_until, enrolment.end_reason = until, reason
    enrolment.save(update_fields=["enrolled_until", "end_reason"])
    enrolment.suspensions.filter(suspended_until=transfer.starts_on).update(suspended_until=until)
    if person.died_on is None:
        cards.give_back_cards(person, transfer.cards)
        publish(events.EnrolmentResumed(enrolment.person_id, transfer.starts_on))
    publish(events.TransferUndone(person.pk, transfer.pk, transfer.starts_on, until, reason, ending_id, now))


# --- with another house ---------------------------------------------------------------------------------------------


def await_answer(transfer: Transfer, operator: platform.Operator, now: datetime) -> None:
    """待转入: the document went to the other house; a step. Raises: NotInState."""
    _move(transfer, TransferState.AWAITING)
    _note("transfer_sent", transfer, operator, now)


def hear_answer(transfer: Transfer, *, accepted: bool, reason: str, operator: platform.Operator, now: datetime) -> None:
    """对方回执: taken up there, or sent back, and then the old relation stands again (ENR-28); a step."""
    held = lock(transfer.pk)
    state = TransferState.IN_DONE if accepted else TransferState.RETURNED
    _move(held, state, now=now, reason="" if accepted else reason or "对方退回")
    table = held.documents.filter(kind=DocumentKind.TABLE).first()
    for heard in filter(None, (held.documents.get(kind=DocumentKind.PROOF), table)):
        _acknowledge(heard, None, now)
    if not accepted:
        restore(held, now)
    _note("transfer_received", held, operator, now, accepted=accepted)


def keep_foreign(transfer: Transfer, content: dict[str, Any], operator: platform.Operator, now: datetime) -> None:
    """收到的转移凭证, kept as it came; a step."""
    made = _issue(transfer, DocumentKind.PROOF, content, transfer.from_agency, None, now)
    _acknowledge(made, operator, now)
    _note("transfer_received", transfer, operator, now)


def hear_letter(transfer: Transfer, content: dict[str, Any], operator: platform.Operator, now: datetime) -> None:
    """收到联系函 of the agency joined in another house: it has the certificate, and waits for the table; a step.

    Raises: NotInState, DocumentTwice.
    """
    held = lock(transfer.pk)
    _issue(held, DocumentKind.LETTER, content, held.to_agency, None, now)
    _acknowledge(held.documents.get(kind=DocumentKind.PROOF), None, now)
    if held.state == TransferState.OUT_DONE:
        _move(held, TransferState.AWAITING)
    _note("transfer_received", held, operator, now, document=DocumentKind.LETTER.value)


def hear_table(transfer: Transfer, content: dict[str, Any], operator: platform.Operator, now: datetime) -> None:
    """收到信息表 of the agency left in another house: the letter arrived there, the transfer may be taken up; a step.

    Raises: DocumentTwice.
    """
    held = lock(transfer.pk)
    made = _issue(held, DocumentKind.TABLE, content, held.from_agency, None, now)
    _acknowledge(made, operator, now)
    _acknowledge(held.documents.get(kind=DocumentKind.LETTER), None, now)
    held.version += 1
    held.save(update_fields=["version"])
    _note("transfer_received", held, operator, now, document=DocumentKind.TABLE.value)


# --- letters between schemes (人社厅发〔2016〕94号) -------------------------------------------------------------------


@transaction.atomic(durable=True)
def send_letter(*, transfer_id: int, version: int, operator: platform.Operator, now: datetime) -> TransferDocument:
    """联系函 (GX2017 §17): the agency joined asks the agency left for the information table; both see how far it is.

    Raises: TransferUnknown, ChangedMeanwhile, NotInState, DocumentTwice, NoPermission, OutOfScope.
    """
    transfer = lock(transfer_id, version=version)
    check_side(transfer, transfer.to_area, "enrolment.register", operator, now)
    if transfer.side == Side.OUT:
        raise OtherSide(number=transfer.number, what=DocumentKind.LETTER.label)
    proof = transfer.documents.get(kind=DocumentKind.PROOF)
    made = _issue(transfer, DocumentKind.LETTER, _letter(transfer, proof), transfer.to_agency, operator, now)
    _acknowledge(proof, operator, now)
    _move(transfer, TransferState.AWAITING)
    _note("transfer_letter", transfer, operator, now)
    return made


def _letter(transfer: Transfer, proof: TransferDocument) -> dict[str, Any]:
    """联系函: about whom, between which agencies, in answer to which certificate."""
    person, relation = proof.content["person"], proof.content["relation"]
    kept = ("from_area", "from_agency", "to_area", "to_agency", "from_scheme", "to_scheme", "starts_on")
    return {
        "transfer": {
            "number": transfer.foreign_number or transfer.number,
            "kind": str(transfer.kind),
            "document": DocumentKind.LETTER.value,
            "answers": proof.digest,
        },
        "person": {name: person[name] for name in ("name", "certificate_type", "certificate_no")},
        "relation": {name: relation[name] for name in kept},
    }


@transaction.atomic(durable=True)
def send_table(*, transfer_id: int, version: int, operator: platform.Operator, now: datetime) -> TransferDocument:
    """信息表 (GX2017 §17): the agency left answers the letter with the years of each scheme.

    Raises: TransferUnknown, ChangedMeanwhile, DocumentMissing, DocumentTwice, NoPermission, OutOfScope.
    """
    transfer = lock(transfer_id, version=version)
    check_side(transfer, transfer.from_unit or transfer.from_area, "enrolment.review", operator, now)
    if transfer.side == Side.IN:
        raise OtherSide(number=transfer.number, what=DocumentKind.TABLE.label)
    letter = transfer.documents.filter(kind=DocumentKind.LETTER).first()
    if letter is None:
        raise DocumentMissing(kind=DocumentKind.LETTER.label, what="出具信息表")
    proof = transfer.documents.get(kind=DocumentKind.PROOF).content
    content = proof | {"transfer": proof["transfer"] | {"document": DocumentKind.TABLE.value, "answers": letter.digest}}
    made = _issue(transfer, DocumentKind.TABLE, content, transfer.from_agency, operator, now)
    _acknowledge(letter, operator, now)
    transfer.version += 1
    transfer.save(update_fields=["version"])
    _note("transfer_table", transfer, operator, now)
    return made


def _acknowledge(document: TransferDocument, operator: platform.Operator | None, now: datetime) -> None:
    """签收: the other side has it."""
    if document.acknowledged_at is None:
        document.acknowledged_at, document.acknowledged_by = now, operator.staff_code if operator else ""
        document.save(update_fields=["acknowledged_at", "acknowledged_by"])


def _answer(
    transfer: Transfer, digest: str, result: str, reason: str, operator: platform.Operator, now: datetime
) -> None:
    """回执: what became of the document, for the side left."""
    table = transfer.documents.filter(kind=DocumentKind.TABLE).first()
    if table is not None:
        _acknowledge(table, operator, now)
    said = {
        "number": transfer.foreign_number or transfer.number,
        "document": DocumentKind.ANSWER.value,
        "answers": digest,
        "result": result,
        "reason": reason,
        "ended_on": timezone.localdate(now).isoformat(),
    }
    _issue(transfer, DocumentKind.ANSWER, {"transfer": said}, transfer.to_agency, operator, now)


def _note(action: str, transfer: Transfer, operator: platform.Operator | None, now: datetime, **detail: object) -> None:
    trail.record(
        f"enrolment.{action}",
        at=now,
        operator=operator,
        pooling_area=transfer.from_area if action != "transfer_in" else transfer.to_area,
        unit_code=transfer.from_unit or transfer.to_unit,
        object_kind="person" if transfer.person_id else "transfer",
        object_key=transfer.person.person_no if transfer.person else transfer.number,
        detail={"transfer": transfer.number, "since": transfer.starts_on.isoformat(), **detail},
    )
