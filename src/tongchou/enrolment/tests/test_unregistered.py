"""Names that other lists know and the register lacks: newborns, the newly employed, students, the poor (ENR-32)."""

from datetime import UTC, date, datetime

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from tongchou.enrolment import commands as enrolling
from tongchou.enrolment.models import UnregisteredLead
from tongchou.enrolment.states import CertificateType, Scheme
from tongchou.enrolment.tests.conftest import AREA, VILLAGE, citizen_number
from tongchou.enrolment.unregistered import births, commands, hires
from tongchou.enrolment.unregistered.states import TRANSITIONS, LeadState
from tongchou.exchange import flows, imports
from tongchou.exchange.imports import Mode
from tongchou.platform.checks import OutOfScope

NOW = datetime(2018, 6, 10, 2, tzinfo=UTC)
BIRTHS = "出生医学证明编号,新生儿姓名,性别,出生日期,母亲姓名,母亲身份证号码,父亲身份证号码,联系电话"
HIRES = "姓名,证件号码,用人单位,单位编号,就业日期"
MOTHER, STRANGER, HIRED = (citizen_number(order=number) for number in (402, 404, 405))
WRONG = MOTHER[:-1] + ("2" if MOTHER[-1] == "1" else "1")


@pytest.fixture
def bring(clerk, tmp_path):
    """Brings a list of these rows; answers the preview and the names taken in."""

    def brought(kind, head, *rows, by=clerk, mode=Mode.ALL):
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.csv"
        file.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
        preview = imports.check(
            kind=kind, pooling_area=AREA, file_name=file.name, content=file, options={}, operator=by, now=NOW
        )
        if preview.rows_good and (mode is not Mode.ALL or not preview.rows_bad):
            imports.take_in(preview_id=preview.id, mode=mode, operator=by, now=NOW)
        return preview, list(UnregisteredLead.objects.order_by("id"))

    return brought


@pytest.fixture
def mother(enrol):
    return enrol(name="覃秀", certificate_no=MOTHER).person


def birth(number, name="", mother=MOTHER, sex="女", on="2018-06-01"):
    return f"{number},{name},{sex},{on},覃秀,{mother},,13800001234"


@pytest.mark.requirement("ENR-14")
@pytest.mark.requirement("SYS-06")
@pytest.mark.article("GX2017 §26")
def test_a_newborn_whom_nobody_registered_is_named_to_the_mothers_village(mother, bring, clerk):
    preview, found = bring("births", BIRTHS, birth("O450012345"), birth("O450012346", "韦小宝", STRANGER, "男"))
    assert preview.rows_bad == 0
    assert {(one.name, one.unit_code, one.note) for one in found} == {
        ("覃秀之女", VILLAGE, "母亲覃秀"),
        ("韦小宝", clerk.org_unit_id, "母亲覃秀"),
    }
    assert {(one.source, one.state, one.born_on) for one in found} == {("birth", "open", date(2018, 6, 1))}
    again, still = bring("births", BIRTHS, birth("O450012345"), birth("O450012347"))
    assert dict(again.totals)["已在名单"] == "1"
    assert len(still) == 3


@pytest.mark.requirement("ENR-14")
@pytest.mark.article("GX2017 §7(一)")
@pytest.mark.parametrize(
    ("row", "code"),
    [
        pytest.param(birth("450012345"), "EN-5204", id="证明编号不对"),
        pytest.param(birth("O450012345", on="2018-07-01"), "EN-3021", id="出生日期在导入之后"),
        pytest.param(
            birth("O450012345", mother=MOTHER[:-1] + ("1" if MOTHER[-1] != "1" else "2")), "EN-10", id="校验位"
        ),
    ],
)
def test_a_birth_that_cannot_be_is_refused_with_its_reason(mother, bring, row, code):
    preview, found = bring("births", BIRTHS, row)
    assert (preview.rows_bad, found) == (1, [])
    problem = apps.get_model("exchange", "ImportProblem").objects.get()
    assert problem.code.startswith(code)


@pytest.mark.requirement("ENR-14")
@pytest.mark.requirement("ENR-32")
def test_a_name_goes_once_the_newborn_is_registered_and_twice_named_is_refused(mother, bring, enrol):
    preview, _found = bring("births", BIRTHS, birth("O450012345"), birth("O450012345"))
    assert preview.rows_bad == 1
    bring("births", BIRTHS, birth("O450012345"))
    enrol(
        name="韦小妹", certificate_type=CertificateType.BIRTH_CERTIFICATE, certificate_no="O450012345", sex="F",
        born_on=date(2018, 6, 1), enrolled_on=date(2018, 6, 1), now=NOW,
    )  # fmt: skip
    assert commands.settle(NOW) == 1
    assert commands.settle(NOW) == 0
    assert UnregisteredLead.objects.get().state == LeadState.REGISTERED
    again, _still = bring("births", BIRTHS, birth("O450012345", "韦小妹"))
    assert dict(again.totals)["已登记"] == "1"
    assert UnregisteredLead.objects.count() == 1


