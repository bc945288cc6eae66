"""Gateway signatures of the provinces, each with a good, a wrong and a late one."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from tongchou.wire import commands, signatures
from tongchou.wire.states import Gateway
from tongchou.wire.tests.messages import AT, INSTITUTION, envelope, post

pytestmark = pytest.mark.django_db

BODY = json.dumps(envelope("1901", {"data": {"type": "gend"}})).encode()
SECRET = "s3cret"
NOW = int(AT.timestamp())


def csb(seconds: int) -> dict[str, str]:
    values = {
        "_api_access_key": "key",
        "_api_name": "1901",
        "_api_timestamp": str(seconds * 1000),
        "_api_version": "1.0.0",
    }
    signed = "&".join(f"{name}={value}" for name, value in sorted(values.items()))
    values["_api_signature"] = base64.b64encode(hmac.digest(SECRET.encode(), signed.encode(), "sha1")).decode()
    return {f"HTTP_{name.upper()}": value for name, value in values.items()}


def tif(seconds: int) -> dict[str, str]:
    signed = f"{seconds}{SECRET}abc{seconds}"
    return {
        "HTTP_X_TIF_PAASID": "key",
        "HTTP_X_TIF_TIMESTAMP": str(seconds),
        "HTTP_X_TIF_NONCE": "abc",
        "HTTP_X_TIF_SIGNATURE": hashlib.sha256(signed.encode()).hexdigest(),
    }


def ca(seconds: int) -> dict[str, str]:
    digest = hmac.new(SECRET.encode(), f"{seconds}\n".encode() + BODY, "sm3").hexdigest().upper()
    return {"HTTP_X_CA_KEY": "key", "HTTP_X_CA_SIGNATURE": f"{seconds}:{digest}"}


def api_key(seconds: int) -> dict[str, str]:
    return {"HTTP_APIKEY": SECRET}


SIGNERS = {Gateway.CSB: csb, Gateway.TIF: tif, Gateway.CA: ca, Gateway.API_KEY: api_key}


def sent(gateway: Gateway, headers: dict[str, str]) -> str:
    commands.grant_access(institution_code=INSTITUTION, gateway=gateway, access_key="key", secret=SECRET)
    return str(json.loads(post(BODY, headers=headers))["err_msg"])


@pytest.fixture(autouse=True)
def sm3_is_there() -> None:
    assert signatures.has_sm3(), "this Python's OpenSSL has no SM3: x-ca gateways cannot be served"


@pytest.mark.parametrize("gateway", SIGNERS)
def test_a_good_signature_is_let_in(gateway: Gateway) -> None:
    assert sent(gateway, SIGNERS[gateway](NOW)) == ""


@pytest.mark.parametrize("gateway", SIGNERS)
def test_a_missing_header_is_named(gateway: Gateway) -> None:
    assert sent(gateway, {}).startswith("WI-2004 缺少服务网关的请求头")


@pytest.mark.parametrize("gateway", SIGNERS)
def test_a_wrong_signature_is_refused(gateway: Gateway) -> None:
    headers = SIGNERS[gateway](NOW)
    last = list(headers)[-1]
    assert sent(gateway, headers | {last: headers[last][:-3] + "AAA"}).startswith("WI-2006")


@pytest.mark.parametrize("gateway", [g for g in SIGNERS if g is not Gateway.API_KEY])
@pytest.mark.parametrize("minutes", [-31, 31])
def test_a_clock_half_an_hour_off_is_refused(gateway: Gateway, minutes: int) -> None:
    moved = int((AT + timedelta(minutes=minutes)).timestamp())
    assert sent(gateway, SIGNERS[gateway](moved)).startswith("WI-2005")


@pytest.mark.parametrize("timestamp", ["soon", "99999999999999999999", "-1"])
def test_a_senseless_timestamp_is_refused(timestamp: str) -> None:
    assert sent(Gateway.TIF, tif(NOW) | {"HTTP_X_TIF_TIMESTAMP": timestamp}).startswith("WI-2005")


def test_a_stopped_access_is_refused() -> None:
    commands.grant_access(institution_code=INSTITUTION)
    assert json.loads(post(BODY))["infcode"] == 0
    commands.stop_access(institution_code=INSTITUTION)
    assert json.loads(post(BODY))["err_msg"].startswith("WI-2003")


@pytest.mark.parametrize("gateway", [g for g in Gateway if g is not Gateway.NONE])
def test_an_access_with_signature_needs_its_secret(gateway: Gateway) -> None:
    with pytest.raises(commands.SecretMissing):
        commands.grant_access(institution_code=INSTITUTION, gateway=gateway, access_key="key")
