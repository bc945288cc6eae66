"""States and risks of the audit of contribution bases (缴费基数稽核)."""

from django.db import models


class AuditState(models.TextChoices):
    """稽核状态 of one employer (GX2017 §117)."""

    PLANNED = "planned", "待稽核"
    NOTIFIED = "notified", "已告知"
    OBJECTED = "objected", "有异议"
    CONFIRMED = "confirmed", "待补缴"
    PAID = "paid", "已补缴"
    CLEAR = "clear", "无问题"


AUDIT_TRANSITIONS = {
    (AuditState.PLANNED, AuditState.NOTIFIED): "GX2017 §117(四): findings are told to the employer",
    (AuditState.PLANNED, AuditState.CLEAR): "GX2017 §117(五): nothing was found",
    (AuditState.NOTIFIED, AuditState.OBJECTED): "GX2017 §117(四): within the time to object",
    (AuditState.OBJECTED, AuditState.PLANNED): "the objection is upheld: findings are taken up again",
    (AuditState.OBJECTED, AuditState.NOTIFIED): "the objection is refused: the findings stand",
    (AuditState.NOTIFIED, AuditState.CONFIRMED): "GX2017 §117(四): a second person confirms",
    (AuditState.NOTIFIED, AuditState.CLEAR): "another audit has put every month right since: owed once (decision 0370)",
    (AuditState.CONFIRMED, AuditState.PAID): "JS-EXT §2: paid back",
}


class Risk(models.TextChoices):
    """稽核线索: why an employer was chosen (JS-EXT §2)."""

    FLOOR = "floor", "缴费基数低于下限"
    WAGES = "wages", "缴费基数低于上报工资"
    HEADS = "heads", "参保人数少于上报人数"
    REPORTED = "reported", "举报或其他线索"
