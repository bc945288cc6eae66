"""补缴困难资助 (JS-EXT §2; CON-32): a department pays part of what somebody owes once."""

from datetime import date, datetime
from typing import Final

from tongchou.cases.kinds import Decided, Field, Kind, Material, Step, Subject, Values
from tongchou.contributions.dues import commands
from tongchou.contributions.dues.models import OneOffDue
from tongchou.contributions.dues.states import DueState
from tongchou.enrolment.finding import persons_concerned
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money, yuan_text
from tongchou.platform.queries import Operator


class DueNotAidable(DomainError):
    code = "CO-6116"
    message = "一次性应收{number}已缴或没有个人部分,不能资助"
    citation = "JS-EXT 2"


def _find(key: str) -> Subject | None:
    found = OneOffDue.objects.filter(number=key.strip(), person__isnull=False).select_related("person").first()
    if found is None:
        return None
    assert found.person is not None
    return Subject(found.number, found.person.name, found.unit_code, found.pooling_area_id)


def _concerned(subject: Subject) -> frozenset[str]:
    """Who owes it, and the household (回避)."""
    person = OneOffDue.objects.select_related("person").get(number=subject.key).person
    assert person is not None
    return persons_concerned(Subject(person.person_no, person.name, subject.unit_code, subject.pooling_area))


def _check(subject: Subject, values: Values, on: date) -> None:
    """Raises: DueNotAidable, AidUnfit."""
    found = OneOffDue.objects.get(number=subject.key)
    if found.state != DueState.OPEN or not found.personal_fen or found.aided_fen:
        raise DueNotAidable(number=found.number)
    if not 0 < _fen(values) <= found.personal_fen:
        raise commands.AidUnfit(personal=yuan_text(found.personal_fen))


def _fen(values: Values) -> int:
    """资助金额 in fen; nothing that is no amount, which the check refuses."""
    try:
        return int(Money.yuan(values["amount"].strip().replace(",", "")))
    except ValueError:
        return 0


def _amount(subject: Subject, values: Values) -> int:
    """What the department would bear (资助金额)."""
    return _fen(values)


def _known(subject: Subject) -> Values:
    found = OneOffDue.objects.filter(number=subject.key).first()
    return {"amount": yuan_text(found.personal_fen)} if found else {}


def _grant(case: Decided, *, operator: Operator, now: datetime) -> str:
    fen = _fen(case.values)
    due = commands.grant_aid(
        number=case.subject_key, aided_fen=fen, aided_by=case.values["department"], operator=operator, now=now
    )
    return f"{due.number}由{due.aided_by}资助{yuan_text(fen)}元,个人缴纳{yuan_text(due.own_fen)}元"


KIND: Final = Kind(
    code="aid_backpay",
    title="补缴困难资助",
    citation="JS-EXT 2",
    fields=(
        Field("amount", "资助金额(元)", required=True, longest=20, help="不超过应收的个人部分"),
        Field("department", "资助部门", required=True, longest=60),
        Field("reason", "困难情况", kind="long_text", required=True, longest=200),
    ),
    materials=(Material("form", "困难资助申请表"), Material("proof", "低保、失业或其他困难证明")),
    steps=(
        Step("review", "复核", ("second_reviewer",)),
        Step("approval", "审批", ("approver", "leader"), needs_code=True),
    ),
    working_days=15,
    limit_source="JS-EXT 2(未定时限,比照参保登记审核)",
    subject_label="一次性应收编号",
    find_subject=_find,
    item="collection",
    parties=_concerned,
    check=_check,
    known=_known,
    amount=_amount,
    effect=_grant,
    result_title="补缴困难资助办理结果",
    archive_class="基金征缴",
)
"""补缴困难资助."""
