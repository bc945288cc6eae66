"""What enrolment tells the chapters above (参保事件)."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class PersonEnrolled:
    """参保登记 (GX2017 §6)."""

    person_id: int
    enrolment_id: int
    scheme: str
    enrolled_from: date


@dataclass(frozen=True, slots=True)
class EnrolmentSuspended:
    """停保 (JL2019 §8), told at an instant; it may begin later."""

    person_id: int
    suspended_from: date
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EnrolmentResumed:
    """恢复参保 (JL2019 §8)."""

    person_id: int
    resumed_on: date


@dataclass(frozen=True, slots=True)
class EnrolmentTerminated:
    """终止参保 (GX2017 §15; JL2019 §10): without effect from that day; `ending_id` names the record of it,
    `transfer_id` the transfer out that it comes of (GX2017 §16).
    """

    person_id: int
    terminated_on: date
    reason: str
    ending_id: int | None = None
    at: datetime | None = None
    transfer_id: int | None = None


@dataclass(frozen=True, slots=True)
class TransferUndone:
    """转移退回、撤回 (ENR-28): the relation left goes on from `since`, until `until` where something else ends it
    there, for `reason`; `ending_id` names the record of that, if there is one.
    """

    person_id: int
    transfer_id: int
    since: date
    until: date | None
    reason: str
    ending_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class EndingUndone:
    """更正停保、注销 (ENR-24): it counts as never made; the days from `since` are as they would have been."""

    person_id: int
    ending_id: int
    kind: str
    since: date
    at: datetime


@dataclass(frozen=True, slots=True)
class StatusReported:
    """人员身份状态信息待核 (JL2019 §10): the family may object until the day before `held_until`."""

    person_id: int
    report_id: int
    reason: str
    event_on: date
    held_until: date
    at: datetime


@dataclass(frozen=True, slots=True)
class ParticularsChanged:
    """信息变更 (GX2017 §14): which particulars of whom."""

    person_id: int
    particulars: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CategoryChanged:
    """变更人员类别 (GX2017 §14): from when the person counts as another category."""

    person_id: int
    since: date


@dataclass(frozen=True, slots=True)
class SpecialGroupChanged:
    """特殊人员标识变动 (GX2017 §8): from when the person belongs to other groups."""

    person_id: int
    since: date


@dataclass(frozen=True, slots=True)
class GroupListTakenIn:
    """特殊人员名单入库 (ENR-11): whose flags began or ended, and the first day on which anything changed."""

    file_id: int
    pooling_area: str
    since: date
    person_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RosterTakenIn:
    """参保花名册入库: many persons at once (ENR-12)."""

    file_id: int
    pooling_area: str
    rows: int


@dataclass(frozen=True, slots=True)
class BankAccountChanged:
    """银行账户变更 (GX2017 §14; ENR-19): another account takes the place of the first; the person is told."""

    person_id: int
    account_id: int
    bank_name: str
    account_tail: str


@dataclass(frozen=True, slots=True)
class TransferredIn:
    """转入办结 (GX2017 §16, 17; ENR-26, ENR-27): the relation goes on here from `since`, without a gap.

    `used` are the cumulative amounts of `benefit_year` where the person came from, in fen by name; `paid` the years
    paid for there as (scheme, year, fen, paid on, covered from, covered until) when they come from another house.
    """

    person_id: int
    transfer_id: int
    kind: str
    from_area: str
    to_area: str
    from_scheme: str
    scheme: str
    since: date
    benefit_year: int
    recognises_paid_year: bool
    used: dict[str, int]
    paid: tuple[tuple[str, int, int, date, date | None, date | None], ...]


@dataclass(frozen=True, slots=True)
class Withholding:
    """三方代扣代缴协议 as the registration form gives it (GX2017 §7(二)3); `bank` is the partner's code."""

    bank: str
    account_no: str
    holder_name: str
    number: str
    signed_on: date


@dataclass(frozen=True, slots=True)
class HouseholdRegistered:
    """整户参保登记 (GX2017 §6, 7): the application, who was enrolled by it, and the agreement signed with it."""

    case_number: str
    household_id: int
    pooling_area: str
    unit_code: str
    person_ids: tuple[int, ...]
    withholding: Withholding | None
    staff_code: str
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class RegistrationCancelled:
    """撤销登记 (ENR-35): told before the rows go, so that what hangs on them goes first; money paid forbids it."""

    person_id: int
    enrolment_id: int
    person_goes: bool


@dataclass(frozen=True, slots=True)
class PersonsMerged:
    """归并 (ENR-17): `merged_id` turned out to be `survivor_id`; what hung on it hangs on the survivor now."""

    merge_id: int
    survivor_id: int
    merged_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PersonsSplit:
    """拆分 (ENR-17): the merge was wrong; each of the two has again what was theirs."""

    merge_id: int
    survivor_id: int
    merged_id: int
    at: datetime
