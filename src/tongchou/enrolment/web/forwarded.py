"""转交清单: the town's inbox and the village's proof, on the screen and on paper (GX2017 §7(二)2; ENR-06)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from reportlab.platypus import Flowable, Spacer

from tongchou.cases.kinds import work_of
from tongchou.cases.web.badges import case_badge
from tongchou.enrolment.models import ForwardingBatch
from tongchou.enrolment.registration import forwarding
from tongchou.enrolment.registration.kind import CODE
from tongchou.platform import queries as platform
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, page
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.paper import LABEL, WIDTH, grid, paragraph, verification_code
from tongchou.platform.web.printing import Print, printed

ROOM_TO_SIGN: Final = 52


@dataclass(frozen=True, slots=True)
class Line:
    """A batch as listed, with the names of both offices."""

    row: ForwardingBatch
    unit_name: str
    to_name: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = forwarding.batches(request.scope)
    if words := criteria.get("words", ""):
        found = found.filter(number__endswith=words) | found.filter(unit_code__startswith=words)
    return lists.Table(found)


def _complete(request: PageRequest, rows: Sequence[ForwardingBatch]) -> Sequence[Line]:
    names = platform.unit_names_of({code for row in rows for code in (row.unit_code, row.to_unit_code)})
    return [Line(row, names.get(row.unit_code, ""), names.get(row.to_unit_code, "")) for row in rows]


class BatchFilter(lists.FilterForm):
    words = lists.words(_("清单编号或村(社区)代码"))


BATCHES: Final = lists.List(
    name="forwarded",
    title=_("转交清单"),
    columns=(
        lists.Column(_("清单编号"), "number", "code"),
        lists.Column(_("村(社区)"), "unit_name"),
        lists.Column(_("接收机构"), "to_name"),
        lists.Column(_("件数"), "forms", "number"),
        lists.Column(_("人数"), "persons", "number"),
        lists.Column(_("转交时间"), "forwarded_at", "moment"),
    ),
    read=_read,
    complete=_complete,
    orders={"newest": ("-id",)},
    form=BatchFilter,
    link=lambda row: reverse("enrolment:batch", args=[row.number]),
    empty=_("还没有转交清单。"),
    next_step=_("村(社区)签署的参保登记表成批转交后,列在这里。"),
)


@page("enrolment.collect")
def batches(request: PageRequest) -> HttpResponse:
    """The batches of the villages in reach, the newest first."""
    return BATCHES.respond(request, crumbs=crumbs((_("参保登记"), "enrolment:persons"), _("转交清单")))


@page("enrolment.collect")
def batch(request: PageRequest, number: str) -> HttpResponse:
    """One batch, each form as it stands now."""
    found = _found(request, number)
    lines = forwarding.lines_of(found)
    names = platform.unit_names_of({found.unit_code, found.to_unit_code})
    context = {
        "batch": found,
        "work": work_of(CODE),
        "unit_name": names.get(found.unit_code, found.unit_code),
        "to_name": names.get(found.to_unit_code, found.to_unit_code),
        "lines": [(line, _badge(line)) for line in lines],
        "waiting": sum(1 for line in lines if line.standing and line.standing.step == "review"),
        "returned": sum(1 for line in lines if line.standing and line.standing.returned),
        "crumbs": [
            *crumbs((_("参保登记"), "enrolment:persons"), (_("转交清单"), "enrolment:batches")),
            Crumb(number),
        ],
    }
    return render(request, "enrolment/batch.html", context)


@page("enrolment.collect")
def batch_paper(request: PageRequest, number: str) -> HttpResponse:
    """转交清单 as paper: two copies are signed, one stays with the village."""
    found = _found(request, number)
    on = timezone.localdate(found.forwarded_at)
    what = Print(
        agency=platform.unit_name(found.unit_code, on),
        title="参保登记表转交清单",
        number=number,
        code=verification_code("转交清单", number, found.forms, found.persons),
        action="enrolment.forwarding_printed",
        object_kind="forwarding",
        object_key=number,
        unit_code=found.unit_code,
        file_name=number,
    )
    return printed(request, what, _body(found, on.isoformat()))


def _body(found: ForwardingBatch, on: str) -> list[Flowable]:
    names = platform.unit_names_of({found.unit_code, found.to_unit_code})
    heads = ("序号", "受理号", "户主", "户号", "人数")
    rows: list[list[Any]] = [[paragraph(head, LABEL) for head in heads]]
    for item in found.items.order_by("position"):
        cells = (item.position, item.case_number, item.subject_name, item.household_no, item.persons)
        rows.append([paragraph(cell) for cell in cells])
    rows.append([paragraph("合计"), paragraph(f"{found.forms}件"), "", "", paragraph(found.persons)])
    to = names.get(found.to_unit_code, "")
    said = f"兹将本村(社区)已审核签章的参保登记表{found.forms}件({found.persons}人)转交{to},{on}。"
    boxes = ("转交人签名:\n(村、居委会盖章)", "接收人签名:\n(乡镇、街道盖章)        年    月    日")
    return [
        Spacer(WIDTH, 4),
        paragraph(said),
        Spacer(WIDTH, 6),
        grid(rows, (0.08, 0.29, 0.18, 0.33, 0.12), heads=1),
        Spacer(WIDTH, 10),
        grid([[paragraph(one) for one in boxes]], (0.5, 0.5), height=ROOM_TO_SIGN),
    ]


def _badge(line: forwarding.Line) -> Any:
    if line.standing is None:
        return None
    return case_badge(_Standing(CODE, line.standing.state, line.standing.step))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Standing:
    """What a badge needs to know of a case."""

    kind: str
    state: str
    step: str


def _found(request: PageRequest, number: str) -> ForwardingBatch:
    found = forwarding.batch_of(number)
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="forwarding", key=number)
    return found
