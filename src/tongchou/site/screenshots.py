"""The pictures of the README (界面截图), taken from a running invented city with the machine's own Chromium."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from PIL import Image

from tongchou.platform.demo_operators import DEMO_PASSWORD
from tongchou.site import browser
from tongchou.site.problems import SetupProblem

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER: Final = Path(__file__).parents[3] / "docs" / "screenshots"
ADDRESS: Final = "http://127.0.0.1:8000"
DESK: Final = {"width": 1366, "height": 768}
PHONE: Final = {"width": 390, "height": 844}
COLOURS: Final = 256
LARGEST: Final = 150_000
"""Bytes of one picture: they are kept in the repository."""
LONGEST_WAIT_MS: Final = 10_000


class TooLarge(SetupProblem):
    """A picture that would make the repository fat."""


def screenshots(
    address: Annotated[str, typer.Option(help="演示城市的网址 / Where the invented city is served")] = ADDRESS,
    folder: Annotated[Path, typer.Option(help="存放的文件夹 / Where the pictures go")] = FOLDER,
) -> None:
    """拍 README 里的截图 / Take the pictures of the README; needs `./run` in another window."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = dict(browser.launch_options())
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**options)
        for name, size, take in PICTURES:
            file = folder / f"{name}.png"
            _take(chromium, size, take, address.rstrip("/"), file)
            typer.echo(f"  {file.name}  {file.stat().st_size / 1000:,.0f} KB")
        chromium.close()


def _take(chromium: "Browser", size: Any, take: Callable[["Page", str], None], address: str, file: Path) -> None:
    """One picture, from a browser that nobody has used. Raises: TooLarge, SetupProblem when nobody answers."""
    from playwright.sync_api import Error

    context = chromium.new_context(viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai")
    page = context.new_page()
    page.set_default_timeout(LONGEST_WAIT_MS)
    try:
        take(page, address)
    except Error as problem:
        raise SetupProblem(
            "HS-0302",
            f"不能从 {address} 取得页面:{str(problem).splitlines()[0]}",
            f"No pictures could be taken from {address}.",
            then="先在另一个窗口运行 ./run,等演示城市建成后再试。",
            then_english="Run ./run in another window and wait for the invented city.",
        ) from problem
    page.wait_for_load_state("networkidle")
    _keep(page.screenshot(), file)
    context.close()
    if file.stat().st_size > LARGEST:
        raise TooLarge(
            "HS-0303",
            f"{file.name} 超过 {LARGEST // 1000} KB。",
            f"{file.name} is larger than {LARGEST // 1000} KB.",
            then="换一张内容少一些的页面。",
            then_english="Show a page with less on it.",
        )


def _keep(picture: bytes, file: Path) -> None:
    """The picture with as many colours as a page needs: a third of the bytes."""
    whole = Image.open(BytesIO(picture)).convert("RGB")
    whole.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(file, optimize=True)


def _log_in(page: "Page", address: str, staff_code: str) -> None:
    page.goto(f"{address}/login/")
    page.fill("[name=username]", staff_code)
    page.fill("[name=password]", DEMO_PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector(".nav-side")


def dashboard(page: "Page", address: str) -> None:
    """工作台 of the leaders of the city."""
    _log_in(page, address, "lingdao")
    page.goto(address)
    page.wait_for_selector(".chart svg")


def settlement(page: "Page", address: str) -> None:
    """一笔住院结算: who paid what, and why."""
    _log_in(page, address, "jihe")
    page.goto(f"{address}/settlements/?kind=inpatient")
    page.click("table.rows tbody tr:nth-child(2) a")
    page.wait_for_selector("#why")


def messages(page: "Page", address: str) -> None:
    """接口报文 as they came."""
    _log_in(page, address, "jihe")
    page.goto(f"{address}/messages/")
    page.wait_for_selector("table.rows")


def my_bill(page: "Page", address: str) -> None:
    """一笔账单 on a phone."""
    page.goto(f"{address}/my/login/")
    page.click("[data-fill] >> nth=0")
    page.wait_for_selector(".my-list")
    page.goto(f"{address}/my/bills/")
    page.click(".my-list a >> nth=0")
    page.wait_for_selector(".why")


def queue(page: "Page", address: str) -> None:
    """业务件 that wait for a reviewer, with their time limits."""
    _log_in(page, address, "zhengjiao")
    page.goto(f"{address}/cases/")
    page.wait_for_selector("table.rows")


def counter(page: "Page", address: str) -> None:
    """窗口受理: one number, then the item."""
    _log_in(page, address, "shouli")
    page.goto(f"{address}/persons/")
    number = page.inner_text("table.rows tbody tr:nth-child(2) td:nth-child(5)")
    page.goto(f"{address}/cases/counter/?key={number}")
    page.wait_for_selector("tr[aria-selected=true]")


def collection(page: "Page", address: str) -> None:
    """征缴进度 of the coming year."""
    _log_in(page, address, "zhengjiao")
    page.goto(f"{address}/contributions/progress/")
    page.wait_for_selector(".chart svg")


PICTURES: Final[tuple[tuple[str, dict[str, int], Callable[["Page", str], None]], ...]] = (
    ("dashboard", DESK, dashboard),
    ("settlement", DESK, settlement),
    ("messages", DESK, messages),
    ("queue", DESK, queue),
    ("counter", DESK, counter),
    ("collection", DESK, collection),
    ("my-bill", PHONE, my_bill),
)
