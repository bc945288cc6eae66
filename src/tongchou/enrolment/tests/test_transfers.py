"""转移接续 between two areas and between the schemes (ENR-26, ENR-27, ENR-28)."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from tongchou.cases import commands as cases
from tongchou.cases.commands import Application
from tongchou.cases.states import CaseState, Decision
from tongchou.enrolment import commands as enrolling
from tongchou.enrolment import events, queries
from tongchou.enrolment.commands import persons
from tongchou.enrolment.employers import commands as employers
from tongchou.enrolment.employers.states import MemberCategory
from tongchou.enrolment.models import Enrolment, Transfer
from tongchou.enrolment.states import EnrolmentStatus, PersonCategory, Scheme
from tongchou.enrolment.tests.conftest import AREA, NOW, VILLAGE, citizen_number
from tongchou.enrolment.transfers import case as transfer_cases
from tongchou.enrolment.transfers import commands, papers, sources
from tongchou.enrolment.transfers import queries as transfers
from tongchou.enrolment.transfers.sources import PaidYear
from tongchou.enrolment.transfers.states import TRANSITIONS, DocumentKind, TransferState
from tongchou.platform import commands as platform_commands
from tongchou.platform.checks import OutOfScope
from tongchou.platform.events import subscribe, unsubscribe

OUT_AT = datetime(2018, 5, 10, 2, tzinfo=UTC)
IN_AT = datetime(2018, 5, 15, 2, tzinfo=UTC)
REFUSED_AT = datetime(2018, 5, 20, 2, tzinfo=UTC)
STARTS = date(2018, 5, 11)
THERE, THEIR_TOWN = "450200", "450202"
PAID = [
    PaidYear("resident", year, 18_000, date(year - 1, 10, 20), date(year, 1, 1), date(year + 1, 1, 1))
    for year in (2017, 2018)
]


@pytest.fixture(autouse=True)
def told(monkeypatch):
    """What the chapters above would tell."""
    monkeypatch.setattr(sources, "_paid", [lambda person_id: list(PAID)])
    monkeypatch.setattr(sources, "_use", [lambda area, person_id, scheme, year: {"pool": 622_500}])
    monkeypatch.setattr(sources, "_filings", [lambda person_id, on: ["门诊特殊慢性病:高血压"]])


@pytest.fixture
def heard():
    kept = []
    subscribe(events.TransferredIn)(kept.append)
    yield kept
    unsubscribe(events.TransferredIn, kept.append)


@pytest.fixture
def person(enrol):
    platform_commands.ensure_calendar(now=NOW)
    return enrol(
        name="韦大", certificate_no=citizen_number(order=201), household_no="H1", household_relation="head"
    ).person


@pytest.fixture
def town_clerk(hire):
    return hire("clerk", at="450102001", name="镇经办")


@pytest.fixture
def reviewer(hire):
    return hire("second_reviewer", at="450102", name="县复核")


@pytest.fixture
def there(hire):
    return hire("eligibility", at=THERE, name="乙市经办")


@pytest.fixture
def leave(person, town_clerk, reviewer):
    def one(kind="transfer_out", *, now=OUT_AT, request_id="a", received=("form", "card"), **values):
        form = {"to_area": THERE, "reason": "work", "starts_on": STARTS.isoformat()} if kind == "transfer_out" else {}
        application = Application(
            kind=kind,
            subject_key=person.person_no,
            values=form | values,
            received=frozenset(received),
            applicant_name="韦大",
        )
        case = cases.accept_application(application, request_id=request_id, operator=town_clerk, now=now)
        case = cases.decide(
            number=case.number, version=case.version, decision=Decision.AGREE, operator=reviewer, now=now
        )
        assert case.state == CaseState.DONE
        return Transfer.objects.latest("id")

    return one


def come(transfer, there, *, unit=THEIR_TOWN, version=None, now=IN_AT):
    return commands.register_in(
        transfer_id=transfer.pk,
        version=version or transfer.version,
        unit_code=unit,
        operator=there,
        now=now,
    )


@pytest.mark.requirement("ENR-26")
@pytest.mark.article("GX2017 §16")
def test_out_on_the_tenth_and_in_on_the_fifteenth_is_one_cover_without_gap_or_overlap(person, leave, there, heard):
    left = leave()
    assert (left.state, left.from_area, left.to_area) == (TransferState.AWAITING, AREA, THERE)
    assert queries.facts(person.pk, date(2018, 5, 10)).status == EnrolmentStatus.ACTIVE
    assert queries.facts(person.pk, STARTS).status == EnrolmentStatus.TERMINATED
    done = come(left, there)
    assert done.state == TransferState.IN_DONE
    spans = list(
        Enrolment.objects.filter(person=person)
        .order_by("enrolled_from")
        .values_list("pooling_area_id", "unit_code", "enrolled_from", "enrolled_until")
    )
    assert spans == [(AREA, VILLAGE, date(2017, 8, 1), STARTS), (THERE, THEIR_TOWN, STARTS, None)]
    facts = queries.facts(person.pk, date(2018, 5, 15))
    assert (facts.status, facts.pooling_area, facts.unit_code) == (EnrolmentStatus.ACTIVE, THERE, THEIR_TOWN)
    assert queries.person_card(person.pk, date(2018, 5, 15)).household_no == ""
    (event,) = heard
    assert (event.since, event.used, event.recognises_paid_year) == (STARTS, {"pool": 622_500}, True)


@pytest.mark.requirement("ENR-26")
def test_the_certificate_says_person_years_use_and_filings_and_can_be_checked(person, leave):
    left = leave()
    proof = transfers.document(left.number, DocumentKind.PROOF)
    assert proof.content["person"]["name"] == "韦大"
    assert [(one["year"], one["amount_fen"]) for one in proof.content["paid"]] == [(2017, 18_000), (2018, 18_000)]
    assert proof.content["use"] == {"pool": 622_500}
    assert proof.content["filings"] == ["门诊特殊慢性病:高血压"]
    assert proof.digest == papers.digest_of(proof.content)
    lines = [*papers.lines_of(proof.content), ("digest", "sha256", proof.digest)]
    assert papers.read(lines) == (proof.content, proof.digest)
    altered = [(s, i, v.replace("18000", "28000")) for s, i, v in lines]
    with pytest.raises(papers.DocumentAltered):
        papers.read(altered)
    with pytest.raises(papers.DocumentIncomplete, match=r"person\.certificate_no"):
        papers.read([line for line in lines if line[1] != "certificate_no"])


@pytest.mark.requirement("ENR-28")
@pytest.mark.article("GX2017 §16")
def test_refused_on_the_other_side_the_old_relation_stands_as_if_unbroken(person, leave, there):
    left = leave()
    commands.return_transfer(
        transfer_id=left.pk, version=left.version, reason="不符合转入条件", operator=there, now=REFUSED_AT
    )
    facts = queries.facts(person.pk, date(2018, 5, 20))
    assert (facts.status, facts.enrolled_until, facts.pooling_area) == (EnrolmentStatus.ACTIVE, None, AREA)
    assert queries.facts(person.pk, date(2018, 5, 12)).status == EnrolmentStatus.ACTIVE
    assert Enrolment.objects.filter(person=person).count() == 1
    held = Transfer.objects.get()
    assert (held.state, held.end_reason) == (TransferState.RETURNED, "不符合转入条件")
    assert transfers.document(held.number, DocumentKind.ANSWER).content["transfer"]["result"] == "returned"
    assert leave(request_id="b").state == TransferState.AWAITING, "it may be asked for again"


@pytest.mark.requirement("ENR-28")
def test_a_suspension_that_the_transfer_ended_stands_again_after_the_return(person, leave, there, clerk):
    enrolling.suspend(person_id=person.pk, suspended_from=date(2018, 4, 1), reason="参军", operator=clerk, now=OUT_AT)
    left = leave()
    commands.withdraw_transfer(
        transfer_id=left.pk, version=left.version, reason="本人撤回", operator=clerk, now=REFUSED_AT
    )
    facts = queries.facts(person.pk, date(2018, 5, 20))
    assert (facts.status, facts.suspended_from, facts.suspended_until) == (
        EnrolmentStatus.SUSPENDED,
        date(2018, 4, 1),
        None,
    )


@pytest.mark.requirement("ENR-28")
def test_two_clerks_on_one_transfer_and_the_second_is_told(leave, there, clerk):
    left = leave()
    come(left, there)
    with pytest.raises(commands.ChangedMeanwhile):
        come(left, there)
    left.refresh_from_db()
    for act in (commands.return_transfer, commands.withdraw_transfer):
        with pytest.raises(commands.NotInState):
            act(
                transfer_id=left.pk,
                version=left.version,
                reason="迟",
                operator=there if act is commands.return_transfer else clerk,
                now=REFUSED_AT,
            )


@pytest.mark.requirement("ENR-26")
def test_the_side_joined_works_in_its_own_area_and_the_side_left_cannot_do_it(leave, there, clerk):
    left = leave()
    with pytest.raises(OutOfScope):
        come(left, clerk)
    with pytest.raises(OutOfScope):
        come(left, there, unit=VILLAGE)
    with pytest.raises(OutOfScope):
        commands.return_transfer(transfer_id=left.pk, version=left.version, reason="x", operator=clerk, now=REFUSED_AT)
    with pytest.raises(commands.ReasonMissing):
        commands.return_transfer(transfer_id=left.pk, version=left.version, reason=" ", operator=there, now=REFUSED_AT)
    assert Transfer.objects.get().state == TransferState.AWAITING


@pytest.mark.requirement("ENR-26")
@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        pytest.param({"to_area": AREA}, commands.SameArea, id="the same area"),
        pytest.param({"to_area": "4502"}, transfer_cases.AreaCodeFaulty, id="no area code"),
        pytest.param({"to_area": "990100"}, transfer_cases.AreaUnknown, id="no such area"),
        pytest.param({"to_area": "460100"}, transfer_cases.AgencyMissing, id="abroad without an agency"),
        pytest.param({"starts_on": "2017-08-01"}, commands.DayAstray, id="before it began"),
        pytest.param({"starts_on": "2018-07-01"}, commands.DayAstray, id="too far ahead"),
    ],
)
def test_the_counter_says_what_the_review_would_refuse(leave, values, refusal):
    with pytest.raises(refusal):
        leave(**values)
    assert not Transfer.objects.exists()


@pytest.mark.requirement("ENR-26")
def test_one_transfer_at_a_time(person, leave, there, clerk):
    left = leave()
    with pytest.raises(commands.TransferOpen, match=left.number):
        leave(request_id="b")
    with pytest.raises(IntegrityError, match="transfer_one_open"), transaction.atomic():
        Transfer.objects.create(
            number="x", kind="area", side="both", state="awaiting", person=person, starts_on=STARTS, made_at=OUT_AT
        )


@pytest.mark.requirement("ENR-26")
def test_whoever_enrolled_elsewhere_meanwhile_is_not_taken_in_twice(person, leave, there, clerk, enrol):
    left = leave()
    enrol(name="韦大", certificate_no=person.certificate_no, enrolled_on=date(2018, 5, 12), now=IN_AT, operator=clerk)
    with pytest.raises(persons.AlreadyEnrolled):
        come(left, there)


@pytest.mark.requirement("ENR-26")
@pytest.mark.parametrize("before", list(TransferState))
@pytest.mark.parametrize("after", list(TransferState))
def test_a_transfer_moves_only_as_the_table_allows(person, before, after):
    held = Transfer(
        number="x",
        kind="area",
        side="out",
        state=before,
        person=person,
        starts_on=STARTS,
        made_at=OUT_AT,
        ended_at=None if before in ("out_done", "awaiting") else OUT_AT,
        end_reason="x" if before in ("returned", "withdrawn") else "",
    )
    held.save()
    if (before, after) in TRANSITIONS:
        commands._move(held, after, now=IN_AT, reason="x")
        assert Transfer.objects.get().state == after
    else:
        with pytest.raises(commands.NotInState):
            commands._move(held, after, now=IN_AT, reason="x")


TAKES_A_JOB = date(2018, 7, 1)
JUNE = datetime(2018, 6, 20, 2, tzinfo=UTC)


@pytest.mark.requirement("ENR-27")
@pytest.mark.article("GX2017 §17")
def test_a_resident_takes_a_job_in_july_and_both_schemes_are_shown_apart(person, leave, hire, clerk):
    left = leave(
        "change_scheme",
        now=JUNE,
        received=("form", "certificate", "contract"),
        to_scheme="employee",
        starts_on=TAKES_A_JOB.isoformat(),
        employer="青山机械厂",
    )
    proof = transfers.document(left.number, DocumentKind.PROOF)
    assert [one["year"] for one in proof.content["paid"]] == [2017, 2018], "the certificate lists the paid years"
    assert left.state == TransferState.OUT_DONE
    county = hire("eligibility", at=AREA)
    letter = commands.send_letter(transfer_id=left.pk, version=left.version, operator=county, now=JUNE)
    left.refresh_from_db()
    assert left.state == TransferState.AWAITING
    with pytest.raises(commands.DocumentMissing, match="关系转移接续信息表"):
        come(left, county, unit=AREA, now=JUNE)
    table = commands.send_table(transfer_id=left.pk, version=left.version, operator=county, now=JUNE)
    left.refresh_from_db()
    come(left, county, unit=AREA, now=JUNE)
    for one in (proof, letter, table):
        one.refresh_from_db()
        assert one.acknowledged_at == JUNE
    assert queries.facts(person.pk, date(2018, 6, 30)).scheme == Scheme.RESIDENT
    facts = queries.facts(person.pk, TAKES_A_JOB)
    assert (facts.scheme, facts.category, facts.status) == (
        Scheme.EMPLOYEE,
        PersonCategory.WORKING,
        EnrolmentStatus.ACTIVE,
    )
    details = employers.EmployerDetails(name="青山机械厂", legal_person="覃", contact="韦", phone="1")
    employer = employers.register_employer(
        unit_code=AREA, pooling_area=AREA, code="U001", details=details, operator=clerk, now=JUNE
    )
    employers.add_member(
        employer_id=employer.pk,
        person_id=person.pk,
        month=TAKES_A_JOB,
        category=MemberCategory.WORKING,
        wage_base_fen=500_000,
        operator=clerk,
        now=JUNE,
    )
    periods = transfers.periods_of(person.pk)
    assert [one.year for one in periods.resident] == [2017, 2018]
    assert [(one.employer, one.month_from) for one in periods.employee] == [("青山机械厂", TAKES_A_JOB)]


@pytest.mark.requirement("ENR-27")
def test_a_letter_is_sent_once_and_the_table_only_after_it(leave, hire):
    left = leave(
        "change_scheme",
        now=JUNE,
        received=("form", "certificate", "contract"),
        to_scheme="employee",
        starts_on="2018-07-01",
    )
    county = hire("eligibility", at=AREA)
    with pytest.raises(commands.DocumentMissing, match="联系函"):
        commands.send_table(transfer_id=left.pk, version=left.version, operator=county, now=JUNE)
    commands.send_letter(transfer_id=left.pk, version=left.version, operator=county, now=JUNE)
    left.refresh_from_db()
    with pytest.raises(commands.DocumentTwice):
        commands.send_letter(transfer_id=left.pk, version=left.version, operator=county, now=JUNE)
