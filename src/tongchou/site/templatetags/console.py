"""How values are written on every page (页面写法): money, dates, states, masks, articles, icons."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from tongchou.kernel.citation import Citation
from tongchou.kernel.money import yuan_text
from tongchou.platform.paging import Total
from tongchou.platform.permissions import permission as permission_named
from tongchou.platform.web import access, masks
from tongchou.platform.web.badges import Badge
from tongchou.platform.web.importing import may_open
from tongchou.platform.web.lists import Column, Listing, percent, priced
from tongchou.platform.web.policy_words import in_words
from tongchou.platform.web.staff import name_of

register = template.Library()

UNKNOWN = "—"
_MINUS = "\u2212"


@register.filter
def yuan(fen: int | None) -> str | SafeString:
    """Whole fen as yuan: thousands separated, two decimals, negative in red with a minus, unknown as a dash."""
    if fen is None or fen == "":
        return UNKNOWN
    text = yuan_text(abs(fen), grouped=True)
    return text if fen >= 0 else format_html('<span class="negative">{}{}</span>', _MINUS, text)


@register.filter
def count(number: int | Decimal | None) -> str:
    """A number with thousands separated."""
    return UNKNOWN if number is None else f"{number:,}"


@register.filter
def ratio(value: Decimal | None) -> str:
    """A ratio as a percentage: `75%`."""
    return UNKNOWN if value is None else percent(value)


@register.filter
def quantity(value: Decimal | None) -> str:
    """A quantity or a unit price without needless zeros, at least as exact as stored."""
    return UNKNOWN if value is None else f"{value.normalize():f}"


@register.filter
def price(value: Decimal | None) -> str:
    """A unit price in yuan: thousands separated, at least two decimals, more where it is more exact."""
    if value is None:
        return UNKNOWN
    whole, _point, part = priced(value).partition(".")
    return f"{int(whole):,}.{part}"


@register.filter
def day(value: date | datetime | None) -> str:
    """A date as `2017-07-15`."""
    if value is None or value == "":
        return UNKNOWN
    return (timezone.localtime(value).date() if isinstance(value, datetime) else value).isoformat()


@register.filter
def moment(value: datetime | None) -> str:
    """An instant of our time zone, to the minute."""
    return UNKNOWN if not value else timezone.localtime(value).strftime("%Y-%m-%d %H:%M")


@register.filter
def interval(span: timedelta) -> str:
    """How often something happens: `5 秒`, `10 分钟`, `1 天`."""
    seconds = int(span.total_seconds())
    for size, words in ((86_400, _("%(n)s 天")), (3_600, _("%(n)s 小时")), (60, _("%(n)s 分钟"))):
        if seconds >= size and seconds % size == 0:
            return gettext(words) % {"n": seconds // size}
    return gettext("%(n)s 秒") % {"n": seconds}


@register.filter
def last_day(exclusive: date | None) -> str:
    """The last day of a half-open span, as print shows it; open spans end with 长期."""
    return gettext("长期") if exclusive is None else date.fromordinal(exclusive.toordinal() - 1).isoformat()


@register.filter
def known(value: Any) -> Any:
    """The value, or the dash of what is not known."""
    return UNKNOWN if value in (None, "") else value


@register.filter
def tr(text: Any) -> str:
    """A word of the data, such as the name of a state, in the reader's language."""
    return gettext(str(text)) if text not in (None, "") else UNKNOWN


@register.filter
def policy_words(text: str) -> str:
    """A label or value of a policy package in the reader's language."""
    return in_words(text)


@register.filter
def listed(texts: Iterable[Any]) -> str:
    """One after another: `a、b` or `a, b`."""
    return gettext("、").join(map(str, texts))


@register.filter
def name_masked(full: str) -> str:
    return masks.name(full)


@register.filter
def certificate_masked(full: str) -> str:
    return masks.certificate(full)


@register.filter
def numbers_masked(text: Any) -> Any:
    """A text or the cell of a table, which may hold a figure that is no text."""
    return masks.numbers_in(text) if isinstance(text, str) else text


@register.filter
def card_masked(full: str) -> str:
    return masks.card(full)


@register.filter
def phone_masked(full: str) -> str:
    return masks.phone(full) if full else UNKNOWN


