"""转移接续 pages: the list of both sides, one transfer with its progress and papers, a person's periods (ENR-26…28)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from reportlab.platypus import Flowable, Spacer

from tongchou.enrolment.states import PersonCategory, Scheme
from tongchou.enrolment.transfers import commands, exchanging, queries, sources
from tongchou.enrolment.transfers.case import TO_AREA, TO_SCHEME
from tongchou.enrolment.transfers.models import Transfer, TransferDocument
from tongchou.enrolment.transfers.states import OPEN, DocumentKind, Side, TransferKind, TransferState
from tongchou.enrolment.web.person import person_page
from tongchou.exchange import queries as exchange
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform
from tongchou.platform.web import lists, masks, paper, tabs
from tongchou.platform.web.access import PageRequest, check_unit, may, page, sentence_with_code
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.importing import may_import
from tongchou.platform.web.printing import Print, printed

tabs.add_tab("person", tabs.Tab("transfers", _("转移接续"), "enrolment:person_transfers", "enrolment.view_person", 16))

_TONES: Final = {
    TransferState.OUT_DONE: Tone.HAND,
    TransferState.AWAITING: Tone.WAITING,
    TransferState.IN_DONE: Tone.DONE,
    TransferState.RETURNED: Tone.BAD,
    TransferState.WITHDRAWN: Tone.RESTING,
}
PRINTED: Final = "enrolment.transfer_printed"
SHOWN_UNITS: Final = 500


def transfer_badge(state: str) -> Badge:
    """转移状态 as shown."""
    known = TransferState(state)
    return Badge(known.label, _TONES[known])


class TransferFilter(lists.FilterForm):
    words = lists.words(_("姓名、证件号码、编号或验证码"))
    state = lists.choice(_("状态"), TransferState.choices)
    kind = lists.choice(_("类别"), TransferKind.choices)


TRANSFERS: Final = lists.List(
    name="transfers",
    title=_("转移接续"),
    columns=(
        lists.Column(_("编号"), "number", "code"),
        lists.Column(_("姓名"), "name", "name"),
        lists.Column(_("证件号码"), "certificate_no", "certificate"),
        lists.Column(_("类别"), lambda row: TransferKind(row.kind).label, "choice"),
        lists.Column(_("转出地"), "from_agency"),
        lists.Column(_("转入地"), "to_agency"),
        lists.Column(_("接续日期"), "starts_on", "day"),
        lists.Column(_("转出办结时间"), "made_at", "moment"),
        lists.Column(_("状态"), lambda row: transfer_badge(row.state), "state"),
    ),
    read=lambda request, criteria: lists.Table(queries.transfers(request.scope, **_asked(criteria))),
    orders={"newest": ("-id",)},
    form=TransferFilter,
    link=lambda row: reverse("enrolment:transfer", args=[row.number]),
    template="enrolment/transfers.html",
    empty=_("没有转移接续。"),
    next_step=_("转出从窗口受理“参保关系转移接续”;外地的转移文书在“导入”接收。"),
)


def _asked(criteria: Mapping[str, Any]) -> dict[str, str]:
    return {name: criteria.get(name, "") for name in ("words", "state", "kind")}


@page("enrolment.view_person")
def transfers(request: PageRequest) -> HttpResponse:
    """转移接续 of both sides inside the scope."""
    return TRANSFERS.respond(
        request,
        may_import=may_import(request, "transfer_documents"),
        crumbs=crumbs((_("参保登记"), "enrolment:persons"), _("转移接续")),
    )


def _found(request: PageRequest, number: str) -> Transfer:
    """One transfer in reach of either side. Raises: Http404, OutOfScope."""
    found = queries.transfer(number)
    if found is None:
        raise Http404
    inside = {found.from_unit or found.from_area, found.to_unit or found.to_area, found.to_area}
    check_unit(request, *inside, kind="transfer", key=number)
    return found


@page("enrolment.view_person", methods=("GET", "POST"))
def transfer(request: PageRequest, number: str) -> HttpResponse:
    """One transfer: how far it is, what each side may do, the papers."""
    found = _found(request, number)
    refusal = ""
    if request.method == "POST":
        try:
            messages.success(request, _acted(request, found, request.POST.get("act", "")))
        except DomainError as refused:
            refusal = sentence_with_code(refused)
        else:
            return redirect("enrolment:transfer", number)
    context = {
        "transfer": found,
        "badge": transfer_badge(found.state),
        "kind": TransferKind(found.kind).label,
        "work": (TO_AREA if found.kind == TransferKind.AREA else TO_SCHEME).work,
        "side": Side(found.side).label,
        "schemes": [Scheme(found.from_scheme).label, Scheme(found.to_scheme).label],
        "steps": _steps(found),
        "documents": [(one, DocumentKind(one.kind).label) for one in found.documents.all()],
        "refusal": refusal,
        **_choices(request, found),
        "crumbs": [
            *crumbs((_("参保登记"), "enrolment:persons"), (_("转移接续"), "enrolment:transfers")),
            Crumb(found.number),
        ],
    }
    return render(request, "enrolment/transfer.html", context, status=422 if refusal else 200)


def _choices(request: PageRequest, found: Transfer) -> dict[str, Any]:
    """What this operator may do now."""
    papers = {one.kind for one in found.documents.all()}
    waits = found.state == TransferState.AWAITING and found.side != Side.OUT
    joins = may(request, "enrolment.register") and request.scope.covers_area(found.to_area)
    leaves = may(request, "enrolment.review") and _covers(request, found.from_unit or found.from_area)
    scheme = found.kind == TransferKind.SCHEME
    here_in, here_out = found.side != Side.OUT, found.side != Side.IN
    table_ready = not scheme or DocumentKind.TABLE in papers
    partners = exchange.partners_with(found.from_area, exchanging.FLOW_NAME, request.today)
    if found.side == Side.IN:
        partners = exchange.partners_with(found.to_area, exchanging.FLOW_NAME, request.today)
    return {
        "may_register": waits and joins and table_ready,
        "may_return": waits and joins,
        "may_withdraw": found.state in OPEN and leaves and found.side != Side.IN,
        "may_letter": scheme and joins and here_in and found.state == TransferState.OUT_DONE,
        "may_table": scheme
        and leaves
        and here_out
        and DocumentKind.LETTER in papers
        and DocumentKind.TABLE not in papers,
        "sends": _to_send(found)[0].label,
        "partners": partners if found.side != Side.BOTH and may(request, "enrolment.review") else [],
        "units": platform.units_below(found.to_area, request.today)[:SHOWN_UNITS] if waits and joins else [],
    }


def _covers(request: PageRequest, unit_code: str) -> bool:
    unit = platform.unit(unit_code)
    return unit is not None and request.scope.covers(unit.path)


def _acted(request: PageRequest, found: Transfer, act: str) -> str:
    """Do it; what is said afterwards. Raises: as the commands."""
    version = request.POST.get("version", "")
    common: dict[str, Any] = {
        "transfer_id": found.pk,
        "version": int(version) if version.isdecimal() else 0,
        "operator": request.operator,
        "now": request.now,
    }
    reason = request.POST.get("reason", "")[:200]
    if act == "register":
        commands.register_in(unit_code=request.POST.get("unit", "")[:12], **common)
        return gettext("已办结转入,参保关系连续。")
    if act == "return":
        commands.return_transfer(reason=reason, **common)
        return gettext("已退回,原参保关系恢复。")
    if act == "withdraw":
        commands.withdraw_transfer(reason=reason, **common)
        return gettext("已撤回,原参保关系恢复。")
    if act == "letter":
        commands.send_letter(**common)
        return gettext("已发出联系函。")
    if act == "table":
        commands.send_table(**common)
        return gettext("已出具信息表。")
    kind, document = _to_send(found)
    partner = request.POST.get("partner", "")
    if document is None:
        raise commands.DocumentMissing(kind=kind.label, what=gettext("发送"))
    number = exchanging.send(
        document_id=document.pk,
        partner_id=int(partner) if partner.isdecimal() else 0,
        operator=request.operator,
        now=request.now,
    )
    return gettext("已生成交换文件%(number)s。") % {"number": number}


def _to_send(found: Transfer) -> tuple[DocumentKind, TransferDocument | None]:
    """The latest of this side's documents, which the other house has not got yet (待发送文书)."""
    ours = (
        (DocumentKind.ANSWER, DocumentKind.LETTER)
        if found.side == Side.IN
        else (DocumentKind.TABLE, DocumentKind.PROOF)
    )
    held = {one.kind: one for one in found.documents.all()}
    kind = next((kind for kind in ours if kind in held), ours[-1])
    return kind, held.get(kind)


