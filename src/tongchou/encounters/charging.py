"""Charge lines through the catalogue (费用明细审核; GX2017 §85; BEN-12…14): checked, rated, summed. Nothing is written.

Rated by the catalogue, the agreement and the physician's filing on the day of service. Whether benefits were due that
day is asked when the bill is settled, since coverage may still come for days gone by (decision 0056).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from operator import add
from typing import Any, Final, NamedTuple

import msgspec

from tongchou.encounters import checks, outside, rules
from tongchou.encounters.care_types import STAYS
from tongchou.encounters.facts import Circumstances, Line, Open, Original, Patient, Rated, Terms, Used
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.policy import engine

OWN: Final = Decimal(1)
PHARMACY: Final = "pharmacy"
SELF_PAID_CLASS: Final = "03"
OTHER_CATEGORY: Final = "14"


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


class NotConsented(DomainError):
    code = "EC-3009"
    message = (
        "第{line}条费用明细的费用发生时间(fee_ocur_time){served}不在家庭病床的同意期间内；"
        "家庭病床须经经办机构同意后开始，延期须事先办理"
    )
    citation = "GX2017 §69"


class InHospitalThatDay(DomainError):
    code = "EC-3010"
    message = "第{line}条费用明细的费用发生时间(fee_ocur_time){served}该参保人正在住院，家庭病床与住院不能重叠"
    citation = "GX2017 §69"


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


def check_home_bed(found: Open, lines: Sequence[Line]) -> None:
    """家庭病床明细 (GX2017 §69; ENC-13): served while the agency consents, at the place it names, not in hospital.

    Whether the day of discharge may have a home bed again is asked when the bill is settled (decision 0115).
    Raises: NotConsented, InHospitalThatDay.
    """
    known = found.circumstances or Circumstances()
    consents = [one for one in known.filings if found.institution_code in one.institution_codes]
    for place, line in enumerate(lines, start=1):
        served_on = line.served_at.date()
        if not any(one.holds(served_on) for one in consents):
            raise NotConsented(line=place, served=served_on)
        if any(stay.start <= served_on and (stay.until is None or served_on < stay.until) for stay in known.stays):
            raise InHospitalThatDay(line=place, served=served_on)


def counted_items(area: str, lines: Iterable[Line]) -> list[str]:
    """The items among the lines whose limit looks at earlier lines of the encounter."""
    return outside.counted_items(area, {line.item_code for line in lines})


class _Charge(NamedTuple):
    """A charge on its way through the engine."""

    place: int
    line: Line
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
    bench = _Bench(setting, used or {})
    left = {original.serial: original for original in originals}
    _check_serials(lines)
    rated: dict[int, Rated] = {}
    by_day: dict[date, list[_Charge]] = {}
    for place, line in enumerate(lines, start=1):
        served_on = line.served_at.date()
        _check_line(setting, place, line, served_on)
        if line.refund_of:
            rated[place] = _refund(place, line, served_on, left)
        else:
            by_day.setdefault(served_on, []).append(bench.charge(place, line, served_on))
    for day, charges in by_day.items():
        _rate_day(setting, day, charges, rated)
    return [rated[place] for place in range(1, len(lines) + 1)]


def _rate_day(setting: Setting, day: date, charges: Sequence[_Charge], rated: dict[int, Rated]) -> None:
    """The charges of a day under the package of that day (GX2017 §136)."""
    package = outside.package(setting.pooling_area, setting.scheme, day)
    results = engine.rate_lines(package, [charge.raw for charge in charges])
    reasons = results.reasons
    for nth, ((place, line, terms, _), (own, over, pre, scope)) in enumerate(zip(charges, results.shares, strict=True)):
        reason = reasons.get(nth, "") if reasons else ""
        if terms is None:
            category, pay_class, ratio, ceiling, restricted = OTHER_CATEGORY, SELF_PAID_CLASS, OWN, None, False
        else:
            category, pay_class, ratio = terms.charge_category, terms.pay_class, terms.ratio
            ceiling, restricted = terms.ceiling, terms.restricted
            if own == line.amount_fen and (reason or pay_class == SELF_PAID_CLASS):
                ratio = OWN
        rated[place] = Rated(line, day, category, pay_class, ratio, ceiling, restricted, own, over, pre, scope, reason)


class _Bench:
    """审核台: what the lines of one message share, asked for once."""

    __slots__ = ("_filed", "_had", "_setting", "_terms")

    def __init__(self, setting: Setting, used: Mapping[str, Used]) -> None:
        self._setting = setting
        self._had = {code: Used(one.quantity_e4, set(one.days)) for code, one in used.items()}
        self._terms: dict[tuple[str, date], Terms | None] = {}
        self._filed: dict[tuple[str, date], bool] = {}

    def charge(self, place: int, line: Line, day: date) -> _Charge:
        """A charge with its terms and what the engine must know of it. Raises: UnknownItem."""
        key = line.item_code, day
        terms = self._terms[key] if key in self._terms else self._ask_terms(place, key)
        if terms is None:
            raw = line.amount_fen, "C", None, None, None, None, "", rules.NO_TERM, day, OTHER_CATEGORY
            return _Charge(place, line, None, raw)
        quantity = rules.quantity_e4(line.quantity)
        charge = _Charge(
            place,
            line,
            terms,
            (
                line.amount_fen,
                terms.policy_class,
                terms.ratio_ppm,
                rules.line_ceiling_fen(terms, quantity, line.unit_price),
                quantity,
                rules.allowance(terms, line.item_code, self._had),
                rules.OVER_LIMIT,
                self._denied(line, day, terms),
                day,
                terms.charge_category,
            ),
        )
        if terms.is_counted:
            one = self._had.setdefault(line.item_code, Used())
            one.quantity_e4 += quantity
            one.days.add(day)
        return charge

    def _ask_terms(self, place: int, key: tuple[str, date]) -> Terms | None:
        setting, (code, day) = self._setting, key
        area = setting.pooling_area
        terms = outside.terms(area, code, day, level=setting.level, is_stay=setting.kind in STAYS)
        if terms is None and not outside.is_item(area, code):
            raise UnknownItem(line=place, item=code)
        self._terms[key] = terms
        return terms

    def _denied(self, line: Line, day: date, terms: Terms) -> str:
        """The rule that makes the whole line own expense, or empty (BEN-14)."""
        setting = self._setting
        if not setting.patient.emergency:
            key = line.physician_code, day
            filed = self._filed.get(key)
            if filed is None:
                filed = self._filed[key] = outside.is_filed(setting.institution_code, *key)
            if not filed:
                return rules.PHYSICIAN_NOT_FILED
        if not terms.is_conditional and line.approved != rules.NOT_APPROVED:
            return ""
        return rules.refusal_of(terms, line, day, setting.patient, self._had, setting.institution_code)


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


class LineRow(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A line as `encounters_put_lines` takes it: every column by its name; what is usual is left out."""

    serial: str
    batch_no: str
    item_code: str
    charge_category: str
    pay_class: str
    served_at: datetime
    quantity: Decimal
    unit_price: Decimal
    amount_fen: int
    pre_self_pay_ratio: Decimal
    own_expense_fen: int = 0
    over_price_fen: int = 0
    pre_self_pay_fen: int = 0
    in_scope_fen: int = 0
    price_ceiling: Decimal | None = None
    institution_item_code: str = ""
    refund_of: str = ""
    reason_code: str = ""
    prescription_no: str = ""
    department_code: str = ""
    physician_code: str = ""
    disease_code: str = ""


