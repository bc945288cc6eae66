"""A message counts once; bookings stay."""

import json

import pytest
from django.db import connection, transaction

from tongchou.platform.tests.at_once import ended_at_once
from tongchou.wire import booking, commands, errors, registry
from tongchou.wire.booking import BookingKey
from tongchou.wire.models import Booking, SignOn
from tongchou.wire.tests.messages import AT, INSTITUTION, envelope, later, post, send_bytes

SIGN_IN = {"signIn": {"opter_no": "001"}}


@pytest.fixture
def access() -> None:
    commands.grant_access(institution_code=INSTITUTION)


@pytest.mark.requirement("SET-04")
@pytest.mark.django_db(transaction=True)
def test_the_same_message_at_once_is_one_booking_with_equal_answers(access: None) -> None:
    """C6."""
    answers = ended_at_once(*[lambda: send_bytes("9001", SIGN_IN)] * 8)
    assert all(isinstance(answer, bytes) for answer in answers)
    assert (len(answers), len(set(answers))) == (8, 1)
    assert (Booking.objects.count(), SignOn.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_the_members_of_the_envelope_that_change_with_every_try_do_not_matter(access: None) -> None:
    first = send_bytes("9001", SIGN_IN, inf_time="2026-03-02 09:30:14")
    assert send_bytes("9001", SIGN_IN, inf_time="2026-03-02 09:30:44", at=later(seconds=30)) == first


@pytest.mark.django_db
@pytest.mark.parametrize("changes", [{"msgid": "other"}, {"message": {"signIn": {"opter_no": "002"}}}])
def test_another_msgid_or_another_body_is_another_message(access: None, changes: dict[str, object]) -> None:
    first = send_bytes("9001", SIGN_IN)
    message = changes.get("message", SIGN_IN)
    members = {name: value for name, value in changes.items() if name != "message"}
    assert send_bytes("9001", message, at=later(seconds=1), **members) != first
    assert Booking.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    ["UPDATE wire_booking SET answer = ''", "UPDATE wire_booking SET msgid = 'x'", "DELETE FROM wire_booking",
     "TRUNCATE wire_booking"],
)  # fmt: skip
def test_a_booking_stays_as_it_is(access: None, change: str) -> None:
    send_bytes("9001", SIGN_IN)
    with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.django_db
def test_a_reversed_message_that_comes_again_is_told_so(access: None) -> None:
    send_bytes("9001", SIGN_IN)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE wire_booking SET reversed_at = now()")
    assert b"WI-3001" in send_bytes("9001", SIGN_IN)
    with connection.cursor() as cursor, pytest.raises(Exception, match="append-only"), transaction.atomic():
        cursor.execute("UPDATE wire_booking SET reversed_at = NULL")


@pytest.mark.django_db
def test_the_booking_names_message_operator_and_answer(access: None) -> None:
    answer = send_bytes("9001", SIGN_IN, opter="007")
    booked = Booking.objects.get()
    assert (booked.institution_code, booked.infno, booked.operator_no) == (INSTITUTION, "9001", "001")
    assert (bytes(booked.answer), booked.received_at) == (answer, AT)
    assert booked.reply_no in answer.decode()


@pytest.mark.django_db
def test_a_console_command_counts_once_per_request() -> None:
    key = BookingKey.of_console(request_id="r1", operator_no="007", operator="李医保", at=AT)
    statement = "SELECT wire_book(%s, %s, %s, %s, %s, '', NULL, NULL, %s, %s, %s)"

    def book(answer: bytes) -> bytes | None:
        institution, infno, msgid, digest, reply_no, operator_no, at = key.columns
        return booking.write(statement, [institution, infno, msgid, digest, reply_no, operator_no, answer, at], {})

    assert book(b"first") is None
    assert book(b"second") == b"first"
    assert booking.earlier_answer(key) == b"first"


@pytest.mark.django_db
def test_what_is_refused_is_not_booked_and_may_succeed_later(access: None) -> None:
    message = {"signOut": {"sign_no": "1", "opter_no": "001"}}
    assert b"WI-2008" in send_bytes("9002", message)
    assert not Booking.objects.exists()


@pytest.mark.django_db
def test_a_message_that_can_only_be_refused_is_not_mistaken_for_a_repeat(access: None) -> None:
    assert b"WI-2001" in post(json.dumps(envelope("9999", {})).encode())
    assert issubclass(errors.BookingUndone, errors.MessageRefused)
    assert registry.served()["9001"].booking
