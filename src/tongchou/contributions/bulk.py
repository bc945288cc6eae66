"""Deciding many payments at once (成批认定): once for each distinct case, by the rule of the counter."""

from collections.abc import Iterable
from datetime import date

from tongchou.contributions import queries, rules
from tongchou.contributions.rules import Case
from tongchou.kernel.errors import DomainError
from tongchou.platform.spreadsheets.faults import Fault

Decided = tuple[object, ...]
"""The case, then kind, covered from, covered until, rule."""
Refused = tuple[object, ...]
"""The case, then the refusal in its words."""


def decisions(pooling_area: str, cases: Iterable[Case]) -> tuple[list[Decided], dict[Fault, list[Refused]]]:
    """Each case decided once by the rule of the counter: what it brings, or the refusal in its words."""
    decided: list[Decided] = []
    refused: dict[Fault, list[Refused]] = {}
    waiting: dict[tuple[int, date], rules.Waiting] = {}
    for case in cases:
        known = (case.benefit_year, max(date(case.benefit_year, 1, 1), case.paid_on))
        try:
            if known not in waiting:
                waiting[known] = queries.waiting(pooling_area, case.benefit_year, case.paid_on)
            found = rules.decide(case, waiting[known])
        except DomainError as refusal:
            refused.setdefault(Fault(refusal.code, "{words}"), []).append((*case, str(refusal)))
        else:
            decided.append((*case, found.kind.value, found.covered_from, found.covered_until, found.rule))
    return decided, refused
