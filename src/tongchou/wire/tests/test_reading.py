# ruff: noqa: DTZ001  the wire's times are Beijing time without zone
"""Reading what clients really send: mended when it can be, refused by the name of the field when not."""

import json
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.wire import errors, moments, reading, specification

LINE = {
    "feedetl_sn": "000000000001",
    "mdtrt_id": "450100260300000000001",
    "psn_no": "45010000000000000001",
    "chrg_bchno": "B1",
    "rx_circ_flag": "0",
    "fee_ocur_time": "2026-03-02 09:00:00",
    "med_list_codg": "XA01ABD075A002010100483",
    "medins_list_codg": "Y0001",
    "det_item_fee_sumamt": 34.60,
    "cnt": 2,
    "pric": 17.3,
    "bilg_dept_codg": "A03",
    "bilg_dept_name": "内科",
    "bilg_dr_codg": "D450100000001",
    "bilg_dr_name": "张医生",
    "hosp_appr_flag": "0",
}


def read_line(**members: Any) -> Any:
    raw = json.dumps({"feedetail": [LINE | members]}, ensure_ascii=False).encode()
    return reading.reader("2204").read(raw).feedetail[0]


def test_amounts_arrive_in_whole_fen_and_other_numbers_exact() -> None:
    line = read_line(pric="17.300000")
    assert (line.det_item_fee_sumamt, line.cnt, line.pric) == (3460, Decimal(2), Decimal("17.3"))
    assert isinstance(line.det_item_fee_sumamt, int)


@pytest.mark.parametrize("written", ["34.60", "34.6", 34.6, "34.6000", " 34.60 "])
def test_a_number_may_come_as_text_or_number(written: object) -> None:
    assert read_line(det_item_fee_sumamt=written).det_item_fee_sumamt == 3460


@pytest.mark.parametrize("written", ["-20.0", -20, "-20"])
def test_a_refund_is_negative(written: object) -> None:
    assert read_line(det_item_fee_sumamt=written).det_item_fee_sumamt == -2000


@pytest.mark.parametrize("nothing", ["", None, "null"])
def test_empty_text_null_and_absent_mean_the_same(nothing: object) -> None:
    line = read_line(rxno=nothing, prd_days=nothing, dise_codg=nothing)
    assert (line.rxno or None, line.prd_days, line.dise_codg or None) == (None, None, None)


def test_the_text_null_is_nothing() -> None:
    assert read_line(dise_codg="null").dise_codg is None


@pytest.mark.parametrize(
    ("sent", "kept"), [(1, "1"), (True, "1"), (2.5, "2.5"), (12345678901234567890123, "12345678901234567890123")]
)
def test_a_text_may_come_as_a_number(sent: object, kept: str) -> None:
    assert read_line(rxno=sent).rxno == kept


def test_one_object_where_a_list_is_declared() -> None:
    raw = json.dumps({"feedetail": LINE}).encode()
    assert [line.feedetl_sn for line in reading.reader("2204").read(raw).feedetail] == ["000000000001"]


def test_a_list_of_one_where_an_object_is_declared() -> None:
    raw = b'{"data":[{"mdtrt_id":"1","chrg_bchno":"0000","psn_no":"2"}]}'
    assert reading.reader("2205").read(raw).data.chrg_bchno == "0000"


def test_of_duplicate_keys_the_last_wins() -> None:
    raw = json.dumps({"feedetail": [LINE]}).replace('"cnt": 2', '"cnt": 1, "cnt": 2').encode()
    assert reading.reader("2204").read(raw).feedetail[0].cnt == 2


def test_input_may_be_json_in_a_text() -> None:
    raw = json.dumps(json.dumps({"data": {"mdtrt_id": "1", "chrg_bchno": "2", "psn_no": "3"}})).encode()
    assert reading.reader("2205").read(raw).data.psn_no == "3"


@pytest.mark.parametrize("node", ["data", "mdtrtinfo", "Data"])
def test_another_name_of_the_node(node: str) -> None:
    raw = json.dumps({node: {"psn_no": "1", "mdtrt_id": "2", "ipt_otp_no": "3"}}).encode()
    assert reading.reader("2202").read(raw).data.mdtrt_id == "2"


