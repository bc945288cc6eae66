"""Types, residence documents and places changed at the counter; old numbers, losses, the dead (ENR-10, 13, 18, 29)."""

from datetime import date, timedelta

import pytest

from tongchou.cases.kinds import Filled, Subject
from tongchou.enrolment import commands, queries
from tongchou.enrolment.commands import ChangeRequest, cards, groups, persons
from tongchou.enrolment.commands.changes import HeadStays
from tongchou.enrolment.commands.residence import suspend_expired
from tongchou.enrolment.credentials import queries as queries_of_cards
from tongchou.enrolment.credentials.case import LossTimeFaulty, LossTimeMissing
from tongchou.enrolment.finding import living_person
from tongchou.enrolment.forms import annex2, annex4
from tongchou.enrolment.models import SpecialGroupSpan
from tongchou.enrolment.rules import CategoryUnfit, CertificateInvalid, ResidenceDocumentExpired
from tongchou.enrolment.states import (
    CardStatus,
    CertificateType,
    HouseholdRelation,
    ResidenceKind,
    Sex,
    SpecialCategory,
)
from tongchou.enrolment.tests.conftest import JUNE, NOW, Counter, citizen_number
from tongchou.enrolment.transfers import sources
from tongchou.enrolment.types_case import TooMuchSaid, TypeUnclear

TOWN = "450102002"
DIBAO = {
    "matter": "add",
    "group": "dibao",
    "effective_on": "2018-06-01",
    "evidence_no": "低保证12号",
    "reason": "新获批",
}


def held(person) -> list[tuple[str, date, date | None]]:
    return list(person.special_groups.order_by("id").values_list("category", "valid_from", "valid_until"))


@pytest.mark.article("GX2017 §14")
@pytest.mark.requirement("ENR-10")
@pytest.mark.requirement("ENR-18")
def test_a_special_type_is_recorded_with_its_proof_at_the_counter_and_ended_there(person, accept, agree):
    case = agree(accept("change_type", last_day="2019-05-31", **DIBAO))
    assert case.result == "已登记最低生活保障对象标识,自2018-06-01起,至2019-05-31"
    assert held(person) == [("dibao", date(2018, 6, 1), date(2019, 6, 1))]
    assert SpecialGroupSpan.objects.get().evidence == f"低保证12号(受理号{case.number})"
    with pytest.raises(groups.GroupAlreadyHeld):
        accept("change_type", request_id="again", **DIBAO)
    ended = {"matter": "end", "group": "dibao", "effective_on": "2018-06-08", "reason": "收入提高"}
    assert agree(accept("change_type", **ended)).result == "最低生活保障对象标识自2018-06-08起终止"
    assert held(person) == [("dibao", date(2018, 6, 1), date(2018, 6, 8))]


@pytest.mark.requirement("ENR-10")
def test_one_recorded_by_mistake_and_ended_on_its_first_day_was_never_held(person, accept, agree):
    agree(accept("change_type", **DIBAO))
    agree(accept("change_type", matter="end", group="dibao", effective_on="2018-06-01", reason="录入错误"))
    assert held(person) == []


@pytest.mark.article("GX2017 §14")
@pytest.mark.requirement("ENR-18")
def test_the_category_is_changed_at_the_counter(person, accept, agree):
    wanted = {"matter": "category", "category": "student", "effective_on": "2018-06-01", "reason": "入学"}
    assert agree(accept("change_type", **wanted)).result == "人员类别自2018-06-01起变更为在校学生"
    assert queries.facts(person.pk, date(2018, 6, 1)).category == "student"
    assert queries.facts(person.pk, date(2018, 5, 31)).category == "adult"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        pytest.param({"evidence_no": ""}, TypeUnclear, id="no number of the proof"),
        pytest.param({"group": ""}, TypeUnclear, id="no group"),
        pytest.param({"matter": "category"}, TypeUnclear, id="no category"),
        pytest.param({"category": "student"}, TooMuchSaid, id="two things at once"),
        pytest.param({"matter": "end"}, groups.GroupNotHeld, id="not held"),
        pytest.param({"matter": "category", "group": "", "category": "child"}, CategoryUnfit, id="too old for it"),
    ],
)
def test_what_the_review_would_refuse_is_said_at_the_counter(accept, changes, refusal):
    with pytest.raises(refusal):
        accept("change_type", **(DIBAO | changes))


