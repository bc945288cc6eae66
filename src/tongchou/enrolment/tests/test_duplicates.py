"""疑似重复参保: found once, told apart once (ENR-16)."""

from datetime import date

import pytest

from tongchou.enrolment import commands, duplicates
from tongchou.enrolment.commands.changes import ChangeRequest
from tongchou.enrolment.commands.steps import ReasonMissing
from tongchou.enrolment.duplicates import DuplicateClosed, DuplicateUnknown
from tongchou.enrolment.models import Duplicate, FormerCertificate
from tongchou.enrolment.states import CertificateType, Sex
from tongchou.enrolment.tests.conftest import NOW, citizen_number
from tongchou.platform.checks import OutOfScope

HOME = {"name": "韦大", "address": "城关镇东村1号"}


@pytest.fixture
def alike(enrol):
    """Two records of one name, birthday and address."""
    return [enrol(**HOME, certificate_no=citizen_number(order=order)).person for order in (301, 303)]


@pytest.mark.article("JL2019 §5")
@pytest.mark.requirement("ENR-16")
def test_the_same_name_birthday_and_address_is_found_once_however_often_one_looks(alike, enrol):
    enrol(name="韦大", certificate_no=citizen_number(order=305), address="城关镇东村2号")
    assert (duplicates.find(NOW), duplicates.find(NOW)) == (1, 0)
    found = Duplicate.objects.get()
    assert ([found.one_id, found.other_id], found.ground) == ([one.pk for one in alike], "particulars")


@pytest.mark.requirement("ENR-16")
def test_a_number_under_two_types_and_a_number_somebody_had_before_are_found(enrol, clerk):
    citizen = enrol(certificate_no=citizen_number(order=307)).person
    enrol(
        certificate_no=citizen.certificate_no,
        certificate_type=CertificateType.OTHER,
        born_on=date(1980, 5, 6),
        sex=Sex.MALE,
        name="韦某",
    )
    former = enrol(certificate_no=citizen_number(order=309)).person
    commands.change_particulars(
        ChangeRequest(
            person_id=former.pk,
            values={"certificate_no": citizen_number(order=311)},
            reason="公安更正",
            evidence="证明",
            effective_on=date(2018, 3, 1),
        ),
        operator=clerk,
        now=NOW,
    )
    assert FormerCertificate.objects.filter(person=former).exists()
    enrol(certificate_no=citizen_number(order=309), name="韦新")
    assert duplicates.find(NOW) == 2
    assert set(Duplicate.objects.values_list("ground", flat=True)) == {"number", "former"}


def test_the_dead_are_left_out_and_so_is_a_dormitory(alike, enrol, clerk):
    commands.record_death(person_id=alike[0].pk, died_on=date(2018, 3, 1), operator=clerk, now=NOW)
    for order in range(401, 401 + 2 * (duplicates.MOST_ALIKE + 1), 2):
        enrol(name="学生", address="中学宿舍", certificate_no=citizen_number(order=order))
    assert duplicates.find(NOW) == 0


@pytest.mark.requirement("ENR-16")
def test_two_persons_told_apart_do_not_come_back(alike, clerk, hire):
    duplicates.find(NOW)
    pair = Duplicate.objects.get()
    with pytest.raises(DuplicateUnknown):
        duplicates.tell_apart(duplicate_id=0, reason="x", operator=clerk, now=NOW)
    with pytest.raises(ReasonMissing):
        duplicates.tell_apart(duplicate_id=pair.pk, reason=" ", operator=clerk, now=NOW)
    with pytest.raises(OutOfScope):
        duplicates.tell_apart(duplicate_id=pair.pk, reason="x", operator=hire("clerk", at="450103"), now=NOW)
    duplicates.tell_apart(duplicate_id=pair.pk, reason="双胞胎", operator=clerk, now=NOW)
    with pytest.raises(DuplicateClosed):
        duplicates.tell_apart(duplicate_id=pair.pk, reason="再次", operator=clerk, now=NOW)
    assert duplicates.find(NOW) == 0
