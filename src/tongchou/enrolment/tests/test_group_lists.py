"""Lists of special groups from departments (特殊人员名单): compared, approved by a second person, then applied."""

from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse

from tongchou.enrolment import commands, queries
from tongchou.enrolment.commands.listings import ListingNotOpen, ListingUnknown
from tongchou.enrolment.commands.steps import ReasonMissing
from tongchou.enrolment.comparing import CompleteListUnreadable, ListDateInvalid
from tongchou.enrolment.models import Listing, Person, SpecialGroupSpan
from tongchou.enrolment.states import SpecialCategory
from tongchou.enrolment.tests.conftest import AREA, NOW, VILLAGE, citizen_number
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode, files
from tongchou.platform.checks import NoPermission, OutOfScope

HEAD = "姓名,证件号码,人员类别,认定日期,证明文号,乡镇代码"
TOWN = "450102001"


def row(name: str, number: str, category: str = "低保", since: str = "2018-01-01", town: str = "") -> str:
    return f"{name},{number},{category},{since},民发〔2018〕1号,{town}"


@pytest.fixture
def approver(hire):
    return hire("second_reviewer", at=AREA)


@pytest.fixture
def check(clerk, tmp_path):
    """Checks a list of these rows: `check(row(…), complete="yes")`."""

    def checked(*rows: str, by=clerk, name: str = "名单.csv", **options: str):
        file = Path(tmp_path / f"{len(list(tmp_path.iterdir()))}{name}")
        file.write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
        return imports.check(
            kind="groups",
            pooling_area=AREA,
            file_name=name,
            content=file,
            options={"department": "civil_affairs", "list_date": "2018-03-01"} | options,
            operator=by,
            now=NOW,
        )

    return checked


@pytest.fixture
def approve(approver):
    def approved(preview, mode: Mode = Mode.ALL, by=None):
        return imports.take_in(preview_id=preview.id, mode=mode, operator=by or approver, now=NOW)

    return approved


def faults(preview) -> list[tuple[str, str]]:
    return [(p.cell, p.code) for p in imports.problems_of(preview.id).rows]


def flags(person: Person) -> list[tuple[str, date, date | None]]:
    return list(person.special_groups.order_by("id").values_list("category", "valid_from", "valid_until"))


