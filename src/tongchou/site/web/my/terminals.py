"""自助终端与短信网关 (RIG-03; GX2017 §20): the resident's own questions as JSON, from registered and signing senders.

`POST /api/rights/<what>/` with `client` and what the question needs; the sender is registered and signs like a hospital
(接入授权), and never without a signature. Who the resident is, is proven as at `/my/`. Decision 0246.
"""

import base64
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tongchou.contributions import queries as contributions
from tongchou.enrolment import queries as enrolment
from tongchou.kernel.errors import DomainError
from tongchou.platform import histories, trail
from tongchou.platform.states import TrailOutcome
from tongchou.platform.web import access, masks
from tongchou.rights import commands, drafting
from tongchou.rights.states import OF_OTHERS, OF_PERSON, Way
from tongchou.rights.web.paper import certificate_pdf, spaced
from tongchou.settlement import queries as settlement
from tongchou.settlement.terms import institution_name
from tongchou.site.web.my import identity
from tongchou.site.web.my.identity import Resident
from tongchou.wire import access as wire
from tongchou.wire.states import Gateway

LARGEST: Final = 64 << 10
MOST_ROWS: Final = 50


class QuestionUnreadable(DomainError):
    code = "SI-0211"
    message = "请求不是合法的JSON,或缺少必填项"


class QuestionUnknown(DomainError):
    code = "SI-0212"
    message = "没有名为“{what}”的查询"


class SignatureNeeded(DomainError):
    code = "SI-0213"
    message = "自助终端和短信网关必须使用签名接入"


class Question(msgspec.Struct, kw_only=True):
    """What a terminal or the message gateway sends; members that a question does not need stay empty."""

    client: str
    name: str = ""
    certificate_no: str = ""
    card_no: str = ""
    kind: str = ""
    year: int | None = None
    on: date | None = None
    phone: str = ""
    text: str = ""


_decode: Final = msgspec.json.Decoder(Question).decode


@csrf_exempt
@never_cache
@require_POST
def terminal(request: HttpRequest, what: str) -> HttpResponse:
    """Answer one question: `{"ok": true, "data": …}`, or a code and a sentence."""
    now = access.now()
    try:
        asked = _read(request, now)
        if what == "sms":
            data = _sms(asked, now)
        elif what in _ANSWERS:
            resident = identity.prove(
                name=asked.name,
                certificate_no=asked.certificate_no,
                card_no=asked.card_no,
                address=asked.client[:40],
                now=now,
            )
            _note(what, asked, resident, now)
            data = _ANSWERS[what](request, asked, resident, now)
        else:
            raise QuestionUnknown(what=what[:20])
    except DomainError as refusal:
        told = {"ok": False, "code": refusal.code, "message": access.sentence(refusal)}
        return JsonResponse(told, status=_STATUS.get(type(refusal), 422), json_dumps_params={"ensure_ascii": False})
    return JsonResponse({"ok": True, "data": data}, json_dumps_params={"ensure_ascii": False})


_STATUS: Final[dict[type[DomainError], int]] = {
    QuestionUnreadable: 400,
    QuestionUnknown: 404,
    SignatureNeeded: 401,
    identity.IdentityNotProven: 403,
    identity.TooManyAttempts: 429,
}


def _read(request: HttpRequest, now: datetime) -> Question:
    """The question of a sender that is who it says. Raises: QuestionUnreadable, SignatureNeeded, refusals of access."""
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise QuestionUnreadable
    try:
        asked = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise QuestionUnreadable from None
    sender = wire.check_sender(asked.client[:12], headers=request.META, body=body, at=now)
    if sender.gateway == Gateway.NONE:
        raise SignatureNeeded
    return asked


def _note(what: str, asked: Question, resident: Resident, now: datetime) -> None:
    facts = enrolment.facts(resident.person_id, access.today(now))
    assert facts is not None
    trail.record(
        "rights.terminal_answered",
        at=now,
        outcome=TrailOutcome.SEEN,
        pooling_area=facts.pooling_area,
        unit_code=facts.unit_code,
        object_kind="person",
        object_key=facts.person_no,
        detail={"client": asked.client, "what": what},
    )


