"""待遇试算 for everybody (BEN-43; RIG-09): what the fund would pay and what I would, told step by step.

No log-in, no script needed; the conditions stand in the address, nothing of them is kept.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tongchou.enrolment.states import Scheme
from tongchou.kernel.errors import DomainError
from tongchou.lab import candidates, queries, trials
from tongchou.lab.trials import Asked
from tongchou.lab.web.throttle import Throttle
from tongchou.platform import queries as platform
from tongchou.platform.web import access
from tongchou.policy.errors import MissingParameter, PolicyMissing
from tongchou.policy.facts import ClassSums, Outcome
from tongchou.policy.packages import Package
from tongchou.policy.vocabulary import PLACES, REFERRALS, Measure, Scope
from tongchou.settlement.stored import SHARES
from tongchou.settlement.web.bars import shares
from tongchou.settlement.web.explanation import explained

throttle: Final = Throttle(burst=60, seconds=1)
TOO_MANY: Final = 429
MOST_YUAN: Final = 10_000_000
USUAL_DAYS: Final = timedelta(days=90)
REMEMBERED_SECONDS: Final = 600
CHRONIC: Final = "chronic"
_AMOUNT: Final = re.compile(r"^\d{1,9}(\.\d{1,2})?$")
CLASSES: Final = (
    ("scope", _("可以报销的(政策范围内)"), ""),
    ("pre", _("乙类先行自付"), ""),
    ("over", _("超过限价的"), ""),
    ("own", _("全自费"), ""),
)
_usual: dict[tuple[str, str, str], tuple[float, int | None]] = {}


@dataclass(slots=True)
class Form:
    """What was filled in, as it is shown again, with what is wrong with it by field."""

    given: Mapping[str, str]
    groups: frozenset[str]
    errors: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.given.get(name, "").strip()

    def choice(self, name: str, known: Mapping[str, Any], otherwise: str) -> str:
        wanted = self.text(name)
        return wanted if wanted in known else otherwise

    def fen(self, name: str) -> int:
        """An amount in yuan as fen; what cannot be read is an error of the field."""
        text = self.text(name).replace(",", "").replace(",", "")
        if not text:
            return 0
        if not _AMOUNT.match(text) or int(text.partition(".")[0]) > MOST_YUAN:
            self.errors[name] = gettext("请填写金额,如 3200 或 3200.50,不超过一千万元")
            return 0
        whole, _point, part = text.partition(".")
        return int(whole) * 100 + int(part.ljust(2, "0") or 0)

    def number(self, name: str, most: int) -> int | None:
        """A whole number, or None where nothing is filled in."""
        text = self.text(name)
        if not text:
            return None
        if not text.isdecimal() or not text.isascii() or int(text) > most:
            self.errors[name] = gettext("请填写 0 到 %(most)s 的整数") % {"most": most}
            return None
        return int(text)


@never_cache
@require_GET
def calculator(request: HttpRequest) -> HttpResponse:
    """The page: the form, and the answer above it once there is one."""
    if not throttle.allows(request.META.get("REMOTE_ADDR") or ""):
        response = render(request, "lab/calculator.html", {"is_busy": True}, status=TOO_MANY)
        response["Retry-After"] = "60"
        return response
    form = Form({name: value[:40] for name, value in request.GET.items()}, frozenset(request.GET.getlist("groups")))
    today = access.today(access.now())
    areas = {area.code: area.name for area in platform.pooling_areas(today)}
    area = form.choice("area", areas, next(iter(areas), ""))
    scheme = form.choice("scheme", dict(Scheme.choices), Scheme.RESIDENT.value)
    context: dict[str, Any] = {
        "form": form,
        "areas": areas.items(),
        "area": area,
        "schemes": Scheme.choices,
        "scheme": scheme,
    }
    try:
        package = candidates.in_force(area, scheme, today)
    except PolicyMissing:
        context["refusal"] = gettext("这个地区的这个险种还没有登记待遇政策,暂时不能试算。")
        return render(request, "lab/calculator.html", context)
    context |= _choices(package, form)
    if form.text("go"):
        share = usual_share(area, scheme, context["kind"])
        asked = _asked(package, form, context, share)
        if form.errors:
            return render(request, "lab/calculator.html", context, status=422)
        try:
            outcome = trials.tried(package, asked)
        except DomainError as refusal:
            return render(request, "lab/calculator.html", context | _refused(refusal), status=422)
        context |= _answer(package, asked, outcome, is_estimate=not _by_class(form), share=share)
    return render(request, "lab/calculator.html", context)


def _refused(refusal: DomainError) -> dict[str, str]:
    if isinstance(refusal, MissingParameter):
        words = gettext("这种情况的报销标准还没有公布,暂时不能试算。请向当地经办机构询问。")
        return {"refusal": words, "code": refusal.code}
    return {"refusal": access.sentence(refusal), "code": refusal.code}


def usual_share(area: str, scheme: str, kind: str) -> int | None:
    """What of such bills usually lies within the scope, in millionths; asked of the tables every ten minutes."""
    key, now = (area, scheme, kind), time.monotonic()
    known = _usual.get(key)
    if known is None or now - known[0] > REMEMBERED_SECONDS:
        since = access.today(access.now()) - USUAL_DAYS
        share = queries.usual_share_ppm(pooling_area=area, scheme=scheme, kind=kind, since=since)
        known = _usual[key] = (now, share)
    return known[1]


def _choices(package: Package, form: Form) -> dict[str, Any]:
    """What may be chosen under this package, and what is."""
    definition = package.definition
    levels = {code.removeprefix("L"): label for code, label in definition.levels.items()}
    kind = form.choice("kind", definition.kinds, next(iter(definition.kinds)))
    year = [
        {"name": f"y:{one.name}", "label": one.label, "is_count": one.measure is Measure.COUNT}
        for one in definition.accumulators.values()
        if one.scope is Scope.YEAR or (one.scope is Scope.DISEASE and kind == CHRONIC)
    ]
    for one in year:
        one["value"] = form.text(str(one["name"]))
        one["error"] = ""
    return {
        "package": package,
        "kinds": definition.kinds.items(),
        "kind": kind,
        "levels": levels.items(),
        "level": form.choice("level", levels, next(iter(levels), "")),
        "places": PLACES.items(),
        "place": form.choice("place", PLACES, "home"),
        "referrals": REFERRALS.items(),
        "referral": form.choice("referral", REFERRALS, "none"),
        "groups": definition.groups.items(),
        "diseases": definition.diseases.items(),
        "disease": form.choice("disease", definition.diseases, ""),
        "asks_disease": kind == CHRONIC and bool(definition.diseases),
        "asks_age": any(rule.when.asks_age for rule in definition.rules),
        "has_account": any(rule.layer.value == "account" for rule in definition.rules),
        "year": year,
        "year_is_used": any(one["value"] for one in year),
        "classes": [{"name": name, "label": gettext(label), "value": form.text(name)} for name, label, _x in CLASSES],
        "by_class": _by_class(form),
    }


def _by_class(form: Form) -> bool:
    return any(form.text(name) for name, _label, _hint in CLASSES)


def _asked(package: Package, form: Form, chosen: Mapping[str, Any], share: int | None) -> Asked:
    """The conditions as the engine takes them; what is wrong stands in the form's errors."""
    if _by_class(form):
        sums = ClassSums(form.fen("own"), form.fen("over"), form.fen("pre"), form.fen("scope"))
    else:
        sums = trials.usual_mix(form.fen("total"), share)
    if not sums.total_fen and not form.errors:
        form.errors["total"] = gettext("请填写这次的医疗费总额")
    disease = chosen["disease"] or None
    if chosen["asks_disease"] and disease is None:
        form.errors["disease"] = gettext("门诊慢性病按病种报销,请选择病种")
    state: dict[str, int] = {}
    for one in chosen["year"]:
        name = one["name"].removeprefix("y:")
        used = (form.number(one["name"], 99) or 0) if one["is_count"] else form.fen(one["name"])
        one["error"] = form.errors.get(one["name"], "")
        key = trials.state_key(package, name, disease)
        if used and key:
            state[key] = used
    return Asked(
        kind=chosen["kind"],
        level=int(chosen["level"]) if chosen["level"] else None,
        on=access.today(access.now()),
        place=chosen["place"],
        referral=chosen["referral"],
        groups=form.groups & frozenset(package.definition.groups),
        disease=disease if chosen["asks_disease"] else None,
        age=form.number("age", 120),
        account_fen=form.fen("account"),
        sums=sums,
        state=state,
    )


def _answer(
    package: Package, asked: Asked, outcome: Outcome, *, is_estimate: bool, share: int | None
) -> dict[str, Any]:
    """What the page tells: three figures, the bar, the reasons, what was assumed."""
    columns = {column: getattr(outcome, member) for _, column, member in SHARES}
    estimate = ""
    if is_estimate and share is None:
        estimate = gettext("没有同类账单可以参照,按费用全部可以报销估算;实际报销只会更少。")
    elif is_estimate:
        told = {"percent": f"{share // 10_000}%" if share is not None else ""}
        estimate = gettext("只填了总额,按本地最近三个月同类账单的平均情况估算:%(percent)s 可以报销。") % told
    return {
        "outcome": outcome,
        "shares": shares(columns),
        "nodes": explained(outcome, detailed=False),
        "assumed": trials.assumptions(outcome),
        "estimate": estimate,
        "on": asked.on,
        "ratio": f"{outcome.fund_total_fen * 1000 // outcome.total_fen / 10:g}%" if outcome.total_fen else "",
        "title": package.definition.header.title,
    }
