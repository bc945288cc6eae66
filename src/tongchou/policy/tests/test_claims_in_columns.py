"""Claims in Parquet and CSV: settled as the JSONL way settles them; bad rows and bad files are said, with a code."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import duckdb
import pytest
from typer.testing import CliRunner

from tongchou.policy import claims_columns
from tongchou.policy.cli import app
from tongchou.policy.random_claims import RandomClaims, sequence
from tongchou.policy.tests.support import GUANGXI_FILE, TSET_FILE, guangxi

HEAD = "claim_id,person_id,kind,level,in_scope_fen,discharged_on"


def run(command, policy, claims, out, *more):
    return CliRunner().invoke(
        app, [command, "--policy", str(policy), "--claims", str(claims), "--out", str(out), *map(str, more)]
    )


def written(tmp_path, *rows, head=HEAD, name="claims.csv"):
    file = tmp_path / name
    file.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return file


def rows_of(file):
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """800 claims of 90 persons over two years as CSV: groups, referrals, accounts, doubles, unlisted kinds."""
    claims = sequence(RandomClaims(guangxi(), seed=21, combinations=80), persons=90, rows=800, seed=2)
    rows = []
    for number, each in enumerate(claims):
        facts, sums = each.facts, each.sums
        rows.append(
            {
                "claim_id": f"C{number}",
                "person_id": each.person,
                "kind": facts.kind,
                "level": facts.level,
                "groups": "|".join(sorted(facts.groups)),
                "disease": facts.disease or "",
                "place": facts.place,
                "referral": facts.referral,
                "emergency": facts.emergency,
                "designated": facts.designated,
                "covered": facts.covered,
                "linked_to": "" if each.linked_to is None else f"C{each.linked_to}",
                "born_on": facts.born_on or "",
                "admitted_on": facts.on,
                "discharged_on": facts.on,
                "own_expense_fen": sums.own_expense_fen,
                "over_ceiling_fen": sums.over_ceiling_fen,
                "pre_self_pay_fen": sums.pre_self_pay_fen,
                "in_scope_fen": sums.in_scope_fen,
                "project_fen": facts.project_fen,
                "third_party_fen": facts.third_party_fen,
                "account_balance_fen": facts.account_balance_fen,
            }
        )
    file = tmp_path_factory.mktemp("claims") / "history.csv"
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


@pytest.mark.requirement("BEN-21")
def test_columns_carry_every_year_as_the_sequential_way_does(history, tmp_path):
    """`--trace` settles one by one; without it whole columns are settled in rounds."""
    by_column, one_by_one = tmp_path / "columns.jsonl", tmp_path / "rows.jsonl"
    first, second = run("adjudicate", GUANGXI_FILE, history, by_column), None
    second = run("adjudicate", GUANGXI_FILE, history, one_by_one, "--trace")
    assert first.exit_code == second.exit_code
    settled = [json.loads(line) for line in by_column.read_text("utf-8").splitlines()]
    expected = [json.loads(line) for line in one_by_one.read_text("utf-8").splitlines()]
    assert len(settled) > 500
    assert settled == [{name: value for name, value in row.items() if name != "trace"} for row in expected]
    refused = [sorted(line.split(":")[1] for line in told.stderr.splitlines()) for told in (first, second)]
    assert refused[0] == refused[1]


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_parquet_and_csv_hold_the_same_in_and_out(history, tmp_path, suffix):
    parquet, out, text = tmp_path / "history.parquet", tmp_path / f"out.{suffix}", tmp_path / "text.csv"
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{history}')) TO '{parquet}'")
    run("adjudicate", GUANGXI_FILE, parquet, out)
    run("adjudicate", GUANGXI_FILE, history, text)
    columns = "claim_id, basic_fen, cash_fen, reason"
    found = duckdb.sql(f"SELECT {columns} FROM '{out}'").fetchall()
    assert found == duckdb.sql(f"SELECT {columns} FROM '{text}'").fetchall()
    assert len(found) > 500


def test_jsonl_can_be_written_as_columns(tmp_path):
    claims = tmp_path / "claims.jsonl"
    line = {"claim_id": "a", "person_id": 1, "kind": "inpatient", "level": 2, "discharged_on": "2018-05-01"}
    claims.write_text(json.dumps(line | {"lines": [{"class": "A", "amount_fen": 870_000}]}), "utf-8")
    assert run("adjudicate", TSET_FILE, claims, tmp_path / "out.csv").exit_code == 0
    assert [row["basic_fen"] for row in rows_of(tmp_path / "out.csv")] == ["622500"]


def test_parquet_may_hold_the_lines_themselves(tmp_path):
    claims, out = tmp_path / "lines.parquet", tmp_path / "out.csv"
    amounts = {"A": 600_000, "B": 300_000, "C": 100_000}
    lines = ", ".join(f"{{'class': '{each}', 'amount_fen': {fen}}}" for each, fen in amounts.items())
    facts = "'a' claim_id, 1 person_id, 'inpatient' kind, 2 AS level, DATE '2018-05-01' discharged_on"
    one = f"SELECT {facts}, [{lines}] AS lines"
    duckdb.sql(f"COPY ({one} UNION ALL SELECT 'b', 2, 'inpatient', 9, DATE '2018-05-01', []) TO '{claims}'")
    told = run("adjudicate", TSET_FILE, claims, out)
    assert told.exit_code == 1
    assert "第2行 b: 缺参数 deductible.inpatient" in told.stderr
    assert [(row["in_scope_fen"], row["basic_fen"]) for row in rows_of(out)] == [("870000", "622500")]


def test_bad_rows_are_said_with_number_and_reason_and_the_rest_is_settled(tmp_path):
    claims = written(
        tmp_path,
        "A,1,inpatient,1,100000,2018-03-01",
        "B,1,inpatient,x,100000,2018-03-02",
        "C,1,inpatient,1,1.5,2018-03-02",
        "D,1,inpatient,1",
        "E,1,inpatient,1,100000,2018-02-01",
        "A,1,inpatient,1,100000,2018-03-01",
        "F,1,inpatient,1,-5,2018-03-01",
        ",1,inpatient,1,5,2018-03-01",
        "G,1,inpatient,1,5,2018-3-1",
        "H,2,home_bed,1,5,2018-03-01",
        "I,2,inpatient,1,5,2016-03-01",
        "J,2,inpatient,1,500000,2018-03-01",
    )
    told = run("adjudicate", GUANGXI_FILE, claims, tmp_path / "out.csv")
    assert told.exit_code == 1
    assert [row["claim_id"] for row in rows_of(tmp_path / "out.csv")] == ["A", "J"]
    reasons = {line.split(": ", 1)[1] for line in told.stderr.splitlines()}
    assert {reason for reason in reasons if "缺参数" not in reason and "负数" not in reason} == {
        "第3行 B: 列“level”的值不符合要求,应为整数(PO-0007)",
        "第4行 C: 列“in_scope_fen”的值不符合要求,应为整数(分)(PO-0007)",
        "第5行: 列数或编码不符,不成一行(PO-0007)",
        "第6行 E: 同一参保人的结算应按时间先后排列,2018-02-01早于2018-03-01(PO-0007)",
        "第7行 A: 同一参保人的结算“A”重复(PO-0007)",
        "第9行: 列“claim_id”的值不符合要求,应为文字(PO-0007)",
        "第10行 G: 列“discharged_on”的值不符合要求,应为日期(YYYY-MM-DD)(PO-0007)",
        "第12行 I: 日期2016-03-01不在政策包450000/resident/2017-07-01的有效期内(PO-0007)",
    }
    assert any(reason.startswith("第8行 F: ") and "负数" in reason for reason in reasons)
    assert any(reason.startswith("第11行 H: 缺参数 ratio.homebed.L1") for reason in reasons)


def test_an_earlier_stay_must_be_the_persons_own_and_settled(tmp_path):
    claims = written(
        tmp_path,
        "A,1,inpatient,2,870000,2018-03-01,,none",
        "B,1,inpatient,3,870000,2018-03-09,A,up",
        "C,2,inpatient,3,870000,2018-03-09,A,up",
        head=HEAD + ",linked_to,referral",
    )
    told = run("adjudicate", TSET_FILE, claims, tmp_path / "out.csv")
    assert [row["deductible_fen"] for row in rows_of(tmp_path / "out.csv")] == ["40000", "40000"]
    assert "第4行 C: 关联的结算“A”不在本人先前的结算之内(PO-0007)" in told.stderr


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.csv", b"", "文件是空的,首行应为列名"),
        ("gbk.csv", "编号,人\n".encode("gbk"), "不是UTF-8编码"),
        ("missing.csv", b"claim_id,person_id,kind\n", "缺少列“in_scope_fen”"),
        ("unknown.csv", b"claim_id,person_id,kind,in_scope_fen,odd\n", "未知列“odd”"),
        ("empty.parquet", b"", "文件是空的"),
        ("text.parquet", b"PAR1 and nothing more", "不是完整的Parquet文件"),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(tmp_path, name, content, reason):
    file = tmp_path / name
    file.write_bytes(content)
    told = run("adjudicate", TSET_FILE, file, tmp_path / "out.csv")
    assert told.exit_code == 2
    assert reason in told.stderr
    assert "(PO-0203)" in told.stderr
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_truncated_parquet_file_and_columns_of_the_wrong_type_are_refused(history, tmp_path):
    whole, cut, typed = (tmp_path / name for name in ("whole.parquet", "cut.parquet", "typed.parquet"))
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{history}')) TO '{whole}'")
    cut.write_bytes(whole.read_bytes()[:-100])
    duckdb.sql(f"COPY (SELECT 'a' claim_id, 'b' person_id, 'c' kind, 1.5::DOUBLE in_scope_fen) TO '{typed}'")
    assert "不是完整的Parquet文件" in run("adjudicate", TSET_FILE, cut, tmp_path / "out.csv").stderr
    told = run("adjudicate", TSET_FILE, typed, tmp_path / "out.csv")
    assert "列“in_scope_fen”的类型DOUBLE不符,应为整数(分)(PO-0203)" in told.stderr


def test_where_results_cannot_go_is_said_before_anything_is_computed(history, tmp_path):
    assert "(PO-0204)" in run("adjudicate", TSET_FILE, history, tmp_path / "out.txt").stderr
    assert "不存在" in run("adjudicate", TSET_FILE, history, tmp_path / "none" / "out.csv").stderr
    assert "只能写入.jsonl" in run("adjudicate", TSET_FILE, history, tmp_path / "out.csv", "--trace").stderr


def test_a_batch_that_is_killed_leaves_no_half_file(tmp_path):
    claims, out = tmp_path / "claims.parquet", tmp_path / "out.parquet"
    out.write_text("the results of yesterday", "utf-8")
    row = "'c' || range claim_id, range // 4 person_id, 'inpatient' kind, 1 AS level, 500000 in_scope_fen"
    duckdb.sql(f"COPY (SELECT {row} FROM range(2000000)) TO '{claims}'")
    code = "from tongchou.policy.cli import app; app()"
    arguments = ["adjudicate", "--policy", TSET_FILE, "--claims", claims, "--out", out, "--any-date"]
    child = subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], stderr=subprocess.PIPE)
    until = time.monotonic() + 60
    while not list(tmp_path.glob(".tongchou-*")) and time.monotonic() < until:
        os.sched_yield()
    child.send_signal(signal.SIGTERM)
    _, told = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "已中断,没有写出结果" in told.decode()
    assert out.read_text("utf-8") == "the results of yesterday"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["claims.parquet", "out.parquet"]


@pytest.mark.requirement("BEN-31")
@pytest.mark.requirement("ORG-23")
@pytest.mark.parametrize("suffix", ["xlsx", "csv", "json"])
def test_simulate_reports_scenarios_beside_the_base(tmp_path, suffix):
    claims = written(
        tmp_path, *(f"C{n},{n},inpatient,{1 + n % 3},{200_000 + n * 2_000},2018-05-01" for n in range(300))
    )
    scenarios, out = tmp_path / "scenarios.yaml", tmp_path / f"report.{suffix}"
    scenarios.write_text(
        "一级加5点:\n  parameters/ratio.inpatient/values/home/L1: 95\n封顶:\n  parameters/cap.pool/value: 160000\n",
        "utf-8",
    )
    told = run("simulate", TSET_FILE, claims, out, "--scenarios", scenarios)
    assert told.exit_code == 0, told.output
    effect_fen = sum(190_000 + n * 2_000 for n in range(0, 300, 3)) // 20
    assert f"一级加5点: 基金增支 {effect_fen / 100:,.2f} 元" in told.stdout
    if suffix == "json":
        assert [each["effect_fen"] for each in json.loads(out.read_text("utf-8"))["others"]] == [effect_fen, 0]
    elif suffix == "csv":
        assert f"{effect_fen / 100:.2f}" in out.read_text("utf-8-sig")
    else:
        assert out.read_bytes()[:2] == b"PK"


def test_simulate_compares_whole_packages(tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(TSET_FILE.read_text("utf-8").replace("value: 150000", "value: 1000", 1), "utf-8")
    claims = written(tmp_path, "A,1,inpatient,2,870000,2018-05-01")
    told = run("simulate", TSET_FILE, claims, tmp_path / "report.json", "--against", other)
    assert told.exit_code == 0, told.output
    assert "other: 基金增支 -5,225.00 元" in told.stdout


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "应为“方案名: {路径: 值}”"),
        ("[1, 2", "不是合法的YAML"),
        ("a: 1", "方案“a”没有列出要改的值"),
        ("a: {parameters/none/value: 1}", "政策包没有路径“parameters/none/value”"),
        ("a: {parameters/cap.pool/value: x}", "方案“a”:"),
        ("a: {parameters/cap.pool/value: }", "没有值"),
        ("a: {parameters/cap.pool/value: 1}\na: {parameters/cap.pool/value: 2}", "重复"),
    ],
)
def test_a_file_of_scenarios_with_a_fault_is_refused(tmp_path, text, reason):
    scenarios = tmp_path / "scenarios.yaml"
    scenarios.write_text(text, "utf-8")
    told = run("simulate", TSET_FILE, written(tmp_path), tmp_path / "report.json", "--scenarios", scenarios)
    assert told.exit_code == 2
    assert reason in told.stderr
    assert "(PO-0205)" in told.stderr


def test_simulate_without_anything_to_compare_says_so(tmp_path):
    assert run("simulate", TSET_FILE, written(tmp_path), tmp_path / "report.json").exit_code == 2


def test_every_column_is_told_in_the_documentation():
    text = (TSET_FILE.parents[3] / "docs" / "claims-files.md").read_text("utf-8")
    assert [name for name in claims_columns.NAMES if f"`{name}`" not in text] == []
