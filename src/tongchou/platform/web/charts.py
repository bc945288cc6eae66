"""Charts (图表): the figures once, drawn in the browser and standing below as a table, with their date and source."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from django.utils.translation import gettext

Kind = Literal["bars", "bars-lying", "stack", "line", "ring"]


@dataclass(frozen=True, slots=True)
class Series:
    """One row of figures; `colour` names a colour of the style sheet, such as `layer-pool`."""

    name: Any
    values: Sequence[float | int | None]
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: amounts are given in whole fen and drawn in yuan when `unit` is 元."""

    key: str
    title: Any
    kind: Kind
    labels: Sequence[str]
    series: Sequence[Series]
    unit: Any
    source: Any
    links: Sequence[str] = ()
    colours: Sequence[str] = ()
    width: str = ""

    @property
    def is_money(self) -> bool:
        return str(self.unit) in ("元", "yuan")

    @property
    def script_id(self) -> str:
        return f"figures-{self.key}"

    def figures(self) -> dict[str, Any]:
        """What the browser draws. Yuan with two decimals fit a float exactly enough to be drawn, never to be summed."""
        drawn = asdict(self)
        for series in drawn["series"]:
            series["name"] = _said(series["name"])
            if self.is_money:
                series["values"] = [None if fen is None else fen / 100 for fen in series["values"]]
        kept = ("kind", "labels", "series", "links", "colours")
        return {
            **{name: drawn[name] for name in kept},
            "unit": str(self.unit),
            "labels": [_said(n) for n in self.labels],
        }

    def table(self) -> list[tuple[str, list[float | int | None]]]:
        """The same figures, a line per label."""
        return [(label, [series.values[at] for series in self.series]) for at, label in enumerate(self.labels)]


def _said(text: Any) -> str:
    """A name of the data, such as that of a state, in the reader's language; what has no other name stays."""
    return gettext(str(text)) if str(text) else ""
