"""Acceptance at the counter (受理、不予受理; JL2019 §3, §18; GX2017 §5, §11)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.cases import events, kinds, queries, rules
from tongchou.cases.commands import steps
from tongchou.cases.commands.drafts import forget_draft
from tongchou.cases.kinds import Kind, Subject, Values
from tongchou.cases.models import Case, CaseClaim, CaseMaterial, Receipt, SupplementNotice
from tongchou.cases.states import OPEN, Act, CaseState, Channel
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import numbering
from tongchou.platform import queries as platform
from tongchou.platform.database import one_after_another
from tongchou.platform.events import publish
from tongchou.platform.queries import Operator

CASES: Final = numbering.Series("case", name="受理号", mark="SL", width=6)
RECEIPTS: Final = numbering.Series("receipt", name="收件回执", mark="HZ", width=6)
LONGEST_REQUEST_ID: Final = 64


class FormFaulty(DomainError):
    code = "CS-1003"
    message = "表单须改正:{problems}"


class AlreadyInHand(DomainError):
    code = "CS-1004"
    message = "{name}的“{title}”正在办理(受理号{number},{state}),不能重复受理"
    citation = "JL2019 §3"


class ApplicantNotNamed(DomainError):
    code = "CS-8301"
    message = "申请人不是办理对象{name}本人,请填写申请人自己的姓名"
    citation = "GX2017 §15"


class NobodyAtStep(DomainError):
    code = "CS-1005"
    message = "不能受理或转交:“{step}”环节没有在岗的{posts}人员,请先授予岗位或委托"
    citation = "GX2017 §74"


class ReceiptNotOpen(DomainError):
    code = "CS-1006"
    message = "回执{number}不是您今日开具的,请另开回执"


class PaperFaulty(DomainError):
    code = "CS-2102"
    message = "事后补录须改正:{problem}"
    citation = "GX2017 §130"


class PaperEntered(DomainError):
    code = "CS-2103"
    message = "{on}编号{number}的纸质件已补录(受理号{case})"
    citation = "GX2017 §130"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """纸质受理 while the system was down, entered afterwards (事后补录; GX2017 §130): when, its number, and why."""

    on: date
    number: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application as handed in (申请): form values, papers, who stands at the window.

    `receipt_number` adds the case to a receipt of the same operator and day, so that one visit has one receipt.
    """

    kind: str
    subject_key: str
    values: Values
    received: frozenset[str] = frozenset()
    applicant_name: str
    applicant_phone: str = ""
    agent_name: str = ""
    receipt_number: str = ""
    amount_fen: int | None = None
    rows: kinds.Table = ()
    originals: frozenset[str] = frozenset()
    copies: frozenset[str] = frozenset()
    paper: Paper | None = None


@transaction.atomic(durable=True)
def accept_application(application: Application, *, request_id: str, operator: Operator | None, now: datetime) -> Case:
    """受理 (JL2019 §3, §18; GX2017 §11): a number, a receipt, a due date in working days.

    With papers missing the case waits for them, told once and in full; its time begins when they are complete.
    Without an operator the person asked by self-service, verified by the caller (ENR-34).
    An application that was taken on paper counts from the day of the paper (decision 0342).
    Repeating a request_id returns the first answer. Raises: KindUnknown, SubjectUnknown, FormFaulty, RowsFaulty,
    PaperFaulty, PaperEntered, AlreadyInHand, MustStandAside, NobodyAtStep, ReceiptNotOpen, NoPermission, OutOfScope,
    and what the item itself refuses.
    """
    if earlier := _answered(operator, request_id):
        return earlier
    kind, subject = _checked(application, operator, now)
    if application.paper is not None:
        _check_paper(kind, application.paper, timezone.localdate(now))
    _check_item(kind, subject, application, timezone.localdate(now))
    if application.amount_fen is None:
        application = replace(application, amount_fen=kind.amount(subject, application.values))
    case = _new_case(application, kind, subject, request_id=request_id, operator=operator, now=now)
    check_somebody_at(kind, case.path[0], case.unit_code, timezone.localdate(now))
    facts = kind.facts(subject, application.values, application.rows, timezone.localdate(now))
    missing = kind.missing(facts, application.received, application.rows)
    today = timezone.localdate(now)
    case.step = case.path[0]
    if missing:
        case.state, case.paused_on = CaseState.SUPPLEMENTING, today
    else:
        case.state = CaseState.IN_HAND
        begin(case, kind, case.paper_on or today)
    _store(case, application, operator, now)
    _store_materials(case, kind, application, facts, operator, now)
    if operator is not None:
        forget_draft(kind.code, subject.key, operator)
    if missing:
        tell(case, kind, [one.code for one in missing], now)
    steps.record(
        case,
        Act.ACCEPTED,
        acting=steps.Acting(operator) if operator else None,
        now=now,
        step=kinds.ACCEPTING,
        to_step=case.step,
        opinion="、".join(one.name for one in missing),
        detail={
            "subject": subject.key,
            "missing": [one.code for one in missing],
            **({"paper": application.paper.number} if application.paper else {}),
        },
    )
    if operator is not None:
        case.done_at_once = kind.at_once(subject, application.values, operator=operator, now=now)
        case.save(update_fields=["done_at_once"])
    if not missing:
        tell_accepted(case, now)
    return case


