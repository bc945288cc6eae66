"""Tables of merges (人员归并; ENR-17)."""

from django.db import models
from django.db.models import F, Q

from tongchou.enrolment.merging.states import RowAct


class PersonMerge(models.Model):
    """人员归并: `merged` turned out to be `survivor`, on what evidence; split again when that was wrong (ENR-17).

    A record is merged away once at a time; the older merges of a chain are split last.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    unit_code = models.CharField("参保单位", max_length=12)
    survivor = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="merges")
    merged = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="merged_by")
    case_number = models.CharField("受理号", max_length=40)
    reason = models.CharField("归并原因", max_length=200)
    evidence = models.CharField("依据", max_length=400)
    merged_at = models.DateTimeField("归并时间")
    merged_by_staff = models.CharField("审批人", max_length=30)
    split_case = models.CharField("拆分受理号", max_length=40, blank=True)
    split_reason = models.CharField("拆分原因", max_length=200, blank=True)
    split_evidence = models.CharField("拆分依据", max_length=400, blank=True)
    split_at = models.DateTimeField("拆分时间", null=True)
    split_by_staff = models.CharField("拆分审批人", max_length=30, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merged"], condition=Q(split_at=None), name="person_merged_once"),
            models.CheckConstraint(condition=~Q(survivor=F("merged")), name="person_merge_of_two"),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(evidence=""), name="person_merge_with_evidence"),
            models.CheckConstraint(
                condition=Q(split_at=None, split_reason="")
                | (Q(split_at__isnull=False) & ~Q(split_reason="") & ~Q(split_evidence="")),
                name="person_split_with_evidence",
            ),
        ]
        indexes = [models.Index(fields=["unit_code", "-id"], name="person_merge_unit")]


class FollowedRow(models.Model):
    """归并的每一行: what a row said before and after a merge or a split, by table and key; only ever inserted.

    The tables that are never edited let a row's person change only beside such a line of the same transaction.
    """

    merge = models.ForeignKey(PersonMerge, on_delete=models.PROTECT, related_name="rows", db_index=False)
    act = models.CharField("处理", max_length=8, choices=RowAct)
    table_name = models.CharField("表", max_length=60)
    row_key = models.JSONField("键")
    before = models.JSONField("原内容")
    after = models.JSONField("新内容")
    caption = models.CharField("内容", max_length=200, blank=True)
    transaction = models.BigIntegerField("事务")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merge", "act", "table_name", "row_key"], name="followed_row_once"),
        ]
        indexes = [models.Index(fields=["transaction"], name="followed_row_transaction")]
