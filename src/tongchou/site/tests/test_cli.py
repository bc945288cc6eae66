"""The command line is quick, bilingual, and speaks in sentences when something is in the way."""

import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from tongchou.kernel.errors import DomainError
from tongchou.site import cli
from tongchou.site.problems import SetupProblem


def refuse_setup() -> None:
    """A command that meets an obstacle."""
    raise SetupProblem("HS-9999", "磁盘不见了。", "The disk is gone.", then="插上。", then_english="Plug it in.")


class NotCovered(DomainError):
    code = "ST-9999"
    message = "{name}不在待遇期"
    citation = "GX2017 §22"


def refuse_business() -> None:
    """A command that a rule refuses."""
    raise NotCovered(name="张三")


def test_the_help_is_chinese_and_english() -> None:
    said = CliRunner().invoke(cli.app, ["--help"]).output
    assert "迁移数据库 / Apply migrations" in said
    assert "检查环境 / Say what is wrong" in said


def test_only_commands_that_exist_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.COMMANDS, "later", cli.Mounted("tongchou.site.not_yet:command", "以后 / later"))
    assert "later" not in CliRunner().invoke(cli.app, ["--help"]).output


def test_an_unknown_command_is_told() -> None:
    done = CliRunner().invoke(cli.app, ["jiesuan"])
    assert done.exit_code == 2
    assert "jiesuan" in done.output


def test_a_command_that_needs_no_database_loads_neither_django_nor_the_driver() -> None:
    look = (
        "import sys; from tongchou.site import cli; from typer.testing import CliRunner;"
        "CliRunner().invoke(cli.app, ['articles', '--help']);"
        "print(sorted({'django', 'psycopg', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("target", "said"),
    [("refuse_setup", "怎么办: 插上。"), ("refuse_business", "张三不在待遇期(GX2017 §22) (ST-9999)")],
)
def test_an_obstacle_is_a_sentence_and_not_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], target: str, said: str
) -> None:
    monkeypatch.setattr(cli.importlib, "import_module", lambda name: sys.modules[__name__])
    monkeypatch.setitem(cli.COMMANDS, "try", cli.Mounted(f"tongchou.site.cli:{target}", "试 / try"))
    monkeypatch.setattr(sys, "argv", ["tongchou", "try"])
    assert cli.main() == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_every_command_that_is_there_explains_itself(name: str) -> None:
    runner = CliRunner()
    if name in runner.invoke(cli.app, ["--help"]).output.split():
        done = runner.invoke(cli.app, [name, "--help"])
        assert done.exit_code == 0, done.output
        assert re.search("[\u4e00-\u9fff].*[a-z]", done.output)
