"""Business only through the system (GX2017 §130; SYS-02): no money leaves and nothing is settled without its ground."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from tongchou.contributions.refunds import commands as refunds
from tongchou.contributions.refunds.money import Account
from tongchou.contributions.refunds.states import Ground

NOW = datetime(2018, 6, 11, 2, tzinfo=UTC)
REQUIRED = """
SELECT kept.confrelid::regclass::text
  FROM pg_constraint kept JOIN pg_attribute had ON had.attrelid = kept.conrelid AND had.attnum = ANY(kept.conkey)
 WHERE kept.contype = 'f' AND kept.conrelid = %s::regclass AND had.attnotnull
"""


def stands_on(table: str) -> set[str]:
    """The tables without a row of which none of this table's can exist."""
    with connection.cursor() as cursor:
        cursor.execute(REQUIRED, [table])
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.article("GX2017 §130")
@pytest.mark.requirement("SYS-02")
@pytest.mark.django_db
def test_no_premium_is_paid_back_without_a_case():
    with pytest.raises(refunds.RefundWithoutCase):
        refunds.approve(
            overpaid=None,
            ground=Ground.DOUBLE,
            account=Account("6217", "张三", "农信社"),
            unit_code="450102",
            evidence="凭证",
            case_number=" ",
            operator=None,
            now=NOW,
        )


@pytest.mark.article("GX2017 §130")
@pytest.mark.requirement("SYS-02")
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "needs"),
    [
        pytest.param("settlement_settlement", "encounters_encounter", id="a settlement its visit"),
        pytest.param("contributions_refundline", "contributions_refundorder", id="a transfer its approved refund"),
        pytest.param("enrolment_enrolment", "enrolment_person", id="a relation its registered person"),
        pytest.param("cases_caseact", "cases_case", id="a decision its case"),
        pytest.param("settlement_insurerclaim", "settlement_insurerfile", id="a claim the file it was made in"),
    ],
)
def test_the_database_itself_wants_what_it_is_for(table, needs):
    assert needs in stands_on(table)
