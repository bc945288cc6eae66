"""特殊参保类型、人员类别 and 居留证件 changed at the counter (附件4; GX2017 §8, 10, 14; ENR-10, ENR-13, ENR-18).

Village or town accepts with the proof, the county reviews; lists of the departments do the same for many (ENR-11).
"""

from datetime import date, datetime
from typing import Final

from django.utils import timezone

from tongchou.cases.kinds import Decided, Field, Kind, Material, Step, Subject, Values
from tongchou.enrolment.commands import changes, groups, residence, steps
from tongchou.enrolment.finding import living_person, persons_concerned
from tongchou.enrolment.forms import annex4
from tongchou.enrolment.models import Person
from tongchou.enrolment.posts import COUNTY
from tongchou.enrolment.states import EMPLOYEE_CATEGORIES, PersonCategory, ResidenceKind, SpecialCategory
from tongchou.kernel.errors import DomainError
from tongchou.platform.queries import Operator

ADD, END, CATEGORY = "add", "end", "category"
ACTS: Final = ((ADD, "登记"), (END, "终止"), (CATEGORY, "变更"))
FORM_PAPER: Final = Material("form", "居民信息变更表(附件4)")
_CATEGORIES: Final = tuple((one.value, one.label) for one in PersonCategory if one not in EMPLOYEE_CATEGORIES)


class TypeUnclear(DomainError):
    code = "EN-6507"
    message = "{act}的,须填写{missing}"
    citation = "GX2017 §14"


class TooMuchSaid(DomainError):
    code = "EN-6508"
    message = "特殊参保类型与人员类别一次只能变更一项,请分别办理"
    citation = "GX2017 §14"


def _person(key: str) -> Person:
    return Person.objects.get(person_no=key)


def _day(values: Values, name: str) -> date | None:
    return date.fromisoformat(values[name]) if values.get(name) else None


def _after(last_day: date | None) -> date | None:
    """The day after the last one printed on a proof."""
    return date.fromordinal(last_day.toordinal() + 1) if last_day else None


# --- 特殊参保类型、人员类别 -----------------------------------------------------------------------------------------


def _known_type(subject: Subject) -> Values:
    """The groups held and the category now (现类型)."""
    person, today = _person(subject.key), timezone.localdate()
    held = person.enrolments.filter(enrolled_until=None).first()
    spans = person.special_groups.filter(valid_from__lte=today).order_by("valid_from")
    now_held = [one for one in spans if one.valid_until is None or one.valid_until > today]
    return {
        "certificate_no": person.certificate_no,
        "group": "、".join(str(SpecialCategory(one.category).label) for one in now_held),
        "category": held.category if held else "",
    }


def _check_type(subject: Subject, values: Values, on: date) -> None:
    """What the review would refuse, said at the counter.

    Raises: TypeUnclear, TooMuchSaid, and as `groups.check_recordable`, `groups.held_span`, `changes.check_category`.
    """
    act = values["matter"]
    needed = {"category": "人员类别"} if act == CATEGORY else {"group": "特殊参保类型"}
    if act == ADD:
        needed |= {"evidence_no": "证明文号"}
    if missing := [label for name, label in needed.items() if not values.get(name, "").strip()]:
        raise TypeUnclear(act=dict(ACTS)[act], missing="、".join(missing))
    if values.get("group") and values.get("category"):
        raise TooMuchSaid
    person, effective_on = _person(subject.key), date.fromisoformat(values["effective_on"])
    if act == CATEGORY:
        changes.check_category(person, PersonCategory(values["category"]), effective_on)
    elif act == END:
        groups.held_span(person, SpecialCategory(values["group"]), effective_on)
    else:
        until = _after(_day(values, "last_day"))
        groups.check_recordable(person, SpecialCategory(values["group"]), effective_on, until)


def _change_type(case: Decided, *, operator: Operator, now: datetime) -> str:
    values, on = case.values, date.fromisoformat(case.values["effective_on"])
    person = steps.lock_person(_person(case.subject_key).pk, permission="enrolment.review", operator=operator, now=now)
    if values["matter"] == CATEGORY:
        category, reason = PersonCategory(values["category"]), f"{values['reason'].strip()}(受理号{case.number})"
        changes.put_in_category(person, category, on, reason=reason[:200], operator=operator, now=now)
        return f"人员类别自{on}起变更为{category.label}"
    group = SpecialCategory(values["group"])
    if values["matter"] == END:
        groups.end(person, group, on, operator=operator, now=now)
        return f"{group.label}标识自{on}起终止"
    evidence = f"{values['evidence_no'].strip()}(受理号{case.number})"[:100]
    until = _after(_day(values, "last_day"))
    made = groups.record(person, group, on, until, source="", evidence=evidence, operator=operator, now=now)
    last = f",至{date.fromordinal(made.valid_until.toordinal() - 1)}" if made.valid_until else ""
    return f"已登记{group.label}标识,自{on}起{last}"


