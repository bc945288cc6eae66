"""What is served, and that every real client's message gets through."""

import json
from typing import Any

import pytest

from tongchou.wire import commands, conformance, numbers, registry, reversal, specification, structs
from tongchou.wire.tests.messages import INSTITUTION, envelope, post

QUERIES = {"1101", "1201", "1901", "2001", "2101", "2206", "2206A", "2303", "2303A"} | {f"520{n}" for n in range(1, 7)}


def test_every_transaction_of_the_specification_is_served() -> None:
    assert set(registry.served()) == set(specification.transactions())


def test_what_changes_something_is_booked_and_nothing_else() -> None:
    assert {infno for infno, served in registry.served().items() if not served.booking} == QUERIES


def test_what_may_be_reversed_can_be() -> None:
    reversible = {infno for infno, one in specification.transactions().items() if one.reversible}
    assert set(reversal.reversible()) == reversible
    assert reversible == {"2102", "2103", "2207", "2207A", "2208", "2304", "2304A", "2305", "2401"}


def test_second_editions_say_what_the_first_do() -> None:
    served = specification.transactions()
    for infno in ("2206", "2207", "2303", "2304"):
        assert (served[f"{infno}A"].input, served[f"{infno}A"].output) == (served[infno].input, served[infno].output)


def test_answers_have_the_members_of_the_specification_in_its_order() -> None:
    for infno, transaction in specification.transactions().items():
        out = structs.answers(infno)
        for node in transaction.output:
            if node.name != specification.ITSELF:
                assert getattr(out, node.name).__struct_fields__ == tuple(field.name for field in node.fields)


def test_an_answer_without_a_member_that_must_come_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="sign_no"):
        structs.answers("9001").signinoutb(sign_time="2026-03-02 09:30:15")


def foshan(message: dict[str, Any]) -> dict[str, Any]:
    return message | {"msgid": "20260302093015001234", "recer_admdvs": "440600", "sign_no": "680003", "infver": "V1.0"}


def shenzhen(message: dict[str, Any]) -> dict[str, Any]:
    return message | {"msgid": f"{INSTITUTION}20260302093015{7}01", "opter_type": 3, "signtype": "PRCSSC", "cainfo": ""}


def henan(message: dict[str, Any]) -> dict[str, Any]:
    return message | {"msgid": "260302093015-H41000000-0056", "dev_no": "null", "sign_no": None}


def python(message: dict[str, Any]) -> dict[str, Any]:
    return message | {"msgid": "0123456789abcdef0123456789abcd", "dev_safe_info": None, "infver": 1}


def jiangsu(message: dict[str, Any]) -> dict[str, Any]:
    return message | {"fixmedins_soft_fcty": "x", "enc_type": "SM4", "input": json.dumps(message["input"])}


def chongqing(message: dict[str, Any]) -> dict[str, Any]:
    return message | {"serv_code": "c", "serv_sign": "s", "app_id": "a", "devNo": "1", "dev_safeInfo": ""}


def typescript(message: dict[str, Any]) -> dict[str, Any]:
    return {name: message[name] for name in ("input", "fixmedins_code", "msgid", "infno")} | {"sign_no": "null"}


def go(message: dict[str, Any]) -> dict[str, Any]:
    return {**{name: message[name] for name in message if name != "input"}, "Input": message["input"]}


@pytest.mark.django_db
@pytest.mark.parametrize("client", [foshan, shenzhen, henan, python, jiangsu, chongqing, typescript, go])
def test_the_envelope_of_every_known_client_is_read(client: Any) -> None:
    commands.grant_access(institution_code=INSTITUTION)
    message = client(envelope("1901", {"data": {"type": "gend", "parentValue": "", "admdvs": "", "valiFlag": "1"}}))
    assert conformance.faults("1901", post(json.dumps(message).encode())) == []


@pytest.mark.parametrize(
    ("fen", "written"),
    [(0, b"0.00"), (5, b"0.05"), (3460, b"34.60"), (-337926, b"-3379.26"), (10**15 + 1, b"10000000000000.01")],
)
def test_fen_become_yuan_without_noise(fen: int, written: bytes) -> None:
    assert bytes(numbers.yuan(fen)) == written


@pytest.mark.parametrize("text", ["", "1", "45010018030000000000x", "４50100180300000000001", "4501001803000000000011"])
def test_an_id_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(numbers.NotOurId):
        numbers.parse_wire_id(text)


def test_an_id_of_the_wire_is_read_back() -> None:
    assert numbers.parse_wire_id(numbers.wire_id("450100", 180300000000001)) == ("450100", 180300000000001)


@pytest.mark.parametrize(
    ("text", "yes"), [("1", True), ("01", True), ("0", False), ("", False), (None, False), ("2", False)]
)
def test_a_flag_is_one_however_it_is_padded(text: str | None, yes: bool) -> None:
    assert numbers.flag(text) is yes
