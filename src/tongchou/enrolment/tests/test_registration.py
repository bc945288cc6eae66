"""整户参保登记 (附件1): from the village over the town into the register; who is refused, and where it is said."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps

from tongchou.cases import commands as cases
from tongchou.cases.commands import Application
from tongchou.cases.commands.acceptance import FormFaulty
from tongchou.cases.commands.evidence import EvidenceOpen
from tongchou.cases.kinds import RowsFaulty
from tongchou.cases.states import CaseState, Decision
from tongchou.enrolment import events, parameters, queries
from tongchou.enrolment.commands import ChangeRequest, change_particulars, changes
from tongchou.enrolment.models import BirthRecord, ForwardingBatch, Household, Person, SpecialGroupSpan
from tongchou.enrolment.registration import book, forwarding, households
from tongchou.enrolment.registration.book import household_book
from tongchou.enrolment.registration.kind import AgreementIncomplete, BankUnknown, HukouAreaUnknown, HukouAreaUnreadable
from tongchou.enrolment.states import CertificateType, EnrolmentStatus, HouseholdRelation, Sex
from tongchou.enrolment.tests.conftest import VILLAGE, citizen_number
from tongchou.platform import commands as platform_commands
from tongchou.platform.checks import NoPermission, OutOfScope
from tongchou.platform.events import subscribe, unsubscribe
from tongchou.platform.tests.at_once import ended_at_once
from tongchou.platform.tests.conftest import Hire

NOW = datetime(2018, 3, 1, 2, tzinfo=UTC)
Case = apps.get_model("cases", "Case")


class Office:
    """The village's assistant, the town's reviewer, the county's; and what they do."""

    def __init__(self, hire: Hire) -> None:
        platform_commands.ensure_calendar(now=NOW)
        self.village = hire("village_assistant", at=VILLAGE, name="村协办")
        self.town = hire("eligibility", at="450102001", name="镇审核")
        self.county = hire("second_reviewer", at="450102", name="县复核")
        self.made = 0

    def household(self, address="东村1号", now=NOW):
        return households.open_household(unit_code=VILLAGE, hukou_address=address, operator=self.village, now=now)

    def apply(self, household, *rows, now=NOW, received=None, operator=None, **values):
        self.made += 1
        application = Application(
            kind="register_household",
            subject_key=household.number,
            values={"hukou_area": "450102001201", "hukou_address": "东村1号"} | values,
            rows=tuple(rows),
            received=ALL_PAPERS(rows, values) if received is None else received,
            applicant_name="韦大",
        )
        who = operator or self.village
        return cases.accept_application(application, request_id=f"r{self.made}", operator=who, now=now)

    def verify(self, case, now=NOW):
        codes = frozenset(case.materials.values_list("code", flat=True))
        case = cases.verify_materials(
            number=case.number, version=case.version, originals=codes, copies=codes, operator=self.village, now=now
        )
        for code in sorted(codes):
            if code == "household_book" or code.startswith("birth"):
                self.scan(case, code, now)
                case.refresh_from_db()
        return case

    def scan(self, case, code, now=NOW):
        self.made += 1
        cases.attach(
            number=case.number,
            version=case.version,
            name="扫描.pdf",
            data=b"%PDF-1.4 " + str(self.made).encode() + b" %%EOF",
            material_code=code,
            operator=self.village,
            now=now,
        )

    def agree(self, case, operator, now=NOW, opinion="属实"):
        return cases.decide(
            number=case.number,
            version=case.version,
            decision=Decision.AGREE,
            opinion=opinion,
            operator=operator,
            now=now,
        )

    def sign(self, case, now=NOW):
        return self.agree(self.verify(case, now), self.village, now, "符合条件,已盖村委会公章")

    def forward(self, *signed, request_id="b1", now=NOW):
        chosen = [(case.number, case.version) for case in signed]
        return forwarding.forward_forms(
            unit_code=VILLAGE, chosen=chosen, request_id=request_id, operator=self.village, now=now
        )

    def enrol(self, household, *rows, now=NOW, **values):
        """The whole path, to the register."""
        case = self.sign(self.apply(household, *rows, now=now, **values), now)
        self.forward(case, request_id=case.number, now=now)
        case.refresh_from_db()
        return self.agree(case, self.town, now)


