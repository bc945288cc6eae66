"""The platform's pages: who sees what, and what is refused in words."""

import csv
import io
import re

import pytest
from django import forms
from django.test import Client
from django.utils import translation

from tongchou.kernel.errors import DomainError
from tongchou.platform import one_time_codes, second_factor
from tongchou.platform.models import PostHolding, SecondFactor, TrailEntry
from tongchou.platform.tests.conftest import NOW, PASSWORD
from tongchou.platform.tests.factors import bind
from tongchou.platform.web import access

BACKEND = "tongchou.platform.authentication.OperatorBackend"


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch):
    monkeypatch.setattr(access, "now", lambda: NOW)


@pytest.fixture
def sit_down(client):
    """Logs the operator in and gives the browser back."""

    def at(operator) -> Client:
        client.force_login(operator, backend=BACKEND)
        return client

    return at


def _text(response) -> str:
    return response.content.decode()


@pytest.mark.requirement("ORG-02")
def test_whoever_is_not_logged_in_is_asked_to_log_in(client, tree):
    response = client.get("/system/units/")
    assert response.status_code == 302
    assert response["Location"] == "/login/?next=/system/units/"


@pytest.mark.requirement("ORG-09")
def test_a_page_without_permission_says_so_and_the_attempt_is_in_the_trail(hire, sit_down):
    clerk = hire("clerk")
    response = sit_down(clerk).get("/system/trail/")
    assert response.status_code == 403
    assert "您的岗位没有“查看操作日志”权限" in _text(response)
    assert "PL-0201" in _text(response)
    assert TrailEntry.objects.filter(action="platform.access_refused", staff_code=clerk.staff_code).exists()


@pytest.mark.requirement("ORG-02")
def test_a_unit_of_another_county_is_refused_and_noted(hire, sit_down):
    clerk = hire("clerk", at="450102")
    response = sit_down(clerk).get("/system/units/450103/")
    assert response.status_code == 403
    assert "不在您" in _text(response)
    noted = TrailEntry.objects.get(action="platform.access_refused", staff_code=clerk.staff_code)
    assert (noted.object_kind, noted.object_key) == ("unit", "450103")


def test_the_navigation_shows_only_what_the_posts_open(hire, sit_down):
    page = _text(sit_down(hire("security_admin", at="450100")).get("/system/units/"))
    assert 'href="/system/operators/"' in page
    assert 'href="/system/trail/"' not in page
    assert 'href="/fund/"' not in page


def test_units_are_found_by_name_inside_the_scope_only(hire, sit_down):
    page = _text(sit_down(hire("system_admin", at="450102")).get("/system/units/?words=县"))
    assert "甲市A县社会保险事业管理所" in page
    assert "甲市B县" not in page


@pytest.mark.requirement("ORG-10")
@pytest.mark.article("QA2018 三.1")
def test_granting_accountant_to_the_cashier_is_refused_at_the_field(hire, security, sit_down):
    cashier = hire("cashier", at="450100", name="李出纳")
    response = sit_down(security).post(
        f"/system/operators/{cashier.staff_code}/grant/", {"post": "accountant", "valid_from": "2018-06-01"}
    )
    assert response.status_code == 422
    assert "会计、出纳、审核不得互相兼任" in _text(response)
    assert not PostHolding.objects.filter(operator=cashier, post="accountant").exists()


@pytest.mark.requirement("ORG-09")
def test_a_post_is_granted_and_revoked(hire, security, sit_down):
    clerk = hire("clerk", at="450102")
    browser = sit_down(security)
    at = f"/system/operators/{clerk.staff_code}/"
    assert browser.post(f"{at}grant/", {"post": "archivist", "valid_from": "2018-06-01"}).status_code == 302
    held = PostHolding.objects.get(operator=clerk, post="archivist")
    assert "档案" in _text(browser.get(at))
    assert browser.post(f"{at}revoke/{held.pk}/").status_code == 302
    held.refresh_from_db()
    assert held.valid_until is not None


