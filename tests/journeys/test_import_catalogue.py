"""Importing the catalogue and code sets (目录导入)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tongchou.catalogue import queries
from tongchou.catalogue.models import CatalogueRelease, CatalogueVersion, CodeSetVersion, Diagnosis, Item, ItemTerm
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode
from tongchou.platform import checks, versions
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree

NOW = datetime(2018, 6, 1, 2, tzinfo=UTC)
AREA = "450100"
HEAD = "医疗目录编码,名称,类别,收费项目类别,规格,等级,先行自付比例,单价上限,限用天数,限性别,限诊断编码,生效日期"
DRUG = "XA02BCA134A001010100001,奥美拉唑肠溶胶囊,药品,西药费,20mg,乙,10%,35.60,14,,,2018-01-01"
BED = "001102000050000,三人间床位费,服务设施,床位费,,甲类,,18,,,,2018-01-01"


@pytest.fixture
def keeper(hire):
    return hire("catalogue_manager", at=AREA)


@pytest.fixture
def check(keeper, tmp_path):
    def checked(*rows: str, kind: str = "catalogue", head: str = HEAD, operator=None):
        file = Path(tmp_path / f"目录{len(list(tmp_path.iterdir()))}.csv")
        file.write_bytes("\n".join([head, *rows, ""]).encode("gb18030"))
        return imports.check(
            kind=kind, pooling_area=AREA, file_name=file.name, content=file, operator=operator or keeper, now=NOW
        )

    return checked


def take_in(preview, keeper, mode=Mode.ALL):
    done = imports.take_in(preview_id=preview.id, mode=mode, operator=keeper, now=NOW)
    versions.forget_all()
    return done


def faults(preview) -> list[tuple[str, str]]:
    return [(p.cell, p.code) for p in imports.problems_of(preview.id).rows]


@pytest.mark.requirement("CAT-03")
def test_a_list_brings_items_and_how_they_are_paid(check, keeper):
    preview = check(DRUG, BED, "S1,某保健品,药品,其他费,,丙,,,,,,2018-01-01")
    assert preview.totals == {"新增": "3", "变更": "0", "无变化": "0"}
    assert preview.form == "文本文件(GB18030)"
    take_in(preview, keeper)
    drug = queries.term(AREA, "XA02BCA134A001010100001", date(2018, 1, 1))
    assert (drug.pay_class, drug.pre_self_pay_ratio, drug.ceiling("2"), drug.max_days) == (
        "02",
        Decimal("0.1"),
        Decimal("35.6"),
        14,
    )
    assert queries.term(AREA, "S1", date(2018, 1, 1)).pre_self_pay_ratio == 1
    assert Item.objects.get(code="001102000050000").name_initials == "srjcwf"


@pytest.mark.requirement("CAT-01")
@pytest.mark.requirement("CAT-16")
def test_a_new_edition_changes_only_what_it_changes_as_one_version(check, keeper):
    take_in(check(DRUG, BED), keeper)
    edition = check(
        DRUG.replace("乙,10%", "甲,0").replace("2018-01-01", "2018-07-01"), BED.replace("2018-01-01", "2018-07-01")
    )
    assert edition.totals == {"新增": "0", "变更": "1", "无变化": "1"}
    take_in(edition, keeper)
    code = "XA02BCA134A001010100001"
    assert queries.term(AREA, code, date(2018, 6, 30)).pay_class == "02"
    assert queries.term(AREA, code, date(2018, 7, 1)).pay_class == "01"
    assert ItemTerm.objects.filter(item_id="001102000050000").count() == 1
    assert CatalogueVersion.objects.get().version == CatalogueRelease.objects.latest("version").version == 2
    assert CatalogueRelease.objects.count() == 2


def test_faults_of_the_catalogue_have_their_cells(check, keeper):
    take_in(check(DRUG.replace("2018-01-01", "2018-05-01")), keeper)
    preview = check(
        DRUG.replace("35.60", "30"),
        BED,
        BED,
        BED.replace("001102000050000", "B2").replace("甲类", "丁类"),
        BED.replace("001102000050000", "B3").replace(",18,", ",0,"),
        BED.replace("001102000050000", "B4").replace("甲类,,", "甲类,150%,"),
    )
    assert faults(preview) == [
        ("L2", "CA-1002"),
        ("A4", "PL-0826"),
        ("F5", "PL-0819"),
        ("H6", "CA-1004"),
        ("G7", "PL-0818"),
    ]


@pytest.mark.requirement("CAT-02")
@pytest.mark.article("JL2019 §21")
def test_a_county_adjusts_no_catalogue(check, hire):
    with pytest.raises(checks.AreaOutOfScope):
        check(DRUG, operator=hire("catalogue_manager", at="450102"))


@pytest.mark.requirement("CAT-04")
def test_diagnoses_are_renamed_and_ended_by_the_list(check, keeper):
    head = "诊断编码,诊断名称,生效日期,失效日期"
    take_in(
        check("e11.900,2型糖尿病,2018-01-01,", "I10.x00x002,高血压,2018-01-01,", kind="diagnoses", head=head), keeper
    )
    assert sorted(Diagnosis.objects.values_list("code", flat=True)) == ["E11.900", "I10.X00X002"]
    preview = check(
        "E11.900,2型糖尿病不伴有并发症,2018-03-01,2019-01-01",
        "123,不对,2018-01-01,",
        "I10.x00,原发性高血压,2018-01-01,2018-01-01",
        kind="diagnoses",
        head=head,
    )
    assert faults(preview) == [("A3", "PL-0828"), ("D4", "CA-1006")]
    take_in(preview, keeper, Mode.ONLY_GOOD)
    known = Diagnosis.objects.get(code="E11.900")
    assert (known.name, known.valid_from, known.valid_until) == (
        "2型糖尿病不伴有并发症",
        date(2018, 1, 1),
        date(2019, 1, 1),
    )
    assert CodeSetVersion.objects.get(code_set="diagnoses").version == 2
