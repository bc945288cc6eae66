"""What fields look up by name: places of our own and of the country, colleagues; and which one a text means."""

import pytest
from django import forms

from tongchou.platform import divisions, places
from tongchou.platform.colleagues import COLLEAGUES
from tongchou.platform.places import AREAS, PLACES, UNITS
from tongchou.platform.registers import OFFERED, Entry, NotListed, NotTheOnlyOne, Register
from tongchou.platform.web.look_ups import LookUpField

AREA = "450100"
BANKS = Register(lambda place, words, most: [Entry("农信社", ("农信社", "NXS"))] if words in "农信社NXS" else [], True)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("天水市", "甘肃省天水市"),
        ("秦安", "甘肃省天水市秦安县"),
        ("lzs", "河北省唐山市滦州市"),
        ("110105", "北京市朝阳区"),
    ],
)
def test_the_countrys_divisions_are_found_by_name_initials_and_code(words, first):
    assert divisions.find(words, OFFERED)[0].whole_name == first


def test_an_abolished_division_keeps_its_name_and_is_not_offered():
    assert divisions.division("110103").name == "崇文区"
    assert divisions.find("崇文区", OFFERED) == []
    assert divisions.division("990000") is None


@pytest.mark.requirement("ENR-02")
@pytest.mark.parametrize(
    ("code", "known"),
    [
        pytest.param("450102", True, id="本系统的县"),
        pytest.param("450102001201", True, id="本系统的村"),
        pytest.param("450102001999", False, id="本系统的县没有这个村"),
        pytest.param("441900", True, id="外省的市"),
        pytest.param("441900001001", True, id="外省的村-按所在县"),
        pytest.param("990102", False, id="没有的省"),
        pytest.param("450199", False, id="没有的县"),
    ],
)
def test_a_place_is_known_by_our_tree_or_by_the_countrys_list(tree, code, known):
    assert places.is_known(code) is known


def test_our_own_places_come_first_and_what_is_offered_is_never_long(tree, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        offered = PLACES.find(AREA, "县", OFFERED)
    assert len(offered) == OFFERED
    assert offered[0].value.startswith("4501")
    assert [one.shown for one in AREAS.find(AREA, "乙市", 1)] == ["乙市 450200"]


def test_units_are_those_of_the_area_below_the_counties(tree):
    assert "450102001201" in [one.value for one in UNITS.find(AREA, "东村", OFFERED)]
    assert UNITS.find("450200", "东村", OFFERED) == []
    assert UNITS.find(AREA, "450102", 1)[0].value != "450102"


@pytest.mark.parametrize("text", ["441900", "东莞市", "东莞市(广东省) 441900", " 广东省东莞市 ", "随便什么 441900"])
def test_a_place_may_be_written_as_code_or_name_or_as_it_was_offered(tree, text):
    assert AREAS.value_of(AREA, text, label="转入地") == "441900"


def test_what_is_in_no_list_is_refused_and_a_name_of_several_asks_which(tree):
    with pytest.raises(NotListed, match="没有名称或代码为“东筦”的转入地"):
        AREAS.value_of(AREA, "东筦", label="转入地")
    with pytest.raises(NotTheOnlyOne, match=r"北京市.*吉林省长春市"):
        AREAS.value_of(AREA, "朝阳区", label="户籍地")


def test_a_register_with_others_takes_a_name_in_words_and_no_unknown_code():
    assert BANKS.value_of(AREA, "NXS", label="开户银行") == "农信社"
    assert BANKS.value_of(AREA, "邮储银行 青山支行", label="开户银行") == "邮储银行 青山支行"
    with pytest.raises(NotListed):
        BANKS.value_of(AREA, "XYZ", label="开户银行")


@pytest.mark.requirement("ORG-13")
def test_colleagues_are_of_the_unit_and_above_it_and_in_service(hire):
    here, above, beside = hire("clerk", name="甲"), hire("clerk", at="450100", name="乙"), hire("clerk", at="450103")
    left = hire("clerk", name="丙")
    left.is_active = False
    left.save(update_fields=["is_active"])
    offered = [one.value for one in COLLEAGUES.find("450102", "", OFFERED)]
    assert offered == [here.staff_code, above.staff_code]
    assert beside.staff_code not in offered
    assert COLLEAGUES.value_of("450102", "乙", label="受托人") == above.staff_code


def test_a_code_is_found_however_many_codes_begin_with_it(hire):
    leader = hire("leader", at="450100")
    leader.staff_code = "Z1"
    leader.save()
    for number in range(OFFERED + 1):
        clerk = hire("clerk", at="450102")
        clerk.staff_code = f"Z1{number:02d}"
        clerk.save()
    assert COLLEAGUES.value_of("450102", "Z1", label="受托人") == "Z1"


def test_the_field_shows_the_name_with_the_code_and_keeps_the_code(tree):
    class One(forms.Form):
        area = LookUpField(AREAS, AREA, "/look-up/", label="转入地")

    shown = str(One(initial={"area": "441900"})["area"])
    assert 'value="东莞市(广东省) 441900"' in shown
    assert 'list="id_area_offered"' in shown
    assert "F2" in shown
    assert shown.count("<option") == 0
    sent = One({"area": "东莞市"})
    assert sent.is_valid()
    assert sent.cleaned_data == {"area": "441900"}
    refused = One({"area": "东筦"})
    assert "PL-1042" in refused.errors["area"][0]
    assert 'value="东筦"' in str(refused["area"])
