"""归并与拆分 in the register: the case, refusals, relations of both, pages (ENR-17)."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tongchou.cases.commands.steps import SamePersonActed
from tongchou.cases.states import CaseState
from tongchou.enrolment import commands, duplicates, queries
from tongchou.enrolment.commands.steps import MergedAway
from tongchou.enrolment.merging.commands import (
    LaterMergeStands,
    NotMerged,
    NumberTaken,
    ProofMissing,
    RecordUnknown,
    SameRecord,
)
from tongchou.enrolment.merging.following import PersonsConflict
from tongchou.enrolment.models import Duplicate, Enrolment, Person, PersonMerge, SocialSecurityCard
from tongchou.enrolment.tests.conftest import JUNE, NOW, Counter, citizen_number
from tongchou.platform import histories
from tongchou.platform import queries as platform
from tongchou.platform.checks import OutOfScope

HOME = {"name": "韦大", "address": "城关镇东村1号"}
TODAY = date(2018, 6, 10)
WHY = {"reason": "出生医学证明与身份证各登记一次", "evidence_no": "东村证明2018-3"}


@pytest.fixture
def other(enrol: Any) -> Person:
    """The same human being, registered once more under another number."""
    return enrol(name="韦大", certificate_no=citizen_number(order=203)).person


@pytest.fixture
def county(hire: Any) -> Any:
    return hire("eligibility", at="450102", name="县初审")


@pytest.fixture
def approver(hire: Any) -> Any:
    return hire("second_reviewer", at="450102", name="县核准")


@pytest.fixture
def merged(person: Person, other: Person, accept: Counter, agree: Any, approver: Any) -> Any:
    """The finished case that merged the two."""
    return agree(agree(accept("merge_persons", other=other.person_no, **WHY)), approver)


@pytest.mark.article("JL2019 §5")
@pytest.mark.requirement("ENR-17")
def test_the_merge_needs_evidence_and_a_second_and_a_third_person(person, other, accept, agree, approver, hire):
    both = hire("eligibility", "second_reviewer", at="450102")
    case = agree(accept("merge_persons", other=other.certificate_no, **WHY), both)
    assert queries.facts_by_person_no(other.person_no, TODAY).person_no == other.person_no
    with pytest.raises(SamePersonActed):
        agree(case, both)
    case = agree(case, approver)
    assert case.state == CaseState.DONE
    assert case.result.startswith(f"人员编号{other.person_no}已归并到{person.person_no}")
    assert queries.facts_by_person_no(other.person_no, TODAY).person_no == person.person_no
    made = PersonMerge.objects.get()
    assert "东村证明2018-3" in made.evidence
    assert "系同一人的证明" in made.evidence


@pytest.mark.requirement("ENR-17")
def test_the_list_of_duplicates_is_settled_with_it_and_told_apart_by_the_split(
    person, other, accept, agree, approver, enrol
):
    Person.objects.filter(pk__in=(person.pk, other.pk)).update(address="城关镇东村1号")
    assert duplicates.find(NOW) == 1
    agree(agree(accept("merge_persons", other=other.person_no, **WHY)), approver)
    assert Duplicate.objects.get().state == "merged"
    case = agree(accept("split_person", record=other.person_no, **WHY), None)
    case = agree(case, approver)
    assert case.result.startswith(f"已拆分:人员编号{other.person_no}恢复为单独登记")
    assert Duplicate.objects.get().state == "different"
    assert queries.facts_by_person_no(other.person_no, TODAY).person_no == other.person_no
    assert duplicates.find(NOW) == 0


@pytest.mark.requirement("ENR-17")
def test_relations_before_and_after_join_one_chain_and_part_again(person, other, accept, agree, approver, clerk):
    own = Enrolment.objects.get(person=other)
    Enrolment.objects.filter(pk=own.pk).update(
        enrolled_from=date(2015, 1, 1), enrolled_until=date(2016, 1, 1), end_reason="迁出"
    )
    agree(agree(accept("merge_persons", other=other.person_no, **WHY)), approver)
    chain = list(person.enrolments.order_by("enrolled_from").values_list("enrolled_from", "follows_until"))
    assert chain == [(date(2015, 1, 1), None), (date(2017, 8, 1), date(2016, 1, 1))]
    agree(agree(accept("split_person", record=other.person_no, **WHY)), approver)
    assert list(person.enrolments.values_list("follows_until", flat=True)) == [None]
    assert list(Enrolment.objects.filter(person=other).values_list("follows_until", flat=True)) == [None]


@pytest.mark.requirement("ENR-17")
def test_what_overlaps_in_part_what_is_open_and_whoever_is_not_there_is_refused(person, other, accept, hire):
    with pytest.raises(RecordUnknown):
        accept("merge_persons", other="000", **WHY)
    with pytest.raises(SameRecord):
        accept("merge_persons", other=person.certificate_no, **WHY)
    Enrolment.objects.filter(person=other).update(enrolled_from=date(2016, 1, 1))
    with pytest.raises(PersonsConflict, match="参保期间重叠"):
        accept("merge_persons", other=other.person_no, **WHY)
    Enrolment.objects.filter(person=other).update(enrolled_from=date(2018, 1, 1))
    Counter(other, accept.operator, JUNE)(
        "change_particulars", phone="13800000000", reason="换号", effective_on="2018-06-01"
    )
    with pytest.raises(PersonsConflict, match="未办结的业务件"):
        accept("merge_persons", other=other.person_no, **WHY)
    with pytest.raises(NotMerged):
        accept("split_person", record=other.person_no, **WHY)


@pytest.mark.requirement("ENR-17")
def test_another_sex_or_birthday_asks_for_the_police(person, other, accept, agree, approver):
    Person.objects.filter(pk=other.pk).update(born_on=date(1980, 6, 6))
    with pytest.raises(ProofMissing, match="出生日期"):
        accept("merge_persons", other=other.person_no, **WHY)
    case = accept("merge_persons", other=other.person_no, police_no="公户2018-7", **WHY)
    agree(agree(case), approver)
    assert "公户2018-7" in PersonMerge.objects.get().evidence


@pytest.mark.requirement("ENR-17")
def test_nothing_is_done_on_the_merged_record_any_more(person, other, merged, clerk, enrol):
    with pytest.raises(MergedAway, match=person.person_no):
        commands.record_death(person_id=other.pk, died_on=date(2018, 6, 1), operator=clerk, now=JUNE)
    with pytest.raises(MergedAway):
        enrol(name="韦大", certificate_no=other.certificate_no)
    locked = commands.lock(person_id=other.pk, on=TODAY)
    assert locked.id == person.pk


@pytest.mark.requirement("ENR-17")
def test_both_numbers_find_the_one_person_at_the_counter(person, other, merged, accept, clerk):
    scope = platform.scope_of(clerk, "enrolment.view_person", TODAY)
    for number in (other.person_no, other.certificate_no, person.person_no):
        found = queries.find_persons(number, scope=scope, on=TODAY)
        assert [row.person_no for row in found.rows] == [person.person_no]
    assert queries.person_id_of(other.person_no) == person.pk
    SocialSecurityCard.objects.create(person=person, number="C9", status="active", issued_on=date(2017, 1, 1))
    for number in (other.certificate_no, person.certificate_no):
        proven = queries.person_by_identity(name="韦大", certificate_no=number, card_no="c9")
        assert proven is not None
        assert proven.person_no == person.person_no


@pytest.mark.requirement("ENR-17")
def test_two_cases_that_merge_one_pair_either_way_round_end_with_one_merge(person, other, accept, agree, approver):
    back = Counter(other, accept.operator, JUNE)
    first = agree(accept("merge_persons", other=other.person_no, **WHY))
    second = agree(back("merge_persons", other=person.person_no, **WHY))
    agree(first, approver)
    with pytest.raises(MergedAway):
        agree(second, approver)
    assert PersonMerge.objects.count() == 1


@pytest.mark.requirement("ENR-17")
def test_a_split_is_refused_while_a_later_merge_stands_or_the_number_is_taken(
    person, other, merged, accept, agree, approver, enrol
):
    third = enrol(name="韦大", certificate_no=citizen_number(order=205)).person
    last = Counter(third, accept.operator, JUNE)
    agree(agree(last("merge_persons", other=person.person_no, **WHY)), approver)
    assert queries.facts_by_person_no(other.person_no, TODAY).person_no == third.person_no
    with pytest.raises(LaterMergeStands):
        accept("split_person", record=other.person_no, **WHY)
    agree(agree(last("split_person", record=person.person_no, **WHY)), approver)
    Person.objects.filter(pk=third.pk).update(certificate_no=other.certificate_no)
    with pytest.raises(NumberTaken):
        accept("split_person", record=other.person_no, **WHY)


def test_who_cannot_reach_the_merged_record_does_not_merge_it(person, other, accept, agree, approver):
    case = agree(accept("merge_persons", other=other.person_no, **WHY))
    Person.objects.filter(pk=other.pk).update(unit_code="450103")
    with pytest.raises(OutOfScope):
        agree(case, approver)
    assert not PersonMerge.objects.exists()


@pytest.mark.requirement("ENR-17")
def test_the_record_over_time_tells_the_merge_and_the_split(person, other, merged, accept, agree, approver):
    agree(agree(accept("split_person", record=other.person_no, **WHY)), approver)
    for one in (person, other):
        rows = histories.read(person_id=one.pk, person_no=one.person_no).rows
        told = [histories.tell(row).title for row in rows]
        assert "拆分误归并登记" in told
    assert "归并重复登记" in [
        histories.tell(row).title for row in histories.read(person_id=person.pk, person_no=person.person_no).rows
    ]


@pytest.fixture
def desk(clerk: Any) -> Client:
    client = Client()
    client.force_login(clerk)
    return client


@pytest.mark.requirement("ENR-17")
def test_the_pages_compare_lead_to_the_counter_show_and_print_the_merge(
    person, other, accept, agree, approver, desk, django_assert_max_num_queries
):
    compare = reverse("enrolment:merge_compare", args=[person.person_no])
    assert desk.get(compare).status_code == 200
    with django_assert_max_num_queries(12):
        said = desk.get(compare, {"other": other.person_no}).content.decode()
    assert "不同" in said
    assert other.person_no in said
    assert "没有人员编号或证件号码为XX的登记" in desk.get(compare, {"other": "XX"}).content.decode()
    agree(agree(accept("merge_persons", other=other.person_no, **WHY)), approver)
    made = PersonMerge.objects.get()
    with django_assert_max_num_queries(12):
        assert person.person_no in desk.get(reverse("enrolment:merges")).content.decode()
    assert "归并清单" in desk.get(reverse("enrolment:merge", args=[made.pk])).content.decode()
    slip = desk.get(reverse("enrolment:merge_slip", args=[made.pk]))
    assert slip.content.startswith(b"%PDF")
    page = desk.get(reverse("enrolment:person", args=[other.person_no]))
    assert page["Location"] == reverse("enrolment:person", args=[person.person_no])
    followed = desk.get(page["Location"]).content.decode()
    assert f"人员编号 {other.person_no} 已归并到" in followed
    assert "已归并" in desk.get(reverse("enrolment:person_cards", args=[other.person_no])).content.decode()
    split = reverse("enrolment:merge_split", args=[person.person_no, other.person_no])
    with django_assert_max_num_queries(12):
        assert "将退回的内容" in desk.get(split).content.decode()
    assert "split_person" in desk.post(split)["Location"]
    assert desk.get(reverse("enrolment:merge_split", args=[other.person_no, person.person_no])).status_code == 302
