"""What writes encounters: one database function a message, each counting the message first (`wire_book`).

`encounters_put…` and `encounters_lock…` count no message: they are steps of a function that has done so, also of
settlement's, which marks the batches it settles and moves the state to settled and back.

Every other function returns the first answer when the message is a repeat, NULL when it has done its work, and refuses by
SQLSTATE: TC101 unknown at this institution, TC102 the state forbids it (DETAIL: state), TC103 nothing there to cancel,
TC104 lines are settled, TC105 a refund still refers to the line.
"""

from django.db import migrations

BOOKING = """institution text, transaction_no text, message_id text, body_digest bytea, reply text, person text,
    operator text, reply_body bytea, at timestamptz"""
BOOKING_TYPES = "text, text, text, bytea, text, text, text, bytea, timestamptz"
COUNT_ONCE = """
    earlier := wire_book(institution, transaction_no, message_id, body_digest, reply, person, encounter, NULL, operator,
                         reply_body, at);
    IF earlier IS NOT NULL THEN
        RETURN earlier;
    END IF;"""


def writing(name: str, arguments: str, types: str, body: str, *, declare: str = "") -> migrations.RunSQL:
    """A function `name(booking…, area, encounter, …)` that counts the message once and then does `body`."""
    return migrations.RunSQL(
        f"""
CREATE FUNCTION {name}({BOOKING}, area text, encounter bigint{arguments}) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    earlier bytea;
    {declare}
BEGIN{COUNT_ONCE}
{body}
    RETURN NULL;
END
$$;""",
        f"DROP FUNCTION {name}({BOOKING_TYPES}, text, bigint{types});",
    )


LOCK = """
CREATE FUNCTION encounters_lock(area text, encounter bigint, at_institution text) RETURNS encounters_encounter
LANGUAGE plpgsql AS $$
DECLARE
    found encounters_encounter;
BEGIN
    SELECT * INTO found FROM encounters_encounter e
    WHERE e.pooling_area = area AND e.id = encounter FOR NO KEY UPDATE;
    IF found.id IS NULL OR (at_institution <> '' AND found.institution_code <> at_institution) THEN
        RAISE EXCEPTION 'encounter % of % is unknown here', encounter, area USING ERRCODE = 'TC101';
    END IF;
    RETURN found;
END
$$;
COMMENT ON FUNCTION encounters_lock IS 'the encounter, locked; TC101 when it is not one of that institution';
"""
DROP_LOCK = "DROP FUNCTION encounters_lock(text, bigint, text);"

LOCK_IN = """
CREATE FUNCTION encounters_lock_in(area text, encounter bigint, at_institution text, states text[])
RETURNS encounters_encounter LANGUAGE plpgsql AS $$
DECLARE
    found encounters_encounter := encounters_lock(area, encounter, at_institution);
BEGIN
    IF NOT found.state = ANY (states) THEN
        RAISE EXCEPTION 'encounter % is %', encounter, found.state USING ERRCODE = 'TC102',
            DETAIL = json_build_object('state', found.state)::text;
    END IF;
    RETURN found;
END
$$;
COMMENT ON FUNCTION encounters_lock_in IS 'the same in one of these states; TC102 when it is in another';
"""
DROP_LOCK_IN = "DROP FUNCTION encounters_lock_in(text, bigint, text, text[]);"

PUT = """
CREATE FUNCTION encounters_put(facts jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO encounters_encounter SELECT * FROM jsonb_populate_record(NULL::encounters_encounter, facts);
END
$$;
COMMENT ON FUNCTION encounters_put IS 'a step: inserts one encounter from an object of its columns; counts no message';
"""
DROP_PUT = "DROP FUNCTION encounters_put(jsonb);"

