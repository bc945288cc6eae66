"""Attachments (附件): type by content, size, once in the house, thumbnails; nothing that cannot be opened."""

import io

import pytest
from django.db import DatabaseError, connection, transaction
from PIL import Image

from tongchou.cases import commands, queries
from tongchou.cases.commands import attachments
from tongchou.cases.commands.attachments import FileTooLarge, FileUnreadable, SameFileAgain, TooManyFiles
from tongchou.cases.commands.steps import ChangedMeanwhile, WrongState
from tongchou.cases.models import Case, Content
from tongchou.cases.states import Decision
from tongchou.cases.tests.conftest import NOW, accept, agree

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480), colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


@pytest.fixture
def case(office):
    return accept(office.clerk)


@pytest.fixture
def put(case, office):
    def one(data, name="身份证.jpg", **changes):
        version = Case.objects.get(pk=case.pk).version
        facts = {"number": case.number, "version": version, "operator": office.clerk, "now": NOW}
        return commands.attach(name=name, data=data, **(facts | changes))

    return one


@pytest.mark.parametrize(("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
def test_a_picture_is_kept_with_a_thumbnail(put, kind, media_type):
    data = picture(kind)
    attached = put(data, material_code="invoice")
    assert (attached.content.media_type, attached.material_code) == (media_type, "invoice")
    assert queries.data_of(attached) == data
    with Image.open(io.BytesIO(queries.thumbnail_of(attached))) as small:
        assert small.size == (240, 180)


def test_a_pdf_is_kept_without_a_thumbnail(put):
    attached = put(PDF, name="病历.pdf")
    assert attached.content.media_type == "application/pdf"
    assert queries.thumbnail_of(attached) is None


def test_the_same_bytes_are_kept_once_in_the_house_and_not_twice_in_a_case(put, case, office):
    put(PDF)
    with pytest.raises(SameFileAgain, match="身份证"):
        put(PDF, name="另一名称.pdf")
    other = accept(office.clerk, subject_key="P2")
    put(PDF, number=other.number, version=2)
    assert Content.objects.count() == 1


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"MZ" + bytes(100), id="program"),
        pytest.param(b"<html><script>alert(1)</script></html>", id="page"),
        pytest.param(b"%PDF-1.4 cut short", id="pdf cut short"),
        pytest.param(picture()[:400], id="picture cut short"),
        pytest.param(b"GIF89a" + bytes(50), id="another kind of picture"),
    ],
)
def test_what_cannot_be_opened_is_refused_whatever_its_name(put, case, data):
    with pytest.raises(FileUnreadable, match="文件身份证"):
        put(data)
    assert not case.attachments.exists()


def test_a_picture_that_unpacks_to_too_much_is_refused(put, monkeypatch):
    monkeypatch.setattr(attachments, "LARGEST_PIXELS", 1000)
    with pytest.raises(FileUnreadable):
        put(picture())


def test_a_file_too_large_is_refused_before_it_is_looked_at(put, monkeypatch):
    monkeypatch.setattr(attachments, "LARGEST_BYTES", 1 << 20)
    with pytest.raises(FileTooLarge, match="1兆字节"):
        put(bytes((1 << 20) + 1))


def test_a_case_holds_so_many_files_and_no_more(put, monkeypatch):
    monkeypatch.setattr(attachments, "MOST_PER_CASE", 1)
    put(PDF)
    with pytest.raises(TooManyFiles):
        put(picture())


def test_a_path_in_a_name_is_dropped(put):
    assert put(PDF, name="C:\\扫描\\..\\病历.pdf").name == "病历.pdf"


def test_a_finished_case_takes_no_more_and_a_stale_page_is_told(put, case, office):
    with pytest.raises(ChangedMeanwhile):
        put(PDF, version=7)
    agree(case, office.reviewer, decision=Decision.REFUSE, opinion="不符")
    with pytest.raises(WrongState):
        put(PDF)


def test_the_bytes_of_a_file_are_not_changed(put):
    put(PDF)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE cases_content SET data = ''")


def test_a_material_the_item_does_not_have_is_not_noted(put):
    assert put(PDF, material_code="passport").material_code == ""


def test_names_of_nothing_are_called_attachment(put):
    assert put(PDF, name=" ").name == "附件"
