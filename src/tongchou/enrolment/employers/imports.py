"""单位人员变动表: who joins, leaves, retires or has another wage in a month, as the employer hands it in (ENR-33).

A month's table has some hundreds of lines; each goes through the same step as at the counter, so that it refuses alike.
What one line refuses is known before the table is taken in: the steps are tried and undone.
"""

from datetime import date
from typing import Any, Final

from django.db import transaction

from tongchou.enrolment import matching
from tongchou.enrolment.employers import commands
from tongchou.enrolment.employers.models import Employer
from tongchou.enrolment.employers.states import MemberCategory, StaffChange
from tongchou.enrolment.models import Person
from tongchou.kernel.errors import DomainError
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.faults import Fault
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake

LAYOUT: Final = Layout(
    "单位人员变动表",
    (
        Column("employer_code", "单位编号", Holds.CODE, required=True, longest=20, example="U001"),
        matching.NAME,
        matching.CERTIFICATE,
        Column(
            "change",
            "变动类型",
            Holds.CHOICE,
            required=True,
            choices={label: value for value, label in StaffChange.choices},
            example="增员",
        ),
        Column(
            "category",
            "职工类别",
            Holds.CHOICE,
            choices={label: value for value, label in MemberCategory.choices},
            example="在职",
        ),
        Column("wage_base_fen", "月缴费工资", Holds.MONEY, ("缴费工资", "缴费基数"), example="5000.00"),
        Column("month", "起始月份", Holds.DATE, ("生效月份", "变动月份"), required=True, example="2018-03-01"),
        Column("reason", "原因", Holds.TEXT, longest=100, example=""),
    ),
)


class WageMissing(DomainError):
    code = "EN-4117"
    message = "{change}须填写月缴费工资"
    citation = "NC-ACCT §4"


def row_rule(intake: Intake) -> RowRule:
    """Who joins as working, and whose base changes, needs a wage."""

    def apply(chunk: Chunk) -> None:
        values = chunk.values
        rows = zip(values["change"], values["category"], values["wage_base_fen"], strict=True)
        for at, (change, category, wage) in enumerate(rows):
            joins = change == StaffChange.JOINS and category != MemberCategory.RETIRED
            if at not in chunk.bad_rows and wage is None and (joins or change == StaffChange.BASE):
                refusal = WageMissing(change=StaffChange(change).label)
                chunk.refuse_for(at, "wage_base_fen", refusal.code, str(refusal))

    return apply


_ROWS: Final = """SELECT r.row_no, e.id, r.person_id, r.change, r.category, r.wage_base_fen, r.month, r.reason
    FROM {rows} r JOIN enrolment_employer e ON e.code = r.employer_code AND e.pooling_area_id = %s
    WHERE r.good ORDER BY r.row_no"""


def check(intake: Intake) -> None:
    """Unknown employers and persons, lines said twice, and what the counter would refuse of each line."""
    intake.refuse_repeats("certificate_no", "certificate_no, change, month")
    matching.match_persons(intake)
    intake.refuse(
        "employer_code",
        commands.EmployerUnknown,
        found="""{rows} r WHERE r.good AND NOT EXISTS (SELECT FROM enrolment_employer e
            WHERE e.code = r.employer_code AND e.pooling_area_id = %s)""",
        values=(intake.pooling_area,),
        employer="r.employer_code",
    )
    _try(intake)


def _try(intake: Intake) -> None:
    """Do every line and undo it all; lines that are refused are marked."""
    intake.before_step("正在核对人员变动")
    refused: list[tuple[int, DomainError]] = []
    with transaction.atomic():
        for row in intake.ask(_ROWS, intake.pooling_area):
            try:
                with transaction.atomic():
                    _change(intake, row)
            except DomainError as refusal:
                refused.append((row[0], refusal))
        transaction.set_rollback(True)
    for row_no, refusal in refused:
        _mark(intake, row_no, refusal)


def _mark(intake: Intake, row_no: int, refusal: DomainError) -> None:
    """The refusal of one line in its own words."""
    intake.refuse(
        "certificate_no",
        Fault(refusal.code, "{said}"),
        found="{rows} r WHERE r.row_no = %s",
        values=(str(refusal), row_no),
        said="%s::text",
    )


def _change(intake: Intake, row: tuple[Any, ...]) -> None:
    _row_no, employer_id, person_id, change, category, wage_fen, month, reason = row
    common: dict[str, Any] = {"operator": intake.operator, "now": intake.now}
    employer: Employer = commands.lock_employer(employer_id, **common)
    person = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person_id)
    first: date = month
    if change == StaffChange.JOINS:
        commands.add(
            employer, person, first, MemberCategory(category or MemberCategory.WORKING), wage_fen or 0, **common
        )
    elif change == StaffChange.LEAVES:
        commands.remove(employer, person, first, reason or "", **common)
    elif change == StaffChange.BASE:
        commands.change(employer, person, first, wage_base_fen=wage_fen, **common)
    else:
        commands.change(employer, person, first, wage_base_fen=wage_fen, retires=True, **common)


def totals(intake: Intake) -> dict[str, str]:
    """增员、减员、调整、退休 under the preview."""
    counted = dict(intake.ask("SELECT change, count(*) FROM {rows} WHERE good GROUP BY change"))
    return {one.label: str(counted.get(one.value, 0)) for one in StaffChange}


def take_in(intake: Intake) -> int:
    """Every line in its order, in one transaction. Returns how many."""
    intake.before_step("正在办理人员变动")
    rows = intake.ask(_ROWS, intake.pooling_area)
    for row in rows:
        _change(intake, row)
    return len(rows)


STAFF: Final = ImportKind(
    name="staff_changes",
    title="单位人员变动表",
    permission="imports.roster",
    counter="enrolment.change",
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    totals=totals,
    numbered=matching.NUMBERED,
)
"""单位人员变动表."""
