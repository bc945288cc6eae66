"""归并、拆分 at the counter (ENR-17): accepted by one, reviewed by a second, approved by a third person."""

from collections import Counter
from datetime import date, datetime, time
from typing import Final

from django.urls import reverse
from django.utils import timezone

from tongchou.cases.kinds import Decided, Field, Kind, Material, Step, Subject, Values
from tongchou.enrolment.finding import living_person, page_of_person, persons_concerned
from tongchou.enrolment.merging import commands, following
from tongchou.enrolment.merging.commands import Grounds
from tongchou.enrolment.merging.models import FollowedRow, PersonMerge
from tongchou.enrolment.merging.rows import read_picked
from tongchou.enrolment.merging.states import RowAct
from tongchou.platform.queries import Operator

LONGEST_PICKS: Final = 4000
STEPS: Final = (Step("review", "初审", ("eligibility",)), Step("approval", "核准", ("second_reviewer",)))
LIMIT: Final = "GX2017 §11(归并、拆分未另定时限,比照参保登记审核)"
MOST_SAID: Final = 6


def _grounds(case: Decided) -> Grounds:
    named = ";".join(
        part
        for part in (
            f"{case.materials}(受理号{case.number})",
            case.values.get("evidence_no", "").strip(),
            case.values.get("police_no", "").strip(),
        )
        if part
    )
    return Grounds(case.values.get("reason", ""), named, case.number, case.values.get("police_no", ""))


def _moment(on: date) -> datetime:
    """Some instant of the day, for checks that need one."""
    return datetime.combine(on, time(12), tzinfo=timezone.get_default_timezone())


def _said(made: PersonMerge, act: RowAct) -> str:
    """How many rows of which tables, the most first."""
    titles = following.titles()
    rows = FollowedRow.objects.filter(merge=made, act=act).values_list("table_name", "before", "after")
    counted = Counter(titles[table] for table, before, after in rows if table in titles and before != after)
    parts = [f"{title}{number}" for title, number in counted.most_common(MOST_SAID)]
    return "、".join(parts) + ("等" if len(counted) > MOST_SAID else "") if parts else "无"


# --- 归并 -----------------------------------------------------------------------------------------------------------


def _check_merge(subject: Subject, values: Values, on: date) -> None:
    commands.check_merge(subject.key, values["other"], police_no=values.get("police_no", ""), now=_moment(on))


def _merge(case: Decided, *, operator: Operator, now: datetime) -> str:
    made = commands.merge(case.subject_key, case.values["other"], _grounds(case), operator=operator, now=now)
    said = _said(made, RowAct.MOVED)
    return f"人员编号{made.merged.person_no}已归并到{made.survivor.person_no},两个编号均指向保留登记;转入:{said}"


def _compare(subject_key: str, values: Values) -> str:
    return reverse("enrolment:merge_compare", args=[subject_key]) + f"?other={values.get('other', '').strip()}"


MERGE: Final = Kind(
    code="merge_persons",
    title="归并重复登记",
    citation="JL2019 §5",
    fields=(
        Field(
            "other",
            "被归并的登记(人员编号或证件号码)",
            required=True,
            longest=40,
            help="办理对象为保留的登记;提交前请先看两份登记的对照",
        ),
        Field("reason", "归并原因", kind="long_text", required=True, longest=200),
        Field("evidence_no", "证明名称及文号", required=True, longest=100),
        Field("police_no", "公安机关同一人证明文号", longest=60, help="性别或出生日期不同的必填"),
    ),
    materials=(
        Material("identity", "居民身份证、户口簿"),
        Material("proof", "系同一人的证明(户籍、出生医学证明或原参保凭证)"),
        Material("police_proof", "公安机关同一人证明", needed=lambda values: bool(values.get("police_no", "").strip())),
    ),
    steps=STEPS,
    working_days=15,
    limit_source=LIMIT,
    subject_label="保留的登记(人员编号或证件号码)",
    find_subject=living_person,
    record=page_of_person,
    item="registration",
    parties=persons_concerned,
    check=_check_merge,
    effect=_merge,
    result_title="归并重复登记办理结果",
    archive_class="参保登记",
    look=_compare,
)
"""归并重复登记 (ENR-17)."""


# --- 拆分 -----------------------------------------------------------------------------------------------------------


def _check_split(subject: Subject, values: Values, on: date) -> None:
    picked = read_picked(values.get("later", ""))
    commands.check_split(subject.key, values["record"].strip(), picked=picked, now=_moment(on))


def _split(case: Decided, *, operator: Operator, now: datetime) -> str:
    made = commands.split(
        case.subject_key,
        case.values["record"].strip(),
        _grounds(case),
        picked=read_picked(case.values.get("later", "")),
        operator=operator,
        now=now,
    )
    said = _said(made, RowAct.RETURNED)
    return f"已拆分:人员编号{made.merged.person_no}恢复为单独登记,退回:{said}"


def _look_at_split(subject_key: str, values: Values) -> str:
    return reverse("enrolment:merge_split", args=[subject_key, values.get("record", "").strip() or subject_key])


SPLIT: Final = Kind(
    code="split_person",
    title="拆分误归并登记",
    citation="GX2017 §14",
    fields=(
        Field("record", "被误归并的登记(人员编号)", required=True, longest=30),
        Field("reason", "拆分原因", kind="long_text", required=True, longest=200),
        Field("evidence_no", "证明名称及文号", required=True, longest=100),
        Field(
            "later",
            "一并退回的后来记录",
            kind="long_text",
            longest=LONGEST_PICKS,
            help="在拆分对照页勾选;归并之后的其他记录留在保留登记",
        ),
    ),
    materials=(
        Material("identity", "两人的居民身份证、户口簿"),
        Material("proof", "并非同一人的证明"),
    ),
    steps=STEPS,
    working_days=15,
    limit_source=LIMIT,
    subject_label="保留的登记(人员编号或证件号码)",
    find_subject=living_person,
    record=page_of_person,
    item="registration",
    parties=persons_concerned,
    check=_check_split,
    effect=_split,
    result_title="拆分误归并登记办理结果",
    archive_class="参保登记",
    look=_look_at_split,
)
"""拆分误归并登记 (ENR-17)."""

KINDS: Final = (MERGE, SPLIT)
