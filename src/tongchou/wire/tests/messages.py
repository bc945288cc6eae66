"""Messages for tests: envelopes as clients build them, and the answer to them."""

import json
from datetime import datetime, timedelta
from typing import Any

from tongchou.wire import moments, registry

INSTITUTION = "H45010000001"
AT = datetime(2026, 3, 2, 9, 30, 15, 250_000, tzinfo=moments.SHANGHAI)


def envelope(infno: str, message: Any, **members: Any) -> dict[str, Any]:
    """An envelope with everything the published tables require."""
    return {
        "infno": infno,
        "msgid": f"{INSTITUTION}202603020930150001",
        "mdtrtarea_admvs": "450100",
        "insuplc_admdvs": "450100",
        "recer_sys_code": "FSI_LOCAL",
        "dev_no": "",
        "dev_safe_info": None,
        "cainfo": "",
        "signtype": "",
        "infver": "V1.0",
        "opter_type": "1",
        "opter": "001",
        "opter_name": "收费员",
        "inf_time": "2026-03-02 09:30:14",
        "fixmedins_code": INSTITUTION,
        "fixmedins_name": "桂宁市人民医院",
        "sign_no": "",
        "input": message,
        **members,
    }


def send(infno: str, message: Any, *, at: datetime = AT, **members: Any) -> dict[str, Any]:
    """Send one message; the answer as a client reads it."""
    return json.loads(send_bytes(infno, message, at=at, **members))


def send_bytes(infno: str, message: Any, *, at: datetime = AT, **members: Any) -> bytes:
    """Send one message; the answer as it goes out."""
    return post(json.dumps(envelope(infno, message, **members), ensure_ascii=False).encode(), at=at)


def post(body: bytes, *, at: datetime = AT, headers: dict[str, str] | None = None) -> bytes:
    """Send any bytes; the clock stands still."""
    return registry.respond(body, headers=headers or {}, clock=lambda: at)


def later(**by: int) -> datetime:
    """Some time after the tests' now."""
    return AT + timedelta(**by)
