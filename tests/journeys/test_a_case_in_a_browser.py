"""A case from the counter to the signed result, in a real browser: two persons, one change, nothing typed twice."""

from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.browser


@pytest.mark.requirement("ORG-15")
@pytest.mark.requirement("ENR-18")
def test_a_new_phone_number_is_accepted_reviewed_and_handed_out(sit_down: Any, live_city: Any) -> None:
    clerk = sit_down("shouli")
    clerk.goto("/cases/counter/")
    clerk.fill("#id_key_1", live_city.certificate_no)
    clerk.click("[formaction$='change_particulars/']")
    clerk.wait_for_selector("h1:has-text('张三丰')")
    clerk.fill("input[name=phone]", "13800138000")
    clerk.fill("textarea[name=reason]", "更换号码")
    clerk.check("input[name=received][value=form]")
    clerk.dblclick("button[value=accept]:visible")
    clerk.wait_for_selector("text=待复核")
    number = clerk.locator(".strip .mono").first.inner_text()
    case = apps.get_model("cases", "Case").objects.get()
    assert number == case.number

    reviewer = sit_down("fuhe")
    reviewer.goto("/cases/")
    reviewer.click(f"a:has-text('{number}')")
    reviewer.fill("textarea[name=opinion]", "属实")
    reviewer.click("button[value=agree]")
    reviewer.wait_for_selector("text=已变更:联系电话")
    wide = reviewer.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0

    clerk.reload()
    clerk.click("button:has-text('已领取')")
    clerk.wait_for_selector("text=发放结果")
    assert apps.get_model("enrolment", "Person").objects.get(person_no=live_city.person_no).phone == "13800138000"
