"""Links to partners (交换链路): folders and HTTP, with a partner that is not always there."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from tongchou.exchange import arrivals, commands, envelopes, keys, links
from tongchou.exchange.carriers import Http, LinkDown
from tongchou.exchange.envelopes import Key
from tongchou.exchange.imports import Mode, files, take_in
from tongchou.exchange.models import (
    Arrival,
    Delivery,
    ImportFile,
    LinkOutage,
    OutgoingFile,
    PartnerLink,
    PartnerReceipt,
    RejectedRow,
)
from tongchou.exchange.states import Carrier, KeySide, OutgoingState
from tongchou.exchange.tests.conftest import AREA, FLOW, NOW, answer, bank_for, make
from tongchou.exchange.tests.conftest import bank as bank
from tongchou.exchange.tests.conftest import flow as flow
from tongchou.exchange.tests.conftest import officer as officer
from tongchou.exchange.tests.conftest import reviewer as reviewer
from tongchou.platform import checks, jobs
from tongchou.platform import queries as platform
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.simulator.partner_office import PartnerOffice, serving

OURS, THEIRS = "o" * 32, "t" * 32
MINUTE = timedelta(minutes=1)


def key_of(bank, officer, side, secret, number="K1", **more):
    return keys.add_key(
        partner_id=bank.pk, side=side, key_no=number, secret=secret, operator=officer, **{"now": NOW} | more
    )


@pytest.fixture
def office(bank, officer):
    """The bank's other end, with keys agreed."""
    key_of(bank, officer, KeySide.OURS, OURS)
    key_of(bank, officer, KeySide.THEIRS, THEIRS)
    return PartnerOffice(bank.code, AREA, Key("K1", OURS), Key("K1", THEIRS))


@pytest.fixture
def folder(bank, officer, office, settings, tmp_path) -> Path:
    """A shared folder."""
    settings.EXCHANGE_FOLDER = tmp_path
    links.set_link(partner_id=bank.pk, carrier=Carrier.FOLDER, address="icbc", in_use=True, operator=officer, now=NOW)
    return tmp_path / "icbc"


def over_http(bank, officer, port):
    return links.set_link(
        partner_id=bank.pk,
        carrier=Carrier.HTTP,
        address=f"http://127.0.0.1:{port}/",
        in_use=True,
        operator=officer,
        now=NOW,
    )


def send(bank, officer, key=1):
    return commands.mark_sent(number=make(bank, officer, key).number, operator=officer, now=NOW)


def agree_taker(bank, officer, **changes):
    """Files that come are checked in the officer's name."""
    bank.agreements.update(taken_by=officer.staff_code, **changes)


def come(office, sent, folder, *, number="R1", **changes):
    content = answer(folder, sent, **changes).read_bytes()
    return office.offer(number, FLOW, content, answers=sent.number)


@pytest.mark.requirement("SYS-03")
@pytest.mark.article("GX2017 §129")
def test_a_file_goes_over_http_is_receipted_and_its_answer_is_fetched_and_booked(
    bank, officer, office, tmp_path, awaited
):
    agree_taker(bank, officer, on_arrival="all_rows")
    with serving(office) as port:
        over_http(bank, officer, port)
        sent = send(bank, officer)
        assert Delivery.objects.get().state == "waiting"
        assert links.work(NOW) == 1
        sent.refresh_from_db()
        assert (sent.state, PartnerReceipt.objects.get().reference) == (OutgoingState.RECEIPTED, "SIM000001")
        assert office.had[sent.number][1].decode().startswith(f"H|{sent.number}|3|108000\n")
        come(office, sent, tmp_path)
        assert links.work(NOW + MINUTE) == 1
    sent.refresh_from_db()
    assert (sent.state, sent.rows_answered) == (OutgoingState.ANSWERED, 3)
    arrival = Arrival.objects.get()
    assert (arrival.state, arrival.incoming.state, arrival.incoming.partner) == ("booked", "done", bank)
    assert [(one.number, one.taken, one.reference) for one in office.told] == [("R1", True, f"DJ{arrival.pk:010d}")]
    envelopes.verify(office.told[0], [office.ours], "回执")


@pytest.fixture
def awaited():
    """The answers of the test flow come in over links too."""
    from tongchou.exchange import flows

    flows.register_incoming(
        flows.Incoming(FLOW, "试验项目", "test_answers", lambda parcelled: {"answers": parcelled.answers})
    )
    yield
    del flows._incoming[FLOW]


