"""Decisions of settling (结算规则): pure; amounts in whole fen, ratios in millionths.

A bill is settled in one part, or one per year where the package splits a stay (BEN-30). A stay with an interim
settlement is computed as a whole and pays the difference to what was settled before (decision 0075).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

import msgspec

from tongchou.encounters.facts import Circumstances
from tongchou.policy import engine, stays, visits
from tongchou.policy.eligibility import Span
from tongchou.policy.facts import ClassSums, Facts, Outcome
from tongchou.policy.lines import LineFacts
from tongchou.policy.packages import Package, above
from tongchou.policy.rounding import PPM, percent_text
from tongchou.policy.stays import StayPart
from tongchou.policy.visits import VisitPart
from tongchou.settlement.facts import NO_YEAR, Bill, Coverage, DaySums, Earlier, Reading, Year

Choose = Callable[[str, str, date], Package]
"""The package of an area and scheme on a day."""

COLUMNS: Final = {
    "total_fen": "total_fen",
    "own_expense_fen": "own_expense_fen",
    "over_price_fen": "over_ceiling_fen",
    "pre_self_pay_fen": "pre_self_pay_fen",
    "in_scope_fen": "in_scope_fen",
    "deductible_fen": "deductible_fen",
    "over_ceiling_fen": "over_cap_fen",
    "project_paid_fen": "project_fen",
    "pool_paid_fen": "basic_fen",
    "catastrophic_paid_fen": "serious_illness_fen",
    "supplementary_paid_fen": "supplementary_fen",
    "large_amount_paid_fen": "mutual_aid_fen",
    "assistance_paid_fen": "medical_assistance_fen",
    "fund_paid_fen": "fund_total_fen",
    "person_share_fen": "person_share_fen",
    "account_paid_fen": "account_fen",
    "cash_fen": "cash_fen",
}
"""Column of the settlement ← member of the engine's outcome."""

_members: Final = attrgetter(*COLUMNS.values())

LAYER_COLUMNS: Final = (
    "project_paid_fen",
    "pool_paid_fen",
    "catastrophic_paid_fen",
    "supplementary_paid_fen",
    "large_amount_paid_fen",
    "assistance_paid_fen",
)
CLASS_COLUMNS: Final = ("own_expense_fen", "over_price_fen", "pre_self_pay_fen", "in_scope_fen")

OUTPATIENT_POOL: Final = "outpatient_pool"
"""The packages' tag of the outpatient part of the pool (BEN-24)."""

FUND_CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "resident": {
        "project": "999997",
        "basic": "390100",
        OUTPATIENT_POOL: "390102",
        "serious_illness": "390200",
        "supplementary": "390300",
        "mutual_aid": "330100",
        "medical_assistance": "610100",
        "account": "310200",
    },
    "employee": {
        "project": "999997",
        "basic": "310100",
        OUTPATIENT_POOL: "310102",
        "serious_illness": "310300",
        "supplementary": "370100",
        "mutual_aid": "330100",
        "medical_assistance": "610100",
        "account": "310200",
    },
}
"""Who owes what a layer pays (fund_pay_type), by scheme; the outpatient tag goes before the layer."""


class IdentityBroken(RuntimeError):
    """A fault of ours: the figures of a settlement do not add up; nothing of it is written."""


@dataclass(frozen=True, slots=True)
class Part:
    """One run of the engine: what went in and what came out."""

    year: str
    package: Package
    facts: Facts
    sums: ClassSums
    state: dict[str, int]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Computed:
    """A bill split (结算结果): columns, what each fund owes, the accumulators before and after, the receipt.

    `main` names year, package and ratio of the whole: the last part of a stay, the chronic one of a visit (BEN-22).
    """

    parts: tuple[Part, ...]
    main: Part
    columns: dict[str, int]
    ratio_ppm: int
    category_fen: dict[str, int]
    funds: dict[str, int]
    deltas: dict[str, dict[str, int]]
    years: dict[str, Year]
    less: tuple[Earlier, ...]

    @property
    def reason(self) -> str:
        """Why nothing is covered; empty when something may be."""
        return self.main.outcome.reason


@dataclass(frozen=True, slots=True)
class Cut:
    """What of a bill one run of the engine settles: the date and year that rule it, its sums, whether it is covered.

    A cut that `continues` the one before bears only one deductible together with it. `kind` and `disease` are the
    bill's own, unless the rest of a chronic visit is settled as ordinary outpatient care (BEN-22); `reason` says why a
    cut is not covered.
    """

    on: date
    benefit_year: int
    sums: ClassSums
    covered: bool = True
    continues: bool = False
    kind: str = ""
    disease: str | None = None
    designated: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """结算方式: at an institution with an agreement or not, direct or at the counter, drugs on prescription or not.

    `emergency` is one proved at the counter, besides what the registration says.
    """

    contracted: bool = True
    manual: bool = False
    prescribed: bool = True
    emergency: bool = False


