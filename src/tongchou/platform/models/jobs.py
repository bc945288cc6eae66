"""State of the periodic jobs (定时任务)."""

from django.db import models


class JobState(models.Model):
    """When a job last ran, and what went wrong the last time."""

    name = models.CharField("任务", max_length=60, primary_key=True)
    started_at = models.DateTimeField("开始时间")
    finished_at = models.DateTimeField("完成时间", null=True)
    problem = models.TextField("问题", blank=True)
