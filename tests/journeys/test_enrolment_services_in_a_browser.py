"""A lost card from the phone to the new one, and a transfer out, refused, and in, in a real browser (ENR-26…29)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps

from tongchou.platform.commands import grant_post, open_org_unit, open_pooling_area, register_operator
from tongchou.platform.states import UnitLevel

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def _fits(page: "Page") -> bool:
    return not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.requirement("ENR-29")
@pytest.mark.requirement("ENR-34")
def test_a_resident_reports_the_loss_on_a_phone_and_the_clerk_replaces_the_card(
    sit_down: Any, live_city: Any, open_page: Callable[..., "Page"], sample: Any
) -> None:
    phone = open_page("/my/login/", phone=True)
    phone.fill("#id_name", "张三丰")
    phone.fill("#id_certificate_no", live_city.certificate_no)
    phone.fill("#id_card_no", sample.CARD)
    phone.click("main button.btn-primary")
    phone.click("text=自助办理")
    phone.wait_for_selector("text=立即挂失")
    assert _fits(phone)
    phone.click("text=立即挂失")
    phone.wait_for_selector("text=已挂失,立即生效")
    assert _fits(phone)

    clerk = sit_down("shouli")
    clerk.goto(f"/persons/{live_city.person_no}/cards/")
    clerk.wait_for_selector("text=网上挂失")
    clerk.click("a:has-text('补(换)证')")
    clerk.select_option("select[name=reason]", "lost")
    clerk.fill("input[name=lost_on]", "2018-03-01")
    clerk.fill("input[name=lost_time]", "09:30")
    clerk.check("input[name=received][value=form]")
    clerk.check("input[name=received][value=certificate]")
    clerk.dblclick("button.btn[value=accept]")
    clerk.wait_for_selector("text=待复核")
    case = apps.get_model("cases", "Case").objects.get()

    reviewer = sit_down("fuhe")
    reviewer.goto(f"/cases/{case.number}/")
    reviewer.fill("textarea[name=opinion]", "属实")
    reviewer.click("button[value=agree]")
    reviewer.wait_for_selector("text=已受理制卡")

    clerk.goto(f"/persons/{live_city.person_no}/cards/")
    clerk.click("button:has-text('签收发放')")
    clerk.wait_for_selector("text=已发放,旧卡停用")
    assert _fits(clerk)
    cards = apps.get_model("enrolment", "SocialSecurityCard").objects.filter(person__person_no=live_city.person_no)
    assert sorted(cards.values_list("status", flat=True)) == ["active", "replaced"]


@pytest.fixture
def other_area(live_city: Any, sample: Any) -> None:
    """Another pooling area of the house with a clerk of its own."""
    open_pooling_area(code="450200", name="柳江市", level=UnitLevel.CITY, valid_from=sample.OPENED, now=sample.NOW)
    for code, name, level, parent in (
        ("450200", "柳江市医疗保障事业管理中心", UnitLevel.CITY, "450000"),
        ("450202", "东城县医疗保障服务中心", UnitLevel.COUNTY, "450200"),
    ):
        open_org_unit(
            code=code,
            name=name,
            level=level,
            parent_code=parent,
            pooling_area="450200",
            valid_from=sample.OPENED,
            by=None,
            now=sample.NOW,
        )
    clerk = register_operator(
        staff_code="liujiang",
        name="柳江经办",
        citizen_id="11010519491231002X",
        unit_code="450200",
        active_from=sample.OPENED,
        password=sample.PASSWORD,
        by=None,
        now=sample.NOW,
    )
    grant_post(
        operator_id=clerk.pk,
        post_code="eligibility",
        unit_code="450200",
        valid_from=sample.OPENED,
        by=None,
        now=sample.NOW,
    )


def _leave(sit_down: Any, city: Any) -> Any:
    clerk = sit_down("shouli")
    clerk.goto(f"/cases/counter/transfer_out/?key={city.person_no}")
    clerk.fill("input[name=to_area]", "450200")
    clerk.select_option("select[name=reason]", "work")
    clerk.check("input[name=received][value=form]")
    clerk.check("input[name=received][value=card]")
    clerk.dblclick("button.btn[value=accept]")
    clerk.wait_for_selector("text=待转出审核")
    case = apps.get_model("cases", "Case").objects.latest("id")
    reviewer = sit_down("fuhe")
    reviewer.goto(f"/cases/{case.number}/")
    reviewer.fill("textarea[name=opinion]", "同意转出")
    reviewer.click("button[value=agree]")
    reviewer.wait_for_selector("text=转出办结,转移编号")
    return apps.get_model("enrolment", "Transfer").objects.latest("id")


@pytest.mark.requirement("ENR-26")
@pytest.mark.requirement("ENR-28")
def test_a_person_is_refused_in_another_area_asks_again_and_goes_on_there(
    sit_down: Any, live_city: Any, other_area: None
) -> None:
    left = _leave(sit_down, live_city)
    there = sit_down("liujiang")
    there.goto("/persons/transfers/")
    there.click(f"a:has-text('{left.number}')")
    there.fill("#return_reason", "缺居住证明")
    there.click("button:has-text('退回转出地')")
    there.wait_for_selector("text=已退回,原参保关系恢复")
    rows = apps.get_model("enrolment", "Enrolment").objects.filter(person__person_no=live_city.person_no)
    assert rows.get().enrolled_until is None

    again = _leave(sit_down, live_city)
    there.goto(f"/persons/transfers/{again.number}/")
    there.select_option("#unit", "450202")
    there.click("button:has-text('转入办结')")
    there.wait_for_selector("text=参保关系连续")
    assert _fits(there)
    first, second = rows.order_by("enrolled_from")
    assert (first.enrolled_until, second.pooling_area_id) == (second.enrolled_from, "450200")
