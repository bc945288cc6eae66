"""The end of a relation in a real browser: by the heir's application, and by a list of the police with an objection."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from stdnum.cn import ric

from tongchou.exchange import imports
from tongchou.exchange.imports import Mode
from tongchou.platform import queries as platform
from tongchou.settlement.tests import world

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
SECOND_OF_MAY = datetime(2018, 5, 2, 2, tzinfo=UTC)


def person(person_no: str) -> Any:
    return apps.get_model("enrolment", "Person").objects.get(person_no=person_no)


def citizen_number(order: int) -> str:
    """An invented citizen number with a correct check digit."""
    body = f"45010219400520{order:03d}"
    return body + ric.calc_check_digit(body + "0")


def fits(page: "Page") -> bool:
    """Nothing needs scrolling sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0)


@pytest.mark.requirement("ENR-21")
def test_an_heir_applies_and_the_county_ends_the_relation(sit_down: Any, live_city: Any) -> None:
    clerk = sit_down("shouli")
    clerk.goto("/cases/counter/")
    clerk.fill("#id_key_1", live_city.person_no)
    clerk.click("[formaction$='terminate_relation/']")
    clerk.wait_for_selector("h1:has-text('参保关系注销')")
    clerk.select_option("select[name=reason]", "death")
    clerk.fill("input[name=event_on]", "2018-05-12")
    clerk.fill("input[name=evidence_no]", "县医院死亡证明2018-77")
    clerk.select_option("select[name=card_returned]", "no")
    clerk.select_option("select[name=applicant]", "heir")
    clerk.fill("input[name=applicant_certificate]", citizen_number(701))
    clerk.fill("input[name=applicant_relation]", "子女")
    clerk.fill("input[name=applicant_name]", "韦小子")
    for paper in ("form", "identity", "death_proof"):
        clerk.check(f"input[name=received][value={paper}]")
    assert fits(clerk)
    clerk.dblclick("button.btn-primary[value=accept]")
    clerk.wait_for_selector("text=待复核")
    number = apps.get_model("cases", "Case").objects.get().number
    reviewer = sit_down("fuhe")
    reviewer.goto(f"/cases/{number}/")
    reviewer.fill("textarea[name=opinion]", "材料齐全,属实")
    reviewer.click("button[value=agree]")
    reviewer.wait_for_selector("text=已注销:死亡,自2018-05-13起终止")
    reviewer.goto(f"/persons/{live_city.person_no}/")
    reviewer.wait_for_selector("text=终止参保")
    assert f"{person(live_city.person_no).died_on}" == "2018-05-12"


@pytest.mark.requirement("ENR-22")
def test_a_list_of_the_police_is_objected_to_for_one_and_approved_for_the_other(
    sit_down: Any, live_city: Any, tmp_path: Path
) -> None:
    numbers = live_city.person_no, world.person().number
    for order, (number, name) in enumerate(zip(numbers, ("张健在", "李过世"), strict=True)):
        people = apps.get_model("enrolment", "Person").objects.filter(person_no=number)
        people.update(name=name, certificate_no=citizen_number(703 + 2 * order), born_on="1940-05-20")
    alive, dead = (person(number) for number in numbers)
    file = tmp_path / "police.csv"
    rows = [f"{one.name},{one.certificate_no},死亡,2018-05-01,公死12号" for one in (alive, dead)]
    file.write_text("\n".join(["姓名,证件号码,人员状态,死亡日期,文书号", *rows, ""]), encoding="utf-8")
    importer = platform.operator_by_staff_code("daiyu")
    area = str(alive.pooling_area_id)
    preview = imports.check(
        kind="endings",
        pooling_area=area,
        file_name=file.name,
        content=file,
        options={"informant": "police"},
        operator=importer,
        now=SECOND_OF_MAY,
    )
    imports.take_in(preview_id=preview.id, mode=Mode.ONLY_GOOD, operator=importer, now=SECOND_OF_MAY)
    clerk = sit_down("shouli")
    clerk.goto("/persons/reports/")
    assert fits(clerk)
    clerk.click("a:has-text('张')")
    clerk.wait_for_selector("h1:has-text('人员状态信息')")
    clerk.fill("input[name=objector]", "其女")
    clerk.fill("textarea[name=reason]", "本人健在")
    clerk.click("button[value=object]")
    clerk.wait_for_selector("text=本人健在")
    reviewer = sit_down("fuhe")
    reviewer.goto("/persons/reports/")
    assert reviewer.locator("input[name=pick]").count() == 1
    reviewer.check("input[name=pick]")
    reviewer.click("button:has-text('核准所选人员')")
    reviewer.wait_for_selector("text=已核准 1 人")
    assert [one.died_on is None for one in (person(alive.person_no), person(dead.person_no))] == [True, False]


@pytest.mark.requirement("ENR-17")
def test_two_records_are_compared_merged_and_told_of_each_other(sit_down: Any, live_city: Any) -> None:
    kept, other = live_city.person_no, world.person().number
    people = apps.get_model("enrolment", "Person").objects
    known = people.get(person_no=kept)
    people.filter(person_no=other).update(
        name=known.name, born_on=known.born_on, sex=known.sex, unit_code=known.unit_code
    )
    clerk = sit_down("shouli")
    clerk.goto(f"/persons/{kept}/merge/")
    clerk.fill("#id_other", other)
    clerk.press("#id_other", "Enter")
    clerk.wait_for_selector("text=被归并登记的内容")
    assert fits(clerk)
    clerk.click("a:has-text('受理归并')")
    clerk.wait_for_selector("h1:has-text('归并重复登记')")
    assert clerk.input_value("input[name=other]") == other
    clerk.fill("textarea[name=reason]", "旧证件重复登记")
    clerk.fill("input[name=evidence_no]", "户籍证明2018-3")
    for one in ("identity", "proof"):
        clerk.check(f"input[name=received][value={one}]")
    clerk.dblclick("button.btn-primary[value=accept]")
    clerk.wait_for_selector("text=待初审")
    number = apps.get_model("cases", "Case").objects.get().number
    for staff_code, seen in (("daiyu", "待核准"), ("fuhe", f"人员编号{other}已归并到{kept}")):
        desk = sit_down(staff_code)
        desk.goto(f"/cases/{number}/")
        desk.fill("textarea[name=opinion]", "系同一人")
        desk.click("button[value=agree]")
        desk.wait_for_selector(f"text={seen}")
    clerk.goto(f"/persons/{other}/")
    clerk.wait_for_selector(f"text=人员编号 {other} 已归并到 {kept}")
