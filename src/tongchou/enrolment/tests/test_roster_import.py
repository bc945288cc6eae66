"""Importing a roster of persons (参保花名册导入)."""

from datetime import date
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tongchou.enrolment import commands
from tongchou.enrolment.models import (
    Enrolment,
    Household,
    ParticularChange,
    Person,
    SocialSecurityCard,
    SpecialGroupSpan,
)
from tongchou.enrolment.states import HouseholdRelation, PersonCategory, Sex, SpecialCategory
from tongchou.enrolment.tests.conftest import AREA, NOW, VILLAGE, citizen_number
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.web import masks

HEAD = "户号,与户主关系,姓名,证件号码,性别,民族,联系电话,住址,户籍地,参保单位,参保日期,特殊人员标识,社会保障卡号"


def row(name: str, number: str, **changes: str) -> str:
    facts = {
        "户号": "",
        "与户主关系": "",
        "姓名": name,
        "证件号码": number,
        "性别": "",
        "民族": "",
        "联系电话": "13800000000",
        "住址": "东村",
        "户籍地": "450102",
        "参保单位": VILLAGE,
        "参保日期": "2017-08-01",
        "特殊人员标识": "",
        "社会保障卡号": "",
    }
    return ",".join((facts | changes)[header] for header in HEAD.split(","))


@pytest.fixture
def check(clerk, tmp_path):
    """Checks a csv of these rows: `check(row(…), row(…))`."""

    def checked(*rows: str, name: str = "花名册.csv", encoding: str = "utf-8", head: str = HEAD, by=clerk):
        file = Path(tmp_path / name)
        file.write_bytes("\n".join([head, *rows, ""]).encode(encoding))
        return imports.check(kind="roster", pooling_area=AREA, file_name=name, content=file, operator=by, now=NOW)

    return checked


def take_in(preview, clerk, mode=Mode.ALL):
    return imports.take_in(preview_id=preview.id, mode=mode, operator=clerk, now=NOW)


def faults(preview) -> list[tuple[str, str]]:
    return [(p.cell, p.code) for p in imports.problems_of(preview.id).rows]


@pytest.mark.requirement("ENR-12")
def test_a_good_file_is_taken_in_whole(check, clerk):
    preview = check(
        row("韦大", citizen_number(date(1970, 1, 1)), 户号="H1", 与户主关系="户主", 民族="壮族"),
        row(
            "韦小妹", citizen_number(date(2010, 1, 1), 12), 户号="H1", 与户主关系="女儿", 特殊人员标识="低保、建档立卡"
        ),
        row("覃三", citizen_number(date(1940, 1, 1), 13), 社会保障卡号="a00000001"),
    )
    assert (preview.rows_total, preview.rows_good, preview.rows_bad) == (3, 3, 0)
    assert preview.form == "文本文件(UTF-8)"
    assert preview.totals == {"户数": "1", "特殊人员": "1", "参保单位数": "1"}
    done = take_in(preview, clerk)
    assert done.rows_taken == 3
    head, child, old = (
        Person.objects.order_by("born_on")[1],
        Person.objects.get(name="韦小妹"),
        Person.objects.get(name="覃三"),
    )
    assert head.household == child.household == Household.objects.get(number="H1")
    assert (head.household_relation, head.ethnicity, head.name_initials) == ("head", "08", "wd")
    assert Enrolment.objects.get(person=old).category == "senior"
    assert SocialSecurityCard.objects.get().number == "A00000001"
    spans = SpecialGroupSpan.objects.filter(person=child).order_by("category").values_list("category", "valid_until")
    assert list(spans) == [("dibao", None), ("poor", date(2018, 1, 1))]
    assert {len(p.person_no) for p in (head, child, old)} == {20}


def test_the_same_file_is_known_again(check, clerk):
    first = check(row("韦大", citizen_number()))
    assert check(row("韦大", citizen_number()), name="改名.csv").id == first.id
    take_in(first, clerk)
    with pytest.raises(imports.AlreadyTakenIn, match=r"花名册\.csv"):
        check(row("韦大", citizen_number()), name="再来.csv")
    assert len(imports.recent(AREA)) == 1


