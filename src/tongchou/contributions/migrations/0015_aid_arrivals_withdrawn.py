"""An arrival of aid may be withdrawn and corrected; money that waits says by which voucher it came (CON-17, ORG-27)."""

import django.db.models.deletion
from django.db import migrations, models

from tongchou.platform.tables import Together

_OF_OLD = """
UPDATE contributions_pendingamount p SET voucher_no = v.number
  FROM contributions_aidlist l, fund_voucher v
 WHERE l.id = p.aid_list_id AND v.pooling_area_id = p.pooling_area_id AND v.made_at = p.created_at
   AND starts_with(v.source_document, '资助名册' || l.number);
UPDATE contributions_pendingamount p SET voucher_no = b.voucher_no
  FROM contributions_collectionresult r JOIN contributions_importbatch b ON b.id = r.payments_id
 WHERE p.result_id = r.id AND r.reconciled_at IS NOT NULL;
UPDATE contributions_pendingamount p SET voucher_no = t.voucher_no FROM contributions_taxitem t WHERE t.pending_id = p.id;
UPDATE contributions_pendingamount p SET voucher_no = b.voucher_no
  FROM contributions_counterday d JOIN contributions_importbatch b ON b.id = d.batch_id
 WHERE starts_with(p.reason, '日结单' || d.number || '终端')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contributions", "0014_less_to_look_up"),
        ("fund", "0006_documents_stay"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="aidarrival",
            name="aid_arrival_once",
        ),
        Together(
            [
                migrations.AddField(
                    model_name="aidarrival",
                    name="corrects",
                    field=models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_by",
                        to="contributions.aidarrival",
                    ),
                ),
                migrations.AddField(
                    model_name="aidarrival",
                    name="reason",
                    field=models.CharField(blank=True, max_length=200, verbose_name="撤销原因"),
                ),
                migrations.AddField(
                    model_name="aidarrival",
                    name="recorded_by_person",
                    field=models.CharField(blank=True, max_length=18, verbose_name="登记人公民身份号码"),
                ),
                migrations.AddField(
                    model_name="aidarrival",
                    name="reversal_no",
                    field=models.CharField(blank=True, max_length=30, verbose_name="冲销凭证号"),
                ),
                migrations.AddField(
                    model_name="aidarrival",
                    name="withdrawn_at",
                    field=models.DateTimeField(null=True, verbose_name="撤销时间"),
                ),
                migrations.AddField(
                    model_name="aidarrival",
                    name="withdrawn_by",
                    field=models.CharField(blank=True, max_length=30, verbose_name="撤销人"),
                ),
                migrations.AddField(
                    model_name="pendingamount",
                    name="voucher_no",
                    field=models.CharField(blank=True, max_length=30, verbose_name="记账凭证号"),
                ),
                migrations.AddConstraint(
                    model_name="aidarrival",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("list", "reference"),
                        name="aid_arrival_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="aidarrival",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), ("reversal_no", ""), ("withdrawn_at", None), ("withdrawn_by", "")),
                            models.Q(
                                ("withdrawn_at__isnull", False),
                                models.Q(("withdrawn_by", ""), _negated=True),
                                models.Q(("reason", ""), _negated=True),
                                models.Q(("reversal_no", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="aid_arrival_withdrawn_whole",
                    ),
                ),
            ]
        ),
        migrations.RunSQL(_OF_OLD, migrations.RunSQL.noop),
    ]
