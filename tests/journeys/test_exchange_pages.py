"""The pages, the door and the command line of the exchange (数据交换页面)."""

import base64
import json
from datetime import timedelta

import msgspec
import pytest
from django.db import transaction
from typer.testing import CliRunner

from tongchou.exchange import carriers, commands, duties, envelopes, flows, keys, links, trying
from tongchou.exchange.envelopes import Key
from tongchou.exchange.formats import FormatFaulty
from tongchou.exchange.links_cli import exchange_app
from tongchou.exchange.models import (
    Arrival,
    Delivery,
    FileFormat,
    HandOff,
    Partner,
    PartnerKey,
    PartnerLink,
    RejectedRow,
)
from tongchou.exchange.rules import Rhythm
from tongchou.exchange.states import Carrier, DutyForm, Frequency, Giver, KeySide
from tongchou.exchange.tests.conftest import AREA, BACK, FLOW, NOW, OUT, answer, make
from tongchou.exchange.tests.conftest import bank as bank
from tongchou.exchange.tests.conftest import flow as flow
from tongchou.exchange.tests.conftest import officer as officer
from tongchou.exchange.tests.conftest import reviewer as reviewer
from tongchou.platform import checks
from tongchou.platform.tests.conftest import PASSWORD
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.simulator.partner_office import PartnerOffice

SECRET = "s" * 40


@pytest.fixture
def office(bank, officer, settings, tmp_path):
    settings.EXCHANGE_FOLDER = tmp_path
    for side in KeySide:
        keys.add_key(partner_id=bank.pk, side=side, key_no="K1", secret=SECRET, operator=officer, now=NOW)
    links.set_link(partner_id=bank.pk, carrier=Carrier.FOLDER, address="b", in_use=True, operator=officer, now=NOW)
    return PartnerOffice(bank.code, AREA, Key("K1", SECRET), Key("K1", SECRET))


@pytest.fixture
def awaited():
    flows.register_incoming(
        flows.Incoming(FLOW, "试验项目", "test_answers", lambda parcelled: {"answers": parcelled.answers})
    )
    yield
    del flows._incoming[FLOW]


@pytest.fixture
def desk(client, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)

    def sit(operator):
        client.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")

        def read(address):
            client.get(address)
            with django_assert_max_num_queries(12, info=address):
                response = client.get(address)
            assert response.status_code == 200, address
            return response.content.decode()

        client.read = read
        return client

    return sit


@pytest.fixture
def rows(bank, officer):
    sent = commands.mark_sent(number=make(bank, officer).number, operator=officer, now=NOW)
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


def test_every_page_opens_with_few_questions(desk, bank, officer, office, awaited, rows, tmp_path):
    duties.add_duty(
        partner_id=bank.pk, subject="名单", form=DutyForm.LIST, giver=Giver.PARTNER, responsible="甲", legal_basis="乙",
        rhythm=Rhythm(Frequency.MONTHLY, 1), valid_from=NOW.date().replace(day=1), operator=officer, now=NOW,
    )  # fmt: skip
    sent = commands.mark_sent(number=make(bank, officer, 2).number, operator=officer, now=NOW)
    bank.agreements.update(taken_by=officer.staff_code)
    office.offer("R1", FLOW, answer(tmp_path, sent).read_bytes(), answers=sent.number)
    office.look_into(tmp_path / "b")
    links.work(NOW)
    browser = desk(officer)
    arrival = Arrival.objects.get()
    pages = {
        "/exchange/": sent.number,
        f"/exchange/files/{sent.number}/": "已送达",
        "/exchange/arrivals/": "R1",
        f"/exchange/arrivals/{arrival.pk}/": arrival.digest,
        "/exchange/totals/": "还没有对账的文件",
        "/exchange/duties/": "已逾期",
        f"/exchange/duties/{HandOff.objects.earliest('due_on').pk}/": "登记交接",
        f"/exchange/partners/{bank.pk}/duties/add/": "迟后月数",
        f"/exchange/partners/{bank.pk}/edit/": "职责",
        f"/exchange/partners/{bank.pk}/": "名单",
        "/exchange/links/": "畅通",
        f"/exchange/links/{bank.pk}/": "旧密钥继续有效",
        "/exchange/formats/": "icbc.back",
        "/exchange/formats/add/": "样本文件",
        f"/exchange/formats/{FileFormat.objects.first().pk}/": "已核准",
        f"/exchange/formats/add/?from={FileFormat.objects.first().pk}": "line_no whole",
        "/exchange/rejected/": "转办",
        f"/imports/{arrival.incoming_id}/": "R1.txt",
        f"/imports/{arrival.incoming_id}/quality/": "合格率",
    }
    for address, words in pages.items():
        assert words in browser.read(address), address


