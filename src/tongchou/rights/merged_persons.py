"""What of a person's rights follows into another record (归并时的个人权益; ENR-17).

Papers stay as they were issued, on the record they were issued for (decision 0241); so do the wishes for short
messages.
"""

from typing import Final

from tongchou.enrolment.merging import following
from tongchou.enrolment.merging.following import Followed, said
from tongchou.rights.states import Direction, MandateKind, NoticeKind

_ALREADY: Final = "EXISTS (SELECT FROM {table} o WHERE o.{person} = %(survivor)s AND {same})"
_DAYS: Final = "daterange(o.valid_from, o.valid_until) && daterange(r.valid_from, r.valid_until)"

FOLLOWED: Final = (
    Followed(table="rights_objection", title="权益记录异议", told="r.number", recorded_at="filed_at"),
    Followed(
        table="rights_accessapplication",
        title="查询申请",
        told="concat_ws(' ', r.document_no, r.filed_at::date)",
        stays="r.state <> 'refused' AND "
        + _ALREADY.format(
            table="rights_accessapplication",
            person="person_id",
            same="o.document_no = r.document_no AND o.state <> 'refused'",
        ),
    ),
    Followed(
        table="rights_mandate",
        title="委托(本人为委托人)",
        told=f"concat_ws(' ', {said('r.kind', MandateKind)}, r.valid_from)",
        stays="r.agent_id = %(survivor)s OR "
        + _ALREADY.format(table="rights_mandate", person="person_id", same=f"o.agent_id = r.agent_id AND {_DAYS}"),
    ),
    Followed(
        table="rights_mandate",
        person="agent_id",
        title="委托(本人为受托人)",
        told=f"concat_ws(' ', {said('r.kind', MandateKind)}, r.valid_from)",
        stays="r.person_id = %(survivor)s OR "
        + _ALREADY.format(table="rights_mandate", person="agent_id", same=f"o.person_id = r.person_id AND {_DAYS}"),
    ),
    Followed(
        table="rights_personnotice",
        title="通知",
        told=f"concat_ws(' ', {said('r.kind', NoticeKind)}, r.sent_at::date)",
        stays=_ALREADY.format(table="rights_personnotice", person="person_id", same="o.topic = r.topic"),
    ),
    Followed(
        table="rights_shortmessage", title="短信", told=f"concat_ws(' ', {said('r.direction', Direction)}, r.at::date)"
    ),
)


def follow() -> None:
    """Let enrolment know (登记)."""
    following.register(*FOLLOWED)
