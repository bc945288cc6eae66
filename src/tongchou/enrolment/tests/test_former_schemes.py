"""原制度参保人迁移: two old registers become one, and whoever stood in both is one person (GX2017 §12; ENR-15)."""

from datetime import date
from pathlib import Path

import pytest

from tongchou.enrolment.models import Enrolment, FormerRegistration, Person
from tongchou.enrolment.tests.conftest import AREA, NOW, VILLAGE, citizen_number
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode
from tongchou.platform import histories

HEAD = "姓名,证件号码,村代码,户籍地,参保日期,原参保编号"
P = citizen_number(order=501)


def row(name, number, former, on="2012-01-01"):
    return f"{name},{number},{VILLAGE},450102,{on},{former}"


@pytest.fixture
def bring(clerk, tmp_path):
    def brought(scheme, *rows, mode=Mode.ALL):
        file = Path(tmp_path / f"{scheme}{len(list(tmp_path.iterdir()))}.csv")
        file.write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
        preview = imports.check(
            kind="former_schemes",
            pooling_area=AREA,
            file_name=file.name,
            content=file,
            options={"former_scheme": scheme},
            operator=clerk,
            now=NOW,
        )
        taken = imports.take_in(preview_id=preview.id, mode=mode, operator=clerk, now=NOW).rows_taken
        return preview, taken

    return brought


@pytest.mark.article("GX2017 §12")
@pytest.mark.requirement("ENR-15")
def test_who_was_in_both_schemes_is_one_person_with_two_sources_and_one_relation(bring):
    preview, taken = bring("urban", row("韦大", P, "U1"), row("韦二", citizen_number(order=503), "U2"))
    assert (preview.totals["重复"], taken) == ("0", 2)
    preview, taken = bring("rural", row("韦大", P, "R1", "2009-01-01"), row("韦三", citizen_number(order=505), "R2"))
    assert preview.totals == {
        "迁移前参保人数": "2",
        "原登记人数": "2",
        "重复": "1",
        "新增": "1",
        "迁移后参保人数": "3",
    }
    assert (taken, Person.objects.count(), Enrolment.objects.count()) == (2, 3, 3)
    person = Person.objects.get(certificate_no=P)
    assert list(person.former_registrations.order_by("id").values_list("scheme", "number", "enrolled_on")) == [
        ("urban", "U1", date(2012, 1, 1)),
        ("rural", "R1", date(2009, 1, 1)),
    ]
    told = [histories.tell(one).detail for one in histories.read(person_id=person.pk, person_no=person.person_no).rows]
    assert "新型农村合作医疗 · R1" in told


@pytest.mark.requirement("ENR-15")
def test_a_number_under_another_name_is_left_for_a_clerk_and_the_others_come_over(bring):
    bring("urban", row("韦大", P, "U1"))
    preview, taken = bring(
        "rural", row("韦太", P, "R1"), row("韦三", citizen_number(order=505), "R2"), mode=Mode.ONLY_GOOD
    )
    assert [(one.row_no, one.code) for one in imports.problems_of(preview.id).rows] == [(2, "EN-1103")]
    assert (taken, FormerRegistration.objects.count()) == (1, 2)


def test_the_same_register_again_changes_nothing(bring):
    bring("urban", row("韦大", P, "U1"))
    preview, taken = bring("urban", row("韦大", P, "U1"), row("韦二", citizen_number(order=503), "U2"))
    assert (preview.totals["重复"], taken) == ("1", 2)
    assert (FormerRegistration.objects.count(), Enrolment.objects.count()) == (2, 2)


def test_a_row_without_its_old_number_and_a_person_named_twice_are_refused(bring):
    preview, taken = bring(
        "urban", row("韦大", P, "U1"), row("韦大", P, "U9"), row("韦二", citizen_number(order=503), ""),
        mode=Mode.ONLY_GOOD,
    )  # fmt: skip
    assert sorted(one.row_no for one in imports.problems_of(preview.id).rows) == [3, 4]
    assert (taken, FormerRegistration.objects.get().number) == (1, "U1")
