"""Whoever reads English is told everything."""

import gettext
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.forms import ChoiceField
from django.forms.renderers import get_default_renderer
from django.utils import translation

from tongchou.site import translations
from tongchou.site.translations import Text

PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+")


@pytest.fixture(scope="module")
def written() -> dict[Text, tuple[str, ...]]:
    return translations.read_po()


@pytest.fixture(scope="module")
def needed() -> set[Text]:
    return translations.needed()


def test_every_text_of_the_pages_has_its_english(needed: set[Text], written: dict[Text, tuple[str, ...]]) -> None:
    waiting = sorted(text.text for text in needed if not all(written.get(text, ("",))))
    assert waiting == [], "run ./tongchou translations and fill in the .po file"


def test_the_file_keeps_no_english_that_nothing_needs(needed: set[Text], written: dict[Text, tuple[str, ...]]) -> None:
    assert sorted(set(written) - needed) == []


def test_the_english_has_one_word_for_the_currency(written: dict[Text, tuple[str, ...]]) -> None:
    other = re.compile(r"\b(CNY|RMB)\b|¥")
    assert [text.text for text, texts in written.items() if any(map(other.search, texts))] == []


def test_what_may_be_chosen_stands_in_the_readers_language() -> None:
    field = ChoiceField(choices=[("", "—"), ("paid", "已缴"), ("S1", "桂宁市第一中学")])
    with translation.override("en"):
        shown = field.widget.render("state", "paid", renderer=get_default_renderer())
    assert '<option value="paid" selected>Paid</option>' in shown
    assert "桂宁市第一中学" in shown


def test_what_pages_read_is_what_the_file_says(written: dict[Text, tuple[str, ...]]) -> None:
    assert translations.MO.read_bytes() == translations.compiled(written)


def test_the_english_names_the_same_places_as_the_chinese(written: dict[Text, tuple[str, ...]]) -> None:
    """A text with a place for a number or a name keeps it; the singular may say "one"."""

    def differing() -> Iterator[str]:
        for text, forms in written.items():
            if set(PLACES.findall(forms[-1])) != set(PLACES.findall(text.plural or text.text)):
                yield text.text

    assert list(differing()) == []


def test_english_holds_no_chinese(written: dict[Text, tuple[str, ...]]) -> None:
    assert [text.text for text, forms in written.items() if re.search(r"[\u4e00-\u9fff]", "".join(forms))] == []


def test_a_compiled_file_is_read_by_the_gettext_of_python(tmp_path: Path) -> None:
    entries = {
        Text("参保人"): ("Insured persons",),
        Text("%(n)s 条", "%(n)s 条"): ("%(n)s row", "%(n)s rows"),
        Text("没有译文"): ("",),
        Text('引号"与\n换行'): ('quote "and\nline',),
    }
    translations.write_po(entries, tmp_path / "some.po")
    assert translations.read_po(tmp_path / "some.po") == entries
    words = gettext.GNUTranslations(BytesIO(translations.compiled(entries)))
    assert words.gettext("参保人") == "Insured persons"
    assert words.gettext("没有译文") == "没有译文"
    assert words.gettext('引号"与\n换行') == 'quote "and\nline'
    assert [words.ngettext("%(n)s 条", "%(n)s 条", n) for n in (1, 2)] == ["%(n)s row", "%(n)s rows"]
