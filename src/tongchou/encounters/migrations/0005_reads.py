"""What registrations and uploads ask, each in one call (登记与上传前的查询)."""

from django.db import migrations

STAY = """jsonb_build_object('id', s.id, 'pooling_area', s.pooling_area, 'institution_code', s.institution_code,
                                      'kind', s.kind, 'began_at', s.began_at, 'ended_at', s.ended_at)"""
STAYS = "('inpatient', 'maternity', 'day_surgery', 'home_bed')"

BEFORE = f"""
CREATE FUNCTION encounters_before_registration(wanted_person text, on_day date) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    person jsonb := enrolment_person_facts(wanted_person, on_day);
    wanted bigint := (person ->> 'id')::bigint;
BEGIN
    RETURN jsonb_build_object(
        'person', person,
        'open_stay', (SELECT {STAY} FROM encounters_encounter s
                      WHERE s.person_id = wanted AND s.kind IN {STAYS} AND s.state = 'open'),
        'last_stay', (SELECT {STAY} FROM encounters_encounter s
                      WHERE s.person_id = wanted AND s.kind = 'inpatient' AND s.state IN ('discharged', 'settled')
                        AND s.ended_at IS NOT NULL
                      ORDER BY s.ended_at DESC LIMIT 1))::text;
END
$$;
COMMENT ON FUNCTION encounters_before_registration IS
    'the person of a registration, the stay still open and the last stay that ended; the person is null when unknown';
"""
DROP_BEFORE = "DROP FUNCTION encounters_before_registration(text, date);"

USED = """
CREATE FUNCTION encounters_used(area text, encounter bigint, items text[]) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(json_object_agg(u.item_code, json_build_object('quantity_e4', u.quantity_e4, 'days', u.days)), '{}')
      FROM (SELECT l.item_code, (sum(l.quantity) * 10000)::bigint AS quantity_e4,
                   json_agg(DISTINCT (l.served_at AT TIME ZONE 'Asia/Shanghai')::date) AS days
              FROM encounters_chargeline l
             WHERE l.pooling_area = area AND l.encounter_id = encounter AND l.item_code = ANY (items)
             GROUP BY l.item_code) AS u
$$;
COMMENT ON FUNCTION encounters_used IS 'how much of these items an encounter has had, and on which days';
"""
DROP_USED = "DROP FUNCTION encounters_used(text, bigint, text[]);"

ORIGINALS = """
CREATE FUNCTION encounters_originals(area text, encounter bigint, serials text[]) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(json_agg(json_build_object(
               'serial', o.serial, 'item_code', o.item_code, 'charge_category', o.charge_category,
               'pay_class', o.pay_class, 'unit_price', o.unit_price::text,
               'pre_self_pay_ratio', o.pre_self_pay_ratio::text, 'price_ceiling', o.price_ceiling::text,
               'reason_code', o.reason_code,
               'quantity_left', (o.quantity + coalesce(r.quantity, 0))::text,
               'amount_left_fen', o.amount_fen + coalesce(r.amount_fen, 0),
               'own_expense_left_fen', o.own_expense_fen + coalesce(r.own_expense_fen, 0),
               'over_price_left_fen', o.over_price_fen + coalesce(r.over_price_fen, 0),
               'pre_self_pay_left_fen', o.pre_self_pay_fen + coalesce(r.pre_self_pay_fen, 0),
               'in_scope_left_fen', o.in_scope_fen + coalesce(r.in_scope_fen, 0))), '[]')
      FROM encounters_chargeline o
      LEFT JOIN LATERAL (
          SELECT sum(x.quantity) AS quantity, sum(x.amount_fen)::bigint AS amount_fen,
                 sum(x.own_expense_fen)::bigint AS own_expense_fen, sum(x.over_price_fen)::bigint AS over_price_fen,
                 sum(x.pre_self_pay_fen)::bigint AS pre_self_pay_fen, sum(x.in_scope_fen)::bigint AS in_scope_fen
            FROM encounters_chargeline x
           WHERE x.pooling_area = area AND x.encounter_id = encounter AND x.refund_of = o.serial) r ON true
     WHERE o.pooling_area = area AND o.encounter_id = encounter AND o.serial = ANY (serials) AND o.refund_of = ''
$$;
COMMENT ON FUNCTION encounters_originals IS 'what refunds have left of these lines of an encounter';
"""
DROP_ORIGINALS = "DROP FUNCTION encounters_originals(text, bigint, text[]);"

# What is asked only sometimes stands apart: one statement for all would be planned anew at every call.
OPEN = """
CREATE FUNCTION encounters_open(area text, encounter bigint, counted_items text[], refunded text[]) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    used json := '{}';
    originals json := '[]';
BEGIN
    IF cardinality(counted_items) > 0 THEN
        used := encounters_used(area, encounter, counted_items);
    END IF;
    IF cardinality(refunded) > 0 THEN
        originals := encounters_originals(area, encounter, refunded);
    END IF;
    RETURN (
        SELECT json_build_object(
            'pooling_area', e.pooling_area, 'id', e.id, 'institution_code', e.institution_code,
            'person_no', e.person_no, 'sex', e.sex, 'born_on', e.born_on, 'scheme', e.scheme,
            'care_type', e.care_type, 'kind', e.kind, 'state', e.state, 'began_at', e.began_at,
            'ended_at', e.ended_at, 'disease_code', e.disease_code, 'emergency', e.emergency,
            'third_party', e.third_party, 'readmission_of', e.readmission_of, 'diagnoses', e.diagnoses,
            'particulars', e.particulars,
            'settled', EXISTS (SELECT FROM encounters_chargebatch b
                               WHERE b.pooling_area = area AND b.encounter_id = encounter
                                 AND b.settlement_id IS NOT NULL),
            'used', used, 'originals', originals)::text
          FROM encounters_encounter e
         WHERE e.pooling_area = area AND e.id = encounter);
END
$$;
COMMENT ON FUNCTION encounters_open IS
    'the encounter, how much of the counted items it has had, and what is left of the lines to be refunded; NULL when '
    'unknown';
"""
DROP_OPEN = "DROP FUNCTION encounters_open(text, bigint, text[], text[]);"


class Migration(migrations.Migration):
    dependencies = [("encounters", "0004_writes"), ("enrolment", "0002_person_facts")]
    operations = [
        migrations.RunSQL(BEFORE, DROP_BEFORE),
        migrations.RunSQL(USED, DROP_USED),
        migrations.RunSQL(ORIGINALS, DROP_ORIGINALS),
        migrations.RunSQL(OPEN, DROP_OPEN),
    ]
