"""新就业人员名单 of human resources (JL2019 §5, 8; ENR-16, ENR-20; SYS-06): employed, and not in the employees' scheme.

Nobody is in both schemes. Whoever stands as a resident is named with that: once the employer has registered them, the
resident relation ends by its own list or case (人员身份状态名单). Taking the list in changes no relation.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.utils.translation import gettext_noop as _

from tongchou.enrolment import comparing, matching
from tongchou.enrolment.commands.persons import Deceased, NameDiffers
from tongchou.enrolment.endings.lists import EventAhead
from tongchou.enrolment.unregistered import commands
from tongchou.enrolment.unregistered.births import PERMISSION
from tongchou.enrolment.unregistered.states import LeadSource
from tongchou.exchange.flows import Incoming
from tongchou.exchange.states import PartnerKind
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake

LAYOUT: Final = Layout(
    "新就业人员名单",
    (
        matching.NAME,
        matching.CERTIFICATE_TYPE,
        matching.CERTIFICATE,
        Column(
            "employer_name",
            "用人单位",
            Holds.TEXT,
            ("单位名称", "就业单位"),
            required=True,
            longest=100,
            example="青山机械厂",
        ),
        Column("employer_code", "单位编号", Holds.CODE, ("单位代码",), longest=20, example="U001"),
        Column(
            "hired_on", "就业日期", Holds.DATE, ("参加工作日期", "用工备案日期"), required=True, example="2018-05-01"
        ),
        Column("phone", "联系电话", Holds.CODE, ("电话",), longest=30, example="13800001234"),
    ),
)
NUMBERED: Final = {"person_id": "bigint", "person_unit": "text", "employer_unit": "text", "outcome": "text"}


def row_rule(intake: Intake) -> RowRule:
    """Citizen numbers are held against GB 11643; nobody is hired tomorrow."""

    def apply(chunk: Chunk) -> None:
        values = chunk.values
        comparing.take_citizens(chunk)
        for name in ("employer_code", "phone"):
            values[name] = [text or "" for text in values[name]]
        for at, (number, hired) in enumerate(zip(values["certificate_no"], values["hired_on"], strict=True)):
            if at in chunk.bad_rows or number is None or hired is None:
                continue
            if date.fromisoformat(hired) > intake.today:
                chunk.refuse_for(at, "hired_on", EventAhead.code, str(EventAhead(day=hired, today=intake.today)))
            else:
                comparing.refuse_false_number(chunk, at, intake.today)

    return apply


_OF: Final = """EXISTS (SELECT FROM enrolment_enrolment e
    WHERE e.person_id = r.person_id AND e.scheme = '{scheme}' AND e.enrolled_until IS NULL)"""
_WAITS: Final = f"""EXISTS (SELECT FROM enrolment_unregisteredlead l
    WHERE l.certificate_no = r.certificate_no AND l.certificate_type = r.certificate_type
      AND l.source = '{LeadSource.HIRE}' AND l.state = 'open')"""


def check(intake: Intake) -> None:
    """Who is named twice, under another name, dead, out of reach; who is in which scheme."""
    intake.refuse_repeats("certificate_no")
    intake.run("UPDATE {rows} SET person_id = NULL, person_unit = NULL, employer_unit = NULL, outcome = NULL")
    comparing.find_persons(intake, also="person_unit = p.unit_code")
    known = matching.KNOWN
    intake.refuse(
        "name", NameDiffers, found=f"{known} WHERE r.good AND p.name <> r.name", known="p.name", given="r.name"
    )
    intake.refuse(
        "certificate_no", Deceased, found=f"{known} WHERE r.good AND p.died_on IS NOT NULL", died_on="p.died_on"
    )
    intake.run(
        """UPDATE {rows} r SET employer_unit = e.unit_code FROM enrolment_employer e
            WHERE e.pooling_area_id = %s AND e.closed_on IS NULL
              AND (e.code = r.employer_code OR r.employer_code = '' AND e.name = r.employer_name)""",
        intake.pooling_area,
        step="正在核对用人单位",
    )
    intake.refuse_out_of_reach(
        "employer_name",
        found="(SELECT * FROM {rows} WHERE coalesce(employer_unit, person_unit) IS NOT NULL) r",
        unit="coalesce(r.employer_unit, r.person_unit)",
    )
    intake.run(
        f"""UPDATE {{rows}} r SET outcome = CASE WHEN {_OF.format(scheme="employee")} THEN 'employee'
                WHEN {_WAITS} THEN 'waiting' WHEN {_OF.format(scheme="resident")} THEN 'resident'
                ELSE 'nobody' END WHERE r.good""",
        step="正在与参保关系比较",
    )


def totals(intake: Intake) -> Mapping[str, str]:
    """已参加职工医保、现为居民参保、未参保、已在名单 under the preview."""
    counted = comparing.outcomes(intake)
    return {
        _("已参加职工医保"): str(counted.get("employee", 0)),
        _("现为居民参保"): str(counted.get("resident", 0)),
        _("未参保"): str(counted.get("nobody", 0)),
        _("已在名单"): str(counted.get("waiting", 0)),
    }


_NAMED: Final = f"""
SELECT coalesce(r.employer_unit, r.person_unit, '') AS unit_code, r.certificate_type, r.certificate_no, r.name,
       CASE r.certificate_type WHEN '01' THEN {commands.BORN.format(number="r.certificate_no")} END AS born_on,
       r.phone AS contact,
       concat(r.employer_name, CASE r.outcome WHEN 'resident' THEN ';现为居民参保,转入职工医保后居民关系停保或注销'
                                              ELSE '' END) AS note,
       r.hired_on AS happened_on
  FROM {{rows}} r WHERE r.good AND r.outcome IN ('resident', 'nobody')
"""


def take_in(intake: Intake) -> int:
    """列入 whom the employer has not registered: at the agency of the employer, else where the person lives."""
    return commands.note_names(intake, LeadSource.HIRE, _NAMED)


HIRES: Final = ImportKind(
    name="hires",
    title="新就业人员名单",
    permission=PERMISSION,
    counter=comparing.COUNTER,
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    totals=totals,
    numbered=NUMBERED,
)
ARRIVING: Final = Incoming("hires", "新就业人员名单", HIRES.name, partners=(PartnerKind.HUMAN_RESOURCES,))
