"""就诊介质名单: cards of a bank or an older scheme, linked to their persons in bulk (QA2018 五(五); ENR-30)."""

from datetime import date
from typing import Final

from tongchou.enrolment import matching
from tongchou.enrolment.credentials.commands import MediumSpanFaulty, MediumTaken
from tongchou.enrolment.credentials.states import MediumKind
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake

LAYOUT: Final = Layout(
    "就诊介质名单",
    (
        matching.NAME,
        matching.CERTIFICATE,
        Column(
            "kind",
            "介质种类",
            Holds.CHOICE,
            required=True,
            choices={label: value for value, label in MediumKind.choices},
            example="金穗惠农卡",
        ),
        Column("number", "介质号码", Holds.CODE, ("卡号",), required=True, longest=32, example="6228480000000000001"),
        Column("valid_from", "启用日期", Holds.DATE, ("起始日期",), required=True, example="2018-01-01"),
        Column("last_day", "最后使用日", Holds.DATE, ("停用日期", "截止日期"), required=True, example="2018-12-31"),
    ),
)


def row_rule(intake: Intake) -> RowRule:
    """The last day is not before the first."""

    def apply(chunk: Chunk) -> None:
        for at, (first, last) in enumerate(zip(chunk.values["valid_from"], chunk.values["last_day"], strict=True)):
            if at not in chunk.bad_rows and first and last and last < first:
                refusal = MediumSpanFaulty(last_day=date.fromisoformat(last), first_day=date.fromisoformat(first))
                chunk.refuse_for(at, "last_day", refusal.code, str(refusal))

    return apply


def check(intake: Intake) -> None:
    """Who is listed twice, unknown, another, out of reach; numbers that are somebody else's."""
    intake.refuse_repeats("number")
    matching.match_persons(intake)
    intake.refuse(
        "number",
        MediumTaken,
        found="""{rows} r WHERE r.good AND (
            EXISTS (SELECT FROM enrolment_socialsecuritycard c WHERE c.number = r.number)
            OR EXISTS (SELECT FROM enrolment_linkedmedium m
                        WHERE m.number = r.number AND m.person_id <> r.person_id))""",
        step="正在核对介质号码",
        number="r.number",
    )


def take_in(intake: Intake) -> int:
    """One statement: a known medium gets its new days. Returns how many media stand."""
    return intake.run(
        """INSERT INTO enrolment_linkedmedium (person_id, kind, number, valid_from, valid_until, staff_code, linked_at)
           SELECT person_id, kind, number, valid_from, last_day + 1, %s, %s FROM {rows} WHERE good
           ON CONFLICT (number) DO UPDATE SET kind = EXCLUDED.kind, valid_from = EXCLUDED.valid_from,
               valid_until = EXCLUDED.valid_until, staff_code = EXCLUDED.staff_code, linked_at = EXCLUDED.linked_at""",
        intake.operator.staff_code,
        intake.now,
        step="正在登记就诊介质",
    )


MEDIA: Final = ImportKind(
    name="media",
    title="就诊介质名单",
    permission="imports.roster",
    counter="enrolment.change",
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    numbered=matching.NUMBERED,
)
"""就诊介质名单."""
