"""Charge lines through the catalogue (费用明细审核; GX2017 §85; BEN-12…14): checked, rated, summed. Nothing is written.

Rated by the catalogue, the agreement and the physician's filing on the day of service. Whether benefits were due that
day is asked when the bill is settled, since coverage may still come for days gone by (decision 0056).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from tongchou.encounters import checks, outside, rules
from tongchou.encounters.care_types import STAYS
from tongchou.encounters.facts import Line, Open, Original, Patient, Rated, Terms, Used
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.policy import engine

OWN: Final = Decimal(1)
PHARMACY: Final = "pharmacy"
SELF_PAID_CLASS: Final = "03"
OTHER_CATEGORY: Final = "14"
PAY_CLASSES: Final[Mapping[str, str]] = {"01": "A", "02": "B", "03": "C"}
"""收费项目等级 of the catalogue → of the policy packages."""


class UnknownItem(DomainError):
    code = "EC-3001"
    message = "第{line}条费用明细的医疗目录编码(med_list_codg)“{item}”不在目录中，请先对照"
    citation = "GX2017 §85"


class PriceDiffers(DomainError):
    code = "EC-3002"
    message = (
        "第{line}条费用明细的数量(cnt){quantity}×单价(pric){price}与金额(det_item_fee_sumamt){amount}相差超过0.01元"
    )
    citation = "GX2017 §84"


class NotPositive(DomainError):
    code = "EC-3003"
    message = "第{line}条费用明细的{title}{value}应大于零；退费须在2301中填写原费用流水号(init_feedetl_sn)"
    citation = "GX2017 §84"


class OriginalUnknown(DomainError):
    code = "EC-3004"
    message = "第{line}条费用明细的原费用流水号(init_feedetl_sn)“{original}”不是本次就诊的费用明细"
    citation = "GX2017 §84"


class RefundDiffers(DomainError):
    code = "EC-3005"
    message = "第{line}条退费的{title}与原费用明细{original}不同"
    citation = "GX2017 §84"


class RefundTooMuch(DomainError):
    code = "EC-3006"
    message = "第{line}条退费超过原费用明细{original}的余额：余{quantity}(数量)、{amount}元"
    citation = "GX2017 §84"


class SerialRepeated(DomainError):
    code = "EC-3007"
    message = "第{line}条费用明细的费用明细流水号(feedetl_sn)“{serial}”重复"
    citation = "GX2017 §84"


class ServedOutside(DomainError):
    code = "EC-3008"
    message = "第{line}条费用明细的费用发生时间(fee_ocur_time){served}不在就诊期间{began}至{ended}内"
    citation = "GX2017 §84"


class Setting(NamedTuple):
    """Where and to whom the lines were served (费用审核条件)."""

    pooling_area: str
    institution_code: str
    level: str
    scheme: str
    kind: str
    patient: Patient
    began_on: date
    until: date

    @classmethod
    def of(cls, found: Open, *, now: datetime) -> "Setting":
        """The setting of an open encounter."""
        began_on = checks.local_day(found.began_at)
        return cls(
            pooling_area=found.pooling_area,
            institution_code=found.institution_code,
            level=outside.level_of(found.institution_code, began_on),
            scheme=found.scheme,
            kind=found.kind,
            patient=Patient(found.sex, found.born_on, tuple(d.code for d in found.diagnoses), found.emergency),
            began_on=began_on,
            until=checks.local_day(found.ended_at) if found.ended_at else checks.local_day(now + checks.CLOCK_SKEW),
        )

    @classmethod
    def of_purchase(
        cls, *, pooling_area: str, institution_code: str, scheme: str, sex: str, born_on: date, on: date
    ) -> "Setting":
        """The setting of a purchase at a pharmacy, whose lines come with its settlement (购药)."""
        patient = Patient(sex, born_on, (), emergency=False)
        level = outside.level_of(institution_code, on)
        return cls(pooling_area, institution_code, level, scheme, PHARMACY, patient, on, on)


def counted_items(area: str, lines: Iterable[Line]) -> list[str]:
    """The items among the lines whose limit looks at earlier lines of the encounter."""
    return outside.counted_items(area, {line.item_code for line in lines})


class _Charge(NamedTuple):
    """A charge on its way through the engine."""

    line: Line
    served_on: date
    terms: Terms | None
    raw: engine.RawLine


def rate(
    setting: Setting,
    lines: Sequence[Line],
    *,
    used: Mapping[str, Used] | None = None,
    originals: Sequence[Original] = (),
) -> list[Rated]:
    """费用明细审核: every line by class, in the order given. `used` and `originals` come with the encounter.

    Raises: UnknownItem, PriceDiffers, NotPositive, OriginalUnknown, RefundDiffers, RefundTooMuch, SerialRepeated,
    ServedOutside.
    """
    had = {code: Used(one.quantity_e4, set(one.days)) for code, one in (used or {}).items()}
    left = {original.serial: original for original in originals}
    _check_serials(lines)
    passed: list[Rated | _Charge] = []
    by_day: dict[date, list[_Charge]] = {}
    for place, line in enumerate(lines, start=1):
        served_on = line.served_at.date()
        _check_line(setting, place, line, served_on)
        if line.refund_of:
            passed.append(_refund(place, line, served_on, left))
        else:
            charge = _charge(setting, place, line, served_on, had)
            by_day.setdefault(served_on, []).append(charge)
            passed.append(charge)
    ready = {id(charge): rated for day, charges in by_day.items() for charge, rated in _rated(setting, day, charges)}
    return [one if isinstance(one, Rated) else ready[id(one)] for one in passed]


def _rated(setting: Setting, day: date, charges: Sequence[_Charge]) -> Iterator[tuple[_Charge, Rated]]:
    """The charges of a day under the package of that day (GX2017 §136)."""
    package = outside.package(setting.pooling_area, setting.scheme, day)
    results = engine.rate_lines(package, [charge.raw for charge in charges])
    for place, (charge, share) in enumerate(zip(charges, results.shares, strict=True)):
        line, served_on, terms, _ = charge
        reason = results.reasons.get(place, "")
        if terms is None:
            paid = OTHER_CATEGORY, SELF_PAID_CLASS, OWN, None, False
        else:
            all_own = share[0] == line.amount_fen and (bool(reason) or terms.pay_class == SELF_PAID_CLASS)
            ratio = OWN if all_own else terms.ratio
            paid = terms.charge_category, terms.pay_class, ratio, terms.ceiling, terms.restricted
        yield charge, Rated(line, served_on, *paid, *share, reason)


def _charge(setting: Setting, place: int, line: Line, served_on: date, had: dict[str, Used]) -> _Charge:
    """A charge with its terms and what the engine must know of it. Raises: UnknownItem."""
    terms = outside.terms(
        setting.pooling_area, line.item_code, served_on, level=setting.level, is_stay=setting.kind in STAYS
    )
    if terms is None and not outside.is_item(setting.pooling_area, line.item_code):
        raise UnknownItem(line=place, item=line.item_code)
    charge = _Charge(line, served_on, terms, _raw(setting, line, served_on, terms, had))
    if terms is not None and terms.is_counted:
        one = had.setdefault(line.item_code, Used())
        one.quantity_e4 += rules.quantity_e4(line.quantity)
        one.days.add(served_on)
    return charge


def _raw(setting: Setting, line: Line, served_on: date, terms: Terms | None, had: Mapping[str, Used]) -> engine.RawLine:
    """The line as the policy engine takes it; what a rule denies as a whole is own expense (BEN-14)."""
    if terms is None:
        return line.amount_fen, "C", None, None, None, None, "", rules.NO_TERM, served_on, OTHER_CATEGORY
    patient = setting.patient
    if not patient.emergency and not outside.is_filed(setting.institution_code, line.physician_code, served_on):
        denied = rules.PHYSICIAN_NOT_FILED
    else:
        denied = rules.refusal_of(terms, line, served_on, patient, had, setting.institution_code)
    quantity = rules.quantity_e4(line.quantity)
    return (
        line.amount_fen,
        PAY_CLASSES[terms.pay_class],
        terms.ratio_ppm,
        rules.line_ceiling_fen(terms, quantity, line.unit_price),
        quantity,
        rules.allowance(terms, line.item_code, had),
        rules.OVER_LIMIT,
        denied,
        served_on,
        terms.charge_category,
    )


def _check_serials(lines: Sequence[Line]) -> None:
    """流水号不重复 within the message. Raises: SerialRepeated."""
    seen: set[str] = set()
    for place, line in enumerate(lines, start=1):
        if line.serial in seen:
            raise SerialRepeated(line=place, serial=line.serial)
        seen.add(line.serial)


def _check_line(setting: Setting, place: int, line: Line, served_on: date) -> None:
    """Raises: NotPositive, PriceDiffers, ServedOutside."""
    sign = -1 if line.refund_of else 1
    if line.quantity * sign <= 0:
        raise NotPositive(line=place, title="数量(cnt)", value=line.quantity)
    if line.amount_fen * sign < 0:
        raise NotPositive(line=place, title="明细项目费用总额(det_item_fee_sumamt)", value=yuan_text(line.amount_fen))
    if line.unit_price < 0:
        raise NotPositive(line=place, title="单价(pric)", value=line.unit_price)
    if not rules.price_fits(line.quantity, line.unit_price, line.amount_fen):
        raise PriceDiffers(line=place, quantity=line.quantity, price=line.unit_price, amount=yuan_text(line.amount_fen))
    if not setting.began_on <= served_on <= setting.until:
        raise ServedOutside(line=place, served=served_on, began=setting.began_on, ended=setting.until)


def _refund(place: int, line: Line, served_on: date, left: dict[str, Original]) -> Rated:
    """退费 (2301): takes from a line of this encounter, never more than is left of it.

    Raises: OriginalUnknown, RefundDiffers, RefundTooMuch.
    """
    original = left.get(line.refund_of)
    if original is None:
        raise OriginalUnknown(line=place, original=line.refund_of)
    if original.item_code != line.item_code:
        raise RefundDiffers(line=place, title="医疗目录编码(med_list_codg)", original=line.refund_of)
    if original.unit_price != line.unit_price:
        raise RefundDiffers(line=place, title="单价(pric)", original=line.refund_of)
    quantity_left = original.quantity_left + line.quantity
    amount_left = original.amount_left_fen + line.amount_fen
    if quantity_left < 0 or amount_left < 0:
        raise RefundTooMuch(
            line=place,
            original=line.refund_of,
            quantity=original.quantity_left,
            amount=yuan_text(original.amount_left_fen),
        )
    own, over, pre, scope = share = rules.refund_split(original, amount_left)
    left[line.refund_of] = msgspec.structs.replace(
        original,
        quantity_left=quantity_left,
        amount_left_fen=amount_left,
        own_expense_left_fen=original.own_expense_left_fen + own,
        over_price_left_fen=original.over_price_left_fen + over,
        pre_self_pay_left_fen=original.pre_self_pay_left_fen + pre,
        in_scope_left_fen=original.in_scope_left_fen + scope,
    )
    paid = original.charge_category, original.pay_class, original.pre_self_pay_ratio, original.price_ceiling, False
    return Rated(line, served_on, *paid, *share, original.reason_code)


def line_row(rated: Rated) -> dict[str, Any]:
    """A line as its table takes it."""
    line = rated.line
    return {
        "serial": line.serial,
        "batch_no": line.batch_no,
        "refund_of": line.refund_of,
        "item_code": line.item_code,
        "institution_item_code": line.institution_item_code,
        "charge_category": rated.charge_category,
        "pay_class": rated.pay_class,
        "served_at": line.served_at,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "amount_fen": line.amount_fen,
        "pre_self_pay_ratio": rated.ratio,
        "price_ceiling": rated.ceiling,
        "own_expense_fen": rated.own_expense_fen,
        "over_price_fen": rated.over_price_fen,
        "pre_self_pay_fen": rated.pre_self_pay_fen,
        "in_scope_fen": rated.in_scope_fen,
        "reason_code": rated.reason,
        "prescription_no": line.prescription_no,
        "department_code": line.department_code,
        "physician_code": line.physician_code,
    }


def batch_rows(rated: Iterable[Rated]) -> list[dict[str, Any]]:
    """What the lines sum to, by batch in the order of the message (收费批次)."""
    batches: dict[str, dict[str, Any]] = {}
    for one in rated:
        batch = batches.get(one.line.batch_no)
        if batch is None:
            batch = batches[one.line.batch_no] = {
                "batch_no": one.line.batch_no,
                "lines": 0,
                "first_served_on": one.served_on,
                "last_served_on": one.served_on,
                "total_fen": 0,
                "own_expense_fen": 0,
                "over_price_fen": 0,
                "pre_self_pay_fen": 0,
                "in_scope_fen": 0,
                "category_fen": {},
            }
        batch["lines"] += 1
        batch["first_served_on"] = min(batch["first_served_on"], one.served_on)
        batch["last_served_on"] = max(batch["last_served_on"], one.served_on)
        batch["total_fen"] += one.line.amount_fen
        batch["own_expense_fen"] += one.own_expense_fen
        batch["over_price_fen"] += one.over_price_fen
        batch["pre_self_pay_fen"] += one.pre_self_pay_fen
        batch["in_scope_fen"] += one.in_scope_fen
        categories = batch["category_fen"]
        categories[one.charge_category] = categories.get(one.charge_category, 0) + one.line.amount_fen
    return list(batches.values())
