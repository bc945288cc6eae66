"""The duty matrix (职责分工表; JL2019 §2; GX2017 §3, 45; ORG-03). Decision 0209."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongchou.platform.models.dated import DatedRows
from tongchou.platform.models.operators import Operator
from tongchou.platform.models.organisation import OrgUnit
from tongchou.platform.ranges import no_overlap
from tongchou.platform.states import Duty, EditionState, UnitLevel


class DutyEdition(models.Model):
    """One edition of the matrix of a province or a city; approved ones follow each other without a common day.

    `savers` are the citizen IDs of everybody who wrote on the draft: none of them approves it.
    """

    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="duty_editions", verbose_name="机构")
    state = models.CharField("状态", max_length=10, choices=EditionState, default=EditionState.DRAFT)
    valid_from = models.DateField("生效日期")
    valid_until = models.DateField("终止日期", null=True)
    version = models.PositiveIntegerField("版本", default=1)
    is_first_data = models.BooleanField("随系统提供", default=False)
    savers = ArrayField(models.CharField(max_length=18), default=list)
    made_by = models.ForeignKey(Operator, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("起草时间")
    decided_by = models.ForeignKey(Operator, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("核准时间", null=True)
    note = models.CharField("意见", max_length=200, blank=True)

    objects = DatedRows.as_manager()

    class Meta:
        constraints = [
            no_overlap(
                "duty_edition_one_in_force",
                "unit",
                span=("valid_from", "valid_until"),
                condition=Q(state=EditionState.APPROVED),
            ),
            models.UniqueConstraint(
                fields=["unit"], condition=Q(state=EditionState.DRAFT), name="duty_edition_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="duty_edition_span_in_order"
            ),
            models.CheckConstraint(
                condition=Q(is_first_data=True, made_by=None, decided_by=None, state=EditionState.APPROVED)
                | Q(is_first_data=False, made_by__isnull=False),
                name="duty_edition_made_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(is_first_data=True)
                | Q(state=EditionState.DRAFT, decided_by=None, decided_at=None)
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(state=EditionState.DRAFT)),
                name="duty_edition_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("made_by")), name="duty_edition_two_persons"
            ),
        ]


class DutyCell(models.Model):
    """What one level does in one item, in one edition (职责); none at all is an empty list."""

    edition = models.ForeignKey(DutyEdition, on_delete=models.CASCADE, related_name="cells")
    item = models.CharField("事项", max_length=30)
    level = models.CharField("层级", max_length=20, choices=UnitLevel)
    duties = ArrayField(models.CharField(max_length=10, choices=Duty), verbose_name="职责", default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["edition", "level", "item"], name="duty_cell_once"),
            models.CheckConstraint(
                condition=Q(duties__contained_by=list(Duty.values)), name="duty_cell_holds_known_duties"
            ),
        ]
