"""2303 住院预结算, 2304 住院结算, 2305 住院结算撤销, with their A editions."""

from tongchou.encounters.care_types import STAYS
from tongchou.settlement import commands
from tongchou.settlement.api.visits import answer, asked, cancel_kinds
from tongchou.wire.numbers import flag, parse_wire_id
from tongchou.wire.registry import Call, transaction


@transaction("2303", "2303A")
def try_out(call: Call) -> bytes:
    """住院预结算 (2303): before or after the discharge."""
    wanted = call.input.data
    area, encounter = parse_wire_id(wanted.mdtrt_id)
    return commands.presettle(
        key=call.key,
        asked=asked(wanted, stay=True, interim=flag(wanted.mid_setl_flag)),
        area=area,
        encounter=encounter,
        batch=None,
        render=lambda settled: answer(call, settled),
    )


@transaction("2304", "2304A", booking=True)
def settle(call: Call) -> bytes:
    """住院结算 (2304); mid_setl_flag 1 settles a stay that goes on."""
    wanted = call.input.data
    area, encounter = parse_wire_id(wanted.mdtrt_id)
    return commands.settle_encounter(
        key=call.key,
        asked=asked(wanted, stay=True, interim=flag(wanted.mid_setl_flag)),
        area=area,
        encounter=encounter,
        batch=None,
        render=lambda settled: answer(call, settled),
    )


@transaction("2305", booking=True)
def cancel(call: Call) -> bytes:
    """住院结算撤销 (2305)."""
    return cancel_kinds(call, STAYS, "医疗机构住院退费(2305)")
