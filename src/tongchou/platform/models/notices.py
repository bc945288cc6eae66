"""Notices to operators (通知)."""

from django.db import models
from django.db.models import Q

from tongchou.platform.models.operators import Operator
from tongchou.platform.states import NoticeLevel


class Notice(models.Model):
    """One notice to one operator; `topic` keeps a repeated job from saying the same thing twice."""

    recipient = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="notices")
    level = models.CharField("级别", max_length=10, choices=NoticeLevel, default=NoticeLevel.NOTE)
    title = models.CharField("标题", max_length=100)
    body = models.TextField("内容", blank=True)
    link = models.CharField("链接", max_length=200, blank=True)
    topic = models.CharField("主题", max_length=100, blank=True)
    sent_at = models.DateTimeField("发送时间")
    read_at = models.DateTimeField("阅读时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipient", "topic"], condition=~Q(topic=""), name="notice_topic_once")
        ]
        indexes = [
            models.Index(fields=["recipient", "-sent_at"], name="notice_of_recipient"),
            models.Index(fields=["recipient"], condition=Q(read_at=None), name="notice_unread"),
        ]
        ordering = ["-sent_at", "-id"]