@pytest.mark.requirement("ENR-12")
def test_errors_name_their_cells_and_only_the_good_rows_may_be_taken(check, clerk):
    preview = check(
        row("韦大", citizen_number()),
        row("", citizen_number(order=13)),
        row("韦三", "450102199001010012"),
        row("韦四", citizen_number(order=15), 参保单位="450202"),
        row("韦五", citizen_number(order=17), 性别="女"),
        row("韦六", citizen_number(order=19), 户籍地="110101"),
        row("韦七", citizen_number(order=21), 参保日期="2018-13-01"),
    )
    assert (preview.rows_good, preview.rows_bad) == (1, 6)
    assert faults(preview) == [
        ("C3", "PL-0811"),
        ("D4", "EN-1001"),
        ("J5", "PL-0202"),
        ("D6", "EN-1003"),
        ("I7", "EN-1005"),
        ("K8", "PL-0813"),
    ]
    with pytest.raises(imports.ImportHasProblems, match="6行有误"):
        take_in(preview, clerk)
    assert Person.objects.count() == 0
    assert take_in(preview, clerk, Mode.ONLY_GOOD).rows_taken == 1
    assert Person.objects.get().name == "韦大"


def test_rows_of_one_file_are_held_against_each_other(check):
    preview = check(
        row("韦大", citizen_number(), 社会保障卡号="A00000001"),
        row("韦大", citizen_number()),
        row("韦二", citizen_number(order=13), 社会保障卡号="A00000001"),
        row("韦三", citizen_number(order=15), 户号="H1", 与户主关系="户主"),
        row("韦四", citizen_number(order=17), 户号="H1", 与户主关系="户主"),
        row("韦五", citizen_number(order=19), 户号="H1", 参保单位="450102001"),
    )
    assert faults(preview) == [("D3", "PL-0826"), ("M4", "PL-0826"), ("B6", "PL-0826"), ("J7", "EN-1104")]
    assert imports.problems_of(preview.id).rows[0].reason == "与第2行重复"


def test_rows_are_held_against_the_books(check, enrol, clerk):
    enrol(
        name="韦大", certificate_no=citizen_number(), household_no="H1", household_relation="head", card_no="A1234567"
    )
    preview = check(
        row("韦大", citizen_number()),
        row("韦二", citizen_number()[:0] + citizen_number(order=13), 户号="H1", 与户主关系="户主"),
        row("韦三", citizen_number(order=15), 户号="H1", 参保单位="450102001"),
        row("韦四", citizen_number(order=17), 社会保障卡号="A1234567"),
    )
    assert faults(preview) == [("D2", "EN-1102"), ("B3", "EN-1105"), ("J4", "EN-1104"), ("M5", "EN-1106")]


@pytest.mark.requirement("ORG-02")
@pytest.mark.article("GX2017 §3")
def test_a_towns_clerk_enrols_nobody_elsewhere_by_file(check, hire):
    """Refused row by row before anything else is said of the row, and the attempt stays in the trail."""
    clerk = hire("clerk", at="450102001")
    preview = check(
        row("韦大", citizen_number()),
        row("韦二", "450102199001010012", 参保单位="450102002"),
        row("韦三", citizen_number(order=15), 参保单位="999999"),
        by=clerk,
    )
    assert faults(preview) == [("J3", "PL-0202"), ("J4", "PL-0202")]
    (noted,) = platform.trail_of("import", str(preview.id))[:1]
    assert (noted.action, noted.detail) == ("platform.access_refused", {"permission": "enrolment.register", "rows": 2})
    assert take_in(preview, clerk, Mode.ONLY_GOOD).rows_taken == 1


@pytest.mark.requirement("ORG-02")
def test_what_a_wider_scope_has_checked_a_narrower_one_cannot_take_in(check, clerk, hire):
    preview = check(row("韦大", citizen_number(), 参保单位="450102001"))
    with pytest.raises(DomainError, match="库内数据已有变化"):
        take_in(preview, hire("clerk", at="450102002"))
    assert faults(imports.preview_of(preview.id)) == [("J2", "PL-0202")]
    assert not Person.objects.exists()


