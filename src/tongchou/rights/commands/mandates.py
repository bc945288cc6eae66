"""Mandates of family members (家庭成员代办; RIG-03; JL2019 §55): by one's own consent, or as guardian with proof."""

from datetime import date, datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from tongchou.enrolment import queries as enrolment
from tongchou.kernel.errors import DomainError
from tongchou.kernel.months import add_months, age_on
from tongchou.platform import checks, trail
from tongchou.platform import queries as platform
from tongchou.rights import queries
from tongchou.rights.commands.certificates import SELF
from tongchou.rights.drafting import PersonNotKnown
from tongchou.rights.models import Mandate
from tongchou.rights.states import MandateKind

YEARS_OF_CONSENT: Final = 3
OF_AGE: Final = 18
MOST_AGENTS: Final = 5


class AgentUnknown(DomainError):
    code = "RI-0501"
    message = "没有找到姓名和证件号码都相符的参保人,不能委托"
    citation = "JL2019 §55"


class AgentIsSelf(DomainError):
    code = "RI-0502"
    message = "不能委托本人"
    citation = "JL2019 §55"


class MandateStands(DomainError):
    code = "RI-0503"
    message = "已经委托{name},不必重复办理"
    citation = "JL2019 §55"


class GuardianUnproven(DomainError):
    code = "RI-0504"
    message = "登记法定监护须写明监护关系证明,被监护人须未满18周岁或有无(限制)民事行为能力证明"
    citation = "JL2019 §55"


class WardDead(DomainError):
    code = "RI-6501"
    message = "{name}已于{died_on}死亡,不能登记监护;继承人凭死亡证明和关系证明申请查询"
    citation = "JL2019 §10"


class MandateUnknown(DomainError):
    code = "RI-0505"
    message = "没有这项委托"
    citation = "JL2019 §55"


class TooManyAgents(DomainError):
    code = "RI-0506"
    message = "最多委托{most}人"
    citation = "JL2019 §55"


@transaction.atomic(durable=True)
def give_mandate(*, person_id: int, agent_name: str, agent_certificate_no: str, now: datetime) -> Mandate:
    """本人委托 at `/my/`: the agent is named by name and certificate; three years, ended whenever the person likes.

    Raises: AgentUnknown, AgentIsSelf, MandateStands, TooManyAgents.
    """
    today = localdate(now)
    agent = enrolment.facts_by_certificate(agent_certificate_no, today)
    if agent is None or agent.name != agent_name.strip() or agent.died_on is not None:
        raise AgentUnknown
    until = add_months(today, 12 * YEARS_OF_CONSENT)
    return _keep(person_id, agent, MandateKind.CONSENT, today, until, "", None, now)


@transaction.atomic(durable=True)
def register_guardian(
    *, person_id: int, guardian_no: str, evidence: str, operator: platform.Operator, now: datetime
) -> Mandate:
    """登记法定监护 at the counter with proof: until the ward comes of age, three years where that day has passed.

    Raises: PersonNotKnown, AgentUnknown, WardDead, AgentIsSelf, GuardianUnproven, MandateStands, TooManyAgents,
    NoPermission, OutOfScope.
    """
    today = localdate(now)
    ward, guardian = enrolment.facts(person_id, today), enrolment.facts_by_person_no(guardian_no, today)
    if ward is None:
        raise PersonNotKnown(person=person_id)
    if guardian is None or guardian.died_on is not None:
        raise AgentUnknown
    if ward.died_on is not None:
        raise WardDead(name=ward.name, died_on=ward.died_on)
    checks.check_in_scope(operator, "rights.handle", ward.unit_code, now, object_kind="person", object_key=ward.id)
    if not evidence.strip():
        raise GuardianUnproven
    if age_on(ward.born_on, today) < OF_AGE:
        until = comes_of_age(ward.born_on)
    else:
        until = add_months(today, 12 * YEARS_OF_CONSENT)
    return _keep(person_id, guardian, MandateKind.GUARDIAN, today, until, evidence.strip(), operator, now)


def comes_of_age(born_on: date) -> date:
    """The eighteenth birthday; of whoever was born on 29 February, the day after the 28th (18周岁)."""
    birthday = add_months(born_on, 12 * OF_AGE)
    return birthday if birthday.day == born_on.day else birthday + timedelta(days=1)


def _keep(
    person_id: int,
    agent: enrolment.Facts,
    kind: MandateKind,
    since: date,
    until: date,
    evidence: str,
    operator: platform.Operator | None,
    now: datetime,
) -> Mandate:
    if agent.id == person_id:
        raise AgentIsSelf
    if queries.may_act(agent_id=agent.id, person_id=person_id, on=since):
        raise MandateStands(name=agent.name)
    if len(queries.mandates_given(person_id, since)) >= MOST_AGENTS:
        raise TooManyAgents(most=MOST_AGENTS)
    try:
        with transaction.atomic():
            made = Mandate.objects.create(
                person_id=person_id,
                agent_id=agent.id,
                kind=kind,
                valid_from=since,
                valid_until=until,
                evidence=evidence,
                given_by=operator.staff_code if operator else SELF,
                given_at=now,
            )
    except IntegrityError:  # the same a moment ago
        raise MandateStands(name=agent.name) from None
    _note("give_mandate", made, operator, now)
    return made


@transaction.atomic(durable=True)
def end_mandate(*, mandate_id: int, person_id: int, now: datetime) -> None:
    """解除委托, by the person who gave it; from that moment. Raises: MandateUnknown."""
    today = localdate(now)
    found = Mandate.objects.select_for_update().filter(pk=mandate_id, person_id=person_id, valid_until__gt=today)
    one = found.first()
    if one is None:
        raise MandateUnknown
    one.valid_until = max(today, one.valid_from)
    one.save(update_fields=["valid_until"])
    _note("end_mandate", one, None, now)


def _note(action: str, mandate: Mandate, operator: platform.Operator | None, now: datetime) -> None:
    facts = enrolment.facts(mandate.person_id, localdate(now))
    assert facts is not None
    trail.record(
        f"rights.{action}",
        at=now,
        operator=operator,
        pooling_area=facts.pooling_area,
        unit_code=facts.unit_code,
        object_kind="person",
        object_key=facts.person_no,
        detail={"agent": mandate.agent_id, "kind": str(mandate.kind), "until": mandate.valid_until.isoformat()},
    )
