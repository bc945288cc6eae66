"""What the tests of the engine share: the packages, and short ways to state a bill and a visit."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from tongchou.policy import engine
from tongchou.policy.facts import ClassSums, Facts, Outcome
from tongchou.policy.packages import Package, PolicyBook

POLICIES = Path(__file__).resolve().parents[4] / "policies"
TSET_FILE = POLICIES / "test" / "resident" / "2018-01-01.yaml"
GUANGXI_FILE = POLICIES / "450000" / "resident" / "2017-07-01.yaml"
QINAN_FILE = POLICIES / "620522" / "resident" / "2018-09-18.yaml"
JILIN_FILE = POLICIES / "220000" / "resident" / "2020-01-01.yaml"
BEIJING_FILE = POLICIES / "110000" / "employee" / "2018-01-01.yaml"
NANCHANG_FILE = POLICIES / "360100" / "employee" / "2018-01-01.yaml"
INNER_MONGOLIA_FILE = POLICIES / "150000" / "employee" / "2018-01-01.yaml"
JIANGSU_FILE = POLICIES / "320000" / "employee" / "2017-01-01.yaml"
ON = date(2018, 5, 1)


@cache
def book() -> PolicyBook:
    """Every package of the house."""
    return PolicyBook.load(POLICIES)


@cache
def tset() -> Package:
    """测试参数集 T-SET."""
    return Package.read(TSET_FILE)


@cache
def guangxi() -> Package:
    return Package.read(GUANGXI_FILE)


@cache
def qinan() -> Package:
    return Package.read(QINAN_FILE)


@cache
def jilin() -> Package:
    return Package.read(JILIN_FILE)


@cache
def beijing() -> Package:
    return Package.read(BEIJING_FILE)


@cache
def nanchang() -> Package:
    return Package.read(NANCHANG_FILE)


@cache
def inner_mongolia() -> Package:
    return Package.read(INNER_MONGOLIA_FILE)


@cache
def jiangsu() -> Package:
    return Package.read(JIANGSU_FILE)


def has_values(package: Package, kind: str, place: str) -> bool:
    """Whether the package gives every value for that kind of care at that place (else it is 待定)."""
    undefined = {value.key for value in package.undefined}
    if kind in ("home_bed", "chronic") and any(key.startswith(f"ratio.{kind.replace('_', '')}") for key in undefined):
        return False
    return not any(key.startswith("ratio.inpatient") and key.endswith(place) for key in undefined)


def yuan(text: str | int) -> int:
    """`6225.00` → 622500 fen."""
    whole, _, part = str(text).partition(".")
    sign = -1 if whole.startswith("-") else 1
    return sign * (abs(int(whole or 0)) * 100 + int(part.ljust(2, "0") or 0))


def bill(in_scope: str | int, *, own: str | int = 0, over: str | int = 0, pre: str | int = 0) -> ClassSums:
    """A bill by class, in yuan."""
    return ClassSums(yuan(own), yuan(over), yuan(pre), yuan(in_scope))


def visit(kind: str = "inpatient", **facts: Any) -> Facts:
    """A visit on 1 May 2018; `groups` may be any iterable."""
    given = {"level": 1, "on": ON} | facts
    given["groups"] = frozenset(given.get("groups", ()))
    return Facts(kind=kind, **given)


def worker(kind: str = "inpatient", **facts: Any) -> Facts:
    """A visit of an employee at work."""
    return visit(kind, **({"scheme": "employee", "category": "working"} | facts))


def settled(
    facts: Facts, sums: ClassSums, state: dict[str, int] | None = None, package: Package | None = None
) -> Outcome:
    """Settled both ways; the two are the same to the fen."""
    package = package or tset()
    before = dict(state or {})
    plain = engine.adjudicate(package, facts, sums, before)
    traced = engine.adjudicate(package, facts, sums, before, trace=True)
    assert plain.receipt() == traced.receipt()
    assert before == (state or {})
    return traced
