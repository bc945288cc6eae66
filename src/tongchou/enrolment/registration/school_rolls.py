"""学籍名册: the roll that the education bureau sends, held against our students (JL2019 §7(二); ENR-12; SYS-06).

Who joined a school, left it, changed it or changed class, as of the day of the list. A link to a school is no
enrolment: who leaves stays insured, and who is on the roll but not insured comes back to the school as work.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.utils.translation import gettext_noop as _

from tongchou.enrolment import comparing, matching
from tongchou.enrolment.commands.persons import Deceased, NameDiffers
from tongchou.enrolment.registration.schools import EndReason
from tongchou.exchange import commands as exchange
from tongchou.exchange.flows import Incoming, Parcelled
from tongchou.exchange.states import PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind, Option
from tongchou.platform.spreadsheets.staging import Intake
from tongchou.platform.states import UnitLevel

PERMISSION: Final = "imports.roster"
NAME: Final = "school_roll"
FIRST_MONTH_OF_SCHOOL_YEAR: Final = 8
"""A roll of August or later is of the school year that begins (学年)."""


class NotASchool(DomainError):
    code = "EN-2051"
    message = "“{school}”不是本统筹地区已登记的学校"
    citation = "JL2019 §7"


class JoinedAfterTheList(DomainError):
    code = "EN-2052"
    message = "{name}自{since}起已在{school}在校,名单日期{on}更早;请用该日之后的名单"
    citation = "JL2019 §7"


LAYOUT: Final = Layout(
    "学籍名册",
    (
        matching.NAME,
        matching.CERTIFICATE_TYPE,
        matching.CERTIFICATE,
        Column(
            "school_code",
            "学校代码",
            Holds.CODE,
            ("学校", "学校标识码", "参保单位"),
            required=True,
            longest=12,
            example="S45010200001",
        ),
        Column("class_name", "班级", Holds.TEXT, ("班级名称",), longest=40, example="三(2)班"),
    ),
)
EXTRA: Final = {"list_date": "date", "school_year": "smallint"}
NUMBERED: Final = {"person_id": "bigint", "outcome": "text"}

JOINED, MOVED, REGRADED, UNCHANGED, UNINSURED = "joined", "moved", "regraded", "unchanged", "uninsured"


def school_year_of(day: date) -> int:
    """学年 of a day, by the year in which it began."""
    return day.year if day.month >= FIRST_MONTH_OF_SCHOOL_YEAR else day.year - 1


def row_rule(intake: Intake) -> RowRule:
    """Citizen numbers are held against GB 11643; day and school year are those of the list."""
    listed_on = comparing.list_date(intake)

    def apply(chunk: Chunk) -> None:
        comparing.take_citizens(chunk)
        chunk.values["class_name"] = [name or "" for name in chunk.values["class_name"]]
        chunk.values["list_date"] = [listed_on.isoformat()] * len(chunk)
        chunk.values["school_year"] = [str(school_year_of(listed_on))] * len(chunk)
        for at, number in enumerate(chunk.values["certificate_no"]):
            if at not in chunk.bad_rows and number is not None:
                comparing.refuse_false_number(chunk, at, intake.today)

    return apply


_AT_SCHOOL: Final = """{rows} r JOIN enrolment_schoollink s ON s.person_id = r.person_id AND s.linked_until IS NULL
    JOIN enrolment_person p ON p.id = r.person_id"""


def check(intake: Intake) -> None:
    """Who is listed twice, at no school of ours, under another name, dead, out of reach; what each row changes."""
    intake.refuse_repeats("certificate_no")
    intake.refuse(
        "school_code",
        NotASchool,
        found=f"""{{rows}} r WHERE r.good AND NOT EXISTS (SELECT FROM platform_orgunit u
            WHERE u.code = r.school_code AND u.level = '{UnitLevel.SCHOOL}' AND u.pooling_area_id = %s
              AND (u.valid_until IS NULL OR u.valid_until > r.list_date))""",
        values=(intake.pooling_area,),
        school="r.school_code",
    )
    intake.refuse_out_of_reach("school_code", found="(SELECT * FROM {rows}) r", unit="r.school_code")
    intake.run("UPDATE {rows} SET person_id = NULL, outcome = NULL WHERE person_id IS NOT NULL OR outcome IS NOT NULL")
    comparing.find_persons(intake)
    intake.refuse(
        "name",
        NameDiffers,
        found=f"{matching.KNOWN} WHERE r.good AND p.name <> r.name",
        known="p.name",
        given="r.name",
    )
    intake.refuse(
        "certificate_no",
        Deceased,
        found=f"{matching.KNOWN} WHERE r.good AND p.died_on IS NOT NULL",
        died_on="p.died_on",
    )
    intake.refuse(
        "certificate_no",
        JoinedAfterTheList,
        found=f"{_AT_SCHOOL} WHERE r.good AND s.school_code <> r.school_code AND s.linked_from > r.list_date",
        name="p.name",
        since="s.linked_from",
        school="s.school_code",
        on="r.list_date",
    )
    _decide_outcomes(intake)


def _decide_outcomes(intake: Intake) -> None:
    intake.run(
        f"""UPDATE {{rows}} r SET outcome = coalesce(
                (SELECT CASE WHEN s.school_code <> r.school_code THEN '{MOVED}'
                             WHEN s.school_year < r.school_year
                                  OR (r.class_name <> '' AND s.class_name <> r.class_name) THEN '{REGRADED}'
                             ELSE '{UNCHANGED}' END
                   FROM enrolment_schoollink s WHERE s.person_id = r.person_id AND s.linked_until IS NULL),
                CASE WHEN EXISTS (SELECT FROM enrolment_enrolment e WHERE e.person_id = r.person_id
                                     AND (e.enrolled_until IS NULL OR e.enrolled_until > r.list_date))
                     THEN '{JOINED}' ELSE '{UNINSURED}' END)
             WHERE r.good""",
        step="正在与在校学生比较",
    )


_LEFT: Final = """enrolment_schoollink s
    WHERE s.school_code IN (SELECT DISTINCT school_code FROM {rows} WHERE good)
      AND s.linked_until IS NULL AND s.linked_from <= %s
      AND NOT EXISTS (SELECT FROM {rows} r WHERE r.person_id = s.person_id)"""


def totals(intake: Intake) -> Mapping[str, str]:
    """新在校、离校、转学、换班、不变、未参保 under the preview."""
    counted = comparing.outcomes(intake)
    left = 0
    if comparing.is_complete(intake):
        left = intake.ask(f"SELECT count(*) FROM {_LEFT}", comparing.list_date(intake))[0][0]
    return {
        _("新在校"): str(counted.get(JOINED, 0)),
        _("离校"): str(left),
        _("转学"): str(counted.get(MOVED, 0)),
        _("换班"): str(counted.get(REGRADED, 0)),
        _("不变"): str(counted.get(UNCHANGED, 0)),
        _("未参保"): str(counted.get(UNINSURED, 0)),
    }


_TO_ENROL: Final = """
SELECT r.school_code AS unit_code, r.row_no, 'student' AS object_kind, right(r.certificate_no, 6) AS object_key,
       concat(left(r.name, 1), '** · ', r.class_name) AS subject, NULL::bigint AS amount_fen, 'EN-2053' AS code,
       '学籍名册上有,尚未参保,请动员参保登记' AS reason
  FROM {rows} r WHERE r.good AND r.outcome = 'uninsured'
