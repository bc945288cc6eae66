"""What a settlement and a hospital ask of a person, in one call (人员事实): functions for the path of settling.

`enrolment_presence` gives the days on which a person stands in each scheme: enrolments less suspensions, until death.
"""

from django.db import migrations

PRESENCE = """
CREATE FUNCTION enrolment_presence(wanted bigint) RETURNS TABLE (scheme varchar, days datemultirange)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT e.scheme,
           range_agg(daterange(e.enrolled_from, e.enrolled_until))
               * datemultirange(daterange(NULL, p.died_on, '[]'))
               - coalesce(
                   range_agg(daterange(s.suspended_from, s.suspended_until)) FILTER (WHERE s.id IS NOT NULL),
                   '{}'::datemultirange)
      FROM enrolment_enrolment e
      JOIN enrolment_person p ON p.id = e.person_id
      LEFT JOIN enrolment_suspension s ON s.enrolment_id = e.id
     WHERE e.person_id = wanted
     GROUP BY e.scheme, p.died_on
$$;
"""

FACTS = """
    SELECT jsonb_build_object(
        'id', p.id,
        'person_no', p.person_no,
        'name', p.name,
        'certificate_type', p.certificate_type,
        'certificate_no', p.certificate_no,
        'sex', p.sex,
        'ethnicity', p.ethnicity,
        'born_on', p.born_on,
        'died_on', p.died_on,
        'pooling_area', p.pooling_area_id,
        'unit_code', p.unit_code,
        'scheme', e.scheme,
        'category', e.category,
        'status', CASE
            WHEN e.id IS NULL THEN 'none'
            WHEN e.enrolled_until <= on_day OR p.died_on < on_day THEN 'terminated'
            WHEN s.id IS NOT NULL THEN 'suspended'
            ELSE 'active' END,
        'enrolled_from', e.enrolled_from,
        'enrolled_until', e.enrolled_until,
        'end_reason', e.end_reason,
        'suspended_from', s.suspended_from,
        'suspended_until', s.suspended_until,
        'suspension_reason', s.reason,
        'groups', coalesce(
            (SELECT jsonb_agg(g.category ORDER BY g.category) FROM enrolment_specialgroupspan g
              WHERE g.person_id = p.id AND g.valid_from <= on_day AND (g.valid_until IS NULL OR g.valid_until > on_day)),
            '[]'),
        'blocks', coalesce(
            (SELECT jsonb_agg(jsonb_build_object('kind', b.kind, 'from', b.blocked_from, 'until', b.blocked_until,
                                                 'reason', b.reason) ORDER BY b.blocked_from)
               FROM enrolment_benefitblock b
              WHERE b.person_id = p.id AND b.blocked_from <= on_day
                AND (b.blocked_until IS NULL OR b.blocked_until > on_day)),
            '[]'),
        'card_no', card.number,
        'card_status', card.status)
      FROM {found}
      LEFT JOIN LATERAL (
          SELECT * FROM enrolment_enrolment
           WHERE person_id = p.id AND enrolled_from <= on_day ORDER BY enrolled_from DESC LIMIT 1) e ON true
      LEFT JOIN LATERAL (
          SELECT * FROM enrolment_suspension
           WHERE enrolment_id = e.id AND suspended_from <= on_day
             AND (suspended_until IS NULL OR suspended_until > on_day) LIMIT 1) s ON true
"""

CURRENT_CARD = """
      LEFT JOIN LATERAL (
          SELECT number, status FROM enrolment_socialsecuritycard
           WHERE person_id = p.id AND status NOT IN ('replaced', 'cancelled') ORDER BY id DESC LIMIT 1) card ON true
"""

FUNCTION = """
CREATE FUNCTION {name}({argument}, on_day date) RETURNS jsonb LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (
{query}
    LIMIT 1);
END
$$;
"""


def facts_function(name: str, argument: str, *, found: str, then: str) -> migrations.RunSQL:
    """A function that finds one person in its own way and returns the facts of a day; NULL when there is none."""
    query = FACTS.format(found=found) + then
    return migrations.RunSQL(
        FUNCTION.format(name=name, argument=argument, query=query),
        f"DROP FUNCTION {name}({argument.partition(' ')[2]}, date);",
    )


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0001_initial")]
    operations = [
        migrations.RunSQL(PRESENCE, "DROP FUNCTION enrolment_presence(bigint);"),
        facts_function(
            "enrolment_person_facts",
            "wanted text",
            found="enrolment_person p",
            then=CURRENT_CARD + "     WHERE p.person_no = wanted",
        ),
        facts_function(
            "enrolment_person_facts_by_id",
            "wanted bigint",
            found="enrolment_person p",
            then=CURRENT_CARD + "     WHERE p.id = wanted",
        ),
        facts_function(
            "enrolment_person_facts_by_certificate",
            "wanted text",
            found="""(
          SELECT id FROM (
              SELECT id, 1 AS rank, certificate_type FROM enrolment_person
               WHERE certificate_no = upper(wanted) AND merged_into_id IS NULL
              UNION ALL
              SELECT person_id, 2, certificate_type FROM enrolment_formercertificate
               WHERE certificate_no = upper(wanted)) known
           ORDER BY rank, certificate_type LIMIT 1) one
      JOIN enrolment_person p ON p.id = one.id""",
            then=CURRENT_CARD,
        ),
        facts_function(
            "enrolment_person_facts_by_card",
            "wanted text",
            found="enrolment_socialsecuritycard card JOIN enrolment_person p ON p.id = card.person_id",
            then="     WHERE card.number = upper(wanted)",
        ),
    ]