@pytest.mark.requirement("SYS-03")
@pytest.mark.article("GX2017 §129")
def test_a_bank_link_that_is_down_for_thirty_minutes_loses_nothing_and_drains_in_order(bank, officer, office):
    with serving(office) as port:
        over_http(bank, officer, port)
        assert links.work(NOW) == 0
    made = []
    for minute in range(30):
        if minute % 10 == 0:
            made.append(send(bank, officer, minute + 1))
        links.work(NOW + minute * MINUTE)
    link = PartnerLink.objects.get()
    assert (link.last_contact_at, link.failing_since) == (NOW, NOW)
    assert 5 <= link.failures < 12, "it waits longer and longer between two tries"
    assert Delivery.objects.filter(state="waiting").count() == 3
    with serving(office, port):
        for minute in range(30, 36):
            links.work(NOW + minute * MINUTE)
    assert office.sent == [one.number for one in made], "each once, in their order"
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}
    outage = LinkOutage.objects.get()
    assert outage.since == NOW
    assert NOW + 30 * MINUTE <= outage.until <= NOW + 35 * MINUTE
    link.refresh_from_db()
    assert (link.failures, link.failing_since, link.problem) == (0, None, "")


@pytest.mark.requirement("SYS-03")
def test_a_receipt_lost_on_the_way_makes_the_file_go_twice_and_count_once(bank, officer, office):
    office.loses_receipts = 1
    with serving(office) as port:
        over_http(bank, officer, port)
        sent = send(bank, officer)
        links.work(NOW)
        assert Delivery.objects.get().state == "waiting"
        links.work(NOW + MINUTE)
    assert (office.sent, list(office.had)) == ([sent.number] * 2, [sent.number])
    assert (Delivery.objects.get().state, Delivery.objects.get().attempts) == ("delivered", 2)


@pytest.mark.requirement("SYS-03")
def test_over_a_folder_files_receipts_and_answers_go_the_same_way(bank, officer, office, folder, tmp_path, awaited):
    agree_taker(bank, officer, on_arrival="all_rows")
    sent = send(bank, officer)
    links.work(NOW)
    assert sorted(one.name for one in (folder / "to-partner").iterdir()) == [f"{sent.number}.json", sent.file_name]
    sent.refresh_from_db()
    assert sent.state == OutgoingState.SENT
    come(office, sent, tmp_path)
    office.look_into(folder)
    links.work(NOW + MINUTE)
    sent.refresh_from_db()
    assert (sent.state, sent.rows_answered) == (OutgoingState.ANSWERED, 3)
    assert PartnerReceipt.objects.get().reference == "SIM000001"
    office.look_into(folder)
    assert [one.taken for one in office.told] == [True]
    assert not [one for one in (folder / "from-partner").iterdir() if one.name.startswith("R1")]
    assert (folder / "done" / "R1.json").is_file()


@pytest.mark.requirement("SYS-03")
def test_a_folder_that_is_not_mounted_is_a_link_that_is_down(bank, officer, office, folder):
    send(bank, officer)
    for one in sorted(folder.rglob("*"), reverse=True):
        one.rmdir()
    folder.rmdir()
    links.work(NOW)
    assert "不存在" in PartnerLink.objects.get().problem
    assert Delivery.objects.get().state == "waiting"


@pytest.mark.requirement("SYS-05")
def test_the_same_file_again_is_receipted_again_and_booked_once(bank, officer, office, folder, tmp_path, awaited):
    agree_taker(bank, officer, on_arrival="all_rows")
    sent = send(bank, officer)
    links.work(NOW)
    for minute in range(3):
        office.look_into(folder)
        come(office, sent, tmp_path)
        office.look_into(folder)
        links.work(NOW + minute * MINUTE)
    office.look_into(folder)
    assert [(one.taken, one.repeated) for one in office.told] == [(True, False), (True, True), (True, True)]
    assert len({one.reference for one in office.told}) == 1
    arrival = Arrival.objects.get()
    assert (arrival.state, arrival.repeats) == ("booked", 2)
    assert ImportFile.objects.get().rows_taken == 3