@pytest.fixture
def foreigner(enrol):
    return enrol(
        name="Smith",
        certificate_type=CertificateType.PASSPORT,
        certificate_no="AB123456",
        born_on=date(1980, 1, 1),
        sex=Sex.MALE,
        residence_kind=ResidenceKind.RESIDENCE_PERMIT,
        residence_no="X1",
        residence_last_day=date(2018, 6, 9),
    ).person


@pytest.mark.article("GX2017 §10")
@pytest.mark.requirement("ENR-13")
def test_a_permit_renewed_on_the_very_day_of_its_suspension_leaves_no_day_suspended(foreigner, person, accept, agree):
    assert suspend_expired(JUNE) == 1
    assert queries.facts(foreigner.pk, date(2018, 6, 10)).status == "suspended"
    counter = Counter(foreigner, accept.operator, JUNE)
    new = {"residence_kind": "residence_permit", "residence_no": "X2", "residence_last_day": "2019-06-09"}
    with pytest.raises(ResidenceDocumentExpired):
        counter("renew_residence", **(new | {"residence_last_day": "2018-06-09"}))
    case = agree(counter("renew_residence", **new))
    assert case.result == "已更换居留证件,有效期至2019-06-09;因到期停保的自今日起恢复"
    days = [date(2018, 6, 9) + timedelta(days=n) for n in range(40)]
    assert {queries.facts(foreigner.pk, day).status for day in days} == {"active"}
    assert foreigner.residence_documents.get(replaced_at=None).number == "X2"


@pytest.mark.article("GX2017 §14")
@pytest.mark.requirement("ENR-18")
def test_who_moves_to_another_community_of_the_area_goes_on_there_and_leaves_the_household(enrol, accept, agree, clerk):
    head = enrol(name="韦户主", household_no="H9", household_relation=HouseholdRelation.HEAD).person
    child = enrol(name="韦子", household_no="H9", household_relation=HouseholdRelation.CHILD).person
    moved = {"unit_code": TOWN, "effective_on": "2018-06-01", "reason": "迁居"}
    with pytest.raises(HeadStays):
        Counter(head, accept.operator, JUNE)("change_particulars", **moved)
    with pytest.raises(persons.UnitNotOpen):
        Counter(child, accept.operator, JUNE)("change_particulars", **(moved | {"unit_code": "450202"}))
    agree(Counter(child, accept.operator, JUNE)("change_particulars", **moved))
    child.refresh_from_db()
    assert (child.unit_code, child.household) == (TOWN, None)
    assert [queries.facts(child.pk, day).unit_code for day in (date(2018, 5, 31), date(2018, 6, 1))] == [TOWN, TOWN]
    rows = child.enrolments.order_by("enrolled_from").values_list("unit_code", "enrolled_until")
    assert list(rows) == [("450102001201", date(2018, 6, 1)), (TOWN, None)]


@pytest.mark.requirement("ENR-14")
@pytest.mark.requirement("ENR-18")
def test_the_counter_finds_a_person_by_an_old_number_however_it_is_written(person, county):
    old, new = person.certificate_no, citizen_number(order=203)
    request = ChangeRequest(
        person_id=person.pk,
        values={"certificate_no": new},
        reason="更正",
        evidence="户口簿",
        effective_on=date(2018, 6, 1),
    )
    commands.change_particulars(request, operator=county, now=JUNE)
    wide = "".join(chr(ord(one) + 0xFEE0) if one.isdigit() else one for one in old)
    assert {living_person(said).key for said in (old, new, new.lower(), wide, f" {old[:6]} {old[6:]}")} == {
        person.person_no
    }


@pytest.mark.article("GX2017 §13")
@pytest.mark.requirement("ENR-29")
@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({}, LossTimeMissing),
        ({"lost_on": "2018-06-09"}, LossTimeMissing),
        ({"lost_on": "2018-06-11", "lost_time": "09:30"}, LossTimeFaulty),
        ({"lost_on": "2018-06-09", "lost_time": "25:00"}, LossTimeFaulty),
    ],
)
def test_a_loss_names_day_and_time_and_neither_is_impossible(person, accept, clerk, said, refusal):
    card = commands.issue_card(person_id=person.pk, number="S45X1", issued_on=date(2018, 1, 1), operator=clerk, now=NOW)
    with pytest.raises(refusal):
        accept("replace_card", reason="lost", **said)
    card.refresh_from_db()
    assert card.status == CardStatus.ACTIVE


