"""财政补助: counted from the register, frozen, submitted by three persons, followed into the fiscal account."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from tongchou.contributions.models import (
    AidItem,
    AidList,
    AidPlan,
    Contribution,
    ContributionStandard,
    ImportBatch,
    SubsidyApplication,
    SubsidyArrival,
    SubsidyDifference,
    SubsidyHead,
    SubsidyLevel,
    SubsidyLine,
    SubsidySettlement,
    SubsidySnapshot,
)
from tongchou.contributions.subsidies import applications, arrivals, counting, invariants, shares
from tongchou.contributions.subsidies.applications import (
    AnotherPerson,
    ApplicationElsewhere,
    ApplicationUnknown,
    AppliedAboveOrBelow,
    AppliedAlready,
    ApprovalIncomplete,
    ApprovedTooMuch,
    CountDateUnfit,
    ExtractDiffers,
    NobodyCounts,
    NotCounted,
    ReturnReasonMissing,
)
from tongchou.contributions.subsidies.arrivals import GrantedTooMuch, GrantUnderWay, LevelUnknown, NotPrepaid
from tongchou.contributions.subsidies.shares import SharesDiffer, SharesInUse, SharesUnfit, StandardUnknown
from tongchou.contributions.subsidies.states import Level, Purpose
from tongchou.contributions.tests.paying import post_slip
from tongchou.enrolment.states import Scheme
from tongchou.enrolment.tests.conftest import VILLAGE
from tongchou.fund import commands as fund
from tongchou.fund.states import BankAccountKind
from tongchou.platform import checks
from tongchou.platform import queries as platform
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import unguarded as unguarded
from tongchou.platform.tests.factors import bind

Person = apps.get_model("enrolment.Person")
Notice = apps.get_model("platform.Notice")
AREA = "450100"
YEAR = 2018
NOW = datetime(2018, 6, 29, 2, tzinfo=UTC)
TODAY = date(2018, 6, 29)
COUNT_ON = date(2018, 3, 31)
EACH = {Level.CENTRAL: 39_000, Level.PROVINCE: 5_000, Level.CITY: 2_000, Level.COUNTY: 3_000}
"""490.00 yuan a head in all (test values)."""

_CROWD = """
WITH people AS (
    INSERT INTO enrolment_person (person_no, certificate_type, certificate_no, name, name_initials, sex, ethnicity,
        born_on, phone, address, hukou_area, pooling_area_id, unit_code, household_relation, created_at)
    SELECT 'P' || lpad(n::text, 8, '0'), '01', '450102' || to_char(date '1960-01-01' + n, 'YYYYMMDD') || '001X',
           '韦' || n, '', '1', '01', date '1960-01-01' + n, '', '', '', %(area)s, %(unit)s, '', %(now)s
      FROM generate_series(%(first)s::int, %(last)s::int) n RETURNING id
), enrolled AS (
    INSERT INTO enrolment_enrolment (person_id, pooling_area_id, scheme, unit_code, category, enrolled_from, end_reason,
        created_at)
    SELECT id, %(area)s, 'resident', %(unit)s, 'adult', date '2016-01-01', '', %(now)s FROM people
)
INSERT INTO contributions_contribution (person_id, pooling_area_id, scheme, benefit_year, amount_fen, aided_fen,
    fund_aided_fen, paid_in_full_on, kind, channel, receipt_no, void_reason, batch_id, created_at)
SELECT id, %(area)s, 'resident', %(year)s, 18000, 0, 0, date '2017-10-15', 'continuous', 'bank', '', '', %(batch)s,
       %(now)s
  FROM people
