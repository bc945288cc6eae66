"""公开查询 (RIG-02, RIG-09): papers checked, catalogue, institutions, procedures; without a log-in, without scripts.

No personal data are asked for; of a paper only what stands on it is shown, masked.
"""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongchou.catalogue import queries as items
from tongchou.catalogue.states import ItemKind, PayClass
from tongchou.enrolment.transfers.queries import Certified
from tongchou.institutions import queries as hospitals
from tongchou.institutions.states import HospitalLevel, InstitutionKind
from tongchou.kernel.errors import DomainError
from tongchou.platform import papers, trail
from tongchou.platform import queries as platform
from tongchou.platform.scope import Scope
from tongchou.platform.web import access, masks
from tongchou.rights import commands, contents
from tongchou.rights.commands.progress import TooManyQuestions
from tongchou.rights.models import Certificate
from tongchou.rights.procedures import GUIDES
from tongchou.rights.states import CertificateKind, CertificateState
from tongchou.rights.web.badges import certificate_badge
from tongchou.rights.web.paper import spaced

SHOWN_ITEMS: Final = 30
SHORTEST: Final = 1
LONGEST: Final = 40

View = Callable[..., HttpResponse]


def _open_page(view: View) -> View:
    """A page for everybody: read or asked, never kept by a cache on the way."""

    @wraps(view)
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    def opened(request: HttpRequest) -> HttpResponse:
        return view(request)

    return opened


@_open_page
def index(request: HttpRequest) -> HttpResponse:
    """公开服务: what can be asked here."""
    return render(request, "rights/public/index.html")


@_open_page
def verify(request: HttpRequest) -> HttpResponse:
    """证明验真: the code as typed, or as scanned (`?c=`). What does not exist is 查无此件 and nothing more."""
    asked = (request.POST.get("code") or request.GET.get("c") or "").strip()[:LONGEST]
    context: dict[str, Any] = {"code": asked}
    status = 200
    if asked:
        now = access.now()
        address = request.META.get("REMOTE_ADDR") or ""
        try:
            with trail.from_address(address):
                found = commands.verify(asked, address=address, now=now)
        except DomainError as refusal:
            context |= {"refusal": access.sentence(refusal), "refusal_code": refusal.code}
            status = 429 if refusal.code == "RI-0212" else 404
        else:
            context |= _answer(found)
    return render(request, "rights/public/verify.html", context, status=status)


def _answer(found: Certificate | Certified | papers.Checked) -> dict[str, Any]:
    """What the page shows of the paper found."""
    if isinstance(found, papers.Checked):
        return {"paper": found, "is_withdrawn": bool(found.ended)}
    return _told(found) if isinstance(found, Certificate) else _told_of_transfer(found)


def _told(found: Certificate) -> dict[str, Any]:
    content = contents.masked(contents.from_kept(found.content))
    whole = contents.from_kept(found.content)
    return {
        "found": found,
        "kind": CertificateKind(found.kind).label,
        "state": certificate_badge(found.state),
        "is_valid": found.state is CertificateState.VALID,
        "is_withdrawn": found.state is CertificateState.WITHDRAWN,
        "content": content,
        "tables": [(shown, len(kept.rows)) for shown, kept in zip(content.tables, whole.tables, strict=True)],
        "code": spaced(found.code),
    }


def _told_of_transfer(found: Certified) -> dict[str, Any]:
    """转移文书: who and where, masked; whether the transfer still stands."""
    about = (
        (_("编号"), found.number),
        (_("出具机构"), found.agency),
        (_("出具日期"), found.issued_on.isoformat()),
        (_("姓名"), masks.name(found.name)),
        (_("证件号码"), masks.certificate(found.certificate_no)),
        (_("转出地"), f"{found.from_agency} · {_(found.from_scheme)}"),
        (_("转入地"), f"{found.to_agency} · {_(found.to_scheme)}"),
        (_("接续日期"), found.starts_on.isoformat()),
        (_("居民医保缴费年度"), "、".join(map(str, found.paid_years))),
    )
    return {"transfer": found, "about": [pair for pair in about if pair[1]], "is_withdrawn": found.is_void}


@_open_page
def progress(request: HttpRequest) -> HttpResponse:
    """办理进度: by case number and the phone given with the application (RIG-10)."""
    number = (request.POST.get("number") or request.GET.get("n") or "").strip()[:LONGEST]
    context: dict[str, Any] = {"number": number}
    status = 200
    if request.method == "POST":
        address = request.META.get("REMOTE_ADDR") or ""
        try:
            with trail.from_address(address):
                context["found"] = commands.ask_progress(
                    number=number,
                    phone=request.POST.get("phone", "")[:LONGEST],
                    address=address,
                    now=access.now(),
                )
        except DomainError as refusal:
            context |= {"refusal": access.sentence(refusal), "refusal_code": refusal.code}
            status = 429 if refusal.code == TooManyQuestions.code else 404
    return render(request, "rights/public/progress.html", context, status=status)


