"""Tables of fiscal subsidies (财政补助, GX2017 §29–31; CON-26…30). Amounts in whole fen.

What was counted is only ever added to: no person, no line, no arrival changes afterwards; amounts of a line are made
by the database out of heads and shares, and heads must be those of the extract (triggers of the migrations).
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from tongchou.contributions.subsidies.states import ApplicationState, Level, Purpose, SnapshotState, Verdict


class SubsidyShare(models.Model):
    """分级补助标准: what each budget pays per head of a standard's subsidy (GX2017 §29; CON-01)."""

    standard = models.OneToOneField(
        "contributions.ContributionStandard", on_delete=models.PROTECT, related_name="subsidy_share"
    )
    central_fen = models.BigIntegerField("中央")
    province_fen = models.BigIntegerField("省级")
    city_fen = models.BigIntegerField("市级")
    county_fen = models.BigIntegerField("县级")
    total_fen = models.BigIntegerField("合计")
    source = models.CharField("文件依据", max_length=200)
    staff_code = models.CharField("维护人", max_length=30)
    set_at = models.DateTimeField("维护时间")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(total_fen=F("central_fen") + F("province_fen") + F("city_fen") + F("county_fen")),
                name="subsidy_share_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(central_fen__gte=0, province_fen__gte=0, city_fen__gte=0, county_fen__gte=0),
                name="subsidy_share_not_negative",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="subsidy_share_has_a_source"),
        ]


