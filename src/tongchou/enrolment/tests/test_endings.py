"""停保、恢复、注销 from the counter to the hospital's answer (附件5; ENR-20, ENR-21)."""

from datetime import date

import pytest

from tongchou.cases.commands.acceptance import ApplicantNotNamed
from tongchou.cases.commands.steps import WrongState
from tongchou.cases.states import CaseState
from tongchou.enrolment import commands, queries
from tongchou.enrolment.commands.steps import NotEnrolledThen, ReasonMissing
from tongchou.enrolment.endings import reasons
from tongchou.enrolment.endings.cases import ApplicantUnknown, OwnDeath
from tongchou.enrolment.endings.commands import AlreadySuspended, DeathOnRecord, NotSuspended
from tongchou.enrolment.endings.reasons import EventInFuture, ReasonNotHere
from tongchou.enrolment.models import RelationEnding, SocialSecurityCard, Suspension
from tongchou.enrolment.rules import CertificateInvalid
from tongchou.enrolment.states import EndingReason, Informant
from tongchou.enrolment.tests.conftest import AREA, citizen_number

MAY = date(2018, 5, 3)
HEIR = citizen_number(order=701)


@pytest.fixture
def jilin(monkeypatch):
    """The invented area under the rules of Jilin."""
    monkeypatch.setitem(reasons._OF_PROVINCE, "45", reasons.JL2019)


def death(**values):
    return {
        "reason": "death",
        "event_on": "2018-05-03",
        "evidence_no": "死亡证明 2018-77",
        "card_returned": "yes",
        "applicant": "heir",
        "applicant_certificate": HEIR,
        "applicant_relation": "子女",
    } | values


@pytest.mark.article("JL2019 §8")
@pytest.mark.requirement("ENR-20")
def test_who_joins_the_employees_scheme_is_suspended_from_that_day_and_says_why(jilin, person, accept, agree):
    case = agree(accept("suspend_relation", reason="employee", effective_on="2018-04-01"))
    assert case.result == "已停保:职工参保,自2018-04-01起不再享受待遇;已缴费用不予退还"
    before, after = queries.facts(person.pk, date(2018, 3, 31)), queries.facts(person.pk, date(2018, 4, 2))
    assert (before.status, after.status, after.suspension_reason) == ("active", "suspended", "职工参保")
    ending = RelationEnding.objects.get(person=person)
    assert ending.evidence == f"居民身份证、户口簿、职工医保参保证明(受理号{case.number})"


@pytest.mark.article("JL2019 §8")
@pytest.mark.requirement("ENR-20")
def test_a_resumption_ends_the_suspension_and_the_days_between_stay_suspended(jilin, person, accept, agree):
    agree(accept("suspend_relation", reason="army", effective_on="2018-04-01"))
    case = agree(accept("resume_relation", reason="退伍", resumed_on="2018-05-01", received=("identity", "proof")))
    assert case.result == "已恢复参保,自2018-05-01起;待遇按缴费情况享受"
    days = (date(2018, 3, 31), date(2018, 4, 1), date(2018, 4, 30), date(2018, 5, 1))
    assert [queries.facts(person.pk, day).status for day in days] == ["active", "suspended", "suspended", "active"]


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        pytest.param({"reason": "other"}, ReasonMissing, id="其他而无说明"),
        pytest.param({"reason": "army", "effective_on": "2017-07-31"}, NotEnrolledThen, id="参保以前"),
    ],
)
def test_a_suspension_is_refused_at_the_counter_when_it_cannot_be(accept, values, refusal):
    with pytest.raises(refusal):
        accept("suspend_relation", **({"effective_on": "2018-04-01"} | values))


def test_nobody_is_suspended_twice_nor_resumed_without_a_suspension(jilin, accept, agree):
    with pytest.raises(NotSuspended):
        accept("resume_relation", reason="退伍", resumed_on="2018-05-01")
    agree(accept("suspend_relation", reason="army", effective_on="2018-04-01"))
    with pytest.raises(AlreadySuspended):
        accept("suspend_relation", reason="employee", effective_on="2018-06-01")


@pytest.mark.article("GX2017 §15")
@pytest.mark.requirement("ENR-21")
def test_joining_the_employees_scheme_ends_the_relation_in_guangxi_and_suspends_it_in_jilin(accept, jilin_or_guangxi):
    ending = death(reason="employee", applicant="self")
    pause = {"reason": "employee", "effective_on": "2018-05-03"}
    jilin_or_guangxi(reasons.GX2017)
    with pytest.raises(ReasonNotHere, match="不因“职工参保”办理停保,应办理注销"):
        accept("suspend_relation", **pause)
    jilin_or_guangxi(reasons.JL2019)
    with pytest.raises(ReasonNotHere, match="不因“职工参保”办理注销,应办理停保"):
        accept("terminate_relation", **ending)
    assert accept("suspend_relation", **pause).state == CaseState.IN_HAND
    jilin_or_guangxi(reasons.GX2017)
    assert accept("terminate_relation", **ending).state == CaseState.IN_HAND


