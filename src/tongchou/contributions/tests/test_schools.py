"""What schools pay for their students: a roster beside transfers (学校代缴; CON-09)."""

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from django.apps import apps
from pypdf import PdfReader

from tongchou.contributions import commands as contributions
from tongchou.contributions import invariants, receivables
from tongchou.contributions.imports import TransferDiffers
from tongchou.contributions.models import Contribution, ImportBatch, Receivable
from tongchou.contributions.schools import commands as schools
from tongchou.contributions.schools.models import SchoolLine, SchoolPayment
from tongchou.contributions.schools.states import (
    LINE_TRANSITIONS,
    SCHOOL_TRANSITIONS,
    LineState,
    SchoolState,
)
from tongchou.contributions.tests.conftest import AREA, PREMIUM, citizen_number
from tongchou.contributions.tests.paying import record_contribution
from tongchou.contributions.tests.test_once_owed_pages import seat as seat
from tongchou.enrolment.commands.relations import suspend
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode
from tongchou.fund import commands as fund
from tongchou.kernel.errors import DomainError
from tongchou.platform.checks import NoPermission, OutOfScope
from tongchou.platform.states import UnitLevel
from tongchou.platform.tests.conftest import START
from tongchou.platform.web import masks

OrgUnit = apps.get_model("platform", "OrgUnit")
ImportProblem = apps.get_model("exchange", "ImportProblem")
RejectedRow = apps.get_model("exchange", "RejectedRow")
Person = apps.get_model("enrolment", "Person")
Notice = apps.get_model("platform", "Notice")
Voucher = apps.get_model("fund", "Voucher")
TrailEntry = apps.get_model("platform", "TrailEntry")
SCHOOL, YEAR = "S45010200001", 2018
NOW = datetime(2017, 10, 20, 2, tzinfo=UTC)


class School:
    """A school with students who owe the year, its own seat, the agency's counter and its finance."""

    def __init__(self, hire, folder):
        town = OrgUnit.objects.get(code="450102001")
        OrgUnit.objects.create(
            code=SCHOOL, name="A县第一小学", level=UnitLevel.SCHOOL, parent_id=town.code, pooling_area_id=AREA,
            path=f"{town.path}{SCHOOL}/", valid_from=START,
        )  # fmt: skip
        self.folder, self.files = folder, 0
        self.seat, self.clerk = hire("school_assistant", at=SCHOOL), hire("clerk", at=AREA)
        self.finance, self.policy = hire("finance_reviewer", at=AREA), hire("eligibility", at=AREA)
        fund.ensure_chart(pooling_area=AREA, scheme="resident")
        fund.open_period(pooling_area=AREA, scheme="resident", month=date(2017, 10, 1))

    def import_(self, kind, head, rows, mode=Mode.ALL, **options):
        self.files += 1
        file = self.folder / f"{kind}{self.files}.csv"
        file.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
        preview = imports.check(
            kind=kind, pooling_area=AREA, file_name=file.name, content=file, options=options, operator=self.seat,
            now=NOW,
        )  # fmt: skip
        if preview.rows_good and (mode is Mode.ONLY_GOOD or not preview.rows_bad):
            imports.take_in(preview_id=preview.id, mode=mode, operator=self.clerk, now=NOW)
        return preview

    def enrol(self, students):
        rows = [f"学生{n},{number(n)},{SCHOOL},450102,三(2)班,家长{n},1380000{n:04d}" for n in range(1, students + 1)]
        self.import_("roster", "姓名,证件号码,参保单位,户籍地,班级,监护人,监护人电话", rows)
        receivables.open_year(
            pooling_area=AREA, benefit_year=YEAR, opens_on=date(2017, 9, 1), operator=self.policy, now=NOW
        )

    def roster(self, rows, mode=Mode.ALL, school=SCHOOL, year="2018") -> SchoolPayment:
        self.import_("school_payment", "姓名,证件号码,班级,代缴金额", rows, mode, school=school, year=year)
        return SchoolPayment.objects.order_by("-id").first()

    def transfer(self, payment, fen, reference="B1", **changes):
        facts = {"credited_on": NOW.date(), "operator": self.finance, "now": NOW}
        return schools.record_transfer(number=payment.number, reference=reference, amount_fen=fen, **facts | changes)

    def act(self, command, payment, **told):
        payment.refresh_from_db()
        by = {"number": payment.number, "version": payment.version, "operator": self.clerk, "now": NOW}
        return command(**by | told)