@pytest.mark.article("JL2019 §7")
@pytest.mark.requirement("ENR-11")
def test_of_a_thousand_listed_thirty_are_not_insured_and_become_tasks_of_their_towns(check, approve, clerk, tmp_path):
    numbers = [citizen_number(date(1950 + n // 500, 1 + n % 12, 1 + n % 28), 1 + n % 997) for n in range(1000)]
    assert len(set(numbers)) == 1000
    roster = tmp_path / "roster.csv"
    lines = [f"韦大,{number},{VILLAGE},450102,2017-08-01" for number in numbers[:970]]
    roster.write_text("\n".join(["姓名,证件号码,村代码,户籍地,参保日期", *lines, ""]), encoding="utf-8")
    enrolled = imports.check(
        kind="roster", pooling_area=AREA, file_name="r.csv", content=roster, operator=clerk, now=NOW
    )
    imports.take_in(preview_id=enrolled.id, mode=Mode.ALL, operator=clerk, now=NOW)

    preview = check(*(row("韦大", number, town=TOWN) for number in numbers))
    assert preview.totals == {"新增": "970", "终止": "0", "不变": "0", "未参保": "30"}
    assert SpecialGroupSpan.objects.count() == 0
    assert approve(preview).rows_taken == 970
    assert SpecialGroupSpan.objects.filter(category="dibao", source="民政部门", valid_until=None).count() == 970
    assert Listing.objects.filter(state="open", unit_code=TOWN).count() == 30


@pytest.mark.requirement("SYS-06")
def test_of_a_complete_list_who_is_missing_loses_the_flag_on_the_day_of_the_list(check, approve, enrol):
    people = [enrol().person for _ in range(5)]
    approve(check(*(row(one.name, one.certificate_no) for one in people)))
    kept = people[:2]
    preview = check(*(row(one.name, one.certificate_no) for one in kept), complete="yes", list_date="2018-03-09")
    assert preview.totals == {"新增": "0", "终止": "3", "不变": "2", "未参保": "0"}
    approve(preview)
    assert [flags(one) for one in kept] == [[("dibao", date(2018, 1, 1), None)]] * 2
    assert [flags(one) for one in people[2:]] == [[("dibao", date(2018, 1, 1), date(2018, 3, 9))]] * 3
    assert queries.facts(people[4].pk, date(2018, 3, 8)).groups == ("dibao",)
    assert queries.facts(people[4].pk, date(2018, 3, 9)).groups == ()


def test_flags_of_other_departments_and_other_categories_stay(check, approve, enrol, clerk):
    aided, disabled, kept = (enrol().person for _ in range(3))
    for person, category, source in ((aided, "tekun", "民政部门"), (disabled, "dibao", "残疾人联合会")):
        commands.record_special_group(
            person_id=person.pk,
            category=SpecialCategory(category),
            valid_from=date(2018, 1, 1),
            valid_until=None,
            source=source,
            evidence="x",
            operator=clerk,
            now=NOW,
        )
    preview = check(row(kept.name, kept.certificate_no), complete="yes")
    assert preview.totals["终止"] == "0"
    approve(preview)
    assert {len(flags(one)) for one in (aided, disabled, kept)} == {1}
    assert not SpecialGroupSpan.objects.exclude(valid_until=None).exists()


@pytest.mark.requirement("ENR-10")
def test_a_yearly_list_ends_with_its_year(check, approve, enrol):
    person = enrol().person
    approve(check(row(person.name, person.certificate_no, "建档立卡", "2018-02-01")))
    assert flags(person) == [("poor", date(2018, 2, 1), date(2019, 1, 1))]


@pytest.mark.requirement("ENR-11")
def test_nobody_approves_a_list_of_their_own(check, approve, enrol, clerk, hire):
    person = enrol().person
    preview = check(row(person.name, person.certificate_no))
    with pytest.raises(files.SecondPersonNeeded):
        approve(preview, by=clerk)
    with pytest.raises(NoPermission):
        approve(preview, by=hire("clerk", at=AREA))
    assert approve(preview).rows_taken == 1


def test_what_is_wrong_with_a_row_is_told_with_its_cell(check, enrol, clerk):
    known, dead = enrol(name="韦正").person, enrol().person
    commands.record_death(
        person_id=dead.pk,
        died_on=date(2018, 2, 1),
        operator=clerk,
        now=NOW,
    )
    preview = check(
        row("韦误", known.certificate_no),
        row(dead.name, dead.certificate_no),
        row("韦错", "450102199001010012"),
        row("韦重", citizen_number(order=501)),
        row("韦重", citizen_number(order=501)),
        row("韦无类", citizen_number(order=503), "神仙"),
        row("韦正", known.certificate_no, "90岁以上老人"),
    )
    assert faults(preview) == [
        ("A2", "EN-1103"),
        ("B3", "EN-1108"),
        ("B4", "EN-1001"),
        ("B6", "PL-0826"),
        ("C7", "PL-0819"),
        ("C8", "EN-1006"),
    ]


def test_a_complete_list_with_an_unreadable_number_ends_nobody(check, approve, enrol):
    first, second = enrol().person, enrol().person
    approve(check(row(first.name, first.certificate_no), row(second.name, second.certificate_no)))
    preview = check(row(first.name, first.certificate_no), row("韦二", "45010219900101001"), complete="yes")
    with pytest.raises(CompleteListUnreadable):
        approve(preview, Mode.ONLY_GOOD)
    assert flags(second) == [("dibao", date(2018, 1, 1), None)]


@pytest.mark.parametrize("given", ["2018-3", "2018-02-29", "2018-03-11", "昨天"])
def test_the_day_of_the_list_is_a_day_not_after_today(check, given):
    with pytest.raises(ListDateInvalid):
        check(row("韦大", citizen_number()), list_date=given)


@pytest.mark.article("JL2019 §7")
@pytest.mark.requirement("ENR-11")
def test_who_enrols_later_gets_the_flag_without_papers(check, approve, enrol):
    number = citizen_number(order=777)
    approve(check(row("韦新", number, town=TOWN)))
    person = enrol(name="韦新", certificate_no=number, enrolled_on=date(2018, 3, 5)).person
    assert flags(person) == [("dibao", date(2018, 3, 5), None)]
    assert [(one.state, one.closed_at) for one in Listing.objects.all()] == [("enrolled", NOW)]


def test_who_enrols_with_a_roster_gets_the_flag_too(check, approve, clerk, tmp_path):
    number = citizen_number(order=779)
    approve(check(row("韦册", number)))
    roster = tmp_path / "roster.csv"
    roster.write_text(
        f"姓名,证件号码,村代码,户籍地,参保日期\n韦册,{number},{VILLAGE},450102,2017-08-01\n", encoding="utf-8"
    )
    preview = imports.check(
        kind="roster", pooling_area=AREA, file_name="r.csv", content=roster, operator=clerk, now=NOW
    )
    imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=clerk, now=NOW)
    assert flags(Person.objects.get()) == [("dibao", date(2018, 1, 1), None)]
    assert Listing.objects.get().state == "enrolled"


def test_an_entry_whose_days_are_over_gives_no_flag(check, approve, enrol):
    number = citizen_number(order=781)
    approve(check(row("韦旧", number, "建档立卡", "2017-02-01")))
    person = enrol(name="韦旧", certificate_no=number, enrolled_on=date(2018, 3, 5)).person
    assert flags(person) == []
    assert Listing.objects.get().state == "enrolled"


def test_the_next_list_renews_an_open_entry_and_does_not_double_it(check, approve):
    number = citizen_number(order=783)
    approve(check(row("韦新", number)))
    approve(check(row("韦新", number, since="2018-02-01", town=TOWN)))
    assert list(Listing.objects.values_list("valid_from", "unit_code")) == [(date(2018, 2, 1), TOWN)]


def test_an_entry_is_closed_once_and_with_a_reason(check, approve, clerk):
    approve(check(row("韦新", citizen_number(order=785), town=TOWN)))
    entry = Listing.objects.get()
    with pytest.raises(ReasonMissing):
        commands.close_listing(listing_id=entry.pk, reason=" ", operator=clerk, now=NOW)
    commands.close_listing(listing_id=entry.pk, reason="已在外地参保", operator=clerk, now=NOW)
    with pytest.raises(ListingNotOpen):
        commands.close_listing(listing_id=entry.pk, reason="再来", operator=clerk, now=NOW)
    with pytest.raises(ListingUnknown):
        commands.close_listing(listing_id=0, reason="x", operator=clerk, now=NOW)


@pytest.mark.requirement("ORG-02")
def test_a_clerk_of_another_town_neither_sees_nor_closes_an_entry(check, approve, hire):
    approve(check(row("韦新", citizen_number(order=787), town=TOWN)))
    stranger = hire("eligibility", at="450200")
    entry = Listing.objects.get()
    with pytest.raises(OutOfScope, match="管辖范围"):
        commands.close_listing(listing_id=entry.pk, reason="x", operator=stranger, now=NOW)


def test_the_pages_lead_from_the_list_to_the_closing(check, approve, clerk, client):
    approve(check(row("韦新", citizen_number(order=789), town=TOWN)))
    entry = Listing.objects.get()
    client.force_login(clerk)
    assert "韦" in client.get(reverse("enrolment:listings")).content.decode()
    address = reverse("enrolment:listing", args=[entry.pk])
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "死亡"}).status_code == 302
    assert "EN-1422" in client.post(address, {"reason": "已迁出"}).content.decode(), "closed meanwhile"
    entry.refresh_from_db()
    assert (entry.state, entry.closed_reason, entry.closed_by) == ("closed", "死亡", clerk.staff_code)
    assert client.get(reverse("enrolment:listing", args=[0])).status_code == 404


def test_the_second_person_finds_the_file_and_takes_it_in(check, enrol, clerk, approver, client):
    person = enrol().person
    preview = check(row(person.name, person.certificate_no))
    client.force_login(clerk)
    address = reverse("imports:import", args=[preview.id])
    assert reverse("imports:take_in", args=[preview.id]) not in client.get(address).content.decode()
    client.force_login(approver)
    assert address in client.get(reverse("imports:imports")).content.decode()
    assert reverse("imports:take_in", args=[preview.id]) in client.get(address).content.decode()
