"""What the server refuses before it listens."""

import socket
from typing import Any

import pytest

from tongchou.platform import queries
from tongchou.site import serve
from tongchou.site.problems import SetupProblem

OUTSIDE = "192.0.2.10"
SECRET = "s" * 50


@pytest.fixture
def well_set(monkeypatch: pytest.MonkeyPatch, settings: Any) -> pytest.MonkeyPatch:
    """An installation with everything that serving to the outside asks for."""
    monkeypatch.setattr(queries, "demo_logins_present", lambda: False)
    settings.SECRET_KEY = SECRET
    for name, value in {
        "TONGCHOU_TLS_CERT": "/etc/tls/cert.pem",
        "TONGCHOU_TLS_KEY": "/etc/tls/key.pem",
        "TONGCHOU_HOSTS": "yibao.example.cn",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("TONGCHOU_BEHIND_TLS_PROXY", raising=False)
    return monkeypatch


def test_a_well_set_installation_may_serve_to_the_outside(well_set: pytest.MonkeyPatch) -> None:
    serve.refuse_what_must_not_be_public(OUTSIDE)


def test_demo_logins_are_refused_on_an_address_that_others_reach(well_set: pytest.MonkeyPatch) -> None:
    well_set.setattr(queries, "demo_logins_present", lambda: True)
    with pytest.raises(SetupProblem, match="演示账号"):
        serve.refuse_what_must_not_be_public(OUTSIDE)


def test_the_default_secret_is_refused(well_set: pytest.MonkeyPatch, settings: Any) -> None:
    settings.SECRET_KEY = settings.DEFAULT_SECRET_KEY
    with pytest.raises(SetupProblem, match="TONGCHOU_SECRET_KEY"):
        serve.refuse_what_must_not_be_public(OUTSIDE)


@pytest.mark.parametrize("missing", ["TONGCHOU_TLS_CERT", "TONGCHOU_TLS_KEY"])
def test_a_connection_without_encryption_is_refused(well_set: pytest.MonkeyPatch, missing: str) -> None:
    well_set.delenv(missing)
    with pytest.raises(SetupProblem, match="TONGCHOU_BEHIND_TLS_PROXY=1"):
        serve.refuse_what_must_not_be_public(OUTSIDE)


def test_a_proxy_that_encrypts_takes_the_place_of_a_certificate(well_set: pytest.MonkeyPatch) -> None:
    well_set.delenv("TONGCHOU_TLS_CERT")
    well_set.setenv("TONGCHOU_BEHIND_TLS_PROXY", "1")
    serve.refuse_what_must_not_be_public("127.0.0.1")


def test_demo_logins_are_refused_behind_a_proxy_even_on_loopback(well_set: pytest.MonkeyPatch) -> None:
    well_set.setattr(queries, "demo_logins_present", lambda: True)
    well_set.setenv("TONGCHOU_BEHIND_TLS_PROXY", "1")
    with pytest.raises(SetupProblem, match="演示账号"):
        serve.refuse_what_must_not_be_public("127.0.0.1")


def test_public_host_names_must_be_named(well_set: pytest.MonkeyPatch) -> None:
    well_set.delenv("TONGCHOU_HOSTS")
    with pytest.raises(SetupProblem, match="TONGCHOU_HOSTS"):
        serve.refuse_what_must_not_be_public("0.0.0.0")


def test_all_that_is_missing_is_told_at_once(well_set: pytest.MonkeyPatch, settings: Any) -> None:
    settings.SECRET_KEY = settings.DEFAULT_SECRET_KEY
    well_set.setattr(queries, "demo_logins_present", lambda: True)
    well_set.delenv("TONGCHOU_TLS_KEY")
    with pytest.raises(SetupProblem) as refused:
        serve.refuse_what_must_not_be_public(OUTSIDE)
    assert all(name in refused.value.text() for name in ("TONGCHOU_SECRET_KEY", "TONGCHOU_TLS_KEY", "演示账号"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"])
def test_loopback_needs_nothing(host: str) -> None:
    serve.refuse_what_must_not_be_public(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.8", "yibao.example.cn"])
def test_every_other_address_counts_as_outside(host: str) -> None:
    assert not serve.is_loopback(host)


def test_a_busy_port_is_told_with_another_to_try() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(SetupProblem, match="HS-0202") as refused:
            serve.check_port_is_free("127.0.0.1", port)
    assert f"--port {port + 1}" in refused.value.text()
    serve.check_port_is_free("127.0.0.1", port)


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(SetupProblem, match="HS-0203"):
        serve.check_port_is_free(OUTSIDE, 18000)
