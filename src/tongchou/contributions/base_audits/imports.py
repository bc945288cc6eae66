"""核定工资表 and 上报工资表 as spreadsheets (JS-EXT §2; CON-32): found on site, and reported elsewhere.

A table of audited wages names everybody; whose base was declared high enough is no finding, and is counted as such.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.utils.translation import gettext_noop as _

from tongchou.contributions.base_audits import commands
from tongchou.contributions.base_audits.models import BaseAudit, ReportedPayroll
from tongchou.contributions.base_audits.states import AuditState
from tongchou.enrolment import matching
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.kernel.months import first_of_month
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake


class NotOpenForFindings(DomainError):
    code = "CO-6141"
    message = "没有编号为{number}、待稽核的基数稽核"
    citation = "GX2017 §117"


class WagesOfNothing(DomainError):
    code = "CO-6142"
    message = "{what}须大于0"
    citation = "JS-EXT 2"


class EmployerNotKnown(DomainError):
    code = "CO-6143"
    message = "没有编号为{code}的单位"
    citation = "JS-EXT 2"


class MonthNotInPlan(DomainError):
    code = "CO-6144"
    message = "{month}不在稽核期间之内"
    citation = "GX2017 §117"


WAGES: Final = Layout(
    "核定工资表",
    (
        Column("audit_no", "稽核编号", Holds.CODE, required=True, longest=40, example="450100-2018-JH-000001"),
        matching.NAME,
        matching.CERTIFICATE,
        Column("month", "月份", Holds.DATE, ("所属月份",), required=True, example="2018-03-01"),
        Column("audited_fen", "核定工资", Holds.MONEY, ("核定基数", "应发工资"), required=True, example="5000.00"),
    ),
)
PAYROLL: Final = Layout(
    "单位上报工资表",
    (
        Column("employer_code", "单位编号", Holds.CODE, required=True, longest=20, example="D001"),
        Column("year", "年度", Holds.WHOLE, required=True, example="2018"),
        Column("heads", "职工人数", Holds.WHOLE, ("从业人数",), required=True, example="25"),
        Column("wages_fen", "全年工资总额", Holds.MONEY, ("工资总额",), required=True, example="1500000.00"),
        Column("source", "来源", Holds.TEXT, required=True, longest=100, example="个人所得税申报"),
    ),
)


def wages_rule(intake: Intake) -> RowRule:
    """A wage of nothing is no wage; every day of a month names the month."""

    def apply(chunk: Chunk) -> None:
        for at, fen in enumerate(chunk.values["audited_fen"]):
            if at not in chunk.bad_rows and fen is not None and int(fen) <= 0:
                refusal = WagesOfNothing(what="核定工资")
                chunk.refuse_for(at, "audited_fen", refusal.code, str(refusal))
        chunk.values["month"] = [
            first_of_month(date.fromisoformat(day)).isoformat() if day else day for day in chunk.values["month"]
        ]

    return apply


def check_wages(intake: Intake) -> None:
    """Each member and month once, of an audit that is open for findings, inside its months."""
    intake.refuse_repeats("certificate_no", "audit_no, certificate_no, month")
    intake.run(
        """UPDATE {rows} r SET audit_id = a.id FROM contributions_baseaudit a JOIN contributions_baseauditplan p
            ON p.id = a.plan_id WHERE a.number = r.audit_no AND a.state = %s AND p.pooling_area_id = %s""",
        AuditState.PLANNED.value,
        intake.pooling_area,
    )
    intake.refuse(
        "audit_no", NotOpenForFindings, found="{rows} r WHERE r.good AND r.audit_id IS NULL", number="r.audit_no"
    )
    intake.refuse(
        "month",
        MonthNotInPlan,
        found="""{rows} r JOIN contributions_baseaudit a ON a.id = r.audit_id
            JOIN contributions_baseauditplan p ON p.id = a.plan_id
            WHERE r.good AND (r.month < p.month_from OR r.month >= p.month_until)""",
        month="to_char(r.month, 'YYYY-MM')",
    )
    matching.match_persons(intake)


def take_in_wages(intake: Intake) -> int:
    """Findings of whoever's base was too low (少报的登记为稽核明细). Returns how many rows were taken.

    Raises: what `commands.find` refuses, `AuditElsewhere` when an audit has moved on meanwhile.
    """
    rows = intake.ask("SELECT audit_no, person_id, month, audited_fen FROM {rows} WHERE good ORDER BY row_no")
    audits: dict[str, BaseAudit] = {}
    for number in sorted({row[0] for row in rows}):
        audits[number] = commands.lock(number, commands.HANDLE, intake.operator, intake.now)
        if audits[number].state != AuditState.PLANNED:
            raise NotOpenForFindings(number=number)
    for number, person_id, month, audited in rows:
        if audited > commands.declared_base(audits[number], person_id, month):
            commands.find(audits[number], person_id, month, audited, operator=intake.operator)
    for audit in audits.values():
        commands.sum_up(audit)
    return len(rows)


def wages_totals(intake: Intake) -> Mapping[str, str]:
    """The figures under the preview."""
    ((audits, persons, fen),) = intake.ask(
        "SELECT count(DISTINCT audit_no), count(DISTINCT person_id), coalesce(sum(audited_fen), 0) FROM {rows}"
        " WHERE good"
    )
    return {
        _("稽核单位"): str(audits),
        _("人数"): str(persons),
        _("核定工资合计(元)"): yuan_text(int(fen), grouped=True),
    }


def payroll_rule(intake: Intake) -> RowRule:
    """Heads and wages of something."""

    def apply(chunk: Chunk) -> None:
        for name, what in (("heads", "职工人数"), ("wages_fen", "全年工资总额")):
            for at, value in enumerate(chunk.values[name]):
                if at not in chunk.bad_rows and value is not None and int(value) <= 0:
                    refusal = WagesOfNothing(what=what)
                    chunk.refuse_for(at, name, refusal.code, str(refusal))

    return apply


def check_payroll(intake: Intake) -> None:
    """Each employer of the area and year once."""
    intake.refuse_repeats("employer_code", "employer_code, year")
    intake.run(
        """UPDATE {rows} r SET employer_id = e.id FROM enrolment_employer e
            WHERE e.code = upper(r.employer_code) AND e.pooling_area_id = %s""",
        intake.pooling_area,
    )
    intake.refuse(
        "employer_code",
        EmployerNotKnown,
        found="{rows} r WHERE r.good AND r.employer_id IS NULL",
        code="r.employer_code",
    )
    intake.refuse_out_of_reach(
        "employer_code", found="{rows} r JOIN enrolment_employer e ON e.id = r.employer_id", unit="e.unit_code"
    )


def take_in_payroll(intake: Intake) -> int:
    """The latest report of a year counts (上报工资). Returns how many rows."""
    rows = intake.ask("SELECT employer_id, year, heads, wages_fen, source FROM {rows} WHERE good ORDER BY row_no")
    ReportedPayroll.objects.bulk_create(
        (
            ReportedPayroll(
                employer_id=row[0], year=row[1], heads=row[2], wages_fen=row[3], source=row[4], recorded_at=intake.now
            )
            for row in rows
        ),
        update_conflicts=True,
        unique_fields=["employer", "year"],
        update_fields=["heads", "wages_fen", "source", "recorded_at"],
    )
    return len(rows)


AUDITED_WAGES: Final = ImportKind(
    name="audited_wages",
    title="核定工资表(基数稽核)",
    permission=commands.HANDLE,
    counter=commands.HANDLE,
    layout=WAGES,
    row_rule=wages_rule,
    check=check_wages,
    take_in=take_in_wages,
    totals=wages_totals,
    numbered=matching.NUMBERED | {"audit_id": "bigint"},
)
REPORTED_PAYROLL: Final = ImportKind(
    name="reported_payroll",
    title="单位上报工资表(稽核线索)",
    permission=commands.HANDLE,
    counter=commands.HANDLE,
    layout=PAYROLL,
    row_rule=payroll_rule,
    check=check_payroll,
    take_in=take_in_payroll,
    numbered={"employer_id": "bigint"},
)
