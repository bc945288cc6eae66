"""Fields of the forms of this chapter (表单字段)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from tongchou.encounters.commands.filing import Wanted
from tongchou.encounters.commands.third_party import Found
from tongchou.encounters.states import FilingKind, Verdict
from tongchou.kernel.money import Money
from tongchou.platform.web import lists

A_DAY: Final = timedelta(days=1)
PPM_OF_PERCENT: Final = 10_000


class Form(forms.Form):
    """A form whose fields must all be filled, but those that say they need not."""

    may_be_empty: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        for name, field in self.fields.items():
            field.required = name not in self.may_be_empty


def withheld(filled: Mapping[str, forms.Form], offered: Sequence[tuple[str, Any, forms.Form]]) -> forms.Form | None:
    """What was filled in on a page that does not offer it any more: somebody else was quicker."""
    names = {name for name, _title, _form in offered}
    return next((form for name, form in filled.items() if name not in names), None)


def choice(label: Any, choices: Sequence[tuple[str, Any]]) -> forms.ChoiceField:
    """One of a fixed set, to be chosen (选择)."""
    widget = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, choices=[("", _("请选择")), *choices], widget=widget)


class FilingForm(Form):
    """慢性病备案、家庭病床同意 (附件10)."""

    may_be_empty = ("disease_code", "last_day")

    consented_on = lists.day(_("经办机构同意日期"))
    disease_code = lists.words(_("病种编码(慢性病)"), longest=30)
    institution_code = lists.institution(_("定点机构"))
    valid_from = lists.day(_("开始日期"))
    last_day = lists.day(_("终止日期(可不填)"))
    evidence = lists.words(_("材料"), longest=200)

    def wanted(self, institution_code: str) -> Wanted:
        """What is to be filed, the institution as the registers know it."""
        filled = self.cleaned_data
        return Wanted(
            disease_code=filled["disease_code"].strip(),
            institution_codes=(institution_code,),
            consented_on=filled["consented_on"],
            valid_from=filled["valid_from"],
            valid_until=filled["last_day"] + A_DAY if filled["last_day"] else None,
            evidence=filled["evidence"],
        )


class NewFilingForm(FilingForm):
    """The same of somebody not yet named."""

    field_order = ("kind", "person_no")
    kind = choice(_("备案类别"), FilingKind.choices)
    person_no = lists.words(_("人员编号"), longest=30)


class VersionForm(Form):
    """What says which state of the thing the clerk saw (并发核对)."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class CorrectionForm(FilingForm, VersionForm):
    """更正备案."""


class ExtensionForm(VersionForm):
    """家庭病床延期."""

    last_day = lists.day(_("延至"))
    evidence = lists.words(_("材料"), longest=200)


class ClosingForm(VersionForm):
    """结束备案."""

    last_day = lists.day(_("最后一日"))
    reason = lists.words(_("原因"), longest=200)


class CancellationForm(VersionForm):
    """作废备案."""

    reason = lists.words(_("原因"), longest=200)


class DeclarationForm(Form):
    """登记第三方责任."""

    request_id = forms.CharField(widget=forms.HiddenInput)
    reason = lists.words(_("受伤或患病的原因"), longest=200)


class DecisionForm(VersionForm):
    """第三方责任认定."""

    may_be_empty = ("percent", "amount", "liable_party")

    verdict = choice(_("认定"), Verdict.choices)
    percent = forms.DecimalField(
        label=_("负担比例(%)"),
        max_digits=7,
        decimal_places=4,
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(attrs={"class": "form-control", "step": "0.0001"}),
    )
    amount = lists.YuanField(label=_("负担金额(元)"))
    liable_party = lists.words(_("责任方"), longest=100)
    document = lists.words(_("认定文书"), longest=100)
    reason = lists.words(_("理由"), longest=200)

    def found(self) -> Found:
        filled = self.cleaned_data
        percent, amount = filled["percent"], filled["amount"]
        return Found(
            verdict=Verdict(filled["verdict"]),
            share_ppm=None if percent is None else int(percent * PPM_OF_PERCENT),
            amount_fen=amount,
            liable_party=filled["liable_party"].strip(),
            document=filled["document"].strip(),
            reason=filled["reason"].strip(),
        )


class RecoveryForm(Form):
    """登记追偿."""

    amount = lists.YuanField(label=_("追回金额(元)"))
    received_on = lists.day(_("到账日期"))
    document = lists.words(_("凭证"), longest=100)

    @property
    def money(self) -> Money:
        return Money(self.cleaned_data["amount"])
