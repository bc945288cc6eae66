"""The connection breaks while something is on its way: half of it is nothing, and the whole of it may come again.

Drafts that outlive a broken connection are in `test_a_day_at_the_counter.py`, links to partners in
`test_exchange_links.py`, killed processes in `test_crash.py` and `test_import_running.py`.
"""

import importlib.util
import io
from http import HTTPStatus
from pathlib import Path

import pytest
from django.test import Client, RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from tongchou.contributions.models import Contribution, PendingAmount, Receivable
from tongchou.enrolment.tests.conftest import VILLAGE, citizen_number
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode
from tongchou.exchange.models import ImportFile
from tongchou.kernel.errors import DomainError
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.site import wsgi
from tongchou.site.whole_bodies import WholeBody

_specification = importlib.util.spec_from_file_location(
    "interrupted_town", Path(__file__).with_name("test_withholding.py")
)
withholding = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(withholding)


@pytest.fixture
def town(hire):
    return withholding.Town(hire)


def send(client: Client, address: str, body: bytes, arrives: int) -> int:
    """The status of a form of which only the first bytes arrive."""
    cut = WholeBody(io.BytesIO(body[:arrives]), len(body))
    return client.generic("POST", address, body, MULTIPART_CONTENT, **{"wsgi.input": cut}).status_code


def test_every_form_of_the_console_is_read_by_its_announced_length(monkeypatch):
    read = []
    monkeypatch.setattr(wsgi, "console", lambda environ, start: read.append(environ["wsgi.input"].read(9)) or [])
    environ = RequestFactory().generic("POST", "/login/", b"whole").environ
    wsgi.application(environ | {"wsgi.input": io.BytesIO(b"whole")}, lambda *_: None)
    with pytest.raises(ConnectionResetError):
        wsgi.application(environ | {"wsgi.input": io.BytesIO(b"")}, lambda *_: None)
    assert read == [b"whole"]


@pytest.mark.requirement("ENR-12", "SYS-04")
def test_an_upload_that_breaks_off_is_no_file_and_comes_whole_the_second_time(town, client, monkeypatch):
    monkeypatch.setattr(imports, "start_check", lambda **_: None)
    client.force_login(town.clerk, backend="tongchou.platform.authentication.OperatorBackend")
    rows = [f"韦{n},{citizen_number(born, 2 * n + 1)},{VILLAGE}" for n, born in enumerate([withholding.DRAW_ON] * 40)]
    file = io.BytesIO("\n".join(["姓名,证件号码,村代码", *rows, ""]).encode())
    file.name = "名单.csv"
    body = encode_multipart(BOUNDARY, {"file": file})
    address = f"{reverse('imports:imports')}?kind=roster"
    for part in (1, len(body) // 2, len(body) - 1):
        assert send(client, address, body, part) == HTTPStatus.BAD_REQUEST
        assert not ImportFile.objects.exists(), part
    assert send(client, address, body, len(body)) == HTTPStatus.FOUND
    assert ImportFile.objects.get().file_name == "名单.csv"


def test_a_body_is_read_to_its_announced_end_and_no_further():
    whole = WholeBody(io.BytesIO(b"abcdef"), 6)
    assert (whole.read(4), whole.read(4), whole.read(4)) == (b"abcd", b"ef", b"")
    assert WholeBody.of({"wsgi.input": io.BytesIO(b""), "CONTENT_LENGTH": ""}).read(1) == b""
    short = WholeBody.of({"wsgi.input": io.BytesIO(b"abc"), "CONTENT_LENGTH": "6"})
    assert short.readline(4) == b"abc"
    with pytest.raises(ConnectionResetError, match="3 bytes"):
        short.read(4)


@pytest.mark.requirement("CON-08", "SYS-05")
def test_a_banks_answer_of_which_half_arrived_books_nothing_and_the_whole_one_is_booked_once(town, tmp_path):
    town.family(3)
    town.open_year()
    batch = town.batch()
    whole = tmp_path / "whole.txt"
    file = withholding.exchange.outgoing_of("withholding", batch.pk)
    content = b"".join(withholding.outgoing.content_of(file))
    whole.write_bytes(town.bank().answer(content, paid_on=withholding.DRAW_ON))
    half = tmp_path / "half.txt"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

    def check(path):
        return imports.check(
            kind="withholding", pooling_area=withholding.AREA, file_name=path.name, content=path,
            options={"answers": file.number}, operator=town.clerk, now=withholding.BACK,
        )  # fmt: skip

    with pytest.raises(DomainError):
        check(half)
    assert not ImportFile.objects.exclude(state="unreadable").exists()
    assert not Contribution.objects.exists()
    assert not PendingAmount.objects.exists()
    assert set(Receivable.objects.values_list("state", flat=True)) == {"sent"}

    preview = check(whole)
    imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=town.clerk, now=withholding.BACK)
    assert Contribution.objects.count() == 3
    with pytest.raises(imports.AlreadyTakenIn):
        check(whole)
    assert Contribution.objects.count() == 3
