"""关系转移接续 as cases: to another area (附件6; GX2017 §16; ENR-26), to the other scheme (GX2017 §17; ENR-27)."""

from datetime import date, datetime
from typing import Any, Final

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from tongchou.cases.kinds import Decided, Field, Kind, Material, Step, Subject, Values
from tongchou.enrolment.commands import steps
from tongchou.enrolment.finding import living_person, page_of_person, persons_concerned
from tongchou.enrolment.forms import annex6
from tongchou.enrolment.models import Enrolment, Person, SocialSecurityCard
from tongchou.enrolment.posts import COUNTY
from tongchou.enrolment.states import Scheme
from tongchou.enrolment.transfers import commands, hindrances, sources
from tongchou.enrolment.transfers.commands import Wanted
from tongchou.enrolment.transfers.states import TransferKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform import places
from tongchou.platform import queries as platform
from tongchou.platform.places import AREAS
from tongchou.platform.queries import Operator

REASONS: Final = (
    ("moved", "户籍或居住地迁移"),
    ("work", "就业"),
    ("study", "就学"),
    ("family", "投靠亲属"),
    ("other", "其他"),
)


class AreaCodeFaulty(DomainError):
    code = "EN-4052"
    message = "转入地代码“{area}”应为六位行政区划代码"
    citation = "GX2017 §16"


class AreaUnknown(DomainError):
    code = "EN-9200"
    message = "没有代码为{area}的地区;新设的区、县可先填所属设区的市"
    citation = "GX2017 §16"


class AgencyMissing(DomainError):
    code = "EN-4053"
    message = "转入地{area}不在本系统内,须填写转入地经办机构名称"
    citation = "GX2017 §16"


def _known(subject: Subject) -> Values:
    """The relation now, the card, the years paid for, what is used of this year and filed (现参保关系; F-06)."""
    card = SocialSecurityCard.objects.filter(person=OuterRef("pk"), ended_on=None).order_by("-id").values("number")
    held = Enrolment.objects.filter(person=OuterRef("pk"), enrolled_until=None).order_by("pk").values("scheme")
    told = Person.objects.annotate(card_no=Subquery(card[:1]), held=Subquery(held[:1]))
    person = told.get(person_no=subject.key)
    years = [str(one.year) for one in sources.paid_years(person.pk)]
    known = {
        "certificate_no": person.certificate_no,
        "from_area": subject.pooling_area,
        "from_agency": platform.unit_name(subject.pooling_area, person.created_at.date()),
        "paid_years": "、".join(years),
    }
    return known | _told_of(person) | ({"scheme": Scheme(person.held).label} if person.held else {})


def _told_of(person: Any) -> dict[str, str]:
    """卡号、本年度已享受待遇、在办备案, as the form has them."""
    today = timezone.localdate()
    area, scheme = person.pooling_area_id, Scheme.RESIDENT
    used = sources.in_words(area, scheme, today.year, sources.use(area, person.pk, scheme, today.year))
    amounts = [f"{what}{f'{much}次' if is_count else f'{yuan_text(much)}元'}" for what, much, is_count in used if much]
    return {
        "card_no": person.card_no or "",
        "used": "、".join(amounts) or "无",
        "filings": "、".join(sources.filings(person.pk, today)) or "无",
    }


def _day(values: Values, on: date) -> date:
    return date.fromisoformat(values["starts_on"]) if values.get("starts_on") else on


def _check_known(area: str) -> None:
    """Six digits, of this house or of the country's list. Raises: AreaCodeFaulty, AreaUnknown."""
    if len(area) != 6 or not area.isdecimal():
        raise AreaCodeFaulty(area=area)
    if not places.is_known(area):
        raise AreaUnknown(area=area)


def _to_area(values: Values, on: date) -> Wanted:
    """Raises: AreaCodeFaulty, AreaUnknown, AgencyMissing."""
    area = values.get("to_area", "").strip()
    _check_known(area)
    agency = values.get("to_agency", "").strip()
    if not agency:
        known = {one.code for one in platform.pooling_areas(on)}
        if area not in known:
            raise AgencyMissing(area=area)
        agency = platform.unit_name(area, on)
    return Wanted(
        kind=TransferKind.AREA,
        to_area=area,
        to_agency=agency,
        to_scheme=Scheme.RESIDENT,
        starts_on=_day(values, on),
        reason=dict(REASONS).get(values.get("reason", ""), ""),
        phone=values.get("new_phone", ""),
        new_address=values.get("new_address", ""),
    )


def _to_scheme(subject: Subject, values: Values, on: date) -> Wanted:
    """Within this house unless another agency is named, which keeps books of its own.

    Raises: AreaCodeFaulty, AreaUnknown, AgencyMissing.
    """
    agency = values.get("to_agency", "").strip()
    area = values.get("to_area", "").strip() or subject.pooling_area
    _check_known(area)
    if not agency and area not in {one.code for one in platform.pooling_areas(on)}:
        raise AgencyMissing(area=area)
    return Wanted(
        kind=TransferKind.SCHEME,
        to_area=area,
        to_agency=agency or platform.unit_name(area, on),
        elsewhere=bool(agency),
        to_scheme=Scheme(values["to_scheme"]),
        starts_on=_day(values, on),
        reason=values.get("employer", "") or Scheme(values["to_scheme"]).label,
    )