def ALL_PAPERS(rows, values):  # noqa: N802  reads as a constant of the application
    codes = {"form", "household_book"} | ({"bank_book"} if values.get("bank") else set())
    for at, row in enumerate(rows, start=1):
        if row.get("certificate_type") == "990201":
            codes.add(f"birth_certificate.{at}")
        elif row.get("certificate_type") == "08":
            codes |= {f"permit.{at}", f"settlement.{at}"}
        else:
            codes.add(f"id_card.{at}")
        if row.get("group"):
            codes.add(f"group_proof.{at}")
    return frozenset(codes)


def member(name="韦大", order=401, relation="head", born_on=date(1980, 5, 6), **more):
    number = citizen_number(born_on, order)
    return {
        "name": name,
        "relation": relation,
        "certificate_type": "01",
        "certificate_no": number,
        "ethnicity": "08",
        "phone": "13800000000",
    } | more


def baby(number="O450012345", name="韦小宝", **more):
    return {
        "name": name,
        "relation": "child",
        "certificate_type": "990201",
        "certificate_no": number,
        "sex": "M",
        "born_on": "2018-02-20",
        "ethnicity": "08",
        "mother_name": "黄美",
    } | more


@pytest.fixture
def office(hire):
    return Office(hire)


@pytest.mark.article("GX2017 §6")
@pytest.mark.requirement("ENR-01")
def test_the_fourth_of_a_household_added_by_the_village_shows_on_the_roster_and_reaches_the_town(office):
    household = office.household()
    office.enrol(household, member(), member("黄美", 402, "spouse"), member("韦二", 403, "child"))
    case = office.apply(household, member("韦三", 405, "child"))
    view = household_book(household, date(2018, 3, 1))
    assert [one.name for one in view.members] == ["韦大", "黄美", "韦二"]
    assert [one.name for one in view.pending] == ["韦三"]
    assert view.count == 4
    office.forward(office.sign(case), request_id="b9")
    assert Case.objects.filter(kind="register_household", step="review").count() == 1


def test_a_collective_household_shows_its_first_members_and_how_many_there_are(office, monkeypatch):
    monkeypatch.setattr(book, "SHOWN", 2)
    household = office.household()
    office.enrol(household, member(), member("黄美", 402, "spouse"), member("韦二", 403, "child"))
    view = household_book(household, date(2018, 3, 1))
    assert [one.name for one in view.members] == ["韦大", "黄美"]
    assert (view.registered, view.count, view.left_out) == (3, 3, 1)


@pytest.mark.article("GX2017 §7")
@pytest.mark.requirement("ENR-01")
def test_a_household_goes_from_the_village_over_the_town_into_the_register_with_one_event_and_one_receipt(office):
    heard = []
    subscribe(events.HouseholdRegistered)(heard.append)
    try:
        household = office.household()
        case = office.apply(household, member(), member("韦二", 403, "child"))
        assert case.path == ["village", "forward", "review"]
        assert not Person.objects.exists()
        case = office.enrol(office.household("东村2号"), member("李四", 501))
        assert len(heard) == 1
    finally:
        unsubscribe(events.HouseholdRegistered, heard.append)
    person = Person.objects.get(name="李四")
    assert heard[0].person_ids == (person.pk,)
    assert case.result == f"户号{case.subject_key}:已参保登记1人:李四({person.person_no}),自2018-03-01起"
    assert queries.facts(person.pk, date(2018, 3, 2)).status == EnrolmentStatus.ACTIVE
    assert (person.household_relation, person.ethnicity, person.address) == ("head", "08", "东村1号")
    assert case.receipt.cases.count() == 1


