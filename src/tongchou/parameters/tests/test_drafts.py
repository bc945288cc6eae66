"""A draft on its way: written by several hands, checked line by line, decided by somebody else with a second factor."""

from datetime import date, timedelta

import pytest
from django.apps import apps

from tongchou.parameters import commands, local, queries, texts
from tongchou.parameters.checks import ChangedMeanwhile, NoReason, NotEditable, NotWaiting, SamePersonApproves
from tongchou.parameters.commands.drafting import DraftUnknown, HasFaults, NoSuchValue, VersionUnknown
from tongchou.parameters.models import DraftEvent, PolicyDraft, PolicyVersion
from tongchou.parameters.shelving import AlreadyKnown
from tongchou.parameters.states import TRANSITIONS, DraftState
from tongchou.parameters.tests.conftest import CITY, NOW, PROVINCE, code_of, text_of, with_device
from tongchou.platform import queries as platform
from tongchou.platform.checks import NoPermission, OutOfScope
from tongchou.platform.second_factor import SecondFactorMissing, SecondFactorWrong
from tongchou.platform.tests.at_once import at_once
from tongchou.platform.tests.conftest import Hire
from tongchou.policy.packages import Package

RATIO = "parameters/ratio.inpatient/values/home/L2"


@pytest.fixture
def draft(base, maker) -> PolicyDraft:
    return commands.start_draft(
        base_hash=base.content_hash, valid_from=date(2019, 1, 1), reason="按桂医保发〔2018〕1号", by=maker, now=NOW
    )


@pytest.fixture
def submitted(draft, maker) -> PolicyDraft:
    draft = commands.save_values(draft_id=draft.pk, edition=1, changes={RATIO: "80"}, by=maker, now=NOW)
    draft = commands.run_golden(draft_id=draft.pk, by=maker, now=NOW)
    return commands.submit(draft_id=draft.pk, edition=draft.edition, by=maker, now=NOW)


def approved(draft, approver, *, now=NOW):
    return commands.approve(draft_id=draft.pk, edition=draft.edition, code=code_of(approver, now), by=approver, now=now)


def test_a_draft_begins_with_the_text_of_the_version_and_its_own_day(draft, base):
    assert texts.value(draft.text, "package/valid_from") == "2019-01-01"
    assert texts.changed(draft.text, {"package/valid_from": "2018-01-01"}) == base.text
    assert (draft.state, draft.edition, draft.findings) == (DraftState.DRAFTING, 1, [])
    view = queries.draft(draft.pk)
    assert (view.area, view.scheme, view.valid_from, view.maker_id) == (
        PROVINCE,
        "employee",
        date(2019, 1, 1),
        draft.maker_id,
    )
    assert queries.draft_base(draft.pk).hash == base.content_hash
    assert queries.draft_package(draft.pk).valid_from == date(2019, 1, 1)


def test_a_saved_value_changes_one_line_and_nothing_else(draft, base, maker):
    saved = commands.save_values(draft_id=draft.pk, edition=1, changes={RATIO: "80"}, by=maker, now=NOW)
    before, after = draft.text.splitlines(), saved.text.splitlines()
    assert [(old.strip(), new.strip()) for old, new in zip(before, after, strict=True) if old != new] == [
        ("home: {L1: 90, L2: 75, L3: 60}", "home: {L1: 90, L2: 80, L3: 60}")
    ]
    assert saved.edition == 2
    assert commands.save_values(draft_id=draft.pk, edition=2, changes={RATIO: "80"}, by=maker, now=NOW).edition == 2


@pytest.mark.requirement("BEN-44")
def test_faults_are_kept_with_the_text_and_told_with_line_key_and_reason(draft, maker):
    saved = commands.save_values(draft_id=draft.pk, edition=1, changes={RATIO: "180"}, by=maker, now=NOW)
    (told,) = saved.findings
    line = next(n for n, row in enumerate(saved.text.splitlines(), 1) if "L2: 180" in row)
    assert told == {
        "line": line,
        "key": "parameters.ratio.inpatient.values.home.L2",
        "code": "PK-0301",
        "reason": "比例“180”应在0%至100%之间",
    }
    with pytest.raises(HasFaults) as refusal:
        commands.submit(draft_id=draft.pk, edition=2, by=maker, now=NOW)
    assert f"第{line}行" in str(refusal.value)


