"""`POST /api/exchange/<area>/<partner>/files`: a signed file from a partner, answered by a signed receipt (SYS-03).

The same contract as our own requests to partners (`carriers`): the envelope carries the signature, the receipt is ours.
Whoever cannot be verified learns nothing: not whether the partner is known, and no receipt.
"""

from typing import Final

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tongchou.exchange import arrivals, envelopes, keys, queries
from tongchou.exchange.carriers import LARGEST_MESSAGE, unpacked
from tongchou.exchange.envelopes import KeyUnknown, SignatureMissing, SignatureWrong
from tongchou.exchange.states import KeySide
from tongchou.kernel.errors import DomainError
from tongchou.platform import trail
from tongchou.platform.web import access

LARGEST: Final = LARGEST_MESSAGE * 3 // 2


class MessageTooLarge(DomainError):
    code = "EX-2451"
    message = "报文超过{limit}MB,请改用共享目录"
    citation = "GX2017 §129"


class NotVerified(DomainError):
    code = "EX-2452"
    message = "交换对象或签名不能核实"
    citation = "GX2017 §129"


@csrf_exempt
@never_cache
@require_POST
def files(request: HttpRequest, area: str, partner: str) -> HttpResponse:
    """接收文件: 200 with the receipt, whether taken or refused; 401, 413 and 400 for what is no file of a partner."""
    now = access.now()
    with trail.from_address(request.META.get("REMOTE_ADDR") or ""):
        body = request.read(LARGEST + 1)
        if len(body) > LARGEST:
            return _refusal(MessageTooLarge(limit=LARGEST >> 20), 413)
        sender = queries.partner_of(area, partner)
        try:
            parcel = unpacked(msgspec.json.decode(body))
            envelope = envelopes.read_envelope(parcel.envelope)
            if sender is None:
                raise NotVerified
            envelopes.verify(envelope, keys.good_keys(sender.pk, KeySide.THEIRS, now), "文件")
            signing = keys.signing_key(sender, now)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return _refusal(envelopes.EnvelopeUnreadable(problem="不是 JSON"), 400)
        except (NotVerified, SignatureMissing, SignatureWrong, KeyUnknown, keys.KeyMissing):
            return _refusal(NotVerified(), 401)
        except DomainError as refusal:
            return _refusal(refusal, 400)
        receipt = arrivals.receive(partner=sender, parcel=parcel, now=now)
    return HttpResponse(envelopes.written(receipt.signed(signing)), content_type="application/json")


def _refusal(refusal: DomainError, status: int) -> HttpResponse:
    told = {"code": refusal.code, "message": access.sentence(refusal)}
    return JsonResponse(told, status=status, json_dumps_params={"ensure_ascii": False})
