"""What was refused is counted by day, institution, transaction and code, beside the answer and not before it."""

import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.utils import DataError

from tongchou.wire import commands, errors, jobs, moments, queries, refusals
from tongchou.wire.models import Refusal, RefusalDay
from tongchou.wire.refusals import Refused, Tally, Writer
from tongchou.wire.tests.messages import AT, INSTITUTION, post, send

TODAY = AT.date()
STRANGER = "H99999999999"


@pytest.fixture
def tally(monkeypatch: pytest.MonkeyPatch) -> Tally:
    """A tally of the test's own."""
    fresh = Tally()
    monkeypatch.setattr(refusals, "tally", fresh)
    return fresh


@pytest.fixture
def hospital(db: None) -> str:
    commands.grant_access(institution_code=INSTITUTION)
    return INSTITUTION


def refused(number: int = 1, **what: Any) -> Refused:
    """A refusal at the moment of the tests."""
    said = {"institution_code": INSTITUTION, "infno": "2201", "code": "EC-1001", "reason": "不能登记"} | what
    told = {"received_at": AT, "msgid": f"M{number}", "operator_no": "001"} | said
    return Refused(reply_no=f"450100{number:024d}", **told)


def days() -> dict[tuple[str, str, str], int]:
    return {(one.institution_code, one.infno, one.code): one.refusals for one in RefusalDay.objects.all()}


@pytest.mark.requirement("SET-04")
def test_a_refused_message_is_counted_and_kept_with_its_reason(hospital: str, tally: Tally) -> None:
    answer = send("1901", {"data": {"type": "no_such_table"}})
    assert tally.write() == 1
    code = answer["err_msg"].split()[0]
    assert days() == {(INSTITUTION, "1901", code): 1}
    (kept,) = Refusal.objects.all()
    assert (kept.reply_no, kept.received_at, kept.operator_no) == (answer["inf_refmsgid"], AT, "001")
    assert answer["err_msg"] == f"{kept.code} {kept.reason}"


def test_a_message_that_is_done_is_not_counted(hospital: str, tally: Tally) -> None:
    send("1901", {"data": {"type": "gend", "parentValue": "", "admdvs": "", "valiFlag": "1"}})
    assert tally.write() == 0


@pytest.mark.usefixtures("hospital")
@pytest.mark.parametrize(
    ("body", "code", "infno"),
    [
        (b"", errors.EmptyMessage.code, ""),
        (b"{", errors.NotJson.code, ""),
    ],
    ids=["empty", "no JSON"],
)
def test_what_is_no_message_counts_without_a_sender(body: bytes, code: str, infno: str, tally: Tally) -> None:
    post(body)
    tally.write()
    assert days() == {("", infno, code): 1}


def test_a_transaction_that_is_not_ours_counts_with_its_sender(hospital: str, tally: Tally) -> None:
    send("7777", {})
    tally.write()
    assert days() == {(INSTITUTION, "", errors.UnknownTransaction.code): 1}


@pytest.mark.django_db
def test_senders_nobody_knows_count_together(tally: Tally) -> None:
    for number in range(3):
        tally.note(refused(number, institution_code=f"H{number:011d}", code=errors.UnknownInstitution.code))
    tally.write()
    assert days() == {("", "2201", errors.UnknownInstitution.code): 3}
    assert {one.institution_code for one in Refusal.objects.all()} == {""}


def test_what_is_written_twice_adds_up(hospital: str, tally: Tally) -> None:
    for number in range(5):
        tally.note(refused(number))
        if number % 2:
            tally.write()
    tally.write()
    assert days() == {(INSTITUTION, "2201", "EC-1001"): 5}
    assert Refusal.objects.count() == 5


def test_a_flood_is_counted_whole_and_kept_in_part(
    hospital: str, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "KEPT_EACH_DAY", 3)
    monkeypatch.setattr(refusals, "MOST_KEPT", 2)
    for number in range(20):
        tally.note(refused(number))
        if number % 4 == 3:
            tally.write()
    assert days() == {(INSTITUTION, "2201", "EC-1001"): 20}
    assert Refusal.objects.count() == 2


def test_invented_names_beyond_a_number_count_as_nobody(
    hospital: str, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "MOST_KEYS", 2)
    tally.note(refused())
    for number in range(10):
        tally.note(refused(number, institution_code=f"H{number:011d}"))
    tally.note(refused())
    tally.write()
    assert days() == {(INSTITUTION, "2201", "EC-1001"): 2, ("", "2201", "EC-1001"): 10}


@pytest.mark.requirement("RIG-04")
def test_numbers_of_persons_are_masked_before_they_are_kept(hospital: str, tally: Tally) -> None:
    tally.note(refused(reason="证件号码450102198001010014、电话13800138000不符,就诊450100180400000000001"))
    tally.write()
    assert Refusal.objects.get().reason == "证件号码450102********0014、电话138****8000不符,就诊450100180400000000001"


def test_what_no_database_can_hold_is_left_out(hospital: str, tally: Tally) -> None:
    tally.note(refused(msgid="M\x001\ud800", reason="x" * 400))
    tally.write()
    kept = Refusal.objects.get()
    assert (kept.msgid, len(kept.reason)) == ("M1?", 300)


