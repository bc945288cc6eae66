"""What lower chapters tell (业务事件): a payment booked is told to the person the same day (RIG-08)."""

from datetime import timedelta

from django.utils import timezone

from tongchou.contributions.events import (
    ContributionCorrected,
    ContributionMoved,
    ContributionRecorded,
    ContributionsWithdrawn,
    RefundChanged,
    WithholdingTold,
)
from tongchou.enrolment.bank_accounts import guardians
from tongchou.enrolment.endings.queries import family_of
from tongchou.enrolment.events import (
    BankAccountChanged,
    EndingUndone,
    EnrolmentTerminated,
    RegistrationCancelled,
    StatusReported,
)
from tongchou.enrolment.states import EndingReason
from tongchou.kernel.money import yuan_text
from tongchou.platform.events import subscribe
from tongchou.rights import queries
from tongchou.rights.commands import bulk, notices
from tongchou.rights.states import NoticeKind


def listen() -> None:
    """Called once, when the applications are ready. A file of many payments is not told one by one (decision 0245)."""
    subscribe(ContributionRecorded)(payment_recorded)
    subscribe(ContributionCorrected)(payment_corrected)
    subscribe(ContributionsWithdrawn)(payments_withdrawn)
    subscribe(ContributionMoved)(payment_moved)
    subscribe(RefundChanged)(refund_changed)
    subscribe(WithholdingTold)(withholding_told)
    subscribe(BankAccountChanged)(account_changed)
    subscribe(StatusReported)(status_reported)
    subscribe(EnrolmentTerminated)(terminated)
    subscribe(EndingUndone)(ending_undone)
    subscribe(RegistrationCancelled)(registration_cancelled)
    guardians.register(queries.guardian_names)


def payment_recorded(event: ContributionRecorded) -> None:
    """缴费入账."""
    since = f",自{event.covered_from.isoformat()}起享受待遇" if event.covered_from else ""
    notices.tell(
        person_id=event.person_id,
        kind=NoticeKind.PAYMENT,
        topic=f"contribution {event.contribution_id}",
        title=f"{event.benefit_year}年度缴费已入账",
        body=f"您的{event.benefit_year}年度基本医疗保险费已入账{since}。",
        now=timezone.now(),
    )


def payment_corrected(event: ContributionCorrected) -> None:
    """缴费更正."""
    _tell_corrected((event.voided_id, event.person_id))


def payments_withdrawn(event: ContributionsWithdrawn) -> None:
    """多笔缴费作废: each person is told as of a correction."""
    _tell_corrected(*event.voided)


def _tell_corrected(*voided: tuple[int, int]) -> None:
    notices.tell_each(
        topics={person_id: f"contribution voided {voided_id}" for voided_id, person_id in voided},
        kind=NoticeKind.PAYMENT,
        title="您的缴费记录已更正",
        body="经办机构更正了您的一笔缴费记录,请在“参保与缴费”中查看。",
        now=timezone.now(),
    )


def payment_moved(event: ContributionMoved) -> None:
    """缴费错记调整: both are told, neither of the other (CON-23)."""
    notices.tell(
        person_id=event.from_person_id,
        kind=NoticeKind.PAYMENT,
        topic=f"contribution moved from {event.voided_id}",
        title=f"{event.benefit_year}年度缴费记录已更正",
        body=f"经核实,原记在您名下的一笔{event.benefit_year}年度缴费不属于您,已更正;您的该年度费用尚未缴纳。",
        now=timezone.now(),
    )
    notices.tell(
        person_id=event.to_person_id,
        kind=NoticeKind.PAYMENT,
        topic=f"contribution moved to {event.contribution_id}",
        title=f"{event.benefit_year}年度缴费已更正到您名下",
        body=f"经核实,一笔错记的{event.benefit_year}年度缴费已按原缴费日期记到您名下。",
        now=timezone.now(),
    )


_REFUNDS = {
    "approved": ("退费已批准", "您的{year}年度退费{amount}元已批准,将退回原缴费账户。"),
    "paid": ("退费已退回", "您的{year}年度退费{amount}元已退回原缴费账户。"),
    "returned": ("退费未能到账", "您的{year}年度退费{amount}元被银行退回,请持有效账户信息到经办窗口更正。"),
}


def refund_changed(event: RefundChanged) -> None:
    """退费 (CON-22): approved, transferred, or come back from the bank."""
    title, body = _REFUNDS[event.state]
    notices.tell(
        person_id=event.person_id,
        kind=NoticeKind.PAYMENT,
        topic=f"refund {event.order_id} {event.state} {timezone.now():%Y%m%d}",
        title=f"{event.benefit_year}年度{title}",
        body=body.format(year=event.benefit_year, amount=yuan_text(event.amount_fen)),
        now=timezone.now(),
    )


def account_changed(event: BankAccountChanged) -> None:
    """银行账户变更 (GX2017 §14; ENR-19): told at once, so that a change nobody asked for is noticed."""
    notices.tell(
        person_id=event.person_id,
        kind=NoticeKind.DECISION,
        topic=f"bank account {event.account_id}",
        title="您的收款银行账户已变更",
        body=f"此后发放的待遇将付至{event.bank_name}尾号{event.account_tail}的账户。如非本人办理,请立即与经办机构联系。",
        now=timezone.now(),
    )


def status_reported(event: StatusReported) -> None:
    """人员状态信息待核 (JL2019 §10; ENR-22): the person and the household may object before anything ends."""
    last_day = event.held_until - timedelta(days=1)
    for person_id in family_of(event.person_id):
        notices.tell(
            person_id=person_id,
            kind=NoticeKind.DECISION,
            topic=f"status report {event.report_id}",
            title=f"有关部门提供了{EndingReason(event.reason).label}信息,拟终止医保关系",
            body=f"涉及您或您的家庭成员,信息日期{event.event_on}。如不属实,请于{last_day}前向经办机构提出异议。",
            now=event.at,
        )


def terminated(event: EnrolmentTerminated) -> None:
    """参保关系终止: told to the person and the household, with what is kept (JL2019 §10)."""
    if event.ending_id is None or event.at is None:
        return
    for person_id in family_of(event.person_id):
        notices.tell(
            person_id=person_id,
            kind=NoticeKind.DECISION,
            topic=f"ending {event.ending_id}",
            title="基本医疗保险关系已终止",
            body=f"您或您的家庭成员的医保关系自{event.terminated_on}起终止({event.reason})。此前的费用仍可报销,参保和缴费记录保留。",
            now=event.at,
        )


def ending_undone(event: EndingUndone) -> None:
    """更正停保、注销 (ENR-24)."""
    for person_id in family_of(event.person_id):
        notices.tell(
            person_id=person_id,
            kind=NoticeKind.DECISION,
            topic=f"ending undone {event.ending_id}",
            title="基本医疗保险关系已恢复",
            body=f"您或您的家庭成员的医保关系自{event.since}起恢复,不间断。期间被拒的费用可凭票据到经办机构报销。",
            now=event.at,
        )


def withholding_told(event: WithholdingTold) -> None:
    """扣款通知 (CON-08): to everybody of the batch, by the clock's next round."""
    for stage in event.stages:
        bulk.ask(stage=stage, batch_id=event.batch_id, now=timezone.now())


def registration_cancelled(event: RegistrationCancelled) -> None:
    """撤销误登记: what was told to a record that goes was told to nobody (decision 0387)."""
    if event.person_goes:
        notices.forget(event.person_id)
