"""2601 冲正交易."""

from tongchou.wire import reversal
from tongchou.wire.registry import Call, transaction


@transaction("2601", booking=True)
def reverse(call: Call) -> bytes:
    """冲正交易 (2601): undoes a booking whose answer the client never saw; the answer has no output."""
    wanted = call.input.data
    return reversal.reverse(
        key=call.key,
        person_no=wanted.psn_no,
        original_id=wanted.omsgid,
        original_infno=wanted.oinfno.upper(),
        answer=call.answer(),
    )
