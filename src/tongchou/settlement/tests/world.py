"""A small invented place for settlement tests: people, cover, visits with charges, written straight into the tables.

The numbers of T-SET (requirements/08) rule in pooling area 450100.
"""

import functools
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import msgspec
from django.apps import apps
from django.conf import settings

from tongchou.kernel.money import Money
from tongchou.parameters.queries import using as using
from tongchou.policy.packages import Package, PolicyBook
from tongchou.settlement import commands
from tongchou.settlement.facts import Asked
from tongchou.settlement.outcome import Settled
from tongchou.wire import database
from tongchou.wire.booking import BookingKey
from tongchou.wire.moments import SHANGHAI

AREA = "450100"
UNIT = "450102"
HOSPITAL, CLINIC, TEACHING, PHARMACY = "H45010000002", "H45010000001", "H45010000003", "P45010000001"
LEVELS = {CLINIC: 1, HOSPITAL: 2, TEACHING: 3}
MIDDAY = time(12, 0)
VISITS = frozenset({"outpatient", "chronic", "emergency"})
STAYS = frozenset({"inpatient", "maternity", "day_surgery", "home_bed"})
PURCHASES = frozenset({"pharmacy"})

FAR_FROM_THE_SEQUENCE = 5 * 10**10

_numbers: Iterator[int] = itertools.count(1)


def tset(changes: Mapping[str, Any] | None = None, *, texts: Mapping[str, str] | None = None) -> Package:
    """The package of T-SET, put in force in the tests' area, with other values or texts where given."""
    text = (Path(settings.POLICIES) / "test/resident/2018-01-01.yaml").read_text()
    for old, new in {"area: test": f"area: {AREA}", **(texts or {})}.items():
        text = text.replace(old, new, 1)
    package = _parsed(text)
    return package.draft(changes) if changes else package


@functools.cache
def _parsed(text: str) -> Package:
    """Packages do not change, and to read one takes longer than many a test."""
    return Package.parse(text.encode(), "T-SET")


PHARMACIES = {
    "  outpatient: 普通门诊\n": "  outpatient: 普通门诊\n  pharmacy: 定点药店购药\n",
    "      - rule: maternity\n": """      - rule: pharmacy
        label: 药店购药不由统筹支付
        article: NM-ACCT §11
        when: {kind: [pharmacy]}
        pays: nothing

      - rule: maternity
""",
}
"""T-SET with pharmacies among its kinds: the account may pay there, the pool does not."""


def book(*packages: Package) -> PolicyBook:
    return PolicyBook.of(packages or [tset()])


def at(day: date | str, moment: time = MIDDAY) -> datetime:
    """Midday of that day in Beijing."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime.combine(day, moment, tzinfo=SHANGHAI)


def yuan(text: str) -> int:
    return int(Money.yuan(text))


class Person(msgspec.Struct, frozen=True):
    id: int
    number: str


def area() -> None:
    """The pooling area's row."""
    apps.get_model("platform", "PoolingArea").objects.get_or_create(
        code=AREA, defaults={"name": "桂宁市", "level": "city", "valid_from": date(2010, 1, 1)}
    )


def person(
    *, groups: Sequence[str] = (), born_on: str = "1980-05-20", covered: Sequence[tuple[str, str]] | None = None
) -> Person:
    """Somebody enrolled as a resident and covered in 2017 to 2020, unless told otherwise."""
    area()
    number = next(_numbers)
    made = apps.get_model("enrolment", "Person").objects.create(
        person_no=f"{AREA}9{number:013d}",
        certificate_type="01",
        certificate_no=f"{AREA}19800520{number:04d}",
        name=f"张{number}",
        sex="M",
        born_on=born_on,
        pooling_area_id=AREA,
        unit_code=UNIT,
        created_at=at("2016-01-01"),
    )
    apps.get_model("enrolment", "Enrolment").objects.create(
        person=made,
        pooling_area_id=AREA,
        scheme="resident",
        unit_code=UNIT,
        category="adult",
        enrolled_from="2016-01-01",
        created_at=at("2016-01-01"),
    )
    for since, until in (
        covered if covered is not None else [(f"{y}-01-01", f"{y + 1}-01-01") for y in range(2017, 2021)]
    ):
        cover(made.id, since, until)
    for group in groups:
        apps.get_model("enrolment", "SpecialGroupSpan").objects.create(
            person=made, category=group, valid_from="2016-01-01", created_at=at("2016-01-01")
        )
    return Person(made.id, made.person_no)


def cover(person_id: int, since: str, until: str) -> None:
    apps.get_model("contributions", "CoverageSpan").objects.create(
        person_id=person_id,
        pooling_area_id=AREA,
        scheme="resident",
        benefit_year=int(since[:4]),
        covered_from=since,
        covered_until=until,
        rule="GX2017 §22",
        created_at=at("2016-01-01"),
    )


