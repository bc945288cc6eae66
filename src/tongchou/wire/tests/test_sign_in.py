"""9001 and 9002."""

import json

import pytest

from tongchou.wire import commands, conformance
from tongchou.wire.models import SignOn
from tongchou.wire.registry import Call, transaction
from tongchou.wire.tests.messages import INSTITUTION, later, send, send_bytes

pytestmark = pytest.mark.django_db

SIGN_IN = {"signIn": {"opter_no": "001", "mac": "00-00-00-00-00-00", "ip": "10.0.0.1"}}


@pytest.fixture(autouse=True)
def access() -> None:
    commands.grant_access(institution_code=INSTITUTION)


def test_signing_in_gives_a_number_in_every_node_that_clients_read() -> None:
    answer = send_bytes("9001", SIGN_IN)
    assert conformance.faults("9001", answer) == []
    output = json.loads(answer)["output"]
    assert output["signinoutb"] == output["result"]
    assert output["signinoutb"]["sign_time"] == "2026-03-02 09:30:15"
    assert SignOn.objects.get().sign_no == output["signinoutb"]["sign_no"]


def test_the_guangzhou_client_signs_in_with_node_data() -> None:
    message = {"data": {"userid": "1", "password": "x", "opter_no": "001", "mac": "", "ip": "", "currenttime": ""}}
    assert send("9001", message)["infcode"] == 0


def test_the_same_sign_in_twice_gets_the_same_answer() -> None:
    assert send_bytes("9001", SIGN_IN) == send_bytes("9001", SIGN_IN, at=later(seconds=3))
    assert SignOn.objects.count() == 1


def test_signing_out_closes_a_session_of_the_same_day_once() -> None:
    number = send("9001", SIGN_IN)["output"]["signinoutb"]["sign_no"]
    message = {"signOut": {"sign_no": number, "opter_no": "001"}}
    answer = send_bytes("9002", message, msgid="out1", at=later(hours=8))
    assert conformance.faults("9002", answer) == []
    assert json.loads(answer)["output"]["sign_time"] == "2026-03-02 17:30:15"
    assert send("9002", message, msgid="out2")["err_msg"].startswith("WI-2008")


def test_a_sign_in_of_yesterday_or_of_nobody_cannot_be_signed_out() -> None:
    number = send("9001", SIGN_IN)["output"]["signinoutb"]["sign_no"]
    for wrong, at in ((number, later(days=1)), ("1", later(hours=1))):
        message = {"signOut": {"sign_no": wrong, "opter_no": "001"}}
        assert send("9002", message, at=at)["err_msg"].startswith("WI-2008")


@pytest.fixture
def demanding() -> None:
    commands.grant_access(institution_code=INSTITUTION, sign_on_required=True)


def test_queries_never_need_a_sign_in(demanding: None) -> None:
    assert send("1901", {"data": {"type": "gend"}}, sign_no="null")["infcode"] == 0


def test_signing_in_needs_no_sign_in(demanding: None) -> None:
    assert send("9001", SIGN_IN)["infcode"] == 0


@pytest.mark.parametrize(("hours", "valid"), [(0, True), (24, True), (35, True), (37, False)])
def test_a_booking_needs_one_where_the_access_says_so(demanding: None, hours: int, valid: bool) -> None:
    number = send("9001", SIGN_IN)["output"]["signinoutb"]["sign_no"]
    message = {"data": {"psn_no": "1", "omsgid": "2", "oinfno": "2207"}}
    refusal = send("2601", message, sign_no=number, at=later(hours=hours))["err_msg"]
    assert refusal.startswith("WI-2007") is not valid


def test_a_signed_out_number_is_no_sign_in(demanding: None) -> None:
    number = send("9001", SIGN_IN)["output"]["signinoutb"]["sign_no"]
    send("9002", {"signOut": {"sign_no": number, "opter_no": "001"}}, sign_no=number)
    message = {"data": {"psn_no": "1", "omsgid": "2", "oinfno": "2207"}}
    assert send("2601", message, sign_no=number)["err_msg"].startswith("WI-2007")


def test_a_transaction_is_registered_once() -> None:
    def other(call: Call) -> bytes:
        raise AssertionError

    with pytest.raises(LookupError, match="9001"):
        transaction("9001")(other)
    with pytest.raises(LookupError, match="9999"):
        transaction("9999")(other)
