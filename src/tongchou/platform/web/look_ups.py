"""A field that suggests by name while somebody types, and keeps the code (按名称查找; decision 0400).

Typing part of a name, or F2, offers what fits; the code or the exact name may be typed as well. What the field holds
afterwards says the name with the code behind it.
"""

from typing import Any, Final

from django import forms
from django.forms.renderers import BaseRenderer
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from tongchou.platform.registers import OFFERED, NotListed, NotTheOnlyOne, Register
from tongchou.platform.web.access import sentence_with_code

LONGEST: Final = 120


class LookUpInput(forms.TextInput):
    """A text field with the list that is filled from `address` as one types."""

    def __init__(self, address: Any, *, keys: bool) -> None:
        super().__init__({"class": "form-control", "autocomplete": "off", "data-look-up": ""})
        self.address, self.keys = address, keys

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        offered = f"{(attrs or {}).get('id', name)}_offered"
        wired = {
            "list": offered,
            "hx-get": self.address,
            "hx-trigger": "focus once, input changed delay:200ms, look-up",
            "hx-target": f"#{offered}",
            "hx-swap": "innerHTML",
            "hx-sync": "this:queue last",
            "hx-include": "this",
            "placeholder": gettext("名称或代码,F2 查找") if self.keys else gettext("输入名称查找"),
        }
        field = super().render(name, value, {**(attrs or {}), **wired}, renderer)
        return format_html('{}<datalist id="{}"></datalist>', field, offered)


class LookUpField(forms.CharField):
    """The field itself: bound to a register at one place."""

    def __init__(
        self, register: Register, place: str, address: Any, *, longest: int = LONGEST, keys: bool = True, **more: Any
    ) -> None:
        """`longest` is for what is kept as it was written; `keys` says that there is a keyboard with F2."""
        super().__init__(max_length=longest, widget=LookUpInput(address, keys=keys), **more)
        self.register, self.place = register, place

    def prepare_value(self, value: Any) -> Any:
        return self.register.shown(self.place, value) if isinstance(value, str) else value

    def clean(self, value: Any) -> Any:
        written = super().clean(value)
        try:
            return self.register.value_of(self.place, written, label=str(self.label))
        except (NotListed, NotTheOnlyOne) as refusal:
            raise forms.ValidationError(sentence_with_code(refusal)) from refusal


def offers(request: HttpRequest, name: str, register: Register, place: str, *, without: str = "") -> HttpResponse:
    """What fits the text typed so far into the field of that name, as its choices; `without` is not one (查找结果)."""
    words = request.GET.get(name, "").strip()[:LONGEST]
    found = [one.shown for one in register.find(place, words, OFFERED) if one.value != without]
    return HttpResponse(format_html_join("", '<option value="{}"></option>', [(shown,) for shown in found]))
