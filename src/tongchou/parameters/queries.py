"""What others may ask of policy (政策查询): the book in force, versions, drafts, and what differs between areas."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from tongchou.parameters import local, shelf, validation
from tongchou.parameters.commands.drafting import DraftUnknown, VersionUnknown
from tongchou.parameters.local import LocalText
from tongchou.parameters.models import LocalRule, PolicyDraft, PolicyVersion
from tongchou.parameters.ruling import Rules
from tongchou.parameters.states import OPEN, DraftAction, DraftKind, DraftState, Origin
from tongchou.platform import queries as platform
from tongchou.platform.scope import Scope
from tongchou.policy.definition import Value
from tongchou.policy.errors import PolicyMissing
from tongchou.policy.packages import Package, above

book = shelf.book
"""Every package known, from memory, as of at most a second ago (政策包)."""

using = shelf.using
"""Another book for a block (tests)."""


def package_text(content_hash: str) -> str:
    """The text a receipt names by its hash (政策包正文). Raises: VersionUnknown."""
    text = PolicyVersion.objects.filter(content_hash=content_hash).values_list("text", flat=True).first()
    if text is None:
        raise VersionUnknown(hash=content_hash[:12])
    return text


def local_rules_below(package: Package) -> Rules:
    """地方细则 in force below the area of a package, of its scheme (ORG-22); for a `Ruling`."""
    found: dict[str, list[tuple[date, LocalText]]] = {}
    rules = LocalRule.objects.filter(scheme=package.scheme).order_by("area", "valid_from", "known_from")
    for rule in rules:
        if package.area in above(rule.area)[1:]:
            found.setdefault(rule.area, []).append((rule.valid_from, local.read(rule.text.encode(), rule.title)))
    return found


# --- versions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VersionView:
    """政策包版本 as pages and files show it; names are empty for a package that came as a file."""

    id: int
    area: str
    scheme: str
    title: str
    valid_from: date
    valid_until: date | None
    known_from: date
    content_hash: str
    source_documents: tuple[str, ...]
    origin: Origin
    reason: str
    maker: str
    checker: str
    approved_at: datetime | None
    in_force_at: datetime
    draft_id: int | None
    parent_hash: str
    ruled_until: date | None
    corrected: bool

    @property
    def label(self) -> str:
        return f"{self.area}/{self.scheme}/{self.valid_from.isoformat()}"


_SHOWN = ("maker", "checker")


def versions(area: str = "", scheme: str = "") -> list[VersionView]:
    """Every version of an area and scheme, or of all, by area, scheme, day and knowledge (版本沿革)."""
    narrowed = {name: word for name, word in (("area", area), ("scheme", scheme)) if word}
    found = PolicyVersion.objects.filter(**narrowed).select_related(*_SHOWN).defer("text")
    rows = list(found.order_by("area", "scheme", "valid_from", "known_from"))
    return [_version(row, rows) for row in rows]


def version(content_hash: str) -> VersionView:
    """One version. Raises: VersionUnknown."""
    row = PolicyVersion.objects.filter(content_hash=content_hash).select_related(*_SHOWN).defer("text").first()
    if row is None:
        raise VersionUnknown(hash=content_hash[:12])
    shelf_rows = PolicyVersion.objects.filter(area=row.area, scheme=row.scheme).defer("text")
    return _version(row, list(shelf_rows))


def _version(row: PolicyVersion, rows: list[PolicyVersion]) -> VersionView:
    beside = [one for one in rows if (one.area, one.scheme) == (row.area, row.scheme)]
    later = min((one.valid_from for one in beside if one.valid_from > row.valid_from), default=None)
    ends = [day for day in (row.valid_until, later) if day is not None]
    corrected = any(one.valid_from == row.valid_from and one.known_from > row.known_from for one in beside)
    return VersionView(
        id=row.pk,
        area=row.area,
        scheme=row.scheme,
        title=row.title,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        known_from=row.known_from,
        content_hash=row.content_hash,
        source_documents=tuple(row.source_documents),
        origin=Origin(row.origin),
        reason=row.reason,
        maker=row.maker.name if row.maker else "",
        checker=row.checker.name if row.checker else "",
        approved_at=row.approved_at,
        in_force_at=row.in_force_at,
        draft_id=row.draft_id,
        parent_hash=row.parent_hash,
        ruled_until=min(ends, default=None),
        corrected=corrected,
    )


@dataclass(frozen=True, slots=True)
class ValueInTime:
    """数值沿革: what a key says in one version; None where that version does not have it."""

    version: VersionView
    value: Value | None


def history(area: str, scheme: str, key: str) -> list[ValueInTime]:
    """A value through every version of an area, the oldest first (数值沿革; ORG-22)."""
    known = {package.hash: package for package in book().shelves.get((area, scheme), ())}
    return [
        ValueInTime(view, known[view.content_hash].values.get(key))
        for view in versions(area, scheme)
        if view.content_hash in known
    ]


@dataclass(frozen=True, slots=True)
class Changed:
    """A value that differs between two packages; `source_kept` warns that the new value names the old document."""

    key: str
    label: str
    before: Value | None
    after: Value | None

    @property
    def source_kept(self) -> bool:
        return bool(self.before and self.after and self.before.source == self.after.source)


def compared(one: Package, other: Package) -> list[Changed]:
    """版本比较: every value that is not the same in both, in the order of the packages."""
    keys = dict.fromkeys((*one.values, *other.values))
    found = [(key, one.values.get(key), other.values.get(key)) for key in keys]
    return [
        Changed(key, (after or before).label, before, after)  # type: ignore[union-attr]  one of them has it
        for key, before, after in found
        if before is None or after is None or (before.content, before.source) != (after.content, after.source)
    ]


# --- drafts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DraftView:
    """政策草稿."""

    id: int
    kind: DraftKind
    area: str
    scheme: str
    title: str
    valid_from: date
    text: str
    state: DraftState
    maker_id: int
    maker: str
    base_hash: str
    edition: int
    reason: str
    created_at: datetime
    changed_at: datetime
    findings: tuple[Mapping[str, Any], ...]
    golden: tuple[Mapping[str, Any], ...] | None
    golden_digest: str
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class DraftStep:
    """One line of a draft's timeline (经过)."""

    action: DraftAction
    at: datetime
    operator: str
    operator_id: int
    note: str


