"""学校代缴名册 (GX2017 §24; CON-09): what a school says it pays for whom; everybody it names stands on the roster.

Whom the house does not find, or who owes another sum, stands there too with the reason: the school looks again.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext_noop as _

from tongchou.contributions.commands import NotEnrolledToPay, PaidTwice
from tongchou.contributions.imports import NameDoesNotMatch, PersonNotFound, YearNotSane, status_in_words
from tongchou.contributions.rules import AmountDiffers
from tongchou.contributions.schools.models import SchoolPayment
from tongchou.enrolment.unregistered import commands as unregistered
from tongchou.enrolment.unregistered.states import LeadSource
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_in_sql, yuan_text
from tongchou.platform import queries as platform
from tongchou.platform.numbering import Series, next_written
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind, Option
from tongchou.platform.spreadsheets.staging import Intake
from tongchou.platform.states import UnitLevel

NUMBERS: Final = Series("school.payment", name="学校代缴单", mark="XX", width=6)
NAME: Final = "school_payment"


class SchoolUnknown(DomainError):
    code = "CO-6041"
    message = "没有代码为“{school}”的学校"
    citation = "GX2017 §24"


class NotOfSchool(DomainError):
    code = "CO-6042"
    message = "不是该校登记的在校学生"
    citation = "GX2017 §24"


LAYOUT: Final = Layout(
    "学校代缴名册",
    (
        Column("name", "姓名", Holds.TEXT, ("学生姓名", "参保人姓名"), required=True, longest=50, example="韦小妹"),
        Column(
            "certificate_no",
            "证件号码",
            Holds.CODE,
            ("公民身份号码", "身份证号", "身份证号码", "证件号"),
            required=True,
            longest=50,
            example="450102201003071230",
        ),
        Column("class_name", "班级", Holds.TEXT, ("年级班级",), longest=40, example="三(2)班"),
        Column(
            "amount_fen", "代缴金额", Holds.MONEY, ("金额", "缴费金额", "应缴金额"), required=True, example="180.00"
        ),
    ),
)
NUMBERED: Final = {"person_id": "bigint", "unit_code": "text", "payable_fen": "bigint"}


def row_rule(intake: Intake) -> RowRule:
    """Nothing stands between the columns of a row but an empty class."""

    def apply(chunk: Chunk) -> None:
        chunk.values["class_name"] = [value or "" for value in chunk.values["class_name"]]

    return apply


def school_and_year(options: Mapping[str, str]) -> tuple[str, int]:
    """Raises: SchoolUnknown, YearNotSane."""
    school, year = options.get("school", "").strip(), options.get("year", "").strip()
    unit = platform.unit(school)
    if unit is None or unit.level != UnitLevel.SCHOOL:
        raise SchoolUnknown(school=school)
    if not (year.isdecimal() and 2000 <= int(year) <= 2199):
        raise YearNotSane
    return school, int(year)


def check(intake: Intake) -> None:
    """Each student once, of this school, of that name, insured, and owing just that sum.

    Raises: SchoolUnknown, YearNotSane.
    """
    school, year = school_and_year(intake.options)
    intake.run("UPDATE {rows} SET person_id = NULL, payable_fen = NULL, unit_code = %s", school)
    intake.refuse_out_of_reach("certificate_no")
    intake.run(
        """UPDATE {rows} r SET person_id = p.person_id
             FROM (SELECT DISTINCT ON (certificate_no) * FROM enrolment_registered
                    WHERE certificate_no IN (SELECT certificate_no FROM {rows})
                    ORDER BY certificate_no, certificate_type) p
            WHERE p.certificate_no = r.certificate_no""",
        step="正在核对学生",
    )
    intake.refuse(
        "certificate_no",
        PersonNotFound,
        found="{rows} r WHERE r.good AND r.person_id IS NULL",
        what="'证件号码'",
        number="r.certificate_no",
    )
    intake.refuse(
        "certificate_no",
        NotOfSchool,
        found="""{rows} r JOIN enrolment_registered p ON p.person_id = r.person_id
            WHERE r.good AND p.unit_code <> %s AND NOT EXISTS (
                  SELECT FROM enrolment_schoollink l
                   WHERE l.person_id = r.person_id AND l.school_code = %s AND l.linked_until IS NULL)""",
        values=(school, school),
    )
    intake.refuse(
        "name",
        NameDoesNotMatch,
        found="{rows} r JOIN enrolment_registered p ON p.person_id = r.person_id WHERE r.good AND p.name <> r.name",
        known="p.name",
        given="r.name",
    )
    intake.refuse_repeats("certificate_no", "person_id")
    intake.refuse(
        "certificate_no",
        NotEnrolledToPay,
        found="{rows} r LEFT JOIN LATERAL enrolment_stands(r.person_id, %s) s ON true"
        " WHERE r.good AND s.status IS DISTINCT FROM 'active'",
        values=(intake.today,),
        paid_on=f"'{intake.today}'",
        status=status_in_words("s.status"),
    )
    _check_money(intake, year)


def _check_money(intake: Intake, year: int) -> None:
    """Not paid yet, and just what the student owes, aid taken off."""
    intake.refuse(
        "certificate_no",
        PaidTwice,
        found="""{rows} r JOIN contributions_contribution c ON c.person_id = r.person_id AND c.scheme = 'resident'
            AND c.benefit_year = %s AND c.voided_at IS NULL WHERE r.good""",
        values=(year,),
        year=str(year),
        paid_on="c.paid_in_full_on",
        amount=yuan_in_sql("c.amount_fen"),
    )
    intake.run(
        """UPDATE {rows} r SET payable_fen = coalesce(
               (SELECT o.amount_fen - o.aided_fen FROM contributions_receivable o
                 WHERE o.person_id = r.person_id AND o.benefit_year = %s AND o.scheme = 'resident'
                   AND o.state <> 'void'),
               (SELECT s.personal_fen FROM contributions_contributionstandard s
                  JOIN LATERAL enrolment_stands(r.person_id, %s) e ON true
                 WHERE s.pooling_area_id = %s AND s.scheme = 'resident' AND s.benefit_year = %s
                   AND s.category IN (e.category, '') ORDER BY s.category DESC LIMIT 1), 0)
            WHERE r.good""",
        year,
        intake.today,
        intake.pooling_area,
        year,
        step="正在核对应缴金额",
    )
    intake.refuse(
        "amount_fen",
        AmountDiffers,
        found="{rows} r WHERE r.good AND r.amount_fen <> r.payable_fen",
        paid=yuan_in_sql("r.amount_fen"),
        year=str(year),
        standard=yuan_in_sql("r.payable_fen"),
    )


_LINES: Final = """
INSERT INTO contributions_schoolline (payment_id, line_no, name, certificate_no, class_name, amount_fen, person_id,
                                      problem, state)
