"""What others may ask of cards and media (卡与就诊介质查询)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone

from tongchou.enrolment.credentials.models import CardEvent, CardTally, LinkedMedium
from tongchou.enrolment.credentials.states import CardAct, MediumKind
from tongchou.enrolment.models import SocialSecurityCard
from tongchou.enrolment.states import CardStatus
from tongchou.platform.scope import Scope


@dataclass(frozen=True, slots=True)
class Medium:
    """就诊介质 by its number (ENR-30)."""

    person_id: int
    kind: MediumKind
    valid_until: date

    @property
    def last_day(self) -> date:
        """The last day on which it was accepted (最后使用日)."""
        return self.valid_until - timedelta(days=1)

    def is_over(self, on: date) -> bool:
        """Whether only the social security card is accepted that day (已停止使用)."""
        return on >= self.valid_until


def medium(number: str) -> Medium | None:
    """The medium of that number; None for a card or nobody's (就诊介质)."""
    found = LinkedMedium.objects.filter(number=number.strip().upper()).first()
    return None if found is None else Medium(found.person_id, MediumKind(found.kind), found.valid_until)


def media_of(person_id: int) -> list[LinkedMedium]:
    """Every medium of a person, the latest first (就诊介质)."""
    return list(LinkedMedium.objects.filter(person_id=person_id).order_by("-linked_at", "-id"))


def events_of(person_id: int) -> list[CardEvent]:
    """卡务记录 of a person's cards, the latest first."""
    return list(CardEvent.objects.filter(card__person_id=person_id).select_related("card")[:100])


@dataclass(frozen=True, slots=True)
class Loss:
    """A card reported lost and not found since (挂失)."""

    tail: str
    since: datetime | None
    """Unknown of a card that came as lost from older books."""

    @property
    def in_words(self) -> str:
        at = f",自{timezone.localtime(self.since):%Y-%m-%d %H:%M}起停用" if self.since else ",已停用"
        return f"社会保障卡(尾号{self.tail})已挂失{at}"


def loss_of(person_id: int) -> Loss | None:
    """The card of a person that is blocked as lost, and since when (挂失; ENR-29)."""
    lost = SocialSecurityCard.objects.filter(person_id=person_id, status=CardStatus.LOST)
    reported = CardEvent.objects.filter(card=OuterRef("pk"), act=CardAct.LOST).values("at")[:1]
    card = lost.annotate(since=Subquery(reported)).order_by("-id").first()
    return Loss(card.number[-4:], card.since) if card else None


def cards_of(person_id: int) -> list[SocialSecurityCard]:
    """The cards of a person, the latest first (社会保障卡)."""
    return list(SocialSecurityCard.objects.filter(person_id=person_id).order_by("-id"))


def ordered_by(person_no: str, case_number: str) -> str:
    """The number of the card that an application ordered; empty until it is (新卡号)."""
    ordered = SocialSecurityCard.objects.filter(
        person__person_no=person_no, events__act=CardAct.APPLIED, events__note__contains=f"受理号{case_number})"
    )
    return ordered.values_list("number", flat=True).first() or ""


def in_making(*, scope: Scope, status: str = "") -> QuerySet[SocialSecurityCard]:
    """Cards being made or waiting to be fetched, inside a scope (制卡清单)."""
    states = [status] if status else [CardStatus.MAKING.value, CardStatus.AWAITING_PICKUP.value]
    found = SocialSecurityCard.objects.filter(scope.q("person__unit_code", "person__pooling_area"), status__in=states)
    return found.select_related("person")


@dataclass(frozen=True, slots=True)
class Issuing:
    """发卡进度 of a unit, or of the units below one."""

    unit_code: str
    insured: int = 0
    in_use: int = 0
    making: int = 0
    awaiting: int = 0
    lost: int = 0
    media_only: int = 0

    @property
    def without(self) -> int:
        """Those who have nothing at all (无卡人数)."""
        return self.insured - self.in_use - self.making - self.awaiting - self.lost - self.media_only


FIGURES = ("insured", "in_use", "making", "awaiting", "lost", "media_only")


def issuing(scope: Scope) -> tuple[dict[str, Issuing], datetime | None]:
    """发卡进度 by unit inside a scope, and when it was counted (ENR-30)."""
    inside = CardTally.objects.filter(scope.q("unit_code", "pooling_area"))
    rows = inside.values("unit_code").annotate(**{f"sum_{name}": Sum(name) for name in FIGURES}).order_by()
    found = {
        row["unit_code"]: Issuing(row["unit_code"], **{name: row[f"sum_{name}"] for name in FIGURES}) for row in rows
    }
    return found, inside.aggregate(at=Max("counted_at"))["at"]
