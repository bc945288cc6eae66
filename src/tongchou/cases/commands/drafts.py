"""Forms left unfinished at the counter (草稿; ORG-16): kept as posted, for their writer alone, for some days."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from tongchou.cases import kinds
from tongchou.cases.commands.steps import SubjectUnknown
from tongchou.cases.kinds import Subject
from tongchou.cases.models import Case, Draft
from tongchou.cases.parameters import procedure
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import trail
from tongchou.platform.queries import Operator

LONGEST: Final = 100_000
"""Characters of a form, all fields together."""
MOST: Final = 200
"""Drafts of one operator at a time."""

Fields = Mapping[str, Sequence[str]]
"""A form as the browser posted it: every field with its texts."""


class DraftTooLarge(DomainError):
    code = "CS-1701"
    message = "草稿内容过多,不能超过{limit}字"


class DraftChanged(DomainError):
    code = "CS-1702"
    message = "该草稿已于{at}在另一页面改存,请重新打开草稿后再填"


class TooManyDrafts(DomainError):
    code = "CS-1703"
    message = "您的草稿已有{limit}份,请先办理或弃置一些"


class DraftServed(DomainError):
    code = "CS-1704"
    message = "该申请已办理受理登记(受理号{number}),不再存草稿"


@transaction.atomic(durable=True)
def keep_draft(
    *, kind_code: str, subject_key: str, fields: Fields, version: int, operator: Operator, now: datetime
) -> Draft:
    """存草稿: one per operator, item and subject; nothing in it is checked but its size.

    `version` is that of the draft as the page knew it, 0 for none: a page left open elsewhere overwrites nothing.
    Raises: KindUnknown, SubjectUnknown, DraftServed, DraftTooLarge, DraftChanged, TooManyDrafts, NoPermission,
    OutOfScope.
    """
    kind = kinds.kind_of(kind_code)
    subject = kind.find_subject(subject_key.strip())
    if subject is None:
        raise SubjectUnknown(label=kind.subject_label, key=subject_key[:40])
    platform_checks.check_in_scope(
        operator,
        "cases.accept",
        subject.unit_code,
        now,
        object_kind="subject",
        object_key=subject.key,
        work=kind.work,
    )
    request_id = next(iter(fields.get("request_id", ())), "")
    if case := Case.objects.filter(accepted_by_id=operator.pk, request_id=request_id).first():
        raise DraftServed(number=case.number)  # a saving that arrives after the form itself was sent
    if sum(len(name) + sum(map(len, texts)) for name, texts in fields.items()) > LONGEST:
        raise DraftTooLarge(limit=LONGEST)
    kept = {name: list(texts) for name, texts in fields.items()}
    lasts = timezone.localdate(now) + timedelta(days=procedure(subject.pooling_area).draft_days)
    found = _own(operator).select_for_update().filter(kind=kind_code, subject_key=subject.key).first()
    if found is None:
        return _first(kind_code, subject, kept, lasts, operator, now)
    if found.version != version:
        raise DraftChanged(at=timezone.localtime(found.saved_at).strftime("%Y-%m-%d %H:%M"))
    if found.fields == kept and found.expires_on == lasts:
        return found
    found.fields, found.saved_at, found.expires_on, found.version = kept, now, lasts, found.version + 1
    found.save(update_fields=["fields", "saved_at", "expires_on", "version"])
    return found


def _first(
    kind_code: str, subject: Subject, fields: dict[str, list[str]], lasts: date, operator: Operator, now: datetime
) -> Draft:
    """The draft's first saving, noted in the trail; those after it are the same act going on."""
    if _own(operator).count() >= MOST:
        raise TooManyDrafts(limit=MOST)
    try:
        with transaction.atomic():
            made = Draft.objects.create(
                operator_id=operator.pk,
                kind=kind_code,
                subject_key=subject.key,
                subject_name=subject.name,
                unit_code=subject.unit_code,
                fields=fields,
                saved_at=now,
                expires_on=lasts,
            )
    except IntegrityError as clash:  # the same form sent twice at the same moment
        raise DraftChanged(at=timezone.localtime(now).strftime("%Y-%m-%d %H:%M")) from clash
    _note("cases.draft_kept", made, operator, now)
    return made


@transaction.atomic(durable=True)
def discard_drafts(*, ids: Collection[int], operator: Operator, now: datetime) -> int:
    """弃置草稿: the operator's own; whose are another's or gone stay unmentioned. Returns how many."""
    found = list(_own(operator).select_for_update().filter(pk__in=ids).order_by("pk"))
    for draft in found:
        _note("cases.draft_discarded", draft, operator, now)
    Draft.objects.filter(pk__in=[draft.pk for draft in found]).delete()
    return len(found)


@transaction.atomic
def let_drafts_expire(*, now: datetime) -> int:
    """草稿到期: what nobody went on with is deleted, for it is personal data without an application."""
    deleted, _by_model = Draft.objects.filter(expires_on__lte=timezone.localdate(now)).delete()
    if deleted:
        trail.record("cases.drafts_expired", at=now, object_kind="draft", object_key="", detail={"count": deleted})
    return deleted


def forget_draft(kind_code: str, subject_key: str, operator: Operator) -> None:
    """The form was sent: its draft has served (a step of the acceptance)."""
    _own(operator).filter(kind=kind_code, subject_key=subject_key).delete()


def _own(operator: Operator) -> QuerySet[Draft]:
    return Draft.objects.filter(operator_id=operator.pk)


def _note(action: str, draft: Draft, operator: Operator, now: datetime) -> None:
    trail.record(
        action,
        at=now,
        operator=operator,
        unit_code=draft.unit_code,
        object_kind="draft",
        object_key=str(draft.pk),
        detail={"kind": draft.kind, "subject": draft.subject_key},
    )
