"""What uploads and registrations carry between the layers (就医事实): typed, no Django. Amounts in whole fen."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec


class Line(NamedTuple):
    """费用明细 as the hospital sent it: one item, one day, one price. `refund_of` names the line it takes back."""

    serial: str
    batch_no: str
    item_code: str
    institution_item_code: str
    served_at: datetime
    quantity: Decimal
    unit_price: Decimal
    amount_fen: int
    approved: str
    """医院审批标志: 0 none needed, 1 approved, 2 refused."""
    physician_code: str
    department_code: str
    prescription_no: str
    refund_of: str = ""
    disease_code: str = ""
    """注明的病种: which disease the item was given for; empty when the hospital says nothing."""


class Terms(NamedTuple):
    """How an item is paid on a day at a level (GX2017 §85): the catalogue's term, ready to reckon with.

    `pay_class` is the catalogue's, `policy_class` that of the packages. `ceiling_e6` is the unit ceiling in millionths
    of a yuan; quantities are in ten-thousandths.
    """

    pay_class: str
    policy_class: str
    charge_category: str
    ratio_ppm: int
    ratio: Decimal
    ceiling_e6: int | None
    ceiling: Decimal | None
    restricted: bool
    refused: bool
    """Nobody may have it at this level or in this kind of care."""
    is_counted: bool
    """The limit looks at earlier lines."""
    is_conditional: bool
    """Some condition must be looked at, besides the hospital's own refusal."""
    max_quantity_e4: int | None = None
    max_days: int | None = None
    sex: str = ""
    min_age: int | None = None
    max_age: int | None = None
    diagnosis_prefixes: tuple[str, ...] = ()
    institution_codes: frozenset[str] = frozenset()


class Used(msgspec.Struct, gc=False):
    """What of a limited item the encounter has had: ten-thousandths and the days."""

    quantity_e4: int = 0
    days: set[date] = msgspec.field(default_factory=set)


class Patient(NamedTuple):
    """What limits ask of the person: sex, birthday, codes of the diagnoses; emergency lifts DOC-06."""

    sex: str
    born_on: date
    diagnosis_codes: tuple[str, ...]
    emergency: bool


class Rated(NamedTuple):
    """One line after the catalogue: its class, ratio, ceiling, the split and the reason of what is not paid."""

    line: Line
    served_on: date
    charge_category: str
    pay_class: str
    ratio: Decimal
    ceiling: Decimal | None
    restricted: bool
    own_expense_fen: int
    over_price_fen: int
    pre_self_pay_fen: int
    in_scope_fen: int
    reason: str


class Original(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """原费用明细: a line to be refunded, with what refunds have left of it."""

    serial: str
    item_code: str
    charge_category: str
    pay_class: str
    unit_price: Decimal
    pre_self_pay_ratio: Decimal
    price_ceiling: Decimal | None
    reason_code: str
    quantity_left: Decimal
    amount_left_fen: int
    own_expense_left_fen: int
    over_price_left_fen: int
    pre_self_pay_left_fen: int
    in_scope_left_fen: int


class Diagnosis(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """诊断: kept in the encounter, found again by kind (admission or discharge) and place in the order."""

    code: str
    name: str
    place: int
    kind: str = "1"
    """诊断类别: 1 western, 2 Chinese main disease, 3 Chinese main syndrome."""
    main: bool = False
    at_discharge: bool = False
    condition: str = ""
    department: str = ""
    physician_code: str = ""
    physician: str = ""
    made_at: datetime | None = None
    operator_no: str = ""
    operator: str = ""
    recorded_at: datetime | None = None


class Stay(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """住院 of a person as another registration sees it."""

    id: int
    pooling_area: str
    institution_code: str
    kind: str
    began_at: datetime
    ended_at: datetime | None = None


class Person(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """参保人 as the register knows the person on the day of the visit."""

    id: int
    person_no: str
    name: str
    certificate_type: str
    certificate_no: str
    sex: str
    born_on: date
    died_on: date | None = None
    pooling_area: str
    scheme: str | None = None
    status: str
    card_no: str | None = None
    card_status: str | None = None


class BeforeRegistration(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a registration must know, as of one statement."""

    person: Person | None = None
    open_stay: Stay | None = None
    last_stay: Stay | None = None


class Filed(msgspec.Struct, frozen=True, gc=False):
    """备案 valid on [start, until); naming no institution it holds at any."""

    institution_codes: tuple[str, ...]
    start: date = msgspec.field(name="from")
    until: date

    def holds(self, on: date) -> bool:
        return self.start <= on < self.until


class Days(msgspec.Struct, frozen=True, gc=False):
    """住院 from the day of admission to that of discharge, which is not counted; None while it lasts."""

    start: date = msgspec.field(name="from")
    until: date | None = None


class Decision(msgspec.Struct, frozen=True, gc=False):
    """第三方责任认定: a share in millionths, or an amount in fen, or nothing."""

    verdict: str
    share_ppm: int | None = None
    amount_fen: int | None = None


class Circumstances(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What was filed for an encounter, decided about it, and where the person lay meanwhile; only where it matters."""

    filings: tuple[Filed, ...] = ()
    stays: tuple[Days, ...] = ()
    decision: Decision | None = None


class Open(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """就诊 as an upload, a change or a discharge sees it."""

    pooling_area: str
    id: int
    institution_code: str
    person_no: str
    sex: str
    born_on: date
    scheme: str
    care_type: str
    kind: str
    state: str
    began_at: datetime
    ended_at: datetime | None = None
    disease_code: str = ""
    emergency: bool = False
    referral: str = "none"
    third_party: bool = False
    readmission_of: int | None = None
    diagnoses: tuple[Diagnosis, ...] = ()
    particulars: dict[str, Any] = {}
    settled: bool = False
    used: dict[str, Used] = {}
    originals: tuple[Original, ...] = ()
    circumstances: Circumstances | None = None


class Registration(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """登记 of a visit or stay, as the hospital asks for it."""

    institution_code: str
    person_no: str
    scheme: str
    care_type: str
    kind: str
    began_at: datetime
    chart_no: str = ""
    department_code: str = ""
    department: str = ""
    bed: str = ""
    physician_code: str = ""
    physician: str = ""
    disease_code: str = ""
    diagnoses: tuple[Diagnosis, ...] = ()
    emergency: bool = False
    referral: str = "none"
    third_party: bool = False
    credential_type: str = ""
    credential_no: str = ""
    particulars: dict[str, Any] = {}


class Registered(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """登记结果: the new encounter's id and what the hospital should know."""

    pooling_area: str
    id: int
    person_no: str
    notes: tuple[str, ...] = ()
