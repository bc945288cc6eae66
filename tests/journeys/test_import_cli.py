"""`tongchou import`: real files, real preview, real books; every obstacle is one sentence with a code."""

import csv
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tongchou.enrolment.models import Person
from tongchou.enrolment.tests.conftest import VILLAGE, citizen_number
from tongchou.enrolment.tests.conftest import clerk as clerk
from tongchou.exchange.cli import import_file
from tongchou.exchange.imports.files import kinds
from tongchou.exchange.models import ImportFile
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.spreadsheets import chunks, reading
from tongchou.platform.tests.conftest import PASSWORD
from tongchou.platform.tests.conftest import committed as committed
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree

HEAD = "姓名,证件号码,村代码,户籍地"
GOOD = f"韦大,{citizen_number()},{VILLAGE},450102"
BAD = f"韦二,450102199001010012,{VILLAGE},450102"

app = typer.Typer()
app.command()(import_file)


@pytest.fixture
def run(clerk, monkeypatch):
    """Runs the command as the clerk: `run("roster", file, "--preview")`."""
    clerk.set_password(PASSWORD)
    clerk.save()
    monkeypatch.setenv("TONGCHOU_PASSWORD", PASSWORD)

    def ran(*words: object, operator: str = clerk.staff_code):
        return CliRunner().invoke(app, [*map(str, words), "--operator", operator])

    return ran


@pytest.fixture
def written(tmp_path):
    def write(*rows: str, head: str = HEAD, name: str = "花名册.csv", encoding: str = "utf-8") -> Path:
        file: Path = tmp_path / name
        file.write_bytes("\n".join([head, *rows, ""]).encode(encoding))
        return file

    return write


def refusal(answer) -> str:
    """The code of what the command was refused with; `tongchou` prints it with its sentence and exits with 1."""
    assert isinstance(answer.exception, DomainError), answer.output
    return answer.exception.code


def test_a_good_file_is_shown_and_taken_in_by_its_operator(run, written, clerk):
    answer = run("roster", written(GOOD))
    assert answer.exit_code == 0, answer.output
    assert "共 1 行,可入库 1 行,有误 0 行" in answer.output
    assert "参保单位数: 1" in answer.output
    assert "已入库 1 行 / 1 rows taken in" in answer.output
    assert Person.objects.get().name == "韦大"
    noted = platform.trail_of("import", str(ImportFile.objects.get().pk))
    assert {(entry.action, entry.staff_code) for entry in noted} == {
        ("exchange.receive_import", clerk.staff_code),
        ("exchange.take_in_import", clerk.staff_code),
    }


def test_one_bad_row_keeps_all_out_until_only_the_good_ones_are_asked_for(run, written, tmp_path):
    refused = run("roster", written(GOOD, BAD))
    assert refusal(refused) == "EX-1713"
    assert "✗ B3 证件号码 “450102199001010012”: " in refused.output
    assert "身份证号校验位错误 (EN-1001)" in refused.output
    assert Person.objects.count() == 0
    errors = tmp_path / "errors.csv"
    taken = run("roster", written(GOOD, BAD), "--only-good", "--errors", errors)
    assert taken.exit_code == 0, taken.output
    assert Person.objects.get().name == "韦大"
    with errors.open(encoding="utf-8-sig", newline="") as handle:
        (left_out,) = csv.DictReader(handle)
    assert left_out["姓名"] == "韦二"
    assert "EN-1001" in left_out["错误原因"]


@pytest.mark.parametrize(
    ("rows", "ways", "code"), [((GOOD,), (), 0), ((GOOD, BAD), (), 1), ((GOOD, BAD), ("--only-good",), 0)]
)
def test_a_preview_takes_nothing_in_and_says_whether_it_could_be(run, written, rows, ways, code):
    assert run("roster", written(*rows), "--preview", *ways).exit_code == code
    assert Person.objects.count() == 0


def test_the_same_file_again_is_refused_and_nothing_is_doubled(run, written):
    run("roster", written(GOOD))
    assert refusal(run("roster", written(GOOD, name="改名.csv"))) == "EX-1702"
    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "PL-0801"),
        (b"\xe5\xa7\x93\xff\x00\xfe", "PL-0802"),
        ("甲,乙\n1,2\n".encode(), "PL-0803"),
        (f"姓名,村代码\n韦大,{VILLAGE}\n".encode(), "PL-0804"),
        (HEAD.encode(), "PL-0807"),
        (b"PK\x03\x04 not a workbook", "PL-0801"),
    ],
    ids=["empty", "no-encoding", "no-header", "column-missing", "header-only", "broken-workbook"],
)
def test_a_file_that_is_no_table_is_told_so(run, tmp_path, content, code):
    file = tmp_path / "坏.csv"
    file.write_bytes(content)
    assert refusal(run("roster", file)) == code


def test_every_other_obstacle_is_a_sentence_too(run, written, hire, tmp_path, monkeypatch):
    file = written(GOOD)
    assert refusal(run("roster", tmp_path / "nothing.csv")) == "EX-1803"
    assert refusal(run("roster", tmp_path)) == "EX-1803"
    unknown = run("people", file)
    assert refusal(unknown) == "EX-1703"
    assert "roster 参保花名册" in str(unknown.exception)
    assert refusal(run("roster", file, "--only-good", "--all-or-nothing")) == "EX-1804"
    assert refusal(run("roster", file, "--set", "channel")) == "EX-1805"
    assert refusal(run("roster", file, "--set", "channel=tax")) == "EX-1706"
    assert refusal(run("roster", file, "--area", "999999")) == "PL-0512"
    assert refusal(run("roster", file, operator="nobody")) == "PL-0508"
    assert refusal(run("roster", file, operator="")) == "PL-0509"
    monkeypatch.setenv("TONGCHOU_PASSWORD", "wrong")
    assert refusal(run("roster", file)) == "PL-0508"
    monkeypatch.delenv("TONGCHOU_PASSWORD")
    assert refusal(run("roster", file)) == "PL-0510"
    assert not ImportFile.objects.exists()


def test_who_may_not_import_is_refused(run, written, hire):
    accountant = hire("accountant", at="450100")
    accountant.set_password(PASSWORD)
    accountant.save()
    assert refusal(run("roster", written(GOOD), operator=accountant.staff_code)) == "PL-0201"


def test_the_password_may_be_typed_and_a_demo_operator_has_none_to_type(run, written, clerk, monkeypatch):
    monkeypatch.delenv("TONGCHOU_PASSWORD")
    file = written(GOOD)
    typed = CliRunner().invoke(app, ["roster", str(file), "--preview"], input=f"{clerk.staff_code}\n{PASSWORD}\n")
    assert typed.exit_code == 0, typed.output
    clerk.is_demo = True
    clerk.save()
    assert run("roster", file, "--preview").exit_code == 0


@pytest.mark.parametrize("kind", [kind.name for kind in kinds()])
def test_every_kind_is_in_the_help_and_has_a_template_that_it_can_read_itself(run, kind, tmp_path):
    assert kind in CliRunner().invoke(app, ["--help"]).output
    file = tmp_path / "模板.xlsx"
    answer = run(kind, file, "--template")
    assert answer.exit_code == 0, answer.output
    assert refusal(run(kind, file, "--template")) == "EX-1806"
    layout = next(each.layout for each in kinds() if each.name == kind)
    table = chunks.recognise(reading.open_table(file), layout)
    (chunk,) = table.chunks()
    assert chunk.problems == []
    assert len(table.header.places) == len(layout.columns)
