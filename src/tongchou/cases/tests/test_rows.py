"""Forms with a table: members of a household, students of a class; and the papers that belong to a row."""

import re
from dataclasses import replace

import pytest
from django.test import Client

from tongchou.cases import commands, kinds
from tongchou.cases.commands.acceptance import FormFaulty
from tongchou.cases.commands.evidence import EvidenceOpen, NotHandedIn
from tongchou.cases.kinds import FaultyDeclaration, Field, Flaw, Material, Rows, RowsFaulty
from tongchou.cases.models import Case, CaseClaim
from tongchou.cases.states import CaseState
from tongchou.cases.tests.conftest import NOW, accept, agree, prepare, refund, staff
from tongchou.platform.tests.at_once import at_once
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.web import access

BOTH = frozenset({kinds.ORIGINAL, kinds.COPY})
SCANNED = frozenset({kinds.SCAN})
SMELL = Material("m", "甲", evidence=frozenset({"smell"}))


def _check(subject, values, rows, on):
    return [
        Flaw(at, "phone", "须填写电话")
        for at, row in enumerate(rows, start=1)
        if row.get("kind") == "adult" and not row.get("phone")
    ]


TABLE = Rows(
    title="成员",
    named_by="name",
    fields=(
        Field("name", "姓名", required=True, longest=10),
        Field("number", "证号", kind="certificate", required=True),
        Field("kind", "类别", kind="choice", choices=(("adult", "成年"), ("newborn", "新生儿"))),
        Field("phone", "电话", section="联系"),
        Field("born_on", "出生日期", kind="day", section="联系"),
    ),
    materials=(
        Material("id_card", "身份证", needed=lambda row: row.get("kind") != "newborn", evidence=BOTH),
        Material(
            "birth", "出生证明", needed=lambda row: row.get("kind") == "newborn", evidence=frozenset({kinds.SCAN})
        ),
    ),
    at_most=3,
    check=_check,
    claim=lambda row: row.get("number", ""),
)
ADULT = {"name": "韦一", "number": "A1", "kind": "adult", "phone": "1"}
BABY = {"name": "韦小", "number": "B1", "kind": "newborn"}
FULL = frozenset({"invoice", "id_card.1", "birth.2"})


@pytest.fixture
def declared():
    kinds.register(
        refund(
            lambda case, *, operator, now: "已登记:" + "、".join(row["name"] for row in case.rows),
            rows=TABLE,
            steps=(replace(refund(None).steps[0], needs_evidence=True),),
        )
    )
    yield
    kinds.withdraw("test_refund")


@pytest.fixture
def office(hire, declared):
    prepare()
    return staff(hire)


def _accept(clerk, *rows, received=FULL, **changes):
    return accept(clerk, rows=rows or (ADULT, BABY), received=received, **changes)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param({"title": ""}, "no title", id="title"),
        pytest.param({"named_by": "nobody"}, "names the rows", id="named by"),
        pytest.param({"at_least": 4}, "number of rows", id="numbers"),
        pytest.param({"fields": (Field("row", "甲"),), "named_by": "row"}, "counter's page uses", id="name taken"),
        pytest.param({"materials": (SMELL,)}, "unknown evidence", id="evidence"),
    ],
)
def test_a_faulty_table_stops_the_house(changes, fault):
    with pytest.raises(FaultyDeclaration, match=fault):
        kinds.register(refund(None, rows=replace(TABLE, **changes)))


@pytest.mark.requirement("ENR-05")
def test_rows_are_kept_with_the_case_and_reach_the_effect(office):
    case = _accept(office.clerk, originals=frozenset({"id_card.1"}), copies=frozenset({"id_card.1"}), received=FULL)
    assert case.rows == [ADULT, BABY]
    names = list(case.materials.order_by("id").values_list("name", flat=True))
    assert names == ["缴费凭证", "韦一:身份证", "韦小:出生证明"]
    assert case.materials.get(code="id_card.1").verified_by == office.clerk


@pytest.mark.requirement("ENR-05")
def test_exactly_the_missing_paper_of_the_right_row_is_named(office):
    case = _accept(office.clerk, received=frozenset({"invoice", "id_card.1"}))
    assert case.state == CaseState.SUPPLEMENTING
    assert case.notices.get().materials == ["birth.2"]
    case = commands.receive_materials(
        number=case.number, version=case.version, codes=["birth.2"], operator=office.clerk, now=NOW
    )
    assert case.state == CaseState.IN_HAND


@pytest.mark.requirement("ENR-05")
def test_a_step_that_needs_evidence_waits_until_all_is_noted_and_names_what_is_not(office):
    case = _accept(office.clerk)
    with pytest.raises(EvidenceOpen, match=r"韦一:身份证\(缺已验原件、已留复印件\);韦小:出生证明\(缺扫描件\)$"):
        agree(case, office.reviewer)
    noted = {"originals": frozenset({"id_card.1"}), "copies": frozenset({"id_card.1"})}
    case = commands.verify_materials(number=case.number, version=case.version, operator=office.clerk, now=NOW, **noted)
    with pytest.raises(EvidenceOpen, match=r"^材料尚未核验齐全,不能签署:韦小:出生证明\(缺扫描件\)$"):
        agree(case, office.reviewer)
    commands.attach(
        number=case.number,
        version=case.version,
        name="证明.pdf",
        data=b"%PDF-1.4 %%EOF",
        material_code="birth.2",
        operator=office.clerk,
        now=NOW,
    )
    case.refresh_from_db()
    case = agree(case, office.reviewer)
    assert case.result == "已登记:韦一、韦小"