DIRECT: Final = Way()


def benefit_day(bill: Bill, today: date) -> date:
    """待遇日期: the day of a visit; the day of discharge of a stay, today while it lasts (`benefit.asof`)."""
    if not bill.is_stay:
        return bill.began_on
    return bill.ended_on or max(today, bill.began_on)


def stay_parts(bill: Bill, coverage: Iterable[Coverage], *, until: date, choose: Choose) -> tuple[StayPart, ...]:
    """The parts of a stay that ends, or is looked at, on `until` (GX2017 §82; BEN-09, 10, 30)."""
    spans = spans_of(coverage, bill.scheme)
    package = choose(bill.pooling_area, bill.scheme, until)
    return stays.parts(package, admitted_on=bill.began_on, discharged_on=until, coverage=spans)


def spans_of(coverage: Iterable[Coverage], scheme: str) -> list[Span]:
    """The coverage of one scheme as the policy knows spans."""
    return [Span(span.start, span.until) for span in coverage if span.scheme == scheme]


def asks_days(parts: Sequence[StayPart]) -> bool:
    """Whether the sums must be taken by day: the stay crosses a year or the edge of the coverage."""
    return len(parts) > 1 or parts[0].covered_from is not None or parts[0].covered_until is not None


def whole_cut(bill: Bill, earlier: Iterable[Earlier], on: date, benefit_year: int) -> Cut:
    """The whole bill in one run; of a stay with interim settlements, everything since its beginning."""
    sums = [batch.sums for batch in bill.batches]
    sums += [ClassSums(*(one.columns[column] for column in CLASS_COLUMNS)) for one in earlier]
    return Cut(on, benefit_year, summed(sums))


def cuts_by_day(parts: Iterable[StayPart], days: Sequence[DaySums]) -> list[Cut]:
    """The sums of each part of a stay; lines outside its coverage are own expense (GX2017 §22 新发生; JL2019 §14)."""
    cuts = []
    for part in parts:
        own_days = [day for day in days if part.served_from <= day.served_on < part.served_until]
        sums = summed(_covered_sums(day, part) for day in own_days)
        cuts.append(Cut(part.on, part.benefit_year, sums, part.covered, part.continues))
    return cuts


def visit_cuts(bill: Bill, on: date, choose: Choose, *, filing_required: bool) -> list[Cut]:
    """The whole visit in one run; of a chronic one, what belongs to the disease and the rest apart (BEN-22).

    Without a valid filing all of it is ordinary outpatient care (GX2017 §66; ENC-21). What is not served where the
    filing says is not paid as chronic, except in an emergency (ENC-22).
    """
    if bill.kind != visits.CHRONIC:
        return [whole_cut(bill, (), on, on.year)]
    package = choose(bill.pooling_area, bill.scheme, on)
    filed, designated = chronic_standing(bill, on, required=filing_required)
    items = [item for batch in bill.batches for item in batch.by_disease]
    places = [LineFacts(place, "A") for place in range(len(items))]  # the policy sorts them, whatever they are
    sorted_out = visits.chronic_parts(
        package, places, [mark for mark, _ in items], disease=bill.disease_code or None, filed=filed
    )
    return [
        Cut(
            on,
            on.year,
            summed(items[line[0]][1] for line in part.lines),
            kind=part.kind,
            disease=part.disease,
            designated=designated or part.kind != visits.CHRONIC,
        )
        for part in _not_empty(sorted_out, items)
    ]


def _not_empty(parts: Sequence[VisitPart], items: Sequence[tuple[str, ClassSums]]) -> list[VisitPart]:
    """Parts with any money in them; one of nothing where the whole visit is nothing."""
    filled = [part for part in parts if any(items[line[0]][1] != NO_SUMS for line in part.lines)]
    return filled or list(parts[:1])


def chronic_standing(bill: Bill, on: date, *, required: bool) -> tuple[bool, bool]:
    """慢性病备案 (GX2017 §65, 66; ENC-21, 22): is there a valid one, and does it name the institution?

    Where none was ever filed here for the disease, `required` decides (decision 0180).
    """
    filings = bill.circumstances.filings if bill.circumstances else ()
    valid = [one for one in filings if one.holds(on)]
    named = any(not one.institution_codes or bill.institution_code in one.institution_codes for one in valid)
    return bool(valid) or not (filings or required), named or bill.emergency or not valid