@pytest.mark.requirement("ENR-16")
@pytest.mark.requirement("SYS-06")
@pytest.mark.article("JL2019 §5")
def test_the_newly_employed_outside_the_employees_scheme_are_named_with_what_they_are_now(enrol, bring):
    resident = enrol(name="韦大", certificate_no=HIRED).person
    worker = enrol(name="黄工", certificate_no=MOTHER, scheme=Scheme.EMPLOYEE, category="working").person
    who = (("韦大", HIRED), ("黄工", worker.certificate_no), ("陈新", STRANGER))
    rows = [f"{name},{number},青山机械厂,,2018-05-01" for name, number in who]
    preview, found = bring("hires", HIRES, *rows)
    assert dict(preview.totals) == {"已参加职工医保": "1", "现为居民参保": "1", "未参保": "1", "已在名单": "0"}
    named = {one.name: one for one in found}
    assert set(named) == {"韦大", "陈新"}
    assert named["韦大"].unit_code == VILLAGE
    assert "现为居民参保" in named["韦大"].note
    assert named["陈新"].note == "青山机械厂"
    assert resident.enrolments.get().enrolled_until is None, "a list ends no relation"
    wrong, _found = bring("hires", HIRES, f"韦二,{HIRED},青山机械厂,,2018-05-01", f"韦大,{STRANGER},甲厂,,2018-07-01")
    assert wrong.rows_bad == 2
    enrolling.terminate(
        person_id=resident.pk, terminated_on=date(2018, 6, 1), reason="参加职工医保", operator=enrol.clerk, now=NOW
    )
    enrol(
        name="韦大", certificate_no=HIRED, scheme=Scheme.EMPLOYEE, category="working", enrolled_on=date(2018, 6, 1),
        now=NOW,
    )  # fmt: skip
    assert commands.settle(NOW) == 1


@pytest.mark.requirement("ENR-32")
@pytest.mark.requirement("ENR-11")
def test_the_poor_whom_the_register_does_not_know_are_named_with_their_list(clerk, tmp_path, hire):
    file = tmp_path / "groups.csv"
    file.write_text(f"姓名,证件号码,人员类别,乡镇代码\n陈新,{STRANGER},低保对象,450102001\n", encoding="utf-8")
    preview = imports.check(
        kind="groups", pooling_area=AREA, file_name="groups.csv", content=file, options={}, operator=clerk, now=NOW
    )
    second = hire("second_reviewer", at=AREA)
    imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=second, now=NOW)
    one = UnregisteredLead.objects.get()
    assert (one.source, one.unit_code, one.name, one.born_on) == ("group", "450102001", "陈新", date(1980, 5, 6))


@pytest.mark.requirement("ENR-32")
def test_a_visit_that_finds_nobody_to_register_says_why_once(mother, bring, hire):
    _preview, (one,) = bring("births", BIRTHS, birth("O450012345"))
    village = hire("village_assistant", at=VILLAGE)
    told = {"lead_id": one.pk, "version": one.version, "now": NOW}
    with pytest.raises(commands.LeadReasonMissing):
        commands.dismiss(reason=" ", operator=village, **told)
    with pytest.raises(OutOfScope):
        commands.dismiss(reason="已迁出", operator=hire("village_assistant", at="450103"), **told)
    done = commands.dismiss(reason="已迁出", operator=village, **told)
    assert commands.dismiss(reason="已迁出", operator=village, **told) == done
    with pytest.raises(commands.LeadClosed):
        commands.dismiss(reason="死亡", operator=village, **told)
    with pytest.raises(commands.LeadUnknown):
        commands.dismiss(reason="死亡", operator=village, **told | {"lead_id": 0})
    again, _found = bring("births", BIRTHS, birth("O450012345", "韦小妹"))
    assert dict(again.totals)["已在名单"] == "1", "what the village said stays said"
    with pytest.raises(IntegrityError, match="unregistered_lead_dismissed"), transaction.atomic():
        UnregisteredLead.objects.filter(pk=one.pk).update(closed_reason="")


def test_leads_move_only_along_their_transitions_and_both_lists_come_over_links():
    assert {end for pair in TRANSITIONS for end in pair} == set(LeadState)
    assert {births.ARRIVING.name, hires.ARRIVING.name} <= {one.name for one in flows.awaited()}


@pytest.mark.requirement("ENR-32")
def test_the_list_names_its_sources_and_a_village_says_what_it_found(
    mother, bring, hire, client, django_assert_max_num_queries
):
    bring("births", BIRTHS, birth("O450012345"), birth("O450012346", mother=STRANGER))
    village, clerk = hire("village_assistant", "clerk", at=VILLAGE), hire("clerk", at=AREA)
    client.force_login(clerk, backend="tongchou.platform.authentication.OperatorBackend")
    where = "/persons/unregistered/"
    client.get(where)
    with django_assert_max_num_queries(12):
        shown = client.get(where, {"state": "open", "source": "birth"}).content.decode()
    assert "出生名单" in shown
    assert "共 2 条" in shown
    assert "母亲覃*" in shown
    assert "覃秀" not in shown
    assert "共 0 条" in client.get(where, {"source": "hire"}).content.decode()
    assert client.get(f"{where}paper.pdf", {"unit": VILLAGE}).content[:4] == b"%PDF"
    client.force_login(village, backend="tongchou.platform.authentication.OperatorBackend")
    assert "共 1 条" in client.get(where).content.decode()
    one = UnregisteredLead.objects.get(unit_code=VILLAGE)
    page = f"{where}{one.pk}/"
    assert "覃秀之女" in client.get(page).content.decode()
    assert client.post(page, {"version": one.version, "reason": " "}).status_code == 422
    assert client.post(page, {"version": one.version, "reason": "已迁出"}).status_code == 302
    assert "EN-5212" in client.post(page, {"version": one.version, "reason": "死亡"}).content.decode()
    stranger = UnregisteredLead.objects.exclude(unit_code=VILLAGE).get()
    assert client.get(f"{where}{stranger.pk}/").status_code == 403
    assert client.get(f"{where}0/").status_code == 404
