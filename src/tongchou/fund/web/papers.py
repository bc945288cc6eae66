"""记账凭证与业务单据打印 (F-48; GX2017 §95, 100): ready to sign, counted, reprints marked."""

from django.http import Http404, HttpResponse
from django.utils import timezone
from reportlab.platypus import Flowable, Spacer

from tongchou.fund import chart, queries
from tongchou.fund.models import BusinessDocument
from tongchou.fund.states import FUND_NAMES, DocumentKind
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform
from tongchou.platform.web.access import PageRequest, check_area, page
from tongchou.platform.web.paper import (
    LABEL,
    WIDTH,
    capital_amount,
    grid,
    pairs,
    paragraph,
    sign_boxes,
    verification_code,
    yuan,
)
from tongchou.platform.web.printing import Print, printed


@page("fund.view", whole_area=True)
def voucher(request: PageRequest, number: str) -> HttpResponse:
    """记账凭证 on A4, with boxes for who made, reviewed and kept it."""
    found = queries.voucher(number)
    if found is None:
        raise Http404
    check_area(request, found.pooling_area)
    document = BusinessDocument.objects.filter(voucher_no=number).first()
    lines = [
        [
            paragraph(entry.note or found.summary),
            paragraph(f"{entry.account} {entry.account_name}"),
            yuan(entry.debit_fen) if entry.debit_fen else "",
            yuan(entry.credit_fen) if entry.credit_fen else "",
        ]
        for entry in found.entries
    ]
    total = yuan(found.total_fen)
    capital = paragraph(f"合计(大写){capital_amount(found.total_fen)}")
    body: list[Flowable] = [
        Spacer(WIDTH, 4),
        _pairs(
            ("凭证类型", found.kind.label),
            ("凭证日期", found.dated_on.isoformat()),
            ("摘要", found.summary),
            ("原始凭证", found.source_document),
        ),
        Spacer(WIDTH, 6),
        grid(
            [
                [paragraph(head, LABEL) for head in ("说明", "会计科目", "借方(元)", "贷方(元)")],
                *lines,
                [capital, "", total, total],
            ],
            (0.3, 0.36, 0.17, 0.17),
            heads=1,
        ),
        Spacer(WIDTH, 8),
        _signed(
            ("制单", found.made_by),
            ("复核", document.reviewed_by if document else ""),
            ("记账", ""),
            ("财务负责人", ""),
        ),
    ]
    said = (number, found.total_fen, found.dated_on)
    return _printed(request, "记账凭证", number, "fund.voucher_printed", said, body)


@page("fund.view", whole_area=True)
def document(request: PageRequest, number: str) -> HttpResponse:
    """业务单据 on A4: payer, paper, amount in words, the bank's entry, the boxes for seal and signatures."""
    found = BusinessDocument.objects.select_related("entry").filter(number=number).first()
    if found is None:
        raise Http404
    check_area(request, found.pooling_area_id)
    names = {subject.code: subject.name for subject in chart.subjects(found.scheme)}
    entry = found.entry
    credits = "、".join(
        f"{code} {names.get(code, '')} {yuan_text(fen, grouped=True)}元" for code, fen in found.credits.items()
    )
    body: list[Flowable] = [
        Spacer(WIDTH, 4),
        _pairs(
            ("种类", DocumentKind(found.kind).label),
            ("基金", FUND_NAMES[found.scheme]),
            ("付款单位", found.payer),
            ("来文(票据)号", found.paper),
            ("金额(元)", yuan_text(found.amount_fen, grouped=True)),
            ("大写", capital_amount(found.amount_fen)),
            ("摘要", found.summary),
            ("记账日期", found.dated_on.isoformat() if found.dated_on else "待到账"),
            ("借方科目", f"{found.account} {names.get(found.account, '')}"),
            ("贷方科目", credits),
            ("银行流水号", entry.reference if entry else "—"),
            ("银行付款人", entry.payer if entry else "—"),
            ("记账凭证号", found.voucher_no or "—"),
            ("填制时间", timezone.localtime(found.made_at).strftime("%Y-%m-%d %H:%M")),
        ),
        Spacer(WIDTH, 8),
        _signed(
            ("填制", found.made_by), ("对应到账", found.prepared_by), ("财务复核", found.reviewed_by), ("单位盖章", "")
        ),
    ]
    said = (number, found.amount_fen, found.state)
    return _printed(request, "业务处理单据", number, "fund.document_printed", said, body)


def _pairs(*said: tuple[str, str]) -> Flowable:
    return pairs(said, empty="—")


def _signed(*boxes: tuple[str, str]) -> Flowable:
    """签章栏: who signs, by name where a member of staff did it."""
    names = platform.names_of_staff([code for _label, code in boxes if code])
    return sign_boxes(*((label, names.get(code, code)) for label, code in boxes))


def _printed(
    request: PageRequest, title: str, number: str, action: str, said: tuple[object, ...], body: list[Flowable]
) -> HttpResponse:
    what = Print(
        agency=platform.unit_name(request.operator.org_unit_id, request.today),
        title=title,
        number=number,
        code=verification_code(title, *said),
        action=action,
        object_kind="fund_paper",
        object_key=number,
    )
    return printed(request, what, body)
