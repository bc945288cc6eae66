"""Fields and sub-tabs that the pages of employees' contributions share (职工缴费页面)."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongchou.platform.web import lists


class ConsoleForm(forms.Form):
    """A form of the console: labels without a colon, every field of the one look."""

    optional: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        for name, field in self.fields.items():
            field.required = name not in self.optional and not isinstance(field, forms.BooleanField)
            if not isinstance(field.widget, forms.CheckboxInput | forms.Select):
                field.widget.attrs.setdefault("class", "form-control")


class MonthField(forms.Field):
    """A month as 2018-03; its value is the first day."""

    def __init__(self, *, label: Any, **kwargs: Any) -> None:
        attrs = {"class": "form-control", "placeholder": "2018-03", "maxlength": "7"}
        super().__init__(label=label, widget=forms.TextInput(attrs=attrs), **kwargs)

    def to_python(self, value: Any) -> Any:
        if not value:
            return None
        try:
            return date.fromisoformat(f"{value}-01")
        except ValueError:
            raise forms.ValidationError(_("月份应为如2018-03的形式。")) from None


def select(label: Any, choices: Any) -> forms.ChoiceField:
    """A choice without 全部."""
    return forms.ChoiceField(label=label, choices=choices, widget=forms.Select(attrs={"class": "form-select"}))


def whole(label: Any, **limits: int) -> forms.IntegerField:
    """A whole number."""
    return forms.IntegerField(label=label, **limits, widget=forms.TextInput(attrs={"inputmode": "numeric"}))


def words(label: Any, longest: int = 200) -> forms.CharField:
    """A line of text."""
    return lists.words(label, longest=longest)
