"""Filings before care (备案; GX2017 §65, 66, 69; ENC-13, 19, 21, 22): consent, extension, correction, closing."""

from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec
from django.db import IntegrityError, transaction

from tongchou.encounters import checks, events, outside, parameters
from tongchou.encounters.models import Encounter, Filing
from tongchou.encounters.states import EncounterState, FilingKind
from tongchou.enrolment import queries as enrolment
from tongchou.institutions import queries as institutions
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.checks import check_in_scope
from tongchou.platform.events import publish

PERMISSION: Final = "encounters.file"
A_DAY: Final = timedelta(days=1)
HOSPITAL_CARE: Final = ("inpatient", "maternity", "day_surgery")


class FilingUnknown(DomainError):
    code = "EC-4001"
    message = "没有编号为{filing}的备案"
    citation = "GX2017 §66"


class FilingChangedMeanwhile(DomainError):
    code = "EC-4002"
    message = "该备案已被他人修改,请刷新后再办理"
    citation = "GX2017 §133"


class PersonNotHere(DomainError):
    code = "EC-4003"
    message = "未找到人员编号{person_no}的参保人"
    citation = "GX2017 §66"


class FilingOverlaps(DomainError):
    code = "EC-4004"
    message = "该参保人在此期间已有同类备案,期间不能重叠"
    citation = "GX2017 §66"


class DiseaseNotListed(DomainError):
    code = "EC-4005"
    message = "病种编码“{disease}”不在门诊特殊慢性病病种中"
    citation = "GX2017 §65"


class InstitutionNotAgreed(DomainError):
    code = "EC-4006"
    message = "{institution}不能备案:{problem}"
    citation = "GX2017 §57"


class TooManyInstitutions(DomainError):
    code = "EC-4007"
    message = "最多选定{most}家定点机构,现为{count}家"
    citation = "GX2017 §66"


class ConsentAfterStart(DomainError):
    code = "EC-4008"
    message = "家庭病床须先同意后开始:同意日期{consented}晚于开始日期{start}"
    citation = "GX2017 §69"


class PeriodTooLong(DomainError):
    code = "EC-4009"
    message = "家庭病床一次同意不超过{most}天,现为{days}天;到期前可办理延期"
    citation = "GX2017 §69"


class PeriodEmpty(DomainError):
    code = "EC-4010"
    message = "终止日期{last}早于开始日期{start}"
    citation = "GX2017 §66"


class LiesInHospital(DomainError):
    code = "EC-4011"
    message = "该参保人自{since}起在{institution}住院,家庭病床与住院不能重叠"
    citation = "GX2017 §69"


class NoChangeThisYear(DomainError):
    code = "EC-4012"
    message = "选定的慢性病定点机构年度内不变更;原机构{institution}协议仍在履行"
    citation = "GX2017 §66"


class NotExtendable(DomainError):
    code = "EC-4013"
    message = "只有有效的家庭病床可以延期,且新的终止日期须晚于{last}"
    citation = "GX2017 §69"


class FilingNotLive(DomainError):
    code = "EC-4014"
    message = "该备案{state},不能办理"
    citation = "GX2017 §66"


class ConsentInFuture(DomainError):
    code = "EC-4015"
    message = "经办机构同意日期{consented}晚于今日"
    citation = "GX2017 §69"


class NotRenewable(DomainError):
    code = "EC-4016"
    message = "只有当年12月31日到期的慢特病备案可以续期;该备案{state}"
    citation = "GX2017 §66"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """备案内容: what is to be filed. `valid_until` is exclusive; None means the end of the year (chronic.validity)."""

    disease_code: str = ""
    institution_codes: tuple[str, ...]
    consented_on: date
    valid_from: date
    valid_until: date | None = None
    evidence: str


@transaction.atomic(durable=True)
def file_care(
    *, person_no: str, kind: FilingKind, wanted: Wanted, operator: platform.Operator, now: datetime
) -> Filing:
    """慢性病备案、家庭病床同意 (GX2017 §65, 69; 附件10): the agency's consent, before the care begins.

    Raises: PersonNotHere, NoPermission, OutOfScope, and what `_check` refuses.
    """
    person = enrolment.facts_by_person_no(person_no, wanted.valid_from)
    if person is None:
        raise PersonNotHere(person_no=person_no)
    check_in_scope(operator, PERMISSION, person.unit_code, now, object_kind="person", object_key=person_no)
    filing = Filing(
        pooling_area=person.pooling_area,
        person_id=person.id,
        kind=kind,
        filed_by=operator.name,
        filed_at=now,
        **_columns(kind, wanted),
    )
    _check(filing, person.scheme or "resident", now)
    _save(filing)
    _note("file_care", filing, operator, now, wanted=msgspec.to_builtins(wanted))
    return filing


