"""银行账户变更 as a case (附件4的银行账户一项; GX2017 §14; ENR-19): accepted in town, reviewed by a second person."""

from datetime import date, datetime, time
from typing import Final

from django.utils import timezone

from tongchou.cases.kinds import Decided, Field, Kind, Material, Step, Subject, Values
from tongchou.enrolment.bank_accounts import commands, queries
from tongchou.enrolment.bank_accounts.states import AccountSource
from tongchou.enrolment.banks import account_bank
from tongchou.enrolment.commands import steps
from tongchou.enrolment.finding import living_person, page_of_person, persons_concerned
from tongchou.enrolment.forms import annex4
from tongchou.enrolment.models import Person
from tongchou.enrolment.posts import COUNTY
from tongchou.platform.queries import Operator
from tongchou.platform.web import masks


def _known(subject: Subject) -> Values:
    """Who it is, and the account in use (现用账户), masked."""
    person_id, number = Person.objects.values_list("pk", "certificate_no").get(person_no=subject.key)
    held = queries.history_of(person_id)[:1]
    if not held or held[0].replaced_at is not None:
        return {"certificate_no": number}
    return {
        "certificate_no": number,
        "bank_name": held[0].bank_name,
        "account_no": masks.card(held[0].account_no),
        "holder_name": held[0].holder_name,
    }


def _details(values: Values, evidence: str) -> commands.AccountDetails:
    return commands.AccountDetails(
        bank_name=values.get("bank_name", ""),
        account_no=values.get("account_no", ""),
        holder_name=values.get("holder_name", ""),
        reason=values.get("reason", ""),
        evidence=evidence,
    )


def _check(subject: Subject, values: Values, on: date) -> None:
    """What the review would find, said at the counter. Raises: as `commands.record_account`."""
    noon = timezone.make_aware(datetime.combine(on, time(12)))
    commands.checked(Person.objects.get(person_no=subject.key), _details(values, ""), noon)


def _record(case: Decided, *, operator: Operator, now: datetime) -> str:
    person_id = Person.objects.values_list("pk", flat=True).get(person_no=case.subject_key)
    person = steps.lock_person(person_id, permission="enrolment.review", operator=operator, now=now)
    details = _details(case.values, f"{case.materials}(受理号{case.number})"[:200])
    made = commands.record(person, details, source=AccountSource.CASE, operator=operator, now=now)
    return f"银行账户已变更为{made.bank_name}尾号{made.account_no[-4:]},用于此后发放的待遇;已发放的不受影响"


KIND: Final = Kind(
    code="change_account",
    title="银行账户变更",
    citation="GX2017 §14",
    fields=(
        account_bank(required=True),
        Field("account_no", "银行账号", required=True, longest=40),
        Field("holder_name", "户名", required=True, longest=50, help="须为参保人本人或已登记的监护人"),
        Field("reason", "变更原因", kind="long_text", required=True, longest=200),
    ),
    materials=(
        Material("form", "居民信息变更表(附件4)"),
        Material("certificate", "参保人(监护人)有效身份证件"),
        Material("bank_card", "银行卡(存折)复印件"),
    ),
    steps=(Step("review", "复核", COUNTY),),
    working_days=15,
    limit_source="GX2017 §11(信息变更未另定时限,比照参保登记审核)",
    subject_label="参保人(人员编号或证件号码)",
    find_subject=living_person,
    record=page_of_person,
    item="registration",
    parties=persons_concerned,
    check=_check,
    known=_known,
    effect=_record,
    result_title="银行账户变更办理结果",
    archive_class="参保登记",
    form=annex4.FORM,
)
"""银行账户变更."""
