"""部门答复 as a file (CON-15): each line of a list aided, or not and why; what is refused becomes work of the town."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop as _

from tongchou.contributions.aid import arrivals, commands
from tongchou.contributions.aid.models import AidList
from tongchou.contributions.aid.states import AidAnswer
from tongchou.exchange import commands as exchange
from tongchou.exchange import incoming
from tongchou.exchange import queries as exchange_queries
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_in_sql
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake


class LineNotAsked(DomainError):
    code = "CO-4045"
    message = "资助名册中没有待答复的第{line}行"
    citation = "GX2017 §27"


LAYOUT: Final = Layout(
    "资助答复",
    (
        Column("line_no", "行号", Holds.WHOLE, required=True, example="1"),
        Column(
            "code",
            "答复",
            Holds.CHOICE,
            choices={label: value for value, label in AidAnswer.choices},
            required=True,
            example="同意资助",
        ),
        Column("paid_on", "日期", Holds.DATE, required=True, example="2017-09-15"),
        Column("reference", "流水号", Holds.CODE, longest=40, example="MZ0001"),
    ),
)
NUMBERED: Final = {"item_id": "bigint", "unit_code": "text"}


def row_rule(intake: Intake) -> RowRule:
    """A row without a reference has an empty one."""

    def apply(chunk: Chunk) -> None:
        chunk.values["reference"] = [value or "" for value in chunk.values["reference"]]

    return apply


_PAID_UPON: Final = """
{rows} r JOIN contributions_aiditem i ON i.id = r.item_id JOIN contributions_aidplan p ON p.id = i.plan_id
 JOIN contributions_receivable w ON w.person_id = i.person_id AND w.benefit_year = p.benefit_year
  AND w.scheme = 'resident' AND w.state = 'paid' AND w.aided_fen > 0
WHERE r.good AND r.code <> 'ok'
"""


def check(intake: Intake) -> None:
    """Each line once, of this list, not answered before."""
    intake.run(
        """UPDATE {rows} r SET item_id = i.id, unit_code = i.unit_code FROM contributions_aiditem i
            WHERE i.list_id = %s AND i.line_no = r.line_no AND i.answer = '' AND r.good""",
        _list(intake).pk,
    )
    intake.refuse("line_no", LineNotAsked, found="{rows} r WHERE r.good AND r.item_id IS NULL", line="r.line_no")
    intake.refuse_repeats("line_no")
    intake.refuse(
        "code",
        arrivals.PaidUponAid,
        found=_PAID_UPON,
        line="r.line_no",
        paid=yuan_in_sql("w.amount_fen - w.aided_fen"),
    )


def _list(intake: Intake) -> AidList:
    file = exchange_queries.outgoing_by_id(int(intake.notes["outgoing"]))
    return AidList.objects.get(pk=file.object_key)


_REFUSED: Final = """
SELECT i.unit_code, i.line_no AS row_no, 'aid' AS object_kind, i.id AS object_key,
       concat(left(p.name, 1), '**') AS subject, i.amount_fen, i.answer AS code, CASE i.answer {labels} END AS reason
  FROM contributions_aiditem i JOIN enrolment_registered p ON p.person_id = i.person_id
 WHERE i.id = ANY(%s)
"""


def take_in(intake: Intake) -> int:
    """The answers of the department, and work for whom it does not aid. Returns how many lines.

    Raises: what `arrivals.confirm` refuses.
    """
    found = _list(intake)
    told = intake.ask("SELECT line_no, code, paid_on, coalesce(reference, ''), item_id FROM {rows} WHERE good")
    arrivals.confirm(
        number=found.number,
        answers=[arrivals.Answered(row[0], AidAnswer(row[1]), row[2], row[3]) for row in told],
        operator=intake.operator,
        now=intake.now,
    )
    labels = " ".join(f"WHEN '{value}' THEN '{label}'" for value, label in AidAnswer.choices)
    outgoing_id = int(intake.notes["outgoing"])
    exchange.reject_rows(
        _REFUSED.replace("{labels}", labels),
        [row[4] for row in told if row[1] != AidAnswer.OK],
        flow=commands.FLOW_NAME,
        pooling_area=intake.pooling_area,
        outgoing_id=outgoing_id,
        incoming_id=intake.file_id,
        now=intake.now,
    )
    exchange.note_answered(outgoing_id=outgoing_id, rows=len(told), operator=intake.operator, now=intake.now)
    return len(told)


def totals(intake: Intake) -> Mapping[str, str]:
    """The figures under the preview."""
    ((aided, refused),) = intake.ask(
        "SELECT count(*) FILTER (WHERE code = 'ok'), count(*) FILTER (WHERE code <> 'ok') FROM {rows} WHERE good"
    )
    return {_("同意资助"): str(aided), _("部门不予资助"): str(refused)}


RESULTS: Final = ImportKind(
    name="aid_results",
    title="资助答复",
    permission=commands.LIST,
    counter=commands.LIST,
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    totals=totals,
    numbered=NUMBERED,
    options=(incoming.ANSWERS,),
    opener=incoming.opener(commands.FLOW_NAME, LAYOUT),
)
