"""How an import runs: progress, stopping, being killed, two at once (导入过程)."""

import os
import subprocess
import sys
import textwrap
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from tongchou.enrolment.commands import enrol_person
from tongchou.enrolment.models import Person
from tongchou.enrolment.tests.conftest import AREA, NOW, VILLAGE, citizen_number
from tongchou.enrolment.tests.conftest import clerk as clerk
from tongchou.enrolment.tests.conftest import enrol as enrol
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode, files, running
from tongchou.exchange.models import ImportChunk, ImportFile
from tongchou.exchange.states import ImportState
from tongchou.platform import checks
from tongchou.platform.spreadsheets import faults
from tongchou.platform.tests.at_once import named_at_once
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import committed as committed
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree

HEAD = "姓名,证件号码,村代码"


def written(folder: Path, count: int, name: str = "r.csv", start: int = 0) -> Path:
    rows = [f"韦大,{citizen_number(order=start + n)},{VILLAGE}" for n in range(count)]
    file = folder / name
    file.write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
    return file


def received(file: Path, clerk) -> ImportFile:
    return files.receive(kind="roster", pooling_area=AREA, file_name=file.name, content=file, operator=clerk, now=NOW)


def staged(file_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [files.rows_table(file_id)])
        return bool(cursor.fetchone()[0])


def test_a_file_that_is_no_roster_is_told_so_and_thrown_away(clerk, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("甲,乙\n1,2\n", encoding="utf-8")
    with pytest.raises(faults.HeaderMissing, match="姓名"):
        imports.check(kind="roster", pooling_area=AREA, file_name="a.csv", content=file, operator=clerk, now=NOW)
    kept = ImportFile.objects.get()
    assert kept.state == ImportState.UNREADABLE
    assert "PL-0803" in kept.message
    assert not ImportChunk.objects.exists()
    with pytest.raises(faults.HeaderMissing):
        imports.check(kind="roster", pooling_area=AREA, file_name="a.csv", content=file, operator=clerk, now=NOW)


def test_an_unknown_kind_and_an_unknown_option_are_refused(clerk, tmp_path):
    file = written(tmp_path, 1)
    facts = {"pooling_area": AREA, "file_name": "a.csv", "content": file, "operator": clerk, "now": NOW}
    with pytest.raises(files.KindUnknown):
        imports.check(kind="nothing", **facts)
    with pytest.raises(files.OptionUnknown):
        imports.check(kind="roster", options={"channel": "bank"}, **facts)
    with pytest.raises(files.FileUnknown):
        imports.preview_of(0)


def test_a_file_too_large_is_refused_before_it_is_kept(clerk, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST_FILE", 10)
    with pytest.raises(files.FileTooLarge):
        received(written(tmp_path, 1), clerk)


def test_whoever_may_not_import_is_refused(hire, tmp_path):
    with pytest.raises(checks.NoPermission):
        received(written(tmp_path, 1), hire("accountant", at=AREA))


def test_a_cancelled_file_is_gone_and_may_come_again(clerk, tmp_path):
    file = written(tmp_path, 2)
    preview = imports.check(kind="roster", pooling_area=AREA, file_name="r.csv", content=file, operator=clerk, now=NOW)
    assert staged(preview.id)
    imports.cancel(file_id=preview.id, operator=clerk, now=NOW)
    assert not staged(preview.id)
    with pytest.raises(files.NotCancellable):
        imports.cancel(file_id=preview.id, operator=clerk, now=NOW)
    with pytest.raises(imports.ImportNotReady):
        imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=clerk, now=NOW)
    again = imports.check(kind="roster", pooling_area=AREA, file_name="r.csv", content=file, operator=clerk, now=NOW)
    assert again.id != preview.id


def test_the_operator_may_stop_between_two_steps(clerk, tmp_path, monkeypatch):
    """The row over the second connection says so; here it is said for it."""
    preview = imports.check(
        kind="roster", pooling_area=AREA, file_name="r.csv", content=written(tmp_path, 3), operator=clerk, now=NOW
    )

    def stop(self, words):
        if words == "正在写入参保关系":
            raise running.Stopped

    monkeypatch.setattr(running._Progress, "step", stop)
    with pytest.raises(running.ImportStopped):
        imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=clerk, now=NOW)
    assert Person.objects.count() == 0
    assert imports.progress(preview.id).state == ImportState.CHECKED


