"""应保尽保: what is counted, who is on the lists, how a town's visits are made and told (ENR-32)."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from tongchou.contributions.models import CoverageSpan
from tongchou.contributions.outreach import commands, counting, queries
from tongchou.contributions.outreach.models import CampaignTask, CoverageDay, CoverageName, PopulationFigure
from tongchou.contributions.outreach.states import Gap, Outcome, TaskState
from tongchou.contributions.tests.conftest import AREA
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.checks import OutOfScope
from tongchou.platform.tests.conftest import Hire

Person: Any = apps.get_model("enrolment", "Person")
Enrolment: Any = apps.get_model("enrolment", "Enrolment")
Suspension: Any = apps.get_model("enrolment", "Suspension")
OrgUnit: Any = apps.get_model("platform", "OrgUnit")

VILLAGE, TOWN, COUNTY = "450102001201", "450102001", "450102"
WEST = "450102001202"
DAY = date(2017, 12, 1)
NIGHT = datetime(2017, 12, 1, 15, tzinfo=UTC)
YEAR = 2018
BASE = "/contributions/outreach/"


@pytest.fixture(autouse=True)
def second_village(tree: None) -> None:
    OrgUnit.objects.create(
        code=WEST,
        name="城关镇西村服务窗口",
        level="village",
        parent_id=TOWN,
        pooling_area_id=AREA,
        path=f"450000/{AREA}/{COUNTY}/{TOWN}/{WEST}/",
        valid_from=date(2017, 7, 1),
    )


def crowd(first: int, last: int, unit: str = VILLAGE, *, years: tuple[int, ...] = (), scheme: str = "resident") -> None:
    """Persons with these numbers live in the unit, covered in these years."""
    people = Person.objects.bulk_create(
        Person(
            person_no=f"P{n:08d}",
            certificate_type="99",
            certificate_no=f"Z{n:08d}",
            name=f"韦{n:05d}",
            sex="M",
            born_on=date(1980, 1, 1),
            pooling_area_id=AREA,
            unit_code=unit,
            created_at=NIGHT,
        )
        for n in range(first, last + 1)
    )
    Enrolment.objects.bulk_create(
        Enrolment(
            person=one,
            pooling_area_id=AREA,
            scheme=scheme,
            unit_code=unit,
            category="adult" if scheme == "resident" else "working",
            enrolled_from=date(2017, 7, 1),
            created_at=NIGHT,
        )
        for one in people
    )
    cover([one.pk for one in people], *years)


def cover(ids: list[int], *years: int) -> None:
    CoverageSpan.objects.bulk_create(
        CoverageSpan(
            person_id=one,
            pooling_area_id=AREA,
            scheme="resident",
            benefit_year=year,
            covered_from=date(year, 1, 1),
            covered_until=date(year + 1, 1, 1),
            rule="GX2017 §22",
            created_at=NIGHT,
        )
        for one in ids
        for year in years
    )


def person(n: int) -> Any:
    return Person.objects.get(person_no=f"P{n:08d}")


def figures(unit: str, year: int = YEAR) -> queries.Figures:
    return queries.days_of(unit, year)[-1][1]


def names(clerk: Any, gap: str = "", unit: str = VILLAGE) -> list[str]:
    scope = platform.scope_of(clerk, "contributions.view", DAY)
    found = queries.told(queries.names(scope, year=YEAR, unit_code=unit, gap=gap)).order_by("id")
    return [one.person.person_no for one in found]


@pytest.mark.requirement("ENR-32")
@pytest.mark.article("QA2018 二(一)")
def test_of_1000_residents_983_are_insured_the_rate_is_98_3_and_17_names_are_listed(hire: Hire):
    crowd(1, 983, years=(2017, 2018))
    crowd(984, 990, years=(2017,))
    crowd(991, 1000)
    counting.count(AREA, YEAR, now=NIGHT)
    village = figures(VILLAGE)
    assert (village.residents, village.insured, village.rate) == (1_000, 983, "98.3%")
    assert (village.uninsured, village.dropped, village.joined) == (17, 7, 0)
    clerk = hire("clerk", at=TOWN)
    listed = names(clerk)
    assert listed == [f"P{n:08d}" for n in range(984, 1001)]
    assert len(listed) == 17
    assert names(clerk, Gap.DROPPED) == [f"P{n:08d}" for n in range(984, 991)]


@pytest.mark.requirement("ENR-32")
def test_the_figures_of_town_county_and_city_are_the_sums_of_the_villages():
    crowd(1, 30, years=(2018,))
    crowd(31, 50, WEST, years=(2017,))
    crowd(51, 55, WEST, years=(2017, 2018))
    counting.count(AREA, YEAR, now=NIGHT)
    assert (figures(VILLAGE).insured, figures(WEST).insured) == (30, 5)
    for above in (TOWN, COUNTY, AREA):
        assert (figures(above).residents, figures(above).insured, figures(above).dropped) == (55, 35, 20)
    assert figures(TOWN).joined == 30
    counting.count(AREA, YEAR, now=NIGHT)
    assert CoverageDay.objects.filter(unit_code=TOWN).count() == 1


@pytest.mark.requirement("ENR-32")
def test_employees_count_as_insured_and_the_dead_and_those_who_left_live_here_no_more():
    crowd(1, 4, years=(2018,))
    crowd(5, 6, scheme="employee")
    crowd(7, 12)
    Enrolment.objects.filter(person=person(7)).update(enrolled_until=DAY, end_reason="职工参保")
    joined_army = Enrolment.objects.get(person=person(8))
    Suspension.objects.create(enrolment=joined_army, suspended_from=DAY, reason="职工参保")
    Enrolment.objects.filter(person=person(9)).update(enrolled_until=DAY, end_reason="跨统筹区转出")
    Person.objects.filter(person_no="P00000010").update(died_on=DAY)
    Person.objects.filter(person_no="P00000011").update(merged_into=person(1))
    counting.count(AREA, YEAR, now=NIGHT)
    found = figures(VILLAGE)
    assert (found.registered, found.insured, found.employed, found.uninsured) == (9, 8, 4, 1)


@pytest.mark.requirement("ENR-20")
@pytest.mark.requirement("ENR-32")
def test_nobody_calls_on_the_suspended_until_they_are_resumed(hire: Hire):
    clerk = hire("eligibility", at=COUNTY)
    crowd(1, 4, years=(2017,))
    counting.count(AREA, YEAR, now=NIGHT)
    made = campaign(clerk)
    soldier, resumed, later, lost_work = (Enrolment.objects.get(person=person(n)) for n in (1, 2, 3, 4))
    Suspension.objects.create(enrolment=soldier, suspended_from=DAY, reason="参军")
    month_before = date(2017, 11, 1)
    Suspension.objects.create(enrolment=resumed, suspended_from=month_before, suspended_until=DAY, reason="参军")
    Suspension.objects.create(enrolment=later, suspended_from=date(2018, 4, 1), reason="参军")
    Enrolment.objects.filter(pk=lost_work.pk).update(scheme="employee", enrolled_until=month_before, end_reason="减员")
    counting.count(AREA, YEAR, now=NIGHT)
    assert (figures(VILLAGE).registered, figures(VILLAGE).uninsured) == (3, 3)
    assert names(clerk) == ["P00000002", "P00000003", "P00000004"]
    told = {task.person.person_no: (task.state, task.outcome) for task in made.tasks.select_related("person")}
    assert told["P00000001"] == (TaskState.DONE, Outcome.SUSPENDED)
    assert {told[f"P0000000{n}"][0] for n in (2, 3, 4)} == {TaskState.OPEN}
    one = made.tasks.get(person=person(2))
    with pytest.raises(commands.FigureIncomplete):
        commands.record_outcomes(
            number=made.number,
            picks={one.pk: one.version},
            outcome=Outcome.SUSPENDED,
            note="x",
            operator=clerk,
            now=NIGHT,
        )


@pytest.mark.requirement("ENR-32")
def test_a_population_figure_of_the_village_is_the_base_and_the_nameless_are_shown_as_a_number(hire: Hire):
    clerk = hire("eligibility", at=COUNTY)
    crowd(1, 90, years=(2018,))
    told: dict[str, Any] = {"unit_code": VILLAGE, "year": YEAR, "source": "公安年报", "as_of": date(2017, 11, 1)}
    first = commands.record_population(residents=120, operator=clerk, now=NIGHT, **told)
    assert commands.record_population(residents=120, operator=clerk, now=NIGHT, **told).pk == first.pk
    commands.record_population(residents=100, operator=clerk, now=NIGHT, **told)
    assert list(PopulationFigure.objects.order_by("id").values_list("residents", flat=True)) == [120, 100]
    counting.count(AREA, YEAR, now=NIGHT)
    for place in (VILLAGE, TOWN, COUNTY):
        assert (figures(place).rate, figures(place).unnamed, figures(place).uninsured) == ("90.0%", 10, 0)
    for wrong, code in (
        ({"unit_code": TOWN}, "EN-5101"),
        ({"source": " "}, "EN-5102"),
        ({"as_of": date(2018, 5, 1)}, "EN-5102"),
    ):
        with pytest.raises(DomainError) as refused:
            commands.record_population(residents=90, operator=clerk, now=NIGHT, **(told | wrong))
        assert refused.value.code == code
    with pytest.raises(OutOfScope):
        commands.record_population(residents=90, operator=hire("clerk", at="450102002"), now=NIGHT, **told)


@pytest.mark.requirement("ENR-32")
def test_every_day_of_the_collection_keeps_its_figures_and_later_one_a_month():
    crowd(1, 10, years=(2018,))
    for day in (1, 2, 3):
        counting.count(AREA, YEAR, now=datetime(2017, 12, day, 2, tzinfo=UTC))
    for day in (10, 11, 12):
        counting.count(AREA, YEAR, now=datetime(2018, 8, day, 2, tzinfo=UTC))
    assert [day for day, _ in queries.days_of(VILLAGE, YEAR)] == [
        date(2017, 12, 1), date(2017, 12, 2), date(2017, 12, 3), date(2018, 8, 12),
    ]  # fmt: skip
    assert counting.years_in_hand(AREA, date(2017, 12, 1)) == [2017, 2018]
    assert counting.years_in_hand(AREA, date(2018, 6, 1)) == [2018]
    assert counting.count_every_night(NIGHT) == 4  # two areas, two years


def campaign(clerk: Any, **changes: Any) -> Any:
    told: dict[str, Any] = {
        "unit_code": TOWN, "year": YEAR, "gap": "", "title": "走访", "due_on": date(2017, 12, 31), "request_id": "r1",
    }  # fmt: skip
    return commands.make_campaign(operator=clerk, now=NIGHT, **(told | changes))


@pytest.fixture
def town(hire: Hire) -> Any:
    crowd(1, 3, years=(2018,))
    crowd(4, 6, years=(2017,))
    crowd(7, 8, WEST)
    counting.count(AREA, YEAR, now=NIGHT)
    return hire("clerk", at=TOWN, name="镇经办")


def picks(made: Any, *numbers: int) -> list[tuple[int, int]]:
    found = made.tasks.filter(person__person_no__in=[f"P{n:08d}" for n in numbers])
    return list(found.values_list("pk", "version"))


def outcome(made: Any, clerk: Any, told: str, *numbers: int, note: str = "", chosen: Any = None) -> int:
    return commands.record_outcomes(
        number=made.number, picks=chosen or picks(made, *numbers), outcome=told, note=note, operator=clerk, now=NIGHT
    )


@pytest.mark.requirement("ENR-32")
@pytest.mark.article("QA2018 二(一)")
def test_a_campaign_names_everybody_of_the_town_who_is_not_insured_and_a_repeat_makes_no_second(town: Any):
    made = campaign(town)
    assert (made.persons, made.unit_code) == (5, TOWN)
    assert campaign(town).pk == made.pk
    with pytest.raises(commands.NobodyToVisit):
        campaign(town, request_id="r2")
    with pytest.raises(commands.DueDayPast):
        campaign(town, request_id="r3", due_on=date(2017, 11, 30))
    with pytest.raises(OutOfScope):
        campaign(town, request_id="r4", unit_code=COUNTY)
    assert commands.Campaign.objects.count() == 1


@pytest.mark.requirement("ENR-32")
def test_each_person_gets_an_outcome_and_who_refused_may_be_asked_again_but_not_who_is_insured_elsewhere(town: Any):
    made = campaign(town)
    assert outcome(made, town, Outcome.REFUSED, 4, note="认为不需要") == 1
    assert outcome(made, town, Outcome.ELSEWHERE, 5, note="广东务工地参保") == 1
    assert outcome(made, town, Outcome.LOST, 7) == 1
    assert queries.outcomes_of(made.pk) == {"": 2, "refused": 1, "elsewhere": 1, "lost": 1}
    with pytest.raises(commands.WorthAWord):
        outcome(made, town, Outcome.REFUSED, 6)
    with pytest.raises(commands.NotInsuredYet) as refused:
        outcome(made, town, Outcome.JOINED, 6)
    assert "2018年度尚未缴费" in str(refused.value)
    cover([person(6).pk], 2018)
    assert outcome(made, town, Outcome.JOINED, 6) == 1
    outcome(made, town, Outcome.REFUSED, 7, note="找到本人,不愿参保")
    again = commands.close_campaign(number=made.number, operator=town, now=NIGHT)
    assert commands.close_campaign(number=made.number, operator=town, now=NIGHT).closed_at == again.closed_at
    assert CampaignTask.objects.get(person=person(8)).outcome == Outcome.UNVISITED
    with pytest.raises(commands.CampaignClosed):
        outcome(made, town, Outcome.LOST, 8)
    second = campaign(town, request_id="r2")
    asked = set(second.tasks.values_list("person__person_no", flat=True))
    assert asked == {"P00000004", "P00000007", "P00000008"}


@pytest.mark.requirement("ENR-32")
def test_of_two_clerks_with_the_same_page_the_second_is_told_and_nothing_is_half_done(town: Any):
    made = campaign(town)
    seen = picks(made, 4, 5)
    outcome(made, town, Outcome.LOST, chosen=seen[:1])
    with pytest.raises(commands.TaskChanged):
        outcome(made, town, Outcome.DIED, chosen=seen)
    assert made.tasks.filter(outcome=Outcome.DIED).count() == 0
    for none in ([], [(n, 1) for n in range(201)]):
        with pytest.raises(commands.NothingChosen):
            commands.record_outcomes(number=made.number, picks=none, outcome="lost", note="", operator=town, now=NIGHT)


@pytest.mark.requirement("ENR-32")
def test_tasks_are_handed_to_a_clerk_who_works_in_that_village_and_to_nobody_else(town: Any, hire: Hire):
    made = campaign(town)
    village = hire("village_assistant", at=VILLAGE, name="村协办")
    assert commands.assign_tasks(
        number=made.number, picks=picks(made, 4, 5), staff_code=village.staff_code, operator=town, now=NIGHT
    )
    with pytest.raises(commands.NotOfThisOffice, match=r"不能办理.+\(\d+\)的走访任务"):
        commands.assign_tasks(
            number=made.number, picks=picks(made, 7), staff_code=village.staff_code, operator=town, now=NIGHT
        )
    assert outcome(made, village, Outcome.LOST, 4) == 1
    with pytest.raises(OutOfScope):
        outcome(made, village, Outcome.LOST, 7)


@pytest.mark.requirement("ENR-32")
def test_whoever_pays_or_has_died_leaves_the_campaign_with_the_next_count(town: Any):
    made = campaign(town)
    cover([person(4).pk], 2018)
    Person.objects.filter(person_no="P00000005").update(died_on=DAY)
    counting.count(AREA, YEAR, now=NIGHT)
    assert queries.outcomes_of(made.pk) == {"": 3, "joined": 1, "died": 1}
    assert set(CoverageName.objects.exclude(gap=Gap.JOINED).values_list("person__person_no", flat=True)) == {
        "P00000006", "P00000007", "P00000008",
    }  # fmt: skip
    assert made.tasks.filter(state=TaskState.OPEN).count() == 3


# --- pages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def seat(client: Client, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NIGHT)

    def at(operator: Any) -> Client:
        client.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        return client

    return at


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.requirement("ENR-32", "ORG-10")
def test_visits_are_offered_only_to_colleagues_who_may_make_them(town: Any, hire: Hire, seat: Any):
    made = campaign(town)
    village = hire("village_assistant", at=VILLAGE, name="村协办")
    hire("archivist", at=TOWN, name="档案员")
    hire("clerk", at=COUNTY, name="县经办")
    page = text(seat(town).get(f"{BASE}campaigns/{made.number}/"))
    assert village.staff_code in page
    assert "档案员" not in page
    assert "县经办" not in page


@pytest.mark.requirement("ENR-32")
def test_the_county_drills_down_to_the_names_of_a_village(hire: Hire, seat: Any, django_assert_max_num_queries: Any):
    crowd(1, 983, years=(2017, 2018))
    crowd(984, 1000)
    counting.count(AREA, YEAR, now=NIGHT)
    desk = seat(hire("eligibility", at=COUNTY))
    desk.get(BASE)
    with django_assert_max_num_queries(12):
        county = desk.get(BASE)
    assert "98.3%" in text(county)
    assert f"{BASE}?unit={TOWN}&amp;year=2018" in text(county)
    town = text(desk.get(f"{BASE}?unit={TOWN}&year=2018"))
    assert f"{BASE}names/?unit={VILLAGE}&amp;year=2018" in town
    address = f"{BASE}names/?unit={VILLAGE}&year=2018"
    desk.get(address)
    with django_assert_max_num_queries(12):
        listed = text(desk.get(address))
    assert listed.count("未参保</span>") == 17
    assert "韦00984" not in listed
    paper = desk.get(f"{BASE}names.pdf?unit={VILLAGE}&year=2018")
    assert paper["Content-Type"] == "application/pdf"
    out = desk.get(f"{BASE}names/?unit={VILLAGE}&year=2018&export=csv")
    assert len(b"".join(out.streaming_content).decode().strip().splitlines()) == 18
    assert desk.get(f"{BASE}?unit=450202").status_code == 403
    assert desk.get(f"{BASE}?unit=nowhere").status_code == 404


@pytest.mark.requirement("ENR-32")
def test_the_towns_seat_makes_the_tasks_and_tells_the_outcomes(town: Any, seat: Any):
    desk = seat(town)
    told = {"unit": TOWN, "year": "2018", "gap": "", "title": "走访", "due_on": "2017-12-31", "request_id": "abc"}
    assert desk.post(f"{BASE}campaigns/add/", told | {"due_on": "2017-11-01"}).status_code == 422
    made = desk.post(f"{BASE}campaigns/add/", told)
    where = made.headers["Location"]
    assert desk.post(f"{BASE}campaigns/add/", told).headers["Location"] == where
    page = text(desk.get(where))
    assert "0 / 5" in page
    chosen = [f"{pk}:{version}" for pk, version in CampaignTask.objects.order_by("id").values_list("pk", "version")[:2]]
    work = {"pick": chosen, "act": "outcome", "outcome": "refused", "note": ""}
    assert "EN-5111" in text(desk.post(f"{where}work/", work, follow=True))
    assert desk.post(f"{where}work/", {"pick": ["x"], "act": "outcome"}).status_code == 404
    assert "已登记2人" in text(desk.post(f"{where}work/", work | {"note": "不愿"}, follow=True))
    assert "2 / 5" in text(desk.get(where))
    assert "40.0%" in text(desk.get(f"{BASE}campaigns/"))
    assert "EN-5107" in text(desk.post(f"{where}work/", work | {"note": "不愿"}, follow=True))
    assert desk.post(f"{where}close/").status_code == 302
    assert "已结束" in text(desk.get(where))


@pytest.mark.requirement("ENR-32")
def test_a_population_figure_is_entered_on_its_page_and_whoever_may_only_look_enters_none(hire: Hire, seat: Any):
    told = {"unit": VILLAGE, "year": "2018", "residents": "1000", "source": "公安年报", "as_of": "2017-11-01"}
    where = f"{BASE}population/add/"
    assert seat(hire("statistician", at=COUNTY)).post(where, told).status_code == 403
    desk = seat(hire("eligibility", at=COUNTY))
    assert "EN-5101" in text(desk.post(where, told | {"unit": "1"}))
    assert desk.post(where, told).status_code == 302
    assert "1,000" in text(desk.get(f"{BASE}population/?year=2018"))


@pytest.mark.requirement("ENR-32")
def test_figures_come_in_as_a_file_and_each_bad_row_says_why(hire: Hire, tmp_path: Path):
    clerk = hire("eligibility", at=COUNTY)
    head = "村(社区)代码,年度,人口数,数据来源,数据日期"
    lines = [
        f"{VILLAGE},2018,1000,公安年报,2017-11-01",
        f"{VILLAGE},2018,999,公安年报,2017-11-01",
        f"{TOWN},2018,100,公安年报,2017-11-01",
        f"{WEST},2018,0,公安年报,2017-11-01",
        f"{WEST},2019,80,公安年报,2018-11-01",
        "450202,2018,80,公安年报,2017-11-01",
    ]
    file = tmp_path / "人口.csv"
    file.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
    told: dict[str, Any] = {"pooling_area": AREA, "operator": clerk, "now": NIGHT}
    preview = imports.check(kind="population", file_name=file.name, content=file, **told)
    faults = sorted((one.row_no, one.code) for one in imports.problems_of(preview.id).rows)
    assert [code for _row, code in faults] == ["PL-0826", "EN-5101", "EN-5102", "EN-5102", "EN-5101"]
    imports.take_in(preview_id=preview.id, mode=Mode.ONLY_GOOD, operator=clerk, now=NIGHT)
    assert list(PopulationFigure.objects.values_list("unit_code", "residents")) == [(VILLAGE, 1_000)]