def line_row(rated: Rated) -> LineRow:
    """费用明细行."""
    line = rated.line
    return LineRow(
        line.serial,
        line.batch_no,
        line.item_code,
        rated.charge_category,
        rated.pay_class,
        line.served_at,
        line.quantity,
        line.unit_price,
        line.amount_fen,
        rated.ratio,
        rated.own_expense_fen,
        rated.over_price_fen,
        rated.pre_self_pay_fen,
        rated.in_scope_fen,
        rated.ceiling,
        line.institution_item_code,
        line.refund_of,
        rated.reason,
        line.prescription_no,
        line.department_code,
        line.physician_code,
        line.disease_code,
    )


def batch_rows(rated: Iterable[Rated]) -> list[dict[str, Any]]:
    """What the lines sum to, by batch in the order of the message (收费批次)."""
    batches: dict[str, list[Rated]] = {}
    for one in rated:
        batches.setdefault(one.line.batch_no, []).append(one)
    return [_batch_row(batch_no, lines) for batch_no, lines in batches.items()]


def _batch_row(batch_no: str, rated: Sequence[Rated]) -> dict[str, Any]:
    total = own = over = pre = scope = 0
    categories: dict[str, int] = {}
    marked: dict[str, list[int]] = {}
    for line, _, category, _, _, _, _, own_fen, over_fen, pre_fen, scope_fen, _ in rated:
        amount = line.amount_fen
        total += amount
        own += own_fen
        over += over_fen
        pre += pre_fen
        scope += scope_fen
        categories[category] = categories.get(category, 0) + amount
        if line.disease_code:
            before = marked.get(line.disease_code, _NOTHING)
            marked[line.disease_code] = [*map(add, before, (own_fen, over_fen, pre_fen, scope_fen))]
    return {
        "batch_no": batch_no,
        "lines": len(rated),
        "first_served_on": min(one.served_on for one in rated),
        "last_served_on": max(one.served_on for one in rated),
        "total_fen": total,
        "own_expense_fen": own,
        "over_price_fen": over,
        "pre_self_pay_fen": pre,
        "in_scope_fen": scope,
        "category_fen": categories,
        "marked_fen": marked or None,
    }


_NOTHING: Final = (0, 0, 0, 0)
