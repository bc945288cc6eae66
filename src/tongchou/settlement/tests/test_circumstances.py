"""Chronic visits, home beds, third parties, blocks, institutions without agreement: from the message to the money."""

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.encounters import commands as encounters
from tongchou.encounters import parameters
from tongchou.encounters.commands.filing import Wanted
from tongchou.encounters.commands.third_party import Found
from tongchou.encounters.states import FilingKind, Verdict
from tongchou.encounters.tests import world as hospital
from tongchou.encounters.tests.world import H1, H2, done, refused
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money
from tongchou.platform import versions
from tongchou.platform.checks import NoPermission, OutOfScope
from tongchou.platform.tests.conftest import Hire, plant_tree
from tongchou.policy import visits
from tongchou.policy.errors import PolicyMissing
from tongchou.policy.lines import LineFacts
from tongchou.settlement import chain, checks, commands, invariants, queries, replaying, rules, terms
from tongchou.settlement.facts import Batch, Bill, Counter
from tongchou.settlement.tests import world
from tongchou.settlement.tests.test_wire import cancel_body, check_identities, fen, priced, settle_body
from tongchou.settlement.tests.world import at, yuan
from tongchou.wire import database
from tongchou.wire.numbers import parse_wire_id

pytestmark = pytest.mark.django_db
HYPERTENSION = "高血压"
REAL_STANDING = terms.standing


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The institutions of the registers; whatever is settled, the books agree and every receipt computes again."""
    monkeypatch.setattr(terms, "standing", REAL_STANDING)
    plant_tree()
    hospital.place()
    yield
    assert invariants.broken(pooling_area=world.AREA, since=date(2018, 1, 1), until=date(2019, 1, 1)) == []
    rows = database.rows("SELECT id FROM settlement_settlement WHERE reversal_of IS NULL")
    for (number,) in rows:
        view = queries.one(world.AREA, number)
        assert view is not None
        with contextlib.suppress(PolicyMissing):  # settled under a draft that the test has put away
            assert replaying.replay(view.receipt).columns == view.columns


@pytest.fixture
def who(place: None) -> hospital.Person:
    made = hospital.person()
    world.cover(made.id, "2018-01-01", "2019-01-01")
    return made


@pytest.fixture
def hire(place: None) -> Hire:
    return Hire()


@pytest.fixture
def clerk(hire: Hire) -> Any:
    return hire("clerk", at=world.UNIT)


def chronic_visit(who: hospital.Person, *lines: tuple[str, str], disease: str = HYPERTENSION, **how: Any) -> str:
    """A visit for the disease with lines of class 甲: amount and the disease each names."""
    mdtrt_id = hospital.visit(who, **how)
    body = hospital.visit_change_body(who, mdtrt_id, med_type="14", dise_codg=disease)
    done("2203", body, **how)
    rows = [priced(who, mdtrt_id, amount, dise_codg=mark) for amount, mark in lines]
    hospital.upload(who, mdtrt_id, *rows, **how)
    return mdtrt_id


def file(who: hospital.Person, clerk: Any, kind: FilingKind = FilingKind.CHRONIC, **changes: Any) -> Any:
    wanted = {
        "disease_code": HYPERTENSION if kind is FilingKind.CHRONIC else "",
        "institution_codes": (H1,),
        "consented_on": date(2018, 1, 1),
        "valid_from": date(2018, 1, 1),
        "evidence": "附件6",
    }
    return encounters.file_care(
        person_no=who.number, kind=kind, wanted=Wanted(**{**wanted, **changes}), operator=clerk, now=at("2018-06-01")
    )


# --- BEN-22 ----------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("BEN-22")
@pytest.mark.article("GX2017 §66")
def test_two_chronic_visits_of_500_are_paid_210_and_350(who: hospital.Person) -> None:
    """高血压: the deductible of 200 a year is borne once; (500−200)×70 %, then 500×70 %."""
    paid = [
        fen(done("2207", settle_body(who, chronic_visit(who, ("500.00", "")), 500))["setlinfo"], "hifp_pay")
        for _ in range(2)
    ]
    assert paid == [yuan("210"), yuan("350")]


@pytest.mark.requirement("BEN-22")
@pytest.mark.parametrize(
    ("unmarked", "pool"),
    [("related", "320.00"), ("unrelated", "270.00")],
)
def test_what_was_given_for_another_disease_is_ordinary_outpatient_care(
    who: hospital.Person, unmarked: str, pool: str
) -> None:
    """500 for 高血压, 100 for 糖尿病, 200 unmarked: chronic (700−200)×70 % or (500−200)×70 %; the rest at 50 %."""
    with world.using(world.book(world.tset({"parameters/chronic.unmarked_lines/value": unmarked}))):
        mdtrt_id = chronic_visit(who, ("500.00", HYPERTENSION), ("100.00", "糖尿病"), ("200.00", ""))
        trial = done("2206", settle_body(who, mdtrt_id, 800))
        output = done("2207", settle_body(who, mdtrt_id, 800))
        check_identities(output["setlinfo"], output["setldetail"])
        expected = {"related": yuan("350") + yuan("50"), "unrelated": yuan("210") + yuan("150")}[unmarked]
        assert fen(output["setlinfo"], "hifp_pay") == fen(trial["setlinfo"], "hifp_pay") == expected
        view = queries.one(*parse_wire_id(output["setlinfo"]["setl_id"]))
        assert view is not None
        kinds = [part["facts"]["kind"] for part in view.receipt["parts"]]
        assert kinds == ["chronic", "outpatient"]
        assert [part["facts"].get("disease") for part in view.receipt["parts"]] == [HYPERTENSION, None]
        assert view.ratio == rules.Decimal("0.7")
        told = json.loads(replaying.process_info(view.receipt))
        assert sum(one["名称"] == "医疗费总额" for one in told) == 2
        done("2208", cancel_body(who, output["setlinfo"]))
        assert world.accumulators(world.Person(who.id, who.number)) == {}


@pytest.mark.requirement("BEN-22", "ENC-21")
def test_without_a_filing_in_force_the_whole_visit_is_ordinary(who: hospital.Person, clerk: Any) -> None:
    """A filing that has ended: 500 at 50 %, up to the yearly limit of the outpatient pool."""
    file(who, clerk, valid_from=date(2018, 1, 1), valid_until=date(2018, 3, 1))
    info = done("2207", settle_body(who, chronic_visit(who, ("500.00", HYPERTENSION)), 500))["setlinfo"]
    assert fen(info, "hifp_pay") == yuan("250")


@pytest.mark.requirement("BEN-22", "ENC-22")
@pytest.mark.parametrize(("institution", "pool"), [(H1, "210"), (H2, "0")])
def test_a_chronic_visit_is_paid_where_the_filing_says(
    who: hospital.Person, clerk: Any, institution: str, pool: str
) -> None:
    file(who, clerk)
    mdtrt_id = chronic_visit(who, ("500.00", HYPERTENSION), institution=institution)
    output = hospital.send("2207", settle_body(who, mdtrt_id, 500), institution=institution)
    assert fen(output.output["setlinfo"], "hifp_pay") == yuan(pool)
    if institution == H2:
        assert "未在选定的慢性病定点机构就医" in (output.warning or "")


@pytest.mark.requirement("BEN-22")
def test_marks_go_with_cancelled_lines_and_a_mark_sent_otherwise_is_another_line(who: hospital.Person) -> None:
    mdtrt_id = chronic_visit(who, ("500.00", HYPERTENSION), ("100.00", "糖尿病"))
    (batch,) = hospital.batches_of(mdtrt_id)
    assert batch.marked_fen == {HYPERTENSION: [0, 0, 0, 50000], "糖尿病": [0, 0, 0, 10000]}
    line = hospital.lines_of(mdtrt_id)[1]
    assert line.disease_code == "糖尿病"
    done("2205", {"data": {"chrg_bchno": "B1", "mdtrt_id": mdtrt_id, "psn_no": who.number}})
    row = priced(who, mdtrt_id, "10.00", dise_codg=HYPERTENSION)
    hospital.upload(who, mdtrt_id, row)
    refused("2204", {"feedetail": [{**row, "dise_codg": "糖尿病"}]}, "EC-3101")


def test_sums_of_marks_follow_single_lines_that_are_taken_back(who: hospital.Person) -> None:
    """What 2302 takes from a batch goes from its marks too."""
    made = world.visit(world.Person(who.id, who.number), kind="inpatient", institution=H1)
    world.charge(made, [world.Line(scope=100, disease="a"), world.Line(own=50, disease="a"), world.Line(scope=7)])
    serial = database.row("SELECT serial FROM encounters_chargeline WHERE own_expense_fen = 50")
    assert serial is not None
    mdtrt_id = f"{world.AREA}{made.id:015d}"
    done("2302", {"data": {"feedetl_sn": serial[0], "mdtrt_id": mdtrt_id, "psn_no": who.number}})
    (batch,) = hospital.batches_of(mdtrt_id)
    assert (batch.marked_fen, batch.total_fen) == ({"a": [0, 0, 0, 100]}, 107)


amounts = st.tuples(*[st.integers(min_value=0, max_value=10**6)] * 4)


@settings(deadline=None)
@given(
    lines=st.lists(st.tuples(st.sampled_from(["", HYPERTENSION, "糖尿病"]), amounts), min_size=1, max_size=12),
    unmarked=st.sampled_from(["related", "unrelated"]),
    batches=st.integers(min_value=1, max_value=3),
)
def test_cutting_by_the_sums_of_marks_is_cutting_by_lines(lines: list[Any], unmarked: str, batches: int) -> None:
    package = world.tset({"parameters/chronic.unmarked_lines/value": unmarked})
    parts = []
    for nth in range(batches):
        own = lines[nth::batches]
        marked = {}
        for mark, sums in own:
            if mark:
                marked[mark] = tuple(map(sum, zip(marked.get(mark, (0, 0, 0, 0)), sums, strict=True)))
        total = tuple(map(sum, zip((0, 0, 0, 0), *(sums for _, sums in own), strict=True)))
        parts.append(Batch(str(nth), 1, date(2018, 3, 1), date(2018, 3, 1), sum(total), *total, {}, marked or None))
    bill = Bill(
        pooling_area=world.AREA, id=1, institution_code=H1, person_id=1, scheme="resident", care_type="14",
        kind="chronic", state="open", began_on=date(2018, 3, 1), disease_code=HYPERTENSION, batches=tuple(parts),
    )  # fmt: skip
    cuts = rules.visit_cuts(bill, date(2018, 3, 1), lambda *_: package, filing_required=False)
    by_line = visits.chronic_parts(
        package,
        [LineFacts(nth, "A") for nth in range(len(lines))],
        [mark for mark, _ in lines],
        disease=HYPERTENSION,
        filed=True,
    )
    expected = {
        part.kind: tuple(map(sum, zip(*(lines[line[0]][1] for line in part.lines), strict=True))) for part in by_line
    }
    got = {
        cut.kind: (
            cut.sums.own_expense_fen,
            cut.sums.over_ceiling_fen,
            cut.sums.pre_self_pay_fen,
            cut.sums.in_scope_fen,
        )
        for cut in cuts
    }
    assert {kind: sums for kind, sums in got.items() if any(sums)} == {
        kind: sums for kind, sums in expected.items() if any(sums)
    }


# --- BEN-26, ENC-13 --------------------------------------------------------------------------------------------------

CONSENT = {"consented_on": date(2018, 5, 10), "valid_from": date(2018, 5, 10), "valid_until": date(2018, 6, 10)}


@pytest.fixture
def home_beds() -> Iterator[None]:
    with world.using(world.book(world.tset({"parameters/ratio.homebed/values": {"L1": 80, "L2": 80, "L3": 60}}))):
        yield


def home_bed(who: hospital.Person, since: str = "2018-05-08") -> str:
    body = hospital.stay_body(who, med_type="71", begntime=f"{since} 09:00:00")
    return str(done("2401", body, at=at(since))["result"]["mdtrt_id"])


def served(who: hospital.Person, mdtrt_id: str, day: str, amount: str = "100.00") -> dict[str, Any]:
    return priced(who, mdtrt_id, amount, fee_ocur_time=f"{day} 10:00:00")


def upload_days(who: hospital.Person, mdtrt_id: str, *days: str) -> None:
    hospital.upload(who, mdtrt_id, *(served(who, mdtrt_id, day) for day in days), infno="2301", at=at("2018-06-20"))


@pytest.mark.requirement("ENC-13", "BEN-26")
@pytest.mark.article("GX2017 §69")
def test_services_before_the_consent_are_refused_and_those_after_it_settled(
    who: hospital.Person, clerk: Any, home_beds: None
) -> None:
    """Consent of 10 May: visits of 9 and 11 May of 100 each; only that of the 11th is in the base."""
    file(who, clerk, FilingKind.HOME_BED, **CONSENT)
    mdtrt_id = home_bed(who)
    lines = {"feedetail": [served(who, mdtrt_id, "2018-05-08")]}
    text = refused("2301", lines, "EC-3009", at=at("2018-05-12"))
    assert "2018-05-08" in text
    refused("2301", {"feedetail": [served(who, mdtrt_id, "2018-05-09")]}, "EC-3009", at=at("2018-05-12"))
    upload_days(who, mdtrt_id, "2018-05-11")
    done("2402", hospital.discharge_body(who, mdtrt_id, endtime="2018-05-12 10:00:00"), at=at("2018-05-12"))
    info = done("2304", settle_body(who, mdtrt_id, 100), at=at("2018-05-12"))["setlinfo"]
    assert (fen(info, "inscp_scp_amt"), fen(info, "hifp_pay")) == (yuan("100"), yuan("60"))


@pytest.mark.requirement("BEN-26")
def test_a_consent_corrected_to_a_later_day_takes_the_days_before_out_of_the_base(
    who: hospital.Person, clerk: Any, home_beds: None
) -> None:
    """9 and 11 May were uploaded; the consent turns out to be of the 10th: own expense and paid, 100 each."""
    early = {
        **CONSENT,
        "consented_on": date(2018, 5, 1),
        "valid_from": date(2018, 5, 1),
        "valid_until": date(2018, 6, 1),
    }
    filing = file(who, clerk, FilingKind.HOME_BED, **early)
    mdtrt_id = home_bed(who)
    upload_days(who, mdtrt_id, "2018-05-09", "2018-05-11")
    wanted = Wanted(institution_codes=(H1,), evidence="附件10", **CONSENT)
    encounters.correct_filing(filing_id=filing.pk, version=1, wanted=wanted, operator=clerk, now=at("2018-06-01"))
    done("2402", hospital.discharge_body(who, mdtrt_id, endtime="2018-05-12 10:00:00"), at=at("2018-05-12"))
    info = done("2304", settle_body(who, mdtrt_id, 200), at=at("2018-05-12"))["setlinfo"]
    assert (fen(info, "fulamt_ownpay_amt"), fen(info, "inscp_scp_amt")) == (yuan("100"), yuan("100"))
    assert fen(info, "hifp_pay") == yuan("60")


@pytest.mark.requirement("BEN-26", "ENC-13")
@pytest.mark.parametrize(("rule", "in_scope"), [("allowed", "200"), ("excluded", "100")])
def test_days_in_hospital_are_no_days_of_a_home_bed(who: hospital.Person, clerk: Any, rule: str, in_scope: str) -> None:
    """In hospital from 11 to 13 May: the 12th is refused at upload; the day of discharge by the area's rule."""
    changes = {
        "parameters/ratio.homebed/values": {"L1": 80, "L2": 80, "L3": 60},
        "parameters/homebed.discharge_day/value": rule,
    }
    with world.using(world.book(world.tset(changes))):
        file(who, clerk, FilingKind.HOME_BED, **CONSENT)
        world.visit(
            world.Person(who.id, who.number), "2018-05-11", kind="inpatient", institution=H2, until="2018-05-13"
        )
        mdtrt_id = home_bed(who, since="2018-05-10")
        refused("2301", {"feedetail": [served(who, mdtrt_id, "2018-05-12")]}, "EC-3010", at=at("2018-05-15"))
        upload_days(who, mdtrt_id, "2018-05-13", "2018-05-14")
        done("2402", hospital.discharge_body(who, mdtrt_id, endtime="2018-05-14 10:00:00"), at=at("2018-05-14"))
        info = done("2304", settle_body(who, mdtrt_id, 200), at=at("2018-05-14"))["setlinfo"]
        assert fen(info, "inscp_scp_amt") == yuan(in_scope)


