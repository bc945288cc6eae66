"""补(换)证 from the loss to the hand-out, other media beside the card, and how far issuing is (ENR-29, ENR-30)."""

import io
from datetime import UTC, date, datetime

import pytest
from django.test import Client
from pypdf import PdfReader

from tongchou.cases import commands as cases
from tongchou.cases.commands import Application
from tongchou.cases.states import CaseState, Decision
from tongchou.enrolment import commands, queries
from tongchou.enrolment.commands import cards
from tongchou.enrolment.credentials import commands as media
from tongchou.enrolment.credentials import queries as credentials
from tongchou.enrolment.credentials import tally
from tongchou.enrolment.credentials.case import HasCard
from tongchou.enrolment.credentials.states import CardAct, MediumKind
from tongchou.enrolment.models import SocialSecurityCard
from tongchou.enrolment.states import CardStatus
from tongchou.enrolment.tests.conftest import AREA, NOW, VILLAGE, citizen_number
from tongchou.platform import commands as platform_commands
from tongchou.platform.checks import NoPermission
from tongchou.platform.queries import scope_of
from tongchou.platform.web import access

LOST_AT = datetime(2018, 3, 5, 2, tzinfo=UTC)
"""10:00 in Shanghai."""
A_MINUTE_LATER = datetime(2018, 3, 5, 2, 1, tzinfo=UTC)


@pytest.fixture
def person(enrol, clerk):
    platform_commands.ensure_calendar(now=NOW)
    made = enrol(name="韦大", certificate_no=citizen_number(order=201)).person
    commands.issue_card(person_id=made.pk, number="A00000001", issued_on=date(2018, 1, 2), operator=clerk, now=LOST_AT)
    return made


@pytest.fixture
def town_clerk(hire):
    return hire("clerk", at="450102001", name="镇经办")


@pytest.fixture
def reviewer(hire):
    return hire("second_reviewer", at="450102", name="县复核")


@pytest.fixture
def accept(person, town_clerk, reviewer):
    def one(reason="lost", *, received=("form", "certificate"), request_id="a", now=LOST_AT, **values):
        if reason == "lost":
            values = {"lost_on": "2018-03-05", "lost_time": "09:30"} | values
        application = Application(
            kind="replace_card",
            subject_key=person.person_no,
            values={"reason": reason} | values,
            received=frozenset(received),
            applicant_name="韦大",
            applicant_phone="13800001234",
        )
        return cases.accept_application(application, request_id=request_id, operator=town_clerk, now=now)

    return one


def _agree(case, operator, now=LOST_AT):
    return cases.decide(number=case.number, version=case.version, decision=Decision.AGREE, operator=operator, now=now)


@pytest.mark.requirement("ENR-29")
@pytest.mark.article("GX2017 §13")
def test_a_loss_told_with_the_application_stops_the_card_before_anybody_decides(person, accept):
    assert queries.facts_by_card("A00000001", date(2018, 3, 5)).card_status == CardStatus.ACTIVE
    case = accept(lost_on="2018-03-05", lost_time="09:30")
    assert case.state == CaseState.IN_HAND
    assert queries.facts_by_card("A00000001", date(2018, 3, 5)).card_status == CardStatus.LOST
    (event, *_) = credentials.events_of(person.pk)
    assert (event.act, event.at, event.said_by, event.note) == (
        CardAct.LOST,
        LOST_AT,
        "韦大",
        "遗失时间2018-03-05 09:30",
    )


@pytest.mark.requirement("ENR-29")
@pytest.mark.article("GX2017 §13")
def test_after_a_loss_pages_and_receipt_say_which_card_is_blocked_since_when(accept, clerk, person, sheet):
    case = accept(lost_on="2018-03-05", lost_time="09:30")
    said = "社会保障卡(尾号0001)已挂失,自2018-03-05 10:00起停用"
    assert case.done_at_once.startswith(said)
    browser = Client()
    browser.force_login(clerk, backend="tongchou.platform.authentication.OperatorBackend")
    assert said in browser.get(f"/cases/{case.number}/").content.decode()
    for tab in ("", "cards/"):
        page = browser.get(f"/persons/{person.person_no}/{tab}").content.decode()
        assert "社会保障卡(尾号 0001)已挂失,自 2018-03-05 10:00 起停用" in page
    slip = sheet(clerk, f"/cases/receipts/{case.receipt.number}.pdf")
    assert "".join(said.split()) in "".join(slip.split())


