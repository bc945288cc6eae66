"""Changes of the wire's own things (接口平台): accesses of institutions, sign-ins of their operators."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import transaction

from tongchou.kernel.errors import DomainError
from tongchou.wire import access, booking, signatures
from tongchou.wire.booking import BookingKey
from tongchou.wire.errors import SignInUnknown
from tongchou.wire.models import Refusal, WireAccess
from tongchou.wire.states import Gateway

SIGN_IN_UNKNOWN: Final = "TC902"


class SecretMissing(DomainError):
    code = "WI-4001"
    message = "网关校验方式“{gateway}”须填写访问标识和密钥"


class AlgorithmMissing(DomainError):
    code = "WI-4002"
    message = "本机的OpenSSL不支持SM3，不能采用{gateway}"


@transaction.atomic
def grant_access(
    *,
    institution_code: str,
    gateway: Gateway = Gateway.NONE,
    access_key: str = "",
    secret: str = "",
    sign_on_required: bool = False,
) -> None:
    """接入授权: let the institution send messages, or change how they are checked.

    Raises: SecretMissing, AlgorithmMissing.
    """
    if gateway is not Gateway.NONE and not (secret and (access_key or gateway is Gateway.API_KEY)):
        raise SecretMissing(gateway=gateway.label)
    if gateway is Gateway.CA and not signatures.has_sm3():
        raise AlgorithmMissing(gateway=gateway.label)
    WireAccess.objects.update_or_create(
        institution_code=institution_code,
        defaults={
            "gateway": gateway,
            "access_key": access_key,
            "secret": secret,
            "enabled": True,
            "sign_on_required": sign_on_required,
        },
    )
    transaction.on_commit(lambda: access.forget(institution_code))
    access.forget(institution_code)


@transaction.atomic
def stop_access(*, institution_code: str) -> None:
    """停用接入: the institution's messages are refused from now on, in every process within seconds."""
    WireAccess.objects.filter(institution_code=institution_code).update(enabled=False)
    transaction.on_commit(lambda: access.forget(institution_code))
    access.forget(institution_code)


def sign_on(*, key: BookingKey, operator_no: str, mac: str, ip: str, render: Callable[[str], bytes]) -> bytes:
    """签到 (9001): opens a session; its number is the reply's own. A repeat gets the first number again."""
    sign_no = key.reply_no
    answer = render(sign_no)
    institution, infno, msgid, digest, reply_no, _, at = key.columns
    earlier = booking.write(
        "SELECT wire_sign_on(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [institution, infno, msgid, digest, reply_no, operator_no, answer, at, sign_no, mac, ip],
        {},
    )
    return answer if earlier is None else earlier


def sign_off(*, key: BookingKey, operator_no: str, sign_no: str, answer: bytes) -> bytes:
    """签退 (9002): closes a session of the same day. Raises: SignInUnknown."""
    institution, infno, msgid, digest, reply_no, _, at = key.columns
    earlier = booking.write(
        "SELECT wire_sign_off(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [institution, infno, msgid, digest, reply_no, operator_no, answer, at, sign_no],
        {SIGN_IN_UNKNOWN: SignInUnknown},
    )
    return answer if earlier is None else earlier


def clear_refusals(*, before: datetime) -> int:
    """清理被拒报文: forget the messages refused before an instant; how many were refused stays known by day."""
    return Refusal.objects.filter(received_at__lt=before).delete()[0]
