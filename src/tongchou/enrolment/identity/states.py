"""States of the police's identity check (公安身份核查)."""

from django.db import models


class Found(models.TextChoices):
    """核查结果, as the police say it."""

    AGREES = "agrees", "一致"
    CHANGED = "changed", "姓名或号码已变更"
    NOT_FOUND = "not_found", "查无此人"
    DEAD = "dead", "已死亡"
    MOVED = "moved", "户籍迁移"


class FindingState(models.TextChoices):
    """核查明细的办理状态."""

    ASKED = "asked", "待反馈"
    AGREED = "agreed", "核查一致"
    OPEN = "open", "待办理"
    PROPOSED = "proposed", "待复核"
    REFERRED = "referred", "已转死亡信息"
    DONE = "done", "已更正"
    DISMISSED = "dismissed", "维持登记"


FINDING_TRANSITIONS = {
    (FindingState.ASKED, FindingState.AGREED): "JL2019 §7",
    (FindingState.ASKED, FindingState.OPEN): "JL2019 §7",
    (FindingState.ASKED, FindingState.REFERRED): "JL2019 §10",
    (FindingState.OPEN, FindingState.PROPOSED): "GX2017 §14",
    (FindingState.OPEN, FindingState.DONE): "GX2017 §14",
    (FindingState.OPEN, FindingState.DISMISSED): "GX2017 §14",
    (FindingState.PROPOSED, FindingState.OPEN): "GX2017 §14",
    (FindingState.PROPOSED, FindingState.DONE): "GX2017 §14",
}