def _check_area(subject: Subject, values: Values, on: date) -> None:
    """What the decision would refuse, said at the counter. Raises: as `commands.check_out`, InHospitalNow."""
    person = Person.objects.get(person_no=subject.key)
    commands.check_out(person, _to_area(values, on), on)
    hindrances.check(person.pk, on)


def _check_scheme(subject: Subject, values: Values, on: date) -> None:
    """The same of a change of scheme. Raises: as `commands.check_out`."""
    commands.check_out(Person.objects.get(person_no=subject.key), _to_scheme(subject, values, on), on)


def _locked(case: Decided, operator: Operator, now: datetime) -> Person:
    person_id = Person.objects.values_list("pk", flat=True).get(person_no=case.subject_key)
    return steps.lock_person(person_id, permission="enrolment.review", operator=operator, now=now)


def _leave_area(case: Decided, *, operator: Operator, now: datetime) -> str:
    person = _locked(case, operator, now)
    today = timezone.localdate(now)
    wanted = _to_area(case.values, today)
    hindrances.check(person.pk, today)
    made = commands.finish_out(person, wanted, case_number=case.number, operator=operator, now=now)
    return (
        f"转出办结,转移编号{made.number},参保关系自{made.starts_on}起转往{made.to_agency}({made.get_state_display()})"
    )


def _leave_scheme(case: Decided, *, operator: Operator, now: datetime) -> str:
    person = _locked(case, operator, now)
    subject = Subject(person.person_no, person.name, person.unit_code, person.pooling_area_id)
    wanted = _to_scheme(subject, case.values, timezone.localdate(now))
    made = commands.finish_out(person, wanted, case_number=case.number, operator=operator, now=now)
    return f"已出具参保缴费凭证,转移编号{made.number},自{made.starts_on}起转为{Scheme(made.to_scheme).label}"


TO_AREA: Final = Kind(
    code="transfer_out",
    title="参保关系转移接续(跨统筹区)",
    citation="GX2017 §16",
    fields=(
        Field("to_area", "转入地", kind="listed", required=True, register=AREAS, help="市、县的名称或六位行政区划代码"),
        Field("to_agency", "转入地经办机构", longest=60, help="转入地在本系统内的可不填"),
        Field("reason", "转移原因", kind="choice", required=True, choices=REASONS),
        Field("starts_on", "接续日期", kind="day", required=True, help="自该日起由转入地接续"),
        Field("new_phone", "新联系电话", longest=30),
        Field("new_address", "新住址", longest=200),
    ),
    materials=(
        Material("form", "关系转移接续申请表(附件6)"),
        Material("card", "社会保障卡或其他有效身份证件"),
        Material(
            "residence", "迁入地户口簿或居住证明", needed=lambda values: values.get("reason") in ("moved", "family")
        ),
    ),
    steps=(Step("review", "转出审核", COUNTY),),
    working_days=15,
    limit_source="GX2017 §16(未定时限,按15个工作日)",
    subject_label="参保人(人员编号或证件号码)",
    find_subject=living_person,
    record=page_of_person,
    item="registration",
    parties=persons_concerned,
    check=_check_area,
    known=_known,
    effect=_leave_area,
    result_title="关系转移接续办理结果",
    archive_class="转移接续",
    form=annex6.FORM,
)
"""跨统筹区转移接续."""

TO_SCHEME: Final = Kind(
    code="change_scheme",
    title="居民、职工医保关系转移接续",
    citation="GX2017 §17",
    fields=(
        Field(
            "to_scheme",
            "转入险种",
            kind="choice",
            required=True,
            choices=tuple(Scheme.choices),
        ),
        Field("starts_on", "接续日期", kind="day", required=True, help="自该日起参加转入的险种"),
        Field("employer", "用人单位", longest=100, help="转入职工医保的填写"),
        Field("to_agency", "转入地经办机构", longest=60, help="转入险种由其他系统经办的填写"),
        Field("to_area", "转入地", kind="listed", register=AREAS, help="转入其他统筹区的填写"),
    ),
    materials=(
        Material("form", "基本医疗保险关系转移接续申请表"),
        Material("certificate", "有效身份证件"),
        Material("contract", "劳动合同或单位证明", needed=lambda values: values.get("to_scheme") == "employee"),
    ),
    steps=(Step("review", "转出审核", COUNTY),),
    working_days=15,
    limit_source="GX2017 §17(人社厅发〔2016〕94号:15个工作日)",
    subject_label="参保人(人员编号或证件号码)",
    find_subject=living_person,
    record=page_of_person,
    item="registration",
    parties=persons_concerned,
    check=_check_scheme,
    known=_known,
    effect=_leave_scheme,
    result_title="险种间转移接续办理结果",
    archive_class="转移接续",
)
"""险种间转移接续."""
