"""Tables of what is agreed with partners, of files that went out and files that came in (数据交换)."""

from django.db import models
from django.db.models import F, Q

from tongchou.exchange.states import (
    Direction,
    Frequency,
    ImportState,
    OnArrival,
    OutgoingState,
    PartnerKind,
    RejectState,
)
from tongchou.platform.ranges import no_overlap


class Partner(models.Model):
    """交换对象: a bank, a tax office, a department with which an area exchanges files (JL2019 §50; SYS-04)."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, verbose_name="统筹地区")
    code = models.CharField("代码", max_length=12)
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类别", max_length=16, choices=PartnerKind)
    contact = models.CharField("联系人", max_length=50, blank=True)
    phone = models.CharField("联系电话", max_length=30, blank=True)
    role = models.CharField("职责", max_length=200, blank=True)
    in_use = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pooling_area", "code"], name="partner_code_once")]

    def __str__(self) -> str:
        return self.name


class FileFormat(models.Model):
    """文件格式: how a partner's files look, as `formats.read_definition` understands it (SYS-07).

    A format that a file was made or read with stands still; another edition takes its place, from the day it is in
    force once a second person has approved it (decision 0230).
    """

    code = models.CharField("代码", max_length=30)
    edition = models.PositiveSmallIntegerField("版本", default=1)
    name = models.CharField("名称", max_length=60)
    definition = models.JSONField("定义")
    valid_from = models.DateField("生效日期")
    staff_code = models.CharField("登记人", max_length=30)
    created_at = models.DateTimeField("登记时间")
    approved_by = models.CharField("核准人", max_length=30, blank=True)
    approved_at = models.DateTimeField("核准时间", null=True)
    returned_reason = models.CharField("退回理由", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "edition"], name="file_format_edition_once"),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by="")
                | (Q(approved_at__isnull=False, returned_reason="") & ~Q(approved_by="")),
                name="file_format_approved_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.edition}"


class ExchangeAgreement(models.Model):
    """交换约定: one item exchanged with a partner: direction, frequency, format, responsible, basis (SYS-04)."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="agreements")
    flow = models.CharField("交换项目", max_length=30)
    direction = models.CharField("方向", max_length=4, choices=Direction)
    frequency = models.CharField("频率", max_length=10, choices=Frequency)
    sent_as = models.ForeignKey(FileFormat, null=True, on_delete=models.PROTECT, related_name="+")
    answered_as = models.ForeignKey(FileFormat, null=True, on_delete=models.PROTECT, related_name="+")
    responsible = models.CharField("责任人", max_length=30)
    taken_by = models.CharField("受理人工号", max_length=30, blank=True)
    on_arrival = models.CharField("到件处理", max_length=12, choices=OnArrival, default=OnArrival.CONFIRM)
    legal_basis = models.CharField("依据", max_length=200)
    valid_from = models.DateField("起")
    valid_until = models.DateField("止", null=True)

    class Meta:
        constraints = [
            no_overlap("exchange_agreement_no_overlap", "partner", "flow", span=("valid_from", "valid_until")),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="exchange_agreement_not_empty"
            ),
            models.CheckConstraint(condition=~Q(legal_basis=""), name="exchange_agreement_has_a_basis"),
            models.CheckConstraint(
                condition=(Q(direction="in") | Q(sent_as__isnull=False))
                & (~Q(direction="both") | Q(answered_as__isnull=False)),
                name="exchange_agreement_has_formats",
            ),
        ]


