"""What contributions tell the chapters above (缴费事件)."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ContributionRecorded:
    """缴费入账 of one person (GX2017 §22)."""

    contribution_id: int
    person_id: int
    benefit_year: int
    covered_from: date | None


@dataclass(frozen=True, slots=True)
class ContributionCorrected:
    """缴费更正: one was voided, and perhaps another booked in its place (CON-23)."""

    voided_id: int
    replaced_by_id: int | None
    person_id: int


@dataclass(frozen=True, slots=True)
class ContributionsWithdrawn:
    """多笔缴费作废: each was voided, and none booked in its place (CON-22); told once for all of them."""

    voided: tuple[tuple[int, int], ...]
    """Contribution and person."""

    @property
    def voided_ids(self) -> tuple[int, ...]:
        return tuple(voided_id for voided_id, _person in self.voided)

    @property
    def person_ids(self) -> tuple[int, ...]:
        return tuple(person_id for _voided, person_id in self.voided)


@dataclass(frozen=True, slots=True)
class ContributionsReceived:
    """缴费结果文件入账: many at once (CON-11); of a file booked part by part, those of a part, from `first_id` on."""

    batch_id: int
    pooling_area: str
    rows: int
    amount_fen: int
    first_id: int = 0


@dataclass(frozen=True, slots=True)
class UnitMonthPaid:
    """单位足额缴费: an employer's month is paid whole, so that its members may be credited (BJ-ACCT §5; CON-31)."""

    receivable_id: int
    pooling_area: str
    employer_id: int
    month: date
    paid_on: date
    amount_fen: int


@dataclass(frozen=True, slots=True)
class UnitBenefitsRestored:
    """补缴恢复待遇: a month paid late gives benefits again from `since` on, perhaps for days gone by (NC-ACCT §7)."""

    receivable_id: int
    pooling_area: str
    since: date
    person_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DuePaid:
    """一次性应收缴清: everything of it has come, the department's part too (CON-32…34). Fen."""

    due_id: int
    number: str
    kind: str
    paid_on: date
    amount_fen: int


@dataclass(frozen=True, slots=True)
class ContributionMoved:
    """错记调整: a payment booked to one is another's (CON-23)."""

    voided_id: int
    contribution_id: int
    from_person_id: int
    to_person_id: int
    benefit_year: int


@dataclass(frozen=True, slots=True)
class RefundChanged:
    """退费 approved, transferred or come back from the bank (CON-22). Fen."""

    order_id: int
    person_id: int
    benefit_year: int
    amount_fen: int
    state: str


@dataclass(frozen=True, slots=True)
class WithholdingTold:
    """扣款通知: everybody of a batch has something to be told; `told.whom` says whom and what (CON-08)."""

    batch_id: int
    pooling_area: str
    stages: tuple[str, ...]
