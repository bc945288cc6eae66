"""A page that answers slowly: what is written meanwhile stays, and what was asked last is what is shown."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tongchou.parameters import queries, shelf
from tongchou.policy.packages import PolicyBook

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


GATE = """() => {
  const ask = window.fetch.bind(window);
  window.gate = [];
  window.fetch = (address, how) => new Promise((answer) => {
    window.gate.push({ address, open: () => answer(ask(address, how)) });
  });
}"""


class Line:
    """The line between a page and the house: what the page asks by script waits in it until it is let through."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        page.evaluate(GATE)

    def holds(self, part: str) -> None:
        """Waits until one question lies in the line, and that one's address has `part`."""
        self.page.wait_for_function("part => gate.length === 1 && gate[0].address.includes(part)", arg=part)

    def let_through(self) -> None:
        """Lets the one question through that lies in the line."""
        self.page.evaluate("() => { const [one] = gate.splice(0); one.open(); }")


@pytest.mark.requirement("BEN-43")
def test_what_is_written_while_the_form_is_asked_for_anew_stays_written(
    live_city: Any, open_page: Callable[..., "Page"]
) -> None:
    page = open_page("/public/calculator/", phone=True)
    line = Line(page)
    page.fill("#id_total", "100")
    page.select_option("#id_kind", "inpatient")
    line.holds("kind=inpatient")
    page.select_option("#id_level", "2")
    page.fill("#id_total", "3200")
    page.check("input[name=groups] >> nth=0")
    page.get_by_text("我知道费用分类").click()
    page.fill("#id_scope", "870")
    line.let_through()
    page.wait_for_selector("#id_kind option[value=inpatient][selected]", state="attached")
    assert page.input_value("#id_level") == "2"
    assert page.input_value("#id_total") == "3200"
    assert page.is_checked("input[name=groups] >> nth=0")
    assert page.is_visible("#id_scope")
    assert page.input_value("#id_scope") == "870"


@pytest.mark.requirement("BEN-43")
def test_a_choice_made_before_the_answer_to_the_one_before_is_what_stands(
    live_city: Any, open_page: Callable[..., "Page"]
) -> None:
    page = open_page("/public/calculator/", phone=True)
    line = Line(page)
    page.select_option("#id_kind", "inpatient")
    line.holds("kind=inpatient")
    page.select_option("#id_kind", "chronic")
    page.fill("#id_total", "50")
    line.let_through()
    line.holds("kind=chronic")
    assert page.input_value("#id_kind") == "chronic"
    line.let_through()
    page.wait_for_selector("#id_disease")  # only chronic illnesses are asked for by name
    assert page.input_value("#id_kind") == "chronic"
    assert page.input_value("#id_total") == "50"


@pytest.mark.requirement("ORG-15")
def test_a_list_shows_what_was_typed_last_though_the_answers_are_slow(
    live_city: Any, sit_down: Callable[[str], "Page"]
) -> None:
    desk = sit_down("shouli")
    desk.goto("/persons/")
    line = Line(desk)
    for words in ("张", "张三", live_city.certificate_no):
        desk.fill("#id_words", words)
        desk.press("#id_words", "Enter")
    line.holds("words=%E5%BC%A0")
    line.let_through()
    line.holds(f"words={live_city.certificate_no}")  # nobody waits for what was asked in between
    line.let_through()
    desk.wait_for_function("() => document.getElementById('working').hidden && gate.length === 0")
    assert desk.url.endswith(f"words={live_city.certificate_no}")
    assert desk.inner_text("#rows tbody td:nth-child(5)") == live_city.person_no


@pytest.mark.requirement("ORG-15")
def test_enter_in_a_filter_asks_once(live_city: Any, sit_down: Callable[[str], "Page"]) -> None:
    desk = sit_down("shouli")
    desk.goto("/persons/")
    line = Line(desk)
    desk.fill("#id_words", live_city.certificate_no)
    desk.press("#id_words", "Enter")  # changes the field and sends the form
    line.holds(f"words={live_city.certificate_no}")
    line.let_through()
    desk.wait_for_selector("#rows tbody tr:only-child")
    desk.wait_for_function("() => document.getElementById('working').hidden && gate.length === 0")


@pytest.mark.requirement("ORG-22")
def test_a_parameter_is_found_while_its_name_is_typed(live_city: Any, sit_down: Callable[[str], "Page"]) -> None:
    shipped = queries.versions(scheme="resident")[0]
    desk = sit_down("zhengce")
    with shelf.using(PolicyBook.of(shelf.shelf_of(shipped.area, shipped.scheme))):
        desk.goto(f"/policy/hash/{shipped.content_hash}/")
        lines = desk.locator("#rows tbody tr").count()
        desk.locator("#words").press_sequentially("起付")
        desk.wait_for_function("lines => document.querySelectorAll('#rows tbody tr').length < lines", arg=lines)
        assert "起付" in desk.inner_text("#rows tbody tr >> nth=0")
        assert desk.evaluate("document.activeElement.id") == "words"
        with desk.expect_response("**by=article**"):
            desk.select_option("#by", "article")
        desk.wait_for_selector("#rows th:has-text('条款')")
