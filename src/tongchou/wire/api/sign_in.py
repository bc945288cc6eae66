"""9001 签到, 9002 签退. Clients differ in the node they read, so the answer says the same in each of them."""

from tongchou.wire import commands, moments
from tongchou.wire.registry import Call, transaction


@transaction("9001", booking=True, needs_sign_in=False)
def sign_in(call: Call) -> bytes:
    """签到 (9001)."""
    wanted, out = call.input.signIn, call.out
    at = moments.written(call.received_at)

    def render(sign_no: str) -> bytes:
        return call.answer(
            out.output(
                signinoutb=out.signinoutb(sign_time=at, sign_no=sign_no),
                result=out.result(sign_time=at, sign_no=sign_no),
            )
        )

    return commands.sign_on(
        key=call.key, operator_no=wanted.opter_no, mac=wanted.mac or "", ip=wanted.ip or "", render=render
    )


@transaction("9002", booking=True, needs_sign_in=False)
def sign_out(call: Call) -> bytes:
    """签退 (9002)."""
    wanted, out = call.input.signOut, call.out
    at = moments.written(call.received_at)
    answer = call.answer(
        out.output(signoutoutb=out.signoutoutb(sign_time=at), result=out.result(sign_time=at), sign_time=at)
    )
    return commands.sign_off(key=call.key, operator_no=wanted.opter_no, sign_no=wanted.sign_no, answer=answer)
