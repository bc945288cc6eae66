"""目录项目: drugs, services, facilities and consumables, and how the area pays them over time (GX2017 §85)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.catalogue import queries
from tongchou.catalogue.models import Item, ItemTerm
from tongchou.catalogue.states import ChargeCategory, ItemKind, PayClass
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.importing import may_import

_CLASS_TONES: Final = {PayClass.A: Tone.DONE, PayClass.B: Tone.HAND, PayClass.C: Tone.RESTING}


class ItemFilter(lists.FilterForm):
    words = lists.words(_("名称、拼音首字母或编码"))
    kind = lists.choice(_("类别"), ItemKind.choices)


@dataclass(frozen=True, slots=True)
class Line:
    """An item as listed, with today's term of the area."""

    row: Item
    pay_class: Badge | None
    pre_self_pay_ratio: Decimal | None
    ceiling: Decimal | None
    limit_note: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def class_badge(pay_class: str) -> Badge:
    """收费项目等级 as shown."""
    known = PayClass(pay_class)
    return Badge(known.label, _CLASS_TONES[known])


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(queries.items(**criteria))


def _complete(request: PageRequest, rows: Sequence[Item]) -> Sequence[Line]:
    area = own_area(request)
    queries.know_items(area, [row.code for row in rows])
    lines = []
    for row in rows:
        term = queries.term(area, row.code, request.today)
        if term is None:
            lines.append(Line(row, None, None, None, ""))
        else:
            ceiling = term.ceilings.get("") or max(term.ceilings.values(), default=None)
            lines.append(Line(row, class_badge(term.pay_class), term.pre_self_pay_ratio, ceiling, term.limit_note))
    return lines


ITEMS: Final = lists.List(
    name="items",
    title=_("目录"),
    columns=(
        lists.Column(_("名称"), "name", sort="name"),
        lists.Column(_("规格"), "specification"),
        lists.Column(_("编码"), "code", "code", sort="code"),
        lists.Column(_("类别"), lambda row: ItemKind(row.kind).label, "choice"),
        lists.Column(_("收费类别"), lambda row: ChargeCategory(row.charge_category).label, "choice"),
        lists.Column(_("等级"), "pay_class", "state"),
        lists.Column(_("先行自付"), "pre_self_pay_ratio", "ratio"),
        lists.Column(_("单价上限(元)"), "ceiling", "price"),
        lists.Column(_("限定"), "limit_note"),
    ),
    read=_read,
    complete=_complete,
    orders={"name": ("name", "code"), "-name": ("-name", "-code"), "code": ("code",), "-code": ("-code",)},
    form=ItemFilter,
    link=lambda row: reverse("catalogue:item", args=[row.code]),
    template="catalogue/items.html",
    empty=_("目录中没有符合条件的项目。"),
)


@page("catalogue.view")
def items(request: PageRequest) -> HttpResponse:
    """The list, by name."""
    return ITEMS.respond(request, may_import=may_import(request, "catalogue"), crumbs=crumbs(_("目录")))


@page("catalogue.view")
def item(request: PageRequest, code: str) -> HttpResponse:
    """One item with its terms over time."""
    found = queries.item(code)
    if found is None:
        raise Http404
    terms = list(queries.terms_of(code))
    context = {
        "item": found,
        "kind": ItemKind(found.kind).label,
        "category": ChargeCategory(found.charge_category).label,
        "terms": [
            (term, class_badge(term.pay_class), _ceilings(term), _limits(term), _in_force(term, request))
            for term in terms
        ],
        "crumbs": [*crumbs((_("目录"), "catalogue:items")), Crumb(found.name)],
    }
    return render(request, "catalogue/item.html", context)


def _in_force(term: ItemTerm, request: PageRequest) -> bool:
    return term.valid_from <= request.today and (term.valid_until is None or request.today < term.valid_until)


def _ceilings(term: ItemTerm) -> list[tuple[str, Decimal]]:
    named = (
        (gettext("通用"), term.price_ceiling),
        (gettext("三级"), term.price_ceiling_third),
        (gettext("二级"), term.price_ceiling_second),
        (gettext("一级及以下"), term.price_ceiling_first),
    )
    return [(label, ceiling) for label, ceiling in named if ceiling is not None]


def _limits(term: ItemTerm) -> list[str]:
    """限制条件 in words."""
    limits = []
    if term.max_days is not None:
        limits.append(gettext("限 %(n)s 天") % {"n": term.max_days})
    if term.max_quantity is not None:
        limits.append(gettext("限量 %(n)s") % {"n": f"{term.max_quantity.normalize():f}"})
    if term.min_level:
        limits.append(gettext("限 %(level)s级以上机构") % {"level": term.min_level})
    if term.inpatient_only:
        limits.append(gettext("限住院"))
    if term.sex:
        limits.append(gettext("限男性") if term.sex == "M" else gettext("限女性"))
    if term.min_age is not None:
        limits.append(gettext("限 %(n)s 岁以上") % {"n": term.min_age})
    if term.max_age is not None:
        limits.append(gettext("限 %(n)s 岁以下") % {"n": term.max_age})
    if term.diagnosis_prefixes:
        limits.append(gettext("限诊断 %(codes)s") % {"codes": "、".join(term.diagnosis_prefixes)})
    if term.institution_codes:
        limits.append(gettext("限定点机构"))
    if term.restricted:
        limits.append(gettext("须医院审批"))
    return [*limits, *([term.limit_note] if term.limit_note else [])]