def number(n):
    return citizen_number(date(2008, 1, 1) if n < 400 else date(2009, 1, 1), n % 400)


def line(n, yuan="180.00", name=""):
    return f"{name or f'学生{n}'},{number(n)},三(2)班,{yuan}"


@pytest.fixture
def school(hire, rates, tmp_path) -> School:
    return School(hire, tmp_path)


@pytest.mark.requirement("ENR-20")
@pytest.mark.requirement("CON-09")
def test_a_suspended_student_is_no_line_of_the_roster(school):
    school.enrol(2)
    recruit = Person.objects.get(certificate_no=number(2))
    suspend(person_id=recruit.pk, suspended_from=NOW.date(), reason="参军", operator=school.clerk, now=NOW)
    preview = school.import_(
        "school_payment", "姓名,证件号码,班级,代缴金额", [line(1), line(2)], school=SCHOOL, year="2018"
    )
    assert (preview.rows_good, preview.rows_bad) == (1, 1)
    (problem,) = ImportProblem.objects.filter(file_id=preview.id)
    assert "暂停参保,不能缴费" in problem.reason


@pytest.mark.requirement("CON-09")
@pytest.mark.article("GX2017 §24")
def test_a_transfer_of_52020_for_290_students_lacks_180_and_nobody_has_paid_until_it_is_shared_out(school):
    school.enrol(290)
    payment = school.roster([line(n) for n in range(1, 291)])
    school.transfer(payment, 5_202_000)
    sums = schools.sums_of(payment)
    assert (sums.roster_fen, sums.transferred_fen, sums.difference_fen) == (5_220_000, 5_202_000, 18_000)
    with pytest.raises(TransferDiffers, match=r"52020\.00.*52200\.00.*180\.00"):
        school.act(schools.book, payment)
    assert not Contribution.objects.exists()
    assert set(Receivable.objects.values_list("state", flat=True)) == {"due"}
    school.act(schools.share_out, payment, left_out=[290])
    batch = school.act(schools.book, payment)
    payment.refresh_from_db()
    assert (batch.rows_accepted, batch.amount_fen, payment.state) == (289, 5_202_000, SchoolState.PART)
    assert Receivable.objects.filter(state="paid").count() == 289
    assert Contribution.objects.filter(channel="school", paid_in_full_on=NOW.date(), batch=batch).count() == 289
    assert schools.sums_of(payment).left_out_fen == 18_000
    assert invariants.broken(AREA, NOW.date()) == []
    school.transfer(payment, 18_000, "B2")
    school.act(schools.share_out, payment, left_out=[])
    school.act(schools.book, payment)
    payment.refresh_from_db()
    assert (payment.state, schools.sums_of(payment).difference_fen) == (SchoolState.BOOKED, 0)
    assert set(Receivable.objects.values_list("state", flat=True)) == {"paid"}
    assert Voucher.objects.count() == 2
    assert invariants.broken(AREA, NOW.date()) == []


@pytest.mark.requirement("CON-09", "RIG-04")
@pytest.mark.article("GX2017 §24")
def test_a_row_that_fits_nobody_is_recognised_by_row_class_and_name_and_never_by_its_full_number(school, seat):
    school.enrol(2)
    payment = school.roster([line(1), line(300, name="覃小外")], Mode.ONLY_GOOD)
    school.act(schools.return_names, payment)
    told = [
        *apps.get_model("exchange", "ImportProblem").objects.values_list("reason", flat=True),
        *payment.lines.values_list("problem", flat=True),
        *RejectedRow.objects.values_list("reason", flat=True),
    ]
    masked = masks.certificate(number(300))
    assert len([one for one in told if masked in one]) == 3
    where = f"/contributions/schools/{payment.number}/"
    page = seat(school.clerk).get(where).content.decode()
    bound = PdfReader(BytesIO(seat(school.clerk).get(f"{where[:-1]}.pdf").content))
    paper = "".join(sheet.extract_text() for sheet in bound.pages).replace("\n", "")
    file = seat(school.clerk).get(f"/imports/{payment.file_id}/").content.decode()
    for shown in (*told, page, paper, file):
        assert number(300) not in shown
        assert number(1) not in shown
    for shown in (page, paper):
        assert "覃小外" in shown
        assert masked in shown
        assert "三(2)班" in shown
    assert masked in file


