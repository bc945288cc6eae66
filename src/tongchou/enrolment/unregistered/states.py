"""Where a name comes from, and what became of it (未登记人员)."""

from django.db import models


class LeadSource(models.TextChoices):
    """来源."""

    BIRTH = "birth", "出生名单"
    HIRE = "hire", "新就业名单"
    SCHOOL = "school", "学校名册"
    GROUP = "group", "特殊人员名单"


class LeadState(models.TextChoices):
    """办理状态."""

    OPEN = "open", "待走访"
    REGISTERED = "registered", "已登记"
    DISMISSED = "dismissed", "不需登记"


TRANSITIONS = {
    (LeadState.OPEN, LeadState.REGISTERED): "GX2017 §6: the person is in the register now",
    (LeadState.OPEN, LeadState.DISMISSED): "ENR-32: somebody went there and says why not",
}
