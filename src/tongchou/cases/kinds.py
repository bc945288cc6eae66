"""What a counter may accept (业务事项): one short declaration per item, in the chapter whose business it is.

A declaration is checked when it is registered, at start-up: a faulty one stops the house rather than a clerk.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import combinations
from typing import Any, Final, Protocol

from reportlab.platypus import Flowable

from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform.queries import Operator
from tongchou.platform.registers import Register
from tongchou.platform.standard_duties import ITEM_NAMES
from tongchou.platform.standard_posts import STANDARD_POSTS
from tongchou.platform.states import Duty

Values = Mapping[str, str]
"""What the form says, by field; dates as ISO text, nothing as an empty text (表单内容)."""

Table = tuple[Values, ...]
"""The rows of the form's table, each by field (表内各行)."""

ACCEPTING: Final = "accept"
"""The code of the first thing done with a case, for duties that must not meet."""

FIELD_KINDS: Final = ("text", "long_text", "day", "choice", "certificate", "listed")
TAKEN: Final = frozenset(
    {
        "act",
        "agent_name",
        "applicant_name",
        "applicant_phone",
        "copied",
        "decline_reason",
        "draft_version",
        "original",
        "paper_number",
        "paper_on",
        "paper_reason",
        "receipt",
        "received",
        "request_id",
        "row",
        "subject",
    }
)
"""What the counter's page asks besides the item's own fields."""
_CODE = re.compile(r"[a-z][a-z0-9_]*")


class FaultyDeclaration(Exception):
    """A fault of ours: an item that could not be handled to its end."""


class KindUnknown(DomainError):
    code = "CS-1001"
    message = "没有业务事项“{kind}”"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what a case is about (办理对象); `unit_code` decides who handles it (属地管理)."""

    key: str
    name: str
    unit_code: str
    pooling_area: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form (表单项)."""

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    longest: int = 100
    section: str = ""
    register: Register | None = None
    """What a field of kind `listed` is looked up in while somebody types (名录)."""


def always(values: Values) -> bool:
    """Whatever the form says."""
    return True


@dataclass(frozen=True, slots=True)
class Material:
    """One paper to be handed in (申请材料); `needed` may depend on what the form says.

    `evidence` names what must be noted of it before a step that `needs_evidence`: the original seen (验原件), a copy
    kept (收复印件), a scan with the case.
    """

    code: str
    name: str
    needed: Callable[[Values], bool] = always
    evidence: frozenset[str] = frozenset()


ORIGINAL, COPY, SCAN = "original", "copy", "scan"
EVIDENCE: Final = {ORIGINAL: "已验原件", COPY: "已留复印件", SCAN: "扫描件"}
"""What may be noted of a paper (材料核验; GX2017 §7(一))."""


@dataclass(frozen=True, slots=True)
class Step:
    """One decision on the path (办理环节): who may make it, and when it is needed at all.

    `above_fen` leaves the step out for smaller amounts (ORG-12); `needs_code` asks for the second factor;
    `needs_evidence` that every paper was verified as its declaration says.
    """

    code: str
    label: str
    posts: tuple[str, ...]
    above_fen: int = 0
    applies: Callable[[Values], bool] = always
    needs_code: bool = False
    needs_evidence: bool = False
    duty: Duty = Duty.REVIEWS
    """What the level of whoever decides it must have in the kind's item of the duty matrix (ORG-03)."""


class SumDiffers(DomainError):
    code = "CS-8310"
    message = "业务件{number}受理时的金额为{accepted},现应为{found}元,与审核人所见不符;请撤回后按现金额重新受理"
    citation = "GX2017 §74"


@dataclass(frozen=True, slots=True)
class Decided:
    """What an effect is told of the case (办结事项)."""

    number: str
    subject_key: str
    values: Values
    materials: str
    rows: Table = ()
    accepted_on: date | None = None
    pooling_area: str = ""
    amount_fen: int | None = None

    def check_sum(self, found_fen: int) -> None:
        """An effect that finds its sum anew may only do what was shown to the reviewers, by whose amount the path was
        laid (ORG-12; decision 0416). Raises: SumDiffers.
        """
        if found_fen != self.amount_fen:
            accepted = "未载明" if self.amount_fen is None else f"{yuan_text(self.amount_fen)}元"
            raise SumDiffers(number=self.number, accepted=accepted, found=yuan_text(found_fen))


