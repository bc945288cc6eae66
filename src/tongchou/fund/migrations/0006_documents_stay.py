"""Bank entries are only ever added; a posted document never changes, and none is deleted (GX2017 §95, 100)."""

from django.db import migrations

KEEP = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fund_bankentry
    FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON fund_businessdocument
    FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();
CREATE TRIGGER posted_stays BEFORE UPDATE ON fund_businessdocument
    FOR EACH ROW WHEN (OLD.state = 'posted') EXECUTE FUNCTION platform_refuse_change();
"""
LET_GO = """
DROP TRIGGER posted_stays ON fund_businessdocument;
DROP TRIGGER never_deleted ON fund_businessdocument;
DROP TRIGGER append_only ON fund_bankentry;
"""


class Migration(migrations.Migration):
    dependencies = [("fund", "0005_service_grants"), ("platform", "0002_append_only")]
    operations = [migrations.RunSQL(KEEP, LET_GO)]