def test_the_same_number_with_other_bytes_is_refused_and_the_first_stands(
    bank, officer, office, folder, tmp_path, awaited
):
    agree_taker(bank, officer)
    sent = send(bank, officer)
    come(office, sent, tmp_path)
    office.look_into(folder)
    links.work(NOW)
    office.look_into(folder)
    come(office, sent, tmp_path, rows="1|18000|00\n2|0|51\n3|54000|51")
    office.look_into(folder)
    links.work(NOW + MINUTE)
    office.look_into(folder)
    assert [(one.taken, one.code) for one in office.told] == [(True, ""), (False, "EX-2413")]
    assert sorted(Arrival.objects.values_list("state", flat=True)) == ["checked", "refused"]


def test_the_same_bytes_under_another_number_are_not_booked_again(bank, officer, office, folder, tmp_path, awaited):
    agree_taker(bank, officer, on_arrival="all_rows")
    sent = send(bank, officer)
    for number in ("R1", "R2"):
        come(office, sent, tmp_path, number=number)
        office.look_into(folder)
        links.work(NOW)
    second = Arrival.objects.get(number="R2")
    assert (second.state, second.code, second.incoming) == (
        "refused",
        files.AlreadyTakenIn.code,
        ImportFile.objects.get(),
    )


@pytest.mark.requirement("SYS-05")
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda folder: (folder / "from-partner" / "R1.txt").write_bytes(b"R|x|icbc\n"), "EX-2405"),
        (lambda folder: rewrite(folder, answers="450100-2018-JH-000099"), "EX-2403"),
        (lambda folder: rewrite(folder, signature=""), "EX-2402"),
        (lambda folder: rewrite(folder, key_no="K9"), "EX-2404"),
        (lambda folder: rewrite(folder, receiver="450200"), "EX-2411"),
        (lambda folder: rewrite(folder, extra="1"), "EX-2401"),
        (lambda folder: (folder / "from-partner" / "R1.json").write_bytes(b"\xff{"), "EX-2401"),
    ],
    ids=["bytes", "member", "unsigned", "key", "receiver", "unknown", "no-json"],
)
def test_an_altered_file_is_refused_with_its_code_and_the_right_one_may_still_come(
    bank, officer, office, folder, tmp_path, awaited, spoil, code
):
    agree_taker(bank, officer)
    sent = send(bank, officer)
    come(office, sent, tmp_path)
    office.look_into(folder)
    spoil(folder)
    links.work(NOW)
    refused = Arrival.objects.get()
    assert (refused.state, refused.code, refused.incoming) == ("refused", code, None)
    assert platform.count_in_trail("arrival", refused.number, "exchange.refuse_arrival") == 1
    assert (folder / "refused" / "R1.json").is_file()
    office.look_into(folder)
    assert (office.told[-1].taken, office.told[-1].code) == (False, code)
    come(office, sent, tmp_path)
    office.look_into(folder)
    links.work(NOW + MINUTE)
    assert Arrival.objects.latest("id").state == "checked"


def rewrite(folder, **changes):
    told = folder / "from-partner" / "R1.json"
    told.write_bytes(json.dumps(json.loads(told.read_bytes()) | changes).encode())


def test_what_nobody_agreed_to_receive_is_refused(bank, officer, office, folder, tmp_path):
    sent = send(bank, officer)
    come(office, sent, tmp_path)
    office.look_into(folder)
    links.work(NOW)
    assert Arrival.objects.get().code == "EX-2412"


@pytest.mark.requirement("SYS-05")
def test_a_new_key_overlaps_the_old_for_a_while(bank, officer, office, folder, tmp_path, awaited):
    agree_taker(bank, officer)
    key_of(bank, officer, KeySide.THEIRS, "n" * 32, "K2", overlap=timedelta(days=2))
    sent = send(bank, officer)
    receipts = []
    for number, key, day in (
        ("R1", Key("K1", THEIRS), 1),
        ("R2", Key("K2", "n" * 32), 1),
        ("R3", Key("K1", THEIRS), 3),
        ("R4", Key("K2", "n" * 32), 3),
    ):
        office.theirs = key
        come(office, sent, tmp_path, number=number, tail=f"T|3|72000\n{number and ''}")
        office.look_into(folder)
        links.work(NOW + timedelta(days=day))
        office.look_into(folder)
        receipts.append((office.told[-1].number, office.told[-1].code))
    assert receipts == [("R1", ""), ("R2", ""), ("R3", "EX-2404"), ("R4", "")]


def test_we_sign_with_our_newest_key(bank, officer, office, folder):
    key_of(bank, officer, KeySide.OURS, "m" * 32, "K2", now=NOW + MINUTE)
    sent = send(bank, officer)
    assert links.envelope_of(sent, bank, NOW).key_no == "K1"
    assert links.envelope_of(sent, bank, NOW + MINUTE).key_no == "K2"


