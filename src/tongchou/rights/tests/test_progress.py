"""Applicants hear of their cases and ask how far they are (RIG-08, RIG-10; GX2017 §20; JL2019 §18)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from tongchou.cases import commands as cases
from tongchou.cases import kinds
from tongchou.cases.commands import Application
from tongchou.cases.kinds import Field, Kind, Material, Step, Subject
from tongchou.cases.states import Decision
from tongchou.enrolment import queries as register
from tongchou.platform.queries import Operator
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.web import access
from tongchou.rights import commands, queries
from tongchou.rights.commands.progress import (
    MISSES,
    MISSES_OF_ADDRESS,
    WINDOW,
    NoSuchApplication,
    TooManyQuestions,
)
from tongchou.rights.states import NoticeKind
from tongchou.rights.tests.conftest import NOW, VILLAGE, Family

PHONE = "13900001111"
ADDRESS = "10.1.1.1"


def _find(key: str) -> Subject | None:
    """A person of the register, or anything that is none (`V1`)."""
    facts = register.facts_by_person_no(key, NOW.date())
    if facts is not None:
        return Subject(facts.person_no, facts.name, facts.unit_code, facts.pooling_area)
    return Subject(key, "上莲村", VILLAGE, "450100") if key == "V1" else None


@pytest.fixture
def item() -> Iterator[None]:
    """An item of which nobody outside these tests knows."""
    kinds.register(
        Kind(
            code="test_item",
            title="补发通知",
            citation="GX2017 §13",
            fields=(Field("note", "说明"),),
            materials=(Material("form", "申请表"), Material("book", "户口簿")),
            steps=(Step("review", "复核", ("second_reviewer",)),),
            working_days=7,
            limit_source="GX2017 §13",
            subject_label="编号",
            find_subject=_find,
            effect=lambda case, *, operator, now: "已补发到登记地址",
            result_title="办理结果",
            archive_class="参保登记",
        )
    )
    yield
    kinds.withdraw("test_item")


@pytest.fixture
def reviewer(hire: Hire, item: None, calendar: None) -> Operator:
    return hire("second_reviewer", at="450102", name="县复核")


@pytest.fixture
def accept(reviewer: Operator, issuer: Operator) -> Callable[..., Any]:
    requests = iter(range(1000))

    def one(subject_key: str, *, phone: str = PHONE, received: tuple[str, ...] = ("form", "book")) -> Any:
        application = Application(
            kind="test_item",
            subject_key=subject_key,
            values={},
            received=frozenset(received),
            applicant_name="韦大山",
            applicant_phone=phone,
        )
        return cases.accept_application(application, request_id=f"p{next(requests)}", operator=issuer, now=NOW)

    return one


def _sent(phone: str = PHONE) -> list[str]:
    return [one.text for one in reversed(queries.short_messages(phone))]


def _told(family: Family) -> list[tuple[str, str]]:
    return [(one.title, one.body) for one in reversed(queries.notices_of(family.head.id).rows)]


# --- messages -------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("RIG-08")
@pytest.mark.requirement("RIG-10")
@pytest.mark.article("JL2019 §18")
def test_missing_papers_acceptance_and_result_reach_the_page_and_the_applicants_phone(
    family: Family, accept: Any, issuer: Operator, reviewer: Operator
) -> None:
    case = accept(family.head.number, received=("form",))
    call: dict[str, Any] = {"number": case.number, "now": NOW}
    case = cases.receive_materials(version=case.version, codes=["book"], operator=issuer, **call)
    cases.decide(version=case.version, decision=Decision.AGREE, operator=reviewer, **call)
    number = f"受理号{case.number}。"
    assert _told(family) == [
        (
            "“补发通知”申请须补正材料",
            f"{number}请于2018-06-06前补交:户口簿。逾期未补正的,本次申请终止。",
        ),
        ("“补发通知”申请已受理", f"{number}应于2018-05-25前办结。"),
        ("“补发通知”申请已办结", f"{number}请持收件回执到窗口领取办理结果。已补发到登记地址"),
    ]
    assert _sent() == [
        f"【医保】“补发通知”申请须补正材料,{number}请于2018-06-06前补交:户口簿。逾期未补正的,本次申请终止。",
        f"【医保】“补发通知”申请已受理,{number}应于2018-05-25前办结。",
        f"【医保】“补发通知”申请已办结,{number}请持收件回执到窗口领取办理结果。",
    ]


@pytest.mark.requirement("RIG-10")
@pytest.mark.article("JL2019 §18")
def test_a_part_of_the_missing_papers_is_confirmed_with_what_is_still_missing(
    family: Family, accept: Any, issuer: Operator
) -> None:
    case = accept(family.head.number, received=())
    cases.receive_materials(number=case.number, version=case.version, codes=["book"], operator=issuer, now=NOW)
    name = case.materials.get(code="form").name
    assert _told(family)[-1] == (
        "“补发通知”申请收到部分补正材料",
        f"受理号{case.number}。收到户口簿;尚缺{name},请于2018-06-06前补交。",
    )


@pytest.mark.requirement("RIG-08")
def test_the_registered_phone_hears_too_when_wanted_and_the_same_phone_once(family: Family, accept: Any) -> None:
    commands.choose_sms(person_id=family.head.id, kinds=[NoticeKind.PROGRESS])
    case = accept(family.head.number)
    assert [len(_sent(PHONE)), len(_sent("13800004521"))] == [1, 1]
    cases.withdraw_case(number=case.number, version=case.version, reason="重办", operator=case.accepted_by, now=NOW)
    accept(family.head.number, phone="+86 138-0000-4521")
    assert len(_sent("13800004521")) == 2


@pytest.mark.requirement("RIG-08")
def test_a_case_about_no_person_is_told_by_message_alone_and_a_landline_gets_none(accept: Any) -> None:
    accept("V1")
    assert len(_sent()) == 1
    assert not apps.get_model("rights", "PersonNotice").objects.exists()
    assert not commands.notices.send_message(phone="0771-5500000", text="x", person_id=None, now=NOW)
    assert not commands.notices.send_message(phone="", text="x", person_id=None, now=NOW)


@pytest.mark.requirement("RIG-08")
def test_a_refusal_is_told_with_its_reason_on_the_own_page_only(
    family: Family, accept: Any, reviewer: Operator
) -> None:
    case = accept(family.head.number)
    cases.decide(
        number=case.number,
        version=case.version,
        decision=Decision.REFUSE,
        opinion="已领取过",
        operator=reviewer,
        now=NOW,
    )
    assert "已领取过" in _told(family)[-1][1]
    assert "已领取过" not in "".join(_sent())
    assert "未予办理" in _sent()[-1]


# --- asking how far it is -------------------------------------------------------------------------------------------


def _ask(number: str, phone: str = PHONE, *, address: str = ADDRESS, now: Any = NOW) -> Any:
    return commands.ask_progress(number=number, phone=phone, address=address, now=now)


@pytest.mark.requirement("RIG-10")
@pytest.mark.article("GX2017 §20")
def test_number_and_phone_together_show_the_step_and_the_day_of_the_answer(accept: Any) -> None:
    case = accept("V1")
    assert _ask(case.number).said == "复核中,应于2018-05-25办结"
    assert _ask(f" {case.number.lower()} ", "+86 139 0000 1111").said == "复核中,应于2018-05-25办结"
    seen = apps.get_model("platform", "TrailEntry").objects.filter(action="rights.progress_shown")
    assert seen.count() == 2


@pytest.mark.requirement("RIG-10")
@pytest.mark.article("GX2017 §18")
def test_a_wrong_pair_learns_nothing_of_whether_the_case_exists(accept: Any) -> None:
    case, silent = accept("V1"), None
    cases.withdraw_case(number=case.number, version=case.version, reason="x", operator=case.accepted_by, now=NOW)
    silent = accept("V1", phone="")
    answers = []
    for number, phone in (
        (case.number, "13900002222"),
        ("450102-2018-SL-999999", PHONE),
        (silent.number, ""),
        ("", ""),
    ):
        with pytest.raises(NoSuchApplication) as refusal:
            _ask(number, phone)
        answers.append(str(refusal.value))
    assert len(set(answers)) == 1


@pytest.mark.requirement("RIG-10")
def test_whoever_guesses_phones_of_a_case_is_stopped_wherever_the_questions_come_from(accept: Any) -> None:
    case = accept("V1")
    for guess in range(MISSES):
        with pytest.raises(NoSuchApplication):
            _ask(case.number, f"139000022{guess:02d}", address=f"10.0.0.{guess}")
    with pytest.raises(TooManyQuestions):
        _ask(case.number)
    assert _ask(case.number, now=NOW + WINDOW + timedelta(seconds=1)).number == case.number


@pytest.mark.requirement("RIG-10")
def test_an_address_that_tries_many_numbers_is_stopped(accept: Any) -> None:
    case = accept("V1")
    for guess in range(MISSES_OF_ADDRESS):
        with pytest.raises(NoSuchApplication):
            _ask(f"450102-2018-SL-1{guess:05d}")
    with pytest.raises(TooManyQuestions):
        _ask(case.number)
    assert _ask(case.number, address="10.9.9.9").number == case.number


@pytest.mark.requirement("RIG-10")
def test_the_public_page_shows_the_standing_and_keeps_result_and_name_back(
    accept: Any, reviewer: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "now", lambda: NOW)
    case = accept("V1", received=("form",))
    anybody = Client()
    empty = anybody.get(f"/public/progress/?n={case.number}").content.decode()
    assert case.number in empty
    assert "户口簿" not in empty
    wrong = anybody.post("/public/progress/", {"number": case.number, "phone": "1"})
    assert (wrong.status_code, "CS-1711" in wrong.content.decode()) == (404, True)
    shown = anybody.post("/public/progress/", {"number": case.number, "phone": PHONE}).content.decode()
    assert "等待补正材料,请于2018-06-06前补齐" in shown
    assert "户口簿" in shown
    assert "上莲村" not in shown
    case = cases.receive_materials(
        number=case.number, version=case.version, codes=["book"], operator=case.accepted_by, now=NOW
    )
    cases.decide(number=case.number, version=case.version, decision=Decision.AGREE, operator=reviewer, now=NOW)
    done = anybody.post("/public/progress/", {"number": case.number, "phone": PHONE}).content.decode()
    assert "已办结" in done
    assert "已补发到登记地址" not in done
    for _guess in range(MISSES):
        anybody.post("/public/progress/", {"number": case.number, "phone": "2"})
    assert anybody.post("/public/progress/", {"number": case.number, "phone": PHONE}).status_code == 429
