"""What writes settlements: one database function a message, each counting the message first (`wire_book`).

Every function returns the first answer when the message is a repeat and NULL when it has done its work. It locks the
accumulators before the encounter, and raises TC001 when the accumulators or the account have moved since they were read
(read and compute again), TC002 when the visit is settled or its charges have changed, TC003 when the settlement does not
stand any more.
"""

from django.db import migrations

BOOKING = """institution text, transaction_no text, message_id text, body_digest bytea, reply text, person text,
    operator text, reply_body bytea, at timestamptz"""
BOOKING_TYPES = "text, text, text, bytea, text, text, text, bytea, timestamptz"
YEAR_TYPES = "smallint[], integer[], text[]"
COUNT_ONCE = """
    earlier := wire_book(institution, transaction_no, message_id, body_digest, reply, person, s.encounter_id, s.id,
                         operator, reply_body, at);
    IF earlier IS NOT NULL THEN
        RETURN earlier;
    END IF;"""

ACCUMULATE = """
CREATE FUNCTION settlement_accumulate(
    area text, person bigint, of_scheme text, years smallint[], versions integer[], states text[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1..cardinality(years) LOOP
        IF versions[n] = 0 THEN
            INSERT INTO settlement_accumulator (pooling_area, person_id, scheme, benefit_year, version, amounts)
            VALUES (area, person, of_scheme, years[n], 1, states[n]::jsonb) ON CONFLICT DO NOTHING;
        ELSE
            UPDATE settlement_accumulator SET version = version + 1, amounts = states[n]::jsonb
            WHERE pooling_area = area AND person_id = person AND scheme = of_scheme AND benefit_year = years[n]
              AND version = versions[n];
        END IF;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the accumulators of % in % have moved', person, years[n] USING ERRCODE = 'TC001';
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION settlement_accumulate IS 'writes the accumulators computed on the given versions; TC001 when one moved';
"""

LOCK = """
CREATE FUNCTION settlement_lock(area text, encounter bigint, at_institution text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found_state text;
BEGIN
    SELECT e.state INTO found_state FROM encounters_encounter e
    WHERE e.pooling_area = area AND e.id = encounter AND at_institution IN ('', e.institution_code) FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'encounter % of % is unknown here', encounter, area USING ERRCODE = 'TC101';
    END IF;
    RETURN found_state;
END
$$;
COMMENT ON FUNCTION settlement_lock IS 'locks the encounter and gives its state; TC101 when it is not of that institution';
"""

HOLD = """
CREATE FUNCTION settlement_hold(
    area text, encounter bigint, settlement bigint, batches text[], totals bigint[], closes boolean
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    held integer;
BEGIN
    UPDATE encounters_chargebatch b SET settlement_id = settlement
    FROM unnest(batches, totals) AS t (batch_no, total_fen)
    WHERE b.pooling_area = area AND b.encounter_id = encounter AND b.batch_no = t.batch_no
      AND b.total_fen = t.total_fen AND b.settlement_id IS NULL;
    GET DIAGNOSTICS held = ROW_COUNT;
    IF held <> cardinality(batches) THEN
        RAISE EXCEPTION 'the charges of encounter % have changed', encounter USING ERRCODE = 'TC002';
    END IF;
    IF closes THEN
        UPDATE encounters_encounter e SET state = 'settled'
        WHERE e.pooling_area = area AND e.id = encounter AND NOT EXISTS (
            SELECT FROM encounters_chargebatch b
            WHERE b.pooling_area = area AND b.encounter_id = encounter AND b.settlement_id IS NULL);
    END IF;
END
$$;
COMMENT ON FUNCTION settlement_hold IS 'the settlement holds these charges; the visit is settled when none is left';
"""

BEAR = """
CREATE FUNCTION settlement_bear(s settlement_settlement, funds text[], amounts bigint[], balance bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM fund_owe(s.pooling_area, s.id, s.institution_code, s.scheme, s.settled_on, funds, amounts);
    IF s.account_paid_fen <> 0 THEN
        UPDATE settlement_personalaccount a SET balance_fen = balance_fen - s.account_paid_fen
        WHERE a.pooling_area = s.pooling_area AND a.person_id = s.person_id AND a.balance_fen = balance;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the account of % has moved', s.person_id USING ERRCODE = 'TC001';
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION settlement_bear IS 'what each fund owes for it, and what the account pays; TC001 when its balance moved';
"""

RECORD = f"""
CREATE FUNCTION settlement_record(
    {BOOKING},
    settled json, years smallint[], versions integer[], states text[], batches text[], totals bigint[], funds text[], amounts bigint[], balance bigint
) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    earlier bytea;
    s settlement_settlement := json_populate_record(NULL::settlement_settlement, settled);
    was text;
BEGIN{COUNT_ONCE}
    PERFORM settlement_accumulate(s.pooling_area, s.person_id, s.scheme, years, versions, states);
    was := settlement_lock(s.pooling_area, s.encounter_id, institution);
    IF was NOT IN ('open', 'discharged') THEN
        RAISE EXCEPTION 'encounter % is %', s.encounter_id, was USING ERRCODE = 'TC002';
    END IF;
    INSERT INTO settlement_settlement SELECT s.*;
    PERFORM settlement_hold(s.pooling_area, s.encounter_id, s.id, batches, totals, NOT s.interim);
    PERFORM settlement_bear(s, funds, amounts, balance);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION settlement_record IS 'settles batches of an encounter: settlement, dues, accumulators, account, state';
"""
DROP_RECORD = (
    f"DROP FUNCTION settlement_record({BOOKING_TYPES}, json, {YEAR_TYPES}, text[], bigint[], text[], bigint[], bigint);"
)

