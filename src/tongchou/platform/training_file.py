"""培训结果 as a spreadsheet (QA2018 三.4; ORG-14): one row an operator and a course, refused by the row."""

from typing import Final

from tongchou.platform import trail
from tongchou.platform.commands.operators import OperatorUnknown
from tongchou.platform.commands.training import (
    CourseUnknown,
    HeldInFuture,
    OwnTraining,
    RecordedAlready,
    ValidityFaulty,
)
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.faults import Fault
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake
from tongchou.platform.states import TrainingLevel, TrainingResult

PERMISSION: Final = "training.manage"
NAME_DIFFERS: Final = Fault("PL-1041", "工作人员代码{staff_code}登记的姓名为“{known}”,与“{given}”不符")

LAYOUT: Final = Layout(
    "培训结果",
    (
        Column("staff_code", "工作人员代码", Holds.TEXT, ("代码",), required=True, longest=30, example="shouli"),
        Column("name", "姓名", Holds.TEXT, required=True, longest=50, example="韦小燕"),
        Column("course", "课程代码", Holds.CODE, ("课程",), required=True, longest=20, example="C1"),
        Column(
            "level",
            "培训层次",
            Holds.CHOICE,
            choices={label: value for value, label in TrainingLevel.choices},
            example="县级",
        ),
        Column("held_on", "考核日期", Holds.DATE, ("日期",), required=True, example="2018-05-18"),
        Column(
            "result",
            "结果",
            Holds.CHOICE,
            ("考核结果",),
            required=True,
            choices={label: value for value, label in TrainingResult.choices},
            example="合格",
        ),
        Column("last_day", "有效期至", Holds.DATE, ("有效期止",), example="2020-05-17"),
    ),
)


def row_rule(intake: Intake) -> RowRule:
    """A row without a level is of the county's own training."""

    def apply(chunk: Chunk) -> None:
        chunk.values["level"] = [level or TrainingLevel.COUNTY.value for level in chunk.values["level"]]

    return apply


_KNOWN: Final = "{rows} r JOIN platform_operator o ON o.staff_code = r.staff_code"


def check(intake: Intake) -> None:
    """Who is unknown, under another name, out of reach, oneself; what is recorded already; which days cannot be."""
    intake.refuse(
        "staff_code",
        OperatorUnknown,
        found="{rows} r LEFT JOIN platform_operator o ON o.staff_code = r.staff_code WHERE r.good AND o.id IS NULL",
        step="正在核对人员",
    )
    intake.refuse(
        "name",
        NAME_DIFFERS,
        found=f"{_KNOWN} WHERE r.good AND o.name <> r.name",
        staff_code="r.staff_code",
        known="o.name",
        given="r.name",
    )
    intake.refuse(
        "course",
        CourseUnknown,
        found="{rows} r LEFT JOIN platform_trainingcourse c ON c.code = r.course WHERE r.good AND c.code IS NULL",
        course="r.course",
    )
    intake.refuse(
        "held_on",
        HeldInFuture,
        found="{rows} r WHERE r.good AND r.held_on > %s",
        values=(intake.today,),
        held_on="r.held_on",
        today=f"'{intake.today}'",
    )
    intake.refuse(
        "last_day",
        ValidityFaulty,
        found="{rows} r WHERE r.good AND r.last_day IS NOT NULL AND (r.last_day < r.held_on OR r.result = %s)",
        values=(TrainingResult.FAILED.value,),
        until="r.last_day",
        held_on="r.held_on",
    )
    intake.refuse_repeats("staff_code", "staff_code, course, held_on")
    intake.refuse(
        "held_on",
        RecordedAlready,
        found=f"""{_KNOWN} JOIN platform_trainingcourse c ON c.code = r.course
                  JOIN platform_trainingrecord t ON t.operator_id = o.id AND t.course_id = r.course
                       AND t.held_on = r.held_on AND t.voided_at IS NULL WHERE r.good""",
        name="r.name",
        held_on="r.held_on",
        course="c.name",
    )
    intake.refuse(
        "staff_code",
        OwnTraining,
        found=f"{_KNOWN} WHERE r.good AND o.citizen_id = %s",
        values=(intake.operator.citizen_id,),
    )
    intake.refuse_out_of_reach("staff_code", found=_KNOWN, unit="o.org_unit_id")


def take_in(intake: Intake) -> int:
    """The good rows become records, each in the trail of its operator; a result counts as long as its course says."""
    intake.before_step("正在登记培训结果")
    written = intake.ask(
        """INSERT INTO platform_trainingrecord (operator_id, course_id, level, held_on, result, valid_until,
                  recorded_by_id, recorded_at, source, void_reason)
           SELECT o.id, c.code, r.level, r.held_on, r.result,
                  CASE WHEN r.result = %s THEN NULL WHEN r.last_day IS NOT NULL THEN r.last_day + 1
                       ELSE (r.held_on + make_interval(months => c.valid_months))::date END, %s, %s, %s, ''
             FROM {rows} r JOIN platform_operator o ON o.staff_code = r.staff_code
             JOIN platform_trainingcourse c ON c.code = r.course WHERE r.good ORDER BY r.row_no
           RETURNING (SELECT staff_code FROM platform_operator WHERE id = operator_id), course_id, held_on, result""",
        TrainingResult.FAILED.value,
        intake.operator.pk,
        intake.now,
        intake.file_name[:120],
    )
    for staff_code, course, held_on, result in written:
        trail.record(
            "platform.import_training",
            at=intake.now,
            operator=intake.operator,
            object_kind="operator",
            object_key=staff_code,
            detail={"course": course, "held_on": str(held_on), "result": result, "file": intake.file_id},
        )
    return len(written)


TRAINING: Final = ImportKind(
    name="training",
    title="培训结果",
    permission=PERMISSION,
    counter=PERMISSION,
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
)