def test_who_was_enrolled_since_the_check_makes_the_books_move(clerk, enrol, tmp_path):
    preview = imports.check(
        kind="roster", pooling_area=AREA, file_name="r.csv", content=written(tmp_path, 3), operator=clerk, now=NOW
    )
    enrol(name="韦大", certificate_no=citizen_number(order=1))
    with pytest.raises(running.BooksMoved):
        imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=clerk, now=NOW)
    again = imports.preview_of(preview.id)
    assert (again.rows_good, again.rows_bad) == (2, 1)
    assert again.faults[0].code == "EN-1102"
    assert imports.take_in(preview_id=preview.id, mode=Mode.ONLY_GOOD, operator=clerk, now=NOW).rows_taken == 2


def test_rows_refused_by_the_books_get_another_chance(clerk, enrol, tmp_path):
    known = enrol(name="韦大", certificate_no=citizen_number(order=0), unit_code="450102001")
    file = written(tmp_path, 2)
    preview = imports.check(kind="roster", pooling_area=AREA, file_name="r.csv", content=file, operator=clerk, now=NOW)
    assert preview.rows_bad == 1
    from tongchou.enrolment.commands import terminate

    terminate(person_id=known.person_id, terminated_on=NOW.date(), reason="迁出", operator=clerk, now=NOW)
    done = imports.take_in(preview_id=preview.id, mode=Mode.ONLY_GOOD, operator=clerk, now=NOW)
    assert (done.rows_taken, done.rows_bad) == (2, 0)
    known.person.refresh_from_db()
    assert known.person.unit_code == VILLAGE
    assert known.person.enrolments.count() == 2


def test_after_a_crash_of_the_server_the_rows_are_read_again(clerk, tmp_path):
    """An unlogged table is empty after a crash."""
    preview = imports.check(
        kind="roster", pooling_area=AREA, file_name="r.csv", content=written(tmp_path, 4), operator=clerk, now=NOW
    )
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {files.rows_table(preview.id)}")
    assert imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=clerk, now=NOW).rows_taken == 4


def test_files_that_nobody_decides_on_are_cleared(clerk, tmp_path):
    preview = imports.check(
        kind="roster", pooling_area=AREA, file_name="r.csv", content=written(tmp_path, 1), operator=clerk, now=NOW
    )
    assert files.clear_old(NOW + timedelta(days=29)) == 0
    assert files.clear_old(NOW + timedelta(days=31)) == 1
    assert not staged(preview.id)
    assert imports.progress(preview.id).state == ImportState.CANCELLED


def test_bytes_of_a_file_taken_in_stay_for_the_report_and_then_go(clerk, tmp_path):
    file = written(tmp_path, 1)
    file.write_text(file.read_text("utf-8") + f"韦二,123,{VILLAGE}\n", encoding="utf-8")
    preview = imports.check(kind="roster", pooling_area=AREA, file_name="r.csv", content=file, operator=clerk, now=NOW)
    imports.take_in(preview_id=preview.id, mode=Mode.ONLY_GOOD, operator=clerk, now=NOW)
    report = tmp_path / "errors.xlsx"
    assert imports.report(preview.id, report) == 1
    files.clear_old(NOW + timedelta(days=31))
    assert not ImportChunk.objects.exists()