@pytest.mark.article("GX2017 §11")
@pytest.mark.requirement("ENR-08")
@pytest.mark.parametrize(
    ("passed_on", "in_time"), [pytest.param(22, True, id="last day"), pytest.param(23, False, id="a day late")]
)
def test_the_review_is_due_within_fifteen_working_days_of_acceptance(office, passed_on, in_time):
    case = office.sign(office.apply(office.household(), member()))
    assert case.due_on == date(2018, 3, 22)
    office.forward(case)
    case.refresh_from_db()
    case = office.agree(case, office.town, NOW + timedelta(days=passed_on - 1))
    assert (case.state, case.in_time) == (CaseState.DONE, in_time)


@pytest.mark.article("JL2019 §7")
@pytest.mark.requirement("ENR-08")
def test_where_the_agency_alone_reviews_no_village_signs(office, monkeypatch):
    monkeypatch.setattr(parameters, "BY_DIVISION", {"4501": parameters.JL2019})
    assert office.apply(office.household(), member()).path == ["review"]


@pytest.mark.requirement("ENR-08")
def test_where_the_area_asks_the_county_decides_after_the_town(office, monkeypatch):
    monkeypatch.setattr(parameters, "BY_DIVISION", {"4501": replace(parameters.GX2017, county_review=True)})
    case = office.enrol(office.household(), member())
    assert (case.step, Person.objects.count()) == ("county", 0)
    case = office.agree(case, office.county)
    assert (case.state, Person.objects.count()) == (CaseState.DONE, 1)


@pytest.mark.article("JL2019 §7")
@pytest.mark.requirement("ENR-03")
def test_a_missing_phone_is_said_at_its_row_and_field_and_nothing_is_stored(office, monkeypatch):
    monkeypatch.setattr(parameters, "BY_DIVISION", {"4501": parameters.JL2019})
    with pytest.raises(RowsFaulty) as refused:
        office.apply(office.household(), member(), member("韦二", 403, "child", phone=""))
    assert [(one.row, one.field, one.said) for one in refused.value.flaws] == [(2, "phone", "联系电话未填写")]
    assert not Case.objects.exists()


@pytest.mark.article("GX2017 §7")
@pytest.mark.requirement("ENR-03")
def test_a_form_without_a_marked_field_is_refused(office):
    household = office.household()
    for name in ("name", "relation", "certificate_type", "certificate_no"):
        with pytest.raises(FormFaulty):
            office.apply(household, member(**{name: ""}), received=frozenset({"form"}))
    with pytest.raises(FormFaulty, match="户籍地址未填写"):
        office.apply(household, member(), hukou_address="")


@pytest.mark.article("GX2017 §6")
@pytest.mark.requirement("ENR-02")
def test_a_hukou_elsewhere_is_refused_at_the_counter_unless_residence_counts_and_is_proven(office, monkeypatch):
    household = office.household()
    with pytest.raises(RowsFaulty, match="户籍地441900001001不在统筹地区"):
        office.apply(household, member(), hukou_area="441900001001")
    monkeypatch.setattr(parameters, "BY_DIVISION", {"4501": parameters.JL2019})
    proven = {"hukou_area": "441900001001", "residence_proof": "居2018001"}
    case = office.apply(household, member(), received=frozenset({"form", "household_book", "id_card.1"}), **proven)
    assert case.notices.get().materials == ["residence_proof"]


@pytest.mark.article("GX2017 §7(一)")
@pytest.mark.requirement("ENR-05")
def test_without_the_scan_of_the_household_book_the_village_cannot_sign_and_exactly_that_is_named(office):
    case = office.apply(office.household(), member())
    codes = frozenset({"household_book", "id_card.1"})
    case = cases.verify_materials(
        number=case.number, version=case.version, originals=codes, copies=codes, operator=office.village, now=NOW
    )
    with pytest.raises(EvidenceOpen, match=r"^材料尚未核验齐全,不能签署:居民户口簿\(缺扫描件\)$"):
        office.agree(case, office.village)
    office.scan(case, "household_book")
    case.refresh_from_db()
    assert office.agree(case, office.village).step == "forward"
    noted = case.materials.get(code="household_book")
    assert (noted.original_seen, noted.copy_kept, noted.verified_by) == (True, True, office.village)


