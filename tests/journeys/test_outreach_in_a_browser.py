"""The town's seat in a real browser: from the figures to the names, a campaign, and what a visit found (ENR-32)."""

from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps

from tongchou.contributions.outreach import counting

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture
def uninsured(live_city: Any, sample: Any) -> None:
    """Three more people live in the village and have paid nothing; then the night's count."""
    people = apps.get_model("enrolment", "Person").objects.bulk_create(
        apps.get_model("enrolment", "Person")(
            person_no=f"V{n:07d}",
            certificate_type="99",
            certificate_no=f"V{n:07d}",
            name=name,
            sex="F",
            born_on="1970-01-01",
            pooling_area_id=sample.AREA,
            unit_code=sample.VILLAGE,
            created_at=sample.NOW,
        )
        for n, name in enumerate(("韦一秀", "韦二秀", "韦三秀"), 1)
    )
    assert len(people) == 3
    counting.count(sample.AREA, 2018, now=sample.NOW)


def _fits(page: "Page") -> bool:
    return not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.requirement("ENR-32")
@pytest.mark.article("QA2018 二(一)")
def test_the_town_goes_down_to_the_names_makes_a_campaign_and_records_a_visit(sit_down: Any, uninsured: None) -> None:
    town = sit_down("zhenshenhe")
    town.goto("/contributions/outreach/")
    town.wait_for_selector("text=参保率")
    assert "25.0%" in town.inner_text("main")
    assert _fits(town)
    town.click("a:has-text('上莲村委会')")
    town.wait_for_selector("h1:has-text('参保覆盖名单')")
    assert town.locator("#rows tbody tr").count() == 3
    assert _fits(town)
    town.click("a:has-text('下达动员任务')")
    town.dblclick("button:has-text('下达')")
    town.wait_for_selector("text=任务已下达,共3人")
    town.locator("input[name=pick]").first.check()
    town.select_option("#id_outcome", "refused")
    town.click("button:has-text('登记所选')")
    town.wait_for_selector("text=EN-5111")
    town.locator("input[name=pick]").first.check()
    town.select_option("#id_outcome", "refused")
    town.fill("input[name=note]", "不愿参保")
    town.click("button:has-text('登记所选')")
    town.wait_for_selector("text=已登记1人的走访结果")
    assert "1 / 3" in town.inner_text("main")
    assert _fits(town)
    assert apps.get_model("contributions", "Campaign").objects.count() == 1
