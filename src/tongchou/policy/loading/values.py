"""Texts of a package as values of a unit (数值). Exact decimals only; nothing is rounded while reading."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from tongchou.kernel.money import yuan_text
from tongchou.policy.definition import Band, Content
from tongchou.policy.findings import Fault, Findings
from tongchou.policy.loading import tree
from tongchou.policy.loading.fields import Fields
from tongchou.policy.rounding import PPM, percent_text
from tongchou.policy.vocabulary import Unit

MOST_YUAN: Final = Decimal(10_000_000_000)
UNDEFINED: Final = "undefined"
"""待定: the text is known not to say it; using it is an error that names the key."""

_NUMBER: Final = re.compile(r"-?\d{1,15}(\.\d{1,10})?")
_SWITCH: Final = {"yes": True, "true": True, "no": False, "false": False}


class NotAValue(ValueError):
    """The text is no value of its unit; carries the fault and the reason in Chinese."""

    def __init__(self, fault: Fault, reason: str) -> None:
        self.fault = fault
        super().__init__(reason)


def number(text: str) -> Decimal:
    """Raises: NotAValue for anything but plain digits (no exponent, no thousands mark)."""
    if not _NUMBER.fullmatch(text):
        raise NotAValue(Fault.BAD_VALUE, f"“{text}”不是数字")
    try:
        return Decimal(text)
    except InvalidOperation:  # pragma: no cover - the pattern admits only decimals
        raise NotAValue(Fault.BAD_VALUE, f"“{text}”不是数字") from None


def yuan(text: str) -> int:
    """Yuan with at most two decimals, as fen."""
    amount = number(text) * 100
    if amount < 0 or amount > MOST_YUAN * 100:
        raise NotAValue(Fault.BAD_VALUE, f"金额“{text}”应在0至{MOST_YUAN}元之间")
    if amount != int(amount):
        raise NotAValue(Fault.BAD_VALUE, f"金额“{text}”小于1分")
    return int(amount)


def percent(text: str) -> int:
    """Percent as millionths; over 100 % or under 0 is refused."""
    ratio = number(text.removesuffix("%")) * PPM / 100
    if not 0 <= ratio <= PPM:
        raise NotAValue(Fault.RATIO_RANGE, f"比例“{text}”应在0%至100%之间")
    if ratio != int(ratio):
        raise NotAValue(Fault.BAD_VALUE, f"比例“{text}”超过四位小数")
    return int(ratio)


def whole(text: str) -> int:
    count = number(text)
    if count != int(count) or count < 0:
        raise NotAValue(Fault.BAD_VALUE, f"“{text}”应为非负整数")
    return int(count)


def switch(text: str) -> bool:
    if text.lower() not in _SWITCH:
        raise NotAValue(Fault.BAD_VALUE, f"“{text}”应为 yes 或 no")
    return _SWITCH[text.lower()]


def month_day(text: str) -> tuple[int, int]:
    """`09-01`; 29 February is refused because most years lack it."""
    matched = re.fullmatch(r"(\d{2})-(\d{2})", text)
    lengths = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    if matched:
        month, day = int(matched[1]), int(matched[2])
        if 1 <= month <= 12 and 1 <= day <= lengths[month - 1]:
            return month, day
    raise NotAValue(Fault.BAD_VALUE, f"“{text}”不是月-日")


def content(unit: Unit, text: str, choices: tuple[str, ...]) -> Content:
    """The text as a value of its unit. Raises: NotAValue."""
    match unit:
        case Unit.YUAN:
            return yuan(text)
        case Unit.PERCENT | Unit.POINTS:
            return percent(text)
        case Unit.COUNT | Unit.MONTHS:
            return whole(text)
        case Unit.SWITCH:
            return switch(text)
        case Unit.MONTH_DAY:
            return month_day(text)
        case Unit.CHOICE:
            if text not in choices:
                raise NotAValue(Fault.BAD_VALUE, f"“{text}”不在选项 {'、'.join(choices)} 之内")
            return text
        case Unit.BANDS:
            raise NotAValue(Fault.WRONG_SHAPE, "分段比例应为列表")


def bands(node: tree.Sequence, path: str, findings: Findings) -> tuple[Band, ...]:
    """分段: limits rise strictly, only the last is open; ratios within 0–100 %."""
    read: list[Band] = []
    low = 0
    for place, (until, ratio) in enumerate(_rows(node, path, findings), 1):
        here = f"{path}[{place}]"
        last = place == len(node.items)
        if last and until is not None:
            findings.add(node.items[place - 1].line, here, Fault.BANDS, "最后一段不应有上限 until,以上部分会没有比例")
        if not last and until is None:
            findings.add(node.items[place - 1].line, here, Fault.BANDS, "除最后一段外都应有上限 until")
        if until is not None and until <= low:
            reason = f"分段上限应逐段上升,{yuan_text(until)}不高于{yuan_text(low)}"
            findings.add(node.items[place - 1].line, here, Fault.BANDS, reason)
        read.append(Band(low, None if last else until, ratio))
        low = until if until is not None else low
    if not read:
        findings.add(node.line, path, Fault.BANDS, "分段不能为空")
    return tuple(read)


def _rows(node: tree.Sequence, path: str, findings: Findings) -> Iterator[tuple[int | None, int]]:
    for place, item in enumerate(node.items, 1):
        here = f"{path}[{place}]"
        if not isinstance(item, tree.Mapping):
            findings.add(item.line, here, Fault.WRONG_SHAPE, "应为 {until: 上限, ratio: 比例}")
            continue
        fields = Fields(item, here, findings)
        until_text, ratio_text = fields.text("until", ""), fields.text("ratio")
        fields.done()
        try:
            yield (yuan(until_text) if until_text else None), (percent(ratio_text) if ratio_text else 0)
        except NotAValue as error:
            findings.add(item.line, here, error.fault, str(error))


def words(unit: Unit, value: Content) -> str:
    """The value as people read it: `75%`, `400.00元`, `10个百分点`."""
    match unit, value:
        case Unit.YUAN, int(fen):
            return f"{yuan_text(fen, grouped=True)}元"
        case Unit.PERCENT, int(ratio):
            return percent_text(ratio)
        case Unit.POINTS, int(points):
            return percent_text(points).removesuffix("%") + "个百分点"
        case Unit.MONTHS, int(months):
            return f"{months}个月"
        case Unit.SWITCH, bool(on):
            return "是" if on else "否"
        case Unit.MONTH_DAY, (int(month), int(day)):
            return f"{month}月{day}日"
        case Unit.BANDS, tuple(rows):
            return ";".join(_band_words(row) for row in rows if isinstance(row, Band))
        case _:
            return str(value)


def _band_words(band: Band) -> str:
    low = yuan_text(band.low_fen, grouped=True)
    if band.high_fen is None:
        return f"{low}元以上{percent_text(band.ratio_ppm)}"
    return f"{low}–{yuan_text(band.high_fen, grouped=True)}元{percent_text(band.ratio_ppm)}"
