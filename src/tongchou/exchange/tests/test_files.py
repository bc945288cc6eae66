"""Files to partners and back (数据交换文件)."""

import hashlib
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from tongchou.exchange import commands, imports, outgoing
from tongchou.exchange.formats import RecordUnreadable
from tongchou.exchange.imports import Mode, files
from tongchou.exchange.incoming import (
    AnsweredAlready,
    AnswersAnother,
    CutShort,
    FormatUnknown,
    NothingAwaited,
    TotalsDiffer,
    WrongPartner,
)
from tongchou.exchange.models import ImportFile, OutgoingFile, RejectedRow
from tongchou.exchange.states import OutgoingState
from tongchou.exchange.tests.conftest import AREA, FLOW, MADE_OF, NOW, OUT, ROWS, answer, bank_for, make
from tongchou.platform import checks


def come_back(file, officer, number, **more):
    return imports.check(
        kind="test_answers",
        pooling_area=AREA,
        file_name=file.name,
        content=file,
        options={"answers": number},
        operator=officer,
        now=NOW,
        **more,
    )


@pytest.mark.requirement("SYS-04")
def test_a_file_has_a_number_totals_and_a_digest_and_is_made_again_to_the_same_bytes(bank, officer):
    first, second = make(bank, officer, 1), make(bank, officer, 2)
    assert (first.number, second.number) == ("450100-2018-JH-000001", "450100-2018-JH-000002")
    assert first.file_name == "DKicbc20180903000001.txt"
    content = b"".join(outgoing.content_of(first))
    assert content.decode() == f"H|{first.number}|3|108000\n1|韦一|18000\n2|韦二|36000\n3|韦三|54000\n"
    assert first.digest == hashlib.sha256(content).hexdigest()
    assert outgoing.same_bytes(first)


def test_a_file_made_of_what_was_touched_is_no_longer_the_same(bank, officer, monkeypatch):
    made = make(bank, officer)
    monkeypatch.setitem(MADE_OF, "rows", [(1, "韦甲", 18_000), *ROWS[1:]])
    assert not outgoing.same_bytes(made)


def test_announced_totals_that_are_not_those_of_the_rows_make_no_file(bank, officer, monkeypatch):
    monkeypatch.setitem(MADE_OF, "rows", ROWS[:2])
    with pytest.raises(outgoing.TotalsAstray):
        make(bank, officer)
    assert not OutgoingFile.objects.exists()


def test_numbers_have_no_gap_when_making_fails(bank, officer, monkeypatch):
    monkeypatch.setitem(MADE_OF, "rows", [(1, "韦|一", 108_000)])
    with pytest.raises(Exception, match="holder"):
        make(bank, officer)
    monkeypatch.undo()
    assert make(bank, officer).serial == 1


def test_nothing_goes_to_whom_nothing_is_agreed_with(bank, officer, hire):
    for agreement in bank.agreements.all():
        commands.end_agreement(agreement_id=agreement.pk, ends_on=date(2018, 9, 1), operator=officer, now=NOW)
    with pytest.raises(outgoing.NothingAgreed, match="试验项目"):
        make(bank, officer)


def test_one_file_for_one_object(bank, officer):
    make(bank, officer, 7)
    with pytest.raises(IntegrityError), transaction.atomic():
        make(bank, officer, 7)


@pytest.mark.requirement("SYS-07")
def test_an_answer_goes_the_way_of_every_import_and_closes_the_file(sent, officer, tmp_path):
    preview = come_back(answer(tmp_path, sent), officer, sent.number)
    assert (preview.rows_total, preview.rows_bad) == (3, 0)
    assert preview.columns == ("行号", "实扣金额", "结果")
    assert preview.first_rows[1][2:] == ("2", "0", "balance")
    assert ImportFile.objects.get(pk=preview.id).answers_id == sent.pk
    imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=officer, now=NOW)
    sent.refresh_from_db()
    assert (sent.state, sent.rows_answered) == (OutgoingState.ANSWERED, 3)


