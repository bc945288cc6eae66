"""Tables of encounters (就医管理, GX2017 §63–75; JL2019 ch 5).

These are hot: keys lead with the pooling area, ids carry the month (YYMM·10^11 + n), charge lines are partitioned
by it, and writing happens in the database functions of the migrations, one call a message.
"""

from django.db import models
from django.db.models import F, Q

from tongchou.encounters.states import STAYS, CareKind, EncounterState, Place, Referral


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
        ]


class ChargeBatch(models.Model):
    """收费批次: what one upload of lines sums to, so that settling reads no line. Amounts in fen, refunds negative."""

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

    class Meta:
        managed = False  # partitioned: made by the migration
        db_table = "encounters_chargeline"
