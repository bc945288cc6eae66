"""Declared fields as form fields (表单项)."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext

from tongchou.cases import kinds
from tongchou.platform.web import masks
from tongchou.platform.web.look_ups import LONGEST, LookUpField


def field(one: kinds.Field, known: str = "", *, kind_code: str = "", area: str = "") -> forms.Field:
    """The form field of a declared one; what is listed is looked up through the kind's page, for the pooling area."""
    told = masks.certificate(known) if one.kind == "certificate" else in_words(one, known, area)
    shown = gettext("现为:%(value)s") % {"value": told} if known else ""
    help_text = ";".join(part for part in (gettext(one.help) if one.help else "", shown) if part)
    common: dict[str, Any] = {"label": gettext(one.label), "required": one.required, "help_text": help_text}
    attrs = {"class": "form-control", "autocomplete": "off"}
    if one.kind == "choice":
        choices = [("", "—"), *((value, gettext(label)) for value, label in one.choices)]
        return forms.ChoiceField(choices=choices, widget=forms.Select(attrs={"class": "form-select"}), **common)
    if one.register is not None:
        longest = one.longest if one.register.others else LONGEST
        address = reverse("cases:look_up", args=[kind_code, one.name])
        return LookUpField(one.register, area, address, longest=longest, **common)
    if one.kind == "day":
        return forms.DateField(widget=forms.DateInput(attrs=attrs | {"type": "date"}, format="%Y-%m-%d"), **common)
    if one.kind == "long_text":
        return forms.CharField(max_length=one.longest, widget=forms.Textarea(attrs=attrs | {"rows": 2}), **common)
    return forms.CharField(max_length=one.longest, widget=forms.TextInput(attrs=attrs), **common)


def in_words(one: kinds.Field, value: str, area: str) -> str:
    """What a clerk reads of a value: the word of a choice, the name of what is listed beside its code."""
    if one.register is not None:
        return one.register.shown(area, value)
    return gettext(str(dict(one.choices).get(value, value)))


def text(value: Any) -> str:
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value).strip()