def test_keys_are_refused_with_their_reasons(bank, officer, hire):
    with pytest.raises(keys.KeyTooShort):
        key_of(bank, officer, KeySide.OURS, "short")
    key_of(bank, officer, KeySide.OURS, OURS)
    with pytest.raises(keys.KeyTwice):
        key_of(bank, officer, KeySide.OURS, OURS)
    with pytest.raises(keys.AlgorithmUnknown):
        key_of(bank, officer, KeySide.OURS, OURS, "K3", algorithm="md5")
    with pytest.raises(checks.NoPermission):
        key_of(bank, hire("clerk", at=AREA), KeySide.OURS, OURS, "K3")
    with pytest.raises(keys.PartnerGone):
        keys.add_key(partner_id=0, side=KeySide.OURS, key_no="K", secret=OURS, operator=officer, now=NOW)
    assert len(keys.new_secret()) == 64


@pytest.mark.parametrize("address", ["", "ftp://x", "http:/x", "../icbc"])
def test_an_address_that_is_none_is_refused(bank, officer, office, address):
    carrier = Carrier.HTTP if ":" in address else Carrier.FOLDER
    with pytest.raises(links.AddressUnfit):
        links.set_link(partner_id=bank.pk, carrier=carrier, address=address, in_use=True, operator=officer, now=NOW)


def test_a_link_without_keys_of_both_sides_is_not_used(bank, officer):
    with pytest.raises(keys.KeyMissing, match="我方"):
        over_http(bank, officer, 1)


def test_a_file_the_partner_will_not_have_is_put_aside_and_the_next_one_goes(bank, officer, office):
    with serving(office) as port:
        over_http(bank, officer, port)
        first = send(bank, officer, 1)
        office.refuses = "当日批次已满"
        links.work(NOW)
        office.refuses = ""
        second = send(bank, officer, 2)
        links.work(NOW + MINUTE)
        refused = Delivery.objects.get(file=first)
        assert (refused.state, refused.code, refused.problem) == ("refused", "SIM-01", "当日批次已满")
        assert list(office.had) == [second.number]
        links.resend(number=first.number, operator=officer, now=NOW)
        again = links.resend(number=first.number, operator=officer, now=NOW)
        assert Delivery.objects.filter(file=first).count() == 2
        links.work(NOW + 2 * MINUTE)
    again.refresh_from_db()
    assert (again.state, list(office.had)) == ("delivered", [second.number, first.number])


def test_a_receipt_that_nobody_signed_stops_the_link(bank, officer, office):
    office.theirs = Key("K1", "x" * 32)
    with serving(office) as port:
        over_http(bank, officer, port)
        send(bank, officer)
        links.work(NOW)
    assert "签名" in PartnerLink.objects.get().problem
    assert Delivery.objects.get().state == "waiting"


def test_a_receipt_over_other_totals_stands_beside_the_delivery(bank, officer, office, monkeypatch):
    told = office._receipt
    monkeypatch.setattr(
        office, "_receipt", lambda envelope, **more: envelopes.Receipt(
            **{name: getattr(told(envelope, **more), name) for name in ("number", "digest", "taken", "reference")},
            rows=2, total_fen=1,
        ).signed(office.theirs),
    )  # fmt: skip
    with serving(office) as port:
        over_http(bank, officer, port)
        sent = send(bank, officer)
        links.work(NOW)
    assert (Delivery.objects.get().state, Delivery.objects.get().code) == ("delivered", "EX-2207")
    sent.refresh_from_db()
    assert sent.state == OutgoingState.SENT


@pytest.mark.parametrize("answered", [(500, b"{}"), (200, b"not json"), (200, b"{}"), (200, b'{"files":[1]}')])
def test_a_server_that_talks_nonsense_is_a_link_that_is_down_or_a_refused_file(bank, officer, office, answered):
    office.answer = lambda method, path, body: answered
    with serving(office) as port:
        over_http(bank, officer, port)
        send(bank, officer)
        links.work(NOW)
    assert Delivery.objects.get().state == "waiting"
    assert PartnerLink.objects.get().failures == 1


def test_nobody_at_the_other_end_says_so():
    with pytest.raises(LinkDown):
        list(Http("http://127.0.0.1:9/").fetch())


