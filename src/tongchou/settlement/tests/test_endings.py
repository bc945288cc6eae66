"""What stays payable when a relation ends, and what a correction brings back (ENR-20 to ENR-24)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.urls import reverse

from tongchou.encounters import commands as encounters
from tongchou.encounters.commands.filing import Wanted
from tongchou.encounters.states import FilingKind
from tongchou.encounters.tests import world as hospital
from tongchou.encounters.tests.world import H1, done
from tongchou.enrolment import commands as enrolment
from tongchou.enrolment.endings import matters, undoing
from tongchou.enrolment.endings.undoing import ChangedSince, NothingToUndo, RejoinedSince
from tongchou.enrolment.transfers import commands as transfers
from tongchou.enrolment.transfers.states import TransferKind
from tongchou.kernel.errors import DomainError
from tongchou.platform.events import subscribe, unsubscribe
from tongchou.platform.tests.conftest import Hire, plant_tree
from tongchou.settlement import commands, queries, terms
from tongchou.settlement.events import FoundAfterEnding
from tongchou.settlement.facts import Counter
from tongchou.settlement.models import SettledAfterEnding
from tongchou.settlement.tests import world
from tongchou.settlement.tests.world import Line, at, yuan
from tongchou.wire import refusals

pytestmark = pytest.mark.django_db
DEATH = date(2018, 5, 3)
REAL_STANDING = terms.standing
Person = apps.get_model("enrolment", "Person")
RefusedVisit = apps.get_model("enrolment", "RefusedVisit")


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(terms, "standing", REAL_STANDING)
    monkeypatch.setattr(refusals, "tally", refusals.Tally())
    plant_tree()
    hospital.place()
    return


@pytest.fixture
def clerk(place: None) -> Any:
    return Hire()("clerk", "eligibility", at=world.UNIT)


@pytest.fixture
def who(place: None) -> world.Person:
    made = hospital.person()
    world.cover(made.id, "2018-01-01", "2019-01-01")
    return world.Person(made.id, made.number)


def dies(who: world.Person, clerk: Any, on: date = DEATH, now: datetime | None = None) -> None:
    enrolment.record_death(person_id=who.id, died_on=on, operator=clerk, now=now or at("2018-05-20"))


def correct(who: world.Person, clerk: Any, on: str = "2018-06-10") -> int:
    with transaction.atomic():
        person = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=who.id)
        _ending, refused = undoing.undo_ending(
            person, reason="同名误注销", evidence="派出所证明", operator=clerk, now=at(on)
        )
    return refused


def check(who: world.Person, on: str) -> Any:
    data = {"psn_no": who.number, "insutype": "390", "fixmedins_code": H1, "med_type": "11", "begntime": on}
    (row,) = done("2001", {"data": data}, at=at(on).astimezone(UTC))["trtinfo"]
    return row


def by_hand(of: world.Visit, total: str, clerk: Any) -> Any:
    area, number = commands.settle_at_counter(
        pooling_area=world.AREA,
        encounter_id=of.id,
        total_fen=yuan(total),
        use_account=True,
        counter=Counter(reason="继承人申请手工报销"),
        request_id=f"W{of.id}",
        operator=clerk,
        now=at("2018-06-01"),
    )
    return queries.one(area, number)


@pytest.mark.requirement("ENR-20")
@pytest.mark.article("JL2019 §8")
def test_a_hospital_reads_why_the_relation_is_suspended(who: world.Person, clerk: Any) -> None:
    enrolment.suspend(
        person_id=who.id, suspended_from=date(2018, 4, 1), reason="职工参保", operator=clerk, now=at("2018-03-28")
    )
    assert check(who, "2018-03-31")["trt_enjymnt_flag"] == "1"
    row = check(who, "2018-04-02")
    assert (row["trt_enjymnt_flag"], row["trt_chk_rslt"]) == ("0", "停保-职工参保:自2018-04-01起停保(JL2019 §8)")
    enrolment.resume(person_id=who.id, resumed_on=date(2018, 5, 1), operator=clerk, now=at("2018-05-01"))
    assert check(who, "2018-05-02")["trt_enjymnt_flag"] == "1"


@pytest.mark.requirement("ENR-23")
@pytest.mark.article("JL2019 §10", "GX2017 §15")
def test_a_stay_that_ended_with_the_death_is_paid_to_the_heir_and_later_care_is_not(
    who: world.Person, clerk: Any
) -> None:
    stay = world.visit(who, "2018-04-28", kind="inpatient", institution=H1, until="2018-05-03")
    world.charge(stay, [Line(scope=yuan("5000"), on="2018-05-02")])
    later = world.visit(who, "2018-05-04", kind="outpatient", institution=H1)
    world.charge(later, [Line(scope=yuan("100"), on="2018-05-04")])
    dies(who, clerk)
    view = by_hand(stay, "5000", clerk)
    assert view.columns["pool_paid_fen"] > 0
    with pytest.raises(DomainError, match="终止") as refusal:
        by_hand(later, "100", clerk)
    assert refusal.value.code == "ST-2001"


def file_home_bed(who: world.Person, clerk: Any, since: str = "2018-04-20") -> Any:
    return encounters.file_care(
        person_no=who.number,
        kind=FilingKind.HOME_BED,
        wanted=Wanted(
            institution_codes=(H1,),
            consented_on=date(2018, 4, 10),
            valid_from=date.fromisoformat(since),
            valid_until=date(2018, 6, 1),
            evidence="附件10",
        ),
        operator=clerk,
        now=at("2018-04-20"),
    )


@pytest.mark.requirement("ENR-23")
@pytest.mark.article("JL2019 §10")
def test_a_filing_ends_with_the_relation_and_a_correction_brings_it_back(who: world.Person, clerk: Any) -> None:
    filing = file_home_bed(who, clerk)
    assert [one.what for one in matters.open_of(who.id, date(2018, 5, 1))] == ["家庭病床备案"]
    dies(who, clerk)
    filing.refresh_from_db()
    assert (filing.valid_until, filing.closing_reason) == (date(2018, 5, 4), "参保关系终止:死亡")
    correct(who, clerk)
    filing.refresh_from_db()
    assert (filing.valid_until, filing.closing_reason, filing.ended_by) == (date(2018, 6, 1), "", None)


def moves_away(who: world.Person, clerk: Any, starts_on: date = date(2018, 5, 10), told_on: str = "2018-05-05") -> Any:
    wanted = transfers.Wanted(
        kind=TransferKind.AREA,
        to_area="450900",
        to_agency="丁市社会保险事业局",
        to_scheme="resident",
        starts_on=starts_on,
        reason="户籍迁移",
        elsewhere=True,
    )
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=who.id)
        return transfers.finish_out(person, wanted, case_number="SL1", operator=clerk, now=at(told_on))


def give_back(made: Any, clerk: Any) -> None:
    made.refresh_from_db()
    transfers.withdraw_transfer(
        transfer_id=made.pk, version=made.version, reason="不走了", operator=clerk, now=at("2018-05-20")
    )


def told(filing: Any) -> tuple[date, str, bool]:
    filing.refresh_from_db()
    return filing.valid_until, filing.closing_reason, filing.cancelled_at is not None


@pytest.mark.requirement("ENR-23")
@pytest.mark.requirement("ENR-28")
@pytest.mark.article("GX2017 §16")
def test_a_transfer_out_ends_the_filings_of_the_area_left_and_giving_it_back_brings_them_back(
    who: world.Person, clerk: Any
) -> None:
    filing = file_home_bed(who, clerk)
    made = moves_away(who, clerk)
    assert told(filing) == (date(2018, 5, 10), "参保关系终止:跨统筹区转出", False)
    assert matters.open_of(who.id, date(2018, 5, 10)) == []
    assert made.documents.get().content["filings"] == ["家庭病床"]
    give_back(made, clerk)
    assert told(filing) == (date(2018, 6, 1), "", False)
    assert (filing.left_by, filing.was_until) == (None, None)
    moves_away(who, clerk)
    assert told(filing)[0] == date(2018, 5, 10)


@pytest.mark.requirement("ENR-28")
def test_a_filing_of_after_the_transfer_counts_as_never_made_and_one_in_its_place_stands(
    who: world.Person, clerk: Any
) -> None:
    filing = file_home_bed(who, clerk, "2018-05-10")
    made = moves_away(who, clerk)
    assert told(filing)[2]
    other = file_home_bed(who, clerk, "2018-05-11")
    give_back(made, clerk)
    assert told(filing)[1:] == ("参保关系终止:跨统筹区转出", True)
    assert told(other) == (date(2018, 6, 1), "", False)


@pytest.mark.requirement("ENR-24")
@pytest.mark.requirement("ENR-28")
def test_given_back_after_a_death_a_filing_holds_to_that_day_and_its_correction_brings_back_the_rest(
    who: world.Person, clerk: Any
) -> None:
    filing = file_home_bed(who, clerk)
    made = moves_away(who, clerk)
    dies(who, clerk, date(2018, 5, 14))
    assert told(filing)[0] == date(2018, 5, 10)
    give_back(made, clerk)
    assert told(filing) == (date(2018, 5, 15), "参保关系终止", False)
    correct(who, clerk)
    assert told(filing) == (date(2018, 6, 1), "", False)


def test_a_filing_that_had_not_begun_counts_as_never_made_until_corrected(who: world.Person, clerk: Any) -> None:
    filing = file_home_bed(who, clerk, "2018-05-10")
    dies(who, clerk)
    filing.refresh_from_db()
    assert filing.cancelled_at is not None
    correct(who, clerk)
    filing.refresh_from_db()
    assert (filing.cancelled_at, filing.valid_until) == (None, date(2018, 6, 1))


@pytest.mark.requirement("ENR-22")
@pytest.mark.article("JL2019 §10")
def test_what_was_settled_after_the_death_is_suspect_until_the_death_proves_wrong(
    who: world.Person, clerk: Any
) -> None:
    world.settled_visit(who, [Line(scope=yuan("300"))], on="2018-05-03", institution=H1)
    _, settled = world.settled_visit(who, [Line(scope=yuan("300"))], on="2018-05-10", institution=H1)
    heard: list[FoundAfterEnding] = []
    subscribe(FoundAfterEnding)(heard.append)
    try:
        dies(who, clerk)
    finally:
        unsubscribe(FoundAfterEnding, heard.append)
    assert [(one.settlement_id, one.ended_from) for one in heard] == [(settled.settlement_id, date(2018, 5, 4))]
    suspect = SettledAfterEnding.objects.get()
    assert (suspect.served_on, suspect.fund_paid_fen) == (date(2018, 5, 10), settled.columns["fund_paid_fen"])
    correct(who, clerk)
    suspect.refresh_from_db()
    assert suspect.withdrawn_at == at("2018-06-10")


def standing() -> list[tuple[date, date, str]]:
    """The suspicions that stand: day of care, end, why."""
    found = SettledAfterEnding.objects.filter(withdrawn_at=None).order_by("id")
    return [(one.served_on, one.ended_from, one.reason) for one in found]


@pytest.mark.requirement("ENR-22")
@pytest.mark.requirement("ENR-26")
@pytest.mark.requirement("ENR-28")
@pytest.mark.article("GX2017 §16")
def test_what_was_settled_after_a_transfer_out_is_suspect_until_it_is_given_back(who: world.Person, clerk: Any) -> None:
    world.settled_visit(who, [Line(scope=yuan("300"))], on="2018-05-09", institution=H1)
    _, settled = world.settled_visit(who, [Line(scope=yuan("300"))], on="2018-05-10", institution=H1)
    heard: list[FoundAfterEnding] = []
    subscribe(FoundAfterEnding)(heard.append)
    try:
        made = moves_away(who, clerk, told_on="2018-05-15")
    finally:
        unsubscribe(FoundAfterEnding, heard.append)
    assert [(one.settlement_id, one.ended_from) for one in heard] == [(settled.settlement_id, date(2018, 5, 10))]
    assert standing() == [(date(2018, 5, 10), date(2018, 5, 10), "跨统筹区转出")]
    suspect = SettledAfterEnding.objects.get()
    assert (suspect.transfer_id, suspect.ending_id) == (made.pk, None)
    marks = queries.marks_of_year(pooling_area=world.AREA, person_id=who.id, scheme="resident", year=2018)
    assert [one.cause for one in marks] == ["enrolment"]
    give_back(made, clerk)
    suspect.refresh_from_db()
    assert suspect.withdrawn_at == at("2018-05-20")
    moves_away(who, clerk, told_on="2018-05-21")
    assert (len(standing()), SettledAfterEnding.objects.count()) == (1, 2), "left again, it is suspect again"


@pytest.mark.requirement("ENR-22")
@pytest.mark.requirement("ENR-28")
def test_given_back_after_a_death_only_what_lies_after_the_death_stays_suspect(who: world.Person, clerk: Any) -> None:
    for day in ("2018-05-12", "2018-05-16"):
        world.settled_visit(who, [Line(scope=yuan("300"))], on=day, institution=H1)
    made = moves_away(who, clerk, told_on="2018-05-17")
    dies(who, clerk, date(2018, 5, 14))
    give_back(made, clerk)
    assert standing() == [(date(2018, 5, 16), date(2018, 5, 15), "死亡")]
    correct(who, clerk)
    assert standing() == []


@pytest.mark.requirement("ENR-22")
@pytest.mark.requirement("ENR-28")
def test_given_back_where_another_relation_has_begun_what_lies_after_that_stays_suspect(
    who: world.Person, clerk: Any
) -> None:
    for day in ("2018-05-12", "2018-05-16"):
        world.settled_visit(who, [Line(scope=yuan("300"))], on=day, institution=H1)
    made = moves_away(who, clerk, told_on="2018-05-17")
    Person.objects.get(pk=who.id).enrolments.create(
        pooling_area_id="450200",
        scheme="employee",
        unit_code="450202",
        category="working",
        enrolled_from=date(2018, 5, 14),
        follows_until=date(2018, 5, 10),
        created_at=at("2018-05-18"),
    )
    give_back(made, clerk)
    assert standing() == [(date(2018, 5, 16), date(2018, 5, 14), "另行参保")]


@pytest.mark.requirement("ENR-22")
def test_a_suspicion_rests_on_one_ending_or_one_transfer(who: world.Person, clerk: Any) -> None:
    world.settled_visit(who, [Line(scope=yuan("300"))], on="2018-05-12", institution=H1)
    moves_away(who, clerk, told_on="2018-05-15")
    suspect = SettledAfterEnding.objects.get()
    for wrong in ({"transfer_id": None}, {"ending_id": 1}):
        with pytest.raises(IntegrityError, match="settled_after_one_ending"), transaction.atomic():
            SettledAfterEnding.objects.filter(pk=suspect.pk).update(**wrong)
    suspect.pk = None
    with pytest.raises(IntegrityError, match="settled_after_transfer_once"), transaction.atomic():
        suspect.save(force_insert=True)


@pytest.mark.requirement("ENR-24")
@pytest.mark.article("GX2017 §15")
def test_a_wrong_death_undone_makes_the_days_between_eligible_and_lists_the_refused_visit(
    who: world.Person, clerk: Any
) -> None:
    dies(who, clerk, now=at("2018-05-10"))
    assert check(who, "2018-05-20")["trt_enjymnt_flag"] == "0"
    refusals.tally.write()
    assert correct(who, clerk) == 1
    assert check(who, "2018-05-20")["trt_enjymnt_flag"] == "1"
    visit = RefusedVisit.objects.get()
    assert (visit.happened_on, visit.institution_code, visit.what) == (date(2018, 5, 20), H1, "接口拒绝2001")
    assert "终止" in visit.said


@pytest.mark.requirement("ENR-24")
def test_a_visit_that_nobody_could_settle_meanwhile_is_listed_too(who: world.Person, clerk: Any) -> None:
    visit = world.visit(who, "2018-05-15", institution=H1)
    world.charge(visit, [Line(scope=yuan("100"), on="2018-05-15")])
    dies(who, clerk)
    assert correct(who, clerk) == 1
    assert RefusedVisit.objects.get().what == "未结算就诊"
    assert by_hand(visit, "100", clerk).columns["fund_paid_fen"] >= 0


@pytest.mark.requirement("ENR-24")
def test_a_correction_is_refused_where_there_is_nothing_or_more_has_happened(who: world.Person, clerk: Any) -> None:
    with pytest.raises(NothingToUndo):
        correct(who, clerk)
    enrolment.terminate(
        person_id=who.id, terminated_on=date(2018, 4, 1), reason="跨统筹地区转出", operator=clerk, now=at("2018-04-01")
    )
    enrolled = Person.objects.get(pk=who.id).enrolments.get()
    again = Person.objects.get(pk=who.id).enrolments.create(
        pooling_area_id=world.AREA,
        scheme="resident",
        unit_code=world.UNIT,
        category="adult",
        enrolled_from=date(2018, 5, 1),
        follows_until=enrolled.enrolled_until,
        created_at=at("2018-05-01"),
    )
    with pytest.raises(RejoinedSince, match="2018-05-01"):
        correct(who, clerk)
    again.delete()
    enrolled.enrolled_until = date(2018, 4, 2)
    enrolled.save()
    with pytest.raises(ChangedSince):
        correct(who, clerk)


@pytest.mark.requirement("ENR-22")
def test_the_page_of_suspects_shows_what_stands_and_what_was_withdrawn(
    who: world.Person, clerk: Any, client: Any, django_assert_max_num_queries: Any
) -> None:
    world.settled_visit(who, [Line(scope=yuan("300"))], on="2018-05-10", institution=H1)
    dies(who, clerk)
    client.force_login(clerk)
    address = reverse("settlement:suspects")
    with django_assert_max_num_queries(12):
        page = client.get(address).content.decode()
    assert ("2018-05-10" in page, "死亡" in page) == (True, True)
    correct(who, clerk)
    assert "2018-05-10" not in client.get(address).content.decode()
    assert "已撤销" in client.get(address, {"state": "withdrawn"}).content.decode()
