"""A settlement in the words of the wire (结算信息): amounts in yuan, the identities of the interface kept to the fen.

`medfee_sumamt = fund_pay_sumamt + psn_part_amt + hosp_part_amt`, the fund columns sum to `fund_pay_sumamt`, and
`setldetail` lists every fund with the personal account.
"""

from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final

import msgspec

from tongchou.encounters.care_types import INSUTYPES
from tongchou.fund.states import FundCode
from tongchou.kernel.money import yuan_text
from tongchou.kernel.months import age_on
from tongchou.policy.rounding import PPM, percent_text
from tongchou.settlement.facts import Person
from tongchou.settlement.outcome import Settled
from tongchou.wire import moments
from tongchou.wire.numbers import wire_id, yuan

ZERO: Final = yuan(0)
NO: Final = "0"

FUND_FIELDS: Final[Mapping[str, str]] = {
    FundCode.EMPLOYEE_POOL: "hifp_pay",
    FundCode.EMPLOYEE_OUTPATIENT: "hifp_pay",
    FundCode.RESIDENT_POOL: "hifp_pay",
    FundCode.RESIDENT_OUTPATIENT: "hifp_pay",
    FundCode.EMPLOYEE_SUPPLEMENTARY: "hifes_pay",
    FundCode.CATASTROPHIC: "hifmi_pay",
    FundCode.EMPLOYEE_CATASTROPHIC: "hifmi_pay",
    FundCode.SUPPLEMENTARY: "hifmi_pay",
    FundCode.LARGE_AMOUNT: "hifob_pay",
    FundCode.ASSISTANCE: "maf_pay",
    FundCode.PROJECT: "oth_pay",
    FundCode.PERSONAL_ACCOUNT: "acct_pay",
}
"""基金支付类型 → the column it is shown in (interface notes §9)."""

PERSON_TYPES: Final[Mapping[str, str]] = {
    "newborn": "1401",
    "child": "14",
    "student": "1403",
    "adult": "15",
    "senior": "16",
    "working": "11",
    "retired": "12",
}
"""人员类别 of the register → psn_type."""
SEXES: Final[Mapping[str, str]] = {"M": "1", "F": "2"}
CLEARING_TYPES: Final[Mapping[str, str]] = {
    "outpatient": "11",
    "emergency": "13",
    "chronic": "14",
    "inpatient": "21",
    "home_bed": "21",
    "day_surgery": "28",
    "maternity": "53",
    "pharmacy": "41",
}
"""医疗类别 of the packages → clr_type."""
BY_ITEM: Final = "1"
"""清算方式: by item."""


def setlinfo(out: SimpleNamespace, settled: Settled) -> Any:
    """结算信息 with the members that the transaction has, in its order."""
    known = {**person_values(settled.person, settled.settled_at), **_values(settled)}
    struct = out.setlinfo
    return struct(**{name: known[name] for name in struct.__struct_fields__ if name in known})


def setldetail(out: SimpleNamespace, settled: Settled, process: Mapping[str, str] | None = None) -> list[Any]:
    """基金分项信息: what each fund pays, the personal account among them; one row tells how it came to be."""
    told = process or {}
    in_scope = yuan(settled.columns["in_scope_fen"])
    codes = sorted(settled.funds)
    telling = next((code for code in codes if FUND_FIELDS[code] == "hifp_pay"), codes[0] if codes else "")
    return [
        out.setldetail(
            fund_pay_type=code,
            inscp_scp_amt=in_scope,
            crt_payb_lmt_amt=yuan(paid),
            fund_payamt=yuan(paid),
            fund_pay_type_name=FundCode(code).label,
            setl_proc_info=told.get(code) or (process_in_short(settled) if code == telling else ""),
        )
        for code in codes
        for paid in (settled.funds[code],)
    ]


_LAYER_NAMES: Final = (
    ("公共卫生专项支付", "project_paid_fen"),
    ("基本统筹支付", "pool_paid_fen"),
    ("大病保险支付", "catastrophic_paid_fen"),
    ("补充保险支付", "supplementary_paid_fen"),
    ("大额互助支付", "large_amount_paid_fen"),
    ("医疗救助支付", "assistance_paid_fen"),
    ("个人账户支付", "account_paid_fen"),
)


