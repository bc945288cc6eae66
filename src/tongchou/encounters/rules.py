"""Decisions of visits and stays (就医规则): pure. Amounts in whole fen, quantities named `_e4` in ten-thousandths."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from tongchou.encounters.facts import Diagnosis, Line, Original, Patient, Terms, Used
from tongchou.kernel.months import age_on
from tongchou.kernel.working_days import WorkingCalendar

PPM: Final = 1_000_000
QUANTITY_SCALE: Final = 10_000
PRICE_SCALE: Final = 1_000_000
FEN_SCALE: Final = 100
PRODUCT_PER_FEN: Final = QUANTITY_SCALE * PRICE_SCALE // FEN_SCALE
"""Ten-thousandths × millionths of a yuan in one fen."""

OVER_LIMIT: Final = "BEN-13"
NO_TERM: Final = "CAT-15"
PHYSICIAN_NOT_FILED: Final = "DOC-06"
NOT_APPROVED: Final = "2"
"""医院审批标志: the hospital itself refused it."""


def quantity_e4(quantity: Decimal) -> int:
    """数量 in ten-thousandths."""
    return int(quantity * QUANTITY_SCALE)


def price_fits(quantity: Decimal, unit_price: Decimal, amount_fen: int) -> bool:
    """|数量 × 单价 − 金额| ≤ 0.01 元: quantity × price is the amount, up to a fen of rounding."""
    product = int(quantity * QUANTITY_SCALE) * int(unit_price * PRICE_SCALE)
    return abs(product - amount_fen * PRODUCT_PER_FEN) <= PRODUCT_PER_FEN


def line_ceiling_fen(terms: Terms, quantity: int, unit_price: Decimal) -> int | None:
    """限价 (GX2017 §85): unit ceiling × quantity, half up, where the price lies above it; None where it does not."""
    if terms.ceiling_e6 is None or terms.ceiling is None or unit_price <= terms.ceiling:
        return None
    return (2 * terms.ceiling_e6 * abs(quantity) + PRODUCT_PER_FEN) // (2 * PRODUCT_PER_FEN)


def refusal_of(
    terms: Terms, line: Line, served_on: date, patient: Patient, used: Mapping[str, Used], institution_code: str
) -> str:
    """Why the whole line is own expense (BEN-13; 限定支付范围), or empty.

    A restricted item needs the hospital's mark that the restriction is met (approved 1); any item the hospital itself
    refused (2) is own expense.
    """
    if terms.refused or line.approved == NOT_APPROVED or (terms.restricted and line.approved != "1"):
        return OVER_LIMIT
    if terms.institution_codes and institution_code not in terms.institution_codes:
        return OVER_LIMIT
    if terms.sex and terms.sex != patient.sex:
        return OVER_LIMIT
    if terms.min_age is not None or terms.max_age is not None:
        age = age_on(patient.born_on, served_on)
        if (terms.min_age is not None and age < terms.min_age) or (terms.max_age is not None and age >= terms.max_age):
            return OVER_LIMIT
    if terms.diagnosis_prefixes and not any(
        code.startswith(terms.diagnosis_prefixes) for code in patient.diagnosis_codes
    ):
        return OVER_LIMIT
    had = used.get(line.item_code)
    if terms.max_days is not None and had is not None and served_on not in had.days and len(had.days) >= terms.max_days:
        return OVER_LIMIT
    return ""


def allowance(terms: Terms, item_code: str, used: Mapping[str, Used]) -> int | None:
    """限用数量 left in this encounter, in ten-thousandths; None without a limit."""
    if terms.max_quantity_e4 is None:
        return None
    had = used.get(item_code)
    return max(0, terms.max_quantity_e4 - (had.quantity_e4 if had else 0))


Split = tuple[int, int, int, int]
"""Own expense, over price, first self-pay, in scope."""


def refund_split(original: Original, amount_left_fen: int) -> Split:
    """退费: what a refund takes of each part of its line; all refunds of a line together take exactly what it was.

    What is left of the line is cut in the proportions of before, by rounding the running totals half up, so that no
    part is ever taken twice.
    """
    before = (original.own_expense_left_fen, original.over_price_left_fen, original.pre_self_pay_left_fen)
    whole = original.amount_left_fen
    running = running_left = 0
    taken = []
    for part in before:
        running += part
        left_until_here = (2 * running * amount_left_fen + whole) // (2 * whole) if whole else 0
        taken.append(left_until_here - running_left - part)
        running_left = left_until_here
    own, over, pre = taken
    return own, over, pre, amount_left_fen - running_left - original.in_scope_left_fen


def registration_deadline(began_at: datetime, calendar: WorkingCalendar, *, special_working_days: int) -> date:
    """入院登记期限 (GX2017 §67): the day of admission, in special cases some working days after; the last good day."""
    return calendar.add_working_days(began_at.date(), special_working_days)


def is_readmission(discharged_on: date, admitted_on: date, *, days: int) -> bool:
    """14日内再次住院 (GX2017 §68): the day of discharge is day 0, the last day counts."""
    return timedelta(0) <= admitted_on - discharged_on <= timedelta(days=days)


def merged_diagnoses(
    known: Iterable[Diagnosis], sent: Iterable[Diagnosis], voided: Iterable[tuple[bool, int]] = ()
) -> tuple[Diagnosis, ...]:
    """诊断更新: sent again under the same place replaces, a voided place goes (2203, 2403)."""
    places = {(diagnosis.at_discharge, diagnosis.place): diagnosis for diagnosis in known}
    for gone in voided:
        places.pop(gone, None)
    places.update({(diagnosis.at_discharge, diagnosis.place): diagnosis for diagnosis in sent})
    return tuple(places[place] for place in sorted(places))


def main_diagnosis(diagnoses: Sequence[Diagnosis]) -> Diagnosis | None:
    """主诊断: of the discharge where there is one, else of the admission; the marked one, else the first."""
    stage = [diagnosis for diagnosis in diagnoses if diagnosis.at_discharge] or list(diagnoses)
    return next((diagnosis for diagnosis in stage if diagnosis.main), stage[0] if stage else None)
