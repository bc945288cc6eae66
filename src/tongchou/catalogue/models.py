"""Tables of the three catalogues and the code sets (三大目录, GX2017 §85; JL2019 §21)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongchou.catalogue.states import ChargeCategory, ItemKind, PayClass
from tongchou.platform.ranges import no_overlap


class Item(models.Model):
    """目录项目 under its national code."""

    code = models.CharField("医疗目录编码", max_length=50, primary_key=True, db_collation="C")
    name = models.CharField("名称", max_length=200, db_collation="C")
    name_initials = models.CharField("名称拼音首字母", max_length=200, blank=True, db_collation="C")
    kind = models.CharField("类别", max_length=10, choices=ItemKind)
    charge_category = models.CharField("收费项目类别", max_length=2, choices=ChargeCategory)
    unit = models.CharField("计价单位", max_length=20, blank=True)
    specification = models.CharField("规格", max_length=100, blank=True)
    dosage_form = models.CharField("剂型", max_length=40, blank=True)
    maker = models.CharField("生产企业", max_length=100, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["name", "code"], name="item_name"),
            models.Index(fields=["name_initials", "code"], name="item_initials"),
        ]

    def __str__(self) -> str:
        return self.name


class ItemTerm(models.Model):
    """How one pooling area pays an item in a span of dates: class, first self-pay, ceilings, limits (GX2017 §85).

    A ceiling of a level goes before the general one. `version` is the catalogue version in which the row was written
    or closed, so that caches read only what has moved.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="terms", db_index=False)
    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    valid_from = models.DateField("起")
    valid_until = models.DateField("止", null=True)
    version = models.PositiveIntegerField("目录版本", default=1)
    pay_class = models.CharField("等级", max_length=2, choices=PayClass)
    pre_self_pay_ratio = models.DecimalField("先行自付比例", max_digits=5, decimal_places=4)
    price_ceiling = models.DecimalField("单价上限(元)", max_digits=16, decimal_places=6, null=True)
    price_ceiling_third = models.DecimalField("三级单价上限(元)", max_digits=16, decimal_places=6, null=True)
    price_ceiling_second = models.DecimalField("二级单价上限(元)", max_digits=16, decimal_places=6, null=True)
    price_ceiling_first = models.DecimalField("一级及以下单价上限(元)", max_digits=16, decimal_places=6, null=True)
    max_days = models.PositiveSmallIntegerField("限用天数", null=True)
    max_quantity = models.DecimalField("限用数量", max_digits=12, decimal_places=4, null=True)
    min_level = models.CharField("限机构等级以上", max_length=1, blank=True)
    inpatient_only = models.BooleanField("限住院使用", default=False)
    sex = models.CharField("限性别", max_length=1, blank=True)
    min_age = models.PositiveSmallIntegerField("限年龄下限", null=True)
    max_age = models.PositiveSmallIntegerField("限年龄上限(不含)", null=True)
    diagnosis_prefixes = ArrayField(models.CharField(max_length=20), default=list, verbose_name="限诊断编码")
    institution_codes = ArrayField(models.CharField(max_length=12), default=list, verbose_name="限定点机构")
    restricted = models.BooleanField("限制使用(须医院审批标志)", default=False)
    limit_note = models.CharField("限定说明", max_length=200, blank=True)

    class Meta:
        constraints = [
            no_overlap("item_term_no_overlap", "item", "pooling_area", span=("valid_from", "valid_until")),
            models.CheckConstraint(
                condition=Q(pre_self_pay_ratio__gte=0, pre_self_pay_ratio__lte=1), name="item_term_ratio_in_range"
            ),
            models.CheckConstraint(
                condition=(Q(price_ceiling=None) | Q(price_ceiling__gt=0))
                & (Q(price_ceiling_third=None) | Q(price_ceiling_third__gt=0))
                & (Q(price_ceiling_second=None) | Q(price_ceiling_second__gt=0))
                & (Q(price_ceiling_first=None) | Q(price_ceiling_first__gt=0)),
                name="item_term_ceiling_positive",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="item_term_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(min_age=None) | Q(max_age=None) | Q(max_age__gt=F("min_age")),
                name="item_term_ages_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["pooling_area", "version"], name="item_term_version"),
            models.Index(fields=["item", "pooling_area", "-valid_from"], name="item_term_item"),
        ]


class Diagnosis(models.Model):
    """疾病诊断编码, insurance edition of ICD-10 (JL2019 §21; CAT-04)."""

    code = models.CharField("诊断编码", max_length=20, primary_key=True, db_collation="C")
    name = models.CharField("诊断名称", max_length=200, db_collation="C")
    initials = models.CharField("拼音首字母", max_length=200, blank=True, db_collation="C")
    valid_from = models.DateField("起")
    valid_until = models.DateField("止", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="diagnosis_not_empty"
            )
        ]
        indexes = [
            models.Index(fields=["name", "code"], name="diagnosis_name"),
            models.Index(fields=["initials", "code"], name="diagnosis_initials"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Disease(models.Model):
    """病种: a disease of the special outpatient or priced-diagnosis lists of a pooling area (GX2017 §65)."""

    code = models.CharField("病种编码", max_length=30)
    name = models.CharField("病种名称", max_length=200)
    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    valid_from = models.DateField("起")
    valid_until = models.DateField("止", null=True)

    class Meta:
        constraints = [
            no_overlap("disease_no_overlap", "code", "pooling_area", span=("valid_from", "valid_until")),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="disease_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CatalogueVersion(models.Model):
    """One row per pooling area: raised with every change of terms, so that caches know when to read again."""

    pooling_area = models.OneToOneField("platform.PoolingArea", on_delete=models.PROTECT, primary_key=True)
    version = models.PositiveIntegerField(default=1)


class CatalogueRelease(models.Model):
    """目录发布记录: when each version of an area's catalogue came, and what it changed (CAT-15)."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    version = models.PositiveIntegerField("版本")
    summary = models.CharField("内容", max_length=200)
    staff_code = models.CharField("经办人", max_length=30)
    released_at = models.DateTimeField("发布时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pooling_area", "version"], name="catalogue_release_once")]


class CodeSetVersion(models.Model):
    """One row per code set (诊断): raised with every change, for the caches."""

    code_set = models.CharField("代码集", max_length=20, primary_key=True)
    version = models.PositiveIntegerField(default=1)
