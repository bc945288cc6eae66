"""What a household's registration brings to contributions: its withholding agreement; and what its undoing takes away.

The agreement was reviewed with the application (GX2017 §7(二)3), so no second permission is asked for it.
"""

from tongchou.contributions import mandates
from tongchou.contributions.models import CampaignTask, DebitMandate, Receivable
from tongchou.contributions.states import ReceivableState
from tongchou.enrolment import events
from tongchou.enrolment.registration.cancelling import BuiltUpon
from tongchou.exchange import queries as exchange
from tongchou.platform.events import subscribe


def follow() -> None:
    """Subscribe, once, when the applications are ready."""
    subscribe(events.HouseholdRegistered)(_sign)
    subscribe(events.RegistrationCancelled)(_forget)


def _sign(event: events.HouseholdRegistered) -> None:
    """三方代扣代缴协议 of the form (ENR-07). Raises: NotABank, MandateStands, MandateNumberTaken."""
    signed = event.withholding
    if signed is None:
        return
    bank = exchange.partner_of(event.pooling_area, signed.bank)
    if bank is None:
        raise mandates.NotABank(bank=signed.bank)
    mandates.sign_from_application(
        household_id=event.household_id,
        pooling_area=event.pooling_area,
        unit_code=event.unit_code,
        bank_id=bank.pk,
        number=signed.number,
        account_no=signed.account_no,
        holder_name=signed.holder_name,
        signed_on=signed.signed_on,
        staff_code=event.staff_code,
        now=event.registered_at,
    )


def _forget(event: events.RegistrationCancelled) -> None:
    """What the mistaken registration owed is owed no more. Raises: BuiltUpon once there is money or a file."""
    owed = Receivable.objects.filter(person_id=event.person_id).exclude(state=ReceivableState.VOID)
    if owed.exclude(state=ReceivableState.DUE).exists():
        raise BuiltUpon(what="缴费或代扣记录")
    if DebitMandate.objects.filter(person_id=event.person_id).exists():
        raise BuiltUpon(what="代扣协议")
    if CampaignTask.objects.filter(person_id=event.person_id).exists():
        raise BuiltUpon(what="走访任务")
    if event.person_goes:
        owed.delete()
    else:
        owed.update(state=ReceivableState.VOID, reason="cancelled")
