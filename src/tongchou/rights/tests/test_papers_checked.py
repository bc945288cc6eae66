"""Every printed paper with a code can be checked by whoever holds it (文书验真; ORG-21, RIG-02)."""

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import InternalError, ProgrammingError, transaction
from django.test import Client

from tongchou.contributions.counter import commands as counter
from tongchou.contributions.tests.conftest import rates as rates
from tongchou.contributions.tests.test_counter import NOW as TAKEN
from tongchou.contributions.tests.test_counter import desk as desk
from tongchou.contributions.tests.test_once_owed_pages import seat as seat
from tongchou.enrolment.tests.conftest import clerk as clerk
from tongchou.enrolment.tests.conftest import enrol as enrol
from tongchou.enrolment.tests.conftest import hire as hire
from tongchou.enrolment.tests.conftest import quick_hashing as quick_hashing
from tongchou.enrolment.tests.conftest import tree as tree
from tongchou.platform import papers, queries
from tongchou.rights import commands
from tongchou.rights.commands.verifying import MISSED, MISSES, NoSuchPaper, TooManyChecks

NOW = datetime(2018, 5, 7, 2, tzinfo=UTC)
IssuedPaper = apps.get_model("platform", "IssuedPaper")
CODE = "ABCD-EFGH-IJKL"
PAPER = papers.Issued(
    code=CODE,
    title="收件回执",
    number="450102-2018-SJ-000001",
    agency="桂宁市医疗保障局",
    object_kind="receipt",
    object_key="450102-2018-SJ-000001",
    told=(("申请人", "韦*"), ("受理日期", "2018-05-07"), ("电话", "")),
)


@pytest.fixture
def printed(db):
    papers.keep(PAPER, now=NOW)


@pytest.mark.requirement("RIG-02")
@pytest.mark.requirement("ORG-21")
@pytest.mark.article("GX2017 §19")
@pytest.mark.parametrize("typed", [CODE, "abcdefghijkl", " abcd efgh-IJKL "])
def test_a_paper_is_found_by_its_code_however_it_is_typed(printed, typed):
    found = commands.verify(typed, address="10.0.0.1", now=NOW)
    assert isinstance(found, papers.Checked)
    assert (found.title, found.number, found.issued_on.isoformat()) == ("收件回执", PAPER.number, "2018-05-07")
    assert found.told == (("申请人", "韦*"), ("受理日期", "2018-05-07"))
    assert found.ended == ""


@pytest.mark.requirement("RIG-02")
def test_a_wrong_code_tells_nothing_and_guessing_is_stopped(printed):
    for wrong in ("", "ABCD-EFGH-IJK", "ABCD-EFGH-IJKM", PAPER.number, "%", "ABCDEFGHIJKLMNOP"):
        assert papers.checked(wrong) is None
    for _ in range(MISSES):
        with pytest.raises(NoSuchPaper) as refused:
            commands.verify("ABCD-EFGH-IJKM", address="10.0.0.2", now=NOW)
        assert "回执" not in refused.value.sentence
    with pytest.raises(TooManyChecks):
        commands.verify(CODE, address="10.0.0.2", now=NOW)
    assert queries.count_in_trail("verification_address", "10.0.0.2", MISSED) == MISSES


def test_a_reprint_is_kept_once_and_nothing_kept_is_changed(printed):
    papers.keep(PAPER, now=NOW)
    assert IssuedPaper.objects.count() == 1
    for change in (lambda: IssuedPaper.objects.update(title="x"), lambda: IssuedPaper.objects.all().delete()):
        with pytest.raises((ProgrammingError, InternalError), match="append-only"), transaction.atomic():
            change()


def test_a_chapter_has_one_reader_for_its_papers():
    with pytest.raises(ValueError, match="counter_receipt"):
        papers.ended_by("counter_receipt", lambda key: key)


@pytest.mark.requirement("CON-14")
@pytest.mark.requirement("RIG-02")
@pytest.mark.article("GX2017 §19")
def test_a_receipt_of_the_counter_is_checked_by_a_stranger_until_it_is_undone(
    desk,
    enrol,
    seat,
    monkeypatch,
):
    monkeypatch.setattr("tongchou.platform.web.access.now", lambda: TAKEN)
    person = enrol(name="韦小丽", enrolled_on=TAKEN.date().replace(year=2014), now=TAKEN).person
    made = desk.take(person.pk)
    paper = seat(desk.clerk).get(f"/contributions/counter/receipts/{made.number}.pdf")
    assert paper.content[:4] == b"%PDF"
    code = IssuedPaper.objects.get().code
    stranger = Client()
    told = stranger.get("/public/verify/", {"c": code}).content.decode()
    assert all(text in told for text in ("韦*丽", made.number, "180.00", "2018-04-30"))
    assert "韦小丽" not in told
    assert person.certificate_no not in told
    assert "查无此件" in stranger.post("/public/verify/", {"code": "ABCD-EFGH-IJKM"}).content.decode()
    counter.ask_cancel(number=made.number, reason="刷错卡", operator=desk.clerk, now=TAKEN)
    counter.confirm_cancel(number=made.number, operator=desk.second, now=TAKEN)
    assert "收款已于当日撤销" in stranger.get("/public/verify/", {"c": code}).content.decode()
