"""The pages of filings, third parties, the counter and the person-year: what a clerk sees and does."""

import re
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from tongchou.encounters.tests import world as hospital
from tongchou.encounters.tests.world import H1
from tongchou.platform.tests.conftest import Hire, plant_tree
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.web import access
from tongchou.settlement import chain, commands, queries, terms
from tongchou.settlement.models import YearToReplay
from tongchou.settlement.tests import world
from tongchou.settlement.tests.test_circumstances import HYPERTENSION, REAL_STANDING, without_agreement
from tongchou.settlement.tests.test_recomputing import group, mark, stay
from tongchou.settlement.tests.test_wire import priced
from tongchou.settlement.tests.world import at, yuan

pytestmark = pytest.mark.django_db
BACKEND = "tongchou.platform.authentication.OperatorBackend"


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "now", lambda: at("2018-06-01"))
    monkeypatch.setattr(terms, "standing", REAL_STANDING)
    plant_tree()
    hospital.place()


@pytest.fixture
def who(place: None) -> world.Person:
    made = hospital.person()
    world.cover(made.id, "2018-01-01", "2019-01-01")
    return world.Person(made.id, made.number)


@pytest.fixture
def sit_down(client: Client, place: None) -> Any:
    """Hires somebody with these posts in the county and gives the browser back."""
    hire = Hire()

    def at_desk(*posts: str) -> Client:
        client.force_login(hire(*posts, at=world.UNIT), backend=BACKEND)
        return client

    return at_desk


def text(response: Any) -> str:
    return str(response.content.decode())


def filing_of() -> Any:
    return apps.get_model("encounters", "Filing").objects.get()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


# --- filings ----------------------------------------------------------------------------------------------------------


def filled(who: world.Person, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "home_bed",
        "person_no": who.number,
        "disease_code": "",
        "institution_code": H1,
        "consented_on": "2018-05-10",
        "valid_from": "2018-05-10",
        "last_day": "2018-06-09",
        "evidence": "附件10-7",
        **changes,
    }


@pytest.mark.requirement("ENC-13")
def test_a_clerk_files_a_home_bed_extends_it_corrects_it_and_closes_it(who: world.Person, sit_down: Any) -> None:
    clerk = sit_down("clerk")
    assert clerk.get("/filings/new/").status_code == 200
    late = clerk.post("/filings/new/", filled(who, consented_on="2018-05-12"))
    assert late.status_code == 422
    assert "EC-4008" in text(late)
    response = clerk.post("/filings/new/", filled(who))
    filing = filing_of()
    assert response["Location"] == f"/filings/{filing.pk}/"
    page = text(clerk.get(f"/filings/{filing.pk}/"))
    for told in ("家庭病床", "2018-06-09", "附件10-7", "桂宁市人民医院", "家庭病床延期"):
        assert told in page, told
    version = hidden(page, "version")
    stale = {"version": version, "last_day": "2018-07-09", "evidence": "延期单"}
    assert clerk.post(f"/filings/{filing.pk}/extend/", stale).status_code == 302
    again = clerk.post(f"/filings/{filing.pk}/extend/", stale)
    assert "EC-4002" in text(again)
    corrected = filled(who, last_day="2018-07-09", evidence="附件10-8", version=2)
    assert clerk.post(f"/filings/{filing.pk}/correct/", corrected).status_code == 302
    assert clerk.post(f"/filings/{filing.pk}/close/", {"version": 3, "last_day": "2018-06-30"}).status_code == 422
    done = clerk.post(f"/filings/{filing.pk}/close/", {"version": 3, "last_day": "2018-06-30", "reason": "痊愈"})
    assert done.status_code == 302
    filing.refresh_from_db()
    assert (filing.valid_until, filing.extensions, filing.evidence) == (date(2018, 7, 1), 1, "附件10-8")
    cancelled = clerk.post(f"/filings/{filing.pk}/cancel/", {"version": 4, "reason": "错录"})
    assert cancelled.status_code == 302
    late = clerk.post(f"/filings/{filing.pk}/cancel/", {"version": 4, "reason": "重复"})
    assert "EC-4002" in text(late), "cancelled meanwhile"
    assert "没有可以办理的事项" in text(clerk.get(f"/filings/{filing.pk}/"))
    assert clerk.post(f"/filings/{filing.pk}/nothing/", {}).status_code == 404


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", True),
        ("kind=home_bed", True),
        ("kind=chronic", False),
        ("state=valid", True),
        ("state=coming", False),
        ("state=ended", False),
        ("state=cancelled", False),
        ("institution_code=H45010000001", True),
        ("institution_code=H45010000002", False),
        ("institution_code=nobody", False),
        ("person_no=0", False),
    ],
)
def test_filings_are_found_by_kind_state_person_and_institution(
    who: world.Person, sit_down: Any, asked: str, found: bool
) -> None:
    clerk = sit_down("clerk")
    assert clerk.post("/filings/new/", filled(who)).status_code == 302
    filing = filing_of()
    assert (f"/filings/{filing.pk}/" in text(clerk.get(f"/filings/?{asked}"))) is found


