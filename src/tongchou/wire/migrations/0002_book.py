"""`wire_book`: a message that changes something counts once (SET-04), and its first answer is the answer for good."""

from django.db import migrations

# Answers are read only when a message is repeated: kept out of line and not compressed, which costs the commit less.
STORAGE = "ALTER TABLE wire_booking ALTER COLUMN answer SET STORAGE EXTERNAL;"
UNDO_STORAGE = "ALTER TABLE wire_booking ALTER COLUMN answer SET STORAGE EXTENDED;"

BOOK = """
CREATE FUNCTION wire_book(
    institution text, transaction_no text, message_id text, body_digest bytea, reply text, person text,
    encounter bigint, settlement bigint, operator text, reply_body bytea, at timestamptz
) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    earlier bytea;
    undone timestamptz;
BEGIN
    INSERT INTO wire_booking
        (institution_code, infno, msgid, digest, reply_no, person_no, encounter_id, settlement_id, operator_no, answer,
         received_at)
    VALUES (institution, transaction_no, message_id, body_digest, reply, person, encounter, settlement, operator,
            reply_body, at)
    ON CONFLICT (institution_code, infno, msgid, digest) DO NOTHING;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    SELECT answer, reversed_at INTO earlier, undone FROM wire_booking
    WHERE institution_code = institution AND infno = transaction_no AND msgid = message_id AND digest = body_digest;
    IF undone IS NOT NULL THEN
        RAISE EXCEPTION 'message % was reversed', message_id USING ERRCODE = 'TC901';
    END IF;
    RETURN earlier;
END
$$;
COMMENT ON FUNCTION wire_book IS
    'NULL when the message is new, else the answer it got the first time; TC901 when it was reversed since';
"""
DROP_BOOK = "DROP FUNCTION wire_book(text, text, text, bytea, text, text, bigint, bigint, text, bytea, timestamptz);"

KEEP = """
CREATE FUNCTION wire_booking_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.reversed_at IS NULL AND NEW.reversed_at IS NOT NULL
       AND (to_jsonb(NEW) - 'reversed_at') = (to_jsonb(OLD) - 'reversed_at') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'wire_booking is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON wire_booking
    FOR EACH ROW EXECUTE FUNCTION wire_booking_stays();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON wire_booking
    FOR EACH STATEMENT EXECUTE FUNCTION wire_booking_stays();
"""
DROP_KEEP = """
DROP TRIGGER never_emptied ON wire_booking;
DROP TRIGGER append_only ON wire_booking;
DROP FUNCTION wire_booking_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("wire", "0001_initial")]
    operations = [
        migrations.RunSQL(STORAGE, UNDO_STORAGE),
        migrations.RunSQL(BOOK, DROP_BOOK),
        migrations.RunSQL(KEEP, DROP_KEEP),
    ]