def test_a_text_that_is_no_yaml_is_kept_and_told(draft, maker):
    saved = commands.save_text(draft_id=draft.pk, edition=1, text="package: [", by=maker, now=NOW)
    assert saved.findings[0]["code"] == "PK-0101"
    assert saved.text == "package: [\n"
    assert (saved.title, saved.valid_from) == (draft.title, draft.valid_from)
    with pytest.raises(NoSuchValue):
        commands.save_values(draft_id=draft.pk, edition=2, changes={RATIO: "80"}, by=maker, now=NOW)


def test_area_and_scheme_of_a_draft_stay_what_they_are(draft, maker):
    text = draft.text.replace("area: 450000", "area: 450200", 1)
    saved = commands.save_text(draft_id=draft.pk, edition=1, text=text, by=maker, now=NOW)
    assert "450000/employee" in saved.findings[0]["reason"]


def test_two_clerks_on_one_draft_do_not_overwrite_each_other(draft, maker, second):
    commands.save_values(draft_id=draft.pk, edition=1, changes={RATIO: "80"}, by=second, now=NOW)
    with pytest.raises(ChangedMeanwhile) as refusal:
        commands.save_values(draft_id=draft.pk, edition=1, changes={RATIO: "70"}, by=maker, now=NOW)
    assert refusal.value.code == "PA-1302"
    assert second.name in str(refusal.value)
    assert "L2: 80" in queries.draft(draft.pk).text


def test_a_draft_is_changed_only_in_the_hands_of_its_makers(submitted, maker):
    with pytest.raises(NotEditable):
        commands.save_text(draft_id=submitted.pk, edition=submitted.edition, text="x", by=maker, now=NOW)


def test_only_who_drafts_policy_of_that_area_may_write(base, draft, hire):
    clerk, of_city = hire("clerk", at=PROVINCE), hire("policy_maker", at=CITY)
    for operator, refusal in ((clerk, NoPermission), (of_city, OutOfScope)):
        with pytest.raises(refusal):
            commands.start_draft(
                base_hash=base.content_hash, valid_from=date(2019, 1, 1), reason="改", by=operator, now=NOW
            )
        with pytest.raises(refusal):
            commands.save_text(draft_id=draft.pk, edition=1, text="x", by=operator, now=NOW)
        with pytest.raises(refusal):
            commands.withdraw(draft_id=draft.pk, reason="不办了", by=operator, now=NOW)


def test_a_draft_and_a_version_that_do_not_exist_are_refused(base, maker):
    with pytest.raises(VersionUnknown):
        commands.start_draft(base_hash="0" * 64, valid_from=date(2019, 1, 1), reason="改", by=maker, now=NOW)
    with pytest.raises(DraftUnknown):
        commands.save_text(draft_id=0, edition=1, text="x", by=maker, now=NOW)
    with pytest.raises(VersionUnknown):
        queries.package_text("0" * 64)
    with pytest.raises(NoReason):
        commands.start_draft(base_hash=base.content_hash, valid_from=date(2019, 1, 1), reason=" ", by=maker, now=NOW)


@pytest.mark.requirement("ORG-23")
@pytest.mark.requirement("ORG-22")
def test_a_second_person_with_a_second_factor_puts_it_in_force(submitted, maker, approver):
    done = approved(submitted, approver)
    version = PolicyVersion.objects.get(draft=done)
    assert (version.maker, version.checker, version.approved_at) == (maker, approver, NOW)
    assert (version.valid_from, version.known_from) == (date(2019, 1, 1), date(2018, 6, 1))
    assert Package.parse(version.text.encode()).parameter("ratio.inpatient.home.L2").text == "80%"
    assert version.source_documents[0].startswith("待遇政策需求 测试参数集")
    assert [step.action.value for step in queries.timeline(done.pk)] == [
        "approved",
        "submitted",
        "golden",
        "saved",
        "started",
    ]
    actions = (
        apps.get_model("platform", "TrailEntry")
        .objects.filter(object_kind="policy_draft")
        .values_list("action", flat=True)
    )
    assert "parameters.approved" in set(actions)


