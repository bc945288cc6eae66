"""What the parts of a file format are called (文件格式用语): definitions name them for programs, pages for people."""

from typing import Final

from django.utils.translation import gettext_lazy as _

SHAPES: Final = {"delimited": _("分隔符"), "fixed": _("定长(按字节)")}

HOLDS: Final = {
    "": _("文本"),
    "text": _("文本"),
    "whole": _("整数"),
    "fen": _("金额(分)"),
    "yuan": _("金额(元)"),
    "day": _("日期"),
    "mark": _("标记"),
}

FIELDS: Final = {
    "mark": _("标记"),
    "number": _("文件编号"),
    "partner": _("交换对象"),
    "day": _("日期"),
    "rows": _("行数"),
    "total_fen": _("合计金额"),
    "line_no": _("行号"),
    "account_no": _("银行账号"),
    "holder": _("户名"),
    "holder_name": _("户名"),
    "mandate_no": _("协议编号"),
    "persons": _("人数"),
    "year": _("年度"),
    "certificate_no": _("证件号码"),
    "amount_fen": _("金额"),
    "paid_fen": _("实扣金额"),
    "code": _("结果代码"),
    "paid_on": _("扣款日期"),
    "reference": _("银行流水号"),
    "area": _("统筹地区"),
    "name": _("姓名"),
    "reason": _("原因"),
}

OUTCOMES: Final = {
    "ok": _("成功"),
    "part": _("部分成功"),
    "no_account": _("账号不存在"),
    "wrong_name": _("户名不符"),
    "frozen": _("账户冻结"),
    "balance": _("余额不足"),
    "no_mandate": _("无代扣授权"),
    "other": _("其他"),
}
