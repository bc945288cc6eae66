"""A clerk's rounds without a mouse, in a real browser: an item accepted, decided, a payment taken (键盘操作)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import pytest
from django.apps import apps

from tongchou.contributions import commands as contributions
from tongchou.contributions.counter import commands as counter

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
MOST_TABS: Final = 120
FOCUSED: Final = "selector => document.activeElement.matches(selector)"
SHOWN: Final = """() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
}"""
TOLD: Final = """() => {
  const field = document.activeElement, told = (field.getAttribute('aria-describedby') || '').split(' ');
  return field.getAttribute('aria-invalid') === 'true'
    && told.some((id) => document.getElementById(id)?.matches('.field-error'));
}"""


def tab_to(page: "Page", selector: str) -> None:
    """Presses Tab until this has the focus, which must be visible there."""
    page.wait_for_selector(selector, state="attached")
    page.wait_for_load_state()
    for _key in range(MOST_TABS):
        if page.evaluate(FOCUSED, selector):
            assert page.evaluate(SHOWN), selector
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


def write(page: "Page", selector: str, text: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def is_at_fault(page: "Page", selector: str) -> None:
    """After a refusal the first faulty field has the focus, and what is wrong with it is linked to it."""
    page.wait_for_selector(".form-errors")
    page.wait_for_function(FOCUSED, arg=selector)
    assert page.evaluate(TOLD), selector


@pytest.mark.requirement("ORG-15", "ORG-17", "ENR-18", "CON-12")
def test_a_clerk_accepts_decides_and_takes_money_by_the_keyboard_alone(
    sit_down: Callable[[str], "Page"], live_city: Any, sample: Any
) -> None:
    clerk = sit_down("shouli")
    clerk.goto("/cases/counter/")
    clerk.wait_for_selector("input[name=key]:focus")
    clerk.keyboard.type(live_city.certificate_no)
    clerk.keyboard.press("Enter")
    clerk.wait_for_function(FOCUSED, arg="tr[aria-selected=true] button")
    clerk.keyboard.press("j")
    assert clerk.evaluate(FOCUSED, "tr[aria-selected=true]:nth-child(2) button"), "the focus goes with the row"
    clerk.keyboard.press("k")
    tab_to(clerk, "[formaction$='change_particulars/']")
    clerk.keyboard.press("Enter")
    clerk.wait_for_selector("h1:has-text('张三丰')")
    write(clerk, "input[name=phone]", "13800138000")
    tab_to(clerk, "input[name=received][value=form]")
    clerk.keyboard.press("Space")
    clerk.keyboard.press("Control+s")
    is_at_fault(clerk, "textarea[name=reason]")
    clerk.keyboard.type("更换号码")
    tab_to(clerk, "button[value=accept]")
    clerk.keyboard.press("Enter")
    clerk.wait_for_selector("text=待复核")

    reviewer = sit_down("fuhe")
    reviewer.goto("/cases/")
    reviewer.wait_for_selector("table.rows tbody tr")
    reviewer.keyboard.press("j")
    reviewer.keyboard.press("Enter")
    write(reviewer, "textarea[name=opinion]", "属实")
    tab_to(reviewer, "button[value=agree]")
    reviewer.keyboard.press("Enter")
    reviewer.wait_for_selector("text=已变更:联系电话")
    reviewer.keyboard.press("?")
    reviewer.wait_for_selector("#keys[open]")
    reviewer.keyboard.press("Escape")
    reviewer.wait_for_selector("#keys", state="hidden")

    owes(live_city, sample)
    clerk.goto("/contributions/counter/")
    write(clerk, "main input[name=q]", live_city.certificate_no)
    clerk.keyboard.press("Enter")
    clerk.wait_for_selector("h1:has-text('张三丰')")
    tab_to(clerk, "#id_reference")
    clerk.keyboard.press("Control+s")
    is_at_fault(clerk, "#id_reference")
    clerk.keyboard.type("T0001")
    clerk.keyboard.press("Control+s")
    clerk.wait_for_selector("text=已收款,收据")
    assert apps.get_model("contributions", "CounterPayment").objects.get().reference == "T0001"


def owes(person: Any, sample: Any) -> None:
    """The person may pay the coming year at the counter."""
    policy = apps.get_model("platform", "Operator").objects.get(staff_code="zhengjiao")
    common = {"pooling_area": sample.AREA, "operator": policy, "now": sample.NOW}
    contributions.set_standard(
        scheme="resident", benefit_year=2018, personal_fen=18_000, subsidy_fen=49_000, source="示例文件", **common
    )
    counter.set_means(code="pos", name="POS刷卡", source="示例文件", valid_from=sample.OPENED, **common)


@pytest.mark.requirement("ORG-15")
def test_two_clicks_open_a_row_but_on_a_button_in_it_they_only_press_the_button(
    sit_down: Callable[[str], "Page"], live_city: Any
) -> None:
    clerk = sit_down("shouli")
    clerk.goto("/persons/")
    listed = clerk.url
    clerk.evaluate(
        """() => {
          const button = document.createElement('button');
          button.type = 'button';
          button.id = 'in-the-row';
          button.onclick = () => (button.dataset.pressed = 'yes');
          document.querySelector('#rows tbody tr:has(a[href]) td:last-child').append(button);
        }"""
    )
    clerk.dblclick("#in-the-row", force=True)
    clerk.wait_for_selector("#in-the-row[data-pressed=yes]", state="attached")
    clerk.wait_for_timeout(300)
    assert clerk.url == listed
    clerk.dblclick("#rows tbody tr:has(a[href]) td:nth-child(2)")
    clerk.wait_for_url(lambda address: address != listed)