class Effect(Protocol):
    """What happens once, in the transaction of the last decision (办结效果); the answer is printed as the result."""

    def __call__(self, case: Decided, *, operator: Operator, now: datetime) -> str: ...


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody said at a step (办理意见); acceptance at the counter is the first, with step `accept`."""

    step: str
    label: str
    operator: str
    unit: str
    on: date
    opinion: str
    agreed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What a paper form is filled with (表单内容); of a blank form `subject` is None and all else is empty.

    `known` is what was registered when the case was accepted, so that a print made afterwards still shows the old
    values; `rows` are the lines of a table in the form; `materials` are the names of the papers handed in.
    Choices stand as their code in `values` and in words in `said`; certificate numbers as the reader may see them.
    """

    subject: Subject | None = None
    values: Values = field(default_factory=dict)
    known: Values = field(default_factory=dict)
    rows: tuple[Values, ...] = ()
    materials: tuple[str, ...] = ()
    opinions: tuple[Opinion, ...] = ()
    on: date | None = None
    number: str = ""
    applicant: str = ""
    phone: str = ""
    agent: str = ""
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def said(self, name: str) -> str:
        """What the form says in that field, in words; empty when nothing."""
        return self._in_words(name, self.values)

    def stood(self, name: str) -> str:
        """What was registered in that field at acceptance, in words; empty when nothing."""
        return self._in_words(name, self.known)

    def cell(self, row: Values, name: str) -> str:
        """What a line of the table says in that column, in words; empty when nothing."""
        return self._in_words(name, row)

    def opinion(self, step: str) -> Opinion | None:
        """The last word at that step (意见)."""
        return next((one for one in reversed(self.opinions) if one.step == step), None)

    def _in_words(self, name: str, values: Values) -> str:
        value = values.get(name, "")
        return self.choices.get(name, {}).get(value, value)


@dataclass(frozen=True, slots=True)
class Form:
    """The paper form of an item (业务表单): its title, its annex (`附件4`), and what stands on the sheet."""

    title: str
    annex: str
    body: Callable[[Filled], list[Flowable]]


class AtOnce(Protocol):
    """What takes effect with the acceptance already, whatever is decided later, such as a loss (即时生效).

    The answer says what holds since when; the case's page and its receipt show it.
    """

    def __call__(self, subject: Subject, values: Values, *, operator: Operator, now: datetime) -> str: ...


def nothing_at_once(subject: Subject, values: Values, *, operator: Operator, now: datetime) -> str:
    """Everything waits for the decision."""
    return ""


def nothing_to_check(subject: Subject, values: Values, on: date) -> None:
    """Shape is all there is to check."""


def nothing_known(subject: Subject) -> Values:
    """The form shows no present values."""
    return {}


def nobody_else(values: Values) -> bool:
    """Whom it is about may ask for it."""
    return False


def nothing_of_money(subject: Subject, values: Values) -> int | None:
    """It is not about a sum of money."""
    return None


def nothing_proposed(subject: Subject) -> Values:
    """The form begins empty."""
    return {}


def no_record(key: str, pooling_area: str) -> str:
    """What it is about has no page of its own."""
    return ""


