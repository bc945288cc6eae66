"""Verifying papers (材料核验; GX2017 §7(一); ENR-05): original seen, copy kept, scan with the case, and by whom."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db import transaction

from tongchou.cases import kinds
from tongchou.cases.commands import steps
from tongchou.cases.models import Case, CaseMaterial
from tongchou.cases.states import OPEN, Act
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform.queries import Operator

MARKS: Final = {kinds.ORIGINAL: "original_seen", kinds.COPY: "copy_kept"}


class EvidenceOpen(DomainError):
    code = "CS-1902"
    message = "材料尚未核验齐全,不能签署:{open}"
    citation = "GX2017 §7(一)"


class NotHandedIn(DomainError):
    code = "CS-1903"
    message = "“{material}”尚未收到,不能核验"
    citation = "GX2017 §7(一)"


@transaction.atomic(durable=True)
def verify_materials(
    *, number: str, version: int, originals: frozenset[str], copies: frozenset[str], operator: Operator, now: datetime
) -> Case:
    """核验材料 (GX2017 §7(一); ENR-05): of which papers the original was seen, of which a copy is kept.

    Raises: CaseUnknown, ChangedMeanwhile, WrongState, NotHandedIn, NoPermission, OutOfScope.
    """
    case = steps.lock_case(number, version=version, operator=operator, now=now)
    platform_checks.check_in_scope(operator, "cases.accept", case.unit_code, now)
    steps.check_state(case, *OPEN, act=Act.VERIFIED.label)
    changed = []
    for one in case.materials.order_by("id"):
        marks = (one.code in originals, one.code in copies)
        if marks == (one.original_seen, one.copy_kept):
            continue
        if one.received_at is None:
            raise NotHandedIn(material=one.name)
        one.original_seen, one.copy_kept = marks
        one.verified_by_id, one.verified_at = (operator.pk, now) if any(marks) else (None, None)
        one.save(update_fields=["original_seen", "copy_kept", "verified_by", "verified_at"])
        changed.append(one.name)
    if changed:
        acting = steps.Acting(operator)
        steps.record(case, Act.VERIFIED, acting=acting, now=now, opinion="、".join(changed))
    return case


def check_verified(case: Case, kind: kinds.Kind) -> None:
    """Every paper of the case as its declaration asks (材料核验齐全). Raises: EvidenceOpen."""
    if still := [f"{name}(缺{'、'.join(what)})" for name, what in open_evidence(case, kind)]:
        raise EvidenceOpen(open=";".join(still))


def open_evidence(case: Case, kind: kinds.Kind) -> Iterator[tuple[str, list[str]]]:
    """What of which paper is still to be noted, in the order of the list (未核验材料)."""
    asked = {one.code: one.evidence for one in kind.papers(tuple(case.rows))}
    scanned = {one.material_code for one in case.attachments.all()}
    for one in sorted(case.materials.all(), key=lambda one: one.pk):
        still = asked.get(one.code, frozenset()) - _noted(one, scanned)
        if still:
            yield one.name, [said for code, said in kinds.EVIDENCE.items() if code in still]


def _noted(one: CaseMaterial, scanned: set[str]) -> set[str]:
    noted = {code for code, column in MARKS.items() if getattr(one, column)}
    return noted | {kinds.SCAN} if one.code in scanned else noted