@pytest.mark.requirement("ORG-23")
@pytest.mark.article("GX2017 §121(六)")
def test_whoever_wrote_changed_or_submitted_a_draft_does_not_approve_it(draft, maker, second):
    with_device(second)
    commands.save_values(draft_id=draft.pk, edition=1, changes={RATIO: "80"}, by=second, now=NOW)
    commands.run_golden(draft_id=draft.pk, by=maker, now=NOW)
    commands.submit(draft_id=draft.pk, edition=2, by=maker, now=NOW)
    for operator in (maker, second):
        with pytest.raises(SamePersonApproves):
            commands.approve(draft_id=draft.pk, edition=2, code="000000", by=operator, now=NOW)
    assert not PolicyVersion.objects.filter(draft=draft).exists()


@pytest.mark.requirement("ORG-23")
def test_a_wrong_or_a_missing_second_factor_puts_nothing_in_force(submitted, approver, hire):
    wrong = f"{(int(code_of(approver, NOW)) + 1) % 1_000_000:06d}"
    with pytest.raises(SecondFactorWrong):
        commands.approve(draft_id=submitted.pk, edition=submitted.edition, code=wrong, by=approver, now=NOW)
    unbound = hire("leader", at=PROVINCE)
    with pytest.raises(SecondFactorMissing):
        commands.approve(draft_id=submitted.pk, edition=submitted.edition, code="123456", by=unbound, now=NOW)
    submitted.refresh_from_db()
    assert submitted.state == DraftState.SUBMITTED
    assert not PolicyVersion.objects.filter(draft=submitted).exists()


def test_a_draft_is_approved_once(submitted, approver, hire):
    approved(submitted, approver)
    other = with_device(hire("leader", at=PROVINCE))
    with pytest.raises(NotWaiting) as refusal:
        approved(submitted, other)
    assert refusal.value.code == "PA-1304"
    assert PolicyVersion.objects.filter(draft=submitted).count() == 1


def test_who_approves_approves_the_edition_that_was_read(submitted, approver):
    with pytest.raises(ChangedMeanwhile):
        commands.approve(
            draft_id=submitted.pk, edition=submitted.edition - 1, code=code_of(approver, NOW), by=approver, now=NOW
        )


def test_two_drafts_of_one_day_are_not_both_put_in_force_on_the_same_day(base, put_in_force, maker, approver):
    put_in_force("2019-01-01", {RATIO: "80"})
    with pytest.raises((HasFaults, AlreadyKnown)) as refusal:
        put_in_force("2019-01-01", {RATIO: "81"})
    assert "已有一个版本公布" in str(refusal.value)
    put_in_force("2019-01-01", {RATIO: "81"}, now=NOW + timedelta(days=1))
    assert PolicyVersion.objects.filter(area=PROVINCE, scheme="employee", valid_from="2019-01-01").count() == 2


def test_a_returned_draft_is_changed_and_submitted_again(submitted, maker, approver):
    returned = commands.return_draft(draft_id=submitted.pk, reason="请注明新文件", by=approver, now=NOW)
    assert returned.state == DraftState.RETURNED
    notice = apps.get_model("platform", "Notice").objects.get(recipient=maker)
    assert "请注明新文件" in notice.body
    changed = commands.save_values(
        draft_id=submitted.pk, edition=returned.edition, changes={RATIO: "79"}, by=maker, now=NOW
    )
    commands.run_golden(draft_id=changed.pk, by=maker, now=NOW)
    again = commands.submit(draft_id=changed.pk, edition=changed.edition, by=maker, now=NOW)
    approved(again, approver)
    assert PolicyVersion.objects.get(draft=again).content_hash


