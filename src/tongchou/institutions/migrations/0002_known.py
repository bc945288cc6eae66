"""An institution with its dated facts in one call (定点机构事实), for the memory of the processes."""

from django.db import migrations

KNOWN = """
CREATE FUNCTION institutions_known(wanted text) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object(
        'code', i.code, 'name', i.name, 'kind', i.kind, 'type', i.type, 'pooling_area', i.pooling_area_id,
        'unit_code', i.unit_code, 'uscc', i.uscc, 'primary', i."primary", 'village_station', i.village_station,
        'levels', coalesce((
            SELECT jsonb_agg(jsonb_build_object('from', l.valid_from, 'until', l.valid_until, 'level', l.level,
                                                'grade', l.grade) ORDER BY l.valid_from)
              FROM institutions_institutionlevel l WHERE l.institution_id = i.code), '[]'),
        'agreements', coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                       'number', a.number, 'from', a.valid_from, 'until', a.valid_until, 'schemes', a.schemes,
                       'care_kinds', a.care_kinds, 'ended_reason', a.ended_reason,
                       'stops', coalesce((
                           SELECT jsonb_agg(jsonb_build_object('from', s.suspended_from, 'until', s.suspended_until,
                                                               'reason', s.reason) ORDER BY s.suspended_from)
                             FROM institutions_agreementsuspension s WHERE s.agreement_id = a.id), '[]'))
                       ORDER BY a.valid_from)
              FROM institutions_agreement a WHERE a.institution_id = i.code), '[]'),
        'physicians', coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                       'code', p.code, 'name', p.name, 'department', p.department, 'title', p.title,
                       'filings', p.filings,
                       'stops', coalesce((
                           SELECT jsonb_agg(jsonb_build_object('from', s.suspended_from, 'until', s.suspended_until,
                                                               'reason', s.reason) ORDER BY s.suspended_from)
                             FROM institutions_physiciansuspension s WHERE s.physician_code = p.code), '[]')))
              FROM (
                  SELECT code, max(name) AS name, max(department) AS department, max(title) AS title,
                         jsonb_agg(jsonb_build_object('from', filed_from, 'until', filed_until)) AS filings
                    FROM institutions_physician WHERE institution_id = i.code GROUP BY code) p), '[]'))
      FROM institutions_institution i WHERE i.code = wanted
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("institutions", "0001_initial")]
    operations = [migrations.RunSQL(KNOWN, "DROP FUNCTION institutions_known(text);")]