@pytest.mark.article("GX2017 §7(一)")
@pytest.mark.requirement("ENR-05")
def test_papers_are_asked_for_by_the_kind_of_person_once_and_in_full(office):
    rows = (
        member(group="dibao", group_evidence="民发1号"),
        member("韦二", 403, "child", date(2010, 1, 1)),
        baby(),
    )
    case = office.apply(office.household(), *rows, received=frozenset({"form"}))
    assert case.state == CaseState.SUPPLEMENTING
    names = list(case.materials.filter(received_at=None).order_by("id").values_list("name", flat=True))
    assert names == ["居民户口簿", "韦大:居民身份证", "韦大:特殊人员资格证明", "韦小宝:出生医学证明"]


@pytest.mark.article("GX2017 §8")
@pytest.mark.requirement("ENR-10")
def test_a_special_group_comes_with_its_proof_and_its_end(office):
    poor = {"group": "dibao", "group_evidence": "民发1号", "group_last_day": "2018-09-30"}
    office.enrol(office.household(), member(**poor, second_group="poor", second_group_evidence="扶贫手册12"))
    spans = {one.category: one for one in SpecialGroupSpan.objects.all()}
    assert (spans["dibao"].evidence, spans["dibao"].valid_until) == ("民发1号", date(2018, 10, 1))
    assert spans["poor"].valid_until == date(2019, 1, 1)


@pytest.mark.requirement("ENR-10")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"group": "dibao"}, "group_evidence", id="no proof"),
        pytest.param({"group_evidence": "民发1号"}, "group", id="no group"),
        pytest.param(
            {"group": "dibao", "group_evidence": "1", "group_last_day": "2018-02-28"}, "group_last_day", id="expired"
        ),
        pytest.param({"group": "ninety", "group_evidence": "1"}, "group", id="too young"),
    ],
)
def test_a_group_without_its_proof_is_said_at_the_field(office, changes, field):
    with pytest.raises(RowsFaulty) as refused:
        office.apply(office.household(), member(**changes))
    assert [one.field for one in refused.value.flaws] == [field]


@pytest.mark.article("GX2017 §10")
@pytest.mark.requirement("ENR-13")
def test_a_foreigner_applies_at_the_agency_and_needs_the_residence_permit(office, hire):
    passport = {"certificate_type": "08", "certificate_no": "P1234567", "sex": "F"}
    abroad = member("安娜") | passport | {"born_on": "1990-01-01"}
    with pytest.raises(RowsFaulty, match="缺居留证件"):
        office.apply(office.household(), abroad)
    permit = {"residence_kind": "residence_permit", "residence_no": "R1", "residence_last_day": "2018-12-31"}
    case = office.apply(office.household(), abroad | permit, operator=hire("clerk", at="450102001"))
    assert case.path == ["review"]
    assert office.agree(case, office.town).state == CaseState.DONE


