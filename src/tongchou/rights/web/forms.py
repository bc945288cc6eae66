"""The forms of rights (权益表单): shape only; the commands decide."""

from datetime import timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from tongchou.platform.histories import RecordSet
from tongchou.rights.states import ApplicantKind


def _text(label: Any, *, longest: int, required: bool = True, help_text: Any = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"})
    return forms.CharField(label=label, max_length=longest, required=required, help_text=help_text, widget=widget)


def _words(label: Any, *, longest: int = 500, required: bool = True, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"class": "form-control", "rows": 4})
    return forms.CharField(label=label, max_length=longest, required=required, help_text=help_text, widget=widget)


def _day(label: Any, *, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, help_text=help_text)


def _translated(choices: Any) -> list[tuple[str, Any]]:
    """The words of the data in the reader's language."""
    return [(value, _(label)) for value, label in choices]


def _choice(label: Any, choices: Any) -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, choices=_translated(choices), widget=widget)


class RightsForm(forms.Form):
    """Labels stand above their fields and end without a colon."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


FIRST_YEAR: Final = 1998
LAST_YEAR: Final = 2100


def _year(label: Any, *, required: bool = False, help_text: Any = "") -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"})
    return forms.IntegerField(
        label=label, min_value=FIRST_YEAR, max_value=LAST_YEAR, required=required, help_text=help_text, widget=widget
    )


class ObjectionForm(RightsForm):
    """异议申请 (RIG-05)."""

    record = _choice(_("哪一类记录"), RecordSet.choices)
    year = _year(_("涉及年度"), help_text=_("对缴费记录有异议的必须填写。"))
    said = _words(_("异议内容"), help_text=_("写明记录怎样有误,正确的应是什么。"))
    evidence = _text(_("证明材料"), longest=200, required=False, help_text=_("如缴费票据及其号码。"))


class FindingForm(RightsForm):
    """核查情况."""

    finding = _words(_("核查情况"))
    version = forms.IntegerField(widget=forms.HiddenInput)


class AnswerForm(RightsForm):
    """答复."""

    answer = _words(_("答复内容"))
    version = forms.IntegerField(widget=forms.HiddenInput)


class ApplicationForm(RightsForm):
    """查询申请 of a third party or an heir (RIG-04, RIG-07)."""

    applicant_kind = _choice(_("申请人类别"), ApplicantKind.choices)
    applicant = _text(_("申请单位(或继承人姓名)"), longest=100)
    bearer = _text(_("经办人员"), longest=50, required=False, help_text=_("持介绍信和工作证件的两名人员;继承人不填。"))
    certificate_no = _text(_("继承人证件号码"), longest=50, required=False)
    document_no = _text(
        _("文书号"), longest=100, help_text=_("协助查询通知书等的文号;继承人填写死亡证明编号。一份文书只能用一次。")
    )
    relation_proof = _text(_("亲属关系证明"), longest=100, required=False, help_text=_("继承人必须填写。"))
    basis = _text(_("法律依据"), longest=200)
    purpose = _text(_("用途"), longest=200)
    records = forms.MultipleChoiceField(
        label=_("查询内容"), choices=_translated(RecordSet.choices), widget=forms.CheckboxSelectMultiple
    )
    period_from = _day(_("期间从"))
    period_last = _day(_("到"), help_text=_("包含这一天。"))

    def period(self) -> dict[str, Any]:
        """The half-open period of what was filled in."""
        return {
            "period_from": self.cleaned_data["period_from"],
            "period_until": self.cleaned_data["period_last"] + timedelta(days=1),
        }


class DecisionForm(RightsForm):
    """核准意见."""

    opinion = _words(_("意见"), longest=200, required=False)


class GuardianForm(RightsForm):
    """登记法定监护 (RIG-03)."""

    guardian_no = _text(_("监护人的人员编号"), longest=30)
    evidence = _text(_("监护关系证明"), longest=200, help_text=_("户口簿、出生医学证明、判决书等及其号码。"))