"""


class Office:
    """测算 by eligibility, 复核 by the second reviewer, 上报 by the leader; finance with open books."""

    def __init__(self, hire: Hire) -> None:
        self.maker = hire("eligibility", at=AREA)
        self.checker = hire("second_reviewer", at=AREA)
        self.leader = hire("leader", at=AREA)
        self.accountant = hire("accountant", at=AREA)
        self.finance = hire("finance_reviewer", at=AREA)
        self.device = bind(self.finance, NOW)
        self.people = 0
        self.minutes = 0
        fund.ensure_chart(pooling_area=AREA, scheme="resident")
        fund.open_period(pooling_area=AREA, scheme="resident", month=date(2018, 6, 1))
        self.standard = commands_standard(self.maker, YEAR)
        self.share()

    def share(self, year: int = YEAR, **changes: Any) -> Any:
        standard = ContributionStandard.objects.get(benefit_year=year, category="")
        given = {
            "standard_id": standard.pk,
            "each_fen": EACH,
            "source": "财社2018-1",
            "operator": self.maker,
            "now": NOW,
        }
        return shares.set_shares(**given | changes)

    def batch(self, voucher_no: str = "450100-2018-居收10-00001") -> ImportBatch:
        return ImportBatch.objects.create(
            pooling_area_id=AREA,
            scheme="resident",
            channel="bank",
            file_name="代扣",
            digest=f"{ImportBatch.objects.count():064d}",
            rows_accepted=1,
            rows_refused=0,
            amount_fen=1,
            voucher_no=voucher_no,
            operator_code="x",
            created_at=NOW,
        )

    def crowd(self, heads: int, *, batch: ImportBatch | None = None, year: int = YEAR, unit: str = VILLAGE) -> None:
        """So many persons, enrolled since 2016, who have paid the year."""
        first, self.people = self.people + 1, self.people + heads
        with connection.cursor() as cursor:
            cursor.execute(
                _CROWD,
                {
                    "area": AREA,
                    "unit": unit,
                    "first": first,
                    "last": self.people,
                    "year": year,
                    "batch": (batch or self.batch()).pk,
                    "now": NOW,
                },
            )
            if heads > 1_000:
                cursor.execute("ANALYZE enrolment_person, enrolment_enrolment, contributions_contribution")

    def open(self, **changes: Any) -> SubsidyApplication:
        given = {
            "unit_code": AREA,
            "benefit_year": YEAR,
            "purpose": Purpose.ADVANCE,
            "count_on": COUNT_ON,
            "report_by": date(2018, 5, 31),
            "due_dates": {Level.COUNTY: date(2018, 6, 30)},
            "operator": self.maker,
            "now": NOW,
            "today": TODAY,
        }
        return applications.open_application(**given | changes)

    def counted(self, made: SubsidyApplication | None = None) -> SubsidyApplication:
        made = made or self.open()
        begun = applications.begin_count(number=made.number, operator=self.maker, now=NOW)
        counting.count(begun.pk)
        made.refresh_from_db()
        return made

    def submitted(self, made: SubsidyApplication | None = None) -> SubsidyApplication:
        made = self.counted(made)
        applications.review(number=made.number, operator=self.checker, now=NOW)
        return applications.submit(number=made.number, operator=self.leader, now=NOW)

    def approved(self, made: SubsidyApplication | None = None, **approved: int) -> SubsidyApplication:
        made = self.submitted(made)
        return applications.approve(
            number=made.number,
            approval_no="财社〔2018〕9号",
            approved_on=TODAY,
            approved_fen={Level(name): fen for name, fen in approved.items()},
            operator=self.maker,
            now=NOW,
            today=TODAY,
        )

    def grant(self, level: SubsidyLevel, fen: int, paper: str = "拨款1") -> str:
        return arrivals.note_grant(
            level_id=level.pk, amount_fen=fen, payer="县财政局", paper=paper, operator=self.accountant, now=NOW
        )

    def arrive(self, level: SubsidyLevel, fen: int, paper: str = "拨款1") -> None:
        """The letter, the bank's entry, both matched and reviewed."""
        post_slip(
            self,
            self.grant(level, fen, paper),
            fen=fen,
            reference=f"{level.pk}{paper}",
            booked_on=TODAY,
            now=NOW,
            payer="县财政局",
            scheme="resident",
            account=BankAccountKind.SPECIAL,
        )


def commands_standard(operator: Any, year: int) -> ContributionStandard:
    return ContributionStandard.objects.create(
        pooling_area_id=AREA,
        scheme=Scheme.RESIDENT,
        benefit_year=year,
        personal_fen=18_000,
        subsidy_fen=49_000,
        source=f"{operator.staff_code}测试文件",
    )


@pytest.fixture
def office(hire: Hire) -> Office:
    return Office(hire)


def persons(first: int, last: int) -> Any:
    return Person.objects.filter(person_no__gte=f"P{first:08d}", person_no__lte=f"P{last:08d}")


def twelve_twice_and_eight_dead() -> None:
    """12 of the crowd are merged into 12 others, 8 have died before the day of the count."""
    twins = persons(101, 112).order_by("person_no")
    for one, kept in zip(twins, persons(1, 12).order_by("person_no"), strict=True):
        Person.objects.filter(pk=one.pk).update(merged_into=kept)
    persons(201, 208).update(died_on=date(2018, 3, 1))


