"""Packages in force, local rules, drafts and their life (政策包、地方细则、草稿; GX2017 §134; ORG-22)."""

from django.db import models
from django.db.models import F, Q

from tongchou.parameters.states import DraftAction, DraftKind, DraftState, Origin

OPERATOR = "platform.Operator"


class PolicyShelf(models.Model):
    """The one row that moves when a version comes in: processes look at it, whoever adds locks it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    version = models.BigIntegerField("版次", default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="policy_shelf_is_one")]


class PolicyDraft(models.Model):
    """草稿: the text of a package or of a local rule on its way to being in force.

    `edition` rises with every change (two clerks on one draft); `findings` and `golden` belong to the text whose
    digest stands beside them. `base_hash` is the version that the draft departs from.
    """

    kind = models.CharField("种类", max_length=10, choices=DraftKind)
    area = models.CharField("统筹地区", max_length=12)
    scheme = models.CharField("险种", max_length=20)
    base_hash = models.CharField("依据版本", max_length=64)
    title = models.CharField("名称", max_length=200)
    valid_from = models.DateField("生效日期")
    text = models.TextField("正文")
    edition = models.PositiveIntegerField("修改次数", default=1)
    state = models.CharField("状态", max_length=12, choices=DraftState, default=DraftState.DRAFTING)
    reason = models.TextField("起草理由")
    maker = models.ForeignKey(OPERATOR, on_delete=models.PROTECT, related_name="+", verbose_name="起草人")
    created_at = models.DateTimeField("起草时间")
    changed_at = models.DateTimeField("最后修改")
    findings = models.JSONField("校验发现", default=list)
    golden = models.JSONField("算例结果", null=True)
    golden_digest = models.CharField("算例所用正文", max_length=64, default="", blank=True)
    decided_by = models.ForeignKey(
        OPERATOR, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="审核人"
    )
    decided_at = models.DateTimeField("审核时间", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=DraftState.APPROVED) | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="policy_draft_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state=DraftState.APPROVED) | ~Q(decided_by=F("maker")), name="policy_draft_two_persons"
            ),
        ]
        indexes = [models.Index(fields=["state", "-changed_at"], name="policy_draft_by_state")]


class DraftEvent(models.Model):
    """经过: what was done with a draft, by whom, when. Append-only."""

    draft = models.ForeignKey(PolicyDraft, on_delete=models.PROTECT, related_name="events")
    action = models.CharField("事项", max_length=12, choices=DraftAction)
    at = models.DateTimeField("时间")
    operator = models.ForeignKey(OPERATOR, on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    note = models.TextField("说明", default="", blank=True)

    class Meta:
        ordering = ["id"]


class LocalRule(models.Model):
    """地方细则 in force: what an area gives other values to, within what the package above lets it. Append-only."""

    area = models.CharField("地区", max_length=12)
    area_name = models.CharField("地区名称", max_length=60)
    scheme = models.CharField("险种", max_length=20)
    title = models.CharField("名称", max_length=200)
    valid_from = models.DateField("生效日期")
    known_from = models.DateField("公布日期")
    content_hash = models.CharField("内容摘要", max_length=64)
    text = models.TextField("正文")
    reason = models.TextField("理由")
    draft = models.OneToOneField(PolicyDraft, on_delete=models.PROTECT, related_name="local_rule")
    maker = models.ForeignKey(OPERATOR, on_delete=models.PROTECT, related_name="+", verbose_name="起草人")
    checker = models.ForeignKey(OPERATOR, on_delete=models.PROTECT, related_name="+", verbose_name="核准人")
    approved_at = models.DateTimeField("核准时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area", "scheme", "valid_from", "known_from"], name="local_rule_once_a_day_known"
            ),
            models.CheckConstraint(condition=~Q(maker=F("checker")), name="local_rule_two_persons"),
        ]


class PolicyVersion(models.Model):
    """政策包版本: a text that is or was in force, for ever (ORG-22). Append-only.

    [valid_from, valid_until) are days of the business fact; `known_from` is the day since which it is known, so that
    a retroactive correction leaves what was known before. `in_force_at` is the first moment at which it could rule.
    """

    area = models.CharField("统筹地区", max_length=12)
    scheme = models.CharField("险种", max_length=20)
    title = models.CharField("名称", max_length=200)
    valid_from = models.DateField("生效日期")
    valid_until = models.DateField("失效日期", null=True)
    known_from = models.DateField("公布日期")
    content_hash = models.CharField("内容摘要", max_length=64, unique=True)
    text = models.TextField("正文")
    source_documents = models.JSONField("依据文件")
    origin = models.CharField("来历", max_length=10, choices=Origin)
    draft = models.OneToOneField(PolicyDraft, null=True, on_delete=models.PROTECT, related_name="version")
    local_rule = models.ForeignKey(LocalRule, null=True, on_delete=models.PROTECT, related_name="versions")
    parent_hash = models.CharField("上级版本", max_length=64, default="", blank=True)
    reason = models.TextField("理由", default="", blank=True)
    maker = models.ForeignKey(OPERATOR, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="起草人")
    checker = models.ForeignKey(OPERATOR, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="核准人")
    approved_at = models.DateTimeField("核准时间", null=True)
    in_force_at = models.DateTimeField("生效时间")
    entered_at = models.DateTimeField("入库时间")

    class Meta:
        ordering = ["area", "scheme", "valid_from", "known_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "scheme", "valid_from", "known_from"], name="policy_version_once_a_day_known"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="policy_version_span_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(origin=Origin.FILE, maker=None, checker=None, approved_at=None, draft=None)
                | (
                    ~Q(origin=Origin.FILE)
                    & Q(maker__isnull=False, checker__isnull=False, approved_at__isnull=False)
                    & ~Q(maker=F("checker"))
                ),
                name="policy_version_two_persons_or_a_file",
            ),
            models.CheckConstraint(
                condition=Q(origin=Origin.COMPOSED, local_rule__isnull=False) & ~Q(parent_hash="")
                | (~Q(origin=Origin.COMPOSED) & Q(local_rule=None, parent_hash="")),
                name="policy_version_composed_of_two",
            ),
        ]
