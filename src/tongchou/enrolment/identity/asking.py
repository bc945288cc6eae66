"""The file to the police and their answer (身份核查请求与反馈; SYS-06)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from tongchou.enrolment import comparing, rules
from tongchou.enrolment.endings import reports
from tongchou.enrolment.identity.models import IdentityCheck, IdentityFinding
from tongchou.enrolment.identity.states import FindingState, Found
from tongchou.enrolment.models import Person
from tongchou.enrolment.states import CertificateType, EndingReason, Informant
from tongchou.exchange import commands as exchange
from tongchou.exchange import incoming, outgoing
from tongchou.exchange import queries as exchange_queries
from tongchou.exchange.flows import Flow, Incoming, answered
from tongchou.exchange.states import PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.database import one_after_another
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake

FLOW_NAME: Final = "identity_check"
COLUMNS: Final = ("line_no", "certificate_no", "name")
MOST_ASKED: Final = 20_000
"""How many persons one file asks about; the rest come with the next."""
ASKED_AGAIN_AFTER: Final = timedelta(days=365)
"""Whoever agreed within a year is not asked about again (decision 0340)."""


class NotThePolice(DomainError):
    code = "EN-2061"
    message = "没有编号为{partner}的公安机关,或已停用"
    citation = "JL2019 §7"


class NobodyToVerify(DomainError):
    code = "EN-2062"
    message = "{unit}没有需要核查的参保人:一年内核查一致和正在核查的不再提交"
    citation = "JL2019 §7"


class LineNotAsked(DomainError):
    code = "EN-2063"
    message = "第{line}行不在核查请求中,或已有反馈"
    citation = "JL2019 §7"


class NothingSaid(DomainError):
    code = "EN-2064"
    message = "结果为“{found}”的须填写{what}"
    citation = "JL2019 §7"


_CHOOSE: Final = """
INSERT INTO enrolment_identityfinding (check_of_id, line_no, pooling_area_id, unit_code, person_id, name,
            certificate_no, found, said_name, said_certificate_no, said_address, state, opinion, proposed_by,
            closed_by, version)
SELECT %(check)s, row_number() OVER (ORDER BY p.unit_code, p.id), p.pooling_area_id, p.unit_code, p.id, p.name,
       p.certificate_no, '', '', '', '', 'asked', '', '', '', 1
  FROM enrolment_active(%(on)s) a JOIN enrolment_person p ON p.id = a.person_id
 WHERE p.unit_code = ANY(%(units)s) AND p.certificate_type = %(citizen)s AND p.died_on IS NULL
   AND p.merged_into_id IS NULL
   AND NOT EXISTS (SELECT FROM enrolment_identityfinding f WHERE f.person_id = p.id
                      AND (f.state IN ('asked', 'open', 'proposed') OR f.answered_at >= %(since)s))
 ORDER BY p.unit_code, p.id LIMIT %(most)s
