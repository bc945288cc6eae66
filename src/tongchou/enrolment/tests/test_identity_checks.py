"""The police's identity check (公安身份核查): a file out, an answer in, and each difference decided by a clerk."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from tongchou.enrolment.identity import asking, deciding
from tongchou.enrolment.identity.models import IdentityFinding
from tongchou.enrolment.identity.states import FindingState
from tongchou.enrolment.models import FormerCertificate, Person, StatusReport
from tongchou.enrolment.tests.conftest import AREA, NOW, VILLAGE, citizen_number
from tongchou.exchange import commands as exchange
from tongchou.exchange import imports, outgoing
from tongchou.exchange import queries as exchange_queries
from tongchou.exchange.imports import Mode
from tongchou.exchange.states import Direction, Frequency, PartnerKind
from tongchou.kernel.errors import DomainError

SENT = {
    "head": [{"name": "mark", "holds": "mark", "value": "HC"}, {"name": "number"}, {"name": "rows", "holds": "whole"}],
    "row": [{"name": "line_no", "holds": "whole"}, {"name": "certificate_no"}, {"name": "name"}],
}
ANSWERED = {
    "head": [{"name": "mark", "holds": "mark", "value": "FK"}, {"name": "number"}, {"name": "rows", "holds": "whole"}],
    "row": [
        {"name": "line_no", "holds": "whole"},
        {"name": "code"},
        {"name": "name"},
        {"name": "certificate_no"},
        {"name": "event_on", "holds": "day"},
        {"name": "address"},
    ],
    "codes": {"0": "agrees", "1": "changed", "2": "not_found", "3": "dead", "4": "moved"},
}
NEW_NUMBER = citizen_number(order=999)


@pytest.fixture
def officer(hire):
    return hire("information", at=AREA)


@pytest.fixture
def police(officer, hire):
    second = hire("finance_reviewer", at=AREA)
    made = {}
    for code, definition in (("ga.sent", SENT), ("ga.answered", ANSWERED)):
        made[code] = exchange.add_format(
            code=code, name=code, definition=definition, valid_from=date(2018, 1, 1), operator=officer, now=NOW
        )
        exchange.approve_format(format_id=made[code].pk, operator=second, now=NOW)
    partner = exchange.register_partner(
        pooling_area=AREA, code="GA", name="A市公安局", kind=PartnerKind.POLICE, operator=officer, now=NOW
    )
    exchange.agree(
        partner_id=partner.pk,
        flow=asking.FLOW_NAME,
        direction=Direction.BOTH,
        frequency=Frequency.YEARLY,
        sent_as_id=made["ga.sent"].pk,
        answered_as_id=made["ga.answered"].pk,
        responsible="参保科",
        legal_basis="JL2019 §7",
        valid_from=date(2018, 1, 1),
        operator=officer,
        now=NOW,
    )
    return partner


@pytest.fixture
def ask(police, clerk):
    def asked(request_id="1", now=NOW, by=clerk):
        return asking.make_check(unit_code=AREA, partner_id=police.pk, request_id=request_id, operator=by, now=now)

    return asked


@pytest.fixture
def answer(clerk, tmp_path):
    """Answers a check with these lines: `answer(check, "1|0||||")`."""

    def answered(check, *lines, by=clerk, now=NOW):
        file = exchange_queries.outgoing_of(asking.FLOW_NAME, check.pk)
        if file.state == "made":
            exchange.mark_sent(number=file.number, operator=by, now=now)
        content = tmp_path / f"{check.pk}-{len(lines)}.txt"
        content.write_text("\n".join([f"FK|{file.number}|{len(lines)}", *lines, ""]), encoding="utf-8")
        preview = imports.check(
            kind="identity_results",
            pooling_area=AREA,
            file_name=content.name,
            content=content,
            options={"answers": file.number},
            operator=by,
            now=now,
        )
        if not preview.rows_bad:
            imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=by, now=now)
        return preview

    return answered


@pytest.fixture
def people(enrol):
    """Five of a village; the fifth lives in a household."""
    made = [enrol(name=f"韦{n}") for n in "甲乙丙丁"]
    made.append(enrol(name="韦戊", household_no="H1", household_relation="head"))
    return [one.person for one in made]


@pytest.fixture
def second(hire):
    return hire("second_reviewer", at=AREA)


def finding_of(person):
    return IdentityFinding.objects.select_related("person").get(person=person)


@pytest.mark.article("JL2019 §7")
@pytest.mark.requirement("SYS-06", "SYS-04")
def test_the_police_are_asked_about_everybody_once_and_their_answer_makes_work_of_what_differs(
    ask, answer, people, police, clerk
):
    check = ask()
    assert check.rows == 5
    assert ask().pk == check.pk, "a double click asks once"
    file = exchange_queries.outgoing_of(asking.FLOW_NAME, check.pk)
    lines = b"".join(outgoing.content_of(file)).decode().splitlines()
    assert lines[0] == f"HC|{file.number}|5"
    assert lines[1] == f"1|{people[0].certificate_no}|韦甲"
    assert outgoing.same_bytes(file)
    with pytest.raises(asking.NobodyToVerify, match=r".+\(\d+\)没有需要核查"):
        ask("2")

    preview = answer(check, "1|0||||", f"2|1|韦已|{NEW_NUMBER}||", "3|2||||", "4|3|||20180301|", "5|4||||B县二镇三村")
    assert preview.totals == {
        "一致": "1",
        "姓名或号码已变更": "1",
        "查无此人": "1",
        "已死亡": "1",
        "户籍迁移": "1",
    }
    assert [finding_of(one).state for one in people] == ["agreed", "open", "open", "referred", "open"]
    assert Person.objects.get(pk=people[1].pk).name == "韦乙", "nothing changes by the file alone"
    report = StatusReport.objects.get()
    assert (report.person, report.reason, report.event_on, report.state) == (
        people[3], "death", date(2018, 3, 1), "held",
    )  # fmt: skip
    assert report.held_until == date(2018, 3, 20)
    with pytest.raises(DomainError, match="已回盘"):
        answer(check, "1|0||||", "2|0||||")


@pytest.mark.requirement("SYS-06")
def test_another_name_or_number_is_proposed_by_one_and_confirmed_by_another(ask, answer, people, clerk, second, hire):
    answer(ask(), "1|0||||", f"2|1|韦已|{NEW_NUMBER}||", "3|0||||", "4|0||||", "5|0||||")
    finding = finding_of(people[1])
    told = {"finding_id": finding.pk, "operator": clerk, "now": NOW}
    with pytest.raises(DomainError, match="原因"):
        deciding.propose(version=finding.version, opinion=" ", **told)
    proposed = deciding.propose(version=finding.version, opinion="已核对户口簿", **told)
    with pytest.raises(deciding.FindingMoved):
        deciding.keep(version=finding.version, opinion="迟到一步", **told)
    with pytest.raises(deciding.SamePersonProposed):
        deciding.confirm(version=proposed.version, **told)
    sent_back = deciding.send_back(
        finding_id=finding.pk, version=proposed.version, opinion="请附依据", operator=second, now=NOW
    )
    assert (sent_back.state, sent_back.proposed_by) == (FindingState.OPEN, "")
    again = deciding.propose(version=sent_back.version, opinion="已附依据", **told)
    deciding.confirm(finding_id=finding.pk, version=again.version, operator=second, now=NOW)
    person = Person.objects.get(pk=people[1].pk)
    assert (person.name, person.certificate_no) == ("韦已", NEW_NUMBER)
    assert FormerCertificate.objects.get().certificate_no == people[1].certificate_no
    assert {one.particular for one in person.changes.all()} >= {"name", "certificate_no"}
    with pytest.raises(deciding.FindingMoved):
        deciding.confirm(finding_id=finding.pk, version=again.version, operator=second, now=NOW)


@pytest.mark.requirement("SYS-06")
def test_a_household_that_moved_is_written_down_by_one_clerk_and_a_person_not_found_is_kept_with_a_reason(
    ask, answer, people, clerk
):
    answer(ask(), "1|2||||", "2|0||||", "3|0||||", "4|4||||B县二镇三村", "5|4||||B县二镇三村")
    missing, homeless, moved = (finding_of(people[at]) for at in (0, 3, 4))
    told = {"opinion": "已核对", "operator": clerk, "now": NOW}
    deciding.record_move(finding_id=moved.pk, version=moved.version, **told)
    assert Person.objects.get(pk=people[4].pk).household.hukou_address == "B县二镇三村"
    with pytest.raises(deciding.NoHouseholdHere):
        deciding.record_move(finding_id=homeless.pk, version=homeless.version, **told)
    with pytest.raises(deciding.FindingNotReady):
        deciding.propose(finding_id=missing.pk, version=missing.version, **told)
    kept = deciding.keep(finding_id=missing.pk, version=missing.version, **told)
    assert (kept.state, kept.opinion) == (FindingState.DISMISSED, "已核对")


@pytest.mark.requirement("SYS-06")
@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param("9|0||||", "EN-2063", id="a line nobody asked"),
        pytest.param("1|1||||", "EN-2064", id="changed into nothing"),
        pytest.param("1|3||||", "EN-2064", id="dead without a day"),
        pytest.param("1|4||||", "EN-2064", id="moved to nowhere"),
        pytest.param("1|1||450102198005061111||", "EN-1001", id="a false number"),
    ],
)
def test_a_row_of_the_answer_is_refused_with_its_reason(ask, answer, people, line, code):
    preview = answer(ask(), line)
    assert [one.code for one in imports.problems_of(preview.id).rows] == [code]
    assert not IdentityFinding.objects.exclude(state=FindingState.ASKED).exists()


@pytest.mark.requirement("SYS-06")
def test_who_agreed_is_asked_again_after_a_year_and_only_the_police_are_asked(ask, answer, people, officer, clerk):
    answer(ask(), *(f"{n}|0||||" for n in range(1, 6)))
    with pytest.raises(asking.NobodyToVerify):
        ask("2", now=NOW + timedelta(days=200))
    assert ask("3", now=NOW + timedelta(days=366)).rows == 5
    bank = exchange.register_partner(
        pooling_area=AREA, code="YH", name="某银行", kind=PartnerKind.BANK, operator=officer, now=NOW
    )
    with pytest.raises(asking.NotThePolice):
        asking.make_check(unit_code=VILLAGE, partner_id=bank.pk, request_id="4", operator=clerk, now=NOW)


@pytest.mark.requirement("SYS-06")
def test_the_pages_ask_list_and_decide(ask, answer, people, police, clerk, second, client, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    client.force_login(clerk)
    form = client.get(reverse("enrolment:identity_ask")).content.decode()
    assert "A市公安局" in form
    told = {"request_id": "x", "unit": AREA, "partner": police.pk}
    assert client.post(reverse("enrolment:identity_ask"), told).status_code == 302
    answered = client.post(reverse("enrolment:identity_ask"), told | {"request_id": "y"})
    assert answered.status_code == 422
    assert "EN-2062" in answered.content.decode()
    answer(ask("x"), "1|1|韦新|||", *(f"{n}|0||||" for n in range(2, 6)))
    page = client.get(reverse("enrolment:identity")).content.decode()
    assert "待办理 1" in page
    finding = finding_of(people[0])
    address = reverse("enrolment:identity_finding", args=[finding.pk])
    assert "按公安信息更正" in client.get(address).content.decode()
    act = {"version": finding.version, "act": "propose", "opinion": "核对无误"}
    assert client.post(address, act).status_code == 302
    late = client.post(address, act)
    assert late.status_code == 422
    assert "EN-2066" in late.content.decode()
    assert client.post(address, act | {"act": "nonsense"}).status_code == 404
    client.force_login(second)
    assert client.post(address, {"version": finding.version + 1, "act": "confirm"}).status_code == 302
    assert Person.objects.get(pk=people[0].pk).name == "韦新"
    again = client.post(address, {"version": finding.version + 1, "act": "send_back", "opinion": "同名"})
    assert again.status_code == 422
    assert "EN-2066" in again.content.decode(), "confirmed meanwhile"
