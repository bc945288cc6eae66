"""Kinds and states of what the chapter gives out and decides (个人权益)."""

from django.db import models


class CertificateKind(models.TextChoices):
    """权益证明种类 (RIG-02, RIG-11; CON-14; ENR-35)."""

    ENROLMENT = "enrolment", "参保证明"
    CONTRIBUTION = "contribution", "缴费证明"
    HOUSEHOLD_CONTRIBUTION = "household_contribution", "家庭缴费证明"
    BENEFIT = "benefit", "待遇证明"
    HOUSEHOLD = "household", "家庭参保证明"
    STATEMENT = "statement", "年度权益单"
    ROSTER = "roster", "参保花名册"
    EXTRACT = "extract", "权益记录摘录"


OF_PERSON = (
    CertificateKind.ENROLMENT,
    CertificateKind.CONTRIBUTION,
    CertificateKind.HOUSEHOLD_CONTRIBUTION,
    CertificateKind.BENEFIT,
    CertificateKind.HOUSEHOLD,
    CertificateKind.STATEMENT,
)
"""What is issued to a person at the counter, at a terminal and at `/my/`."""

OF_OTHERS = frozenset({CertificateKind.HOUSEHOLD, CertificateKind.HOUSEHOLD_CONTRIBUTION})
"""Papers that tell of other members of the household too: at the counter only (decision 0243)."""


class CertificateState(models.TextChoices):
    """权益证明状态; read from the row, never stored."""

    VALID = "valid", "有效"
    SUPERSEDED = "superseded", "已被更新"
    WITHDRAWN = "withdrawn", "已撤回"


CERTIFICATE_TRANSITIONS = {
    (CertificateState.VALID, CertificateState.SUPERSEDED): "GX2017 §19",
    (CertificateState.VALID, CertificateState.WITHDRAWN): "GX2017 §19",
    (CertificateState.SUPERSEDED, CertificateState.WITHDRAWN): "GX2017 §19",
}


class Way(models.TextChoices):
    """办理渠道 (RIG-03; GX2017 §20)."""

    COUNTER = "counter", "经办窗口"
    WEB = "web", "网上"
    TERMINAL = "terminal", "自助终端"
    SMS = "sms", "短信"


class ObjectionState(models.TextChoices):
    """权益记录异议状态 (RIG-05)."""

    FILED = "filed", "待核查"
    CHECKED = "checked", "待答复"
    CORRECTED = "corrected", "已更正"
    REFUSED = "refused", "不予更正"
    WITHDRAWN = "withdrawn", "已撤回"


OBJECTION_TRANSITIONS = {
    (ObjectionState.FILED, ObjectionState.CHECKED): "GX2017 §18",
    (ObjectionState.CHECKED, ObjectionState.CORRECTED): "GX2017 §18",
    (ObjectionState.CHECKED, ObjectionState.REFUSED): "GX2017 §18",
    (ObjectionState.FILED, ObjectionState.WITHDRAWN): "GX2017 §18",
    (ObjectionState.CHECKED, ObjectionState.WITHDRAWN): "GX2017 §18",
}
OPEN_OBJECTIONS = frozenset({ObjectionState.FILED, ObjectionState.CHECKED})


class ApplicantKind(models.TextChoices):
    """申请查询的第三方 (RIG-04, RIG-07; GX2017 §18; JL2019 §52)."""

    POLICE = "police", "公安机关"
    COURT = "court", "人民法院"
    PROCURATORATE = "procuratorate", "人民检察院"
    SUPERVISION = "supervision", "监察机关"
    AUDIT = "audit", "审计机关"
    HEIR = "heir", "继承人"


class ApplicationState(models.TextChoices):
    """第三方查询申请状态 (RIG-04)."""

    FILED = "filed", "待核准"
    APPROVED = "approved", "待提供"
    GIVEN = "given", "已提供"
    REFUSED = "refused", "不予提供"


APPLICATION_TRANSITIONS = {
    (ApplicationState.FILED, ApplicationState.APPROVED): "JL2019 §52",
    (ApplicationState.FILED, ApplicationState.REFUSED): "JL2019 §52",
    (ApplicationState.APPROVED, ApplicationState.GIVEN): "JL2019 §52",
}


class MandateKind(models.TextChoices):
    """代办关系 (RIG-03; JL2019 §55)."""

    CONSENT = "consent", "本人委托"
    GUARDIAN = "guardian", "法定监护"


class NoticeKind(models.TextChoices):
    """给参保人的通知 (RIG-08)."""

    DECISION = "decision", "办理结果"
    PAYMENT = "payment", "缴费与支付"
    EXPIRY = "expiry", "到期提醒"
    UNPAID = "unpaid", "未缴费提醒"
    COLLECTION = "collection", "扣款通知"
    PROGRESS = "progress", "办理进度"


class Direction(models.TextChoices):
    """短信方向 (RIG-03)."""

    RECEIVED = "received", "收到"
    SENT = "sent", "发出"