def process_in_short(settled: Settled) -> str:
    """结算过程 of the whole bill by layer, in a few words; the whole computation is told by 5203 (BEN-40)."""
    columns = settled.columns
    if not settled.parts:
        return ""
    layers = "".join(
        f'{{"名称":"{name}","金额":"{yuan_text(columns[column])}"}},'
        for name, column in _LAYER_NAMES
        if columns[column]
    )
    return (
        f'[{{"名称":"医疗费总额","金额":"{yuan_text(columns["total_fen"])}"}},'
        f'{{"名称":"起付线","金额":"{yuan_text(columns["deductible_fen"])}"}},'
        f'{{"名称":"统筹支付比例","比例":"{percent_text(settled.ratio_ppm)}"}},{layers}'
        f'{{"名称":"个人现金支付","金额":"{yuan_text(columns["cash_fen"])}"}}]'
    )


def person_values(person: Person, at: datetime) -> dict[str, Any]:
    """人员信息 as every settlement answer shows it."""
    return {
        "psn_no": person.person_no,
        "psn_name": person.name,
        "psn_cert_type": person.certificate_type,
        "certno": person.certificate_no,
        "gend": SEXES.get(person.sex, "9"),
        "naty": person.ethnicity,
        "brdy": person.born_on,
        "age": age_on(person.born_on, at.astimezone(moments.SHANGHAI).date()),
        "psn_type": PERSON_TYPES.get(person.category or "", "15"),
        "cvlserv_flag": NO,
    }


def amount_values(columns: Mapping[str, int], funds: Mapping[str, int], ratio_ppm: int) -> dict[str, Any]:
    """金额 of a settlement in yuan."""
    fields = dict.fromkeys(FUND_FIELDS.values(), 0)
    for code, paid in funds.items():
        fields[FUND_FIELDS[code]] += paid
    cash = yuan(columns["cash_fen"])
    return {
        **{name: yuan(paid) for name, paid in fields.items()},
        "medfee_sumamt": yuan(columns["total_fen"]),
        "fulamt_ownpay_amt": yuan(columns["own_expense_fen"]),
        "overlmt_selfpay": yuan(columns["over_price_fen"]),
        "preselfpay_amt": yuan(columns["pre_self_pay_fen"]),
        "inscp_scp_amt": yuan(columns["in_scope_fen"]),
        "act_pay_dedc": yuan(columns["deductible_fen"]),
        "pool_prop_selfpay": ratio(ratio_ppm),
        "cvlserv_pay": ZERO,
        "hifdm_pay": ZERO,
        "fund_pay_sumamt": yuan(columns["fund_paid_fen"]),
        "psn_part_amt": yuan(columns["person_share_fen"]),
        "psn_pay": yuan(columns["person_share_fen"]),
        "psn_cash_pay": cash,
        "pdn_cash_pay": cash,
        "cash_payamt": cash,
        "hosp_part_amt": ZERO,
        "acct_mulaid_pay": ZERO,
    }


def ratio(ratio_ppm: int) -> msgspec.Raw:
    """统筹支付比例 with four decimals, half up: 675550 → `0.6756`."""
    ten_thousandths = (2 * ratio_ppm + PPM // 10_000) // (2 * (PPM // 10_000))
    return msgspec.Raw(f"{ten_thousandths // 10_000}.{ten_thousandths % 10_000:04d}".encode())


def _values(settled: Settled) -> dict[str, Any]:
    area = settled.pooling_area
    encounter = wire_id(area, settled.encounter_id) if settled.encounter_id else ""
    return {
        **amount_values(settled.columns, settled.funds, settled.ratio_ppm),
        "mdtrt_id": encounter,
        "setl_id": "" if settled.settlement_id is None else wire_id(area, settled.settlement_id),
        "insutype": INSUTYPES[settled.scheme],
        "setl_time": moments.written(settled.settled_at),
        "mdtrt_cert_type": settled.credential_type,
        "med_type": settled.care_type,
        "balc": yuan(settled.balance_fen),
        "medins_setl_id": settled.msgid,
        "clr_optins": area,
        "clr_way": BY_ITEM,
        "clr_type": CLEARING_TYPES[settled.kind],
    }