def _standing(request: HttpRequest, asked: Question, resident: Resident, now: datetime) -> dict[str, Any]:
    """参保与待遇状态 of a day, today by default."""
    on = asked.on or access.today(now)
    facts = enrolment.facts(resident.person_id, on)
    assert facts is not None
    try:
        decision = contributions.standing_of(facts, on)
        eligible, reason = decision.eligible, decision.reason
    except DomainError:
        eligible, reason = None, ""
    return {
        "name": masks.name(facts.name),
        "certificate_no": masks.certificate(facts.certificate_no),
        "on": on.isoformat(),
        "status": drafting.status_on(facts.id, on),
        "eligible": eligible,
        "reason": reason,
    }


def _payments(request: HttpRequest, asked: Question, resident: Resident, now: datetime) -> list[dict[str, Any]]:
    """缴费记录; amounts in fen."""
    return [
        {
            "year": one.benefit_year,
            "amount_fen": one.amount_fen,
            "aided_fen": one.aided_fen,
            "paid_on": one.paid_on.isoformat(),
            "channel": one.channel.label,
            "voided": one.voided_at is not None,
        }
        for one in contributions.payments_of(resident.person_id)
    ]


def _benefits(request: HttpRequest, asked: Question, resident: Resident, now: datetime) -> list[dict[str, Any]]:
    """待遇支付, the newest first; amounts in fen."""
    return [
        {
            "settled_on": one.settled_on.isoformat(),
            "institution": institution_name(one.institution_code),
            "total_fen": one.total_fen,
            "fund_fen": one.fund_paid_fen,
            "own_fen": one.account_paid_fen + one.cash_fen,
            "state": one.state.label,
        }
        for one in settlement.settlements_of_person(resident.person_id, size=MOST_ROWS).rows
    ]


def _record(request: HttpRequest, asked: Question, resident: Resident, now: datetime) -> list[dict[str, Any]]:
    """权益记录, the newest first."""
    part = histories.read(person_id=resident.person_id, person_no=resident.person_no, until=asked.on, size=MOST_ROWS)
    rows = [(row, histories.tell(row)) for row in part.rows]
    return [
        {
            "on": row.day.isoformat(),
            "record": row.record.value,
            "title": told.title,
            "detail": told.detail,
            "fen": row.fen,
        }
        for row, told in rows
    ]


def _certificate(request: HttpRequest, asked: Question, resident: Resident, now: datetime) -> dict[str, Any]:
    """出具并打印证明 at the terminal: number, code and the paper itself."""
    kinds = {kind.value: kind for kind in OF_PERSON if kind not in OF_OTHERS}
    if asked.kind not in kinds:
        raise QuestionUnreadable
    kind = kinds[asked.kind]
    since = date(asked.year, 1, 1) if asked.year and _is_year(asked.year) else None
    made = commands.issue_certificate(
        kind,
        person_id=resident.person_id,
        year=asked.year,
        since=since,
        operator=None,
        way=Way.TERMINAL,
        now=now,
    )
    copy = commands.print_certificate(number=made.number, operator=None, way=Way.TERMINAL, now=now)
    verify_at = request.build_absolute_uri(reverse("public:verify"))
    content = certificate_pdf(made, copy=copy, verify_at=verify_at, now=now)
    return {"number": made.number, "code": spaced(made.code), "pdf": base64.b64encode(content).decode()}


def _is_year(year: int) -> bool:
    return date.min.year <= year <= date.max.year


def _sms(asked: Question, now: datetime) -> dict[str, Any]:
    """短信: what came in, and what is to be sent; nothing where nobody may be answered."""
    answer = commands.answer_sms(phone=asked.phone, text=asked.text, now=now)
    return {"send": [] if answer is None else [{"phone": answer.phone, "text": answer.text}]}


Answer = Callable[[HttpRequest, Question, Resident, datetime], Any]
_ANSWERS: Final[dict[str, Answer]] = {
    "standing": _standing,
    "payments": _payments,
    "benefits": _benefits,
    "record": _record,
    "certificate": _certificate,
}
