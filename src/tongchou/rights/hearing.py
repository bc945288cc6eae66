"""What lower chapters tell (业务事件): a payment booked is told to the person the same day (RIG-08)."""

from django.utils import timezone

from tongchou.contributions.events import ContributionCorrected, ContributionRecorded
from tongchou.platform.events import subscribe
from tongchou.rights.commands import notices
from tongchou.rights.states import NoticeKind


def listen() -> None:
    """Called once, when the applications are ready. A file of many payments is not told one by one (decision 0245)."""
    subscribe(ContributionRecorded)(payment_recorded)
    subscribe(ContributionCorrected)(payment_corrected)


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