PUT_LINES = """
CREATE FUNCTION encounters_put_lines(area text, encounter bigint, at timestamptz, batches json, charge_lines json)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO encounters_chargebatch
    SELECT area, encounter, b.batch_no, b.lines, b.first_served_on, b.last_served_on, b.total_fen, b.own_expense_fen,
           b.over_price_fen, b.pre_self_pay_fen, b.in_scope_fen, b.category_fen, NULL, at
    FROM json_to_recordset(batches) AS b (
        batch_no text, lines integer, first_served_on date, last_served_on date, total_fen bigint,
        own_expense_fen bigint, over_price_fen bigint, pre_self_pay_fen bigint, in_scope_fen bigint,
        category_fen jsonb);
    INSERT INTO encounters_chargeline
    SELECT area, encounter, l.serial, l.batch_no, coalesce(l.refund_of, ''), l.item_code,
           coalesce(l.institution_item_code, ''), l.charge_category, l.pay_class, l.served_at, l.quantity, l.unit_price,
           l.amount_fen, l.pre_self_pay_ratio, l.price_ceiling, coalesce(l.own_expense_fen, 0),
           coalesce(l.over_price_fen, 0), coalesce(l.pre_self_pay_fen, 0), coalesce(l.in_scope_fen, 0),
           coalesce(l.reason_code, ''), coalesce(l.prescription_no, ''), coalesce(l.department_code, ''),
           coalesce(l.physician_code, '')
    FROM json_to_recordset(charge_lines) AS l (
        serial text, batch_no text, refund_of text, item_code text, institution_item_code text, charge_category text,
        pay_class text, served_at timestamptz, quantity numeric, unit_price numeric, amount_fen bigint,
        pre_self_pay_ratio numeric, price_ceiling numeric, own_expense_fen bigint, over_price_fen bigint,
        pre_self_pay_fen bigint, in_scope_fen bigint, reason_code text, prescription_no text, department_code text,
        physician_code text);
END
$$;
COMMENT ON FUNCTION encounters_put_lines IS 'a step: inserts batches and their lines; counts no message, locks nothing';
"""
DROP_PUT_LINES = "DROP FUNCTION encounters_put_lines(text, bigint, timestamptz, json, json);"

# A visit that was settled opens again for further lines; a stay does not (its settlement closes it).
ADD_LINES = """
    was := encounters_lock_in(area, encounter, institution, states);
    IF was.state = 'settled' THEN
        UPDATE encounters_encounter e SET state = 'open' WHERE e.pooling_area = area AND e.id = encounter;
    END IF;
    PERFORM encounters_put_lines(area, encounter, at, batches, charge_lines);"""

SUM_AGAIN = """
CREATE FUNCTION encounters_sum_batches(area text, encounter bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM encounters_chargebatch b
    WHERE b.pooling_area = area AND b.encounter_id = encounter AND b.settlement_id IS NULL
      AND NOT EXISTS (SELECT FROM encounters_chargeline l WHERE l.pooling_area = area AND l.encounter_id = encounter
                         AND l.batch_no = b.batch_no);
    UPDATE encounters_chargebatch b SET
        lines = s.lines, first_served_on = s.first_on, last_served_on = s.last_on, total_fen = s.total,
        own_expense_fen = s.own, over_price_fen = s.over, pre_self_pay_fen = s.pre, in_scope_fen = s.scope,
        category_fen = s.categories
    FROM (SELECT batch_no, sum(n)::integer AS lines, min(first_on) AS first_on, max(last_on) AS last_on,
                 sum(total)::bigint AS total, sum(own)::bigint AS own, sum(over)::bigint AS over,
                 sum(pre)::bigint AS pre, sum(scope)::bigint AS scope, jsonb_object_agg(charge_category, total) AS categories
          FROM (SELECT batch_no, charge_category, count(*) AS n,
                       min((served_at AT TIME ZONE 'Asia/Shanghai')::date) AS first_on,
                       max((served_at AT TIME ZONE 'Asia/Shanghai')::date) AS last_on, sum(amount_fen) AS total,
                       sum(own_expense_fen) AS own, sum(over_price_fen) AS over, sum(pre_self_pay_fen) AS pre,
                       sum(in_scope_fen) AS scope
                FROM encounters_chargeline l WHERE l.pooling_area = area AND l.encounter_id = encounter
                GROUP BY batch_no, charge_category) AS by_category
          GROUP BY batch_no) AS s
    WHERE b.pooling_area = area AND b.encounter_id = encounter AND b.batch_no = s.batch_no AND b.settlement_id IS NULL
$$;
COMMENT ON FUNCTION encounters_sum_batches IS 'the sums of the unsettled batches, taken anew from their lines';
"""
DROP_SUM_AGAIN = "DROP FUNCTION encounters_sum_batches(text, bigint);"