PURCHASE = f"""
CREATE FUNCTION settlement_purchase(
    {BOOKING},
    settled json, years smallint[], versions integer[], states text[], encounter jsonb, batches json, charge_lines json, funds text[], amounts bigint[],
    balance bigint
) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    earlier bytea;
    s settlement_settlement := json_populate_record(NULL::settlement_settlement, settled);
BEGIN{COUNT_ONCE}
    PERFORM settlement_accumulate(s.pooling_area, s.person_id, s.scheme, years, versions, states);
    PERFORM encounters_put(encounter);
    PERFORM encounters_put_lines(s.pooling_area, s.encounter_id, at, batches, charge_lines);
    INSERT INTO settlement_settlement SELECT s.*;
    UPDATE encounters_chargebatch b SET settlement_id = s.id
    WHERE b.pooling_area = s.pooling_area AND b.encounter_id = s.encounter_id;
    PERFORM settlement_bear(s, funds, amounts, balance);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION settlement_purchase IS 'a purchase at a pharmacy: visit, lines and settlement in one';
"""
DROP_PURCHASE = f"DROP FUNCTION settlement_purchase({BOOKING_TYPES}, json, {YEAR_TYPES}, jsonb, json, json, text[], bigint[], bigint);"

TAKE_BACK = f"""
CREATE FUNCTION settlement_take_back(
    {BOOKING},
    settled json, years smallint[], versions integer[], states text[], funds text[], amounts bigint[], balance bigint
) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    earlier bytea;
    s settlement_settlement := json_populate_record(NULL::settlement_settlement, settled);
    taken_back integer;
BEGIN{COUNT_ONCE}
    PERFORM settlement_accumulate(s.pooling_area, s.person_id, s.scheme, years, versions, states);
    PERFORM settlement_lock(s.pooling_area, s.encounter_id, institution);
    SELECT count(*) INTO taken_back FROM settlement_settlement r
    WHERE r.pooling_area = s.pooling_area AND r.reversal_of = s.reversal_of;
    IF taken_back <> s.reversal_no THEN
        RAISE EXCEPTION 'settlement % was taken back', s.reversal_of USING ERRCODE = 'TC003';
    END IF;
    INSERT INTO settlement_settlement SELECT s.*;
    UPDATE encounters_chargebatch b SET settlement_id = NULL
    WHERE b.pooling_area = s.pooling_area AND b.encounter_id = s.encounter_id AND b.settlement_id = s.reversal_of;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'settlement % holds no charges', s.reversal_of USING ERRCODE = 'TC003';
    END IF;
    UPDATE encounters_encounter e SET state = CASE
        WHEN e.kind = 'pharmacy' THEN 'cancelled' WHEN e.ended_at IS NULL THEN 'open' ELSE 'discharged' END
    WHERE e.pooling_area = s.pooling_area AND e.id = s.encounter_id AND e.state = 'settled';
    PERFORM settlement_bear(s, funds, amounts, balance);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION settlement_take_back IS 'the negative twin of a settlement: frees its charges and opens the visit again';
"""
DROP_TAKE_BACK = f"DROP FUNCTION settlement_take_back({BOOKING_TYPES}, json, {YEAR_TYPES}, text[], bigint[], bigint);"

RESTORE = f"""
CREATE FUNCTION settlement_restore(
    {BOOKING},
    settled json, original bigint, batches text[], totals bigint[], years smallint[], versions integer[], states text[], funds text[], amounts bigint[],
    balance bigint
) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    earlier bytea;
    s settlement_settlement := json_populate_record(NULL::settlement_settlement, settled);
BEGIN{COUNT_ONCE}
    PERFORM settlement_accumulate(s.pooling_area, s.person_id, s.scheme, years, versions, states);
    PERFORM settlement_lock(s.pooling_area, s.encounter_id, institution);
    IF EXISTS (SELECT FROM settlement_settlement r
               WHERE r.pooling_area = s.pooling_area AND r.reversal_of = s.reversal_of) THEN
        RAISE EXCEPTION 'cancellation % was annulled', s.reversal_of USING ERRCODE = 'TC003';
    END IF;
    INSERT INTO settlement_settlement SELECT s.*;
    PERFORM settlement_hold(s.pooling_area, s.encounter_id, original, batches, totals, NOT s.interim);
    PERFORM settlement_bear(s, funds, amounts, balance);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION settlement_restore IS 'annuls a cancellation nobody was told of: the settlement holds its charges again';
"""
DROP_RESTORE = f"DROP FUNCTION settlement_restore({BOOKING_TYPES}, json, bigint, text[], bigint[], {YEAR_TYPES}, text[], bigint[], bigint);"


class Migration(migrations.Migration):
    dependencies = [("settlement", "0003_reading"), ("wire", "0002_book")]
    operations = [
        migrations.RunSQL(ACCUMULATE, f"DROP FUNCTION settlement_accumulate(text, bigint, text, {YEAR_TYPES});"),
        migrations.RunSQL(LOCK, "DROP FUNCTION settlement_lock(text, bigint, text);"),
        migrations.RunSQL(HOLD, "DROP FUNCTION settlement_hold(text, bigint, bigint, text[], bigint[], boolean);"),
        migrations.RunSQL(BEAR, "DROP FUNCTION settlement_bear(settlement_settlement, text[], bigint[], bigint);"),
        migrations.RunSQL(RECORD, DROP_RECORD),
        migrations.RunSQL(PURCHASE, DROP_PURCHASE),
        migrations.RunSQL(TAKE_BACK, DROP_TAKE_BACK),
        migrations.RunSQL(RESTORE, DROP_RESTORE),
    ]
