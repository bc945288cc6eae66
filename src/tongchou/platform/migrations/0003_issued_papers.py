"""Papers with a verification code are kept as what they say, and never changed (ORG-21, RIG-02; GX2017 §19)."""

from django.db import migrations, models

GUARD = """
CREATE TRIGGER issued_paper_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON platform_issuedpaper
    FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("platform", "0002_append_only")]
    operations = [
        migrations.CreateModel(
            name="IssuedPaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(db_collation="C", max_length=14, verbose_name="验证码")),
                ("title", models.CharField(max_length=60, verbose_name="名称")),
                ("number", models.CharField(max_length=80, verbose_name="编号")),
                ("agency", models.CharField(max_length=100, verbose_name="出具机构")),
                ("told", models.JSONField(default=list, verbose_name="要点")),
                ("object_kind", models.CharField(max_length=40, verbose_name="对象类别")),
                ("object_key", models.CharField(max_length=100, verbose_name="对象编号")),
                ("pooling_area", models.CharField(default="000000", max_length=6, verbose_name="统筹区")),
                ("unit_code", models.CharField(blank=True, max_length=12, verbose_name="机构代码")),
                ("issued_at", models.DateTimeField(verbose_name="首次打印时间")),
            ],
            options={
                "indexes": [models.Index(fields=["object_kind", "object_key", "id"], name="issued_paper_object")],
                "constraints": [models.UniqueConstraint(fields=("code",), name="issued_paper_code_once")],
            },
        ),
        migrations.RunSQL(GUARD, "DROP TRIGGER issued_paper_stays ON platform_issuedpaper;"),
    ]