@register.filter
def total(found: Total) -> str:
    """`共 312 条`, or `约 5,000,000 条` where the database only estimates."""
    if found.exact:
        return gettext("共 %(count)s 条") % {"count": f"{found.count:,}"}
    digits = len(str(found.count))
    rounded = round(found.count, 3 - digits)
    return gettext("约 %(count)s 条") % {"count": f"{rounded:,}"}


@register.filter
def item(mapping: Mapping[str, Any], key: str) -> Any:
    """The value under a key that only the template knows."""
    return mapping.get(key)


@register.filter
def share(part: int, whole: int) -> str:
    """The part of a whole as a CSS width."""
    return f"{part * 100 / whole:.3f}%" if whole else "0%"


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html('<i class="i i-{}" aria-hidden="true"></i>', name)


@register.simple_tag
def state(badge: Badge | None) -> SafeString | str:
    """A state: word, icon and colour."""
    if badge is None:
        return UNKNOWN
    return format_html(
        '<span class="state state-{}"><i class="i i-{}" aria-hidden="true"></i>{}</span>',
        badge.tone.value,
        badge.icon,
        gettext(str(badge.word)),
    )


@register.simple_tag
def article(text: str) -> SafeString | str:
    """A citation with a link to the text of its article, where the document is one of ours."""
    if not text:
        return ""
    try:
        citation = Citation.parse(text)
        address = reverse("articles:article", args=[citation.document]) + f"#{citation.clause.split()[0].lstrip('§')}"
    except (ValueError, NoReverseMatch):
        return format_html('<span class="article">{}</span>', text)
    return format_html('<a class="article" href="{}" title="{}">{}</a>', address, citation.title, text)


@register.simple_tag(takes_context=True)
def linked(
    context: template.Context, text: Any, permission: str, view: str, *args: object, unit: str = "", work: str = ""
) -> SafeString | str:
    """The text, leading to a page where the operator may open it, and else saying what would be needed.

    `unit` is the unit whose record it is, `work` its kind of case, where the page around it may show one that the
    operator does not reach. Numbers stand in the fixed-width face. What lacks a part of an address, such as a message
    of no institution, has no page.
    """
    face = "mono" if str(text).isascii() and any(character.isdigit() for character in str(text)) else ""
    if "" in args:
        return format_html('<span class="{}">{}</span>', face, text)
    address = reverse(view, args=args)
    if access.opens(context["request"], address, unit, work=work):
        return format_html('<a class="{}" href="{}">{}</a>', face, address, text)
    needed = gettext("打开它需要“%(permission)s”权限") % {"permission": gettext(permission_named(permission).label)}
    if context["request"].user.has_perm(permission):
        needed = gettext("不在您的管辖范围内")
    return format_html('<span class="{}" title="{}">{}</span>', face, needed, text)


@register.simple_tag(takes_context=True)
def leading(context: template.Context, text: Any, address: str, unit: str = "", work: str = "") -> SafeString | str:
    """The text, leading to an address where the operator may open it; `unit` and `work` as of `linked`."""
    if not address or not access.opens(context["request"], address, unit, work=work):
        return conditional_escape(text)
    return format_html('<a href="{}">{}</a>', address, text)


@register.simple_tag(takes_context=True)
def row_leading(context: template.Context, address: str, unit: str = "", work: str = "") -> SafeString | str:
    """Where a click anywhere on a row of a table leads, as an attribute of it; nothing where the reader may not go."""
    if not address or not access.opens(context["request"], address, unit, work=work):
        return ""
    return format_html(' data-href="{}"', address)


@register.simple_tag(takes_context=True)
def imported(context: template.Context, text: Any, kind: str, file_id: int) -> SafeString | str:
    """The text, leading to an imported file where the operator may look into files of its kind."""
    if not may_open(context["request"], kind):
        return conditional_escape(text)
    return format_html('<a href="{}">{}</a>', reverse("imports:import", args=[file_id]), text)


@register.simple_tag(takes_context=True)
def staff(context: template.Context, code: str | None) -> SafeString | str:
    """A member of staff by name, the code on pointing; what no operator bears, such as a program, stands as it is."""
    if not code:
        return UNKNOWN
    name = name_of(context["request"], code)
    return format_html('<span title="{}">{}</span>', code, name) if name else gettext(code)


