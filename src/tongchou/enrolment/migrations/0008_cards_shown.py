"""Which card stands for a person, and whose medium a number is (ENR-29, ENR-30).

While a new card is being made the old one that is in use goes on counting. A number of another medium finds its person
like a card's: in use until its last day, cancelled afterwards.
"""

from importlib import import_module

from django.db import migrations

facts = import_module("tongchou.enrolment.migrations.0002_person_facts")

CURRENT_CARD = """
      LEFT JOIN LATERAL (
          SELECT number, status FROM enrolment_socialsecuritycard
           WHERE person_id = p.id AND status NOT IN ('replaced', 'cancelled')
           ORDER BY (status = 'active') DESC, id DESC LIMIT 1) card ON true
"""
BY_CERTIFICATE = """(
          SELECT id FROM (
              SELECT id, 1 AS rank, certificate_type FROM enrolment_person
               WHERE certificate_no = upper(wanted) AND merged_into_id IS NULL
              UNION ALL
              SELECT person_id, 2, certificate_type FROM enrolment_formercertificate
               WHERE certificate_no = upper(wanted)) known
           ORDER BY rank, certificate_type LIMIT 1) one
      JOIN enrolment_person p ON p.id = one.id"""
BY_CARD = "enrolment_socialsecuritycard card JOIN enrolment_person p ON p.id = card.person_id"
BY_CARD_OR_MEDIUM = """(
          SELECT person_id, number, status FROM enrolment_socialsecuritycard WHERE number = upper(wanted)
          UNION ALL
          SELECT person_id, number,
                 CASE WHEN on_day >= valid_from AND on_day < valid_until THEN 'active' ELSE 'cancelled' END
            FROM enrolment_linkedmedium WHERE number = upper(wanted)) card
      JOIN enrolment_person p ON p.id = card.person_id"""


def function(name, argument, *, found, then, found_before="", then_before=""):
    """The function in its new form; backwards in the form it had."""
    new = facts.FUNCTION.format(name=name, argument=argument, query=facts.FACTS.format(found=found) + then)
    old = facts.FUNCTION.format(
        name=name,
        argument=argument,
        query=facts.FACTS.format(found=found_before or found) + (then_before or then),
    )
    return migrations.RunSQL(
        new.replace("CREATE F", "CREATE OR REPLACE F"), old.replace("CREATE F", "CREATE OR REPLACE F")
    )


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0007_views_for_receivables")]
    operations = [
        function(
            "enrolment_person_facts",
            "wanted text",
            found="enrolment_person p",
            then=CURRENT_CARD + "     WHERE p.person_no = wanted",
            then_before=facts.CURRENT_CARD + "     WHERE p.person_no = wanted",
        ),
        function(
            "enrolment_person_facts_by_id",
            "wanted bigint",
            found="enrolment_person p",
            then=CURRENT_CARD + "     WHERE p.id = wanted",
            then_before=facts.CURRENT_CARD + "     WHERE p.id = wanted",
        ),
        function(
            "enrolment_person_facts_by_certificate",
            "wanted text",
            found=BY_CERTIFICATE,
            then=CURRENT_CARD,
            then_before=facts.CURRENT_CARD,
        ),
        function(
            "enrolment_person_facts_by_card",
            "wanted text",
            found=BY_CARD_OR_MEDIUM,
            found_before=BY_CARD,
            then="",
            then_before="     WHERE card.number = upper(wanted)",
        ),
    ]