def key(
    infno: str = "2207", *, msgid: str = "", on: datetime, institution: str = HOSPITAL, body: str = ""
) -> BookingKey:
    """A message's key; a fresh message id unless given."""
    msgid = msgid or f"M{next(_numbers):09d}"
    digest = (body or msgid).encode().ljust(32, b".")[:32]
    return BookingKey(institution, infno, msgid, digest, f"R{next(_numbers):09d}", "007", "李医保", on)


class Visit(msgspec.Struct, frozen=True):
    """An encounter as the tests speak of it."""

    id: int
    who: Person
    institution: str
    began_on: date
    is_stay: bool


def visit(
    who: Person,
    on: str = "2018-03-15",
    *,
    kind: str = "outpatient",
    institution: str = HOSPITAL,
    until: str | None = None,
    **facts: Any,
) -> Visit:
    """An encounter begun on that day; a stay with `until` is discharged that day."""
    began = date.fromisoformat(on)
    encounter = (began.year % 100 * 100 + began.month) * 10**11 + FAR_FROM_THE_SEQUENCE + next(_numbers)
    row = {
        "pooling_area": AREA,
        "id": encounter,
        "institution_code": institution,
        "person_id": who.id,
        "person_no": who.number,
        "sex": "M",
        "born_on": "1980-05-20",
        "scheme": "resident",
        "care_type": "11",
        "kind": kind,
        "state": "discharged" if until else "open",
        "began_at": at(began),
        "ended_at": at(until) if until else None,
        "registered_at": at(began),
        "diagnoses": [],
        "emergency": False,
        "referral": "none",
        "place": "home",
        "third_party": False,
        "readmission_filed": False,
        "registered_late": False,
        "particulars": {},
        **facts,
    }
    texts = (
        "chart_no department_code department bed physician_code physician disease_code diagnosis_code diagnosis "
        "disposition credential_type"
    )
    row = {**dict.fromkeys(texts.split(), ""), **row}
    _insert("encounters_encounter", row)
    return Visit(encounter, who, institution, began, kind in STAYS)


def _insert(table: str, row: Mapping[str, Any]) -> None:
    text = msgspec.json.encode(row).decode()
    database.run(f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %s::jsonb)", text)


class Line(msgspec.Struct, frozen=True):
    """A charge by class, in fen, served on a day (the visit's first by default), perhaps for a disease."""

    own: int = 0
    over: int = 0
    pre: int = 0
    scope: int = 0
    on: str = ""
    category: str = "09"
    disease: str = ""

    @property
    def amount(self) -> int:
        return self.own + self.over + self.pre + self.scope


