"""Certificates: what they say, that they stay as issued, copies, what supersedes them, and how they are checked."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from pypdf import PdfReader

from tongchou.contributions import commands as contributions
from tongchou.contributions.tests.paying import record_contribution
from tongchou.enrolment import commands as enrolment
from tongchou.kernel.money import Money
from tongchou.platform.checks import NoPermission, OutOfScope
from tongchou.platform.queries import Operator
from tongchou.platform.tests.at_once import ended_at_once
from tongchou.platform.tests.conftest import Hire
from tongchou.rights import commands, contents, drafting
from tongchou.rights.commands import batches
from tongchou.rights.commands.batches import NobodyInUnit
from tongchou.rights.commands.certificates import (
    ALPHABET,
    CODE_LENGTH,
    AtCounterOnly,
    CertificateUnknown,
    CertificateWithdrawn,
    WithdrawalUnreasoned,
    new_code,
)
from tongchou.rights.commands.verifying import MISSES, NoSuchPaper, TooManyChecks, spelled
from tongchou.rights.contents import Content
from tongchou.rights.drafting import NoHousehold, NothingToProve, PeriodUnfit, PersonNotKnown, YearUnfit
from tongchou.rights.models import Certificate
from tongchou.rights.states import CertificateKind, CertificateState, Way
from tongchou.rights.tests.conftest import NOW, TODAY, VILLAGE, Family
from tongchou.rights.web import paper
from tongchou.settlement import commands as settlement
from tongchou.settlement.tests import world

Issue = Callable[..., Certificate]


@pytest.fixture
def issue(issuer: Operator) -> Issue:
    """Issues a certificate at the counter."""

    def one(kind: CertificateKind, person_id: int, **asked: Any) -> Certificate:
        return commands.issue_certificate(
            kind, person_id=person_id, operator=issuer, now=asked.pop("now", NOW), **asked
        )

    return one


def _content(certificate: Certificate) -> Content:
    return contents.from_kept(certificate.content)


def _text(certificate: Certificate, *, copy: int = 1) -> str:
    made = paper.certificate_pdf(certificate, copy=copy, verify_at="https://example.org/public/verify/", now=NOW)
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages)


# --- what they say --------------------------------------------------------------------------------------------------


@pytest.mark.requirement("CON-14")
def test_a_contribution_certificate_says_year_amount_date_channel_and_voucher(paid: Family, issue: Issue) -> None:
    made = issue(CertificateKind.CONTRIBUTION, paid.head.id, year=2018)
    (table,) = _content(made).tables
    assert table.rows == (("2018", "180.00", "0.00", "2017-10-20", "银行托收", "桂财票00012341"),)
    printed = _text(made)
    for told in ("2018", "180.00", "2017-10-20", "银行托收", "桂财票00012341", made.number, paper.spaced(made.code)):
        assert told in printed, told


@pytest.mark.requirement("CON-14")
def test_a_household_pays_on_one_certificate(paid: Family, issue: Issue) -> None:
    made = issue(CertificateKind.HOUSEHOLD_CONTRIBUTION, paid.wife.id, year=2018)
    (table,) = _content(made).tables
    assert [(row[0], row[1], row[2]) for row in table.rows] == [
        ("韦大山", "户主", "180.00"),
        ("黄秀英", "配偶", "180.00"),
    ]
    assert [(one.label, one.value) for one in table.sums] == [("缴费人数", "2人"), ("合计", "360.00")]


@pytest.mark.requirement("ENR-35")
@pytest.mark.article("GX2017 §19")
def test_an_enrolment_certificate_tells_status_and_past(family: Family, issue: Issue, clerk: Operator) -> None:
    day = TODAY.replace(month=4, day=1)
    enrolment.suspend(person_id=family.head.id, suspended_from=day, reason="外出务工", operator=clerk, now=NOW)
    content = _content(issue(CertificateKind.ENROLMENT, family.head.id))
    about = {one.label: one.value for one in content.about}
    assert about["参保状态"] == "停保"
    assert about["证件号码"] == family.head.certificate_no
    assert content.tables[0].rows[0][3:] == ("2016-09-01", "至今", "停保 2018-04-01 至 至今")


@pytest.mark.requirement("ENR-35")
def test_a_household_certificate_lists_its_members_head_first(family: Family, issue: Issue) -> None:
    content = _content(issue(CertificateKind.HOUSEHOLD, family.son.id))
    (table,) = content.tables
    assert [row[0] for row in table.rows] == ["韦大山", "黄秀英", "韦小山"]
    assert family.wife.certificate_no not in str(content)


@pytest.mark.requirement("RIG-02")
@pytest.mark.article("JL2019 §54")
def test_a_benefit_certificate_sums_what_the_funds_paid(billed: Family, issue: Issue) -> None:
    (table,) = _content(issue(CertificateKind.BENEFIT, billed.head.id, year=2018)).tables
    assert [(row[0], row[4]) for row in table.rows] == [("2018-04-20", "6,225.00"), ("2018-05-16", "210.00")]
    assert {one.label: one.value for one in table.sums}["基金支付"] == "6,435.00"


@pytest.mark.requirement("RIG-11")
def test_the_yearly_statement_shows_what_was_paid_in_and_out(billed: Family, issue: Issue) -> None:
    made = issue(CertificateKind.STATEMENT, billed.head.id, year=2018)
    printed = _text(made)
    assert "2018年度基本医疗保险个人权益单" in printed
    assert "180.00" in printed
    assert "6,435.00" in printed


@pytest.mark.requirement("RIG-11")
def test_a_reversed_bill_does_not_count_in_the_statement(billed: Family, issue: Issue) -> None:
    visit, settled = world.settled_visit(billed.head.patient, world.classes(a="100"), "2018-05-10")
    world.cancel(visit, settled.settlement_id)
    tables = _content(issue(CertificateKind.STATEMENT, billed.head.id, year=2018)).tables
    assert {one.label: one.value for one in tables[1].sums}["基金支付"] == "6,435.00"


@pytest.mark.requirement("RIG-06")
@pytest.mark.article("NM-ACCT §2")
def test_the_statement_of_an_account_shows_the_interest(paid: Family, issue: Issue) -> None:
    for amount, document in (("120.00", "2018年3月划入"), ("3.50", "2017年度计息")):
        settlement.credit_account(
            pooling_area=world.AREA,
            person_id=paid.head.id,
            amount=Money.yuan(amount),
            document=document,
            operator="007",
            now=NOW,
        )
    account = _content(issue(CertificateKind.STATEMENT, paid.head.id, year=2018)).tables[-1]
    assert ("2018-05-16", "2017年度计息", "3.50") in account.rows
    assert {one.label: one.value for one in account.sums}["现有余额"] == "123.50"


@pytest.mark.requirement("ENR-35")
def test_a_roster_stands_by_household_with_masked_numbers_and_a_total(paid: Family, issuer: Operator) -> None:
    made = commands.issue_roster(unit_code=VILLAGE, operator=issuer, now=NOW)
    content = _content(made)
    (table,) = content.tables
    assert [(row[0], row[2], row[3]) for row in table.rows] == [
        ("1", "韦大山", "户主"),
        ("2", "黄秀英", "配偶"),
        ("3", "韦小山", "子女"),
    ]
    assert table.rows[0][4] == f"{paid.head.certificate_no[:6]}********{paid.head.certificate_no[-4:]}"
    assert {one.label: one.value for one in content.about}["参保人数"] == "3人"
    printed = _text(made)
    assert "1户3人" in printed
    assert paid.head.certificate_no not in printed
    assert "第 1 页 / 共 1 页" in printed


# --- refusals -------------------------------------------------------------------------------------------------------


def test_nobody_unknown_gets_a_certificate(issue: Issue, family: Family) -> None:
    with pytest.raises(PersonNotKnown, match="没有编号"):
        issue(CertificateKind.ENROLMENT, 10**9)


@pytest.mark.parametrize("kind", [CertificateKind.CONTRIBUTION, CertificateKind.BENEFIT, CertificateKind.STATEMENT])
def test_nothing_is_proven_that_is_not_there(family: Family, issue: Issue, kind: CertificateKind) -> None:
    with pytest.raises(NothingToProve):
        issue(kind, family.son.id, year=2017)


def test_a_household_that_paid_nothing_gets_no_certificate_of_it(family: Family, issue: Issue) -> None:
    with pytest.raises(NothingToProve, match="家庭缴费"):
        issue(CertificateKind.HOUSEHOLD_CONTRIBUTION, family.head.id, year=2018)


@pytest.mark.parametrize("year", [1997, 2020])
def test_a_year_long_ago_or_to_come_is_refused(family: Family, issue: Issue, year: int) -> None:
    with pytest.raises(YearUnfit):
        issue(CertificateKind.CONTRIBUTION, family.head.id, year=year)


def test_a_benefit_period_has_its_limit_and_its_order(billed: Family, issue: Issue) -> None:
    for since in (TODAY + timedelta(days=1), TODAY - timedelta(days=366 * 6)):
        with pytest.raises(PeriodUnfit):
            issue(CertificateKind.BENEFIT, billed.head.id, since=since)


def test_who_has_no_household_gets_no_family_paper(enrol: Any, issue: Issue) -> None:
    alone = enrol(now=NOW).person_id
    with pytest.raises(NoHousehold):
        issue(CertificateKind.HOUSEHOLD, alone)


def test_an_empty_village_has_no_roster(issuer: Operator, rules: None) -> None:
    with pytest.raises(NothingToProve):
        commands.issue_roster(unit_code=VILLAGE, operator=issuer, now=NOW)


@pytest.mark.requirement("ORG-02")
def test_another_county_gives_out_nothing(paid: Family, hire: Hire) -> None:
    elsewhere = hire("clerk", at="450103")
    with pytest.raises(OutOfScope):
        commands.issue_certificate(CertificateKind.ENROLMENT, person_id=paid.head.id, operator=elsewhere, now=NOW)
    with pytest.raises(OutOfScope):
        commands.issue_roster(unit_code=VILLAGE, operator=elsewhere, now=NOW)


def test_who_may_only_look_issues_nothing(paid: Family, hire: Hire) -> None:
    archivist = hire("archivist", at="450100")
    with pytest.raises(NoPermission):
        commands.issue_certificate(CertificateKind.ENROLMENT, person_id=paid.head.id, operator=archivist, now=NOW)


@pytest.mark.requirement("RIG-04")
@pytest.mark.parametrize(
    "kind",
    [
        CertificateKind.HOUSEHOLD,
        CertificateKind.HOUSEHOLD_CONTRIBUTION,
        CertificateKind.ROSTER,
        CertificateKind.EXTRACT,
    ],
)
def test_papers_about_others_are_not_for_the_web(paid: Family, kind: CertificateKind) -> None:
    with pytest.raises(AtCounterOnly):
        commands.issue_certificate(kind, person_id=paid.head.id, operator=None, way=Way.WEB, now=NOW)


# --- as issued ------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("RIG-02")
def test_the_same_paper_asked_for_twice_is_one_paper(paid: Family, issue: Issue) -> None:
    first = issue(CertificateKind.CONTRIBUTION, paid.head.id, year=2018)
    again = issue(CertificateKind.CONTRIBUTION, paid.head.id, year=2018, now=NOW + timedelta(minutes=1))
    assert again.number == first.number
    assert first.content_hash == contents.hash_of(_content(first))


def test_a_fresh_paper_of_another_day_leaves_the_older_one_valid(paid: Family, issue: Issue) -> None:
    first = issue(CertificateKind.CONTRIBUTION, paid.head.id, year=2018)
    later = issue(CertificateKind.CONTRIBUTION, paid.head.id, year=2018, now=NOW + timedelta(days=30))
    assert later.number != first.number
    first.refresh_from_db()
    assert first.state is CertificateState.VALID


@pytest.mark.requirement("RIG-02")
def test_a_correction_supersedes_the_paper(paid: Family, issue: Issue, cashier: Operator) -> None:
    first = issue(CertificateKind.CONTRIBUTION, paid.head.id, year=2018)
    wrong = record_contribution(
        person_id=paid.head.id,
        benefit_year=2018,
        amount_fen=18_000,
        paid_on=TODAY.replace(year=2017, month=10, day=20),
        channel="bank",
        receipt_no="桂财票00012341",
        operator=cashier,
        now=NOW,
    )
    contributions.correct_contribution(
        contribution_id=wrong.pk,
        amount_fen=18_000,
        paid_on=TODAY.replace(year=2017, month=11, day=2),
        reason="日期录错",
        operator=cashier,
        now=NOW,
    )
    later = issue(CertificateKind.CONTRIBUTION, paid.head.id, year=2018)
    first.refresh_from_db()
    assert first.state is CertificateState.SUPERSEDED
    assert first.superseded_by_id == later.pk
    assert _content(first).tables[0].rows[0][3] == "2017-10-20"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE rights_certificate SET content = '{}'",
        "UPDATE rights_certificate SET code = 'X'",
        "UPDATE rights_certificate SET number = number || 'X'",
        "DELETE FROM rights_certificate",
        "UPDATE rights_certificateprint SET print_no = 9",
        "DELETE FROM rights_certificateprint",
    ],
)
def test_the_database_lets_nobody_edit_what_was_issued(paid: Family, issue: Issue, change: str) -> None:
    made = issue(CertificateKind.ENROLMENT, paid.head.id)
    commands.print_certificate(number=made.number, operator=None, way=Way.WEB, now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.requirement("ORG-20")
def test_numbers_have_no_gap_although_one_is_refused_in_between(paid: Family, issue: Issue) -> None:
    first = issue(CertificateKind.ENROLMENT, paid.head.id)
    with pytest.raises(NothingToProve):
        issue(CertificateKind.BENEFIT, paid.son.id, year=2018)
    second = issue(CertificateKind.ENROLMENT, paid.wife.id)
    assert (first.number, second.number) == ("450100-2018-QY-00000001", "450100-2018-QY-00000002")


# --- copies ---------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("ORG-21")
def test_the_second_copy_says_so_and_says_the_same(paid: Family, issue: Issue, issuer: Operator) -> None:
    made = issue(CertificateKind.CONTRIBUTION, paid.head.id, year=2018)
    copies = [
        commands.print_certificate(number=made.number, operator=issuer, way=Way.COUNTER, now=NOW) for _ in range(3)
    ]
    assert copies == [1, 2, 3]
    first, third = _text(made, copy=1), _text(made, copy=3)
    assert "补打" not in first
    assert "补打2" in third
    assert third.replace("补打2", "").split() == first.split()


def test_an_unknown_or_withdrawn_paper_is_not_printed(paid: Family, issue: Issue, issuer: Operator) -> None:
    with pytest.raises(CertificateUnknown):
        commands.print_certificate(number="X", operator=issuer, way=Way.COUNTER, now=NOW)
    made = issue(CertificateKind.ENROLMENT, paid.head.id)
    with pytest.raises(WithdrawalUnreasoned):
        commands.withdraw_certificate(number=made.number, reason=" ", operator=issuer, now=NOW)
    for _ in range(2):
        commands.withdraw_certificate(number=made.number, reason="信息有误", operator=issuer, now=NOW)
    with pytest.raises(CertificateWithdrawn):
        commands.print_certificate(number=made.number, operator=issuer, way=Way.COUNTER, now=NOW)


# --- checking -------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("RIG-02")
def test_the_code_on_the_paper_finds_the_same_content(paid: Family, issue: Issue) -> None:
    made = issue(CertificateKind.CONTRIBUTION, paid.head.id, year=2018)
    found = commands.verify(paper.spaced(made.code).lower(), address="10.0.0.1", now=NOW)
    assert found.pk == made.pk
    shown = contents.masked(_content(found))
    assert shown.tables == _content(made).tables
    assert {one.label: one.value for one in shown.about}["姓名"] == "韦*山"
    assert paid.head.certificate_no not in str(shown)


def test_a_code_is_long_enough_and_holds_no_look_alikes() -> None:
    assert len(ALPHABET) ** CODE_LENGTH >= 2**80
    assert not set("ILOU") & set(ALPHABET)
    assert len({new_code() for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("abcd efgh-jkmn pqrs", "ABCDEFGHJKMNPQRS"), ("OIL0-1234", "01101234"), ("  ", ""), ("——", "")],
)
def test_a_code_is_read_as_it_was_meant(typed: str, meant: str) -> None:
    assert spelled(typed) == meant


@pytest.mark.parametrize("code", ["", "X", "0" * 16, "' OR 1=1 --", "验" * 16, "0" * 400])
def test_what_does_not_exist_is_not_there_and_nothing_more(paid: Family, issue: Issue, code: str) -> None:
    issue(CertificateKind.ENROLMENT, paid.head.id)
    with pytest.raises(NoSuchPaper, match="查无此件"):
        commands.verify(code, address="10.0.0.2", now=NOW)


def test_whoever_guesses_is_stopped_for_a_while_and_others_are_not(paid: Family, issue: Issue) -> None:
    made = issue(CertificateKind.ENROLMENT, paid.head.id)
    for _ in range(MISSES):
        with pytest.raises(NoSuchPaper):
            commands.verify("0" * 16, address="10.0.0.3", now=NOW)
    with pytest.raises(TooManyChecks):
        commands.verify(made.code, address="10.0.0.3", now=NOW)
    assert commands.verify(made.code, address="10.0.0.4", now=NOW).pk == made.pk
    assert commands.verify(made.code, address="10.0.0.3", now=NOW + timedelta(minutes=11)).pk == made.pk


# --- a whole village ------------------------------------------------------------------------------------------------


@pytest.mark.requirement("RIG-11")
def test_the_statements_of_a_village_are_made_a_part_at_a_time(
    billed: Family, issuer: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PART", 1)
    started = commands.start_batch(unit_code=VILLAGE, year=2018, operator=issuer, now=NOW)
    assert commands.start_batch(unit_code=VILLAGE, year=2018, operator=issuer, now=NOW).pk == started.pk
    steps = 0
    while commands.work_on_batch(started.pk, now=NOW):
        steps += 1
        started.refresh_from_db()
        assert started.done == min(steps, 3)
    started.refresh_from_db()
    assert started.finished_at is not None
    assert len(started.certificates) == 2  # the son neither paid nor was treated
    papers = commands.print_batch(started.pk, start=0, size=10, operator=issuer, now=NOW)
    made = paper.certificates_pdf(papers, title="权益单", verify_at="https://example.org/v/", now=NOW)
    pages = [page.extract_text() for page in PdfReader(BytesIO(made)).pages]
    assert "6,435.00" in pages[0]
    assert "黄秀英" in pages[1]
    assert "第 2 页 / 共 2 页" in pages[1]


def test_a_batch_left_behind_goes_on_and_a_cancelled_one_does_not(paid: Family, issuer: Operator) -> None:
    left = commands.start_batch(unit_code=VILLAGE, year=2018, operator=issuer, now=NOW)
    assert batches.go_on(NOW + timedelta(seconds=30)) == 0
    assert batches.go_on(NOW + timedelta(minutes=2)) == 1
    left.refresh_from_db()
    assert left.finished_at is not None
    other = commands.start_batch(unit_code=VILLAGE, year=2017, operator=issuer, now=NOW)
    commands.cancel_batch(other.pk, operator=issuer, now=NOW)
    assert not commands.work_on_batch(other.pk, now=NOW)
    assert batches.go_on(NOW + timedelta(minutes=2)) == 0


def test_a_batch_of_a_year_to_come_or_of_nobody_is_refused(paid: Family, issuer: Operator) -> None:
    with pytest.raises(YearUnfit):
        commands.start_batch(unit_code=VILLAGE, year=2019, operator=issuer, now=NOW)
    with pytest.raises(NobodyInUnit):
        commands.start_batch(unit_code="450102002", year=2018, operator=issuer, now=NOW)


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("RIG-02")
def test_ten_windows_asking_at_once_get_one_paper(paid: Family, issue: Issue) -> None:
    numbers = ended_at_once(*[lambda: issue(CertificateKind.CONTRIBUTION, paid.head.id, year=2018).number] * 10)
    assert numbers == [Certificate.objects.get().number] * 10


def test_a_draft_asks_a_bounded_number_of_questions(
    billed: Family, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(20):
        day = datetime(2018, 3, 1) + timedelta(days=number)  # noqa: DTZ001  a day of the calendar
        world.settled_visit(billed.head.patient, world.classes(a="10"), day.date().isoformat())
    with django_assert_max_num_queries(12):
        drafting.draft(CertificateKind.STATEMENT, person_id=billed.head.id, on=TODAY, year=2018)
