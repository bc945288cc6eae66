"""The door: whatever comes in, HTTP 200 and the envelope go out, and nothing has changed."""

import io
import json
import time
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from tongchou.wire import commands, conformance, gateway
from tongchou.wire.models import Booking
from tongchou.wire.tests.messages import INSTITUTION, envelope

pytestmark = pytest.mark.django_db

WITHIN_SECONDS = 0.1


@pytest.fixture(autouse=True)
def access() -> None:
    commands.grant_access(institution_code=INSTITUTION)


def post(body: bytes, *, method: str = "POST", content_type: str = "application/json", **environ: Any) -> bytes:
    """One HTTP request to the door; checks what every answer has in common."""
    seen: list[Any] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": "/fsi/api/anything",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **environ,
    }
    answer = b"".join(gateway.gateway(environ, lambda status, headers: seen.append((status, dict(headers)))))
    ((status, headers),) = seen
    assert status == "200 OK"
    assert headers == {"Content-Type": "application/json; charset=UTF-8", "Content-Length": str(len(answer))}
    return answer


def text(message: object) -> str:
    return json.dumps(message, ensure_ascii=False)


DICTIONARY = {"data": {"type": "gend"}}


def test_a_query_is_answered() -> None:
    answer = post(text(envelope("1901", DICTIONARY)).encode())
    assert conformance.faults("1901", answer) == []
    assert [row["label"] for row in json.loads(answer)["output"]["list"]][:3] == ["未知", "男", "女"]


@pytest.mark.parametrize("content_type", ["application/json", "text/plain; charset=utf-8", "", "text/html;charset=x"])
def test_any_content_type_will_do(content_type: str) -> None:
    body = text(envelope("1901", DICTIONARY)).encode()
    assert json.loads(post(body, content_type=content_type))["infcode"] == 0


@pytest.mark.parametrize("declared", ["GBK", "gb2312", "GB18030", '"gbk"'])
def test_chinese_charsets_are_read_when_declared(declared: str) -> None:
    body = text(envelope("1901", DICTIONARY, opter_name="龘龘员")).encode("gb18030")
    assert json.loads(post(body, content_type=f"application/json; charset={declared}"))["infcode"] == 0


def test_a_byte_order_mark_is_skipped() -> None:
    assert json.loads(post(b"\xef\xbb\xbf" + text(envelope("1901", DICTIONARY)).encode()))["infcode"] == 0


@pytest.mark.parametrize("spelling", ["input", "Input"])
@pytest.mark.parametrize("form", ["object", "text"])
def test_input_in_both_spellings_and_forms(spelling: str, form: str) -> None:
    message = envelope("1901", None)
    del message["input"]
    message[spelling] = DICTIONARY if form == "object" else json.dumps(DICTIONARY)
    assert json.loads(post(text(message).encode()))["infcode"] == 0


@pytest.mark.parametrize(
    "members", [{"infno": 1901}, {"opter": 1, "opter_name": None}, {"sign_no": "null"}, {"x": [{}]}]
)
def test_the_envelope_is_read_with_patience(members: dict[str, Any]) -> None:
    message = envelope("1901", DICTIONARY) | members
    assert json.loads(post(text(message).encode()))["infcode"] == 0


def deep(opening: bytes, closing: bytes) -> bytes:
    return b'{"infno":"1901","input":' + opening * 200_000 + b"1" + closing * 200_000 + b"}"


