"""Masks, papers and other small parts of pages."""

import pytest
from django.db import connection

from tongchou.platform.web import masks, paper


@pytest.mark.requirement("RIG-04")
@pytest.mark.parametrize(
    ("full", "shown"),
    [
        ("张三", "张*"),
        ("张三丰", "张*丰"),
        ("欧阳锋", "欧阳*"),
        ("欧阳", "欧*"),
        ("阿依古丽·买买提", "阿******提"),
        ("李", "李"),
        ("", ""),
    ],
)
def test_a_name_keeps_its_surname_and_its_last_character(full, shown):
    assert masks.name(full) == shown


@pytest.mark.requirement("RIG-04")
@pytest.mark.parametrize(
    ("full", "shown"),
    [("450102197001011234", "450102********1234"), ("E12345678", "*******78"), ("A1", "A1"), ("", "")],
)
def test_a_certificate_number_keeps_its_ends(full, shown):
    assert masks.certificate(full) == shown


@pytest.mark.parametrize(("full", "shown"), [("13812345678", "138****5678"), ("0771-123", "****-123"), ("", "")])
def test_a_phone_number_keeps_its_ends(full, shown):
    assert masks.phone(full) == shown


@pytest.mark.parametrize(
    ("fen", "written"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (10, "壹角整"),
        (105, "壹元零伍分"),
        (10250, "壹佰零贰元伍角整"),
        (1000500, "壹万零伍元整"),
        (100000001, "壹佰万元零壹分"),
        (100500000, "壹佰万伍仟元整"),
        (123456789012, "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分"),
        (-37750, "负叁佰柒拾柒元伍角整"),
    ],
)
def test_an_amount_in_capital_characters(fen, written):
    assert paper.capital_amount(fen) == written


@pytest.mark.requirement("SET-06")
def test_a_verification_code_depends_on_every_part():
    code = paper.verification_code("450100180400000001", 622500, 377500)
    assert len(code) == 14
    assert code == paper.verification_code("450100180400000001", 622500, 377500)
    assert code != paper.verification_code("450100180400000001", 622501, 377499)
    assert code != paper.verification_code("4501001804000000016", 22500, 377500)


@pytest.mark.requirement("SET-06")
def test_a_reprint_is_marked_with_its_number():
    first = paper.Paper("某中心", "结算单", "1", "2018-05-16", "AAAA-BBBB-CCCC", 0)
    third = paper.Paper("某中心", "结算单", "1", "2018-05-16", "AAAA-BBBB-CCCC", 2)
    assert (first.reprint_mark, third.reprint_mark) == ("", "补打2")


def test_numbers_in_a_sentence_are_masked_and_other_figures_stay() -> None:
    said = "没有登记证件号码为45010219900101001X的参保人(2027年度400.00元,托收批次450100-2026-TS-000001)"
    assert masks.numbers_in(said) == said.replace("45010219900101001X", "450102********001X")
    assert masks.numbers_in("人员编号45010000000000000043") == "人员编号45010000000000000043"


def test_the_database_masks_a_sentence_as_the_page_does(db: None) -> None:
    said = "证件号码45010219900101001x、450102199001010018已登记,人员编号45010000000000000043,2027年度400.00元"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {masks.numbers_in_sql('%s::text')}", [said])
        assert cursor.fetchone() == (masks.numbers_in(said),)