"""


def take_in(intake: Intake) -> int:
    """Links begin and end on the day of the list; who is not insured becomes work of the school.

    Returns how many students are linked. Raises: CompleteListUnreadable.
    """
    day = comparing.list_date(intake)
    if comparing.is_complete(intake):
        comparing.check_all_readable(intake)
        _close(intake, f"s.id IN (SELECT s.id FROM {_LEFT})", EndReason.OFF_ROLL, day, day)
    _close(
        intake,
        f"EXISTS (SELECT FROM {{rows}} r WHERE r.good AND r.person_id = s.person_id AND r.outcome = '{MOVED}')",
        EndReason.MOVED,
        day,
    )
    intake.run(
        f"""UPDATE enrolment_schoollink s SET school_year = r.school_year,
                   class_name = CASE WHEN r.class_name = '' THEN s.class_name ELSE r.class_name END
              FROM {{rows}} r WHERE r.good AND r.outcome = '{REGRADED}' AND s.person_id = r.person_id
               AND s.linked_until IS NULL"""
    )
    intake.run(
        f"""INSERT INTO enrolment_schoollink (person_id, school_code, school_year, class_name, guardian,
                   guardian_phone, linked_from, end_reason)
            SELECT person_id, school_code, school_year, class_name, '', '', list_date, ''
              FROM {{rows}} WHERE good AND outcome IN ('{JOINED}', '{MOVED}')""",
        step="正在写入在校关系",
    )
    exchange.reject_rows(
        _TO_ENROL.replace("{rows}", intake.rows),
        flow=NAME,
        pooling_area=intake.pooling_area,
        incoming_id=intake.file_id,
        now=intake.now,
    )
    return int(intake.ask(f"SELECT count(*) FROM {{rows}} WHERE good AND outcome <> '{UNINSURED}'")[0][0])


def _close(intake: Intake, which: str, reason: EndReason, day: date, *values: date) -> None:
    intake.run(
        f"""UPDATE enrolment_schoollink s SET linked_until = %s, end_reason = %s
             WHERE s.linked_until IS NULL AND {which}""",
        day,
        reason.value,
        *values,
        step="正在终止在校关系",
    )


SCHOOL_ROLL: Final = ImportKind(
    name=NAME,
    title="学籍名册",
    permission=PERMISSION,
    counter=comparing.COUNTER,
    approval=comparing.APPROVAL,
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    totals=totals,
    extra=EXTRA,
    numbered=NUMBERED,
    options=(
        Option(
            "complete",
            "名册范围",
            {"no": "增量名册", comparing.COMPLETE: "全量名册(所列学校不在册的学生离校)"},
            comparing.COMPLETE,
        ),
        comparing.LIST_DATE,
    ),
    office="r.school_code",
)


def _from_link(parcelled: Parcelled) -> Mapping[str, str]:
    """The bureau's roll over a link names everybody, as of the day the envelope names (SYS-06)."""
    return {"complete": comparing.COMPLETE, "list_date": parcelled.day}


ARRIVING: Final = Incoming(NAME, "学籍名册", SCHOOL_ROLL.name, _from_link, partners=(PartnerKind.EDUCATION,))
