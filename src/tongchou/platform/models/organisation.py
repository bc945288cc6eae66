"""The agency tree and the pooling areas (经办机构、统筹地区; GX2017 §3, 4; JL2019 §2)."""

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

from tongchou.platform.models.dated import DatedRows
from tongchou.platform.ranges import no_overlap
from tongchou.platform.states import AREA_LEVELS, UnitLevel


class PoolingArea(models.Model):
    """统筹地区: the area whose people share one fund and one policy set (GX2017 §3).

    Its code is the division code of the unit that runs the pool.
    """

    code = models.CharField("统筹区代码", max_length=6, primary_key=True)
    name = models.CharField("名称", max_length=60)
    level = models.CharField("统筹层次", max_length=20, choices=[(level.value, level.label) for level in AREA_LEVELS])
    valid_from = models.DateField("启用日期")
    valid_until = models.DateField("终止日期", null=True)

    objects = DatedRows.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^\d{6}$"), name="pooling_area_code_is_six_digits"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="pooling_area_span_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OrgUnit(models.Model):
    """机构节点: an agency, a service office, a village window, a school or an institution's insurance office (ORG-01).

    `path` is the chain of codes from the root, each followed by a slash: a subtree is a prefix of it. `name` is the
    name in force today; the name on another day is in `OrgUnitName`. `closed_at` is when a closing took effect:
    a closing dated ahead has a `valid_until` and no `closed_at` yet.
    """

    code = models.CharField("机构代码", max_length=12, primary_key=True)
    name = models.CharField("名称", max_length=100)
    level = models.CharField("层级", max_length=20, choices=UnitLevel)
    parent = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="children", verbose_name="上级机构"
    )
    pooling_area = models.ForeignKey(
        PoolingArea, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="统筹区"
    )
    path = models.TextField("路径", unique=True)
    valid_from = models.DateField("启用日期")
    valid_until = models.DateField("终止日期", null=True)
    successor = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="predecessors", verbose_name="承接机构"
    )
    closed_at = models.DateTimeField("撤销时间", null=True)

    objects = DatedRows.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(level__in=AREA_LEVELS, code__regex=r"^\d{6}$")
                | Q(level=UnitLevel.TOWN, code__regex=r"^\d{9}$")
                | Q(level=UnitLevel.VILLAGE, code__regex=r"^\d{12}$")
                | Q(
                    level__in=(UnitLevel.SCHOOL, UnitLevel.INSTITUTION_OFFICE), code__regex=r"^([A-Z]\d{11}|\d{6,12})$"
                ),
                name="org_unit_code_fits_level",
            ),
            models.CheckConstraint(
                condition=Q(path__endswith=Concat(F("code"), Value("/"))), name="org_unit_path_ends_with_code"
            ),
            models.CheckConstraint(
                condition=Q(level=UnitLevel.PROVINCE, parent=None) | Q(parent__isnull=False),
                name="org_unit_root_is_province",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="org_unit_span_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(successor=None, closed_at=None) | Q(valid_until__isnull=False),
                name="org_unit_closing_has_a_date",
            ),
            models.CheckConstraint(condition=~Q(successor=F("code")), name="org_unit_not_its_own_successor"),
        ]
        indexes = [models.Index(OpClass("path", name="text_pattern_ops"), name="org_unit_path_prefix")]

    def __str__(self) -> str:
        return self.name

    @property
    def in_words(self) -> str:
        """As a refusal names it, with its code."""
        return f"{self.name}({self.code})"


class OrgUnitName(models.Model):
    """机构名称沿革: the name valid on a date, for slips and signatures (ORG-07; ESSAY 二.1)."""

    unit = models.ForeignKey(OrgUnit, on_delete=models.CASCADE, related_name="names")
    name = models.CharField("名称", max_length=100)
    valid_from = models.DateField("启用日期")
    valid_until = models.DateField("终止日期", null=True)

    objects = DatedRows.as_manager()

    class Meta:
        constraints = [
            no_overlap("org_unit_one_name_a_day", "unit", span=("valid_from", "valid_until")),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="org_unit_name_span_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return self.name
