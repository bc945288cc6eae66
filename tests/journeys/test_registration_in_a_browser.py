"""A family from the village over the town into the register, and a school's class, in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.db import connection
from stdnum.cn import ric

from tongchou.platform.commands import ensure_demo_operators
from tongchou.platform.states import UnitLevel

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
SCHOOL = "S45010200001"


def _number(born: str, order: int) -> str:
    body = f"450102{born}{order:03d}"
    return body + ric.calc_check_digit(body + "0")


@pytest.fixture
def sit_down(sit_down: Callable[[str], "Page"], sample: Any) -> Callable[[str], "Page"]:
    """Logs an operator of village, town or school in, in a browser of its own."""
    unit = apps.get_model("platform", "OrgUnit")
    county = unit.objects.get(code=sample.COUNTY)
    unit.objects.create(
        code=SCHOOL,
        name="安河县第一小学",
        level=UnitLevel.SCHOOL,
        parent=county,
        pooling_area_id=sample.AREA,
        path=f"{county.path}{SCHOOL}/",
        valid_from=sample.OPENED,
    )
    units = {
        UnitLevel.CITY: sample.AREA,
        UnitLevel.TOWN: "450102101",
        UnitLevel.VILLAGE: sample.VILLAGE,
        UnitLevel.SCHOOL: SCHOOL,
    }
    with connection.cursor() as cursor:  # the sample city numbers its persons by hand
        cursor.execute("SELECT enrolment_next_person_no(%s) FROM generate_series(1, 100)", [sample.AREA])
    ensure_demo_operators(units=units, active_from=sample.OPENED, now=sample.NOW)

    return sit_down


@pytest.mark.requirement("ENR-01")
@pytest.mark.requirement("ENR-05")
@pytest.mark.requirement("ENR-06")
def test_a_family_is_registered_by_the_village_and_admitted_by_the_town(
    sit_down: Any, sample: Any, tmp_path: Path
) -> None:
    village = sit_down("cunxieban")
    village.goto("/villages/")
    village.wait_for_selector("h1:has-text('上莲村委会')")
    village.fill("#id_hukou_address", "上莲村新居1号")
    village.dblclick("button:has-text('立户并登记')")
    village.wait_for_selector("h1:has-text('户 ·')")
    village.click("a:has-text('登记成员')")
    village.fill("input[name=hukou_area]", "450102")
    village.fill("input[name=hukou_address]", "上莲村新居1号")
    _fill_member(village, 0, "韦春兰", "head", _number("19840304", 801))
    village.keyboard.press("Alt+n")
    village.wait_for_selector("#row-1")
    _fill_member(village, 1, "韦小雨", "child", _number("20150601", 802))
    for box in village.query_selector_all("input[name=received], input[name=original], input[name=copied]"):
        if box.get_attribute("value") in ("form", "household_book"):
            box.check()
    for name in ("received", "original", "copied"):
        village.check(f"input[name=row-0-{name}][value=id_card]")
    village.dblclick("button[value=accept]:visible")
    village.wait_for_selector("text=待村(居)委会初审")
    number = village.locator(".strip .mono").first.inner_text()

    village.fill("textarea[name=opinion]", "属实,已盖章")
    village.click("button[value=agree]")
    village.wait_for_selector("text=居民户口簿(缺扫描件)")
    scan = tmp_path / "户口簿.pdf"
    scan.write_bytes(b"%PDF-1.4 scan %%EOF")
    village.set_input_files("#id_file", scan)
    village.select_option("select[name=material]", "household_book")
    village.click("button:has-text('上传')")
    village.wait_for_selector("text=户口簿.pdf")
    village.fill("textarea[name=opinion]", "属实,已盖章")
    village.click("button[value=agree]")
    village.wait_for_selector("text=待转交乡镇(街道)")
    village.goto("/villages/")
    village.dblclick("button:has-text('转交所选')")
    village.wait_for_selector("h1:has-text('转交清单')")
    assert apps.get_model("enrolment", "ForwardingBatch").objects.get().forms == 1

    town = sit_down("zhenshenhe")
    town.goto("/forwarded/")
    town.click("table.rows a")
    town.click(f"a:has-text('{number}')")
    town.fill("textarea[name=opinion]", "材料齐全")
    town.click("button[value=agree]")
    town.wait_for_selector("text=已参保登记2人")
    wide = town.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
    household = apps.get_model("enrolment", "Household").objects.get(hukou_address="上莲村新居1号")
    assert sorted(household.members.values_list("name", flat=True)) == ["韦小雨", "韦春兰"]


def _fill_member(page: "Page", row: int, name: str, relation: str, number: str) -> None:
    page.fill(f"input[name=row-{row}-name]", name)
    page.select_option(f"select[name=row-{row}-relation]", relation)
    page.select_option(f"select[name=row-{row}-certificate_type]", "01")
    page.fill(f"input[name=row-{row}-certificate_no]", number)
    page.select_option(f"select[name=row-{row}-ethnicity]", "08")


@pytest.mark.requirement("ENR-12")
def test_a_school_brings_its_roster_and_the_agency_takes_it_in(sit_down: Any, tmp_path: Path) -> None:
    lines = ["姓名,证件号码,参保单位,户籍地,班级,监护人,监护人电话"]
    lines += [f"学生{n},{_number('20080101', n)},{SCHOOL},450102,三(2)班,家长{n},1380000000{n}" for n in range(1, 4)]
    roster = tmp_path / "学生.csv"
    roster.write_text("\n".join([*lines, ""]))
    school = sit_down("xuexiao")
    school.goto("/villages/")
    school.wait_for_selector("h1:has-text('安河县第一小学')")
    school.click("a:has-text('导入学生花名册')")
    school.set_input_files("input[type=file]", roster)
    school.click("button:has-text('上传并检查')")
    school.wait_for_selector("text=学生.csv")
