"""Registers given out (导出名册)."""

import csv
import re
from pathlib import Path

import pytest
import python_calamine

from tongchou.enrolment.models import Person
from tongchou.enrolment.tests.conftest import AREA, NOW, VILLAGE, citizen_number
from tongchou.exchange import imports
from tongchou.platform import checks
from tongchou.platform import queries as platform
from tongchou.platform.spreadsheets import exports
from tongchou.platform.spreadsheets.exports import ExportUnknown


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def export(file: Path, operator, kind: str = "roster", **asked):
    return exports.export(kind=kind, to=file, pooling_area=AREA, operator=operator, now=NOW, **asked)


@pytest.mark.requirement("ENR-35")
def test_the_roster_goes_out_masked_and_leaves_a_trail(enrol, clerk, tmp_path):
    head = {"household_no": "H1", "household_relation": "head", "card_no": "A0000001"}
    enrol(name="韦大", certificate_no=citizen_number(), **head)
    file = tmp_path / "roster.csv"
    assert export(file, clerk) == 1
    (row,) = rows_of(file)
    shown = [row[header] for header in ("姓名", "证件号码", "户号", "社会保障卡号")]
    assert shown == ["韦大", "450102********0116", "H1", "A0000001"]
    assert platform.trail_of("export", "roster")[0].detail["rows"] == 1


def test_full_numbers_are_for_who_may_take_sensitive_data_out(enrol, hire, tmp_path):
    enrol(certificate_no=citizen_number())
    auditor = hire("auditor", at=AREA)
    export(tmp_path / "roster.csv", auditor)
    assert rows_of(tmp_path / "roster.csv")[0]["证件号码"] == citizen_number()


def test_what_goes_out_in_full_can_come_in_again(enrol, clerk, tmp_path):
    enrol(name="韦大", certificate_no=citizen_number(), household_no="H1", household_relation="head", ethnicity="08")
    file = tmp_path / "roster.csv"
    export(file, clerk)
    text = file.read_text("utf-8-sig")
    text = re.sub(r"450102\*+0116", citizen_number(order=13), text).replace("H1", "H2")
    file.write_text(text, encoding="utf-8")
    preview = imports.check(kind="roster", pooling_area=AREA, file_name="r.csv", content=file, operator=clerk, now=NOW)
    assert preview.rows_bad == 0
    assert preview.ignored_columns == ("人员编号",)


def test_a_workbook_keeps_every_digit(enrol, clerk, tmp_path):
    enrol(name="=1+1", certificate_no=citizen_number())
    file = tmp_path / "roster.xlsx"
    export(file, clerk)
    (head, row) = python_calamine.load_workbook(str(file)).get_sheet_by_index(0).to_python()
    assert row[head.index("人员编号")] == Person.objects.get().person_no
    assert row[head.index("姓名")] == "=1+1"


def test_a_formula_in_a_text_file_is_made_harmless(enrol, clerk, tmp_path):
    enrol(name="=1+1", certificate_no=citizen_number())
    export(tmp_path / "r.csv", clerk)
    assert rows_of(tmp_path / "r.csv")[0]["姓名"] == "'=1+1"


def test_one_unit_may_be_asked_for_and_only_ones_own(enrol, clerk, hire, tmp_path):
    enrol()
    assert export(tmp_path / "a.csv", clerk, unit_code="450102001") == 0
    assert export(tmp_path / "b.csv", clerk, unit_code=VILLAGE) == 1
    with pytest.raises(checks.OutOfScope):
        export(tmp_path / "c.csv", hire("clerk", at="450103"), unit_code=VILLAGE)
    with pytest.raises(ExportUnknown):
        export(tmp_path / "d.csv", clerk, kind="nothing")
