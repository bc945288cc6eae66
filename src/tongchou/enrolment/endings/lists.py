"""人员身份状态名单: what police, courts and other agencies tell of persons (JL2019 §10; ENR-22, ENR-16; SYS-06).

Taking the file in ends nothing: each row becomes a `StatusReport` that is held for objection, or a task where the name
differs or nobody here has the number. Rows already waiting, and persons whose relation has ended for that reason, are
left out.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from django.utils.translation import gettext_noop as _

from tongchou.enrolment import comparing, events, matching
from tongchou.enrolment.endings import reasons
from tongchou.enrolment.states import EndingReason, Informant, ReportState
from tongchou.exchange.flows import Incoming, Parcelled
from tongchou.exchange.states import PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.platform.events import publish
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind, Option
from tongchou.platform.spreadsheets.staging import Intake

PERMISSION: Final = "imports.endings"
COUNTER: Final = "enrolment.change"


class EventAhead(DomainError):
    code = "EN-3021"
    message = "事件日期{day}晚于导入日期{today}"
    citation = "JL2019 §10"


class NotTheirs(DomainError):
    code = "EN-3022"
    message = "{informant}的名单不能认定“{reason}”"
    citation = "JL2019 §10"


class ReasonNotInArea(DomainError):
    code = "EN-3023"
    message = "本统筹地区不因“{reason}”停保或注销"
    citation = "GX2017 §15"


LAYOUT: Final = Layout(
    "人员身份状态名单",
    (
        matching.NAME,
        matching.CERTIFICATE_TYPE,
        matching.CERTIFICATE,
        Column(
            "reason",
            "人员状态",
            Holds.CHOICE,
            ("状态", "注销原因", "身份状态"),
            required=True,
            choices={str(one.label): one.value for one in EndingReason if one is not EndingReason.OTHER}
            | {"户籍注销(死亡)": "death", "宣告死亡": "missing", "出国定居": "abroad", "户口迁出": "moved_out"},
            example="死亡",
        ),
        Column(
            "event_on",
            "事件日期",
            Holds.DATE,
            ("死亡日期", "发生日期", "宣告日期", "参保日期"),
            required=True,
            example="2018-05-03",
        ),
        Column("document", "文书号", Holds.TEXT, ("文号", "证明文号"), longest=100, example="公死〔2018〕12号"),
    ),
)
EXTRA: Final = {"ends_from": "date"}
NUMBERED: Final = {"person_id": "bigint", "person_name": "text", "unit_code": "text", "outcome": "text"}


def _informant(intake: Intake) -> Informant:
    return Informant(intake.options["informant"])


def row_rule(intake: Intake) -> RowRule:
    """Citizen numbers are held against GB 11643; a department may say only what is its to say."""
    informant, rules = _informant(intake), reasons.rules_of(intake.pooling_area)
    may_say = reasons.REPORTED_BY[informant]

    def refusal(reason: EndingReason, event_on: date) -> DomainError | None:
        if reason not in may_say:
            return NotTheirs(informant=informant.label, reason=reason.label)
        if reason not in (*rules.suspends, *rules.terminates):
            return ReasonNotInArea(reason=reason.label)
        if event_on > intake.today:
            return EventAhead(day=event_on, today=intake.today)
        return None

    def apply(chunk: Chunk) -> None:
        values = chunk.values
        comparing.take_citizens(chunk)
        values["document"] = [text or "" for text in values["document"]]
        values["ends_from"] = [None] * len(chunk)
        rows = zip(values["certificate_no"], values["reason"], values["event_on"], strict=True)
        for at, (number, said, happened) in enumerate(rows):
            if at in chunk.bad_rows or number is None or said is None or happened is None:
                continue
            reason, event_on = EndingReason(said), date.fromisoformat(happened)
            if problem := refusal(reason, event_on):
                chunk.refuse_for(at, "reason", problem.code, str(problem))
                continue
            if comparing.refuse_false_number(chunk, at, intake.today):
                continue
            values["ends_from"][at] = reasons.ends_from(reason, event_on).isoformat()

    return apply


def check(intake: Intake) -> None:
    """Who is named twice, who is out of reach; then each row against the register."""
    intake.refuse_repeats("certificate_no", "certificate_no, reason")
    intake.run("UPDATE {rows} SET person_id = NULL, outcome = NULL")
    comparing.find_persons(intake, also="person_name = p.name, unit_code = p.unit_code")
    intake.refuse_out_of_reach(
        "certificate_no", found="(SELECT * FROM {rows} WHERE person_id IS NOT NULL) r", unit="r.unit_code"
    )
    _decide_outcomes(intake)


_WAITS: Final = f"""EXISTS (SELECT FROM enrolment_statusreport w
    WHERE w.certificate_no = r.certificate_no AND w.certificate_type = r.certificate_type AND w.reason = r.reason
      AND w.state NOT IN ('{ReportState.DONE}', '{ReportState.DISMISSED}'))"""
_RELATED: Final = """EXISTS (SELECT FROM enrolment_enrolment e
    WHERE e.person_id = r.person_id AND e.enrolled_from < r.ends_from)
    AND EXISTS (SELECT FROM enrolment_enrolment e WHERE e.person_id = r.person_id AND e.enrolled_until IS NULL)"""
_BURIED: Final = "EXISTS (SELECT FROM enrolment_person p WHERE p.id = r.person_id AND p.died_on IS NOT NULL)"
_PAUSED: Final = """EXISTS (SELECT FROM enrolment_suspension s JOIN enrolment_enrolment e ON e.id = s.enrolment_id
    WHERE e.person_id = r.person_id AND s.suspended_until IS NULL)"""


def _decide_outcomes(intake: Intake) -> None:
    rules = reasons.rules_of(intake.pooling_area)
    pausing = ", ".join(f"'{one.value}'" for one in rules.suspends)
    intake.run(
        f"""UPDATE {{rows}} r SET outcome = CASE
                WHEN {_WAITS} THEN 'waiting'
                WHEN r.person_id IS NULL THEN '{ReportState.UNKNOWN}'
                WHEN NOT ({_RELATED}) OR {_BURIED} OR (r.reason IN ({pausing}) AND {_PAUSED}) THEN 'ended'
                WHEN r.person_name <> r.name THEN '{ReportState.MISMATCH}'
                ELSE '{ReportState.HELD}' END
             WHERE r.good""",
        step="正在与参保关系比较",
    )


def totals(intake: Intake) -> Mapping[str, str]:
    """进入异议期、姓名不符、未登记、已在办、已终止 under the preview."""
    counted = comparing.outcomes(intake)
    return {
        _("进入异议期"): str(counted.get(ReportState.HELD, 0)),
        _("姓名不符"): str(counted.get(ReportState.MISMATCH, 0)),
        _("未登记人员"): str(counted.get(ReportState.UNKNOWN, 0)),
        _("已在办"): str(counted.get("waiting", 0)),
        _("已终止"): str(counted.get("ended", 0)),
    }


def take_in(intake: Intake) -> int:
    """Each row becomes a report; those that match are held and announced to the family. Returns how many."""
    held_until = intake.today + timedelta(days=reasons.rules_of(intake.pooling_area).hold_days)
    intake.before_step("正在登记人员状态")
    made = intake.ask(
        f"""INSERT INTO enrolment_statusreport (pooling_area_id, unit_code, file_id, informant, certificate_type,
                   certificate_no, name, reason, event_on, document, person_id, state, problem, held_until, reported_at,
                   reported_by, checked_by, objector, objection, closed_by, closing_reason, version)
            SELECT %s, coalesce(unit_code, %s), %s, %s, certificate_type, certificate_no, name, reason, event_on,
                   document, person_id, outcome,
                   CASE outcome WHEN '{ReportState.MISMATCH}' THEN concat('登记姓名为“', person_name, '”')
                                WHEN '{ReportState.UNKNOWN}' THEN '本统筹地区没有该证件号码的参保人' ELSE '' END,
                   CASE outcome WHEN '{ReportState.HELD}' THEN %s::date END,
                   %s, %s, '', '', '', '', '', 1
              FROM {{rows}} WHERE good AND outcome IN ('{ReportState.HELD}', '{ReportState.MISMATCH}',
                                                      '{ReportState.UNKNOWN}')
            RETURNING id, person_id, state, reason, event_on""",
        intake.pooling_area,
        intake.operator.org_unit_id,  # who is nobody's here is a task of the unit that brought the list
        intake.file_id,
        _informant(intake).value,
        held_until,
        intake.now,
        intake.operator.staff_code,
    )
    for report_id, person_id, state, reason, event_on in made:
        if state == ReportState.HELD:
            publish(events.StatusReported(person_id, report_id, reason, event_on, held_until, intake.now))
    return len(made)


STATUS_LISTS: Final = ImportKind(
    name="endings",
    title="人员身份状态名单",
    permission=PERMISSION,
    counter=COUNTER,
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    totals=totals,
    extra=EXTRA,
    numbered=NUMBERED,
    options=(Option("informant", "来源部门", dict(Informant.choices), Informant.POLICE.value),),
)


def _from_link(parcelled: Parcelled) -> Mapping[str, str]:
    """Whose list it is, by what the partner is (SYS-06)."""
    return {"informant": parcelled.kind if parcelled.kind in Informant.values else Informant.POLICE.value}


ARRIVING: Final = Incoming(
    "status_lists",
    "人员身份状态名单",
    STATUS_LISTS.name,
    _from_link,
    partners=(PartnerKind.POLICE, PartnerKind.COURT, PartnerKind.HEALTH, PartnerKind.HUMAN_RESOURCES),
)