SELECT %s, row_number() OVER (ORDER BY r.row_no), coalesce(r.name, ''), coalesce(r.certificate_no, ''),
       coalesce(r.class_name, ''), greatest(coalesce(r.amount_fen, 0), 0), CASE WHEN r.good THEN r.person_id END,
       left(coalesce(p.reason, ''), 300), CASE WHEN r.good THEN 'listed' ELSE 'unmatched' END
  FROM {rows} r
  LEFT JOIN (SELECT row_no, string_agg(reason, ';' ORDER BY id) AS reason FROM exchange_importproblem
              WHERE file_id = %s GROUP BY row_no) p ON p.row_no = r.row_no AND NOT r.good
"""


def take_in(intake: Intake) -> int:
    """The roster with everybody on it, those in error with their reason; nobody has paid by it. Returns how many."""
    school, year = school_and_year(intake.options)
    payment = SchoolPayment.objects.create(
        pooling_area_id=intake.pooling_area,
        school_code=school,
        benefit_year=year,
        number=next_written(NUMBERS, area=intake.pooling_area, year=intake.today.year),
        file_id=intake.file_id,
        staff_code=intake.operator.staff_code,
        created_at=intake.now,
    )
    intake.run(_LINES, payment.pk, intake.file_id, step="正在写入代缴名册")
    unregistered.note_names(intake, LeadSource.SCHOOL, _NOBODY.replace("{school}", school))
    ((good,),) = intake.ask("SELECT count(*) FROM {rows} WHERE good")
    return int(good)


_NOBODY: Final = """
SELECT DISTINCT ON (r.certificate_no) '{school}' AS unit_code, '01' AS certificate_type, r.certificate_no, r.name,
       NULL::date AS born_on, '' AS contact, coalesce(r.class_name, '') AS note, NULL::date AS happened_on
  FROM {rows} r
 WHERE NOT r.good AND r.person_id IS NULL AND r.name <> '' AND r.certificate_no ~ '^[0-9]{17}[0-9X]$'
 ORDER BY r.certificate_no
"""
"""Students whom the register does not know: their number is one of a citizen, and nobody has it."""


def totals(intake: Intake) -> Mapping[str, str]:
    """The figures under the preview."""
    ((listed, good),) = intake.ask(
        "SELECT coalesce(sum(amount_fen), 0), coalesce(sum(amount_fen) FILTER (WHERE good), 0) FROM {rows}"
    )
    return {
        _("名册合计"): yuan_text(int(listed), grouped=True),
        _("其中可入账"): yuan_text(int(good), grouped=True),
    }


ROSTER: Final = ImportKind(
    name=NAME,
    title="学校代缴名册",
    permission="imports.roster",
    counter="contributions.collect",
    bring="enrolment.collect",
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    totals=totals,
    numbered=NUMBERED,
    options=(Option("school", "学校代码", {}, ""), Option("year", "保险年度", {}, "")),
    office="r.unit_code",
)


def lines_of(payment_id: int) -> dict[str, tuple[int, int]]:
    """How many students stand in each state, and their sum in fen (名册合计)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, count(*), sum(amount_fen) FROM contributions_schoolline WHERE payment_id = %s GROUP BY 1",
            [payment_id],
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return {state: (students, int(fen)) for state, students, fen in found}
