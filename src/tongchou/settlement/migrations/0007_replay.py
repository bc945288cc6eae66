"""The person-year again (BEN-42): what its settlements would be settled by today, and what marks a year to be looked at.

Nothing here is asked or written when a bill is settled; a cancellation asks one more row by its key.
"""

import importlib

from django.db import migrations

_record = importlib.import_module("tongchou.settlement.migrations.0004_record")
_reading = importlib.import_module("tongchou.settlement.migrations.0003_reading")

BY_DAY = """
CREATE FUNCTION settlement_bill_by_day_of(area text, encounter bigint, batches text[]) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('served_on', served_on, 'own_expense_fen', own, 'over_price_fen', over,
                                                 'pre_self_pay_fen', pre, 'in_scope_fen', scope)), '[]')::text
    FROM (SELECT (served_at AT TIME ZONE 'Asia/Shanghai')::date AS served_on, sum(own_expense_fen) AS own,
                 sum(over_price_fen) AS over, sum(pre_self_pay_fen) AS pre, sum(in_scope_fen) AS scope
          FROM encounters_chargeline
          WHERE pooling_area = area AND encounter_id = encounter AND batch_no = ANY (batches) GROUP BY 1) AS days
$$;
COMMENT ON FUNCTION settlement_bill_by_day_of IS 'the lines of some batches of a stay by day and class';
"""

OF_YEAR = f"""
CREATE FUNCTION settlement_person_year(area text, person bigint, of_scheme text, year text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', s.id, 'encounter_id', s.encounter_id, 'institution_code', s.institution_code,
            'settled_at', s.settled_at, 'settled_on', s.settled_on, 'interim', s.interim, 'receipt', s.receipt,
            'credential_type', s.credential_type, 'invoice_no', s.invoice_no,
            'columns', jsonb_build_object({_reading.AMOUNTS}),
            'bill', b.bill || jsonb_build_object('batches', b.batches),
            'person', enrolment_person_facts_by_id(person, d.day),
            'coverage', contributions_coverage(person, d.day),
            'linked_deductible_fen', CASE WHEN b.bill ->> 'linked_to' IS NOT NULL
                THEN settlement_linked_deductible(area, (b.bill ->> 'linked_to')::bigint) END)
            ORDER BY s.settled_at, s.id), '[]')::text
        FROM settlement_settlement s
        CROSS JOIN LATERAL (
            SELECT encounters_bill(area, s.encounter_id, '') AS bill,
                   (SELECT coalesce(jsonb_agg(to_jsonb(c) ORDER BY c.batch_no), '[]') FROM encounters_chargebatch c
                    WHERE c.pooling_area = area AND c.encounter_id = s.encounter_id AND c.settlement_id = s.id) AS batches
        ) AS b
        CROSS JOIN LATERAL (
            SELECT CASE WHEN b.bill ->> 'kind' IN ('inpatient', 'maternity', 'day_surgery', 'home_bed')
                THEN coalesce((b.bill ->> 'ended_on')::date, greatest(s.settled_on, (b.bill ->> 'began_on')::date))
                ELSE (b.bill ->> 'began_on')::date END AS day
        ) AS d
        WHERE s.pooling_area = area AND s.person_id = person AND s.scheme = of_scheme AND s.reversal_of IS NULL
          AND (s.benefit_year::text = year OR s.receipt -> 'deltas' ? year) AND settlement_stands(area, s.id));
END
$$;
COMMENT ON FUNCTION settlement_person_year IS
    'the settlements of a person-year that stand, each with what it would be settled by today; in no particular order';
"""

MARK = """
CREATE FUNCTION settlement_mark_year(
    area text, person bigint, of_scheme text, year integer, why text, at timestamptz
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO settlement_yeartoreplay
        (pooling_area, person_id, scheme, benefit_year, cause, marked_at, state, closed_by, closing_reason)
    VALUES (area, person, of_scheme, year, why, at, 'open', '', '')
    ON CONFLICT (pooling_area, person_id, scheme, benefit_year) WHERE state = 'open' DO NOTHING
$$;
COMMENT ON FUNCTION settlement_mark_year IS 'marks a person-year to be looked at, unless it is marked already';
"""

MARK_LATER = """
    FOR n IN 1..cardinality(years) LOOP
        IF versions[n] > (SELECT (o.receipt -> 'versions' ->> years[n]::text)::integer FROM settlement_settlement o
                          WHERE o.pooling_area = s.pooling_area AND o.id = s.reversal_of) THEN
            PERFORM settlement_mark_year(s.pooling_area, s.person_id, s.scheme, years[n], 'reversal', at);
        END IF;
    END LOOP;
    RETURN NULL;
"""


def marking(text: str) -> str:
    """Taking back marks the years in which something was settled after what is taken back."""
    changed = text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    before, returns, after = changed.rpartition("    RETURN NULL;\n")
    if not returns:
        raise ValueError("settlement_take_back has no end")
    return before + MARK_LATER.lstrip("\n") + after


class Migration(migrations.Migration):
    dependencies = [("settlement", "0006_service_grants"), ("encounters", "0006_marks_and_circumstances")]
    operations = [
        migrations.RunSQL(BY_DAY, "DROP FUNCTION settlement_bill_by_day_of(text, bigint, text[]);"),
        migrations.RunSQL(OF_YEAR, "DROP FUNCTION settlement_person_year(text, bigint, text, text);"),
        migrations.RunSQL(MARK, "DROP FUNCTION settlement_mark_year(text, bigint, text, integer, text, timestamptz);"),
        migrations.RunSQL(
            marking(_record.TAKE_BACK),
            _record.TAKE_BACK.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
        ),
    ]