@pytest.mark.article("GX2017 §15")
def test_the_dead_get_no_card_and_no_special_type(person, accept, clerk):
    commands.record_death(person_id=person.pk, died_on=date(2018, 5, 3), operator=clerk, now=JUNE)
    with pytest.raises(cards.HolderDead):
        accept("replace_card", reason="first")
    with pytest.raises(groups.HolderDead):
        accept("change_type", **DIBAO)
    assert groups.check_recordable(person, SpecialCategory.DIBAO, date(2018, 5, 1), None) is None


@pytest.mark.article("GX2017 §15")
@pytest.mark.requirement("ENR-21")
@pytest.mark.parametrize(
    ("number", "fits"),
    [
        ("H1234567801", True),
        ("EA1234567", True),
        ("12345678", True),
        (citizen_number(order=301), True),
        ("450102199001010012", False),
        ("450102900101001", False),
    ],
)
def test_an_heir_from_hong_kong_or_abroad_applies_with_the_own_document(accept, number, fits):
    form = {
        "reason": "death",
        "event_on": "2018-05-03",
        "evidence_no": "死亡证明12号",
        "card_returned": "no",
        "applicant": "heir",
        "applicant_certificate": number,
        "applicant_relation": "子",
    }
    if fits:
        assert accept("terminate_relation", **form).number
    else:
        with pytest.raises(CertificateInvalid):
            accept("terminate_relation", **form)


@pytest.mark.article("GX2017 §13")
@pytest.mark.requirement("ENR-29")
def test_annex_3_names_the_new_card_once_it_is_ordered(person, accept, agree):
    case = accept("replace_card", reason="first")
    assert queries_of_cards.ordered_by(person.person_no, case.number) == ""
    agree(case)
    assert queries_of_cards.ordered_by(person.person_no, case.number) == person.cards.get().number


@pytest.mark.article("GX2017 §16")
@pytest.mark.requirement("ENR-26")
def test_annex_6_names_card_use_of_the_year_and_filings(person, accept, clerk, monkeypatch):
    commands.issue_card(person_id=person.pk, number="S45X1", issued_on=date(2018, 1, 1), operator=clerk, now=NOW)
    monkeypatch.setattr(sources, "_use", [lambda area, person_id, scheme, year: {"统筹支付": 622_500}])
    monkeypatch.setattr(sources, "_words", [])
    monkeypatch.setattr(sources, "_filings", [lambda person_id, on: ["门诊特殊慢性病:高血压"]])
    case = accept("transfer_out", to_area="450200", reason="work", starts_on="2018-06-11")
    assert {name: case.known[name] for name in ("card_no", "used", "filings")} == {
        "card_no": "S45X1",
        "used": "统筹支付6225.00元",
        "filings": "门诊特殊慢性病:高血压",
    }


@pytest.mark.article("GX2017 §14")
@pytest.mark.requirement("ENR-18")
def test_annex_4_says_old_and_new_type_and_annex_2_has_room_for_all_its_columns():
    filled = Filled(
        subject=Subject("4501", "韦大", "450102001201", "450100"),
        values={"matter": "add", "group": "dibao", "evidence_no": "低保证12号"},
        known={"group": "特困供养人员"},
        choices={"matter": {"add": "登记"}, "group": {"dibao": "最低生活保障对象"}},
    )
    assert annex4._lines(filled) == [("特殊参保类型", "特困供养人员", "登记:最低生活保障对象")]
    assert annex4.body(filled)
    assert [label for label, _old, _new in annex4._lines(Filled())][-4:] == [
        "参保单位(村、社区)",
        "银行账号(社会保障卡号)",
        "特殊参保类型",
        "人员类别",
    ]
    assert sum(share for _label, _name, share in annex2.COLUMNS) == pytest.approx(1)
    row = {name: "某值" for _label, name, _share in annex2.COLUMNS}
    assert annex2.body(Filled(subject=filled.subject, rows=(row,)))
