"""2001 人员待遇享受检查."""

from datetime import date
from typing import Any, Final

from tongchou.encounters.api.reading import scheme_of
from tongchou.encounters.care_types import CARE_TYPES
from tongchou.settlement import rules
from tongchou.settlement.eligibility import Eligibility, eligibility
from tongchou.wire.registry import Call, transaction

FUND_CHECK: Final = "01"
YES, NO = "1", "0"
UNLISTED: Final = "unlisted"


@transaction("2001")
def check(call: Call) -> bytes:
    """人员待遇享受检查 (2001): whether the pool pays for this person, kind and institution on that day."""
    wanted, out = call.input.data, call.out
    care = CARE_TYPES.get(wanted.med_type)
    scheme = scheme_of(wanted.insutype)
    found = eligibility(
        wanted.psn_no,
        scheme=scheme,
        kind=care.kind if care else UNLISTED,
        institution_code=wanted.fixmedins_code or call.institution_code,
        on=wanted.begntime.date(),
    )
    row = _row(out, found, wanted.psn_no, scheme, wanted.begntime.date())
    return call.answer(out.output(trtinfo=[row]))


def _row(out: Any, found: Eligibility, person_no: str, scheme: str, on: date) -> Any:
    return out.trtinfo(
        psn_no=person_no,
        trt_chk_type=FUND_CHECK,
        fund_pay_type=rules.FUND_CODES[scheme]["basic"],
        trt_enjymnt_flag=YES if found.eligible else NO,
        begndate=found.start or on,
        enddate=found.last_day,
        trt_chk_rslt=found.words,
    )