@pytest.mark.requirement("SYS-07")
@pytest.mark.article("GX2017 §129")
def test_a_format_goes_into_force_when_somebody_else_approves_it(desk, bank, officer, reviewer):
    agreed = bank.agreements.get().sent_as
    browser = desk(officer)
    told = {
        "code": agreed.code, "name": "新盘", "valid_from": "2018-10-01", "shape": "delimited", "delimiter": ",",
        "encoding": "gb18030", "line_end": "crlf", "file_name": "N{serial}.txt",
        "head": "mark mark H\nnumber\nrows whole\ntotal_fen fen", "row": "line_no whole\nholder\namount_fen fen",
    }  # fmt: skip
    assert browser.post("/exchange/formats/add/", told).status_code == 302
    made = FileFormat.objects.latest("id")
    assert (made.edition, made.approved_at) == (2, None)
    assert browser.post(f"/exchange/formats/{made.pk}/decide/", {"approve": "1"}).status_code == 403
    both = {"format_id": made.pk, "now": NOW}
    with pytest.raises(checks.NoPermission):
        commands.approve_format(operator=officer, **both)
    assert make(bank, officer, 1).file_name == "DKicbc20180903000001.txt", "an unapproved edition changes nothing"
    other = desk(reviewer)
    assert other.post(f"/exchange/formats/{made.pk}/decide/", {"approve": "1"}).status_code == 302
    assert other.post(f"/exchange/formats/{made.pk}/decide/", {"approve": "1"}).status_code == 422
    assert make(bank, officer, 2).file_name == "DKicbc20180903000002.txt", "nor does one before its day"
    from tongchou.exchange import outgoing

    with transaction.atomic():
        later = outgoing.make_file(
            flow=FLOW, partner=bank, object_key=3, unit_code=AREA, rows=3, total_fen=108_000, operator=officer,
            now=NOW + timedelta(days=30),
        )  # fmt: skip
    assert later.file_name == "N000003.txt"
    assert b"".join(outgoing.content_of(later)).decode("gb18030").startswith(f"H,{later.number},3,108000\r\n1,韦一,")


def test_who_entered_a_format_does_not_approve_it_even_under_another_account(bank, officer, hire):
    both = hire("information", "finance_reviewer", at=AREA)
    made = commands.add_format(code="x", name="x", definition=OUT, operator=both, now=NOW)
    with pytest.raises(commands.SamePerson):
        commands.approve_format(format_id=made.pk, operator=both, now=NOW)
    other = hire("finance_reviewer", at=AREA)
    with pytest.raises(commands.NotFilled):
        commands.return_format(format_id=made.pk, reason=" ", operator=other, now=NOW)
    commands.return_format(format_id=made.pk, reason="宽度不对", operator=other, now=NOW)
    with pytest.raises(commands.FormatDecided, match="已退回"):
        commands.approve_format(format_id=made.pk, operator=other, now=NOW)
    with pytest.raises(commands.FormatGone):
        commands.approve_format(format_id=0, operator=other, now=NOW)


