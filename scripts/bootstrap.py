"""Makes the environment that everything else runs in, then hands over (准备运行环境).

Only the standard library, for nothing else is there yet. The locked packages go to `TONGCHOU_HOME/env`, by `uv`, which
is fetched where the machine has none. A second start finds the stamp of the first and does nothing here.

    bootstrap.py run|test|tongchou [arguments]
    bootstrap.py uv                              prints where uv is
"""

import fcntl
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

CHECKOUT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("TONGCHOU_HOME") or CHECKOUT / ".tongchou").expanduser().absolute()
ENVIRONMENT = HOME / "env"
PYTHON = ENVIRONMENT / "bin" / "python"
LOCK = CHECKOUT / "requirements.lock"
UV_LOCK = CHECKOUT / "scripts" / "uv.lock"
OLDEST_UV = (0, 5)
NEEDED_BYTES = 3 << 30  # the environment (0.7 GB), its download, the database and the front-end assets
MODULES = {"run": "tongchou.site.setup", "tongchou": "tongchou.site.cli"}


def main(command: str, *arguments: str) -> NoReturn:
    if command == "uv":
        print(uv())
        sys.exit(0)
    make_home()
    prepare()
    os.environ["TONGCHOU_HOME"] = str(HOME)
    start = [str(CHECKOUT / "scripts" / "check.py")] if command == "test" else ["-m", MODULES[command]]
    os.execv(PYTHON, [str(PYTHON), "-P", *start, *arguments])


def make_home() -> None:
    try:
        HOME.mkdir(parents=True, exist_ok=True)
        (HOME / "bootstrap.lock").touch()
    except OSError as refused:
        stop(
            "HS-0002",
            f"不能写入数据目录 {HOME}: {refused.strerror}",
            "用 TONGCHOU_HOME 指定一个可写的目录,例如 TONGCHOU_HOME=~/tongchou ./run",
            f"The folder {HOME} cannot be written.",
            "Set TONGCHOU_HOME to a folder of yours, as in TONGCHOU_HOME=~/tongchou ./run",
        )


def prepare() -> None:
    """Bring the environment to the state of the lock file, unless its stamp says that it is there."""
    with (HOME / "bootstrap.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp, wanted = HOME / "env.stamp", fingerprint()
        if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
            return
        check_space()
        stamp.unlink(missing_ok=True)
        say("① 准备运行环境,首次约 1–3 分钟… / Preparing the environment, 1 to 3 minutes the first time…")
        program = uv()
        environment = uv_environment()
        run([program, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(ENVIRONMENT)], environment)
        install = ["pip", "sync", "--require-hashes", "--python", str(PYTHON)]
        run([program, *install, str(LOCK)], environment)
        install_ourselves()
        stamp.write_text(wanted)


def fingerprint() -> str:
    """What the environment depends on: the lock, the interpreter, and where the checkout lies."""
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    return f"{lock}\n{sys.version}\n{sys.base_prefix}\n{CHECKOUT}\n"


def check_space() -> None:
    free = shutil.disk_usage(HOME).free
    if free < NEEDED_BYTES:
        stop(
            "HS-0003",
            f"磁盘空间不够: {HOME} 所在分区只剩 {free >> 20} MB,首次安装至少要 {NEEDED_BYTES >> 20} MB。",
            "清出空间后再运行,或用 TONGCHOU_HOME 指定另一块磁盘上的目录。",
            f"Too little disk space: {free >> 20} MB left, {NEEDED_BYTES >> 20} MB needed for the first set-up.",
            "Make room and run again, or set TONGCHOU_HOME to a folder on another disk.",
        )


def uv() -> str:
    """A recent uv of the machine, else the pinned one in a small environment of its own."""
    on_path = shutil.which("uv")
    if on_path and uv_version(on_path) >= OLDEST_UV:
        return on_path
    folder = HOME / "bootstrap"
    ours = folder / "bin" / "uv"
    if not uv_version(str(ours)):
        say("  获取安装工具 uv… / Fetching the installer uv…")
        shutil.rmtree(folder, ignore_errors=True)
        make_environment(folder)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        run([*pip, "--no-deps", "--require-hashes", "-r", str(UV_LOCK)], dict(os.environ))
    return str(ours)


def uv_version(program: str) -> tuple[int, ...]:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ()
    return tuple(int(part) for part in re.findall(r"\d+", said)[:2])


def make_environment(folder: Path) -> None:
    """An environment with pip; Debian's bare Python cannot make one before its venv package is there."""
    command = [sys.executable, "-m", "venv", str(folder)]
    tried = subprocess.run(command, capture_output=True, text=True)
    if tried.returncode == 0:
        return
    shutil.rmtree(folder, ignore_errors=True)
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"  本机的 Python 缺少 venv,安装 {package}… / Installing {package}…")
        quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
            subprocess.run(["apt-get", *step], env=quiet, stdout=subprocess.DEVNULL)
        if subprocess.run(command).returncode == 0:
            return
        shutil.rmtree(folder, ignore_errors=True)
    stop(
        "HS-0004",
        "本机的 Python 不能建立虚拟环境(缺少 venv 或 ensurepip)。",
        f"请管理员执行 apt install {package}(或发行版的同名软件包),或自行安装 uv,再运行一次。",
        "This Python cannot make virtual environments (venv or ensurepip is missing).",
        f"Ask an administrator for `apt install {package}`, or install uv yourself, and run again.",
    )


