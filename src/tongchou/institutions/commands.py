"""Every change of the designated institutions (定点管理命令). Dated rows are closed and opened, never rewritten."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q

from tongchou.institutions import rules
from tongchou.institutions.models import (
    Agreement,
    AgreementSuspension,
    Institution,
    InstitutionLevel,
    InstitutionVersion,
    Physician,
    PhysicianSuspension,
)
from tongchou.institutions.states import PRIMARY_TYPES, HospitalLevel, InstitutionKind, InstitutionType, StaffKind
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks, pinyin, trail
from tongchou.platform import queries as platform


class InstitutionKnown(DomainError):
    code = "IN-1001"
    message = "机构编号{code}已登记为“{name}”"
    citation = "GX2017 §32"


class InstitutionUnknown(DomainError):
    code = "IN-1002"
    message = "没有机构编号为{code}的定点医药机构"
    citation = "GX2017 §32"


class CodeUnfit(DomainError):
    code = "IN-1003"
    message = "机构编号{code}有误:医疗机构为H加11位数字,零售药店为P加11位数字"
    citation = "JL2019 §21"


class UnifiedCodeUnfit(DomainError):
    code = "IN-1004"
    message = "统一社会信用代码{uscc}有误,校验不符"
    citation = "JL2019 §21"


class LicenceTaken(DomainError):
    code = "IN-1005"
    message = "许可证号{licence}已登记在{name}({code})"
    citation = "GX2017 §32"


class UnitUnfit(DomainError):
    code = "IN-1006"
    message = "行政区划{unit}不存在或不属于统筹地区{area}"
    citation = "GX2017 §32"


class LevelIsLater(DomainError):
    code = "IN-1007"
    message = "{name}自{since}起已有等级,新等级须晚于该日"
    citation = "GX2017 §87"


class AgreementOverlaps(DomainError):
    code = "IN-2001"
    message = "该机构{since}至{until}已有协议{number},期间重叠"
    citation = "GX2017 §43"


class AgreementTermEmpty(DomainError):
    code = "IN-2002"
    message = "协议终止日期{until}应晚于生效日期{since}"
    citation = "GX2017 §45"


class AgreementUnknown(DomainError):
    code = "IN-2003"
    message = "没有编号为{number}的服务协议"
    citation = "GX2017 §43"


class AgreementNotInForce(DomainError):
    code = "IN-2004"
    message = "协议{number}在{day}不在有效期内"
    citation = "GX2017 §62"


class AlreadySuspended(DomainError):
    code = "IN-2005"
    message = "{what}在{day}已处于暂停期间"
    citation = "GX2017 §62"


class NotSuspended(DomainError):
    code = "IN-2006"
    message = "{what}在{day}没有暂停"
    citation = "GX2017 §62"


class ReasonMissing(DomainError):
    code = "IN-2007"
    message = "须写明原因"
    citation = "GX2017 §62"


class AgreementNumberTaken(DomainError):
    code = "IN-2008"
    message = "协议编号{number}已用于{name}"
    citation = "GX2017 §43"


class AgreementWithoutScope(DomainError):
    code = "IN-2009"
    message = "协议须写明险种和服务范围"
    citation = "GX2017 §45"


class SignedLate(DomainError):
    code = "IN-2010"
    message = "协议签订日期{signed}晚于生效日期{since}"
    citation = "GX2017 §45"


class PhysicianFiled(DomainError):
    code = "IN-3001"
    message = "医师{code}自{since}起已在该机构备案"
    citation = "GX2017 §51"


class PhysicianNotFiled(DomainError):
    code = "IN-3002"
    message = "医师{code}在{day}没有在该机构备案"
    citation = "GX2017 §54"


class StaffCodeUnfit(DomainError):
    code = "IN-3003"
    message = "{kind}编码{code}不符合全国统一编码格式"
    citation = "GX2017 §56"


class CodeOfAnother(DomainError):
    code = "IN-3004"
    message = "编码{code}已属于{known},不能用于{given}"
    citation = "GX2017 §56"


class FiledElsewhere(DomainError):
    code = "IN-3005"
    message = "{name}({code})的主执业机构是{institution},在其他机构备案须标明多点执业"
    citation = "GX2017 §54"


@transaction.atomic
def register_institution(
    *,
    code: str,
    name: str,
    kind: InstitutionKind,
    type: InstitutionType,
    pooling_area: str,
    unit_code: str,
    level: HospitalLevel,
    since: date,
    operator: platform.Operator,
    now: datetime,
    grade: str = "",
    uscc: str = "",
    licence_no: str = "",
    licence_until: date | None = None,
    parent_code: str = "",
    address: str = "",
    phone: str = "",
) -> Institution:
    """登记定点医药机构 with its level (GX2017 §32; AGR-01).

    Raises: InstitutionKnown, CodeUnfit, UnifiedCodeUnfit, LicenceTaken, UnitUnfit, InstitutionUnknown, NoPermission,
    OutOfScope.
    """
    checks.check_in_scope(operator, "institutions.manage", unit_code, now)
    if not rules.institution_code_fits(code, kind):
        raise CodeUnfit(code=code)
    if not rules.unified_code_fits(uscc):
        raise UnifiedCodeUnfit(uscc=uscc)
    if platform.area_of_unit(unit_code) != pooling_area:
        raise UnitUnfit(unit=platform.unit_in_words(unit_code), area=pooling_area)
    if earlier := Institution.objects.filter(code=code).first():
        raise InstitutionKnown(code=code, name=earlier.name)
    if licence_no and (holder := Institution.objects.filter(licence_no=licence_no).first()):
        raise LicenceTaken(licence=licence_no, name=holder.name, code=holder.code)
    if parent_code and not Institution.objects.filter(code=parent_code).exists():
        raise InstitutionUnknown(code=parent_code)
    institution = Institution.objects.create(
        code=code,
        name=name,
        name_initials=pinyin.initials(name, longest=200),
        kind=kind,
        type=type,
        pooling_area_id=pooling_area,
        unit_code=unit_code,
        uscc=uscc,
        licence_no=licence_no,
        licence_until=licence_until,
        parent_id=parent_code or None,
        primary=type in PRIMARY_TYPES,
        village_station=type == InstitutionType.VILLAGE_STATION,
        address=address,
        phone=phone,
        created_at=now,
    )
    InstitutionLevel.objects.create(institution=institution, level=level, grade=grade, valid_from=since)
    _note("register_institution", institution, operator, now, level=level)
    return institution


@transaction.atomic
def set_level(
    *, code: str, level: HospitalLevel, since: date, operator: platform.Operator, now: datetime, grade: str = ""
) -> None:
    """变更医院等级 from a day on: the old span closes, the new one opens (AGR-02).

    Raises: LevelIsLater, InstitutionUnknown, NoPermission, OutOfScope.
    """
    institution = _locked(code, operator, now)
    if later := institution.levels.filter(valid_from__gte=since).first():
        raise LevelIsLater(name=institution.name, since=later.valid_from)
    institution.levels.filter(Q(valid_until=None) | Q(valid_until__gt=since)).update(valid_until=since)
    InstitutionLevel.objects.create(institution=institution, level=level, grade=grade, valid_from=since)
    _note("set_level", institution, operator, now, level=level, since=since)


@transaction.atomic
def sign_agreement(
    *,
    code: str,
    number: str,
    schemes: Sequence[str],
    care_kinds: Sequence[str],
    signed_on: date,
    valid_from: date,
    valid_until: date,
    operator: platform.Operator,
    now: datetime,
) -> Agreement:
    """签订服务协议 for `[valid_from, valid_until)` (GX2017 §43–45).

    Raises: AgreementOverlaps, AgreementTermEmpty, AgreementNumberTaken, AgreementWithoutScope, SignedLate,
    InstitutionUnknown, NoPermission, OutOfScope.
    """
    institution = _locked(code, operator, now)
    if valid_until <= valid_from:
        raise AgreementTermEmpty(since=valid_from, until=valid_until)
    if not schemes or not care_kinds:
        raise AgreementWithoutScope
    if signed_on > valid_from:
        raise SignedLate(signed=signed_on, since=valid_from)
    if other := Agreement.objects.filter(number=number).select_related("institution").first():
        raise AgreementNumberTaken(number=number, name=other.institution.name)
    overlap = institution.agreements.filter(valid_from__lt=valid_until, valid_until__gt=valid_from).first()
    if overlap is not None:
        raise AgreementOverlaps(since=overlap.valid_from, until=overlap.valid_until, number=overlap.number)
    agreement = Agreement.objects.create(
        institution=institution,
        number=number,
        schemes=list(schemes),
        care_kinds=list(care_kinds),
        signed_on=signed_on,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    _note("sign_agreement", institution, operator, now, number=number, since=valid_from, until=valid_until)
    return agreement


@transaction.atomic
def suspend_agreement(
    *, number: str, since: date, until: date | None, reason: str, operator: platform.Operator, now: datetime
) -> AgreementSuspension:
    """暂停协议: no direct settlement from that day (GX2017 §62).

    Raises: AgreementNotInForce, AlreadySuspended, ReasonMissing.
    """
    agreement, institution = _agreement(number, operator, now)
    if not reason.strip():
        raise ReasonMissing
    if not agreement.valid_from <= since < agreement.valid_until:
        raise AgreementNotInForce(number=number, day=since)
    if agreement.suspensions.filter(Q(suspended_until=None) | Q(suspended_until__gt=since)).exists():
        raise AlreadySuspended(what=f"协议{number}", day=since)
    suspension = AgreementSuspension.objects.create(
        agreement=agreement, suspended_from=since, suspended_until=until, reason=reason.strip()
    )
    _note("suspend_agreement", institution, operator, now, number=number, since=since, reason=reason.strip())
    return suspension


@transaction.atomic
def resume_agreement(*, number: str, on: date, operator: platform.Operator, now: datetime) -> None:
    """恢复协议 from that day (GX2017 §62). Raises: NotSuspended."""
    agreement, institution = _agreement(number, operator, now)
    running = agreement.suspensions.filter(Q(suspended_until=None) | Q(suspended_until__gt=on), suspended_from__lt=on)
    if not running.update(suspended_until=on):
        raise NotSuspended(what=f"协议{number}", day=on)
    _note("resume_agreement", institution, operator, now, number=number, on=on)


@transaction.atomic
def end_agreement(*, number: str, on: date, reason: str, operator: platform.Operator, now: datetime) -> Agreement:
    """终止协议: the last day in force is the one before (GX2017 §62). Raises: AgreementNotInForce, ReasonMissing."""
    agreement, institution = _agreement(number, operator, now)
    if not reason.strip():
        raise ReasonMissing
    if not agreement.valid_from < on < agreement.valid_until:
        raise AgreementNotInForce(number=number, day=on)
    agreement.valid_until = on
    agreement.ended_reason = reason.strip()
    agreement.save(update_fields=["valid_until", "ended_reason"])
    _note("end_agreement", institution, operator, now, number=number, on=on, reason=agreement.ended_reason)
    return agreement


@transaction.atomic
def file_physician(
    *,
    institution_code: str,
    code: str,
    name: str,
    since: date,
    operator: platform.Operator,
    now: datetime,
    kind: StaffKind = StaffKind.PHYSICIAN,
    department: str = "",
    title: str = "",
    citizen_id: str = "",
    practice_no: str = "",
    main_site: bool = True,
) -> Physician:
    """医保医师备案 at an institution (GX2017 §51–56; DOC-01, DOC-02): a code belongs to one person for good.

    Whose main site is elsewhere is filed as working at several sites.
    Raises: PhysicianFiled, StaffCodeUnfit, CodeOfAnother, FiledElsewhere, InstitutionUnknown, NoPermission, OutOfScope.
    """
    institution = _locked(institution_code, operator, now, permission="institutions.manage_physicians")
    if not rules.staff_code_fits(code, kind):
        raise StaffCodeUnfit(kind=kind.label, code=code)
    known = Physician.objects.filter(code=code).exclude(name=name).first()
    if known is not None:
        raise CodeOfAnother(code=code, known=known.name, given=name)
    still = Physician.objects.filter(Q(filed_until=None) | Q(filed_until__gt=since), code=code)
    for filed in still.select_related("institution"):
        if filed.institution_id == institution.pk:
            raise PhysicianFiled(code=code, since=filed.filed_from)
        if filed.main_site and main_site:
            raise FiledElsewhere(name=name, code=code, institution=filed.institution.name)
    physician = Physician.objects.create(
        institution=institution,
        code=code,
        name=name,
        kind=kind,
        citizen_id=citizen_id,
        practice_no=practice_no,
        main_site=main_site,
        department=department,
        title=title,
        filed_from=since,
    )
    _note("file_physician", institution, operator, now, physician=code, since=since)
    return physician


@transaction.atomic
def end_filing(
    *, institution_code: str, code: str, on: date, reason: str, operator: platform.Operator, now: datetime
) -> None:
    """注销医师备案 at an institution (GX2017 §54; DOC-02). Raises: PhysicianNotFiled, ReasonMissing."""
    institution = _locked(institution_code, operator, now, permission="institutions.manage_physicians")
    if not reason.strip():
        raise ReasonMissing
    filed = institution.physicians.filter(Q(filed_until=None) | Q(filed_until__gt=on), code=code, filed_from__lt=on)
    if not filed.update(filed_until=on, end_reason=reason.strip()):
        raise PhysicianNotFiled(code=code, day=on)
    _note("end_filing", institution, operator, now, physician=code, on=on, reason=reason.strip())


@transaction.atomic
def suspend_physician(
    *,
    institution_code: str,
    code: str,
    since: date,
    until: date | None,
    reason: str,
    operator: platform.Operator,
    now: datetime,
) -> PhysicianSuspension:
    """暂停医师服务, at every institution where the code is filed (GX2017 §54; DOC-06).

    Raises: PhysicianNotFiled, AlreadySuspended, ReasonMissing.
    """
    institution = _locked(institution_code, operator, now, permission="institutions.manage_physicians")
    if not reason.strip():
        raise ReasonMissing
    if not institution.physicians.filter(
        Q(filed_until=None) | Q(filed_until__gt=since), code=code, filed_from__lte=since
    ).exists():
        raise PhysicianNotFiled(code=code, day=since)
    running = PhysicianSuspension.objects.filter(
        Q(suspended_until=None) | Q(suspended_until__gt=since), physician_code=code
    )
    if running.exists():
        raise AlreadySuspended(what=f"医师{code}", day=since)
    suspension = PhysicianSuspension.objects.create(
        physician_code=code, suspended_from=since, suspended_until=until, reason=reason.strip()
    )
    _note("suspend_physician", institution, operator, now, physician=code, since=since, reason=reason.strip())
    _raise_elsewhere(code, institution)
    return suspension


@transaction.atomic
def resume_physician(*, institution_code: str, code: str, on: date, operator: platform.Operator, now: datetime) -> None:
    """恢复医师服务 from that day (GX2017 §54; DOC-10). Raises: NotSuspended, InstitutionUnknown."""
    institution = _locked(institution_code, operator, now, permission="institutions.manage_physicians")
    running = PhysicianSuspension.objects.filter(
        Q(suspended_until=None) | Q(suspended_until__gt=on), physician_code=code, suspended_from__lt=on
    )
    if not running.update(suspended_until=on):
        raise NotSuspended(what=f"医师{code}", day=on)
    _note("resume_physician", institution, operator, now, physician=code, on=on)
    _raise_elsewhere(code, institution)


def _raise_elsewhere(code: str, institution: Institution) -> None:
    """A suspension follows the code: areas of other institutions where it is filed have moved too."""
    areas = Physician.objects.filter(code=code).values_list("institution__pooling_area", flat=True).distinct()
    for area in areas.order_by("institution__pooling_area"):
        if area != institution.pooling_area_id:
            raise_version(area)


def raise_version(pooling_area: str) -> None:
    """Tell every process that an area's institutions have changed: a step inside the changing transaction."""
    InstitutionVersion.objects.bulk_create(
        [InstitutionVersion(pooling_area_id=pooling_area, version=0)], ignore_conflicts=True
    )
    InstitutionVersion.objects.filter(pk=pooling_area).update(version=F("version") + 1)


def _locked(
    code: str, operator: platform.Operator, now: datetime, *, permission: str = "institutions.manage"
) -> Institution:
    institution = Institution.objects.select_for_update(of=("self",)).filter(code=code).first()
    if institution is None:
        raise InstitutionUnknown(code=code)
    checks.check_in_scope(operator, permission, institution.unit_code, now, object_kind="institution", object_key=code)
    return institution


def _agreement(number: str, operator: platform.Operator, now: datetime) -> tuple[Agreement, Institution]:
    agreement = Agreement.objects.select_for_update(of=("self",)).filter(number=number).first()
    if agreement is None:
        raise AgreementUnknown(number=number)
    return agreement, _locked(agreement.institution_id, operator, now)


def _note(action: str, institution: Institution, operator: platform.Operator, now: datetime, **detail: object) -> None:
    """Raise the version and write the trail's line."""
    raise_version(institution.pooling_area_id)
    trail.record(
        f"institutions.{action}",
        at=now,
        operator=operator,
        pooling_area=institution.pooling_area_id,
        unit_code=institution.unit_code,
        object_kind="institution",
        object_key=institution.code,
        detail={key: value.isoformat() if isinstance(value, date) else value for key, value in detail.items()},
    )
