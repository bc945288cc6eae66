"""Tables of incentive programmes (激励政策; CON-33). Amounts in whole fen."""

from django.db import models
from django.db.models import F, Q

from tongchou.contributions.programmes.states import Bearer, Kept, ProgrammeKind


class Programme(models.Model):
    """激励政策: valid `[valid_from, valid_until)`; the personal share (backpay.personal_share) and the waiting time."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    code = models.CharField("政策编号", max_length=20, db_collation="C")
    name = models.CharField("政策名称", max_length=100)
    kind = models.CharField("种类", max_length=10, choices=ProgrammeKind)
    valid_from = models.DateField("有效期起")
    valid_until = models.DateField("有效期止", null=True)
    share_of = models.PositiveSmallIntegerField("个人负担份数")
    share_in = models.PositiveSmallIntegerField("总份数")
    rest_by = models.CharField("其余部分", max_length=8, choices=Bearer)
    rest_department = models.CharField("承担部门", max_length=60, blank=True)
    waiting_months = models.PositiveSmallIntegerField("等待期月数")
    conditions = models.JSONField("条件")
    source = models.CharField("文件依据", max_length=200)
    staff_code = models.CharField("维护人", max_length=30)
    set_at = models.DateTimeField("维护时间")

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "code"], name="programme_code_once"),
            models.CheckConstraint(
                condition=Q(share_of__lte=F("share_in"), share_in__gte=1, waiting_months__lte=24)
                & (Q(valid_until=None) | Q(valid_until__gt=F("valid_from"))),
                name="programme_fits",
            ),
            models.CheckConstraint(condition=~Q(source="") & ~Q(name=""), name="programme_has_a_source"),
            models.CheckConstraint(
                condition=Q(rest_by="nobody", rest_department="") | Q(rest_by="fiscal") & ~Q(rest_department=""),
                name="programme_rest_borne_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProgrammeMember(models.Model):
    """政策享受人员: one person under a programme, with the amounts by its share; counted once the share is paid."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="members", db_index=False)
    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+")
    unit_code = models.CharField("经办机构", max_length=12, db_collation="C")
    base_fen = models.BigIntegerField("月缴费基数")
    month_from = models.DateField("补缴月份起")
    month_until = models.DateField("补缴月份止")
    total_fen = models.BigIntegerField("应补缴总额")
    personal_fen = models.BigIntegerField("个人负担")
    rest_fen = models.BigIntegerField("其余部分")
    proof = models.CharField("证明材料", max_length=100, blank=True)
    due = models.OneToOneField("OneOffDue", null=True, on_delete=models.PROTECT, related_name="programme_member")
    state = models.CharField("状态", max_length=10, choices=Kept, default=Kept.WAITING)
    counted_on = models.DateField("享受日期", null=True)
    covered_from = models.DateField("待遇起", null=True)
    staff_code = models.CharField("经办人", max_length=30)
    taken_at = models.DateTimeField("登记时间")

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "person"], name="programme_member_once", condition=~Q(state="withdrawn")
            ),
            models.CheckConstraint(
                condition=Q(total_fen=F("personal_fen") + F("rest_fen"), personal_fen__gte=0, rest_fen__gte=0),
                name="programme_member_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(month_until__gt=F("month_from"), month_from__day=1, month_until__day=1, base_fen__gt=0),
                name="programme_member_of_months",
            ),
            models.CheckConstraint(
                condition=Q(state="counted", counted_on__isnull=False) | ~Q(state="counted") & Q(counted_on=None),
                name="programme_member_counted_when",
            ),
        ]
        indexes = [models.Index(fields=["unit_code", "state", "-id"], name="programme_member_recent")]