def test_who_may_not_file_sees_filings_and_changes_none(who: world.Person, sit_down: Any) -> None:
    sit_down("clerk").post("/filings/new/", filled(who, kind="chronic", disease_code=HYPERTENSION, last_day=""))
    filing = filing_of()
    assert filing.valid_until == date(2019, 1, 1)
    reviewer = sit_down("reviewer")
    assert "没有可以办理的事项" in text(reviewer.get(f"/filings/{filing.pk}/"))
    assert reviewer.get("/filings/new/").status_code == 403
    assert reviewer.post(f"/filings/{filing.pk}/cancel/", {"version": 1, "reason": "错录"}).status_code == 403
    assert reviewer.get("/filings/999999/").status_code == 404


# --- third parties ----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("BEN-38")
def test_a_third_party_is_declared_decided_and_paid_back_on_one_page(who: world.Person, sit_down: Any) -> None:
    visit = world.visit(who, institution=H1)
    number = f"{world.AREA}{visit.id:015d}"
    address = f"/encounters/{number}/third-party/"
    clerk = sit_down("clerk")
    assert address in text(clerk.get(f"/encounters/{number}/"))
    page = text(clerk.get(address))
    form = {"request_id": hidden(page, "request_id"), "reason": "被电动车撞伤"}
    assert clerk.post(f"{address}declare/", form).status_code == 302
    assert address in text(clerk.get("/third-parties/?state=open"))
    assert "待认定" in text(clerk.get("/third-parties/"))
    assert clerk.post(f"{address}decide/", {}).status_code == 403
    decider = sit_down("eligibility")
    told = {"version": 0, "document": "认定书8", "reason": "对方主责"}
    assert decider.post(f"{address}decide/", {**told, "verdict": "share"}).status_code == 422
    shared = {**told, "verdict": "share", "percent": "70", "liable_party": "某公司"}
    assert decider.post(f"{address}decide/", shared).status_code == 302
    assert apps.get_model("encounters", "ThirdPartyDecision").objects.get().share_ppm == 700_000
    assert address not in text(decider.get("/third-parties/?state=open"))
    assert address in text(decider.get(f"/third-parties/?state=decided&person_no={who.number}"))
    recovered = {"amount": "35.50", "received_on": "2018-05-30", "document": "进账单3"}
    assert decider.post(f"{address}recover/", recovered).status_code == 302
    assert "EC-4106" in text(decider.post(f"{address}recover/", recovered))
    page = text(decider.get(address))
    for shown in ("第三方按比例负担", "70%", "某公司", "35.50", "被电动车撞伤"):
        assert shown in page, shown
    nobody = {**told, "version": 1, "verdict": "nobody"}
    assert decider.post(f"{address}decide/", nobody).status_code == 302
    late = decider.post(f"{address}recover/", recovered | {"document": "进账单4"})
    assert "EC-4105" in text(late), "decided anew meanwhile"