@pytest.mark.article("GX2017 §7(一)")
@pytest.mark.requirement("ENR-14")
def test_a_newborn_is_registered_by_certificate_and_keeps_every_record_when_the_number_comes(office, hire):
    now = datetime(2018, 3, 2, 2, tzinfo=UTC)
    household = office.household()
    office.enrol(household, member())
    case = office.apply(household, baby(), now=now, operator=hire("clerk", at="450102001"))
    assert case.path == ["review"]
    office.agree(case, office.town, now)
    person = Person.objects.get(certificate_no="O450012345")
    record = BirthRecord.objects.get(person=person)
    assert (record.certificate_no, record.mother_name) == ("O450012345", "黄美")
    number = citizen_number(date(2018, 2, 20), 13)
    change_particulars(
        ChangeRequest(
            person_id=person.pk,
            values={"certificate_type": CertificateType.CITIZEN_ID, "certificate_no": number},
            reason="落户",
            evidence="户口簿",
            effective_on=date(2018, 4, 1),
        ),
        operator=office.county,
        now=datetime(2018, 4, 1, 2, tzinfo=UTC),
    )
    by_old = queries.facts_by_certificate("O450012345", date(2018, 4, 2))
    assert (by_old.id, by_old.certificate_no) == (person.pk, number)
    assert queries.facts_by_certificate(number, date(2018, 4, 2)).id == person.pk
    assert person.enrolments.get().enrolled_from == date(2018, 2, 20)
    assert Person.objects.count() == 2


@pytest.mark.requirement("ENR-14")
def test_a_newborn_without_the_mothers_name_is_refused(office):
    with pytest.raises(RowsFaulty, match="须填写母亲姓名"):
        office.apply(office.household(), member(), baby(mother_name=""))


@pytest.mark.article("GX2017 §7(二)")
@pytest.mark.requirement("ENR-06")
def test_twelve_signed_forms_go_as_one_batch_and_the_towns_inbox_shows_twelve(office):
    signed = [
        office.sign(office.apply(office.household(f"东村{n}号"), member(f"户主{n}", 600 + n))) for n in range(1, 13)
    ]
    batch = office.forward(*signed)
    assert (batch.number, batch.forms, batch.persons) == ("450102001201-2018-ZJ-00001", 12, 12)
    assert batch.to_unit_code == "450102001"
    assert Case.objects.filter(step="review", state=CaseState.IN_HAND).count() == 12
    assert [line.form.position for line in forwarding.lines_of(batch)] == list(range(1, 13))
    assert office.forward(*signed) == batch
    assert ForwardingBatch.objects.count() == 1


@pytest.mark.requirement("ENR-06")
def test_what_the_town_returns_comes_back_with_its_reason_and_may_go_on_a_later_list(office):
    case = office.sign(office.apply(office.household(), member()))
    batch = office.forward(case)
    case.refresh_from_db()
    case = cases.decide(
        number=case.number,
        version=case.version,
        decision=Decision.RETURN,
        opinion="户口簿复印件不清",
        operator=office.town,
        now=NOW,
    )
    assert case.step == "forward"
    (line,) = forwarding.lines_of(batch)
    assert line.standing.returned == "户口簿复印件不清"
    again = office.forward(case, request_id="b2")
    assert again.number.endswith("00002")


@pytest.mark.requirement("ENR-06")
def test_a_batch_is_refused_whole_when_one_form_is_not_signed(office):
    signed = office.sign(office.apply(office.household("东村1号"), member()))
    unsigned = office.apply(office.household("东村2号"), member("李四", 501))
    with pytest.raises(forwarding.NotForThisBatch, match=unsigned.number):
        office.forward(signed, unsigned)
    with pytest.raises(forwarding.NothingChosen):
        office.forward(request_id="b3")
    signed.refresh_from_db()
    assert signed.step == "forward"
    assert not ForwardingBatch.objects.exists()


def test_only_the_village_forwards_its_forms(office, hire):
    case = office.sign(office.apply(office.household(), member()))
    for stranger, refusal in ((hire("reviewer", at=VILLAGE), NoPermission), (hire("clerk", at="450103"), OutOfScope)):
        with pytest.raises(refusal):
            forwarding.forward_forms(
                unit_code=VILLAGE, chosen=[(case.number, case.version)], request_id="x", operator=stranger, now=NOW
            )


