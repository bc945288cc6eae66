"""The commands: `tongchou policy check`, `tongchou adjudicate` (design: addresses and commands; BEN-44)."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from tongchou.policy import claims, cli
from tongchou.policy.errors import BadClaim
from tongchou.policy.tests.support import GUANGXI_FILE, TSET_FILE, tset, yuan


def claim(**members: Any) -> dict[str, Any]:
    line = {"item": "XA01", "class": "A", "amount_fen": yuan(8700)}
    row = {"claim_id": "c1", "person_id": "p1", "kind": "inpatient", "level": 2, "lines": [line]}
    return row | members


def run(folder: Path, rows: list[Any], *options: str, policy: Path = TSET_FILE) -> tuple[Result, list[dict[str, Any]]]:
    source, out = folder / "claims.jsonl", folder / "out.jsonl"
    text = "\n".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    source.write_text(text, encoding="utf-8")
    command = ["adjudicate", "--policy", str(policy), "--claims", str(source), "--out", str(out), *options]
    result = CliRunner().invoke(cli.app, command)
    written = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
    return result, [json.loads(line) for line in written]


@pytest.mark.requirement("BEN-12")
@pytest.mark.requirement("BEN-15")
def test_a_claim_is_settled_with_the_obvious_defaults(tmp_path):
    lines = [
        {"class": "A", "amount_fen": yuan(6000)},
        {"class": "B", "pre_self_pay_ratio": "0.10", "amount_fen": yuan(3000)},
        {"class": "C", "amount_fen": yuan(1000)},
    ]
    result, (row,) = run(tmp_path, [claim(lines=lines)])
    assert result.exit_code == 0, result.output
    assert row == {
        "claim_id": "c1",
        "total_fen": yuan(10000),
        "own_expense_fen": yuan(1000),
        "over_ceiling_fen": 0,
        "pre_self_pay_fen": yuan(300),
        "in_scope_fen": yuan(8700),
        "deductible_fen": yuan(400),
        "over_cap_fen": 0,
        "project_fen": 0,
        "layers": {
            "basic": yuan(6225),
            "serious_illness": 0,
            "supplementary": 0,
            "mutual_aid": 0,
            "medical_assistance": 0,
            "account": 0,
        },
        "cash_fen": yuan(3775),
        "package": f"{tset().label}#{tset().hash}",
    }


@pytest.mark.requirement("BEN-21")
@pytest.mark.requirement("BEN-22")
def test_a_persons_claims_carry_the_year_on(tmp_path):
    visit = claim(kind="chronic", disease="高血压", lines=[{"class": "A", "amount_fen": yuan(500)}])
    rows = [
        visit | {"claim_id": "1", "discharged_on": "2018-03-01"},
        visit | {"claim_id": "2", "discharged_on": "2018-03-02"},
        visit | {"claim_id": "3", "discharged_on": "2018-03-02", "person_id": "p2"},
        visit | {"claim_id": "4", "discharged_on": "2019-03-02"},
    ]
    _, written = run(tmp_path, rows)
    assert [row["layers"]["basic"] for row in written] == [yuan(210), yuan(350), yuan(210), yuan(210)]


@pytest.mark.requirement("BEN-19")
def test_a_linked_claim_bears_the_difference_of_the_deductibles(tmp_path):
    rows = [
        claim(claim_id="1", level=2, discharged_on="2018-03-01"),
        claim(claim_id="2", level=3, discharged_on="2018-03-09", linked_to="1", referral="up"),
        claim(claim_id="3", level=3, discharged_on="2018-03-19", linked_to="2"),
    ]
    _, written = run(tmp_path, rows)
    assert [row["deductible_fen"] for row in written] == [yuan(400), yuan(400), 0]


@pytest.mark.requirement("BEN-40")
def test_a_trace_comes_on_request(tmp_path):
    _, (row,) = run(tmp_path, [claim()], "--trace")
    step = next(step for step in row["trace"] if step["label"] == "统筹基金应付")
    assert step["amount_fen"] == yuan(6225)
    assert step["article"] == "GX2017 §87"
    assert step["parameters"][0]["key"] == "ratio.inpatient.home.L2"
    assert step["package"] == tset().hash


def test_who_is_not_covered_gets_nothing_and_the_reason(tmp_path):
    _, (row,) = run(tmp_path, [claim(covered=False)])
    assert (row["cash_fen"], row["reason"]) == (yuan(8700), "不享受待遇")


BAD_ROWS = {
    "不是JSON": ("{", "不是合法的JSON"),
    "不是对象": ("[1]", "每行应为一个JSON对象"),
    "未知成员": (claim(hospital="H1"), "未知成员“hospital”"),
    "明细未知成员": (claim(lines=[{"class": "A", "amount_fen": 1, "qty": 2}]), "未知成员“lines[1].qty”"),
    "成员重复": ('{"claim_id": "a", "claim_id": "b"}', "成员“claim_id”重复"),
    "缺类别": ({"claim_id": "a", "person_id": "p", "lines": []}, "缺少成员“kind”"),
    "明细缺金额": (claim(lines=[{"class": "A"}]), "缺少成员“lines[1].amount_fen”"),
    "金额带小数": (claim(lines=[{"class": "A", "amount_fen": 100.5}]), "成员“lines[0].amount_fen”"),
    "金额是文本": (claim(lines=[{"class": "A", "amount_fen": "100"}]), "成员“lines[0].amount_fen”"),
    "金额是真假": (claim(lines=[{"class": "A", "amount_fen": True}]), "成员“lines[0].amount_fen”"),
    "金额过大": (claim(lines=[{"class": "A", "amount_fen": 10**20}]), "成员“lines[0].amount_fen”"),
    "合计为负": (claim(lines=[{"class": "A", "amount_fen": -1}]), "合计为负数"),
    "等级不存在": (claim(level=7), "缺参数 deductible.inpatient.home.L7"),
    "缺参数": (claim(kind="home_bed", level=3), "缺参数 ratio.homebed.L3"),
    "地点不存在": (claim(place="mars"), "就医地点“mars”无法识别"),
    "险种不符": (claim(scheme="employee"), "险种“employee”与政策包"),
    "日期不对": (claim(discharged_on="2018-02-30"), "成员“discharged_on”"),
    "早于生效": (claim(discharged_on="2017-12-31"), "不在政策包test/resident/2018-01-01的有效期内"),
    "入院晚于出院": (claim(admitted_on="2018-03-02", discharged_on="2018-03-01"), "晚于出院日期"),
    "比例超过1": (claim(lines=[{"class": "B", "amount_fen": 1, "pre_self_pay_ratio": "1.5"}]), "先行自付比例“1.5”"),
    "等级字母": (claim(lines=[{"class": "D", "amount_fen": 1}]), "收费项目等级“D”"),
    "关联不存在": (claim(linked_to="x"), "关联的结算“x”不在本人先前的结算之内"),
    "数量不对": (claim(lines=[{"class": "A", "amount_fen": 1, "quantity": "1.23456"}]), "数量“1.23456”"),
    "余额为负": (claim(account_balance_fen=-1), "成员“account_balance_fen”"),
    "字符不成对": ('{"claim_id": "\\ud800", "person_id": "p", "kind": "x", "lines": []}', "不成对的字符编码"),
    "非数": ('{"claim_id": "a", "level": NaN}', "NaN不是数值"),
    "过深": ("[" * 100_000, "JSON"),
}


@pytest.mark.requirement("BEN-44")
@pytest.mark.parametrize(("row", "reason"), BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_a_bad_row_is_reported_with_its_line_and_the_rest_settled(tmp_path, row, reason):
    result, written = run(tmp_path, [claim(claim_id="0", person_id="p0"), row, claim(claim_id="2", person_id="p2")])
    assert result.exit_code == 1
    assert [settled["claim_id"] for settled in written] == ["0", "2"]
    assert "第2行" in result.stderr
    assert reason in result.stderr
    assert "已结算 2 条,拒绝 1 条" in result.output


def test_claims_out_of_order_or_twice_are_refused(tmp_path):
    rows = [
        claim(claim_id="1", discharged_on="2018-03-02"),
        claim(claim_id="2", discharged_on="2018-03-01"),
        claim(claim_id="1", discharged_on="2018-03-03"),
    ]
    result, written = run(tmp_path, rows)
    assert [row["claim_id"] for row in written] == ["1"]
    assert "第2行 2: 同一参保人的结算应按时间先后排列" in result.stderr
    assert "第3行 1: 同一参保人的结算“1”重复" in result.stderr


def test_other_dates_are_settled_on_request(tmp_path):
    result, written = run(tmp_path, [claim(discharged_on="2017-03-01")], "--any-date")
    assert (result.exit_code, len(written)) == (0, 1)


def test_lines_may_carry_limits_refusals_and_text_numbers(tmp_path):
    lines = [
        {"class": "A", "amount_fen": 2_000_00, "quantity": 20, "allowed_quantity": "14"},
        {"class": "A", "amount_fen": 200_00, "denied": "DOC-06", "served_on": "2018-03-01"},
        {"class": "B", "amount_fen": 100_00, "pre_self_pay_ratio": 0.05, "ceiling_fen": 90_00},
    ]
    _, (row,) = run(tmp_path, [claim(lines=lines, level=1)])
    assert row["own_expense_fen"] == yuan(800)
    assert (row["over_ceiling_fen"], row["pre_self_pay_fen"]) == (yuan(10), yuan("4.50"))


def test_empty_lines_and_a_byte_order_mark_do_no_harm(tmp_path):
    result, written = run(tmp_path, ["\ufeff" + json.dumps(claim()), "", "   "])
    assert (result.exit_code, len(written)) == (0, 1)


def test_the_old_result_stays_when_the_run_is_broken_off(tmp_path, monkeypatch):
    run(tmp_path, [claim()])
    before = (tmp_path / "out.jsonl").read_bytes()

    def broken_off(*_: Any) -> Any:
        yield {"claim_id": "half"}
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "adjudicate_rows", broken_off)
    result, _ = run(tmp_path, [claim(), claim()])
    assert result.exit_code != 0
    assert (tmp_path / "out.jsonl").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["claims.jsonl", "out.jsonl"]


def test_a_faulty_policy_settles_nothing(tmp_path):
    faulty = tmp_path / "faulty.yaml"
    faulty.write_text(TSET_FILE.read_text(encoding="utf-8").replace("value: 150000", "value: x"), encoding="utf-8")
    result, written = run(tmp_path, [claim()], policy=faulty)
    assert (result.exit_code, written) == (2, [])
    assert "parameters.cap.pool" in result.output


def test_an_output_folder_that_is_not_there_is_said(tmp_path):
    source = tmp_path / "claims.jsonl"
    source.write_text("")
    out = tmp_path / "none" / "out.jsonl"
    command = ["adjudicate", "--policy", str(TSET_FILE), "--claims", str(source), "--out", str(out)]
    result = CliRunner().invoke(cli.app, command)
    assert result.exit_code == 2
    assert "不存在" in result.stderr


@pytest.mark.requirement("BEN-44")
def test_check_passes_the_packages_of_the_house_and_tells_what_is_open():
    result = CliRunner().invoke(cli.app, ["policy", "check", str(TSET_FILE), str(GUANGXI_FILE)])
    assert result.exit_code == 0, result.output
    assert "通过 test/resident/2018-01-01" in result.output
    assert "待定 5 项" in result.output


@pytest.mark.requirement("BEN-44")
def test_check_tells_line_key_and_reason_and_fails(tmp_path):
    faulty = tmp_path / "faulty.yaml"
    text = TSET_FILE.read_text(encoding="utf-8").replace("L2: 75", "L2: 175")
    faulty.write_text(text, encoding="utf-8")
    line = text[: text.index("L2: 175")].count("\n") + 1
    result = CliRunner().invoke(cli.app, ["policy", "check", str(faulty)])
    assert result.exit_code == 1
    expected = f"{faulty}:{line}: parameters.ratio.inpatient.values.home.L2: 比例“175”应在0%至100%之间 [PK-0301]"
    assert expected in result.output


@pytest.mark.requirement("BEN-44")
def test_check_refuses_two_packages_of_one_day(tmp_path):
    again = tmp_path / "again.yaml"
    again.write_text(TSET_FILE.read_text(encoding="utf-8").replace("value: 150000", "value: 1"), encoding="utf-8")
    result = CliRunner().invoke(cli.app, ["policy", "check", str(TSET_FILE), str(again)])
    assert result.exit_code == 1
    assert "重叠" in result.output


def test_the_engine_loads_no_framework():
    code = "import sys, tongchou.policy.cli, tongchou.policy.bench; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
members = st.sampled_from([*claims.Claim.__struct_encode_fields__, "x"])


@settings(deadline=None)
@given(changes=st.dictionaries(members, JSON, max_size=3))
def test_any_value_in_any_member_is_read_or_refused_and_never_a_fault(changes):
    text = json.dumps(claim() | changes)
    with contextlib.suppress(BadClaim):
        assert claims.parse(text.encode()).claim_id != ""