@pytest.mark.requirement("SYS-07")
def test_a_sample_shows_what_a_format_makes_of_it(desk, officer):
    sample = b"R|N1|icbc\n1|18000|00\n2|0|51\nT|2|18001\n"
    tried = trying.try_format(BACK, sample)
    assert (tried.names, tried.rows) == (
        ("line_no", "paid_fen", "code"),
        (("1", "180.00", "ok"), ("2", "0.00", "balance")),
    )
    assert [(one.name, one.said, one.found, one.same) for one in tried.totals] == [
        ("rows", "2", "2", True),
        ("total_fen", "180.01", "180.00", False),
    ]
    assert "EX-2003" in trying.try_format(BACK, b"R|N1|icbc\n1|x|00\n").problem
    browser = desk(officer)
    told = {
        "shape": "delimited", "delimiter": "|", "encoding": "utf-8", "line_end": "lf", "file_name": "x.txt",
        "head": "mark mark R\nnumber\npartner", "row": "line_no whole\npaid_fen fen\ncode",
        "tail": "mark mark T\nrows whole\ntotal_fen fen", "codes": "00=ok\n51=balance",
    }  # fmt: skip
    from django.core.files.uploadedfile import SimpleUploadedFile

    shown = browser.post("/exchange/formats/preview/", told | {"sample": SimpleUploadedFile("s.txt", sample)})
    page = shown.content.decode()
    assert "balance" in page
    assert "180.01 / 180.00" in page
    assert "EX-2001" in browser.post("/exchange/formats/preview/", told | {"row": "line_no number"}).content.decode()
    assert "EX-2001" in browser.post("/exchange/formats/preview/", told | {"codes": "00"}).content.decode()


@pytest.mark.parametrize(
    "record", [OUT["head"], OUT["row"], BACK["tail"], [{"name": "mark", "holds": "mark", "value": "H", "width": 2}]]
)
def test_a_record_is_written_as_lines_and_read_back(record):
    read = trying.fields_read(trying.fields_written(record))
    assert [{"holds": "text"} | one for one in record] == read


def test_a_line_that_is_no_field_is_refused():
    with pytest.raises(FormatFaulty):
        trying.fields_read("a text 3 x y")


# --- rejected rows --------------------------------------------------------------------------------------------------


@pytest.mark.requirement("CON-11")
def test_many_rows_are_taken_done_or_passed_on_at_once(desk, officer, rows):
    browser = desk(officer)
    picked = {"pick": [str(one.pk) for one in rows]}
    page = browser.post("/exchange/rejected/bulk/", picked | {"what": "take"}, follow=True).content.decode()
    assert "已办理 3 行" in page
    assert set(RejectedRow.objects.values_list("assigned_to", flat=True)) == {officer.staff_code}
    passed = {"pick": [str(rows[0].pk)], "what": "assign", "unit_code": "450102001", "due_on": "2018-09-20"}
    browser.post("/exchange/rejected/bulk/", passed)
    moved = RejectedRow.objects.get(pk=rows[0].pk)
    assert (moved.unit_code, moved.due_on.isoformat(), moved.assigned_to) == ("450102001", "2018-09-20", "")
    page = browser.post("/exchange/rejected/bulk/", picked | {"what": "resolve", "resolution": "已通知"}, follow=True)
    assert "已办理 3 行" in page.content.decode()
    page = browser.post("/exchange/rejected/bulk/", picked | {"what": "resolve", "resolution": "再来"}, follow=True)
    assert "EX-2209" in page.content.decode(), "two clerks at once: the second is told who did it"
    assert set(RejectedRow.objects.values_list("resolution", flat=True)) == {"已通知"}
    assert "没有选择明细" in browser.post("/exchange/rejected/bulk/", {}, follow=True).content.decode()


def test_a_row_is_passed_on_only_to_an_office_of_the_area_and_a_day_to_come(officer, rows):
    told = {"row_ids": [rows[0].pk], "operator": officer, "now": NOW}
    with pytest.raises(commands.OfficeUnknown):
        commands.assign_rejected(unit_code="450202", due_on=None, **told)
    with pytest.raises(commands.OfficeUnknown):
        commands.assign_rejected(unit_code="x", due_on=None, **told)
    with pytest.raises(commands.DuePassed):
        commands.assign_rejected(unit_code="450102001", due_on=NOW.date() - timedelta(days=1), **told)


# --- forms ----------------------------------------------------------------------------------------------------------


