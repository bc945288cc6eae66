"""What lower chapters tell (业务事件): a payment booked is told to the person the same day (RIG-08)."""

from django.utils import timezone

from tongchou.contributions.events import ContributionCorrected, ContributionRecorded
from tongchou.enrolment.bank_accounts import guardians
from tongchou.enrolment.events import BankAccountChanged
from tongchou.platform.events import subscribe
from tongchou.rights import queries
from tongchou.rights.commands import notices
from tongchou.rights.states import NoticeKind


def listen() -> None:
    """Called once, when the applications are ready. A file of many payments is not told one by one (decision 0245)."""
    subscribe(ContributionRecorded)(payment_recorded)
    subscribe(ContributionCorrected)(payment_corrected)
    subscribe(BankAccountChanged)(account_changed)
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
    notices.tell(
        person_id=event.person_id,
        kind=NoticeKind.PAYMENT,
        topic=f"contribution voided {event.voided_id}",
        title="您的缴费记录已更正",
        body="经办机构更正了您的一笔缴费记录,请在“参保与缴费”中查看。",
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
