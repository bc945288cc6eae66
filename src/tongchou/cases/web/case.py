"""业务件 · one case: what was asked, with which papers, who did what, and what this operator may do now."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.cases import commands, kinds, queries
from tongchou.cases.commands import evidence, steps
from tongchou.cases.commands.attachments import LARGEST_BYTES, FileTooLarge
from tongchou.cases.models import Case
from tongchou.cases.states import OPEN, SUPPLIED, Act, CaseState, Decision
from tongchou.cases.web import fields
from tongchou.cases.web.badges import case_badge, limit_badge
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform import second_factor
from tongchou.platform.web import masks
from tongchou.platform.web.access import PageRequest, check_unit, may, note_look, page, sentence, sentence_with_code
from tongchou.platform.web.badges import Badge
from tongchou.platform.web.crumbs import Crumb, crumbs

_BAD = {Act.NOT_ACCEPTED, Act.RETURNED, Act.REFUSED, Act.LAPSED}


def found(request: PageRequest, number: str, *, with_files: bool = True) -> Case:
    """The case inside the operator's reach. Raises: Http404, OutOfScope."""
    case = queries.by_number(number, with_files=with_files)
    if case is None:
        raise Http404
    check_unit(request, case.unit_code, kind="case", key=number, work=kinds.work_of(case.kind))
    return case


@page("cases.view")
def case_page(request: PageRequest, number: str) -> HttpResponse:
    """The case; the look at it is noted."""
    case = found(request, number)
    note_look(
        request,
        "cases.case_seen",
        "case",
        number,
        area=case.pooling_area,
        unit_code=case.unit_code,
        subject=case.subject_key,
    )
    return _shown(request, case)


@page("cases.view", methods=("POST",))
def decide(request: PageRequest, number: str) -> HttpResponse:
    """同意、退回、不予办理."""

    def act(version: int) -> Any:
        wanted = request.POST.get("decision", "")
        if wanted not in Decision.values:
            raise Http404
        return commands.decide(
            number=number,
            version=version,
            decision=Decision(wanted),
            opinion=request.POST.get("opinion", "")[:500],
            second_factor_code=request.POST.get("second_factor", ""),
            operator=request.operator,
            now=request.now,
        )

    return _done(request, number, act)


@page("cases.view", methods=("POST",))
def ask(request: PageRequest, number: str) -> HttpResponse:
    """告知补正: one list of what is missing."""
    return _done(
        request,
        number,
        lambda version: commands.ask_for_materials(
            number=number,
            version=version,
            codes=request.POST.getlist("material"),
            reason=request.POST.get("reason", ""),
            operator=request.operator,
            now=request.now,
        ),
    )


@page("cases.accept", methods=("POST",))
def receive(request: PageRequest, number: str) -> HttpResponse:
    """收到补正材料: what came is ticked, whether it is all or not."""
    return _done(
        request,
        number,
        lambda version: commands.receive_materials(
            number=number,
            version=version,
            codes=request.POST.getlist("material"),
            operator=request.operator,
            now=request.now,
        ),
    )


@page("cases.accept", methods=("POST",))
def verify(request: PageRequest, number: str) -> HttpResponse:
    """核验材料: originals seen, copies kept."""
    return _done(
        request,
        number,
        lambda version: commands.verify_materials(
            number=number,
            version=version,
            originals=frozenset(request.POST.getlist("original")),
            copies=frozenset(request.POST.getlist("copied")),
            operator=request.operator,
            now=request.now,
        ),
    )


@page("cases.accept", methods=("POST",))
def withdraw(request: PageRequest, number: str) -> HttpResponse:
    """撤回: at the applicant's wish."""
    return _done(
        request,
        number,
        lambda version: commands.withdraw_case(
            number=number,
            version=version,
            reason=request.POST.get("reason", ""),
            operator=request.operator,
            now=request.now,
        ),
    )


@page("cases.accept", methods=("POST",))
def hand_out(request: PageRequest, number: str) -> HttpResponse:
    """发放结果."""
    return _done(
        request,
        number,
        lambda version: commands.hand_out(
            number=number,
            version=version,
            receiver=request.POST.get("receiver", ""),
            operator=request.operator,
            now=request.now,
        ),
    )


@page("cases.view", methods=("POST",))
def attach(request: PageRequest, number: str) -> HttpResponse:
    """上传附件: one file at a time, so that one that is refused holds up no other."""

    def act(version: int) -> Any:
        file = request.FILES.get("file")
        if file is None or file.size is None or file.size > LARGEST_BYTES:
            raise FileTooLarge(name=file.name if file else "", limit=LARGEST_BYTES >> 20)
        return commands.attach(
            number=number,
            version=version,
            name=file.name or "",
            data=file.read(),
            material_code=request.POST.get("material", ""),
            operator=request.operator,
            now=request.now,
        )

    return _done(request, number, act)


def _done(request: PageRequest, number: str, act: Callable[[int], Any]) -> HttpResponse:
    """Do it and show the case again; a refusal is shown on the case's page, with what was typed."""
    version = request.POST.get("version", "")
    if not version.isdecimal():
        raise Http404
    try:
        act(int(version))
    except (*second_factor.REFUSALS, DomainError) as refusal:
        case = found(request, number)
        return _shown(request, case, refusal=refusal, status=422)
    messages.success(request, gettext("已办理。"))
    return redirect("cases:case", number)