@pytest.mark.requirement("SYS-11")
def test_an_approver_binds_a_device_and_sees_the_recovery_codes_once(hire, sit_down):
    approver = hire("approver")
    approver.set_password(PASSWORD)
    approver.save()
    browser = sit_down(approver)
    assert "未绑定时不能审批" in _text(browser.get("/system/my-security/"))
    refused = browser.post("/system/my-security/bind/", {"proof": "not-the-password"})
    assert refused.status_code == 422
    assert "PL-0522" in _text(refused)
    assert browser.post("/system/my-security/bind/", {"proof": PASSWORD}).status_code == 302
    page = _text(browser.get("/system/my-security/"))
    assert "<svg" in page
    factor = SecondFactor.objects.get(operator=approver)
    code = one_time_codes.code_at(second_factor.secret(factor, approver), one_time_codes.step_of(NOW))
    assert "PL-0527" in _text(browser.post("/system/my-security/confirm/", {"second_factor": "000000"}))
    shown = browser.post("/system/my-security/confirm/", {"second_factor": code})
    assert len(re.findall(r"<li>[A-Z2-7]{5}-[A-Z2-7]{5}</li>", _text(shown))) == 10
    again = browser.post("/system/my-security/confirm/", {"second_factor": code})
    assert again.status_code == 422
    page = _text(browser.get("/system/my-security/"))
    assert "还剩 10 个" in page
    assert "<svg" not in page
    spent = browser.post("/system/my-security/recovery-codes/", {"second_factor": code})
    assert "PL-0523" in _text(spent)


def test_a_demo_operator_is_told_the_code_on_this_machine_only(hire, sit_down):
    approver = hire("approver")
    approver.is_demo = True
    approver.save()
    browser = sit_down(approver)
    told = f"演示口令:{second_factor.demo_code(approver, NOW)}"
    assert told in _text(browser.get("/system/my-security/"))
    assert "演示口令" not in _text(browser.get("/system/my-security/", headers={"x-forwarded-for": "10.0.0.1"}))


@pytest.mark.requirement("SYS-11")
def test_the_security_administration_sees_who_has_no_device_and_resets(hire, security, sit_down):
    bare, bound = hire("approver", name="未绑者"), hire("leader", name="已绑者")
    hire("clerk", name="无需绑定者")
    bind(bound, NOW)
    browser = sit_down(security)
    page = _text(browser.get("/system/second-factors/"))
    assert "未绑者" in page
    assert "已绑者" in page
    assert "无需绑定者" not in page
    without = _text(browser.get("/system/second-factors/?bound=no"))
    assert "未绑者" in without
    assert "已绑者" not in without
    assert "本人尚未绑定" in _text(browser.get(f"/system/operators/{bare.staff_code}/"))
    at = f"/system/operators/{bound.staff_code}/"
    assert "重置动态口令" in _text(browser.get(at))
    assert "PL-0529" in _text(browser.post(f"{at}reset-second-factor/", {"reason": ""}))
    assert browser.post(f"{at}reset-second-factor/", {"reason": "手机遗失"}).status_code == 302
    assert not second_factor.has(bound)


def test_whoever_is_no_security_administrator_neither_sees_nor_resets_devices(hire, sit_down):
    bound = hire("approver")
    bind(bound, NOW)
    browser = sit_down(hire("system_admin", at="450100"))
    assert browser.get("/system/second-factors/").status_code == 403
    at = f"/system/operators/{bound.staff_code}/"
    assert "重置动态口令" not in _text(browser.get(at))
    assert browser.post(f"{at}reset-second-factor/", {"reason": "手机遗失"}).status_code == 403
    assert second_factor.has(bound)


@pytest.mark.requirement("ORG-21")
def test_an_export_is_logged_with_filter_and_rows(hire, sit_down):
    response = sit_down(hire("agreement_manager", at="450100")).get("/system/units/?words=县&export=csv")
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert rows[0] == ["名称", "代码", "层级", "直属下级", "启用日期", "状态"]
    assert len(rows) > 5
    noted = TrailEntry.objects.get(action="platform.list_exported")
    assert noted.detail["filter"] == {"words": "县"}
    assert noted.detail["rows"] == len(rows) - 1
    assert noted.detail["masked"] is True


