"""The tables of the platform, with the extensions that constraints and searches of all chapters need."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import tongchou.platform.models.trail
import tongchou.platform.ranges

# The transaction takes its number first, then draws the id: so every id drawn before a snapshot belongs to a transaction
# that the snapshot knows, and the sealer can tell when a lower id can no longer appear (decision 0014).
CREATE_TRAIL_IDS = """
CREATE SEQUENCE platform_trail_id AS bigint;
CREATE FUNCTION platform_next_trail_id() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_current_xact_id();
    RETURN nextval('platform_trail_id');
END
$$;
"""
DROP_TRAIL_IDS = "DROP FUNCTION platform_next_trail_id(); DROP SEQUENCE platform_trail_id;"


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        django.contrib.postgres.operations.BtreeGistExtension(),
        django.contrib.postgres.operations.TrigramExtension(),
        migrations.RunSQL(CREATE_TRAIL_IDS, DROP_TRAIL_IDS),
        migrations.CreateModel(
            name="JobState",
            fields=[
                ("name", models.CharField(max_length=60, primary_key=True, serialize=False, verbose_name="任务")),
                ("started_at", models.DateTimeField(verbose_name="开始时间")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="完成时间")),
                ("problem", models.TextField(blank=True, verbose_name="问题")),
            ],
        ),
        migrations.CreateModel(
            name="NumberSeries",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "area", "kind", "year", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("area", models.CharField(max_length=12, verbose_name="区划")),
                ("kind", models.CharField(max_length=30, verbose_name="类别")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("last_number", models.PositiveIntegerField(verbose_name="最后编号")),
            ],
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                ("code", models.CharField(max_length=30, primary_key=True, serialize=False, verbose_name="岗位代码")),
                ("name", models.CharField(max_length=30, unique=True, verbose_name="岗位名称")),
                ("duties", models.TextField(verbose_name="岗位职责")),
                (
                    "permissions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), size=None, verbose_name="权限"
                    ),
                ),
                ("rank", models.PositiveSmallIntegerField(verbose_name="排序")),
            ],
            options={
                "ordering": ["rank"],
            },
        ),
        migrations.CreateModel(
            name="Operator",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("staff_code", models.CharField(max_length=30, unique=True, verbose_name="医保系统工作人员代码")),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("citizen_id", models.CharField(max_length=18, verbose_name="公民身份号码")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="联系电话")),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "简体中文"), ("en", "English")],
                        default="zh-hans",
                        max_length=10,
                        verbose_name="界面语言",
                    ),
                ),
                ("active_from", models.DateField(verbose_name="启用日期")),
                ("is_active", models.BooleanField(default=True, verbose_name="启用")),
                ("leaves_on", models.DateField(null=True, verbose_name="离职日期")),
                ("left_at", models.DateTimeField(null=True, verbose_name="离职生效时间")),
                ("is_demo", models.BooleanField(default=False, verbose_name="演示账号")),
                ("session_round", models.PositiveIntegerField(default=0, verbose_name="会话轮次")),
                (
                    "successor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="交接人",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CalendarYear",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "待批准"),
                            ("provisional", "暂定"),
                            ("approved", "已批准"),
                            ("superseded", "已被替换"),
                            ("rejected", "已退回"),
                        ],
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("source", models.CharField(max_length=200, verbose_name="来源")),
                ("is_first_data", models.BooleanField(default=False, verbose_name="随系统提供")),
                ("imported_at", models.DateTimeField(verbose_name="导入时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="批准时间")),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "imported_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="日期")),
                ("is_working", models.BooleanField(verbose_name="上班")),
                ("name", models.CharField(max_length=40, verbose_name="名称")),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="days", to="platform.calendaryear"
                    ),
                ),
            ],
            options={
                "ordering": ["day"],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.CharField(
                        choices=[("note", "通知"), ("warning", "提醒"), ("urgent", "紧急")],
                        default="note",
                        max_length=10,
                        verbose_name="级别",
                    ),
                ),
                ("title", models.CharField(max_length=100, verbose_name="标题")),
                ("body", models.TextField(blank=True, verbose_name="内容")),
                ("link", models.CharField(blank=True, max_length=200, verbose_name="链接")),
                ("topic", models.CharField(blank=True, max_length=100, verbose_name="主题")),
                ("sent_at", models.DateTimeField(verbose_name="发送时间")),
                ("read_at", models.DateTimeField(null=True, verbose_name="阅读时间")),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notices", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-sent_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="OrgUnit",
            fields=[
                ("code", models.CharField(max_length=12, primary_key=True, serialize=False, verbose_name="机构代码")),
                ("name", models.CharField(max_length=100, verbose_name="名称")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("province", "省级"),
                            ("city", "市级"),
                            ("county", "县级"),
                            ("town", "乡镇(街道)"),
                            ("village", "村(社区)"),
                            ("school", "学校"),
                            ("institution_office", "定点机构医保科"),
                        ],
                        max_length=20,
                        verbose_name="层级",
                    ),
                ),
                ("path", models.TextField(unique=True, verbose_name="路径")),
                ("valid_from", models.DateField(verbose_name="启用日期")),
                ("valid_until", models.DateField(null=True, verbose_name="终止日期")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="platform.orgunit",
                        verbose_name="上级机构",
                    ),
                ),
                (
                    "successor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="predecessors",
                        to="platform.orgunit",
                        verbose_name="承接机构",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="operator",
            name="org_unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="operators",
                to="platform.orgunit",
                verbose_name="所属机构",
            ),
        ),
        migrations.CreateModel(
            name="OrgUnitName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="名称")),
                ("valid_from", models.DateField(verbose_name="启用日期")),
                ("valid_until", models.DateField(null=True, verbose_name="终止日期")),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="names", to="platform.orgunit"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PoolingArea",
            fields=[
                ("code", models.CharField(max_length=6, primary_key=True, serialize=False, verbose_name="统筹区代码")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                (
                    "level",
                    models.CharField(
                        choices=[("province", "省级"), ("city", "市级"), ("county", "县级")],
                        max_length=20,
                        verbose_name="统筹层次",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="启用日期")),
                ("valid_until", models.DateField(null=True, verbose_name="终止日期")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^\\d{6}$")), name="pooling_area_code_is_six_digits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="pooling_area_span_not_empty",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="orgunit",
            name="pooling_area",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="platform.poolingarea",
                verbose_name="统筹区",
            ),
        ),
        migrations.CreateModel(
            name="PostHolding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateField(verbose_name="任职日期")),
                ("valid_until", models.DateField(null=True, verbose_name="免职日期")),
                ("granted_at", models.DateTimeField(verbose_name="授予时间")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="收回时间")),
                (
                    "granted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holdings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "org_unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="holdings", to="platform.orgunit"
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="holdings", to="platform.post"
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ScopeGrant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "permissions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), size=None, verbose_name="查阅权限"
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[("clearing", "清算"), ("audit", "稽核")], max_length=20, verbose_name="用途"
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="理由")),
                ("valid_from", models.DateField(verbose_name="开始日期")),
                ("valid_until", models.DateField(verbose_name="终止日期")),
                ("granted_at", models.DateTimeField(verbose_name="授予时间")),
                (
                    "granted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scope_grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "org_unit",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="platform.orgunit"
                    ),
                ),
                (
                    "pooling_area",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="platform.poolingarea",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SodPair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=100, verbose_name="理由")),
                ("citation", models.CharField(max_length=60, verbose_name="依据")),
                (
                    "post_a",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="platform.post"
                    ),
                ),
                (
                    "post_b",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="platform.post"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TrailEntry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "pooling_area", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("pooling_area", models.CharField(default="000000", max_length=6, verbose_name="统筹区")),
                ("id", models.BigIntegerField(db_default=tongchou.platform.models.trail.NextTrailId())),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("action", models.CharField(max_length=60, verbose_name="操作")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("done", "成功"), ("seen", "查阅"), ("refused", "拒绝"), ("failed", "失败")],
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                ("operator_id", models.BigIntegerField(null=True, verbose_name="经办人")),
                ("staff_code", models.CharField(blank=True, max_length=30, verbose_name="工作人员代码")),
                ("unit_code", models.CharField(blank=True, max_length=12, verbose_name="机构代码")),
                ("object_kind", models.CharField(blank=True, max_length=40, verbose_name="对象类别")),
                ("object_key", models.CharField(blank=True, max_length=64, verbose_name="对象编号")),
                ("detail", models.JSONField(default=dict, verbose_name="内容")),
                ("address", models.CharField(blank=True, max_length=45, verbose_name="来源地址")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["id"], name="trail_entry_id"),
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True, fields=["at"], name="trail_entry_at", pages_per_range=32
                    ),
                    models.Index(
                        condition=models.Q(("object_key", ""), _negated=True),
                        fields=["object_kind", "object_key", "id"],
                        name="trail_entry_object",
                    ),
                    models.Index(fields=["action", "id"], name="trail_entry_action"),
                    models.Index(
                        condition=models.Q(("outcome", "done"), _negated=True),
                        fields=["outcome", "id"],
                        name="trail_entry_not_done",
                    ),
                    models.Index(
                        condition=models.Q(("staff_code", ""), _negated=True),
                        fields=["staff_code", "id"],
                        name="trail_entry_staff",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TrailSeal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="封印号")),
                ("first_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField()),
                ("entry_count", models.PositiveIntegerField(verbose_name="条数")),
                ("covered", models.TextField(verbose_name="编号范围")),
                ("digests", models.BinaryField()),
                ("previous_hash", models.BinaryField()),
                ("hash", models.BinaryField(unique=True)),
                ("sealed_at", models.DateTimeField(verbose_name="封印时间")),
                ("settled_id", models.BigIntegerField()),
                ("snapshot_xmax", models.BigIntegerField()),
                ("cluster", models.CharField(max_length=20)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)), name="trail_seal_numbers_begin_at_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("entry_count__gte", 1)), name="trail_seal_holds_something"
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="calendaryear",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("provisional", "approved"))),
                fields=("year",),
                name="calendar_year_one_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="calendaryear",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")), fields=("year",), name="calendar_year_one_draft"
            ),
        ),
        migrations.AddConstraint(
            model_name="calendaryear",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at", None), ("decided_by", None), ("imported_by", None), ("is_first_data", True)
                    ),
                    models.Q(("imported_by__isnull", False), ("is_first_data", False)),
                    _connector="OR",
                ),
                name="calendar_year_imported_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="calendaryear",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_first_data", True),
                    models.Q(("decided_at", None), ("decided_by", None), ("state", "draft")),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        models.Q(("state__in", ("draft", "provisional")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="calendar_year_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="calendaryear",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None),
                    models.Q(("decided_by", models.F("imported_by")), _negated=True),
                    _connector="OR",
                ),
                name="calendar_year_two_persons",
            ),
        ),
        migrations.AddConstraint(
            model_name="calendarday",
            constraint=models.UniqueConstraint(fields=("calendar", "day"), name="calendar_day_once"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["recipient", "-sent_at"], name="notice_of_recipient"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(condition=models.Q(("read_at", None)), fields=["recipient"], name="notice_unread"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("topic", ""), _negated=True),
                fields=("recipient", "topic"),
                name="notice_topic_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="operator",
            constraint=models.UniqueConstraint(
                condition=models.Q(("left_at", None)), fields=("citizen_id",), name="operator_one_account_per_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="operator",
            constraint=models.CheckConstraint(
                condition=models.Q(("citizen_id__regex", "^\\d{17}[\\dX]$")),
                name="operator_citizen_id_has_18_characters",
            ),
        ),
        migrations.AddConstraint(
            model_name="operator",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("leaves_on", None), ("left_at", None), ("successor", None)),
                    ("leaves_on__isnull", False),
                    _connector="OR",
                ),
                name="operator_leave_has_a_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="operator",
            constraint=models.CheckConstraint(
                condition=models.Q(("leaves_on", None), ("leaves_on__gte", models.F("active_from")), _connector="OR"),
                name="operator_leaves_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="orgunitname",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[("unit", "="), (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&")],
                name="org_unit_one_name_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="orgunitname",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"),
                name="org_unit_name_span_not_empty",
            ),
        ),
        migrations.AddIndex(
            model_name="orgunit",
            index=models.Index(
                django.contrib.postgres.indexes.OpClass("path", name="text_pattern_ops"), name="org_unit_path_prefix"
            ),
        ),
        migrations.AddConstraint(
            model_name="orgunit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("code__regex", "^\\d{6}$"), ("level__in", ("province", "city", "county"))),
                    models.Q(("code__regex", "^\\d{9}$"), ("level", "town")),
                    models.Q(("code__regex", "^\\d{12}$"), ("level", "village")),
                    models.Q(
                        ("code__regex", "^([A-Z]\\d{11}|\\d{6,12})$"), ("level__in", ("school", "institution_office"))
                    ),
                    _connector="OR",
                ),
                name="org_unit_code_fits_level",
            ),
        ),
        migrations.AddConstraint(
            model_name="orgunit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("path__endswith", django.db.models.functions.text.Concat(models.F("code"), models.Value("/")))
                ),
                name="org_unit_path_ends_with_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="orgunit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("level", "province"), ("parent", None)), ("parent__isnull", False), _connector="OR"
                ),
                name="org_unit_root_is_province",
            ),
        ),
        migrations.AddConstraint(
            model_name="orgunit",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"),
                name="org_unit_span_not_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="orgunit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("successor", None)), ("valid_until__isnull", False), _connector="OR"
                ),
                name="org_unit_closing_has_a_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="orgunit",
            constraint=models.CheckConstraint(
                condition=models.Q(("successor", models.F("code")), _negated=True),
                name="org_unit_not_its_own_successor",
            ),
        ),
        migrations.AddConstraint(
            model_name="postholding",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("operator", "="),
                    ("post", "="),
                    ("org_unit", "="),
                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                ],
                name="post_holding_once_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="postholding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                ),
                name="post_holding_span_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="postholding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("revoked_at", None), ("revoked_by", None)),
                    models.Q(("revoked_at__isnull", False), ("valid_until__isnull", False)),
                    _connector="OR",
                ),
                name="post_holding_revoked_has_an_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="postholding",
            constraint=models.CheckConstraint(
                condition=models.Q(("granted_by", models.F("operator")), _negated=True),
                name="post_holding_not_self_granted",
            ),
        ),
        migrations.AddConstraint(
            model_name="scopegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("org_unit", None), ("pooling_area__isnull", False)),
                    models.Q(("org_unit__isnull", False), ("pooling_area", None)),
                    _connector="OR",
                ),
                name="scope_grant_unit_or_area",
            ),
        ),
        migrations.AddConstraint(
            model_name="scopegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_until__gte", models.F("valid_from"))), name="scope_grant_span_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="scopegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(("granted_by", models.F("operator")), _negated=True),
                name="scope_grant_not_self_granted",
            ),
        ),
        migrations.AddConstraint(
            model_name="scopegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="scope_grant_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="sodpair",
            constraint=models.UniqueConstraint(fields=("post_a", "post_b"), name="sod_pair_once"),
        ),
        migrations.AddConstraint(
            model_name="sodpair",
            constraint=models.CheckConstraint(
                condition=models.Q(("post_a__lt", models.F("post_b"))), name="sod_pair_in_order"
            ),
        ),
    ]
