"""`settlement_reading`: everything one settlement needs to know, in one statement that reads no charge line.

Texts are joined rather than nested as JSON: half the work, and the decoder on the other side checks what comes.
"""

from django.db import migrations

from tongchou.platform.ids import create_sequence

COLUMNS = (
    "total_fen",
    "own_expense_fen",
    "over_price_fen",
    "pre_self_pay_fen",
    "in_scope_fen",
    "deductible_fen",
    "over_ceiling_fen",
    "project_paid_fen",
    "pool_paid_fen",
    "catastrophic_paid_fen",
    "supplementary_paid_fen",
    "large_amount_paid_fen",
    "assistance_paid_fen",
    "fund_paid_fen",
    "person_share_fen",
    "account_paid_fen",
    "cash_fen",
)
AMOUNTS = ", ".join(f"'{column}', s.{column}" for column in COLUMNS)

EARLIER = f"""
CREATE FUNCTION settlement_earlier(area text, encounter bigint) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'interim', s.interim, 'funds', s.receipt -> 'funds',
                                                 'deltas', s.receipt -> 'deltas',
                                                 'columns', jsonb_build_object({AMOUNTS})) ORDER BY s.id), '[]')
    FROM settlement_settlement s
    WHERE s.pooling_area = area AND s.id IN (
        SELECT b.settlement_id FROM encounters_chargebatch b
        WHERE b.pooling_area = area AND b.encounter_id = encounter AND b.settlement_id IS NOT NULL)
$$;
COMMENT ON FUNCTION settlement_earlier IS 'the settlements of the encounter that stand: they hold its settled batches';
"""

LINKED = """
CREATE FUNCTION settlement_linked_deductible(area text, encounter bigint) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sum(s.deductible_fen
               + coalesce((s.receipt #>> '{parts,0,facts,linked_deductible_fen}')::bigint, 0)
                   * (NOT s.receipt ? 'less')::integer)::bigint
    FROM settlement_settlement s
    WHERE s.pooling_area = area AND s.id IN (
        SELECT b.settlement_id FROM encounters_chargebatch b
        WHERE b.pooling_area = area AND b.encounter_id = encounter AND b.settlement_id IS NOT NULL)
$$;
COMMENT ON FUNCTION settlement_linked_deductible IS
    'BEN-19: the deductible borne in that stay and in those it continued; NULL when it is not settled';
"""

YEARS = """
CREATE FUNCTION settlement_years(area text, person bigint, of_scheme text, since date, until date) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (
        SELECT coalesce(jsonb_object_agg(benefit_year, jsonb_build_object('version', version, 'amounts', amounts)), '{}')
        FROM settlement_accumulator
        WHERE pooling_area = area AND person_id = person AND scheme = of_scheme
          AND benefit_year BETWEEN extract(year FROM since) AND extract(year FROM until));
END
$$;
"""

READING = """
CREATE FUNCTION settlement_reading(area text, encounter bigint, batch text, wanted_person text, today date)
RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    bill jsonb := encounters_bill(area, encounter, batch);
    began date := (bill ->> 'began_on')::date;
    day date;
    person jsonb;
    person_id bigint;
BEGIN
    IF bill IS NULL THEN
        RETURN NULL;
    END IF;
    day := CASE WHEN bill ->> 'kind' IN ('inpatient', 'maternity', 'day_surgery', 'home_bed')
        THEN coalesce((bill ->> 'ended_on')::date, greatest(today, began)) ELSE began END;
    person := enrolment_person_facts(wanted_person, day);
    person_id := (person ->> 'id')::bigint;
    RETURN '{"bill":' || bill::text
        || ',"person":' || coalesce(person::text, 'null')
        || ',"coverage":' || CASE WHEN person_id IS NULL THEN '[]' ELSE contributions_coverage(person_id, day)::text END
        || ',"years":' || settlement_years(area, person_id, bill ->> 'scheme', began, day)::text
        || ',"earlier":' || CASE WHEN (bill ->> 'settled_batches')::integer > 0
                THEN settlement_earlier(area, encounter)::text ELSE '[]' END
        || ',"linked_deductible_fen":' || CASE WHEN bill ->> 'linked_to' IS NOT NULL
                THEN coalesce(settlement_linked_deductible(area, (bill ->> 'linked_to')::bigint)::text, 'null')
                ELSE 'null' END
        || ',"balance_fen":' || settlement_balance(area, person_id) || '}';
END
$$;
COMMENT ON FUNCTION settlement_reading IS 'the bill, the person, the coverage and the accumulators of one settlement';
"""

BALANCE = """
CREATE FUNCTION settlement_balance(area text, person bigint) RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN coalesce(
        (SELECT balance_fen FROM settlement_personalaccount WHERE pooling_area = area AND person_id = person), 0);
END
$$;
"""