def draft(draft_id: int) -> DraftView:
    """One draft. Raises: DraftUnknown."""
    return _draft(_found(draft_id))


def draft_package(draft_id: int, on: date | None = None) -> Package:
    """What the draft compiles to, a local rule together with the package above it (草稿试算用).

    Raises: DraftUnknown, PackageRefused, NotOverridable, PolicyMissing.
    """
    return validation.package_of(_found(draft_id), today=on or timezone.localdate())


def draft_base(draft_id: int) -> Package:
    """The version that the draft departs from (草稿依据版本). Raises: DraftUnknown."""
    return shelf.package_of(_found(draft_id).base_hash)


def findings_of(draft_id: int, text: str, on: date) -> list[dict[str, Any]]:
    """校验发现 of another text for a draft, kept nowhere. Raises: DraftUnknown, NotOverridable."""
    row = _found(draft_id)
    row.text = text
    return validation.findings_of(row, today=on)


def drafts(scope: Scope, *, state: str = "", area: str = "") -> list[DraftView]:
    """The drafts of the areas in scope, the last changed first (草稿清单)."""
    found = PolicyDraft.objects.filter(scope.q(unit="area")).select_related("maker", "decided_by")
    narrowed = {name: word for name, word in (("state", state), ("area", area)) if word}
    return [_draft(row) for row in found.filter(**narrowed).order_by("-changed_at", "-id")]


