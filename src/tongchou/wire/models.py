"""Tables of the hospital wire (接口平台): access, sign-on and the bookings that make a message count once."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from tongchou.wire.states import Gateway


class WireAccess(models.Model):
    """接入授权: how an institution's gateway calls are checked; a setting, apart from the business."""

    institution_code = models.CharField("机构编号", max_length=12, primary_key=True)
    gateway = models.CharField("网关校验方式", max_length=12, choices=Gateway, default=Gateway.NONE)
    access_key = models.CharField("访问标识", max_length=64, blank=True)
    secret = models.CharField("密钥", max_length=128, blank=True)
    enabled = models.BooleanField("启用", default=True)
    sign_on_required = models.BooleanField("交易须签到", default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(gateway=Gateway.NONE) | ~Q(secret=""), name="wire_access_has_secret")
        ]


class SignOn(models.Model):
    """签到: opens an operator's session of an institution (9001); lasts longer than any client keeps it."""

    sign_no = models.CharField("签到编号", max_length=30, primary_key=True)
    institution_code = models.CharField("机构编号", max_length=12)
    operator_no = models.CharField("操作员编号", max_length=30)
    mac = models.CharField("MAC", max_length=20, blank=True)
    ip = models.CharField("IP", max_length=20, blank=True)
    signed_on_at = models.DateTimeField("签到时间")
    signed_off_at = models.DateTimeField("签退时间", null=True)

    class Meta:
        indexes = [
            models.Index(fields=["institution_code", "-signed_on_at", "-sign_no"], name="sign_on_latest"),
            models.Index(
                fields=["institution_code", "operator_no", "-signed_on_at", "-sign_no"], name="sign_on_operator"
            ),
        ]


class Booking(models.Model):
    """报文记账: a message that changed something counts once, and its answer is kept byte for byte.

    Key: institution, transaction, message id and the digest of the input, since real clients reuse message ids.
    Append-only, except that a reversal (2601) marks the booking it undid. `reply_no` holds the time of `received_at`,
    so the narrow index on the time finds it.
    """

    pk = models.CompositePrimaryKey("institution_code", "infno", "msgid", "digest")
    institution_code = models.CharField("机构编号", max_length=12)
    infno = models.CharField("交易编号", max_length=8)
    msgid = models.CharField("发送方报文ID", max_length=40)
    digest = models.BinaryField("报文摘要", max_length=32)
    reply_no = models.CharField("接收方报文ID", max_length=30)
    person_no = models.CharField("人员编号", max_length=30, blank=True)
    encounter_id = models.BigIntegerField("就诊", null=True)
    settlement_id = models.BigIntegerField("结算", null=True)
    operator_no = models.CharField("经办人", max_length=30, blank=True)
    answer = models.BinaryField("应答")
    received_at = models.DateTimeField("接收时间")
    reversed_at = models.DateTimeField("冲正时间", null=True)

    class Meta:
        indexes = [
            BrinIndex(fields=["received_at"], name="booking_received", autosummarize=True),
            models.Index(fields=["encounter_id"], name="booking_encounter", condition=Q(encounter_id__isnull=False)),
        ]


class RefusalDay(models.Model):
    """拒绝日汇总: how many messages of an institution and transaction were refused on a day, by code; decision 0060.

    The institution is empty where the sender is nobody we know, the transaction where it is not one of ours.
    """

    pk = models.CompositePrimaryKey("day", "institution_code", "infno", "code")
    day = models.DateField("日期")
    institution_code = models.CharField("机构编号", max_length=12, blank=True)
    infno = models.CharField("交易编号", max_length=8, blank=True)
    code = models.CharField("错误码", max_length=8)
    refusals = models.BigIntegerField("拒绝报文数")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(refusals__gt=0), name="wire_refusals_counted")]


class Refusal(models.Model):
    """被拒报文: a message that was refused, with the reason; kept for some weeks and up to a number a day."""

    reply_no = models.CharField("接收方报文ID", max_length=30, primary_key=True)
    received_at = models.DateTimeField("接收时间")
    institution_code = models.CharField("机构编号", max_length=12, blank=True)
    infno = models.CharField("交易编号", max_length=8, blank=True)
    msgid = models.CharField("发送方报文ID", max_length=40, blank=True)
    operator_no = models.CharField("经办人", max_length=30, blank=True)
    code = models.CharField("错误码", max_length=8)
    reason = models.CharField("原因", max_length=300)
    person_no = models.CharField("人员编号", max_length=30, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-received_at", "-reply_no"], name="refusal_latest"),
            models.Index(fields=["person_no", "received_at"], name="refusal_person", condition=~Q(person_no="")),
        ]
