"""Lines name a disease, batches sum by it; what was filed and decided comes with a bill where it matters (BEN-22, 26, 38).

Only encounters of these kinds, or with a third party, ask for their circumstances: a plain bill costs what it did.
"""

import importlib

from django.db import migrations

_writes = importlib.import_module("tongchou.encounters.migrations.0004_writes")
_bill = importlib.import_module("tongchou.encounters.migrations.0003_bill")
_reads = importlib.import_module("tongchou.encounters.migrations.0005_reads")

LINES = """
ALTER TABLE encounters_chargeline ADD COLUMN disease_code varchar(30) NOT NULL DEFAULT '';
"""
DROP_LINES = "ALTER TABLE encounters_chargeline DROP COLUMN disease_code;"


def replacing(text: str, *changes: tuple[str, str]) -> str:
    """The function as it was, with these passages changed; each must be there."""
    changed = text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    for old, new in changes:
        if old not in changed:
            raise ValueError(old)
        changed = changed.replace(old, new)
    return changed


def replaced(text: str, *changes: tuple[str, str]) -> migrations.RunSQL:
    """Put the changed function in the place of the old one, and back."""
    return migrations.RunSQL(replacing(text, *changes), replacing(text))


CIRCUMSTANCES = """
CREATE FUNCTION encounters_circumstances(e encounters_encounter) RETURNS jsonb LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    began date := (e.began_at AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    RETURN jsonb_build_object(
        'filings', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('institution_codes', f.institution_codes, 'from', f.valid_from,
                                                         'until', f.valid_until) ORDER BY f.valid_from), '[]')
            FROM encounters_filing f
            WHERE f.person_id = e.person_id AND f.kind = e.kind AND f.cancelled_at IS NULL
              AND (e.kind = 'home_bed' OR f.disease_code = e.disease_code)),
        'stays', CASE WHEN e.kind = 'home_bed' THEN (
            SELECT coalesce(jsonb_agg(jsonb_build_object('from', (s.began_at AT TIME ZONE 'Asia/Shanghai')::date,
                                                         'until', (s.ended_at AT TIME ZONE 'Asia/Shanghai')::date)
                                      ORDER BY s.began_at), '[]')
            FROM encounters_encounter s
            WHERE s.person_id = e.person_id AND s.kind IN ('inpatient', 'maternity', 'day_surgery')
              AND s.state <> 'cancelled' AND (s.ended_at IS NULL OR s.ended_at >= began::timestamp AT TIME ZONE 'Asia/Shanghai'))
            ELSE '[]' END,
        'decision', CASE WHEN e.third_party THEN (
            SELECT jsonb_build_object('verdict', d.verdict, 'share_ppm', d.share_ppm, 'amount_fen', d.amount_fen)
            FROM encounters_thirdpartydecision d
            WHERE d.pooling_area = e.pooling_area AND d.encounter_id = e.id) END);
END
$$;
COMMENT ON FUNCTION encounters_circumstances IS
    'what was filed for the care of an encounter, where the person lay meanwhile, what a third party bears';
"""

WHERE_IT_MATTERS = """CASE WHEN e.kind IN ('chronic', 'home_bed') OR e.third_party
                THEN encounters_circumstances(e) END"""

PUT_LINES = (
    (
        "b.pre_self_pay_fen, b.in_scope_fen, b.category_fen, NULL, at\n",
        "b.pre_self_pay_fen, b.in_scope_fen, b.category_fen, NULL, at, b.marked_fen\n",
    ),
    ("        category_fen jsonb);", "        category_fen jsonb, marked_fen jsonb);"),
    ("coalesce(l.physician_code, '')\n", "coalesce(l.physician_code, ''), coalesce(l.disease_code, '')\n"),
    ("        physician_code text);", "        physician_code text, disease_code text);"),
)
SUM_AGAIN = (
    (
        "category_fen = s.categories\n",
        """category_fen = s.categories,
        marked_fen = (SELECT jsonb_object_agg(m.disease_code, m.sums)
                      FROM (SELECT l.disease_code,
                                   jsonb_build_array(sum(l.own_expense_fen), sum(l.over_price_fen),
                                                     sum(l.pre_self_pay_fen), sum(l.in_scope_fen)) AS sums
                            FROM encounters_chargeline l
                            WHERE l.pooling_area = area AND l.encounter_id = encounter AND l.batch_no = b.batch_no
                              AND l.disease_code <> ''
                            GROUP BY l.disease_code) AS m)
""",
    ),
)
BILL = (
    ("'category_fen', b.category_fen)", "'category_fen', b.category_fen, 'marked_fen', b.marked_fen)"),
    (
        "            'batches', open_batches,",
        f"            'circumstances', {WHERE_IT_MATTERS},\n            'batches', open_batches,",
    ),
)
OPEN = (
    (
        "'used', used, 'originals', originals)::text",
        """'used', used, 'originals', originals, 'referral', e.referral,
            'circumstances', CASE WHEN e.kind = 'home_bed' THEN encounters_circumstances(e) END)::text""",
    ),
)

OPEN_AGAIN = """
CREATE FUNCTION encounters_open_again(area text, encounter bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE encounters_encounter e SET state = 'open'
    WHERE e.pooling_area = area AND e.id = encounter AND e.kind = 'pharmacy' AND e.state = 'cancelled'
$$;
COMMENT ON FUNCTION encounters_open_again IS
    'a step: a purchase whose settlement was taken back only to be settled again in the same transaction';
"""

KEEP_RECOVERIES = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON encounters_thirdpartyrecovery
    FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();
"""
DROP_KEEP_RECOVERIES = "DROP TRIGGER append_only ON encounters_thirdpartyrecovery;"


class Migration(migrations.Migration):
    dependencies = [("encounters", "0005_reads")]
    operations = [
        migrations.RunSQL(LINES, DROP_LINES),
        replaced(_writes.PUT_LINES, *PUT_LINES),
        replaced(_writes.SUM_AGAIN, *SUM_AGAIN),
        migrations.RunSQL(CIRCUMSTANCES, "DROP FUNCTION encounters_circumstances(encounters_encounter);"),
        replaced(_bill.BILL, *BILL),
        replaced(_reads.OPEN, *OPEN),
        migrations.RunSQL(OPEN_AGAIN, "DROP FUNCTION encounters_open_again(text, bigint);"),
        migrations.RunSQL(KEEP_RECOVERIES, DROP_KEEP_RECOVERIES),
    ]
