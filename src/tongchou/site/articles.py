"""`tongchou articles`: which clause is in which code and shown by which test (条款对照表).

Read from the sources, never from memory: citations such as `GX2017 §22 第5款` in the code, `article` and `requirement`
marks on the tests, and the two lists in `docs/`. A clause with neither, and a requirement row without a test, are
listed as not done.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from tongchou.kernel.citation import DOCUMENTS
from tongchou.site.postgres_place import checkout
from tongchou.site.problems import SetupProblem

NO_SOFTWARE = "99"
ABOUT_CITATIONS = ("kernel/citation.py", "site/articles.py")  # what they cite are examples
Coverage = dict[str, dict[str, list[str]]]
Rows = dict[str, dict[str, str]]

_STATES = {
    "tested": "有测试 / tested",
    "partly": "部分 / partly",
    "code": "只有代码 / code only",
    "open": "未做 / not done",
    "none": "不属软件 / no software duty",
}
_NUMBERS = "一二三四五六七八九十"
_CLAUSE = rf"(?:§\d+|[{_NUMBERS}]+)(?:\([{_NUMBERS}\d]+\)|\.\d+| ?第[{_NUMBERS}\d]+[款项])*"
_CITATION = re.compile(rf"\b({'|'.join(sorted(map(re.escape, DOCUMENTS), key=len, reverse=True))}) ({_CLAUSE})")
_FURTHER = re.compile(rf"[,、;] ?({_CLAUSE})(?![\w.])")


@dataclass(slots=True)
class Found:
    """What the sources say of clauses and requirement rows (查找结果)."""

    code: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    article_tests: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    requirement_tests: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def articles(
    check: Annotated[bool, typer.Option("--check", help="只检查是否最新 / Only check that it is current")] = False,
) -> None:
    """生成条款对照表 docs/articles.md / Write the table of articles, their code and tests."""
    page = checkout() / "docs" / "articles.md"
    text = render(checkout())
    current = page.exists() and page.read_text(encoding="utf-8") == text
    if check and not current:
        raise SetupProblem(
            "HS-0501",
            "docs/articles.md 与代码和测试不一致。",
            "docs/articles.md does not agree with the code and the tests.",
            then="运行 ./tongchou articles,把结果一并提交。",
            then_english="Run ./tongchou articles and commit the result.",
        )
    if not current:
        page.write_text(text, encoding="utf-8")
    typer.echo("✓ docs/articles.md")


def render(root: Path) -> str:
    """The whole page, the same for the same sources (生成).

    Raises: SetupProblem when a mark names a clause or a row that is not in the lists.
    """
    coverage = {
        document: {clause: [str(row) for row in rows] for clause, rows in clauses.items()}
        for document, clauses in _read(root / "docs" / "coverage.yaml").items()
    }
    rows: Rows = _read(root / "docs" / "requirements.yaml")
    found = find(root)
    known = {plain(f"{document} {clause}") for document, clauses in coverage.items() for clause in clauses}
    _fold(found.code, known)
    _fold(found.article_tests, known)
    _refuse_unknown_marks(found, known, {row for area in rows.values() for row in area})
    return "\n".join([*_head(coverage, rows, found), *_clauses(coverage, found), *_requirements(rows, found)]) + "\n"


def find(root: Path) -> Found:
    """Read every source and test file once (查找)."""
    found = Found()
    source = root / "src" / "tongchou"
    for path in sorted([*source.rglob("*.py"), *(root / "tests").rglob("*.py")]):
        name = path.relative_to(source if path.is_relative_to(source) else root).as_posix()
        if "migrations" in path.parts or name in ABOUT_CITATIONS:
            continue
        if "tests" in path.relative_to(root).parts:
            _read_marks(ast.parse(path.read_text(encoding="utf-8")), name, found)
        else:
            _read_citations(path.read_text(encoding="utf-8"), name, found)
    for path in sorted((root / "policies").rglob("*.yaml")):
        for clause in cited(path.read_text(encoding="utf-8")):
            found.code[clause].add(f"{path.relative_to(root).as_posix()}::")
    return found


def cited(text: str) -> Iterator[str]:
    """Every clause that `text` cites, in its plain form; `GX2017 §22、§26` cites two (引用)."""
    for match in _CITATION.finditer(text):
        yield plain(f"{match[1]} {match[2]}")
        end = match.end()
        while further := _FURTHER.match(text, end):
            yield plain(f"{match[1]} {further[1]}")
            end = further.end()


def plain(citation: str) -> str:
    """One spelling for one clause: `GX2017 §22 第5款` and `GX2017 §22(五)` are `GX2017 §22(5)` (统一写法)."""
    citation = re.sub(rf" ?第([{_NUMBERS}\d]+)[款项]", r"(\1)", citation.replace("（", "(").replace("）", ")"))
    return re.sub(rf"\(([{_NUMBERS}]+)\)", lambda inner: f"({_number(inner[1])})", citation)


def _number(chinese: str) -> int:
    """一 … 十, 十一 … 九十九."""
    tens, ten, ones = chinese.rpartition("十")
    if not ten:
        return _NUMBERS.index(ones) + 1
    return (_NUMBERS.index(tens) + 1 if tens else 1) * 10 + (_NUMBERS.index(ones) + 1 if ones else 0)


def _read(path: Path) -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def _read_citations(text: str, name: str, found: Found) -> None:
    """Note each clause with the innermost function or class that it stands in."""
    places = sorted(_places(ast.parse(text), ""), key=lambda place: (place[0], -place[1]))
    for number, line in enumerate(text.splitlines(), start=1):
        for clause in cited(line):
            inside = [title for first, last, title in places if first <= number <= last]
            found.code[clause].add(f"{name}::{inside[-1] if inside else ''}")


def _places(tree: ast.AST, above: str) -> Iterator[tuple[int, int, str]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            title = f"{above}{node.name}"
            yield node.lineno, node.end_lineno or node.lineno, title
            if isinstance(node, ast.ClassDef):
                yield from _places(node, f"{title}.")


def _read_marks(tree: ast.Module, name: str, found: Found, above: tuple[ast.expr, ...] = ()) -> None:
    """Note the marks of each test: its own, those of its parameters, its class and its module."""
    above += tuple(_module_marks(tree))
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            inner = ast.Module(body=node.body, type_ignores=[])
            _read_marks(inner, name, found, (*above, *node.decorator_list))
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for kind, value in _marks((*above, *node.decorator_list)):
                if kind == "article":
                    found.article_tests[plain(value)].add(f"{name}::{node.name}")
                else:
                    found.requirement_tests[value].add(f"{name}::{node.name}")


def _module_marks(tree: ast.Module) -> Iterator[ast.expr]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets):
            yield node.value


def _marks(expressions: tuple[ast.expr, ...]) -> Iterator[tuple[str, str]]:
    for expression in expressions:
        for node in ast.walk(expression):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                kind = node.func.attr
                if kind in ("article", "requirement"):
                    yield from ((kind, str(arg.value)) for arg in node.args if isinstance(arg, ast.Constant))


def _refuse_unknown_marks(found: Found, known: set[str], rows: set[str]) -> None:
    marks = [(mark, tests) for mark, tests in found.article_tests.items() if mark not in known]
    marks += [(mark, tests) for mark, tests in found.requirement_tests.items() if mark not in rows]
    if marks:
        unknown = sorted(f"{mark}: {', '.join(sorted(tests))}" for mark, tests in marks)
        raise SetupProblem(
            "HS-0502",
            "测试标记里有不存在的条款或需求编号:\n    - " + "\n    - ".join(unknown),
            "Marks on tests name clauses or requirement rows that do not exist, as listed above.",
            then="改正标记;条款见 docs/coverage.yaml,需求编号见 docs/requirements.yaml。",
            then_english="Correct the marks by docs/coverage.yaml and docs/requirements.yaml.",
        )


def _fold(table: dict[str, set[str]], known: set[str]) -> None:
    """Count a part of a clause that is not listed by itself under its clause."""
    for clause in [clause for clause in table if clause not in known and _parent(clause) in known]:
        table[_parent(clause)] |= table.pop(clause)


def _parent(clause: str) -> str:
    """`GX2017 §22` of `GX2017 §22(5)`."""
    return re.sub(r"(?:\(\d+\)|\.\d+)+$", "", clause)


def _head(coverage: Coverage, rows: Rows, found: Found) -> list[str]:
    lines = [
        "# 条款对照表 · Articles, their code and their tests",
        "",
        "由 `./tongchou articles` 从源码与测试标记生成,不要手改。 Generated from the sources; do not edit.",
        "",
        f"| 文件 / document | 条款 / clauses | {' | '.join(_STATES.values())} |",
        f"|---|---:|{'---:|' * len(_STATES)}",
    ]
    for document, clauses in coverage.items():
        states = [_state(plain(f"{document} {clause}"), ids, found) for clause, ids in clauses.items()]
        counts = " | ".join(str(states.count(state)) for state in _STATES)
        lines.append(f"| {document} | {len(states)} | {counts} |")
    done = sum(row in found.requirement_tests for area in rows.values() for row in area)
    total = sum(map(len, rows.values()))
    return [*lines, "", f"需求 {total} 行: {done} 行有验收测试,{total - done} 行未做。", ""]


def _state(clause: str, rows: list[str], found: Found) -> str:
    """Tested means every row of the clause has its acceptance test; one test among several rows is only a part."""
    wanted = [row for row in rows if row != NO_SOFTWARE]
    tested = [row for row in wanted if found.requirement_tests.get(row)]
    if wanted and len(tested) == len(wanted):
        return "tested"
    if tested or found.article_tests.get(clause):
        return "partly"
    if found.code.get(clause):
        return "code"
    return "open" if wanted else "none"


def _clauses(coverage: Coverage, found: Found) -> Iterator[str]:
    for document, clauses in coverage.items():
        yield from (f"## {document} {DOCUMENTS.get(document, '')}".rstrip(), "")
        yield from (
            "| 条款 / clause | 状态 / state | 需求 / rows | 代码 / code | 测试 / tests |",
            "|---|---|---|---|---|",
        )
        for clause, rows in clauses.items():
            key = plain(f"{document} {clause}")
            tests = set(found.article_tests.get(key, ()))
            tests.update(*(found.requirement_tests.get(row, ()) for row in rows))
            code = _by_file(found.code.get(key, set()), names=True)
            state = _STATES[_state(key, rows, found)]
            yield f"| {clause} | {state} | {', '.join(rows)} | {code} | {_by_file(tests, names=False)} |"
        yield ""


def _by_file(places: set[str], *, names: bool) -> str:
    """Files in order, each with what stands in it, or with how many: a clause may have dozens of tests."""
    files: dict[str, list[str]] = defaultdict(list)
    for place in sorted(places):
        file, _, name = place.partition("::")
        files[file].append(name)
    told = {file: ", ".join(filter(None, inside)) if names else str(len(inside)) for file, inside in files.items()}
    return "<br>".join(f"`{file}` {inside}".rstrip() for file, inside in told.items())


def _requirements(rows: Rows, found: Found) -> Iterator[str]:
    yield from ("## 需求 · Requirement rows", "")
    for area, ids in rows.items():
        done = sum(row in found.requirement_tests for row in ids)
        yield from (
            f"### {area} ({done}/{len(ids)})",
            "",
            "| 编号 / row | 要求 / asks for | 测试 / tests |",
            "|---|---|---|",
        )
        for row, says in ids.items():
            tests = "<br>".join(f"`{test}`" for test in sorted(found.requirement_tests.get(row, ())))
            yield f"| {row} | {str(says).replace('|', '·')} | {tests or '未做 / not done'} |"
        yield ""
