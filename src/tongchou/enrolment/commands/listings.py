"""Persons on a department's list who are not insured (未参保困难人员; ENR-11)."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from tongchou.enrolment import rules
from tongchou.enrolment.commands.steps import ReasonMissing
from tongchou.enrolment.models import Listing, Person, SpecialGroupSpan
from tongchou.enrolment.states import ListingState, SpecialCategory
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail


class ListingUnknown(DomainError):
    code = "EN-1421"
    message = "没有编号为{listing}的未参保困难人员"
    citation = "JL2019 §7"


class ListingNotOpen(DomainError):
    code = "EN-1422"
    message = "“{name}”已于{at}办结({state}),不能再次办结"
    citation = "JL2019 §7"


def take_over_listings(person: Person, *, enrolled_on: date, now: datetime) -> None:
    """名单互认 (JL2019 §7(四)): what a department has listed becomes the flag of the person who now enrols.

    A step of the enrolment's transaction. An entry whose days are over gives nothing and is closed all the same.
    """
    listings = Listing.objects.select_for_update().filter(
        certificate_type=person.certificate_type, certificate_no=person.certificate_no, state=ListingState.OPEN
    )
    for listing in listings:
        since = max(listing.valid_from, enrolled_on)
        until = rules.special_group_until(SpecialCategory(listing.category), listing.valid_from, listing.valid_until)
        if (until is None or since < until) and not _held(person, listing.category, since):
            SpecialGroupSpan.objects.create(
                person=person,
                category=listing.category,
                valid_from=since,
                valid_until=until,
                source=listing.source,
                evidence=listing.evidence,
                created_at=now,
            )
        listing.state, listing.closed_at = ListingState.ENROLLED, now
        listing.save(update_fields=["state", "closed_at"])


def _held(person: Person, category: str, since: date) -> bool:
    return person.special_groups.filter(Q(valid_until=None) | Q(valid_until__gt=since), category=category).exists()


@transaction.atomic(durable=True)
def close_listing(*, listing_id: int, reason: str, operator: platform.Operator, now: datetime) -> Listing:
    """不再办理: insured elsewhere, died, will not enrol; with the reason (ENR-11).

    Raises: ListingUnknown, ListingNotOpen, ReasonMissing, NoPermission, OutOfScope.
    """
    listing = Listing.objects.select_for_update().filter(pk=listing_id).first()
    if listing is None:
        raise ListingUnknown(listing=listing_id)
    if listing.unit_code:
        platform_checks.check_in_scope(operator, "enrolment.change", listing.unit_code, now)
    else:
        platform_checks.check_area_in_scope(operator, "enrolment.change", listing.pooling_area_id, now)
    if listing.state != ListingState.OPEN:
        raise ListingNotOpen(
            name=listing.name, at=f"{listing.closed_at:%Y-%m-%d}", state=ListingState(listing.state).label
        )
    if not reason.strip():
        raise ReasonMissing
    listing.state, listing.closed_at = ListingState.CLOSED, now
    listing.closed_reason, listing.closed_by = reason.strip(), operator.staff_code
    listing.save(update_fields=["state", "closed_at", "closed_reason", "closed_by"])
    trail.record(
        "enrolment.close_listing",
        at=now,
        operator=operator,
        pooling_area=listing.pooling_area_id,
        unit_code=listing.unit_code,
        object_kind="listing",
        object_key=listing.pk,
        detail={"reason": listing.closed_reason},
    )
    return listing
