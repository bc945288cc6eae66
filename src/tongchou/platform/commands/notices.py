"""Notices to operators (通知)."""

from collections.abc import Iterable
from datetime import datetime

from tongchou.platform.models import Notice, Operator
from tongchou.platform.states import NoticeLevel


def send_notice(
    *,
    recipients: Iterable[Operator],
    title: str,
    now: datetime,
    body: str = "",
    link: str = "",
    level: NoticeLevel = NoticeLevel.NOTE,
    topic: str = "",
) -> int:
    """发通知: one row per recipient, none to whoever has one of that topic. Returns how many rows."""
    rows = [
        Notice(recipient=one, level=level, title=title, body=body, link=link, topic=topic, sent_at=now)
        for one in recipients
    ]
    if topic:
        had = Notice.objects.filter(topic=topic).values_list("recipient", flat=True)
        rows = [row for row in rows if row.recipient_id not in set(had)]
    Notice.objects.bulk_create(rows, ignore_conflicts=bool(topic))
    return len(rows)


def mark_read(*, recipient: Operator, notice_ids: Iterable[int], now: datetime) -> int:
    """标为已读: only the recipient's own. Returns how many were unread."""
    return Notice.objects.filter(recipient=recipient, pk__in=list(notice_ids), read_at=None).update(read_at=now)
