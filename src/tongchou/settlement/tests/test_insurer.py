"""The commercial insurer (商业保险机构): March's claims out with only needed data, confirmations and payments back."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.urls import reverse

from tongchou.exchange import commands as exchange
from tongchou.exchange import imports, outgoing
from tongchou.exchange import queries as exchange_queries
from tongchou.exchange.imports import Mode
from tongchou.exchange.states import Direction, Frequency, OutgoingState, PartnerKind
from tongchou.platform.tests.at_once import at_once, begun_within, named_at_once
from tongchou.platform.tests.conftest import Hire, plant_tree
from tongchou.settlement import insurer, insurer_answers
from tongchou.settlement.models import InsurerClaim
from tongchou.settlement.states import ClaimState
from tongchou.settlement.tests import world

pytestmark = pytest.mark.django_db
NOW = datetime(2018, 4, 3, 2, tzinfo=UTC)
HEAD = [{"name": "mark", "holds": "mark", "value": "LP"}, {"name": "number"}, {"name": "rows", "holds": "whole"}]
SENT = {
    "head": [*HEAD, {"name": "total_fen", "holds": "yuan"}],
    "row": [
        {"name": "line_no", "holds": "whole"},
        {"name": "claim_no"},
        {"name": "settled_on", "holds": "day"},
        {"name": "diagnosis_group"},
        *({"name": name, "holds": "yuan"} for name in ("total_fen", "in_scope_fen", "pool_paid_fen", "amount_fen")),
        *({"name": name} for name in ("bank_name", "account_no", "holder_name")),
    ],
}
ANSWERED = {
    "head": HEAD,
    "row": [
        {"name": "line_no", "holds": "whole"},
        {"name": "code"},
        {"name": "amount_fen", "holds": "yuan"},
        {"name": "day", "holds": "day"},
        {"name": "reference"},
        {"name": "reason"},
    ],
    "codes": {"C": "confirmed", "N": "refused", "P": "paid"},
}
PHONE = "13800138000"


@pytest.fixture
def hire() -> Hire:
    plant_tree()
    return Hire()


@pytest.fixture
def manager(hire: Hire) -> Any:
    return hire("payment_manager", at=world.AREA)


@pytest.fixture
def company(hire: Hire) -> Any:
    officer, second = hire("information", at=world.AREA), hire("finance_reviewer", at=world.AREA)
    made = {}
    for code, definition in (("bx.sent", SENT), ("bx.answered", ANSWERED)):
        made[code] = exchange.add_format(code=code, name=code, definition=definition, operator=officer, now=NOW)
        exchange.approve_format(format_id=made[code].pk, operator=second, now=NOW)
    partner = exchange.register_partner(
        pooling_area=world.AREA, code="BX", name="某保险公司", kind=PartnerKind.INSURER, operator=officer, now=NOW
    )
    exchange.agree(
        partner_id=partner.pk,
        flow=insurer.FLOW_NAME,
        direction=Direction.BOTH,
        frequency=Frequency.MONTHLY,
        sent_as_id=made["bx.sent"].pk,
        answered_as_id=made["bx.answered"].pk,
        responsible="待遇科",
        legal_basis="GX2017 §70",
        valid_from=date(2018, 1, 1),
        operator=officer,
        now=NOW,
    )
    return partner


def seriously_ill(on: str, *, account: str = "") -> tuple[Any, Any]:
    """A stay with a serious-illness part, of somebody with a telephone and perhaps an account."""
    who = world.person()
    apps.get_model("enrolment", "Person").objects.filter(pk=who.id).update(phone=PHONE)
    if account:
        apps.get_model("enrolment", "BankAccount").objects.create(
            person_id=who.id,
            bank_name="农信社",
            account_no=account,
            holder_kind="self",
            holder_name="张某",
            source="counter",
            staff_code="G1",
            recorded_at=world.at("2018-01-05"),
        )
    world.preset(who, {"serious_own": world.yuan("8000"), "pool_paid": world.yuan("150000")})
    lines = [world.Line(scope=world.yuan("6000"))]
    visit, settled = world.settled_visit(who, lines, on, kind="inpatient", until=on, diagnosis_code="I21.001")
    return visit, settled


@pytest.fixture
def march(company: Any, manager: Any) -> Any:
    """Two of March, one of them taken back later in a third; and one of April."""
    seriously_ill("2018-03-15", account="6217000011112222")
    seriously_ill("2018-03-20")
    visit, settled = seriously_ill("2018-03-21")
    world.cancel(visit, settled.settlement_id, on=world.at("2018-03-22"))
    seriously_ill("2018-04-01")
    return insurer.make_claims(partner_id=company.pk, month="2018-03", operator=manager, now=NOW)


@pytest.fixture
def check(manager: Any, tmp_path: Any) -> Any:
    """An answer of the insurer, read and not yet booked."""

    def checked(file: Any, *lines: str) -> Any:
        sent = exchange_queries.outgoing_of(insurer.FLOW_NAME, file.pk)
        assert sent is not None
        if sent.state == OutgoingState.MADE:
            exchange.mark_sent(number=sent.number, operator=manager, now=NOW)
        content = tmp_path / f"{len(list(tmp_path.iterdir()))}.txt"
        content.write_text("\n".join([f"LP|{sent.number}|{len(lines)}", *lines, ""]))
        return imports.check(
            kind="insurer_answers",
            pooling_area=world.AREA,
            file_name=content.name,
            content=content,
            options={"answers": sent.number},
            operator=manager,
            now=NOW,
        )

    return checked


def take(preview: Any, by: Any) -> int:
    return imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=by, now=NOW).rows_taken


@pytest.fixture
def answer(manager: Any, check: Any) -> Any:
    def answered(file: Any, *lines: str) -> Any:
        preview = check(file, *lines)
        if not preview.rows_bad:
            take(preview, manager)
        return preview

    return answered


def state_of(file: Any) -> str:
    sent = exchange_queries.outgoing_of(insurer.FLOW_NAME, file.pk)
    assert sent is not None
    return str(sent.state)


@pytest.mark.article("GX2017 §129")
@pytest.mark.requirement("SYS-08", "SYS-04")
def test_marchs_file_holds_claim_amounts_diagnosis_group_and_bank_data_but_no_phone_number(march: Any) -> None:
    sent = exchange_queries.outgoing_of(insurer.FLOW_NAME, march.pk)
    assert sent is not None
    text = b"".join(outgoing.content_of(sent)).decode()
    lines = text.splitlines()
    assert len(lines) == 3, "what was taken back and what is of April stays at home"
    cells = lines[1].split("|")
    claim = InsurerClaim.objects.get(line_no=1)
    assert cells[1].endswith(str(claim.settlement_id))
    assert cells[2:5] == ["20180315", "I21", "6000.00"]
    assert int(cells[7].replace(".", "")) == claim.amount_fen > 0
    assert cells[8:] == ["农信社", "6217000011112222", "张某"]
    assert PHONE not in text
    assert not set(apps.get_model("enrolment", "Person").objects.values_list("certificate_no", flat=True)) & set(cells)
    assert outgoing.same_bytes(sent)


@pytest.mark.requirement("SYS-08")
def test_a_settlement_is_claimed_once_and_only_from_an_insurer_of_a_month_that_is_over(
    march: Any, company: Any, manager: Any
) -> None:
    told = {"partner_id": company.pk, "operator": manager, "now": NOW}
    with pytest.raises(insurer.NothingToClaim):
        insurer.make_claims(month="2018-03", **told)
    with pytest.raises(insurer.MonthNotOver):
        insurer.make_claims(month="2018-04", **told)
    with pytest.raises(insurer.NotAnInsurer):
        insurer.make_claims(month="2018-03", **told | {"partner_id": 0})
    seriously_ill("2018-03-28")
    assert insurer.make_claims(month="2018-03", **told).edition == 2


@pytest.mark.requirement("SYS-08")
def test_confirmations_come_first_payments_later_and_the_parts_add_up(march: Any, answer: Any) -> None:
    one, two = (claim.amount_fen for claim in march.claims.order_by("line_no"))
    answer(march, f"1|C|{one / 100:.2f}|20180410||", f"2|C|{two / 100 - 100:.2f}|20180410||")
    assert state_of(march) == OutgoingState.SENT
    confirmed = insurer.reconciliation(march)
    assert (confirmed.confirmed_fen, confirmed.refused_fen, confirmed.open_fen) == (one + two - 10_000, 10_000, 0)
    work = apps.get_model("exchange", "RejectedRow").objects.get()
    assert (work.amount_fen, work.state) == (10_000, "open")
    answer(march, f"1|P|{one / 100:.2f}|20180415|B1|", f"2|P|{two / 100 - 100:.2f}|20180415|B2|")
    paid = insurer.reconciliation(march)
    assert paid.paid_fen + paid.refused_fen == paid.claimed_fen
    assert not paid.agrees
    assert state_of(march) == OutgoingState.ANSWERED


@pytest.mark.requirement("SYS-08")
def test_what_is_paid_in_full_is_reconciled(march: Any, answer: Any) -> None:
    one, two = (claim.amount_fen for claim in march.claims.order_by("line_no"))
    answer(march, f"1|P|{one / 100:.2f}|20180415|B1|", f"2|P|{two / 100:.2f}|20180415|B2|")
    assert insurer.reconciliation(march).agrees
    assert state_of(march) == OutgoingState.RECONCILED


@pytest.mark.requirement("SYS-08")
@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param("9|C|1.00|20180410||", "EX-2614", id="a line nobody claimed"),
        pytest.param("1|C|999999.00|20180410||", "EX-2615", id="more than claimed"),
        pytest.param("1|N|1.00|20180410||重复", "EX-2615", id="refused with an amount"),
        pytest.param("1|N|0.00|20180410||", "EX-2616", id="refused without a reason"),
        pytest.param("1|P|1.00|20180410||", "EX-2616", id="paid without a reference"),
    ],
)
def test_a_row_of_the_answer_is_refused_with_its_reason(march: Any, answer: Any, line: str, code: str) -> None:
    preview = answer(march, line)
    assert [one.code for one in imports.problems_of(preview.id).rows] == [code]
    assert set(InsurerClaim.objects.values_list("state", flat=True)) == {ClaimState.ASKED}


@pytest.mark.requirement("SYS-08")
def test_the_pages_make_a_file_and_show_how_it_stands(
    company: Any, manager: Any, hire: Hire, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seriously_ill("2018-03-15", account="6217000011112222")
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    client.force_login(manager)
    assert "某保险公司" in client.get(reverse("settlement:insurer")).content.decode()
    asked = {"partner": company.pk, "month": "2018-03"}
    made = client.post(reverse("settlement:make_insurer_file"), asked, follow=True)
    assert "理赔文件已生成,共 1 笔。" in made.content.decode()
    again = client.post(reverse("settlement:make_insurer_file"), asked, follow=True)
    assert "EX-2613" in again.content.decode()
    client.force_login(hire("clerk", at=world.AREA))
    assert client.post(reverse("settlement:make_insurer_file"), asked).status_code == 403


@pytest.mark.requirement("SYS-08")
@pytest.mark.django_db(transaction=True)
def test_two_clerks_who_claim_a_month_at_the_same_moment_claim_it_once(company: Any, manager: Any, hire: Hire) -> None:
    seriously_ill("2018-03-15")
    other = hire("payment_manager", at=world.AREA)
    told = {"partner_id": company.pk, "month": "2018-03", "now": NOW}
    made = at_once(*[lambda by=by: insurer.make_claims(operator=by, **told) for by in (manager, other)])
    assert made == ["", insurer.NothingToClaim.code]
    assert InsurerClaim.objects.count() == 1


@pytest.mark.requirement("SYS-08", "SYS-03")
@pytest.mark.django_db(transaction=True)
def test_a_claim_that_two_answers_decide_at_the_same_moment_is_decided_by_the_first(
    march: Any, manager: Any, check: Any, hire: Hire, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = (claim.amount_fen for claim in march.claims.order_by("line_no"))
    other = hire("payment_manager", at=world.AREA)
    paid = check(march, f"1|P|{one / 100:.2f}|20180415|B1|", f"2|P|{two / 100:.2f}|20180415|B2|")
    refused = check(march, "1|N|0.00|20180415||重复申请")
    ends = begun_within(
        lambda: take(paid, manager),
        lambda: take(refused, other),
        call=(insurer_answers.exchange, "note_answered"),
        monkeypatch=monkeypatch,
    )
    assert (ends[0], type(ends[1]).__name__) == (2, "BooksMoved")
    assert [problem.code for problem in imports.problems_of(refused.id).rows] == ["EX-2614"]
    assert (insurer.reconciliation(march).agrees, state_of(march)) == (True, OutgoingState.RECONCILED)
    assert not apps.get_model("exchange", "RejectedRow").objects.exists()
    assert InsurerClaim.objects.filter(state=ClaimState.PAID).count() == 2


@pytest.mark.requirement("SYS-08", "SYS-03")
@pytest.mark.django_db(transaction=True)
def test_an_answer_that_is_booked_twice_at_the_same_moment_counts_once(
    march: Any, manager: Any, check: Any, hire: Hire
) -> None:
    less = check(march, "1|N|0.00|20180415||重复申请")
    by = [manager, manager, hire("payment_manager", at=world.AREA)]
    ends = named_at_once(*[lambda one=one: take(less, one) for one in by])
    assert [end for end in ends if end == 1] == [1]
    assert set(ends) - {1} <= {"ImportBusy", "ImportNotReady"}
    assert apps.get_model("exchange", "RejectedRow").objects.count() == 1
    sent = exchange_queries.outgoing_of(insurer.FLOW_NAME, march.pk)
    assert sent is not None
    assert (sent.rows_answered, sent.rows) == (1, 2)