def nothing_derived(subject: Subject, values: Values, rows: Table, on: date) -> Values:
    """Papers and path depend on the form's own values alone."""
    return {}


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with one cell of the table (表内错误): rows count from 1; without a field it is the whole row."""

    row: int
    field: str
    said: str


def nothing_to_look_at(subject_key: str, values: Values) -> str:
    """All there is to see stands in the form."""
    return ""


class RowsFaulty(DomainError):
    """Carries the flaws, so that a page can say each at its field."""

    code = "CS-1901"
    message = "表格须改正:{problems}"

    def __init__(self, title: str, flaws: Iterable[Flaw]) -> None:
        self.flaws = tuple(flaws)
        super().__init__(problems=";".join(f"{title}第{one.row}行:{one.said}" for one in self.flaws))


def no_flaws(subject: Subject, values: Values, rows: Table, on: date) -> Iterable[Flaw]:
    """The shape of the rows is all there is to check."""
    return ()


def nobody(subject: Subject) -> frozenset[str]:
    """No person in particular is concerned."""
    return frozenset()


def nothing_claimed(row: Values) -> str:
    """Two open applications may name the same."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A table of like fields (表内各行), such as the members of a household or the students of a class.

    `named_by` is the field that names a row where its papers are listed; `materials` are asked for each row. `check`
    says of every row what the effect would refuse. What `claim` answers no two open applications may both name, so
    that of two clerks who register one person the second is told at once.
    """

    title: str
    fields: tuple[Field, ...]
    named_by: str
    materials: tuple[Material, ...] = ()
    at_least: int = 1
    at_most: int = 30
    check: Callable[[Subject, Values, Table, date], Iterable[Flaw]] = no_flaws
    claim: Callable[[Values], str] = nothing_claimed

    def material(self, code: str, row: int, values: Values) -> Material:
        """The paper of one row, by a code and a name of its own. Raises: KeyError, a fault of ours."""
        one = next(each for each in self.materials if each.code == code)
        return Material(f"{code}.{row}", f"{values.get(self.named_by) or row}:{one.name}", evidence=one.evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One business item (业务事项).

    `find_subject` answers None for nobody; `check` refuses at the counter what the effect would refuse at the end;
    `known` gives the present values that the form shows; `derived` what papers and path depend on beside the form;
    `at_once` takes effect with the acceptance; `form` is printed filled or blank; `look` is the address of a page that
    shows more of what is decided on. Any two steps, acceptance included,
    are for two persons, except pairs in `may_meet` (ORG-11).
    """

    code: str
    title: str
    citation: str
    fields: tuple[Field, ...]
    materials: tuple[Material, ...]
    steps: tuple[Step, ...]
    working_days: int
    limit_source: str
    supplement_days: int = 15
    subject_label: str
    find_subject: Callable[[str], Subject | None]
    check: Callable[[Subject, Values, date], None] = nothing_to_check
    known: Callable[[Subject], Values] = nothing_known
    at_once: AtOnce = nothing_at_once
    rows: Rows | None = None
    derived: Callable[[Subject, Values, Table, date], Values] = nothing_derived
    amount: Callable[[Subject, Values], int | None] = nothing_of_money
    """What it is about in fen, told to those who decide; a limit of the approval chain is held against it (ORG-12).
    An effect that finds the sum anew holds it against this one (`Decided.check_sum`)."""
    effect: Effect
    result_title: str
    archive_class: str
    may_meet: frozenset[frozenset[str]] = field(default_factory=frozenset)
    form: Form | None = None
    look: Callable[[str, Values], str] = nothing_to_look_at
    record: Callable[[str, str], str] = no_record
    """The address of the record of whom it is about, by key and pooling area (办理对象页面)."""
    proposed: Callable[[Subject], Values] = nothing_proposed
    """What stands in a new form of it, to be left or changed (预填)."""
    item: str = ""
    """The item of the duty matrix under which its steps are divided by level (职责分工); empty: every level decides."""
    asked_by_another: Callable[[Values], bool] = nobody_else
    """Whether this form is of somebody else, such as an heir, who is then named as applicant (申请人)."""
    parties: Callable[[Subject], frozenset[str]] = nobody
    """The certificate numbers of those whom it concerns, who may not handle it themselves (回避)."""

    @property
    def is_of_money(self) -> bool:
        """Whether a limit by amount can be set for its steps (审批限额)."""
        return self.amount is not nothing_of_money

    @property
    def work(self) -> str:
        """What an agent must be commissioned for to accept and handle it (ORG-04)."""
        return work_of(self.code)

    def step(self, code: str) -> Step:
        """The step of that code. Raises: KeyError, a fault of ours."""
        return next(step for step in self.steps if step.code == code)

    def facts(self, subject: Subject, values: Values, rows: Table, on: date) -> Values:
        """What papers and path are decided by (推定内容): the form, and what follows from it on the day."""
        return {**values, **self.derived(subject, values, rows, on)}

    def papers(self, rows: Table = ()) -> tuple[Material, ...]:
        """Every paper that may be asked for this form, those of its rows included (材料清单)."""
        of_rows = self.rows.materials if self.rows else ()
        named = [self._of_row(one, at, row) for at, row in enumerate(rows, start=1) for one in of_rows]
        return (*self.materials, *named)

    def needed(self, values: Values, rows: Table = ()) -> tuple[Material, ...]:
        """The papers that this form needs (应交材料)."""
        of_rows = self.rows.materials if self.rows else ()
        named = [
            self._of_row(one, at, row)
            for at, row in enumerate(rows, start=1)
            for one in of_rows
            if one.needed({**values, **row})
        ]
        return (*(one for one in self.materials if one.needed(values)), *named)

    def field(self, name: str) -> Field | None:
        """The field of the form of that name."""
        return next((one for one in self.fields if one.name == name), None)

    def material(self, code: str, rows: Table = ()) -> Material | None:
        return next((one for one in self.papers(rows) if one.code == code), None)

    def missing(self, values: Values, received: frozenset[str], rows: Table = ()) -> tuple[Material, ...]:
        """The papers that this form needs and that were not handed in (缺少的材料)."""
        return tuple(one for one in self.needed(values, rows) if one.code not in received)

    def _of_row(self, one: Material, at: int, row: Values) -> Material:
        assert self.rows is not None
        return self.rows.material(one.code, at, row)

    def apart(self) -> frozenset[frozenset[str]]:
        """The pairs of steps that one person may not do on one case (不相容环节; QA2018 三.1)."""
        codes = (ACCEPTING, *(step.code for step in self.steps))
        return frozenset(map(frozenset, combinations(codes, 2))) - self.may_meet


