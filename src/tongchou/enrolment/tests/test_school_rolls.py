"""The education bureau's roll against our students (学籍名册): joined, left, changed; a second person approves."""

from datetime import date

import pytest
from django.apps import apps

from tongchou.enrolment import queries
from tongchou.enrolment.comparing import CompleteListUnreadable
from tongchou.enrolment.models import SchoolLink
from tongchou.enrolment.states import EnrolmentStatus
from tongchou.enrolment.tests.conftest import AREA, NOW, VILLAGE, citizen_number
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode, files
from tongchou.platform.states import UnitLevel
from tongchou.platform.tests.conftest import START

OrgUnit = apps.get_model("platform", "OrgUnit")
RejectedRow = apps.get_model("exchange", "RejectedRow")
ONE, TWO = "S45010200001", "S45010200002"
HEAD = "姓名,证件号码,学校代码,班级"
DAY = "2018-03-01"


@pytest.fixture
def schools(tree):
    above = OrgUnit.objects.get(code="450102001")
    for code, name in ((ONE, "A县第一小学"), (TWO, "A县第二小学")):
        OrgUnit.objects.create(
            code=code,
            name=name,
            level=UnitLevel.SCHOOL,
            parent=above,
            pooling_area_id=AREA,
            path=f"{above.path}{code}/",
            valid_from=START,
        )


@pytest.fixture
def check(schools, clerk, tmp_path):
    def checked(*rows, **options):
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.csv"
        file.write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
        return imports.check(
            kind="school_roll",
            pooling_area=AREA,
            file_name=file.name,
            content=file,
            options={"list_date": DAY} | options,
            operator=clerk,
            now=NOW,
        )

    return checked


@pytest.fixture
def approve(hire):
    second = hire("second_reviewer", at=AREA)
    return lambda preview, mode=Mode.ALL, by=second: imports.take_in(
        preview_id=preview.id, mode=mode, operator=by, now=NOW
    )


@pytest.fixture
def students(enrol):
    """Five insured children: two and two at the schools, one at none."""
    born = [citizen_number(date(2008, 1, 1), 11 + 2 * n) for n in range(5)]
    people = [enrol(name=f"学生{n}", certificate_no=number).person for n, number in enumerate(born)]
    for person, school in zip(people, (ONE, ONE, TWO, TWO), strict=False):
        SchoolLink.objects.create(
            person=person, school_code=school, school_year=2017, class_name="三(1)班", linked_from=date(2017, 9, 1)
        )
    return people


def row(person, school=ONE, classroom="三(1)班"):
    return f"{person.name},{person.certificate_no},{school},{classroom}"


def links(person):
    found = SchoolLink.objects.filter(person=person).order_by("id")
    return list(found.values_list("school_code", "class_name", "linked_from", "linked_until", "end_reason"))


@pytest.mark.article("JL2019 §7")
@pytest.mark.requirement("SYS-06", "ENR-12")
def test_a_complete_roll_says_who_joined_left_and_changed_and_a_second_person_puts_it_into_effect(
    check, approve, students, clerk
):
    stays, leaves, moves, regraded, joins = students
    stranger = citizen_number(date(2008, 1, 1), 333)
    preview = check(
        row(stays),
        row(moves, ONE),
        row(regraded, TWO, "四(1)班"),
        row(joins, TWO, "一(1)班"),
        f"陌生学生,{stranger},{TWO},一(1)班",
    )
    assert preview.totals == {"新在校": "1", "离校": "1", "转学": "1", "换班": "1", "不变": "1", "未参保": "1"}
    with pytest.raises(files.SecondPersonNeeded):
        approve(preview, by=clerk)
    assert SchoolLink.objects.exclude(linked_until=None).count() == 0
    assert approve(preview).rows_taken == 4

    day, since = date(2018, 3, 1), date(2017, 9, 1)
    assert links(stays) == [(ONE, "三(1)班", since, None, "")]
    assert links(leaves) == [(ONE, "三(1)班", since, day, "off_roll")]
    assert links(moves) == [(TWO, "三(1)班", since, day, "moved"), (ONE, "三(1)班", day, None, "")]
    assert links(regraded) == [(TWO, "四(1)班", since, None, "")]
    assert links(joins) == [(TWO, "一(1)班", day, None, "")]
    assert queries.facts(leaves.pk, day).status == EnrolmentStatus.ACTIVE
    work = RejectedRow.objects.get()
    assert (work.unit_code, work.code, work.state) == (TWO, "EN-2053", "open")
    assert stranger not in f"{work.subject}{work.object_key}"


@pytest.mark.requirement("SYS-06")
def test_a_partial_roll_ends_nobodys_link(check, approve, students):
    preview = check(row(students[0]), complete="no")
    assert preview.totals["离校"] == "0"
    approve(preview)
    assert SchoolLink.objects.filter(linked_until=None).count() == 4


@pytest.mark.requirement("SYS-06")
def test_a_roll_with_an_unreadable_number_ends_nobodys_link_either(check, approve, students):
    preview = check(row(students[0]), f"某人,450102200801011234,{ONE},")
    with pytest.raises(CompleteListUnreadable):
        approve(preview, mode=Mode.ONLY_GOOD)
    assert SchoolLink.objects.filter(linked_until=None).count() == 4


@pytest.mark.requirement("SYS-06")
@pytest.mark.parametrize(
    ("changed", "options", "code"),
    [
        pytest.param({"school": VILLAGE}, {}, "EN-2051", id="no school"),
        pytest.param({"name": "别人"}, {}, "EN-1103", id="another name"),
        pytest.param({"school": TWO}, {"list_date": "2017-08-01"}, "EN-2052", id="a list older than the link"),
    ],
)
def test_a_row_of_the_roll_is_refused_with_its_reason(check, students, changed, options, code):
    person = students[0]
    line = f"{changed.get('name', person.name)},{person.certificate_no},{changed.get('school', ONE)},"
    preview = check(line, **options)
    assert [one.code for one in imports.problems_of(preview.id).rows] == [code]
