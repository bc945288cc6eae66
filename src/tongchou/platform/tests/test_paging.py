"""Pages of long lists."""

from datetime import date

import pytest

from tongchou.platform import paging
from tongchou.platform.models import OrgUnit, OrgUnitName, PoolingArea

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def seven_areas():
    PoolingArea.objects.bulk_create(
        PoolingArea(code=f"45010{n}", name="甲市" if n < 4 else "乙市", level="city", valid_from=date(2017, 1, n + 1))
        for n in range(7)
    )


def _walk(order, size=3):
    pages, at = [], ""
    while True:
        part = paging.read_slice(PoolingArea.objects.all(), order=order, at=at, size=size)
        pages.append([row.code for row in part.rows])
        if not part.next:
            return pages, part
        at = part.next


def test_pages_follow_each_other_without_gap_or_repeat():
    pages, _ = _walk(("code",))
    assert pages == [["450100", "450101", "450102"], ["450103", "450104", "450105"], ["450106"]]


def test_rows_with_equal_values_are_told_apart_by_the_last_field():
    pages, _ = _walk(("name", "-code"))
    flat = [code for page in pages for code in page]
    assert sorted(flat) == [f"45010{n}" for n in range(7)]
    assert flat == [row.code for row in sorted(PoolingArea.objects.all(), key=lambda row: (row.name, -int(row.code)))]


def test_going_back_gives_the_page_before_in_the_same_order():
    first = paging.read_slice(PoolingArea.objects.all(), order=("-valid_from", "code"), size=3)
    second = paging.read_slice(PoolingArea.objects.all(), order=("-valid_from", "code"), at=first.next, size=3)
    back = paging.read_slice(PoolingArea.objects.all(), order=("-valid_from", "code"), at=second.previous, size=3)
    assert [row.code for row in back.rows] == [row.code for row in first.rows]
    assert (first.previous, back.previous) == ("", "")


@pytest.mark.parametrize("mark", ["x", "aW10", "a!!!", "bbm90IGpzb24", "a" + "W" * 5000])
def test_a_mark_that_cannot_be_read_gives_the_first_page(mark):
    part = paging.read_slice(PoolingArea.objects.all(), order=("code",), at=mark, size=3)
    assert [row.code for row in part.rows] == ["450100", "450101", "450102"]


def test_a_mark_of_another_order_gives_the_first_page():
    by_code = paging.read_slice(PoolingArea.objects.all(), order=("code",), size=3)
    part = paging.read_slice(PoolingArea.objects.all(), order=("-code",), at=by_code.next, size=3)
    assert part.rows[0].code == "450106"


def test_small_totals_are_exact_and_large_ones_estimated():
    assert paging.total_of(PoolingArea.objects.all()) == paging.Total(7, exact=True)
    unit = OrgUnit.objects.create(
        code="450000", name="省", level="province", path="450000/", valid_from=date(2000, 1, 1)
    )
    OrgUnitName.objects.bulk_create(
        OrgUnitName(
            unit=unit,
            name="名",
            valid_from=date.fromordinal(730000 + n),
            valid_until=date.fromordinal(730001 + n),
        )
        for n in range(paging.COUNTED_UP_TO + 5)
    )
    total = paging.total_of(OrgUnitName.objects.all())
    assert not total.exact
    assert total.count > paging.COUNTED_UP_TO
