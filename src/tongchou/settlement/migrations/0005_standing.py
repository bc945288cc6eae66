"""Whether a settlement stands, and the daily roll-up."""

from django.db import migrations

STANDS = """
CREATE FUNCTION settlement_stands(area text, settlement bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT NOT EXISTS (
        SELECT FROM settlement_settlement r
        WHERE r.pooling_area = area AND r.reversal_of = settlement AND NOT EXISTS (
            SELECT FROM settlement_settlement a WHERE a.pooling_area = area AND a.reversal_of = r.id))
$$;
COMMENT ON FUNCTION settlement_stands IS 'nothing that still counts has taken it back';
"""

ROLL_UP = """
CREATE FUNCTION settlement_roll_up_day(area text, day date) RETURNS void LANGUAGE sql AS $$
    DELETE FROM settlement_dailytotal WHERE pooling_area = area AND settled_on = day;
    INSERT INTO settlement_dailytotal
        (pooling_area, settled_on, institution_code, scheme, kind, settlements, total_fen, in_scope_fen, project_paid_fen,
         pool_paid_fen, catastrophic_paid_fen, supplementary_paid_fen, large_amount_paid_fen, assistance_paid_fen,
         account_paid_fen, cash_fen)
    SELECT area, day, institution_code, scheme, kind,
           sum(CASE WHEN reversal_of IS NULL THEN 1 WHEN r.is_restoring THEN 1 ELSE -1 END),
           sum(total_fen), sum(in_scope_fen), sum(project_paid_fen), sum(pool_paid_fen), sum(catastrophic_paid_fen),
           sum(supplementary_paid_fen), sum(large_amount_paid_fen), sum(assistance_paid_fen), sum(account_paid_fen),
           sum(cash_fen)
    FROM settlement_settlement s
    LEFT JOIN LATERAL (
        SELECT o.reversal_of IS NOT NULL AS is_restoring FROM settlement_settlement o
        WHERE o.pooling_area = area AND o.id = s.reversal_of) r ON true
    WHERE s.pooling_area = area AND s.settled_on = day
    GROUP BY institution_code, scheme, kind
$$;
COMMENT ON FUNCTION settlement_roll_up_day IS 'writes a day of the roll-up anew; cancellations count as minus one';
"""


class Migration(migrations.Migration):
    dependencies = [("settlement", "0004_record")]
    operations = [
        migrations.RunSQL(STANDS, "DROP FUNCTION settlement_stands(text, bigint);"),
        migrations.RunSQL(ROLL_UP, "DROP FUNCTION settlement_roll_up_day(text, date);"),
    ]
