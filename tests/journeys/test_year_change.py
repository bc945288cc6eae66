"""The change from 2018 to 2019 through every chapter's items, as the city's people do it (ORG-26)."""

import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from tongchou.fund import queries as fund
from tongchou.platform import commands as platform_commands
from tongchou.platform import second_factor
from tongchou.platform.calendar_files import ImportedDay
from tongchou.settlement import commands as settlement
from tongchou.settlement.facts import Counter
from tongchou.settlement.tests import world
from tongchou.year_change import queries

pytestmark = [pytest.mark.requirement("ORG-26"), pytest.mark.article("GX2017 §21", "GX2017 §45", "GX2017 §66")]
HYPERTENSION = "高血压"
DECEMBER = datetime(2018, 12, 10, 2, tzinfo=UTC)


@pytest.fixture
def december(city: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The sample city in December 2018."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: DECEMBER)
    return city


@pytest.fixture
def sit_down(client: Client, december: Any) -> Any:
    def at(staff_code: str) -> Client:
        client.force_login(operator(staff_code), backend="tongchou.platform.authentication.OperatorBackend")
        return client

    return at


def operator(staff_code: str) -> Any:
    return apps.get_model("platform", "Operator").objects.get(staff_code=staff_code)


def text(response: Any) -> str:
    return response.content.decode()


def open_titles() -> set[str]:
    change = queries.change(world.AREA, 2019)
    assert change is not None
    return {view.item.code for view in queries.checklist(change) if view.state == "open"}


def post(browser: Client, view: str, *args: Any, **data: str) -> Any:
    return browser.post(reverse(f"year_change:{view}", args=args), data, follow=True)


def bring_calendar() -> None:
    days = [ImportedDay(date(2019, 1, 1), False, "元旦"), ImportedDay(date(2019, 2, 5), False, "春节")]
    platform_commands.import_calendar_year(
        year=2019, days=days, source="国办发明电〔2018〕15号", by=operator("xitong"), now=DECEMBER
    )
    platform_commands.approve_calendar_year(year=2019, by=operator("anquan"), now=DECEMBER)


def test_the_city_changes_to_2019_item_by_item(sit_down: Any) -> None:
    page = post(sit_down("xinxi"), "open", year="2019")
    for told in (
        "2019年度切换",
        "工作日历",
        "个人缴费标准",
        "应缴",
        "定点协议续签",
        "基金账簿",
        "总额预算方案",
        "由人工确认",
    ):
        assert told in text(page), told
    blocked = post(sit_down("lingdao"), "release", 2019, second_factor="000000")
    assert blocked.status_code == 422
    assert "YC-1009" in text(blocked)
    assert "工作日历" in text(blocked)

    bring_calendar()
    clerk = sit_down("zhengjiao")
    saved = clerk.post(
        "/contributions/standards/add/",
        {"scheme": "resident", "year": "2019", "personal": "220", "subsidy": "520", "source": "桂医保发〔2018〕8号"},
        follow=True,
    )
    assert "220.00" in text(saved)
    assert "已生成2019年度应缴" in text(post(clerk, "act", 2019, "receivables"))
    assert "2019年1月已开账" in text(post(sit_down("kuaiji"), "act", 2019, "books"))
    assert fund.is_open(pooling_area=world.AREA, scheme="resident", on=date(2019, 1, 1))
    for staff_code, item, note in (
        ("xieyi", "total_budget", "市总额预算方案已印发"),
        ("tongji", "report_structures", "沿用2018年制度"),
    ):
        assert note in text(post(sit_down(staff_code), "confirm", 2019, item, note=note))
    assert open_titles() == set(), open_titles()

    code = second_factor.demo_code(operator("lingdao"), DECEMBER)
    released = post(sit_down("lingdao"), "release", 2019, second_factor=code)
    assert queries.is_released(world.AREA, 2019), text(released)


@pytest.mark.requirement("ENC-21")
def test_filings_of_chronic_diseases_are_renewed_for_the_year_once_each(sit_down: Any, december: Any) -> None:
    clerk = sit_down("zhengjiao")
    filed = {
        "person_no": december.person_no,
        "kind": "chronic",
        "disease_code": HYPERTENSION,
        "institution_code": world.HOSPITAL,
        "consented_on": "2018-05-10",
        "valid_from": "2018-05-10",
        "evidence": "诊断证明",
    }
    assert clerk.post("/filings/new/", filed).status_code == 302
    (first,) = filings()
    assert f"/filings/{first.pk}/" in text(clerk.get("/filings/renew/"))
    twice = {"pick": [first.pk, first.pk], "evidence": "2018年度年检合格", "year": "2019"}
    told = text(clerk.post("/filings/renew/chosen/", twice, follow=True))
    assert "已续期 1 份备案" in told
    assert "EC-4004" in told
    assert f"/filings/{first.pk}/" not in text(clerk.get("/filings/renew/"))
    renewed, first = filings()
    assert (renewed.valid_from, renewed.valid_until) == (date(2019, 1, 1), date(2020, 1, 1))
    assert (renewed.institution_codes, renewed.evidence) == (first.institution_codes, "2018年度年检合格")
    assert first.valid_until == date(2019, 1, 1)


def test_a_closed_filing_and_a_home_bed_are_not_renewed(sit_down: Any, december: Any) -> None:
    clerk = sit_down("zhengjiao")
    bed = apps.get_model("encounters", "Filing").objects.create(
        pooling_area=world.AREA,
        person_id=apps.get_model("enrolment", "Person").objects.get(person_no=december.person_no).pk,
        kind="home_bed",
        institution_codes=[world.HOSPITAL],
        consented_on=date(2018, 11, 10),
        valid_from=date(2018, 11, 10),
        valid_until=date(2019, 1, 1),
        evidence="家庭病床申请表",
        filed_by="x",
        filed_at=DECEMBER,
    )
    assert "EC-4016" in text(clerk.post("/filings/renew/chosen/", {"pick": [bed.pk]}, follow=True))
    assert "没有选择备案" in text(clerk.post("/filings/renew/chosen/", {}, follow=True))
    assert len(filings()) == 1


@pytest.mark.article("GX2017 §82")
def test_a_manual_claim_of_2018_filed_in_2019_counts_in_2018(city: Any) -> None:
    who = world.person()
    of_2018 = world.visit(who, "2018-12-20")
    total = world.charge(of_2018, world.classes(a="100"))
    settlement.settle_at_counter(
        pooling_area=world.AREA,
        encounter_id=of_2018.id,
        total_fen=total,
        use_account=False,
        counter=Counter(reason="当时系统故障"),
        request_id="W2018",
        operator=operator("shouli"),
        now=world.at("2019-02-10"),
    )
    spent = world.accumulators(who, 2018)
    assert sum(spent.values()) > 0
    assert world.accumulators(who, 2019) == {}
    world.settled_visit(who, world.classes(a="100"), "2019-02-11")
    assert world.accumulators(who, 2018) == spent
    assert world.accumulators(who, 2019) == spent


def test_the_page_costs_few_questions_and_a_county_sees_without_touching(
    sit_down: Any, django_assert_max_num_queries: Any
) -> None:
    post(sit_down("xinxi"), "open", year="2019")
    county = sit_down("daiyu")
    county.get("/year-change/2019/")
    with django_assert_max_num_queries(12):
        page = text(county.get("/year-change/2019/"))
    assert "定点协议续签" in page
    assert "确认就绪" not in page
    assert post(county, "confirm", 2019, "total_budget", note="x").status_code == 422
    assert county.post("/year-change/2019/release/").status_code == 403
    assert county.get("/year-change/2031/").status_code == 404


def test_the_list_is_printed_and_a_reprint_is_marked(sit_down: Any) -> None:
    browser = sit_down("xinxi")
    post(browser, "open", year="2019")
    first, second = (PdfReader(io.BytesIO(browser.get("/year-change/2019/paper/").content)) for _ in range(2))
    assert "2019年度切换清单" in first.pages[0].extract_text()
    assert "补打" not in first.pages[0].extract_text()
    assert "补打1" in second.pages[0].extract_text()


def filings() -> list[Any]:
    return list(apps.get_model("encounters", "Filing").objects.order_by("-id"))
