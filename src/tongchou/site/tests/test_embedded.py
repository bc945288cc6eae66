"""The embedded database starts, recovers, is shared and is stopped."""

import fcntl
import os
import shutil
import signal
import subprocess
from pathlib import Path

import psutil
import psycopg
import pytest

from tongchou.site import embedded, postgres_place
from tongchou.site.problems import SetupProblem


def server_number(lease: embedded.Lease) -> int:
    return int((lease.place.data / "postmaster.pid").read_text().split()[0])


def ask(home: Path, question: str) -> object:
    with psycopg.connect(embedded.database_url(home)) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def tell(home: Path, statement: str) -> None:
    with psycopg.connect(embedded.database_url(home)) as connection:
        connection.execute(statement)


def test_a_first_start_makes_a_safe_utf8_database_without_a_network_address(empty_home: Path) -> None:
    with embedded.leased(empty_home):
        assert ask(empty_home, "SHOW data_checksums") == "on"
        assert ask(empty_home, "SHOW server_encoding") == "UTF8"
        assert ask(empty_home, "SHOW synchronous_commit") == "on"
        assert ask(empty_home, "SHOW listen_addresses") == ""


@pytest.mark.parametrize("extension", ["btree_gist", "pg_trgm", "citext", "pg_stat_statements"])
def test_the_extensions_we_use_can_be_made(database_server: None, extension: str) -> None:
    home = postgres_place.home()
    available = f"SELECT count(*) FROM pg_available_extensions WHERE name = '{extension}'"
    assert ask(home, available) == 1


def test_a_second_start_finds_the_data_of_the_first(spare_home: Path) -> None:
    with embedded.leased(spare_home):
        tell(spare_home, "CREATE TABLE kept AS SELECT 42 AS answer")
    with embedded.leased(spare_home):
        assert ask(spare_home, "SELECT answer FROM kept") == 42


def test_the_server_stays_while_another_uses_it_and_stops_with_the_last(spare_home: Path) -> None:
    first = embedded.start(spare_home)
    server = psutil.Process(server_number(first))
    second = embedded.start(spare_home)
    assert server_number(second) == server.pid
    assert first.leave() is False
    assert ask(spare_home, "SELECT 1") == 1
    assert second.leave() is True
    assert not server.is_running()


def test_a_lease_held_by_a_killed_process_counts_no_more(spare_home: Path) -> None:
    lease = embedded.start(spare_home)
    with (spare_home / "postgres.lease").open("a") as held_elsewhere:
        fcntl.flock(held_elsewhere, fcntl.LOCK_SH)  # closing the file is what the end of a process does
    assert lease.leave() is True


def test_a_server_left_by_a_killed_start_is_taken_over_and_stopped(spare_home: Path) -> None:
    killed = embedded.start(spare_home)
    server = psutil.Process(server_number(killed))
    killed.lock.close()
    with embedded.leased(spare_home) as lease:
        assert lease is not None
        assert server_number(lease) == server.pid
    assert killed.process is not None
    assert killed.process.wait() == 0


