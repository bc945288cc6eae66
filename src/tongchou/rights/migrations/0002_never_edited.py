"""What was issued stays as it was issued (GX2017 §19): content, number and code of a certificate never change.

Only its end may be written: what superseded it, or who withdrew it. Prints are only ever added.
"""

from django.db import migrations

FIXED = (
    "number, kind, pooling_area, unit_code, agency, subject, person_id, period_from, period_until, content,"
    " content_hash, code, way, issued_by, issued_at"
)

GUARDS = f"""
CREATE TRIGGER certificate_as_issued BEFORE UPDATE OF {FIXED} ON rights_certificate
    FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();
CREATE TRIGGER certificate_stays BEFORE DELETE OR TRUNCATE ON rights_certificate
    FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rights_certificateprint
    FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();
"""
AWAY = """
DROP TRIGGER append_only ON rights_certificateprint;
DROP TRIGGER certificate_stays ON rights_certificate;
DROP TRIGGER certificate_as_issued ON rights_certificate;
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0001_initial"), ("platform", "0002_append_only")]
    operations = [migrations.RunSQL(GUARDS, AWAY)]
