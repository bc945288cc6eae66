"""The import page and files as they come: every kind, good and bad, up to ten megabytes."""

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tongchou.enrolment.models import Person
from tongchou.enrolment.tests.conftest import VILLAGE, citizen_number
from tongchou.exchange import imports
from tongchou.exchange.imports import files, running
from tongchou.exchange.models import ImportFile
from tongchou.exchange.states import ImportState
from tongchou.kernel.errors import DomainError
from tongchou.platform.models import Operator
from tongchou.platform.spreadsheets import reading, reports
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree

AREA = "450100"
TEN_MEGABYTES = 10 << 20
POSTS = {
    "roster": "clerk",
    "contributions": "clerk",
    "mandates": "clerk",
    "catalogue": "catalogue_manager",
    "diagnoses": "catalogue_manager",
    "institutions": "agreement_manager",
    "physicians": "agreement_manager",
    "endings": "eligibility",
    "former_schemes": "clerk",
}


@pytest.fixture(params=sorted(POSTS))
def kind(request):
    """Every kind of import in turn."""
    return next(each for each in imports.kinds() if each.name == request.param)


@pytest.fixture
def browser(kind, hire, client: Client, monkeypatch) -> Client:
    """Who may import the kind, logged in; checking is done when the upload is answered."""

    def at_once(*, file_id, operator, now):
        try:
            running.check_file(file_id=file_id, operator=operator, now=now)
        except DomainError:
            """It stands on the page of the file."""

    monkeypatch.setattr(imports, "start_check", at_once)
    client.force_login(hire(POSTS[kind.name], at=AREA), backend="tongchou.platform.authentication.OperatorBackend")
    return client


@pytest.fixture
def upload(browser, kind):
    """Uploads the bytes; answers the page that follows and the file, if one was kept."""

    def uploaded(content: bytes, name: str = "文件.csv") -> tuple[str, ImportFile | None]:
        options = {option.name: option.default for option in kind.options}
        page = browser.post(
            f"{reverse('imports:imports')}?kind={kind.name}",
            {**options, "file": SimpleUploadedFile(name, content)},
            follow=True,
        )
        return page.content.decode(), ImportFile.objects.order_by("pk").last()

    return uploaded


def example(kind, *, rows: int = 1) -> bytes:
    """The template with its example row, `rows` times."""
    columns = kind.layout.columns
    head = ",".join(column.header for column in columns)
    row = ",".join(column.example for column in columns)
    return "\n".join([head, *[row] * rows, ""]).encode()


@pytest.mark.requirement("ENR-12")
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xe5\xa7\x93\xff\x00\xfe\n", "PL-0802"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "PL-0802"),
        (b"PK\x03\x04 cut off", "PL-0801"),
        ("甲,乙\n1,2\n".encode(), "PL-0803"),
    ],
    ids=["no-encoding", "a-picture", "a-broken-workbook", "no-header"],
)
def test_what_is_no_table_is_told_on_the_page_and_forgotten(upload, content, told):
    page, file = upload(content)
    assert told in page
    assert file is not None
    assert file.state == ImportState.UNREADABLE
    assert not file.chunks.exists()


def test_an_empty_file_is_not_kept(upload):
    page, file = upload(b"")
    assert "提交的是空文件" in page or "PL-0801" in page
    assert file is None or file.state == ImportState.UNREADABLE


def test_a_header_without_rows_is_told(upload, kind):
    page, file = upload(example(kind, rows=0))
    assert "PL-0807" in page
    assert file.state == ImportState.UNREADABLE


def test_missing_columns_are_named(upload, kind):
    first, *others = [column for column in kind.layout.columns if column.required]
    assert others
    page, _ = upload(f"{first.header}\nA1\n".encode())
    assert "PL-0804" in page
    assert all(column.header in page for column in others)


def test_the_same_row_twice_is_told_with_its_cell_and_in_gb18030(upload, kind):
    page, file = upload(example(kind, rows=2).decode().encode("gb18030"))
    assert file.state == ImportState.CHECKED
    assert file.rows_total == 2
    assert "GB18030" in file.preview["form"]
    codes = set(file.problems.values_list("code", flat=True))
    assert codes & {"PL-0826"} or not file.rows_good
    assert re.search(r"[A-Z]+[23]", page)


def test_the_same_file_again_leads_to_the_same_page(upload, kind):
    _, first = upload(example(kind))
    _, second = upload(example(kind), name="改名.csv")
    assert (first.pk, ImportFile.objects.count()) == (second.pk, 1)


