"""Students by school, and registrations taken back on their day (ENR-12, ENR-35)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps

from tongchou.enrolment import queries
from tongchou.enrolment.models import CancelledRegistration, Enrolment, Person, SchoolLink
from tongchou.enrolment.registration import cancelling, schools
from tongchou.enrolment.registration.schools import EndReason
from tongchou.enrolment.states import EnrolmentStatus
from tongchou.enrolment.tests.conftest import AREA, NOW, citizen_number
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode
from tongchou.exchange.imports.files import AlreadyTakenIn
from tongchou.platform.checks import NoPermission
from tongchou.platform.states import UnitLevel
from tongchou.platform.tests.conftest import START

SCHOOL = "S45010200001"
OrgUnit = apps.get_model("platform", "OrgUnit")
HEAD = "姓名,证件号码,参保单位,户籍地,班级,监护人,监护人电话"


@pytest.fixture
def school(tree):
    return OrgUnit.objects.create(
        code=SCHOOL,
        name="A县第一小学",
        level=UnitLevel.SCHOOL,
        parent_id="450102001",
        pooling_area_id=AREA,
        path=f"{OrgUnit.objects.get(code='450102001').path}{SCHOOL}/",
        valid_from=START,
    )


def student(n, *, number="", name=""):
    number = number or citizen_number(date(2008, 1, 1), n)
    return f"{name or f'学生{n}'},{number},{SCHOOL},450102,三(2)班,家长{n},1380000{n:04d}"


@pytest.fixture
def taken(school, hire, tmp_path):
    """Takes a school's roster in: its preview."""
    operator, agency = hire("school_assistant", at=SCHOOL), hire("clerk", at="450102")
    made = iter(range(10))

    def take(*lines, mode=Mode.ALL):
        name = f"学生{next(made)}.csv"
        file = tmp_path / name
        file.write_text("\n".join([HEAD, *lines, ""]))
        preview = imports.check(
            kind="roster", pooling_area=AREA, file_name=name, content=file, operator=operator, now=NOW
        )
        if preview.rows_good and not (mode is Mode.ALL and preview.rows_bad):
            imports.take_in(preview_id=preview.id, mode=mode, operator=agency, now=NOW)
        return preview

    take.operator = operator
    return take


@pytest.mark.article("GX2017 §9")
@pytest.mark.requirement("ENR-12")
def test_of_three_hundred_students_those_of_villages_and_bad_numbers_are_reported_and_nobody_comes_twice(taken, enrol):
    for n in range(1, 9):
        enrol(name=f"学生{n}", certificate_no=citizen_number(date(2008, 1, 1), n))
    lines = [student(n) for n in range(1, 299)]
    lines += [student(299, number="450102200801011234"), student(300, number="45010220080101")]
    preview = taken(*lines, mode=Mode.ONLY_GOOD)
    assert (preview.rows_total, preview.rows_good, preview.rows_bad) == (300, 290, 10)
    problems = imports.problems_of(preview.id).rows
    assert [one.code for one in problems].count("EN-1102") == 8
    assert [one.code for one in problems].count("EN-1001") == 2
    assert SchoolLink.objects.filter(school_code=SCHOOL, class_name="三(2)班").count() == 290
    with pytest.raises(AlreadyTakenIn):
        taken(*lines, mode=Mode.ONLY_GOOD)
    again = taken(*reversed(lines), mode=Mode.ONLY_GOOD)
    assert (again.rows_good, Person.objects.count()) == (0, 298)


@pytest.mark.article("GX2017 §9")
@pytest.mark.requirement("ENR-12")
def test_a_school_has_its_own_students_checked_and_the_agency_takes_them_in(taken):
    preview = taken(student(1), student(2).replace(SCHOOL, "450102001201"))
    assert [one.code for one in imports.problems_of(preview.id).rows] == ["PL-0202"]
    with pytest.raises(NoPermission):
        imports.take_in(preview_id=preview.id, mode=Mode.ONLY_GOOD, operator=taken.operator, now=NOW)


@pytest.mark.article("GX2017 §9")
@pytest.mark.requirement("ENR-12")
def test_leaving_school_ends_the_link_and_not_the_relation(taken):
    taken(student(1), student(2))
    person = Person.objects.get(name="学生1")
    left = {"school_code": SCHOOL, "person_nos": [person.person_no], "reason": EndReason.GRADUATED}
    act = left | {"ended_on": date(2018, 6, 30), "operator": taken.operator, "now": NOW}
    assert schools.end_links(**act) == 1
    assert schools.end_links(**act) == 0
    assert [one.students for one in schools.classes_of(SCHOOL)] == [1]
    assert queries.facts(person.pk, date(2018, 7, 1)).status == EnrolmentStatus.ACTIVE


