"""Telling many at once (批量通知; CON-08): asked for with what happened, carried out within minutes, each once.

Whoever is asked tells in a statement whom to tell what; a million are one statement. A person with a phone gets a short
message too, unless the person has chosen otherwise.
"""

from datetime import datetime
from typing import Final

from django.db import connection, transaction

from tongchou.contributions import told
from tongchou.rights.models import BulkNotice

_TELL: Final = """
WITH told AS (
    INSERT INTO rights_personnotice (person_id, kind, topic, title, body, sent_at)
    SELECT t.person_id, 'collection', t.topic, left(t.title, 100), left(t.body, 300), %(now)s FROM ({whom}) t
        ON CONFLICT (person_id, topic) DO NOTHING
    RETURNING person_id, title, body),
sent AS (
    INSERT INTO rights_shortmessage (direction, phone, text, person_id, at)
    SELECT 'sent', p.phone, left('【医保】' || n.title || ':' || n.body, 500), n.person_id, %(now)s
      FROM told n JOIN enrolment_person p ON p.id = n.person_id
     WHERE p.phone <> ''
       AND NOT EXISTS (SELECT FROM rights_noticesetting s
                        WHERE s.person_id = n.person_id AND NOT 'collection' = ANY (s.by_sms))
    RETURNING id)
SELECT (SELECT count(*) FROM told), (SELECT count(*) FROM sent)
"""


def ask(*, stage: str, batch_id: int, now: datetime) -> BulkNotice:
    """要求通知: once for each stage and batch, again when more was answered; a step of the caller's transaction."""
    asked, _ = BulkNotice.objects.update_or_create(
        stage=stage, batch_id=batch_id, defaults={"asked_at": now, "done_at": None}
    )
    return asked


def carry_out(now: datetime) -> int:
    """发送批量通知 (定时任务): what was asked for and not yet done. Returns how many persons were told."""
    told_now = 0
    for key in list(BulkNotice.objects.filter(done_at=None).order_by("id").values_list("pk", flat=True)):
        with transaction.atomic():
            asked = BulkNotice.objects.select_for_update(skip_locked=True).filter(pk=key, done_at=None).first()
            if asked is None:
                continue
            whom, values = told.whom(told.Stage(asked.stage), asked.batch_id)
            with connection.cursor() as cursor:
                cursor.execute(_TELL.replace("{whom}", whom), values | {"now": now})
                persons, messages = cursor.fetchone()
            asked.persons += persons
            asked.messages += messages
            asked.done_at = now
            asked.save()
            told_now += persons
    return told_now
