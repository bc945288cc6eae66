"""2101 药店预结算, 2102 药店结算, 2103 药店结算撤销."""

from typing import Any

from tongchou.encounters.api.charges import split_row
from tongchou.encounters.api.reading import scheme_of
from tongchou.encounters.care_types import CARE_TYPES
from tongchou.encounters.facts import Line, Rated
from tongchou.kernel.errors import DomainError
from tongchou.settlement import commands
from tongchou.settlement.api import answers
from tongchou.settlement.api.visits import cancel_kinds
from tongchou.settlement.commands import Purchase
from tongchou.settlement.facts import Asked
from tongchou.settlement.outcome import Settled
from tongchou.wire import moments
from tongchou.wire.numbers import flag
from tongchou.wire.registry import Call, transaction

KINDS = frozenset({"pharmacy"})
ONE_BATCH = "1"
"""A purchase names no batch; its lines are one."""


class NotForPharmacies(DomainError):
    code = "ST-1101"
    message = "医疗类别(med_type)“{care_type}”不能用于药店购药"
    citation = "NM-ACCT §11"


@transaction("2101")
def try_out(call: Call) -> bytes:
    """药店预结算 (2101)."""
    return commands.presettle_purchase(
        key=call.key, asked=_asked(call), purchase=_purchase(call), render=lambda settled: _answer(call, settled)
    )


@transaction("2102", booking=True)
def settle(call: Call) -> bytes:
    """药店结算 (2102)."""
    return commands.settle_purchase(
        key=call.key, asked=_asked(call), purchase=_purchase(call), render=lambda settled: _answer(call, settled)
    )


@transaction("2103", booking=True)
def cancel(call: Call) -> bytes:
    """药店结算撤销 (2103)."""
    return cancel_kinds(call, KINDS, "药店退货(2103)")


def _asked(call: Call) -> Asked:
    wanted = call.input.druginfo
    return Asked(
        person_no=wanted.psn_no,
        total_fen=wanted.medfee_sumamt,
        scheme=scheme_of(wanted.insutype),
        use_account=flag(wanted.acct_used_flag),
        credential_type=wanted.mdtrt_cert_type,
        invoice_no=getattr(wanted, "invono", None) or "",
    )


def _purchase(call: Call) -> Purchase:
    """Raises: NotForPharmacies."""
    wanted = call.input.druginfo
    care = CARE_TYPES.get(wanted.med_type)
    if care is None or care.kind not in KINDS:
        raise NotForPharmacies(care_type=wanted.med_type)
    return Purchase(
        began_at=moments.aware(wanted.begntime),
        care_type=wanted.med_type,
        kind=care.kind,
        disease_code=wanted.dise_codg or "",
        lines=[_line(row) for row in call.input.drugdetail],
    )


def _line(row: Any) -> Line:
    return Line(
        serial=row.feedetl_sn,
        batch_no=ONE_BATCH,
        item_code=row.med_list_codg,
        institution_item_code=row.medins_list_codg,
        served_at=moments.aware(row.fee_ocur_time),
        quantity=row.cnt,
        unit_price=row.pric,
        amount_fen=row.det_item_fee_sumamt,
        approved="",
        physician_code=row.bilg_dr_codg or "",
        department_code="",
        prescription_no=row.rxno or "",
    )


def _split(struct: Any, rated: Rated) -> Any:
    """明细分割信息 with the members that the transaction has."""
    known = {**split_row(rated), "hosp_part_amt": answers.ZERO}
    return struct(**{name: known[name] for name in struct.__struct_fields__ if name in known})


def _answer(call: Call, settled: Settled) -> bytes:
    out = call.out
    output = out.output(
        setlinfo=answers.setlinfo(out, settled),
        setldetail=answers.setldetail(out, settled),
        detlcutinfo=[_split(out.detlcutinfo, rated) for rated in settled.lines],
    )
    return call.answer(output, warning=settled.reason or None)