@pytest.mark.requirement("CON-09")
@pytest.mark.article("GX2017 §24")
def test_names_that_fit_nobody_go_back_to_the_school_and_come_again(school, enrol):
    school.enrol(4)
    stranger = enrol(name="外校生", enrolled_on=date(2014, 9, 1), now=NOW, operator=school.clerk).person
    rows = [
        line(1),
        line(2, name="学生某"),
        line(300),
        line(3, "100.00"),
        f"外校生,{stranger.certificate_no},三(2)班,180.00",
        line(4),
        line(4),
    ]
    payment = school.roster(rows, Mode.ONLY_GOOD)
    lines = list(payment.lines.order_by("line_no").values_list("state", "problem"))
    assert [state for state, _ in lines] == ["listed", *["unmatched"] * 4, "listed", "unmatched"]
    for at, words in ((1, "学生2"), (2, "没有登记"), (3, "180.00"), (4, "不是该校"), (6, "第7行")):
        assert words in lines[at][1] or at == 6
    school.transfer(payment, 4 * PREMIUM)
    assert school.act(schools.return_names, payment) == 5
    assert RejectedRow.objects.filter(unit_code=SCHOOL, object_kind="school_line", state="open").count() == 5
    assert Notice.objects.filter(recipient=school.seat, topic__startswith="school payment").exists()
    with pytest.raises(schools.NothingToReturn):
        school.act(schools.return_names, payment)
    with pytest.raises(TransferDiffers):
        school.act(schools.book, payment)
    for key, refusal in (
        (stranger.person_no + "x", "CO-3002"),
        (number(1), "CO-6052"),
    ):
        with pytest.raises(DomainError) as refused:
            school.act(schools.match_name, payment, line_no=2, key=key)
        assert refused.value.code == refusal
    school.act(schools.match_name, payment, line_no=2, key=number(2))
    with pytest.raises(schools.LineUnknown):
        school.act(schools.match_name, payment, line_no=2, key=number(2))
    with pytest.raises(DomainError, match=r"180\.00"):
        school.act(schools.match_name, payment, line_no=4, key=number(3))
    assert RejectedRow.objects.filter(object_kind="school_line", state="resolved").count() == 1
    assert schools.sums_of(payment).listed_fen == 3 * PREMIUM


@pytest.mark.requirement("CON-09")
@pytest.mark.requirement("FIN-07")
def test_a_wrong_transfer_is_corrected_with_its_reason_before_it_is_booked(school):
    school.enrol(2)
    payment = school.roster([line(1), line(2)])
    wrong = school.transfer(payment, 36_900)
    assert school.transfer(payment, 36_900).pk == wrong.pk
    with pytest.raises(schools.TransferTwice, match=r"369\.00"):
        school.transfer(payment, 36_000)
    for changes in ({"reference": " "}, {"credited_on": date(2017, 11, 1)}):
        with pytest.raises(schools.TransferIncomplete):
            school.transfer(payment, 36_000, **{"reference": "B9"} | changes)
    with pytest.raises(NoPermission):
        school.transfer(payment, 36_000, "B2", operator=school.clerk)
    right = {
        "transfer_id": wrong.pk, "reference": "B1", "amount_fen": 36_000, "credited_on": NOW.date(),
        "operator": school.finance, "now": NOW,
    }  # fmt: skip
    with pytest.raises(contributions.ReasonMissing):
        schools.correct_transfer(reason=" ", **right)
    made = schools.correct_transfer(reason="金额录错", **right)
    with pytest.raises(schools.TransferUnknown):
        schools.correct_transfer(reason="again", **right)
    school.act(schools.book, payment)
    with pytest.raises(schools.TransferBooked):
        schools.correct_transfer(reason="晚了", **right | {"transfer_id": made.pk})
    assert SchoolPayment.objects.get().state == SchoolState.BOOKED


