"""What every item of the counter holds to, whichever chapter declares it: a new kind is covered by being registered.

Form, papers, posts and path are those of the declaration. What the item looks up and what it does are put aside, for
here is asked how the counter treats any of them: bad forms, double clicks, two clerks, and a connection that breaks.
"""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from tongchou.cases import commands, kinds, queries
from tongchou.cases.commands import Application
from tongchou.cases.commands.acceptance import AlreadyInHand, FormFaulty
from tongchou.cases.commands.steps import ChangedMeanwhile, MustStandAside, SamePersonActed, SubjectUnknown
from tongchou.cases.kinds import Field, Kind, Subject
from tongchou.cases.models import Case, Draft
from tongchou.cases.states import CaseState, Decision
from tongchou.kernel.errors import DomainError
from tongchou.platform import commands as platform_commands
from tongchou.platform.tests.at_once import at_once
from tongchou.platform.web import access

NOW = datetime(2018, 6, 11, 2, tzinfo=UTC)
VILLAGE, AREA, KEY = "450102001201", "450100", "C1"
DERIVED = {"on": "2018-06-11"}
"""What papers and paths may depend on beside the form: the day."""
KINDS = kinds.registered()
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)


class Gone(DomainError):
    code = "CS-9901"
    message = "办理时已不符合条件"


def subject(key: str) -> Subject | None:
    return Subject(KEY, "张三", VILLAGE, AREA) if key == KEY else None


def value(one: Field) -> str:
    """Something that fits the field."""
    if one.kind == "choice":
        return one.choices[0][0]
    if one.register is not None and not one.register.others:
        return VILLAGE[:6]
    return {"day": "2018-06-01", "certificate": "450102198005060017"}.get(one.kind, "写明内容")[: one.longest]


def filled(fields) -> dict[str, str]:
    return {one.name: value(one) for one in fields if one.required}


def put_aside(kind: Kind, done: Counter[str]) -> Kind:
    """The kind at a counter that looks nothing up, counting how often it takes effect."""

    def effect(case, *, operator, now):
        done[case.number] += 1
        return "已办理"

    return replace(
        kind,
        find_subject=subject,
        known=kinds.nothing_known,
        check=kinds.nothing_to_check,
        amount=kinds.nothing_of_money,
        derived=lambda subject, values, rows, on: DERIVED,
        at_once=kinds.nothing_at_once,
        parties=kinds.nobody,
        effect=effect,
        steps=tuple(replace(step, needs_code=False, needs_evidence=False) for step in kind.steps),
        rows=replace(kind.rows, check=kinds.no_flaws, claim=kinds.nothing_claimed) if kind.rows else None,
    )


@pytest.fixture
def item(kind: Kind):
    """The kind with what it looks up and does put aside; how often it took effect."""
    done: Counter[str] = Counter()
    stood = put_aside(kind, done)
    kinds.register(stood)
    yield stood, done
    kinds.register(kind)


def staff_for(hire, *some: Kind):
    """Two clerks at the counter, and two of whoever decides each step."""
    platform_commands.ensure_calendar(now=NOW)
    posts = dict.fromkeys(step.posts[0] for kind in some for step in kind.steps)
    return {post: [hire(post, at=AREA) for _ in range(2)] for post in ("clerk", *posts)}


@pytest.fixture
def office(hire, kind):
    return staff_for(hire, kind)


def application(kind: Kind, **changed) -> Application:
    row = filled(kind.rows.fields) if kind.rows else {}
    rows = tuple(row for _ in range(kind.rows.at_least)) if kind.rows else ()
    values = filled(kind.fields)
    facts = {
        "kind": kind.code,
        "subject_key": KEY,
        "values": values,
        "rows": rows,
        "received": frozenset(one.code for one in kind.needed(values | DERIVED, rows)),
        "applicant_name": "张三",
    }
    return Application(**facts | changed)


def accept(office, kind: Kind, *, request_id="r1", clerk=0, **changed) -> Case:
    return commands.accept_application(
        application(kind, **changed), request_id=request_id, operator=office["clerk"][clerk], now=NOW
    )


def decide(office, kind: Kind, case: Case, *, who=0, version=None, decision=Decision.AGREE, opinion="") -> Case:
    step = kind.step(case.step)
    return commands.decide(
        number=case.number,
        version=case.version if version is None else version,
        decision=decision,
        opinion=opinion,
        operator=office[step.posts[0]][who],
        now=NOW,
    )


