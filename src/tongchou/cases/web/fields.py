"""Declared fields as form fields (表单项)."""

from typing import Any

from django import forms
from django.utils.translation import gettext

from tongchou.cases import kinds
from tongchou.platform import queries as platform
from tongchou.platform.web import masks


def field(one: kinds.Field, known: str) -> forms.Field:
    told = masks.certificate(known) if one.kind == "certificate" else in_words(one, known)
    shown = gettext("现为:%(value)s") % {"value": told} if known else ""
    help_text = ";".join(part for part in (gettext(one.help) if one.help else "", shown) if part)
    common: dict[str, Any] = {"label": gettext(one.label), "required": one.required, "help_text": help_text}
    attrs = {"class": "form-control", "autocomplete": "off"}
    if one.kind == "choice":
        choices = [("", "—"), *((value, gettext(label)) for value, label in one.choices)]
        return forms.ChoiceField(choices=choices, widget=forms.Select(attrs={"class": "form-select"}), **common)
    if one.kind == "day":
        return forms.DateField(widget=forms.DateInput(attrs=attrs | {"type": "date"}, format="%Y-%m-%d"), **common)
    if one.kind == "long_text":
        return forms.CharField(max_length=one.longest, widget=forms.Textarea(attrs=attrs | {"rows": 2}), **common)
    return forms.CharField(max_length=one.longest, widget=forms.TextInput(attrs=attrs), **common)


def in_words(one: kinds.Field, value: str) -> str:
    """What a clerk reads of a value: the word of a choice, the name of an area beside its code."""
    if one.kind == "unit" and (name := platform.unit_names_of({value}).get(value)):
        return f"{name} {value}"
    return gettext(str(dict(one.choices).get(value, value)))


def text(value: Any) -> str:
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value).strip()