def classes(*, a: str = "0", b: str = "0", c: str = "0", on: str = "") -> list[Line]:
    """甲 a, 乙 b with 10 % first self-pay, 丙 c, in yuan."""
    of_b = yuan(b)
    lines = [Line(scope=yuan(a), on=on), Line(pre=of_b // 10, scope=of_b - of_b // 10, on=on), Line(own=yuan(c), on=on)]
    return [line for line in lines if line.amount]


def charge(of: Visit, lines: Sequence[Line], *, batch: str = "1") -> int:
    """Upload charges of a visit; their total in fen."""
    days = [date.fromisoformat(line.on) if line.on else of.began_on for line in lines]
    sums = {
        "own_expense_fen": sum(line.own for line in lines),
        "over_price_fen": sum(line.over for line in lines),
        "pre_self_pay_fen": sum(line.pre for line in lines),
        "in_scope_fen": sum(line.scope for line in lines),
        "total_fen": sum(line.amount for line in lines),
    }
    categories: dict[str, int] = {}
    for line in lines:
        categories[line.category] = categories.get(line.category, 0) + line.amount
    marked: dict[str, list[int]] = {}
    for line in lines:
        if line.disease:
            before = marked.get(line.disease, [0, 0, 0, 0])
            parts = (line.own, line.over, line.pre, line.scope)
            marked[line.disease] = [one + other for one, other in zip(before, parts, strict=True)]
    row = {
        "pooling_area": AREA,
        "encounter_id": of.id,
        "batch_no": batch,
        "lines": len(lines),
        "first_served_on": min(days),
        "last_served_on": max(days),
        "category_fen": categories,
        "marked_fen": marked or None,
        "uploaded_at": at(of.began_on),
        **sums,
    }
    _insert("encounters_chargebatch", row)
    for line, day in zip(lines, days, strict=True):
        database.run(
            "INSERT INTO encounters_chargeline (pooling_area, encounter_id, serial, batch_no, item_code,"
            " charge_category, pay_class, served_at, quantity, unit_price, amount_fen, pre_self_pay_ratio,"
            " own_expense_fen, over_price_fen, pre_self_pay_fen, in_scope_fen, disease_code)"
            " VALUES (%s, %s, %s, %s, 'X', %s, '01', %s, 1, %s::numeric / 100, %s, 0, %s, %s, %s, %s, %s)",
            AREA, of.id, f"L{next(_numbers)}", batch, line.category, at(day), line.amount, line.amount, line.own,
            line.over, line.pre, line.scope, line.disease,
        )  # fmt: skip
    return sums["total_fen"]


def asked(of: Visit, total: int, **changes: Any) -> Asked:
    return Asked(
        **{"person_no": of.who.number, "total_fen": total, "scheme": "resident", "stay": of.is_stay, **changes}
    )


class Kept:
    """A renderer that keeps what it was given; the answer names the settlement."""

    settled: Settled | None = None

    def __call__(self, settled: Settled) -> bytes:
        self.settled = settled
        return f"{settled.settlement_id}".encode()


def settle(of: Visit, total: int, *, on: datetime | None = None, batch: str | None = None, **changes: Any) -> Settled:
    """Settle the visit now (the day it began, or today of the stay's end)."""
    kept = Kept()
    commands.settle_encounter(
        key=changes.pop("key", None) or key(on=on or at(of.began_on), institution=of.institution),
        asked=asked(of, total, **changes),
        area=AREA,
        encounter=of.id,
        batch=batch,
        render=kept,
    )
    assert kept.settled is not None
    return kept.settled


def try_out(of: Visit, total: int, *, on: datetime | None = None, batch: str | None = None, **changes: Any) -> Settled:
    """Pre-settle the visit."""
    kept = Kept()
    commands.presettle(
        key=key("2206", on=on or at(of.began_on), institution=of.institution),
        asked=asked(of, total, **changes),
        area=AREA,
        encounter=of.id,
        batch=batch,
        render=kept,
    )
    assert kept.settled is not None
    return kept.settled


def cancel(of: Visit, settlement: int, *, on: datetime | None = None, **changes: Any) -> Settled:
    """Take a settlement back."""
    kept = Kept()
    given = {
        "key": key("2208", on=on or at(of.began_on), institution=of.institution),
        "area": AREA,
        "settlement": settlement,
        "person_no": of.who.number,
        "encounter": of.id,
        "kinds": STAYS if of.is_stay else VISITS | PURCHASES,
        "reason": "退费",
        "render": kept,
    }
    commands.cancel_settlement(**{**given, **changes})
    assert kept.settled is not None
    return kept.settled


def settled_visit(who: Person, lines: Sequence[Line], on: str = "2018-03-15", **visiting: Any) -> tuple[Visit, Settled]:
    """A visit with its charges, settled on the day it ended."""
    made = visit(who, on, **visiting)
    total = charge(made, lines)
    return made, settle(made, total, on=at(visiting.get("until") or on))


def discharge(of: Visit, on: str) -> None:
    """The stay ends that day."""
    database.run("UPDATE encounters_encounter SET state = 'discharged', ended_at = %s WHERE id = %s", at(on), of.id)


def preset(who: Person, amounts: Mapping[str, int], year: int = 2018) -> None:
    """The year-to-date as if settled before; only for tests that do not recompute it."""
    database.run(
        "INSERT INTO settlement_accumulator VALUES (%s, %s, 'resident', %s, 1, %s::jsonb)",
        AREA, who.id, year, json.dumps(dict(amounts)),
    )  # fmt: skip


def accumulators(who: Person, year: int = 2018) -> dict[str, int]:
    found = database.row(
        "SELECT amounts FROM settlement_accumulator WHERE person_id = %s AND benefit_year = %s", who.id, year
    )
    return json.loads(found[0]) if found else {}


def recomputed(who: Person, year: int = 2018) -> dict[str, int]:
    """Σ of what the person-year's settlements and cancellations added."""
    rows = database.rows(
        "SELECT d.key, sum(d.value::bigint)::bigint FROM settlement_settlement s,"
        " jsonb_each_text(coalesce(s.receipt -> 'deltas' -> %s, '{}')) d WHERE s.person_id = %s GROUP BY 1",
        str(year), who.id,
    )  # fmt: skip
    return {name: amount for name, amount in rows if amount}


def credit(person_id: int, amount: str) -> None:
    """Money put into the person's account."""
    commands.credit_account(
        pooling_area=AREA, person_id=person_id, amount=Money.yuan(amount), document=f"划账{next(_numbers)}",
        operator="会计01", now=at("2018-01-10"),
    )  # fmt: skip


def balance(person_id: int) -> int:
    found = database.row("SELECT balance_fen FROM settlement_personalaccount WHERE person_id = %s", person_id)
    return int(found[0]) if found else 0


def dues(settlement: int) -> dict[str, int]:
    return dict(
        database.rows("SELECT fund_code, amount_fen FROM fund_institutiondue WHERE settlement_id = %s", settlement)
    )


def count(table: str) -> int:
    found = database.row(f"SELECT count(*) FROM {table}")
    assert found is not None
    return int(found[0])


UTC_NOW = datetime(2018, 3, 15, 4, tzinfo=UTC)
A_DAY = timedelta(days=1)
