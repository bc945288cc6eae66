"""The pages of what is owed once, from the rule to the paper; and two tables from spreadsheets, bad rows and all."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from tongchou.contributions.dues.states import DuePart
from tongchou.contributions.models import BaseAudit, OneOffDue, Programme, Retirement
from tongchou.contributions.tests.test_once_owed import NOW, House, lapsed, programme, retirement_rule, take, worker
from tongchou.contributions.tests.test_once_owed import hire as hire
from tongchou.contributions.tests.test_once_owed import house as house
from tongchou.contributions.tests.test_once_owed import quick_hashing as quick_hashing
from tongchou.contributions.tests.test_once_owed import tree as tree
from tongchou.contributions.tests.test_units import AREA
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode
from tongchou.fund import queries as books
from tongchou.platform.tests.factors import bind

BASE = "/contributions/"


@pytest.fixture
def seat(client: Client) -> Iterator[Any]:
    def at(operator: Any) -> Client:
        client.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        return client

    return at


@pytest.fixture
def looks(django_assert_max_num_queries: Any) -> Any:
    """Opens a page twice: it answers, with at most twelve queries."""

    def look(client: Client, address: str) -> str:
        client.get(address)
        with django_assert_max_num_queries(12, info=address):
            response = client.get(address)
        assert response.status_code == 200, address
        return str(response.content.decode())

    return look


@pytest.mark.requirement("CON-31")
def test_the_rule_is_kept_and_the_month_and_the_person_say_why_benefits_stand_still(house, seat, looks):
    person = worker(house)
    clerk = seat(house.clerk)
    rule = {
        "month": "2018-01", "grace_months": "0", "stops": "after_due", "restores": "payment_day",
        "waiting_months": "0", "late_percent": "0.05", "objection_days": "10", "source": "示例规定",
    }  # fmt: skip
    where = f"{BASE}units/rules/"
    assert clerk.post(where, rule | {"month": "x"}).status_code == 422
    assert clerk.post(where, rule).status_code == 302
    assert "CO-6102" in clerk.post(where, rule).content.decode()
    retire = {"r-valid_from": "2018-01-01", "r-mutual": "0", "r-begins": "next_month", "r-pay_days": "30"}
    assert clerk.post(where, retire | {"about": "retiring"}).status_code == 422
    filled = retire | {"about": "retiring", "r-source": "示例文件", "r-reserve": "6000.00"}
    assert clerk.post(where, filled).status_code == 302
    told = looks(clerk, where)
    assert "自足额缴费之日起" in told
    assert "6,000.00" in told
    house.build_on(date(2018, 6, 1))
    month = apps.get_model("contributions.UnitReceivable").objects.get()
    apps.get_model("contributions.UnitReceivable").objects.update(stops_from=date(2018, 6, 16))
    assert "起停止享受待遇" in looks(clerk, f"{BASE}units/{month.pk}/")
    shown = looks(clerk, f"/persons/{person.person_no}/coverage/")
    assert "单位未足额缴纳2018-06医疗保险费,自2018-06-16起停止享受待遇" in shown


@pytest.mark.requirement("CON-32")
@pytest.mark.article("GX2017 §117")
def test_the_audit_from_the_plan_to_the_confirmation(house, seat, looks):
    house.rule(floor_fen=600_000)
    (person,) = house.half_year()
    no = apps.get_model("enrolment.Person").objects.get(pk=person).person_no
    auditor = seat(house.auditor)
    plan = {"title": "上半年", "month_from": "2018-01", "last_month": "2018-06", "purpose": "查基数"}
    assert "CO-6121" in auditor.post(f"{BASE}base-audits/add/", plan | {"last_month": "2018-07"}).content.decode()
    assert auditor.post(f"{BASE}base-audits/add/", plan).status_code == 302
    (made,) = apps.get_model("contributions.BaseAuditPlan").objects.all()
    where = f"{BASE}base-audits/plans/{made.pk}/"
    assert "缴费基数低于下限:1人,共少6,000.00元" in looks(auditor, where)
    assert auditor.post(f"{where}choose/", {"employer": [str(house.employer.pk)]}).status_code == 302
    assert "CO-6125" in auditor.post(f"{where}choose/", {"code": "X"}).content.decode()
    audit = BaseAudit.objects.get()
    one = f"{BASE}base-audits/{audit.number}/"
    finding = {"person_no": no, "month": "2018-01", "audited": "6000.00"}
    assert auditor.post(one, finding | {"person_no": "nobody"}).status_code == 422
    assert "CO-6127" in auditor.post(one, finding | {"audited": "10"}).content.decode()
    assert auditor.post(one, finding).status_code == 302
    first = audit.findings.get()
    assert auditor.post(f"{one}drop/{first.pk}/").status_code == 302
    assert auditor.post(one, finding).status_code == 302
    assert auditor.post(f"{one}notify/").status_code == 302
    late = auditor.post(one, finding)
    assert late.status_code == 422
    assert "CO-6123" in late.content.decode(), "the employer was told meanwhile"
    assert auditor.post(one, {"words": "含补发"}).status_code == 302
    assert auditor.post(one, {"upheld": "no", "words": "不含"}).status_code == 302
    late = auditor.post(one, {"upheld": "yes", "words": "确不含"})
    assert "CO-6123" in late.content.decode(), "answered meanwhile: an answer is no new objection"
    assert "含补发" in looks(auditor, one)
    assert auditor.get(f"{one}notice.pdf").content.startswith(b"%PDF")
    for address in ("", "units/", "results/"):
        looks(auditor, f"{BASE}base-audits/{address}")
    looks(auditor, f"{one}findings/")
    second = seat(house.second)
    audit.refresh_from_db()
    confirmation = {"version": str(audit.version), "due_on": "2018-08-10"}
    assert "CO-6124" in second.post(one, confirmation | {"version": "1"}).content.decode()
    assert second.post(one, confirmation).status_code == 302
    late = second.post(one, {"words": "再异议"})
    assert late.status_code == 422
    assert "CO-6123" in late.content.decode(), "confirmed meanwhile"
    due = OneOffDue.objects.get()
    assert due.number in looks(second, one)
    assert "100.00" in looks(second, f"{BASE}base-audits/results/?year=2018")
    accountant = seat(house.accountant)
    where = f"{BASE}dues/{due.number}/"
    assert accountant.post(where, {"part": "own", "paper": "回单1"}).status_code == 302
    assert "CO-6113" in accountant.post(where, {"part": "own", "paper": "回单2"}).content.decode()
    assert "待到账" in looks(accountant, where)
    looks(accountant, f"{BASE}dues/")
    assert accountant.get(f"{where}notice.pdf").content.startswith(b"%PDF")
    assert accountant.get(f"{BASE}dues/x/").status_code == 404


@pytest.mark.requirement("CON-33")
def test_a_programme_from_its_terms_to_whom_it_reaches(house, seat, looks, monkeypatch):
    person = apps.get_model("enrolment.Person").objects.get(pk=lapsed(house))
    clerk = seat(house.clerk)
    terms = {
        "code": "XB2018", "name": "断保人员续保优惠", "kind": "rejoin", "valid_from": "2018-01-01",
        "valid_until": "2019-01-01", "share_of": "1", "share_in": "3", "rest_by": "nobody", "waiting_months": "0",
        "break_months": "3", "source": "示例文件",
    }  # fmt: skip
    assert "CO-6201" in clerk.post(f"{BASE}programmes/add/", terms | {"rest_by": "fiscal"}).content.decode()
    assert clerk.post(f"{BASE}programmes/add/", terms).status_code == 302
    made = Programme.objects.get()
    assert made.conditions == [{"fact": "break_months", "value": "3"}]
    window = seat(house.window)
    where = f"{BASE}programmes/{made.pk}/"
    part = {"person_no": person.person_no, "month_from": "2018-02", "last_month": "2018-06", "base": "3000"}
    assert window.post(where, part | {"person_no": "nobody"}).status_code == 422
    assert window.post(where, part).status_code == 302
    assert "CO-6206" in window.post(where, part).content.decode()
    house.settle(OneOffDue.objects.get())
    for address in (where, f"{where}members/", f"{BASE}programmes/", f"{BASE}dues/?kind=programme"):
        looks(window, address)
    assert "断保人员续保优惠" in looks(window, f"/persons/{person.person_no}/coverage/")
    assert "500.00" in window.get(f"{where}members/?export=csv").getvalue().decode("utf-8-sig")
    assert seat(house.clerk).post(where, {"until": "2018-08-01"}).status_code == 302
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(days=31))
    again = seat(house.clerk).post(where, {"until": "2018-09-01"})
    assert "CO-6201" in again.content.decode(), "ended meanwhile, and ended again"
    late = seat(house.window).post(where, part)
    assert "CO-6204" in late.content.decode(), "ended meanwhile, and somebody is to take part"
    assert window.get(f"{BASE}programmes/0/").status_code == 404


@pytest.mark.requirement("CON-34")
@pytest.mark.article("NC-ACCT §12")
def test_a_retirement_from_the_approval_to_the_person_s_page(house, seat, looks):
    retirement_rule(house)
    person = worker(house)
    window = seat(house.window)
    approval = {"person_no": person.person_no, "approved_on": "2018-04-10", "paper": "退审15", "counted_months": "0"}
    add = f"{BASE}retirements/add/"
    assert window.post(add, approval | {"person_no": "nobody"}).status_code == 422
    assert "CO-6156" in window.post(add, approval | {"approved_on": "2018-12-01"}).content.decode()
    assert window.post(add, approval).status_code == 302
    made = Retirement.objects.get()
    where = f"{BASE}retirements/{made.pk}/"
    assert "退休身份待定" in looks(window, where)
    assert "退休身份待定" in looks(window, f"/persons/{person.person_no}/coverage/")
    looks(window, f"{BASE}retirements/")
    looks(window, f"{BASE}dues/{made.reserve_due.number}/")
    assert window.post(where, {"reason": "误登"}).status_code == 302
    assert "CO-6159" in window.post(where, {"reason": "误登"}).content.decode(), "cancelled meanwhile"
    assert window.post(add, approval).status_code == 302
    again = Retirement.objects.latest("id")
    house.settle(again.reserve_due)
    paid = seat(house.accountant).post(f"{BASE}dues/{again.reserve_due.number}/", {"part": "own", "paper": "回单9"})
    assert "CO-6112" in paid.content.decode(), "paid meanwhile"
    window = seat(house.window)
    assert "2018-08-01" in looks(window, f"{BASE}retirements/{again.pk}/")
    assert window.post(f"{BASE}retirements/{again.pk}/finish/").status_code == 302
    assert window.get(f"{BASE}retirements/0/").status_code == 404


# --- spreadsheets -----------------------------------------------------------------------------------------------------

WAGES = "稽核编号,姓名,证件号码,月份,核定工资"
PAYROLL = "单位编号,年度,职工人数,全年工资总额,来源"


@pytest.fixture
def check(house: House, tmp_path: Path) -> Any:
    def checked(kind: str, head: str, *rows: str) -> Any:
        file = tmp_path / f"{kind}{len(list(tmp_path.iterdir()))}.csv"
        file.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
        return imports.check(
            kind=kind,
            pooling_area=AREA,
            file_name=file.name,
            content=file,
            options={},
            operator=house.auditor,
            now=NOW,
        )

    return checked


@pytest.mark.requirement("CON-32")
def test_audited_wages_come_from_a_table_and_who_was_declared_high_enough_is_no_finding(house, check):
    first, second = house.half_year(2)
    audit = house.audit()
    people = {one.pk: one for one in apps.get_model("enrolment.Person").objects.all()}

    def row(person: int, month: str, wage: str, number: str = audit.number) -> str:
        return f"{number},{people[person].name},{people[person].certificate_no},{month},{wage}"

    bad = check(
        "audited_wages",
        WAGES,
        row(first, "2018-01-31", "6000"),
        row(first, "2018-01-02", "6000"),
        row(first, "2018-07-01", "6000"),
        row(second, "2018-01-01", "0"),
        row(second, "2018-02-01", "6000", "450100-2018-JH-999999"),
        f"{audit.number},某人,450101199901010019,2018-01-01,6000",
    )
    codes = [one.code for one in imports.problems_of(bad.id).rows]
    assert {"CO-6141", "CO-6142", "CO-6144", "EN-4091"} <= set(codes)
    assert bad.rows_bad == 5
    good = check(
        "audited_wages", WAGES, row(first, "2018-01-31", "6000"), row(first, "2018-02-01", "5000"),
        row(second, "2018-01-01", "7000"),
    )  # fmt: skip
    assert good.rows_bad == 0
    imports.take_in(preview_id=good.id, mode=Mode.ALL, operator=house.auditor, now=NOW)
    audit.refresh_from_db()
    assert (audit.persons, audit.gap_fen, audit.findings.count()) == (2, 300_000, 2)


@pytest.mark.requirement("CON-32")
def test_reported_payrolls_come_from_a_table_and_the_latest_counts(house, check):
    bad = check("reported_payroll", PAYROLL, "D001,2018,0,100,税务", "X9,2018,1,100,税务", "D001,2018,1,1,税务")
    assert {one.code for one in imports.problems_of(bad.id).rows} >= {"CO-6142", "CO-6143"}
    for wages in ("1000", "2000.50"):
        told = check("reported_payroll", PAYROLL, f"d001,2018,3,{wages},税务")
        assert told.rows_bad == 0
        imports.take_in(preview_id=told.id, mode=Mode.ALL, operator=house.auditor, now=NOW)
    payroll = apps.get_model("contributions.ReportedPayroll").objects.get()
    assert (payroll.heads, payroll.wages_fen) == (3, 200_050)


@pytest.mark.requirement("CON-32", "ORG-15")
@pytest.mark.article("JS-EXT 2")
def test_hardship_aid_goes_over_the_counter_and_both_parts_reach_the_books(house, hire, seat, looks):
    """补缴困难资助: a form with faults, a second person, an approver with a code; then department and person pay."""
    member = take(house, programme(house), lapsed(house))
    due = member.due
    first, approver = hire("second_reviewer", at=AREA), hire("approver", at=AREA)
    device = bind(approver, NOW)
    where = reverse("cases:accept", args=["aid_backpay"])
    desk = seat(house.window)
    shown = looks(desk, f"{where}?key={due.number}")
    assert "500.00" in shown, "the personal part stands beside the field"
    form = {
        "act": "accept", "subject": due.number, "request_id": "a1", "applicant_name": "韦大", "amount": "300.00",
        "department": "民政局", "reason": "低保家庭", "received": ["form", "proof"],
    }  # fmt: skip
    for wrong, said in (({"amount": "500.01"}, "500.00"), ({"amount": "abc"}, "500.00"), ({"department": ""}, "")):
        refused = desk.post(where, form | wrong)
        assert refused.status_code == 422
        assert said in refused.content.decode()
    assert desk.post(where, form | {"subject": "XX"})["Location"] == reverse("cases:counter"), "nobody owes that"
    assert [desk.post(where, form).status_code for _ in range(2)] == [302, 302], "a double click"
    case = apps.get_model("cases.Case").objects.get()
    address = reverse("cases:case", args=[case.number])

    def agree(operator, **more):
        case.refresh_from_db()
        given = {"decision": "agree", "version": str(case.version), "opinion": "情况属实"}
        return seat(operator).post(f"{address}decide/", given | more)

    assert agree(first).status_code == 302
    assert agree(approver).status_code == 422, "money needs a code"
    due.refresh_from_db()
    assert not due.aided_fen
    assert agree(approver, second_factor=device.code(NOW)).status_code == 302
    case.refresh_from_db()
    due.refresh_from_db()
    assert (case.state, due.aided_fen, due.own_fen, due.aided_by) == ("done", 30_000, 20_000, "民政局")
    assert "资助300.00元,个人缴纳200.00元" in case.result
    assert seat(house.window).get(f"{address}result.pdf").content.startswith(b"%PDF")

    house.settle(due, DuePart.AID)
    assert due.state == "open", "the person's own part is still owed"
    house.settle(due, DuePart.OWN)
    member.refresh_from_db()
    assert (due.state, member.state) == ("paid", "counted")
    balances = books.account_balances(pooling_area=AREA, scheme="employee", until=date(2018, 8, 1))
    income = {code: fen for code, fen in balances.items() if code.startswith("4")}
    assert income.pop("400101") == -20_000
    assert sum(income.values()) == -30_000, "the department's part is no premium"
    again = seat(house.window).post(where, form | {"request_id": "a2"})
    assert again.status_code == 422
    assert "CO-6116" in again.content.decode()
