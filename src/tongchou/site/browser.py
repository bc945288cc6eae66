"""The system's own Chromium for browser tests and screenshots (浏览器)."""

import os
import shutil
import subprocess

from tongchou.site.problems import SetupProblem

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
LEFT_OUT = (
    "WebUIOmniboxPopup",  # with the next: a page for the address bar in every window, a second of processor time each
    "WebUIOmniboxAimPopup",
    "HttpsUpgrades",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
)
"""Features of Chromium that no test wants; this list stands instead of Playwright's own."""
QUIET_FLAGS = (
    f"--disable-features={','.join(LEFT_OUT)}",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--metrics-recording-only",
    "--force-color-profile=srgb",
)


def chromium() -> str | None:
    """The path of a Chromium of this machine, `TONGCHOU_CHROMIUM` first (浏览器程序)."""
    return os.environ.get("TONGCHOU_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def has_chinese_font() -> bool:
    """Whether some installed font has Chinese characters (中文字体)."""
    lister = shutil.which("fc-list")
    if lister is None:
        return False
    return bool(subprocess.run([lister, ":lang=zh-cn", "family"], capture_output=True, text=True, check=False).stdout)


def launch_options() -> dict[str, object]:
    """What to give Playwright's `chromium.launch`; the sandbox does not work for root (启动参数).

    Raises: SetupProblem where there is no Chromium.
    """
    program = chromium()
    if program is None:
        raise SetupProblem(
            "HS-0301",
            "没有找到 Chromium,浏览器测试不能运行。",
            "No Chromium was found, browser tests cannot run.",
            then="安装 chromium 与 fonts-noto-cjk,或用 TONGCHOU_CHROMIUM 指明程序,或加 --no-browser。",
            then_english="Install chromium and fonts-noto-cjk, or set TONGCHOU_CHROMIUM, or pass --no-browser.",
        )
    flags = [*QUIET_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return {"executable_path": program, "args": flags, "headless": True}
