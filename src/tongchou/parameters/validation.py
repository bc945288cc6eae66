"""Is the text of a draft in order? (草稿校验; BEN-44): every fault with line, key and reason, and its package."""

from datetime import date
from functools import lru_cache
from typing import Any, Final

from tongchou.kernel.errors import DomainError
from tongchou.parameters import local, texts
from tongchou.parameters.models import PolicyDraft
from tongchou.parameters.shelving import AlreadyKnown, check_fits, parent_package
from tongchou.parameters.states import DraftKind
from tongchou.policy.errors import PackageRefused, PolicyMissing
from tongchou.policy.findings import Fault, Finding
from tongchou.policy.packages import Package

Told = dict[str, Any]

KEPT: Final = 16
"""Compiled drafts kept in the process."""


def findings_of(draft: PolicyDraft, *, today: date) -> list[Told]:
    """校验发现 of a draft as it would be put in force today; none when it is sound. Raises: NotOverridable."""
    try:
        package = package_of(draft, today=today)
        check_fits(package)
    except PackageRefused as refused:
        return [_told(finding) for finding in refused.findings]
    except (AlreadyKnown, PolicyMissing) as refusal:
        return [_about_the_day(draft, refusal)]
    return []


def package_of(draft: PolicyDraft, *, today: date) -> Package:
    """What the draft compiles to; a local rule together with the package above it.

    Raises: PackageRefused, NotOverridable, PolicyMissing.
    """
    if draft.kind == DraftKind.LOCAL:
        return _composed(draft, today)
    package = _compiled(stamped(draft.text, today))
    _check_place(draft, package.area, package.scheme, "package")
    return package


@lru_cache(maxsize=KEPT)
def _compiled(text: str) -> Package:
    """Saving, trying, submitting and approving look at the same text one after another."""
    return Package.parse(text.encode(), "草稿")


def stamped(text: str, today: date) -> str:
    """公布日期: the day of approval is written into the text by the house, not by its makers (decision 0170)."""
    if texts.value(text, "package/known_from") is None:
        return text  # no package at all: reading it says so
    return texts.changed(text, {"package/known_from": today.isoformat()})


def _composed(draft: PolicyDraft, today: date) -> Package:
    rule = local.read(draft.text.encode(), draft.title)
    _check_place(draft, rule.area, rule.scheme, "local")
    parent = parent_package(rule.area, rule.scheme, rule.valid_from)
    local.check_overridable(parent, rule)
    return local.composed(parent, rule, valid_from=rule.valid_from, valid_until=None, known_from=today)


def _check_place(draft: PolicyDraft, area: str, scheme: str, head: str) -> None:
    """Area and scheme are those the draft was begun for. Raises: PackageRefused."""
    if (area, scheme) != (draft.area, draft.scheme):
        reason = f"本草稿是{draft.area}/{draft.scheme}的,正文写的是{area}/{scheme}"
        raise PackageRefused(file=draft.title, findings=[Finding(1, head, Fault.PLACE, reason)])


def _about_the_day(draft: PolicyDraft, refusal: DomainError) -> Told:
    head = "package" if draft.kind == DraftKind.PACKAGE else "local"
    return {"line": 1, "key": f"{head}.valid_from", "code": refusal.code, "reason": str(refusal)}


def _told(finding: Finding) -> Told:
    return {"line": finding.line, "key": finding.key, "code": str(finding.fault), "reason": finding.reason}
