"""2001 人员待遇享受检查."""

from datetime import date
from typing import Any, Final

from tongchou.encounters.api.reading import scheme_of
from tongchou.encounters.care_types import CARE_TYPES
from tongchou.settlement import rules
from tongchou.settlement.checks import NotCovered
from tongchou.settlement.eligibility import Eligibility, eligibility
from tongchou.wire import refusals
from tongchou.wire.refusals import Refused
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
    if not found.eligible:
        _note_denied(call, wanted.psn_no, found)
    row = _row(out, found, wanted.psn_no, scheme, wanted.begntime.date())
    return call.answer(out.output(trtinfo=[row]))


def _note_denied(call: Call, person_no: str, found: Eligibility) -> None:
    """待遇检查未通过: kept beside refused messages, so that a wrong ending can be made good (ENR-24; decision 0272)."""
    refusals.tally.note(
        Refused(
            received_at=call.key.received_at,
            reply_no=call.key.reply_no,
            institution_code=call.institution_code,
            infno=call.infno,
            msgid=call.key.msgid,
            operator_no=call.key.operator_no,
            code=NotCovered.code,
            reason=found.words,
            person_no=person_no,
        )
    )


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
