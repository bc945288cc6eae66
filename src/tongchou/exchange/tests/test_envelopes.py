"""Envelopes and their signatures (文件信封)."""

import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.exchange import envelopes
from tongchou.exchange.envelopes import Envelope, Key, Receipt

OLD, NEW = Key("K1", "a" * 32), Key("K2", "b" * 32, "sm3")
CONTENT = "韦小妹|18000\n".encode()


def envelope(**changes):
    facts = {
        "number": "SW-20181009-1",
        "sender": "SW",
        "receiver": "450100",
        "flow": "tax_results",
        "file_name": "SW20181009.txt",
        "digest": hashlib.sha256(CONTENT).hexdigest(),
        "size": len(CONTENT),
        "made_at": "2018-10-09T17:30:00+08:00",
    }
    return Envelope(**facts | changes)


@pytest.mark.requirement("SYS-05")
@pytest.mark.parametrize("key", [OLD, NEW], ids=["sha256", "sm3"])
def test_a_signed_envelope_is_read_back_and_verified(key):
    read = envelopes.read_envelope(envelopes.written(envelope().signed(key)))
    assert envelopes.verify(read, [OLD, NEW], "文件") == key
    envelopes.check_content(read, CONTENT)


@pytest.mark.requirement("SYS-05")
@given(st.sampled_from(["number", "sender", "receiver", "flow", "file_name", "digest", "answers", "day", "made_at"]))
def test_whatever_is_changed_on_the_way_the_signature_no_longer_fits(member):
    changed = msgspec.structs.replace(envelope().signed(OLD), **{member: "X"})
    with pytest.raises(envelopes.SignatureWrong) as refused:
        envelopes.verify(changed, [OLD], "文件")
    assert refused.value.code == "EX-2403"


def test_totals_of_offices_are_covered_by_the_signature_too():
    signed = envelope(offices=(envelopes.OfficeTotal(office="1", rows=2, total_fen=3),)).signed(OLD)
    changed = msgspec.structs.replace(signed, offices=(envelopes.OfficeTotal(office="1", rows=2, total_fen=4),))
    with pytest.raises(envelopes.SignatureWrong):
        envelopes.verify(changed, [OLD], "文件")


def test_without_a_signature_or_with_a_key_nobody_knows_nothing_counts():
    with pytest.raises(envelopes.SignatureMissing):
        envelopes.verify(envelope(), [OLD], "文件")
    with pytest.raises(envelopes.KeyUnknown, match="K2"):
        envelopes.verify(envelope().signed(NEW), [OLD], "文件")


@pytest.mark.parametrize("content", [CONTENT + b" ", CONTENT[:-1] + b"X"], ids=["longer", "other"])
def test_altered_bytes_are_seen(content):
    with pytest.raises(envelopes.ContentAltered) as refused:
        envelopes.check_content(envelope(), content)
    assert refused.value.code == "EX-2405"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"number": 1}',
        "\ud800".encode("utf-8", "surrogatepass"),
        envelopes.written(envelope()).replace(b'"size":', b'"sizes":'),
        envelopes.written(envelope(number="../x")),
        envelopes.written(envelope(file_name="a/b.txt")),
        envelopes.written(envelope(digest="0")),
        envelopes.written(envelope(size=-1)),
        envelopes.written(envelope(made_at="today")),
        envelopes.written(envelope(day="2018-02-30")),
    ],
)
def test_what_is_no_envelope_is_refused(content):
    with pytest.raises(envelopes.EnvelopeUnreadable):
        envelopes.read_envelope(content)


def test_a_receipt_is_signed_like_an_envelope():
    receipt = Receipt(number="1", digest="2", taken=True, reference="R1").signed(NEW)
    read = envelopes.read_receipt(envelopes.written(receipt))
    assert envelopes.verify(read, [NEW], "回执") == NEW
    with pytest.raises(envelopes.SignatureWrong):
        envelopes.verify(msgspec.structs.replace(read, taken=False), [NEW], "回执")