@pytest.mark.parametrize(
    ("infno", "node", "sent", "name"),
    [
        ("2204", "feedetail", "dise_code", "dise_codg"),
        ("2204", "feedetail", "expContent", "exp_content"),
        ("2402", "dscginfo", "dscg_dept_code", "dscg_dept_codg"),
        ("2401", "mdtrtinfo", "main_cond_desc", "main_cond_dscr"),
        ("2304", "data", "dscg_time", "dscgTime"),
    ],
)
def test_both_spellings_of_a_field(infno: str, node: str, sent: str, name: str) -> None:
    (declared,) = [n for n in specification.transactions()[infno].input if n.name == node]
    (field,) = [f for f in declared.fields if f.name == name]
    assert sent in field.also


def test_the_other_spelling_counts_when_the_common_one_is_empty() -> None:
    assert read_line(dise_codg="", dise_code="M03900").dise_codg == "M03900"


def test_an_extension_may_come_as_an_object() -> None:
    assert read_line(exp_content={"TRUM_FLAG": "1", "rate": 0.1}).exp_content == '{"TRUM_FLAG":"1","rate":0.1}'


def test_unknown_members_are_ignored() -> None:
    assert read_line(anything={"deep": [1, 2]}).cnt == 2


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2022-01-21 10:00:00", datetime(2022, 1, 21, 10)),
        ("2022-01-21 10 :00:00", datetime(2022, 1, 21, 10)),
        ("2022-01-21T10:00:00.123", datetime(2022, 1, 21, 10)),
        ("2022-01-21T02:00:00Z", datetime(2022, 1, 21, 10)),
        ("2022-01-21 10:00:00+08:00", datetime(2022, 1, 21, 10)),
        ("2022/1/14 9:05:01", datetime(2022, 1, 14, 9, 5, 1)),
        ("2022-1-4 9:05", datetime(2022, 1, 4, 9, 5)),
        ("20220117", datetime(2022, 1, 17)),
        (20220117, datetime(2022, 1, 17)),
        ("20220117093000", datetime(2022, 1, 17, 9, 30)),
        ("2022-01-21", datetime(2022, 1, 21)),
    ],
)
def test_every_form_of_a_date(written: object, read: datetime) -> None:
    assert read_line(fee_ocur_time=written).fee_ocur_time.replace(microsecond=0) == read


def test_a_day_may_come_with_a_time() -> None:
    raw = json.dumps({"data": {"type": "gend", "date": "2022-01-21 10:00:00"}}).encode()
    assert reading.reader("1901").read(raw).data.date == date(2022, 1, 21)


@pytest.mark.parametrize("written", ["tomorrow", "2022-13-01", "2022-02-30 10:00:00", "24:00", 3.5, {}, "2022-01/21"])
def test_what_is_no_date_is_refused(written: object) -> None:
    with pytest.raises(errors.NotATime, match=r"费用发生时间\(fee_ocur_time\)"):
        read_line(fee_ocur_time=written)


@pytest.mark.parametrize(
    ("member", "value", "refusal", "words"),
    [
        ("cnt", "", errors.Missing, "第1条费用明细的数量(cnt)不能为空"),
        ("cnt", "two", errors.NotANumber, "第1条费用明细的数量(cnt)不是数字：“two”"),
        ("cnt", "NaN", errors.NotANumber, "数量(cnt)"),
        ("cnt", "sNaN", errors.NotANumber, "数量(cnt)"),
        ("cnt", "Infinity", errors.NotANumber, "数量(cnt)"),
        ("cnt", "1e400", errors.OutOfRange, "数量(cnt)"),
        ("cnt", True, errors.NotANumber, "数量(cnt)"),
        ("cnt", [], errors.NotANumber, "数量(cnt)"),
        ("cnt", "0.12345", errors.OutOfRange, "最多12位整数、4位小数"),
        ("det_item_fee_sumamt", "1.001", errors.OutOfRange, "最多14位整数、2位小数"),
        ("det_item_fee_sumamt", "100000000000000", errors.OutOfRange, "明细项目费用总额(det_item_fee_sumamt)"),
        ("psn_no", None, errors.Missing, "人员编号(psn_no)不能为空"),
        ("psn_no", {}, errors.NotAText, "人员编号(psn_no)应为文本"),
        ("psn_no", "1" * 31, errors.TooLong, "人员编号(psn_no)过长：最多30个字符，实际31个"),
        ("bilg_dept_name", "内" * 101, errors.TooLong, "开单科室名称(bilg_dept_name)"),
        ("rxno", "a\0b", errors.ForbiddenCharacter, "处方号(rxno)"),
    ],
)
def test_a_defect_is_refused_by_the_name_of_its_field(
    member: str, value: object, refusal: type[errors.MessageRefused], words: str
) -> None:
    with pytest.raises(refusal) as refused:
        reading.reader("2204").read_tolerantly(json.dumps({"feedetail": [LINE | {member: value}]}).encode())
    assert words in str(refused.value)