NOT_DESIGNATED: Final = "非定点医疗机构普通就医,基金和个人账户不予支付"
"""BEN-33: what ordinary care at an institution without an agreement gets (NM-ACCT §15)."""


def uncovered(cuts: Iterable[Cut], reason: str) -> list[Cut]:
    """The same cuts with nothing of them paid, and why."""
    return [replace(cut, covered=False, reason=reason) for cut in cuts]


def home_bed_days(bill: Bill, days: Sequence[DaySums], choose: Choose) -> list[DaySums]:
    """家庭病床 (GX2017 §69; BEN-26): days without the agency's consent, or in hospital, are own expense."""
    known = bill.circumstances or Circumstances()
    told = []
    for day in days:
        package = choose(bill.pooling_area, bill.scheme, day.served_on)
        stays_meanwhile = [Span(stay.start, stay.until) for stay in known.stays]
        line = LineFacts(0, "A", served_on=day.served_on)
        counts = any(
            not visits.home_bed_lines(package, [line], consent=Span(one.start, one.until), stays=stays_meanwhile)[0][7]
            for one in known.filings
            if bill.institution_code in one.institution_codes
        )
        told.append(day if counts else DaySums(day.served_on, day.sums.total_fen, 0, 0, 0))
    return told


def third_party_fen(bill: Bill, total_fen: int) -> int:
    """第三方负担 (BEN-38; decision 0116): the decided share of the bill, half up, or the amount up to the bill."""
    decision = bill.circumstances.decision if bill.circumstances else None
    if decision is None:
        return 0
    if decision.share_ppm is not None:
        return (2 * total_fen * decision.share_ppm + PPM) // (2 * PPM)
    return min(decision.amount_fen or 0, total_fen)


NO_SUMS: Final = ClassSums(0, 0, 0, 0)


def _covered_sums(day: DaySums, part: StayPart) -> ClassSums:
    inside = (
        part.covered
        and (part.covered_from is None or day.served_on >= part.covered_from)
        and (part.covered_until is None or day.served_on < part.covered_until)
    )
    sums = day.sums
    return sums if inside else ClassSums(sums.total_fen, 0, 0, 0)


def summed(sums: Iterable[ClassSums]) -> ClassSums:
    """Class by class."""
    own = over = pre = scope = 0
    for one in sums:
        own += one.own_expense_fen
        over += one.over_ceiling_fen
        pre += one.pre_self_pay_fen
        scope += one.in_scope_fen
    return ClassSums(own, over, pre, scope)


def facts_of(
    reading: Reading,
    cut: Cut,
    *,
    level: int | None,
    balance_fen: int | None,
    continued_deductible_fen: int | None,
    third_party_fen: int,
    way: Way,
) -> Facts:
    """The facts the engine rules by (GX2017 §87).

    `level` is the institution's on the admission date (AGR-02); `balance_fen` None leaves the account untouched;
    `continued_deductible_fen` is what the parts of the stay before this one bore (decision 0111); `third_party_fen`
    what the parts before it left of what somebody else bears (decision 0116).
    """
    bill, person = reading.bill, reading.person
    assert person is not None
    return Facts(
        kind=cut.kind or bill.kind,
        on=cut.on,
        level=level,
        scheme=bill.scheme,
        place=bill.place,
        referral=bill.referral,
        emergency=bill.emergency or way.emergency,
        designated=cut.designated,
        groups=frozenset(person.groups),
        disease=cut.disease if cut.kind else bill.disease_code or None,
        linked_deductible_fen=reading.linked_deductible_fen,
        continued_deductible_fen=continued_deductible_fen,
        born_on=person.born_on,
        admitted_on=bill.began_on,
        discharged_on=bill.ended_on,
        third_party_fen=third_party_fen,
        account_balance_fen=balance_fen or 0,
        use_account=balance_fen is not None,
        covered=cut.covered,
        reason=cut.reason,
        category=person.category,
        contracted=way.contracted,
        manual=way.manual,
        prescribed=way.prescribed,
    )


