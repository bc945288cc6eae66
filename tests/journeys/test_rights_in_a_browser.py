"""A resident at a phone, and somebody who was handed a paper: in a real browser, with and without scripts."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tongchou.platform.commands import ensure_calendar

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.browser

Open = Callable[..., "Page"]
CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{16}")


@pytest.fixture
def phone(live_city: Any, open_page: Open, sample: Any) -> "Page":
    """The resident's home page on a phone."""
    page = open_page("/my/login/", phone=True)
    page.fill("#id_name", "张三丰")
    page.fill("#id_certificate_no", live_city.certificate_no)
    page.fill("#id_card_no", sample.CARD)
    page.click("main button.btn-primary")
    page.wait_for_selector("text=今天可以享受医保待遇")
    return page


def _fits(page: "Page") -> bool:
    """Nothing needs sideways scrolling, and everything to be touched is big enough for a finger."""
    too_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    small = page.evaluate(
        "[...document.querySelectorAll('main .btn, main .my-links a, main .form-control')]"
        ".filter(one => one.offsetParent && one.getBoundingClientRect().height < 40).length"
    )
    return not too_wide and small == 0


@pytest.mark.requirement("RIG-02")
@pytest.mark.requirement("RIG-03")
@pytest.mark.requirement("RIG-05")
def test_a_resident_has_a_certificate_made_objects_to_a_record_and_others_check_the_paper(
    phone: "Page", chromium: "Browser", live_site: "LiveServer", sample: Any
) -> None:
    code = _certificate(phone)
    for address in ("", "record/", "certificates/", "objections/", "notices/", "family/", "account/", "seen/"):
        phone.goto(f"/my/{address}")
        assert _fits(phone), address
    for address in ("", "verify/", "catalogue/?q=a", "institutions/", "procedures/"):
        phone.goto(f"/public/{address}")
        assert _fits(phone), address
    _objection(phone, sample)
    _checked_without_scripts(code, chromium, live_site)


def _certificate(phone: "Page") -> str:
    """Made, downloaded, and seen as a verifier sees it: its verification code."""
    phone.click("text=我的证明")
    phone.wait_for_selector("text=参保证明")
    assert _fits(phone)
    phone.click("text=参保证明")
    phone.click("main button:has-text('开具')")
    phone.wait_for_selector("text=450100-2018-QY-00000001")
    assert _fits(phone)
    with phone.expect_download() as download:
        phone.click("text=下载")
    assert download.value.suggested_filename == "450100-2018-QY-00000001.pdf"
    code = phone.input_value("input[name=code] >> nth=0")
    phone.click("text=看别人核对时看到什么")
    phone.wait_for_selector("text=验证通过")
    phone.wait_for_selector("text=张*丰")
    assert _fits(phone)
    return code


def _objection(phone: "Page", sample: Any) -> None:
    """Filed, and taken back."""
    ensure_calendar(now=sample.NOW)
    phone.goto("/my/objections/")
    phone.select_option("#id_record", "registration")
    phone.fill("#id_said", "住址有误")
    phone.click("text=提交")
    phone.wait_for_selector("text=答复期限 2018-06-06")
    phone.click("text=撤回")
    phone.wait_for_selector("text=已撤回")


def _checked_without_scripts(code: str, chromium: "Browser", live_site: "LiveServer") -> None:
    """By a stranger whose browser runs no scripts: good, and not known."""
    assert CODE.fullmatch(code)
    plain = chromium.new_context(
        base_url=live_site.url, viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    page = plain.new_page()
    page.goto("/public/verify/")
    page.fill("#id_code", code.lower())
    page.click("main button.btn-primary")
    page.wait_for_selector("text=验证通过")
    page.fill("#id_code", "0000-0000-0000-0000")
    page.click("main button.btn-primary")
    page.wait_for_selector("text=查无此件")
    plain.close()
