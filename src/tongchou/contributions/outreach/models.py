"""Tables of outreach (应保尽保)."""

from django.db import models
from django.db.models import F, Q

from tongchou.contributions.outreach.states import Gap, Outcome, TaskState


class PopulationFigure(models.Model):
    """人口基数: how many people have their residence in a village in a year, who says so and as of when (ENR-32).

    A newer figure replaces the one in use; the older ones stay.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    unit_code = models.CharField("村(社区)", max_length=12, db_collation="C")
    year = models.PositiveSmallIntegerField("年度")
    residents = models.PositiveIntegerField("户籍(常住)人口")
    source = models.CharField("数据来源", max_length=100)
    as_of = models.DateField("数据日期")
    staff_code = models.CharField("登记人", max_length=30)
    recorded_at = models.DateTimeField("登记时间")
    replaced_at = models.DateTimeField("更换时间", null=True)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(
                fields=["unit_code", "year"], condition=Q(replaced_at=None), name="population_one_in_use"
            ),
            models.CheckConstraint(condition=~Q(source=""), name="population_has_a_source"),
        ]
        indexes = [models.Index(fields=["pooling_area", "year", "-id"], name="population_of_area")]


class CoverageDay(models.Model):
    """参保覆盖日报: the figures of a place on a day, for every place from the village up (ENR-32).

    The figures of a place are the sums of those below it, written in one statement.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    counted_on = models.DateField("日期")
    unit_code = models.CharField("机构", max_length=12, db_collation="C")
    residents = models.PositiveIntegerField("人口基数")
    registered = models.PositiveIntegerField("登记人数")
    insured = models.PositiveIntegerField("参保人数")
    employed = models.PositiveIntegerField("其中职工参保")
    dropped = models.PositiveIntegerField("断保人数")
    joined = models.PositiveIntegerField("新参保人数")
    counted_at = models.DateTimeField("汇总时间")

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(
                fields=["unit_code", "benefit_year", "counted_on", "pooling_area"], name="coverage_day_once"
            ),
            models.CheckConstraint(
                condition=Q(insured__lte=F("registered"), employed__lte=F("insured"), joined__lte=F("insured")),
                name="coverage_day_within",
            ),
            models.CheckConstraint(
                condition=Q(dropped__lte=F("registered") - F("insured")), name="coverage_day_dropped_within"
            ),
        ]
        indexes = [models.Index(fields=["pooling_area", "benefit_year", "counted_on"], name="coverage_day_of_area")]


class CoverageName(models.Model):
    """参保覆盖名单: who is not insured, has dropped out or is new, as of the last count (ENR-32).

    Written in order of place and name, so that the order of the numbers is that of the list.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    unit_code = models.CharField("村(社区)", max_length=12, db_collation="C")
    gap = models.CharField("类别", max_length=8, choices=Gap)
    person = models.ForeignKey("enrolment.Person", on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        app_label = "contributions"
        constraints = [models.UniqueConstraint(fields=["person", "benefit_year"], name="coverage_name_once")]
        indexes = [
            models.Index(fields=["unit_code", "benefit_year", "gap", "id"], name="coverage_name_unit"),
            models.Index(fields=["pooling_area", "benefit_year", "gap", "id"], name="coverage_name_area"),
        ]


class Campaign(models.Model):
    """全民参保登记任务: the names of one town (or village) to be visited by a day (ENR-32)."""

    number = models.CharField("任务编号", max_length=40, unique=True)
    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    unit_code = models.CharField("承办机构", max_length=12, db_collation="C")
    title = models.CharField("任务名称", max_length=60)
    due_on = models.DateField("完成期限")
    persons = models.PositiveIntegerField("人数")
    made_by = models.ForeignKey("platform.Operator", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("下达时间")
    request_id = models.CharField("请求号", max_length=64)
    closed_at = models.DateTimeField("结束时间", null=True)
    closed_by = models.CharField("结束人", max_length=30, blank=True)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["made_by", "request_id"], name="campaign_once"),
            models.CheckConstraint(condition=Q(persons__gt=0), name="campaign_of_somebody"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by="") | Q(closed_at__isnull=False) & ~Q(closed_by=""),
                name="campaign_closed_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["unit_code", "-id"], name="campaign_unit")]

    def __str__(self) -> str:
        return self.number


class CampaignTask(models.Model):
    """走访任务: one person of a campaign, who visits, what became of it; nobody has two open ones (ENR-32)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="tasks", db_index=False)
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    unit_code = models.CharField("村(社区)", max_length=12, db_collation="C")
    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    gap = models.CharField("类别", max_length=8, choices=Gap)
    assigned_to = models.ForeignKey(
        "platform.Operator", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    state = models.CharField("状态", max_length=4, choices=TaskState, default=TaskState.OPEN)
    outcome = models.CharField("结果", max_length=10, choices=Outcome, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    done_by = models.CharField("办理人", max_length=30, blank=True)
    done_at = models.DateTimeField("办理时间", null=True)
    version = models.PositiveIntegerField("修改次数", default=1)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "benefit_year"], condition=Q(state=TaskState.OPEN), name="campaign_task_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state=TaskState.OPEN, outcome="", done_at=None)
                | Q(state=TaskState.DONE, done_at__isnull=False) & ~Q(outcome=""),
                name="campaign_task_done_with_an_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "unit_code", "id"], name="campaign_task_of_campaign"),
            models.Index(fields=["person", "-id"], name="campaign_task_of_person"),
        ]
