"""Signing in and out (签到、签退) as messages that count once, like every other."""

from django.db import migrations

SIGN_ON = """
CREATE FUNCTION wire_sign_on(
    institution text, transaction_no text, message_id text, body_digest bytea, reply text, operator text,
    reply_body bytea, at timestamptz, number text, machine text, address text
) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    earlier bytea;
BEGIN
    earlier := wire_book(institution, transaction_no, message_id, body_digest, reply, '', NULL, NULL, operator,
                         reply_body, at);
    IF earlier IS NOT NULL THEN
        RETURN earlier;
    END IF;
    INSERT INTO wire_signon (sign_no, institution_code, operator_no, mac, ip, signed_on_at)
    VALUES (number, institution, operator, machine, address, at);
    RETURN NULL;
END
$$;
"""
DROP_SIGN_ON = "DROP FUNCTION wire_sign_on(text, text, text, bytea, text, text, bytea, timestamptz, text, text, text);"

SIGN_OFF = """
CREATE FUNCTION wire_sign_off(
    institution text, transaction_no text, message_id text, body_digest bytea, reply text, operator text,
    reply_body bytea, at timestamptz, number text
) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    earlier bytea;
BEGIN
    earlier := wire_book(institution, transaction_no, message_id, body_digest, reply, '', NULL, NULL, operator,
                         reply_body, at);
    IF earlier IS NOT NULL THEN
        RETURN earlier;
    END IF;
    UPDATE wire_signon SET signed_off_at = at
    WHERE sign_no = number AND institution_code = institution AND signed_off_at IS NULL
      AND (signed_on_at AT TIME ZONE 'Asia/Shanghai')::date = (at AT TIME ZONE 'Asia/Shanghai')::date;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no sign-in % of today', number USING ERRCODE = 'TC902',
            DETAIL = json_build_object('sign_no', number)::text;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION wire_sign_off IS 'TC902 when the institution has no such sign-in of the same day, still open';
"""
DROP_SIGN_OFF = "DROP FUNCTION wire_sign_off(text, text, text, bytea, text, text, bytea, timestamptz, text);"


class Migration(migrations.Migration):
    dependencies = [("wire", "0002_book")]
    operations = [migrations.RunSQL(SIGN_ON, DROP_SIGN_ON), migrations.RunSQL(SIGN_OFF, DROP_SIGN_OFF)]
