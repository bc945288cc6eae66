"""List pages (清单): filters kept in the address, sorted columns, pages, export; declared once, drawn the same way.

A chapter declares a `List`: where its rows come from, which columns they have, which may be sorted. The page, the
downloads and their masks follow from that (ORG-21).
"""

import csv
import re
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import IO, Any, Final, Protocol

import xlsxwriter
from django import forms
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money, yuan_text
from tongchou.platform import checks, paging, queries, trail
from tongchou.platform.web import access, masks
from tongchou.platform.web.access import PageRequest

MOST_EXPORTED_ROWS: Final = 200_000
EXPORT_BLOCK: Final = 2_000
CENTS: Final = 2
"""Decimals of a yuan."""


class TooManyToExport(DomainError):
    code = "PL-0701"
    message = "导出不能超过{limit:,}行,请缩小筛选范围后再导出"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it is called, where its value comes from, how it is written.

    `kind` is one of text, choice (a word of the data), code, money (fen, written in yuan), price (yuan), number,
    quantity, ratio, figure (a number already written), day, last_day, moment, state, name, certificate (these two are
    masked), unit and staff (a code, of which the name is shown), pick: a box to choose the row for a bulk action,
    which no download has. `link` gives the address a cell leads to, `sort` names the key in `List.orders`. A column
    with `if_said` is left out of a page on which no row says anything in it; downloads always have it.
    """

    label: Any
    value: str | Callable[[Any], Any]
    kind: str = "text"
    link: Callable[[Any], str] | None = None
    sort: str = ""
    if_said: bool = False

    def of(self, row: Any) -> Any:
        return self.value(row) if callable(self.value) else getattr(row, self.value)

    @property
    def is_amount(self) -> bool:
        return self.kind in ("money", "number", "ratio", "quantity", "price", "figure")


class FilterForm(forms.Form):
    """The filter row: what is asked for stands in the address. Fields past `shown` are folded under 更多."""

    shown = 5
    template_name = "site/parts/filters.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)

    def offer_to(self, request: PageRequest) -> None:
        """Take what looks choices up at a page from the fields of a reader who may not open that page (查找)."""
        for one in self.fields.values():
            attrs = one.widget.attrs
            if (address := attrs.get("hx-get")) and not access.opens(request, str(address)):
                one.widget.attrs = {name: value for name, value in attrs.items() if name not in LOOKING_UP}
                one.widget.attrs["placeholder"] = gettext("编号")

    def criteria(self) -> dict[str, Any]:
        """The filled fields that can be read (筛选条件)."""
        if self.is_valid():
            return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if value not in (None, "", []) and name not in self.errors
        }

    def first_fields(self) -> list[forms.BoundField]:
        return self.visible_fields()[: self.shown]

    def more_fields(self) -> list[forms.BoundField]:
        return self.visible_fields()[self.shown :]

    def more_is_used(self) -> bool:
        return any(bound.name in self.criteria() for bound in self.more_fields())


def choice(label: Any, choices: Sequence[tuple[str, Any]]) -> forms.ChoiceField:
    """A filter with a fixed set of values, and 全部 (下拉筛选)."""
    widget = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, required=False, choices=[("", _("全部")), *choices], widget=widget)


def words(label: Any, placeholder: Any = "", *, longest: int = 60) -> forms.CharField:
    """A filter by text (文本筛选)."""
    attrs = {"class": "form-control", "placeholder": placeholder, "autocomplete": "off"}
    return forms.CharField(label=label, required=False, max_length=longest, widget=forms.TextInput(attrs=attrs))


def day(label: Any) -> forms.DateField:
    """A filter by date (日期筛选)."""
    widget = forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


_AMOUNT: Final = re.compile(r"\d{1,15}(\.\d{1,2})?")


class YuanField(forms.Field):
    """An amount in yuan with at most two decimals, grouped or not; its value is whole fen, never negative (金额)."""

    def __init__(self, *, label: Any, **kwargs: Any) -> None:
        attrs = {"class": "form-control", "inputmode": "decimal", "autocomplete": "off"}
        super().__init__(label=label, widget=forms.TextInput(attrs=attrs), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Fen that a form begins with are shown in yuan; what was typed stays as it was."""
        return yuan_text(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:
        text = str(value or "").replace(",", "").replace(",", "").strip()
        if not text:
            return None
        if not _AMOUNT.fullmatch(text):
            raise forms.ValidationError(_("金额应为最多两位小数的数字,不能为负。"))
        return int(Money.yuan(text))


LOOKING_UP: Final = frozenset(
    {"list", "data-look-up", "hx-get", "hx-trigger", "hx-target", "hx-include", "hx-swap", "hx-sync", "placeholder"}
)
"""What makes a field look its choices up at a page."""


def institution(label: Any) -> forms.CharField:
    """A filter by institution: typing part of a name, or F2, offers those that fit (定点机构筛选)."""
    attrs = {
        "class": "form-control",
        "autocomplete": "off",
        "list": "institutions",
        "data-look-up": "",
        "hx-get": reverse_lazy("institutions:look_up"),
        "hx-trigger": "input changed delay:200ms, look-up",
        "hx-target": "#institutions",
        "hx-include": "this",
        "hx-swap": "innerHTML",
        "hx-sync": "this:queue last",
        "placeholder": _("名称或编号,F2 查找"),
    }
    return forms.CharField(label=label, required=False, max_length=60, widget=forms.TextInput(attrs=attrs))


class Rows(Protocol):
    """Where the rows of a list come from (行来源)."""

    def slice(self, order: Sequence[str], at: str, size: int) -> paging.Slice: ...

    def total(self) -> paging.Total | None: ...


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a table of the chapter."""

    queryset: QuerySet[Any]

    def slice(self, order: Sequence[str], at: str, size: int) -> paging.Slice:
        return paging.read_slice(self.queryset, order=order, at=at, size=size)

    def total(self) -> paging.Total | None:
        return paging.total_of(self.queryset)


@dataclass(frozen=True, slots=True)
class Pages:
    """Rows of a query that reads page by page itself, in one order."""

    read: Callable[[str], paging.Slice]
    count: Callable[[], paging.Total] | None = None

    def slice(self, order: Sequence[str], at: str, size: int) -> paging.Slice:
        return self.read(at)

    def total(self) -> paging.Total | None:
        return self.count() if self.count else None


@dataclass(frozen=True, slots=True)
class Held:
    """Rows that are few and already read: a list without pages."""

    rows: Sequence[Any]

    def slice(self, order: Sequence[str], at: str, size: int) -> paging.Slice:
        rows = list(self.rows)
        for field_name in reversed(order):
            rows.sort(key=lambda row: getattr(row, field_name.lstrip("-")), reverse=field_name.startswith("-"))
        return paging.Slice(rows, "", "")

    def total(self) -> paging.Total | None:
        return paging.Total(len(self.rows), exact=True)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list, ready for its template."""

    declared: "List"
    form: FilterForm
    rows: Sequence[tuple[Any, str]]
    previous: str
    next: str
    total: paging.Total | None
    sort: str
    filtered: bool
    names: "Names" = field(default_factory=dict)

    @property
    def columns(self) -> list[Column]:
        """The columns of the page, without those that say nothing on it."""
        return [
            column
            for column in self.declared.columns
            if not column.if_said or any(column.of(row) for row, _link in self.rows)
        ]

    @property
    def may_pick(self) -> bool:
        """Whether a row of the page can be chosen for a bulk action."""
        boxes = [column for column in self.declared.columns if column.kind == "pick"]
        return any(column.of(row) for column in boxes for row, _link in self.rows)


Names = Mapping[tuple[str, str], str]
"""The name of each unit and member of staff that some rows mention, by kind of column and code."""

_NAMED: Final[Mapping[str, Callable[[Collection[str]], Mapping[str, str]]]] = {
    "unit": queries.unit_names_of,
    "staff": queries.names_of_staff,
}


def names_in(columns: Sequence[Column], rows: Sequence[Any]) -> Names:
    """What the codes in columns of units and staff are called; one query for each of the two (名称)."""
    found: dict[tuple[str, str], str] = {}
    for kind, look_up in _NAMED.items():
        codes = {column.of(row) for column in columns if column.kind == kind for row in rows} - {"", None}
        found |= {(kind, code): name for code, name in (look_up(codes) if codes else {}).items()}
    return found


NOTHING_FITS: Final = _("没有符合条件的记录。")


@dataclass(frozen=True, slots=True)
class List:
    """A list of a chapter (清单声明).

    `read(request, criteria)` gives the rows inside the operator's scope; `complete(rows)` may add what other chapters
    know of one page of them, in one query each. `orders` maps a sort key to the fields of an index, the last unique.
    `defaults(request)` fills filter fields that the address leaves out. `sorts(request)` names the keys of `orders`
    that hold for what is asked for, the usual one first; without it all do.
    """

    name: str
    title: Any
    columns: Sequence[Column]
    read: Callable[[PageRequest, Mapping[str, Any]], Rows]
    orders: Mapping[str, Sequence[str]]
    form: type[FilterForm] = FilterForm
    complete: Callable[[PageRequest, Sequence[Any]], Sequence[Any]] | None = None
    link: Callable[[Any], str] | None = None
    defaults: Callable[[PageRequest], Mapping[str, str]] | None = None
    template: str = "site/list.html"
    empty: Any = NOTHING_FITS
    next_step: Any = ""
    size: int = paging.PAGE_SIZE
    sorts: Callable[[PageRequest], Sequence[str]] | None = None

    @property
    def written(self) -> list[Column]:
        """The columns of a download (导出列)."""
        return [column for column in self.columns if column.kind != "pick"]

    def respond(self, request: PageRequest, **context: Any) -> HttpResponse:
        """The page, or the download that `?export=` asks for (列表页)."""
        usual = self.defaults(request) if self.defaults else {}
        form = self.form(self._asked(request, usual))
        form.offer_to(request)
        criteria = form.criteria()
        rows = self.read(request, criteria)
        if wanted := request.GET.get("export"):
            return self._export(request, rows, criteria, wanted)
        listing = self.page(request, rows, form, criteria, usual)
        may_export = access.may(request, "exports.lists")
        return render(request, self.template, {"listing": listing, "may_export": may_export, **context})

    def _asked(self, request: PageRequest, usual: Mapping[str, str]) -> QueryDict:
        """The filter of the address, and what usually stands in it where it says nothing."""
        asked = request.GET.copy()
        for name, value in usual.items():
            asked.setdefault(name, value)
        return asked

    def _is_filtered(self, request: PageRequest, criteria: Mapping[str, Any], usual: Mapping[str, str]) -> bool:
        """Whether more is asked for than by the page as it opens, so that taking filters away shows more."""
        return any(request.GET.get(name, usual.get(name, "")) != usual.get(name, "") for name in criteria)

    def page(
        self,
        request: PageRequest,
        rows: Rows,
        form: FilterForm,
        criteria: Mapping[str, Any],
        usual: Mapping[str, str],
    ) -> Listing:
        sort = self.sort_of(request)
        part = rows.slice(self.orders[sort], request.GET.get("at", ""), self.size)
        shown = self.complete(request, part.rows) if self.complete else part.rows
        return Listing(
            self,
            form,
            self._linked(request, shown),
            part.previous,
            part.next,
            rows.total(),
            sort,
            self._is_filtered(request, criteria, usual),
            names_in(self.columns, shown),
        )

    def _linked(self, request: PageRequest, rows: Sequence[Any]) -> list[tuple[Any, str]]:
        """Each row with the page it leads to, where the operator may open such pages: one row tells for all."""
        if self.link is None or not any(access.opens(request, self.link(row)) for row in rows[:1]):
            return [(row, "") for row in rows]
        return [(row, self.link(row)) for row in rows]

    def sort_of(self, request: PageRequest) -> str:
        wanted, keys = request.GET.get("sort", ""), self.keys_of(request)
        return wanted if wanted in keys else keys[0]

    def keys_of(self, request: PageRequest) -> Sequence[str]:
        """The sort keys that hold for what is asked for, the usual one first."""
        return self.sorts(request) if self.sorts else tuple(self.orders)

    def _export(self, request: PageRequest, rows: Rows, criteria: Mapping[str, Any], wanted: str) -> HttpResponse:
        """导出 (ORG-21): limited by permission, masked without 敏感导出, logged with filter and row count."""
        checks.check_permission(request.operator, "exports.lists", request.now)
        open_values = access.may(request, "exports.sensitive")
        known = rows.total()
        if known is not None and known.count > MOST_EXPORTED_ROWS:
            raise TooManyToExport(limit=MOST_EXPORTED_ROWS)
        write = _write_xlsx if wanted == "xlsx" else _write_csv
        file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
        written = write(file, self, self._blocks(request, rows), open_values)
        file.seek(0)
        trail.record(
            "platform.list_exported",
            at=request.now,
            operator=request.operator,
            object_kind="list",
            object_key=self.name,
            detail={
                "filter": {name: str(value) for name, value in criteria.items()},
                "rows": written,
                "masked": not open_values,
                "format": "xlsx" if wanted == "xlsx" else "csv",
            },
        )
        stamp = timezone.localtime(request.now).strftime("%Y%m%d-%H%M")
        return FileResponse(
            file,
            as_attachment=True,
            filename=f"{gettext(str(self.title))}-{stamp}.{'xlsx' if wanted == 'xlsx' else 'csv'}",
        )

    def _blocks(self, request: PageRequest, rows: Rows) -> Iterator[Sequence[Any]]:
        at, written = "", 0
        while True:
            part = rows.slice(self.orders[self.sort_of(request)], at, EXPORT_BLOCK)
            written += len(part.rows)
            if written > MOST_EXPORTED_ROWS:
                raise TooManyToExport(limit=MOST_EXPORTED_ROWS)
            yield self.complete(request, part.rows) if self.complete else part.rows
            if not part.next:
                return
            at = part.next


def plain(column: Column, row: Any, *, open_values: bool, names: Names = MappingProxyType({})) -> str:
    """A cell as text (单元格文本): for files, which carry no colours."""
    value = column.of(row)
    if value is None or value == "":
        return ""
    if column.kind in _NAMED:
        return names.get((column.kind, value), str(value))
    if column.kind == "money":
        return yuan_text(value)
    if column.kind == "ratio":
        return percent(value)
    if column.kind == "price":
        return priced(value)
    if column.kind == "quantity":
        return f"{value.normalize():f}"
    if column.kind == "last_day":
        return str((value - timedelta(days=1)).isoformat())
    if column.kind == "moment" and isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if column.kind in ("name", "certificate") and not open_values:
        return masks.name(value) if column.kind == "name" else masks.certificate(value)
    return gettext(str(value)) if column.kind in ("state", "choice") else str(value)


def percent(ratio: Decimal) -> str:
    """A ratio as a percentage without needless zeros: `75%`, `62.5%`."""
    text = f"{(ratio * 100).normalize():f}"
    return f"{text}%"


def priced(value: Decimal) -> str:
    """A unit price with two decimals, or more where it is more exact: `38.20`, `0.055`."""
    exact = value.normalize()
    return f"{exact:f}" if -exact.as_tuple().exponent > CENTS else f"{value:.2f}"  # type: ignore[operator]  a number


def _write_csv(file: IO[bytes], declared: List, blocks: Iterator[Sequence[Any]], open_values: bool) -> int:
    text = tempfile.SpooledTemporaryFile(mode="w+", encoding="utf-8", newline="", max_size=1 << 20)  # noqa: SIM115
    out, written = csv.writer(text), 0
    file.write("\ufeff".encode())  # spreadsheet programs take the text for UTF-8 only with this mark
    out.writerow([str(column.label) for column in declared.written])
    for block in blocks:
        names = names_in(declared.written, block)
        for row in block:
            cells = (plain(column, row, open_values=open_values, names=names) for column in declared.written)
            out.writerow([_harmless(cell) for cell in cells])
            written += 1
    text.seek(0)
    for part in iter(lambda: text.read(1 << 16), ""):
        file.write(part.encode())
    text.close()
    return written


def _harmless(text: str) -> str:
    """A text that a spreadsheet program does not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "@", "\t", "\r") else text


def _write_xlsx(file: IO[bytes], declared: List, blocks: Iterator[Sequence[Any]], open_values: bool) -> int:
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet()
    head = book.add_format({"bold": True})
    money = book.add_format({"num_format": "#,##0.00"})
    written = 0
    for at, column in enumerate(declared.written):
        sheet.write_string(0, at, str(column.label), head)
    for block in blocks:
        names = names_in(declared.written, block)
        for row in block:
            written += 1
            for at, column in enumerate(declared.written):
                text = plain(column, row, open_values=open_values, names=names)
                if column.kind == "money" and text:
                    sheet.write_number(written, at, float(text), money)  # a picture of the amount, never read back
                else:
                    sheet.write_string(written, at, text)
    book.close()
    return written
