"""Tables of the exchange with the tax office (税务征收)."""

from django.db import models
from django.db.models import Q

from tongchou.contributions.tax.states import RosterChange, TaxItemKind, TaxItemState


class TaxItem(models.Model):
    """税务待办: a record of a tax file that could not be booked, and what became of it (JL2019 §13; CON-11). Fen."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    unit_code = models.CharField("参保单位", max_length=12, db_collation="C")
    file_id = models.BigIntegerField("导入文件")
    file_name = models.CharField("文件名", max_length=200)
    row_no = models.PositiveIntegerField("行号")
    kind = models.CharField("来源", max_length=10, choices=TaxItemKind)
    person_no = models.CharField("人员编号", max_length=30, blank=True)
    certificate_no = models.CharField("证件号码", max_length=50, blank=True)
    name = models.CharField("姓名", max_length=50, blank=True)
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    amount_fen = models.BigIntegerField("金额")
    paid_on = models.DateField("缴费日期")
    receipt_no = models.CharField("电子税票号", max_length=40, blank=True)
    corrects_no = models.CharField("更正原票号", max_length=40, blank=True)
    office = models.CharField("征收机构", max_length=60, blank=True)
    code = models.CharField("代码", max_length=10)
    reason = models.CharField("原因", max_length=300)
    state = models.CharField("状态", max_length=10, choices=TaxItemState, default=TaxItemState.OPEN)
    assigned_to = models.CharField("经办人", max_length=30, blank=True)
    due_on = models.DateField("应办结日期")
    resolution = models.CharField("处理说明", max_length=200, blank=True)
    resolved_by = models.CharField("处理人", max_length=30, blank=True)
    resolved_at = models.DateTimeField("处理时间", null=True)
    contribution = models.ForeignKey(
        "contributions.Contribution", null=True, on_delete=models.PROTECT, related_name="+"
    )
    pending = models.OneToOneField(
        "contributions.PendingAmount", null=True, on_delete=models.PROTECT, related_name="tax_item"
    )
    voucher_no = models.CharField("凭证号", max_length=30, blank=True)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["file_id", "row_no"], name="tax_item_row_once"),
            models.CheckConstraint(
                condition=Q(state="open", resolved_at=None, resolution="", resolved_by="")
                | (~Q(state="open") & Q(resolved_at__isnull=False) & ~Q(resolution="") & ~Q(resolved_by="")),
                name="tax_item_resolved_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="matched") | Q(contribution__isnull=False), name="tax_item_matched_to_a_payment"
            ),
            models.CheckConstraint(
                condition=~Q(state="held") | Q(pending__isnull=False), name="tax_item_held_as_pending"
            ),
        ]
        indexes = [
            models.Index(fields=["pooling_area", "state", "-id"], name="tax_item_area"),
            models.Index(fields=["unit_code", "state", "id"], name="tax_item_unit"),
            models.Index(fields=["pooling_area", "paid_on"], name="tax_item_day"),
        ]


class TaxRoster(models.Model):
    """征收名册: whom the tax office may collect from, or what has changed since the last one (JL2019 §12; SYS-05)."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    number = models.CharField("名册编号", max_length=40)
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    office = models.ForeignKey("exchange.Partner", on_delete=models.PROTECT, related_name="+")
    is_first = models.BooleanField("首次发送")
    rows = models.PositiveIntegerField("人数", default=0)
    amount_fen = models.BigIntegerField("应缴合计", default=0)
    made_by = models.CharField("制作人", max_length=30)
    made_at = models.DateTimeField("制作时间")

    class Meta:
        app_label = "contributions"
        constraints = [models.UniqueConstraint(fields=["number"], name="tax_roster_number_once")]
        indexes = [models.Index(fields=["pooling_area", "-made_at", "-id"], name="tax_roster_recent")]

    def __str__(self) -> str:
        return self.number


class TaxRosterLine(models.Model):
    """征收名册明细: a person as the tax office was told; the last line of a person is what it knows. Fen; rows stay."""

    roster = models.ForeignKey(TaxRoster, on_delete=models.PROTECT, related_name="lines", db_index=False)
    line_no = models.PositiveIntegerField("行号")
    person = models.ForeignKey(
        "enrolment.Person", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    person_no = models.CharField("人员编号", max_length=30)
    certificate_no = models.CharField("证件号码", max_length=50)
    name = models.CharField("姓名", max_length=50)
    unit_code = models.CharField("参保单位", max_length=12, db_collation="C")
    amount_fen = models.BigIntegerField("个人应缴")
    change = models.CharField("变动", max_length=8, choices=RosterChange)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["roster", "line_no"], name="tax_roster_line_once"),
            models.UniqueConstraint(fields=["roster", "person"], name="tax_roster_person_once"),
            models.CheckConstraint(
                condition=Q(change="ended", amount_fen=0) | (~Q(change="ended") & Q(amount_fen__gt=0)),
                name="tax_roster_ended_owes_nothing",
            ),
        ]
        indexes = [models.Index(fields=["person", "benefit_year", "-id"], name="tax_roster_known")]
