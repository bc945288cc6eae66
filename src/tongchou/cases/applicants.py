"""What applicants see of their cases (申请人查询; RIG-10; GX2017 §20; JL2019 §3): plain words, no name of staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tongchou.cases import kinds
from tongchou.cases.models import Case, CaseAct, CaseMaterial, SupplementNotice
from tongchou.cases.states import Act, CaseState, Channel

_TOLD = (
    Act.ACCEPTED,
    Act.NOT_ACCEPTED,
    Act.AGREED,
    Act.RETURNED,
    Act.REFUSED,
    Act.ASKED,
    Act.PART_SUPPLIED,
    Act.SUPPLEMENTED,
    Act.WITHDRAWN,
    Act.LAPSED,
    Act.HANDED_OUT,
)
_AGAINST = (Act.NOT_ACCEPTED, Act.REFUSED, Act.LAPSED)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an application stands (办理进度)."""

    number: str
    title: str
    subject_name: str
    said: str
    """`复核中,应于2018-05-25办结`."""
    state: CaseState
    applied_on: date
    missing: tuple[str, ...]
    brought: tuple[tuple[str, date], ...]
    """While papers are missing: those that came since they were asked for, and when."""
    supply_by: date | None
    finished_on: date | None
    to_fetch: bool
    """Finished, and the result slip not yet handed out."""
    result: str
    done_at_once: str
    """What took effect with the application already."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the way an application went (办理过程)."""

    at: datetime
    said: str
    is_bad: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A case by its number, with what the person who asks must also know, and where the look at it is noted."""

    progress: Progress
    phone: str
    pooling_area: str
    unit_code: str


def by_number(number: str) -> Asked | None:
    """The case of that number, for whoever proves to be its applicant (进度查询)."""
    case = _cases().filter(number=number).first()
    if case is None:
        return None
    return Asked(progress(case), case.receipt.applicant_phone, case.pooling_area, case.unit_code)


@dataclass(frozen=True, slots=True)
class Home:
    """The household of whoever asks (户): applications made for it by self-service are theirs too."""

    number: str
    pooling_area: str


def cases_of(subject_key: str, *, home: Home | None = None, limit: int = 50) -> list[Progress]:
    """The applications about one subject, the newest first (我的业务)."""
    return [progress(case) for case in _cases().filter(_mine(subject_key, home)).order_by("-id")[:limit]]


def case_of(subject_key: str, number: str, *, home: Home | None = None) -> tuple[Progress, list[Event]] | None:
    """One application about that subject, with the way it went; another's is not there."""
    case = _cases().filter(_mine(subject_key, home), number=number).first()
    return None if case is None else (progress(case), timeline(case))


def _mine(subject_key: str, home: Home | None) -> Q:
    about_me = Q(subject_key=subject_key)
    if home is None:
        return about_me
    return about_me | Q(subject_key=home.number, pooling_area=home.pooling_area, channel=Channel.WEB)


def _cases() -> QuerySet[Case]:
    return Case.objects.select_related("receipt").prefetch_related("materials", "notices")


def progress(case: Case) -> Progress:
    """Where the application stands, in the words of RIG-10."""
    state = CaseState(case.state)
    waits = state is CaseState.SUPPLEMENTING
    notice = next((one for one in case.notices.all() if one.closed_at is None), None) if waits else None
    papers = sorted(case.materials.all(), key=lambda one: one.pk)
    return Progress(
        number=case.number,
        title=_(kinds.kind_of(case.kind).title),
        subject_name=case.subject_name,
        said=_standing(case, state, notice.supply_by if notice else None),
        state=state,
        applied_on=timezone.localdate(case.created_at),
        missing=tuple(one.name for one in papers if one.received_at is None) if waits else (),
        brought=_brought(papers, notice) if notice else (),
        supply_by=notice.supply_by if notice else None,
        finished_on=timezone.localdate(case.finished_at) if case.finished_at else None,
        to_fetch=case.finished_at is not None and case.handed_out_at is None,
        result=case.result,
        done_at_once=case.done_at_once,
    )


def _brought(papers: Sequence[CaseMaterial], notice: SupplementNotice) -> tuple[tuple[str, date], ...]:
    since = [(one.name, one.received_at) for one in papers if one.received_at and one.received_at > notice.told_at]
    return tuple((name, timezone.localdate(at)) for name, at in since)


def _standing(case: Case, state: CaseState, supply_by: date | None) -> str:
    if state is CaseState.IN_HAND:
        step = _(kinds.kind_of(case.kind).step(case.step).label)
        return _("%(step)s中,应于%(day)s办结") % {"step": step, "day": case.due_on}
    if state is CaseState.SUPPLEMENTING:
        return _("等待补正材料,请于%(day)s前补齐") % {"day": supply_by}
    return str(state.label)


def timeline(case: Case) -> list[Event]:
    """The way of the application, the newest last; opinions of the office stay inside, reasons given are told."""
    labels = {step.code: _(step.label) for step in kinds.kind_of(case.kind).steps}
    acts: Sequence[CaseAct] = sorted(case.acts.all(), key=lambda one: one.version)
    told = [one for one in acts if one.act in _TOLD]
    return [Event(one.at, _words(one, labels, case), one.act in _AGAINST) for one in told]


def _words(act: CaseAct, labels: dict[str, str], of: Case) -> str:
    step, following = labels.get(act.step, ""), labels.get(act.to_step, "")
    match Act(act.act):
        case Act.ACCEPTED if act.opinion and of.channel == Channel.WEB:
            return _("网上已提交,请到窗口交验:%(papers)s") % {"papers": act.opinion}
        case Act.ACCEPTED if act.opinion:
            return _("窗口已收件,还缺:%(papers)s") % {"papers": act.opinion}
        case Act.ACCEPTED:
            return _("窗口已受理,材料齐全")
        case Act.AGREED if following:
            return _("%(step)s通过,转%(next)s") % {"step": step, "next": following}
        case Act.AGREED:
            return _("%(step)s通过,已办结") % {"step": step}
        case Act.RETURNED:
            return _("退回%(next)s重新办理") % {"next": following}
        case Act.ASKED:
            return _("请补正材料:%(papers)s") % {"papers": act.opinion}
        case Act.PART_SUPPLIED:
            return _("收到部分补正材料:%(papers)s") % {"papers": act.opinion}
        case Act.SUPPLEMENTED:
            return _("收到补正材料:%(papers)s") % {"papers": act.opinion}
        case Act.HANDED_OUT:
            return _("结果已由%(name)s领取") % {"name": of.handed_to}
        case Act.WITHDRAWN:
            return _("申请已撤回")
        case Act.LAPSED:
            return _("逾期未补正材料,本次申请终止")
        case _other:
            return of.result