@transaction.atomic(durable=True)
def decline_application(
    application: Application, *, reason: str, request_id: str, operator: Operator, now: datetime
) -> Case:
    """不予受理 (JL2019 §18): with the reason in writing, and a number, so that it is counted.

    Repeating a request_id returns the first answer. Raises: KindUnknown, SubjectUnknown, ReasonMissing, NoPermission,
    OutOfScope, ReceiptNotOpen.
    """
    if earlier := _answered(operator, request_id):
        return earlier
    kind, subject = _found(application, operator, now)
    reason = steps.reason_given(reason, Act.NOT_ACCEPTED.label)
    case = _new_case(application, kind, subject, request_id=request_id, operator=operator, now=now)
    case.state, case.finished_at, case.result = CaseState.NOT_ACCEPTED, now, f"不予受理:{reason}"
    _store(case, application, operator, now)
    forget_draft(kind.code, subject.key, operator)
    steps.record(case, Act.NOT_ACCEPTED, acting=steps.Acting(operator), now=now, step=kinds.ACCEPTING, opinion=reason)
    return case


def _check_paper(kind: Kind, paper: Paper, today: date) -> None:
    """Raises: PaperFaulty, PaperEntered."""
    if paper.on > today:
        raise PaperFaulty(problem=f"纸质受理日期{paper.on}晚于今天")
    for label, text, longest in (("纸质编号", paper.number, 40), ("补录原因", paper.reason, 200)):
        if problem := rules.text_problem(label, text.strip(), required=True, longest=longest):
            raise PaperFaulty(problem=problem)
    if known := _of_paper(kind.code, paper):
        raise PaperEntered(on=paper.on, number=paper.number, case=known.number)


def _of_paper(kind_code: str, paper: Paper) -> Case | None:
    entered = Case.objects.exclude(state=CaseState.NOT_ACCEPTED)
    return entered.filter(kind=kind_code, paper_on=paper.on, paper_number=paper.number.strip()).first()


def _check_item(kind: Kind, subject: Subject, application: Application, on: date) -> None:
    """What the item itself finds in the form and in each row.

    Raises: ApplicantNotNamed, RowsFaulty, and what the item refuses.
    """
    kind.check(subject, application.values, on)
    if kind.asked_by_another(application.values) and application.applicant_name.strip() == subject.name:
        raise ApplicantNotNamed(name=subject.name)
    if kind.rows is not None:
        flaws = list(kind.rows.check(subject, application.values, application.rows, on))
        flaws += _claimed_twice(kind.rows, application.rows)
        if flaws:
            raise kinds.RowsFaulty(kind.rows.title, flaws)


def _claimed_twice(rows: kinds.Rows, filled: kinds.Table) -> list[kinds.Flaw]:
    """Rows of one form that name the same (表内重复)."""
    seen: dict[str, int] = {}
    found = []
    for at, row in enumerate(filled, start=1):
        key = rows.claim(row)
        if key and key in seen:
            found.append(kinds.Flaw(at, "", f"与第{seen[key]}行重复"))
        seen.setdefault(key, at)
    return found


def begin(case: Case, kind: Kind, today: date) -> None:
    """The time limit begins (起算): papers are complete."""
    case.accepted_on = today
    case.due_on = rules.due_on(platform.working_calendar(), accepted_on=today, working_days=kind.working_days)


def check_somebody_at(kind: Kind, step_code: str, unit_code: str, today: date) -> None:
    """Does somebody hold the step's post there, or by delegation? Raises: NobodyAtStep."""
    step = kind.step(step_code)
    if not queries.hands_at(kind, step, unit_code, today):
        names = {post.code: post.name for post in platform.posts()}
        raise NobodyAtStep(step=step.label, posts="、".join(names.get(post, post) for post in step.posts))


def _answered(operator: Operator | None, request_id: str) -> Case | None:
    """The case of an earlier request with this id; of two clicks at one moment the second waits for the first."""
    assert 0 < len(request_id) <= LONGEST_REQUEST_ID
    one_after_another("case.request", operator.pk if operator else "", request_id)
    return Case.objects.filter(accepted_by_id=operator.pk if operator else None, request_id=request_id).first()


