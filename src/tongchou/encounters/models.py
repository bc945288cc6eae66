"""Tables of encounters (就医管理, GX2017 §63–75; JL2019 ch 5).

These are hot: keys lead with the pooling area, ids carry the month (YYMM·10^11 + n), charge lines are partitioned
by it, and writing happens in the database functions of the migrations, one call a message.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q

from tongchou.encounters.states import STAYS, CareKind, EncounterState, FilingKind, Place, Referral, Verdict
from tongchou.platform.ranges import DateRange


class Encounter(models.Model):
    """就诊: one visit or one stay of one person at one institution.

    Number, sex and birthday of the person stand here as they were at registration, so that an upload of lines asks no
    other table. `readmission_of` names the stay that ended less than a fortnight before (GX2017 §68).
    """

    pk = models.CompositePrimaryKey("pooling_area", "id")
    pooling_area = models.CharField("参保地", max_length=6)
    id = models.BigIntegerField("就诊ID")
    institution_code = models.CharField("机构编号", max_length=12)
    person_id = models.BigIntegerField("参保人")
    person_no = models.CharField("人员编号", max_length=30)
    sex = models.CharField("性别", max_length=1)
    born_on = models.DateField("出生日期")
    scheme = models.CharField("险种", max_length=10)
    care_type = models.CharField("医疗类别代码", max_length=6)
    kind = models.CharField("医疗类别", max_length=12, choices=CareKind)
    state = models.CharField("状态", max_length=10, choices=EncounterState, default=EncounterState.OPEN)
    chart_no = models.CharField("住院/门诊号", max_length=30, blank=True)
    began_at = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("出院时间", null=True)
    department_code = models.CharField("科室编码", max_length=30, blank=True)
    department = models.CharField("科室", max_length=100, blank=True)
    bed = models.CharField("床位", max_length=30, blank=True)
    physician_code = models.CharField("医师编码", max_length=30, blank=True)
    physician = models.CharField("医师", max_length=50, blank=True)
    disease_code = models.CharField("病种编码", max_length=30, blank=True)
    diagnosis_code = models.CharField("主诊断编码", max_length=20, blank=True)
    diagnosis = models.CharField("主诊断", max_length=300, blank=True)
    diagnoses = models.JSONField("诊断", default=list)
    emergency = models.BooleanField("急诊", default=False)
    referral = models.CharField("转诊", max_length=10, choices=Referral, default=Referral.NONE)
    place = models.CharField("就医地点", max_length=12, choices=Place, default=Place.HOME)
    linked_to = models.BigIntegerField("关联就诊", null=True)
    readmission_of = models.BigIntegerField("再次住院的前次就诊", null=True)
    readmission_filed = models.BooleanField("再次住院已备案", default=False)
    registered_late = models.BooleanField("逾期登记", default=False)
    third_party = models.BooleanField("第三方责任", default=False)
    disposition = models.CharField("离院方式", max_length=3, blank=True)
    credential_type = models.CharField("凭证类型", max_length=3, blank=True)
    particulars = models.JSONField("其他登记信息", default=dict)
    registered_at = models.DateTimeField("登记时间")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")), name="encounter_ends_after"
            ),
            models.CheckConstraint(
                condition=~Q(state=EncounterState.DISCHARGED) | Q(ended_at__isnull=False),
                name="encounter_discharged_when",
            ),
            models.UniqueConstraint(
                fields=["person_id"],
                condition=Q(kind__in=sorted(STAYS), state=EncounterState.OPEN),
                name="encounter_one_open_stay",
            ),
        ]
        indexes = [
            models.Index(fields=["person_id", "-id"], name="encounter_person"),
            models.Index(fields=["person_no", "began_at"], name="encounter_person_no"),
            models.Index(fields=["institution_code", "-id"], name="encounter_institution"),
            models.Index(fields=["-id"], name="encounter_newest"),
            models.Index(fields=["-id"], name="encounter_third_party", condition=Q(third_party=True)),
        ]


class ChargeBatch(models.Model):
    """收费批次: what one upload of lines sums to, so that settling reads no line. Amounts in fen, refunds negative.

    `marked_fen` has, by the disease that lines name, their own expense, over price, first self-pay and in scope; NULL
    where no line names one (BEN-22; decision 0114).
    """

    pk = models.CompositePrimaryKey("pooling_area", "encounter_id", "batch_no")
    pooling_area = models.CharField(max_length=6)
    encounter_id = models.BigIntegerField()
    batch_no = models.CharField("收费批次号", max_length=40)
    lines = models.IntegerField("行数")
    first_served_on = models.DateField("最早费用日期")
    last_served_on = models.DateField("最晚费用日期")
    total_fen = models.BigIntegerField("费用总额")
    own_expense_fen = models.BigIntegerField("全自费")
    over_price_fen = models.BigIntegerField("超限价")
    pre_self_pay_fen = models.BigIntegerField("先行自付")
    in_scope_fen = models.BigIntegerField("政策范围内")
    category_fen = models.JSONField("分类合计", default=dict)
    settlement_id = models.BigIntegerField("结算", null=True)
    uploaded_at = models.DateTimeField("上传时间")
    marked_fen = models.JSONField("按病种合计", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    total_fen=F("own_expense_fen") + F("over_price_fen") + F("pre_self_pay_fen") + F("in_scope_fen")
                ),
                name="charge_batch_every_fen",
            )
        ]
        indexes = [models.Index(fields=["settlement_id"], name="charge_batch_settlement")]


class ChargeLine(models.Model):
    """费用明细: one item, one day, one price (BEN-12). Partitioned by the month in `encounter_id`.

    `amount = own expense + over price + pre-self-pay + in scope`, kept by constraint. Names of items are the
    catalogue's and not repeated.
    """

    pk = models.CompositePrimaryKey("pooling_area", "encounter_id", "serial")
    pooling_area = models.CharField(max_length=6)
    encounter_id = models.BigIntegerField()
    serial = models.CharField("费用明细流水号", max_length=30)
    batch_no = models.CharField("收费批次号", max_length=40)
    refund_of = models.CharField("原费用流水号", max_length=30, blank=True)
    item_code = models.CharField("医疗目录编码", max_length=50)
    institution_item_code = models.CharField("机构目录编码", max_length=150, blank=True)
    charge_category = models.CharField("收费项目类别", max_length=2)
    pay_class = models.CharField("等级", max_length=2)
    served_at = models.DateTimeField("费用发生时间")
    quantity = models.DecimalField("数量", max_digits=16, decimal_places=4)
    unit_price = models.DecimalField("单价(元)", max_digits=16, decimal_places=6)
    amount_fen = models.BigIntegerField("金额")
    pre_self_pay_ratio = models.DecimalField("先行自付比例", max_digits=5, decimal_places=4)
    price_ceiling = models.DecimalField("单价上限(元)", max_digits=16, decimal_places=6, null=True)
    own_expense_fen = models.BigIntegerField("全自费")
    over_price_fen = models.BigIntegerField("超限价")
    pre_self_pay_fen = models.BigIntegerField("先行自付")
    in_scope_fen = models.BigIntegerField("政策范围内")
    reason_code = models.CharField("不予支付原因", max_length=20, blank=True)
    prescription_no = models.CharField("处方/医嘱号", max_length=40, blank=True)
    department_code = models.CharField("开单科室", max_length=30, blank=True)
    physician_code = models.CharField("开单医师", max_length=30, blank=True)
    disease_code = models.CharField("注明的病种", max_length=30, blank=True)

    class Meta:
        managed = False  # partitioned: made by the migration
        db_table = "encounters_chargeline"


class Filing(models.Model):
    """备案: what the agency consented to before the care (门诊特殊慢性病 GX2017 §65, 66; 家庭病床 GX2017 §69, 附件10).

    Valid on `[valid_from, valid_until)`; closing one early moves the end, an extension moves it the other way. A
    cancelled filing counts as never made. Which institutions it names: none means any.
    `ended_by` names the ending of the relation that closed it, `left_by` the transfer out, and `was_until` the end it
    had before (ENR-23, ENR-24, ENR-28).
    """

    pooling_area = models.CharField("参保地", max_length=6)
    person_id = models.BigIntegerField("参保人")
    kind = models.CharField("备案类别", max_length=10, choices=FilingKind)
    disease_code = models.CharField("病种编码", max_length=30, blank=True)
    institution_codes = ArrayField(models.CharField(max_length=12), verbose_name="定点机构")
    consented_on = models.DateField("经办机构同意日期")
    valid_from = models.DateField("开始日期")
    valid_until = models.DateField("终止日期(不含)")
    evidence = models.CharField("材料", max_length=200)
    extensions = models.PositiveSmallIntegerField("延期次数", default=0)
    closing_reason = models.CharField("结束原因", max_length=200, blank=True)
    cancelled_at = models.DateTimeField("作废时间", null=True)
    filed_by = models.CharField("经办人", max_length=50)
    filed_at = models.DateTimeField("备案时间")
    version = models.PositiveIntegerField("修改次数", default=1)
    ended_by = models.BigIntegerField("注销登记", null=True)
    left_by = models.BigIntegerField("转移接续", null=True)
    was_until = models.DateField("注销前的终止日期", null=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="filing_no_overlap",
                expressions=[
                    ("person_id", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("disease_code", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
                condition=Q(cancelled_at=None),
            ),
            models.CheckConstraint(condition=Q(valid_until__gt=F("valid_from")), name="filing_not_empty"),
            models.CheckConstraint(
                condition=~Q(kind=FilingKind.HOME_BED) | Q(consented_on__lte=F("valid_from")),
                name="filing_consent_before_start",
            ),
            models.CheckConstraint(
                condition=Q(ended_by=None, left_by=None, was_until=None)
                | Q(ended_by=None, left_by__isnull=False, was_until__isnull=False)
                | Q(ended_by__isnull=False, left_by=None, was_until__isnull=False),
                name="filing_closed_by_one_thing",
            ),
        ]
        indexes = [models.Index(fields=["person_id", "kind"], name="filing_person")]


class ThirdPartyDecision(models.Model):
    """第三方责任认定 of an encounter (BEN-38): who bears what of it; until there is one nothing is settled directly.

    Nobody else, a share of the bill in millionths, or an amount; a later decision takes the place of this one.
    """

    pk = models.CompositePrimaryKey("pooling_area", "encounter_id")
    pooling_area = models.CharField("参保地", max_length=6)
    encounter_id = models.BigIntegerField("就诊ID")
    verdict = models.CharField("认定", max_length=6, choices=Verdict)
    share_ppm = models.PositiveIntegerField("第三方负担比例(百万分之)", null=True)
    amount_fen = models.BigIntegerField("第三方负担金额", null=True)
    liable_party = models.CharField("责任方", max_length=100, blank=True)
    document = models.CharField("认定文书", max_length=100)
    reason = models.CharField("理由", max_length=200)
    decided_by = models.CharField("认定人", max_length=50)
    decided_at = models.DateTimeField("认定时间")
    version = models.PositiveIntegerField("修改次数", default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict=Verdict.NOBODY, share_ppm=None, amount_fen=None)
                | Q(
                    verdict=Verdict.SHARE,
                    share_ppm__isnull=False,
                    share_ppm__gt=0,
                    share_ppm__lte=1_000_000,
                    amount_fen=None,
                )
                | Q(verdict=Verdict.AMOUNT, share_ppm=None, amount_fen__isnull=False, amount_fen__gt=0),
                name="third_party_one_measure",
            )
        ]


class ThirdPartyRecovery(models.Model):
    """向第三方追偿: money that came back for an encounter, once per document; only ever added."""

    pooling_area = models.CharField(max_length=6)
    encounter_id = models.BigIntegerField()
    amount_fen = models.BigIntegerField("追回金额")
    received_on = models.DateField("到账日期")
    document = models.CharField("凭证", max_length=100)
    noted_by = models.CharField("登记人", max_length=50)
    noted_at = models.DateTimeField("登记时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pooling_area", "encounter_id", "document"], name="third_party_recovery_once"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="third_party_recovery_positive"),
        ]
