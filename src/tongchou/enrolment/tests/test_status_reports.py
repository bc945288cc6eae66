"""Lists of police, courts and other agencies (人员身份状态名单): held, objected to, approved by another (ENR-22)."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tongchou.enrolment import commands, events, queries
from tongchou.enrolment.commands.steps import ReasonMissing
from tongchou.enrolment.endings import reasons, reports
from tongchou.enrolment.endings.reports import (
    NothingChosen,
    NotInThatState,
    ReportMoved,
    ReportUnknown,
    SamePerson,
    StillHeld,
)
from tongchou.enrolment.models import RelationEnding, StatusReport
from tongchou.enrolment.states import PersonCategory, ReportState
from tongchou.enrolment.tests.conftest import AREA, citizen_number
from tongchou.exchange import flows, imports
from tongchou.exchange.flows import Parcelled
from tongchou.exchange.imports import Mode
from tongchou.platform.checks import NoPermission, OutOfScope
from tongchou.platform.events import subscribe, unsubscribe

TENTH = datetime(2018, 5, 10, 2, tzinfo=UTC)
TWENTIETH = datetime(2018, 5, 20, 2, tzinfo=UTC)
HEAD = "姓名,证件号码,人员状态,死亡日期,文书号"


def row(name, number, state="死亡", on="2018-05-03"):
    return f"{name},{number},{state},{on},公死〔2018〕12号"


@pytest.fixture
def approver(hire):
    return hire("second_reviewer", at=AREA)


@pytest.fixture
def bring(clerk, tmp_path):
    """Brings a list of these rows: `bring(row(…))` answers preview and reports."""

    def brought(*rows, informant="police", by=clerk, mode=Mode.ALL):
        file = Path(tmp_path / f"{len(list(tmp_path.iterdir()))}.csv")
        file.write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
        preview = imports.check(
            kind="endings",
            pooling_area=AREA,
            file_name=file.name,
            content=file,
            options={"informant": informant},
            operator=by,
            now=TENTH,
        )
        if preview.rows_bad and mode is Mode.ALL:
            return preview, []
        imports.take_in(preview_id=preview.id, mode=mode, operator=by, now=TENTH)
        return preview, list(StatusReport.objects.filter(file_id=preview.id).order_by("id"))

    return brought


@pytest.fixture
def told():
    """The events of that kind, as they come."""
    heard, kinds = [], []

    def listen(kind):
        kinds.append(kind)
        subscribe(kind)(heard.append)
        return heard

    yield listen
    for kind in kinds:
        unsubscribe(kind, heard.append)


@pytest.mark.article("JL2019 §10")
@pytest.mark.requirement("ENR-22")
def test_a_death_of_the_third_on_the_polices_list_approved_on_the_twentieth_ends_cover_on_the_third(
    person, bring, approver, told
):
    heard = told(events.StatusReported)
    preview, (report,) = bring(row("韦大", person.certificate_no))
    assert preview.totals == {"进入异议期": "1", "姓名不符": "0", "未登记人员": "0", "已在办": "0", "已终止": "0"}
    assert (report.state, report.held_until) == (ReportState.HELD, date(2018, 5, 20))
    assert [(one.person_id, one.held_until) for one in heard] == [(person.pk, date(2018, 5, 20))]
    assert queries.facts(person.pk, date(2018, 5, 10)).status == "active"
    done = reports.approve(report_ids=[report.pk], operator=approver, now=TWENTIETH)
    assert (done.done, done.refused) == ([report.pk], [])
    days = (date(2018, 5, 3), date(2018, 5, 4))
    assert [queries.facts(person.pk, day).status for day in days] == ["active", "terminated"]


@pytest.mark.requirement("ENR-22")
def test_a_death_before_a_later_change_of_category_is_held_and_not_left_out(person, bring, approver, clerk):
    commands.change_category(
        person_id=person.pk,
        category=PersonCategory.SENIOR,
        effective_on=date(2018, 5, 8),
        reason="满60周岁",
        operator=clerk,
        now=TENTH,
    )
    preview, (report,) = bring(row("韦大", person.certificate_no))
    assert preview.totals["进入异议期"] == "1"
    done = reports.approve(report_ids=[report.pk], operator=approver, now=TWENTIETH)
    assert (done.done, done.refused) == ([report.pk], [])
    assert queries.facts(person.pk, date(2018, 5, 9)).status == "terminated"
    ending = RelationEnding.objects.get(person=person)
    assert (ending.effective_on, ending.source, ending.evidence) == (
        date(2018, 5, 3),
        "data",
        "公安机关 公死〔2018〕12号",
    )


@pytest.mark.requirement("ENR-22")
def test_until_the_time_for_objection_is_over_nobody_approves(person, bring, approver):
    _, (report,) = bring(row("韦大", person.certificate_no))
    with pytest.raises(StillHeld, match="异议期至2018-05-19,还有1天"):
        reports.approve_one(report_id=report.pk, operator=approver, now=datetime(2018, 5, 19, 2, tzinfo=UTC))


@pytest.mark.requirement("ENR-22")
def test_an_objection_stops_the_ending_until_it_is_decided(person, bring, approver, clerk):
    _, (report,) = bring(row("韦大", person.certificate_no))
    report = reports.object_to(
        report_id=report.pk, version=1, objector="韦小妹", objection="本人健在", operator=clerk, now=TENTH
    )
    with pytest.raises(NotInThatState):
        reports.approve_one(report_id=report.pk, operator=approver, now=TWENTIETH)
    with pytest.raises(ReportMoved):
        reports.dismiss(report_id=report.pk, version=1, reason="x", operator=clerk, now=TWENTIETH)
    report = reports.dismiss(report_id=report.pk, version=2, reason="经核实健在", operator=clerk, now=TWENTIETH)
    assert (report.state, queries.facts(person.pk, date(2018, 5, 21)).status) == (ReportState.DISMISSED, "active")


def test_an_objection_that_does_not_hold_lets_the_approval_go_on(person, bring, approver, clerk):
    _, (report,) = bring(row("韦大", person.certificate_no))
    reports.object_to(report_id=report.pk, version=1, objector="甲", objection="不服", operator=clerk, now=TENTH)
    reports.overrule(report_id=report.pk, version=2, reason="公安复核属实", operator=approver, now=TENTH)
    reports.approve_one(report_id=report.pk, operator=approver, now=TWENTIETH)
    person.refresh_from_db()
    assert person.died_on == date(2018, 5, 3)


@pytest.mark.requirement("ENR-22")
def test_whoever_brought_the_list_or_checked_the_name_does_not_approve(person, bring, clerk, hire):
    _, (report,) = bring(row("韦太", person.certificate_no))
    assert (report.state, report.problem) == (ReportState.MISMATCH, "登记姓名为“韦大”")
    both = hire("eligibility", at=AREA)
    report = reports.confirm_match(report_id=report.pk, version=1, reason="字形相近", operator=both, now=TENTH)
    for operator in (clerk, both):
        with pytest.raises(SamePerson):
            reports.approve_one(report_id=report.pk, operator=operator, now=TWENTIETH)


@pytest.mark.requirement("ENR-22")
def test_who_is_not_registered_here_is_a_task_and_who_has_ended_is_left_out(person, enrol, bring, approver):
    stranger = citizen_number(order=801)
    bring(row("韦大", person.certificate_no), row("陌生人", stranger))
    report = StatusReport.objects.get(certificate_no=stranger)
    assert (report.state, report.person_id, report.unit_code) == (ReportState.UNKNOWN, None, AREA)
    held = StatusReport.objects.get(person=person)
    reports.approve_one(report_id=held.pk, operator=approver, now=TWENTIETH)
    preview, made = bring(row("韦大", person.certificate_no, on="2018-05-04"), row("陌生人", stranger))
    assert (preview.totals["已终止"], preview.totals["已在办"], made) == ("1", "1", [])


@pytest.mark.requirement("ENR-16")
@pytest.mark.article("JL2019 §5")
@pytest.mark.parametrize(("rules", "status"), [(reasons.GX2017, "terminated"), (reasons.JL2019, "suspended")])
def test_an_employees_enrolment_told_later_suspends_or_ends_the_residents_relation_from_its_day(
    person, bring, approver, jilin_or_guangxi, rules, status
):
    jilin_or_guangxi(rules)
    _, (report,) = bring(row("韦大", person.certificate_no, "职工参保", "2018-04-01"), informant="employee_agency")
    reports.approve_one(report_id=report.pk, operator=approver, now=TWENTIETH)
    days = (date(2018, 3, 31), date(2018, 4, 1))
    assert [queries.facts(person.pk, day).status for day in days] == ["active", status]


@pytest.mark.requirement("SYS-04")
@pytest.mark.article("JL2019 §50")
@pytest.mark.parametrize(
    ("kind", "state", "refused"),
    [
        pytest.param("health", "死亡", "职工参保", id="health tells of deaths"),
        pytest.param("hr", "职工参保", "死亡", id="human resources tell of employments"),
        pytest.param("court", "失踪", "参军", id="courts tell of declarations"),
    ],
)
def test_what_other_departments_send_over_a_link_is_held_like_the_polices_list(person, bring, kind, state, refused):
    options = flows.incoming_named("status_lists").options(Parcelled(kind, kind, "1", "", "2018-05-09"))
    _, (report,) = bring(row("韦大", person.certificate_no, state), **options)
    assert (report.informant, report.state) == (kind, ReportState.HELD)
    preview, made = bring(row("韦大", person.certificate_no, refused), **options)
    assert made == []
    assert [one.code for one in imports.problems_of(preview.id).rows] == ["EN-3022"]


@pytest.mark.parametrize(
    ("text", "informant", "code"),
    [
        pytest.param(("韦大", "", "死亡"), "police", None, id="无号码"),
        pytest.param(("韦大", "450102198005062019", "死亡"), "police", "EN-1001", id="校验位"),
        pytest.param(("韦大", None, "死亡", "2018-05-11"), "police", "EN-3021", id="未来"),
        pytest.param(("韦大", None, "职工参保"), "police", "EN-3022", id="不归公安"),
        pytest.param(("韦大", None, "服刑"), "court", "EN-3023", id="广西不因服刑"),
        pytest.param(("韦大", None, "下落不明"), "police", None, id="无此状态"),
    ],
)
def test_a_bad_row_is_refused_with_its_reason_and_nothing_comes_in(person, bring, text, informant, code):
    name, number, *rest = text
    preview, made = bring(row(name, person.certificate_no if number is None else number, *rest), informant=informant)
    (problem,) = imports.problems_of(preview.id).rows
    assert made == []
    assert code is None or problem.code == code
    assert not StatusReport.objects.exists()


def test_a_person_named_twice_in_a_file_counts_once(person, bring):
    preview, _ = bring(row("韦大", person.certificate_no), row("韦大", person.certificate_no, on="2018-05-04"))
    assert [problem.row_no for problem in imports.problems_of(preview.id).rows] == [3]


def test_approving_many_names_who_was_not_ended_and_twice_does_nothing_twice(person, enrol, bring, approver, clerk):
    other = enrol(name="韦二", certificate_no=citizen_number(order=803)).person
    _, made = bring(row("韦大", person.certificate_no), row("韦二", other.certificate_no))
    reports.object_to(report_id=made[1].pk, version=1, objector="乙", objection="健在", operator=clerk, now=TENTH)
    ids = [one.pk for one in made]
    first = reports.approve(report_ids=ids, operator=approver, now=TWENTIETH)
    assert (len(first.done), [name for name, _ in first.refused]) == (1, ["韦二"])
    again = reports.approve(report_ids=ids, operator=approver, now=TWENTIETH)
    assert (again.done, len(again.refused), RelationEnding.objects.count()) == ([], 2, 1)


def test_a_report_is_refused_to_whom_it_is_not_for(person, bring, approver, hire):
    _, (report,) = bring(row("韦大", person.certificate_no))
    with pytest.raises(NothingChosen):
        reports.approve(report_ids=[], operator=approver, now=TWENTIETH)
    with pytest.raises(ReportUnknown):
        reports.approve_one(report_id=0, operator=approver, now=TWENTIETH)
    with pytest.raises(NoPermission):
        reports.approve_one(report_id=report.pk, operator=hire("clerk", at=AREA), now=TWENTIETH)
    with pytest.raises(OutOfScope):
        reports.approve_one(report_id=report.pk, operator=hire("second_reviewer", at="450103"), now=TWENTIETH)
    with pytest.raises(ReasonMissing):
        reports.dismiss(report_id=report.pk, version=1, reason=" ", operator=hire("clerk", at=AREA), now=TWENTIETH)
