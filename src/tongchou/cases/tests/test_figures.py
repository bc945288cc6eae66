"""Figures of performance (ORG-18): accepted, finished, in time, returned."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from tongchou.cases import queries
from tongchou.cases.models import Case, Receipt
from tongchou.cases.states import CaseState, Decision
from tongchou.cases.tests.conftest import NOW, accept, agree
from tongchou.platform.queries import scope_of
from tongchou.platform.web import access

MARCH = datetime.fromisoformat("2018-03-01T00:00:00+08:00"), datetime.fromisoformat("2018-04-01T00:00:00+08:00")


@pytest.fixture
def figures(office):
    def read(by="kind", operator=office.clerk):
        scope = scope_of(operator, "cases.view", NOW.date())
        return queries.performance(scope, by, since=MARCH[0], until=MARCH[1])

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
    assert found.mean_days == Decimal("4.5")


@pytest.mark.requirement("ORG-18")
def test_returns_are_counted_and_what_is_open_has_no_share(office, figures):
    case = agree(accept(office.clerk), office.reviewer)
    agree(case, office.second, decision=Decision.RETURN, opinion="金额有误")
    (found,) = figures("unit_code")
    assert (found.key, found.accepted, found.finished, found.returned) == ("450102001201", 1, 0, 1)
    assert (found.in_time_ratio, found.mean_days) == (None, None)


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
