"""What waits for a post on the first page: counted to a bound, in one question (待办事项)."""

import pytest

from tongchou.platform.models import OrgUnit
from tongchou.platform.web import desks


@pytest.fixture
def keep(monkeypatch):
    monkeypatch.setattr(desks, "MOST", 2)

    def only(*matters):
        monkeypatch.setattr(desks, "_readers", {"one": (1, lambda request: matters)})
        return desks.waiting(None)

    return only


def test_much_work_is_counted_to_a_bound_in_one_question_and_none_is_left_out(tree, keep, django_assert_num_queries):
    province = OrgUnit.objects.filter(level="province")
    with django_assert_num_queries(1):
        found = keep(
            desks.Matter("没有", OrgUnit.objects.none(), "/none/"),
            desks.Matter("全部", OrgUnit.objects.all(), "/all/"),
            desks.Matter("省级", province, "/province/"),
        )
    assert [(one.label, one.said, one.link) for one in found] == [("全部", "2+", "/all/"), ("省级", "1", "/province/")]


def test_a_single_matter_is_counted_and_who_keeps_no_desk_is_told_nothing(tree, keep):
    assert [one.said for one in keep(desks.Matter("全部", OrgUnit.objects.all(), "/all/"))] == ["2+"]
    assert keep() is None
