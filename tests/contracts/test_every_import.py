"""What every kind of import refuses, whichever chapter declares it: a new kind is covered by being registered.

Files that a partner's format opens (answers of banks, police, insurers) are refused before a row counts.
"""

import zipfile
from datetime import UTC, datetime
from itertools import combinations

import pytest
from django.apps import apps

from tongchou.exchange import imports
from tongchou.exchange.imports import files
from tongchou.exchange.models import ImportFile
from tongchou.kernel.errors import DomainError
from tongchou.platform.spreadsheets import reports
from tongchou.platform.spreadsheets.columns import Holds
from tongchou.platform.spreadsheets.faults import EncodingUnknown, FileUnreadable, NoRows
from tongchou.platform.spreadsheets.kinds import ImportKind, kind_named, registered
from tongchou.platform.standard_commissions import STANDARD_ITEMS
from tongchou.platform.standard_posts import STANDARD_POSTS
from tongchou.platform.states import UnitLevel

OrgUnit = apps.get_model("platform", "OrgUnit")
AREA = "450100"
NOW = datetime(2018, 6, 10, 2, tzinfo=UTC)
KINDS = registered()
SCHOOL = "S45010000001"
OPTIONS = {"school": SCHOOL, "year": "2018"}
"""What a kind must be told that its columns do not say; others have a choice of their own."""
TABLES = [kind for kind in KINDS if kind.opener is None]
FORMULA = '=HYPERLINK("http://127.0.0.1/?"&A1)'
NOT_TEXT = b"\x81\x20\xff\xff,\x00\x81\n"

every_table = pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.name)
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def posts_for(kind: ImportKind) -> tuple[str, ...]:
    """The fewest standard posts that together may bring such a file."""
    wanted = {kind.permission, kind.counter}
    given = {post.code: set(post.permissions) for post in STANDARD_POSTS}
    for many in (1, 2):
        for some in combinations(given, many):
            if wanted <= set().union(*(given[code] for code in some)):
                return some
    raise AssertionError(f"no standard posts may import {kind.name}")


@pytest.fixture
def bring(hire, tmp_path):
    """Has a file of these bytes checked: `bring(kind, b"…")` answers the preview."""
    hired = {}
    city = OrgUnit.objects.get(code=AREA)
    OrgUnit.objects.create(
        code=SCHOOL,
        name="甲市第一小学",
        level=UnitLevel.SCHOOL,
        parent=city,
        pooling_area_id=AREA,
        path=f"{city.path}{SCHOOL}/",
        valid_from=NOW.date(),
    )

    def brought(kind, content: bytes, name: str = "名单.csv"):
        if kind.name not in hired:
            hired[kind.name] = hire(*posts_for(kind), at=AREA)
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}-{name}"
        path.write_bytes(content)
        return imports.check(
            kind=kind.name,
            pooling_area=AREA,
            file_name=name,
            content=path,
            options={one.name: OPTIONS[one.name] for one in kind.options if one.name in OPTIONS},
            operator=hired[kind.name],
            now=NOW,
        )

    return brought


def headers(kind) -> list[str]:
    return [column.header for column in kind.layout.columns]


def example(kind, **changed: str) -> list[str]:
    return [changed.get(column.name, column.example) for column in kind.layout.columns]


def table(*rows: list[str]) -> bytes:
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    return "\n".join([*quoted, ""]).encode()


def refusal(bring, kind, content: bytes) -> DomainError:
    """Why a file is refused as a whole; nothing of it may be left waiting."""
    with pytest.raises(DomainError) as refused:
        bring(kind, content)
    assert refused.value.code
    assert not ImportFile.objects.exclude(state__in=("unreadable", "cancelled")).exists()
    return refused.value


def told(preview) -> set[tuple[str, str]]:
    """Code and column of each fault."""
    return {(one.code, one.column.rstrip("*")) for one in imports.problems_of(preview.id).rows}


