"""The catalogues' pages: items with today's terms, terms over time in words, diagnoses, diseases."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from tongchou.catalogue.commands import TermDraft
from tongchou.catalogue.models import Diagnosis, Disease, Item
from tongchou.catalogue.states import ChargeCategory, ItemKind, PayClass
from tongchou.catalogue.tests.test_catalogue import AREA, B_TEN_PERCENT, DRUG, NOW, pay
from tongchou.catalogue.tests.test_catalogue import drug as drug
from tongchou.catalogue.tests.test_catalogue import keeper as keeper
from tongchou.platform.web import access

BACKEND = "tongchou.platform.authentication.OperatorBackend"


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch):
    monkeypatch.setattr(access, "now", lambda: NOW)


@pytest.fixture
def clerk(client, hire) -> Client:
    """A browser of a county's clerk."""
    client.force_login(hire("clerk", at="450102"), backend=BACKEND)
    return client


def text(response) -> str:
    return response.content.decode()


def test_the_list_shows_how_the_readers_area_pays_today(keeper, drug, clerk):
    pay(keeper, TermDraft(pay_class=PayClass.A, pre_self_pay_ratio=Decimal(0)), "2017-07-01")
    pay(keeper, B_TEN_PERCENT, "2018-01-01")
    page = text(clerk.get("/catalogue/"))
    assert "奥美拉唑肠溶胶囊" in page
    assert "乙类" in page
    assert "10%" in page


@pytest.mark.parametrize(("asked", "found"), [("words=奥美", True), ("words=xa02", True), ("kind=service", False)])
def test_items_are_found_by_words_and_kind(asked, found, drug, clerk):
    assert (f'href="/catalogue/{DRUG}/"' in text(clerk.get(f"/catalogue/?{asked}"))) is found


@pytest.mark.article("GX2017 §85")
def test_an_item_tells_its_terms_over_time_and_its_limits_in_words(keeper, drug, clerk):
    pay(keeper, TermDraft(pay_class=PayClass.A, pre_self_pay_ratio=Decimal(0)), "2017-07-01")
    limited = TermDraft(
        pay_class=PayClass.B, pre_self_pay_ratio=Decimal("0.1"), max_days=7, sex="F", inpatient_only=True
    )
    pay(keeper, limited, "2018-01-01")
    page = text(clerk.get(f"/catalogue/{DRUG}/"))
    assert "2017-12-31" in page
    assert "甲类" in page
    for limit in ("限 7 天", "限女性", "限住院"):
        assert limit in page


def test_an_unknown_item_is_not_found(clerk):
    assert clerk.get("/catalogue/NOTHING/").status_code == 404


@pytest.mark.requirement("CAT-04")
def test_diagnoses_are_found_by_code_and_name(clerk):
    for code, name in (("J18.900", "肺炎"), ("I10.x00", "高血压")):
        Diagnosis.objects.create(code=code, name=name, valid_from=date(2017, 1, 1))
    for asked in ("j18", "肺"):
        page = text(clerk.get(f"/catalogue/diagnoses/?words={asked}"))
        assert "J18.900" in page
        assert "高血压" not in page


@pytest.mark.article("GX2017 §65")
def test_diseases_are_those_of_the_readers_area_in_force_today(clerk):
    for code, name, until in (("M03900", "高血压病", None), ("M99999", "旧病种", date(2018, 1, 1))):
        Disease.objects.create(
            code=code, name=name, pooling_area_id=AREA, valid_from=date(2017, 1, 1), valid_until=until
        )
    Disease.objects.create(code="M01600", name="糖尿病", pooling_area_id="450200", valid_from=date(2017, 1, 1))
    page = text(clerk.get("/catalogue/diseases/"))
    assert "高血压病" in page
    assert "旧病种" not in page
    assert "糖尿病" not in page
    assert "没有符合条件的病种" in text(clerk.get("/catalogue/diseases/?words=M88"))


def test_pages_need_few_queries_however_long_the_list(keeper, drug, clerk, django_assert_max_num_queries):
    Item.objects.bulk_create(
        Item(
            code=f"X{number:05d}", name=f"项目{number:05d}", kind=ItemKind.SERVICE, charge_category=ChargeCategory.OTHER
        )
        for number in range(120)
    )
    for address in ("/catalogue/", f"/catalogue/{DRUG}/", "/catalogue/diagnoses/", "/catalogue/diseases/"):
        assert clerk.get(address).status_code == 200
        with django_assert_max_num_queries(12):
            clerk.get(address)
