"""What must hold when several work in the books at once; each test commits for real."""

import contextlib
import threading

import pytest
from django.db import DatabaseError, connection, transaction

from tongchou.fund import closing, commands, rules
from tongchou.fund.models import Voucher
from tongchou.fund.tests.conftest import APRIL, AREA, MARCH, NOW
from tongchou.platform.tests.at_once import at_once
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import committed as committed

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_voucher_is_never_posted_outside_a_transaction(post) -> None:
    with pytest.raises(commands.VoucherOutsideTransaction):
        post()


@pytest.mark.requirement("FIN-13")
def test_numbers_have_no_gap_when_many_post_and_some_fail(books: str, post) -> None:
    """C9: eight threads post at once, every third transaction is undone."""

    def work(worker: int) -> None:
        for n in range(3):
            with contextlib.suppress(rules.VoucherTooShort), transaction.atomic():
                post(f"回单{worker}-{n}")
                if n == 1:
                    raise rules.VoucherTooShort(lines=0)

    assert at_once(*[lambda worker=worker: work(worker) for worker in range(8)]) == [""] * 8
    assert sorted(Voucher.objects.values_list("serial", flat=True)) == list(range(1, 17))


def test_no_voucher_slips_into_a_month_that_is_just_being_closed(committed: None, books: str, post) -> None:
    """The poster has read the month as open; the closing commits first; the database refuses the voucher."""
    closed, seen = threading.Event(), threading.Event()
    accountant, later = Hire()("accountant", at=AREA), NOW.replace(month=APRIL.month)

    def close_between() -> None:
        try:
            seen.wait(5)
            closing.close_period(pooling_area=books, scheme="resident", month=MARCH, operator=accountant, now=later)
        finally:
            closed.set()
            connection.close()

    thread = threading.Thread(target=close_between)
    thread.start()
    real = commands.next_number

    def number_after_closing(*args: object, **kwargs: object) -> int:
        seen.set()
        closed.wait(5)
        return real(*args, **kwargs)

    commands.next_number = number_after_closing
    try:
        with pytest.raises(DatabaseError, match="is closed"), transaction.atomic():
            post("迟到")
    finally:
        commands.next_number = real
        thread.join()
    assert not Voucher.objects.exists()
