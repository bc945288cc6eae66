"""What every page shares holds for all: colours that can be read, icons that exist, no handler that is barred."""

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2]
STATIC = PACKAGE / "site" / "static" / "site"
TEMPLATES = [*PACKAGE.glob("*/templates/**/*.html")]
LONGEST_LINE = 200
ONE_SENTENCE = re.compile(r"{% blocktranslate .*{% endblocktranslate %}")
CLASS = re.compile(r"\.([a-zA-Z_][\w-]*)(?=[^{}]*\{)")
NOT_A_CLASS = re.compile(r"/\*.*?\*/", re.DOTALL)
WRITE_PAGES = ("**/web/**/*.py", "**/web.py", "**/templatetags/*.py", "site/*.py")
FOUND_BY_NAME = {"403_csrf.html"}
"""Templates that the framework asks for."""
READABLE = 4.5
"""Least contrast of text with what is behind it (WCAG 2.1 AA, 1.4.3)."""

ON = {
    "paper": ("ink", "ink-soft", "ink-faint", "accent", "red", "green", "blue", "amber", "grey", "brand"),
    "ground": ("ink", "ink-soft", "accent", "red", "grey"),
    "accent-wash": ("ink", "accent"),
    "grey-wash": ("grey",),
    "blue-wash": ("blue",),
    "amber-wash": ("amber",),
    "red-wash": ("red",),
    "green-wash": ("green",),
}
"""Which colour of text stands on which."""


def _tokens() -> dict[str, str]:
    """The colours of the style sheet by name, six digits each."""
    found = re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})\b", (STATIC / "console.css").read_text())
    return {name: value if len(value) == 7 else "#" + "".join(one * 2 for one in value[1:]) for name, value in found}


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("behind", "text"), [(behind, text) for behind, texts in ON.items() for text in texts])
def test_text_can_be_read_on_what_is_behind_it(behind: str, text: str) -> None:
    tokens = _tokens()
    lighter, darker = sorted((_luminance(tokens[behind]), _luminance(tokens[text])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= READABLE


def test_every_icon_of_a_page_is_in_the_style_sheet() -> None:
    known = set(re.findall(r"^\.i-([a-z0-9-]+)::before", (STATIC / "icons.css").read_text(), re.MULTILINE))
    asked = {name for page in TEMPLATES for name in re.findall(r'{% icon "([a-z0-9-]+)" %}', page.read_text())}
    assert asked
    assert asked <= known


def test_no_page_has_a_handler_that_its_own_policy_bars() -> None:
    barred = [page.name for page in TEMPLATES if re.search(r'\son(click|change|submit|input)="', page.read_text())]
    assert barred == []


def test_nothing_of_a_page_is_kept_that_nobody_uses() -> None:
    """Templates and their parts, style sheets and scripts, and the classes that the sheets speak of."""
    writers = {path for place in WRITE_PAGES for path in PACKAGE.glob(place) if "tests" not in path.parts}
    code = "\n".join(path.read_text() for path in writers)
    sheets = [path for path in PACKAGE.glob("*/static/**/*.css") if path.name != "icons.css"]
    scripts = [*PACKAGE.glob("*/static/**/*.js")]
    pages = "\n".join(path.read_text() for path in TEMPLATES)
    said = "\n".join((code, pages, *(path.read_text() for path in scripts)))
    names = [str(path).split("/templates/", 1)[1] for path in TEMPLATES]
    asked = {*re.findall(r"""["']([\w/]+\.html)["']""", said)} | FOUND_BY_NAME
    assert sorted(set(names) - asked) == []
    assert [path.name for path in (*sheets, *scripts) if path.name not in pages] == []
    classes = {name for path in sheets for name in CLASS.findall(NOT_A_CLASS.sub("", path.read_text()))}
    words = {*re.findall(r"[\w-]+", said)}
    begun = tuple(re.findall(r"""\b(\w+-)(?=[{$"'])""", said))
    """Of a class put together from a beginning and a word of the data, as `of-{{ kind }}`."""
    assert [name for name in sorted(classes - words) if not name.startswith(begun)] == []


@pytest.mark.parametrize("page", TEMPLATES, ids=lambda page: str(page.relative_to(PACKAGE)))
def test_a_template_has_lines_that_can_be_read_and_reviewed(page: Path) -> None:
    """A sentence for the translators stays in one line, however long it is."""
    lines = [line.strip() for line in page.read_text().splitlines()]
    assert not [one for one in lines if len(one) > LONGEST_LINE and not ONE_SENTENCE.fullmatch(one)]