def test_a_delivery_may_be_withdrawn_until_it_is_made(bank, officer, office, folder):
    send(bank, officer)
    delivery = Delivery.objects.get()
    assert links.withdraw(delivery_id=delivery.pk, operator=officer, now=NOW).state == "withdrawn"
    links.work(NOW)
    assert not list(folder.rglob("*.json"))
    with pytest.raises(links.NotWaiting):
        links.withdraw(delivery_id=delivery.pk, operator=officer, now=NOW)
    with pytest.raises(links.NotWaiting):
        links.withdraw(delivery_id=0, operator=officer, now=NOW)


def test_only_what_was_sent_is_sent_again_and_only_over_a_link(bank, officer):
    made = make(bank, officer)
    with pytest.raises(links.NotSentYet):
        links.resend(number=made.number, operator=officer, now=NOW)
    commands.mark_sent(number=made.number, operator=officer, now=NOW)
    assert not Delivery.objects.exists()
    with pytest.raises(links.LinkUnknown):
        links.resend(number=made.number, operator=officer, now=NOW)
    with pytest.raises(links.LinkUnknown):
        links.try_now(partner_id=bank.pk, operator=officer, now=NOW)


def test_asked_to_try_at_once_the_next_round_does_not_wait(bank, officer, office, folder):
    for one in sorted(folder.rglob("*"), reverse=True):
        one.rmdir()
    folder.rmdir()
    links.work(NOW)
    folder.mkdir()
    send(bank, officer)
    assert links.work(NOW) == 0
    links.try_now(partner_id=bank.pk, operator=officer, now=NOW)
    assert links.work(NOW) == 1


@pytest.mark.requirement("SYS-03")
def test_a_file_that_nobody_is_named_for_waits_until_somebody_is(bank, officer, office, folder, tmp_path, awaited):
    sent = send(bank, officer)
    come(office, sent, tmp_path)
    office.look_into(folder)
    links.work(NOW)
    arrival = Arrival.objects.get()
    assert (arrival.state, arrival.code) == ("waiting", "EX-2414")
    agree_taker(bank, officer, on_arrival="all_rows")
    arrivals.try_again(arrival_id=arrival.pk, operator=officer, now=NOW)
    links.work(NOW + MINUTE)
    arrival.refresh_from_db()
    assert (arrival.state, arrival.code) == ("booked", "")
    with pytest.raises(arrivals.NotToBook):
        arrivals.try_again(arrival_id=arrival.pk, operator=officer, now=NOW)
    with pytest.raises(arrivals.ArrivalUnknown):
        arrivals.try_again(arrival_id=0, operator=officer, now=NOW)
    with pytest.raises(arrivals.ArrivalUnknown):
        arrivals.book(0, NOW)


def test_what_a_person_confirms_or_gives_up_closes_the_arrival(bank, officer, office, folder, tmp_path, awaited):
    agree_taker(bank, officer)
    sent = send(bank, officer)
    for number, rows, tail in (("R1", "1|18000|00", "T|1|18000"), ("R2", "2|0|51\n3|54000|00", "T|2|54000")):
        come(office, sent, tmp_path, number=number, rows=rows, tail=tail)
        office.look_into(folder)
        links.work(NOW)
    first, second = Arrival.objects.order_by("id")
    assert (first.state, second.state) == ("checked", "checked")
    take_in(preview_id=first.incoming_id, mode=Mode.ALL, operator=officer, now=NOW)
    files.cancel(file_id=second.incoming_id, operator=officer, now=NOW)
    assert list(Arrival.objects.order_by("id").values_list("state", flat=True)) == ["booked", "refused"]


def test_an_unreadable_file_is_refused_with_the_reason(bank, officer, office, folder, tmp_path, awaited):
    agree_taker(bank, officer)
    sent = send(bank, officer)
    come(office, sent, tmp_path, tail="")
    office.look_into(folder)
    links.work(NOW)
    arrival = Arrival.objects.get()
    assert (arrival.state, arrival.code) == ("refused", "EX-2116")
    assert "没有尾行" in arrival.problem


def test_good_rows_are_taken_and_bad_ones_go_back(bank, officer, office, folder, tmp_path, awaited):
    agree_taker(bank, officer, on_arrival="good_rows")
    sent = send(bank, officer)
    come(office, sent, tmp_path, rows="1|18000|00\n2|0|99\n3|54000|00")
    office.look_into(folder)
    links.work(NOW)
    assert (Arrival.objects.get().state, ImportFile.objects.get().rows_returned) == ("booked", 1)
    back = RejectedRow.objects.get()
    assert (back.unit_code, back.row_no, back.object_kind, back.subject) == (AREA, 3, "import_row", "第3行")
    assert back.reason.startswith("结果:")