def compute(
    reading: Reading,
    cuts: Sequence[Cut],
    *,
    level: int | None,
    use_account: bool,
    choose: Choose,
    way: Way = DIRECT,
    trace: bool = False,
) -> Computed:
    """结算核算: run the engine over the cuts, thread the accumulators, take off what was settled before.

    Raises: MissingParameter, UnknownFact, NegativeAmount, PolicyMissing, IdentityBroken.
    """
    less = reading.earlier if reading.bill.is_stay else ()
    years = {str(cut.benefit_year) for cut in cuts} | {year for one in less for year in one.deltas}
    states = {year: _without(reading.years.get(year, NO_YEAR).amounts, year, less) for year in years}
    balance = reading.balance_fen + sum(one.columns["account_paid_fen"] for one in less) if use_account else None
    continued: int | None = None
    of_others = (
        third_party_fen(reading.bill, sum([cut.sums.total_fen for cut in cuts])) if reading.bill.third_party else 0
    )
    parts: list[Part] = []
    for cut in cuts:
        continued = (continued or 0) + parts[-1].outcome.deductible_fen if cut.continues else None
        facts = facts_of(
            reading,
            cut,
            level=level,
            balance_fen=balance,
            continued_deductible_fen=continued,
            third_party_fen=of_others,
            way=way,
        )
        package = choose(insured_area(reading), reading.bill.scheme, cut.on)
        year = str(cut.benefit_year)
        outcome = engine.adjudicate(package, facts, cut.sums, states[year], trace)
        parts.append(Part(year, package, facts, cut.sums, states[year], outcome))
        states[year] = moved(states[year], outcome.deltas)
        balance = None if balance is None else balance - outcome.account_fen
        of_others -= outcome.third_party_fen
    return _computed(reading, tuple(parts), less, states)


def insured_area(reading: Reading) -> str:
    """参保地: the person's county within the pooling area, whose local rule counts (ORG-22; decision 0172)."""
    pool = reading.bill.pooling_area
    county = reading.person.unit_code[:6] if reading.person else pool
    return county if pool in above(county) else pool


def _without(amounts: dict[str, int], year: str, less: Iterable[Earlier]) -> dict[str, int]:
    """The accumulators as if the earlier settlements of the stay had not been."""
    for one in less:
        amounts = moved(amounts, taken_back(one.deltas.get(year, {})))
    return amounts


def _computed(
    reading: Reading, parts: tuple[Part, ...], less: tuple[Earlier, ...], states: Mapping[str, dict[str, int]]
) -> Computed:
    bill = reading.bill
    columns = added_up([columns_of(part.outcome) for part in parts])
    funds = added_up([fund_parts(bill.scheme, part.outcome) for part in parts])
    deltas = {year: added_up([part.outcome.deltas for part in parts if part.year == year]) for year in states}
    for one in less:
        columns = _difference(columns, one.columns)
        funds = _difference(funds, one.funds)
        deltas |= {year: _difference(deltas[year], amounts) for year, amounts in one.deltas.items()}
    changed = {year: left for year, amounts in deltas.items() if (left := nonzero(amounts))}
    main = parts[-1] if parts[-1].facts.kind == parts[0].facts.kind else parts[0]
    computed = Computed(
        parts=parts,
        main=main,
        columns=columns,
        ratio_ppm=main.outcome.ratio_ppm,
        category_fen=added_up([batch.category_fen for batch in bill.batches]),
        funds=nonzero(funds),
        deltas=changed,
        years={year: Year(reading.years.get(year, NO_YEAR).version, states[year]) for year in changed},
        less=less,
    )
    check_identities(columns, computed.funds, bill_fen=bill.total_fen)
    return computed


def columns_of(outcome: Outcome) -> dict[str, int]:
    """The money columns of a settlement from one run of the engine."""
    return dict(zip(COLUMNS, _members(outcome), strict=True))


def fund_parts(scheme: str, outcome: Outcome) -> dict[str, int]:
    """What each fund owes the institution (SET-01, SET-07, BEN-24), by fund_pay_type; the account's part included."""
    codes = FUND_CODES[scheme]
    return added_up({codes.get(tag) or codes[layer]: paid} for tag, layer, paid in outcome.sub_funds)


def check_identities(columns: Mapping[str, int], funds: Mapping[str, int], *, bill_fen: int) -> None:
    """Every fen is somebody's (identities of the wire, §9). Raises: IdentityBroken."""
    of_classes = sum([columns[column] for column in CLASS_COLUMNS])
    of_layers = sum([columns[column] for column in LAYER_COLUMNS])
    total, fund, person = columns["total_fen"], columns["fund_paid_fen"], columns["person_share_fen"]
    if not (
        total == bill_fen == of_classes == fund + person
        and fund == of_layers
        and person == columns["account_paid_fen"] + columns["cash_fen"]
        and sum(funds.values()) == fund + columns["account_paid_fen"]
    ):
        raise IdentityBroken(dict(columns), dict(funds), bill_fen)


