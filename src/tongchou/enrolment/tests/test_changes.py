"""What changes in a person's life (停保、终止、变更、证卡、标识)."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from tongchou.enrolment import commands, queries
from tongchou.enrolment.commands import ChangeRequest, blocks, cards, changes, groups, relations, steps
from tongchou.enrolment.models import Enrolment, Listing, ParticularChange, SocialSecurityCard
from tongchou.enrolment.rules import CertificateInvalid
from tongchou.enrolment.states import (
    CARD_TRANSITIONS,
    BlockKind,
    CardStatus,
    CertificateType,
    Credential,
    HouseholdRelation,
    ListingState,
    PersonCategory,
    Sex,
    SpecialCategory,
)
from tongchou.enrolment.tests.conftest import AREA, NOW, VILLAGE, citizen_number
from tongchou.platform import checks

DAY = date(2018, 1, 1)


@pytest.fixture
def person(enrol):
    return enrol(name="韦大", certificate_no=citizen_number()).person_id


@pytest.fixture
def reviewer(hire):
    return hire("second_reviewer", at=AREA)


@pytest.fixture
def do(clerk):
    """Runs a command as the clerk: `do(commands.suspend, person_id=…)`."""

    def run(command, **facts):
        return command(**facts, operator=clerk, now=NOW)

    return run


def status(person_id: int, on: date) -> str:
    return queries.facts(person_id, on).status


@pytest.mark.article("JL2019 §8")
def test_a_suspension_stops_and_a_resumption_goes_on(person, do):
    do(commands.suspend, person_id=person, suspended_from=date(2018, 2, 1), reason="转职工医保")
    assert [status(person, date(2018, 1, 31)), status(person, date(2018, 2, 1))] == ["active", "suspended"]
    with pytest.raises(relations.AlreadySuspended, match="2018-02-01"):
        do(commands.suspend, person_id=person, suspended_from=date(2018, 3, 1), reason="x")
    do(commands.resume, person_id=person, resumed_on=date(2018, 3, 1))
    assert status(person, date(2018, 3, 1)) == "active"
    with pytest.raises(relations.NotSuspended):
        do(commands.resume, person_id=person, resumed_on=date(2018, 3, 1))


@pytest.mark.article("GX2017 §15")
def test_a_termination_ends_the_relation_and_any_suspension(person, do):
    do(commands.suspend, person_id=person, suspended_from=date(2018, 1, 1), reason="x")
    do(commands.terminate, person_id=person, terminated_on=date(2018, 2, 1), reason="出国定居")
    assert status(person, date(2018, 2, 1)) == "terminated"
    facts = queries.facts(person, date(2018, 2, 1))
    assert (facts.enrolled_until, facts.end_reason) == (date(2018, 2, 1), "出国定居")
    with pytest.raises(steps.NotEnrolledThen):
        do(commands.terminate, person_id=person, terminated_on=date(2018, 3, 1), reason="x")
    with pytest.raises(steps.NotEnrolledThen):
        do(commands.suspend, person_id=person, suspended_from=date(2018, 3, 1), reason="x")


def test_nothing_ends_without_a_reason(person, do):
    with pytest.raises(steps.ReasonMissing):
        do(commands.suspend, person_id=person, suspended_from=DAY, reason=" ")
    with pytest.raises(steps.ReasonMissing):
        do(commands.terminate, person_id=person, terminated_on=DAY, reason="")


@pytest.mark.article("GX2017 §15")
def test_a_death_ends_the_relation_the_day_after_and_voids_the_card(person, do):
    do(commands.issue_card, person_id=person, number="A0000001", issued_on=DAY)
    do(commands.record_death, person_id=person, died_on=date(2018, 2, 3))
    assert [status(person, date(2018, 2, 3)), status(person, date(2018, 2, 4))] == ["active", "terminated"]
    assert SocialSecurityCard.objects.get().status == CardStatus.CANCELLED
    with pytest.raises(relations.DiesBeforeBirth):
        do(commands.record_death, person_id=person, died_on=date(1900, 1, 1))


def test_before_the_first_day_nobody_is_enrolled(person):
    assert status(person, date(2017, 7, 31)) == "none"
    assert queries.facts(0, DAY) is None


@pytest.mark.article("GX2017 §3")
def test_a_clerk_elsewhere_changes_nothing_here(person, hire):
    stranger = hire("eligibility", at="450103")
    with pytest.raises(checks.OutOfScope):
        commands.suspend(person_id=person, suspended_from=DAY, reason="x", operator=stranger, now=NOW)


# --- particulars ----------------------------------------------------------------------------------------------------


def request(person_id: int, evidence: str = "户口簿", reason: str = "登记错误", **values) -> ChangeRequest:
    return ChangeRequest(person_id=person_id, values=values, reason=reason, evidence=evidence, effective_on=DAY)


@pytest.mark.requirement("ENR-18")
@pytest.mark.article("GX2017 §14")
def test_a_corrected_number_still_finds_the_person_under_the_old_one(person, clerk):
    right = citizen_number(date(1981, 5, 6), order=12)
    commands.change_particulars(request(person, certificate_no=right), operator=clerk, now=NOW)
    facts = queries.facts_by_certificate(citizen_number(), DAY)
    assert (facts.id, facts.certificate_no) == (person, right)
    assert (facts.born_on, facts.sex) == (date(1981, 5, 6), Sex.FEMALE)
    kept = dict(ParticularChange.objects.values_list("particular", "old_value"))
    assert kept["certificate_no"] == citizen_number()
    assert kept["born_on"] == "1980-05-06"
    assert queries.person_card(person, DAY).former_certificates == (citizen_number(),)


@pytest.mark.requirement("ENR-14")
def test_a_newborn_without_a_number_gets_it_later_and_stays_the_same_person(enrol, clerk):
    baby = enrol(
        certificate_type=CertificateType.BIRTH_CERTIFICATE,
        certificate_no="O450012345",
        born_on=date(2018, 3, 1),
        sex=Sex.FEMALE,
        enrolled_on=date(2018, 3, 2),
    ).person_id
    number = citizen_number(date(2018, 3, 1), order=4)
    commands.change_particulars(
        request(baby, certificate_type=CertificateType.CITIZEN_ID, certificate_no=number), operator=clerk, now=NOW
    )
    assert queries.facts_by_certificate("o450012345", DAY).id == baby
    assert queries.facts_by_certificate(number, DAY).id == baby


def test_who_somebody_is_needs_evidence_and_the_review(person, hire, clerk):
    with pytest.raises(changes.EvidenceMissing, match="姓名"):
        commands.change_particulars(request(person, evidence=" ", name="韦小"), operator=clerk, now=NOW)
    with pytest.raises(checks.NoPermission):
        commands.change_particulars(request(person, name="韦小"), operator=hire("clerk", at=AREA), now=NOW)
    commands.change_particulars(request(person, evidence="", phone="139"), operator=hire("clerk", at=AREA), now=NOW)


def test_a_new_name_is_found_by_its_own_initials(person, clerk):
    commands.change_particulars(request(person, name="覃小妹"), operator=clerk, now=NOW)
    assert queries.facts(person, DAY).name == "覃小妹"
    assert Enrolment.objects.get().person.name_initials == "qxm"


def test_changes_that_cannot_be_are_refused(person, enrol, clerk):
    other = enrol(certificate_no=citizen_number(order=21)).person
    for values, refusal in (
        ({"certificate_no": other.certificate_no}, changes.CertificateTaken),
        ({"certificate_no": "450102199001010012"}, CertificateInvalid),
        ({"name": "韦大"}, changes.NothingChanged),
        ({"person_no": "1"}, changes.UnknownParticular),
        ({"unit_code": "450202"}, commands.persons.UnitNotOpen),
    ):
        with pytest.raises(refusal):
            commands.change_particulars(request(person, **values), operator=clerk, now=NOW)
    with pytest.raises(steps.ReasonMissing):
        commands.change_particulars(request(person, reason="", phone="1"), operator=clerk, now=NOW)


def test_moving_to_another_village_closes_and_reopens_the_enrolment(person, clerk, do):
    do(commands.suspend, person_id=person, suspended_from=date(2017, 12, 1), reason="参军")
    commands.change_particulars(request(person, unit_code="450102001"), operator=clerk, now=NOW)
    spans = Enrolment.objects.order_by("enrolled_from").values_list("unit_code", "enrolled_from", "enrolled_until")
    assert list(spans) == [(VILLAGE, date(2017, 8, 1), DAY), ("450102001", DAY, None)]
    assert [status(person, date(2017, 12, 31)), status(person, date(2018, 3, 1))] == ["suspended", "suspended"]
    do(commands.resume, person_id=person, resumed_on=date(2018, 3, 2))
    assert status(person, date(2018, 3, 2)) == "active"


def test_a_change_of_category_goes_on_without_a_gap(person, do):
    do(commands.change_category, person_id=person, category=PersonCategory.STUDENT, effective_on=DAY, reason="入学")
    assert [queries.facts(person, day).category for day in (date(2017, 12, 31), DAY)] == ["adult", "student"]
    with pytest.raises(changes.NothingChanged):
        do(commands.change_category, person_id=person, category=PersonCategory.STUDENT, effective_on=DAY, reason="x")


def test_the_chain_of_enrolments_cannot_be_broken(person, do, clerk):
    do(commands.change_category, person_id=person, category=PersonCategory.STUDENT, effective_on=DAY, reason="入学")
    first = Enrolment.objects.earliest("enrolled_from")
    facts = {
        "person_id": person,
        "pooling_area_id": AREA,
        "scheme": "resident",
        "unit_code": VILLAGE,
        "category": "adult",
        "created_at": NOW,
        "end_reason": "x",
    }
    for wrong in (
        {"enrolled_from": date(2019, 1, 1), "enrolled_until": date(2019, 2, 1)},
        {"enrolled_from": date(2019, 1, 1), "enrolled_until": date(2019, 2, 1), "follows_until": DAY},
        {"enrolled_from": date(2017, 1, 1), "enrolled_until": date(2017, 2, 1), "follows_until": date(2018, 6, 1)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Enrolment.objects.create(**facts, **wrong)

    @transaction.atomic
    def end_the_first_too_early() -> None:
        Enrolment.objects.filter(pk=first.pk).update(enrolled_until=date(2018, 2, 1))
        transaction.get_connection().check_constraints()

    with pytest.raises(IntegrityError):
        end_the_first_too_early()


@pytest.mark.requirement("ENR-01")
def test_a_member_may_leave_and_join_a_household(person, enrol, do):
    head = enrol(household_no="H1", household_relation=HouseholdRelation.HEAD)
    do(commands.move_to_household, person_id=person, household_no="H1", relation=HouseholdRelation.SPOUSE)
    members = [row.id for row in queries.household(head.person.household_id, DAY).members]
    assert members == [head.person_id, person]
    with pytest.raises(commands.persons.HouseholdHasHead):
        do(commands.move_to_household, person_id=person, household_no="H1", relation=HouseholdRelation.HEAD)
    do(commands.move_to_household, person_id=person, household_no="", relation=HouseholdRelation.OTHER)
    assert queries.person_card(person, DAY).household_no == ""


# --- cards and credentials ------------------------------------------------------------------------------------------


@pytest.mark.requirement("ENR-29")
@pytest.mark.article("GX2017 §13")
def test_a_lost_card_is_refused_at_once_and_a_new_one_ends_it(person, do):
    do(commands.issue_card, person_id=person, number="a0000001", issued_on=DAY)
    do(commands.report_card_lost, person_id=person, on=date(2018, 3, 5))
    assert queries.facts_by_card("A0000001", DAY).card_status == CardStatus.LOST
    do(commands.apply_for_card, person_id=person, number="A0000002", applied_on=date(2018, 3, 6))
    do(commands.issue_card, person_id=person, number="A0000002", issued_on=date(2018, 3, 9))
    assert queries.facts_by_card("A0000001", DAY).card_status == CardStatus.REPLACED
    assert queries.facts(person, DAY).card_no == "A0000002"
    with pytest.raises(cards.NoCard):
        do(commands.report_card_found, person_id=person, on=DAY)


def test_a_card_found_again_is_good_again(person, do):
    do(commands.issue_card, person_id=person, number="A0000001", issued_on=DAY)
    do(commands.report_card_lost, person_id=person, on=DAY)
    do(commands.report_card_found, person_id=person, on=DAY)
    assert queries.facts(person, DAY).card_status == CardStatus.ACTIVE
    do(commands.cancel_card, person_id=person, number="A0000001", on=DAY)
    assert queries.facts(person, DAY).card_no is None
    with pytest.raises(cards.NoCard):
        do(commands.cancel_card, person_id=person, number="A0000001", on=DAY)


def test_a_card_number_serves_once(person, enrol, do):
    do(commands.issue_card, person_id=person, number="A0000001", issued_on=DAY)
    with pytest.raises(cards.CardNumberTaken):
        do(commands.issue_card, person_id=enrol().person_id, number="A0000001", issued_on=DAY)


@pytest.mark.parametrize("before", list(CardStatus))
@pytest.mark.parametrize("after", list(CardStatus))
def test_a_card_moves_only_as_the_table_allows(person, before, after):
    ended = DAY if before in (CardStatus.REPLACED, CardStatus.CANCELLED) else None
    card = SocialSecurityCard.objects.create(
        person_id=person, number="A1", status=before, issued_on=DAY, ended_on=ended
    )
    if (before, after) in CARD_TRANSITIONS:
        cards._move(card, after, DAY)
        assert SocialSecurityCard.objects.get().status == after
    else:
        with pytest.raises(cards.CardMoveNotAllowed):
            cards._move(card, after, DAY)


@pytest.mark.requirement("ENR-31")
@pytest.mark.article("GX2017 §63")
@pytest.mark.article("GX2017 §67")
def test_while_the_card_is_made_id_household_book_and_face_will_do(person, do):
    do(commands.apply_for_card, person_id=person, number="A0000001", applied_on=DAY)
    shown = queries.credentials_of(queries.facts(person, DAY), DAY)
    assert set(shown) == {Credential.ID_CARD, Credential.HOUSEHOLD_BOOK, Credential.FACE}
    do(commands.issue_card, person_id=person, number="A0000001", issued_on=DAY)
    shown = queries.credentials_of(queries.facts(person, DAY), DAY)
    assert Credential.CARD in shown
    assert not {Credential.FACE, Credential.HOUSEHOLD_BOOK, Credential.BIRTH_CERTIFICATE} & set(shown)


# --- groups and blocks ----------------------------------------------------------------------------------------------


@pytest.mark.requirement("ENR-10")
@pytest.mark.article("GX2017 §8")
def test_a_yearly_group_ends_with_its_year_and_needs_the_next_list(person, do):
    facts = {"person_id": person, "source": "扶贫办", "evidence": "2017年名单"}
    do(
        commands.record_special_group,
        **facts,
        category=SpecialCategory.POOR,
        valid_from=date(2017, 9, 1),
        valid_until=None,
    )
    assert queries.facts(person, date(2017, 12, 31)).groups == ("poor",)
    assert queries.facts(person, DAY).groups == ()
    do(commands.record_special_group, **facts, category=SpecialCategory.POOR, valid_from=DAY, valid_until=None)
    assert queries.facts(person, DAY).groups == ("poor",)


def test_several_groups_may_be_held_none_of_them_twice(person, do):
    facts = {"person_id": person, "source": "民政局", "evidence": "民发1号", "valid_until": None}
    do(commands.record_special_group, **facts, category=SpecialCategory.DIBAO, valid_from=DAY)
    do(commands.record_special_group, **facts, category=SpecialCategory.SEVERE_DISABILITY, valid_from=DAY)
    assert queries.facts(person, DAY).groups == ("dibao", "severe_disability")
    with pytest.raises(groups.GroupAlreadyHeld, match="2018-01-01"):
        do(commands.record_special_group, **facts, category=SpecialCategory.DIBAO, valid_from=date(2018, 2, 1))
    do(commands.end_special_group, person_id=person, category=SpecialCategory.DIBAO, ended_on=date(2018, 3, 1))
    assert queries.facts(person, date(2018, 3, 1)).groups == ("severe_disability",)
    with pytest.raises(groups.GroupNotHeld):
        do(commands.end_special_group, person_id=person, category=SpecialCategory.DIBAO, ended_on=date(2018, 4, 1))
    with pytest.raises(groups.GroupSpanEmpty):
        do(
            commands.record_special_group,
            **(facts | {"valid_until": DAY}),
            category=SpecialCategory.TEKUN,
            valid_from=DAY,
        )


@pytest.mark.requirement("BEN-36")
def test_benefits_are_blocked_by_decision_and_given_back(person, reviewer):
    facts = {"person_id": person, "operator": reviewer, "now": NOW}
    held = {"kind": BlockKind.MONITORING, "blocked_from": DAY, "blocked_until": None, "reason": "核查"}
    commands.block_benefits(**facts, **held)
    (block,) = queries.facts(person, DAY).blocks
    assert (block.kind, block.start, block.reason) == ("monitoring", DAY, "核查")
    with pytest.raises(blocks.AlreadyBlocked):
        commands.block_benefits(**facts, **held)
    commands.lift_block(**facts, kind=BlockKind.MONITORING, lifted_on=date(2018, 2, 1))
    assert queries.facts(person, date(2018, 2, 1)).blocks == ()
    with pytest.raises(blocks.NotBlocked):
        commands.lift_block(**facts, kind=BlockKind.MONITORING, lifted_on=date(2018, 3, 1))
    with pytest.raises(steps.ReasonMissing):
        commands.block_benefits(**facts, **(held | {"reason": ""}))


@pytest.mark.article("JL2019 §7(四)")
@pytest.mark.requirement("ENR-11")
def test_a_corrected_number_meets_the_departments_list_that_named_it_as_not_insured(enrol, hire):
    person = enrol(name="韦困难").person
    right = citizen_number(order=777)
    listed = Listing.objects.create(
        pooling_area_id=AREA,
        unit_code=person.unit_code,
        certificate_type="01",
        certificate_no=right,
        name="韦困难",
        category="dibao",
        source="civil_affairs",
        valid_from=date(2018, 1, 1),
        listed_at=NOW,
        evidence="民发〔2018〕1号",
    )
    request = ChangeRequest(
        person_id=person.pk,
        values={"certificate_no": right},
        reason="登记时号码有误",
        evidence="身份证",
        effective_on=date(2018, 3, 10),
    )
    commands.change_particulars(request, operator=hire("second_reviewer", at=AREA), now=NOW)
    listed.refresh_from_db()
    assert listed.state == ListingState.ENROLLED
    assert person.special_groups.get().valid_from == date(2018, 1, 1)
