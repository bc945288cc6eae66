"""The national chart of accounts."""

import pytest

from tongchou.fund import chart, commands
from tongchou.fund.models import LedgerAccount
from tongchou.fund.states import AccountClass
from tongchou.fund.tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("scheme", ["resident", "employee"])
def test_every_sub_account_has_its_parent(scheme: str) -> None:
    codes = {subject.code for subject in chart.subjects(scheme)}
    assert all(subject.parent_code in codes for subject in chart.subjects(scheme) if subject.parent_code)


@pytest.mark.article("GX2017 §94", "JL2019 §47")
@pytest.mark.parametrize("scheme", ["resident", "employee"])
def test_there_is_no_cash_account(scheme: str) -> None:
    assert not [subject for subject in chart.subjects(scheme) if subject.code.startswith("1001")]


@pytest.mark.requirement("FIN-14")
@pytest.mark.parametrize(
    ("code", "name", "account_class", "debit_normal"),
    [
        ("1003", "财政专户存款", AccountClass.ASSET, True),
        ("1004", "支出户存款", AccountClass.ASSET, True),
        ("2001", "暂收款", AccountClass.LIABILITY, False),
        ("3001", "一般基金结余", AccountClass.NET_ASSET, False),
        ("4001", "社会保险费收入", AccountClass.INCOME, False),
        ("4402", "下级上解收入", AccountClass.INCOME, False),
        ("5101", "大病保险支出", AccountClass.EXPENSE, True),
        ("5301", "上解上级支出", AccountClass.EXPENSE, True),
    ],
)
def test_national_codes_names_and_sides_are_kept(
    code: str, name: str, account_class: AccountClass, debit_normal: bool
) -> None:
    subject = {s.code: s for s in chart.subjects("resident")}[code]
    assert (subject.name, subject.account_class, subject.debit_normal) == (name, account_class, debit_normal)


def test_residents_split_benefits_by_stay_visit_and_other() -> None:
    names = {s.code: s.name for s in chart.subjects("resident")}
    assert [names[f"50010{n}"] for n in "123"] == ["住院费用支出", "门诊费用支出", "其他费用支出"]


def test_employees_keep_pool_and_accounts_apart() -> None:
    closes = {s.code: s.closes_to for s in chart.subjects("employee") if s.closes_to}
    assert closes["400101"] == closes["50010101"] == closes["410102"] == "300101"
    assert closes["400102"] == closes["50010203"] == closes["4301"] == closes["5201"] == "300102"
    assert "4601" not in closes
    assert "4602" not in closes


def test_setting_up_the_chart_twice_changes_nothing(area: str) -> None:
    first = commands.ensure_chart(pooling_area=area, scheme="employee")
    assert first == len(chart.subjects("employee"))
    assert commands.ensure_chart(pooling_area=area, scheme="employee") == 0


def test_a_bank_gets_a_sub_account_and_its_parent_takes_entries_no_more(books: str) -> None:
    commands.add_sub_account(
        pooling_area=books, scheme="resident", parent="1003", code="100301", name="某银行活期", operator="x", now=NOW
    )
    accounts = {a.code: a.postable for a in LedgerAccount.objects.filter(pooling_area_id=books, scheme="resident")}
    assert accounts["100301"] is True
    assert accounts["1003"] is False


@pytest.mark.parametrize("code", ["100401", "10031", "1003XX", "1003"])
def test_a_sub_account_code_continues_its_parent(books: str, code: str) -> None:
    with pytest.raises(commands.AccountCodeUnfit):
        commands.add_sub_account(
            pooling_area=books, scheme="resident", parent="1003", code=code, name="某银行", operator="x", now=NOW
        )


def test_an_account_with_entries_is_not_split_any_more(books: str, post) -> None:
    post()
    with pytest.raises(commands.AccountAlreadyUsed):
        commands.add_sub_account(
            pooling_area=books, scheme="resident", parent="1002", code="100201", name="某银行", operator="x", now=NOW
        )


def test_a_voucher_names_an_account_with_its_parents() -> None:
    names = {s.code: s.name for s in chart.subjects("employee")}
    assert chart.full_name("50010101", names) == "社会保险待遇支出—统筹基金—住院费用支出"
