"""Registering persons (参保登记)."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from tongchou.enrolment import queries
from tongchou.enrolment.commands import persons, record_death, terminate
from tongchou.enrolment.events import PersonEnrolled
from tongchou.enrolment.models import Enrolment, Household, Person, SpecialGroupSpan
from tongchou.enrolment.rules import (
    BirthDateMissing,
    CategoryUnfit,
    CertificateInvalid,
    GroupNotByAge,
    IdentityContradicts,
    PlaceNotAllowed,
)
from tongchou.enrolment.states import (
    CertificateType,
    HouseholdRelation,
    PersonCategory,
    ResidenceKind,
    Scheme,
    Sex,
    SpecialCategory,
)
from tongchou.enrolment.tests.conftest import AREA, ENROLLED_ON, NOW, VILLAGE, citizen_number
from tongchou.platform import checks
from tongchou.platform import queries as platform
from tongchou.platform.events import subscribe, unsubscribe

TODAY = date(2018, 3, 10)


@pytest.mark.requirement("ENR-04")
@pytest.mark.article("GX2017 §14")
def test_the_citizen_number_gives_birth_date_and_sex(enrol):
    person = enrol(name="覃小妹", certificate_no=citizen_number(date(1949, 12, 31), order=2)).person
    assert (person.born_on, person.sex) == (date(1949, 12, 31), Sex.FEMALE)
    assert person.person_no.startswith(AREA)
    assert len(person.person_no) == 20
    assert person.name_initials == "qxm"


@pytest.mark.requirement("ENR-04")
def test_a_small_x_is_stored_as_a_capital(enrol):
    assert enrol(certificate_no="11010519491231002x").person.certificate_no == "11010519491231002X"


@pytest.mark.requirement("ENR-04")
@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("450102199001010012", "校验位错误"),
        ("110105194912310021", "校验位错误"),
        ("220104198502300010", "出生日期不存在"),
        ("45010219900101001", "应为18位"),
        ("45010219900101001O", "17位数字"),
        ("990102199001010019", "省级行政区划"),
    ],
)
def test_a_wrong_citizen_number_is_refused_with_what_is_wrong(enrol, number, problem):
    with pytest.raises(CertificateInvalid, match=problem):
        enrol(certificate_no=number)


def test_a_birth_in_the_future_is_refused(enrol):
    with pytest.raises(CertificateInvalid, match="不合理"):
        enrol(certificate_no=citizen_number(date(2018, 3, 11)))


@pytest.mark.requirement("ENR-04")
def test_what_contradicts_the_number_is_refused(enrol):
    with pytest.raises(IdentityContradicts, match="性别"):
        enrol(certificate_no=citizen_number(order=11), sex=Sex.FEMALE)
    with pytest.raises(IdentityContradicts, match="出生日期"):
        enrol(certificate_no=citizen_number(date(1980, 5, 6)), born_on=date(1980, 6, 5))


@pytest.mark.article("GX2017 §10")
def test_other_certificates_need_birth_date_and_sex(enrol):
    with pytest.raises(BirthDateMissing, match="出生日期、性别"):
        enrol(certificate_type=CertificateType.PASSPORT, certificate_no="E12345678")
    with pytest.raises(CertificateInvalid, match="格式"):
        enrol(
            certificate_type=CertificateType.HK_PERMIT,
            certificate_no="X123",
            born_on=date(1990, 1, 1),
            sex=Sex.MALE,
        )
    foreigner = enrol(
        certificate_type=CertificateType.PASSPORT,
        certificate_no="e12345678",
        born_on=date(1990, 1, 1),
        sex=Sex.MALE,
        hukou_area="",
        residence_kind=ResidenceKind.PERMANENT_RESIDENCE,
        residence_no="G1234567",
    )
    assert foreigner.person.certificate_no == "E12345678"


@pytest.mark.requirement("ENR-02")
@pytest.mark.article("GX2017 §6")
def test_who_is_registered_elsewhere_enrols_there(enrol):
    with pytest.raises(PlaceNotAllowed):
        enrol(hukou_area="450202")
    assert enrol(hukou_area="450103").person.hukou_area == "450103"


@pytest.mark.requirement("ENR-01")
@pytest.mark.article("GX2017 §6")
def test_a_household_gathers_its_members_under_one_head(enrol):
    head = enrol(household_no="H1", household_relation=HouseholdRelation.HEAD).person
    child = enrol(household_no="H1", household_relation=HouseholdRelation.CHILD).person
    assert child.household == head.household
    with pytest.raises(persons.HouseholdHasHead, match=head.name):
        enrol(household_no="H1", household_relation=HouseholdRelation.HEAD)
    view = queries.household(head.household_id, TODAY)
    assert [row.id for row in view.members] == [head.pk, child.pk]


def test_a_household_belongs_to_one_village(enrol):
    enrol(household_no="H1")
    with pytest.raises(persons.HouseholdElsewhere):
        enrol(household_no="H1", unit_code="450102001")


def test_two_heads_are_impossible(enrol):
    head = enrol(household_no="H1", household_relation=HouseholdRelation.HEAD).person
    other = enrol(household_no="H1").person
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(pk=other.pk).update(household_relation=HouseholdRelation.HEAD)
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(pk=head.pk).update(household=None)


@pytest.mark.parametrize("unit", ["450202", "999999", "450102001299"])
def test_a_unit_that_gathers_no_rolls_here_is_refused(enrol, unit):
    with pytest.raises((persons.UnitNotOpen, checks.OutOfScope)):
        enrol(unit_code=unit)


@pytest.mark.article("GX2017 §3")
def test_a_clerk_of_another_county_may_not_enrol_here(enrol, hire):
    with pytest.raises(checks.OutOfScope):
        enrol(operator=hire("clerk", at="450103"))


@pytest.mark.article("JL2019 §5")
def test_nobody_is_enrolled_twice(enrol):
    first = enrol(certificate_no=citizen_number(), name="覃小妹")
    with pytest.raises(persons.AlreadyEnrolled, match=first.person.person_no):
        enrol(certificate_no=citizen_number(), name="覃小妹")


EMPLOYEE = {"scheme": Scheme.EMPLOYEE, "category": PersonCategory.WORKING}
LU = {"certificate_no": citizen_number(order=33), "name": "陆小弟"}


@pytest.mark.article("JL2019 §5")
@pytest.mark.requirement("ENR-16")
def test_an_employee_is_not_enrolled_as_a_resident(enrol):
    enrol(**LU, **EMPLOYEE)
    with pytest.raises(persons.BothSchemes, match="不能同时参加职工医保和城乡居民医保"):
        enrol(**LU)


@pytest.mark.article("JL2019 §5")
@pytest.mark.requirement("ENR-16")
def test_an_employees_enrolment_ends_the_residents_from_its_day(enrol):
    resident = enrol(**LU)
    employee = enrol(**LU, **EMPLOYEE, enrolled_on=date(2018, 3, 1))
    resident.refresh_from_db()
    assert (resident.enrolled_until, resident.end_reason) == (date(2018, 3, 1), "职工参保")
    assert employee.follows_until == date(2018, 3, 1)
    facts = queries.facts(resident.person_id, date(2018, 3, 1))
    assert (facts.scheme, facts.status) == ("employee", "active")


def test_an_employees_enrolment_of_an_earlier_day_than_the_residents_is_refused(enrol):
    enrol(**LU)
    with pytest.raises(persons.BothSchemes):
        enrol(**LU, **EMPLOYEE, enrolled_on=date(2017, 8, 1))


def test_the_database_refuses_two_enrolments_that_share_a_day(enrol):
    first = enrol()
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.create(
            person=first.person,
            pooling_area_id=AREA,
            scheme="resident",
            unit_code=VILLAGE,
            category="adult",
            enrolled_from=date(2020, 1, 1),
            created_at=NOW,
        )


def test_another_name_under_the_same_certificate_is_refused(enrol, clerk):
    first = enrol(certificate_no=citizen_number(), name="覃小妹")
    terminate(person_id=first.person_id, terminated_on=date(2018, 1, 1), reason="出国定居", operator=clerk, now=NOW)
    with pytest.raises(persons.NameDiffers, match="覃小妹"):
        enrol(certificate_no=citizen_number(), name="覃小梅", enrolled_on=date(2018, 2, 1))


def test_who_left_may_come_back_as_the_same_person(enrol, clerk):
    first = enrol(certificate_no=citizen_number(), name="覃小妹")
    terminate(person_id=first.person_id, terminated_on=date(2018, 1, 1), reason="出国定居", operator=clerk, now=NOW)
    again = enrol(certificate_no=citizen_number(), name="覃小妹", enrolled_on=date(2018, 2, 1))
    assert again.person_id == first.person_id
    assert Person.objects.count() == 1


def test_the_dead_do_not_enrol(enrol, clerk):
    first = enrol(certificate_no=citizen_number(), name="覃小妹")
    record_death(person_id=first.person_id, died_on=date(2018, 1, 5), operator=clerk, now=NOW)
    with pytest.raises(persons.Deceased):
        enrol(certificate_no=citizen_number(), name="覃小妹", enrolled_on=date(2018, 2, 1))


def test_an_enrolment_does_not_begin_in_the_future(enrol):
    with pytest.raises(persons.EnrolledInFuture):
        enrol(enrolled_on=date(2018, 3, 11))


@pytest.mark.parametrize(
    ("born_on", "category"),
    [
        (date(2018, 1, 1), PersonCategory.NEWBORN),
        (date(2017, 3, 9), PersonCategory.CHILD),
        (date(2000, 3, 11), PersonCategory.CHILD),
        (date(2000, 3, 10), PersonCategory.ADULT),
        (date(1958, 3, 10), PersonCategory.SENIOR),
    ],
)
def test_the_category_follows_the_age_where_none_is_given(enrol, born_on, category):
    assert enrol(certificate_no=citizen_number(born_on), enrolled_on=TODAY).category == category


def test_a_category_that_does_not_fit_is_refused(enrol):
    with pytest.raises(CategoryUnfit):
        enrol(category=PersonCategory.RETIRED)
    with pytest.raises(CategoryUnfit):
        enrol(category=PersonCategory.CHILD)


@pytest.mark.article("GX2017 §22 第5款")
def test_a_newborn_is_enrolled_from_birth(enrol):
    enrolment = enrol(certificate_no=citizen_number(date(2018, 1, 31)), enrolled_on=TODAY)
    assert enrolment.enrolled_from == date(2018, 1, 31)


@pytest.mark.requirement("ENR-10")
@pytest.mark.article("GX2017 §8")
def test_special_groups_come_with_the_registration_and_yearly_ones_end_with_the_year(enrol):
    person = enrol(special_groups=(SpecialCategory.DIBAO, SpecialCategory.POOR), group_evidence="民发1号").person
    spans = dict(SpecialGroupSpan.objects.filter(person=person).values_list("category", "valid_until"))
    assert spans == {"dibao": None, "poor": date(2018, 1, 1)}
    with pytest.raises(GroupNotByAge):
        enrol(special_groups=(SpecialCategory.NINETY,))


def test_a_card_belongs_to_one_person(enrol):
    enrol(card_no="a00000001")
    with pytest.raises(persons.CardTaken):
        enrol(card_no="A00000001")


def test_enrolling_leaves_a_trail_and_tells_the_chapters_above(enrol, clerk):
    heard: list[PersonEnrolled] = []
    subscribe(PersonEnrolled)(heard.append)
    try:
        enrolment = enrol()
    finally:
        unsubscribe(PersonEnrolled, heard.append)
    assert heard == [PersonEnrolled(enrolment.person_id, enrolment.pk, "resident", ENROLLED_ON)]
    entry = platform.trail_of("person", enrolment.person_id)[0]
    assert (entry.action, entry.staff_code) == ("enrolment.enrol_person", clerk.staff_code)


def test_a_refused_registration_leaves_nothing(enrol):
    enrol(household_no="H1")
    with pytest.raises(persons.HouseholdElsewhere):
        enrol(household_no="H1", unit_code="450102001", certificate_no=citizen_number(order=99))
    assert Household.objects.count() == 1
    assert not Person.objects.filter(certificate_no=citizen_number(order=99)).exists()
