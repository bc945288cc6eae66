"""Tables that name persons: other media, bank accounts, an employer's changes of staff (ENR-19, ENR-30, ENR-33)."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tongchou.enrolment import queries
from tongchou.enrolment.bank_accounts import commands as accounts
from tongchou.enrolment.bank_accounts.states import AccountSource
from tongchou.enrolment.credentials import queries as credentials
from tongchou.enrolment.employers import commands as employers
from tongchou.enrolment.employers import queries as employer_queries
from tongchou.enrolment.states import PersonCategory, Scheme
from tongchou.enrolment.tests.conftest import AREA, NOW, citizen_number
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode
from tongchou.platform.checks import NoPermission

ONE, TWO, THREE = (citizen_number(order=order) for order in (201, 203, 205))
MARCH = date(2018, 3, 1)


@pytest.fixture
def people(enrol):
    return [enrol(name=name, certificate_no=number).person for name, number in (("韦大", ONE), ("陆二", TWO))]


@pytest.fixture
def check(clerk, tmp_path):
    def checked(kind, head, *rows, by=clerk, encoding="utf-8"):
        file = Path(tmp_path / f"{len(list(tmp_path.iterdir()))}.csv")
        file.write_bytes("\n".join([head, *rows, ""]).encode(encoding))
        return imports.check(kind=kind, pooling_area=AREA, file_name=file.name, content=file, operator=by, now=NOW)

    return checked


def take(preview, by):
    return imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=by, now=NOW + timedelta(hours=1))


def faults(preview):
    return [(p.row_no, p.code) for p in imports.problems_of(preview.id).rows]


MEDIA = "姓名,证件号码,介质种类,介质号码,启用日期,最后使用日"


@pytest.mark.requirement("ENR-30")
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_cards_of_a_bank_are_linked_in_bulk_and_again_with_new_days(people, check, clerk, encoding):
    rows = [
        f"韦大,{ONE},金穗惠农卡,6228001,2018-01-01,2018-12-31",
        f"陆二,{TWO},原医保IC卡,6228002,2018-01-01,2018-06-30",
    ]
    take(check("media", MEDIA, *rows, encoding=encoding), clerk)
    assert queries.facts_by_card("6228001", date(2018, 12, 31)).id == people[0].pk
    take(check("media", MEDIA, rows[0].replace("2018-12-31", "2019-03-31")), clerk)
    assert credentials.medium("6228001").last_day == date(2019, 3, 31)
    assert len(credentials.media_of(people[0].pk)) == 1


@pytest.mark.requirement("ENR-30")
def test_media_of_nobody_of_another_and_with_days_astray_are_refused(people, check):
    rows = [
        f"韦大,{ONE},金穗惠农卡,6228001,2018-01-01,2018-12-31",
        f"陆二,{TWO},金穗惠农卡,6228001,2018-01-01,2018-12-31",
        f"某某,{THREE},金穗惠农卡,6228003,2018-01-01,2018-12-31",
        f"韦错,{ONE},金穗惠农卡,6228004,2018-01-01,2018-12-31",
        f"陆二,{TWO},金穗惠农卡,6228005,2018-01-01,2017-12-31",
    ]
    assert faults(check("media", MEDIA, *rows)) == [
        (3, "PL-0826"),
        (4, "EN-4091"),
        (5, "EN-1103"),
        (6, "EN-4032"),
    ]


ACCOUNTS = "姓名,证件号码,开户银行,银行账号,户名"


@pytest.mark.requirement("ENR-19")
def test_a_list_of_accounts_counts_after_a_second_person_took_it_in(people, check, clerk, hire):
    held = accounts.AccountDetails(bank_name="农行", account_no="62280001", holder_name="韦大")
    accounts.record_account(person_id=people[0].pk, details=held, source=AccountSource.CASE, operator=clerk, now=NOW)
    preview = check(
        "bank_accounts", ACCOUNTS, f"韦大,{ONE},邮储,6228 0002 0000,韦大", f"陆二,{TWO},邮储,622800030000,陆二"
    )
    with pytest.raises(NoPermission):
        take(preview, hire("clerk", at=AREA))
    take(preview, hire("second_reviewer", at=AREA))
    later = NOW + timedelta(days=1)
    assert queries.account_of(people[0].pk, later).account_no == "622800020000"
    assert queries.account_of(people[0].pk, later).just_changed
    assert not queries.account_of(people[1].pk, later).just_changed
    assert queries.account_of(people[0].pk, NOW).account_no == "62280001"


@pytest.mark.requirement("ENR-19")
def test_accounts_of_another_holder_are_for_the_counter(people, check):
    rows = [f"韦大,{ONE},邮储,622800020000,陆二", f"陆二,{TWO},邮储,12,陆二", f"陆二,{TWO},邮储,622800040000,陆二"]
    assert faults(check("bank_accounts", ACCOUNTS, *rows)) == [(2, "EN-4126"), (3, "EN-4121"), (4, "PL-0826")]


STAFF = "单位编号,姓名,证件号码,变动类型,职工类别,月缴费工资,起始月份,原因"


@pytest.fixture
def employer(clerk):
    details = employers.EmployerDetails(name="青山机械厂", legal_person="覃", contact="韦", phone="1")
    return employers.register_employer(
        unit_code=AREA, pooling_area=AREA, code="U001", details=details, operator=clerk, now=NOW
    )


@pytest.mark.requirement("ENR-33")
@pytest.mark.article("NC-ACCT §8")
def test_a_months_changes_of_staff_come_as_a_table(employer, enrol, check, clerk):
    for name, number in (("韦工", ONE), ("陆工", TWO)):
        enrol(name=name, certificate_no=number, scheme=Scheme.EMPLOYEE, category=PersonCategory.WORKING)
    joined = check(
        "staff_changes",
        STAFF,
        f"U001,韦工,{ONE},增员,在职,5000,2018-02-01,",
        f"U001,陆工,{TWO},增员,在职,6200.50,2018-02-01,",
    )
    assert take(joined, clerk).rows_taken == 2
    changed = check(
        "staff_changes", STAFF, f"U001,韦工,{ONE},调整基数,,5500,2018-03-01,", f"U001,陆工,{TWO},减员,,,2018-03-01,调出"
    )
    take(changed, clerk)
    assert employer_queries.base_of(employer.pk, date(2018, 2, 1)).base_fen == 1_120_050
    assert employer_queries.base_of(employer.pk, MARCH).base_fen == 550_000


@pytest.mark.requirement("ENR-33")
def test_a_line_that_the_counter_would_refuse_is_refused_before_the_table_counts(employer, people, enrol, check):
    enrol(name="韦工", certificate_no=THREE, scheme=Scheme.EMPLOYEE, category=PersonCategory.WORKING)
    preview = check(
        "staff_changes",
        STAFF,
        f"U001,韦大,{ONE},增员,在职,5000,2018-03-01,",
        f"U009,陆二,{TWO},增员,在职,5000,2018-03-01,",
        f"U001,韦工,{THREE},增员,在职,,2018-03-01,",
        f"U001,韦工,{THREE},减员,,,2018-03-01,",
    )
    assert faults(preview) == [(2, "EN-4114"), (3, "EN-4102"), (4, "EN-4117"), (5, "EN-4113")]
    assert employer_queries.base_of(employer.pk, MARCH).members == ()