@pytest.mark.requirement("SYS-03")
def test_killed_between_sending_and_writing_it_down_the_partner_has_it_once(bank, officer, office, monkeypatch):
    """What a kill leaves at that point: the partner has the file, our row still waits."""
    with serving(office) as port:
        over_http(bank, officer, port)
        sent = send(bank, officer)
        with monkeypatch.context() as killed:
            killed.setattr(links, "_close_delivered", raising(SystemExit))
            with pytest.raises(SystemExit):
                links.work(NOW)
        assert (Delivery.objects.get().state, list(office.had)) == ("waiting", [sent.number])
        links.work(NOW + MINUTE)
    assert (Delivery.objects.get().state, office.sent, list(office.had)) == (
        "delivered",
        [sent.number, sent.number],
        [sent.number],
    )


@pytest.mark.requirement("SYS-03")
@pytest.mark.parametrize("step", ["settle", "files.receive", "imports.check_file", "imports.take_in", "_close"])
def test_killed_between_receiving_and_booking_the_file_is_booked_once(
    bank, officer, office, folder, tmp_path, awaited, monkeypatch, step
):
    agree_taker(bank, officer, on_arrival="all_rows")
    sent = send(bank, officer)
    links.work(NOW)
    come(office, sent, tmp_path)
    office.look_into(folder)
    where = "tongchou.exchange.carriers.Folder.settle" if step == "settle" else f"tongchou.exchange.arrivals.{step}"
    with monkeypatch.context() as killed:
        killed.setattr(where, raising(SystemExit))
        with pytest.raises(SystemExit):
            links.work(NOW)
    links.work(NOW + MINUTE)
    office.look_into(folder)
    assert [one.taken for one in office.told] == [True]
    sent.refresh_from_db()
    assert (Arrival.objects.get().state, sent.state, sent.rows_answered) == ("booked", OutgoingState.ANSWERED, 3)
    assert ImportFile.objects.get().rows_taken == 3


def raising(fault):
    def raise_it(*args, **kwargs):
        raise fault

    return raise_it


def test_two_processes_do_not_serve_one_link_at_once(bank, officer, office, folder, monkeypatch):
    monkeypatch.setattr(links, "_held", lambda partner_id: __import__("contextlib").nullcontext(False))
    send(bank, officer)
    assert links.work(NOW) == 0


def test_the_round_is_a_job_of_the_house():
    assert {"exchange.links", "exchange.duties"} <= {job.name for job in jobs.registered()}


def test_another_area_reaches_neither_link_nor_files(bank, officer, office, hire):
    elsewhere = hire("information", at="450200")
    with pytest.raises(checks.AreaOutOfScope):
        links.set_link(
            partner_id=bank.pk, carrier=Carrier.FOLDER, address="x", in_use=False, operator=elsewhere, now=NOW
        )
    with pytest.raises(checks.OutOfScope):
        links.resend(number=send(bank, officer).number, operator=elsewhere, now=NOW)


def test_a_file_too_large_for_http_is_put_aside(bank, officer, office, monkeypatch):
    monkeypatch.setattr("tongchou.exchange.carriers.LARGEST_MESSAGE", 10)
    with serving(office) as port:
        over_http(bank, officer, port)
        send(bank, officer)
        links.work(NOW)
    assert Delivery.objects.get().code == "EX-2406"


def test_a_sent_file_and_its_way_are_one_transaction(bank, officer, office, folder):
    made = make(bank, officer)
    with transaction.atomic():
        commands.mark_sent(number=made.number, operator=officer, now=NOW)
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()
    assert OutgoingFile.objects.get().state == OutgoingState.MADE


def test_two_banks_are_served_each_by_its_own_link(bank, officer, reviewer, office, folder):
    other = bank_for(officer, reviewer, "abc")
    key_of(other, officer, KeySide.OURS, OURS)
    key_of(other, officer, KeySide.THEIRS, THEIRS)
    second = PartnerOffice("abc", AREA, Key("K1", OURS), Key("K1", THEIRS))
    with serving(second) as port:
        over_http(other, officer, port)
        send(bank, officer, 1)
        send(other, officer, 2)
        assert links.work(NOW) == 2
    assert len(second.had) == len(list((folder / "to-partner").glob("*.json"))) == 1
