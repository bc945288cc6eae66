"""What holds when messages come at the same instant; every thread commits for real."""

from typing import Any

import pytest

from tongchou.encounters.tests import world
from tongchou.platform.tests.at_once import ended_at_once

pytestmark = [pytest.mark.django_db(transaction=True)]

AT_ONCE = 6


def posts(*messages: bytes) -> list[bytes]:
    """The answers to messages that come together, in their order."""
    return ended_at_once(*[lambda message=message: world.post(message) for message in messages])


@pytest.mark.requirement("SET-04")
def test_the_same_registration_at_once_is_one_with_equal_answers(who: world.Person) -> None:
    """C6."""
    answers = posts(*[world.message("2201", world.visit_body(who))] * AT_ONCE)
    assert len(set(answers)) == 1
    assert b'"infcode":0' in answers[0]
    assert world.snapshot() == {**world.snapshot(), "encounters.Encounter": 1, "wire.Booking": 1}


@pytest.mark.requirement("SET-04")
def test_the_same_lines_at_once_are_stored_once_with_equal_answers(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    message = world.message("2204", {"feedetail": [world.line(who, mdtrt_id) for _ in range(5)]})
    answers = posts(*[message] * AT_ONCE)
    assert len(set(answers)) == 1
    assert len(world.lines_of(mdtrt_id)) == 5


@pytest.mark.requirement("ENC-06")
def test_the_same_serials_in_different_messages_at_once_are_stored_once(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    line = world.line(who, mdtrt_id)
    answers = posts(*(world.message("2204", {"feedetail": [line]}) for _ in range(AT_ONCE)))
    assert all(b'"infcode":0' in answer for answer in answers)
    assert sum("重复已忽略".encode() in answer for answer in answers) == AT_ONCE - 1
    assert len(world.lines_of(mdtrt_id)) == 1


@pytest.mark.requirement("ENC-11")
def test_two_hospitals_admit_one_person_at_once_and_one_is_refused(who: world.Person) -> None:
    hospitals = (world.H1, world.H2) * 2
    answers = posts(*(world.message("2401", world.stay_body(who), institution=code) for code in hospitals))
    assert sum(b'"infcode":0' in answer for answer in answers) == 1
    assert sum("在院状态".encode() in answer for answer in answers) == len(hospitals) - 1


def test_cancelling_and_uploading_at_once_leave_no_line_of_a_cancelled_visit(who: world.Person) -> None:
    for _ in range(4):
        mdtrt_id = world.visit(who)
        cancel = {"data": {"mdtrt_id": mdtrt_id, "psn_no": who.number, "ipt_otp_no": "MZ0001"}}
        uploads = [world.message("2204", {"feedetail": [world.line(who, mdtrt_id, chrg_bchno=b)]}) for b in "123"]
        answers = posts(world.message("2202", cancel), *uploads)
        assert b'"infcode":0' in answers[0]
        assert (world.row_of(mdtrt_id).state, world.lines_of(mdtrt_id)) == ("cancelled", [])
        assert all(b'"infcode":0' in answer or b"EC-2003" in answer for answer in answers[1:])


def test_uploads_to_one_stay_at_once_are_all_there(who: world.Person) -> None:
    mdtrt_id = world.stay(who)
    bodies: list[Any] = [{"feedetail": [world.line(who, mdtrt_id) for _ in range(10)]} for _ in range(AT_ONCE)]
    answers = posts(*(world.message("2301", body) for body in bodies))
    assert all(b'"infcode":0' in answer for answer in answers)
    assert len(world.lines_of(mdtrt_id)) == 10 * AT_ONCE
    assert sum(batch.total_fen for batch in world.batches_of(mdtrt_id)) == 1000 * 10 * AT_ONCE


def test_the_same_reversal_at_once_is_one_with_equal_answers(who: world.Person) -> None:
    world.done("2401", world.stay_body(who), msgid="LOST")
    body = {"data": {"psn_no": who.number, "omsgid": "LOST", "oinfno": "2401"}}
    answers = posts(*[world.message("2601", body)] * AT_ONCE)
    assert len(set(answers)) == 1
    assert b'"infcode":0' in answers[0]


def test_a_message_survives_the_loss_of_its_connection(who: world.Person) -> None:
    """The server cut every connection meanwhile: the message opens a new one and is booked once."""
    mdtrt_id = world.visit(who)
    (backend,) = world.query("SELECT pg_backend_pid()")[0]
    assert ended_at_once(lambda: world.query("SELECT pg_terminate_backend(%s)", backend)[0][0]) == [True]
    world.upload(who, mdtrt_id)
    assert len(world.lines_of(mdtrt_id)) == 1
