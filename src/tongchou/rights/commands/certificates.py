"""Giving out certificates (出具证明; RIG-02; GX2017 §19; JL2019 §54): issue, print, withdraw.

A paper says forever what it said when it was issued. Asking again while nothing has changed on the same day gives the
same paper and counts as another copy; once the facts differ, the newer paper supersedes the older one.
"""

import secrets
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils.timezone import localdate

from tongchou.kernel.errors import DomainError
from tongchou.platform import checks, numbering, trail
from tongchou.platform import queries as platform
from tongchou.platform.database import one_after_another
from tongchou.rights import contents, drafting
from tongchou.rights.drafting import Draft
from tongchou.rights.models import Certificate, CertificatePrint
from tongchou.rights.states import OF_OTHERS, OF_PERSON, CertificateKind, CertificateState, Way

SERIES: Final = numbering.Series("certificate", name="权益证明编号", mark="QY", width=8)
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of codes: nobody takes one of these characters for another."""
CODE_LENGTH: Final = 16
"""Sixteen of thirty-two: eighty bits, so that guessing finds nothing (decision 0241)."""
SELF: Final = "本人"


class CertificateUnknown(DomainError):
    code = "RI-0201"
    message = "没有编号为{number}的证明"
    citation = "GX2017 §19"


class CertificateWithdrawn(DomainError):
    code = "RI-0202"
    message = "证明{number}已撤回,不能打印"
    citation = "GX2017 §19"


class WithdrawalUnreasoned(DomainError):
    code = "RI-0203"
    message = "撤回证明须写明原因"
    citation = "GX2017 §19"


class AtCounterOnly(DomainError):
    code = "RI-0204"
    message = "“{kind}”涉及其他家庭成员,请到经办窗口办理"
    citation = "GX2017 §18"


def new_code() -> str:
    """A verification code nobody can guess (验证码)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


@transaction.atomic(durable=True)
def issue_certificate(
    kind: CertificateKind,
    *,
    person_id: int,
    year: int | None = None,
    since: date | None = None,
    operator: platform.Operator | None,
    way: Way = Way.COUNTER,
    now: datetime,
) -> Certificate:
    """出具证明 of a person (RIG-02; CON-14; ENR-35; RIG-11). Without an operator it is the person's own request.

    Raises: AtCounterOnly, NoPermission, OutOfScope, PersonNotKnown, NothingToProve, PeriodUnfit, YearUnfit,
    NoHousehold.
    """
    if kind not in OF_PERSON or (operator is None and kind in OF_OTHERS):
        raise AtCounterOnly(kind=kind.label)
    drafted = drafting.draft(kind, person_id=person_id, on=localdate(now), year=year, since=since)
    if operator is not None:
        checks.check_in_scope(operator, "rights.issue", drafted.unit_code, now, object_kind="person")
    return keep(drafted, operator=operator, way=way, now=now)


@transaction.atomic(durable=True)
def issue_roster(*, unit_code: str, operator: platform.Operator, now: datetime) -> Certificate:
    """出具花名册 of a village, community or school (ENR-35). Raises: NoPermission, OutOfScope, NothingToProve."""
    checks.check_in_scope(operator, "rights.issue", unit_code, now, object_kind="org_unit", object_key=unit_code)
    return keep(drafting.roster(unit_code, localdate(now)), operator=operator, way=Way.COUNTER, now=now)