DEFECTS: list[tuple[str, bytes, str, dict[str, Any]]] = [
    ("nothing at all", b"", "WI-1001", {}),
    ("blanks", b" \r\n ", "WI-1001", {}),
    ("half a message", b'{"infno": "1901", "input": {', "WI-1002", {}),
    ("two messages", text(envelope("1901", DICTIONARY)).encode() * 2, "WI-1002", {}),
    ("not JSON", b"<xml/>", "WI-1002", {}),
    ("NaN", b'{"infno": NaN}', "WI-1002", {}),
    ("a list", b"[]", "WI-1006", {}),
    ("a number", b"7", "WI-1006", {}),
    ("GBK that calls itself nothing", text(envelope("1901", DICTIONARY)).encode("gbk"), "WI-1003", {}),
    ("UTF-8 that calls itself GBK", b'{"a": "\xff\xfe"}', "WI-1003", {"content_type": "text/plain; charset=gbk"}),
    ("UTF-16", text(envelope("1901", DICTIONARY)).encode("utf-16"), "WI-1002", {}),
    ("ten megabytes", b'{"input": "' + b"x" * 10_000_000 + b'"}', "WI-1004", {}),
    ("ten megabytes without a length", b" " * 10_000_000, "WI-1004", {"CONTENT_LENGTH": ""}),
    ("a bomb of lists", deep(b"[", b"]"), "WI-1005", {}),
    ("a bomb of objects", deep(b'{"a":', b"}"), "WI-1005", {}),
    ("a bomb beside the input", b'{"x": ' + b"[" * 200_000, "WI-1005", {}),
    ("no transaction", text({"input": {}}).encode(), "WI-1101", {}),
    ("an unknown transaction", text(envelope("9999", {})).encode(), "WI-2001", {}),
    ("no institution", text(envelope("1901", DICTIONARY, fixmedins_code="")).encode(), "WI-1101", {}),
    ("an unknown institution", text(envelope("1901", DICTIONARY, fixmedins_code="H99")).encode(), "WI-2002", {}),
    ("a long msgid", text(envelope("1901", DICTIONARY, msgid="9" * 31)).encode(), "WI-1102", {}),
    ("no input", text(envelope("1901", None)).encode(), "WI-1101", {}),
    ("a field too many characters long", text(envelope("1901", {"data": {"type": "x" * 31}})).encode(), "WI-1102", {}),
    ("an unknown dictionary", text(envelope("1901", {"data": {"type": "x"}})).encode(), "WI-3101", {}),
]


@pytest.mark.parametrize(("body", "code", "environ"), [d[1:] for d in DEFECTS], ids=[d[0] for d in DEFECTS])
def test_a_defect_is_named_in_chinese_at_once_and_changes_nothing(
    body: bytes, code: str, environ: dict[str, Any]
) -> None:
    started = time.perf_counter()
    answer = post(body, **environ)
    took = time.perf_counter() - started
    assert conformance.refusal_faults(answer) == []
    assert json.loads(answer)["err_msg"].startswith(code)
    assert took < WITHIN_SECONDS
    assert not Booking.objects.exists()


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD"])
def test_only_post_carries_messages(method: str) -> None:
    assert json.loads(post(b"", method=method))["err_msg"].startswith("WI-1001")


def test_of_an_endless_body_only_so_much_is_taken() -> None:
    class Endless(io.RawIOBase):
        asked: ClassVar[list[int]] = []

        def read(self, size: int = -1) -> bytes:
            self.asked.append(size)
            return b" " * size

    assert json.loads(post(b"", CONTENT_LENGTH="", **{"wsgi.input": Endless()}))["err_msg"].startswith("WI-1004")
    assert max(Endless.asked) == gateway.LARGEST_BODY + 1
    assert sum(Endless.asked) <= gateway.LARGEST_BODY + 1 + gateway.LARGEST_DROPPED


@pytest.fixture
def broken_handler(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from tongchou.wire import specification

    monkeypatch.setattr(specification, "code_tables", lambda: None)
    return


def test_a_fault_of_ours_tells_the_hospital_to_find_out_before_it_tries_anew(
    broken_handler: None, caplog: pytest.LogCaptureFixture
) -> None:
    answer = json.loads(post(text(envelope("1901", DICTIONARY)).encode()))
    assert answer["err_msg"].startswith("WI-9001 系统错误")
    assert answer["inf_refmsgid"] in answer["err_msg"]
    assert answer["inf_refmsgid"] in caplog.text


def test_the_log_of_a_refusal_names_no_person(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="tongchou.wire"):
        post(text(envelope("1901", {"data": {"type": "张三丰"}}, opter_name="李四")).encode())
    assert "WI-3101" in caplog.text
    assert "张三丰" not in caplog.text
    assert "李四" not in caplog.text


def test_a_reply_number_has_division_time_and_serial() -> None:
    answers = [json.loads(post(text(envelope("1901", DICTIONARY)).encode())) for _ in range(2)]
    numbers = [answer["inf_refmsgid"] for answer in answers]
    assert numbers[0] != numbers[1]
    assert all(number.startswith("450100") and len(number) == 30 for number in numbers)