@pytest.mark.requirement("SYS-04", "SYS-03", "ENR-12")
@every_kind
def test_a_file_that_is_no_such_file_is_refused_whole(bring, kind, monkeypatch):
    """Empty, of no known encoding, another table; for tables, without a required column, without rows; too large."""
    empty = refusal(bring, kind, b"")
    undecodable = refusal(bring, kind, NOT_TEXT)
    another = refusal(bring, kind, "甲,乙\n1,2\n".encode())
    assert isinstance(another, FileUnreadable)
    if kind.opener is None:
        assert isinstance(empty, FileUnreadable)
        assert isinstance(undecodable, EncodingUnknown)
        required = [at for at, column in enumerate(kind.layout.columns) if column.required]
        assert required, "a kind that asks for nothing takes anything"
        lines = ([cell for at, cell in enumerate(row) if at != required[0]] for row in (headers(kind), example(kind)))
        assert isinstance(refusal(bring, kind, table(*lines)), FileUnreadable)
        assert isinstance(refusal(bring, kind, table(headers(kind))), NoRows)
    monkeypatch.setattr(files, "LARGEST_FILE", 1)
    known = ImportFile.objects.count()
    with pytest.raises(files.FileTooLarge):
        bring(kind, b"12")
    assert ImportFile.objects.count() == known, "it is not even kept"


@pytest.mark.requirement("SYS-04", "SYS-05", "ENR-12")
@every_table
def test_bad_cells_are_named_and_a_file_with_them_is_not_taken_in_as_a_whole(bring, kind, hire):
    """A required cell left empty, a text too long, invisible characters; and the same file sent twice."""
    required = next(column for column in kind.layout.columns if column.required)
    texts = [one for one in kind.layout.columns if one.holds in (Holds.TEXT, Holds.CODE) and one is not required]
    rows = [example(kind, **{required.name: ""})]
    if texts:
        long = "9" if texts[-1].holds is Holds.CODE else "长"
        rows.append(example(kind, **{texts[-1].name: long * (texts[-1].longest + 1)}))
        rows.append(example(kind, **{texts[-1].name: "a\x01b"}))
    content = table(headers(kind), *rows)
    preview = bring(kind, content)
    assert preview.rows_bad == preview.rows_total == len(rows)
    faults = told(preview)
    assert ("PL-0811", required.header) in faults
    assert not texts or {"PL-0812", "PL-0828"} & {code for code, column in faults if column == texts[-1].header}
    assert not texts or ("PL-0823", texts[-1].header) in faults

    again = bring(kind, content, name="另一个名字.csv")
    assert again.id == preview.id
    assert ImportFile.objects.filter(kind=kind.name).count() == 1

    approver = next(post.code for post in STANDARD_POSTS if (kind.approval or kind.permission) in post.permissions)
    allowed = hire(*dict.fromkeys((approver, *(() if kind.approval else posts_for(kind)))), at=AREA)
    with pytest.raises(imports.ImportHasProblems):
        imports.take_in(preview_id=preview.id, mode=imports.Mode.ALL, operator=allowed, now=NOW)


@pytest.mark.requirement("SYS-11", "SYS-27")
@every_table
def test_a_list_of_errors_holds_no_formula_and_the_template_can_be_read_back(bring, kind, tmp_path):
    required = next(column for column in kind.layout.columns if column.required)
    texts = [column for column in kind.layout.columns if column.holds is Holds.TEXT and column is not required]
    formula = {texts[0].name: FORMULA[: texts[0].longest]} if texts else {}
    preview = bring(kind, table(headers(kind), example(kind, **{required.name: ""} | formula)))
    book, text = tmp_path / "错误.xlsx", tmp_path / "错误.csv"
    for file in (book, text):
        imports.report(preview.id, file)
    with zipfile.ZipFile(book) as packed:
        assert not any(b"<f>" in packed.read(name) for name in packed.namelist() if name.endswith(".xml"))
    cells = [cell for line in text.read_text(encoding="utf-8-sig").splitlines() for cell in line.split(",")]
    assert not any(cell.lstrip('"').startswith("=") for cell in cells)

    template = tmp_path / "模板.xlsx"
    reports.write_template(template, kind.layout)
    read = bring(kind, template.read_bytes(), name="模板.xlsx")
    assert read.rows_total == 1
    assert not {code for code, _ in told(read) if code.startswith("PL-08")}, "the example of a column must be one"


@pytest.mark.requirement("ORG-04")
def test_what_a_school_or_village_may_bring_can_be_commissioned():
    """Whoever is registered as an agent does only what an item covers: permissions and kind of file together."""
    for kind in (kind_named("roster"), kind_named("school_payment")):
        covered = [one for one in STANDARD_ITEMS if kind.work in one.works]
        assert any({kind.permission, kind.bring} <= set(one.permissions) for one in covered), kind.name