def test_part_of_the_answer_leaves_the_file_open_until_the_rest_comes(sent, officer, tmp_path):
    for name, rows, tail, state in (
        ("a.txt", "1|18000|00", "T|1|18000", OutgoingState.SENT),
        ("b.txt", "2|0|51\n3|54000|00", "T|2|54000", OutgoingState.ANSWERED),
    ):
        preview = come_back(answer(tmp_path, sent, name=name, rows=rows, tail=tail), officer, sent.number)
        imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=officer, now=NOW)
        sent.refresh_from_db()
        assert sent.state == state


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"head": "H|x|icbc"}, FormatUnknown),
        ({"head": ""}, FormatUnknown),
        ({"head": "R|450100-2018-JH-000009|icbc"}, AnswersAnother),
        ({"tail": ""}, CutShort),
        ({"rows": "1|18000|00", "tail": "T|3|72000"}, CutShort),
        ({"tail": "T|2|72000"}, TotalsDiffer),
        ({"tail": "T|3|72100"}, TotalsDiffer),
        ({"rows": "1|18000|00\n2|0|51\n3|99000|00"}, TotalsDiffer),
        ({"tail": "T|3|72000\n4|1|00"}, CutShort),
        ({"rows": "1|18000|00\n2|0\n3|54000|00"}, RecordUnreadable),
        ({"rows": "1|18000|00\n2|x|51\n3|54000|00"}, RecordUnreadable),
        ({"rows": "1|18000|成功\n2|0|51\n3|54000|00", "encoding": "gb18030"}, RecordUnreadable),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_whole(sent, officer, tmp_path, changes, refusal):
    with pytest.raises(refusal):
        come_back(answer(tmp_path, sent, **changes), officer, sent.number)
    sent.refresh_from_db()
    assert (sent.state, sent.rows_answered) == (OutgoingState.SENT, 0)
    assert ImportFile.objects.get().state == "unreadable"


def test_a_file_of_another_partner_is_refused(sent, officer, reviewer, tmp_path):
    bank_for(officer, reviewer, "abc")
    with pytest.raises(WrongPartner, match="abc"):
        come_back(answer(tmp_path, sent, head=f"R|{sent.number}|abc"), officer, sent.number)


def test_a_result_code_nobody_agreed_on_is_a_bad_row(sent, officer, tmp_path):
    preview = come_back(answer(tmp_path, sent, rows="1|18000|00\n2|0|99\n3|54000|00"), officer, sent.number)
    assert (preview.rows_good, preview.rows_bad) == (2, 1)
    report = tmp_path / "errors.csv"
    assert imports.report(preview.id, report) == 1
    assert "99" in report.read_text("utf-8-sig")


def test_the_same_file_twice_and_an_answer_after_the_last_are_refused(sent, officer, tmp_path):
    file = answer(tmp_path, sent)
    preview = come_back(file, officer, sent.number)
    imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=officer, now=NOW)
    with pytest.raises(files.AlreadyTakenIn):
        come_back(file, officer, sent.number)
    other = answer(tmp_path, sent, rows="3|54000|00\n2|0|51\n1|18000|00")
    with pytest.raises(AnsweredAlready):
        come_back(other, officer, sent.number)


def test_what_was_never_sent_is_not_answered(bank, officer, tmp_path):
    made = make(bank, officer)
    with pytest.raises(NothingAwaited):
        come_back(answer(tmp_path, made), officer, made.number)
    with pytest.raises(NothingAwaited):
        come_back(answer(tmp_path, made, name="b.txt", tail="T|3|0072000"), officer, "450100-2018-JH-000099")


def test_a_receipt_must_say_what_was_sent(sent, officer):
    told = {"number": sent.number, "reference": "HZ1", "received_on": NOW.date(), "operator": officer, "now": NOW}
    with pytest.raises(commands.ReceiptDiffers, match=r"1079\.99"):
        commands.record_receipt(rows=3, total_fen=107_999, **told)
    first = commands.record_receipt(rows=3, total_fen=108_000, **told)
    assert commands.record_receipt(rows=3, total_fen=108_000, **told) == first
    sent.refresh_from_db()
    assert sent.state == OutgoingState.RECEIPTED


def test_a_file_moves_only_as_its_life_allows(bank, officer):
    made = make(bank, officer)
    with pytest.raises(commands.FileNotInState), transaction.atomic():
        commands.note_answered(outgoing_id=made.pk, rows=1, operator=officer, now=NOW)
    with pytest.raises(commands.FileNotInState), transaction.atomic():
        commands.note_reconciled(outgoing_id=made.pk, operator=officer, now=NOW)
    commands.mark_sent(number=made.number, operator=officer, now=NOW)
    again = commands.mark_sent(number=made.number, operator=officer, now=NOW + timedelta(hours=1))
    assert again.sent_at == NOW
    with pytest.raises(commands.FileNotInState), transaction.atomic():
        commands.cancel_file(number=made.number, operator=officer, now=NOW)
    with pytest.raises(commands.FileUnknown):
        commands.mark_sent(number="450100-2018-JH-000099", operator=officer, now=NOW)


