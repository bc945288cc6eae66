"""A resident at a phone, and somebody who was handed a paper: in a real browser, with and without scripts."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

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
def test_a_resident_has_a_certificate_made_and_sees_what_a_verifier_sees(phone: "Page") -> None:
    phone.click("text=我的证明")
    assert _fits(phone)
    phone.click("text=参保证明")
    phone.click("main button:has-text('开具')")
    phone.wait_for_selector("text=450100-2018-QY-00000001")
    assert _fits(phone)
    with phone.expect_download() as download:
        phone.click("text=下载")
    assert download.value.suggested_filename == "450100-2018-QY-00000001.pdf"
    phone.click("text=看别人核对时看到什么")
    phone.wait_for_selector("text=验证通过")
    assert phone.locator("text=张*丰").first.is_visible()
    assert _fits(phone)


def test_every_page_of_a_resident_fits_a_phone(phone: "Page") -> None:
    for address in ("", "record/", "certificates/", "objections/", "notices/", "family/", "account/", "seen/"):
        phone.goto(f"/my/{address}")
        assert _fits(phone), address
    for address in ("", "verify/", "catalogue/?q=a", "institutions/", "procedures/"):
        phone.goto(f"/public/{address}")
        assert _fits(phone), address


@pytest.mark.requirement("RIG-05")
def test_a_resident_files_an_objection_and_takes_it_back(phone: "Page", sample: Any) -> None:
    from tongchou.platform.commands import ensure_calendar

    ensure_calendar(now=sample.NOW)
    phone.goto("/my/objections/")
    phone.select_option("#id_record", "registration")
    phone.fill("#id_said", "住址有误")
    phone.click("text=提交")
    phone.wait_for_selector("text=答复期限 2018-06-06")
    phone.click("text=撤回")
    phone.wait_for_selector("text=已撤回")


@pytest.mark.requirement("RIG-02")
def test_a_paper_is_checked_on_a_phone_without_scripts(
    phone: "Page", chromium: "Browser", live_site: "LiveServer"
) -> None:
    phone.goto("/my/certificates/")
    phone.click("main button:has-text('开具')")
    phone.wait_for_selector("input[name=code]", state="attached")
    code = phone.input_value("input[name=code] >> nth=0")
    assert CODE.fullmatch(code)
    plain = chromium.new_context(
        base_url=live_site.url, viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    page = plain.new_page()
    page.goto("/public/verify/")
    page.fill("#id_code", code.lower())
    page.click("main button.btn-primary")
    assert page.locator("text=验证通过").is_visible()
    page.fill("#id_code", "0000-0000-0000-0000")
    page.click("main button.btn-primary")
    assert page.locator("text=查无此件").is_visible()
    plain.close()


@pytest.mark.requirement("ENR-25")
def test_a_clerk_asks_for_a_day_without_leaving_the_record(live_city: Any, open_page: Open, sample: Any) -> None:
    desk = open_page("/login/")
    desk.fill("input[name=username]", "shouli")
    desk.fill("input[name=password]", sample.PASSWORD)
    desk.press("input[name=password]", "Enter")
    desk.wait_for_selector("h1:has-text('工作台')")
    desk.goto(f"/persons/{live_city.person_no}/record/")
    desk.fill("#id_on", "2018-03-15")
    desk.wait_for_selector("text=2018-03-15 的状态")
    assert desk.locator("#as-of >> text=参保").first.is_visible()
    desk.click("nav.tabs >> text=证明")
    desk.check("input[value=enrolment]")
    desk.click("main button:has-text('出具')")
    desk.wait_for_selector("h1:has-text('参保证明')")
    wide = desk.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