@pytest.mark.requirement("CON-09", "FIN-07")
def test_a_correction_refused_for_want_of_a_reason_stays_a_correction_and_records_no_second_transfer(school, seat):
    school.enrol(1)
    payment = school.roster([line(1)])
    wrong = school.transfer(payment, 30_000)
    desk, where = seat(school.finance), f"/contributions/schools/{payment.number}/transfer/"
    told = {"corrects": wrong.pk, "reference": "B1", "amount": "180.00", "credited_on": "2017-10-20"}
    refused = desk.post(where, told)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert f'name="corrects" value="{wrong.pk}"' in page
    assert "更正到账" in page
    assert list(payment.transfers.values_list("amount_fen", "withdrawn_reason")) == [(30_000, "")]
    desk.post(where, told | {"reason": "金额录错"})
    assert schools.sums_of(payment).transferred_fen == PREMIUM


@pytest.mark.requirement("CON-09")
def test_money_beyond_the_students_chosen_is_said_to_be_over_and_its_way_out_is_named(school, seat):
    school.enrol(2)
    payment = school.roster([line(1), line(2)])
    school.transfer(payment, 2 * PREMIUM)
    desk, where = seat(school.clerk), f"/contributions/schools/{payment.number}/"
    school.act(schools.share_out, payment, left_out=[1])
    page = desk.get(where).content.decode()
    assert "到账多出" in page
    assert "取消勾选" in page
    assert "−180.00" not in page
    school.act(schools.share_out, payment, left_out=[])
    school.transfer(payment, PREMIUM, "B2")
    over = desk.get(where).content.decode()
    assert "到账多出" in over


@pytest.mark.requirement("CON-09")
def test_the_paper_of_differences_names_its_school_and_year(school, seat):
    school.enrol(1)
    payment = school.roster([line(1)])
    paper = PdfReader(BytesIO(seat(school.clerk).get(f"/contributions/schools/{payment.number}.pdf").content))
    words = "".join(sheet.extract_text() for sheet in paper.pages)
    assert "A县第一小学" in words
    assert "保险年度" in words
    assert "2018" in words


@pytest.mark.requirement("CON-09")
def test_a_student_who_paid_meanwhile_stops_the_booking_by_name_and_nobody_is_booked(school):
    school.enrol(2)
    payment = school.roster([line(1), line(2)])
    school.transfer(payment, 36_000)
    record_contribution(
        person_id=Person.objects.get(certificate_no=number(2)).pk, benefit_year=YEAR, amount_fen=PREMIUM,
        paid_on=NOW.date(), channel="counter", operator=school.clerk, now=NOW,
    )  # fmt: skip
    with pytest.raises(schools.StudentsRefused, match=r"学\*\*\(2行\).*不能重复缴纳"):
        school.act(schools.book, payment)
    assert not ImportBatch.objects.filter(channel="school").exists()
    school.act(schools.share_out, payment, left_out=[2])
    with pytest.raises(TransferDiffers):
        school.act(schools.book, payment)


def test_two_clerks_with_one_roster_and_a_click_twice(school):
    school.enrol(2)
    payment = school.roster([line(1), line(2)])
    school.transfer(payment, 18_000)
    payment.refresh_from_db()
    seen = payment.version
    school.act(schools.share_out, payment, left_out=[2])
    with pytest.raises(schools.RosterMoved):
        schools.share_out(number=payment.number, version=seen, left_out=[], operator=school.clerk, now=NOW)
    school.act(schools.book, payment)
    with pytest.raises(schools.RosterMoved):
        schools.book(number=payment.number, version=seen + 1, operator=school.clerk, now=NOW)
    with pytest.raises(TransferDiffers):
        school.act(schools.book, payment)
    with pytest.raises(schools.NobodyChosen):
        school.act(schools.share_out, payment, left_out=[1])
    assert Contribution.objects.count() == 1


def test_a_roster_names_a_school_and_a_year_and_stays_in_its_own_place(school, hire):
    school.enrol(1)
    for told in ({"school": "450102001"}, {"year": "18"}):
        with pytest.raises(DomainError) as refused:
            school.roster([line(1)], **told)
        assert refused.value.code in ("CO-6041", "CO-3004")
    payment = school.roster([line(1)])
    with pytest.raises(OutOfScope):
        school.act(schools.book, payment, operator=hire("clerk", at="450103"))
    with pytest.raises(schools.SchoolPaymentUnknown):
        schools.book(number="none", version=0, operator=school.clerk, now=NOW)