@register.simple_tag(takes_context=True)
def lines(context: template.Context, listing: Listing) -> SafeString:
    """The rows of a list, each cell written as its column's kind says; the first leads where the row leads.

    One tag for all of them: as nodes of a template the cells of fifty rows take most of a page's time.
    """
    request = context["request"]
    columns = [(column, _face(column)) for column in listing.columns]
    return format_html_join(
        "\n",
        "<tr{}>{}</tr>",
        (
            (
                format_html(' data-href="{}"', link) if link else "",
                format_html_join(
                    "",
                    "<td{}>{}</td>",
                    (
                        (face, _cell(request, listing, column, row, "" if at else link))
                        for at, (column, face) in enumerate(columns)
                    ),
                ),
            )
            for row, link in listing.rows
        ),
    )


def _face(column: Column) -> SafeString:
    """The class of a column's cells: amounts stand right, only words may wrap."""
    if column.is_amount:
        return SafeString(' class="amount"')
    if column.kind == "pick":
        return SafeString(' class="pick"')
    return SafeString("" if column.kind in ("text", "unit") else ' class="nowrap"')


def _cell(request: HttpRequest, listing: Listing, column: Column, row: Any, link: str) -> SafeString | str:
    value = column.of(row)
    shown = _WRITERS.get(column.kind, known)(value)
    if value and column.kind in ("unit", "staff"):
        name = listing.names.get((column.kind, value), value)
        shown = format_html('<span title="{}">{}</span>', value, name)
    address = "" if column.kind == "pick" else _of_column(request, column, row) if column.link else link
    return format_html('<a href="{}">{}</a>', address, shown) if address and value not in (None, "") else shown


def _of_column(request: HttpRequest, column: Column, row: Any) -> str:
    """Where a cell leads, if the operator may open such pages: the first row of a column tells for all."""
    assert column.link is not None
    address = column.link(row)
    known = request.__dict__.setdefault("columns_that_open", {})
    if address and column.label not in known:
        known[column.label] = access.opens(request, address)
    return address if known.get(column.label) else ""


def _code(value: Any) -> SafeString | str:
    return UNKNOWN if value in (None, "") else format_html('<span class="mono">{}</span>', value)


def _pick(value: Any) -> SafeString | str:
    """A box of the form `bulk`; empty where the row is not for choosing."""
    if not value:
        return ""
    label = gettext("选择")
    return format_html('<input type="checkbox" name="pick" form="bulk" value="{}" aria-label="{}">', value, label)


def _name(value: str) -> str:
    return masks.name(value) if value else UNKNOWN


def _certificate(value: str) -> SafeString | str:
    return _code(masks.certificate(value)) if value else UNKNOWN


_WRITERS = {
    "money": yuan,
    "number": count,
    "quantity": quantity,
    "price": price,
    "ratio": ratio,
    "day": day,
    "last_day": last_day,
    "moment": moment,
    "code": _code,
    "name": _name,
    "certificate": _certificate,
    "pick": _pick,
    "state": state,
    "choice": tr,
}


@register.inclusion_tag("site/parts/sort.html", takes_context=True)
def heading(context: template.Context, listing: Listing, column: Column) -> dict[str, Any]:
    """The head of a column; a click sorts by it, a second one turns the order round. Over boxes stands one for all."""
    if column.kind == "pick":
        return {"pick": True}
    orders = listing.declared.keys_of(context["request"])
    wanted = column.sort
    down = f"-{wanted}"
    options = [key for key in (wanted, down) if wanted and key in orders]
    if not options:
        return {"label": column.label, "is_amount": column.is_amount}
    following = next((key for key in options if key != listing.sort), options[0])
    query = context["request"].GET.copy()
    for gone in ("at", "export"):
        query.pop(gone, None)
    query["sort"] = following
    return {
        "label": column.label,
        "is_amount": column.is_amount,
        "url": f"?{query.urlencode()}",
        "direction": {wanted: "ascending", down: "descending"}.get(listing.sort, ""),
    }


@register.simple_tag(takes_context=True)
def here_with(context: template.Context, **changes: Any) -> SafeString:
    """This address with some of its query changed; None takes a key away."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = str(value)
    return mark_safe(f"?{query.urlencode()}".replace("&", "&amp;"))  # urlencode leaves no markup
