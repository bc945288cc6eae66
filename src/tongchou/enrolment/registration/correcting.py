"""更正错误的参保关系 as a case (ENR-35, ENR-24; decision 0387): a mistaken registration found on a later day.

Evidence and two decisions by two persons; then it goes as it would have gone on its own day.
"""

from datetime import date, datetime
from typing import Final

from django.utils import timezone

from tongchou.cases.kinds import Decided, Field, Kind, Material, Step, Subject, Values
from tongchou.enrolment.commands import steps
from tongchou.enrolment.finding import living_person, persons_concerned
from tongchou.enrolment.models import Person
from tongchou.enrolment.posts import COUNTY
from tongchou.enrolment.registration.cancelling import cancel, last_registration
from tongchou.enrolment.states import Scheme
from tongchou.platform.queries import Operator


def _known(subject: Subject) -> Values:
    """The registration that would go (拟更正的参保关系)."""
    person = Person.objects.get(person_no=subject.key)
    made = person.enrolments.order_by("-enrolled_from").first()
    if made is None or made.enrolled_until is not None:
        return {}
    registered_on = timezone.localdate(made.created_at)
    return {"reason": f"{Scheme(made.scheme).label},自{made.enrolled_from}起,{registered_on}登记"}


def _check(subject: Subject, values: Values, on: date) -> None:
    """Raises: NothingToCancel."""
    last_registration(Person.objects.get(person_no=subject.key))


def _correct(case: Decided, *, operator: Operator, now: datetime) -> str:
    pk = Person.objects.values_list("pk", flat=True).get(person_no=case.subject_key)
    person = steps.lock_person(pk, permission="cases.view", operator=operator, now=now)
    reason = f"{case.values['reason'].strip()}({case.values['evidence_no'].strip()},受理号{case.number})"
    kept = cancel(person, reason=reason, operator=operator, now=now)
    record = "由该登记新建的人员记录一并撤销" if kept.person_removed else "登记以前的参保情况恢复"
    return f"已撤销自{kept.enrolled_from}起的参保登记,{record}"


KIND: Final = Kind(
    code="correct_registration",
    title="更正错误的参保关系",
    citation="GX2017 §11",
    fields=(
        Field("reason", "更正原因", kind="long_text", required=True, longest=100),
        Field("evidence_no", "证明名称及文号", required=True, longest=60),
    ),
    materials=(
        Material("identity", "居民身份证、户口簿"),
        Material("proof", "参保登记有误的证明(申请表、户籍证明等)"),
    ),
    steps=(
        Step("review", "复核", COUNTY),
        Step("approval", "审批", ("approver", "leader")),
    ),
    working_days=15,
    limit_source="GX2017 §11(更正未另定时限,比照参保登记审核)",
    subject_label="参保人(人员编号或证件号码)",
    find_subject=living_person,
    item="registration",
    parties=persons_concerned,
    check=_check,
    known=_known,
    effect=_correct,
    result_title="更正错误的参保关系办理结果",
    archive_class="参保登记",
)
"""更正错误的参保关系: two decisions, by two persons."""
