"""Messages from files: holes, folders, refusals; and a hospital day written to be sent on any day."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from tongchou.simulator import cli, replay
from tongchou.simulator import day as hospital_day
from tongchou.simulator.http_client import Answer, Connection
from tongchou.simulator.replay import HoleUnfilled, LineUnreadable, NothingToSend, ServerAway, filled
from tongchou.simulator.tests import support
from tongchou.simulator.tests.test_his import Agency
from tongchou.site.cli import COMMANDS, Needs
from tongchou.site.problems import SetupProblem

URL = "http://127.0.0.1:1"
ANSWERS = {"m1": {"baseinfo": {"psn_no": "P7", "age": 35}, "insuinfo": [{"insutype": "390"}]}}


@pytest.fixture
def agency(monkeypatch: pytest.MonkeyPatch) -> Agency:
    """Instead of a server."""
    answering = Agency(lambda infno, message: "不存在" if message["input"].get("no") else "")

    async def post(self: Connection, path: str, body: bytes, *, timeout: float | None = None) -> Answer:
        return Answer(200, await answering.exchange(body))

    monkeypatch.setattr(Connection, "post", post)
    monkeypatch.setattr(replay, "SECONDS_BETWEEN_TRIES", 0.0)
    return answering


def send(path: Path, said: list[str] | None = None) -> replay.Sent:
    return replay.send(path, url=URL, day=support.DAY, say=(said if said is not None else []).append)


def write(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    return path


@pytest.mark.parametrize(
    ("content", "becomes"),
    [
        ("${m1.baseinfo.psn_no}", "P7"),
        ("${m1.baseinfo.age}", 35),
        ("no. ${m1.baseinfo.psn_no}, ${m1.insuinfo.0.insutype}", "no. P7, 390"),
        ("${day} 09:00:00", "2026-11-21 09:00:00"),
        ("${day-21}", "2026-10-31"),
        ("H1${stamp}0001", "H1202611210001"),
        ("${stamp-1}", "20261120"),
        ({"a": ["${day}", 1, None]}, {"a": ["2026-11-21", 1, None]}),
        ("plain", "plain"),
    ],
)
def test_holes_are_filled_from_answers_and_the_day(content: Any, becomes: Any) -> None:
    assert filled(content, ANSWERS, support.DAY) == becomes


@pytest.mark.parametrize("hole", ["${m2.baseinfo}", "${m1.nothing}", "${m1.insuinfo.3}", "${m1.baseinfo.psn_no.x}"])
def test_a_hole_nobody_filled_is_named(hole: str) -> None:
    with pytest.raises(HoleUnfilled) as refused:
        filled(hole, ANSWERS, support.DAY, where="第3行")
    assert hole in str(refused.value)
    assert "第3行" in str(refused.value)


def test_a_file_is_sent_in_order_with_earlier_answers_filled_in(agency: Agency, tmp_path: Path) -> None:
    path = write(
        tmp_path / "day.jsonl",
        {"id": "who", "message": {"infno": "1101", "input": {}}},
        {"id": "reg", "message": {"infno": "2201", "input": {"psn_no": "${who.baseinfo.psn_no}"}}},
        {"id": "dia", "message": {"infno": "2203", "input": {"mdtrt_id": "${reg.data.mdtrt_id}"}}},
    )
    sent = send(path)
    assert sent.as_expected
    assert [message["input"] for message in agency.asked] == [{}, {"psn_no": "P1"}, {"mdtrt_id": "2201-1"}]


def test_bare_envelopes_of_a_folder_are_sent_in_order_of_name(agency: Agency, tmp_path: Path) -> None:
    for number, infno in (("2", "1101"), ("1", "9001"), ("3", "2001")):
        write(tmp_path / f"{number}.json", {"infno": infno, "input": {}})
    (tmp_path / "notes.txt").write_text("not a message")
    assert send(tmp_path).messages.total() == 3
    assert agency.sequence == ["9001", "1101", "2001"]


def test_refusals_and_mistakes_that_went_through_are_told(agency: Agency, tmp_path: Path) -> None:
    said: list[str] = []
    path = write(
        tmp_path / "day.jsonl",
        {"id": "a", "message": {"infno": "2201", "input": {"no": 1}}},
        {"id": "b", "message": {"infno": "2201", "input": {"no": 1}}, "refused": True},
        {"id": "c", "message": {"infno": "2201", "input": {}}, "refused": True},
        {"id": "d", "message": {"infno": "2203", "input": {"mdtrt_id": "${a.data.mdtrt_id}"}}},
    )
    sent = send(path, said)
    assert not sent.as_expected
    assert (len(sent.refusals), len(sent.overlooked), len(sent.left_out)) == (1, 1, 1)
    assert "day.jsonl第1行 2201: 不存在" in said[0]
    assert len(agency.asked) == 3


def test_a_day_sent_once_more_says_what_was_done_before(agency: Agency, tmp_path: Path) -> None:
    agency.refuse = lambda infno, message: "ST-1005 该就诊的费用已结算" if infno == "2206" else ""
    trial = {"id": "m1", "message": {"infno": "2206", "input": {}}}
    settled = {"id": "m2", "message": {"infno": "2207", "input": {"sum": "${m1.setlinfo.total}"}}}
    cancelled = {"id": "m3", "message": {"infno": "2208", "input": {"setl_id": "${m2.setlinfo.setl_id}"}}}
    other = {"id": "m4", "message": {"infno": "1101", "input": {}}}
    said: list[str] = []
    sent = send(write(tmp_path / "day.jsonl", trial, settled, cancelled, other), said)
    assert sent.as_expected
    assert sent.done_before == {"m1", "m2", "m3"}
    assert agency.sequence == ["2206", "1101"]
    assert said == []


def test_a_server_away_is_waited_for(agency: Agency, tmp_path: Path) -> None:
    agency.breaks = replay.TRIES - 1
    assert send(write(tmp_path / "a.jsonl", {"infno": "9001", "input": {}})).as_expected


def test_a_server_that_stays_away_ends_it(agency: Agency, tmp_path: Path) -> None:
    agency.breaks = replay.TRIES
    with pytest.raises(ServerAway, match="连接不上"):
        send(write(tmp_path / "a.jsonl", {"infno": "9001", "input": {}}))


@pytest.mark.parametrize("row", ["{", '{"no": "infno"}', "[]", '{"message": "x"}'])
def test_what_is_no_message_is_refused_with_its_line(tmp_path: Path, row: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"infno": "9001", "input": {}}\n' + row)
    with pytest.raises(LineUnreadable, match="第2行"):
        list(replay.read(path))


def test_an_empty_folder_is_nothing_to_send(tmp_path: Path) -> None:
    with pytest.raises(NothingToSend):
        list(replay.read(tmp_path))


def composed(*, seed: int = 5, mistake_every: int = 0) -> list[bytes]:
    return list(
        hospital_day.compose(
            support.institutions(), support.crowd(), day=support.DAY, visits=25, seed=seed, mistake_every=mistake_every
        )
    )


def test_a_day_is_the_same_for_a_seed() -> None:
    assert composed() == composed()
    assert composed() != composed(seed=6)


def test_a_day_speaks_of_its_own_date_nowhere() -> None:
    text = b"\n".join(composed())
    for before in range(3):
        day = support.DAY - timedelta(days=before)
        assert f'"{day.isoformat()}'.encode() not in text
        assert f"{day:%Y%m%d}0".encode() not in text.replace(b"certno", b"")


def test_a_day_can_be_sent_on_another_day(agency: Agency, tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    path.write_bytes(b"\n".join(composed()))
    sent = replay.send(path, url=URL, day=date(2027, 3, 2), say=[].append)
    assert sent.as_expected
    moments = [message["inf_time"] for message in agency.asked]
    assert moments == sorted(moments)
    assert {moment[:10] for moment in moments} == {"2027-03-02"}
    assert len({message["msgid"] for message in agency.asked}) > len(agency.asked) * 0.9
    assert not any(b"${" in orjson.dumps(message) for message in agency.asked)


def test_mistakes_of_a_day_are_marked_as_such() -> None:
    lines = [orjson.loads(line) for line in composed(mistake_every=1)]
    assert sum(line.get("refused", False) for line in lines) > 5
    assert {"2601", "2205"} <= {line["message"]["infno"] for line in lines}


def test_a_day_is_written_by_its_command(tmp_path: Path) -> None:
    words = ["day", f"--out={tmp_path / 'day.jsonl'}", "--visits=3", "--persons=600", "--day=2026-11-21"]
    done = CliRunner().invoke(cli.simulator_app, words)
    assert done.exit_code == 0, done.output
    assert len(list(replay.read(tmp_path / "day.jsonl"))) > 9
    assert COMMANDS["simulator"].needs is Needs.CHAPTERS


def test_a_day_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SetupProblem, match="不能写入"):
        cli.simulator_day(out=tmp_path / "nowhere" / "day.jsonl", visits=1, persons=600)