CANCEL_LINES = """
    was := encounters_lock_in(area, encounter, institution, '{open,settled}');
    DELETE FROM encounters_chargeline l
    USING encounters_chargebatch b
    WHERE l.pooling_area = area AND l.encounter_id = encounter
      AND b.pooling_area = area AND b.encounter_id = encounter AND b.batch_no = l.batch_no AND b.settlement_id IS NULL
      AND (batch IS NULL OR l.batch_no = batch) AND (line IS NULL OR l.serial = line);
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone = 0 AND (batch IS NOT NULL OR line IS NOT NULL) THEN
        IF EXISTS (SELECT FROM encounters_chargeline l
                   WHERE l.pooling_area = area AND l.encounter_id = encounter
                     AND (batch IS NULL OR l.batch_no = batch) AND (line IS NULL OR l.serial = line)) THEN
            RAISE EXCEPTION 'the lines are settled' USING ERRCODE = 'TC104';
        END IF;
        RAISE EXCEPTION 'no such line' USING ERRCODE = 'TC103',
            DETAIL = json_build_object('which', coalesce(batch, line))::text;
    END IF;
    SELECT l.refund_of INTO left_alone FROM encounters_chargeline l
    WHERE l.pooling_area = area AND l.encounter_id = encounter AND l.refund_of <> ''
      AND NOT EXISTS (SELECT FROM encounters_chargeline o
                      WHERE o.pooling_area = area AND o.encounter_id = encounter AND o.serial = l.refund_of)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'line % has refunds', left_alone USING ERRCODE = 'TC105',
            DETAIL = json_build_object('serial', left_alone)::text;
    END IF;
    PERFORM encounters_sum_batches(area, encounter);"""

CANCEL = """
    was := encounters_lock_in(area, encounter, institution, '{open}');
    IF EXISTS (SELECT FROM encounters_chargebatch b
               WHERE b.pooling_area = area AND b.encounter_id = encounter
                 AND (b.settlement_id IS NOT NULL OR NOT with_lines)) THEN
        RAISE EXCEPTION 'encounter % has lines', encounter USING ERRCODE = 'TC104';
    END IF;
    DELETE FROM encounters_chargeline l WHERE l.pooling_area = area AND l.encounter_id = encounter;
    DELETE FROM encounters_chargebatch b WHERE b.pooling_area = area AND b.encounter_id = encounter;
    UPDATE encounters_encounter e SET state = 'cancelled' WHERE e.pooling_area = area AND e.id = encounter;"""

CHANGE = """
    was := encounters_lock_in(area, encounter, institution, states);
    changed := jsonb_populate_record(was, facts);
    UPDATE encounters_encounter e SET
        care_type = changed.care_type, kind = changed.kind, state = changed.state, chart_no = changed.chart_no,
        began_at = changed.began_at, ended_at = changed.ended_at, department_code = changed.department_code,
        department = changed.department, bed = changed.bed, physician_code = changed.physician_code,
        physician = changed.physician, disease_code = changed.disease_code, diagnosis_code = changed.diagnosis_code,
        diagnosis = changed.diagnosis, diagnoses = changed.diagnoses, emergency = changed.emergency,
        referral = changed.referral, place = changed.place, linked_to = changed.linked_to,
        readmission_filed = changed.readmission_filed, third_party = changed.third_party,
        disposition = changed.disposition, credential_type = changed.credential_type, particulars = changed.particulars
    WHERE e.pooling_area = area AND e.id = encounter;"""

WAS = "was encounters_encounter;"


class Migration(migrations.Migration):
    dependencies = [("encounters", "0003_bill"), ("wire", "0002_book")]
    operations = [
        migrations.RunSQL(LOCK, DROP_LOCK),
        migrations.RunSQL(LOCK_IN, DROP_LOCK_IN),
        migrations.RunSQL(SUM_AGAIN, DROP_SUM_AGAIN),
        migrations.RunSQL(PUT, DROP_PUT),
        migrations.RunSQL(PUT_LINES, DROP_PUT_LINES),
        writing("encounters_register", ", facts jsonb", ", jsonb", "    PERFORM encounters_put(facts);"),
        writing(
            "encounters_add_lines",
            ", states text[], batches json, charge_lines json",
            ", text[], json, json",
            ADD_LINES,
            declare=WAS,
        ),
        writing(
            "encounters_cancel_lines",
            ", batch text, line text",
            ", text, text",
            CANCEL_LINES,
            declare=WAS + " gone integer; left_alone text;",
        ),
        writing("encounters_cancel", ", with_lines boolean", ", boolean", CANCEL, declare=WAS),
        writing(
            "encounters_change",
            ", states text[], facts jsonb",
            ", text[], jsonb",
            CHANGE,
            declare=WAS + " changed encounters_encounter;",
        ),
    ]