def test_a_unit_of_another_area_is_not_open_here(check, hire):
    preview = check(row("韦大", citizen_number(), 参保单位="450202"), by=hire("clerk", at="450000"))
    assert faults(preview) == [("J2", "EN-1101")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_usual_encoding_is_read(check, encoding):
    preview = check(row("覃小妹", citizen_number()), encoding=encoding)
    assert preview.rows_good == 1
    assert preview.first_rows[0][4] == "覃小妹"


births = st.dates(date(1930, 1, 1), date(2018, 4, 1))
registrations = st.lists(
    st.fixed_dictionaries(
        {
            "who": st.integers(0, 5),
            "born_on": births,
            "name": st.sampled_from(["韦大", "覃小妹", "欧阳娜娜"]),
            "sex": st.sampled_from(["", "男", "女"]),
            "category": st.sampled_from(["", "成年居民", "老年居民", "未成年人", "新生儿", "在职职工"]),
            "hukou": st.sampled_from(["", "450102", "450103", "450202"]),
            "unit": st.sampled_from([VILLAGE, "450102001", "450102002", "450202", "999999"]),
            "household": st.sampled_from(["", "H1", "H2"]),
            "relation": st.sampled_from(["", "户主", "子女"]),
            "groups": st.sampled_from(["", "最低生活保障对象", "90岁以上老人", "最低生活保障对象、建档立卡贫困人口"]),
            "enrolled_on": st.sampled_from(["2017-08-01", "2018-03-10", "2018-03-11"]),
            "card": st.sampled_from(["", "A0000001", "A0000002"]),
            "broken": st.booleans(),
        }
    ),
    max_size=6,
    unique_by=lambda row: row["who"],
)


HELD = {
    "suppress_health_check": [HealthCheck.function_scoped_fixture],
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),
}
"""Every example leaves the database as it found it; making a failing one smaller would take minutes."""


@settings(max_examples=40, deadline=None, **HELD)
@given(rows=registrations, at=st.sampled_from([AREA, "450102001"]))
def test_a_file_brings_exactly_what_the_counter_brings(rows, at, hire, check):
    """The same registrations, row by row at the counter and as a file: equal records, equal refusals.

    Rows are refused for the file itself too (a card or head twice), which a counter meets as "already there"; the words
    differ then, the rows that get in do not. The operator serves the city or one town.
    """
    clerk = hire("clerk", at=at)

    def number(facts):
        whole = citizen_number(facts["born_on"], order=100 + facts["who"])
        return whole[:17] + ("0" if whole[17] != "0" else "1") if facts["broken"] else whole

    def at_counter():
        refused = {}
        for row_no, facts in enumerate(rows, 2):
            try:
                commands.enrol_person(
                    commands.Registration(
                        pooling_area=AREA,
                        unit_code=facts["unit"],
                        name=facts["name"],
                        certificate_no=number(facts),
                        sex={"": None, "男": Sex.MALE, "女": Sex.FEMALE}[facts["sex"]],
                        category=_BY_LABEL.get(facts["category"]),
                        hukou_area=facts["hukou"],
                        phone="13800000000",
                        address="东村",
                        household_no=facts["household"],
                        household_relation=_RELATION_BY_LABEL.get(facts["relation"]),
                        special_groups=tuple(_GROUPS_BY_LABEL[g] for g in facts["groups"].split("、") if g),
                        enrolled_on=date.fromisoformat(facts["enrolled_on"]),
                        card_no=facts["card"],
                    ),
                    operator=clerk,
                    now=NOW,
                )
            except DomainError as refusal:
                refused[row_no] = (refusal.code, masks.numbers_in(str(refusal)))  # a file's reasons are read by others
        return refused

    def by_file():
        lines = [
            row(
                facts["name"],
                number(facts),
                户号=facts["household"],
                与户主关系=facts["relation"],
                性别=facts["sex"],
                户籍地=facts["hukou"],
                参保单位=facts["unit"],
                参保日期=facts["enrolled_on"],
                特殊人员标识=facts["groups"],
                社会保障卡号=facts["card"],
            )
            + f",{facts['category']}"
            for facts in rows
        ]
        if not lines:
            return {}
        preview = check(*lines, head=HEAD + ",人员类别", by=clerk)
        told = {p.row_no: (p.code, p.reason) for p in reversed(imports.problems_of(preview.id).rows)}
        if preview.rows_good:
            take_in(preview, clerk, Mode.ONLY_GOOD)
        return told

    outcomes = []
    for way in (at_counter, by_file):
        undo = transaction.savepoint()
        refused = way()
        outcomes.append((refused, _records()))
        transaction.savepoint_rollback(undo)
    (at_counter_refused, at_counter_records), (by_file_refused, by_file_records) = outcomes
    in_file_only = {"PL-0826", "EN-1104", "EN-1105", "EN-1106"}
    strict = {row_no: told for row_no, told in at_counter_refused.items() if told[0] not in in_file_only}
    if not any(code in in_file_only for code, _ in (*at_counter_refused.values(), *by_file_refused.values())):
        assert by_file_refused == at_counter_refused
        assert by_file_records == at_counter_records
    else:
        assert {row_no: by_file_refused[row_no][0] for row_no in strict} == {n: told[0] for n, told in strict.items()}


