"""Charge lines, partitioned by the month that leads an encounter's id; they never change once written.

The triggers stand on rows, so that they also guard a partition addressed by its own name; inserting costs nothing.
"""

from django.db import migrations

from tongchou.platform.ids import create_sequence

LINES = """
CREATE TABLE encounters_chargeline (
    pooling_area varchar(6) NOT NULL,
    encounter_id bigint NOT NULL,
    serial varchar(30) NOT NULL,
    batch_no varchar(40) NOT NULL,
    refund_of varchar(30) NOT NULL DEFAULT '',
    item_code varchar(50) NOT NULL,
    institution_item_code varchar(150) NOT NULL DEFAULT '',
    charge_category varchar(2) NOT NULL,
    pay_class varchar(2) NOT NULL,
    served_at timestamptz NOT NULL,
    quantity numeric(16, 4) NOT NULL,
    unit_price numeric(16, 6) NOT NULL,
    amount_fen bigint NOT NULL,
    pre_self_pay_ratio numeric(5, 4) NOT NULL,
    price_ceiling numeric(16, 6),
    own_expense_fen bigint NOT NULL,
    over_price_fen bigint NOT NULL,
    pre_self_pay_fen bigint NOT NULL,
    in_scope_fen bigint NOT NULL,
    reason_code varchar(20) NOT NULL DEFAULT '',
    prescription_no varchar(40) NOT NULL DEFAULT '',
    department_code varchar(30) NOT NULL DEFAULT '',
    physician_code varchar(30) NOT NULL DEFAULT '',
    PRIMARY KEY (pooling_area, encounter_id, serial),
    CONSTRAINT charge_line_every_fen CHECK
        (amount_fen = own_expense_fen + over_price_fen + pre_self_pay_fen + in_scope_fen),
    CONSTRAINT charge_line_batch FOREIGN KEY (pooling_area, encounter_id, batch_no)
        REFERENCES encounters_chargebatch (pooling_area, encounter_id, batch_no) DEFERRABLE INITIALLY DEFERRED
) PARTITION BY RANGE (encounter_id);
CREATE TABLE encounters_chargeline_rest PARTITION OF encounters_chargeline DEFAULT;
ALTER TABLE encounters_chargebatch ADD CONSTRAINT charge_batch_encounter FOREIGN KEY (pooling_area, encounter_id)
    REFERENCES encounters_encounter (pooling_area, id);
"""
DROP_LINES = """
ALTER TABLE encounters_chargebatch DROP CONSTRAINT charge_batch_encounter;
DROP TABLE encounters_chargeline;
"""

PARTITIONS = """
CREATE FUNCTION encounters_ensure_partitions(since date, months integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    month date := date_trunc('month', since);
    made integer := 0;
    name text;
    first_id bigint;
BEGIN
    FOR n IN 1..months LOOP
        name := 'encounters_chargeline_' || to_char(month, 'YYMM');
        first_id := to_char(month, 'YYMM')::bigint * 100000000000;
        IF to_regclass(name) IS NULL AND NOT EXISTS (
            SELECT FROM encounters_chargeline_rest
            WHERE encounter_id >= first_id AND encounter_id < first_id + 100000000000
        ) THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF encounters_chargeline FOR VALUES FROM (%s) TO (%s)', name,
                           first_id, first_id + 100000000000);
            made := made + 1;
        END IF;
        month := (month + interval '1 month')::date;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION encounters_ensure_partitions IS
    'makes the partitions of `months` months from `since` that are missing; a month whose lines already lie in the rest '
    'stays there';
SELECT encounters_ensure_partitions((now() - interval '1 month')::date, 12);
"""
DROP_PARTITIONS = "DROP FUNCTION encounters_ensure_partitions(date, integer);"

KEEP = """
CREATE FUNCTION encounters_line_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM 1 FROM encounters_chargebatch b
        WHERE b.pooling_area = OLD.pooling_area AND b.encounter_id = OLD.encounter_id AND b.batch_no = OLD.batch_no
          AND b.settlement_id IS NOT NULL;
        IF NOT FOUND THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'a charge line never changes, a settled one stays: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER line_stays BEFORE UPDATE OR DELETE ON encounters_chargeline
    FOR EACH ROW EXECUTE FUNCTION encounters_line_stays();

CREATE FUNCTION encounters_settled_batch_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.settlement_id IS NULL
       AND (to_jsonb(NEW) - 'settlement_id') = (to_jsonb(OLD) - 'settlement_id') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a settled batch only gives its settlement back: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER settled_batch_stays BEFORE UPDATE OR DELETE ON encounters_chargebatch
    FOR EACH ROW WHEN (OLD.settlement_id IS NOT NULL) EXECUTE FUNCTION encounters_settled_batch_stays();
"""
DROP_KEEP = """
DROP TRIGGER settled_batch_stays ON encounters_chargebatch;
DROP FUNCTION encounters_settled_batch_stays();
DROP TRIGGER line_stays ON encounters_chargeline;
DROP FUNCTION encounters_line_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("encounters", "0001_initial"), ("platform", "0002_append_only")]
    operations = [
        migrations.RunSQL(LINES, DROP_LINES),
        migrations.RunSQL(PARTITIONS, DROP_PARTITIONS),
        migrations.RunSQL(KEEP, DROP_KEEP),
        create_sequence("encounter"),
    ]
