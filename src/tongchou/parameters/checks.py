"""May this operator do this with this draft, now? (草稿办理检查; ORG-22, ORG-23)"""

from datetime import datetime

from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.parameters.models import PolicyDraft
from tongchou.parameters.states import EDITABLE, TRANSITIONS, DraftAction, DraftState
from tongchou.platform.checks import Operator, check_in_scope

WORKED_ON = (DraftAction.STARTED, DraftAction.SAVED, DraftAction.SUBMITTED)


class NotEditable(DomainError):
    code = "PA-1301"
    message = "草稿已{state},正文不能再改;退回后可以改,或另起草稿"
    citation = "GX2017 §134"


class ChangedMeanwhile(DomainError):
    code = "PA-1302"
    message = "{name}已于{at}改过本草稿(第{edition}次修改)。您的内容没有丢失,仍在下面的框里;请对照后再保存"


class SamePersonApproves(DomainError):
    code = "PA-1303"
    message = "起草、修改或送审过本草稿的人不能核准,请由他人核准"
    citation = "GX2017 §121(六)"


class NotWaiting(DomainError):
    code = "PA-1304"
    message = "草稿现为“{state}”,不能{action}"
    citation = "GX2017 §134"


class NoReason(DomainError):
    code = "PA-1305"
    message = "请写明{what}的理由"
    citation = "GX2017 §134"


def check_can_draft(operator: Operator, area: str, now: datetime) -> None:
    """Does the operator draft policy for that area? Raises: NoPermission, OutOfScope."""
    check_in_scope(operator, "policy.draft", area, now, object_kind="policy_area", object_key=area)


def check_can_edit(operator: Operator, draft: PolicyDraft, edition: int, now: datetime) -> None:
    """修改草稿: in the hands of its makers, and not changed since the operator read it.

    Raises: NoPermission, OutOfScope, NotEditable, ChangedMeanwhile.
    """
    check_can_draft(operator, draft.area, now)
    if draft.state not in EDITABLE:
        raise NotEditable(state=DraftState(draft.state).label)
    check_edition(draft, edition)


def check_edition(draft: PolicyDraft, edition: int) -> None:
    """Is it still what was read? Raises: ChangedMeanwhile."""
    if draft.edition != edition:
        last = draft.events.select_related("operator").filter(action=DraftAction.SAVED).last()
        assert last is not None
        raise ChangedMeanwhile(
            name=last.operator.name, at=f"{timezone.localtime(last.at):%m-%d %H:%M}", edition=draft.edition
        )


def check_can_move(draft: PolicyDraft, to: DraftState) -> None:
    """Is that a step of a draft's life from where it is? Raises: NotWaiting."""
    if (DraftState(draft.state), to) not in TRANSITIONS:
        raise NotWaiting(state=DraftState(draft.state).label, action=to.label)


def check_can_decide(operator: Operator, draft: PolicyDraft, now: datetime) -> None:
    """Does the operator decide on policy of that area? Raises: NoPermission, OutOfScope."""
    check_in_scope(operator, "policy.approve", draft.area, now, object_kind="policy_draft", object_key=draft.pk)


def check_second_person(operator: Operator, draft: PolicyDraft) -> None:
    """核准与起草分离 (GX2017 §121(六); decision 0010): by person, whatever the account. Raises: SamePersonApproves."""
    if operator.citizen_id in worked_on_by(draft):
        raise SamePersonApproves()


def worked_on_by(draft: PolicyDraft) -> set[str]:
    """The persons who wrote, changed or submitted the draft."""
    events = draft.events.filter(action__in=WORKED_ON)
    return set(events.values_list("operator__citizen_id", flat=True))


def check_reason(reason: str, what: str) -> str:
    """A reason with something in it, tidied. Raises: NoReason."""
    tidy = reason.strip()
    if not tidy:
        raise NoReason(what=what)
    return tidy
