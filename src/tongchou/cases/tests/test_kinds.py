"""Declarations: a faulty one stops the house, not the clerk."""

from dataclasses import replace

import pytest

from tongchou.cases import kinds
from tongchou.cases.kinds import FaultyDeclaration, Field, KindUnknown, Material, Step
from tongchou.cases.tests.conftest import refund

SOUND = refund(lambda case, *, operator, now: "已办")
FIRST = SOUND.steps[0]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param({"code": "退费"}, "not a plain word", id="code"),
        pytest.param({"title": " "}, "title is empty", id="title"),
        pytest.param({"citation": ""}, "citation is empty", id="citation"),
        pytest.param({"archive_class": ""}, "archive_class is empty", id="archive"),
        pytest.param({"working_days": 0}, "time limit", id="limit"),
        pytest.param({"supplement_days": 0}, "time limit", id="supplement limit"),
        pytest.param({"fields": (Field("a", "甲"), Field("a", "乙"))}, "field a stands twice", id="field twice"),
        pytest.param({"fields": (Field("subject", "甲"),)}, "counter's page uses", id="field name taken"),
        pytest.param({"fields": (Field("a", "甲", kind="money"),)}, "no known kind", id="field kind"),
        pytest.param({"fields": (Field("a", "甲", kind="choice"),)}, "choices", id="no choices"),
        pytest.param({"fields": (Field("a", ""),)}, "no label", id="no label"),
        pytest.param({"materials": (Material("m", "甲"), Material("m", "乙"))}, "stands twice", id="material twice"),
        pytest.param({"steps": ()}, "no step", id="no step"),
        pytest.param({"steps": (replace(FIRST, posts=()),)}, "nobody's", id="nobody"),
        pytest.param({"steps": (replace(FIRST, posts=("wizard",)),)}, "unknown post: wizard", id="post"),
        pytest.param({"steps": (Step("accept", "受理", ("clerk",)),)}, "the counter's", id="counter"),
        pytest.param({"steps": (replace(FIRST, above_fen=100),)}, "one step must always", id="all above"),
        pytest.param({"steps": (FIRST, FIRST)}, "step first stands twice", id="step twice"),
        pytest.param({"may_meet": frozenset({frozenset({"accept", "third"})})}, "may_meet", id="may meet"),
    ],
)
def test_a_faulty_declaration_is_refused_with_its_fault(changes, fault):
    with pytest.raises(FaultyDeclaration, match=fault):
        kinds.register(replace(SOUND, **changes))
    with pytest.raises(KindUnknown):
        kinds.kind_of("test_refund")


def test_a_sound_declaration_has_no_fault():
    assert list(kinds.problems(SOUND)) == []


def test_every_pair_of_steps_is_for_two_persons_unless_the_item_says_otherwise():
    assert frozenset({"accept", "approval"}) in SOUND.apart()
    loose = replace(SOUND, may_meet=frozenset({frozenset({"accept", "first"})}))
    assert frozenset({"accept", "first"}) not in loose.apart()
    assert frozenset({"first", "second"}) in loose.apart()


def test_materials_depend_on_what_the_form_says():
    assert [one.code for one in SOUND.missing({"way": "bank"}, frozenset())] == ["invoice", "bank_book"]
    assert [one.code for one in SOUND.missing({"way": "cash"}, frozenset({"invoice"}))] == []
