"""A village commissioned and refused, a matrix divided anew by two persons, in a real browser (ORG-03, ORG-04)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tongchou.platform.commands import ensure_commission_items

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture
def sit_down(sit_down: Callable[[str], "Page"]) -> Callable[[str], "Page"]:
    """Logs a demo operator in, where items may be commissioned."""
    ensure_commission_items()
    return sit_down


def _fits(page: "Page") -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.requirement("ORG-04")
@pytest.mark.article("GX2017 §4")
def test_a_village_is_commissioned_for_registration_and_refused_a_settlement(sit_down: Any, sample: Any) -> None:
    county = sit_down("daiyu")
    county.goto("/system/agents/")
    county.click("a:has-text('登记代办机构')")
    county.fill("input[name=unit]", sample.VILLAGE)
    county.check("input[name=items][value=registration]")
    county.fill("input[name=responsible]", "韦主任")
    county.fill("input[name=agreement_no]", "委协〔2018〕1号")
    county.click("button:has-text('保存')")
    county.wait_for_selector("h1:has-text('上莲村委会')")
    county.wait_for_selector("text=委协〔2018〕1号")
    assert _fits(county)

    village = sit_down("cunwei")
    village.goto("/settlements/")
    village.wait_for_selector("text=AGENT_SCOPE")
    assert "委托事项为参保登记" in village.locator(".notice-bad[role=alert]:not([hidden])").inner_text()
    village.goto("/cases/counter/")
    village.wait_for_selector("th:has-text('居民参保登记')")
    assert village.locator("th:has-text('参保登记信息变更')").count() == 0


@pytest.mark.requirement("ORG-03")
@pytest.mark.article("JL2019 §2")
def test_a_matrix_is_drafted_approved_by_another_and_the_city_reads_only(sit_down: Any) -> None:
    maker = sit_down("zhengce2")
    maker.goto("/system/duties/?unit=450000")
    maker.click("button:has-text('起草修改')")
    maker.wait_for_selector("button:has-text('保存并提请核准')")
    assert _fits(maker)
    maker.uncheck("input[name='rates:city'][value=sets]")
    maker.dblclick("button:has-text('保存并提请核准')")
    maker.wait_for_selector("text=与现行分工的差别")
    address = maker.url

    approver = sit_down("shengji")
    approver.goto(address)
    approver.fill("input[name=note]", "同意")
    approver.click("button[value=approve]")
    approver.wait_for_selector("text=职责分工已核准。")

    city = sit_down("zhengjiao")
    city.goto("/contributions/")
    city.wait_for_selector("text=按职责分工,“个人缴费标准维护”的定规则由省级承担")
    assert city.locator("button:has-text('生成应缴')").count() == 0
