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
from tongchou.platform.tables import Together

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
        Together(
            [
                migrations.CreateModel(
                    name="AgreementDocument",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="文件名")),
                        ("media_type", models.CharField(max_length=30, verbose_name="类型")),
                        ("digest", models.BinaryField(max_length=32, verbose_name="摘要")),
                        ("data", models.BinaryField(verbose_name="内容")),
                    ],
                ),
                migrations.CreateModel(
                    name="CommissionItem",
                    fields=[
                        (
                            "code",
                            models.CharField(max_length=30, primary_key=True, serialize=False, verbose_name="事项代码"),
                        ),
                        ("name", models.CharField(max_length=30, unique=True, verbose_name="事项名称")),
                        (
                            "permissions",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=60), default=list, size=None, verbose_name="权限"
                            ),
                        ),
                        (
                            "works",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=60), default=list, size=None, verbose_name="业务"
                            ),
                        ),
                        ("citation", models.CharField(blank=True, max_length=60, verbose_name="依据")),
                        ("rank", models.PositiveSmallIntegerField(verbose_name="排序")),
                        ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                    ],
                    options={
                        "ordering": ["rank", "code"],
                    },
                ),
                migrations.CreateModel(
                    name="JobState",
                    fields=[
                        (
                            "name",
                            models.CharField(max_length=60, primary_key=True, serialize=False, verbose_name="任务"),
                        ),
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
                        (
                            "code",
                            models.CharField(max_length=30, primary_key=True, serialize=False, verbose_name="岗位代码"),
                        ),
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
                    name="TrainingCourse",
                    fields=[
                        (
                            "code",
                            models.CharField(max_length=20, primary_key=True, serialize=False, verbose_name="课程代码"),
                        ),
                        ("name", models.CharField(max_length=60, verbose_name="课程名称")),
                        ("valid_months", models.PositiveSmallIntegerField(null=True, verbose_name="有效月数")),
                    ],
                    options={
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="PoolingArea",
                    fields=[
                        (
                            "code",
                            models.CharField(
                                max_length=6, primary_key=True, serialize=False, verbose_name="统筹区代码"
                            ),
                        ),
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
                migrations.CreateModel(
                    name="OrgUnit",
                    fields=[
                        (
                            "code",
                            models.CharField(max_length=12, primary_key=True, serialize=False, verbose_name="机构代码"),
                        ),
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
                            "pooling_area",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="platform.poolingarea",
                                verbose_name="统筹区",
                            ),
                        ),
                        ("path", models.TextField(unique=True, verbose_name="路径")),
                        ("valid_from", models.DateField(verbose_name="启用日期")),
                        ("valid_until", models.DateField(null=True, verbose_name="终止日期")),
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
                        ("closed_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                django.contrib.postgres.indexes.OpClass("path", name="text_pattern_ops"),
                                name="org_unit_path_prefix",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("code__regex", "^\\d{6}$"), ("level__in", ("province", "city", "county"))
                                    ),
                                    models.Q(("code__regex", "^\\d{9}$"), ("level", "town")),
                                    models.Q(("code__regex", "^\\d{12}$"), ("level", "village")),
                                    models.Q(
                                        ("code__regex", "^([A-Z]\\d{11}|\\d{6,12})$"),
                                        ("level__in", ("school", "institution_office")),
                                    ),
                                    _connector="OR",
                                ),
                                name="org_unit_code_fits_level",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "path__endswith",
                                        django.db.models.functions.text.Concat(models.F("code"), models.Value("/")),
                                    )
                                ),
                                name="org_unit_path_ends_with_code",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("level", "province"), ("parent", None)),
                                    ("parent__isnull", False),
                                    _connector="OR",
                                ),
                                name="org_unit_root_is_province",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"
                                ),
                                name="org_unit_span_not_empty",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at", None), ("successor", None)),
                                    ("valid_until__isnull", False),
                                    _connector="OR",
                                ),
                                name="org_unit_closing_has_a_date",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("successor", models.F("code")), _negated=True),
                                name="org_unit_not_its_own_successor",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Operator",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        (
                            "staff_code",
                            models.CharField(max_length=30, unique=True, verbose_name="医保系统工作人员代码"),
                        ),
                        ("name", models.CharField(max_length=50, verbose_name="姓名")),
                        ("citizen_id", models.CharField(max_length=18, verbose_name="公民身份号码")),
                        (
                            "org_unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="operators",
                                to="platform.orgunit",
                                verbose_name="所属机构",
                            ),
                        ),
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
                        ("left_at", models.DateTimeField(null=True, verbose_name="离职生效时间")),
                        ("is_demo", models.BooleanField(default=False, verbose_name="演示账号")),
                        ("session_round", models.PositiveIntegerField(default=0, verbose_name="会话轮次")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("left_at", None)),
                                fields=("citizen_id",),
                                name="operator_one_account_per_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("citizen_id__regex", "^\\d{17}[\\dX]$")),
                                name="operator_citizen_id_has_18_characters",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("leaves_on", None), ("left_at", None), ("successor", None)),
                                    ("leaves_on__isnull", False),
                                    _connector="OR",
                                ),
                                name="operator_leave_has_a_date",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("leaves_on", None), ("leaves_on__gte", models.F("active_from")), _connector="OR"
                                ),
                                name="operator_leaves_after_start",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AgentOffice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "unit",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="agent_office",
                                to="platform.orgunit",
                                verbose_name="机构",
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="名称")),
                        (
                            "role",
                            models.CharField(
                                choices=[("agent", "代办机构"), ("assisting", "协办机构"), ("point", "基层代办点")],
                                max_length=10,
                                verbose_name="性质",
                            ),
                        ),
                        (
                            "type",
                            models.CharField(
                                choices=[
                                    ("town", "乡镇(街道)服务中心"),
                                    ("village_committee", "村(居)委会"),
                                    ("school", "学校"),
                                    ("clinic", "社区(基层)医疗卫生机构"),
                                ],
                                max_length=20,
                                verbose_name="类型",
                            ),
                        ),
                        (
                            "registered_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("registered_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                ),
                migrations.CreateModel(
                    name="CalendarYear",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                        (
                            "imported_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("imported_at", models.DateTimeField(verbose_name="导入时间")),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("decided_at", models.DateTimeField(null=True, verbose_name="批准时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("provisional", "approved"))),
                                fields=("year",),
                                name="calendar_year_one_in_force",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "draft")), fields=("year",), name="calendar_year_one_draft"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at", None),
                                        ("decided_by", None),
                                        ("imported_by", None),
                                        ("is_first_data", True),
                                    ),
                                    models.Q(("imported_by__isnull", False), ("is_first_data", False)),
                                    _connector="OR",
                                ),
                                name="calendar_year_imported_by_somebody",
                            ),
                            models.CheckConstraint(
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
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by", None),
                                    models.Q(("decided_by", models.F("imported_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="calendar_year_two_persons",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CalendarDay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "calendar",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="days",
                                to="platform.calendaryear",
                            ),
                        ),
                        ("day", models.DateField(verbose_name="日期")),
                        ("is_working", models.BooleanField(verbose_name="上班")),
                        ("name", models.CharField(max_length=40, verbose_name="名称")),
                    ],
                    options={
                        "ordering": ["day"],
                        "constraints": [models.UniqueConstraint(fields=("calendar", "day"), name="calendar_day_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Commission",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "office",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="commissions",
                                to="platform.agentoffice",
                            ),
                        ),
                        (
                            "items",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=30), size=None, verbose_name="委托事项"
                            ),
                        ),
                        ("valid_from", models.DateField(verbose_name="生效日期")),
                        ("valid_until", models.DateField(verbose_name="终止日期")),
                        ("responsible", models.CharField(max_length=50, verbose_name="负责人")),
                        ("phone", models.CharField(blank=True, max_length=30, verbose_name="联系电话")),
                        ("agreement_no", models.CharField(blank=True, max_length=60, verbose_name="协议编号")),
                        (
                            "document",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="commissions",
                                to="platform.agreementdocument",
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("made_at", models.DateTimeField(verbose_name="登记时间")),
                        ("request_id", models.CharField(blank=True, max_length=64)),
                        (
                            "ended_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="终止登记时间")),
                        ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="终止原因")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["valid_until"], name="commission_until")],
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("office", "="),
                                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                                ],
                                name="commission_one_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("valid_until__gte", models.F("valid_from"))),
                                name="commission_span_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("items__len__gt", 0)), name="commission_has_items"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("responsible", ""), _negated=True),
                                name="commission_has_somebody_responsible",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("end_reason", ""), ("ended_at", None), ("ended_by", None)),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("ended_by__isnull", False),
                                        models.Q(("end_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="commission_ended_by_somebody_with_a_reason",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("request_id", ""), _negated=True),
                                fields=("made_by", "request_id"),
                                name="commission_request_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DutyEdition",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="duty_editions",
                                to="platform.orgunit",
                                verbose_name="机构",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("draft", "待核准"), ("approved", "已核准"), ("rejected", "已退回")],
                                default="draft",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("valid_from", models.DateField(verbose_name="生效日期")),
                        ("valid_until", models.DateField(null=True, verbose_name="终止日期")),
                        ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                        ("is_first_data", models.BooleanField(default=False, verbose_name="随系统提供")),
                        (
                            "savers",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=18), default=list, size=None
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("made_at", models.DateTimeField(verbose_name="起草时间")),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("decided_at", models.DateTimeField(null=True, verbose_name="核准时间")),
                        ("note", models.CharField(blank=True, max_length=200, verbose_name="意见")),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("state", "approved")),
                                expressions=[
                                    ("unit", "="),
                                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                                ],
                                name="duty_edition_one_in_force",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "draft")), fields=("unit",), name="duty_edition_one_draft"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                                ),
                                name="duty_edition_span_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_by", None),
                                        ("is_first_data", True),
                                        ("made_by", None),
                                        ("state", "approved"),
                                    ),
                                    models.Q(("is_first_data", False), ("made_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="duty_edition_made_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_first_data", True),
                                    models.Q(("decided_at", None), ("decided_by", None), ("state", "draft")),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        models.Q(("state", "draft"), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="duty_edition_decided_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by", None),
                                    models.Q(("decided_by", models.F("made_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="duty_edition_two_persons",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DutyCell",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="cells",
                                to="platform.dutyedition",
                            ),
                        ),
                        ("item", models.CharField(max_length=30, verbose_name="事项")),
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
                        (
                            "duties",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("sets", "定规则"),
                                        ("handles", "办理"),
                                        ("reviews", "审核"),
                                        ("reads", "查阅"),
                                    ],
                                    max_length=10,
                                ),
                                default=list,
                                size=None,
                                verbose_name="职责",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("edition", "level", "item"), name="duty_cell_once"),
                            models.CheckConstraint(
                                condition=models.Q(("duties__contained_by", ["sets", "handles", "reviews", "reads"])),
                                name="duty_cell_holds_known_duties",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Notice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "recipient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notices",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
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
                    ],
                    options={
                        "ordering": ["-sent_at", "-id"],
                        "indexes": [
                            models.Index(fields=["recipient", "-sent_at"], name="notice_of_recipient"),
                            models.Index(
                                condition=models.Q(("read_at", None)), fields=["recipient"], name="notice_unread"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("topic", ""), _negated=True),
                                fields=("recipient", "topic"),
                                name="notice_topic_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OrgUnitName",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="names", to="platform.orgunit"
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="名称")),
                        ("valid_from", models.DateField(verbose_name="启用日期")),
                        ("valid_until", models.DateField(null=True, verbose_name="终止日期")),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("unit", "="),
                                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                                ],
                                name="org_unit_one_name_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"
                                ),
                                name="org_unit_name_span_not_empty",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PostConfirmation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "operator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="confirmations",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="platform.post"
                            ),
                        ),
                        (
                            "org_unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="platform.orgunit"
                            ),
                        ),
                        ("valid_from", models.DateField(verbose_name="任职日期")),
                        ("valid_until", models.DateField(null=True, verbose_name="免职日期")),
                        (
                            "missing",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=20), size=None, verbose_name="缺少的课程"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "待领导确认"),
                                    ("confirmed", "已确认任职"),
                                    ("refused", "不同意任职"),
                                ],
                                default="asked",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("asked_at", models.DateTimeField(verbose_name="提请时间")),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("decided_at", models.DateTimeField(null=True, verbose_name="确认时间")),
                        ("reason", models.CharField(blank=True, max_length=200, verbose_name="理由")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "asked")),
                                fields=("operator", "post", "org_unit"),
                                name="post_confirmation_one_asked",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at", None), ("decided_by", None), ("reason", ""), ("state", "asked")
                                    ),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        models.Q(("state", "asked"), _negated=True),
                                        models.Q(("reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="post_confirmation_decided_with_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by", None),
                                    models.Q(
                                        models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                        models.Q(("decided_by", models.F("operator")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="post_confirmation_by_another",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PostHolding",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="holdings", to="platform.post"
                            ),
                        ),
                        (
                            "org_unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="holdings",
                                to="platform.orgunit",
                            ),
                        ),
                        ("valid_from", models.DateField(verbose_name="任职日期")),
                        ("valid_until", models.DateField(null=True, verbose_name="免职日期")),
                        (
                            "granted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("granted_at", models.DateTimeField(verbose_name="授予时间")),
                        (
                            "revoked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("revoked_at", models.DateTimeField(null=True, verbose_name="收回时间")),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("operator", "="),
                                    ("post", "="),
                                    ("org_unit", "="),
                                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                                ],
                                name="post_holding_once_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                                ),
                                name="post_holding_span_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("revoked_at", None), ("revoked_by", None)),
                                    models.Q(("revoked_at__isnull", False), ("valid_until__isnull", False)),
                                    _connector="OR",
                                ),
                                name="post_holding_revoked_has_an_end",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("granted_by", models.F("operator")), _negated=True),
                                name="post_holding_not_self_granted",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ScopeGrant",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="platform.orgunit",
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
                        (
                            "granted_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("granted_at", models.DateTimeField(verbose_name="授予时间")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("org_unit", None), ("pooling_area__isnull", False)),
                                    models.Q(("org_unit__isnull", False), ("pooling_area", None)),
                                    _connector="OR",
                                ),
                                name="scope_grant_unit_or_area",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("valid_until__gte", models.F("valid_from"))),
                                name="scope_grant_span_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("granted_by", models.F("operator")), _negated=True),
                                name="scope_grant_not_self_granted",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="scope_grant_has_a_reason"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SecondFactor",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "operator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="second_factors",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("seed", models.BinaryField(max_length=20, verbose_name="种子")),
                        ("begun_at", models.DateTimeField(verbose_name="开始绑定时间")),
                        ("confirmed_at", models.DateTimeField(null=True, verbose_name="启用时间")),
                        ("last_step", models.BigIntegerField(null=True, verbose_name="最近使用的时间步")),
                        ("last_used_at", models.DateTimeField(null=True, verbose_name="最近使用时间")),
                        ("forgiven_at", models.DateTimeField(null=True, verbose_name="解除锁定时间")),
                        (
                            "end",
                            models.CharField(
                                blank=True,
                                choices=[("renewed", "本人更换"), ("reset", "安全管理员重置")],
                                max_length=10,
                                verbose_name="停用方式",
                            ),
                        ),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="停用时间")),
                        (
                            "ended_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="停用理由")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("confirmed_at__isnull", False), ("ended_at", None)),
                                fields=("operator",),
                                name="second_factor_one_in_use",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("confirmed_at", None)),
                                fields=("operator",),
                                name="second_factor_one_being_bound",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("end", ""), ("ended_at", None), ("ended_by", None)),
                                    models.Q(
                                        ("confirmed_at__isnull", False),
                                        ("ended_at__isnull", False),
                                        ("ended_by__isnull", False),
                                        models.Q(("end", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="second_factor_ended_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("end", "reset"), _negated=True),
                                    models.Q(
                                        models.Q(("ended_by", models.F("operator")), _negated=True),
                                        models.Q(("end_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="second_factor_reset_by_another_with_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RecoveryCode",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "factor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="recovery_codes",
                                to="platform.secondfactor",
                            ),
                        ),
                        ("digest", models.BinaryField(max_length=32, verbose_name="摘要")),
                        ("used_at", models.DateTimeField(null=True, verbose_name="使用时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("factor", "digest"), name="recovery_code_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SodPair",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                        ("reason", models.CharField(max_length=100, verbose_name="理由")),
                        ("citation", models.CharField(max_length=60, verbose_name="依据")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("post_a", "post_b"), name="sod_pair_once"),
                            models.CheckConstraint(
                                condition=models.Q(("post_a__lt", models.F("post_b"))), name="sod_pair_in_order"
                            ),
                        ],
                    },
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
                migrations.CreateModel(
                    name="PostTraining",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="trainings",
                                to="platform.post",
                            ),
                        ),
                        (
                            "course",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="posts",
                                to="platform.trainingcourse",
                            ),
                        ),
                        ("valid_from", models.DateField(verbose_name="生效日期")),
                        ("valid_until", models.DateField(null=True, verbose_name="终止日期")),
                        (
                            "set_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("set_at", models.DateTimeField(verbose_name="设定时间")),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("post", "="),
                                    ("course", "="),
                                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                                ],
                                name="post_training_once_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                                ),
                                name="post_training_span_in_order",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TrainingRecord",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "operator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="trainings",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "course",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="records",
                                to="platform.trainingcourse",
                            ),
                        ),
                        (
                            "level",
                            models.CharField(
                                choices=[
                                    ("province", "省级"),
                                    ("city", "市级"),
                                    ("county", "县级"),
                                    ("unit", "单位内部"),
                                ],
                                max_length=10,
                                verbose_name="培训层次",
                            ),
                        ),
                        ("held_on", models.DateField(verbose_name="考核日期")),
                        (
                            "result",
                            models.CharField(
                                choices=[("passed", "合格"), ("failed", "不合格")], max_length=10, verbose_name="结果"
                            ),
                        ),
                        ("valid_until", models.DateField(null=True, verbose_name="有效期止")),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                        ("source", models.CharField(blank=True, max_length=120, verbose_name="来源")),
                        (
                            "voided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("voided_at", models.DateTimeField(null=True, verbose_name="作废时间")),
                        ("void_reason", models.CharField(blank=True, max_length=200, verbose_name="作废原因")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["valid_until"], name="training_until")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("voided_at", None)),
                                fields=("operator", "course", "held_on"),
                                name="training_once_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gt", models.F("held_on")), _connector="OR"
                                ),
                                name="training_valid_after_the_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("valid_until", None), ("result", "passed"), _connector="OR"),
                                name="training_failed_is_never_valid",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("void_reason", ""), ("voided_at", None), ("voided_by", None)),
                                    models.Q(
                                        ("voided_at__isnull", False),
                                        ("voided_by__isnull", False),
                                        models.Q(("void_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="training_voided_by_somebody_with_a_reason",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