class SubsidyApplication(models.Model):
    """财政补助申请: one agency's application for a benefit year, or its final settlement (GX2017 §30; CON-26).

    Made, reviewed and submitted by three persons; `snapshot` is the count it rests on.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    unit_code = models.CharField("申报机构", max_length=12)
    number = models.CharField("申请编号", max_length=40, unique=True)
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    purpose = models.CharField("申请类型", max_length=10, choices=Purpose)
    count_on = models.DateField("统计时点")
    report_by = models.DateField("上报期限", null=True)
    due_dates = models.JSONField("各级到位期限", default=dict)
    state = models.CharField("状态", max_length=10, choices=ApplicationState, default=ApplicationState.DRAFT)
    snapshot = models.ForeignKey("SubsidySnapshot", null=True, on_delete=models.PROTECT, related_name="+")
    made_by = models.CharField("测算人", max_length=30)
    made_at = models.DateTimeField("测算时间")
    reviewed_by = models.CharField("复核人", max_length=30, blank=True)
    reviewed_at = models.DateTimeField("复核时间", null=True)
    submitted_by = models.CharField("上报人", max_length=30, blank=True)
    submitted_at = models.DateTimeField("上报时间", null=True)
    approval_no = models.CharField("核准文号", max_length=60, blank=True)
    approved_on = models.DateField("核准日期", null=True)
    remark = models.CharField("退回原因", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit_code", "benefit_year", "purpose"], name="subsidy_application_once"),
            models.CheckConstraint(
                condition=(Q(reviewed_by="") | ~Q(reviewed_by=F("made_by")))
                & (Q(submitted_by="") | (~Q(submitted_by=F("made_by")) & ~Q(submitted_by=F("reviewed_by")))),
                name="subsidy_application_three_persons",
            ),
            models.CheckConstraint(
                condition=Q(state="draft")
                | (Q(snapshot__isnull=False, reviewed_at__isnull=False) & ~Q(reviewed_by="")),
                name="subsidy_application_reviewed_on_a_count",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "reviewed"]) | (Q(submitted_at__isnull=False) & ~Q(submitted_by="")),
                name="subsidy_application_submitted_by",
            ),
        ]
        indexes = [models.Index(fields=["pooling_area", "-benefit_year", "-id"], name="subsidy_application_recent")]

    def __str__(self) -> str:
        return self.number


class SubsidySnapshot(models.Model):
    """测算快照: one count of an application, with the digest of its extract (CON-27). Complete, it never changes."""

    application = models.ForeignKey(SubsidyApplication, on_delete=models.PROTECT, related_name="snapshots")
    run_no = models.PositiveSmallIntegerField("第几次测算")
    state = models.CharField("状态", max_length=10, choices=SnapshotState, default=SnapshotState.COUNTING)
    step = models.CharField("步骤", max_length=40, blank=True)
    done = models.PositiveSmallIntegerField("已完成步骤", default=0)
    found = models.PositiveIntegerField("缴费人数", default=0)
    counted = models.PositiveIntegerField("计入人数", default=0)
    digest = models.CharField("提取数据摘要", max_length=64, blank=True)
    made_by = models.CharField("测算人", max_length=30)
    started_at = models.DateTimeField("开始时间")
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "run_no"], name="subsidy_snapshot_once"),
            models.CheckConstraint(condition=Q(counted__lte=F("found")), name="subsidy_snapshot_counts_whom_it_found"),
            models.CheckConstraint(
                condition=~Q(state="complete") | (~Q(digest="") & Q(finished_at__isnull=False)),
                name="subsidy_snapshot_complete_with_digest",
            ),
        ]

    @property
    def excluded(self) -> int:
        """剔除人数."""
        return self.found - self.counted


class SubsidyHead(models.Model):
    """人员明细: one paid head of a count, counted or left out with its reason, and its proof of payment (CON-26).

    Millions at a time, written by one statement that joins the rows it names; only ever added.
    """

    snapshot = models.ForeignKey(
        SubsidySnapshot, on_delete=models.PROTECT, related_name="heads", db_index=False, db_constraint=False
    )
    line_no = models.PositiveIntegerField("序号")
    person_no = models.CharField("人员编号", max_length=30)
    name = models.CharField("姓名", max_length=50)
    certificate_no = models.CharField("证件号码", max_length=50)
    unit_code = models.CharField("参保单位", max_length=12)
    category = models.CharField("人员类别", max_length=10, blank=True)
    contribution = models.ForeignKey(
        "contributions.Contribution", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    paid_fen = models.BigIntegerField("个人缴费金额")
    aided_fen = models.BigIntegerField("其中资助金额")
    paid_on = models.DateField("足额缴费日期")
    channel = models.CharField("渠道", max_length=10)
    proof = models.CharField("收款凭证", max_length=40, blank=True)
    verdict = models.CharField("结论", max_length=14, choices=Verdict, blank=True)
    kept = models.CharField("已计入的人员编号", max_length=30, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "line_no"], name="subsidy_head_once")]
        indexes = [
            models.Index(
                fields=["snapshot", "verdict", "line_no"], name="subsidy_head_left_out", condition=~Q(verdict="")
            )
        ]


def _amount(level: str) -> models.GeneratedField:
    """人数 × 每人标准, made by the database."""
    return models.GeneratedField(
        expression=F("heads") * F(f"{level}_each_fen"), output_field=models.BigIntegerField(), db_persist=True
    )


class SubsidyLine(models.Model):
    """分类汇总: heads of one category in a count and what each budget pays for them (CON-26, CON-27).

    Heads are those of the extract, or the database refuses the line; amounts are generated from them.
    """

    snapshot = models.ForeignKey(SubsidySnapshot, on_delete=models.PROTECT, related_name="lines")
    category = models.CharField("人员类别", max_length=10)
    heads = models.PositiveIntegerField("人数")
    central_each_fen = models.BigIntegerField("中央每人")
    province_each_fen = models.BigIntegerField("省级每人")
    city_each_fen = models.BigIntegerField("市级每人")
    county_each_fen = models.BigIntegerField("县级每人")
    central_fen = _amount("central")
    province_fen = _amount("province")
    city_fen = _amount("city")
    county_fen = _amount("county")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "category"], name="subsidy_line_once")]

    @property
    def total_fen(self) -> int:
        """各级合计."""
        return int(self.central_fen + self.province_fen + self.city_fen + self.county_fen)


class SubsidyLevel(models.Model):
    """分级应补与到位: what one budget owes by a submitted application and has paid (GX2017 §31; CON-28).

    `brought_fen` was paid too much (or, negative, too little) for the year before and is taken off.
    """

    application = models.ForeignKey(SubsidyApplication, on_delete=models.PROTECT, related_name="levels")
    level = models.CharField("级次", max_length=10, choices=Level)
    due_fen = models.BigIntegerField("应补金额")
    approved_fen = models.BigIntegerField("核准金额", null=True)
    brought_fen = models.BigIntegerField("上年结转", default=0)
    payable_fen = models.BigIntegerField("应到金额")
    received_fen = models.BigIntegerField("已到金额", default=0)
    due_on = models.DateField("到位期限", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "level"], name="subsidy_level_once"),
            models.CheckConstraint(
                condition=Q(payable_fen=Coalesce(F("approved_fen"), F("due_fen")) - F("brought_fen")),
                name="subsidy_level_payable",
            ),
            models.CheckConstraint(
                condition=Q(due_fen__gte=0, received_fen__gte=0)
                & (Q(approved_fen=None) | Q(approved_fen__gte=0, approved_fen__lte=F("due_fen"))),
                name="subsidy_level_not_negative",
            ),
        ]

    @property
    def outstanding_fen(self) -> int:
        """未到金额; below zero when more has come than is owed."""
        return self.payable_fen - self.received_fen


class SubsidyArrival(models.Model):
    """补助到账: one arrival in the fiscal account, matched with its bank entry and posted (GX2017 §31; CON-28)."""

    level = models.ForeignKey(SubsidyLevel, on_delete=models.PROTECT, related_name="arrivals")
    amount_fen = models.BigIntegerField("到账金额")
    arrived_on = models.DateField("到账日期")
    document_no = models.CharField("业务单据号", max_length=40, unique=True)
    voucher_no = models.CharField("记账凭证号", max_length=30)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gt=0), name="subsidy_arrival_of_something")]


class SubsidyDifference(models.Model):
    """差异说明: what corrections since have changed in a submitted number (CON-27); the number itself stays."""

    application = models.ForeignKey(SubsidyApplication, on_delete=models.PROTECT, related_name="differences")
    snapshot = models.ForeignKey(SubsidySnapshot, on_delete=models.PROTECT, related_name="+")
    number = models.CharField("编号", max_length=40, unique=True)
    counted_before = models.PositiveIntegerField("原计入人数")
    counted_now = models.PositiveIntegerField("现计入人数")
    amount_fen = models.BigIntegerField("金额差异")
    made_by = models.CharField("编制人", max_length=30)
    made_at = models.DateTimeField("编制时间")


class SubsidyDifferenceRow(models.Model):
    """差异明细: a head that counts otherwise than it did."""

    difference = models.ForeignKey(SubsidyDifference, on_delete=models.PROTECT, related_name="rows")
    person_no = models.CharField("人员编号", max_length=30)
    name = models.CharField("姓名", max_length=50)
    unit_code = models.CharField("参保单位", max_length=12)
    before = models.CharField("原结论", max_length=14, blank=True)
    now = models.CharField("现结论", max_length=14, blank=True)
    amount_fen = models.BigIntegerField("金额差异")


class SubsidySettlement(models.Model):
    """补助清算: prepaid against the final entitlement; the rest goes to the next year (JL2019 §11; CON-30)."""

    application = models.ForeignKey(SubsidyApplication, on_delete=models.PROTECT, related_name="settlements")
    level = models.CharField("级次", max_length=10, choices=Level)
    prepaid_fen = models.BigIntegerField("已到金额")
    final_fen = models.BigIntegerField("清算应补")
    carry_fen = models.GeneratedField(
        expression=F("prepaid_fen") - F("final_fen"), output_field=models.BigIntegerField(), db_persist=True
    )
    taken_by = models.ForeignKey(
        SubsidyApplication, null=True, on_delete=models.PROTECT, related_name="brought", verbose_name="结转至"
    )
    settled_by = models.CharField("清算人", max_length=30)
    settled_at = models.DateTimeField("清算时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "level"], name="subsidy_settled_once")]