PURCHASE = """
CREATE FUNCTION settlement_purchase_reading(wanted_person text, of_scheme text, day date)
RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    person jsonb := enrolment_person_facts(wanted_person, day);
    person_id bigint := (person ->> 'id')::bigint;
    area text := person ->> 'pooling_area';
BEGIN
    RETURN '{"person":' || coalesce(person::text, 'null')
        || ',"coverage":' || CASE WHEN person_id IS NULL THEN '[]' ELSE contributions_coverage(person_id, day)::text END
        || ',"years":' || settlement_years(area, person_id, of_scheme, day, day)::text
        || ',"balance_fen":' || settlement_balance(area, person_id) || '}';
END
$$;
COMMENT ON FUNCTION settlement_purchase_reading IS 'the same for a purchase, whose bill comes with the message';
"""

TAKEN_BACK = """
CREATE FUNCTION settlement_taken_back_reading(area text, wanted bigint)
RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    s settlement_settlement;
    changed_years text[];
BEGIN
    SELECT * INTO s FROM settlement_settlement WHERE pooling_area = area AND id = wanted;
    IF s.id IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(array_agg(y), '{}') INTO changed_years FROM jsonb_object_keys(s.receipt -> 'deltas') AS y;
    RETURN jsonb_build_object(
        'settlement', to_jsonb(s) || jsonb_build_object('ratio', s.ratio::text),
        'original', (SELECT to_jsonb(o) - 'ratio' FROM settlement_settlement o WHERE o.pooling_area = area AND o.id = s.reversal_of),
        'person', enrolment_person_facts_by_id(s.person_id, s.benefit_on),
        'years', (
            SELECT coalesce(
                jsonb_object_agg(a.benefit_year, jsonb_build_object('version', a.version, 'amounts', a.amounts)), '{}')
            FROM settlement_accumulator a
            WHERE a.pooling_area = area AND a.person_id = s.person_id AND a.scheme = s.scheme
              AND a.benefit_year::text = ANY (changed_years)),
        'twins', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'annulment', r.annulment, 'annulled', EXISTS (
                SELECT FROM settlement_settlement a WHERE a.pooling_area = area AND a.reversal_of = r.id))
                ORDER BY r.reversal_no), '[]')
            FROM settlement_settlement r WHERE r.pooling_area = area AND r.reversal_of = s.id),
        'later', (
            SELECT coalesce(jsonb_agg(DISTINCT l.id), '[]')
            FROM encounters_chargebatch b
            JOIN settlement_settlement l ON l.pooling_area = area AND l.id = b.settlement_id
            WHERE b.pooling_area = area AND b.encounter_id = s.encounter_id AND l.receipt ? 'less'
              AND l.receipt @? format('$.less[*].id ? (@ == %s)', s.id)::jsonpath),
        'balance_fen', settlement_balance(area, s.person_id))::text;
END
$$;
COMMENT ON FUNCTION settlement_taken_back_reading IS 'a settlement, what became of it, and the accumulators it changed';
"""

BY_DAY = """
CREATE FUNCTION settlement_bill_by_day(area text, encounter bigint) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('served_on', served_on, 'own_expense_fen', own, 'over_price_fen', over,
                                                 'pre_self_pay_fen', pre, 'in_scope_fen', scope)), '[]')::text
    FROM (SELECT (served_at AT TIME ZONE 'Asia/Shanghai')::date AS served_on, sum(own_expense_fen) AS own,
                 sum(over_price_fen) AS over, sum(pre_self_pay_fen) AS pre, sum(in_scope_fen) AS scope
          FROM encounters_chargeline WHERE pooling_area = area AND encounter_id = encounter GROUP BY 1) AS days
$$;
COMMENT ON FUNCTION settlement_bill_by_day IS 'the lines of a stay by day and class, for stays that cross a boundary';
"""


class Migration(migrations.Migration):
    dependencies = [("settlement", "0002_references"), ("contributions", "0002_coverage")]
    operations = [
        create_sequence("settlement"),
        migrations.RunSQL(EARLIER, "DROP FUNCTION settlement_earlier(text, bigint);"),
        migrations.RunSQL(LINKED, "DROP FUNCTION settlement_linked_deductible(text, bigint);"),
        migrations.RunSQL(YEARS, "DROP FUNCTION settlement_years(text, bigint, text, date, date);"),
        migrations.RunSQL(BALANCE, "DROP FUNCTION settlement_balance(text, bigint);"),
        migrations.RunSQL(READING, "DROP FUNCTION settlement_reading(text, bigint, text, text, date);"),
        migrations.RunSQL(PURCHASE, "DROP FUNCTION settlement_purchase_reading(text, text, date);"),
        migrations.RunSQL(TAKEN_BACK, "DROP FUNCTION settlement_taken_back_reading(text, bigint);"),
        migrations.RunSQL(BY_DAY, "DROP FUNCTION settlement_bill_by_day(text, bigint);"),
    ]
