"""A voucher stands in an open month of its own fund, and balances when its transaction commits (GX2017 §100)."""

from django.db import migrations

VOUCHER_IN_OPEN_PERIOD = """
CREATE FUNCTION fund_voucher_in_open_period() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    period fund_accountingperiod%ROWTYPE;
BEGIN
    -- the share lock makes a closing wait for this voucher, and this voucher see a closing
    SELECT * INTO period FROM fund_accountingperiod WHERE id = NEW.period_id FOR SHARE;
    IF period.state <> 'open' THEN
        RAISE EXCEPTION 'accounting period % is closed', period.month USING ERRCODE = 'TC301';
    END IF;
    IF period.pooling_area_id <> NEW.pooling_area_id OR period.scheme <> NEW.scheme
       OR date_trunc('month', NEW.dated_on)::date <> period.month THEN
        RAISE EXCEPTION 'voucher % does not belong to period %', NEW.number, period.month
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER voucher_in_open_period BEFORE INSERT ON fund_voucher
    FOR EACH ROW EXECUTE FUNCTION fund_voucher_in_open_period();
"""
DROP_VOUCHER_IN_OPEN_PERIOD = """
DROP TRIGGER voucher_in_open_period ON fund_voucher;
DROP FUNCTION fund_voucher_in_open_period();
"""

ENTRY_IN_OWN_BOOKS = """
CREATE FUNCTION fund_entry_in_own_books() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM fund_voucher v JOIN fund_ledgeraccount a
            ON a.pooling_area_id = v.pooling_area_id AND a.scheme = v.scheme
        WHERE v.id = NEW.voucher_id AND a.id = NEW.account_id AND a.postable
    ) THEN
        RAISE EXCEPTION 'account % takes no entry of voucher %', NEW.account_id, NEW.voucher_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER entry_in_own_books BEFORE INSERT ON fund_entry
    FOR EACH ROW EXECUTE FUNCTION fund_entry_in_own_books();
"""
DROP_ENTRY_IN_OWN_BOOKS = """
DROP TRIGGER entry_in_own_books ON fund_entry;
DROP FUNCTION fund_entry_in_own_books();
"""

VOUCHER_BALANCES = """
CREATE FUNCTION fund_voucher_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    written bigint;
    lines integer;
    debit numeric;
    credit numeric;
BEGIN
    IF TG_TABLE_NAME = 'fund_voucher' THEN written := NEW.id; ELSE written := NEW.voucher_id; END IF;
    SELECT count(*), coalesce(sum(debit_fen), 0), coalesce(sum(credit_fen), 0) INTO lines, debit, credit
    FROM fund_entry WHERE voucher_id = written;
    IF lines < 2 OR debit <> credit THEN
        RAISE EXCEPTION 'voucher % does not balance: % lines, debit %, credit %', written, lines, debit, credit
            USING ERRCODE = 'TC302';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER voucher_balances AFTER INSERT ON fund_voucher
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fund_voucher_balances();
CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON fund_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fund_voucher_balances();
"""
DROP_VOUCHER_BALANCES = """
DROP TRIGGER entry_balances ON fund_entry;
DROP TRIGGER voucher_balances ON fund_voucher;
DROP FUNCTION fund_voucher_balances();
"""


class Migration(migrations.Migration):
    dependencies = [("fund", "0001_initial")]
    operations = [
        migrations.RunSQL(VOUCHER_IN_OPEN_PERIOD, DROP_VOUCHER_IN_OPEN_PERIOD),
        migrations.RunSQL(ENTRY_IN_OWN_BOOKS, DROP_ENTRY_IN_OWN_BOOKS),
        migrations.RunSQL(VOUCHER_BALANCES, DROP_VOUCHER_BALANCES),
    ]