@pytest.mark.requirement("ENR-29")
def test_a_card_found_again_is_no_longer_said_to_be_blocked(person, clerk):
    commands.report_card_lost(person_id=person.pk, on=LOST_AT.date(), operator=clerk, now=LOST_AT)
    assert credentials.loss_of(person.pk).tail == "0001"
    commands.report_card_found(person_id=person.pk, on=LOST_AT.date(), operator=clerk, now=LOST_AT)
    assert credentials.loss_of(person.pk) is None


@pytest.mark.requirement("ENR-29")
@pytest.mark.article("GX2017 §13")
def test_the_card_goes_through_its_life_and_the_new_one_ends_the_old(person, accept, reviewer, clerk):
    case = _agree(accept(), reviewer)
    assert case.state == CaseState.DONE
    new = SocialSecurityCard.objects.get(status=CardStatus.MAKING)
    assert case.result == f"已受理制卡,新卡号{new.number},预计2018-03-25可领"
    assert new.ready_on == date(2018, 3, 25), "card.make_days: 20"
    commands.mark_ready(number=new.number, operator=clerk, now=NOW)
    commands.issue_card(
        person_id=person.pk, number=new.number, issued_on=NOW.date(), collected_by="韦妻", operator=clerk, now=NOW
    )
    assert queries.facts_by_card("A00000001", NOW.date()).card_status == CardStatus.REPLACED
    assert queries.facts_by_card(new.number, NOW.date()).card_status == CardStatus.ACTIVE
    lived = [(one.card.number, one.act) for one in reversed(credentials.events_of(person.pk))]
    assert lived == [
        ("A00000001", CardAct.HANDED_OUT),
        ("A00000001", CardAct.LOST),
        (new.number, CardAct.APPLIED),
        (new.number, CardAct.READY),
        ("A00000001", CardAct.REPLACED),
        (new.number, CardAct.HANDED_OUT),
    ]
    assert credentials.events_of(person.pk)[0].said_by == "韦妻"


@pytest.mark.requirement("ENR-29")
def test_a_damaged_card_goes_on_counting_until_the_new_one_is_handed_out(person, accept, reviewer):
    case = accept("damaged")
    assert case.state == CaseState.SUPPLEMENTING, "the old card must be handed in"
    case = cases.receive_materials(
        number=case.number, version=case.version, codes=["old_card"], operator=case.accepted_by, now=LOST_AT
    )
    _agree(case, reviewer)
    assert queries.facts(person.pk, date(2018, 3, 6)).card_no == "A00000001"


@pytest.mark.requirement("ENR-29")
def test_one_new_card_at_a_time_and_a_first_card_only_for_who_has_none(person, accept, reviewer):
    with pytest.raises(HasCard):
        accept("first")
    _agree(accept(), reviewer)
    with pytest.raises(cards.CardBeingMade, match="2018-03-25"):
        accept("renewed", request_id="b")


@pytest.mark.requirement("ENR-29")
def test_the_same_application_twice_is_one_case_and_one_loss(person, accept):
    assert accept().number == accept().number
    assert len([one for one in credentials.events_of(person.pk) if one.act == CardAct.LOST]) == 1


@pytest.mark.requirement("ENR-29")
def test_a_card_is_handed_out_to_somebody(person, clerk, hire):
    with pytest.raises(cards.CollectorMissing):
        commands.issue_card(
            person_id=person.pk, number="A2", issued_on=NOW.date(), collected_by=" ", operator=clerk, now=NOW
        )
    with pytest.raises(NoPermission):
        commands.mark_ready(number="A00000001", operator=hire("reviewer", at=AREA), now=NOW)
    with pytest.raises(cards.NoCard):
        commands.mark_ready(number="A9", operator=clerk, now=NOW)