def level_of(made: SubsidyApplication, level: Level) -> SubsidyLevel:
    return made.levels.get(level=level)


@pytest.mark.requirement("CON-26")
@pytest.mark.article("GX2017 §29")
def test_of_10000_paid_heads_9980_count_and_20_are_listed_with_their_reason(office):
    office.crowd(10_000)
    twelve_twice_and_eight_dead()
    made = office.counted()
    snapshot = made.snapshot
    assert (snapshot.found, snapshot.counted, snapshot.excluded) == (10_000, 9_980, 20)
    listed = list(SubsidyHead.objects.filter(snapshot=snapshot).exclude(verdict="").values_list("verdict", "kept"))
    assert sorted(verdict for verdict, _ in listed) == ["dead"] * 8 + ["duplicate"] * 12
    assert {kept for verdict, kept in listed if verdict == "duplicate"} == {f"P{n:08d}" for n in range(1, 13)}
    line = SubsidyLine.objects.get(snapshot=snapshot)
    assert (line.category, line.heads, line.county_fen) == ("adult", 9_980, 9_980 * 3_000)
    assert line.total_fen == 9_980 * 49_000


@pytest.mark.requirement("CON-27")
@pytest.mark.article("GX2017 §30")
def test_the_submitted_number_comes_again_from_the_frozen_extract_whatever_happens_since(office):
    office.crowd(10_000)
    twelve_twice_and_eight_dead()
    made = office.submitted()
    persons(301, 305).update(died_on=date(2018, 1, 5))
    assert applications.verify(number=made.number, operator=office.checker, now=NOW)
    assert sum(counting.counted_again(made.snapshot_id).values()) == 9_980
    assert counting.digest_of(made.snapshot_id) == made.snapshot.digest
    difference = applications.state_difference(number=made.number, operator=office.maker, now=NOW)
    assert (difference.counted_before, difference.counted_now) == (9_980, 9_975)
    assert difference.amount_fen == -5 * 49_000 == sum(difference.rows.values_list("amount_fen", flat=True))
    assert set(difference.rows.values_list("before", "now")) == {("", "dead")}