def test_a_killed_server_recovers_what_it_had_committed(spare_home: Path) -> None:
    lease = embedded.start(spare_home)
    tell(spare_home, "CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(server_number(lease), signal.SIGKILL)
    assert lease.process is not None
    lease.process.wait()
    lease.leave()
    with embedded.leased(spare_home):
        assert ask(spare_home, "SELECT answer FROM kept") == 42


def test_a_process_number_that_belongs_to_something_else_now_does_not_stop_the_start(spare_home: Path) -> None:
    lease = embedded.start(spare_home)
    pid_file = lease.place.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    owner = pid_file.stat()
    lease.leave()
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as bystander:
        pid_file.write_text("\n".join([str(bystander.pid), *lines[1:], ""]))
        os.chown(pid_file, owner.st_uid, owner.st_gid)
        with embedded.leased(spare_home):
            assert ask(spare_home, "SELECT 1") == 1
        assert bystander.poll() is None
        bystander.communicate()


def test_a_data_folder_whose_making_was_killed_is_made_anew(empty_home: Path) -> None:
    place = postgres_place.place_of(empty_home)
    half_made = place.root / "data.part-1"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    if place.account is not None:
        os.chown(place.root, place.account.pw_uid, place.account.pw_gid)
    with embedded.leased(empty_home):
        assert ask(empty_home, "SELECT 1") == 1
    assert not half_made.exists()


def test_a_damaged_data_folder_is_refused_and_left_alone(spare_home: Path) -> None:
    with embedded.leased(spare_home) as lease:
        assert lease is not None
        data = lease.place.data
    (data / "PG_VERSION").unlink()
    with pytest.raises(SetupProblem, match="HS-0107") as refused:
        embedded.start(spare_home)
    assert "tongchou restore" in refused.value.text()
    assert (data / "base").is_dir()


def test_data_of_another_version_of_postgresql_are_refused_with_what_to_do(spare_home: Path) -> None:
    with embedded.leased(spare_home) as lease:
        assert lease is not None
        (lease.place.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(SetupProblem, match="HS-0102") as refused:
        embedded.start(spare_home)
    assert "TONGCHOU_PG_BIN" in refused.value.text()


def test_a_folder_without_postgresql_is_refused(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGCHOU_PG_BIN", str(empty_home))
    with pytest.raises(SetupProblem, match="HS-0101"):
        embedded.start(empty_home)


def test_a_nearly_full_disk_is_refused_with_the_figures(empty_home: Path) -> None:
    free = shutil.disk_usage(empty_home).free
    with pytest.raises(SetupProblem, match="HS-0106") as refused:
        embedded.check_free_space(empty_home, least=free * 2)
    assert "TONGCHOU_HOME" in refused.value.text()


def test_a_server_that_dies_at_its_start_tells_its_last_words(spare_home: Path) -> None:
    with embedded.leased(spare_home) as lease:
        assert lease is not None
        (lease.place.data / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(SetupProblem, match="HS-0108") as refused:
        embedded.start(spare_home)
    assert "no_such_setting" in refused.value.text()


def test_a_home_with_a_long_path_gets_a_short_socket(spare_home: Path) -> None:
    deep = spare_home / ("很长的目录名" * 10)
    deep.mkdir()
    (spare_home / "postgres").rename(deep / "postgres")
    assert len(os.fsencode(postgres_place.place_of(deep).socket)) < 60
    with embedded.leased(deep):
        assert ask(deep, "SELECT 1") == 1
    shutil.rmtree(postgres_place.place_of(deep).socket)


def test_a_named_server_is_used_as_it_is(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGCHOU_DATABASE_URL", "postgresql://db.example/tongchou")
    with embedded.leased(empty_home) as lease:
        assert lease is None
    assert list(empty_home.iterdir()) == []


class TestStartedByRoot:
    """PostgreSQL then runs as another account, which must be able to reach its files."""

    @pytest.fixture(autouse=True)
    def as_root(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)

    def test_a_home_open_to_that_account_keeps_its_database_inside(self, empty_home: Path) -> None:
        assert postgres_place.place_of(empty_home).root == empty_home / "postgres"

    def test_a_closed_home_keeps_its_database_elsewhere_and_remembers_where(
        self, empty_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(postgres_place, "FALLBACK_BASES", (Path("/tmp"),))
        closed = empty_home / "closed"
        closed.mkdir(mode=0o700)
        first = postgres_place.place_of(closed / "home").root
        closed.chmod(0o755)
        assert first.parent == Path("/tmp")
        assert postgres_place.place_of(closed / "home").root == first

    def test_the_account_that_owns_the_data_is_kept(self, empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        account = postgres_place.place_of(empty_home).account
        assert account is not None
        monkeypatch.setattr(postgres_place, "UNPRIVILEGED_ACCOUNTS", ("no-such-account",))
        with pytest.raises(SetupProblem, match="HS-0103"):
            postgres_place.place_of(empty_home)

    def test_a_database_whose_home_was_deleted_is_named(
        self, empty_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(postgres_place, "FALLBACK_BASES", (empty_home,))
        kept, lost = empty_home / "tongchou-1", empty_home / "tongchou-2"
        for database, home in ((kept, empty_home / "home"), (lost, empty_home / "gone")):
            database.mkdir()
            (database / postgres_place.OWNER_NOTE).write_text(f"{home}\n")
        (empty_home / "home").mkdir()
        (empty_home / "home" / "postgres.location").write_text(f"{kept}\n")
        assert postgres_place.orphans() == [lost]
