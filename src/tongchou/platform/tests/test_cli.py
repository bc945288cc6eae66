"""`tongchou trail` and `tongchou calendar`."""

import pytest
from typer.testing import CliRunner

from tongchou.platform import commands, queries, trail
from tongchou.platform.cli import calendar_app, trail_app
from tongchou.platform.terminal import NotRecognised
from tongchou.platform.tests.conftest import NOW, PASSWORD

CSV = "日期,类型,名称\n2027-01-01,放假,元旦\n"


@pytest.fixture
def run(settings, tmp_path):
    settings.HOME = tmp_path

    def run_command(app, *words):
        return CliRunner().invoke(app, [str(word) for word in words])

    return run_command


@pytest.fixture
def clean_trail(tree, unguarded):
    unguarded("DELETE FROM platform_trailseal")
    unguarded("DELETE FROM platform_trailentry")


def test_a_whole_trail_is_verified(run, clean_trail):
    trail.record("test.act", at=NOW)
    assert "已封印 1 条" in run(trail_app, "seal").output
    verified = run(trail_app, "verify")
    assert verified.exit_code == 0
    assert "日志完整" in verified.output
    assert "封印 1 个,日志 1 条,未封印 0 条" in verified.output


def test_a_broken_trail_is_named_and_fails(run, clean_trail, unguarded):
    entry_id = trail.record("test.act", at=NOW)
    run(trail_app, "seal")
    unguarded("UPDATE platform_trailentry SET action = 'x'")
    verified = run(trail_app, "verify")
    assert verified.exit_code == 1
    assert f"日志第{entry_id}条被改动" in verified.output


def test_a_cut_trail_is_noticed_by_the_anchors_of_the_home(run, clean_trail, unguarded):
    trail.record("test.act", at=NOW)
    run(trail_app, "seal")
    unguarded("DELETE FROM platform_trailseal")
    unguarded("DELETE FROM platform_trailentry")
    verified = run(trail_app, "verify")
    assert verified.exit_code == 1
    assert "尾部被截断" in verified.output


def test_the_calendar_is_shown(run, tree):
    commands.ensure_calendar(now=NOW)
    assert "暂定" in run(calendar_app, "show").output
    assert "2018-04-28" in run(calendar_app, "show", 2018).output


def _with_password(operator):
    operator.set_password(PASSWORD)
    operator.save()
    return ["--as", operator.staff_code, "--password", PASSWORD]


def test_a_calendar_is_imported_and_approved_by_two_persons(run, admin, security, tmp_path):
    file = tmp_path / "2027.csv"
    file.write_text(CSV, encoding="utf-8")
    importer, approver = _with_password(admin), _with_password(security)
    imported = run(calendar_app, "import", 2027, file, "--source", "国办发明电", *importer)
    assert "已导入 1 天" in imported.output
    assert "已批准" in run(calendar_app, "approve", 2027, *approver).output
    assert queries.working_calendar().years == (2027,)


def test_whoever_does_not_know_the_password_does_nothing(run, admin, tmp_path):
    _with_password(admin)
    refused = run(calendar_app, "approve", 2027, "--as", admin.staff_code, "--password", "wrong")
    assert isinstance(refused.exception, NotRecognised)
    unknown = run(calendar_app, "approve", 2027, "--as", "nobody", "--password", "wrong")
    assert isinstance(unknown.exception, NotRecognised)