def test_partner_link_key_and_duty_are_kept_from_their_forms(desk, bank, officer, settings, tmp_path):
    settings.EXCHANGE_FOLDER = tmp_path
    browser = desk(officer)
    base = f"/exchange/partners/{bank.pk}"
    browser.post(f"{base}/edit/", {"name": "工行", "contact": "李经理", "phone": "1", "role": "代扣", "in_use": "on"})
    kept = Partner.objects.get()
    assert (kept.name, kept.contact, kept.role, kept.in_use) == ("工行", "李经理", "代扣", True)
    place = f"/exchange/links/{bank.pk}"
    link = {"carrier": "folder", "address": "gh", "in_use": "on"}
    assert "EX-2423" in browser.post(f"{place}/set/", link).content.decode()
    shown = browser.post(
        f"{place}/keys/", {"side": "ours", "key_no": "K1", "algorithm": "sha256", "overlap": "7"}, follow=True
    )
    assert PartnerKey.objects.get().secret in shown.content.decode(), "a key that we make is shown once"
    assert PartnerKey.objects.get().secret not in browser.read(f"{place}/")
    theirs = {"side": "theirs", "key_no": "K1", "algorithm": "sm3", "overlap": "7", "secret": "short"}
    assert "EX-2422" in browser.post(f"{place}/keys/", theirs).content.decode()
    browser.post(f"{place}/keys/", theirs | {"secret": SECRET})
    assert browser.post(f"{place}/set/", link).status_code == 302
    assert "收发 0 个文件" in browser.post(f"{place}/try/", follow=True).content.decode()
    assert PartnerLink.objects.get().last_contact_at == NOW
    duty = {
        "subject": "名单", "form": "list", "giver": "partner", "frequency": "monthly", "due_day": "5",
        "due_month": "12",
        "months_later": "1", "import_kind": "groups", "options": "department=civil_affairs", "responsible": "甲",
        "legal_basis": "乙", "valid_from": "2018-07-01",
    }  # fmt: skip
    assert browser.post(f"{base}/duties/add/", duty).status_code == 302
    assert "EX-2312" in browser.post(f"{base}/duties/add/", duty).content.decode()
    first = HandOff.objects.earliest("due_on")
    assert (first.period, first.due_on.isoformat()) == ("2018-06", "2018-07-05")
    record = f"/exchange/duties/{first.pk}/record/"
    assert "EX-2311" in browser.post(record, {"done_on": "2018-07-04"}).content.decode()
    assert browser.post(record, {"waive": "1", "remark": "尚未开始"}).status_code == 302
    assert "EX-2315" in browser.post(record, {"waive": "1", "remark": "停办"}).content.decode(), "recorded meanwhile"
    assert HandOff.objects.get(pk=first.pk).state == "waived"


def test_a_receipt_is_entered_and_whoever_enters_another_is_told(desk, bank, officer):
    sent = commands.mark_sent(number=make(bank, officer).number, operator=officer, now=NOW)
    browser, place = desk(officer), f"/exchange/files/{sent.number}/receipt/"
    told = {"reference": "HZ1", "received_on": "2018-09-03", "rows": "3", "total": "1080.00"}
    assert "EX-2207" in browser.post(place, told | {"rows": "2"}).content.decode()
    assert browser.post(place, told).status_code == 302
    late = browser.post(place, told | {"reference": "HZ2"})
    assert late.status_code == 422
    assert "EX-2206" in late.content.decode(), "entered meanwhile"


def test_a_waiting_delivery_is_withdrawn_and_a_file_sent_again_from_the_pages(desk, bank, officer, office):
    browser = desk(officer)
    sent = commands.mark_sent(number=make(bank, officer).number, operator=officer, now=NOW)
    browser.post(f"/exchange/deliveries/{Delivery.objects.get().pk}/withdraw/")
    assert Delivery.objects.get().state == "withdrawn"
    browser.post(f"/exchange/files/{sent.number}/resend/")
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["waiting", "withdrawn"]


def test_others_do_not_see_or_change_the_links(desk, bank, officer, hire):
    clerk = desk(hire("statistician", at=AREA))
    for address in ("/exchange/links/", "/exchange/duties/", "/exchange/formats/", f"/exchange/links/{bank.pk}/"):
        assert clerk.get(address).status_code == 403
    viewer = desk(hire("clerk", at=AREA))
    assert viewer.post(f"/exchange/links/{bank.pk}/set/", {}).status_code == 403
    assert viewer.get("/exchange/arrivals/0/").status_code == 404


