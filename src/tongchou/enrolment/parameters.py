"""Procedural choices of enrolment (参保经办参数), each with its article. Not benefits: no package holds them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tongchou.enrolment.rules import PLACE_BY_HUKOU
from tongchou.enrolment.states import Credential


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
    card_make_days: int
    """card.make_days: days until a new card is ready to be fetched (ENR-29)."""
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
            Credential.ELECTRONIC,
            Credential.FACE,
        }
    ),
    residence_warning=timedelta(days=60),
    suspends_at_expiry=True,
    yearly_review=True,  # GX2017 §8
    card_make_days=20,  # GX2017 §13: “规定时间”
    account_watch=timedelta(days=7),
    recognises_paid_year=True,  # GX2017 §16
)


def procedure(pooling_area: str) -> Procedure:
    """The choices that rule an area; one set until a second region brings its own (decision 0034)."""
    return GX2017
