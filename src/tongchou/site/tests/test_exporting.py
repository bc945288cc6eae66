"""`tongchou export`: what the console's lists give, from the command line, by the same columns, masks and trail."""

import csv
from pathlib import Path

import pytest
import python_calamine
import typer
from django.urls import reverse
from typer.testing import CliRunner

from tongchou.enrolment.tests.conftest import VILLAGE, citizen_number
from tongchou.enrolment.tests.conftest import clerk as clerk
from tongchou.enrolment.tests.conftest import enrol as enrol
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.spreadsheets import exports
from tongchou.platform.tests.conftest import PASSWORD
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.site.exporting import LISTS, export

app = typer.Typer()
app.command()(export)
WHO_MAY = {"messages": "payment_manager", "vouchers": "leader", "operators": "leader"}
"""Posts that see lists which others do not, with the right to export lists."""
NOBODY = "trail"
"""Who sees the trail has no business, and so no right to export; an agency may decide otherwise."""


@pytest.fixture
def run(clerk, monkeypatch):
    clerk.set_password(PASSWORD)
    clerk.save()
    monkeypatch.setenv("TONGCHOU_PASSWORD", PASSWORD)

    def ran(*words: object, operator: str = clerk.staff_code):
        return CliRunner().invoke(app, [*map(str, words), "--operator", operator])

    return ran


def rows_of(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.reader(handle))


def refusal(answer) -> str:
    assert isinstance(answer.exception, DomainError), answer.output
    return answer.exception.code


@pytest.mark.requirement("ORG-21")
def test_a_list_is_the_download_of_its_page(run, clerk, enrol, client, tmp_path):
    for _ in range(2):
        enrol()
    file = tmp_path / "参保人.csv"
    answer = run("persons", "--out", file)
    assert answer.exit_code == 0, answer.output
    client.force_login(clerk, backend="tongchou.platform.authentication.OperatorBackend")
    page = client.get(reverse("enrolment:persons"), {"export": "csv"})
    assert file.read_bytes() == b"".join(page.streaming_content)
    assert {row[3] for row in rows_of(file)[1:]} == {
        f"450102********{citizen_number(order=order)[-4:]}" for order in (3, 5)
    }
    noted = [entry for entry in platform.trail_of("list", "persons") if entry.staff_code == clerk.staff_code]
    assert [(entry.action, entry.detail["rows"]) for entry in noted] == [("platform.list_exported", 2)] * 2


@pytest.mark.requirement("ORG-21")
def test_a_workbook_and_a_filter_are_as_on_the_page(run, enrol, tmp_path):
    enrol(name="韦一一")
    enrol(name="覃小妹")
    file = tmp_path / "out.xlsx"
    assert run("persons", "--out", file, "--filter", "words=覃小妹").exit_code == 0
    head, row = python_calamine.load_workbook(str(file)).get_sheet_by_index(0).to_python()
    assert head[0] == "姓名"
    assert row[0] == "覃*妹"


@pytest.mark.requirement("ENR-35")
def test_a_register_goes_out_whole_or_for_one_unit(run, enrol, tmp_path):
    enrol()
    assert run("roster", "--out", tmp_path / "a.csv").exit_code == 0
    assert len(rows_of(tmp_path / "a.csv")) == 2
    assert run("roster", "--out", tmp_path / "b.csv", "--unit", "450102001").exit_code == 0
    assert len(rows_of(tmp_path / "b.csv")) == 1
    assert run("roster", "--out", tmp_path / "c.csv", "--unit", VILLAGE, "--area", "450100").exit_code == 0
    assert platform.trail_of("export", "roster")[0].detail["rows"] == 1


@pytest.mark.parametrize("name", [*LISTS, *(kind.name for kind in exports.registered())])
def test_everything_in_the_help_can_be_exported(run, hire, tmp_path, name):
    assert name in CliRunner().invoke(app, ["--help"]).output
    operator = hire("trail_auditor" if name == NOBODY else WHO_MAY.get(name, "agreement_manager"), at="450100")
    operator.set_password(PASSWORD)
    operator.save()
    file = tmp_path / "out.csv"
    answer = run(name, "--out", file, operator=operator.staff_code)
    if name == NOBODY:
        assert refusal(answer) == "PL-0201"
    else:
        assert answer.exit_code == 0, answer.output
        assert rows_of(file)[0]


def test_every_obstacle_is_a_sentence_and_leaves_no_file(run, hire, tmp_path):
    outsider = hire("cashier", at="450100")
    outsider.set_password(PASSWORD)
    outsider.save()
    file = tmp_path / "out.csv"
    unknown = run("people", "--out", file)
    assert refusal(unknown) == "SI-0301"
    assert "persons 参保人" in str(unknown.exception)
    assert refusal(run("persons", "--out", tmp_path / "out.pdf")) == "SI-0302"
    assert refusal(run("persons", "--out", tmp_path / "no" / "out.csv")) == "SI-0303"
    assert refusal(run("persons", "--out", file, "--filter", "words")) == "SI-0304"
    assert refusal(run("persons", "--out", file, "--unit", VILLAGE)) == "SI-0305"
    assert refusal(run("roster", "--out", file, "--filter", "words=韦")) == "SI-0305"
    assert refusal(run("persons", "--out", file, operator=outsider.staff_code)) == "PL-0201"
    assert refusal(run("roster", "--out", file, operator=outsider.staff_code)) == "PL-0201"
    assert refusal(run("roster", "--out", file, "--area", "999999")) == "PL-0512"
    assert list(tmp_path.iterdir()) == []