def _steps(found: Transfer) -> list[dict[str, Any]]:
    """申请→转出办结→待转入→转入办结(退回、撤回), each with its moment."""
    steps = [
        {"label": _("申请"), "at": None, "done": True, "note": found.case_number or found.foreign_number},
        {"label": TransferState.OUT_DONE.label, "at": found.made_at, "done": True, "note": found.from_agency},
    ]
    for one in found.documents.all():
        if one.kind in (DocumentKind.LETTER, DocumentKind.TABLE):
            steps.append(
                {
                    "label": DocumentKind(one.kind).label,
                    "at": one.issued_at,
                    "done": True,
                    "note": gettext("已签收") if one.acknowledged_at else gettext("待签收"),
                }
            )
    waits = found.state in OPEN
    steps.append(
        {
            "label": TransferState.AWAITING.label,
            "at": None,
            "done": found.state != TransferState.OUT_DONE,
            "note": found.to_agency if waits else "",
        }
    )
    if not waits:
        label = TransferState(found.state).label
        steps.append({"label": label, "at": found.ended_at, "done": True, "note": found.end_reason or found.to_agency})
    return steps


@page("enrolment.view_person")
def of_person(request: PageRequest, person_no: str) -> HttpResponse:
    """转移接续 of one person, and the years paid in each scheme apart (ENR-27)."""
    context = person_page(request, person_no, "transfers")
    facts = context["facts"]
    context |= {
        "transfers": [
            (one, TransferKind(one.kind).label, transfer_badge(one.state)) for one in queries.transfers_of(facts.id)
        ],
        "periods": queries.periods_of(facts.id),
        "may_leave": may(request, "cases.accept", work=TO_AREA.work) and not facts.died_on,
        "may_change_scheme": may(request, "cases.accept", work=TO_SCHEME.work) and not facts.died_on,
    }
    return render(request, "enrolment/person_transfers.html", context)


