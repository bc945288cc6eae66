"""Notices."""

import pytest
from django.db import IntegrityError, transaction

from tongchou.platform import commands, queries
from tongchou.platform.models import Notice
from tongchou.platform.tests.conftest import NOW


def test_a_notice_reaches_each_recipient_and_is_read_by_each(hire):
    one, other = hire(), hire()
    assert commands.send_notice(recipients=[one, other], title="停机", body="今晚", now=NOW) == 2
    (notice,) = queries.notices_of(one)
    assert (notice.title, queries.unread_count(one)) == ("停机", 1)
    assert commands.mark_read(recipient=other, notice_ids=[notice.pk], now=NOW) == 0
    assert commands.mark_read(recipient=one, notice_ids=[notice.pk], now=NOW) == 1
    assert commands.mark_read(recipient=one, notice_ids=[notice.pk], now=NOW) == 0
    assert (queries.unread_count(one), queries.unread_count(other)) == (0, 1)


def test_a_topic_is_told_once_to_each(hire):
    one, other = hire(), hire()
    assert commands.send_notice(recipients=[one], title="到期", topic="t1", now=NOW) == 1
    assert commands.send_notice(recipients=[one, other], title="到期", topic="t1", now=NOW) == 1
    assert commands.send_notice(recipients=[one], title="到期", topic="t2", now=NOW) == 1
    assert commands.send_notice(recipients=[one], title="到期", now=NOW) == 1


def test_the_database_refuses_a_topic_twice(hire):
    one = hire()
    commands.send_notice(recipients=[one], title="到期", topic="t1", now=NOW)
    with pytest.raises(IntegrityError, match="notice_topic_once"), transaction.atomic():
        Notice.objects.create(recipient=one, title="到期", topic="t1", sent_at=NOW)
