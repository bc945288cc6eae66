"""参保登记信息变更 as a case (附件4; GX2017 §14; JL2019 §9; ENR-18): village or town accepts, the county reviews.

Bank accounts, types of persons and moves between households are items of their own.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from tongchou.cases.kinds import Decided, Field, Kind, Material, Step, Subject, Values
from tongchou.enrolment.commands import changes
from tongchou.enrolment.finding import living_person, page_of_person, persons_concerned
from tongchou.enrolment.forms import annex4
from tongchou.enrolment.models import Person
from tongchou.enrolment.posts import COUNTY
from tongchou.enrolment.registration.kind import check_hukou_area
from tongchou.enrolment.roster import ETHNICITIES
from tongchou.enrolment.states import CertificateType, Sex
from tongchou.platform.places import PLACES, UNITS
from tongchou.platform.queries import Operator

PARTICULARS: Final = (
    "name",
    "sex",
    "ethnicity",
    "certificate_type",
    "certificate_no",
    "born_on",
    "phone",
    "address",
    "hukou_area",
    "unit_code",
)

ETHNICITY_CHOICES: Final = tuple((code, name) for name, code in ETHNICITIES.items())
CHANGES: Final = "变更内容(只填要变更的项目)"


def _known(subject: Subject) -> Values:
    """What is registered now (现登记内容)."""
    person = Person.objects.get(person_no=subject.key)
    return {name: _text(getattr(person, name)) for name in PARTICULARS}


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _new_values(values: Values) -> dict[str, Any]:
    """The particulars that the form fills in; the others stay."""
    filled: dict[str, Any] = {name: values[name].strip() for name in PARTICULARS if values.get(name, "").strip()}
    if "born_on" in filled:
        filled["born_on"] = date.fromisoformat(filled["born_on"])
    if "certificate_no" in filled:
        filled["certificate_no"] = filled["certificate_no"].upper()
    if "certificate_type" in filled:
        filled["certificate_type"] = CertificateType(filled["certificate_type"])
    if "sex" in filled:
        filled["sex"] = Sex(filled["sex"])
    return filled


def _request(subject_key: str, values: Values, evidence: str) -> changes.ChangeRequest:
    return changes.ChangeRequest(
        person_id=Person.objects.values_list("pk", flat=True).get(person_no=subject_key),
        values=_new_values(values),
        reason=values.get("reason", ""),
        evidence=evidence,
        effective_on=date.fromisoformat(values["effective_on"]),
    )


def _check(subject: Subject, values: Values, on: date) -> None:
    """What the review would find, said at the counter. Raises: as `changes.change_particulars`, `check_hukou_area`."""
    if hukou := values.get("hukou_area", "").strip():
        check_hukou_area(hukou)
    changes.check_change(_request(subject.key, values, evidence="待收"), today=on)


def _change(case: Decided, *, operator: Operator, now: datetime) -> str:
    """The change itself, with the papers of the case as its evidence."""
    evidence = f"{case.materials}(受理号{case.number})"
    made = changes.apply_change(
        _request(case.subject_key, case.values, evidence), permission="enrolment.review", operator=operator, now=now
    )
    labels = "、".join(changes.LABELS[one.particular] for one in made)
    return f"已变更:{labels},自{case.values['effective_on']}起生效"


def _changes_identity(values: Values) -> bool:
    return bool(changes.KEY & _filled(values).keys())


def _changes_residence(values: Values) -> bool:
    return bool({"hukou_area", "unit_code"} & _filled(values).keys())


def _filled(values: Values) -> Mapping[str, str]:
    return {name: value for name, value in values.items() if value.strip()}


KIND: Final = Kind(
    code="change_particulars",
    title="参保登记信息变更",
    citation="GX2017 §14",
    fields=(
        Field("name", "姓名", longest=50, section=CHANGES),
        Field("sex", "性别", kind="choice", choices=tuple(Sex.choices), section=CHANGES),
        Field("ethnicity", "民族", kind="choice", choices=ETHNICITY_CHOICES, section=CHANGES),
        Field(
            "certificate_type",
            "证件类型",
            kind="choice",
            choices=tuple(CertificateType.choices),
            section=CHANGES,
        ),
        Field("certificate_no", "证件号码", kind="certificate", longest=50, section=CHANGES),
        Field("born_on", "出生日期", kind="day", section=CHANGES),
        Field("phone", "联系电话", longest=30, section=CHANGES),
        Field("address", "住址", longest=200, section=CHANGES),
        Field(
            "hukou_area",
            "户籍地",
            kind="listed",
            register=PLACES,
            help="省、市、县、乡镇或村(社区)的名称或代码",
            section=CHANGES,
        ),
        Field(
            "unit_code",
            "参保单位(村、社区)",
            kind="listed",
            register=UNITS,
            help="迁往本统筹区其他村、社区的填写;所在户随之离开",
            section=CHANGES,
        ),
        Field("effective_on", "生效日期", kind="day", required=True, section="变更依据"),
        Field("reason", "变更原因", kind="long_text", required=True, longest=200, section="变更依据"),
    ),
    materials=(
        Material("form", "居民信息变更表(附件4)"),
        Material("certificate", "居民身份证或其他证件", needed=_changes_identity),
        Material("household_book", "户口簿", needed=_changes_residence),
    ),
    steps=(Step("review", "复核", COUNTY),),
    working_days=15,
    limit_source="GX2017 §11(信息变更未另定时限,比照参保登记审核)",
    subject_label="参保人(人员编号或证件号码)",
    find_subject=living_person,
    record=page_of_person,
    item="registration",
    parties=persons_concerned,
    check=_check,
    known=_known,
    effect=_change,
    result_title="参保登记信息变更办理结果",
    archive_class="参保登记",
    form=annex4.FORM,
)
"""参保登记信息变更."""