"""


@transaction.atomic
def make_check(
    *, unit_code: str, partner_id: int, request_id: str, operator: platform.Operator, now: datetime
) -> IdentityCheck:
    """制作身份核查文件 (JL2019 §7): the insured of a place with a citizen number, who were not verified within a year.

    Repeating a request_id gives the first. Raises: NotThePolice, NobodyToVerify, NothingAgreed, NoPermission,
    OutOfScope.
    """
    platform_checks.check_in_scope(operator, comparing.COUNTER, unit_code, now)
    one_after_another(FLOW_NAME, unit_code[:6])
    if earlier := IdentityCheck.objects.filter(made_by=operator.staff_code, request_id=request_id).first():
        return earlier
    partner = exchange_queries.partner(partner_id)
    if partner is None or not partner.in_use or partner.kind != PartnerKind.POLICE:
        raise NotThePolice(partner=partner_id)
    today = timezone.localdate(now)
    made = IdentityCheck.objects.create(
        pooling_area_id=partner.pooling_area_id,
        unit_code=unit_code,
        partner=partner,
        rows=0,
        request_id=request_id,
        made_by=operator.staff_code,
        made_at=now,
    )
    with connection.cursor() as cursor:
        asked = {
            "check": made.pk,
            "on": today,
            "units": [unit_code, *(unit.code for unit in platform.units_below(unit_code, today))],
            "citizen": CertificateType.CITIZEN_ID.value,
            "since": now - ASKED_AGAIN_AFTER,
            "most": MOST_ASKED,
        }
        cursor.execute(_CHOOSE, asked)
        made.rows = cursor.rowcount
    if not made.rows:
        raise NobodyToVerify(unit=platform.unit_in_words(unit_code))
    made.save(update_fields=["rows"])
    outgoing.make_file(
        flow=FLOW_NAME,
        partner=partner,
        object_key=made.pk,
        unit_code=unit_code,
        rows=made.rows,
        total_fen=0,
        operator=operator,
        now=now,
    )
    trail.record(
        "enrolment.ask_police",
        at=now,
        operator=operator,
        pooling_area=partner.pooling_area_id,
        unit_code=unit_code,
        object_kind="identity_check",
        object_key=made.pk,
        detail={"rows": made.rows},
    )
    return made


def _rows(check_id: int) -> Iterator[Sequence[Any]]:
    """The lines of a check, as they were asked (核查请求明细)."""
    found = IdentityFinding.objects.filter(check_of_id=check_id).order_by("line_no")
    yield from found.values_list("line_no", "certificate_no", "name").iterator(2000)


FLOW: Final = Flow(
    FLOW_NAME, "公安身份核查", comparing.COUNTER, COLUMNS, _rows, totalled="", partners=(PartnerKind.POLICE,)
)


# --- the answer -----------------------------------------------------------------------------------------------------

LAYOUT: Final = Layout(
    "身份核查反馈",
    (
        Column("line_no", "行号", Holds.WHOLE, required=True, example="1"),
        Column(
            "code",
            "核查结果",
            Holds.CHOICE,
            ("结果",),
            choices={str(label): value for value, label in Found.choices},
            required=True,
            example="一致",
        ),
        Column("name", "姓名", Holds.TEXT, ("公安姓名",), longest=50, example="韦小妹"),
        Column(
            "certificate_no",
            "证件号码",
            Holds.CODE,
            ("公民身份号码", "身份证号"),
            longest=50,
            example="450102199003071230",
        ),
        Column("event_on", "发生日期", Holds.DATE, ("死亡日期", "迁移日期"), example="2018-05-03"),
        Column("address", "户籍地址", Holds.TEXT, ("迁入地址",), longest=200, example="A县一镇一村3组"),
    ),
)
_NEEDED: Final = {Found.DEAD: ("event_on", "发生日期"), Found.MOVED: ("address", "户籍地址")}


def row_rule(intake: Intake) -> RowRule:
    """A change names what is new, a death its day, a move its address; numbers are held against GB 11643."""

    def apply(chunk: Chunk) -> None:
        values = chunk.values
        for name in ("name", "certificate_no", "address"):
            values[name] = [text or "" for text in values[name]]
        for at, code in enumerate(values["code"]):
            if at in chunk.bad_rows or code is None:
                continue
            if refusal := _unsaid(Found(code), {name: column[at] for name, column in values.items()}, intake.today):
                chunk.refuse_for(at, refusal[0], refusal[1].code, str(refusal[1]))

    return apply


def _unsaid(found: Found, row: Mapping[str, Any], today: date) -> tuple[str, DomainError] | None:
    """The column with the refusal, where something is missing or false."""
    if found in _NEEDED and not row[_NEEDED[found][0]]:
        return _NEEDED[found][0], NothingSaid(found=found.label, what=_NEEDED[found][1])
    if found is Found.CHANGED and not (row["name"] or row["certificate_no"]):
        return "name", NothingSaid(found=found.label, what="新的姓名或证件号码")
    if row["certificate_no"]:
        try:
            rules.citizen_particulars(row["certificate_no"], today=today)
        except DomainError as refusal:
            return "certificate_no", refusal
    return None


def _check_id(intake: Intake) -> int:
    return exchange_queries.outgoing_by_id(int(intake.notes["outgoing"])).object_key


def check(intake: Intake) -> None:
    """Lines of this check that were not answered yet."""
    intake.refuse(
        "line_no",
        LineNotAsked,
        found="{rows} r LEFT JOIN enrolment_identityfinding f ON f.check_of_id = %s AND f.line_no = r.line_no"
        " AND f.state = 'asked' WHERE r.good AND f.id IS NULL",
        values=(_check_id(intake),),
        line="r.line_no",
    )
    intake.refuse_repeats("line_no")


def totals(intake: Intake) -> Mapping[str, str]:
    """一致、变更、查无、死亡、迁移 under the preview."""
    counted = dict(intake.ask("SELECT code, count(*) FROM {rows} WHERE good GROUP BY code"))
    return {str(label): str(counted.get(value, 0)) for value, label in Found.choices}


_ANSWER: Final = """
UPDATE enrolment_identityfinding f
   SET found = r.code, said_name = r.name, said_certificate_no = upper(r.certificate_no), said_address = r.address,
       event_on = r.event_on, answered_at = %s, version = f.version + 1,
       state = CASE WHEN r.code = 'agrees' THEN 'agreed' ELSE 'open' END
  FROM {rows} r WHERE r.good AND f.check_of_id = %s AND f.line_no = r.line_no AND f.state = 'asked'
"""


def take_in(intake: Intake) -> int:
    """What agrees is closed, a death becomes a report that is held for objection, the rest is work of a clerk."""
    check_id = _check_id(intake)
    answered = intake.run(_ANSWER, intake.now, check_id, step="正在写入核查结果")
    dead = IdentityFinding.objects.filter(check_of_id=check_id, found=Found.DEAD, state=FindingState.OPEN)
    for finding in dead.select_related("person").order_by("id"):
        _refer(finding, intake)
    exchange.note_answered(
        outgoing_id=int(intake.notes["outgoing"]), rows=answered, operator=intake.operator, now=intake.now
    )
    return answered


def _refer(finding: IdentityFinding, intake: Intake) -> None:
    """已死亡: goes the way of every death that is reported (JL2019 §10)."""
    assert finding.event_on is not None
    person: Person = finding.person
    finding.report = reports.hold(
        person,
        informant=Informant.POLICE,
        reason=EndingReason.DEATH,
        event_on=finding.event_on,
        document=f"身份核查第{finding.line_no}行",
        file_id=intake.file_id,
        reported_by=intake.operator.staff_code,
        now=intake.now,
    )
    finding.state = FindingState.REFERRED
    finding.save(update_fields=["report", "state"])


RESULTS: Final = ImportKind(
    name="identity_results",
    title="身份核查反馈",
    permission=comparing.COUNTER,
    counter=comparing.COUNTER,
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    totals=totals,
    options=(incoming.ANSWERS,),
    opener=incoming.opener(FLOW_NAME, LAYOUT),
)


ARRIVING: Final = Incoming(FLOW_NAME, "公安身份核查", RESULTS.name, answered, partners=(PartnerKind.POLICE,))
