"""特殊人员名单: the lists that civil affairs and other departments send (ENR-10, ENR-11; JL2019 §7(四); SYS-06).

A row names a person and a category. Against the register each is new, unchanged or not insured; of a complete list,
whoever carries the flag and is not named has lost it. Nothing counts before a second person approves. A valid entry
replaces paper evidence: who is listed and not yet insured gets the flag with the enrolment (mutual recognition).
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.utils.translation import gettext_noop as _

from tongchou.enrolment import comparing, events, matching, rules
from tongchou.enrolment.commands.persons import Deceased, NameDiffers
from tongchou.enrolment.rules import GroupNotByAge
from tongchou.enrolment.states import CertificateType, Department, ListingState, SpecialCategory
from tongchou.enrolment.unregistered import commands as unregistered
from tongchou.enrolment.unregistered.states import LeadSource
from tongchou.exchange.flows import Incoming, Parcelled
from tongchou.exchange.states import PartnerKind
from tongchou.platform.events import publish
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind, Option
from tongchou.platform.spreadsheets.staging import Intake

PERMISSION: Final = "imports.groups"

LAYOUT: Final = Layout(
    "特殊人员名单",
    (
        matching.NAME,
        matching.CERTIFICATE_TYPE,
        matching.CERTIFICATE,
        Column(
            "category",
            "人员类别",
            Holds.CHOICE,
            ("特殊人员类别", "特殊人员标识", "困难类别"),
            required=True,
            choices={label: value for value, label in SpecialCategory.choices}
            | {"低保": "dibao", "低保对象": "dibao", "特困": "tekun", "五保户": "tekun", "建档立卡": "poor"},
            example="低保对象",
        ),
        Column("valid_from", "认定日期", Holds.DATE, ("起始日期", "享受起始时间"), example="2018-01-01"),
        Column("evidence", "证明文号", Holds.TEXT, ("证件编号", "低保证号"), longest=100, example="民发〔2018〕1号"),
        Column(
            "unit_code",
            "乡镇代码",
            Holds.CODE,
            ("乡镇(街道)代码", "村代码", "所属机构"),
            longest=12,
            example="450102001000",
        ),
    ),
)
EXTRA: Final = {"valid_until": "date", "list_date": "date"}
NUMBERED: Final = {"person_id": "bigint", "outcome": "text"}


def row_rule(intake: Intake) -> RowRule:
    """Citizen numbers are held against GB 11643; a row without a date counts from the day of the list."""
    listed_on = comparing.list_date(intake)

    def apply(chunk: Chunk) -> None:
        values = chunk.values
        comparing.take_citizens(chunk)
        values["valid_from"] = [day or listed_on.isoformat() for day in values["valid_from"]]
        values["evidence"] = [text or "" for text in values["evidence"]]
        values["unit_code"] = [code or "" for code in values["unit_code"]]
        values["list_date"] = [listed_on.isoformat()] * len(chunk)
        values["valid_until"] = [None] * len(chunk)
        rows = zip(values["certificate_no"], values["category"], values["valid_from"], strict=True)
        for at, (number, category, since) in enumerate(rows):
            if at in chunk.bad_rows or number is None or category is None or since is None:
                continue
            if comparing.refuse_false_number(chunk, at, intake.today):
                continue
            until = rules.special_group_until(SpecialCategory(category), date.fromisoformat(since), None)
            values["valid_until"][at] = until.isoformat() if until else None

    return apply


_KNOWN: Final = "{rows} r JOIN enrolment_person p ON p.id = r.person_id"


def check(intake: Intake) -> None:
    """Who is listed twice, under another name, dead, out of reach, or too young; what each row changes."""
    intake.refuse_repeats("certificate_no", "certificate_no, category")
    intake.run("UPDATE {rows} SET person_id = NULL, outcome = NULL WHERE person_id IS NOT NULL OR outcome IS NOT NULL")
    comparing.find_persons(intake)
    intake.refuse(
        "name",
        NameDiffers,
        found=f"{_KNOWN} WHERE r.good AND p.name <> r.name",
        known="p.name",
        given="r.name",
    )
    intake.refuse(
        "certificate_no", Deceased, found=f"{_KNOWN} WHERE r.good AND p.died_on IS NOT NULL", died_on="p.died_on"
    )
    intake.refuse(
        "category",
        GroupNotByAge,
        found=f"""{_KNOWN} WHERE r.good AND r.category = '{SpecialCategory.NINETY}'
                   AND p.born_on + interval '{rules.LOWEST_NINETY} years' > r.valid_from""",
        category=f"'{SpecialCategory.NINETY.label}'",
        age=f"'{rules.LOWEST_NINETY}'",
        born_on="p.born_on",
    )
    intake.refuse_out_of_reach("certificate_no", found=_KNOWN, unit="p.unit_code")
    intake.refuse_out_of_reach(
        "unit_code", found="(SELECT * FROM {rows} WHERE person_id IS NULL AND unit_code <> '') r", unit="r.unit_code"
    )
    _decide_outcomes(intake)


_INSURED: Final = """EXISTS (SELECT FROM enrolment_enrolment e
    WHERE e.person_id = r.person_id AND (e.enrolled_until IS NULL OR e.enrolled_until > r.list_date))"""
_HELD: Final = """EXISTS (SELECT FROM enrolment_specialgroupspan g
    WHERE g.person_id = r.person_id AND g.category = r.category
      AND (g.valid_until IS NULL OR g.valid_until > r.valid_from)
      AND (r.valid_until IS NULL OR g.valid_from < r.valid_until))"""


def _decide_outcomes(intake: Intake) -> None:
    intake.run(
        f"""UPDATE {{rows}} r SET outcome = CASE
                WHEN r.person_id IS NULL OR NOT {_INSURED} THEN 'uninsured'
                WHEN {_HELD} THEN 'unchanged' ELSE 'new' END
             WHERE r.good""",
        step="正在与现有标识比较",
    )


_ENDED: Final = """enrolment_specialgroupspan g JOIN enrolment_person p ON p.id = g.person_id
    WHERE p.pooling_area_id = %s AND g.source = %s
      AND g.category IN (SELECT DISTINCT category FROM {rows} WHERE category IS NOT NULL)
      AND g.valid_from < %s AND (g.valid_until IS NULL OR g.valid_until > %s)
      AND NOT EXISTS (SELECT FROM {rows} r WHERE r.person_id = g.person_id AND r.category = g.category)"""


def _ended(intake: Intake) -> tuple[str, str, date, date]:
    day = comparing.list_date(intake)
    return intake.pooling_area, _department(intake).label, day, day


def _department(intake: Intake) -> Department:
    return Department(intake.options["department"])


def totals(intake: Intake) -> Mapping[str, str]:
    """新增、终止、不变、未参保 under the preview."""
    counted = comparing.outcomes(intake)
    complete = comparing.is_complete(intake)
    ended = intake.ask(f"SELECT count(*) FROM {_ENDED}", *_ended(intake))[0][0] if complete else 0
    return {
        _("新增"): str(counted.get("new", 0)),
        _("终止"): str(ended),
        _("不变"): str(counted.get("unchanged", 0)),
        _("未参保"): str(counted.get("uninsured", 0)),
    }


def take_in(intake: Intake) -> int:
    """Flags begin and end as approved; who is not insured becomes a task of the town. Returns who carries the flag.

    Raises: CompleteListUnreadable.
    """
    ended = _end_missing(intake) if comparing.is_complete(intake) else []
    source = _department(intake).label
    intake.before_step("正在写入特殊人员标识")
    new = intake.ask(
        """INSERT INTO enrolment_specialgroupspan (person_id, category, valid_from, valid_until, source, evidence,
                  created_at)
           SELECT person_id, category, valid_from, valid_until, %s, evidence, %s
             FROM {rows} WHERE good AND outcome = 'new' RETURNING person_id, valid_from""",
        source,
        intake.now,
    )
    intake.run(
        f"""INSERT INTO enrolment_listing (pooling_area_id, unit_code, certificate_type, certificate_no, name, category,
                   valid_from, valid_until, source, evidence, state, listed_at, closed_reason, closed_by)
            SELECT %s, unit_code, certificate_type, certificate_no, name, category, valid_from, valid_until, %s,
                   evidence, '{ListingState.OPEN}', %s, '', ''
              FROM {{rows}} WHERE good AND outcome = 'uninsured'
            ON CONFLICT (certificate_type, certificate_no, category) WHERE state = '{ListingState.OPEN}' DO UPDATE
               SET valid_from = EXCLUDED.valid_from, valid_until = EXCLUDED.valid_until, source = EXCLUDED.source,
                   evidence = EXCLUDED.evidence, unit_code = EXCLUDED.unit_code, listed_at = EXCLUDED.listed_at""",
        intake.pooling_area,
        source,
        intake.now,
        step="正在登记未参保人员",
    )
    unregistered.note_names(intake, LeadSource.GROUP, _NEVER_REGISTERED)
    if changed := [*ended, *new]:
        persons = tuple(sorted({person for person, _ in changed}))
        since = min(day for _, day in changed)
        publish(events.GroupListTakenIn(intake.file_id, intake.pooling_area, since, persons))
    return int(intake.ask("SELECT count(*) FROM {rows} WHERE good AND outcome <> 'uninsured'")[0][0])


_BORN: Final = unregistered.BORN.format(number="r.certificate_no")
_NEVER_REGISTERED: Final = f"""
SELECT r.unit_code, r.certificate_type, r.certificate_no, r.name,
       CASE r.certificate_type WHEN '{CertificateType.CITIZEN_ID}' THEN {_BORN} END AS born_on,
       '' AS contact, r.evidence AS note, r.valid_from AS happened_on
  FROM {{rows}} r WHERE r.good AND r.person_id IS NULL