def test_while_the_database_is_away_the_counts_wait(
    hospital: str, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    tally.note(refused())

    def away() -> Any:
        raise OperationalError("the database is away")

    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", away)
        with pytest.raises(OperationalError):
            tally.write()
    tally.note(refused(2))
    assert tally.write() == 2
    assert Refusal.objects.count() == 2


@pytest.mark.django_db
def test_what_the_database_will_never_take_is_not_tried_again(tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    tally.note(refused())

    def unfit() -> Any:
        raise DataError("no such value")

    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", unfit)
        with pytest.raises(DataError):
            tally.write()
    assert tally.write() == 0


def test_the_writer_writes_while_it_runs_and_once_more_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    written = threading.Event()
    calls: list[int] = []

    class Noted(Tally):
        def write(self) -> int:
            calls.append(1)
            written.set()
            if len(calls) == 1:
                raise OperationalError("not yet")
            return 0

    monkeypatch.setattr(refusals.log, "warning", lambda *_, **__: None)
    writer = Writer(Noted(), seconds=0.001)
    writer.start()
    assert written.wait(10)
    writer.stop()
    assert len(calls) >= 2


@pytest.mark.django_db
def test_refused_messages_are_forgotten_after_two_months_and_their_number_is_not(hospital: str, tally: Tally) -> None:
    tally.note(refused(1))
    tally.note(refused(2, received_at=AT - timedelta(days=70)))
    tally.write()
    jobs.clear_refusals(AT)
    assert [one.msgid for one in Refusal.objects.all()] == ["M1"]
    assert [one.refusals for one in RefusalDay.objects.all()] == [1, 1]


def count(day: date, code: str, infno: str, institution: str, number: int) -> None:
    RefusalDay.objects.create(day=day, code=code, infno=infno, institution_code=institution, refusals=number)


@pytest.fixture
def month(db: None) -> None:
    count(TODAY, "EC-1001", "2201", INSTITUTION, 7)
    count(TODAY, "EC-1002", "2204", "H45010000002", 2)
    count(TODAY - timedelta(days=1), "EC-1001", "2201", "H45010000002", 4)
    count(TODAY - timedelta(days=40), "EC-1001", "2201", INSTITUTION, 100)
    count(TODAY, "WI-1002", "", "", 5)


ALL = {"since": TODAY - timedelta(days=30), "until": TODAY + timedelta(days=1)}


@pytest.mark.usefixtures("month")
def test_the_same_refusals_are_told_by_day_code_transaction_and_institution(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        found = queries.refusal_figures(institutions=None, **ALL)
    assert found.refusals == 18
    assert list(found.by_day.items()) == [(TODAY - timedelta(days=1), 4), (TODAY, 14)]
    assert list(found.by_code.items()) == [("EC-1001", 11), ("WI-1002", 5), ("EC-1002", 2)]
    assert list(found.by_infno.items()) == [("2201", 11), ("", 5), ("2204", 2)]
    assert list(found.by_institution.items()) == [(INSTITUTION, 7), ("H45010000002", 6), ("", 5)]


@pytest.mark.usefixtures("month")
def test_figures_keep_to_what_the_reader_may_see_and_asked_for() -> None:
    assert queries.refusal_figures(institutions=[INSTITUTION], **ALL).refusals == 7
    assert queries.refusal_figures(institutions=[], **ALL).refusals == 0
    assert queries.refusal_figures(institutions=None, code="EC-1002", **ALL).by_infno == {"2204": 2}
    assert queries.refusal_figures(institutions=None, infno="2201", institution_code=INSTITUTION, **ALL).refusals == 7


@pytest.mark.usefixtures("month")
def test_groups_come_the_most_frequent_first() -> None:
    groups = queries.refusal_groups(institutions=None, limit=2, **ALL)
    assert [(one.code, one.institution_code, one.refusals) for one in groups] == [
        ("EC-1001", INSTITUTION, 7),
        ("WI-1002", "", 5),
    ]


def test_refused_messages_come_the_newest_first_page_by_page(hospital: str, tally: Tally) -> None:
    for number in range(60):
        tally.note(refused(number, received_at=AT - timedelta(minutes=number)))
    tally.write()
    midnight = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=moments.SHANGHAI)
    asked = {"institutions": None, "since": midnight, "until": midnight + timedelta(days=1)}
    first = queries.refusals(**asked)
    second = queries.refusals(at=first.next, **asked)
    assert (first.rows[0].msgid, first.rows[-1].msgid) == ("M0", "M49")
    assert (second.rows[0].msgid, second.rows[-1].msgid) == ("M50", "M59")
    assert queries.refusals(at=second.previous, **asked).rows == first.rows
    assert queries.refusals(infno="2204", **asked).rows == []


def test_an_envelope_that_names_a_stranger_is_refused_and_counted(hospital: str, tally: Tally) -> None:
    send("2201", {}, fixmedins_code=STRANGER)
    tally.write()
    assert days() == {("", "2201", errors.UnknownInstitution.code): 1}
