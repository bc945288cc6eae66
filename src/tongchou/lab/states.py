"""States and kinds of the policy lab (政策测算)."""

from django.db import models


class ReplayState(models.TextChoices):
    """测算状态."""

    QUEUED = "queued", "排队"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    CANCELLED = "cancelled", "已取消"
    FAILED = "failed", "未完成"


TRANSITIONS = {
    (ReplayState.QUEUED, ReplayState.RUNNING): "BEN-31",
    (ReplayState.RUNNING, ReplayState.DONE): "BEN-31",
    (ReplayState.RUNNING, ReplayState.FAILED): "BEN-31",
    (ReplayState.QUEUED, ReplayState.CANCELLED): "BEN-31",
    (ReplayState.RUNNING, ReplayState.CANCELLED): "BEN-31",
}
"""A replay whose process died stays 进行中 and is taken up again; asking anew is a new replay."""

UNFINISHED = (ReplayState.QUEUED, ReplayState.RUNNING)


class Origin(models.TextChoices):
    """方案来源: where the candidate's rules come from."""

    VALUES = "values", "改动数值"
    SWEEP = "sweep", "阶梯试算"
    DRAFT = "draft", "参数草稿"
    PACKAGE = "package", "已有政策包"
    FILE = "file", "上传文件"


class Dimension(models.TextChoices):
    """分组: by what the effect is told apart."""

    ALL = "all", "全部"
    LEVEL = "level", "机构等级"
    GROUP = "group", "人群"
    AGE = "age", "年龄段"
    AREA = "area", "参保地"
    KIND = "kind", "医疗类别"
    MONTH = "month", "月份"
    SIZE = "size", "每人变化幅度"
    STEP = "step", "试算取值"
