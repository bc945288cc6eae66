"""What people are told before and after the bank draws from their accounts (扣款通知; CON-08)."""

import importlib.util
from datetime import timedelta
from pathlib import Path

import pytest

from tongchou.contributions import told
from tongchou.contributions.models import CollectionItem
from tongchou.platform.tests.at_once import begun_within, ended_at_once
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import committed as committed
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.rights import commands as rights
from tongchou.rights.commands import bulk
from tongchou.rights.models import BulkNotice, PersonNotice, ShortMessage
from tongchou.rights.states import NoticeKind
from tongchou.simulator.bank import balances

_specification = importlib.util.spec_from_file_location("refund_office", Path(__file__).with_name("test_refunds.py"))
offices = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(offices)
withholding = offices.withholding

NOW, BACK, LATER = withholding.NOW, withholding.BACK, offices.LATER
seat = offices.seat


@pytest.fixture
def town(hire):
    return withholding.Town(hire)


def messages() -> list[str]:
    return list(ShortMessage.objects.order_by("id").values_list("text", flat=True))


@pytest.mark.requirement("CON-08")
@pytest.mark.article("GX2017 §7")
def test_whoever_could_not_be_drawn_has_a_message_with_the_reason_the_same_day(town, tmp_path):
    poor, other = town.family(2)[0], town.family(1)[0]
    for person, phone in ((poor, "13800000001"), (other, "13800000002")):
        person.phone = phone
        person.save()
    town.open_year()
    batch = town.batch()
    assert ShortMessage.objects.count() == 0
    assert bulk.carry_out(NOW) == 2
    tail = CollectionItem.objects.get(line_no=1).account_no[-4:]
    assert messages()[0] == (
        f"【医保】2018年度医保费即将扣款:将于2017-10-15从尾号{tail}的账户扣缴360.00元,请保证余额充足。"
    )
    town.book(batch, tmp_path, balances({1: 0}))
    assert bulk.carry_out(BACK) == 2
    failed = ShortMessage.objects.get(text__contains="扣款失败")
    assert (failed.person_id, failed.phone, failed.at) == (poor.pk, "13800000001", BACK)
    assert "余额不足" in failed.text
    assert "存足余额" in failed.text
    paid = ShortMessage.objects.get(text__contains="扣款成功")
    assert paid.person_id == other.pk
    assert "180.00" in paid.text
    assert bulk.carry_out(BACK + timedelta(minutes=1)) == 0
    assert BulkNotice.objects.filter(done_at=None).count() == 0


@pytest.mark.requirement("CON-08")
def test_who_has_closed_messages_is_told_in_writing_only_and_nobody_twice(town, tmp_path):
    silent = town.family(1)[0]
    silent.phone = "13800000001"
    silent.save()
    rights.choose_sms(person_id=silent.pk, kinds=[NoticeKind.PAYMENT])
    town.open_year()
    batch = town.batch()
    bulk.carry_out(NOW)
    assert (PersonNotice.objects.filter(kind="collection").count(), ShortMessage.objects.count()) == (1, 0)
    bulk.ask(stage="before", batch_id=batch.pk, now=NOW)
    assert bulk.carry_out(NOW) == 0
    rights.choose_sms(person_id=silent.pk, kinds=[NoticeKind.COLLECTION])
    town.book(batch, tmp_path)
    bulk.carry_out(BACK)
    assert ShortMessage.objects.count() == 1


@pytest.mark.requirement("CON-08")
def test_two_processes_that_carry_out_the_same_notices_at_the_same_moment_tell_everybody_once(committed, monkeypatch):
    town = offices.Office(Hire())
    for number in range(3):
        person = town.family(1)[0]
        person.phone = f"1380000000{number}"
        person.save()
    town.open_year()
    batch = town.batch()
    heard = begun_within(
        lambda: bulk.carry_out(NOW), lambda: bulk.carry_out(NOW), call=(told, "whom"), monkeypatch=monkeypatch
    )
    assert heard == [3, 0]
    again = {
        "person_id": person.pk,
        "kind": NoticeKind.DECISION,
        "topic": "y",
        "title": "办结",
        "sms_to": "13900000001",
    }
    assert sorted(ended_at_once(*[lambda: rights.tell(now=NOW, **again)] * 3)) == [False, False, True]
    bulk.ask(stage="before", batch_id=batch.pk, now=BACK)
    assert sorted(ended_at_once(*[lambda: bulk.carry_out(BACK)] * 3)) == [0, 0, 0]
    assert PersonNotice.objects.filter(kind="collection").count() == 3
    assert ShortMessage.objects.filter(phone="13900000001").count() == 1
    assert ShortMessage.objects.filter(text__contains="即将扣款").count() == 3
    assert BulkNotice.objects.get().persons == 3


@pytest.mark.requirement("CON-08")
def test_whoever_has_no_phone_is_on_the_list_of_letters(town, seat, tmp_path):
    people = [town.family(1)[0], town.family(1)[0]]
    people[0].phone = "13800000001"
    people[0].save()
    town.open_year()
    batch = town.batch()
    town.book(batch, tmp_path, balances({1: 0, 2: 0}))
    assert told.counts(told.Stage.FAILED, batch.pk) == (2, 1)
    assert [one.person_id for one in told.letters(told.Stage.FAILED, batch, limit=5)] == [people[1].pk]
    desk = seat(town.clerk)
    address = f"/contributions/batches/{batch.pk}/"
    page = desk.read(f"{address}notices/?stage=failed")
    assert "余额不足" in page
    assert people[1].name not in page
    assert "没有需要送信的人" in desk.read(f"{address}notices/?stage=paid")
    paper = desk.get(f"{address}letters.pdf?stage=failed")
    assert (paper.status_code, paper["Content-Type"]) == (200, "application/pdf")
    assert f"{address}notices/" in desk.read(address)
    nobody = desk.get(f"{address}letters.pdf?stage=paid")
    assert nobody.status_code == 422, "an empty list is no paper"
    assert "CO-6135" in nobody.content.decode()
    assert "打印送达名单" not in seat(town.finance).read(f"{address}notices/?stage=failed"), "who does not draw"
