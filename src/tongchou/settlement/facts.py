"""What the one read of a settlement brings (结算事实): typed, decoded once from the database's JSON. Amounts in fen."""

from datetime import date, datetime
from typing import Any

import msgspec

from tongchou.encounters.care_types import STAYS
from tongchou.encounters.facts import Circumstances
from tongchou.policy.facts import ClassSums


class Batch(msgspec.Struct, frozen=True, gc=False):
    """收费批次 not yet settled: what one upload of lines sums to."""

    batch_no: str
    lines: int
    first_served_on: date
    last_served_on: date
    total_fen: int
    own_expense_fen: int
    over_price_fen: int
    pre_self_pay_fen: int
    in_scope_fen: int
    category_fen: dict[str, int]
    marked_fen: dict[str, tuple[int, int, int, int]] | None = None

    @property
    def sums(self) -> ClassSums:
        return ClassSums(self.own_expense_fen, self.over_price_fen, self.pre_self_pay_fen, self.in_scope_fen)

    @property
    def by_disease(self) -> list[tuple[str, ClassSums]]:
        """按注明的病种: what was given for each disease named, and what names none (BEN-22)."""
        marked = self.marked_fen or {}
        own, over, pre, scope = (sum(sums[part] for sums in marked.values()) for part in range(4))
        rest = ClassSums(
            self.own_expense_fen - own,
            self.over_price_fen - over,
            self.pre_self_pay_fen - pre,
            self.in_scope_fen - scope,
        )
        return [*((disease, ClassSums(*sums)) for disease, sums in marked.items()), ("", rest)]


