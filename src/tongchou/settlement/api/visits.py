"""2206 门诊预结算, 2207 门诊结算, 2208 门诊结算撤销, with their A editions."""

from typing import Any

from tongchou.encounters.api.reading import scheme_of
from tongchou.settlement import commands
from tongchou.settlement.api import answers
from tongchou.settlement.facts import Asked
from tongchou.settlement.outcome import Settled
from tongchou.wire import reversal
from tongchou.wire.booking import BookingKey
from tongchou.wire.numbers import flag, parse_wire_id
from tongchou.wire.registry import Call, transaction
from tongchou.wire.reversal import Booked

KINDS = frozenset({"outpatient", "chronic", "emergency"})


@transaction("2206", "2206A")
def try_out(call: Call) -> bytes:
    """门诊预结算 (2206)."""
    wanted = call.input.data
    area, encounter = parse_wire_id(wanted.mdtrt_id)
    return commands.presettle(
        key=call.key,
        asked=asked(wanted),
        area=area,
        encounter=encounter,
        batch=wanted.chrg_bchno,
        render=lambda settled: answer(call, settled),
    )


@transaction("2207", "2207A", booking=True)
def settle(call: Call) -> bytes:
    """门诊结算 (2207)."""
    wanted = call.input.data
    area, encounter = parse_wire_id(wanted.mdtrt_id)
    return commands.settle_encounter(
        key=call.key,
        asked=asked(wanted),
        area=area,
        encounter=encounter,
        batch=wanted.chrg_bchno,
        render=lambda settled: answer(call, settled),
    )


@transaction("2208", booking=True)
def cancel(call: Call) -> bytes:
    """门诊结算撤销 (2208)."""
    return cancel_kinds(call, KINDS, "医疗机构门诊退费(2208)")


def cancel_kinds(call: Call, kinds: frozenset[str], reason: str) -> bytes:
    """结算撤销 of settlements of these kinds."""
    wanted = call.input.data
    area, settlement = parse_wire_id(wanted.setl_id)
    _, encounter = parse_wire_id(wanted.mdtrt_id)
    return commands.cancel_settlement(
        key=call.key,
        area=area,
        settlement=settlement,
        person_no=wanted.psn_no,
        encounter=encounter,
        kinds=kinds,
        reason=reason,
        render=lambda settled: answer(call, settled),
    )


def answer(call: Call, settled: Settled) -> bytes:
    """结算信息 and 基金分项信息."""
    out = call.out
    output = out.output(setlinfo=answers.setlinfo(out, settled), setldetail=answers.setldetail(out, settled))
    return call.answer(output, warning=settled.reason or None)


def asked(wanted: Any, *, stay: bool = False, interim: bool = False) -> Asked:
    """What the message asks. Raises: UnknownScheme."""
    return Asked(
        person_no=wanted.psn_no,
        total_fen=wanted.medfee_sumamt,
        scheme=None if wanted.insutype is None else scheme_of(wanted.insutype),
        use_account=flag(wanted.acct_used_flag),
        interim=interim,
        stay=stay,
        credential_type=wanted.mdtrt_cert_type,
        invoice_no=getattr(wanted, "invono", None) or "",
    )


@reversal.reverser("2102", "2103", "2207", "2207A", "2208", "2304", "2304A", "2305")
def undo(booked: Booked, key: BookingKey, answer: bytes) -> bytes | None:
    """冲正 (2601) of a settlement or of its cancellation."""
    assert booked.settlement_id is not None
    return commands.annul_settlement(
        key=key, settlement=booked.settlement_id, person_no=booked.person_no, answer=answer
    )