def test_a_paper_not_handed_in_cannot_be_verified(office):
    case = _accept(office.clerk, received=frozenset({"invoice"}))
    with pytest.raises(NotHandedIn):
        commands.verify_materials(
            number=case.number,
            version=case.version,
            originals=frozenset({"id_card.1"}),
            copies=frozenset(),
            operator=office.clerk,
            now=NOW,
        )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        pytest.param((), "成员须填1至3行,现为0行", id="none"),
        pytest.param((ADULT,) * 4, "成员须填1至3行,现为4行", id="too many"),
        pytest.param(({"number": "A1"},), "成员第1行:姓名未填写", id="missing"),
        pytest.param((ADULT, BABY | {"born_on": "2018-13-01"}), "成员第2行:出生日期", id="day"),
        pytest.param((ADULT | {"kind": "ghost"},), "成员第1行:类别不在可选范围", id="choice"),
        pytest.param((ADULT | {"shoe": "43"},), "成员第1行:没有“shoe”这一项", id="unknown"),
    ],
)
def test_faulty_rows_are_named(office, rows, said):
    with pytest.raises(FormFaulty, match=re.escape(said)):
        accept(office.clerk, rows=rows)
    assert not Case.objects.exists()


def test_what_the_item_finds_in_a_row_comes_back_with_row_and_field(office):
    with pytest.raises(RowsFaulty) as refused:
        _accept(office.clerk, ADULT | {"phone": ""}, ADULT | {"name": "韦二"})
    assert refused.value.flaws == (Flaw(1, "phone", "须填写电话"), Flaw(2, "", "与第1行重复"))


def test_two_open_applications_never_name_the_same_and_a_finished_one_frees_it(office):
    first = _accept(office.clerk)
    with pytest.raises(RowsFaulty, match=f"第1行:已在受理号{first.number}"):
        _accept(office.clerk, BABY, subject_key="P2", received=frozenset({"invoice", "birth.1"}))
    commands.withdraw_case(number=first.number, version=first.version, reason="填错", operator=office.clerk, now=NOW)
    assert not CaseClaim.objects.exists()
    again = _accept(office.clerk, BABY, subject_key="P2", received=frozenset({"invoice", "birth.1"}))
    assert again.state == CaseState.IN_HAND


@pytest.mark.usefixtures("committed", "declared")
def test_of_two_windows_that_take_the_same_row_at_once_one_wins_and_the_other_is_told():
    prepare()
    people = staff(Hire())

    def one(key):
        return _accept(people.clerk, BABY, subject_key=key, received=frozenset({"invoice", "birth.1"}))

    assert at_once(*[lambda key=key: one(key) for key in ("P1", "P2")]) == ["", RowsFaulty.code]
    assert Case.objects.count() == CaseClaim.objects.count() == 1


@pytest.fixture
def browser(office, monkeypatch):
    monkeypatch.setattr(access, "now", lambda: NOW)
    client = Client()
    client.force_login(office.clerk, backend="tongchou.platform.authentication.OperatorBackend")
    return client


def _posted(page, **changes):
    hidden = dict(re.findall(r'<input type="hidden" name="(request_id|subject)" value="([^"]*)"', page))
    row = {f"row-0-{name}": value for name, value in ADULT.items()}
    return hidden | row | {"row": ["0"], "applicant_name": "韦一", "reason": "新", "received": ["invoice"]} | changes


def test_rows_are_added_and_taken_away_without_losing_what_was_typed(browser):
    form = browser.get("/cases/counter/test_refund/?key=P1").content.decode()
    page = browser.post("/cases/counter/test_refund/", _posted(form, act="add_row"))
    assert page.status_code == 200
    shown = page.content.decode()
    assert 'name="row" value="1"' in shown
    assert 'value="韦一"' in shown
    assert "field-error" not in shown
    page = browser.post("/cases/counter/test_refund/", _posted(form, row=["0", "1"], act="remove_row_0"))
    assert 'name="row" value="0"' not in page.content.decode()
    assert not Case.objects.exists()


def test_a_fault_stands_at_its_row_and_field(browser):
    form = browser.get("/cases/counter/test_refund/?key=P1").content.decode()
    sent = _posted(form, row=["0", "4"], **{"row-4-name": "韦二", "row-0-phone": ""})
    page = browser.post("/cases/counter/test_refund/", sent)
    assert page.status_code == 422
    assert 'id="id_row-4-number_error"' in page.content.decode()
    sent |= {"row-4-number": "A2", "row-4-kind": "newborn"}
    page = browser.post("/cases/counter/test_refund/", sent)
    assert page.status_code == 422
    shown = page.content.decode()
    assert 'id="id_row-0-phone_error"' in shown
    assert "成员第 1 行 电话" in shown
    assert not Case.objects.exists()


def test_an_empty_spare_row_is_left_out_and_the_case_shows_its_rows(browser):
    form = browser.get("/cases/counter/test_refund/?key=P1").content.decode()
    sent = _posted(form, row=["0", "1"], **{"row-0-received": ["id_card"], "row-0-original": ["id_card"]})
    answer = browser.post("/cases/counter/test_refund/", sent)
    case = Case.objects.get()
    assert len(case.rows) == 1
    assert case.state == CaseState.IN_HAND
    page = browser.get(answer["Location"]).content.decode()
    assert "1 韦一" in page
    assert "韦一:身份证(已留复印件)" in page
    answer = browser.post(
        f"/cases/{case.number}/verify/", {"version": case.version, "original": "id_card.1", "copied": "id_card.1"}
    )
    case.refresh_from_db()
    assert case.materials.get(code="id_card.1").copy_kept
    assert "核验材料" in browser.get(answer["Location"]).content.decode()