@_open_page
def catalogue(request: HttpRequest) -> HttpResponse:
    """三大目录查询 by name, pinyin initials or code: class, first self-pay share, ceiling, limits (GX2017 §85)."""
    words = request.GET.get("q", "").strip()[:LONGEST]
    kind = request.GET.get("kind", "")
    today = access.today(access.now())
    area, areas = _area(request, today)
    found: list[dict[str, Any]] = []
    more = False
    if len(words) >= SHORTEST and area:
        fitting = items.items(words=words, kind=kind if kind in set(ItemKind) else "")
        rows = list(fitting.order_by("name", "code")[: SHOWN_ITEMS + 1])
        more, rows = len(rows) > SHOWN_ITEMS, rows[:SHOWN_ITEMS]
        items.know_items(area, [row.code for row in rows])
        found = [_item(row, items.term(area, row.code, today)) for row in rows]
    context = {
        "words": words,
        "kind": kind,
        "kinds": ItemKind.choices,
        "area": area,
        "areas": areas,
        "found": found,
        "more": more,
    }
    return render(request, "rights/public/catalogue.html", context)


def _item(row: Any, term: items.Term | None) -> dict[str, Any]:
    """An item as residents read it; without a term the area does not pay it."""
    if term is None:
        return {"row": row, "kind": ItemKind(row.kind).label, "pay_class": "", "limits": []}
    return {
        "row": row,
        "kind": ItemKind(row.kind).label,
        "pay_class": PayClass(term.pay_class).label,
        "ratio": term.pre_self_pay_ratio,
        "ceiling": term.ceiling(""),
        "ceilings": [
            (HospitalLevel(level).label, price)
            for level, price in sorted(term.ceilings.items(), reverse=True)
            if level in ("1", "2", "3")
        ],
        "limits": _limits(term),
    }


def _limits(term: items.Term) -> list[str]:
    """限定支付范围 in words."""
    told = [term.limit_note] if term.limit_note else []
    if term.inpatient_only:
        told.append(_("限住院使用"))
    if term.min_level:
        told.append(_("限%(level)s以上机构") % {"level": _(HospitalLevel(term.min_level).label)})
    if term.max_days is not None:
        told.append(_("限用%(days)s天") % {"days": term.max_days})
    if term.sex:
        told.append(_("限女性") if term.sex == "F" else _("限男性"))
    if term.min_age is not None:
        told.append(_("限%(age)s周岁以上") % {"age": term.min_age})
    if term.max_age is not None:
        told.append(_("限%(age)s周岁以下") % {"age": term.max_age})
    if term.diagnosis_prefixes:
        told.append(_("限规定病种"))
    if term.restricted:
        told.append(_("须医院审批"))
    return told


@_open_page
def institutions(request: HttpRequest) -> HttpResponse:
    """定点医药机构查询 by name or pinyin initials (GX2017 §41): which may settle today."""
    today = access.today(access.now())
    area, areas = _area(request, today)
    words, kind = request.GET.get("q", "").strip()[:LONGEST], request.GET.get("kind", "")
    part = hospitals.find_institutions(
        scope=Scope(areas=(area,)),
        on=today,
        text=words,
        kind=kind if kind in set(InstitutionKind) else "",
        at=request.GET.get("at", ""),
        size=SHOWN_ITEMS,
    )
    units = platform.unit_names_of({row.unit_code for row in part.rows})
    context = {
        "words": words,
        "kind": kind,
        "kinds": InstitutionKind.choices,
        "area": area,
        "areas": areas,
        "found": [(row, units.get(row.unit_code, "")) for row in part.rows],
        "next": part.next,
    }
    return render(request, "rights/public/institutions.html", context)


@_open_page
def procedures(request: HttpRequest) -> HttpResponse:
    """办事指南: what is needed, where, how long."""
    return render(request, "rights/public/procedures.html", {"guides": GUIDES})


def _area(request: HttpRequest, on: date) -> tuple[str, list[Any]]:
    """The pooling area asked for, else the first; with the others to choose from."""
    areas = platform.pooling_areas(on)
    codes = [one.code for one in areas]
    asked = request.GET.get("area", "")
    return (asked if asked in codes else codes[0] if codes else ""), areas