def drafts_to_try(scope: Scope) -> list[DraftView]:
    """Drafts of the scope that may still be changed or decided, the last changed first (可试算的草稿)."""
    return [one for one in drafts(scope) if one.state in OPEN]


def timeline(draft_id: int) -> list[DraftStep]:
    """What was done with a draft, the last first (经过)."""
    steps = PolicyDraft(pk=draft_id).events.select_related("operator").order_by("-id")
    return [DraftStep(DraftAction(one.action), one.at, one.operator.name, one.operator_id, one.note) for one in steps]


def _found(draft_id: int) -> PolicyDraft:
    row = PolicyDraft.objects.filter(pk=draft_id).select_related("maker", "decided_by").first()
    if row is None:
        raise DraftUnknown()
    return row


def _draft(row: PolicyDraft) -> DraftView:
    return DraftView(
        id=row.pk,
        kind=DraftKind(row.kind),
        area=row.area,
        scheme=row.scheme,
        title=row.title,
        valid_from=row.valid_from,
        text=row.text,
        state=DraftState(row.state),
        maker_id=row.maker_id,
        maker=row.maker.name,
        base_hash=row.base_hash,
        edition=row.edition,
        reason=row.reason,
        created_at=row.created_at,
        changed_at=row.changed_at,
        findings=tuple(row.findings),
        golden=None if row.golden is None else tuple(row.golden),
        golden_digest=row.golden_digest,
        decided_by=row.decided_by.name if row.decided_by else "",
        decided_at=row.decided_at,
    )


# --- what differs between the areas of one pool ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AreaDifference:
    """地方差异 (ORG-24): one value of a smaller area that is not that of the pooling area, and who allowed it."""

    area: str
    area_name: str
    scheme: str
    key: str
    label: str
    here: str
    there: str
    source: str
    rule: str
    allowed_by: str
    allowed_at: datetime | None
    valid_from: date
    content_hash: str


def differences(pooling_area: str, scheme: str, on: date) -> list[AreaDifference]:
    """Every parameter that differs between the counties of a pooling area and the area itself (六统一核验; ORG-24).

    A county with no row has the same values as the area. Raises: PolicyMissing when the area has no package.
    """
    here = book().package(pooling_area, scheme, on)
    found: list[AreaDifference] = []
    for package in _packages_below(pooling_area, scheme, on):
        found += _differences(here, package)
    return found


def _packages_below(pooling_area: str, scheme: str, on: date) -> Iterator[Package]:
    for area, of_scheme in sorted(book().shelves):
        if of_scheme == scheme and pooling_area in above(area)[1:]:
            try:
                package = book().package(area, scheme, on)
            except PolicyMissing:
                continue
            if package.area == area:
                yield package


def _differences(here: Package, there: Package) -> Iterator[AreaDifference]:
    changes = [one for one in compared(here, there) if _text(one.before) != _text(one.after)]
    row = PolicyVersion.objects.select_related("local_rule", "checker").defer("text").get(content_hash=there.hash)
    rule: LocalRule | None = row.local_rule
    for change in changes:
        yield AreaDifference(
            area=there.area,
            area_name=there.definition.header.area_name,
            scheme=there.scheme,
            key=change.key,
            label=change.label,
            here=_text(change.before),
            there=_text(change.after),
            source=str((change.after or change.before).source),  # type: ignore[union-attr]
            rule=rule.title if rule else row.title,
            allowed_by=row.checker.name if row.checker else "",
            allowed_at=row.approved_at,
            valid_from=rule.valid_from if rule else row.valid_from,
            content_hash=there.hash,
        )


def _text(value: Value | None) -> str:
    return "—" if value is None else value.text


def pooling_areas(on: date) -> list[tuple[str, str]]:
    """Code and name of the pooling areas of a day (统筹区)."""
    return [(area.code, area.name) for area in platform.pooling_areas(on)]