def test_rosters_and_their_lines_move_only_along_their_transitions():
    for table, states in ((SCHOOL_TRANSITIONS, SchoolState), (LINE_TRANSITIONS, LineState)):
        assert {end for pair in table for end in pair} == set(states)


@pytest.mark.requirement("CON-09")
@pytest.mark.article("GX2017 §24")
def test_a_page_or_a_class_is_shared_out_and_all_others_stay_as_they_are(school):
    school.enrol(3)
    payment = school.roster([line(1), line(2), line(3)])
    payment.lines.filter(line_no=3).update(class_name="三(3)班")
    school.act(schools.share_out, payment, left_out=[1], among=[1])
    school.act(schools.share_out, payment, left_out=[], among=[2, 3])
    assert states(payment) == ["left_out", "listed", "listed"]
    with pytest.raises(schools.NobodyChosen):
        school.act(schools.share_out, payment, left_out=[3], among=[1, 2])
    assert school.act(schools.share_class, payment, class_name="三(3)班", left_out=True) == 1
    assert school.act(schools.share_class, payment, class_name="三(2)班", left_out=False) == 2
    assert states(payment) == ["listed", "listed", "left_out"]
    with pytest.raises(schools.NobodyChosen):
        school.act(schools.share_class, payment, class_name="四(1)班", left_out=True)
    with pytest.raises(schools.RosterMoved):
        schools.share_class(
            number=payment.number, version=1, class_name="三(3)班", left_out=False, operator=school.clerk, now=NOW
        )


def states(payment):
    return list(payment.lines.order_by("line_no").values_list("state", flat=True))


@pytest.mark.requirement("CON-09")
def test_a_school_of_five_thousand_is_shown_page_by_page(school, seat, django_assert_max_num_queries):
    school.enrol(1)
    payment = school.roster([line(1)])
    SchoolLine.objects.bulk_create(
        SchoolLine(
            payment=payment, line_no=n, name=f"生{n}", certificate_no=f"x{n}", class_name=f"{n % 40}班",
            amount_fen=PREMIUM, problem="没有登记", state="unmatched",
        )
        for n in range(2, 5001)
    )  # fmt: skip
    desk, where = seat(school.clerk), f"/contributions/schools/{payment.number}/"
    desk.get(where)
    with django_assert_max_num_queries(12):
        last = desk.get(where, {"page": "25"}).content.decode()
    assert "第 25 页,共 25 页" in last
    assert "生5000" in last
    assert "生4800<" not in last
    assert desk.get(where, {"page": "99"}).content.decode().count("生5000") == 1
    of_class = desk.get(where, {"class": "7班", "only": "unmatched"}).content.decode()
    assert "生4967" in of_class
    assert "生4968" not in of_class
    first = desk.get(where).content.decode()
    assert 'name="among" value="1"' in first
    act = f"{where}act/?page=2"
    told = {"version": SchoolPayment.objects.get().version, "what": "share", "among": "1", "left_out": "1"}
    assert desk.post(act, told).url.endswith("?page=2")
    assert "4,999" in desk.get(where, {"only": "unmatched"}).content.decode()


def refused(command, payment, school, code, **told):
    with pytest.raises(DomainError) as refusal:
        school.act(command, payment, **told)
    assert refusal.value.code == code
    return refusal.value.sentence


@pytest.mark.requirement("CON-09", "ORG-19")
@pytest.mark.article("GX2017 §24")
@pytest.mark.parametrize("who", ["seat", "clerk"])
def test_a_roster_taken_in_by_mistake_is_withdrawn_and_its_students_come_on_a_new_one(school, who):
    school.enrol(2)
    rows = [line(1), line(300)]
    payment = school.roster(rows, Mode.ONLY_GOOD)
    school.act(schools.return_names, payment)
    operator = getattr(school, who)
    refused(schools.withdraw_roster, payment, school, "CO-6853", operator=operator, reason=" ")
    school.act(schools.withdraw_roster, payment, operator=operator, reason="年度选错")
    payment.refresh_from_db()
    assert (payment.state, payment.withdrawn_by) == (SchoolState.WITHDRAWN, operator.staff_code)
    assert set(states(payment)) == {LineState.WITHDRAWN}
    assert not RejectedRow.objects.filter(object_kind="school_line", state="open").exists()
    entry = TrailEntry.objects.get(action="contributions.withdraw_school_roster")
    assert (entry.object_key, entry.detail) == (payment.number, {"students": 2, "reason": "年度选错"})
    for command, told in (
        (schools.share_out, {"left_out": []}),
        (schools.book, {}),
        (schools.withdraw_roster, {"reason": "再撤销", "operator": school.clerk}),
    ):
        assert "年度选错" in refused(command, payment, school, "CO-6852", **told)
    with pytest.raises(schools.RosterWithdrawn):
        school.transfer(payment, PREMIUM)
    again = school.roster(rows, Mode.ONLY_GOOD)
    assert again.number != payment.number
    school.transfer(again, PREMIUM)
    assert school.act(schools.book, again).rows_accepted == 1
    assert invariants.broken(AREA, NOW.date()) == []