class OutgoingFile(models.Model):
    """发出文件: numbered without gaps, with its totals and the digest of its bytes; made again, it has the same bytes.

    `definition` is the format as it was then; `object_key` names what the chapter of the flow sent with it.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="outgoing")
    agreement = models.ForeignKey(ExchangeAgreement, on_delete=models.PROTECT, related_name="+")
    flow = models.CharField("交换项目", max_length=30)
    object_key = models.BigIntegerField("业务对象")
    unit_code = models.CharField("经办机构", max_length=12)
    number = models.CharField("文件编号", max_length=40)
    serial = models.PositiveIntegerField("序号")
    file_name = models.CharField("文件名", max_length=120)
    definition = models.JSONField("格式")
    rows = models.PositiveIntegerField("总笔数", default=0)
    total_fen = models.BigIntegerField("总金额", default=0)
    size = models.BigIntegerField("字节数", default=0)
    digest = models.CharField("摘要", max_length=64, blank=True)
    rows_answered = models.PositiveIntegerField("已回盘笔数", default=0)
    state = models.CharField("状态", max_length=12, choices=OutgoingState, default=OutgoingState.MADE)
    made_by = models.CharField("制盘人", max_length=30)
    made_at = models.DateTimeField("制盘时间")
    sent_at = models.DateTimeField("发送时间", null=True)
    answered_at = models.DateTimeField("回盘时间", null=True)
    reconciled_at = models.DateTimeField("对账时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="outgoing_number_once"),
            models.UniqueConstraint(
                fields=["flow", "object_key"], name="outgoing_object_once", condition=~Q(state="cancelled")
            ),
            models.CheckConstraint(condition=Q(rows_answered__lte=F("rows")), name="outgoing_answered_within"),
            models.CheckConstraint(
                condition=Q(state__in=("made", "cancelled"), sent_at=None)
                | (~Q(state__in=("made", "cancelled")) & Q(sent_at__isnull=False)),
                name="outgoing_sent_when",
            ),
        ]
        indexes = [models.Index(fields=["pooling_area", "-made_at", "-id"], name="outgoing_recent")]

    def __str__(self) -> str:
        return self.number


class OutgoingChunk(models.Model):
    """The bytes of a file that went out, in pieces; they stay."""

    file = models.ForeignKey(OutgoingFile, on_delete=models.PROTECT, related_name="chunks", db_index=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="outgoing_chunk_once")]


class PartnerReceipt(models.Model):
    """签收回执: the partner's word that a file has come, such as the bank's stamped confirmation (ENR-09)."""

    file = models.ForeignKey(OutgoingFile, on_delete=models.PROTECT, related_name="receipts")
    reference = models.CharField("回执号", max_length=60)
    received_on = models.DateField("签收日期")
    rows = models.PositiveIntegerField("签收笔数")
    total_fen = models.BigIntegerField("签收金额")
    staff_code = models.CharField("登记人", max_length=30)
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file"], name="receipt_once")]


class ImportFile(models.Model):
    """导入文件: an uploaded table of any kind, from its check to its rows in the books.

    The same bytes are taken in once per kind and area. `worker` names the process that holds the file's advisory lock;
    a file in work whose lock is free was left by a killed process and may be started again. Of a file that is taken in
    by parts, the rows up to `taken_through` are in the books, whatever comes of the others.
    """

    kind = models.CharField("导入类别", max_length=30)
    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    file_name = models.CharField("文件名", max_length=200)
    digest = models.CharField("摘要", max_length=64)
    size = models.BigIntegerField("字节数")
    state = models.CharField("状态", max_length=12, choices=ImportState, default=ImportState.CHECKING)
    rows_total = models.PositiveIntegerField("数据行数", default=0)
    rows_done = models.PositiveIntegerField("已处理行数", default=0)
    rows_good = models.PositiveIntegerField("可入库行数", default=0)
    rows_bad = models.PositiveIntegerField("有误行数", default=0)
    rows_taken = models.PositiveIntegerField("入库行数", default=0)
    taken_through = models.PositiveIntegerField("已入库至行", default=0, db_default=0)
    rows_returned = models.PositiveIntegerField("退回行数", default=0)
    preview = models.JSONField("预览", default=dict)
    options = models.JSONField("选项", default=dict)
    message = models.CharField("说明", max_length=400, blank=True)
    cancel_asked = models.BooleanField("要求取消", default=False)
    staff_code = models.CharField("经办人", max_length=30)
    partner = models.ForeignKey(Partner, null=True, on_delete=models.PROTECT, related_name="incoming")
    answers = models.ForeignKey(OutgoingFile, null=True, on_delete=models.PROTECT, related_name="answers")
    uploaded_at = models.DateTimeField("上传时间")
    checked_at = models.DateTimeField("检查时间", null=True)
    taken_in_at = models.DateTimeField("入库时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "pooling_area", "digest"],
                condition=~Q(state__in=("unreadable", "cancelled", "withdrawn")),
                name="import_file_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("done", "withdrawn"), taken_in_at__isnull=False)
                | (~Q(state__in=("done", "withdrawn")) & Q(taken_in_at=None)),
                name="import_file_taken_in_when",
            ),
        ]
        indexes = [models.Index(fields=["pooling_area", "-uploaded_at"], name="import_file_recent")]


class ImportChunk(models.Model):
    """The bytes of an uploaded file, in pieces, until they are no longer needed."""

    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="import_chunk_once")]


class ImportProblem(models.Model):
    """导入错误: one cell (or one whole row) that was refused, with code and reason."""

    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="problems", db_index=False)
    row_no = models.PositiveIntegerField("行号")
    cell = models.CharField("单元格", max_length=12)
    column = models.CharField("列名", max_length=60)
    value = models.CharField("内容", max_length=100)
    code = models.CharField("代码", max_length=10)
    reason = models.CharField("原因", max_length=300)
    in_books = models.BooleanField("与库内数据有关", default=False)

    class Meta:
        indexes = [models.Index(fields=["file", "row_no", "id"], name="import_problem_row")]


class RejectedRow(models.Model):
    """退回明细: one row that the partner, or we, could not take: a piece of work with its end (ENR-09, CON-08, CON-11).

    `object_kind` and `object_key` name what the row is about in the chapter of the flow.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    unit_code = models.CharField("参保单位", max_length=12, db_collation="C")
    flow = models.CharField("交换项目", max_length=30)
    outgoing = models.ForeignKey(OutgoingFile, null=True, on_delete=models.PROTECT, related_name="rejected")
    incoming = models.ForeignKey(
        ImportFile, null=True, on_delete=models.PROTECT, related_name="rejected", db_index=False
    )
    row_no = models.PositiveIntegerField("行号")
    object_kind = models.CharField("业务对象类别", max_length=20)
    object_key = models.CharField("业务对象", max_length=40)
    subject = models.CharField("对象", max_length=100)
    amount_fen = models.BigIntegerField("金额", null=True)
    code = models.CharField("代码", max_length=20)
    reason = models.CharField("原因", max_length=300)
    state = models.CharField("状态", max_length=10, choices=RejectState, default=RejectState.OPEN)
    assigned_to = models.CharField("经办人", max_length=30, blank=True)
    resolution = models.CharField("处理结果", max_length=300, blank=True)
    resolved_by = models.CharField("处理人", max_length=30, blank=True)
    resolved_at = models.DateTimeField("处理时间", null=True)
    due_on = models.DateField("应办结日期")
    created_at = models.DateTimeField("退回时间")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", resolved_at=None, resolution="", resolved_by="")
                | (Q(state="resolved", resolved_at__isnull=False) & ~Q(resolution="") & ~Q(resolved_by="")),
                name="rejected_row_resolved_whole",
            )
        ]
        indexes = [
            models.Index(fields=["unit_code", "state", "id"], name="rejected_row_unit"),
            models.Index(fields=["pooling_area", "state", "-id"], name="rejected_row_area"),
        ]