def _found(application: Application, operator: Operator | None, now: datetime) -> tuple[Kind, Subject]:
    kind = kinds.kind_of(application.kind)
    if operator is not None:
        platform_checks.check_permission(operator, "cases.accept", now, work=kind.work)
    subject = kind.find_subject(application.subject_key.strip())
    if subject is None:
        raise steps.SubjectUnknown(label=kind.subject_label, key=application.subject_key[:40])
    if operator is not None:
        platform_checks.check_in_scope(
            operator,
            "cases.accept",
            subject.unit_code,
            now,
            object_kind="subject",
            object_key=subject.key,
            work=kind.work,
        )
    return kind, subject


def _checked(application: Application, operator: Operator | None, now: datetime) -> tuple[Kind, Subject]:
    kind, subject = _found(application, operator, now)
    if operator is not None and steps.concerns(kind, subject, operator):
        raise steps.MustStandAside(step="受理")
    if problems := form_problems(kind, application):
        raise FormFaulty(problems=";".join(problems))
    in_hand = Case.objects.filter(kind=kind.code, subject_key=subject.key, state__in=OPEN).first()
    if in_hand is not None:
        raise AlreadyInHand(
            name=subject.name,
            title=kind.title,
            number=in_hand.number,
            state=CaseState(in_hand.state).label,
        )
    return kind, subject


def form_problems(kind: Kind, application: Application) -> list[str]:
    """Every reason why the form cannot be taken, at once (表单检查)."""
    found = [rules.text_problem("申请人", application.applicant_name.strip(), required=True, longest=50)]
    found.append(rules.text_problem("联系电话", application.applicant_phone, required=False, longest=30))
    found.append(rules.text_problem("代办人", application.agent_name, required=False, longest=50))
    known = {one.name: one for one in kind.fields}
    found += [f"没有“{name}”这一项" for name in application.values if name not in known]
    found += [_value_problem(one, application.values.get(one.name, "")) for one in kind.fields]
    found += _row_problems(kind.rows, application.rows)
    papers = {one.code for one in kind.papers(application.rows)}
    given = application.received | application.originals | application.copies
    found += [f"没有材料“{code}”" for code in sorted(given - papers)]
    return [problem for problem in found if problem]


def _value_problem(one: kinds.Field, value: str) -> str | None:
    problem = rules.text_problem(one.label, value, required=one.required, longest=one.longest)
    if problem is None and value and one.kind == "day":
        return rules.day_problem(one.label, value)
    if problem is None and value and one.kind == "choice" and value not in dict(one.choices):
        return f"{one.label}不在可选范围"
    return problem


def _row_problems(table: kinds.Rows | None, filled: kinds.Table) -> list[str | None]:
    """The number of rows, and what each says (表内各行检查)."""
    if table is None:
        return ["该事项没有表格"] if filled else []
    if not table.at_least <= len(filled) <= table.at_most:
        return [f"{table.title}须填{table.at_least}至{table.at_most}行,现为{len(filled)}行"]
    known = {one.name for one in table.fields}
    found: list[str | None] = []
    for at, row in enumerate(filled, start=1):
        faults = [f"没有“{name}”这一项" for name in row if name not in known]
        faults += [problem for one in table.fields if (problem := _value_problem(one, row.get(one.name, "")))]
        found += [f"{table.title}第{at}行:{fault}" for fault in faults]
    return found


def _new_case(
    application: Application, kind: Kind, subject: Subject, *, request_id: str, operator: Operator | None, now: datetime
) -> Case:
    on = timezone.localdate(now)
    limits = queries.step_limits(kind.code, subject.pooling_area, on) if kind.is_of_money else {}
    facts = kind.facts(subject, application.values, application.rows, on)
    declared = [rules.Declared(one.code, limits.get(one.code, one.above_fen), one.applies(facts)) for one in kind.steps]
    return Case(
        kind=kind.code,
        subject_key=subject.key,
        subject_name=subject.name,
        unit_code=subject.unit_code,
        pooling_area=subject.pooling_area,
        form=dict(application.values),
        rows=[dict(row) for row in application.rows],
        known=dict(kind.known(subject)),
        amount_fen=application.amount_fen,
        **_paper_of(application.paper),
        path=list(rules.path(declared, amount_fen=application.amount_fen)),
        request_id=request_id,
        accepted_by_id=operator.pk if operator else None,
        channel=Channel.COUNTER if operator else Channel.WEB,
        created_at=now,
    )


