"""新测算: which settlements, under which rules; other values, steps of one value, a draft, a package, a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.encounters import outside
from tongchou.enrolment.states import Scheme
from tongchou.kernel.errors import DomainError
from tongchou.lab import candidates, commands, worker
from tongchou.lab.candidates import Candidate
from tongchou.lab.models import Replay
from tongchou.lab.states import Origin
from tongchou.parameters import queries as parameters
from tongchou.platform import checks
from tongchou.platform import queries as platform
from tongchou.platform.permissions import permission as permission_named
from tongchou.platform.states import UnitLevel
from tongchou.platform.web import access
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.crumbs import crumbs
from tongchou.policy.errors import PackageRefused, PolicyMissing
from tongchou.policy.packages import Package

WAYS: Final = (
    (Origin.VALUES, _("改动数值")),
    (Origin.SWEEP, _("阶梯试算")),
    (Origin.DRAFT, _("参数草稿")),
    (Origin.PACKAGE, _("已有政策包")),
    (Origin.FILE, _("上传文件")),
)
SAMPLES: Final = ((1000, _("全部人员")), (200, _("抽取 20% 的人")), (50, _("抽取 5% 的人")), (10, _("抽取 1% 的人")))
YEAR: Final = timedelta(days=365)
LARGEST_FILE: Final = 2_000_000
_RELOAD: Final = {
    "hx-get": reverse_lazy("lab:replay_new"),
    "hx-include": "closest aside",
    "hx-trigger": "change",
    "hx-target": "#page",
    "hx-select": "#page > *",
    "hx-swap": "innerHTML",
    "hx-sync": "#page:queue last",
}
"""Another scheme has other packages: the page is asked for again."""
VALUE: Final = "v:"
"""What the names of fields with new values begin with; the path in the package follows."""


class FileMissing(DomainError):
    code = "LB-0108"
    message = "请选择要测算的政策包文件(yaml),不超过{megabytes}兆"


class DraftMissing(DomainError):
    code = "LB-0109"
    message = "请选择要测算的草稿或政策包"


class ScopeForm(forms.Form):
    """Which settlements are replayed (测算范围)."""

    unit = forms.ChoiceField(label=_("参保地"), required=False)
    scheme = forms.ChoiceField(label=_("险种"), choices=Scheme.choices)
    since = forms.DateField(label=_("结算日期从"))
    until = forms.DateField(label=_("到"))
    permille = forms.TypedChoiceField(label=_("人员范围"), choices=SAMPLES, coerce=int)
    title = forms.CharField(label=_("名称"), max_length=80, required=False)

    def __init__(self, data: Any, units: list[tuple[str, str]]) -> None:
        super().__init__(data, label_suffix="")
        for name, field in self.fields.items():
            kind = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            field.widget.attrs |= {"class": kind, "autocomplete": "off"}
            if isinstance(field, forms.DateField):
                field.widget = forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d")
            if name == "unit":
                field.choices = units  # type: ignore[attr-defined]  of a ChoiceField
        self.fields["title"].widget.attrs["placeholder"] = gettext("不填则按改动命名")
        self.fields["scheme"].widget.attrs |= _RELOAD


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the operator may ask for replays: the pooling area, and the units of it."""

    area: str
    units: list[tuple[str, str]]


def ground(request: PageRequest) -> Ground:
    """The area the operator works in, with its counties inside the scope. Raises: AreaOutOfScope."""
    asked = request.GET.get("area") or ""
    area = asked if asked and request.scope.covers_area(asked) else own_area(request)
    counties = [
        (unit.code, unit.name)
        for unit in platform.units_below(area, request.today, [UnitLevel.COUNTY])
        if request.scope.covers(unit.path)
    ]
    whole = [("", gettext("全统筹区"))] if request.scope.covers_area(area) else []
    if not area or not (whole or counties):
        raise checks.AreaOutOfScope(area=area or "—", permission=permission_named(request.permission).label)
    return Ground(area, [*whole, *counties])


@page("policy.replay", methods=("GET", "POST"))
def replay_new(request: PageRequest) -> HttpResponse:
    """The form, and sending it."""
    where = ground(request)
    way = _way(request)
    scheme = _scheme(request, way)
    told: dict[str, Any] = {}
    if request.method == "POST":
        form = ScopeForm(request.POST, where.units)
        if form.is_valid():
            try:
                return _ask(request, where, way, form.cleaned_data)
            except PackageRefused as refusal:
                told = {"refusal": access.sentence(refusal), "code": refusal.code, "findings": refusal.findings[:50]}
            except DomainError as refusal:
                told = {"refusal": access.sentence(refusal), "code": refusal.code}
    else:
        form = ScopeForm(_defaults(request, scheme), where.units)
    context = told | {
        "form": form,
        "way": way.value,
        "ways": [(origin.value, label) for origin, label in WAYS],
        "scheme": scheme,
        "area": where.area,
        "crumbs": crumbs((_("政策测算"), "lab:replays"), _("新测算")),
        **_choices(request, where, way, scheme),
    }
    return render(request, "lab/replay_new.html", context, status=422 if told or form.errors else 200)


def _way(request: PageRequest) -> Origin:
    asked = request.POST.get("way") or request.GET.get("way") or ""
    if not asked and request.GET.get("draft"):
        return Origin.DRAFT
    return Origin(asked) if asked in Origin.values else Origin.VALUES