# --- paper ----------------------------------------------------------------------------------------------------------


@page("enrolment.view_person")
def document(request: PageRequest, number: str, kind: str) -> HttpResponse:
    """转移文书 as PDF with its code; reprints are marked (GX2017 §16)."""
    found = _found(request, number)
    one = queries.document(number, kind)
    if one is None:
        raise Http404
    return document_paper(request, found, one)


def document_paper(request: PageRequest, found: Transfer, one: TransferDocument) -> HttpResponse:
    """The document as PDF for whoever may have it: the agency's clerk, or its person."""
    what = Print(
        agency=one.issued_by,
        title=DocumentKind(one.kind).label,
        number=found.number,
        code=one.code,
        action=PRINTED,
        object_kind="transfer_document",
        object_key=f"{found.number}:{one.kind}",
        file_name=f"{found.number}-{one.kind}",
    )
    return printed(request, what, _body(found, one))


def _body(found: Transfer, one: TransferDocument) -> list[Flowable]:
    content = one.content
    body: list[Flowable] = [
        Spacer(paper.WIDTH, 4),
        paper.pairs(
            [
                ("姓名", found.name),
                ("证件号码", masks.certificate(found.certificate_no)),
                ("转出地经办机构", found.from_agency),
                ("转入地经办机构", found.to_agency),
                ("转出险种", Scheme(found.from_scheme).label),
                ("转入险种", Scheme(found.to_scheme).label),
                ("接续日期", found.starts_on.isoformat()),
                ("转移原因", found.reason),
            ]
        ),
    ]
    if one.kind in (DocumentKind.PROOF, DocumentKind.TABLE):
        body += _certified(content)
    else:
        body += _said(content["transfer"])
    body += [
        paper.paragraph(f"文书摘要(SHA-256) {one.digest}", paper.SMALL),
        Spacer(paper.WIDTH, 8),
        paper.sign_boxes(("经办人", ""), ("经办机构(盖章)", ""), ("日期", "")),
    ]
    return body


