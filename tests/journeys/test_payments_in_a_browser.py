"""Money from the seats of the counter, the city's clerk, finance and audit, in a real browser: taken, undone, closed;
what the tax office sent and nobody could place; a base understated, from the plan to what is owed.

The village's and the township's lists are in `test_registration_in_a_browser.py`.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from stdnum.cn import ric

from tongchou.contributions import commands as contributions
from tongchou.contributions.counter import commands as counter
from tongchou.contributions.tests import test_once_owed as owing
from tongchou.exchange import imports
from tongchou.platform.tests.conftest import Hire
from tongchou.settlement.tests import world

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def fits(page: "Page") -> bool:
    return not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.fixture
def resident(live_city: Any, sample: Any) -> Any:
    """Somebody of the village who has paid nothing yet; a standard and a means to pay by."""
    policy = apps.get_model("platform", "Operator").objects.get(staff_code="zhengjiao")
    common = {"pooling_area": sample.AREA, "operator": policy, "now": sample.NOW}
    contributions.set_standard(
        scheme="resident", benefit_year=2018, personal_fen=18_000, subsidy_fen=49_000, source="示例文件", **common
    )
    counter.set_means(code="pos", name="POS刷卡", source="示例文件", valid_from=sample.OPENED, **common)
    made = apps.get_model("enrolment", "Person").objects.get(pk=world.person(covered=[]).id)
    body = f"45010219800520{made.pk % 1000:03d}"
    made.name, made.name_initials, made.unit_code = "韦小娟", "wxj", sample.VILLAGE
    made.certificate_no = body + ric.calc_check_digit(body + "0")
    made.save(update_fields=["name", "name_initials", "unit_code", "certificate_no"])
    return made


@pytest.mark.requirement("CON-12", "CON-05", "FIN-07")
@pytest.mark.article("GX2017 §95")
def test_a_clerk_takes_a_payment_prints_undoes_it_by_a_second_person_and_closes_the_day(
    sit_down: Callable[[str], "Page"], resident: Any
) -> None:
    clerk = sit_down("shouli")

    def pay(reference: str) -> str:
        clerk.goto("/contributions/counter/")
        clerk.fill("main input[name=q]", resident.certificate_no)
        clerk.press("main input[name=q]", "Enter")
        clerk.wait_for_selector("h1:has-text('韦小娟')")
        assert clerk.input_value("#id_amount") == "180.00"
        clerk.fill("#id_reference", reference)
        clerk.dblclick("button:has-text('确认收款')")
        clerk.wait_for_selector("text=已收款,收据")
        return clerk.url

    receipt = pay("T0001")
    assert fits(clerk)
    for _copy in range(2):
        assert clerk.request.get(f"{receipt.rstrip('/')}.pdf").headers["content-type"] == "application/pdf"
    clerk.fill("#reason", "刷错卡")
    clerk.click("button:has-text('申请撤销')")
    clerk.wait_for_selector("text=等待第二人核准")
    second = sit_down("fuhe")
    second.goto(receipt)
    second.fill("#void", "V0001")
    second.click("button:has-text('核准撤销')")
    second.wait_for_selector(".state:has-text('已撤销')")
    pay("T0002")
    clerk.goto("/contributions/counter/")
    clerk.click("main a:has-text('日结')")
    clerk.goto(f"/contributions/counter/days/{apps.get_model('contributions', 'CounterDay').objects.get().number}/")
    clerk.fill("input[name=told_pos]", "180.00")
    clerk.fill("input[name=slip_pos]", "S0001")
    clerk.dblclick("button:has-text('日结并记账')")
    clerk.wait_for_selector("text=已日结,收款已记账")
    payments = apps.get_model("contributions", "CounterPayment").objects
    assert sorted(payments.values_list("state", flat=True)) == ["cancelled", "received"]
    voucher = apps.get_model("contributions", "CounterDay").objects.get().batch.voucher_no
    finance = sit_down("caiwufuhe")
    finance.goto("/contributions/counter/days/")
    finance.click("#rows tbody a")
    finance.click(f"a:has-text('{voucher}')")
    finance.wait_for_selector(f"h1:has-text('{voucher}')")
    assert "180.00" in finance.inner_text("main")


@pytest.mark.requirement("CON-11", "FIN-35")
@pytest.mark.article("JL2019 §13")
def test_what_the_tax_office_collected_and_nobody_could_place_is_decided_and_finance_sees_it_in_the_books(
    sit_down: Callable[[str], "Page"], resident: Any, sample: Any, tmp_path: Path
) -> None:
    head = "姓名,证件号码,保险年度,缴费金额,缴费日期,电子税票号,征收机构,更正原票号"
    file = tmp_path / "税务结果.csv"
    file.write_text(f"{head}\n韦小绢,{resident.certificate_no},2018,180.00,2018-05-10,T777,城关税务分局,\n")
    officer = apps.get_model("platform", "Operator").objects.get(staff_code="zhengjiao")
    told = {"operator": officer, "now": sample.NOW}
    preview = imports.check(
        kind="contributions",
        pooling_area=sample.AREA,
        file_name=file.name,
        content=file,
        options={"channel": "tax", "transferred": ""},
        **told,
    )
    imports.take_in(preview_id=preview.id, mode=imports.Mode.ONLY_GOOD, **told)
    clerk = sit_down("zhengjiao")
    clerk.goto("/contributions/tax/")
    clerk.click("#rows a:has-text('T777')")
    clerk.select_option("#id_what", "match")
    clerk.fill("#id_key", resident.person_no)
    clerk.click("button:has-text('处理完毕')")
    clerk.wait_for_selector(".field-error, .form-errors")
    clerk.fill("#id_reason", "电话核实,姓名登记有误")
    clerk.dblclick("button:has-text('处理完毕')")
    clerk.wait_for_selector("text=电话核实,姓名登记有误")
    item = apps.get_model("contributions", "TaxItem").objects.get()
    assert (item.state, item.contribution.person_id) == ("matched", resident.pk)
    finance = sit_down("caiwufuhe")
    finance.goto(f"/contributions/tax/{item.pk}/")
    assert fits(finance)
    finance.click(f"a:has-text('{item.voucher_no}')")
    finance.wait_for_selector(f"h1:has-text('{item.voucher_no}')")
    assert "180.00" in finance.inner_text("main")


@pytest.mark.requirement("CON-32")
@pytest.mark.article("GX2017 §117")
def test_a_base_is_audited_from_the_plan_to_what_the_employer_owes(
    live_city: Any, sample: Any, sit_down: Callable[[str], "Page"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: owing.NOW)
    hire = Hire()
    house = owing.House(hire)
    house.rule()
    house.half_year()
    second = hire("auditor", at=sample.AREA, name="第二稽核人")
    second.set_password(sample.PASSWORD)
    second.save(update_fields=["password"])
    auditor = sit_down("jihe")
    auditor.goto("/contributions/base-audits/")
    auditor.click("a:has-text('编制稽核计划')")
    for name, told in (("title", "上半年基数"), ("month_from", "2018-01"), ("last_month", "2018-06")):
        auditor.fill(f"#id_{name}", told)
    auditor.fill("#id_purpose", "核对工资台账")
    auditor.press("#id_purpose", "Control+s")
    auditor.wait_for_selector("text=稽核计划已编制")
    auditor.fill("#code", "D001")
    auditor.click("button:has-text('列入稽核')")
    auditor.wait_for_url("**/base-audits/**")
    audit = apps.get_model("contributions", "BaseAudit").objects.get()
    address = f"/contributions/base-audits/{audit.number}/"
    auditor.goto(address)
    auditor.fill("#id_person_no", "E000001")
    auditor.fill("#id_month", "2018-01")
    auditor.fill("#id_audited", "6000.00")
    auditor.press("#id_audited", "Control+s")
    auditor.wait_for_selector("table.rows td:has-text('6,000.00')")
    auditor.click("button:has-text('告知单位')")
    auditor.wait_for_selector("text=告知日期")
    assert fits(auditor)
    colleague = sit_down(second.staff_code)
    colleague.goto(address)
    colleague.fill("#id_due_on", date(2018, 8, 10).isoformat())
    colleague.check("#id_agreed")
    colleague.press("#id_agreed", "Control+s")
    colleague.wait_for_selector("text=确认人")
    audit.refresh_from_db()
    assert (audit.due.amount_fen, audit.confirmed_by) == (10_000, second.staff_code)
    clerk = sit_down("zhengjiao")
    clerk.goto(f"/contributions/dues/{audit.due.number}/")
    assert "100.00" in clerk.inner_text("main")
    assert fits(clerk)