@pytest.mark.parametrize("kind", ["roster", "catalogue"], indirect=True)
def test_ten_megabytes_of_bad_rows_are_listed_and_not_shown_all(upload, kind):
    row = len(example(kind)) - len(example(kind, rows=0))
    content = example(kind, rows=TEN_MEGABYTES // row)
    page, file = upload(content)
    assert len(content) > TEN_MEGABYTES - 2 * row
    assert file.state == ImportState.CHECKED
    assert file.rows_bad >= file.rows_total - 1
    assert len(page) < 200_000


@pytest.mark.parametrize("kind", ["roster"], indirect=True)
def test_a_file_with_one_bad_row_comes_in_without_it_and_the_rest_is_handed_back(
    upload, browser, monkeypatch, tmp_path
):
    monkeypatch.setattr(imports, "start_taking_in", running.take_in)
    head = "姓名,证件号码,村代码"
    good, bad = f"韦大,{citizen_number()},{VILLAGE}", f"韦二,450102199001010012,{VILLAGE}"
    page, file = upload(f"{head}\n{good}\n{bad}\n".encode())
    assert "EN-1001" in page
    done = browser.post(reverse("imports:take_in", args=[file.pk]), {"mode": "only_good"}, follow=True)
    assert "已入库 1 行" in done.content.decode()
    assert Person.objects.get().name == "韦大"
    handed_back = Path(tmp_path) / "back.xlsx"
    handed_back.write_bytes(b"".join(browser.get(reverse("imports:report", args=[file.pk])).streaming_content))
    rows = [[str(cell) for cell in cells] for _, cells in reading.open_table(handed_back).rows]
    assert rows[0][-1] == reports.REASON_HEADER
    assert [row[0] for row in rows[1:]] == ["韦二"]


ROSTER = "户号,与户主关系,姓名,证件类型,证件号码,联系电话,村代码"


@pytest.mark.requirement("ENR-12")
@pytest.mark.parametrize("kind", ["roster"], indirect=True)
def test_the_first_rows_are_shown_in_the_words_of_the_form_and_not_of_the_database(upload):
    wife = f"H1,配偶,韦丽,居民身份证,{citizen_number()},13800001234,{VILLAGE}"
    page, _file = upload(f"{ROSTER}\n{wife}\n".encode())
    assert "配偶" in page
    assert "居民身份证" in page
    assert "丈夫" not in page
    assert "138****1234" in page
    assert "13800001234" not in page


@pytest.mark.requirement("ENR-12")
@pytest.mark.parametrize("kind", ["roster"], indirect=True)
def test_rows_with_the_same_fault_are_one_kind_of_fault(upload):
    page, file = upload(
        f"姓名,证件号码,村代码\n韦一,450102199001010012,{VILLAGE}\n韦二,450102199001010023,{VILLAGE}\n".encode()
    )
    (one,) = imports.preview_of(file.pk).faults
    assert (one.code, one.rows) == ("EN-1001", 2)
    assert one.reason == "证件号码…有误:身份证号校验位错误"
    assert one.reason in page


@pytest.mark.parametrize("kind", ["roster"], indirect=True)
def test_a_check_that_ends_while_its_page_is_read_shows_its_outcome_and_not_the_buttons_of_a_good_file(
    upload, browser, monkeypatch
):
    _page, file = upload(f"姓名,证件号码,村代码\n韦大,{citizen_number()},{VILLAGE}\n".encode())
    ImportFile.objects.update(state=ImportState.CHECKING, message="正在读取", rows_good=0, rows_total=0)

    def ends_now(file_id: int) -> bool:
        ImportFile.objects.filter(pk=file_id).update(state=ImportState.UNREADABLE, message="缺少必需的列:证件号码")
        return False

    monkeypatch.setattr(files, "is_held", ends_now)
    page = browser.get(reverse("imports:import", args=[file.pk])).content.decode()
    assert "缺少必需的列:证件号码" in page
    assert "改正后重新上传" in page
    assert "检查通过" not in page
    assert "处理中断" not in page


@pytest.mark.parametrize("kind", ["roster"], indirect=True)
def test_a_file_taken_in_already_is_refused_with_the_name_of_who_did_it(upload, browser, monkeypatch):
    monkeypatch.setattr(imports, "start_taking_in", running.take_in)
    content = f"姓名,证件号码,村代码\n韦大,{citizen_number()},{VILLAGE}\n".encode()
    _page, file = upload(content)
    browser.post(reverse("imports:take_in", args=[file.pk]), {"mode": "all"})
    clerk = Operator.objects.get(staff_code=file.staff_code)
    page, _file = upload(content, "又一次.csv")
    assert f"同样内容的文件已由{clerk.name}于" in page