@pytest.mark.requirement("ORG-15", "SYS-24", "SYS-15")
@every_kind
def test_a_bad_form_is_told_whole_and_what_was_typed_stays(office, item, client, monkeypatch):
    """Empty, over-long, unknown and unreadable values; and a connection that broke before the form was sent."""
    kind, _ = item
    with pytest.raises(FormFaulty) as refused:
        accept(office, kind, values={}, applicant_name=" ")
    said = str(refused.value)
    assert "申请人未填写" in said
    assert all(f"{one.label}未填写" in said for one in kind.fields if one.required)

    words = {"day": "不是日期", "choice": "不在可选范围"}
    long = {one.name: "长" * (one.longest + 1) for one in kind.fields if one.kind not in words}
    odd = {one.name: "没有" for one in kind.fields if one.kind in words}
    with pytest.raises(FormFaulty) as refused:
        accept(office, kind, values=long | odd | {"nonsense": "x"}, received=frozenset({"no_such_paper"}))
    said = str(refused.value)
    assert "没有“nonsense”这一项" in said
    assert "没有材料“no_such_paper”" in said
    assert all(f"{one.label}{words.get(one.kind, f'超过{one.longest}个字')}" in said for one in kind.fields)
    with pytest.raises(SubjectUnknown):
        accept(office, kind, subject_key="nobody")

    monkeypatch.setattr(access, "now", lambda: NOW)
    clerk = office["clerk"][0]
    client.force_login(clerk, backend="tongchou.platform.authentication.OperatorBackend")
    typed = next((one for one in kind.fields if one.kind in ("text", "long_text")), None)
    posted = {"subject": KEY, "applicant_name": "中断以前填的"} | ({typed.name: "填到一半"} if typed else {})
    kept = client.post(reverse("cases:keep_draft", args=[kind.code]), posted, headers={"accept": "application/json"})
    assert kept.status_code == 200
    page = client.get(reverse("cases:accept", args=[kind.code]), {"key": KEY}).content.decode()
    assert "中断以前填的" in page
    assert typed is None or "填到一半" in page
    empty = client.post(reverse("cases:accept", args=[kind.code]), {"subject": KEY, "act": "accept"})
    assert empty.status_code == 422
    assert not Case.objects.exists()
    assert queries.draft_of(clerk, kind.code, KEY, NOW.date()) is not None
    accept(office, kind)
    assert not Draft.objects.exists()


@pytest.mark.requirement("ORG-11", "ORG-15", "ORG-21")
@every_kind
def test_clicks_and_clerks_at_once_accept_and_decide_once(office, item):
    """A double click, another window, and two who decide the same step, to the end of the path."""
    kind, done = item
    case = accept(office, kind)
    assert accept(office, kind).number == case.number
    with pytest.raises(AlreadyInHand):
        accept(office, kind, request_id="r2", clerk=1)
    assert Case.objects.count() == 1
    who = Counter[str]()
    while case.state == CaseState.IN_HAND:
        step, version = kind.step(case.step), case.version
        mine = who[step.posts[0]]
        who[step.posts[0]] += 1
        at_once = {"number": case.number, "version": version, "decision": Decision.AGREE, "now": NOW}
        case = decide(office, kind, case, who=mine)
        again = commands.decide(operator=office[step.posts[0]][mine], **at_once)
        assert again.version == case.version, "a double click"
        with pytest.raises(ChangedMeanwhile):
            commands.decide(operator=office["clerk"][1], **at_once)
    assert case.state == CaseState.DONE
    assert done == {case.number: 1}


@pytest.fixture
def office_of_all(transactional_db, hire):
    """One office for all kinds, its rows committed, so that every thread sees them."""
    yield staff_for(hire, *KINDS)
    for kind in KINDS:
        kinds.register(kind)


@pytest.mark.requirement("ORG-11", "ORG-15", "ORG-16")
def test_at_the_same_instant_a_form_is_taken_once_and_a_step_decided_once(office_of_all):
    """Of every kind: one click that arrives twice, and two operators with the same page, in threads of their own."""
    for kind in KINDS:
        done = Counter[str]()
        stood = put_aside(kind, done)
        kinds.register(stood)
        clicked = at_once(*[lambda stood=stood: accept(office_of_all, stood, request_id=stood.code)] * 2)
        assert clicked == ["", ""], kind.code
        case = Case.objects.get(kind=kind.code)
        while case.state == CaseState.IN_HAND:
            decided = at_once(
                *[lambda who=who, case=case, stood=stood: decide(office_of_all, stood, case, who=who) for who in (0, 1)]
            )
            assert decided in (["", ChangedMeanwhile.code], ["", SamePersonActed.code]), (kind.code, case.step)
            case = Case.objects.get(pk=case.pk)
        assert (case.state, done) == (CaseState.DONE, {case.number: 1}), kind.code


@pytest.mark.requirement("ORG-11", "ORG-16", "ORG-21")
@every_kind
def test_withdrawals_refusals_of_the_effect_and_own_matters_leave_nothing_half_done(office, item):
    kind, done = item
    withdrawing = {"reason": "申请人要求撤回", "operator": office["clerk"][0], "now": NOW}
    case = accept(office, kind)
    commands.withdraw_case(number=case.number, version=case.version, **withdrawing)
    with pytest.raises(ChangedMeanwhile):
        decide(office, kind, case)
    case = accept(office, kind, request_id="r2")
    version = case.version
    decide(office, kind, case, decision=Decision.REFUSE, opinion="不符合条件")
    with pytest.raises(ChangedMeanwhile):
        commands.withdraw_case(number=case.number, version=version, **withdrawing)

    def gone(case, *, operator, now):
        raise Gone

    clerk, decider = office["clerk"][0], office[kind.steps[0].posts[0]][0]
    own = frozenset({clerk.citizen_id, decider.citizen_id})
    kinds.register(replace(kind, effect=gone, parties=lambda subject: own))
    with pytest.raises(MustStandAside):
        accept(office, kind, request_id="r3")
    case = accept(office, kind, request_id="r4", clerk=1)
    while case.path[-1] != case.step:
        case = decide(office, kind, case, who=1)
    step = kind.step(case.step)
    if step is kind.steps[0]:
        with pytest.raises(MustStandAside):
            decide(office, kind, case)
    before = (case.step, case.version, case.acts.count())
    with pytest.raises(Gone):
        decide(office, kind, case, who=1)
    stands = Case.objects.get(number=case.number)
    assert (stands.step, stands.version, stands.acts.count(), stands.state) == (*before, CaseState.IN_HAND)
    assert not done


@pytest.mark.requirement("ORG-03")
@every_kind
def test_every_item_stands_in_the_duty_matrix(kind):
    assert kind.item