# --- the door -------------------------------------------------------------------------------------------------------


def post(client, body, partner="icbc", area=AREA):
    return client.post(f"/api/exchange/{area}/{partner}/files", body, content_type="application/json")


@pytest.mark.requirement("SYS-03")
def test_a_partner_may_bring_its_file_itself_and_gets_a_signed_receipt(
    client, monkeypatch, bank, officer, office, awaited, tmp_path
):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    sent = commands.mark_sent(number=make(bank, officer).number, operator=officer, now=NOW)
    content = answer(tmp_path, sent).read_bytes()
    body = carriers.packed(office.offer("R1", FLOW, content, answers=sent.number), content)
    for repeated in (False, True):
        response = post(client, body)
        receipt = envelopes.read_receipt(response.content)
        envelopes.verify(receipt, [office.ours], "回执")
        assert (response.status_code, receipt.taken, receipt.repeated) == (200, True, repeated)
    assert Arrival.objects.get().repeats == 1
    altered = json.loads(body) | {"content": base64.b64encode(content + b"x").decode()}
    receipt = envelopes.read_receipt(post(client, json.dumps(altered)).content)
    assert (receipt.taken, receipt.code) == (False, "EX-2405")


def test_whoever_is_not_the_partner_learns_nothing_at_the_door(client, monkeypatch, bank, officer, office, awaited):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    good = office.offer("R1", FLOW, b"x")
    forged = msgspec.structs.replace(good, signature="0" * 64)
    for body, partner in ((carriers.packed(forged, b"x"), "icbc"), (carriers.packed(good, b"x"), "nobody")):
        response = post(client, body, partner)
        assert (response.status_code, response.json()["code"]) == (401, "EX-2452")
    for body in (b"", b"{", b"[]", b'{"envelope": 1}', b"\xff"):
        assert post(client, body).status_code == 400
    assert client.get(f"/api/exchange/{AREA}/icbc/files").status_code == 405
    assert not Arrival.objects.exists()
    monkeypatch.setattr("tongchou.exchange.api.inbox.LARGEST", 5)
    assert post(client, carriers.packed(good, b"x")).status_code == 413


# --- the command line -----------------------------------------------------------------------------------------------


def run(*words):
    return CliRunner().invoke(exchange_app, [str(word) for word in words])


def test_the_command_line_sends_resends_receives_verifies_and_compares(
    bank, officer, office, awaited, tmp_path, monkeypatch
):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    officer.set_password(PASSWORD)
    officer.save()
    monkeypatch.setenv("TONGCHOU_PASSWORD", PASSWORD)
    who = ("--operator", officer.staff_code)
    made = make(bank, officer)
    assert "已送达" in run("send", made.number, *who).output
    assert "逐字节相同" in run("compare", made.number, *who).output
    assert "已送达" in run("resend", made.number, *who).output
    assert Delivery.objects.filter(state="delivered").count() == 2
    assert "icbc" in run("links", *who).output
    bank.agreements.update(taken_by=officer.staff_code, on_arrival="all_rows")
    office.offer("R1", FLOW, answer(tmp_path, made).read_bytes(), answers=made.number)
    office.look_into(tmp_path / "b")
    place = tmp_path / "b" / "from-partner"
    assert run("verify", place / "R1.json", place / "R1.txt", *who).exit_code == 0
    spoilt = tmp_path / "spoilt.txt"
    spoilt.write_bytes(b"x")
    refused = run("verify", place / "R1.json", spoilt, *who)
    assert (refused.exit_code, "EX-2405" in refused.output) == (1, True)
    done = run("receive", "icbc", *who)
    assert done.exit_code == 0, done.output
    assert "R1" in done.output
    assert Arrival.objects.get().state == "booked"
    assert run("receive", "nobody", *who).exit_code == 1
    assert run("verify", "nothing.json", "nothing.txt", *who).exit_code == 1
