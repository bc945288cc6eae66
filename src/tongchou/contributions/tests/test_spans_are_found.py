"""What was booked is found by the index that holds days of benefit apart, whatever was rolled back before (CON-11)."""

from datetime import date

import pytest
from django.db import connection, transaction

from tongchou.contributions import invariants
from tongchou.contributions.models import CoverageSpan
from tongchou.contributions.schools import commands as schools
from tongchou.contributions.tests.conftest import AREA, PREMIUM
from tongchou.contributions.tests.test_school_transfers import person
from tongchou.contributions.tests.test_schools import NOW, line
from tongchou.contributions.tests.test_schools import school as school

STUDENTS = 290
"""More spans than a page of the index holds."""


def rolled_back() -> None:
    """Days of years long gone, written and taken back: their places in the index are dead."""
    with transaction.atomic():
        for year in range(1960, 2000):
            CoverageSpan.objects.create(
                person_id=person(STUDENTS).pk, pooling_area_id=AREA, scheme="resident", benefit_year=year,
                covered_from=date(year, 1, 1), covered_until=date(year + 1, 1, 1), rule="GX2017 §22",
                paid_on=date(year, 1, 1), created_at=NOW,
            )  # fmt: skip
        transaction.set_rollback(True)


@pytest.mark.requirement("CON-11", "ORG-27")
def test_every_day_that_a_file_brings_is_found_by_its_index_after_another_was_rolled_back(school):
    school.enrol(STUDENTS)
    payment = school.roster([line(n) for n in range(1, STUDENTS + 1)])
    school.transfer(payment, STUDENTS * PREMIUM)
    with connection.cursor() as cursor:
        cursor.execute("REINDEX INDEX coverage_no_overlap")  # one page, as in a house that has just begun
    rolled_back()
    school.act(schools.book, payment)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SELECT count(*) FROM contributions_coveragespan WHERE withdrawn_at IS NULL AND scheme <> ''")
        ((found,),) = cursor.fetchall()
    assert found == STUDENTS
    assert invariants.broken(AREA, NOW.date()) == []