@pytest.mark.requirement("CON-27")
@pytest.mark.article("QA2018 二(一)")
def test_no_cell_of_a_count_can_be_edited_and_no_number_put_in_by_hand(office):
    office.crowd(3)
    snapshot = office.counted().snapshot
    for change in (
        lambda: SubsidyLine.objects.update(heads=4),
        lambda: SubsidyHead.objects.update(verdict="dead"),
        lambda: SubsidyHead.objects.all().delete(),
        lambda: SubsidySnapshot.objects.filter(pk=snapshot.pk).update(counted=4),
        lambda: SubsidyLine.objects.create(
            snapshot=snapshot,
            category="senior",
            heads=100,
            central_each_fen=1,
            province_each_fen=1,
            city_each_fen=1,
            county_each_fen=1,
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.requirement("CON-27")
@pytest.mark.article("QA2018 二(一)")
def test_only_booked_and_reconciled_payments_of_enrolled_residents_count(office):
    office.crowd(2)
    office.crowd(3, batch=office.batch(voucher_no=""))
    office.crowd(4)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE enrolment_enrolment SET enrolled_until = '2018-02-01', end_reason = '迁出' WHERE person_id IN"
            " (SELECT id FROM enrolment_person WHERE person_no IN ('P00000006', 'P00000007'))"
        )
        cursor.execute(
            "UPDATE enrolment_enrolment SET scheme = 'employee', category = 'working' WHERE person_id IN"
            " (SELECT id FROM enrolment_person WHERE person_no = 'P00000008')"
        )
    snapshot = office.counted().snapshot
    found = dict(SubsidyHead.objects.filter(snapshot=snapshot).values_list("person_no", "verdict"))
    assert [found[f"P{n:08d}"] for n in range(1, 10)] == [
        *["", ""],
        *["unreconciled"] * 3,
        *["not_enrolled"] * 2,
        "employee",
        "",
    ]


@pytest.mark.requirement("CON-27")
def test_whose_aid_has_not_arrived_waits_and_counts_once_it_is_used(office):
    office.crowd(1)
    office.crowd(2, batch=office.batch(voucher_no=""))
    Contribution.objects.filter(person__person_no__gt="P00000001").update(aided_fen=18_000, fund_aided_fen=18_000)
    plan = AidPlan.objects.create(
        pooling_area_id=AREA,
        benefit_year=YEAR,
        mode="fund",
        ref_date=date(2017, 12, 31),
        source="x",
        staff_code="x",
        set_at=NOW,
    )
    listed = AidList.objects.create(
        plan=plan,
        pooling_area_id=AREA,
        department="civil_affairs",
        number="ZZ1",
        rows=1,
        amount_fen=18_000,
        made_by="x",
        made_at=NOW,
    )
    AidItem.objects.create(
        list=listed,
        line_no=1,
        plan=plan,
        person=Person.objects.get(person_no="P00000003"),
        unit_code=VILLAGE,
        category="dibao",
        standard_fen=18_000,
        amount_fen=18_000,
        state="used",
        arrived_on=COUNT_ON,
        answer="ok",
        confirmed_on=COUNT_ON,
    )
    snapshot = office.counted().snapshot
    found = dict(SubsidyHead.objects.filter(snapshot=snapshot).values_list("person_no", "verdict"))
    assert [found[f"P{n:08d}"] for n in range(1, 4)] == ["", "aid_waiting", ""]


@pytest.mark.parametrize(
    ("change", "duplicates"),
    [
        pytest.param({"certificate_type": "02"}, 1, id="同一号码两种证件"),
        pytest.param({"certificate_no": "450102600102001"}, 1, id="15位与18位身份证"),
        pytest.param({"certificate_no": "45010219600102002X"}, 0, id="他人"),
    ],
)
def test_two_records_of_one_human_being_count_once(office, change, duplicates):
    office.crowd(2)
    first = Person.objects.get(person_no="P00000001")
    facts = {"certificate_no": first.certificate_no, "born_on": first.born_on, "certificate_type": "01"}
    Person.objects.filter(person_no="P00000002").update(**facts | change)
    assert office.counted().snapshot.excluded == duplicates


@pytest.mark.article("GX2017 §31")
@pytest.mark.requirement("CON-28")
def test_a_county_share_of_500000_of_which_300000_came_lacks_200000_from_the_first_of_july(office):
    office.crowd(1)
    ContributionStandard.objects.update(subsidy_fen=50_000_000)
    office.share(each_fen={Level.COUNTY: 50_000_000})
    made = office.approved()
    county = level_of(made, Level.COUNTY)
    assert county.payable_fen == 50_000_000
    office.arrive(county, 30_000_000)
    county.refresh_from_db()
    assert county.outstanding_fen == 20_000_000
    assert arrivals.late(AREA, date(2018, 6, 30)) == []
    assert [one.outstanding_fen for one in arrivals.late(AREA, date(2018, 7, 1))] == [20_000_000]
    assert arrivals.remind(datetime(2018, 6, 30, 2, tzinfo=UTC)) == 0
    assert arrivals.remind(datetime(2018, 7, 1, 2, tzinfo=UTC)) == 1
    told = Notice.objects.filter(topic__startswith="subsidy.late")
    assert {one.recipient_id for one in told} == {office.maker.pk, office.accountant.pk}
    assert "尚欠200000.00元" in told[0].body
    arrivals.remind(datetime(2018, 7, 2, 2, tzinfo=UTC))
    assert told.count() == 2
    office.arrive(county, 20_000_000, "拨款2")
    assert arrivals.late(AREA, date(2018, 7, 3)) == []
    made.refresh_from_db()
    assert made.state == "arrived"
    assert invariants.broken(AREA, TODAY) == []


@pytest.mark.requirement("CON-30")
@pytest.mark.article("JL2019 §11")
def test_prepaid_4900000_and_finally_4890200_carries_9800_into_the_next_year(office):
    office.crowd(10_000)
    made = office.approved()
    for number, level in enumerate(made.levels.order_by("id")):
        office.arrive(level, level.payable_fen, f"拨款{number}")
    assert sum(made.levels.values_list("received_fen", flat=True)) == 490_000_000
    twelve_twice_and_eight_dead()
    final = office.approved(office.open(purpose=Purpose.FINAL, count_on=date(2018, 6, 28)))
    settled = arrivals.settle(number=final.number, operator=office.leader, now=NOW)
    assert sum(one.prepaid_fen for one in settled) == 490_000_000
    assert sum(one.final_fen for one in settled) == 489_020_000
    assert sum(SubsidySettlement.objects.values_list("carry_fen", flat=True)) == 980_000
    assert len(arrivals.settle(number=final.number, operator=office.leader, now=NOW)) == 4
    commands_standard(office.maker, 2019)
    office.share(2019)
    office.crowd(10, year=2019)
    following = office.submitted(office.open(benefit_year=2019, count_on=TODAY))
    central = level_of(following, Level.CENTRAL)
    assert (central.brought_fen, central.payable_fen) == (20 * 39_000, 10 * 39_000 - 20 * 39_000)
    assert set(SubsidySettlement.objects.values_list("taken_by", flat=True)) == {following.pk}
    assert invariants.broken(AREA, TODAY) == []


def test_three_persons_carry_an_application(office, hire):
    office.crowd(2)
    made = office.open()
    with pytest.raises(NotCounted):
        applications.review(number=made.number, operator=office.checker, now=NOW)
    office.counted(made)
    both = hire("second_reviewer", "eligibility", "leader", at=AREA)
    applications.begin_count(number=made.number, operator=both, now=NOW)
    with pytest.raises(NotCounted):
        applications.review(number=made.number, operator=office.checker, now=NOW)
    counting.count(made.snapshots.order_by("-run_no").first().pk)
    with pytest.raises(AnotherPerson):
        applications.review(number=made.number, operator=both, now=NOW)
    applications.review(number=made.number, operator=office.checker, now=NOW)
    applications.review(number=made.number, operator=office.checker, now=NOW)
    with pytest.raises(AnotherPerson):
        applications.submit(number=made.number, operator=both, now=NOW)
    with pytest.raises(ReturnReasonMissing):
        applications.send_back(number=made.number, reason="", operator=office.leader, now=NOW)
    applications.send_back(number=made.number, reason="人数待核", operator=office.leader, now=NOW)
    applications.review(number=made.number, operator=office.checker, now=NOW)
    applications.submit(number=made.number, operator=office.leader, now=NOW)
    again = applications.submit(number=made.number, operator=office.leader, now=NOW)
    assert again.levels.count() == 4
    with pytest.raises(ApplicationElsewhere):
        applications.begin_count(number=made.number, operator=office.maker, now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        SubsidyApplication.objects.filter(pk=made.pk).update(submitted_by=made.reviewed_by or office.checker.staff_code)


def test_one_count_at_a_time(office):
    made = office.open()
    first = applications.begin_count(number=made.number, operator=office.maker, now=NOW)
    assert applications.begin_count(number=made.number, operator=office.maker, now=NOW).pk == first.pk
    counting.count(first.pk)
    assert counting.count(first.pk).counted == 0


def test_an_extract_that_was_tampered_with_goes_no_further(office, unguarded):
    office.crowd(3)
    made = office.counted()
    unguarded("UPDATE contributions_subsidyhead SET verdict = '' , category = 'senior' WHERE line_no = 1")
    assert not applications.verify(number=made.number, operator=office.checker, now=NOW)
    with pytest.raises(ExtractDiffers):
        applications.review(number=made.number, operator=office.checker, now=NOW)


def test_what_does_not_fit_is_refused_at_the_opening(office):
    office.open()
    named = rf"{platform.unit(AREA).name}\({AREA}\)"
    with pytest.raises(AppliedAlready, match=named):
        office.open()
    with pytest.raises(AppliedAboveOrBelow, match=named):
        office.open(unit_code="450102")
    with pytest.raises(CountDateUnfit):
        office.open(benefit_year=2019, count_on=date(2018, 7, 1))
    with pytest.raises(checks.NoPermission):
        office.open(benefit_year=2017, operator=office.checker)
    with pytest.raises(ApplicationUnknown):
        applications.begin_count(number="没有", operator=office.maker, now=NOW)


def test_a_county_applies_for_its_own_people_only(office):
    office.crowd(2)
    office.crowd(3, unit="450103")
    assert office.counted(office.open(unit_code="450102")).snapshot.found == 2


def test_nobody_to_count_is_not_submitted(office):
    made = office.counted()
    applications.review(number=made.number, operator=office.checker, now=NOW)
    with pytest.raises(NobodyCounts):
        applications.submit(number=made.number, operator=office.leader, now=NOW)
    with pytest.raises(ApplicationElsewhere):
        applications.state_difference(number=made.number, operator=office.maker, now=NOW)


def test_the_departments_may_approve_less_and_not_more(office):
    office.crowd(2)
    made = office.submitted()
    given = {"number": made.number, "operator": office.maker, "now": NOW, "today": TODAY}
    for paper, on in (("", TODAY), ("财社1号", date(2018, 6, 30))):
        with pytest.raises(ApprovalIncomplete):
            applications.approve(approval_no=paper, approved_on=on, approved_fen={}, **given)
    with pytest.raises(ApprovedTooMuch):
        applications.approve(approval_no="财社1号", approved_on=TODAY, approved_fen={Level.CITY: 4_001}, **given)
    applications.approve(approval_no="财社1号", approved_on=TODAY, approved_fen={Level.CITY: 3_000}, **given)
    applications.approve(approval_no="财社1号", approved_on=TODAY, approved_fen={}, **given)
    assert level_of(made, Level.CITY).payable_fen == 3_000


def test_letters_above_what_is_still_owed_are_refused(office):
    office.crowd(2)
    made = office.submitted()
    city = level_of(made, Level.CITY)
    with pytest.raises(ApplicationElsewhere):
        office.grant(city, 1)
    applications.approve(
        number=made.number,
        approval_no="财社1号",
        approved_on=TODAY,
        approved_fen={},
        operator=office.maker,
        now=NOW,
        today=TODAY,
    )
    number = office.grant(city, 3_000)
    assert office.grant(city, 3_000) == number
    with pytest.raises(GrantedTooMuch):
        office.grant(city, 1_001, "拨款2")
    with pytest.raises(LevelUnknown):
        office.grant(SubsidyLevel(pk=0), 1)
    assert SubsidyApplication.objects.get().state == "granted"
    assert SubsidyArrival.objects.count() == 0


def test_a_year_is_settled_once_its_letters_have_arrived(office):
    office.crowd(2)
    lonely = office.approved(office.open(purpose=Purpose.FINAL))
    with pytest.raises(NotPrepaid):
        arrivals.settle(number=lonely.number, operator=office.leader, now=NOW)
    made = office.approved()
    office.grant(level_of(made, Level.CITY), 1_000)
    with pytest.raises(GrantUnderWay):
        arrivals.settle(number=lonely.number, operator=office.leader, now=NOW)
    with pytest.raises(ApplicationElsewhere):
        arrivals.settle(number=made.number, operator=office.leader, now=NOW)
    with pytest.raises(ApplicationUnknown):
        arrivals.settle(number="没有", operator=office.leader, now=NOW)


def test_shares_make_up_the_standard_and_stand_once_reported(office):
    with pytest.raises(SharesDiffer):
        office.share(each_fen=EACH | {Level.CITY: 1_999})
    with pytest.raises(SharesUnfit):
        office.share(source=" ")
    with pytest.raises(SharesUnfit):
        office.share(each_fen={Level.CENTRAL: 50_000, Level.CITY: -1_000})
    with pytest.raises(StandardUnknown):
        office.share(standard_id=0)
    office.crowd(1)
    office.submitted()
    office.share()
    with pytest.raises(SharesInUse):
        office.share(each_fen={Level.CENTRAL: 49_000})


def test_what_is_astray_is_named_at_night(office, unguarded):
    office.crowd(2)
    made = office.approved()
    office.arrive(level_of(made, Level.CITY), 4_000)
    assert invariants.broken(AREA, TODAY) == []
    SubsidyLevel.objects.filter(level=Level.CITY).update(received_fen=3_999)
    unguarded("UPDATE contributions_subsidyarrival SET amount_fen = 3998")
    SubsidyLevel.objects.filter(level=Level.COUNTY).update(due_fen=6_001, approved_fen=6_000)
    found = invariants.broken(AREA, TODAY)
    assert len(found) == 3


@given(heads=st.integers(0, 10**7), each=st.lists(st.integers(0, 10**6), min_size=4, max_size=4))
def test_the_levels_of_a_line_always_sum_to_heads_times_the_whole(heads: int, each: list[int]):
    line = SubsidyLine(heads=heads)
    for level, fen in zip(Level, each, strict=True):
        setattr(line, f"{level.value}_fen", heads * fen)
    assert line.total_fen == heads * sum(each)


def test_background_counting_reports_its_end(office, monkeypatch: pytest.MonkeyPatch):
    told: list[int] = []
    office.crowd(2)
    made = office.open()
    begun = applications.begin_count(number=made.number, operator=office.maker, now=NOW)
    counting.count(begun.pk, tell=told.append)
    assert told == [0, 1, 2, 3]
    assert SubsidyDifference.objects.count() == 0