def test_whoever_may_approve_is_told_of_a_submission(approver, submitted):
    notices = apps.get_model("platform", "Notice").objects
    (told,) = notices.filter(recipient=approver)
    assert told.title == f"政策草稿待核准:{submitted.title}"
    assert not notices.filter(recipient=submitted.maker).exists()


def test_a_withdrawn_draft_is_at_its_end(submitted, maker, approver):
    commands.withdraw(draft_id=submitted.pk, reason="文件未下发", by=maker, now=NOW)
    for move in (
        lambda: approved(submitted, approver),
        lambda: commands.return_draft(draft_id=submitted.pk, reason="退", by=approver, now=NOW),
        lambda: commands.withdraw(draft_id=submitted.pk, reason="再撤", by=maker, now=NOW),
        lambda: commands.submit(draft_id=submitted.pk, edition=submitted.edition, by=maker, now=NOW),
    ):
        with pytest.raises(NotWaiting):
            move()


def test_every_step_of_a_draft_that_is_not_listed_is_refused():
    allowed = {(str(one), str(other)) for one, other in TRANSITIONS}
    assert ("approved", "returned") not in allowed
    assert ("withdrawn", "submitted") not in allowed
    assert len(allowed) == 7


def test_drafts_of_an_area_are_shown_to_those_whose_scope_it_is(draft, hire, maker):
    of_city = hire("policy_maker", at=CITY)
    for operator, seen in ((maker, [draft.pk]), (of_city, [])):
        scope = platform.scope_of(operator, "policy.view", NOW.date())
        assert [one.id for one in queries.drafts(scope)] == seen
        assert [one.id for one in queries.drafts_to_try(scope)] == seen


def test_golden_tables_of_the_area_are_run_and_what_differs_is_told(submitted, settings, tmp_path, maker):
    folder = tmp_path / PROVINCE / "employee" / "2018-01-01"
    folder.mkdir(parents=True)
    (folder / "stay.yaml").write_text(
        """case: 二级医院住院
source: T-SET
facts: {kind: inpatient, scheme: employee, level: 2, on: 2018-05-01}
bill: {in_scope: 10000.00}
before: {}
steps: []
result: {basic: 7200.00, cash: 2800.00}
adds: {}
""",
        encoding="utf-8",
    )
    (folder / "broken.yaml").write_text("case: 缺内容\n", encoding="utf-8")
    settings.GOLDEN_TABLES = tmp_path
    draft = commands.run_golden(draft_id=submitted.pk, by=maker, now=NOW)
    broken, stay = draft.golden
    assert "算例文件有误" in broken["problem"]
    told = {one["what"]: (one["expected"], one["found"]) for one in stay["differences"]}
    assert told["基本统筹"] == ("7,200.00", "7,680.00")
    assert draft.golden_digest == local.digest(draft.text)


@pytest.mark.usefixtures("committed")
def test_two_approvers_at_once_put_one_version_in_force(tmp_path, settings):
    """Each in a connection of its own; the second finds the draft approved."""
    hire = Hire()
    maker = hire("policy_maker", at=PROVINCE)
    approvers = [with_device(hire("leader", at=PROVINCE)) for _ in range(2)]
    file = tmp_path / "base.yaml"
    file.write_text(text_of(), encoding="utf-8")
    (base,) = commands.install([file], now=NOW)
    draft = commands.start_draft(
        base_hash=base.content_hash, valid_from=date(2019, 1, 1), reason="改革", by=maker, now=NOW
    )
    draft = commands.run_golden(draft_id=draft.pk, by=maker, now=NOW)
    commands.submit(draft_id=draft.pk, edition=1, by=maker, now=NOW)

    def approve(operator):
        commands.approve(draft_id=draft.pk, edition=1, code=code_of(operator, NOW), by=operator, now=NOW)

    assert at_once(*[lambda one=one: approve(one) for one in approvers]) == ["", NotWaiting.code]
    assert PolicyVersion.objects.filter(draft=draft).count() == 1
    assert DraftEvent.objects.filter(draft=draft, action="approved").count() == 1