@pytest.mark.requirement("ORG-21")
def test_an_export_as_workbook_opens_with_the_same_rows(hire, sit_down):
    from python_calamine import CalamineWorkbook

    response = sit_down(hire("agreement_manager", at="450100")).get("/system/units/?words=县&export=xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(response.streaming_content)))
    sheet = book.get_sheet_by_index(0).to_python()
    assert sheet[0][:2] == ["名称", "代码"]
    assert ["甲市A县社会保险事业管理所", "450102"] in [row[:2] for row in sheet]


@pytest.mark.requirement("ORG-21")
def test_whoever_may_not_export_gets_no_file(hire, sit_down):
    response = sit_down(hire("system_admin", at="450100")).get("/system/units/?export=csv")
    assert response.status_code == 403
    assert "导出清单" in _text(response)


def test_pages_need_few_queries(hire, sit_down, django_assert_max_num_queries):
    hire("clerk")
    browser = sit_down(hire("internal_controller", at="450100"))
    for address in ("/system/operators/", "/system/units/", "/system/posts/", "/system/units/450102/"):
        with django_assert_max_num_queries(12):
            assert browser.get(address).status_code == 200


def test_the_language_switch_turns_the_page_english(hire, sit_down):
    browser = sit_down(hire("system_admin", at="450100"))
    assert browser.post("/language/", {"language": "en", "next": "/system/units/"}).status_code == 302
    page = _text(browser.get("/system/units/"))
    assert '<html lang="en">' in page
    assert "Units" in page
    assert "机构" not in page.replace("管理机构", "").split("<main")[0].split("nav-side")[1]
    assert translation.get_language() == "zh-hans"


def test_a_browsers_wish_for_another_language_is_not_asked(hire, sit_down):
    page = _text(sit_down(hire("system_admin", at="450100")).get("/system/units/", headers={"accept-language": "en"}))
    assert '<html lang="zh-Hans">' in page


def test_the_language_switch_leads_nowhere_else(client):
    response = client.post("/language/", {"language": "en", "next": "https://elsewhere.example/"})
    assert response["Location"] == "/"


def test_what_is_not_there_is_told_in_words(hire, sit_down):
    response = sit_down(hire("system_admin", at="450100")).get("/system/units/999999/")
    assert response.status_code == 404
    assert "没有找到" in _text(response)


def test_a_form_that_was_open_too_long_is_told_in_words(hire):
    browser = Client(enforce_csrf_checks=True)
    response = browser.post("/login/", {"username": "x", "password": "y"})
    assert response.status_code == 403
    assert "页面已过期" in _text(response)


@pytest.mark.requirement("ORG-08")
def test_a_wrong_password_says_little_and_the_fifth_locks(hire, client):
    clerk = hire("clerk")
    told = [
        _text(client.post("/login/", {"username": clerk.staff_code, "password": "wrong-password"})) for _ in range(5)
    ]
    assert "工作人员代码或密码不正确" in told[0]
    assert "再错1次" in told[3]
    assert "账号已锁定" in told[4]


def test_every_page_forbids_scripts_in_its_text(hire, sit_down):
    response = sit_down(hire("system_admin", at="450100")).get("/system/units/")
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert "<script>" not in _text(response)
    assert " onclick=" not in _text(response)


class _TooMuch(DomainError):
    code = "PL-9999"
    message = "金额{asked}超过{most}"
    citation = "GX2017 §92"


class _AmountForm(forms.Form):
    amount = forms.IntegerField()


@pytest.mark.parametrize(("field", "stands_at"), [("amount", "amount"), (None, forms.forms.NON_FIELD_ERRORS)])
def test_a_refusal_stands_at_its_field_or_above_the_form(field, stands_at):
    form = _AmountForm({"amount": 900})
    with access.refusals_at(form, field):
        raise _TooMuch(asked=900, most=800)
    assert form.errors == {stands_at: ["金额900超过800(GX2017 §92) PL-9999"]}


def test_a_success_leaves_the_form_as_it_is_and_a_fault_of_ours_is_no_refusal():
    form = _AmountForm({"amount": 900})
    with access.refusals_at(form, "amount"):
        pass
    assert not form.errors
    with pytest.raises(KeyError), access.refusals_at(form, "amount"):
        raise KeyError
    assert not form.errors
