"""What the funds owe: `fund_owe` writes it in the statement that settles, two more functions read and roll it up."""

from django.db import migrations

OWE = """
CREATE FUNCTION fund_owe(
    area text, settlement bigint, institution text, scheme text, day date, funds text[], amounts bigint[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1..cardinality(funds) LOOP
        CONTINUE WHEN amounts[n] = 0;
        INSERT INTO fund_institutiondue
            (pooling_area, settlement_id, fund_code, institution_code, scheme, settled_on, amount_fen)
        VALUES (area, settlement, funds[n], institution, scheme, day, amounts[n]);
    END LOOP;
END
$$;
COMMENT ON FUNCTION fund_owe IS 'SET-01: one line per fund with an amount; called by the function that settles';
"""
DROP_OWE = "DROP FUNCTION fund_owe(text, bigint, text, text, date, text[], bigint[]);"

OWED = """
CREATE FUNCTION fund_owed(area text, since date, until date)
RETURNS TABLE (settlement_id bigint, amount_fen bigint) LANGUAGE sql STABLE AS $$
    SELECT due.settlement_id, sum(due.amount_fen)::bigint
    FROM fund_institutiondue due
    WHERE due.pooling_area = area AND due.settled_on >= since AND due.settled_on < until
    GROUP BY due.settlement_id
$$;
COMMENT ON FUNCTION fund_owed IS 'what all funds together owe per settlement of the days [since, until)';
"""
DROP_OWED = "DROP FUNCTION fund_owed(text, date, date);"

ROLL_UP = """
CREATE FUNCTION fund_roll_up_day(area text, day date) RETURNS void LANGUAGE sql AS $$
    DELETE FROM fund_dailybalance WHERE pooling_area = area AND settled_on = day;
    INSERT INTO fund_dailybalance
        (pooling_area, settled_on, institution_code, scheme, fund_code, amount_fen, settlements)
    SELECT area, day, institution_code, scheme, fund_code, sum(amount_fen), sum(sign(amount_fen))
    FROM fund_institutiondue
    WHERE pooling_area = area AND settled_on = day
    GROUP BY institution_code, scheme, fund_code
$$;
COMMENT ON FUNCTION fund_roll_up_day IS 'writes a day of the roll-up anew';
"""
DROP_ROLL_UP = "DROP FUNCTION fund_roll_up_day(text, date);"


class Migration(migrations.Migration):
    dependencies = [("fund", "0003_append_only")]
    operations = [
        migrations.RunSQL(OWE, DROP_OWE),
        migrations.RunSQL(OWED, DROP_OWED),
        migrations.RunSQL(ROLL_UP, DROP_ROLL_UP),
    ]