def receipt_of(computed: Computed, *, batches: Mapping[str, int]) -> dict[str, Any]:
    """计算依据 (BEN-40): enough to compute the settlement again to the fen and to take it back.

    `parts` are the engine's runs, `less` what was settled before, `batches` the charges it holds with their totals,
    `funds` what each fund owes, `deltas` what was added to the accumulators of each year, `versions` the accumulators'
    version after it, which orders the settlements of a person-year.
    """
    receipt: dict[str, Any] = {
        "parts": [
            {
                "year": part.year,
                "package": part.package.label,
                "hash": part.package.hash,
                "facts": msgspec.to_builtins(part.facts),
                "sums": list(msgspec.structs.astuple(part.sums)),
                "state": part.state,
            }
            for part in computed.parts
        ],
        "batches": batches,
        "funds": computed.funds,
        "deltas": computed.deltas,
        "versions": {year: after.version + 1 for year, after in computed.years.items()},
    }
    if computed.less:
        receipt["less"] = [msgspec.to_builtins(one) for one in computed.less]
    return receipt


def computed_again(receipt: Mapping[str, Any], choose: Callable[[str], Package]) -> list[Outcome]:
    """重算 (BEN-40): the engine's runs of a receipt again, traced. `choose` finds a package by its hash."""
    outcomes = []
    for part in receipt["parts"]:
        facts = msgspec.convert(part["facts"], Facts)
        outcomes.append(
            engine.adjudicate(choose(part["hash"]), facts, ClassSums(*part["sums"]), part["state"], trace=True)
        )
    return outcomes


def run_on(
    receipt: Mapping[str, Any], states: Mapping[str, dict[str, int]], choose: Callable[[str], Package]
) -> list[tuple[str, Outcome]]:
    """The engine's runs of a receipt on other accumulators, by year; each run sees what those before it added."""
    moving = dict(states)
    outcomes = []
    for part in receipt["parts"]:
        year = part["year"]
        state = moving.setdefault(year, part["state"])
        facts = msgspec.convert(part["facts"], Facts)
        outcome = engine.adjudicate(choose(part["hash"]), facts, ClassSums(*part["sums"]), state)
        moving[year] = moved(state, outcome.deltas)
        outcomes.append((year, outcome))
    return outcomes


def columns_again(receipt: Mapping[str, Any], outcomes: Sequence[Outcome]) -> dict[str, int]:
    """The columns that a receipt's runs give, less what was settled before."""
    columns = added_up([columns_of(outcome) for outcome in outcomes])
    for one in receipt.get("less", ()):
        columns = {column: amount - one["columns"][column] for column, amount in columns.items()}
    return columns


def effective_ratio_ppm(columns: Mapping[str, int]) -> int:
    """实际报销比例 (GX2017 §61; BEN-39): what all funds pay of the bill, in millionths, half up; zero of no bill."""
    total = abs(columns["total_fen"])
    return (2 * PPM * abs(columns["fund_paid_fen"]) + total) // (2 * total) if total else 0


def percent(ratio: int) -> str:
    """A ratio in words, with at most two decimals: 940910 → `94.09%`."""
    hundredths = (2 * ratio + PPM // 10_000) // (2 * (PPM // 10_000))
    return percent_text(hundredths * (PPM // 10_000))


def level_of(receipt: Mapping[str, Any]) -> int | None:
    """医院等级 that a settlement was computed by; None for a cancellation and where there is no level."""
    parts = receipt.get("parts")
    return parts[-1]["facts"].get("level") if parts else None


def taken_back(columns: Mapping[str, int]) -> dict[str, int]:
    """冲销: the same amounts with the sign turned (GX2017 §71)."""
    return {column: -amount for column, amount in columns.items()}


def moved(amounts: Mapping[str, int], deltas: Mapping[str, int]) -> dict[str, int]:
    """The accumulators after these changes; what comes to zero is left out."""
    return nonzero(added_up([amounts, deltas]))


def ratio_ppm(text: str) -> int:
    """The database's decimal as millionths."""
    return int(Decimal(text) * PPM)


def ratio_text(ratio_ppm: int) -> str:
    """A ratio as the database's decimal takes it: 675500 → `0.675500`."""
    return f"{ratio_ppm // PPM}.{ratio_ppm % PPM:06d}"


def nonzero(amounts: Mapping[str, int]) -> dict[str, int]:
    """The entries that are not zero."""
    return {name: amount for name, amount in amounts.items() if amount}


def added_up(maps: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The maps added name by name."""
    total: dict[str, int] = {}
    for one in maps:
        if not total:
            total = dict(one)
            continue
        for name, amount in one.items():
            total[name] = total.get(name, 0) + amount
    return total


def _difference(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return added_up([one, {name: -amount for name, amount in other.items()}])
