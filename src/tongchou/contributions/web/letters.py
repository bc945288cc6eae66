"""扣款通知 of a batch: how many are told by message, and the letters to those without a phone (CON-08)."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from reportlab.platypus import Flowable, Spacer

from tongchou.contributions import collection, told
from tongchou.contributions.told import Stage
from tongchou.contributions.web.batches import find_batch
from tongchou.contributions.web.papers import printed
from tongchou.contributions.web.places import CHAPTER
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.paper import SMALL, WIDTH, grid, paragraph

SHOWN: Final = 100
PRINTED: Final = 2_000


class NobodyToTell(DomainError):
    code = "CO-6135"
    message = "托收批次{number}“{stage}”没有需要送信的人,不打印送达名单"
    citation = "GX2017 §7"


def _stage(request: HttpRequest) -> Stage:
    asked = request.GET.get("stage", "")
    return Stage(asked) if asked in Stage.values else Stage.FAILED


def _counted(stage: Stage, batch_id: int) -> tuple[str, str, int, int, int]:
    everybody, without = told.counts(stage, batch_id)
    return stage.value, str(stage.label), everybody, everybody - without, without


@page("contributions.view")
def notices(request: PageRequest, batch_id: int) -> HttpResponse:
    """Who is told what, stage by stage."""
    found, stage = find_batch(request, batch_id), _stage(request)
    letters = told.letters(stage, found, limit=SHOWN)
    units = platform.unit_names_of({one.unit_code for one in letters})
    context = {
        "batch": found,
        "stage": stage,
        "stages": [_counted(one, found.pk) for one in Stage],
        "letters": [(one, units.get(one.unit_code, one.unit_code)) for one in letters],
        "shown": SHOWN,
        "crumbs": [
            *crumbs(CHAPTER, (_("银行托收"), "contributions:batches")),
            Crumb(found.number, f"/contributions/batches/{found.pk}/"),
            *crumbs(_("扣款通知")),
        ],
    }
    return render(request, "contributions/letters.html", context)


@page(collection.WITHHOLD)
def letters_paper(request: PageRequest, batch_id: int) -> HttpResponse:
    """信函名单: to be handed out in the village, signed for by each."""
    found, stage = find_batch(request, batch_id), _stage(request)
    rows = told.letters(stage, found, limit=PRINTED)
    if not rows:
        raise NobodyToTell(number=found.number, stage=stage.label)
    units = platform.unit_names_of({one.unit_code for one in rows})
    heads = ("序号", "参保单位", "姓名", "住址", "通知内容", "签收")
    lines: list[list[Any]] = [[paragraph(head, SMALL) for head in heads]]
    lines += [
        [
            paragraph(text, SMALL)
            for text in (
                one.line_no,
                units.get(one.unit_code, one.unit_code),
                one.name,
                one.address,
                f"{one.title}。{one.body}",
                "",
            )
        ]
        for one in rows
    ]
    body: list[Flowable] = [
        paragraph(f"托收批次{found.number},{stage.label},没有登记电话的{len(rows)}人,由村(社区)送达并签收。"),
        Spacer(WIDTH, 4),
        grid(lines, (0.06, 0.14, 0.1, 0.2, 0.36, 0.14), heads=1),
    ]
    return printed(
        request,
        title="扣款通知送达名单",
        number=f"{found.number}-{stage.value}",
        unit_code=found.unit_code,
        says=[(one.person_id, one.body) for one in rows],
        body=body,
        object_kind="collection_letters",
    )
