"""Items and how areas pay them over time (三大目录)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from tongchou.catalogue import commands, queries
from tongchou.catalogue.commands import TermDraft
from tongchou.catalogue.models import CatalogueRelease, ItemTerm
from tongchou.catalogue.states import ChargeCategory, ItemKind, PayClass
from tongchou.platform import checks, versions
from tongchou.platform.queries import Operator
from tongchou.platform.tests.conftest import Hire

NOW = datetime(2018, 6, 1, 2, tzinfo=UTC)
AREA = "450100"
DRUG = "XA02BCA134A001010100001"
B_TEN_PERCENT = TermDraft(pay_class=PayClass.B, pre_self_pay_ratio=Decimal("0.1"))


@pytest.fixture
def keeper(hire: Hire) -> Operator:
    return hire("catalogue_manager", at=AREA)


@pytest.fixture
def drug(keeper: Operator) -> str:
    commands.set_item(
        code=DRUG,
        name="奥美拉唑肠溶胶囊",
        kind=ItemKind.DRUG,
        charge_category=ChargeCategory.WESTERN_DRUG,
        operator=keeper,
        now=NOW,
    )
    return DRUG


def pay(operator: Operator, term: TermDraft, since: str, code: str = DRUG) -> ItemTerm:
    row = commands.set_item_term(
        code=code, pooling_area=AREA, since=date.fromisoformat(since), term=term, operator=operator, now=NOW
    )
    versions.forget_all()
    return row


@pytest.mark.article("GX2017 §85")
def test_the_term_is_that_of_the_day(keeper, drug):
    pay(keeper, B_TEN_PERCENT, "2017-07-01")
    pay(keeper, TermDraft(pay_class=PayClass.A, pre_self_pay_ratio=Decimal(0)), "2018-01-01")
    assert queries.term(AREA, DRUG, date(2017, 6, 30)) is None
    assert queries.term(AREA, DRUG, date(2017, 12, 31)).pay_class == PayClass.B
    assert queries.term(AREA, DRUG, date(2018, 1, 1)).pay_class == PayClass.A
    assert queries.term("450200", DRUG, date(2018, 1, 1)) is None


def test_a_term_is_never_slipped_in_before_a_newer_one(keeper, drug):
    pay(keeper, B_TEN_PERCENT, "2018-01-01")
    with pytest.raises(commands.TermIsOlder, match="2018-01-01"):
        pay(keeper, B_TEN_PERCENT, "2017-07-01")


def test_two_terms_at_once_are_impossible(keeper, drug):
    pay(keeper, B_TEN_PERCENT, "2018-01-01")
    with pytest.raises(IntegrityError), transaction.atomic():
        ItemTerm.objects.create(
            item_id=DRUG, pooling_area_id=AREA, valid_from=date(2018, 5, 1), pay_class="01", pre_self_pay_ratio=0
        )


@pytest.mark.requirement("CAT-07")
def test_the_ceiling_of_a_level_goes_before_the_general_one(keeper, drug):
    pay(
        keeper,
        TermDraft(
            pay_class=PayClass.A,
            pre_self_pay_ratio=Decimal(0),
            price_ceiling=Decimal("12.500000"),
            price_ceiling_third=Decimal("15"),
        ),
        "2018-01-01",
    )
    term = queries.term(AREA, DRUG, date(2018, 1, 1))
    assert [term.ceiling(level) for level in ("3", "2", "0")] == [Decimal(15), Decimal("12.5"), Decimal("12.5")]


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (TermDraft(pay_class=PayClass.B, pre_self_pay_ratio=Decimal("1.01")), commands.RatioOutOfRange),
        (TermDraft(pay_class=PayClass.B, pre_self_pay_ratio=Decimal("-0.1")), commands.RatioOutOfRange),
        (
            TermDraft(pay_class=PayClass.A, pre_self_pay_ratio=Decimal(0), price_ceiling_first=Decimal(0)),
            commands.CeilingNotPositive,
        ),
    ],
)
def test_a_term_that_cannot_be_is_refused(keeper, drug, term, refusal):
    with pytest.raises(refusal):
        pay(keeper, term, "2018-01-01")


def test_an_unknown_item_has_no_term(keeper):
    with pytest.raises(commands.ItemUnknown):
        pay(keeper, B_TEN_PERCENT, "2018-01-01", code="X0")
    assert queries.known_item(AREA, "X0") is None


def test_who_may_not_keep_the_catalogue_is_refused(hire):
    clerk = hire("statistician", at=AREA)
    with pytest.raises(checks.NoPermission):
        commands.set_diagnosis(code="J06.903", name="急性上呼吸道感染", since=date(2018, 1, 1), operator=clerk, now=NOW)


@pytest.mark.requirement("CAT-15")
def test_every_change_is_a_release(keeper, drug):
    pay(keeper, B_TEN_PERCENT, "2017-07-01")
    pay(keeper, B_TEN_PERCENT, "2018-07-01")
    assert list(CatalogueRelease.objects.order_by("version").values_list("version", flat=True)) == [1, 2]


def test_items_are_brought_into_memory_in_one_go(keeper, drug, django_assert_num_queries):
    pay(keeper, B_TEN_PERCENT, "2017-07-01")
    with django_assert_num_queries(3):  # the versions, the terms, the items
        queries.know_items(AREA, [DRUG, "X0"])
        assert queries.term(AREA, DRUG, date(2018, 1, 1)).pay_class == PayClass.B
        assert queries.known_item(AREA, "X0") is None


@pytest.mark.requirement("CAT-04")
def test_diagnoses_are_found_by_code_name_and_initials(keeper):
    commands.set_diagnosis(code="j06.903", name="急性上呼吸道感染", since=date(2018, 1, 1), operator=keeper, now=NOW)
    for words in ("J06", "急性上", "jxs"):
        assert [d.code for d in queries.diagnoses(words=words)] == ["J06.903"]
    assert queries.diagnosis_names({"J06.903"}) == {"J06.903": "急性上呼吸道感染"}


@pytest.mark.article("GX2017 §65")
def test_a_disease_is_listed_from_a_day_on(keeper):
    commands.list_disease(
        code="M03900", name="高血压", pooling_area=AREA, since=date(2018, 1, 1), operator=keeper, now=NOW
    )
    assert [d.name for d in queries.diseases_in(AREA, date(2018, 1, 1))] == ["高血压"]
    assert not queries.diseases_in(AREA, date(2017, 12, 31))
