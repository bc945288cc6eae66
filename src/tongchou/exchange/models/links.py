"""Tables of the links (交换链路): how files travel, what waits to go, what has come, and when a link was down."""

from django.db import models
from django.db.models import F, Q

from tongchou.exchange.models.files import ImportFile, OutgoingFile, Partner
from tongchou.exchange.states import ArrivalState, Carrier, DeliveryState, KeySide


class PartnerLink(models.Model):
    """交换链路 of a partner: a shared folder or an HTTP address, and how it stands (SYS-03; GX2017 §129)."""

    partner = models.OneToOneField(Partner, on_delete=models.PROTECT, related_name="link", primary_key=True)
    carrier = models.CharField("方式", max_length=8, choices=Carrier)
    address = models.CharField("地址", max_length=300, blank=True)
    in_use = models.BooleanField("启用", default=True)
    last_contact_at = models.DateTimeField("最近联通", null=True)
    failing_since = models.DateTimeField("中断自", null=True)
    failures = models.PositiveIntegerField("连续失败", default=0)
    next_try_at = models.DateTimeField("下次尝试", null=True)
    problem = models.CharField("原因", max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(failing_since=None, failures=0, problem="")
                | Q(failing_since__isnull=False, failures__gt=0) & ~Q(problem=""),
                name="partner_link_fails_whole",
            )
        ]


class LinkOutage(models.Model):
    """链路中断: from the first failure to the next contact."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="outages")
    since = models.DateTimeField("自")
    until = models.DateTimeField("至", null=True)
    failures = models.PositiveIntegerField("失败次数", default=0)
    problem = models.CharField("原因", max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner"], condition=Q(until=None), name="link_outage_one_open"),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name="link_outage_in_order"),
        ]


class PartnerKey(models.Model):
    """签名密钥: with ours we sign, with theirs we verify; while two overlap, both are good (SYS-05, SYS-07)."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="keys")
    side = models.CharField("用途", max_length=8, choices=KeySide)
    key_no = models.CharField("密钥编号", max_length=20)
    algorithm = models.CharField("算法", max_length=8)
    secret = models.CharField("密钥", max_length=128)
    valid_from = models.DateTimeField("起")
    valid_until = models.DateTimeField("止", null=True)
    staff_code = models.CharField("登记人", max_length=30)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "side", "key_no"], name="partner_key_once"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="partner_key_in_order"
            ),
            models.CheckConstraint(condition=~Q(secret=""), name="partner_key_has_a_secret"),
        ]


class Delivery(models.Model):
    """投递: a file on its way to the partner; one way is open per file, and a partner's files go in their order."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="deliveries")
    file = models.ForeignKey(OutgoingFile, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField("状态", max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField("尝试次数", default=0)
    queued_by = models.CharField("经办人", max_length=30)
    queued_at = models.DateTimeField("排队时间")
    delivered_at = models.DateTimeField("送达时间", null=True)
    key_no = models.CharField("密钥编号", max_length=20, blank=True)
    receipt = models.CharField("回执号", max_length=60, blank=True)
    code = models.CharField("代码", max_length=10, blank=True)
    problem = models.CharField("原因", max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file"], condition=Q(state="waiting"), name="delivery_one_waiting"),
            models.CheckConstraint(
                condition=Q(state="delivered", delivered_at__isnull=False)
                | (~Q(state="delivered") & Q(delivered_at=None)),
                name="delivery_delivered_when",
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "id"], condition=Q(state="waiting"), name="delivery_queue"),
            models.Index(fields=["partner", "-id"], name="delivery_recent"),
        ]


class Arrival(models.Model):
    """到件: a partner's file as it came, known by its number and digest; it is booked once, however often it comes."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="arrivals")
    flow = models.CharField("交换项目", max_length=30)
    number = models.CharField("对方文件编号", max_length=60)
    digest = models.CharField("摘要", max_length=64)
    file_name = models.CharField("文件名", max_length=120)
    size = models.BigIntegerField("字节数")
    answers = models.CharField("对应文件编号", max_length=40, blank=True)
    day = models.DateField("所属日期", null=True)
    said = models.JSONField("所列合计", default=dict)
    key_no = models.CharField("密钥编号", max_length=20, blank=True)
    state = models.CharField("状态", max_length=10, choices=ArrivalState, default=ArrivalState.RECEIVED)
    code = models.CharField("代码", max_length=10, blank=True)
    problem = models.CharField("原因", max_length=400, blank=True)
    repeats = models.PositiveIntegerField("重复到达", default=0)
    repeated_at = models.DateTimeField("最近重复", null=True)
    incoming = models.ForeignKey(ImportFile, null=True, on_delete=models.PROTECT, related_name="arrivals")
    received_at = models.DateTimeField("接收时间")
    closed_at = models.DateTimeField("处理时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "number"], condition=~Q(state="refused"), name="arrival_number_once"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("refused", "waiting")) | ~Q(problem=""), name="arrival_says_why"
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-id"], name="arrival_recent"),
            models.Index(fields=["id"], condition=Q(state="received"), name="arrival_to_book"),
        ]

    def __str__(self) -> str:
        return self.number


class ArrivalChunk(models.Model):
    """The bytes of a partner's file, in pieces, until it is booked or refused."""

    arrival = models.ForeignKey(Arrival, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["arrival", "number"], name="arrival_chunk_once")]


class DayTotal(models.Model):
    """日对账: what a partner says of one office and day, beside what of it stands in our books (SYS-05; CON-11)."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    arrival = models.ForeignKey(Arrival, on_delete=models.PROTECT, related_name="totals")
    flow = models.CharField("交换项目", max_length=30)
    day = models.DateField("日期")
    office = models.CharField("经收机构", max_length=60)
    said_rows = models.PositiveIntegerField("对方笔数")
    said_fen = models.BigIntegerField("对方金额")
    booked_rows = models.PositiveIntegerField("入账笔数")
    booked_fen = models.BigIntegerField("入账金额")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["arrival", "day", "office"], name="day_total_once")]
        indexes = [models.Index(fields=["partner", "-day", "-id"], name="day_total_recent")]
