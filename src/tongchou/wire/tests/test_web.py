"""What pages show of messages: answers in words and masked, the latest bookings, the sign-ons."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from tongchou.wire import queries
from tongchou.wire.models import Booking, SignOn
from tongchou.wire.web import answers

NOW = datetime(2018, 3, 15, 2, 30, tzinfo=UTC)
HOSPITAL = "H45010000001"
ANSWER = (
    '{"output":{"setlinfo":{"psn_name":"张三丰","certno":"450102198001010014","medfee_sumamt":264.00}},'
    '"infcode":0,"err_msg":""}'
).encode()


def lines(**how: bool) -> dict[str, str]:
    """The answer's lines by what their field is called."""
    return {one.label: one.text.strip() for one in answers.shown("2207", ANSWER, **how)}


def test_amounts_stand_as_they_were_sent():
    assert lines(open_values=False)["医疗费总额"] == '"medfee_sumamt": 264.00'


@pytest.mark.requirement("RIG-04")
def test_persons_are_masked_unless_the_reader_may_see_them():
    masked, full = lines(open_values=False), lines(open_values=True)
    assert masked["人员姓名"] == '"psn_name": "张*丰",'
    assert "450102********0014" in masked["证件号码"]
    assert "张三丰" in full["人员姓名"]
    assert "450102198001010014" in full["证件号码"]


def test_the_answer_keeps_its_content_when_nothing_is_masked():
    text = "\n".join(one.text for one in answers.shown("2207", ANSWER, open_values=True))
    assert json.loads(text) == json.loads(ANSWER)


@pytest.mark.parametrize("answer", [b"not json", b"\xff\xfe", b""])
def test_what_is_no_json_is_shown_as_it_is(answer):
    (line,) = answers.shown("2207", answer, open_values=False)
    assert line.label == ""


def book(hours_ago: float, number: int) -> None:
    """A message so long ago."""
    at = NOW - timedelta(hours=hours_ago)
    Booking.objects.create(
        institution_code=HOSPITAL,
        infno="2201",
        msgid=f"{number:06d}",
        digest=number.to_bytes(32, "big"),
        reply_no=f"450100{at:%Y%m%d%H%M%S}{number:010d}",
        answer=b"{}",
        received_at=at,
    )


def latest(at: str = "") -> tuple[list[str], str, str]:
    found = queries.latest_bookings(institutions=None, before=NOW, at=at)
    return [row.msgid for row in found.rows], found.previous, found.next


@pytest.mark.usefixtures("db")
def test_the_latest_messages_are_found_however_long_ago_they_came():
    for number, hours_ago in enumerate((0.5, 20, 100, 500, 24 * 40), 1):
        book(hours_ago, number)
    assert latest()[0] == ["000001", "000002", "000003", "000004"]


@pytest.mark.usefixtures("db")
def test_pages_of_the_latest_messages_lead_on_and_back():
    for number in range(1, 121):
        book(number / 10, number)
    first, _, following = latest()
    second, back, last_mark = latest(following)
    assert (first[0], first[-1]) == ("000001", "000050")
    assert (second[0], second[-1]) == ("000051", "000100")
    assert latest(last_mark)[0][-1] == "000120"
    assert latest(back)[0] == first


@pytest.mark.usefixtures("db")
def test_sign_ons_come_the_newest_first_and_by_operator():
    for number in range(3):
        SignOn.objects.create(
            sign_no=f"S{number}",
            institution_code=HOSPITAL,
            operator_no=f"00{number % 2}",
            signed_on_at=NOW - timedelta(days=number),
        )
    assert [row.sign_no for row in queries.sign_ons(institution_code=HOSPITAL).rows] == ["S0", "S1", "S2"]
    assert [row.sign_no for row in queries.sign_ons(institution_code=HOSPITAL, operator_no="000").rows] == ["S0", "S2"]
    assert queries.sign_ons(institution_code="H45010000002").rows == []


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("operator_no", "index"), [("", "sign_on_latest"), ("001", "sign_on_operator")], ids=["everybody", "one operator"]
)
def test_no_list_of_sign_ons_is_sorted(operator_no, index):
    found = queries.sign_ons_of(institution_code=HOSPITAL, operator_no=operator_no)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = found.order_by(*queries.NEWEST_SIGN_ON_FIRST)[:51].explain()
    assert "Sort" not in plan
    assert index in plan
