"""Breadcrumbs (位置): chapter, list, object."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Crumb:
    label: Any
    url: str = ""


def crumbs(*steps: tuple[Any, str] | Any) -> list[Crumb]:
    """Each step is a label, or a label with the name of its view (位置)."""
    return [Crumb(step[0], reverse(step[1])) if isinstance(step, tuple) else Crumb(step) for step in steps]
