"""收件回执, 业务表单 and 办理结果 as paper (JL2019 §3, §18; ORG-15, ORG-21): A4, reprints marked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from reportlab.platypus import Flowable, Spacer

from tongchou.cases import kinds, queries
from tongchou.cases.kinds import Field, Filled, Form, Kind, Opinion, Subject, Values
from tongchou.cases.models import Case, CaseAct, CaseMaterial, Receipt
from tongchou.cases.states import SUPPLIED, Act, CaseState
from tongchou.cases.web.case import found
from tongchou.platform import queries as platform
from tongchou.platform.registers import Register
from tongchou.platform.web import masks
from tongchou.platform.web.access import PageRequest, check_unit, may, page
from tongchou.platform.web.paper import (
    HEADING,
    LABEL,
    SMALL,
    WIDTH,
    grid,
    pairs,
    paragraph,
    verification_code,
)
from tongchou.platform.web.printing import Print, printed

ROOM_TO_SIGN = 40
Names = Mapping[tuple[str, date], str]
"""The name of a unit on a day."""
_SAID = (Act.ACCEPTED, Act.NOT_ACCEPTED, Act.AGREED, Act.REFUSED)


@page("cases.view")
def receipt(request: PageRequest, number: str) -> HttpResponse:
    """收件回执: what was handed in for which items, what is still missing, and when an answer is due."""
    receipt = queries.receipt(number)
    if receipt is None:
        raise Http404
    cases = list(receipt.cases.all())
    check_unit(request, *{case.unit_code for case in cases}, kind="receipt", key=number)
    body: list[Flowable] = [Spacer(WIDTH, 4), _applicant(receipt)]
    for case in cases:
        body += _received(case)
    if receipt.applicant_phone:
        body.append(paragraph("凭受理号和联系电话,可在医保公开服务“办理进度”中查询办到哪一步。", SMALL))
    body += [Spacer(WIDTH, 8), _signatures("申请人(代办人)签名:", "收件人签名:")]
    says = [receipt.number, *(f"{case.number}{case.due_on or ''}" for case in cases)]
    told = [("申请人", masks.name(receipt.applicant_name)), ("收件时间", _moment(receipt.received_at))]
    told += [(kinds.kind_of(case.kind).title, f"{case.number} {masks.name(case.subject_name)}") for case in cases]
    which = _Print("收件回执", "receipt", receipt.number, "cases.receipt_printed", told)
    took = platform.unit_name if receipt.received_by_id else platform.agency_name
    agency = took(receipt.unit_code, timezone.localdate(receipt.received_at))
    return _printed(request, which, agency, says, body)


@page("cases.view")
def result(request: PageRequest, number: str) -> HttpResponse:
    """办理结果: what was decided and why, to be signed for."""
    case = found(request, number, with_files=False)
    if case.finished_at is None:
        raise Http404
    kind = kinds.kind_of(case.kind)
    body: list[Flowable] = [
        Spacer(WIDTH, 4),
        pairs(
            [
                ("事项", kind.title),
                ("受理号", case.number),
                ("办理对象", case.subject_name),
                ("申请人", case.receipt.applicant_name),
                ("受理日期", _day(case.accepted_on)),
                ("办结日期", _day(timezone.localdate(case.finished_at))),
                ("结论", CaseState(case.state).label),
                ("依据", kind.citation),
            ]
        ),
        paragraph("办理结果", HEADING),
        paragraph(case.result),
        *([paragraph(afterwards(case), SMALL)] if case.paper_on else []),
    ]
    if case.state in (CaseState.REFUSED, CaseState.NOT_ACCEPTED):
        body.append(paragraph("对结果有异议的,可以向经办机构申请复核,也可以依法申请行政复议或者提起行政诉讼。", SMALL))
    body += [Spacer(WIDTH, 8), _signatures("领取人签名:", "经办机构(盖章):")]
    says = [case.number, case.state, case.result]
    told = [
        *_about(case, kind),
        ("办结日期", _day(timezone.localdate(case.finished_at))),
        ("结论", CaseState(case.state).label),
    ]
    which = _Print(kind.result_title, "case", case.number, "cases.result_printed", told)
    agency = platform.agency_name(case.unit_code, timezone.localdate(case.finished_at))
    return _printed(request, which, agency, says, body)


@page("cases.view")
def supplied(request: PageRequest, number: str, version: int) -> HttpResponse:
    """补正材料收件回执: what came that time, what had come before and what was still missing then (JL2019 §18)."""
    case = found(request, number, with_files=False)
    act = next((one for one in case.acts.all() if one.version == version and one.act in SUPPLIED), None)
    if act is None:
        raise Http404
    kind = kinds.kind_of(case.kind)
    later = [one for one in case.acts.all() if one.act in SUPPLIED and one.version > version]
    rows: list[list[Any]] = [[paragraph("材料", LABEL), paragraph("情况", LABEL)]]
    rows += [
        [paragraph(one.name), paragraph(_by_then(one, act, later))]
        for one in sorted(case.materials.all(), key=lambda one: one.pk)
    ]
    notice = next(one for one in queries.notices_of(case) if one.closed_at is None or one.closed_at >= act.at)
    said = (
        f"其余材料请于 {notice.supply_by} 前补齐;收齐之日起继续计算办理时限,逾期未补正的,本次申请终止。"
        if act.act == Act.PART_SUPPLIED
        else "材料已齐,继续办理。"
    )
    body: list[Flowable] = [
        Spacer(WIDTH, 4),
        pairs(
            [
                ("事项", kind.title),
                ("受理号", case.number),
                ("办理对象", case.subject_name),
                ("申请人", case.receipt.applicant_name),
                ("收到时间", _moment(act.at)),
                ("收件人", _who(act)),
            ]
        ),
        Spacer(WIDTH, 4),
        grid(rows, (0.7, 0.3), heads=1),
        paragraph(said, SMALL),
        Spacer(WIDTH, 8),
        _signatures("申请人(代办人)签名:", "收件人签名:"),
    ]
    says = [case.number, str(version), act.opinion]
    told = [*_about(case, kind), ("收到时间", _moment(act.at)), ("收到材料", act.opinion)]
    which = _Print("补正材料收件回执", "case", f"{case.number}-{version}", "cases.supplied_printed", told)
    agency = platform.agency_name(case.unit_code, timezone.localdate(act.at))
    return _printed(request, which, agency, says, body)


def _by_then(one: CaseMaterial, act: CaseAct, later: Collection[CaseAct]) -> str:
    if _names(act, one):
        return "本次收到"
    return "待补正" if one.received_at is None or any(_names(then, one) for then in later) else "此前已收"


def _names(act: CaseAct, one: CaseMaterial) -> bool:
    """Whether the act says of the paper that it came; its own name may be a list, as 居民身份证、户口簿."""
    return f"、{one.name}、" in f"、{act.opinion}、"


@page("cases.view")
def form(request: PageRequest, number: str) -> HttpResponse:
    """业务表单 as filled at the counter, with the opinions given so far: to be signed and kept (ORG-21)."""
    case = found(request, number, with_files=False)
    kind = kinds.kind_of(case.kind)
    if kind.form is None:
        raise Http404
    units = platform.unit_names_then([*_signed(case), *_places(case, kind)])
    body = _form_body(kind.form, _filled(request, case, kind, units))
    says = [case.number, *(f"{name}={value}" for name, value in sorted(case.form.items())), str(case.version)]
    which = _Print(kind.form.title, "case", case.number, "cases.form_printed", _about(case, kind))
    agency = platform.agency_name(case.unit_code, timezone.localdate(case.created_at))
    return _printed(request, which, agency, says, body)


@page("cases.accept")
def blank_form(request: PageRequest, kind_code: str) -> HttpResponse:
    """空白表: to be filled in by hand."""
    kind = kinds.kind_of(kind_code)
    if kind.form is None:
        raise Http404
    unit = request.operator.org_unit_id
    what = Print(
        agency=platform.unit_name(unit, request.today),
        title=kind.form.title,
        number=f"{kind.form.annex}(空白表)",
        code="",
        action="cases.blank_form_printed",
        object_kind="case_kind",
        object_key=kind.code,
        unit_code=unit,
        file_name=f"{kind.code}-blank",
        counted=False,
    )
    return printed(request, what, _form_body(kind.form, Filled()))


def _about(case: Case, kind: Kind) -> list[tuple[str, str]]:
    """What every paper of a case says: the item, whom it concerns, who applied and when."""
    return [
        ("事项", kind.title),
        ("办理对象", masks.name(case.subject_name)),
        ("申请人", masks.name(case.receipt.applicant_name)),
        ("受理日期", _day(case.accepted_on)),
    ]


def _form_body(form: Form, filled: Filled) -> list[Flowable]:
    return [paragraph(form.annex, SMALL), Spacer(WIDTH, 2), *form.body(filled)]


def _filled(request: PageRequest, case: Case, kind: Kind, units: Names) -> Filled:
    return Filled(
        subject=Subject(case.subject_key, case.subject_name, case.unit_code, case.pooling_area),
        values=_as_seen(request, kind, case.form),
        known=_as_seen(request, kind, case.known),
        rows=tuple(_as_seen(request, kind, row) for row in case.rows),
        materials=tuple(one.name for one in sorted(case.materials.all(), key=lambda one: one.pk) if one.received_at),
        opinions=tuple(_opinions(case, kind, units)),
        on=timezone.localdate(case.created_at),
        number=case.number,
        applicant=case.receipt.applicant_name,
        phone=case.receipt.applicant_phone,
        agent=case.receipt.agent_name,
        choices=_choices(case, kind, units),
    )


def _choices(case: Case, kind: Kind, units: Names) -> dict[str, dict[str, str]]:
    """What each code stands for: choices in words, units by name beside their code."""
    told = {one.name: {code: str(label) for code, label in one.choices} for one in _fields(kind) if one.choices}
    return told | {one.name: _listed(one.register, case, kind, units) for one in _fields(kind) if one.register}


def _listed(register: Register, case: Case, kind: Kind, units: Names) -> dict[str, str]:
    """What is listed by name beside its code: units by their name of that day."""
    return {
        code: f"{units[code, on]} {code}" if units[code, on] != code else register.shown(case.pooling_area, code)
        for code, on in _places(case, kind)
    }


def _places(case: Case, kind: Kind) -> list[tuple[str, date]]:
    """What the form names of a register, on its day."""
    names = [one.name for one in _fields(kind) if one.register is not None]
    codes = {one[name] for one in (case.form, case.known, *case.rows) for name in names if one.get(name)}
    return [_placed(code, case.created_at) for code in sorted(codes)]


def _fields(kind: Kind) -> tuple[Field, ...]:
    return (*kind.fields, *(kind.rows.fields if kind.rows else ()))


def _as_seen(request: PageRequest, kind: Kind, values: Values) -> Values:
    """Certificate numbers in full only for whoever may see them."""
    if may(request, "enrolment.view_full_id"):
        return values
    hidden = {one.name for one in _fields(kind) if one.kind == "certificate"}
    return {name: masks.certificate(value) if name in hidden else value for name, value in values.items()}


def _placed(unit_code: str, at: datetime) -> tuple[str, date]:
    """A unit and the day on which its name is wanted."""
    return unit_code, timezone.localdate(at)


def _signed(case: Case) -> list[tuple[str, date]]:
    """The units of all who acted, each on its day."""
    return [_placed(act.operator.org_unit_id, act.at) for act in case.acts.all() if act.operator is not None]


def _opinions(case: Case, kind: Kind, units: Names) -> list[Opinion]:
    """What was said at each step, the oldest first; what went back to a step is to be said there again."""
    labels = {kinds.ACCEPTING: "受理", **{step.code: step.label for step in kind.steps}}
    found: list[Opinion] = []
    for act in sorted(case.acts.all(), key=lambda one: one.version):
        if act.act == Act.RETURNED:
            found = [one for one in found if one.step != act.to_step]
        elif act.act in _SAID and act.operator is not None:
            on = timezone.localdate(act.at)
            found.append(
                Opinion(
                    step=act.step,
                    label=labels.get(act.step, act.step),
                    operator=_who(act),
                    unit=units[act.operator.org_unit_id, on],
                    on=on,
                    opinion=act.opinion if act.act != Act.ACCEPTED else "",
                    agreed=act.act in (Act.ACCEPTED, Act.AGREED),
                )
            )
    return found


def _who(act: CaseAct) -> str:
    assert act.operator is not None
    return f"{act.operator.name}(代{act.on_behalf_of.name})" if act.on_behalf_of else act.operator.name


def _applicant(receipt: Receipt) -> Flowable:
    return pairs(
        [
            ("申请人", receipt.applicant_name),
            ("联系电话", receipt.applicant_phone),
            ("代办人", receipt.agent_name),
            ("收件时间", _moment(receipt.received_at)),
        ]
    )


def _received(case: Case) -> list[Flowable]:
    kind = kinds.kind_of(case.kind)
    rows: list[list[Any]] = [[paragraph("材料", LABEL), paragraph("情况", LABEL)]]
    rows += [
        [paragraph(one.name), paragraph("已收" if one.received_at else "待补正")]
        for one in sorted(case.materials.all(), key=lambda one: one.pk)
    ]
    said = f"办理时限 {kind.working_days} 个工作日({kind.limit_source})。"
    if case.due_on is not None:
        said += f"预计 {case.due_on.isoformat()} 前办结。"
    elif case.state == CaseState.SUPPLEMENTING:
        said += "材料补齐之日起计算时限。"
    elif case.state == CaseState.NOT_ACCEPTED:
        said = case.result
    if case.done_at_once:
        said = f"{case.done_at_once}。{said}"
    if case.paper_on is not None:
        said += afterwards(case)
    return [
        paragraph(f"{kind.title}  {case.subject_name}  受理号 {case.number}", HEADING),
        *([grid(rows, (0.7, 0.3), heads=1)] if len(rows) > 1 else []),
        paragraph(said, SMALL),
    ]


def afterwards(case: Case) -> str:
    """事后补录 in words: of which paper, and why."""
    return f"事后补录:{case.paper_on}纸质受理,编号{case.paper_number},原因:{case.paper_reason}。"


def _signatures(*who: str) -> Flowable:
    return grid([[paragraph(one) for one in who]], [1 / len(who)] * len(who), height=ROOM_TO_SIGN)


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


@dataclass(frozen=True, slots=True)
class _Print:
    """Which paper of which thing, and what the trail calls printing it."""

    title: str
    kind: str
    number: str
    action: str
    told: Sequence[tuple[str, str]] = ()


def _printed(
    request: PageRequest,
    which: _Print,
    agency: str,
    says: Sequence[str],
    body: Sequence[Flowable],
) -> HttpResponse:
    """The paper as PDF, with the agency's name of the day it speaks of (decision 0383); it is counted."""
    what = Print(
        agency=agency,
        title=which.title,
        number=which.number,
        code=verification_code(which.title, *says),
        action=which.action,
        object_kind=which.kind,
        object_key=which.number,
        file_name=which.number,
        told=which.told,
    )
    return printed(request, what, body)


def _moment(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")