@transaction.atomic(durable=True)
def correct_filing(
    *, filing_id: int, version: int, wanted: Wanted, operator: platform.Operator, now: datetime
) -> Filing:
    """更正备案: what was written wrongly; the institution of a chronic disease stays for the year (GX2017 §66; ENC-22).

    Raises: FilingUnknown, FilingChangedMeanwhile, FilingNotLive, NoChangeThisYear, and what `_check` refuses.
    """
    filing = _locked(filing_id, version, operator, now)
    before = {name: getattr(filing, name) for name in _columns(filing.kind, wanted)}
    if filing.kind == FilingKind.CHRONIC:
        _check_institutions_stay(filing, wanted.institution_codes, now)
    for name, value in _columns(filing.kind, wanted).items():
        setattr(filing, name, value)
    _check(filing, "resident", now)
    _save(filing)
    since = min(before["valid_from"], filing.valid_from)
    _note("correct_filing", filing, operator, now, since=since, before=msgspec.to_builtins(before))
    return filing


@transaction.atomic(durable=True)
def extend_filing(
    *, filing_id: int, version: int, until: date, evidence: str, operator: platform.Operator, now: datetime
) -> Filing:
    """家庭病床延期 (GX2017 §69): before the end, each time for no longer than the first.

    Raises: FilingUnknown, FilingChangedMeanwhile, FilingNotLive, NotExtendable, PeriodTooLong.
    """
    filing = _locked(filing_id, version, operator, now)
    if filing.kind != FilingKind.HOME_BED or until <= filing.valid_until:
        raise NotExtendable(last=filing.valid_until - A_DAY)
    _check_length(filing.pooling_area, filing.valid_until, until)
    before, filing.valid_until = filing.valid_until, until
    filing.extensions += 1
    _save(filing)
    _note("extend_filing", filing, operator, now, since=before, evidence=evidence.strip())
    return filing


@transaction.atomic(durable=True)
def renew_filing(*, filing_id: int, evidence: str, operator: platform.Operator, now: datetime) -> Filing:
    """慢特病备案续期 (GX2017 §66; ENC-21): the same disease and institutions for the next year, after the yearly check.

    A filing of its own from 1 January, so that each year keeps its consent. Once is enough: the second is refused.
    Raises: FilingUnknown, NotRenewable, FilingOverlaps, NoPermission, OutOfScope, and what `_check` refuses.
    """
    old = Filing.objects.filter(pk=filing_id).first()
    if old is None:
        raise FilingUnknown(filing=filing_id)
    old = _locked(filing_id, old.version, operator, now)
    if old.kind != FilingKind.CHRONIC or old.closing_reason or (old.valid_until.month, old.valid_until.day) != (1, 1):
        raise NotRenewable(state=f"{(old.valid_until - A_DAY).isoformat()}到期{old.closing_reason}")
    wanted = Wanted(
        disease_code=old.disease_code,
        institution_codes=tuple(old.institution_codes),
        consented_on=checks.local_day(now),
        valid_from=old.valid_until,
        evidence=evidence.strip() or old.evidence,
    )
    filing = Filing(
        pooling_area=old.pooling_area,
        person_id=old.person_id,
        kind=old.kind,
        filed_by=operator.name,
        filed_at=now,
        **_columns(old.kind, wanted),
    )
    _check(filing, "resident", now)
    _save(filing)
    _note("renew_filing", filing, operator, now, renews=old.pk)
    return filing


@transaction.atomic(durable=True)
def close_filing(
    *, filing_id: int, version: int, last_day: date, reason: str, operator: platform.Operator, now: datetime
) -> Filing:
    """结束备案 (撤床、年检不符; GX2017 §66, 69): from the day after `last_day` it holds no more.

    Raises: FilingUnknown, FilingChangedMeanwhile, FilingNotLive, PeriodEmpty.
    """
    filing = _locked(filing_id, version, operator, now)
    if not filing.valid_from <= last_day < filing.valid_until:
        raise PeriodEmpty(last=last_day, start=filing.valid_from)
    filing.valid_until, filing.closing_reason = last_day + A_DAY, reason.strip()
    _save(filing)
    _note("close_filing", filing, operator, now, since=last_day + A_DAY, reason=reason.strip())
    return filing


@transaction.atomic(durable=True)
def cancel_filing(*, filing_id: int, version: int, reason: str, operator: platform.Operator, now: datetime) -> Filing:
    """作废备案: as if it had not been made; bills that were settled under it are to be looked at.

    Raises: FilingUnknown, FilingChangedMeanwhile, FilingNotLive.
    """
    filing = _locked(filing_id, version, operator, now)
    filing.cancelled_at, filing.closing_reason = now, reason.strip()
    _save(filing)
    _note("cancel_filing", filing, operator, now, reason=reason.strip())
    return filing


def _columns(kind: str, wanted: Wanted) -> dict[str, Any]:
    year_end = date(wanted.valid_from.year + 1, 1, 1)  # GX2017 §66: filed anew every year
    return {
        "disease_code": wanted.disease_code if kind == FilingKind.CHRONIC else "",
        "institution_codes": list(wanted.institution_codes),
        "consented_on": wanted.consented_on,
        "valid_from": wanted.valid_from,
        "valid_until": wanted.valid_until or year_end,
        "evidence": wanted.evidence.strip(),
    }


