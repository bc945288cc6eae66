"""Institutions, agreements and physicians over time (定点管理)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tongchou.institutions import commands, queries
from tongchou.institutions.models import Agreement, InstitutionLevel
from tongchou.institutions.states import AgreementState, HospitalLevel, InstitutionKind, InstitutionType, PhysicianState
from tongchou.platform import checks, versions
from tongchou.platform.queries import Operator
from tongchou.platform.tests.conftest import Hire

NOW = datetime(2018, 6, 1, 2, tzinfo=UTC)
CODE = "H45010200001"
SCHEMES = ["resident"]
KINDS = ["outpatient", "inpatient"]


@pytest.fixture
def manager(hire: Hire) -> Operator:
    return hire("agreement_manager", at="450100")


@pytest.fixture
def hospital(manager: Operator) -> str:
    register(manager)
    return CODE


def register(operator: Operator, code: str = CODE, **changes: Any) -> None:
    facts: dict[str, Any] = {
        "code": code,
        "name": "A县人民医院",
        "kind": InstitutionKind.MEDICAL,
        "type": InstitutionType.HOSPITAL,
        "pooling_area": "450100",
        "unit_code": "450102",
        "level": HospitalLevel.SECOND,
        "since": date(2017, 7, 1),
        "operator": operator,
        "now": NOW,
    }
    commands.register_institution(**(facts | changes))
    versions.forget_all()


def sign(operator: Operator, number: str = "XY-2018-01", **changes: Any) -> Agreement:
    facts: dict[str, Any] = {
        "code": CODE,
        "number": number,
        "schemes": SCHEMES,
        "care_kinds": KINDS,
        "signed_on": date(2017, 12, 20),
        "valid_from": date(2018, 1, 1),
        "valid_until": date(2019, 1, 1),
        "operator": operator,
        "now": NOW,
    }
    agreement = commands.sign_agreement(**(facts | changes))
    versions.forget_all()
    return agreement


def problem(on: str, scheme: str = "resident", kind: str = "inpatient") -> str:
    versions.forget_all()
    return queries.agreement_problem(CODE, scheme=scheme, kind=kind, on=date.fromisoformat(on))


@pytest.mark.requirement("AGR-01")
def test_an_institution_is_known_by_its_national_code_once(manager, hospital):
    with pytest.raises(commands.InstitutionKnown, match="A县人民医院"):
        register(manager)
    assert queries.known(CODE).name == "A县人民医院"
    assert queries.known("H45010299999") is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("P45010200001", InstitutionKind.MEDICAL),
        ("H4501020000", InstitutionKind.MEDICAL),
        ("H45010200001", InstitutionKind.PHARMACY),
        ("H4501020000X", InstitutionKind.MEDICAL),
    ],
)
def test_a_code_that_does_not_fit_its_kind_is_refused(manager, code, kind):
    with pytest.raises(commands.CodeUnfit):
        register(manager, code=code, kind=kind)


@pytest.mark.article("GX2017 §3")
def test_a_clerk_of_another_county_may_not_register_here(hire):
    elsewhere = hire("agreement_manager", at="450103")
    with pytest.raises(checks.OutOfScope):
        register(elsewhere)


@pytest.mark.requirement("AGR-02")
@pytest.mark.article("GX2017 §87")
def test_the_level_is_that_of_the_day(manager, hospital):
    commands.set_level(code=CODE, level=HospitalLevel.THIRD, since=date(2018, 3, 1), operator=manager, now=NOW)
    versions.forget_all()
    assert queries.level_of(CODE, date(2018, 2, 28)) == "2"
    assert queries.level_of(CODE, date(2018, 3, 1)) == "3"
    assert queries.level_of(CODE, date(2017, 6, 30)) is None


def test_two_levels_at_once_are_impossible(manager, hospital):
    with pytest.raises(IntegrityError), transaction.atomic():
        InstitutionLevel.objects.create(institution_id=CODE, level="1", valid_from=date(2018, 1, 1))


@pytest.mark.article("GX2017 §45")
def test_an_agreement_rules_from_its_first_day_to_the_last(manager, hospital):
    sign(manager)
    assert problem("2017-12-31") == "该机构定点服务协议自2018-01-01起生效,尚未生效"
    assert problem("2018-01-01") == ""
    assert problem("2018-12-31") == ""
    assert problem("2019-01-01") == "该机构定点服务协议已于2019-01-01到期"


def test_without_an_agreement_nothing_is_settled(hospital):
    assert problem("2018-01-01") == "该机构未签订定点服务协议"
    assert queries.agreement_problem("H45010299999", scheme="resident", kind="inpatient", on=date(2018, 1, 1)) == (
        "机构编号H45010299999不是定点医药机构"
    )


def test_schemes_and_kinds_outside_the_agreement_are_named(manager, hospital):
    sign(manager)
    assert problem("2018-05-01", scheme="employee") == "该机构定点服务协议不含此险种"
    assert problem("2018-05-01", kind="home_bed") == "该机构定点服务协议的服务范围不含此医疗类别"


@pytest.mark.article("GX2017 §62")
def test_a_suspended_agreement_stops_and_comes_back(manager, hospital):
    sign(manager)
    commands.suspend_agreement(
        number="XY-2018-01", since=date(2018, 5, 1), until=None, reason="挂床住院", operator=manager, now=NOW
    )
    assert problem("2018-04-30") == ""
    assert "暂停(挂床住院)" in problem("2018-05-01")
    versions.forget_all()
    assert queries.agreement_state(CODE, date(2018, 5, 1)) is AgreementState.SUSPENDED
    with pytest.raises(commands.AlreadySuspended):
        commands.suspend_agreement(
            number="XY-2018-01", since=date(2018, 6, 1), until=None, reason="再次", operator=manager, now=NOW
        )
    commands.resume_agreement(number="XY-2018-01", on=date(2018, 7, 1), operator=manager, now=NOW)
    assert problem("2018-07-01") == ""
    with pytest.raises(commands.NotSuspended):
        commands.resume_agreement(number="XY-2018-01", on=date(2018, 8, 1), operator=manager, now=NOW)


@pytest.mark.article("GX2017 §62")
def test_an_ended_agreement_says_so(manager, hospital):
    sign(manager)
    commands.end_agreement(number="XY-2018-01", on=date(2018, 6, 1), reason="骗取基金", operator=manager, now=NOW)
    assert problem("2018-05-31") == ""
    assert problem("2018-06-01") == "该机构定点服务协议已于2018-06-01终止"
    with pytest.raises(commands.AgreementNotInForce):
        commands.end_agreement(number="XY-2018-01", on=date(2018, 7, 1), reason="再次", operator=manager, now=NOW)


def test_agreements_do_not_overlap(manager, hospital):
    sign(manager)
    with pytest.raises(commands.AgreementOverlaps, match="XY-2018-01"):
        sign(manager, number="XY-2018-02", valid_from=date(2018, 12, 31), valid_until=date(2019, 12, 31))
    sign(manager, number="XY-2019-01", valid_from=date(2019, 1, 1), valid_until=date(2020, 1, 1))
    with pytest.raises(commands.AgreementTermEmpty):
        sign(manager, number="XY-0", valid_from=date(2020, 1, 1), valid_until=date(2020, 1, 1))


def test_what_stops_or_ends_has_a_reason(manager, hospital):
    sign(manager)
    with pytest.raises(commands.ReasonMissing):
        commands.suspend_agreement(
            number="XY-2018-01", since=date(2018, 5, 1), until=None, reason=" ", operator=manager, now=NOW
        )
    with pytest.raises(commands.ReasonMissing):
        commands.end_agreement(number="XY-2018-01", on=date(2018, 6, 1), reason="", operator=manager, now=NOW)


def state(on: str, code: str = "D450102000001") -> PhysicianState:
    versions.forget_all()
    return queries.physician_state(CODE, code, date.fromisoformat(on))


@pytest.mark.requirement("DOC-01")
@pytest.mark.article("GX2017 §51")
@pytest.mark.article("GX2017 §54")
def test_a_physician_counts_while_filed_and_not_suspended(manager, hospital):
    physician = {"institution_code": CODE, "code": "D450102000001", "operator": manager, "now": NOW}
    commands.file_physician(**physician, name="韦大夫", since=date(2018, 1, 1))
    with pytest.raises(commands.PhysicianFiled):
        commands.file_physician(**physician, name="韦大夫", since=date(2018, 2, 1))
    commands.suspend_physician(**physician, since=date(2018, 3, 1), until=date(2018, 4, 1), reason="大处方")
    commands.end_filing(**physician, on=date(2018, 6, 1), reason="调离")
    assert [state(day) for day in ("2017-12-31", "2018-02-28", "2018-03-01", "2018-04-01", "2018-06-01")] == [
        PhysicianState.NOT_FILED,
        PhysicianState.VALID,
        PhysicianState.SUSPENDED,
        PhysicianState.VALID,
        PhysicianState.ENDED,
    ]
    with pytest.raises(commands.PhysicianNotFiled):
        commands.suspend_physician(**physician, since=date(2018, 7, 1), until=None, reason="x")


@pytest.mark.requirement("DOC-10")
@pytest.mark.article("GX2017 §54")
def test_a_suspended_physician_counts_again_from_the_day_of_resuming(manager, hospital):
    physician = {"institution_code": CODE, "code": "D450102000001", "operator": manager, "now": NOW}
    commands.file_physician(**physician, name="韦大夫", since=date(2018, 1, 1))
    with pytest.raises(commands.NotSuspended):
        commands.resume_physician(**physician, on=date(2018, 3, 1))
    commands.suspend_physician(**physician, since=date(2018, 3, 1), until=None, reason="大处方")
    commands.resume_physician(**physician, on=date(2018, 4, 1))
    assert [state(day) for day in ("2018-03-31", "2018-04-01")] == [PhysicianState.SUSPENDED, PhysicianState.VALID]


def test_the_memory_of_a_process_follows_the_version(manager, hospital):
    """Without forgetting: the version row alone makes the change seen, at most a second later."""
    clock = [0.0]
    cache = versions.VersionedCache("institutions_institutionversion", queries._read, clock=lambda: clock[0])
    assert cache.get(CODE).agreements == ()
    commands.sign_agreement(
        code=CODE,
        number="XY-2018-01",
        schemes=SCHEMES,
        care_kinds=KINDS,
        signed_on=date(2017, 12, 20),
        valid_from=date(2018, 1, 1),
        valid_until=date(2019, 1, 1),
        operator=manager,
        now=NOW,
    )
    assert cache.get(CODE).agreements == ()
    clock[0] = versions.LOOKED_EVERY_SECONDS
    assert len(cache.get(CODE).agreements) == 1
