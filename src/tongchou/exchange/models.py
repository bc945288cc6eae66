"""Tables of the exchange (数据交换): files that came in, from their first byte to their rows in the books."""

from django.db import models
from django.db.models import Q

from tongchou.exchange.states import ImportState


class ImportFile(models.Model):
    """导入文件: an uploaded table of any kind, from its check to its rows in the books.

    The same bytes are taken in once per kind and area. `worker` names the process that holds the file's advisory lock;
    a file in work whose lock is free was left by a killed process and may be started again.
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
    preview = models.JSONField("预览", default=dict)
    options = models.JSONField("选项", default=dict)
    message = models.CharField("说明", max_length=400, blank=True)
    cancel_asked = models.BooleanField("要求取消", default=False)
    staff_code = models.CharField("经办人", max_length=30)
    uploaded_at = models.DateTimeField("上传时间")
    checked_at = models.DateTimeField("检查时间", null=True)
    taken_in_at = models.DateTimeField("入库时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "pooling_area", "digest"],
                condition=~Q(state__in=("unreadable", "cancelled")),
                name="import_file_once",
            ),
            models.CheckConstraint(
                condition=Q(state="done", taken_in_at__isnull=False) | (~Q(state="done") & Q(taken_in_at=None)),
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
