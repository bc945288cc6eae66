"""How papers and the record are written on pages (权益页面写法)."""

from collections.abc import Sequence

from django import template
from django.urls import reverse

from tongchou.platform.histories import Told
from tongchou.rights.contents import Column

register = template.Library()


@register.filter
def amount_at(place: int, columns: Sequence[Column]) -> bool:
    """Whether the cell at that place is an amount."""
    return columns[place].amount


@register.filter
def head_at(place: int, columns: Sequence[Column]) -> str:
    """The head of the column at that place."""
    return columns[place].head


@register.simple_tag
def source_of(told: Told) -> str:
    """The address of what a row of the record came from (来源)."""
    return reverse(told.view, args=told.args)