@pytest.mark.requirement("ENR-30")
@pytest.mark.article("JS2017 七(一)")
def test_whoever_is_filed_for_care_elsewhere_gets_the_card_first(person, accept, reviewer, enrol, clerk):
    other = enrol(name="陆二", certificate_no=citizen_number(order=203)).person
    commands.apply_for_card(
        person_id=other.pk, number="A00000009", applied_on=date(2018, 3, 1), operator=clerk, now=LOST_AT
    )
    _agree(accept(away_filing="YD20180001"), reviewer)
    waiting = credentials.in_making(scope=scope_of(clerk, "enrolment.view_person", NOW.date()))
    ordered = waiting.order_by("-comes_first", "ready_on", "id")
    assert [one.person_id for one in ordered] == [person.pk, other.pk]


@pytest.fixture
def link(person, clerk):
    def one(number="B1234567", *, last_day=date(2018, 12, 31), kind=MediumKind.BANK_BENEFIT_CARD, of=person):
        return media.link_medium(
            person_id=of.pk,
            kind=kind,
            number=number,
            valid_from=date(2018, 1, 1),
            last_day=last_day,
            operator=clerk,
            now=NOW,
        )

    return one


@pytest.mark.requirement("ENR-30")
@pytest.mark.article("QA2018 五(五)")
def test_a_medium_stands_for_its_person_until_its_last_day(person, link):
    link()
    found = queries.facts_by_card("b1234567", date(2018, 12, 31))
    assert (found.id, found.card_status) == (person.pk, CardStatus.ACTIVE)
    assert queries.facts_by_card("B1234567", date(2019, 1, 2)).card_status == CardStatus.CANCELLED
    known = credentials.medium("B1234567")
    assert (known.last_day, known.is_over(date(2019, 1, 2))) == (date(2018, 12, 31), True)


@pytest.mark.requirement("ENR-30")
def test_a_number_is_one_persons_and_no_card_of_anybody(person, link, enrol):
    link()
    other = enrol(name="陆二", certificate_no=citizen_number(order=203)).person
    with pytest.raises(media.MediumTaken):
        link(of=other)
    with pytest.raises(media.MediumTaken):
        link("A00000001")
    with pytest.raises(media.MediumSpanFaulty):
        link("B2", last_day=date(2017, 12, 31))
    assert link(last_day=date(2018, 6, 30)).valid_until == date(2018, 7, 1)
    assert len(credentials.media_of(person.pk)) == 1


@pytest.mark.requirement("ENR-30")
def test_the_clock_counts_who_has_which_card(person, link, enrol, clerk):
    others = [enrol(name="陆二", certificate_no=citizen_number(order=203 + 2 * at)).person for at in range(4)]
    commands.apply_for_card(person_id=others[0].pk, number="A00000010", applied_on=NOW.date(), operator=clerk, now=NOW)
    commands.issue_card(person_id=others[1].pk, number="A00000011", issued_on=NOW.date(), operator=clerk, now=NOW)
    commands.report_card_lost(person_id=others[1].pk, on=NOW.date(), operator=clerk, now=NOW)
    link(of=others[2])
    tally.count_cards(NOW)
    tally.count_cards(NOW)
    found, counted_at = credentials.issuing(scope_of(clerk, "enrolment.view_person", NOW.date()))
    one = found[VILLAGE]
    assert (one.insured, one.in_use, one.making, one.awaiting, one.lost, one.media_only, one.without) == (
        5, 1, 1, 0, 1, 1, 1,
    )  # fmt: skip
    assert counted_at == NOW


@pytest.fixture
def sheet(monkeypatch):
    monkeypatch.setattr(access, "now", lambda: LOST_AT)

    def of(operator, address) -> str:
        browser = Client()
        browser.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        response = browser.get(address)
        assert response.status_code == 200
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages)

    return of


@pytest.mark.requirement("ENR-29")
@pytest.mark.requirement("ORG-21")
@pytest.mark.article("GX2017 §13")
def test_annex_3_is_printed_filled_and_blank(person, accept, town_clerk, sheet):
    case = accept(lost_on="2018-03-05", lost_time="09:30", collector="韦妻")
    filled = sheet(town_clerk, f"/cases/{case.number}/form.pdf")
    for said in (
        "补(换)证申请表",
        "附件3",
        "A00000001",
        "■遗失",
        "2018-03-05 09:30",
        "韦妻",
        "2018-03-25",
        "领取人签名",
    ):
        assert said in filled
    blank = sheet(town_clerk, "/cases/counter/replace_card/form.pdf")
    assert "□遗失" in blank
    assert "■" not in blank
