"""The papers of a form (材料): handed in, original seen, copy kept; for the form and for each row of its table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.cases import kinds

NOTED: Final = {"received": "", "original": kinds.ORIGINAL, "copied": kinds.COPY}
"""What may be ticked of a paper, and the evidence that asks for it."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One box of a paper."""

    id: str
    name: str
    value: str
    checked: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One paper with its boxes, None where nothing is asked."""

    label: str
    ticks: tuple[Tick | None, ...]


def fields(materials: Sequence[kinds.Material]) -> dict[str, forms.Field]:
    """Three lists of boxes for these papers."""
    labels: dict[str, Any] = {"received": _("已收材料"), "original": _("已验原件"), "copied": _("已留复印件")}
    choices = [(one.code, gettext(one.name)) for one in materials]
    return {
        name: forms.MultipleChoiceField(
            label=label, required=False, choices=choices, widget=forms.CheckboxSelectMultiple
        )
        for name, label in labels.items()
    }


def lines(form: forms.Form, materials: Sequence[kinds.Material]) -> list[Line]:
    """Each paper with the boxes to tick, as typed before."""
    ticked = {name: set(form[name].value() or ()) for name in NOTED}
    return [
        Line(
            gettext(one.name),
            tuple(
                Tick(f"{form[name].auto_id}_{one.code}", form.add_prefix(name), one.code, one.code in ticked[name])
                if not evidence or evidence in one.evidence
                else None
                for name, evidence in NOTED.items()
            ),
        )
        for one in materials
    ]