def keep(
    drafted: Draft, *, operator: platform.Operator | None, way: Way, now: datetime, agency: str = ""
) -> Certificate:
    """Keep a draft as a certificate; a step of the caller's transaction.

    One with the same facts of the same day is answered itself; valid ones of the same matter with other facts are
    superseded.
    """
    _one_after_another(drafted)
    digest = contents.hash_of(drafted.content)
    of_matter = Certificate.objects.filter(
        subject=drafted.subject,
        kind=drafted.kind,
        period_from=drafted.period_from,
        withdrawn_at=None,
        superseded_by=None,
    )
    earlier = list(of_matter.order_by("id"))
    same = next(
        (one for one in earlier if (one.content_hash, one.period_until) == (digest, drafted.period_until)), None
    )
    if same is not None:
        return same
    day = localdate(now)
    made = Certificate.objects.create(
        number=numbering.next_written(SERIES, area=drafted.pooling_area, year=day.year),
        kind=drafted.kind,
        pooling_area=drafted.pooling_area,
        unit_code=drafted.unit_code,
        agency=agency or platform.agency_name(drafted.unit_code, day),
        subject=drafted.subject,
        person_id=drafted.person_id,
        period_from=drafted.period_from,
        period_until=drafted.period_until,
        content=contents.as_kept(drafted.content),
        content_hash=digest,
        code=new_code(),
        way=way,
        issued_by=operator.staff_code if operator else SELF,
        issued_at=now,
    )
    _supersede(earlier, made, drafted)
    trail.record(
        "rights.issue_certificate",
        at=now,
        operator=operator,
        pooling_area=made.pooling_area,
        unit_code=made.unit_code,
        object_kind="certificate",
        object_key=made.number,
        detail={"kind": made.kind, "subject": made.subject, "way": made.way, "hash": digest},
    )
    return made


def _one_after_another(drafted: Draft) -> None:
    """Two requests for the same paper at once: the second finds what the first made."""
    one_after_another("certificate", drafted.kind, drafted.subject)


def _supersede(earlier: list[Certificate], made: Certificate, drafted: Draft) -> None:
    outdated = [
        one.pk for one in earlier if not contents.says_the_same(contents.from_kept(one.content), drafted.content)
    ]
    if outdated:
        Certificate.objects.filter(pk__in=outdated).update(superseded_by=made)


@transaction.atomic(durable=True)
def print_certificate(*, number: str, operator: platform.Operator | None, way: Way, now: datetime) -> int:
    """打印证明 (ORG-21): count the copy; from the second on the paper says 补打. Returns which copy this is.

    Raises: CertificateUnknown, CertificateWithdrawn, NoPermission, OutOfScope.
    """
    found = _locked(number)
    if found.state is CertificateState.WITHDRAWN:
        raise CertificateWithdrawn(number=number)
    if operator is not None:
        checks.check_in_scope(
            operator, "rights.issue", found.unit_code, now, object_kind="certificate", object_key=number
        )
    return note_print(found, operator=operator, way=way, now=now)


def note_print(certificate: Certificate, *, operator: platform.Operator | None, way: Way, now: datetime) -> int:
    """Count a copy of a certificate whose row is locked; a step of the caller's transaction."""
    copy = certificate.prints.count() + 1
    printed_by = operator.staff_code if operator else SELF
    CertificatePrint.objects.create(
        certificate=certificate, print_no=copy, printed_at=now, printed_by=printed_by, way=way
    )
    trail.record(
        "rights.print_certificate",
        at=now,
        operator=operator,
        pooling_area=certificate.pooling_area,
        unit_code=certificate.unit_code,
        object_kind="certificate",
        object_key=certificate.number,
        detail={"copy": copy, "way": way.value},
    )
    return copy


@transaction.atomic(durable=True)
def withdraw_certificate(*, number: str, reason: str, operator: platform.Operator, now: datetime) -> Certificate:
    """撤回证明: whoever checks it is told so from now on. A second withdrawal changes nothing.

    Raises: CertificateUnknown, WithdrawalUnreasoned, NoPermission, OutOfScope.
    """
    found = _locked(number)
    checks.check_in_scope(operator, "rights.issue", found.unit_code, now, object_kind="certificate", object_key=number)
    if not reason.strip():
        raise WithdrawalUnreasoned
    if found.withdrawn_at is not None:
        return found
    found.withdrawn_at, found.withdrawn_by, found.withdraw_reason = now, operator.staff_code, reason.strip()
    found.save(update_fields=["withdrawn_at", "withdrawn_by", "withdraw_reason"])
    trail.record(
        "rights.withdraw_certificate",
        at=now,
        operator=operator,
        pooling_area=found.pooling_area,
        unit_code=found.unit_code,
        object_kind="certificate",
        object_key=number,
        detail={"reason": found.withdraw_reason},
    )
    return found


def _locked(number: str) -> Certificate:
    found = Certificate.objects.select_for_update(of=("self",)).filter(number=number).first()
    if found is None:
        raise CertificateUnknown(number=number)
    return found