def _paper_of(paper: Paper | None) -> dict[str, Any]:
    if paper is None:
        return {}
    return {"paper_on": paper.on, "paper_number": paper.number.strip(), "paper_reason": paper.reason.strip()}


def _store(case: Case, application: Application, operator: Operator | None, now: datetime) -> None:
    """The case with number and receipt. Raises: AlreadyInHand when another window took the same at the same moment."""
    try:
        with transaction.atomic():
            area, year = _series_area(operator, case.pooling_area), timezone.localdate(now).year
            case.number = numbering.next_written(CASES, area=area, year=year)
            case.receipt = _receipt(application, operator, area, now, case.unit_code)
            case.save(force_insert=True)
            _claim(case)
    except IntegrityError as clash:
        if "case_claim_once" in str(clash):
            raise _claimed_elsewhere(case) from clash
        if "case_of_a_paper_once" in str(clash):
            raise PaperEntered(on=case.paper_on, number=case.paper_number, case="另一窗口刚补录") from clash
        if "case_one_open_per_subject" not in str(clash):
            raise
        title = kinds.kind_of(case.kind).title
        raise AlreadyInHand(name=case.subject_name, title=title, number="另一窗口刚受理", state="办理中") from clash


def _claim(case: Case) -> None:
    """What the rows name is this case's until it is finished."""
    table = kinds.kind_of(case.kind).rows
    keys = [key for row in case.rows if (key := table.claim(row))] if table else []
    CaseClaim.objects.bulk_create(CaseClaim(kind=case.kind, key=key[:100], case=case) for key in sorted(keys))


def _claimed_elsewhere(case: Case) -> DomainError:
    """Which row another open application names already (他件在办)."""
    table = kinds.kind_of(case.kind).rows
    assert table is not None
    keys = {table.claim(row)[:100]: at for at, row in enumerate(case.rows, start=1)}
    taken = CaseClaim.objects.filter(kind=case.kind, key__in=keys).select_related("case")
    flaws = [
        kinds.Flaw(keys[one.key], "", f"已在受理号{one.case.number}({one.case.subject_name})中申请") for one in taken
    ]
    return kinds.RowsFaulty(table.title, flaws or [kinds.Flaw(1, "", "另一窗口刚受理同一人员的申请")])


def _series_area(operator: Operator | None, pooling_area: str) -> str:
    if operator is None:
        return pooling_area
    code = operator.org_unit_id[:6]
    return code if code.isdigit() else operator.org_unit_id


def _receipt(application: Application, operator: Operator | None, area: str, now: datetime, unit_code: str) -> Receipt:
    if application.receipt_number and operator is not None:
        found = Receipt.objects.filter(number=application.receipt_number, received_by_id=operator.pk).first()
        if found is None or timezone.localdate(found.received_at) != timezone.localdate(now):
            raise ReceiptNotOpen(number=application.receipt_number)
        return found
    return Receipt.objects.create(
        number=numbering.next_written(RECEIPTS, area=area, year=timezone.localdate(now).year),
        unit_code=operator.org_unit_id if operator else unit_code,
        applicant_name=application.applicant_name.strip(),
        applicant_phone=application.applicant_phone.strip(),
        agent_name=application.agent_name.strip(),
        received_by_id=operator.pk if operator else None,
        received_at=now,
    )


def _store_materials(
    case: Case, kind: Kind, application: Application, facts: kinds.Values, operator: Operator, now: datetime
) -> None:
    needed = {one.code for one in kind.needed(facts, application.rows)}
    CaseMaterial.objects.bulk_create(
        CaseMaterial(
            case=case,
            code=one.code,
            name=one.name[:100],
            received_at=now if one.code in application.received else None,
            original_seen=one.code in application.originals,
            copy_kept=one.code in application.copies,
            verified_by_id=operator.pk if one.code in application.originals | application.copies else None,
            verified_at=now if one.code in application.originals | application.copies else None,
        )
        for one in kind.papers(application.rows)
        if one.code in needed | application.received
    )


def tell(case: Case, kind: Kind, codes: list[str], now: datetime) -> None:
    """The list of what is missing, with the day by which it is due (补正告知)."""
    calendar = platform.working_calendar()
    supply_by = calendar.add_working_days(timezone.localdate(now), kind.supplement_days)
    SupplementNotice.objects.create(case=case, told_at=now, materials=codes, supply_by=supply_by)
    names = case.materials.filter(code__in=codes).order_by("id").values_list("name", flat=True)
    publish(events.MaterialsAsked(steps.about(case, now), tuple(names), supply_by))


def tell_accepted(case: Case, now: datetime) -> None:
    """All papers are there and the day of the answer is known."""
    assert case.due_on is not None
    publish(events.CaseAccepted(steps.about(case, now), case.due_on))
