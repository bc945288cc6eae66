"""The report of a simulation (测算报告): a workbook, a flat table or plain data, by suffix."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tongchou.policy.batch import LAYERS
from tongchou.policy.claims_results import CannotWrite, whole_path
from tongchou.policy.simulation import DIMENSIONS, ScenarioResult, Simulation, Totals, to_dict

SUFFIXES: Final = (".xlsx", ".csv", ".json")
LAYER_LABELS: Final = {
    "project": "专项经费",
    "basic": "统筹基金",
    "serious_illness": "大病保险",
    "supplementary": "补充保险",
    "mutual_aid": "大额互助",
    "medical_assistance": "医疗救助",
    "account": "个人账户",
}
_SUMMARY: Final = (
    "方案",
    "政策包",
    "结算笔数",
    "不能结算",
    "费用总额",
    "原基金支付",
    "新基金支付",
    "基金增支",
    "原个人负担",
    "新个人负担",
    "变化笔数",
    "参保人数",
    "受益人数",
    "受损人数",
    "受益金额",
    "受损金额",
)
_PAID: Final = ("方案", "分类", "项目", "原支付", "新支付", "增支")
_SLICED: Final = (
    "方案",
    "维度",
    "分组",
    "结算笔数",
    "参保人数",
    "原基金支付",
    "新基金支付",
    "基金增支",
    "原个人负担",
    "新个人负担",
    "变化笔数",
    "受益人数",
    "受损人数",
)
_COUNTS: Final = frozenset({"结算笔数", "不能结算", "变化笔数", "参保人数", "受益人数", "受损人数"})


def write(simulation: Simulation, path: Path) -> None:
    """The whole report or none. Amounts in yuan, in `.json` in fen. Raises: CannotWrite."""
    check_place(path)
    with whole_path(path) as part:
        match path.suffix:
            case ".xlsx":
                _write_workbook(simulation, part)
            case ".csv":
                _write_table(simulation, part)
            case _:
                part.write_text(json.dumps(to_dict(simulation), ensure_ascii=False, indent=1), "utf-8")


def check_place(path: Path) -> None:
    """Raises: CannotWrite, before anything is computed."""
    if path.suffix not in SUFFIXES:
        raise CannotWrite(path, "测算报告应以.xlsx、.csv或.json结尾")
    if not path.absolute().parent.is_dir():
        raise CannotWrite(path, f"文件夹{path.parent}不存在")


def summary(simulation: Simulation) -> Iterator[tuple[Any, ...]]:
    """One row a scenario, the base first; amounts in fen."""
    for result in (simulation.base, *simulation.others):
        before, after = result.before, result.totals
        yield (
            result.name,
            f"{result.package}#{result.hash[:12]}",
            after.claims,
            after.refused,
            after.total_fen,
            before.fund_fen,
            after.fund_fen,
            result.effect_fen,
            _person(before),
            _person(after),
            result.changed,
            result.persons,
            result.better,
            result.worse,
            result.better_fen,
            result.worse_fen,
        )


def _person(totals: Totals) -> int:
    return totals.account_fen + totals.cash_fen


def _paid(result: ScenarioResult) -> Iterator[tuple[Any, ...]]:
    """What each layer and each sub-fund paid before and after."""
    for layer in LAYERS:
        old, new = result.before.layers[layer], result.totals.layers[layer]
        yield result.name, "支付层", LAYER_LABELS.get(layer, layer), old, new, new - old
    for fund in dict.fromkeys([*result.before.sub_funds, *result.totals.sub_funds]):
        old, new = result.before.sub_funds.get(fund, 0), result.totals.sub_funds.get(fund, 0)
        yield result.name, "基金", fund, old, new, new - old


def _sliced(result: ScenarioResult) -> Iterator[tuple[Any, ...]]:
    for name, parts in result.slices.items():
        for part in parts:
            yield (
                result.name,
                DIMENSIONS[name],
                part.label,
                part.claims,
                part.persons,
                part.old_fund_fen,
                part.new_fund_fen,
                part.effect_fen,
                part.old_person_fen,
                part.new_person_fen,
                part.changed,
                part.better,
                part.worse,
            )


def _sheets(simulation: Simulation) -> Iterator[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
    yield "汇总", _SUMMARY, list(summary(simulation))
    yield "支付", _PAID, [row for result in simulation.others for row in _paid(result)]
    yield "分组", _SLICED, [row for result in simulation.others for row in _sliced(result)]


def _cell(name: str, value: Any) -> Any:
    """Counts as they are, amounts as yuan with two decimals; exact, being text of whole fen."""
    if isinstance(value, str) or name in _COUNTS:
        return value
    return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02}"


def _write_table(simulation: Simulation, path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        for title, names, rows in _sheets(simulation):
            writer.writerow(["表", *names])
            for row in rows:
                writer.writerow([title, *(_cell(name, value) for name, value in zip(names, row, strict=True))])


def _write_workbook(simulation: Simulation, path: Path) -> None:
    import xlsxwriter  # type: ignore[import-untyped]

    with xlsxwriter.Workbook(str(path)) as book:
        head, yuan = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "#,##0.00"})
        whole = book.add_format({"num_format": "#,##0"})
        for title, names, rows in _sheets(simulation):
            sheet = book.add_worksheet(title)
            sheet.freeze_panes(1, 1)
            sheet.set_column(0, len(names) - 1, 18)
            sheet.write_row(0, 0, names, head)
            for number, row in enumerate(rows, 1):
                for place, (name, value) in enumerate(zip(names, row, strict=True)):
                    if isinstance(value, str):
                        sheet.write_string(number, place, value)
                    elif name in _COUNTS:
                        sheet.write_number(number, place, value, whole)
                    else:
                        sheet.write_number(number, place, value / 100, yuan)
