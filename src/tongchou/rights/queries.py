"""What others may ask of rights (权益查询): certificates, objections, applications, mandates, notices."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tongchou.platform import paging
from tongchou.platform.scope import Scope
from tongchou.rights.models import (
    AccessApplication,
    Certificate,
    CertificateBatch,
    CertificatePrint,
    Mandate,
    NoticeSetting,
    Objection,
    PersonNotice,
    ShortMessage,
)
from tongchou.rights.states import OPEN_OBJECTIONS, CertificateKind, MandateKind, NoticeKind

LATEST_SHOWN = 100

_LAST_COPY = CertificatePrint.objects.filter(certificate=OuterRef("pk")).order_by("-print_no").values("print_no")[:1]
_COPIES = Coalesce(Subquery(_LAST_COPY), 0, output_field=IntegerField())
"""打印次数: the number of the last copy, asked row by row of a page, never of the whole table."""


# --- certificates ---------------------------------------------------------------------------------------------------


def certificate(number: str) -> Certificate | None:
    """One certificate by its number (证明)."""
    found = Certificate.objects.select_related("superseded_by").annotate(copies=_COPIES)
    return found.filter(number=number).first()


def certificate_by_code(code: str) -> Certificate | None:
    """The certificate of a code as typed or scanned; None for anything else (验证码)."""
    return Certificate.objects.select_related("superseded_by").filter(code=code).first()


def certificates_of(person_id: int, *, limit: int = LATEST_SHOWN) -> list[Certificate]:
    """Certificates about one person, the newest first; extracts for others are not among them (证明记录)."""
    found = Certificate.objects.filter(subject=f"person:{person_id}").annotate(copies=_COPIES)
    return list(found.order_by("-id")[:limit])


def certificates_at_counter(person_id: int, household_id: int | None) -> list[Certificate]:
    """Those of the person and of the household, the newest first, as the counter sees them."""
    subjects = [f"person:{person_id}", *([f"household:{household_id}"] if household_id else [])]
    found = Certificate.objects.filter(subject__in=subjects).annotate(copies=_COPIES)
    return list(found.order_by("-id")[:LATEST_SHOWN])


def certificates(scope: Scope, *, kind: str = "", number: str = "", unit_code: str = "") -> QuerySet[Certificate]:
    """Certificates given out inside a scope (证明清单)."""
    found = Certificate.objects.filter(scope.q("unit_code", "pooling_area")).annotate(copies=_COPIES)
    wanted = {"kind": kind, "number": number.strip(), "unit_code": unit_code}
    return found.filter(**{name: value for name, value in wanted.items() if value})


def batches_of(unit_code: str) -> list[CertificateBatch]:
    """批量出具 of a unit, the newest first."""
    return list(CertificateBatch.objects.filter(unit_code=unit_code).order_by("-id")[:20])


def batch(batch_id: int) -> CertificateBatch | None:
    """One batch (批量出具)."""
    return CertificateBatch.objects.filter(pk=batch_id).first()


def certificates_in(ids: Sequence[int]) -> list[Certificate]:
    """Certificates by id, in that order."""
    found = Certificate.objects.in_bulk(list(ids))
    return [found[one] for one in ids]


def rosters_of(unit_code: str) -> list[Certificate]:
    """花名册 of a unit, the newest first, without their rows."""
    found = Certificate.objects.filter(subject=f"unit:{unit_code}", kind=CertificateKind.ROSTER).defer("content")
    return list(found.annotate(copies=_COPIES).order_by("-id")[:20])


# --- objections and applications ------------------------------------------------------------------------------------


def objection(number: str) -> Objection | None:
    """One objection (异议)."""
    return Objection.objects.select_related("person", "checked_by", "decided_by").filter(number=number).first()


def objections(scope: Scope, *, state: str = "", only_open: bool = False) -> QuerySet[Objection]:
    """Objections inside a scope (异议清单); those still open are found by their due day."""
    found = Objection.objects.filter(scope.q("unit_code", "pooling_area")).select_related("person")
    if only_open:
        found = found.filter(state__in=sorted(OPEN_OBJECTIONS))
    return found.filter(state=state) if state else found


def count_open_objections(scope: Scope) -> int:
    """How many wait for a check or an answer (待办异议)."""
    return objections(scope, only_open=True).count()


def objections_of(person_id: int) -> list[Objection]:
    """A person's own objections, the newest first."""
    return list(Objection.objects.filter(person_id=person_id).order_by("-id")[:LATEST_SHOWN])


