"""What applicants are told of their cases (给申请人的通知; RIG-08; JL2019 §18): accepted, papers missing, decided.

The person a case is about finds it at `/my/`; the phone given with the application gets a short message, whoever it
belongs to. The message names the item and the number, and no reason or result: those are for the paper and `/my/`.
"""

from dataclasses import dataclass

from tongchou.cases.events import About, CaseAccepted, CaseFinished, MaterialsAsked, MaterialsPartlyReceived
from tongchou.cases.states import CaseState
from tongchou.enrolment import queries as enrolment
from tongchou.platform.events import subscribe
from tongchou.rights.commands import notices
from tongchou.rights.states import NoticeKind


@dataclass(frozen=True, slots=True)
class _Message:
    """Which stage, how it is headed, what a short message says, and what only the own page says."""

    stage: str
    title: str
    said: str
    more: str = ""


def listen() -> None:
    """Called once, when the applications are ready."""
    subscribe(CaseAccepted)(accepted)
    subscribe(MaterialsAsked)(materials_asked)
    subscribe(MaterialsPartlyReceived)(partly_received)
    subscribe(CaseFinished)(finished)


def accepted(event: CaseAccepted) -> None:
    """受理: from when the limit runs."""
    due = event.due_on.isoformat()
    _tell(
        event.about,
        NoticeKind.PROGRESS,
        _Message(f"accepted {due}", f"“{event.about.title}”申请已受理", f"应于{due}前办结。"),
    )


def materials_asked(event: MaterialsAsked) -> None:
    """告知补正: all that is missing, at once, with the last day."""
    until = event.supply_by.isoformat()
    said = f"请于{until}前补交:{'、'.join(event.materials)}。逾期未补正的,本次申请终止。"
    message = _Message(f"asked {until}", f"“{event.about.title}”申请须补正材料", said)
    _tell(event.about, NoticeKind.PROGRESS, message)


def partly_received(event: MaterialsPartlyReceived) -> None:
    """收到部分补正材料: what is still missing; the last day stays."""
    until, at = event.supply_by.isoformat(), event.about.at.isoformat()
    said = f"收到{'、'.join(event.received)};尚缺{'、'.join(event.missing)},请于{until}前补交。"
    message = _Message(f"part {at}", f"“{event.about.title}”申请收到部分补正材料", said)
    _tell(event.about, NoticeKind.PROGRESS, message)


_ENDS = {
    CaseState.DONE: ("已办结", "请持收件回执到窗口领取办理结果。"),
    CaseState.REFUSED: ("未予办理", "请持收件回执到窗口领取书面决定。"),
    CaseState.NOT_ACCEPTED: ("不予受理", "请到窗口领取书面说明。"),
    CaseState.WITHDRAWN: ("已撤回", "需要时可重新申请。"),
    CaseState.LAPSED: ("已终止", "逾期未补正材料,可重新申请。"),
}


def finished(event: CaseFinished) -> None:
    """办结."""
    word, said = _ENDS[CaseState(event.state)]
    message = _Message("finished", f"“{event.about.title}”申请{word}", said, event.result)
    _tell(event.about, NoticeKind.DECISION, message)


def _tell(about: About, kind: NoticeKind, message: _Message) -> None:
    number = f"受理号{about.number}。"
    text = f"{message.title},{number}{message.said}"
    person_id = enrolment.person_id_of(about.subject_key)
    if person_id is None:
        notices.send_message(phone=about.phone, text=text, person_id=None, now=about.at)
        return
    notices.tell(
        person_id=person_id,
        kind=kind,
        topic=f"case {about.number} {message.stage}",
        title=message.title,
        body="".join((number, message.said, message.more))[:300],
        sms_to=about.phone,
        sms=text,
        now=about.at,
    )