def _certified(content: Mapping[str, Any]) -> list[Flowable]:
    """Years paid for, use of the year, filings."""
    relation = content["relation"]
    category = relation.get("category", "")
    lines = [
        [
            str(one["year"]),
            yuan_text(one["amount_fen"]),
            one["paid_on"],
            _days(one["from"], one["until"]),
        ]
        for one in content["paid"]
        if one["scheme"] == Scheme.RESIDENT
    ]
    worked = [
        [one["employer"], one["from"][:7], f"{one['until']}(不含)" if one["until"] else "至今"]
        for one in content.get("employed", ())
    ]
    year = str(relation.get("benefit_year", ""))
    amounts = {name: int(fen) for name, fen in content["use"].items()}
    said = sources.in_words(relation["from_area"], relation["from_scheme"], int(year), amounts) if year else ()
    used = [[what, f"{much}次" if is_count else f"{yuan_text(much)}元"] for what, much, is_count in said]
    parts: list[Flowable] = [
        paper.pairs(
            [
                ("人员类别", PersonCategory(category).label if category else ""),
                ("参保日期", relation.get("enrolled_from", "")),
            ]
        ),
        paper.paragraph(f"居民医保缴费年度(共{len(lines)}年)", paper.HEADING),
        _table(("年度", "个人缴费(元)", "足额缴费日期", "待遇享受期"), lines, (0.15, 0.2, 0.25, 0.4), amounts=(1,)),
        paper.paragraph("职工医保参保月份", paper.HEADING),
        _table(("用人单位", "起", "止"), worked, (0.5, 0.2, 0.3)),
        paper.paragraph(f"{year}年度累计", paper.HEADING),
        _table(("项目", "累计"), used, (0.6, 0.4), amounts=(1,)),
        paper.paragraph("在办备案", paper.HEADING),
        paper.paragraph("、".join(content["filings"]) or "无"),
    ]
    return parts


def _said(said: Mapping[str, Any]) -> list[Flowable]:
    """A letter or an answer in words."""
    if said["document"] == DocumentKind.LETTER:
        words = f"请贵机构按规定办理{said['number']}号转移接续,并出具关系转移接续信息表。所附凭证摘要:{said['answers']}"
    else:
        done = said["result"] == "accepted"
        words = "已办理转入,参保关系接续。" if done else f"不予转入,退回贵机构。原因:{said['reason']}"
    return [paper.paragraph("内容", paper.HEADING), paper.paragraph(words)]


def _days(first: str | None, until: str | None) -> str:
    """The span as paper says it, with its last day; without an end it is open."""
    if not first:
        return "—"
    return f"{first} — {date.fromisoformat(until) - timedelta(days=1)}" if until else f"{first} — 长期"


def _table(
    heads: Sequence[str], lines: Sequence[Sequence[str]], widths: Sequence[float], *, amounts: Sequence[int] = ()
) -> Flowable:
    """Heads and lines; the columns `amounts` stand to the right."""
    rows: list[list[Any]] = [[paper.paragraph(head, paper.LABEL) for head in heads]]
    for line in lines or [["—"] * len(heads)]:
        styles = [paper.AMOUNT if at in amounts else paper.NORMAL for at in range(len(line))]
        rows.append([paper.paragraph(cell, style) for cell, style in zip(line, styles, strict=True)])
    return paper.grid(rows, widths, heads=1)