class Bill(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """就诊与待结算费用: the encounter, its unsettled batches and how many are settled."""

    pooling_area: str
    id: int
    institution_code: str
    person_id: int
    scheme: str
    care_type: str
    kind: str
    state: str
    began_on: date
    ended_on: date | None = None
    disease_code: str = ""
    emergency: bool = False
    referral: str = "none"
    place: str = "home"
    third_party: bool = False
    readmission_of: int | None = None
    readmission_filed: bool = False
    linked_to: int | None = None
    credential_type: str = ""
    circumstances: Circumstances | None = None
    batches: tuple[Batch, ...] = ()
    settled_batches: int = 0

    @property
    def is_stay(self) -> bool:
        return self.kind in STAYS

    @property
    def totals(self) -> dict[str, int]:
        """What was uploaded and is not settled yet, by batch."""
        return {batch.batch_no: batch.total_fen for batch in self.batches}

    @property
    def total_fen(self) -> int:
        """What was uploaded and is not settled yet."""
        return sum([batch.total_fen for batch in self.batches])


class Block(msgspec.Struct, frozen=True, gc=False):
    """暂停或封存 of a person's benefits (BEN-36)."""

    kind: str
    start: date = msgspec.field(name="from")
    until: date | None = None
    reason: str = ""


class Person(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """参保人 as the register knew them on the benefit date."""

    id: int
    person_no: str
    name: str
    certificate_type: str
    certificate_no: str
    sex: str
    ethnicity: str
    born_on: date
    died_on: date | None = None
    pooling_area: str
    unit_code: str
    scheme: str | None = None
    category: str | None = None
    status: str
    enrolled_from: date | None = None
    enrolled_until: date | None = None
    end_reason: str | None = None
    suspended_from: date | None = None
    suspended_until: date | None = None
    suspension_reason: str | None = None
    groups: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    card_no: str | None = None
    card_status: str | None = None


class Coverage(msgspec.Struct, frozen=True, gc=False):
    """待遇享受期 [start, until) in one scheme.

    Of no scheme, it is a span on which benefits of `stops` stand still for an unpaid month of the employer; `rule` is
    the month.
    """

    scheme: str
    start: date = msgspec.field(name="from")
    until: date | None = None
    paid_on: date | None = None
    stops: str = ""
    rule: str = ""


class Year(msgspec.Struct, frozen=True, gc=False):
    """年度累计 of one scheme and benefit year; version 0 where there is no row yet."""

    version: int
    amounts: dict[str, int]


NO_YEAR = Year(0, {})


class Earlier(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A settlement of the same encounter that stands (interim of a stay, or the one that closed the visit)."""

    id: int
    interim: bool
    columns: dict[str, int]
    funds: dict[str, int]
    deltas: dict[str, dict[str, int]]


class Reading(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Everything one settlement needs to know, as of one statement."""

    bill: Bill
    person: Person | None = None
    coverage: tuple[Coverage, ...] = ()
    years: dict[str, Year] = {}
    earlier: tuple[Earlier, ...] = ()
    linked_deductible_fen: int | None = None
    balance_fen: int = 0


class StandingSettlement(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A settlement of a person-year that stands: what it was, and what it would be settled by today (BEN-42)."""

    id: int
    encounter_id: int
    institution_code: str
    settled_at: datetime
    settled_on: date
    interim: bool
    credential_type: str
    invoice_no: str
    receipt: dict[str, Any]
    columns: dict[str, int]
    bill: Bill
    person: Person
    coverage: tuple[Coverage, ...] = ()
    linked_deductible_fen: int | None = None

    def place(self, year: str) -> int | None:
        """Its place among the settlements of a year; kept when it is settled anew. None where it added nothing."""
        places = self.receipt.get("places") or self.receipt["versions"]
        found = places.get(year)
        return None if found is None else int(found)

    @property
    def stood_at(self) -> str:
        """When it, or what it was settled anew for, was settled first."""
        return str(self.receipt.get("stood_at") or self.settled_at.isoformat())


class PurchaseReading(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What settling a purchase needs besides the bill, which comes with the message."""

    person: Person | None = None
    coverage: tuple[Coverage, ...] = ()
    years: dict[str, Year] = {}
    balance_fen: int = 0


class Twin(msgspec.Struct, frozen=True, gc=False):
    """冲销记录 of a settlement, and whether it was annulled itself."""

    id: int
    annulment: bool
    annulled: bool


class TakenBackReading(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A settlement to be taken back: its row as stored, its twins, what stands after it in the same stay."""

    settlement: dict[str, Any]
    original: dict[str, Any] | None = None
    person: Person
    years: dict[str, Year] = {}
    twins: tuple[Twin, ...] = ()
    later: tuple[int, ...] = ()
    balance_fen: int = 0

    @property
    def stands(self) -> bool:
        """Whether nothing that still counts has taken it back."""
        return all(twin.annulled for twin in self.twins)


class DaySums(msgspec.Struct, frozen=True, gc=False):
    """The lines of a stay of one day, by class; asked for only when the stay crosses a boundary."""

    served_on: date
    own_expense_fen: int
    over_price_fen: int
    pre_self_pay_fen: int
    in_scope_fen: int

    @property
    def sums(self) -> ClassSums:
        return ClassSums(self.own_expense_fen, self.over_price_fen, self.pre_self_pay_fen, self.in_scope_fen)


class Standing(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """定点资格 of the institution: its level on a day and whether its agreement is in force, with the reason if not."""

    level: int | None
    name: str
    problem: str = ""


class Asked(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What the hospital asks: whose bill of what total, how paid (2207, 2304, 2102 and their trials)."""

    person_no: str
    total_fen: int
    scheme: str | None
    use_account: bool = False
    interim: bool = False
    stay: bool = False
    credential_type: str = ""
    invoice_no: str = ""


class Counter(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """窗口结算 at the agency (BEN-33, BEN-36): why it is done by hand, and what allows it.

    `emergency_proof` is the proof of an emergency at an institution without agreement; `decision` the document by which
    the costs of somebody whose direct settlement is stopped are paid all the same.
    """

    reason: str
    emergency_proof: str = ""
    decision: str = ""
