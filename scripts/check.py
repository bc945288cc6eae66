"""What `./test` runs, in the environment that `bootstrap.py` made (全部检查与测试).

    ./test                     format, rules of style, types, imports, migrations, generated pages, then every test
    ./test --no-browser        the same without the tests that need a real browser
    ./test -k newborn -x       only pytest, with these arguments

The steps before the tests run side by side, one per core. Every step runs even when another one failed, and a failed
one says what to do. The last line counts them all.
"""

import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tongchou.site import assets, browser, embedded
from tongchou.site.postgres_place import checkout, home
from tongchou.site.problems import SetupProblem

CHECKOUT = checkout()
CACHE = home() / "cache"
RESULTS = home() / "test-results.xml"
MOST_LINES = 60
SIDE_BY_SIDE = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
"""One process of pytest per core, each with a database of its own; a file's tests stay together.

Files come in their order: sorted by number of tests, those that start servers would all fall together at the end.
"""
PYTHON = (sys.executable, "-P", "-m")
BROWSER_PACKAGES = {"chromium": browser.chromium, "fonts-noto-cjk": browser.has_chinese_font}


@dataclass(frozen=True, slots=True)
class Check:
    """One step before the tests: what it is, how it runs, what to do when it fails."""

    name: str
    command: Sequence[str]
    then: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a check ended, and the lines that tell it."""

    check: Check
    good: bool
    told: str


def main(arguments: list[str]) -> int:
    without_browser = "--no-browser" in arguments
    wanted = [argument for argument in arguments if argument != "--no-browser"]
    os.chdir(CHECKOUT)
    keep_caches()
    try:
        assets.collect(home(), say=say)
        with embedded.leased(say=say):
            if wanted:
                return pytest(wanted + ["--no-browser"] * without_browser)
            return everything(without_browser=without_browser)
    except SetupProblem as problem:
        say(problem.text())
        say("0 passed, 1 failed")
        return 1


def everything(*, without_browser: bool) -> int:
    """All checks, then all tests; 0 when nothing failed."""
    failed = []
    with ThreadPoolExecutor(os.cpu_count()) as side_by_side:
        for outcome in side_by_side.map(run, checks()):
            say(outcome.told)
            failed += [] if outcome.good else [outcome.check]
    can_browse = without_browser or has_browser()
    code = pytest(
        [*SIDE_BY_SIDE, f"--junit-xml={RESULTS}", *([] if can_browse and not without_browser else ["--no-browser"])]
    )
    if not failed and can_browse:
        return code
    for check in failed:
        say(f"✗ {check.name} → {check.then}")
    if not can_browse:
        tell_missing_browser()
    say(closing_line(len(failed) + (not can_browse), code))
    return 1


def checks() -> list[Check]:
    typed = [f"tongchou.{file.parent.name}.rules" for file in sorted(Path("src/tongchou").glob("*/rules.py"))]
    modules = [word for module in typed for word in ("-m", module)]
    again = "改好后再运行 ./test / mend it and run ./test again"
    return [
        Check(
            "格式 / format",
            (*PYTHON, "ruff", "format", "--check", "--output-format=concise"),
            "运行 ruff format / run ruff format",
        ),
        Check("代码规则 / lint", (*PYTHON, "ruff", "check", "--quiet", "--output-format=concise"), again),
        Check("类型 / types", (*PYTHON, "mypy", "-p", "tongchou.kernel", "-p", "tongchou.policy", *modules), again),
        Check("层次 / imports", (str(Path(sys.executable).with_name("lint-imports")), "--no-cache"), again),
        Check(
            "迁移 / migrations",
            (*PYTHON, "django", "makemigrations", "--check", "--dry-run", "--settings=tongchou.site.settings"),
            "运行 django-admin makemigrations,并给迁移起名 / make and name the migration",
        ),
        Check(
            "条款对照表 / articles",
            (*PYTHON, "tongchou.site.cli", "articles", "--check"),
            "运行 ./tongchou articles / run ./tongchou articles",
        ),
    ]


def run(check: Check) -> Outcome:
    began = time.monotonic()
    done = subprocess.run(check.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    good = done.returncode == 0
    told = [f"{'✓' if good else '✗'} {check.name} ({time.monotonic() - began:.1f} s)"]
    if not good:
        lines = done.stdout.strip().splitlines()
        told += [f"  {line}" for line in lines[:MOST_LINES]]
        if len(lines) > MOST_LINES:
            told.append(f"  … {len(lines) - MOST_LINES} 行略 / more lines")
        told.append(f"  → {check.then}")
    return Outcome(check, good, "\n".join(told))


def pytest(arguments: list[str]) -> int:
    """Run pytest in a process of its own, so that the house is imported as the tests want it."""
    RESULTS.unlink(missing_ok=True)
    return subprocess.run(
        [*PYTHON, "pytest", "-o", f"cache_dir={CACHE / 'pytest'}", *arguments], check=False
    ).returncode


def has_browser() -> bool:
    """Chromium and Chinese fonts, installed from Debian's packages where we may."""
    missing = [package for package, there in BROWSER_PACKAGES.items() if not there()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"安装 {' '.join(missing)}… / Installing {' '.join(missing)}…")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *missing]):
            subprocess.run(["apt-get", *step], env=quiet, stdout=subprocess.DEVNULL, check=False)
    return all(there() for there in BROWSER_PACKAGES.values())


def tell_missing_browser() -> None:
    missing = " ".join(package for package, there in BROWSER_PACKAGES.items() if not there())
    collect = [*PYTHON, "pytest", "--collect-only", "-q", "-m", "browser", "-o", "addopts=--import-mode=importlib"]
    names = subprocess.run(collect, capture_output=True, text=True, check=False).stdout
    say("✗ 下列浏览器测试没有运行 / these browser tests did not run:")
    say("\n".join(f"    {line}" for line in names.splitlines() if "::" in line))
    say(f"  → 缺少 {missing}: 请管理员执行 apt install {missing},或用 TONGCHOU_CHROMIUM 指明程序;")
    say("    明知不测页面时加 --no-browser / install them, or pass --no-browser to leave these tests out")


def closing_line(failed_checks: int, pytest_code: int) -> str:
    """Tests and checks in one count, in words that a machine reads too; pytest that did not come to its end is one."""
    passed = failed = 0
    if RESULTS.exists():
        for suite in ElementTree.parse(RESULTS).getroot().iter("testsuite"):
            count = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
            failed += count["failures"] + count["errors"]
            passed += count["tests"] - count["failures"] - count["errors"] - count["skipped"]
    if pytest_code != 0 and failed == 0:
        failed = 1
    return f"{passed} passed, {failed + failed_checks} failed"


def keep_caches() -> None:
    """Let the tools remember, but outside the checkout, which may not be ours to write to.

    Containers often forbid Python to keep what it compiled; then each server and command of the tests would compile
    the house and its packages anew, which takes longer than to run it.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.update(caches())


def caches() -> dict[str, str]:
    return {
        "RUFF_CACHE_DIR": str(CACHE / "ruff"),
        "MYPY_CACHE_DIR": str(CACHE / "mypy"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(CACHE / "hypothesis"),
        "PYTHONPYCACHEPREFIX": str(CACHE / "bytecode"),
        "DJANGO_SETTINGS_MODULE": "tongchou.site.settings",
    }


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
