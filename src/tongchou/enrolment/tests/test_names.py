"""姓名 as they are kept (ENR-04; decision 0389)."""

import pytest

from tongchou.enrolment import commands, queries
from tongchou.enrolment.bank_accounts.commands import AccountDetails, checked
from tongchou.enrolment.bank_accounts.states import HolderKind
from tongchou.enrolment.commands.changes import NothingChanged
from tongchou.enrolment.rules import person_name
from tongchou.enrolment.tests.conftest import AREA, JUNE, NOW
from tongchou.platform.scope import Scope


@pytest.mark.requirement("ENR-04")
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("韦　大", "韦大"),
        (" 韦 大 ", "韦大"),
        ("买买提•艾力", "买买提·艾力"),
        ("买买提．艾力", "买买提·艾力"),
        ("买买提 . 艾力", "买买提·艾力"),
        ("古丽・𠮷娜", "古丽·𠮷娜"),
        ("Ｊｏｈｎ　 Smith Jr.", "John Smith Jr."),
        ("O'Neil", "O'Neil"),
        ("龍", "龍"),
    ],
)
def test_blanks_and_dots_of_a_name_are_kept_in_one_way(typed, kept):
    assert person_name(typed) == kept
    assert person_name(kept) == kept


@pytest.mark.requirement("ENR-04")
def test_one_person_is_one_however_the_dot_is_typed(enrol, county):
    person = enrol(name="买买提•艾力").person
    assert person.name == "买买提·艾力"
    found = queries.find_persons("买买提．艾力", scope=Scope(areas=(AREA,), prefixes=("",)), on=JUNE.date())
    assert [row.id for row in found.rows] == [person.pk]
    details = AccountDetails(bank_name="农业银行", account_no="6228480402564890018", holder_name="买买提．艾力")
    assert checked(person, details, NOW)[1:] == ("买买提·艾力", HolderKind.SELF)
    request = commands.ChangeRequest(
        person_id=person.pk, values={"name": "买买提 • 艾力"}, reason="x", evidence="y", effective_on=JUNE.date()
    )
    with pytest.raises(NothingChanged):
        commands.change_particulars(request, operator=county, now=JUNE)