def test_whoever_does_not_manage_the_exchange_changes_nothing(bank, officer, hire):
    stranger = hire("clerk", at=AREA)
    with pytest.raises(checks.NoPermission):
        commands.register_partner(pooling_area=AREA, code="x", name="x", kind="bank", operator=stranger, now=NOW)
    with pytest.raises(checks.NoPermission):
        commands.mark_sent(number=make(bank, officer).number, operator=stranger, now=NOW)


def test_partners_and_agreements_are_refused_with_their_reasons(bank, officer, reviewer):
    with pytest.raises(commands.PartnerTwice):
        bank_for(officer, reviewer)
    with pytest.raises(commands.NotFilled, match="名称"):
        commands.register_partner(pooling_area=AREA, code="x", name=" ", kind="tax", operator=officer, now=NOW)
    told = {
        "partner_id": bank.pk,
        "flow": FLOW,
        "frequency": "daily",
        "responsible": "王五",
        "legal_basis": "JL2019 §50",
        "valid_from": date(2018, 6, 1),
        "operator": officer,
        "now": NOW,
    }
    from tongchou.exchange.states import Direction

    with pytest.raises(commands.FormatsMissing, match="接收"):
        commands.agree(
            direction=Direction.BOTH, sent_as_id=bank.agreements.get().sent_as_id, answered_as_id=None, **told
        )
    with pytest.raises(commands.AgreedAlready):
        commands.agree(
            direction=Direction.OUT, sent_as_id=bank.agreements.get().sent_as_id, answered_as_id=None, **told
        )
    with pytest.raises(commands.NotFilled, match="依据"):
        commands.agree(direction=Direction.IN, sent_as_id=None, answered_as_id=None, **told | {"legal_basis": ""})


def test_the_next_edition_of_a_format_leaves_the_one_in_use(bank, officer):
    first = bank.agreements.get().sent_as
    again = commands.add_format(code=first.code, name="out", definition=OUT, operator=officer, now=NOW)
    assert again == first
    changed = commands.add_format(
        code=first.code, name="out", definition=OUT | {"encoding": "gb18030"}, operator=officer, now=NOW
    )
    assert (changed.edition, bank.agreements.get().sent_as) == (2, first)


@pytest.fixture
def rejected(sent, officer):
    with transaction.atomic():
        commands.reject_rows(
            "SELECT '450102' AS unit_code, n AS row_no, 'thing' AS object_kind, n AS object_key, '某户' AS subject,"
            " 100 AS amount_fen, '51' AS code, '余额不足' AS reason FROM generate_series(1, %s) n",
            3,
            flow=FLOW,
            pooling_area=AREA,
            outgoing_id=sent.pk,
            now=NOW,
        )
    return list(RejectedRow.objects.order_by("id"))


@pytest.mark.requirement("ENR-09")
def test_a_row_that_came_back_is_taken_worked_on_and_closed_with_a_reason(rejected, officer):
    one = rejected[0]
    assert one.due_on == NOW.date() + commands.DAYS_TO_RESOLVE
    commands.take_rejected(row_ids=[one.pk], operator=officer, now=NOW)
    with pytest.raises(commands.ResolutionMissing):
        commands.resolve_rejected(row_ids=[one.pk], resolution=" ", operator=officer, now=NOW)
    commands.resolve_rejected(row_ids=[one.pk], resolution="已通知户主", operator=officer, now=NOW)
    one.refresh_from_db()
    assert (one.state, one.assigned_to, one.resolved_by) == ("resolved", officer.staff_code, officer.staff_code)
    with pytest.raises(commands.ResolvedAlready, match="已通知户主"):
        commands.resolve_rejected(row_ids=[one.pk], resolution="再来", operator=officer, now=NOW)
    with pytest.raises(commands.RejectedRowUnknown):
        commands.take_rejected(row_ids=[0], operator=officer, now=NOW)


def test_a_row_of_another_county_is_out_of_reach(rejected, hire):
    elsewhere = hire("information", at="450103")
    with pytest.raises(checks.OutOfScope):
        commands.take_rejected(row_ids=[rejected[0].pk], operator=elsewhere, now=NOW)
