"""Objections, extracts for third parties and heirs, mandates, notices, short messages: each step, each refusal."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from tongchou.contributions.tests.paying import record_contribution
from tongchou.enrolment import commands as enrolment
from tongchou.enrolment import queries as register
from tongchou.platform.checks import NoPermission, OutOfScope
from tongchou.platform.histories import RecordSet
from tongchou.platform.queries import Operator, working_calendar
from tongchou.platform.tests.at_once import ended_at_once
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.web import access
from tongchou.rights import commands, contents, queries
from tongchou.rights.commands import messages
from tongchou.rights.commands.applications import (
    ApplicationIncomplete,
    ApplicationMoveNotAllowed,
    ApplicationUnknown,
    ApprovalRanOut,
    Asked,
    DocumentUsed,
    PersonLives,
    SamePersonApproves,
)
from tongchou.rights.commands.mandates import (
    AgentIsSelf,
    AgentUnknown,
    GuardianUnproven,
    MandateStands,
    MandateUnknown,
    TooManyAgents,
    WardDead,
    comes_of_age,
)
from tongchou.rights.commands.objections import (
    MOST_OPEN,
    NotYetCorrected,
    ObjectionMovedOn,
    ObjectionMoveNotAllowed,
    ObjectionUnknown,
    ObjectionUnreasoned,
    SamePersonAnswers,
    TooManyOpen,
    Wanted,
    YearMissing,
    is_overdue,
)
from tongchou.rights.drafting import NothingToProve, PeriodUnfit, PersonNotKnown
from tongchou.rights.models import Objection
from tongchou.rights.reminders import reminders_of
from tongchou.rights.states import (
    APPLICATION_TRANSITIONS,
    OBJECTION_TRANSITIONS,
    ApplicantKind,
    ApplicationState,
    NoticeKind,
    ObjectionState,
    Way,
)
from tongchou.rights.tests.conftest import NOW, TODAY, Family, citizen_number

# --- objections -----------------------------------------------------------------------------------------------------


@pytest.fixture
def missing(paid: Family) -> Wanted:
    """A payment made in 2017 is missing, and the voucher is at hand."""
    return Wanted(
        person_id=paid.son.id,
        record=RecordSet.CONTRIBUTION,
        year=2018,
        said="2017年10月已交2018年度的费,系统查不到",
        evidence="缴费票据 桂财票00009999",
    )


@pytest.fixture
def filed(missing: Wanted, issuer: Operator) -> Objection:
    return commands.file_objection(missing, operator=issuer, way=Way.COUNTER, now=NOW)


@pytest.fixture
def checked(filed: Objection, issuer: Operator) -> Objection:
    return commands.check_objection(
        number=filed.number, finding="票据属实,漏录", version=filed.version, operator=issuer, now=NOW
    )


def _answer(found: Objection, operator: Operator, *, corrected: bool = True, answer: str = "已补记") -> Objection:
    return commands.answer_objection(
        number=found.number, corrected=corrected, answer=answer, version=found.version, operator=operator, now=NOW
    )


@pytest.mark.requirement("RIG-05")
@pytest.mark.article("GX2017 §18")
def test_a_missing_payment_proven_by_voucher_is_booked_and_the_objection_answered(
    checked: Objection, approver: Operator, cashier: Operator, paid: Family
) -> None:
    with pytest.raises(NotYetCorrected, match="2018年度"):
        _answer(checked, approver)
    record_contribution(
        person_id=paid.son.id,
        benefit_year=2018,
        amount_fen=18_000,
        paid_on=date(2017, 10, 20),
        channel="bank",
        receipt_no="桂财票00009999",
        operator=cashier,
        now=NOW,
    )
    answered = _answer(checked, approver)
    assert answered.state == ObjectionState.CORRECTED
    assert answered.correction == "2018年度缴费 2017-10-20 桂财票00009999"
    told = queries.notices_of(paid.son.id).rows
    assert any(one.title == "您提出的异议已更正" for one in told)


@pytest.mark.requirement("RIG-05")
def test_an_objection_is_due_in_fifteen_working_days(filed: Objection) -> None:
    assert filed.due_on == date(2018, 6, 6)
    assert working_calendar().working_days_between(TODAY, filed.due_on) == 15
    assert not is_overdue(filed, date(2018, 6, 6))
    assert is_overdue(filed, date(2018, 6, 7))


def test_a_refusal_gives_its_reason(checked: Objection, approver: Operator) -> None:
    with pytest.raises(ObjectionUnreasoned, match="不予更正的理由"):
        _answer(checked, approver, corrected=False, answer=" ")
    refused = _answer(checked, approver, corrected=False, answer="票据与本人不符")
    assert refused.state == ObjectionState.REFUSED
    assert refused.decided_by == approver


@pytest.mark.requirement("ORG-11")
def test_who_checked_does_not_answer(filed: Objection, hire: Hire) -> None:
    both = hire("clerk", "approver", at="450102", name="韦两岗")
    found = commands.check_objection(number=filed.number, finding="属实", version=1, operator=both, now=NOW)
    with pytest.raises(SamePersonAnswers, match="韦两岗"):
        _answer(found, both)


def test_a_check_that_comes_late_is_refused_above_the_answer_and_not_inside_it(
    filed: Objection, issuer: Operator, hire: Hire, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "now", lambda: NOW)
    both = hire("clerk", "approver", at="450102", name="韦两岗")
    client.force_login(both, backend="tongchou.platform.authentication.OperatorBackend")
    address = f"/rights/objections/{filed.number}/"
    assert 'name="finding"' in client.get(address).content.decode()
    commands.check_objection(number=filed.number, finding="属实", version=1, operator=issuer, now=NOW)
    late = client.post(f"{address}check/", {"finding": "不属实", "version": 1})
    page = late.content.decode()
    assert late.status_code == 422
    assert "RI-0303" in page, "checked meanwhile"
    assert 'name="answer"' in page
    assert 'name="finding"' not in page, "what comes next is the answer"


def test_the_same_objection_again_is_the_first_and_others_have_a_limit(missing: Wanted, filed: Objection) -> None:
    again = commands.file_objection(missing, operator=None, way=Way.WEB, now=NOW + timedelta(hours=1))
    assert again.number == filed.number
    for number in range(MOST_OPEN - 1):
        commands.file_objection(replace(missing, said=f"第{number}件"), operator=None, way=Way.WEB, now=NOW)
    with pytest.raises(TooManyOpen):
        commands.file_objection(replace(missing, said="再一件"), operator=None, way=Way.WEB, now=NOW)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"said": " "}, ObjectionUnreasoned), ({"year": None}, YearMissing), ({"person_id": 10**9}, PersonNotKnown)],
)
def test_an_incomplete_objection_is_not_accepted(
    missing: Wanted, issuer: Operator, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        commands.file_objection(replace(missing, **changes), operator=issuer, way=Way.COUNTER, now=NOW)


def test_two_clerks_on_one_objection(filed: Objection, issuer: Operator) -> None:
    with pytest.raises(ObjectionMovedOn):
        commands.check_objection(number=filed.number, finding="一", version=7, operator=issuer, now=NOW)
    with pytest.raises(ObjectionUnreasoned, match="核查情况"):
        commands.check_objection(number=filed.number, finding="", version=1, operator=issuer, now=NOW)


def test_an_objection_moves_only_as_it_may(filed: Objection, issuer: Operator, approver: Operator) -> None:
    with pytest.raises(ObjectionMoveNotAllowed):
        _answer(filed, approver)
    with pytest.raises(ObjectionUnknown):
        commands.withdraw_objection(number=filed.number, person_id=10**9, operator=None, now=NOW)
    with pytest.raises(ObjectionUnknown):
        commands.withdraw_objection(number="X", person_id=None, operator=issuer, now=NOW)
    commands.withdraw_objection(number=filed.number, person_id=filed.person_id, operator=None, now=NOW)
    for move in (
        lambda: commands.withdraw_objection(number=filed.number, person_id=None, operator=issuer, now=NOW),
        lambda: commands.check_objection(number=filed.number, finding="x", version=2, operator=issuer, now=NOW),
    ):
        with pytest.raises(ObjectionMoveNotAllowed):
            move()
    assert {before for before, _ in OBJECTION_TRANSITIONS} == {ObjectionState.FILED, ObjectionState.CHECKED}


@pytest.mark.requirement("ORG-02")
def test_another_county_handles_nothing_here(missing: Wanted, filed: Objection, hire: Hire) -> None:
    elsewhere = hire("clerk", at="450103")
    with pytest.raises(OutOfScope):
        commands.file_objection(missing, operator=elsewhere, way=Way.COUNTER, now=NOW)
    with pytest.raises(OutOfScope):
        commands.check_objection(number=filed.number, finding="x", version=1, operator=elsewhere, now=NOW)


# --- extracts -------------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(billed: Family) -> Asked:
    """公安机关, with a document."""
    return Asked(
        person_id=billed.head.id,
        applicant_kind=ApplicantKind.POLICE,
        applicant="安河县公安局",
        bearer="李警官、张警官",
        document_no="安公调证〔2018〕45号",
        basis="刑事诉讼法第五十四条",
        purpose="侦查案件",
        records=(RecordSet.BENEFIT,),
        period_from=date(2018, 1, 1),
        period_until=date(2018, 5, 1),
    )


@pytest.mark.requirement("RIG-04")
@pytest.mark.article("JL2019 §52")
def test_a_police_request_with_a_document_number_gets_one_extract(
    asked: Asked, issuer: Operator, approver: Operator, billed: Family
) -> None:
    filed = commands.file_application(asked, operator=issuer, now=NOW)
    commands.decide_application(number=filed.number, approved=True, opinion="", operator=approver, now=NOW)
    extract = commands.give_extract(number=filed.number, operator=issuer, now=NOW)
    (table,) = contents.from_kept(extract.content).tables
    assert [(row[0], row[4]) for row in table.rows] == [("2018-04-20", "6,225.00")]
    with pytest.raises(ApplicationMoveNotAllowed, match="已提供"):
        commands.give_extract(number=filed.number, operator=issuer, now=NOW)
    (given,) = queries.extracts_of(billed.head.id)
    assert (given.applicant, given.document_no) == ("安河县公安局", "安公调证〔2018〕45号")
    seen = apps.get_model("platform", "TrailEntry").objects.filter(
        object_kind="person", object_key=billed.head.number, action="rights.give_extract"
    )
    assert [entry.detail["applicant"] for entry in seen] == ["安河县公安局"]


@pytest.mark.requirement("RIG-07")
@pytest.mark.article("JL2019 §10")
def test_an_heir_with_proof_gets_the_extract_and_the_view_bears_his_name(
    asked: Asked, issuer: Operator, approver: Operator, clerk: Operator, billed: Family
) -> None:
    heirs = replace(
        asked,
        applicant_kind=ApplicantKind.HEIR,
        applicant="韦小山",
        bearer="",
        certificate_no=billed.son.certificate_no,
        document_no="死亡医学证明 4501020001",
        relation_proof="居民户口簿",
        basis="民法典第一千一百二十七条",
        purpose="办理继承",
    )
    with pytest.raises(PersonLives):
        commands.file_application(heirs, operator=issuer, now=NOW)
    enrolment.record_death(person_id=billed.head.id, died_on=date(2018, 5, 3), operator=clerk, now=NOW)
    with pytest.raises(ApplicationIncomplete, match="亲属关系证明"):
        commands.file_application(replace(heirs, relation_proof=""), operator=issuer, now=NOW)
    filed = commands.file_application(heirs, operator=issuer, now=NOW)
    commands.decide_application(number=filed.number, approved=True, opinion="", operator=approver, now=NOW)
    extract = commands.give_extract(number=filed.number, operator=issuer, now=NOW)
    assert "6,225.00" in str(extract.content)
    seen = apps.get_model("platform", "TrailEntry").objects.filter(
        object_kind="person", object_key=billed.head.number, action="rights.give_extract", outcome="seen"
    )
    assert [entry.detail["applicant"] for entry in seen] == ["韦小山"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"document_no": " "}, ApplicationIncomplete),
        ({"basis": ""}, ApplicationIncomplete),
        ({"bearer": ""}, ApplicationIncomplete),
        ({"records": ()}, ApplicationIncomplete),
        ({"period_until": date(2018, 1, 1)}, PeriodUnfit),
        ({"person_id": 10**9}, PersonNotKnown),
    ],
)
def test_an_incomplete_application_is_not_accepted(
    asked: Asked, issuer: Operator, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        commands.file_application(replace(asked, **changes), operator=issuer, now=NOW)


def test_a_document_is_used_once_unless_it_was_refused(asked: Asked, issuer: Operator, approver: Operator) -> None:
    filed = commands.file_application(asked, operator=issuer, now=NOW)
    with pytest.raises(DocumentUsed):
        commands.file_application(asked, operator=issuer, now=NOW)
    with pytest.raises(ApplicationIncomplete, match="理由"):
        commands.decide_application(number=filed.number, approved=False, opinion="", operator=approver, now=NOW)
    commands.decide_application(number=filed.number, approved=False, opinion="文书过期", operator=approver, now=NOW)
    assert commands.file_application(asked, operator=issuer, now=NOW).number != filed.number


@pytest.mark.requirement("ORG-11")
def test_who_accepted_does_not_approve(asked: Asked, hire: Hire, calendar: None) -> None:
    both = hire("clerk", "approver", at="450102", name="韦两岗")
    filed = commands.file_application(asked, operator=both, now=NOW)
    with pytest.raises(SamePersonApproves, match="韦两岗"):
        commands.decide_application(number=filed.number, approved=True, opinion="", operator=both, now=NOW)


def test_an_application_moves_only_as_it_may(asked: Asked, issuer: Operator, approver: Operator) -> None:
    filed = commands.file_application(asked, operator=issuer, now=NOW)
    with pytest.raises(ApplicationMoveNotAllowed):
        commands.give_extract(number=filed.number, operator=issuer, now=NOW)
    with pytest.raises(NoPermission):
        commands.decide_application(number=filed.number, approved=True, opinion="", operator=issuer, now=NOW)
    with pytest.raises(ApplicationUnknown):
        commands.give_extract(number="X", operator=issuer, now=NOW)
    commands.decide_application(number=filed.number, approved=True, opinion="", operator=approver, now=NOW)
    with pytest.raises(ApplicationMoveNotAllowed):
        commands.decide_application(number=filed.number, approved=False, opinion="迟", operator=approver, now=NOW)
    with pytest.raises(ApprovalRanOut):
        commands.give_extract(number=filed.number, operator=issuer, now=NOW + timedelta(days=31))
    assert (ApplicationState.FILED, ApplicationState.GIVEN) not in APPLICATION_TRANSITIONS


def test_nothing_is_extracted_where_nothing_lies_in_the_period(
    asked: Asked, issuer: Operator, approver: Operator
) -> None:
    wanted = replace(asked, period_from=date(2010, 1, 1), period_until=date(2010, 2, 1))
    filed = commands.file_application(wanted, operator=issuer, now=NOW)
    commands.decide_application(number=filed.number, approved=True, opinion="", operator=approver, now=NOW)
    with pytest.raises(NothingToProve):
        commands.give_extract(number=filed.number, operator=issuer, now=NOW)


# --- mandates -------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("RIG-03")
@pytest.mark.article("JL2019 §55")
def test_a_family_member_with_a_mandate_may_see_the_record_until_it_ends(family: Family) -> None:
    given = commands.give_mandate(
        person_id=family.head.id, agent_name="黄秀英", agent_certificate_no=family.wife.certificate_no, now=NOW
    )
    assert queries.may_act(agent_id=family.wife.id, person_id=family.head.id, on=TODAY)
    assert not queries.may_act(agent_id=family.head.id, person_id=family.wife.id, on=TODAY)
    assert not queries.may_act(agent_id=family.wife.id, person_id=family.head.id, on=date(2021, 5, 16))
    with pytest.raises(MandateUnknown):
        commands.end_mandate(mandate_id=given.pk, person_id=family.wife.id, now=NOW)
    commands.end_mandate(mandate_id=given.pk, person_id=family.head.id, now=NOW)
    assert not queries.may_act(agent_id=family.wife.id, person_id=family.head.id, on=TODAY)


@pytest.mark.requirement("RIG-03")
@pytest.mark.requirement("RIG-07")
def test_a_mandate_ends_with_a_death_on_either_side(family: Family, issuer: Operator) -> None:
    wifes = {"agent_name": "黄秀英", "agent_certificate_no": family.wife.certificate_no}
    late = datetime(2018, 8, 31, 2, tzinfo=UTC)
    given = commands.give_mandate(person_id=family.head.id, **wifes, now=late)
    assert given.valid_until == date(2021, 8, 31)
    person = apps.get_model("enrolment", "Person").objects
    person.filter(pk=family.head.id).update(died_on=TODAY)
    assert not queries.may_act(agent_id=family.wife.id, person_id=family.head.id, on=late.date())
    assert queries.mandates_held(family.wife.id, late.date()) == []
    call: dict[str, Any] = {"guardian_no": family.wife.number, "evidence": "户口簿", "operator": issuer, "now": late}
    with pytest.raises(WardDead, match="继承人凭死亡证明"):
        commands.register_guardian(person_id=family.head.id, **call)
    with pytest.raises(AgentUnknown):
        commands.register_guardian(person_id=family.son.id, **call | {"guardian_no": family.head.number})


@pytest.mark.parametrize(
    ("name", "of", "refusal"),
    [("黄秀芳", "wife", AgentUnknown), ("韦大山", "head", AgentIsSelf), ("黄秀英", "nobody", AgentUnknown)],
)
def test_a_mandate_names_a_living_person_other_than_oneself(
    family: Family, name: str, of: str, refusal: type[Exception]
) -> None:
    number = getattr(family, of).certificate_no if of != "nobody" else "450102199001010011"
    with pytest.raises(refusal):
        commands.give_mandate(person_id=family.head.id, agent_name=name, agent_certificate_no=number, now=NOW)


def test_a_mandate_is_given_once_and_to_few(family: Family, enrol: Callable[..., Any]) -> None:
    wifes = {"agent_name": "黄秀英", "agent_certificate_no": family.wife.certificate_no, "now": NOW}
    commands.give_mandate(person_id=family.head.id, **wifes)
    with pytest.raises(MandateStands):
        commands.give_mandate(person_id=family.head.id, **wifes)
    for n in range(5):
        other = register.facts(enrol(certificate_no=citizen_number(order=101 + 2 * n), now=NOW).person_id, TODAY)
        assert other is not None
        call = {"agent_name": other.name, "agent_certificate_no": other.certificate_no, "now": NOW}
        if len(queries.mandates_given(family.head.id, TODAY)) == 5:
            with pytest.raises(TooManyAgents):
                commands.give_mandate(person_id=family.head.id, **call)
        else:
            commands.give_mandate(person_id=family.head.id, **call)


@pytest.mark.requirement("RIG-03")
def test_a_guardian_with_proof_sees_the_childs_record_until_it_is_of_age(family: Family, issuer: Operator) -> None:
    call: dict[str, Any] = {
        "person_id": family.son.id,
        "guardian_no": family.head.number,
        "operator": issuer,
        "now": NOW,
    }
    with pytest.raises(GuardianUnproven):
        commands.register_guardian(**call, evidence=" ")
    with pytest.raises(AgentUnknown):
        commands.register_guardian(**call | {"guardian_no": "X"}, evidence="居民户口簿")
    with pytest.raises(PersonNotKnown):
        commands.register_guardian(**call | {"person_id": 10**9}, evidence="居民户口簿")
    made = commands.register_guardian(**call, evidence="居民户口簿")
    assert made.valid_until == date(2028, 7, 1)
    assert [comes_of_age(day) for day in (date(2010, 8, 31), date(2012, 2, 29))] == [
        date(2028, 8, 31),
        date(2030, 3, 1),
    ]
    grown = commands.register_guardian(**call | {"person_id": family.wife.id}, evidence="(2018)桂0102民特3号判决")
    assert grown.valid_until == date(2021, 5, 16)


# --- notices and reminders ------------------------------------------------------------------------------------------


@pytest.mark.requirement("RIG-08")
@pytest.mark.article("GX2017 §20")
def test_a_payment_booked_is_told_the_same_day_once(paid: Family) -> None:
    (notice,) = queries.notices_of(paid.head.id).rows
    assert notice.title == "2018年度缴费已入账"
    assert "自2018-01-01起享受待遇" in notice.body
    again = {"person_id": paid.head.id, "kind": NoticeKind.PAYMENT, "topic": notice.topic, "title": "再次"}
    assert not commands.tell(**again, now=NOW)
    assert queries.unread_notices(paid.head.id) == 1
    assert commands.mark_all_read(person_id=paid.head.id, now=NOW) == 1


@pytest.mark.requirement("RIG-08")
def test_a_claim_paid_is_told_the_same_day_and_by_message_to_whoever_wants_it(family: Family) -> None:
    commands.choose_sms(person_id=family.head.id, kinds=[NoticeKind.PAYMENT])
    paid_at = datetime.fromisoformat("2018-05-22T03:00:00+00:00")
    told = {"kind": NoticeKind.PAYMENT, "topic": "claim 1", "title": "零星报销款850.00元已拨付", "now": paid_at}
    assert commands.tell(person_id=family.head.id, **told)
    assert commands.tell(person_id=family.wife.id, **told)
    (notice,) = queries.notices_of(family.head.id).rows
    assert notice.sent_at == paid_at
    (sent,) = queries.short_messages("13800004521")
    assert sent.text == "【医保】零星报销款850.00元已拨付"


@pytest.mark.requirement("RIG-08")
@pytest.mark.parametrize(
    ("on", "told"),
    [
        ("2018-05-16", []),
        ("2018-10-10", ["2019年度缴费已开始"]),
        ("2018-12-10", ["待遇享受期22天后到期", "2019年度缴费已开始"]),
        ("2019-03-10", ["2019年度还没有待遇"]),
    ],
)
def test_a_reminder_stands_as_long_as_its_reason(paid: Family, on: str, told: list[str]) -> None:
    day = date.fromisoformat(on)
    facts = register.facts(paid.head.id, day)
    assert facts is not None
    assert [one.title for one in reminders_of(facts, day)] == told


def test_who_is_not_enrolled_is_not_reminded(paid: Family) -> None:
    before = register.facts(paid.head.id, date(2010, 1, 1))
    assert before is not None
    assert reminders_of(before, date(2010, 1, 1)) == []


# --- short messages -------------------------------------------------------------------------------------------------


@pytest.mark.requirement("RIG-03")
@pytest.mark.article("GX2017 §20")
def test_a_query_by_message_is_answered_masked_and_only_to_the_registered_number(paid: Family) -> None:
    text = f"CX {paid.head.certificate_no}"
    answer = commands.answer_sms(phone="+86 138-0000-4521", text=text, now=NOW)
    assert answer is not None
    assert answer.text.startswith("【医保】韦*山(450102********0116),参保,2018-05-16可享受待遇,2018年度已缴费")
    assert paid.head.certificate_no not in answer.text
    assert commands.answer_sms(phone="13900000000", text=text, now=NOW) is None
    assert [one.direction for one in queries.short_messages("13900000000")] == ["received"]


@pytest.mark.parametrize("text", ["", "CX", "CX 123", "你好", "CX 450102198005060116 OR 1=1", "CX 450102199912310011"])
def test_a_message_that_asks_for_nobody_gets_no_answer(paid: Family, text: str) -> None:
    assert commands.answer_sms(phone="13800004521", text=text, now=NOW) is None


def test_who_has_no_registered_number_gets_no_answer(paid: Family) -> None:
    assert commands.answer_sms(phone="", text=f"CX {paid.wife.certificate_no}", now=NOW) is None


def test_a_number_is_answered_so_often_a_day(paid: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MOST_A_DAY", 2)
    call = {"phone": "13800004521", "text": f"cx{paid.head.certificate_no}"}
    assert [commands.answer_sms(**call, now=NOW) is None for _ in range(3)] == [False, False, True]
    written_otherwise = {**call, "phone": "+86 138-0000-4521"}
    assert commands.answer_sms(**written_otherwise, now=NOW) is None
    assert commands.answer_sms(**call, now=NOW + timedelta(days=1, minutes=1)) is not None


@pytest.mark.django_db(transaction=True)
def test_of_messages_at_the_same_instant_no_more_than_so_many_are_answered(
    paid: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "MOST_A_DAY", 2)
    call = {"phone": "13800004521", "text": f"cx{paid.head.certificate_no}"}
    answers = ended_at_once(*[lambda: commands.answer_sms(**call, now=NOW)] * 6)
    assert sum(one is not None for one in answers) == len(queries.short_messages("13800004521")) - 6 == 2
