"""A package with the local rules below it (含地方细则的政策包): what would rule each county if it stood above them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from tongchou.parameters import local
from tongchou.parameters.local import LocalText
from tongchou.policy.packages import Package

Rules: TypeAlias = Mapping[str, Sequence[tuple[date, LocalText]]]
"""Area → its rules by their first day, in order."""


@dataclass(slots=True)
class Ruling:
    """The package, and the local rules that are put together with it when somebody of their area is met (ORG-22)."""

    package: Package
    rules: Rules
    _composed: dict[tuple[str, date], Package] = field(default_factory=dict)

    def of(self, unit_code: str, on: date) -> Package:
        """The package of persons of that unit on that day; local values that it does not admit give way to it."""
        area = unit_code[:6]
        known = [(since, text) for since, text in self.rules.get(area, ()) if since <= on]
        if not known:
            return self.package
        since, text = known[-1]
        if (area, since) not in self._composed:
            package = self.package
            self._composed[area, since], _ = local.composed_leniently(
                package,
                text,
                valid_from=max(package.valid_from, since),
                valid_until=package.valid_until,
                known_from=package.known_from,
            )
        return self._composed[area, since]