@pytest.mark.requirement("ENC-13")
def test_a_home_bed_is_extended_before_its_end_and_closed(who: hospital.Person, clerk: Any, home_beds: None) -> None:
    filing = file(who, clerk, FilingKind.HOME_BED, **CONSENT)
    mdtrt_id = home_bed(who)
    late = {"feedetail": [served(who, mdtrt_id, "2018-06-12")]}
    refused("2301", late, "EC-3009", at=at("2018-06-20"))
    how = {"filing_id": filing.pk, "operator": clerk, "now": at("2018-06-01")}
    filing = encounters.extend_filing(version=1, until=date(2018, 7, 1), evidence="延期", **how)
    upload_days(who, mdtrt_id, "2018-06-12")
    encounters.close_filing(version=filing.version, last_day=date(2018, 6, 15), reason="病情稳定", **how)
    refused("2301", {"feedetail": [served(who, mdtrt_id, "2018-06-18")]}, "EC-3009", at=at("2018-06-20"))


@pytest.mark.requirement("ENC-13", "ENC-22")
@pytest.mark.parametrize(
    ("kind", "changes", "code"),
    [
        ("home_bed", {**CONSENT, "consented_on": date(2018, 5, 11)}, "EC-4008"),
        ("home_bed", {**CONSENT, "valid_until": date(2018, 8, 9)}, "EC-4009"),
        ("home_bed", {**CONSENT, "valid_until": date(2018, 5, 10)}, "EC-4010"),
        ("home_bed", {**CONSENT, "consented_on": date(2018, 6, 2)}, "EC-4015"),
        ("chronic", {"disease_code": "感冒"}, "EC-4005"),
        ("chronic", {"institution_codes": (H1, H2)}, "EC-4007"),
        ("chronic", {"institution_codes": ()}, "EC-4007"),
        ("chronic", {"institution_codes": ("H45010099999",)}, "EC-4006"),
    ],
)
def test_a_filing_with_a_defect_is_refused(
    who: hospital.Person, clerk: Any, kind: str, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        file(who, clerk, FilingKind(kind), **changes)
    assert refusal.value.code == code


@pytest.mark.requirement("ENC-22")
def test_the_institution_of_a_disease_stays_for_the_year_unless_its_agreement_ends(
    who: hospital.Person, clerk: Any
) -> None:
    filing = file(who, clerk)
    wanted = Wanted(
        disease_code=HYPERTENSION, institution_codes=(H2,), consented_on=date(2018, 1, 1),
        valid_from=date(2018, 1, 1), evidence="附件6",
    )  # fmt: skip
    how = {"filing_id": filing.pk, "version": 1, "wanted": wanted, "operator": clerk, "now": at("2018-06-15")}
    with pytest.raises(DomainError) as refusal:
        encounters.correct_filing(**how)
    assert refusal.value.code == "EC-4012"
    database.run("UPDATE institutions_agreement SET valid_until = '2018-06-10' WHERE institution_id = %s", H1)
    versions.forget_all()
    assert encounters.correct_filing(**how).institution_codes == [H2]


def test_filings_do_not_overlap_and_are_changed_by_one_at_a_time(who: hospital.Person, clerk: Any) -> None:
    filing = file(who, clerk)
    with pytest.raises(DomainError) as refusal:
        file(who, clerk, valid_from=date(2018, 4, 1))
    assert refusal.value.code == "EC-4004"
    how = {"filing_id": filing.pk, "version": 1, "reason": "错录", "operator": clerk, "now": at("2018-06-15")}
    encounters.cancel_filing(**how)
    with pytest.raises(DomainError) as refusal:
        encounters.cancel_filing(**how)
    assert refusal.value.code == "EC-4002"
    with pytest.raises(DomainError) as refusal:
        encounters.cancel_filing(**{**how, "version": 2})
    assert refusal.value.code == "EC-4014"
    assert file(who, clerk, valid_from=date(2018, 4, 1)).version == 1


def test_a_home_bed_is_not_filed_for_somebody_in_hospital(who: hospital.Person, clerk: Any) -> None:
    hospital.stay(who)
    with pytest.raises(DomainError) as refusal:
        file(who, clerk, FilingKind.HOME_BED, **CONSENT)
    assert refusal.value.code == "EC-4011"


@pytest.mark.parametrize(
    ("posts", "unit", "refusal"), [([], world.UNIT, NoPermission), (["clerk"], "450103", OutOfScope)]
)
def test_filing_needs_the_post_and_the_place(
    who: hospital.Person, hire: Hire, posts: list[str], unit: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        file(who, hire(*posts, at=unit))


# --- BEN-38 ----------------------------------------------------------------------------------------------------------


def decide(mdtrt_id: str, operator: Any, *, version: int = 0, **found: Any) -> Any:
    area, encounter = parse_wire_id(mdtrt_id)
    told = {"document": "交警认定书2018-77", "reason": "对方全责", "liable_party": "某运输公司"}
    return encounters.decide_third_party(
        area=area, encounter=encounter, version=version, found=Found(**{**told, **found}), operator=operator,
        now=at("2018-03-15"),
    )  # fmt: skip


@pytest.mark.requirement("BEN-38")
@pytest.mark.parametrize(
    ("found", "of_others", "pool"),
    [
        ({"verdict": Verdict.NOBODY}, "0", "50"),
        ({"verdict": Verdict.SHARE, "share_ppm": 700_000}, "70", "15"),
        ({"verdict": Verdict.SHARE, "share_ppm": 1_000_000}, "100", "0"),
        ({"verdict": Verdict.AMOUNT, "amount_fen": 6000}, "60", "20"),
        ({"verdict": Verdict.AMOUNT, "amount_fen": 999_999}, "100", "0"),
    ],
    ids=["nobody", "a share", "all of it", "an amount", "more than the bill"],
)
def test_trauma_with_a_third_party_is_blocked_until_it_is_decided(
    who: hospital.Person, hire: Hire, found: dict[str, Any], of_others: str, pool: str
) -> None:
    """100 at a hospital, half of it the pool's: what another bears is taken off first, and stays with the person."""
    mdtrt_id = hospital.visit(who)
    done("2203", hospital.visit_change_body(who, mdtrt_id, ttp_resp="1"))
    hospital.upload(who, mdtrt_id, priced(who, mdtrt_id, "100.00"))
    assert "认定" in refused("2207", settle_body(who, mdtrt_id, 100), "ST-1012")
    decide(mdtrt_id, hire("eligibility", at=world.UNIT), **found)
    info = done("2207", settle_body(who, mdtrt_id, 100))["setlinfo"]
    assert fen(info, "hifp_pay") == yuan(pool)
    assert fen(info, "psn_part_amt") == yuan("100") - yuan(pool)
    view = queries.one(*parse_wire_id(info["setl_id"]))
    assert view is not None
    assert view.receipt["parts"][0]["facts"].get("third_party_fen", 0) == yuan(of_others)


@pytest.mark.requirement("BEN-38")
def test_a_third_party_is_declared_decided_corrected_and_paid_back(who: hospital.Person, hire: Hire) -> None:
    clerk, decider = hire("clerk", at=world.UNIT), hire("eligibility", at=world.UNIT)
    mdtrt_id = hospital.visit(who)
    area, encounter = parse_wire_id(mdtrt_id)
    hospital.upload(who, mdtrt_id, priced(who, mdtrt_id, "100.00"))
    with pytest.raises(DomainError) as refusal:
        decide(mdtrt_id, decider, verdict=Verdict.NOBODY)
    assert refusal.value.code == "EC-4101"
    declared = {"area": area, "encounter": encounter, "operator": clerk, "now": at("2018-03-15")}
    encounters.declare_third_party(reason="车祸", request_id="D1", **declared)
    encounters.declare_third_party(reason="车祸", request_id="D1", **declared)
    refused("2207", settle_body(who, mdtrt_id, 100), "ST-1012")
    with pytest.raises(NoPermission):
        decide(mdtrt_id, clerk, verdict=Verdict.NOBODY)
    for wrong in (
        {"verdict": Verdict.SHARE},
        {"verdict": Verdict.AMOUNT, "amount_fen": 0},
        {"verdict": Verdict.NOBODY, "share_ppm": 1},
    ):
        with pytest.raises(DomainError) as refusal:
            decide(mdtrt_id, decider, **wrong)
        assert refusal.value.code == "EC-4103"
    paid_back = {**declared, "amount": Money.yuan("40.00"), "received_on": date(2018, 4, 1), "document": "收据1"}
    with pytest.raises(DomainError) as refusal:
        encounters.note_recovery(**paid_back)
    assert refusal.value.code == "EC-4105"
    decide(mdtrt_id, decider, verdict=Verdict.SHARE, share_ppm=500_000)
    with pytest.raises(DomainError) as refusal:
        decide(mdtrt_id, decider, verdict=Verdict.NOBODY)
    assert refusal.value.code == "EC-4104"
    assert decide(mdtrt_id, decider, version=1, verdict=Verdict.SHARE, share_ppm=400_000).version == 2
    info = done("2207", settle_body(who, mdtrt_id, 100))["setlinfo"]
    assert fen(info, "hifp_pay") == yuan("30")
    with pytest.raises(DomainError) as refusal:
        decide(mdtrt_id, decider, version=2, verdict=Verdict.NOBODY)
    assert refusal.value.code == "EC-4102"
    encounters.note_recovery(**paid_back)
    for wrong, code in (({}, "EC-4106"), ({"amount": Money(0), "document": "收据2"}, "EC-4107")):
        with pytest.raises(DomainError) as refusal:
            encounters.note_recovery(**{**paid_back, **wrong})
        assert refusal.value.code == code


@pytest.mark.requirement("BEN-38")
def test_a_share_of_a_stay_settled_in_between_is_of_the_whole_stay(who: hospital.Person, hire: Hire) -> None:
    person = world.Person(who.id, who.number)
    made = world.visit(person, "2018-03-01", kind="inpatient", institution=H2, third_party=True)
    mdtrt_id = f"{world.AREA}{made.id:015d}"
    decide(mdtrt_id, hire("eligibility", at=world.UNIT), verdict=Verdict.SHARE, share_ppm=500_000)
    first = world.charge(made, [world.Line(scope=yuan("1000.01"))])
    settled = world.settle(made, first, on=at("2018-03-10"), interim=True)
    second = world.charge(made, [world.Line(scope=yuan("2000"))], batch="2")
    world.discharge(made, "2018-03-20")
    final = world.settle(made, second, on=at("2018-03-20"))
    assert final.parts[0].third_party_fen == yuan("1500.01")
    assert settled.columns["total_fen"] + final.columns["total_fen"] == yuan("3000.01")


# --- BEN-33, BEN-36 --------------------------------------------------------------------------------------------------


def settle_by_hand(mdtrt_id: str, clerk: Any, total: str = "100", **how: Any) -> Any:
    area, encounter = parse_wire_id(mdtrt_id)
    reason = {"reason": "机构协议已暂停"}
    _, number = commands.settle_at_counter(
        pooling_area=area, encounter_id=encounter, total_fen=yuan(total), use_account=True,
        counter=Counter(**{**reason, **how}), request_id="W1", operator=clerk, now=at("2018-03-16"),
    )  # fmt: skip
    return queries.one(area, number)


def without_agreement() -> None:
    database.run("UPDATE institutions_agreement SET valid_until = '2018-03-15' WHERE institution_id = %s", H1)
    versions.forget_all()


@pytest.mark.requirement("BEN-33")
@pytest.mark.article("NM-ACCT §15", "GX2017 §82")
@pytest.mark.parametrize(("proof", "pool", "account"), [("", "0", "0"), ("急诊病历", "250", "100")])
def test_ordinary_care_without_an_agreement_is_own_cost_and_an_emergency_is_settled_by_hand(
    who: hospital.Person, clerk: Any, proof: str, pool: str, account: str
) -> None:
    """500: the wire says where to go; fund and account pay nothing, but an emergency with proof is paid."""
    world.credit(who.id, "100")
    mdtrt_id = hospital.visit(who)
    hospital.upload(who, mdtrt_id, priced(who, mdtrt_id, "500.00"))
    without_agreement()
    text = refused("2207", settle_body(who, mdtrt_id, 500), "ST-2005")
    assert "普通就医基金和个人账户不予支付" in text
    assert "急诊请凭急诊证明回参保地手工报销" in text
    view = settle_by_hand(mdtrt_id, clerk, "500", emergency_proof=proof)
    assert (view.columns["pool_paid_fen"], view.columns["account_paid_fen"]) == (yuan(pool), yuan(account))
    facts = view.receipt["parts"][0]["facts"]
    assert (facts["contracted"], facts["manual"]) == (False, True)
    found = chain.read(pooling_area=world.AREA, person_id=who.id, scheme="resident", year=2018)
    assert found.differing == ()


@pytest.mark.requirement("BEN-36")
@pytest.mark.article("JS2017 三(一)")
def test_a_block_stops_direct_settlement_and_the_costs_are_paid_by_decision(who: hospital.Person, clerk: Any) -> None:
    mdtrt_id = hospital.visit(who)
    hospital.upload(who, mdtrt_id, priced(who, mdtrt_id, "100.00"))
    hospital.model("enrolment.BenefitBlock").objects.create(
        person_id=who.id, kind="audit", blocked_from="2018-03-01", reason="稽核立案"
    )
    text = refused("2207", settle_body(who, mdtrt_id, 100), "ST-2003")
    assert "暂停直接结算,请回参保地" in text
    wanted = {"psn_no": who.number, "insutype": "390", "fixmedins_code": H1, "med_type": "11", "begntime": "2018-03-15"}
    told = done("2001", {"data": wanted})["trtinfo"][0]
    assert told["trt_enjymnt_flag"] == "0"
    assert "暂停直接结算,请回参保地" in told["trt_chk_rslt"]
    with pytest.raises(checks.DirectSettlementStopped):
        settle_by_hand(mdtrt_id, clerk)
    view = settle_by_hand(mdtrt_id, clerk, decision="稽核决定2018-5")
    assert view.columns["pool_paid_fen"] == yuan("50")


def test_a_settlement_at_the_counter_needs_a_reason_the_post_and_the_visit(who: hospital.Person, hire: Hire) -> None:
    mdtrt_id = hospital.visit(who)
    hospital.upload(who, mdtrt_id, priced(who, mdtrt_id, "100.00"))
    clerk = hire("clerk", at=world.UNIT)
    with pytest.raises(checks.CounterReasonMissing):
        settle_by_hand(mdtrt_id, clerk, reason=" ")
    with pytest.raises(NoPermission):
        settle_by_hand(mdtrt_id, hire("reviewer", at=world.UNIT))
    with pytest.raises(DomainError) as refusal:
        settle_by_hand(f"{world.AREA}180399999999999", clerk)
    assert refusal.value.code == "EC-2001"
    assert settle_by_hand(mdtrt_id, clerk).columns["pool_paid_fen"] == yuan("50")


# --- BEN-16, BEN-19, BEN-20: stays linked by referral ----------------------------------------------------------------


def settled_stay(who: hospital.Person, institution: str, since: str, until: str, amount: str, **facts: Any) -> Any:
    """Admitted, charged, discharged and settled over the wire; what the hospital is told."""
    body = hospital.stay_body(who, begntime=f"{since} 09:00:00", **facts)
    mdtrt_id = str(done("2401", body, institution=institution, at=at(since))["result"]["mdtrt_id"])
    line = priced(who, mdtrt_id, amount, fee_ocur_time=f"{since} 10:00:00")
    hospital.upload(who, mdtrt_id, line, infno="2301", institution=institution, at=at(until))
    end = hospital.discharge_body(who, mdtrt_id, endtime=f"{until} 10:00:00")
    done("2402", end, institution=institution, at=at(until))
    settled = done("2304", settle_body(who, mdtrt_id, amount), institution=institution, at=at(until))
    return mdtrt_id, settled["setlinfo"]


@pytest.mark.requirement("BEN-19")
def test_referred_up_over_the_wire_bears_the_difference_of_the_deductibles(who: hospital.Person) -> None:
    """From level 2, 400 paid, to level 3: the difference of 400 only."""
    _, first = settled_stay(who, H2, "2018-03-01", "2018-03-05", "3000.00")
    second, info = settled_stay(who, H1, "2018-03-05", "2018-03-09", "9000.00", med_type="23")
    assert (fen(first, "act_pay_dedc"), fen(info, "act_pay_dedc")) == (yuan("400"), yuan("400"))
    assert hospital.row_of(second).referral == "up"


@pytest.mark.requirement("BEN-16")
def test_referred_down_over_the_wire_bears_no_deductible(who: hospital.Person) -> None:
    """From level 3 to level 2 by referral: the wire names no direction, the levels do."""
    settled_stay(who, H1, "2018-03-01", "2018-03-05", "3000.00")
    second, info = settled_stay(who, H2, "2018-03-05", "2018-03-09", "3000.00", med_type="23")
    assert hospital.row_of(second).referral == "down"
    assert fen(info, "act_pay_dedc") == 0


def test_a_change_of_the_stay_keeps_the_direction_of_its_referral(who: hospital.Person) -> None:
    settled_stay(who, H1, "2018-03-01", "2018-03-05", "3000.00")
    mdtrt_id = hospital.stay(who, institution=H2, at=at("2018-03-06"), begntime="2018-03-06", med_type="23")
    body = hospital.stay_body(who, med_type="23")["mdtrtinfo"] | {"mdtrt_id": mdtrt_id, "ipt_otp_no": "ZY0002"}
    body.pop("begntime")
    done("2403", {"adminfo": body, "diseinfo": []}, institution=H2, at=at("2018-03-07"))
    assert (hospital.row_of(mdtrt_id).referral, hospital.row_of(mdtrt_id).chart_no) == ("down", "ZY0002")


@pytest.mark.requirement("BEN-20")
@pytest.mark.parametrize(
    ("facts", "pool"),
    [({}, "3950"), ({"med_type": "24"}, "4740"), ({"med_type": "23"}, "4740")],
    ids=["on own account", "emergency", "referred"],
)
def test_going_to_a_high_hospital_without_referral_lowers_the_ratio_where_the_area_asks_for_one(
    who: hospital.Person, monkeypatch: pytest.MonkeyPatch, facts: dict[str, str], pool: str
) -> None:
    """Level 3, 8,700: (8,700−800)×60 %, or 50 % when there should have been a referral."""
    asks = dataclasses.replace(parameters.GX2017, referral_from_level="3")
    monkeypatch.setattr(parameters, "procedure", lambda _: asks)
    _, info = settled_stay(who, H1, "2018-03-01", "2018-03-05", "8700.00", **facts)
    assert fen(info, "hifp_pay") == yuan(pool)