def _locked(filing_id: int, version: int, operator: platform.Operator, now: datetime) -> Filing:
    """Raises: FilingUnknown, NoPermission, OutOfScope, FilingChangedMeanwhile, FilingNotLive."""
    filing = Filing.objects.select_for_update(of=("self",)).filter(pk=filing_id).first()
    if filing is None:
        raise FilingUnknown(filing=filing_id)
    person = enrolment.facts(filing.person_id, filing.valid_from)
    unit = person.unit_code if person else filing.pooling_area
    check_in_scope(operator, PERMISSION, unit, now, object_kind="filing", object_key=filing_id)
    if filing.version != version:
        raise FilingChangedMeanwhile
    if filing.cancelled_at is not None:
        raise FilingNotLive(state="已作废")
    return filing


def _check(filing: Filing, scheme: str, now: datetime) -> None:
    """What a filing must be, whoever writes it.

    Raises: PeriodEmpty, ConsentInFuture, DiseaseNotListed, InstitutionNotAgreed, TooManyInstitutions,
    ConsentAfterStart, PeriodTooLong, LiesInHospital.
    """
    if filing.valid_until <= filing.valid_from:
        raise PeriodEmpty(last=filing.valid_until - A_DAY, start=filing.valid_from)
    if filing.consented_on > checks.local_day(now):
        raise ConsentInFuture(consented=filing.consented_on)
    most = parameters.procedure(filing.pooling_area).chronic_institutions_max
    most = most if filing.kind == FilingKind.CHRONIC else 1
    if not 0 < len(filing.institution_codes) <= most:
        raise TooManyInstitutions(most=most, count=len(filing.institution_codes))
    for code in filing.institution_codes:
        problem = institutions.agreement_problem(code, scheme=scheme, kind=filing.kind, on=filing.valid_from)
        if problem:
            raise InstitutionNotAgreed(institution=code, problem=problem)
    if filing.kind == FilingKind.CHRONIC:
        _check_disease(filing, scheme)
    else:
        _check_home_bed(filing)


def _check_disease(filing: Filing, scheme: str) -> None:
    """Raises: DiseaseNotListed."""
    package = outside.package(filing.pooling_area, scheme, filing.valid_from)
    if filing.disease_code not in package.definition.diseases:
        raise DiseaseNotListed(disease=filing.disease_code)


def _check_home_bed(filing: Filing) -> None:
    """Raises: ConsentAfterStart, PeriodTooLong, LiesInHospital."""
    if filing.consented_on > filing.valid_from:
        raise ConsentAfterStart(consented=filing.consented_on, start=filing.valid_from)
    if not filing.extensions:
        _check_length(filing.pooling_area, filing.valid_from, filing.valid_until)
    stay = Encounter.objects.filter(
        person_id=filing.person_id, kind__in=HOSPITAL_CARE, state=EncounterState.OPEN
    ).first()
    if stay is not None:
        known = institutions.known(stay.institution_code)
        where = known.name if known else stay.institution_code
        raise LiesInHospital(since=checks.local_day(stay.began_at), institution=where)


def _check_length(pooling_area: str, start: date, until: date) -> None:
    """Raises: PeriodTooLong."""
    most = parameters.procedure(pooling_area).home_bed_max_days
    if (until - start).days > most:
        raise PeriodTooLong(most=most, days=(until - start).days)


def _check_institutions_stay(filing: Filing, wanted: tuple[str, ...], now: datetime) -> None:
    """Once it has begun, the institution changes only when its agreement ends (ENC-22). Raises: NoChangeThisYear."""
    today = checks.local_day(now)
    if today <= filing.valid_from or today == checks.local_day(filing.filed_at):
        return
    for code in filing.institution_codes:
        still = not institutions.agreement_problem(code, scheme="resident", kind=filing.kind, on=today)
        if code not in wanted and still:
            known = institutions.known(code)
            raise NoChangeThisYear(institution=known.name if known else code)


def _save(filing: Filing) -> None:
    """Raises: FilingOverlaps."""
    if filing.pk is not None:
        filing.version += 1
    try:
        with transaction.atomic():
            filing.save()
    except IntegrityError as clash:
        raise FilingOverlaps from clash


def _note(
    action: str,
    filing: Filing,
    operator: platform.Operator,
    now: datetime,
    *,
    since: date | None = None,
    **detail: Any,
) -> None:
    """The trail's line, and word to whoever settled on it."""
    trail.record(
        f"encounters.{action}",
        at=now,
        operator=operator,
        pooling_area=filing.pooling_area,
        object_kind="filing",
        object_key=filing.pk,
        detail=detail,
    )
    publish(events.FilingChanged(filing.person_id, filing.pooling_area, since or filing.valid_from))