@pytest.mark.requirement("ENR-16")
def test_a_person_already_enrolled_or_applied_for_is_refused_at_the_row(office, enrol):
    enrol(name="韦大", certificate_no=citizen_number(order=401))
    household = office.household()
    with pytest.raises(RowsFaulty, match="家庭成员第1行:该证件号码已参加城乡居民基本医疗保险"):
        office.apply(household, member())
    first = office.apply(household, member("李四", 501))
    with pytest.raises(RowsFaulty, match=f"已在受理号{first.number}"):
        office.apply(office.household("东村9号"), member("李四", 501))


@pytest.mark.requirement("ENR-01")
def test_a_household_needs_one_head(office):
    household = office.household()
    with pytest.raises(RowsFaulty, match="该户尚无户主"):
        office.apply(household, member(relation="child"))
    with pytest.raises(RowsFaulty, match="一户只能有一个户主"):
        office.apply(household, member(), member("韦二", 403))


@pytest.mark.requirement("ENR-07")
@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        pytest.param({"bank": "ABC"}, AgreementIncomplete, id="half an agreement"),
        pytest.param(
            {
                "bank": "ABC",
                "account_no": "6228",
                "holder_name": "韦大",
                "agreement_no": "X1",
                "agreement_on": "2018-03-01",
            },
            BankUnknown,
            id="no such bank",
        ),
        pytest.param({"hukou_area": "甲市"}, HukouAreaUnreadable, id="area"),
        pytest.param({"hukou_area": "450199"}, HukouAreaUnknown, id="no such area"),
    ],
)
def test_a_faulty_household_part_is_refused(office, values, refusal):
    with pytest.raises(refusal):
        office.apply(office.household(), member(), **values)


@pytest.mark.requirement("ENR-01")
def test_members_join_leave_and_another_becomes_head(office, enrol):
    household = office.household()
    office.enrol(household, member(), member("黄美", 402, "spouse"))
    head, spouse = Person.objects.order_by("id")
    act = {"household_id": household.pk, "operator": office.village, "now": NOW}
    with pytest.raises(changes.HeadStays):
        households.leave_household(person_no=head.person_no, reason="分户", **act)
    households.change_head(person_no=spouse.person_no, former_relation=HouseholdRelation.SPOUSE, **act)
    households.change_head(person_no=spouse.person_no, former_relation=HouseholdRelation.SPOUSE, **act)
    head.refresh_from_db()
    assert head.household_relation == "spouse"
    households.leave_household(person_no=head.person_no, reason="分户", **act)
    with pytest.raises(households.NotOfHousehold):
        households.leave_household(person_no=head.person_no, reason="分户", **act)
    single = enrol(name="韦九").person
    households.join_household(person_no=single.person_no, relation=HouseholdRelation.CHILD, **act)
    with pytest.raises(households.AlreadyMember):
        households.join_household(person_no=single.person_no, relation=HouseholdRelation.CHILD, **act)
    assert {one.name for one in household.members.all()} == {"黄美", "韦九"}


def test_a_second_click_opens_no_second_household(office):
    assert office.household() == office.household()
    assert Household.objects.count() == 1
    with pytest.raises(households.AddressMissing):
        office.household(" ")


@pytest.mark.usefixtures("committed")
@pytest.mark.requirement("ENR-16")
def test_of_two_clerks_who_register_one_newborn_at_once_one_wins_and_the_other_is_told():
    office = Office(Hire())
    both = [office.household("东村1号"), office.household("东村2号")]

    def apply(at):
        return office.apply(both[at], member(f"户主{at}", 701 + at), baby(), received=frozenset({"form"}))

    answers = ended_at_once(lambda: apply(0), lambda: apply(1))
    told = [answer for answer in answers if isinstance(answer, RowsFaulty)]
    assert len(told) == Case.objects.count() == 1
    assert "第2行:已在受理号" in str(told[0])


def test_sex_and_birth_are_read_from_the_number(office):
    with pytest.raises(RowsFaulty, match="性别与身份证号不一致"):
        office.apply(office.household(), member(sex=Sex.FEMALE.value))