@pytest.mark.requirement("CON-09")
def test_the_same_bytes_come_again_only_after_what_they_brought_was_withdrawn(school):
    school.enrol(1)
    payment = school.roster([line(1)])
    with pytest.raises(imports.AlreadyTakenIn):
        school.roster([line(1)])
    school.act(schools.withdraw_roster, payment, reason="重复报送")
    assert school.roster([line(1)]).state == SchoolState.OPEN


@pytest.mark.requirement("CON-09", "FIN-07")
def test_a_roster_with_money_or_paid_students_is_not_withdrawn_and_the_refusal_says_what_stands_against_it(school):
    school.enrol(2)
    payment = school.roster([line(1), line(2)])
    school.transfer(payment, PREMIUM, "B7")
    told = refused(schools.withdraw_roster, payment, school, "CO-6851", reason="误报")
    assert "180.00" in told
    assert "B7" in told
    school.act(schools.share_out, payment, left_out=[2])
    school.act(schools.book, payment)
    told = refused(schools.withdraw_roster, payment, school, "CO-6850", reason="误报")
    assert "1名学生180.00元" in told
    payment.refresh_from_db()
    assert (payment.state, states(payment)) == (SchoolState.PART, ["paid", "left_out"])


@pytest.mark.requirement("CON-09", "ORG-05")
def test_only_who_may_bring_a_roster_for_the_school_withdraws_it(school, hire):
    school.enrol(1)
    payment = school.roster([line(1)])
    for operator, refusal in ((school.finance, NoPermission), (hire("clerk", at="450103"), OutOfScope)):
        with pytest.raises(refusal):
            school.act(schools.withdraw_roster, payment, operator=operator, reason="误报")


@pytest.mark.requirement("CON-09")
def test_a_roster_is_withdrawn_on_its_page_by_the_school_and_two_clicks_withdraw_it_once(
    school, seat, django_assert_max_num_queries
):
    school.enrol(1)
    payment = school.roster([line(1), line(300)], Mode.ONLY_GOOD)
    desk, where = seat(school.seat), f"/contributions/schools/{payment.number}/"
    shown = desk.get(where).content.decode()
    assert "确认撤销" in shown
    told = {"version": payment.version, "reason": "班级报错"}
    assert desk.post(f"{where}withdraw/", told | {"reason": ""}).status_code == 422
    stale = desk.post(f"{where}withdraw/", told | {"version": payment.version + 9})
    assert (stale.status_code, "CO-6044" in stale.content.decode()) == (422, True)
    for _click in range(2):
        assert desk.post(f"{where}withdraw/", told).status_code == 302
    late = desk.post(f"{where}withdraw/", told | {"reason": "另有原因"})
    assert (late.status_code, "CO-6852" in late.content.decode()) == (422, True)
    assert TrailEntry.objects.filter(action="contributions.withdraw_school_roster").count() == 1
    desk.get(where)
    with django_assert_max_num_queries(12):
        gone = desk.get(where).content.decode()
    for words in ("已撤销", "班级报错", "可以列入新的名册"):
        assert words in gone
    assert "确认撤销" not in gone
    clerk = seat(school.clerk)
    for asked in ("登记到账", "打印差额单", 'value="match"', "确认撤销"):
        assert asked not in clerk.get(where).content.decode()
    assert "已撤销" in clerk.get("/contributions/schools/", {"state": "withdrawn"}).content.decode()
    assert "已撤销" in clerk.get(f"/imports/{payment.file_id}/").content.decode()
    assert "确认撤销" not in seat(school.finance).get(where).content.decode()
