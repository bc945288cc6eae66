"""Training of operators (业务培训; QA2018 三.4; ORG-14). Decision 0211."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongchou.platform.models.dated import DatedRows
from tongchou.platform.models.operators import Operator, Post
from tongchou.platform.models.organisation import OrgUnit
from tongchou.platform.ranges import no_overlap
from tongchou.platform.states import ConfirmationState, TrainingLevel, TrainingResult


class TrainingCourse(models.Model):
    """培训课程; `valid_months` is how long a passed result counts when the list does not say, none is for good."""

    code = models.CharField("课程代码", max_length=20, primary_key=True)
    name = models.CharField("课程名称", max_length=60)
    valid_months = models.PositiveSmallIntegerField("有效月数", null=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class PostTraining(models.Model):
    """岗位培训要求 (`post.requires_training`): a post needs a valid result of a course, from a day on."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="trainings")
    course = models.ForeignKey(TrainingCourse, on_delete=models.PROTECT, related_name="posts")
    valid_from = models.DateField("生效日期")
    valid_until = models.DateField("终止日期", null=True)
    set_by = models.ForeignKey(Operator, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField("设定时间")

    objects = DatedRows.as_manager()

    class Meta:
        constraints = [
            no_overlap("post_training_once_at_a_time", "post", "course", span=("valid_from", "valid_until")),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="post_training_span_in_order"
            ),
        ]


class TrainingRecord(models.Model):
    """培训记录: what an operator's course ended with; a wrong one is voided, never changed."""

    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="trainings")
    course = models.ForeignKey(TrainingCourse, on_delete=models.PROTECT, related_name="records")
    level = models.CharField("培训层次", max_length=10, choices=TrainingLevel)
    held_on = models.DateField("考核日期")
    result = models.CharField("结果", max_length=10, choices=TrainingResult)
    valid_until = models.DateField("有效期止", null=True)
    recorded_by = models.ForeignKey(Operator, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField("登记时间")
    source = models.CharField("来源", max_length=120, blank=True)
    voided_by = models.ForeignKey(Operator, null=True, on_delete=models.PROTECT, related_name="+")
    voided_at = models.DateTimeField("作废时间", null=True)
    void_reason = models.CharField("作废原因", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "course", "held_on"], condition=Q(voided_at=None), name="training_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("held_on")), name="training_valid_after_the_day"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(result=TrainingResult.PASSED), name="training_failed_is_never_valid"
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by=None, void_reason="")
                | (Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason="")),
                name="training_voided_by_somebody_with_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["valid_until"], name="training_until")]


class PostConfirmation(models.Model):
    """任职确认: a post for somebody without the training it asks for; a leader decides, with a reason."""

    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="confirmations")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    org_unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField("任职日期")
    valid_until = models.DateField("免职日期", null=True)
    missing = ArrayField(models.CharField(max_length=20), verbose_name="缺少的课程")
    state = models.CharField("状态", max_length=10, choices=ConfirmationState, default=ConfirmationState.ASKED)
    asked_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("提请时间")
    decided_by = models.ForeignKey(Operator, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("确认时间", null=True)
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "post", "org_unit"],
                condition=Q(state=ConfirmationState.ASKED),
                name="post_confirmation_one_asked",
            ),
            models.CheckConstraint(
                condition=Q(state=ConfirmationState.ASKED, decided_by=None, decided_at=None, reason="")
                | (
                    Q(decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(state=ConfirmationState.ASKED)
                    & ~Q(reason="")
                ),
                name="post_confirmation_decided_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | (~Q(decided_by=F("asked_by")) & ~Q(decided_by=F("operator"))),
                name="post_confirmation_by_another",
            ),
        ]