@pytest.mark.parametrize("number", ["1e400", "1e-400", "-1e400", "9" * 400])
def test_a_number_out_of_all_bounds_is_refused(number: str) -> None:
    raw = json.dumps({"feedetail": [LINE | {"cnt": 7777}]}).replace("7777", number).encode()
    with pytest.raises(errors.MessageRefused):
        reading.reader("2204").read(raw)


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        (b"{", errors.NotJson),
        (b'{"feedetail": [NaN]}', errors.NotJson),
        (b'{"feedetail": [{"cnt": 01}]}', errors.NotJson),
        (b'{"feedetail": []}', errors.Missing),
        (b'{"feedetail": ["x"]}', errors.NotAnObject),
        (b'{"feedetail": 7}', errors.NotAnObject),
        (b"[]", errors.NotAnObject),
        (b"null", errors.Missing),
        (b'""', errors.Missing),
        (b'"not json"', errors.NotJson),
        (b'{"feedetail": ' + b"[" * 100_000, errors.MessageRefused),
        (b'{"x": ' + b'{"x":' * 100_000, errors.TooDeep),
        ('{"feedetail": "内"}'.encode("gbk"), errors.WrongCharset),
    ],
)
def test_a_broken_input_is_refused(raw: bytes, refusal: type[errors.MessageRefused]) -> None:
    with pytest.raises(refusal):
        reading.reader("2204").read(raw)


texts = st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["", "null", "0", "01", "2022-01-02"]))
scalars = st.one_of(
    texts,
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.decimals(-1000, 1000, places=2).map(float),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([*LINE, "rxno", "prd_days", "exp_content", "dise_code"]), scalars, max_size=4))
def test_where_the_strict_reading_reads_the_tolerant_one_reads_the_same(members: dict[str, Any]) -> None:
    """Empty text and None are the same to a handler; everything else must be equal."""
    raw = json.dumps({"feedetail": [LINE | members]}, ensure_ascii=False, allow_nan=True).encode()
    reader = reading.reader("2204")
    try:
        strict = reader.read_strictly(raw)
    except (msgspec.ValidationError, InvalidOperation, reading._DoesNotFit, errors.MessageRefused):
        return
    if b"\\u0000" in raw:  # left to the database, which refuses it
        return
    tolerant = reader.read_tolerantly(raw)
    assert _without_empty(strict) == _without_empty(tolerant)


def _without_empty(message: Any) -> list[dict[str, Any]]:
    rows = [msgspec.structs.asdict(row) for row in message.feedetail]
    return [{name: value for name, value in row.items() if not reading.is_empty(value)} for row in rows]


def test_a_moment_of_the_wire_has_beijing_time() -> None:
    assert moments.aware(datetime(2026, 3, 2, 9, 30)).utcoffset().total_seconds() == 8 * 3600  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("ends", "exclusive"),
    [
        (datetime(2026, 3, 2), datetime(2026, 3, 3)),
        (datetime(2026, 3, 2, 23, 59, 59), datetime(2026, 3, 3)),
    ],
)
def test_a_queried_period_includes_its_last_day(ends: datetime, exclusive: datetime) -> None:
    assert moments.after_the_last(ends) == exclusive


def test_every_transaction_served_can_be_read() -> None:
    for infno in specification.transactions():
        assert reading.reader(infno).transaction.infno == infno
