"""Tables of the policy lab (政策测算; BEN-31, ORG-23). All amounts in whole fen; nothing is stored in settlements.

Amounts by layer stand in the order of `settlement.stored.SHARES`.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongchou.lab.states import Dimension, Origin, ReplayState


class Replay(models.Model):
    """测算: settlements of a period under a candidate package, beside what was paid. To run again is a new one.

    `unit_code` empty is the whole pooling area. `candidate_text` makes it reproducible; `changes` and `sweep` tell in
    words what is other. `after_person` is how far it is: chunks are whole persons, in order.
    """

    pooling_area = models.CharField("统筹地区", max_length=6)
    unit_code = models.CharField("经办机构", max_length=12, blank=True)
    scheme = models.CharField("险种", max_length=10)
    since = models.DateField("结算日期从")
    until = models.DateField("结算日期至(不含)")
    permille = models.PositiveSmallIntegerField("抽取人员(千分比)", default=1000)
    title = models.CharField("名称", max_length=80)
    origin = models.CharField("方案来源", max_length=10, choices=Origin)
    draft_id = models.BigIntegerField("参数草稿", null=True)
    candidate = models.CharField("方案", max_length=100)
    candidate_hash = models.CharField("方案摘要", max_length=64)
    candidate_text = models.TextField("方案全文")
    changes = models.JSONField("改动", default=list)
    sweep = models.JSONField("试算取值", default=dict)
    state = models.CharField("状态", max_length=10, choices=ReplayState, default=ReplayState.QUEUED)
    asked_at = models.DateTimeField("提交时间")
    operator_id = models.BigIntegerField("经办人员")
    operator = models.CharField("经办人", max_length=50)
    started_at = models.DateTimeField("开始时间", null=True)
    finished_at = models.DateTimeField("结束时间", null=True)
    worker = models.CharField("执行进程", max_length=60, blank=True)
    beat_at = models.DateTimeField("最近进展", null=True)
    rows = models.IntegerField("待读笔数", null=True)
    rows_read = models.IntegerField("已读笔数", default=0)
    after_person = models.BigIntegerField("已算至参保人", default=0)
    cpu_us = models.BigIntegerField("处理器时间(微秒)", default=0)
    left_out = models.JSONField("不能测算", default=list)
    problem = models.CharField("未完成的原因", max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="replay_period_not_empty"),
            models.CheckConstraint(condition=Q(permille__gte=1, permille__lte=1000), name="replay_sample_is_a_share"),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True, state__in=[ReplayState.QUEUED, ReplayState.RUNNING])
                | Q(
                    finished_at__isnull=False,
                    state__in=[ReplayState.DONE, ReplayState.CANCELLED, ReplayState.FAILED],
                ),
                name="replay_ends_when_finished",
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                name="replay_unfinished",
                condition=Q(state__in=[ReplayState.QUEUED, ReplayState.RUNNING]),
            ),
            models.Index(fields=["pooling_area", "asked_at", "id"], name="replay_when"),
        ]


class ReplayCell(models.Model):
    """测算结果 of one value of one dimension; the cells of each dimension but 每人变化幅度 add up to 全部.

    `gained` and `lost` are settlements of which the person bears less or more, `changed` those of which any layer
    bears another amount. Persons are counted where each of them has one place: 全部, 每人变化幅度, 试算取值.
    """

    replay = models.ForeignKey(Replay, on_delete=models.CASCADE, related_name="cells")
    dimension = models.CharField("分组", max_length=8, choices=Dimension)
    value = models.CharField("取值", max_length=60, blank=True)
    settlements = models.IntegerField("笔数", default=0)
    changed = models.IntegerField("有变化", default=0)
    gained = models.IntegerField("个人少付", default=0)
    lost = models.IntegerField("个人多付", default=0)
    gained_fen = models.BigIntegerField("少付金额", default=0)
    lost_fen = models.BigIntegerField("多付金额", default=0)
    persons = models.IntegerField("人数", default=0)
    persons_gained = models.IntegerField("少付人数", default=0)
    persons_lost = models.IntegerField("多付人数", default=0)
    old_fen = ArrayField(models.BigIntegerField(), size=8, verbose_name="原支付")
    new_fen = ArrayField(models.BigIntegerField(), size=8, verbose_name="新支付")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["replay", "dimension", "value"], name="replay_cell_once"),
            models.CheckConstraint(
                condition=Q(gained__gte=0, lost__gte=0, changed__gte=F("gained") + F("lost")),
                name="replay_cell_gains_and_losses_are_changes",
            ),
        ]

    @property
    def old_fund_fen(self) -> int:
        """基金支付 as settled: all layers but the account and cash."""
        return sum(self.old_fen[:-2])

    @property
    def new_fund_fen(self) -> int:
        return sum(self.new_fen[:-2])

    @property
    def difference_fen(self) -> int:
        """基金支付变化; more is positive."""
        return self.new_fund_fen - self.old_fund_fen


class ReplayChange(models.Model):
    """变化最大的结算: the settlements whose person gains or loses most, some of each."""

    replay = models.ForeignKey(Replay, on_delete=models.CASCADE, related_name="largest")
    settlement_id = models.BigIntegerField("结算ID")
    person_id = models.BigIntegerField("参保人")
    institution_code = models.CharField("机构编号", max_length=12)
    kind = models.CharField("医疗类别", max_length=12)
    settled_on = models.DateField("结算日期")
    gain_fen = models.BigIntegerField("个人少付")
    old_fen = ArrayField(models.BigIntegerField(), size=8)
    new_fen = ArrayField(models.BigIntegerField(), size=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["replay", "settlement_id"], name="replay_change_once")]