def uv_environment() -> dict[str, str]:
    """uv's surroundings: this Python and no other, a cache it can write to, and the mirror that pip was told of."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": str(ENVIRONMENT)}
    environment.setdefault("UV_SYSTEM_CERTS", "true")  # an office with a certificate authority of its own
    if not os.access(Path("~").expanduser(), os.W_OK):
        environment.setdefault("UV_CACHE_DIR", str(HOME / "cache" / "uv"))
    if mirror := os.environ.get("PIP_INDEX_URL") or pip_setting("global.index-url"):
        environment.setdefault("UV_DEFAULT_INDEX", mirror)
    return environment


def pip_setting(name: str) -> str:
    said = subprocess.run([sys.executable, "-m", "pip", "config", "get", name], capture_output=True, text=True)
    return said.stdout.strip() if said.returncode == 0 else ""


def install_ourselves() -> None:
    """Make `import tongchou` and the command work from this checkout, whatever letters its path is made of."""
    source = str(CHECKOUT / "src")
    packages = next((ENVIRONMENT / "lib").glob("python*/site-packages"))
    (packages / "tongchou.pth").write_text(f"import sys; sys.path.append({source!a})\n", encoding="ascii")
    command = ENVIRONMENT / "bin" / "tongchou"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(str(PYTHON))} -P -m tongchou.site.cli "$@"\n', encoding="utf-8")
    command.chmod(0o755)


def run(command: list[str], environment: dict[str, str]) -> None:
    if subprocess.run(command, env=environment).returncode != 0:
        stop(
            "HS-0005",
            "软件包没有装好,原因见上。",
            "检查网络;访问慢时可指定镜像: UV_DEFAULT_INDEX=<镜像> PIP_INDEX_URL=<镜像> ./run。再次运行会接着做。",
            "The packages could not be installed; the reason stands above.",
            "Check the network, or name a mirror with UV_DEFAULT_INDEX and PIP_INDEX_URL. Running again continues.",
        )


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def stop(code: str, chinese: str, then: str, english: str, then_english: str) -> NoReturn:
    say(f"✗ {chinese} ({code})\n  怎么办: {then}\n  {english}\n  What to do: {then_english}")
    sys.exit(1)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        say("\n已中断;再次运行会接着做。 / Interrupted; running again continues.")
        sys.exit(130)