TYPE: Final = Kind(
    code="change_type",
    title="特殊参保类型、人员类别变更",
    citation="GX2017 §14",
    fields=(
        Field(
            "matter", "办理事项", kind="choice", required=True, choices=ACTS, help="登记、终止特殊参保类型;变更人员类别"
        ),
        Field("group", "特殊参保类型", kind="choice", choices=tuple(SpecialCategory.choices)),
        Field("category", "人员类别", kind="choice", choices=_CATEGORIES),
        Field("effective_on", "生效日期", kind="day", required=True, help="终止的,自该日起不再具有"),
        Field("last_day", "证明有效期至", kind="day"),
        Field("evidence_no", "证明文号", longest=60),
        Field("reason", "变更原因", kind="long_text", required=True, longest=150),
    ),
    materials=(
        FORM_PAPER,
        Material("certificate", "有效身份证件或户口簿"),
        Material("group_proof", "特殊人员资格证明", needed=lambda values: values.get("matter") == ADD),
    ),
    steps=(Step("review", "复核", COUNTY),),
    working_days=15,
    limit_source="GX2017 §11(信息变更未另定时限,比照参保登记审核)",
    subject_label="参保人(人员编号或证件号码)",
    find_subject=living_person,
    item="registration",
    parties=persons_concerned,
    check=_check_type,
    known=_known_type,
    effect=_change_type,
    result_title="特殊参保类型、人员类别变更办理结果",
    archive_class="参保登记",
    form=annex4.FORM,
)
"""特殊参保类型、人员类别变更."""


# --- 居留证件 -------------------------------------------------------------------------------------------------------


def _known_document(subject: Subject) -> Values:
    """The document in use (现居留证件)."""
    person = _person(subject.key)
    held = person.residence_documents.filter(replaced_at=None).first()
    known = {"certificate_no": person.certificate_no}
    if held is None:
        return known
    last_day = date.fromordinal(held.valid_until.toordinal() - 1).isoformat() if held.valid_until else "长期"
    return known | {"residence_kind": held.kind, "residence_no": held.number, "residence_last_day": last_day}


def _check_document(subject: Subject, values: Values, on: date) -> None:
    """Raises: as `residence.check_renewable`."""
    residence.check_renewable(
        _person(subject.key),
        ResidenceKind(values["residence_kind"]),
        number=values["residence_no"],
        last_day=_day(values, "residence_last_day"),
        today=on,
    )


def _renew(case: Decided, *, operator: Operator, now: datetime) -> str:
    person = steps.lock_person(_person(case.subject_key).pk, permission="enrolment.review", operator=operator, now=now)
    kind, last_day = ResidenceKind(case.values["residence_kind"]), _day(case.values, "residence_last_day")
    number = case.values["residence_no"]
    residence.renew(person, kind, number=number, last_day=last_day, operator=operator, now=now)
    return f"已更换{kind.label},有效期至{last_day or '长期'};因到期停保的自今日起恢复"


DOCUMENT: Final = Kind(
    code="renew_residence",
    title="居留证件更换",
    citation="GX2017 §10",
    fields=(
        Field("residence_kind", "证件种类", kind="choice", required=True, choices=tuple(ResidenceKind.choices)),
        Field("residence_no", "证件号码", required=True, longest=50),
        Field("residence_last_day", "有效期至", kind="day", help="长期有效的不填"),
    ),
    materials=(
        FORM_PAPER,
        Material("permit", "来往内地(大陆)通行证或护照"),
        Material("settlement", "新的定居证明或居留证件"),
    ),
    steps=(Step("review", "复核", COUNTY),),
    working_days=15,
    limit_source="GX2017 §11(信息变更未另定时限,比照参保登记审核)",
    subject_label="参保人(人员编号或证件号码)",
    find_subject=living_person,
    item="registration",
    parties=persons_concerned,
    check=_check_document,
    known=_known_document,
    effect=_renew,
    result_title="居留证件更换办理结果",
    archive_class="参保登记",
    form=annex4.FORM,
)
"""居留证件更换 (ENR-13)."""

KINDS: Final = (TYPE, DOCUMENT)
