"""Amounts in the words of a statement (语句中的金额)."""

import pytest
from django.db import connection

from tongchou.kernel.money import yuan_in_sql, yuan_text


@pytest.mark.parametrize("fen", [0, 1, 99, 100, 54_050, -7, -12_345, 10**15 + 1])
def test_a_statement_writes_an_amount_as_python_does(db, fen):
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {yuan_in_sql('whole - part')} FROM (SELECT %s::bigint AS whole, 5::bigint AS part) t", [fen + 5]
        )
        assert cursor.fetchone() == (yuan_text(fen),)
