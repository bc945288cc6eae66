"""A resident moves the relation to another area from home: asked, refused, followed (ENR-26, ENR-28, ENR-34)."""

import io
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from pypdf import PdfReader

from tongchou.cases import commands as cases
from tongchou.cases.states import Decision
from tongchou.enrolment.transfers import commands as transfers
from tongchou.enrolment.transfers import hindrances
from tongchou.platform.commands import ensure_calendar
from tongchou.platform.queries import operator_by_staff_code

MOVE = "/my/services/transfer/"
ASKED = {
    "request_id": "m1", "where": "elsewhere", "to_area": "450300", "to_agency": "漓州市医疗保障局", "reason": "work",
    "starts_on": "2018-05-18", "phone": "13800138000", "new_address": "漓州市象山路1号",
}  # fmt: skip


@pytest.fixture
def resident(client: Client, city: Any, sample: Any) -> Client:
    ensure_calendar(now=sample.NOW)
    given = {"name": "张三丰", "certificate_no": city.certificate_no, "card_no": sample.CARD}
    assert client.post("/my/login/", given).status_code == 302
    return client


def the_case() -> Any:
    return apps.get_model("cases", "Case").objects.get(kind="transfer_out")


def decided(case: Any, sample: Any) -> Any:
    """The counter sees the originals, the reviewer agrees; answers the reviewer."""
    clerk, second = operator_by_staff_code("shouli"), operator_by_staff_code("fuhe")
    assert clerk
    assert second
    case = cases.receive_materials(
        number=case.number, version=case.version, codes=["form", "card"], operator=clerk, now=sample.NOW
    )
    cases.decide(number=case.number, version=case.version, decision=Decision.AGREE, operator=second, now=sample.NOW)
    return second


@pytest.mark.requirement("ENR-34")
@pytest.mark.requirement("ENR-26")
@pytest.mark.article("GX2017 §16")
def test_a_resident_asks_follows_and_fetches_the_certificate_without_a_clerk_entering_it(
    resident: Client, city: Any, sample: Any
) -> None:
    form = resident.get(MOVE).content.decode()
    assert "张*丰" in form
    assert "输入名称查找" in form
    assert "F2" not in form, "a telephone has no such key"
    offered = resident.get("/my/services/areas/?to_area=东莞").content.decode()
    assert "东莞市(广东省) 441900" in offered
    answer = resident.post(MOVE, ASKED)
    case = the_case()
    assert answer.url.endswith(f"/my/cases/{case.number}/")
    assert (case.channel, case.accepted_by, case.form["to_agency"]) == ("web", None, "漓州市医疗保障局")
    assert resident.post(MOVE, ASKED).url == answer.url, "a second click"
    assert "EN-5203" in resident.post(MOVE, ASKED | {"request_id": "m2"}).content.decode()
    decided(case, sample)
    shown = resident.get("/my/transfers/").content.decode()
    assert "漓州市医疗保障局" in shown
    made = apps.get_model("enrolment", "Transfer").objects.get()
    where = f"/my/transfers/{made.number}/proof/"
    assert where in shown
    paper = resident.post(where)
    said = "".join(page.extract_text() for page in PdfReader(io.BytesIO(paper.content)).pages)
    assert "参保缴费凭证" in said
    assert resident.post(f"/my/transfers/{made.number}/letter/").status_code == 404
    assert resident.get(where).status_code == 405


@pytest.mark.requirement("ENR-34")
@pytest.mark.article("GX2017 §16")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"to_area": ""}, "CS-1003", id="转入地没有填"),
        pytest.param({"to_area": "45"}, "PL-1042", id="没有这样的转入地"),
        pytest.param({"to_agency": ""}, "EN-4053", id="外地没有写经办机构"),
        pytest.param({"to_area": "450100"}, "EN-4044", id="就是现参保地"),
        pytest.param({"starts_on": "2018-07-01"}, "EN-4045", id="接续日期太晚"),
    ],
)
def test_what_the_counter_would_refuse_is_refused_at_home(resident: Client, changes: Any, code: str) -> None:
    answer = resident.post(MOVE, ASKED | changes)
    assert answer.status_code == 422
    assert code in answer.content.decode()
    assert not apps.get_model("cases", "Case").objects.filter(kind="transfer_out").exists()


@pytest.mark.requirement("ENR-34")
@pytest.mark.article("GX2017 §16")
def test_nobody_moves_out_of_a_hospital_bed_or_with_an_unpaid_year(resident: Client, city: Any, sample: Any) -> None:
    person = apps.get_model("enrolment", "Person").objects.get(person_no=city.person_no)
    owed = apps.get_model("contributions", "Receivable").objects.create(
        person=person, pooling_area_id=sample.AREA, unit_code=person.unit_code, scheme="resident", benefit_year=2018,
        amount_fen=18_000, state="due", due_from=sample.NOW.date(),
    )  # fmt: skip
    told = resident.post(MOVE, ASKED).content.decode()
    assert "EN-5202" in told
    assert "180.00" in told
    owed.delete()
    apps.get_model("encounters", "Encounter").objects.filter(person_id=person.pk, kind="inpatient").update(state="open")
    told = resident.post(MOVE, ASKED).content.decode()
    assert "EN-5201" in told
    assert "安河县人民医院" in told
    with pytest.raises(hindrances.InHospitalNow):
        hindrances.check(person.pk, sample.NOW.date())


@pytest.mark.requirement("ENR-28")
@pytest.mark.requirement("ENR-26")
@pytest.mark.article("GX2017 §16")
def test_annex_6_tells_the_place_joined_from_the_transfer(resident: Client, city: Any, sample: Any) -> None:
    from tongchou.cases import queries as case_queries
    from tongchou.cases.kinds import Filled, Subject
    from tongchou.enrolment.forms import annex6

    resident.post(MOVE, ASKED)
    case = the_case()
    second = decided(case, sample)
    made = apps.get_model("enrolment", "Transfer").objects.get()
    made = transfers.lock(made.pk)
    transfers.await_answer(made, second, sample.NOW)
    transfers.hear_answer(made, accepted=False, reason="户籍不符", operator=second, now=sample.NOW)
    assert case_queries.open_cases_of(city.person_no) == []
    filled = Filled(subject=Subject(city.person_no, "张三丰", "", ""), values=case.form, number=case.number)
    made.refresh_from_db()
    joined = annex6._with_joined(filled, made).opinion("register_in")
    assert joined is not None
    assert (joined.unit, joined.agreed, joined.opinion) == ("漓州市医疗保障局", False, "户籍不符")
    assert ("转移编号", f"{made.number}(退回)") in annex6._became(made)
    assert annex6.body(filled)