# --- the counter ------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("BEN-33")
def test_an_emergency_without_agreement_is_settled_at_the_counter(sit_down: Any) -> None:
    person = hospital.person()
    world.cover(person.id, "2018-01-01", "2019-01-01")
    mdtrt_id = hospital.visit(person)
    hospital.upload(person, mdtrt_id, priced(person, mdtrt_id, "100.00"))
    without_agreement()
    clerk = sit_down("clerk")
    address = f"/encounters/{mdtrt_id}/counter/"
    assert address in text(clerk.get(f"/encounters/{mdtrt_id}/"))
    page = text(clerk.get(address))
    assert "100.00" in page
    form = {"request_id": hidden(page, "request_id"), "reason": "机构协议已终止", "emergency_proof": "急诊病历"}
    assert clerk.post(address, {**form, "reason": ""}).status_code == 422
    response = clerk.post(address, form)
    assert response.status_code == 302
    assert "ST-1005" in text(clerk.post(address, {**form, "request_id": "another"}))
    assert "50.00" in text(clerk.get(response["Location"]))
    assert sit_down("reviewer").get(address).status_code == 403


# --- the person-year --------------------------------------------------------------------------------------------------


@pytest.mark.requirement("BEN-42")
def test_a_marked_year_is_listed_looked_at_and_settled_anew(who: world.Person, sit_down: Any) -> None:
    stay(who, "2018-02-05", "5000", institution=H1)
    group(who, "dibao", "2018-01-01")
    mark(who)
    commands.look_at_years(now=at("2018-06-01"))
    reviewer = sit_down("reviewer")
    address = f"/settlements/replays/{who.number}/resident/2018/"
    listed = text(reviewer.get("/settlements/replays/"))
    assert address in listed
    assert "特殊人员标识变动" in listed
    assert address not in text(reviewer.get("/settlements/replays/?state=left"))
    assert address in text(reviewer.get(f"/settlements/replays/?state=&benefit_year=2018&person_no={who.number}"))
    page = text(reviewer.get(address))
    assert "重算 1 笔" in page
    form = {"seen": hidden(page, "seen"), "request_id": hidden(page, "request_id")}
    stale = reviewer.post(f"{address}recompute/", {**form, "seen": "0:0:0"})
    assert "ST-5001" in text(stale)
    assert reviewer.post(f"{address}recompute/", form).status_code == 302
    page = text(reviewer.get(address))
    assert "已重算 1 笔结算" in page
    assert "原结算" in page
    assert "重算 1 笔<" not in page
    assert "ST-5002" in text(reviewer.post(f"{address}recompute/", {**form, "seen": hidden_seen(who)}))
    assert YearToReplay.objects.get().state == "recomputed"
    number = queries.settlements_of_encounter(world.AREA, apps.get_model("encounters", "Encounter").objects.get().id)
    last = next(one for one in number if one.state == "settled")
    assert address in text(reviewer.get(f"/settlements/{last.wire_id}/dependents/"))


def hidden_seen(who: world.Person) -> str:
    return chain.read(pooling_area=world.AREA, person_id=who.id, scheme="resident", year=2018).seen


def test_a_marked_year_is_left_with_a_reason(who: world.Person, sit_down: Any) -> None:
    stay(who, "2018-02-05", "5000", institution=H1)
    mark(who)
    reviewer = sit_down("reviewer")
    address = f"/settlements/replays/{who.number}/resident/2018/"
    assert "ST-5004" in text(reviewer.post(f"{address}leave/", {"reason": ""}))
    assert reviewer.post(f"{address}leave/", {"reason": "差额很小"}).status_code == 302
    assert "差额很小" in text(reviewer.get(address))
    assert sit_down("clerk").post(f"{address}leave/", {"reason": "x"}).status_code == 403
    for wrong in ("nobody/2018", "resident/1990"):
        assert reviewer.get(f"/settlements/replays/{who.number}/{wrong}/").status_code in (403, 404)


def test_the_page_of_a_chronic_visit_explains_each_part(who: world.Person, sit_down: Any) -> None:
    visit = world.visit(who, kind="chronic", disease_code=HYPERTENSION, institution=H1)
    lines = [world.Line(scope=yuan("500"), disease=HYPERTENSION), world.Line(scope=yuan("100"), disease="糖尿病")]
    settled = world.settle(visit, world.charge(visit, lines))
    page = text(sit_down("reviewer").get(f"/settlements/{world.AREA}{settled.settlement_id:015d}/"))
    assert "<h3>门诊特殊慢性病</h3>" in page
    assert "<h3>普通门诊</h3>" in page
