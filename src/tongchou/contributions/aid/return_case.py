"""资助款退回 (CON-17): what a department paid and nobody may use goes back to its account, after two persons agreed."""

from datetime import date, datetime
from typing import Final

from tongchou.cases.kinds import Decided, Field, Kind, Material, Step, Subject, Values
from tongchou.contributions.aid.models import AidList
from tongchou.contributions.models import PendingAmount
from tongchou.contributions.refunds import commands as refunds
from tongchou.contributions.refunds.money import Account, Overpaid
from tongchou.contributions.refunds.states import Ground
from tongchou.enrolment.banks import account_bank
from tongchou.enrolment.states import Department
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform.queries import Operator
from tongchou.platform.states import Duty


class NothingToReturn(DomainError):
    code = "CO-4046"
    message = "资助名册{number}没有应退回的资助款"
    citation = "GX2017 §27"


def _find(key: str) -> Subject | None:
    found = AidList.objects.filter(number=key).first()
    if found is None:
        return None
    name = f"{Department(found.department).label} {found.number}"
    return Subject(found.number, name, found.pooling_area_id, found.pooling_area_id)


def _open(number: str) -> list[PendingAmount]:
    """Raises: NothingToReturn."""
    found = list(PendingAmount.objects.filter(aid_list__number=number, resolved_at=None).order_by("id"))
    if not found:
        raise NothingToReturn(number=number)
    return found


def _check(subject: Subject, values: Values, on: date) -> None:
    """What is there to return. Raises: NothingToReturn, AccountNeeded."""
    _open(subject.key)
    _account(values)


def _account(values: Values) -> Account:
    return Account(
        values["account_no"].strip().replace(" ", ""), values["holder_name"].strip(), values["bank_name"].strip()
    )


def _known(subject: Subject) -> Values:
    found = PendingAmount.objects.filter(aid_list__number=subject.key, resolved_at=None)
    amounts = list(found.values_list("amount_fen", flat=True))
    return {"reason": f"应退回{len(amounts)}笔{yuan_text(sum(amounts))}元"} if amounts else {}


def _amount(subject: Subject, values: Values) -> int:
    """What would go back to the department (退回金额)."""
    return sum(pending.amount_fen for pending in _open(subject.key))


def _return(case: Decided, *, operator: Operator, now: datetime) -> str:
    """One refund for each sum, all to the department's account."""
    account, total, orders = _account(case.values), 0, 0
    found = _open(case.subject_key)
    case.check_sum(sum(pending.amount_fen for pending in found))
    for pending in found:
        assert pending.benefit_year is not None
        made = refunds.approve(
            overpaid=Overpaid(
                pending.person_id or 0,
                pending.benefit_year,
                pending.amount_fen,
                pending.received_on,
                account,
                pending=pending,
            ),
            ground=Ground.AID,
            account=account,
            unit_code=pending.unit_code,
            evidence=case.materials[:300],
            case_number=case.number,
            operator=operator,
            now=now,
        )
        total, orders = total + made.amount_fen, orders + 1
    return f"准予退回资助款{orders}笔{yuan_text(total)}元,退至{account.holder_name}账户(尾号{account.tail})"


KIND: Final = Kind(
    code="return_aid",
    title="资助款退回主管部门",
    citation="GX2017 §27",
    fields=(
        Field("account_no", "收款账号", required=True, longest=32, help="主管部门的账户,不得退现金,不得退给个人"),
        Field("holder_name", "收款户名", required=True, longest=60),
        account_bank(required=True),
        Field("reason", "情况说明", kind="long_text", required=True, longest=200),
    ),
    materials=(Material("form", "应退回资助款名单"), Material("letter", "主管部门的账户确认函")),
    steps=(
        Step("review", "复核", ("second_reviewer",), duty=Duty.HANDLES),
        Step("approval", "审批", ("approver", "leader"), needs_code=True, duty=Duty.HANDLES),
    ),
    working_days=15,
    limit_source="GX2017 §27(未定时限,比照参保登记审核)",
    subject_label="资助名册编号",
    find_subject=_find,
    item="collection",
    check=_check,
    known=_known,
    amount=_amount,
    effect=_return,
    result_title="资助款退回办理结果",
    archive_class="基金征缴",
)
"""资助款退回主管部门."""
