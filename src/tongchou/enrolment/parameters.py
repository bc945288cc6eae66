"""Procedural choices of enrolment (参保经办参数), each with its article. Not benefits: no package holds them."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from tongchou.enrolment.rules import PLACE_BY_HUKOU, PLACE_BY_HUKOU_OR_RESIDENCE
from tongchou.enrolment.states import Credential, EndingReason


@dataclass(frozen=True, slots=True)
class Procedure:
    """One set of choices, as a rule document gives them."""

    place_rule: str
    """enrol.place_rule: where a person may enrol (ENR-02)."""
    credentials: frozenset[str]
    """credential.allowed: what a hospital may accept (ENR-31)."""
    residence_warning: timedelta
    """enrol.foreign_expiry_action: how long before a residence document expires it is listed (ENR-13)."""
    suspends_at_expiry: bool
    """enrol.foreign_expiry_action: whether the relation is suspended from the day after."""
    yearly_review: bool
    """Whether yearly special groups end on 31 December (ENR-10)."""
    mandatory: frozenset[str]
    """What every row of the registration form must fill beside name, relation and certificate (ENR-03)."""
    village_review: bool
    """Whether the village signs and forwards before the review (ENR-06)."""
    county_review: bool
    """Whether the county decides after the review (ENR-08)."""
    card_make_days: int
    """card.make_days: days until a new card is ready to be fetched (ENR-29)."""
    card_ends: frozenset[EndingReason]
    """With which endings of the relation the card of this area is void; any other reason leaves it (decision 0326)."""
    account_watch: timedelta
    """A bank account changed this long before a payment is highlighted to the reviewer (ENR-19)."""
    recognises_paid_year: bool
    """transfer.year_recognition: a year paid for elsewhere is recognised after a transfer (ENR-26)."""


GX2017: Final = Procedure(
    place_rule=PLACE_BY_HUKOU,  # GX2017 §6
    credentials=frozenset(
        {
            Credential.CARD,  # GX2017 §63
            Credential.ID_CARD,
            Credential.HOUSEHOLD_BOOK,
            Credential.BIRTH_CERTIFICATE,
            Credential.FACE,  # GX2017 §67; the electronic credential is JL2019 §24's
        }
    ),
    residence_warning=timedelta(days=60),
    suspends_at_expiry=True,
    yearly_review=True,  # GX2017 §8
    card_make_days=20,  # GX2017 §13: “规定时间”
    card_ends=frozenset(  # GX2017 §15, §16
        {EndingReason.DEATH, EndingReason.MISSING, EndingReason.ABROAD, EndingReason.MOVED_OUT}
    ),
    account_watch=timedelta(days=7),
    recognises_paid_year=True,  # GX2017 §16
    mandatory=frozenset({"ethnicity"}),
    village_review=True,  # GX2017 §7(二)
    county_review=False,
)

JL2019: Final = replace(
    GX2017,
    place_rule=PLACE_BY_HUKOU_OR_RESIDENCE,  # JL2019 §6
    credentials=(GX2017.credentials - {Credential.FACE}) | {Credential.ELECTRONIC},  # JL2019 §24
    mandatory=frozenset({"phone", "address"}),  # JL2019 §7
    village_review=False,  # JL2019 §7: the agency itself
)

BY_DIVISION: Final = {"22": JL2019}
"""Which document rules an area, by the beginning of its division code; the longest that fits (decision 0260)."""


def procedure(pooling_area: str) -> Procedure:
    """The choices that rule an area: those of its province or city, else the first set (decisions 0034, 0260)."""
    fitting = [division for division in BY_DIVISION if pooling_area.startswith(division)]
    return BY_DIVISION[max(fitting, key=len)] if fitting else GX2017


def pick_up_day(pooling_area: str, ordered_on: date) -> date:
    """预计领卡日期 of a card ordered that day (`card.make_days`; ENR-29)."""
    return ordered_on + timedelta(days=procedure(pooling_area).card_make_days)