"""


def _end_missing(intake: Intake) -> list[tuple[int, date]]:
    """Who loses the flag, and when. Raises: CompleteListUnreadable."""
    comparing.check_all_readable(intake)
    intake.before_step("正在终止不在名单内的标识")
    return intake.ask(
        f"""UPDATE enrolment_specialgroupspan SET valid_until = %s
             WHERE id IN (SELECT g.id FROM {_ENDED}) RETURNING person_id, valid_until""",
        comparing.list_date(intake),
        *_ended(intake),
    )


GROUP_LISTS: Final = ImportKind(
    name="groups",
    title="特殊人员名单",
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
            "department",
            "来源部门",
            dict(Department.choices),
            Department.CIVIL_AFFAIRS.value,
        ),
        Option("complete", "名单范围", {"no": "增量名单", comparing.COMPLETE: "全量名单(不在名单内的终止标识)"}, "no"),
        comparing.LIST_DATE,
    ),
)


def _from_link(parcelled: Parcelled) -> Mapping[str, str]:
    """A department's list over a link is complete, and of the day the envelope names (SYS-06)."""
    known = parcelled.kind if parcelled.kind in Department.values else Department.CIVIL_AFFAIRS.value
    return {"department": known, "complete": comparing.COMPLETE, "list_date": parcelled.day}


ARRIVING: Final = Incoming(
    "group_lists",
    "特殊人员名单",
    GROUP_LISTS.name,
    _from_link,
    partners=(PartnerKind.CIVIL_AFFAIRS, PartnerKind.POVERTY_RELIEF, PartnerKind.DISABLED, PartnerKind.HEALTH),
)
