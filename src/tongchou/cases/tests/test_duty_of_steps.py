"""The duty matrix and standing aside at the steps of a case (职责分工、回避; ORG-03, ORG-11), and why it says so."""

import re
from dataclasses import replace

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from tongchou.cases import kinds, queries
from tongchou.cases.commands import steps
from tongchou.cases.commands.acceptance import NobodyAtStep
from tongchou.cases.commands.steps import MustStandAside, SamePersonActed
from tongchou.cases.kinds import Step
from tongchou.cases.models import Case
from tongchou.cases.states import CaseState
from tongchou.cases.tests.conftest import NOW, accept, agree
from tongchou.platform import commands as platform_commands
from tongchou.platform.checks import NotThisLevel
from tongchou.platform.queries import Operator
from tongchou.platform.standard_duties import standard_matrix
from tongchou.platform.states import Duty, UnitLevel
from tongchou.platform.web import access

TODAY = timezone.localdate(NOW)
COUNTY_HANDLES = {("registration", UnitLevel.COUNTY): (Duty.HANDLES, Duty.READS)}


@pytest.fixture
def divided(refunds):
    """The item stands under 参保登记与变更 in the matrix."""
    kinds.register(replace(kinds.kind_of("test_refund"), item="registration"))


@pytest.fixture
def in_force(hire):
    """Puts a matrix of the city in force that is the standard one but for these cells."""
    maker, approver = hire("policy_maker", at="450100"), hire("leader", at="450100")

    def put(changes):
        draft = platform_commands.begin_duty_draft(unit_code="450100", by=maker, now=NOW)
        saved = platform_commands.save_duty_draft(
            edition_id=draft.pk,
            version=draft.version,
            matrix=standard_matrix() | changes,
            valid_from=TODAY,
            by=maker,
            now=NOW,
        )
        platform_commands.approve_duty_draft(edition_id=saved.pk, version=saved.version, by=approver, now=NOW)

    return put


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setattr(access, "now", lambda: NOW)

    def read(operator, address):
        browser = Client()
        browser.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        return browser.get(address).content.decode()

    return read


def again(operator):
    """The same operator as another request sees it."""
    return Operator.objects.get(pk=operator.pk)


@pytest.mark.article("JL2019 §2")
@pytest.mark.requirement("ORG-03")
def test_a_level_without_the_duty_does_not_decide_the_step_and_is_told_who_does(office, divided, hire, in_force, page):
    case = accept(office.clerk)
    in_force(COUNTY_HANDLES)
    city = hire("reviewer", at="450100")
    hire("second_reviewer", at="450100")
    with pytest.raises(NotThisLevel) as refused:
        agree(case, office.reviewer)
    assert str(refused.value).startswith(
        "不能办理“退费 · 初审”:按职责分工,“参保登记与变更”的审核由市级、乡镇(街道)、村(社区)承担,甲市A县"
    )
    noted = apps.get_model("platform", "TrailEntry").objects.filter(action="cases.step_refused").latest("id")
    assert noted.detail["code"] == "PL-1001"
    assert queries.workload(again(office.reviewer), TODAY).waiting == 0
    assert queries.workload(again(city), TODAY).waiting == 1
    listed = page(office.reviewer, "/cases/?view=mine")
    assert "按职责分工" in listed
    assert 'name="pick"' not in listed
    shown = page(office.reviewer, f"/cases/{case.number}/")
    assert "按职责分工" in shown
    assert 'name="decision"' not in shown
    assert agree(case, city).step == "second"


@pytest.mark.requirement("ORG-03")
def test_where_no_level_in_service_has_the_duty_nothing_is_accepted(office, divided, in_force):
    in_force(COUNTY_HANDLES)
    with pytest.raises(NobodyAtStep):
        accept(office.clerk)


@pytest.mark.requirement("ORG-03")
def test_without_an_edition_and_for_other_items_every_level_decides(office, divided, in_force):
    case = agree(accept(office.clerk), office.reviewer)
    in_force({("filing", UnitLevel.COUNTY): (Duty.READS,)})
    assert agree(case, office.second).step == "approval"


@pytest.mark.requirement("ORG-11")
def test_the_queue_and_the_case_say_who_did_an_earlier_step(office, hire, page):
    both, twice = office.reviewer, (Step("first", "初审", ("reviewer",)), Step("second", "复核", ("reviewer",)))
    kinds.register(replace(kinds.kind_of("test_refund"), steps=twice))
    case = agree(accept(office.clerk), both)
    with pytest.raises(SamePersonActed):
        agree(case, both)
    (found,) = steps.why_not_each(
        queries.for_hands(Case.objects.filter(pk=case.pk), both), operator=both, today=TODAY
    ).values()
    assert found.code == "CS-1105"
    assert "不得再办理" not in page(hire("reviewer"), f"/cases/{case.number}/")
    assert "不得再办理“复核”" in page(both, f"/cases/{case.number}/")


@pytest.mark.article("QA2018 三.1")
@pytest.mark.requirement("ORG-11")
def test_whoever_a_case_concerns_stands_aside_at_the_counter_and_at_every_step(office, refunds, page):
    mine = frozenset({office.reviewer.citizen_id})
    kinds.register(replace(kinds.kind_of("test_refund"), parties=lambda subject: mine))
    case = accept(office.clerk)
    with pytest.raises(MustStandAside, match="应当回避"):
        agree(case, office.reviewer)
    assert "应当回避" in page(office.reviewer, f"/cases/{case.number}/")
    kinds.register(replace(kinds.kind_of("test_refund"), parties=lambda subject: frozenset({office.clerk.citizen_id})))
    with pytest.raises(MustStandAside):
        accept(office.clerk, subject_key="P2")
    assert case.state == CaseState.IN_HAND


def test_a_kind_names_an_item_that_the_matrix_knows(refunds):
    (fault,) = kinds.problems(replace(kinds.kind_of("test_refund"), item="nowhere"))
    assert re.search("nowhere", fault)
