"""Figures of performance (ORG-18): accepted, finished, in time, returned."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from tongchou.cases.models import Case, Receipt
from tongchou.cases.performance import By, Period, performance
from tongchou.cases.states import CaseState, Decision
from tongchou.cases.tests.conftest import NOW, accept, agree
from tongchou.platform import queries as platform
from tongchou.platform.web import access

MARCH = datetime.fromisoformat("2018-03-01T00:00:00+08:00"), datetime.fromisoformat("2018-04-01T00:00:00+08:00")


@pytest.fixture
def figures(office):
    def read(by=By.KIND, operator=office.clerk):
        scope = platform.scope_of(operator, "cases.view", NOW.date())
        return performance(scope, By(by), Period(*MARCH), platform.working_calendar())

    return read


@pytest.mark.requirement("ORG-18")
def test_190_of_200_in_time_are_95_percent(office, figures):
    receipt = Receipt.objects.create(
        number="R1", unit_code="450102", applicant_name="甲", received_by=office.clerk, received_at=NOW
    )
    Case.objects.bulk_create(
        Case(
            number=f"N{n}",
            receipt=receipt,
            kind="test_refund",
            subject_key=f"S{n}",
            subject_name="甲",
            unit_code="450102",
            pooling_area="450100",
            form={},
            state=CaseState.DONE,
            path=["first"],
            request_id=f"f{n}",
            accepted_by=office.clerk,
            created_at=NOW,
            accepted_on=date(2018, 3, 1),
            finished_at=NOW + timedelta(days=4 if n % 2 else 5),
            in_time=n >= 10,
            result="已办",
        )
        for n in range(200)
    )
    (found,) = figures()
    assert (found.accepted, found.finished, found.in_time) == (200, 200, 190)
    assert found.in_time_ratio == Decimal("0.950")
    assert found.mean_days == Decimal("2.5")  # from Thursday to Monday and Tuesday


@pytest.mark.requirement("ORG-18")
def test_returns_are_counted_and_what_is_open_has_no_share(office, figures):
    case = agree(accept(office.clerk), office.reviewer)
    agree(case, office.second, decision=Decision.RETURN, opinion="金额有误")
    (found,) = figures("unit_code")
    assert (found.key, found.accepted, found.finished, found.returned) == ("450102001201", 1, 0, 1)
    assert (found.in_time_ratio, found.mean_days) == (None, None)
    assert found.waiting == 1


def test_a_decision_after_the_limit_is_late(office):
    case = accept(office.clerk)
    late = datetime.fromisoformat("2018-03-30T09:00:00+08:00")
    assert agree(case, office.reviewer, decision=Decision.REFUSE, opinion="不符", now=late).in_time is False


def test_another_countys_cases_are_not_counted(office, figures, hire):
    accept(office.clerk)
    assert figures(operator=hire("clerk", at="450103")) == []


def test_the_page_shows_the_month_up_to_today(office, client, monkeypatch):
    monkeypatch.setattr(access, "now", lambda: NOW)
    accept(office.clerk)
    client.force_login(office.clerk, backend="tongchou.platform.authentication.OperatorBackend")
    page = client.get("/cases/figures/").content.decode()
    assert "退费" in page
    assert "A县城关镇" not in page
    assert "城关镇东村服务窗口" in client.get("/cases/figures/?by=unit_code").content.decode()


@pytest.mark.requirement("ORG-18")
@pytest.mark.article("QA2018 三.4")
def test_a_return_counts_against_whoever_did_the_step_and_doing_it_again_as_corrected(office, figures):
    case = agree(accept(office.clerk), office.reviewer)
    case = agree(case, office.second, decision=Decision.RETURN, opinion="金额有误")
    for operator in (office.reviewer, office.second, office.approver):
        case = agree(case, operator)
    found = {one.key: one for one in figures(By.OPERATOR)}
    told = {
        operator.name: (one.accepted, one.finished, one.in_time, one.returned, one.corrected)
        for operator in (office.clerk, office.reviewer, office.approver)
        if (one := found[str(operator.pk)])
    }
    assert told == {"韦小燕": (1, 0, 0, 0, 0), "黄志强": (0, 0, 0, 1, 1), "陆建国": (0, 1, 1, 0, 0)}
    assert str(office.second.pk) not in found


@pytest.mark.requirement("ORG-18")
def test_figures_by_post_show_the_queue_of_each_person(office, figures, hire, client, monkeypatch):
    monkeypatch.setattr(access, "now", lambda: NOW)
    hire("reviewer", name="第二审核")
    for key in ("P1", "P2"):
        accept(office.clerk, subject_key=key)
    found = {one.key: one for one in figures(By.POST)}
    assert (found["clerk"].accepted, found["reviewer"].waiting) == (2, 2)
    client.force_login(office.clerk, backend="tongchou.platform.authentication.OperatorBackend")
    rows = b"".join(client.get("/cases/figures/?by=post&export=csv").streaming_content).decode("utf-8-sig").splitlines()
    assert rows[0].endswith("现待办,人均待办")
    (reviewers,) = [row for row in rows if row.endswith(",2,1")]
    assert "审" in reviewers


@pytest.mark.requirement("ORG-18")
def test_cases_received_by_an_agent_are_counted_where_they_were_handed_in(office, figures, hire):
    agent = hire("clerk", at="450102001201", name="村协办")
    accept(agent)
    accept(office.clerk, subject_key="P2")
    told = {one.key: one.accepted for one in figures(By.RECEIVED_AT)}
    assert told == {"450102001201": 1, "450102": 1}


@pytest.mark.requirement("ORG-18")
def test_months_stand_side_by_side(office, figures):
    accept(office.clerk)
    (found,) = figures(By.MONTH)
    assert (found.key, found.accepted, found.waiting) == ("2018-03", 1, 0)


def test_figures_of_single_persons_are_for_whoever_may_see_who_works_where(office, client, monkeypatch):
    monkeypatch.setattr(access, "now", lambda: NOW)
    accept(office.clerk)
    client.force_login(office.clerk, backend="tongchou.platform.authentication.OperatorBackend")
    assert office.clerk.staff_code not in _rows(client.get("/cases/figures/?by=operator"))
    client.force_login(office.leader, backend="tongchou.platform.authentication.OperatorBackend")
    assert office.clerk.staff_code in _rows(client.get("/cases/figures/?by=operator"))


def _rows(response):
    return response.content.decode().partition('id="rows"')[2]


@pytest.mark.requirement("ORG-18")
def test_the_page_draws_the_last_twelve_months_and_asks_few_questions(
    office, client, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(access, "now", lambda: NOW)
    accept(office.clerk)
    client.force_login(office.leader, backend="tongchou.platform.authentication.OperatorBackend")
    for by in By:
        with django_assert_max_num_queries(12, info=by):
            page = client.get(f"/cases/figures/?by={by}").content.decode()
        assert "figures-cases-by-month" in page
        assert "2017-04" in page
    assert client.get("/cases/figures/?by=nonsense").status_code == 200
