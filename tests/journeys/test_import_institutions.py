"""Importing institutions and physicians (定点机构、医师导入)."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tongchou.exchange import imports
from tongchou.exchange.imports import Mode
from tongchou.institutions import queries
from tongchou.institutions.models import Institution, Physician
from tongchou.institutions.states import PhysicianState
from tongchou.platform import versions
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree

NOW = datetime(2018, 6, 1, 2, tzinfo=UTC)
AREA = "450100"
HEAD = (
    "机构编号,机构名称,机构类别,等级,行政区划,上级机构编号,许可证号,"
    "协议编号,险种,服务范围,协议签订日期,协议生效日期,协议有效期至"
)
HOSPITAL = (
    "H45010200001,A县人民医院,医院,二级,450102,,L1,"
    "XY1,居民医保、职工医保,普通门诊、住院,2017-12-20,2018-01-01,2018-12-31"
)


@pytest.fixture
def manager(hire):
    return hire("agreement_manager", at=AREA)


@pytest.fixture
def check(manager, tmp_path):
    def checked(kind: str, head: str, *rows: str, operator=None):
        file = Path(tmp_path / f"{kind}{len(list(tmp_path.iterdir()))}.csv")
        file.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
        return imports.check(
            kind=kind,
            pooling_area=AREA,
            file_name=file.name,
            content=file,
            operator=operator or manager,
            now=NOW,
        )

    return checked


def take_in(preview, manager, mode=Mode.ALL):
    done = imports.take_in(preview_id=preview.id, mode=mode, operator=manager, now=NOW)
    versions.forget_all()
    return done


def faults(preview) -> list[tuple[str, str]]:
    return [(p.cell, p.code) for p in imports.problems_of(preview.id).rows]


@pytest.mark.requirement("AGR-01")
def test_institutions_come_with_level_and_agreement(check, manager):
    preview = check(
        "institutions",
        HEAD,
        HOSPITAL,
        "H45010200003,城关镇中心卫生院,乡镇卫生院,一级,450102001,,,,,,,,",
        "H45010200004,东村卫生室,村卫生室,,450102001201,H45010200003,,,,,,,",
        "P45010200001,某大药房,零售药店,,450102,,L2,XY2,居民医保,购药,2017-12-20,2018-01-01,2018-12-31",
    )
    assert faults(preview) == []
    assert preview.totals == {"定点医疗机构": "3", "定点零售药店": "1", "服务协议": "2"}
    assert take_in(preview, manager).rows_taken == 4
    day = date(2018, 12, 31)
    assert queries.agreement_problem("H45010200001", scheme="employee", kind="inpatient", on=day) == ""
    assert "到期" in queries.agreement_problem("H45010200001", scheme="employee", kind="inpatient", on=date(2019, 1, 1))
    assert queries.level_of("H45010200001", day) == "2"
    assert queries.agreement_problem("P45010200001", scheme="resident", kind="pharmacy", on=day) == ""
    station = Institution.objects.get(code="H45010200004")
    assert (station.parent_id, station.primary, station.village_station) == ("H45010200003", True, True)


def test_faults_of_institutions_have_their_cells(check, manager, hire):
    take_in(check("institutions", HEAD, HOSPITAL), manager)
    preview = check(
        "institutions",
        HEAD,
        HOSPITAL,
        HOSPITAL.replace("H45010200001", "P45010200009").replace("L1", "L9").replace("XY1", "XY9"),
        HOSPITAL.replace("H45010200001", "H45010200005").replace("XY1", "XY5"),
        HOSPITAL.replace("H45010200001", "H45010200006").replace("L1", "L6"),
        HOSPITAL.replace("H45010200001", "H45010200007")
        .replace("L1", "L7")
        .replace("XY1", "XY7")
        .replace("2018-01-01", ""),
        HOSPITAL.replace("H45010200001", "H45010200008")
        .replace("L1", "L8")
        .replace("XY1", "XY8")
        .replace("450102,,", "450202,,"),
        HOSPITAL.replace("H45010200001", "H45010200010")
        .replace("L1", "LA")
        .replace("XY1", "XYA")
        .replace("450102,,", "450102,H45010299999,"),
    )
    assert faults(preview) == [
        ("A2", "IN-1001"),
        ("A3", "IN-1003"),
        ("G4", "PL-0826"),
        ("H5", "PL-0826"),
        ("H6", "IN-4001"),
        ("E7", "PL-0202"),
        ("F8", "IN-1002"),
    ]
    clerk = hire("agreement_manager", at="450103")
    elsewhere = check(
        "institutions",
        HEAD,
        HOSPITAL.replace("00001", "00020", 1).replace("L1", "LX").replace("XY1", "XYX"),
        operator=clerk,
    )
    assert faults(elsewhere) == [("E2", "PL-0202")]
    of_another_area = check(
        "institutions",
        HEAD,
        HOSPITAL.replace("450102,,", "450202,,").replace("L1", "LY").replace("XY1", "XYY"),
        operator=hire("agreement_manager", at="450000"),
    )
    assert faults(of_another_area) == [("E2", "IN-1006")]


@pytest.mark.requirement("DOC-12")
def test_physicians_are_filed_by_list_and_bad_rows_named(check, manager):
    take_in(
        check(
            "institutions", HEAD, HOSPITAL, HOSPITAL.replace("00001", "00002").replace("L1", "L2").replace("XY1", "XY2")
        ),
        manager,
    )
    head = "机构编号,医师编码,姓名,主执业机构,备案日期"
    preview = check(
        "physicians",
        head,
        "H45010200001,D450102000001,韦大夫,是,2018-01-01",
        "H45010200001,D45010200000,覃大夫,,2018-01-01",
        "H45010200099,D450102000003,黄大夫,,2018-01-01",
        "H45010200002,D450102000001,韦大夫,是,2018-01-01",
        "H45010200002,D450102000004,梁大夫,,2018-01-01",
        "H45010200001,D450102000004,梁医师,否,2018-01-01",
    )
    assert faults(preview) == [("B3", "IN-3003"), ("A4", "IN-1002"), ("D5", "IN-3005"), ("B7", "IN-3004")]
    assert take_in(preview, manager, Mode.ONLY_GOOD).rows_taken == 2
    day = date(2018, 1, 1)
    assert queries.physician_state("H45010200001", "D450102000001", day) is PhysicianState.VALID
    assert Physician.objects.count() == 2
    again = check("physicians", head, "H45010200001,D450102000001,韦大夫,是,2018-03-01")
    assert faults(again) == [("B2", "IN-3001")]