def application(number: str) -> AccessApplication | None:
    """One application of a third party or an heir (查询申请)."""
    found = AccessApplication.objects.select_related("person", "filed_by", "decided_by", "extract")
    return found.filter(number=number).first()


def applications(scope: Scope, *, state: str = "") -> QuerySet[AccessApplication]:
    """Applications inside a scope (查询申请清单)."""
    found = AccessApplication.objects.filter(scope.q("unit_code", "pooling_area")).select_related("person")
    return found.filter(state=state) if state else found


def extracts_of(person_id: int) -> list[AccessApplication]:
    """To whom extracts of a person's record were given, the newest first (RIG-04)."""
    found = AccessApplication.objects.filter(person_id=person_id, given_at__isnull=False)
    return list(found.order_by("-given_at")[:LATEST_SHOWN])


# --- mandates, notices, short messages ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MandateRow:
    """A mandate as shown to either side (代办)."""

    id: int
    person_id: int
    person_no: str
    person_name: str
    agent_name: str
    kind: str
    valid_from: date
    valid_until: date


def _mandate_rows(found: QuerySet[Mandate]) -> list[MandateRow]:
    listed = found.select_related("person", "agent").order_by("-id")[:LATEST_SHOWN]
    return [
        MandateRow(
            one.pk,
            one.person_id,
            one.person.person_no,
            one.person.name,
            one.agent.name,
            one.get_kind_display(),
            one.valid_from,
            one.valid_until,
        )
        for one in listed
    ]


def _standing(on: date) -> QuerySet[Mandate]:
    """Mandates of that day between the living: with a death on either side there is nobody to act or to act for."""
    return Mandate.objects.filter(valid_from__lte=on, valid_until__gt=on, person__died_on=None, agent__died_on=None)


def mandates_given(person_id: int, on: date) -> list[MandateRow]:
    """Who may see this person's record that day (我委托的人)."""
    return _mandate_rows(_standing(on).filter(person_id=person_id))


def mandates_held(agent_id: int, on: date) -> list[MandateRow]:
    """Whose record this person may see that day (委托我的人)."""
    return _mandate_rows(_standing(on).filter(agent_id=agent_id))


def may_act(*, agent_id: int, person_id: int, on: date) -> bool:
    """Whether a mandate lets the agent see the person's record that day."""
    return _standing(on).filter(agent_id=agent_id, person_id=person_id).exists()


def guardian_names(person_id: int, on: date) -> frozenset[str]:
    """The registered guardians of a person that day, by name (法定监护; ENR-19)."""
    found = _standing(on).filter(person_id=person_id, kind=MandateKind.GUARDIAN)
    return frozenset(found.values_list("agent__name", flat=True))


def notices_of(person_id: int, *, at: str = "", size: int = 20) -> paging.Slice:
    """A page of a person's notices, the newest first (通知; RIG-08)."""
    found = PersonNotice.objects.filter(person_id=person_id)
    return paging.read_slice(found, order=("-sent_at", "-id"), at=at, size=size)


def unread_notices(person_id: int) -> int:
    """How many notices a person has not read (未读通知)."""
    return PersonNotice.objects.filter(person_id=person_id, read_at=None).count()


def wants_sms(person_id: int) -> Collection[NoticeKind]:
    """Which kinds of notices a person wants as short messages (通知设置); 扣款通知 until the person says otherwise."""
    found = NoticeSetting.objects.filter(person_id=person_id).values_list("by_sms", flat=True).first()
    return {NoticeKind.COLLECTION} if found is None else {NoticeKind(one) for one in found}


def wanting_sms(person_ids: Collection[int], kind: NoticeKind) -> set[int]:
    """Who of many wants notices of that kind as short messages (通知设置)."""
    chosen = dict(NoticeSetting.objects.filter(person_id__in=person_ids).values_list("person_id", "by_sms"))
    return {key for key in person_ids if kind in chosen.get(key, (NoticeKind.COLLECTION,))}


def short_messages(phone: str) -> list[ShortMessage]:
    """短信 from and to a number, the newest first."""
    return list(ShortMessage.objects.filter(phone=phone).order_by("-at", "-id")[:LATEST_SHOWN])