@pytest.mark.article("JL2019 §10")
@pytest.mark.requirement("ENR-21")
def test_serving_a_sentence_ends_the_relation_only_in_jilin(accept, agree, person, jilin_or_guangxi):
    values = death(reason="sentence", applicant="self")
    jilin_or_guangxi(reasons.GX2017)
    with pytest.raises(ReasonNotHere):
        accept("terminate_relation", **values)
    jilin_or_guangxi(reasons.JL2019)
    agree(accept("terminate_relation", **values))
    assert queries.facts(person.pk, MAY).status == "terminated"


@pytest.mark.article("GX2017 §15")
@pytest.mark.requirement("ENR-21")
def test_the_missing_are_not_terminated_without_the_courts_declaration(accept, agree, county):
    case = accept(
        "terminate_relation",
        received=("form", "identity", "missing_notice"),
        **death(reason="missing", event_on="2018-05-01"),
    )
    assert case.state == CaseState.SUPPLEMENTING
    assert case.notices.get().materials == ["death_declaration"]
    assert [one.name for one in case.materials.filter(received_at=None)] == ["人民法院宣告死亡证明"]
    with pytest.raises(WrongState):
        agree(case)
    assert not RelationEnding.objects.exists()


@pytest.mark.article("GX2017 §15")
@pytest.mark.requirement("ENR-21")
def test_a_death_ends_the_relation_after_its_day_voids_the_card_and_keeps_the_applicant(person, clerk, accept, agree):
    commands.issue_card(person_id=person.pk, number="A1", issued_on=date(2018, 1, 1), operator=clerk, now=accept.now)
    case = agree(accept("terminate_relation", **death()))
    assert case.result == "已注销:死亡,自2018-05-04起终止;参保和缴费记录保留,此前费用仍可报销"
    days = (MAY, date(2018, 5, 4))
    assert [queries.facts(person.pk, day).status for day in days] == ["active", "terminated"]
    person.refresh_from_db()
    assert person.died_on == MAY
    assert SocialSecurityCard.objects.get(number="A1").status == "cancelled"
    ending = RelationEnding.objects.get(person=person)
    assert f"申请人:继承人 {HEIR}" in ending.evidence
    assert (case.form["applicant_certificate"], case.form["applicant_relation"]) == (HEIR, "子女")


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        pytest.param(death(applicant="self"), OwnDeath, id="死者本人申请"),
        pytest.param(death(applicant_certificate=""), ApplicantUnknown, id="继承人无证件"),
        pytest.param(death(applicant_relation=""), ApplicantUnknown, id="继承人无关系"),
        pytest.param(death(applicant_certificate="450102198005062019"), CertificateInvalid, id="校验位"),
        pytest.param(death(event_on="2018-06-11"), EventInFuture, id="未来"),
        pytest.param(death(reason="abroad", event_on="2017-08-01"), NotEnrolledThen, id="参保当日以前"),
    ],
)
@pytest.mark.requirement("ENR-21")
def test_a_termination_is_refused_at_the_counter_when_it_cannot_be(accept, values, refusal):
    with pytest.raises(refusal):
        accept("terminate_relation", **values)


@pytest.mark.requirement("ENR-21")
def test_who_died_is_not_named_as_the_applicant_of_the_own_deregistration(person, accept):
    with pytest.raises(ApplicantNotNamed, match=person.name):
        accept("terminate_relation", named=person.name, **death())
    accept("terminate_relation", named=person.name, **death(reason="employee", applicant="self"))


def test_a_death_that_came_another_way_meanwhile_is_not_recorded_twice(person, accept, agree, clerk):
    case = accept("terminate_relation", **death())
    commands.record_death(person_id=person.pk, died_on=MAY, operator=clerk, now=accept.now)
    with pytest.raises(DeathOnRecord):
        agree(case)
    assert RelationEnding.objects.filter(person=person).count() == 1


def test_a_suspension_that_is_open_ends_with_the_relation(jilin, person, accept, agree):
    agree(accept("suspend_relation", reason="army", effective_on="2018-04-01"))
    agree(accept("terminate_relation", **death()))
    assert Suspension.objects.get().suspended_until == date(2018, 5, 4)
    assert queries.facts(person.pk, date(2018, 5, 4)).status == "terminated"


def test_every_departments_reasons_lead_to_something_somewhere():
    known = set(
        reasons.GX2017.suspends + reasons.GX2017.terminates + reasons.JL2019.suspends + reasons.JL2019.terminates
    )
    assert known == set(EndingReason)
    assert set(reasons.REPORTED_BY) == set(Informant)
    assert reasons.rules_of("220100") is reasons.JL2019
    assert reasons.rules_of(AREA) is reasons.GX2017