def test_a_stranger_to_the_file_sees_the_kinds_and_what_came_before(clerk, tmp_path):
    imports.check(
        kind="roster", pooling_area=AREA, file_name="r.csv", content=written(tmp_path, 1), operator=clerk, now=NOW
    )
    assert "roster" in {kind.name for kind in imports.kinds()}
    (row,) = imports.recent(AREA)
    assert (row.title, row.state, row.rows_total) == ("参保花名册", ImportState.CHECKED, 1)


# --- threads and processes: with committed rows ---------------------------------------------------------------------


@pytest.fixture
def committed_clerk(committed):
    return Hire()("eligibility", at=AREA)


def wait_until(done, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < ends, "did not happen in time"
        time.sleep(0.02)


def test_in_the_background_a_page_can_follow(committed_clerk, tmp_path):
    file = received(written(tmp_path, 50), committed_clerk)
    imports.start_check(file_id=file.pk, operator=committed_clerk, now=NOW).join()
    progress = imports.progress(file.pk)
    assert (progress.state, progress.rows_done, progress.rows_total) == (ImportState.CHECKED, 50, 50)
    imports.start_taking_in(preview_id=file.pk, mode=Mode.ALL, operator=committed_clerk, now=NOW).join()
    assert imports.progress(file.pk).state == ImportState.DONE
    assert Person.objects.count() == 50


def test_a_start_has_the_file_in_hand_when_it_is_answered_and_never_seems_left_behind(committed_clerk, tmp_path):
    for turn in range(5):
        file = received(written(tmp_path, 20, f"{turn}.csv", 20 * turn), committed_clerk)
        thread = imports.start_check(file_id=file.pk, operator=committed_clerk, now=NOW)
        assert not imports.progress(file.pk).abandoned
        thread.join()


def test_a_refusal_in_the_background_stands_in_the_file(committed_clerk, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("甲,乙\n1,2\n", encoding="utf-8")
    kept = received(file, committed_clerk)
    imports.start_check(file_id=kept.pk, operator=committed_clerk, now=NOW).join()
    assert "找不到表头" in imports.progress(kept.pk).step


def test_the_same_file_uploaded_twice_at_once_is_one_file_and_taken_in_once(committed_clerk, tmp_path):
    file = written(tmp_path, 20)

    def upload() -> int:
        preview = imports.check(
            kind="roster", pooling_area=AREA, file_name="r.csv", content=file, operator=committed_clerk, now=NOW
        )
        return imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=committed_clerk, now=NOW).rows_taken

    outcomes = named_at_once(*[upload] * 4)
    assert [outcome for outcome in outcomes if outcome == 20] == [20]
    assert set(outcomes) - {20} <= {"ImportBusy", "ImportNotReady", "AlreadyTakenIn"}
    assert Person.objects.count() == 20
    assert ImportFile.objects.count() == 1


def test_two_files_with_the_same_person_at_once_enrol_that_person_once(committed_clerk, tmp_path):
    first = imports.check(
        kind="roster",
        pooling_area=AREA,
        file_name="a.csv",
        content=written(tmp_path, 5, "a.csv"),
        operator=committed_clerk,
        now=NOW,
    )
    second = imports.check(
        kind="roster",
        pooling_area=AREA,
        file_name="b.csv",
        content=written(tmp_path, 5, "b.csv", start=4),
        operator=committed_clerk,
        now=NOW,
    )
    threads = [
        imports.start_taking_in(preview_id=file.id, mode=Mode.ALL, operator=committed_clerk, now=NOW)
        for file in (first, second)
    ]
    for thread in threads:
        thread.join()
    states = sorted(imports.progress(file.id).state for file in (first, second))
    assert states == [ImportState.CHECKED, ImportState.DONE]
    assert Person.objects.count() == 5


def test_a_statement_in_work_is_stopped_and_undone(committed_clerk, tmp_path, monkeypatch):
    preview = imports.check(
        kind="roster",
        pooling_area=AREA,
        file_name="r.csv",
        content=written(tmp_path, 5),
        operator=committed_clerk,
        now=NOW,
    )
    from tongchou.enrolment import roster

    def slow(intake):
        intake.run("SELECT pg_sleep(60)")

    monkeypatch.setattr(roster, "_take_in_cards", slow)
    thread = imports.start_taking_in(preview_id=preview.id, mode=Mode.ALL, operator=committed_clerk, now=NOW)
    wait_until(lambda: imports.progress(preview.id).step == "正在写入特殊人员标识")
    imports.cancel(file_id=preview.id, operator=committed_clerk, now=NOW)
    thread.join(30)
    assert not thread.is_alive()
    assert Person.objects.count() == 0
    assert "停止" in imports.progress(preview.id).step
    assert imports.progress(preview.id).state == ImportState.CHECKED


KILLED = """
import django, os, sys, threading
django.setup()
from datetime import datetime
from django.db import connections
connections["default"].settings_dict["NAME"] = {database!r}
from tongchou.exchange import imports
from tongchou.enrolment import roster
from tongchou.exchange.imports import Mode
from tongchou.platform import queries

def hang(intake):
    print("in the middle", flush=True)
    threading.Event().wait()

roster._take_in_cards = hang
operator = queries.operator_by_staff_code({staff!r})
imports.take_in(preview_id={file}, mode=Mode.ALL, operator=operator, now=datetime.fromisoformat({now!r}))
"""


def test_a_killed_process_leaves_nothing_half_done_and_the_file_starts_again(committed_clerk, tmp_path):
    preview = imports.check(
        kind="roster",
        pooling_area=AREA,
        file_name="r.csv",
        content=written(tmp_path, 5),
        operator=committed_clerk,
        now=NOW,
    )
    script = textwrap.dedent(KILLED).format(
        database=connection.settings_dict["NAME"],
        staff=committed_clerk.staff_code,
        file=preview.id,
        now=NOW.isoformat(),
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=os.environ.copy(), text=True)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline().strip() == "in the middle"
        assert imports.progress(preview.id).state == ImportState.TAKING_IN
        with pytest.raises(running.ImportBusy):
            imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=committed_clerk, now=NOW)
        assert imports.recover_abandoned(NOW) == 0
        process.kill()
        process.wait()
    wait_until(lambda: imports.progress(preview.id).abandoned)
    assert Person.objects.count() == 0
    assert imports.recover_abandoned(NOW) == 1
    assert imports.progress(preview.id).state == ImportState.CHECKED
    assert imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=committed_clerk, now=NOW).rows_taken == 5


