"""`encounters_bill`: what settling asks of an encounter, in one call, without reading a line (待结算费用)."""

from django.db import migrations

# The batches are filtered after the scan, not in it: then one plan serves every call.
BILL = """
CREATE FUNCTION encounters_bill(area text, encounter bigint, batch text) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    open_batches jsonb;
    settled bigint;
BEGIN
    SELECT coalesce(
               jsonb_agg(
                   jsonb_build_object(
                       'batch_no', b.batch_no, 'lines', b.lines, 'first_served_on', b.first_served_on,
                       'last_served_on', b.last_served_on, 'total_fen', b.total_fen,
                       'own_expense_fen', b.own_expense_fen, 'over_price_fen', b.over_price_fen,
                       'pre_self_pay_fen', b.pre_self_pay_fen, 'in_scope_fen', b.in_scope_fen,
                       'category_fen', b.category_fen)
                   ORDER BY b.batch_no)
               FILTER (WHERE b.settlement_id IS NULL AND (batch IS NULL OR b.batch_no = batch)),
               '[]'),
           count(*) FILTER (WHERE b.settlement_id IS NOT NULL AND (batch IS NULL OR b.batch_no = batch))
      INTO open_batches, settled
      FROM encounters_chargebatch b
     WHERE b.pooling_area = area AND b.encounter_id = encounter;
    RETURN (
        SELECT jsonb_build_object(
            'pooling_area', e.pooling_area,
            'id', e.id,
            'institution_code', e.institution_code,
            'person_id', e.person_id,
            'person_no', e.person_no,
            'scheme', e.scheme,
            'care_type', e.care_type,
            'kind', e.kind,
            'state', e.state,
            'began_at', e.began_at,
            'began_on', (e.began_at AT TIME ZONE 'Asia/Shanghai')::date,
            'ended_at', e.ended_at,
            'ended_on', (e.ended_at AT TIME ZONE 'Asia/Shanghai')::date,
            'disease_code', e.disease_code,
            'diagnosis_code', e.diagnosis_code,
            'emergency', e.emergency,
            'referral', e.referral,
            'place', e.place,
            'linked_to', e.linked_to,
            'readmission_of', e.readmission_of,
            'readmission_filed', e.readmission_filed,
            'registered_late', e.registered_late,
            'third_party', e.third_party,
            'credential_type', e.credential_type,
            'batches', open_batches,
            'settled_batches', settled)
          FROM encounters_encounter e
         WHERE e.pooling_area = area AND e.id = encounter);
END
$$;
COMMENT ON FUNCTION encounters_bill IS
    'the encounter, its unsettled batches (all, or the named one) and how many are settled; NULL when unknown';
"""
DROP_BILL = "DROP FUNCTION encounters_bill(text, bigint, text);"


class Migration(migrations.Migration):
    dependencies = [("encounters", "0002_charge_lines")]
    operations = [migrations.RunSQL(BILL, DROP_BILL)]