_BY_LABEL = {category.label: category for category in PersonCategory}
_RELATION_BY_LABEL = {relation.label: relation for relation in HouseholdRelation}
_GROUPS_BY_LABEL = {group.label: group for group in SpecialCategory}


def _records():
    """Everything registered, without the numbers that a sequence gave."""
    persons = Person.objects.order_by("certificate_no").values_list(
        "certificate_no", "name", "name_initials", "sex", "born_on", "ethnicity", "phone", "address", "hukou_area",
        "pooling_area", "unit_code", "household__number", "household_relation",
    )  # fmt: skip
    enrolments = Enrolment.objects.order_by("person__certificate_no").values_list(
        "person__certificate_no", "scheme", "unit_code", "category", "enrolled_from", "enrolled_until", "follows_until"
    )
    groups = SpecialGroupSpan.objects.order_by("person__certificate_no", "category").values_list(
        "person__certificate_no", "category", "valid_from", "valid_until", "evidence"
    )
    cards = SocialSecurityCard.objects.order_by("number").values_list(
        "number", "person__certificate_no", "status", "issued_on"
    )
    households = Household.objects.order_by("number").values_list("number", "unit_code", "address")
    return [list(found) for found in (persons, enrolments, groups, cards, households)]


@pytest.mark.requirement("ENR-03")
def test_who_comes_back_by_file_is_in_the_new_household_and_reached_at_the_new_phone(check, enrol, clerk):
    stays = enrol(name="韦留", phone="1", address="旧址", household_no="H7", household_relation="head").person
    moves = enrol(name="韦迁", phone="2", household_no="H7", household_relation="child").person
    for one in (stays, moves):
        commands.terminate(person_id=one.pk, terminated_on=date(2018, 1, 1), reason="出国", operator=clerk, now=NOW)
    again = {"参保日期": "2018-03-01"}
    preview = check(
        row("韦留", stays.certificate_no, 联系电话="13900000003", 住址="", **again),
        row("韦迁", moves.certificate_no, 户号="H8", 与户主关系="户主", 联系电话="", 住址="", **again),
    )
    take_in(preview, clerk)
    stays.refresh_from_db()
    moves.refresh_from_db()
    assert (stays.phone, stays.address, stays.household.number) == ("13900000003", "旧址", "H7")
    assert (moves.phone, moves.household.number, moves.household_relation) == ("2", "H8", "head")
    said = ParticularChange.objects.order_by("person_id", "particular").values_list("particular", "new_value")
    assert list(said) == [("phone", "13900000003"), ("household", "H8")]
