"""Reminders read from the record itself (到期与未缴费提醒; RIG-08): never stored, gone once their reason is gone."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from tongchou.contributions import queries as contributions
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.states import EnrolmentStatus, Scheme
from tongchou.rights.states import NoticeKind

COLLECTING_FROM_MONTH: Final = 9
"""The premium of the next year is collected from September (GX2017 §21)."""
SOON: Final = 60


@dataclass(frozen=True, slots=True)
class Reminder:
    """What a person should know today (提醒)."""

    kind: NoticeKind
    title: str
    body: str


def reminders_of(facts: enrolment.Facts, on: date) -> list[Reminder]:
    """提醒 of today: this year unpaid, next year's premium open, coverage about to end."""
    if facts.status != EnrolmentStatus.ACTIVE or facts.scheme != Scheme.RESIDENT:
        return []
    spans = contributions.spans_of(facts.id)
    covered_until = max((span.covered_until for span in spans if span.covered_from <= on), default=None)
    found = []
    if covered_until is None or covered_until <= on:
        found.append(
            Reminder(NoticeKind.UNPAID, f"{on.year}年度还没有待遇", "未查到您本年度的缴费,请到村(社区)或经办窗口缴费。")
        )
    elif (covered_until - on).days <= SOON and not any(span.covered_from >= covered_until for span in spans):
        body = f"缴纳{covered_until.year}年度保险费后继续享受。"
        found.append(Reminder(NoticeKind.EXPIRY, f"待遇享受期{(covered_until - on).days}天后到期", body))
    if on.month >= COLLECTING_FROM_MONTH and not any(span.benefit_year == on.year + 1 for span in spans):
        title = f"{on.year + 1}年度缴费已开始"
        found.append(Reminder(NoticeKind.UNPAID, title, "请在规定期限内缴费,逾期会影响待遇享受时间。"))
    return found