def test_a_check_left_behind_is_named_and_runs_again(committed_clerk, tmp_path):
    file = received(written(tmp_path, 2), committed_clerk)
    assert imports.recover_abandoned(NOW) == 1
    assert imports.progress(file.pk).abandoned
    assert imports.check_file(file_id=file.pk, operator=committed_clerk, now=NOW).rows_good == 2


def test_a_counter_and_a_file_meet_on_one_person(committed_clerk, tmp_path):
    """Whoever commits first has the person; the other is told."""
    from tongchou.enrolment.commands import Registration
    from tongchou.kernel.errors import DomainError

    preview = imports.check(
        kind="roster",
        pooling_area=AREA,
        file_name="r.csv",
        content=written(tmp_path, 10),
        operator=committed_clerk,
        now=NOW,
    )
    thread = imports.start_taking_in(preview_id=preview.id, mode=Mode.ALL, operator=committed_clerk, now=NOW)
    try:
        enrol_person(
            Registration(
                pooling_area=AREA,
                unit_code=VILLAGE,
                name="韦大",
                certificate_no=citizen_number(order=5),
                enrolled_on=NOW.date(),
            ),
            operator=committed_clerk,
            now=NOW,
        )
        at_counter = True
    except DomainError:
        at_counter = False
    thread.join()
    assert Person.objects.filter(certificate_no=citizen_number(order=5)).count() == 1
    done = imports.progress(preview.id).state == ImportState.DONE
    assert done != at_counter
