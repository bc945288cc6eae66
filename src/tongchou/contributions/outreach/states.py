"""States and kinds of outreach (应保尽保)."""

from django.db import models


class Gap(models.TextChoices):
    """名单类别: why somebody stands on the list (ENR-32)."""

    NEVER = "never", "未参保"
    DROPPED = "dropped", "断保"
    JOINED = "joined", "新参保"


UNINSURED = (Gap.NEVER, Gap.DROPPED)
"""Those who are not insured this year; a dropped one was last year."""


class TaskState(models.TextChoices):
    """动员任务状态."""

    OPEN = "open", "待走访"
    DONE = "done", "已办结"


class Outcome(models.TextChoices):
    """走访结果 (全民参保登记). Nobody finds out at a door: 未走访到, whoever is left when a campaign is closed, and
    已停保, who is suspended since.
    """

    JOINED = "joined", "已动员参保"
    ELSEWHERE = "elsewhere", "外地参保"
    REFUSED = "refused", "拒绝"
    DIED = "died", "死亡"
    LOST = "lost", "失联"
    UNVISITED = "unvisited", "未走访到"
    SUSPENDED = "suspended", "已停保"


FOUND_OUT_HERE = (Outcome.UNVISITED, Outcome.SUSPENDED)
"""Outcomes that no visitor tells."""
SETTLED = (Outcome.JOINED, Outcome.ELSEWHERE, Outcome.DIED)
"""Outcomes after which nobody is asked again for the same year."""

TASK_TRANSITIONS = {
    (TaskState.OPEN, TaskState.DONE): "QA2018 二(一)",
    (TaskState.DONE, TaskState.DONE): "QA2018 二(一): found out better, while the campaign goes on",
}
