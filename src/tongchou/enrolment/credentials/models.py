"""Tables of cards and other media (卡务与就诊介质; ENR-29, ENR-30)."""

from django.db import models
from django.db.models import F, Q

from tongchou.enrolment.credentials.states import CardAct, MediumKind


class CardEvent(models.Model):
    """卡务记录: what happened to a card, when, by whom, and who stood at the window; only ever inserted (ENR-29).

    `staff_code` is empty where the person did it by self-service; `said_by` then is the person or the agent.
    """

    card = models.ForeignKey("enrolment.SocialSecurityCard", on_delete=models.PROTECT, related_name="events")
    act = models.CharField("事项", max_length=12, choices=CardAct)
    at = models.DateTimeField("时间")
    staff_code = models.CharField("经办人", max_length=30, blank=True)
    said_by = models.CharField("申报人、领取人", max_length=50, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(act=CardAct.HANDED_OUT) | ~Q(said_by=""), name="card_event_handed_out_to_somebody"
            )
        ]
        ordering = ["-at", "-id"]


class LinkedMedium(models.Model):
    """就诊介质: another card that stands for the person until the social security card takes over (ENR-30).

    Days are half-open: `valid_until` is the first day on which only the social security card is accepted.
    """

    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="media")
    kind = models.CharField("介质种类", max_length=12, choices=MediumKind)
    number = models.CharField("介质号码", max_length=32, db_collation="C")
    valid_from = models.DateField("起")
    valid_until = models.DateField("止")
    staff_code = models.CharField("登记人", max_length=30)
    linked_at = models.DateTimeField("登记时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="linked_medium_number_once"),
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="linked_medium_span_in_order"),
        ]


class CardTally(models.Model):
    """发卡进度: how many of a unit's insured have which card, counted by the clock (ENR-30)."""

    pooling_area = models.CharField("统筹区", max_length=6)
    unit_code = models.CharField("参保单位", max_length=12, db_collation="C")
    insured = models.PositiveIntegerField("参保人数")
    in_use = models.PositiveIntegerField("持卡人数")
    making = models.PositiveIntegerField("制卡中")
    awaiting = models.PositiveIntegerField("待领取")
    lost = models.PositiveIntegerField("挂失")
    media_only = models.PositiveIntegerField("仅有其他介质")
    counted_at = models.DateTimeField("统计时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "unit_code"], name="card_tally_once"),
            models.CheckConstraint(
                condition=Q(insured__gte=F("in_use") + F("making") + F("awaiting") + F("lost") + F("media_only")),
                name="card_tally_adds_up",
            ),
        ]

    @property
    def without(self) -> int:
        """Those who have nothing at all (无卡人数)."""
        return self.insured - self.in_use - self.making - self.awaiting - self.lost - self.media_only
