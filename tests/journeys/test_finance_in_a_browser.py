"""The finance officer's seat, in a real browser: credit, document, review by another, sweep, a subsidy's arrival."""

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.db import transaction

from tongchou.contributions.subsidies.states import Level
from tongchou.fund import commands as fund
from tongchou.fund import queries as books
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import VoucherKind
from tongchou.kernel.money import Money

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
AREA = "450100"


def enter_credit(page: "Page", reference: str, amount: str, payer: str, account: str = "1003") -> None:
    page.goto("/fund/entries/add/")
    page.select_option("select[name=account]", account)
    page.fill("input[name=reference]", reference)
    page.fill("input[name=amount]", amount)
    page.fill("input[name=payer]", payer)
    page.click("button:has-text('保存')")
    page.wait_for_selector("h1:has-text('银行入账')")


def review(page: "Page", address: str) -> None:
    """With the code that the page tells demo operators."""
    page.goto(address)
    told = page.locator("form[action$='/review/']").inner_text()
    found = re.search(r"\d{6}", told)
    assert found is not None
    page.fill("input[name=second_factor]", found.group())
    page.dblclick("button:has-text('复核记账')")
    page.wait_for_selector("text=已记账")


@pytest.mark.requirement("FIN-07")
@pytest.mark.requirement("CON-29")
@pytest.mark.requirement("FIN-36")
@pytest.mark.requirement("CON-28")
def test_credit_document_review_sweep_and_the_arrival_of_a_subsidy(
    sit_down: Any, live_city: Any, sample: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    finance, accountant = sit_down("caiwufuhe"), sit_down("kuaiji")
    enter_credit(finance, "L-1", "5000.00", "城关镇东村")
    assert "待查" in finance.inner_text("#rows")

    accountant.goto("/fund/documents/income/")
    accountant.select_option("select[name=kind]", "collective")
    accountant.fill("input[name=payer]", "城关镇东村")
    accountant.fill("input[name=paper]", "收据 7")
    accountant.fill("input[name=amount]", "5000.00")
    accountant.fill("input[name=summary]", "村集体扶持")
    accountant.dblclick("button:has-text('保存')")
    accountant.wait_for_selector("text=待到账")
    accountant.dblclick("button:has-text('对应到账')")
    accountant.wait_for_selector("text=待复核")
    review(finance, accountant.url)
    posted = apps.get_model("fund.BusinessDocument").objects.get()
    assert booked(posted.voucher_no) == {"1003": 500_000, "4501": -500_000}

    swept = 123_456_789
    draw(swept, sample.NOW)
    before = books.account_balances(pooling_area=AREA, scheme="resident", until=date(2018, 6, 1))
    accountant.goto("/fund/documents/movement/")
    accountant.fill("input[name=amount]", f"{swept // 100}.{swept % 100:02d}")
    accountant.fill("input[name=paper]", "划 1")
    accountant.click("button:has-text('保存')")
    accountant.wait_for_selector("text=待复核")
    later(monkeypatch, sample.NOW)
    review(finance, accountant.url)
    after = books.account_balances(pooling_area=AREA, scheme="resident", until=date(2018, 6, 1))
    assert after.get("1002", 0) == 0
    assert after["1003"] == before["1003"] + swept

    level = county_share(sample.NOW)
    accountant.goto(f"/contributions/subsidies/{level.application.number}/")
    accountant.select_option("select[name=level]", label="县级财政")
    accountant.fill("input[name=payer]", "县财政局")
    accountant.fill("input[name=paper]", "拨 1")
    accountant.fill("input[name=amount]", "300.00")
    accountant.dblclick("button:has-text('登记拨款')")
    accountant.wait_for_selector("td:has-text('待到账')")
    enter_credit(finance, "L-2", "300.00", "县财政局")
    accountant.click("td a.mono >> nth=0")
    accountant.wait_for_selector("button:has-text('对应到账')")
    accountant.click("button:has-text('对应到账')")
    accountant.wait_for_selector("text=待复核")
    later(monkeypatch, sample.NOW + timedelta(minutes=2))
    review(finance, accountant.url)
    level.refresh_from_db()
    assert (level.received_fen, level.outstanding_fen) == (30_000, 20_000)


def later(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """The next code is of a later moment."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: now + timedelta(minutes=2))


def draw(fen: int, now: datetime) -> None:
    """Premiums drawn by a bank stand in the income account."""
    with transaction.atomic():
        fund.post_voucher(
            pooling_area=AREA,
            scheme="resident",
            kind=VoucherKind.RECEIPT,
            dated_on=date(2018, 5, 10),
            summary="银行代扣",
            source_document="YW-1",
            entries=[EntryDraft("1002", debit=Money(fen)), EntryDraft("4001", credit=Money(fen))],
            operator="kuaiji",
            now=now,
        )


def county_share(now: datetime) -> Any:
    """500.00 yuan that the county owes by an approved application."""
    application = apps.get_model("contributions.SubsidyApplication").objects.create(
        pooling_area_id=AREA,
        unit_code=AREA,
        number="450100-2018-BZ-0001",
        benefit_year=2018,
        purpose="advance",
        count_on=date(2018, 3, 31),
        made_by="daiyu",
        made_at=now,
    )
    snapshot = apps.get_model("contributions.SubsidySnapshot").objects.create(
        application=application,
        run_no=1,
        state="complete",
        digest="0" * 64,
        made_by="daiyu",
        started_at=now,
        finished_at=now,
    )
    application.snapshot, application.state = snapshot, "approved"
    application.reviewed_by, application.reviewed_at = "fuhe", now
    application.submitted_by, application.submitted_at = "lingdao", now
    application.save()
    levels = apps.get_model("contributions.SubsidyLevel")
    for level in Level:
        fen = 50_000 if level == Level.COUNTY else 0
        levels.objects.create(
            application=application,
            level=level,
            due_fen=fen,
            approved_fen=fen,
            payable_fen=fen,
            due_on=date(2018, 6, 30),
        )
    return levels.objects.get(application=application, level=Level.COUNTY)


def booked(number: str) -> dict[str, int]:
    found = books.voucher(number)
    assert found is not None
    return {entry.account: (entry.debit_fen or 0) - (entry.credit_fen or 0) for entry in found.entries}
