"""Whatever is a person's follows a merge or stays for a reason: a new table is covered by being a model (ENR-17)."""

from datetime import UTC, date, datetime

import pytest
from django.apps import apps
from django.db import models

from tongchou.enrolment.merging import following, rows
from tongchou.enrolment.merging.following import Pair

Person = apps.get_model("enrolment", "Person")
STAYS = {
    ("contributions_coveragename", "person_id"): "counted anew every night",
    ("contributions_taxrosterline", "person_id"): "what was sent stays as it was sent",
    ("enrolment_duplicate", "one_id"): "the pair itself, settled with the merge",
    ("enrolment_duplicate", "other_id"): "the pair itself, settled with the merge",
    ("enrolment_person", "merged_into_id"): "the pointer of the merge",
    ("enrolment_personmerge", "merged_id"): "the book of merges",
    ("enrolment_personmerge", "survivor_id"): "the book of merges",
    ("rights_certificate", "person_id"): "a paper stays with the record it was issued for (decision 0320)",
    ("rights_noticesetting", "person_id"): "wishes of one record are not those of the other (decision 0320)",
}


def columns_of_persons() -> list[tuple[str, str]]:
    return sorted(
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and field.remote_field.model is Person
    )


@pytest.mark.requirement("ENR-17")
def test_every_column_of_a_person_follows_or_stays_for_a_reason():
    followed = {(one.table, one.person) for one in following.tables()}
    silent = [column for column in columns_of_persons() if column not in followed and column not in STAYS]
    assert silent == []


@pytest.mark.requirement("ENR-17")
def test_no_reason_is_kept_for_what_follows_or_is_no_more():
    followed = {(one.table, one.person) for one in following.tables()}
    assert set(STAYS) <= set(columns_of_persons()) - followed


@pytest.mark.django_db
@pytest.mark.requirement("ENR-17")
@pytest.mark.parametrize("one", following.tables(), ids=lambda one: f"{one.table}.{one.person}")
def test_every_declaration_is_sql_that_the_table_understands(one):
    nobody = Pair(
        survivor=-1,
        merged=-2,
        survivor_no="甲",
        merged_no="乙",
        today=date(2018, 6, 1),
        now=datetime(2018, 6, 1, tzinfo=UTC),
    )
    assert rows.planned([one], nobody) == [(one, [])]
    assert all(found == [] for _one, found in rows.later_rows(-1, [one], nobody, nobody.now))


@pytest.mark.django_db
@pytest.mark.requirement("ENR-17")
def test_a_preview_asks_all_tables_in_one_question_and_all_conflicts_told_by_a_statement_in_another(
    django_assert_num_queries,
):
    nobody = Pair(-1, -2, "甲", "乙", date(2018, 6, 1), datetime(2018, 6, 1, tzinfo=UTC))
    with django_assert_num_queries(1):
        assert {one.table for one, _found in rows.planned(following.tables(), nobody)} >= {"enrolment_enrolment"}
    with django_assert_num_queries(2):  # the cases under way are asked of their chapter
        assert following.conflicts(nobody) == []
