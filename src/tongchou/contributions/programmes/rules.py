"""Who may take part in a programme, and what it costs (激励政策; JS-EXT §2; CON-32, CON-33): pure, in whole fen."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tongchou.contributions.programmes.states import Fact
from tongchou.kernel.months import add_months, age_on, first_of_month


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person on a day; `break_months` is None for who was never employed."""

    born_on: date
    groups: Collection[str]
    break_months: int | None
    proof: str


def unmet(conditions: Iterable[Mapping[str, Any]], known: Known, on: date) -> list[Mapping[str, Any]]:
    """不符合的条件, in their order; empty when the person may take part."""
    return [one for one in conditions if not _holds(Fact(one["fact"]), str(one.get("value", "")), known, on)]


def _holds(fact: Fact, value: str, known: Known, on: date) -> bool:
    if fact is Fact.BREAK_MONTHS:
        return known.break_months is not None and known.break_months >= int(value)
    if fact is Fact.NEVER_EMPLOYEE:
        return known.break_months is None
    if fact is Fact.AGE_FROM:
        return age_on(known.born_on, on) >= int(value)
    if fact is Fact.AGE_BELOW:
        return age_on(known.born_on, on) < int(value)
    if fact is Fact.GROUP:
        return value in known.groups
    return bool(known.proof.strip())


def problem_of(conditions: Iterable[Mapping[str, Any]]) -> str:
    """What is wrong with conditions as data; empty when they can be asked (条件核对)."""
    for one in conditions:
        if one.get("fact") not in Fact.values:
            return f"没有“{one.get('fact', '')}”这个条件事项"
        number = one["fact"] in (Fact.BREAK_MONTHS, Fact.AGE_FROM, Fact.AGE_BELOW)
        value = str(one.get("value", "")).strip()
        if number and not (value.isdecimal() and 0 < int(value) <= 600):
            return f"“{Fact(one['fact']).label}”须为1至600的整数"
        if one["fact"] in (Fact.GROUP, Fact.PROOF) and not value:
            return f"“{Fact(one['fact']).label}”须写明内容"
    return ""


@dataclass(frozen=True, slots=True)
class Shares:
    """应补缴总额 and who bears it; the two parts are the whole."""

    total_fen: int
    personal_fen: int

    @property
    def rest_fen(self) -> int:
        return self.total_fen - self.personal_fen


def shares(*, base_fen: int, months: int, ratio: Decimal, share_of: int, share_in: int) -> Shares:
    """补缴分担 (backpay.personal_share; JS-EXT §2): the person's share rounded half up, the rest the other's."""
    total = int((base_fen * months * ratio).quantize(Decimal(1), ROUND_HALF_UP))
    return Shares(total, int((Decimal(total * share_of) / share_in).quantize(Decimal(1), ROUND_HALF_UP)))


def covered_from(paid_on: date, waiting_months: int) -> date:
    """待遇起始日 under the programme: the day of payment, or the first of so many months after it began."""
    return add_months(first_of_month(paid_on), waiting_months) if waiting_months else paid_on