def _shown(request: PageRequest, case: Case, *, refusal: DomainError | None = None, status: int = 200) -> HttpResponse:
    kind = kinds.kind_of(case.kind)
    step = kind.step(case.step) if case.state == CaseState.IN_HAND else None
    accepts = may(request, "cases.accept")
    decides = step is not None and (case.handler_id == request.operator.pk or _may_decide(request, step))
    why = steps.why_not(case, step, operator=request.operator, today=request.today) if step and decides else None
    of_factor = isinstance(refusal, second_factor.REFUSALS)
    said = sentence_with_code(refusal) if refusal else ""
    context = {
        "case": case,
        "kind": kind,
        "look": kind.look(case.subject_key, case.form),
        "step": step,
        "state": case_badge(case),
        "limit": _limit(request, case),
        "form_lines": _form_lines(request, case, kind),
        "path": [(code, kind.step(code).label, code == case.step) for code in case.path],
        "materials": _materials(case, kind),
        "files": list(case.attachments.all()),
        "notice": queries.notice_of(case),
        "askable": kind.papers(tuple(case.rows)) if step else (),
        "papers": kind.papers(tuple(case.rows)),
        "open_evidence": list(evidence.open_evidence(case, kind)) if case.state in OPEN else [],
        "may_verify": accepts and case.state in OPEN,
        "has_evidence": any(one.evidence for one in kind.papers(tuple(case.rows))),
        "form_rows": _form_rows(request, case, kind),
        "why_not": sentence(why) if why else "",
        "may_decide": decides and why is None,
        "may_return": step is not None and case.path.index(step.code) > 0,
        "is_last": step is not None and case.path[-1] == step.code,
        "may_receive": accepts and case.state == CaseState.SUPPLEMENTING,
        "may_withdraw": accepts and case.state in OPEN,
        "may_hand_out": accepts and case.finished_at is not None and case.handed_out_at is None,
        "may_attach": case.state in OPEN,
        "others_wait": bool(queries.workload(request.operator, request.today).waiting),
        "record": kind.record(case.subject_key, case.pooling_area),
        "history": [_line(one, kind) for one in case.acts.all()],
        "said": "" if of_factor else said,
        "factor_error": said if of_factor else "",
        "opinion": request.POST.get("opinion", ""),
        "largest": LARGEST_BYTES >> 20,
        "crumbs": [*crumbs((_("业务件"), "cases:cases")), Crumb(case.number)],
    }
    return render(request, "cases/case.html", context, status=status)


def _limit(request: PageRequest, case: Case) -> Badge | None:
    if case.state not in OPEN:
        return None
    return limit_badge(case, platform.working_calendar(), request.today)


def _may_decide(request: PageRequest, step: kinds.Step) -> bool:
    """Whether to show the form: a post of the operator's own, or one handed over."""
    wanted = set(step.posts)
    if wanted & queries.own_posts(request.operator, request.today):
        return True
    return bool(wanted & queries.posts_at_hand(request.operator, request.today))


def _materials(case: Case, kind: kinds.Kind) -> list[tuple[Any, frozenset[str]]]:
    """The papers of the case, each with what its declaration wants noted."""
    asked = {one.code: one.evidence for one in kind.papers(tuple(case.rows))}
    return [(one, asked.get(one.code, frozenset())) for one in case.materials.all()]


def _form_lines(request: PageRequest, case: Case, kind: kinds.Kind) -> list[tuple[str, str]]:
    """What the form says, in words."""
    return _in_words(request, kind.fields, case.form, case.pooling_area)


def _form_rows(request: PageRequest, case: Case, kind: kinds.Kind) -> list[tuple[str, list[tuple[str, str]]]]:
    """The rows of the form's table, each with its name."""
    if kind.rows is None:
        return []
    area = case.pooling_area
    return [(row.get(kind.rows.named_by, ""), _in_words(request, kind.rows.fields, row, area)) for row in case.rows]


def _in_words(
    request: PageRequest, declared: Sequence[kinds.Field], values: Mapping[str, Any], area: str
) -> list[tuple[str, str]]:
    """Label and value of what is filled; certificate numbers in full only for whoever may see them."""
    lines = []
    for one in declared:
        value = str(values.get(one.name, ""))
        if not value:
            continue
        if one.kind == "certificate" and not may(request, "enrolment.view_full_id"):
            value = masks.certificate(value)
        lines.append((one.label, fields.in_words(one, value, area) if one.kind in ("choice", "listed") else value))
    return lines


def _line(one: Any, kind: kinds.Kind) -> dict[str, Any]:
    labels = {step.code: step.label for step in kind.steps}
    return {
        "at": one.at,
        "who": one.operator.name if one.operator else "",
        "behalf": one.on_behalf_of.name if one.on_behalf_of else "",
        "act": Act(one.act).label,
        "step": labels.get(one.step, "") if one.act != Act.ACCEPTED else "",
        "to_step": labels.get(one.to_step, ""),
        "opinion": one.opinion,
        "is_bad": one.act in _BAD,
        "slip": one.version if one.act in SUPPLIED else None,
    }
