"""Purchases at pharmacies (定点药店购药; NC-ACCT §9; NM-ACCT §11; SET-09): lines, visit and settlement at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from tongchou.encounters import charging
from tongchou.encounters.care_types import SCHEME_NAMES
from tongchou.encounters.charging import Setting
from tongchou.encounters.checks import PersonUnknown, check_not_in_future, local_day
from tongchou.encounters.commands import encounter_row
from tongchou.encounters.facts import Line, Patient, Rated, Registration
from tongchou.platform.ids import take_dated
from tongchou.settlement import checks, rules, statements, terms
from tongchou.settlement.commands.attempts import settlement_id, until_unmoved
from tongchou.settlement.commands.settling import REFUSALS, Render, row, said
from tongchou.settlement.facts import Asked, Batch, Bill, Person, Reading
from tongchou.settlement.rules import Computed, Way
from tongchou.settlement.statements import Visit
from tongchou.wire.booking import BookingKey


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """购药: when, of what kind, and the drugs; all of one batch."""

    began_at: datetime
    care_type: str
    kind: str
    disease_code: str
    lines: Sequence[Line]


def settle_purchase(*, key: BookingKey, asked: Asked, purchase: Purchase, render: Render) -> bytes:
    """药店结算 (2102): rates the lines, settles them and puts everything down at once. Amounts in fen.

    Raises: what `checks` and the rating refuse, MissingParameter, PolicyMissing.
    """

    def settle_once() -> bytes:
        reading, computed, rated = _computed(key, asked, purchase, _encounter_id(key))
        settlement = settlement_id(key)
        answer = render(said(key, asked, reading, computed, settlement, lines=rated))
        earlier = statements.record_purchase(
            key,
            asked.person_no,
            answer,
            row(key, asked, reading, computed, settlement),
            visit=_visit(key, asked, reading, purchase, rated),
            refusals=REFUSALS,
        )
        return answer if earlier is None else earlier

    return until_unmoved(settle_once, lambda: statements.lock_person(asked.person_no))


def presettle_purchase(*, key: BookingKey, asked: Asked, purchase: Purchase, render: Render) -> bytes:
    """药店预结算 (BEN-43; 2101): the same figures, nothing written. Raises: as `settle_purchase`.

    The answer must name a visit; the id it names is given to no other.
    """
    reading, computed, rated = _computed(key, asked, purchase, _encounter_id(key))
    return render(said(key, asked, reading, computed, None, lines=rated))


def _encounter_id(key: BookingKey) -> int:
    return take_dated("encounter", local_day(key.received_at))


def _computed(
    key: BookingKey, asked: Asked, purchase: Purchase, encounter: int
) -> tuple[Reading, Computed, list[Rated]]:
    """Read, check, rate, compute."""
    on = purchase.began_at.date()
    check_not_in_future(on, now=key.received_at, title="开始时间(begntime)")
    scheme = asked.scheme or ""
    found = statements.read_purchase(asked.person_no, scheme, on)
    person = found.person
    if person is None:
        raise PersonUnknown(person_no=asked.person_no)
    if person.scheme != scheme:
        enrolled = SCHEME_NAMES[person.scheme] if person.scheme else "未参保"
        raise checks.NotEnrolledInScheme(enrolled=enrolled)
    today = local_day(key.received_at)
    standing = terms.standing(key.institution_code, scheme=scheme, kind=purchase.kind, level_on=on, agreed_on=today)
    checks.check_institution(standing)
    rated = charging.rate(_setting(key, purchase, person), purchase.lines)
    bill = _bill(key, asked, purchase, person, encounter, rated)
    checks.check_total(asked.total_fen, bill.total_fen)
    reading = Reading(
        bill=bill, person=person, coverage=found.coverage, years=found.years, balance_fen=found.balance_fen
    )
    checks.check_visit_covered(reading, asked, on)
    computed = rules.compute(
        reading,
        [rules.whole_cut(bill, (), on, on.year)],
        level=standing.level,
        use_account=asked.use_account,
        choose=terms.package,
        way=Way(prescribed=all(line.prescription_no for line in purchase.lines)),
    )
    return reading, computed, rated


def _setting(key: BookingKey, purchase: Purchase, person: Person) -> Setting:
    """Where and to whom the drugs were sold."""
    on = purchase.began_at.date()
    return Setting(
        pooling_area=person.pooling_area,
        institution_code=key.institution_code,
        level=terms.level_of(key.institution_code, on),
        scheme=person.scheme or "",
        kind=purchase.kind,
        patient=Patient(person.sex, person.born_on, (), emergency=False),
        began_on=on,
        until=local_day(key.received_at),
    )


def _bill(
    key: BookingKey, asked: Asked, purchase: Purchase, person: Person, encounter: int, rated: list[Rated]
) -> Bill:
    """The purchase as a bill of its batches."""
    return Bill(
        pooling_area=person.pooling_area,
        id=encounter,
        institution_code=key.institution_code,
        person_id=person.id,
        scheme=person.scheme or "",
        care_type=purchase.care_type,
        kind=purchase.kind,
        state="open",
        began_on=purchase.began_at.date(),
        disease_code=purchase.disease_code,
        credential_type=asked.credential_type,
        batches=tuple(msgspec.convert(batch, Batch) for batch in charging.batch_rows(rated)),
    )


def _visit(key: BookingKey, asked: Asked, reading: Reading, purchase: Purchase, rated: list[Rated]) -> Visit:
    """The rows of the visit."""
    wanted = Registration(
        institution_code=key.institution_code,
        person_no=asked.person_no,
        scheme=reading.bill.scheme,
        care_type=purchase.care_type,
        kind=purchase.kind,
        began_at=purchase.began_at,
        disease_code=purchase.disease_code,
        credential_type=asked.credential_type,
    )
    encounter: dict[str, Any] = encounter_row(reading.bill.id, reading.person, wanted, at=key.received_at)
    encounter["state"] = checks.SETTLED
    return Visit(encounter, charging.batch_rows(rated), [charging.line_row(one) for one in rated])