def _scheme(request: PageRequest, way: Origin) -> str:
    asked = request.POST.get("scheme") or request.GET.get("scheme") or ""
    draft = request.GET.get("draft", "")
    if not asked and way is Origin.DRAFT and draft.isdecimal():
        return parameters.draft(int(draft)).scheme
    return asked if asked in Scheme.values else Scheme.RESIDENT.value


def _defaults(request: PageRequest, scheme: str) -> dict[str, str]:
    """The last year, everybody."""
    given = {
        "since": (request.today - YEAR + timedelta(days=1)).isoformat(),
        "until": request.today.isoformat(),
        "permille": "1000",
        "scheme": scheme,
    }
    return given | {name: value for name, value in request.GET.items() if name in ScopeForm.base_fields and value}


def _choices(request: PageRequest, where: Ground, way: Origin, scheme: str) -> dict[str, Any]:
    """What may be chosen in this way of asking."""
    given = request.POST if request.method == "POST" else request.GET
    if way is Origin.DRAFT:
        drafts = [draft for draft in parameters.drafts_to_try(request.scope) if draft.scheme in Scheme.values]
        return {"drafts": drafts, "draft_chosen": given.get("draft", "")}
    if way is Origin.PACKAGE:
        packages = [one for one in outside.book().packages if one.scheme == scheme]
        return {"packages": sorted(packages, key=_newest_first), "package_chosen": given.get("package", "")}
    if way is Origin.FILE:
        return {}
    try:
        package = candidates.in_force(where.area, scheme, request.today)
    except PolicyMissing as refusal:
        return {"missing": access.sentence(refusal), "editables": []}
    rows = [{"one": one, "name": VALUE + one.path, "given": given.get(VALUE + one.path, "")} for one in _told(package)]
    return {
        "package": package,
        "editables": rows,
        "path": given.get("path", ""),
        "start": given.get("start", ""),
        "stop": given.get("stop", ""),
        "step": given.get("step", ""),
    }


def _newest_first(package: Package) -> tuple[str, int]:
    return package.area, -package.valid_from.toordinal()


def _told(package: Package) -> list[candidates.Editable]:
    return candidates.editables(package)


def _ask(request: PageRequest, where: Ground, way: Origin, asked: Mapping[str, Any]) -> HttpResponse:
    candidate = _candidate(request, where, way, asked["scheme"])
    replay = commands.ask_replay(
        pooling_area=where.area,
        unit_code=asked["unit"],
        scheme=asked["scheme"],
        since=asked["since"],
        until=asked["until"] + timedelta(days=1),
        permille=asked["permille"],
        title=asked["title"] or named(candidate),
        candidate=candidate,
        operator=request.operator,
        now=request.now,
        today=request.today,
    )
    return follow(replay)


def follow(replay: Replay) -> HttpResponse:
    """To the page of a replay just asked for; a process is started at once, without waiting for the clock."""
    transaction.on_commit(worker.ensure_running)
    return redirect("lab:replay", replay.pk)


def _candidate(request: PageRequest, where: Ground, way: Origin, scheme: str) -> Candidate:
    """Raises: what the way of asking may refuse."""
    if way is Origin.DRAFT:
        draft = request.POST.get("draft", "")
        if not draft.isdecimal():
            raise DraftMissing
        return candidates.of_draft(int(draft))
    if way is Origin.PACKAGE:
        wanted = request.POST.get("package", "")
        if not wanted:
            raise DraftMissing
        return candidates.of_package(wanted)
    if way is Origin.FILE:
        file = request.FILES.get("file")
        if file is None or not file.size or file.size > LARGEST_FILE:
            raise FileMissing(megabytes=LARGEST_FILE // 1_000_000)
        return candidates.of_file(file.read(), file.name or "")
    package = candidates.in_force(where.area, scheme, request.today)
    if way is Origin.SWEEP:
        given = {name: request.POST.get(name, "").strip() for name in ("start", "stop", "step")}
        return candidates.stepped(package, request.POST.get("path", ""), **given)
    values = {
        name.removeprefix(VALUE): str(text).strip() for name, text in request.POST.items() if name.startswith(VALUE)
    }
    return candidates.with_values(package, {path: text for path, text in values.items() if text})


def named(candidate: Candidate) -> str:
    """A name from what is other: `住院报销比例 · 二级 75→80`."""
    if candidate.sweep is not None:
        sweep = candidate.sweep
        return f"{sweep.words} {sweep.values[0]}–{sweep.values[-1]}"[:80]
    if not candidate.changes:
        return candidate.package.definition.header.title[:80]
    first = candidate.changes[0]
    more = f" 等{len(candidate.changes)}项" if len(candidate.changes) > 1 else ""
    return f"{first['words']} {first['old'] or '—'}→{first['new']}"[: 80 - len(more)] + more


def step_as_candidate(replay: Replay, step: str) -> tuple[Candidate, str]:
    """One step of a sweep as a candidate of its own, and its name. Raises: DomainError."""
    package = Package.parse(replay.candidate_text.encode(), replay.candidate)
    try:
        candidate = candidates.with_values(package, {replay.sweep["path"]: step})
    except candidates.NothingChanged:
        candidate = Candidate(package, Origin.PACKAGE)
    return candidate, f"{replay.sweep['words']} {replay.sweep['old'] or '—'}→{step}"[:80]