def work_of(kind_code: str) -> str:
    """The name under which permissions know the kind of that code (委托业务; ORG-04)."""
    return f"case:{kind_code}"


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Let the counter accept this item (登记事项). Raises: FaultyDeclaration."""
    if faults := list(problems(kind)):
        raise FaultyDeclaration(f"{kind.code}: {'; '.join(faults)}")
    _kinds[kind.code] = kind


def withdraw(code: str) -> None:
    """Take an item off again (tests)."""
    _kinds.pop(code, None)


def registered() -> list[Kind]:
    """Every item, in the order of registration (事项清单)."""
    return list(_kinds.values())


def kind_of(code: str) -> Kind:
    """The item of that code. Raises: KindUnknown."""
    if code not in _kinds:
        raise KindUnknown(kind=code)
    return _kinds[code]


def problems(kind: Kind) -> Iterator[str]:
    """Why this declaration could not be handled to its end."""
    yield from _unfit_codes("item", [kind.code])
    yield from _unfit_codes("field", [one.name for one in kind.fields])
    yield from _unfit_codes("material", [one.code for one in kind.materials])
    yield from _unfit_codes("step", [one.code for one in kind.steps])
    texts: dict[str, Any] = {
        "title": kind.title,
        "citation": kind.citation,
        "limit_source": kind.limit_source,
        "subject_label": kind.subject_label,
        "result_title": kind.result_title,
        "archive_class": kind.archive_class,
    }
    if kind.form is not None:
        texts |= {"form title": kind.form.title, "form annex": kind.form.annex}
    yield from (f"{name} is empty" for name, text in texts.items() if not text.strip())
    if kind.item and kind.item not in ITEM_NAMES:
        yield f"the duty matrix has no item {kind.item}"
    if kind.working_days < 1 or kind.supplement_days < 1:
        yield "a time limit must be at least one working day"
    yield from _unfit_fields(kind.fields)
    yield from _unfit_evidence(kind.materials)
    if kind.rows is not None:
        yield from _unfit_rows(kind.rows)
    yield from _unfit_steps(kind)


def _unfit_codes(what: str, codes: list[str]) -> Iterator[str]:
    yield from (f"{what} code {code!r} is not a plain word" for code in codes if not _CODE.fullmatch(code))
    yield from (f"{what} {code} stands twice" for code in sorted(set(codes)) if codes.count(code) > 1)


def _unfit_rows(rows: Rows) -> Iterator[str]:
    yield from _unfit_codes("column", [one.name for one in rows.fields])
    yield from _unfit_codes("row material", [one.code for one in rows.materials])
    yield from _unfit_fields(rows.fields)
    yield from _unfit_evidence(rows.materials)
    yield from (f"column {one.name} cannot be looked up in a row" for one in rows.fields if one.register is not None)
    if not rows.title.strip() or not 0 <= rows.at_least <= rows.at_most:
        yield "the table has no title, or no number of rows would fit"
    if rows.named_by not in {one.name for one in rows.fields}:
        yield f"no column is called {rows.named_by}, which names the rows"


def _unfit_evidence(materials: tuple[Material, ...]) -> Iterator[str]:
    yield from (f"material {one.code} asks for unknown evidence" for one in materials if one.evidence - set(EVIDENCE))


def _unfit_fields(fields: tuple[Field, ...]) -> Iterator[str]:
    for one in fields:
        if one.name in TAKEN:
            yield f"field {one.name} has a name that the counter's page uses"
        if one.kind not in FIELD_KINDS:
            yield f"field {one.name} is of no known kind: {one.kind}"
        if (one.kind == "choice") != bool(one.choices):
            yield f"field {one.name} has choices without being a choice, or none although it is one"
        if (one.kind == "listed") != (one.register is not None):
            yield f"field {one.name} has a register without being listed, or none although it is"
        if not one.label.strip():
            yield f"field {one.name} has no label"


def _unfit_steps(kind: Kind) -> Iterator[str]:
    posts = {post.code for post in STANDARD_POSTS}
    if not kind.steps:
        yield "the path has no step"
    elif all(one.above_fen or one.applies is not always for one in kind.steps):
        yield "one step must always be there, for somebody other than the counter must decide"
    for one in kind.steps:
        if one.code == ACCEPTING:
            yield f"step {one.code} is the counter's"
        if not one.posts:
            yield f"step {one.code} is nobody's"
        yield from (f"step {one.code} names an unknown post: {post}" for post in one.posts if post not in posts)
    known = {ACCEPTING, *(one.code for one in kind.steps)}
    yield from (f"may_meet names {sorted(pair)}" for pair in kind.may_meet if len(pair) != 2 or not pair <= known)