@pytest.mark.requirement("ENR-12")
@pytest.mark.parametrize(
    ("who", "on", "refusal"),
    [
        pytest.param([], date(2018, 6, 30), schools.NobodyChosen, id="nobody"),
        pytest.param(["X"], date(2018, 6, 30), schools.NotAtSchool, id="not here"),
        pytest.param(None, date(2017, 1, 1), schools.LeftBeforeJoining, id="too early"),
    ],
)
def test_leaving_is_refused_whole(taken, who, on, refusal):
    taken(student(1))
    numbers = [Person.objects.get().person_no] if who is None else who
    with pytest.raises(refusal):
        schools.end_links(
            school_code=SCHOOL,
            person_nos=numbers,
            reason=EndReason.WITHDRAWN,
            ended_on=on,
            operator=taken.operator,
            now=NOW,
        )
    assert SchoolLink.objects.get().linked_until is None


def _cancel(person, operator, now=NOW, reason="录入错误"):
    return cancelling.cancel_registration(person_no=person.person_no, reason=reason, operator=operator, now=now)


@pytest.mark.article("GX2017 §11")
@pytest.mark.requirement("ENR-35")
def test_a_registration_of_today_is_taken_back_with_the_record_it_made_and_what_it_said_is_kept(enrol, clerk):
    person = enrol(name="韦大", special_groups=("dibao",), card_no="A1").person
    kept = _cancel(person, clerk)
    assert (kept.name, kept.person_removed, kept.reason) == ("韦大", True, "录入错误")
    assert not Person.objects.exists()
    again = enrol(name="韦正名", certificate_no=person.certificate_no)
    assert again.person.name == "韦正名"
    assert CancelledRegistration.objects.count() == 1


@pytest.mark.requirement("ENR-35")
def test_the_next_day_it_is_refused_with_the_way_that_is_left(enrol, clerk):
    person = enrol().person
    with pytest.raises(cancelling.NotOfToday, match=r"只能当日撤销.*更正错误的参保关系"):
        _cancel(person, clerk, NOW + timedelta(days=1))
    assert Enrolment.objects.exists()


@pytest.mark.requirement("ENR-35")
def test_the_day_is_that_of_the_office_and_not_of_greenwich(enrol, clerk):
    late = datetime(2018, 3, 10, 15, 30, tzinfo=UTC)
    person = enrol(now=late).person
    with pytest.raises(cancelling.NotOfToday):
        _cancel(person, clerk, late + timedelta(hours=1))


@pytest.mark.requirement("ENR-35")
def test_what_has_been_built_upon_stays(enrol, clerk):
    enrolment = enrol()
    contribution = apps.get_model("contributions", "Receivable")
    contribution.objects.create(
        person=enrolment.person,
        pooling_area_id=AREA,
        unit_code=enrolment.unit_code,
        scheme="resident",
        benefit_year=2018,
        amount_fen=18000,
        state="failed",
        due_from=date(2018, 3, 1),
    )
    with pytest.raises(cancelling.BuiltUpon):
        _cancel(enrolment.person, clerk)
    assert Person.objects.filter(pk=enrolment.person_id).exists()
    assert not CancelledRegistration.objects.exists()


@pytest.mark.requirement("ENR-35")
def test_an_open_claim_of_the_year_goes_with_the_registration(enrol, clerk):
    person = enrol().person
    receivable = apps.get_model("contributions", "Receivable")
    receivable.objects.create(
        person=person,
        pooling_area_id=AREA,
        unit_code=person.unit_code,
        scheme="resident",
        benefit_year=2018,
        amount_fen=18000,
        due_from=date(2018, 3, 1),
    )
    _cancel(person, clerk)
    assert not receivable.objects.exists()


@pytest.mark.requirement("ENR-35")
def test_only_with_a_reason_and_only_once(enrol, clerk):
    person = enrol().person
    with pytest.raises(cancelling.steps.ReasonMissing):
        _cancel(person, clerk, reason=" ")
    _cancel(person, clerk)
    with pytest.raises(cancelling.steps.PersonUnknown):
        _cancel(person, clerk)
