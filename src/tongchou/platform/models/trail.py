"""The trail: who did, saw or was refused what (操作日志; GX2017 §133), and its hash chain."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Func, Q

from tongchou.platform.states import TrailOutcome

NO_AREA = "000000"
"""The pooling area of entries that belong to none: logins, the calendar, province-level work."""


class NextTrailId(Func):
    """The next id, drawn by the database after the transaction has its own number (see the migration)."""

    function = "platform_next_trail_id"
    output_field = models.BigIntegerField()


class TrailEntry(models.Model):
    """One line of the trail. Only ever inserted: grants and triggers refuse the rest.

    No foreign keys: an entry must never fail, wait or vanish because of another row.
    """

    pk = models.CompositePrimaryKey("pooling_area", "id")
    pooling_area = models.CharField("统筹区", max_length=6, default=NO_AREA)
    id = models.BigIntegerField(db_default=NextTrailId())
    at = models.DateTimeField("时间")
    action = models.CharField("操作", max_length=60)
    outcome = models.CharField("结果", max_length=10, choices=TrailOutcome)
    operator_id = models.BigIntegerField("经办人", null=True)
    staff_code = models.CharField("工作人员代码", max_length=30, blank=True)
    unit_code = models.CharField("机构代码", max_length=12, blank=True)
    object_kind = models.CharField("对象类别", max_length=40, blank=True)
    object_key = models.CharField("对象编号", max_length=64, blank=True)
    detail = models.JSONField("内容", default=dict)
    address = models.CharField("来源地址", max_length=45, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="trail_entry_id"),
            BrinIndex(fields=["at"], name="trail_entry_at", pages_per_range=32, autosummarize=True),
            models.Index(
                fields=["object_kind", "object_key", "id"], condition=~Q(object_key=""), name="trail_entry_object"
            ),
            models.Index(fields=["action", "id"], name="trail_entry_action"),
            models.Index(
                fields=["outcome", "id"], condition=~Q(outcome=TrailOutcome.DONE), name="trail_entry_not_done"
            ),
            models.Index(fields=["staff_code", "id"], condition=~Q(staff_code=""), name="trail_entry_staff"),
        ]


class TrailSeal(models.Model):
    """A block of sealed entries, chained to the block before (日志封印).

    `covered` names the sealed ids as ranges (`5-9,12-12`); `digests` holds eight bytes per entry, in id order, so that
    a changed entry can be named; `hash` covers the full entries, the ranges, the digests and the previous hash.
    `snapshot_xmax` and `cluster` say when ids up to `last_id` can no longer appear; up to `settled_id` they could not
    any more when the seal was made, and all that exist are sealed.
    """

    number = models.BigIntegerField("封印号", primary_key=True)
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    entry_count = models.PositiveIntegerField("条数")
    covered = models.TextField("编号范围")
    digests = models.BinaryField()
    previous_hash = models.BinaryField()
    hash = models.BinaryField(unique=True)
    sealed_at = models.DateTimeField("封印时间")
    settled_id = models.BigIntegerField()
    snapshot_xmax = models.BigIntegerField()
    cluster = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(number__gte=1), name="trail_seal_numbers_begin_at_one"),
            models.CheckConstraint(condition=Q(entry_count__gte=1), name="trail_seal_holds_something"),
        ]
