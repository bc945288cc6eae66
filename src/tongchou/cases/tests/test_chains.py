"""Limits of approval chains (ORG-12): data, dated, with a second factor."""

from datetime import date, datetime, timedelta

import pytest

from tongchou.cases import commands, kinds
from tongchou.cases.commands.chains import (
    LaterLimitStands,
    LimitInThePast,
    LimitNegative,
    NotOfMoney,
    StepAlwaysTaken,
    StepUnknown,
)
from tongchou.cases.commands.steps import ReasonMissing
from tongchou.cases.kinds import KindUnknown
from tongchou.cases.models import StepLimit
from tongchou.cases.tests.conftest import NOW, accept, refund
from tongchou.platform.checks import AreaOutOfScope, NoPermission
from tongchou.platform.second_factor import SecondFactorMissing, SecondFactorUsed
from tongchou.platform.tests.factors import bind
from tongchou.platform.web import access

STEP = timedelta(seconds=30)


@pytest.fixture
def boss(office, hire):
    return hire("leader", at="450100", name="市领导")


@pytest.fixture
def set_limit(boss):
    device = bind(boss, NOW)
    moments = iter(NOW + n * STEP for n in range(20))

    def run(**changes):
        now = changes.pop("now", None) or next(moments)
        facts = {
            "pooling_area": "450100",
            "kind_code": "test_refund",
            "step_code": "leader",
            "above_fen": 3_000_000,
            "valid_from": date(2018, 3, 1),
            "reason": "市局〔2018〕3号",
            "second_factor_code": device.code(now),
            "operator": boss,
            "now": now,
        }
        return commands.set_step_limit(**(facts | changes))

    return run


@pytest.mark.requirement("ORG-12")
def test_a_limit_of_the_area_stands_before_the_declared_one_and_leaves_cases_in_hand(office, set_limit):
    before = accept(office.clerk, amount_fen=4_000_000)
    set_limit()
    after = accept(office.clerk, subject_key="P2", amount_fen=4_000_000)
    assert (before.path[-1], after.path[-1]) == ("approval", "leader")


@pytest.mark.requirement("ORG-12")
def test_a_claim_of_62000_goes_to_the_leader_above_a_limit_of_50000(office, set_limit):
    set_limit(above_fen=5_000_000)
    assert accept(office.clerk, amount_fen=6_200_000).path == ["first", "second", "approval", "leader"]
    assert accept(office.clerk, subject_key="P2", amount_fen=5_000_000).path == ["first", "second", "approval"]


def test_a_new_limit_ends_the_one_in_force_on_its_day(set_limit, office):
    set_limit()
    set_limit(above_fen=8_000_000, valid_from=date(2018, 4, 1))
    spans = [(one.above_fen, one.valid_from, one.valid_until) for one in StepLimit.objects.order_by("id")]
    assert spans == [
        (3_000_000, date(2018, 3, 1), date(2018, 4, 1)),
        (8_000_000, date(2018, 4, 1), None),
    ]
    april = datetime.fromisoformat("2018-04-02T09:00:00+08:00")
    assert accept(office.clerk, amount_fen=4_000_000, now=april).path[-1] == "approval"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"kind_code": "wish"}, KindUnknown),
        ({"step_code": "third"}, StepUnknown),
        ({"step_code": "first"}, StepAlwaysTaken),
        ({"above_fen": -1}, LimitNegative),
        ({"valid_from": date(2018, 2, 28)}, LimitInThePast),
        ({"reason": " "}, ReasonMissing),
        ({"pooling_area": "450200"}, AreaOutOfScope),
    ],
)
def test_what_is_no_limit_is_refused(set_limit, changes, refusal):
    with pytest.raises(refusal):
        set_limit(**changes)
    assert not StepLimit.objects.exists()


def test_no_earlier_limit_slips_under_a_later_one(set_limit):
    set_limit(valid_from=date(2018, 5, 1))
    with pytest.raises(LaterLimitStands, match="2018-05-01"):
        set_limit(valid_from=date(2018, 4, 1))


def test_a_limit_takes_a_leader_and_a_fresh_code(set_limit, office, hire):
    with pytest.raises(NoPermission):
        set_limit(operator=office.clerk)
    with pytest.raises(SecondFactorMissing):
        set_limit(operator=hire("leader", at="450100"))
    set_limit(now=NOW)
    with pytest.raises(SecondFactorUsed):
        set_limit(now=NOW, valid_from=date(2018, 6, 1))


@pytest.mark.requirement("ORG-12")
def test_no_limit_leaves_out_a_step_of_what_is_not_about_money(office, refunds, set_limit, boss, client):
    kinds.withdraw("test_refund")
    kinds.register(refund(refunds, amount=kinds.nothing_of_money))
    with pytest.raises(NotOfMoney, match="审批"):
        set_limit(step_code="approval")
    client.force_login(boss, backend="tongchou.platform.authentication.OperatorBackend")
    assert "test_refund:approval" not in client.get("/cases/limits/").content.decode()
    StepLimit.objects.create(
        pooling_area="450100", kind="test_refund", step="approval", above_fen=1, valid_from=date(2018, 1, 1),
        reason="旧限额", set_by=boss, set_at=NOW,
    )  # fmt: skip
    assert accept(office.clerk).path == ["first", "second", "approval"]


def test_the_page_sets_a_limit_and_says_what_is_wrong(boss, client, monkeypatch):
    monkeypatch.setattr(access, "now", lambda: NOW)
    device = bind(boss, NOW)
    client.force_login(boss, backend="tongchou.platform.authentication.OperatorBackend")
    sent = {
        "pooling_area": "450100",
        "step": "test_refund:leader",
        "above": "30000.00",
        "valid_from": "2018-03-01",
        "reason": "市局〔2018〕3号",
    }
    assert "PL-0522" in client.post("/cases/limits/", sent).content.decode()
    wrong = client.post("/cases/limits/", sent | {"above": "-1", "second_factor": device.code(NOW)})
    assert wrong.status_code == 422
    assert client.post("/cases/limits/", sent | {"second_factor": device.code(NOW)}).status_code == 302
    assert StepLimit.objects.get().above_fen == 3_000_000
    assert "30,000.00" in client.get("/cases/limits/").content.decode()
