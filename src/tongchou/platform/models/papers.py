"""Papers that left the house with a verification code (已出具文书; ORG-21, RIG-02)."""

from django.db import models

from tongchou.platform.models.trail import NO_AREA


class IssuedPaper(models.Model):
    """已出具文书: what a paper with a code says, names and numbers masked. Only ever inserted.

    No foreign keys: whoever holds the paper may ask for it whatever became of the thing it speaks of.
    """

    code = models.CharField("验证码", max_length=14, db_collation="C")
    title = models.CharField("名称", max_length=60)
    number = models.CharField("编号", max_length=80)
    agency = models.CharField("出具机构", max_length=100)
    told = models.JSONField("要点", default=list)
    object_kind = models.CharField("对象类别", max_length=40)
    object_key = models.CharField("对象编号", max_length=100)
    pooling_area = models.CharField("统筹区", max_length=6, default=NO_AREA)
    unit_code = models.CharField("机构代码", max_length=12, blank=True)
    issued_at = models.DateTimeField("首次打印时间")

    class Meta:
        app_label = "platform"
        constraints = [models.UniqueConstraint(fields=["code"], name="issued_paper_code_once")]
        indexes = [models.Index(fields=["object_kind", "object_key", "id"], name="issued_paper_object")]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"
