"""停保、恢复、注销 and their correction at the counter (附件5; GX2017 §15; JL2019 §8, 10; ENR-20, ENR-21, ENR-24).

Village or town collects the papers, the county reviews; a correction needs a second decision.
"""

from datetime import date, datetime
from typing import Final

from django.utils import timezone

from tongchou.cases.kinds import Decided, Field, Kind, Material, Step, Subject, Values
from tongchou.enrolment import rules
from tongchou.enrolment.commands import steps
from tongchou.enrolment.endings import commands, matters, terms, undoing
from tongchou.enrolment.endings.commands import Ending
from tongchou.enrolment.endings.terms import APPLICANTS, SELF, SUSPENSION_CHOICES, TERMINATION_CHOICES
from tongchou.enrolment.finding import living_person, page_of_person, persons_concerned
from tongchou.enrolment.forms import annex5
from tongchou.enrolment.models import Person
from tongchou.enrolment.posts import COUNTY
from tongchou.enrolment.states import EndingKind, EndingReason
from tongchou.kernel.errors import DomainError
from tongchou.platform.queries import Operator

EVIDENCE: Final = {
    EndingReason.DEATH: (("death_proof", "医院死亡证明或公安部门户籍注销证明"),),
    EndingReason.MISSING: (
        ("missing_notice", "司法部门失踪告示"),
        ("death_declaration", "人民法院宣告死亡证明"),
    ),
    EndingReason.MOVED_OUT: (("moving_proof", "户籍迁出或异地参保证明"),),
    EndingReason.ABROAD: (("abroad_proof", "出国(境)定居证明"),),
    EndingReason.EMPLOYEE: (("employee_proof", "职工医保参保证明"),),
    EndingReason.SENTENCE: (("judgement", "人民法院判决书或监所证明"),),
}
"""What proves each reason (GX2017 §15(二)–(四))."""
ON_RECORD: Final = "参保登记"


class OwnDeath(DomainError):
    code = "EN-3004"
    message = "参保人{reason}的,由委托人或继承人申请"
    citation = "GX2017 §15"


class ApplicantUnknown(DomainError):
    code = "EN-3005"
    message = "{who}申请的,须登记其证件号码和与参保人关系"
    citation = "GX2017 §15"


def _person(key: str) -> Person:
    return Person.objects.get(person_no=key)


def _locked(key: str, operator: Operator, now: datetime, permission: str = "enrolment.review") -> Person:
    pk = Person.objects.values_list("pk", flat=True).get(person_no=key)
    return steps.lock_person(pk, permission=permission, operator=operator, now=now)


def _grounds(case: Decided, extra: str = "") -> str:
    return ";".join(part for part in (f"{case.materials}(受理号{case.number})", extra.strip()) if part)


# --- 停保 -----------------------------------------------------------------------------------------------------------


def _suspension(values: Values, evidence: str = "") -> Ending:
    return Ending(
        kind=EndingKind.SUSPENSION,
        reason=EndingReason(values["reason"]),
        effective_on=date.fromisoformat(values["effective_on"]),
        words=values.get("words", ""),
        evidence=evidence,
    )


def _check_suspension(subject: Subject, values: Values, on: date) -> None:
    if values["reason"] == EndingReason.OTHER and not values.get("words", "").strip():
        raise steps.ReasonMissing
    commands.check_ending(_person(subject.key), _suspension(values), today=on)


def _suspend(case: Decided, *, operator: Operator, now: datetime) -> str:
    person = _locked(case.subject_key, operator, now)
    ending = _suspension(case.values, _grounds(case))
    commands.end_relation(person, ending, operator=operator, now=now, today=timezone.localdate(now))
    return f"已停保:{ending.said},自{ending.effective_on}起不再享受待遇;已缴费用不予退还"


SUSPEND: Final = Kind(
    code="suspend_relation",
    title="停保",
    citation="JL2019 §8",
    fields=(
        Field(
            "reason",
            "停保原因",
            kind="choice",
            required=True,
            choices=SUSPENSION_CHOICES,
        ),
        Field("words", "情形说明", longest=100, help="原因为其他的须说明"),
        Field("effective_on", "停保日期", kind="day", required=True, help="自该日起停止待遇和缴费"),
    ),
    materials=(
        Material("identity", "居民身份证、户口簿"),
        Material(
            "employee_proof", "职工医保参保证明", needed=lambda values: values.get("reason") == EndingReason.EMPLOYEE
        ),
        Material("army_proof", "入伍通知书", needed=lambda values: values.get("reason") == EndingReason.ARMY),
    ),
    steps=(Step("review", "复核", COUNTY),),
    working_days=15,
    limit_source="JL2019 §8(停保未另定时限,比照参保登记审核)",
    subject_label="参保人(人员编号或证件号码)",
    find_subject=living_person,
    record=page_of_person,
    item="registration",
    parties=persons_concerned,
    check=_check_suspension,
    effect=_suspend,
    result_title="停保办理结果",
    archive_class=ON_RECORD,
)
"""停保 (JL2019 §8; ENR-20)."""


# --- 恢复参保 -------------------------------------------------------------------------------------------------------


def _paused(subject: Subject) -> Values:
    """Since when and why the relation is suspended (现停保情况)."""
    person = _person(subject.key)
    enrolment = person.enrolments.filter(enrolled_until=None).first()
    paused = enrolment.suspensions.filter(suspended_until=None).first() if enrolment else None
    return {"reason": f"自{paused.suspended_from}起停保-{paused.reason}"} if paused else {}


def _check_resumption(subject: Subject, values: Values, on: date) -> None:
    commands.check_resumable(_person(subject.key), date.fromisoformat(values["resumed_on"]))


def _resume(case: Decided, *, operator: Operator, now: datetime) -> str:
    person = _locked(case.subject_key, operator, now)
    resumed_on = date.fromisoformat(case.values["resumed_on"])
    commands.resume_relation(person, resumed_on=resumed_on, operator=operator, now=now)
    return f"已恢复参保,自{resumed_on}起;待遇按缴费情况享受"


RESUME: Final = Kind(
    code="resume_relation",
    title="恢复参保",
    citation="JL2019 §8",
    fields=(
        Field("reason", "恢复原因", required=True, longest=200),
        Field("resumed_on", "恢复日期", kind="day", required=True),
    ),
    materials=(Material("identity", "居民身份证、户口簿"), Material("proof", "停保原因已消除的证明")),
    steps=(Step("review", "复核", COUNTY),),
    working_days=15,
    limit_source="JL2019 §8(恢复参保未另定时限,比照参保登记审核)",
    subject_label="参保人(人员编号或证件号码)",
    find_subject=living_person,
    record=page_of_person,
    item="registration",
    parties=persons_concerned,
    check=_check_resumption,
    known=_paused,
    effect=_resume,
    result_title="恢复参保办理结果",
    archive_class=ON_RECORD,
)
"""恢复参保 (JL2019 §8; ENR-20)."""


# --- 注销 -----------------------------------------------------------------------------------------------------------


def _termination(values: Values, evidence: str = "") -> Ending:
    return Ending(
        kind=EndingKind.TERMINATION,
        reason=EndingReason(values["reason"]),
        effective_on=date.fromisoformat(values["event_on"]),
        evidence=evidence,
    )


def _is_of_another(values: Values) -> bool:
    return values.get("applicant", SELF) != SELF


def _check_termination(subject: Subject, values: Values, on: date) -> None:
    """Raises: OwnDeath, ApplicantUnknown, CertificateInvalid, and as `commands.check_ending`."""
    reason, who = EndingReason(values["reason"]), values["applicant"]
    if who == SELF and reason in (EndingReason.DEATH, EndingReason.MISSING):
        raise OwnDeath(reason=reason.label)
    number = values.get("applicant_certificate", "").strip().upper()
    if who != SELF and not (number and values.get("applicant_relation", "").strip()):
        raise ApplicantUnknown(who=dict(APPLICANTS)[who])
    if number and (problem := rules.applicant_id_problem(number)):
        raise rules.CertificateInvalid(number=number, problem=problem)
    commands.check_ending(_person(subject.key), _termination(values), today=on)


def _known(subject: Subject) -> Values:
    """Who it is, and what is still open of the person, so that it is settled with it (未结事项)."""
    person = _person(subject.key)
    found = matters.open_of(person.pk, timezone.localdate())
    return {
        "certificate_no": person.certificate_no,
        "born_on": person.born_on.isoformat(),
        "open_matters": "、".join(f"{one.what}({one.on})" for one in found) or "无",
    }


def _terminate(case: Decided, *, operator: Operator, now: datetime) -> str:
    person = _locked(case.subject_key, operator, now)
    values = case.values
    applicant = f"{dict(APPLICANTS)[values['applicant']]} {values.get('applicant_certificate', '')}".strip()
    ending = _termination(values, _grounds(case, f"{values['evidence_no']};申请人:{applicant}"))
    commands.end_relation(person, ending, operator=operator, now=now, today=timezone.localdate(now))
    return f"已注销:{ending.said},自{ending.ends_from}起终止;参保和缴费记录保留,此前费用仍可报销"


def _needed(reason: EndingReason, code: str, name: str) -> Material:
    return Material(code, name, needed=lambda values: values.get("reason") == reason)


TERMINATE: Final = Kind(
    code="terminate_relation",
    title="参保关系注销",
    citation="GX2017 §15",
    fields=(
        Field(
            "reason",
            "注销原因",
            kind="choice",
            required=True,
            choices=TERMINATION_CHOICES,
            section="注销登记",
        ),
        Field("event_on", "死亡(失踪、转出等)日期", kind="day", required=True, section="注销登记"),
        Field("evidence_no", "证明名称及文号", required=True, longest=100, section="注销登记"),
        Field(
            "card_returned",
            "社会保障卡已交回",
            kind="choice",
            required=True,
            choices=terms.YES_NO,
            section="注销登记",
        ),
        Field(
            "open_matters",
            "未结事项处理",
            kind="long_text",
            longest=300,
            help="未报销费用、在院、备案等",
            section="注销登记",
        ),
        Field("applicant", "申请人身份", kind="choice", required=True, choices=APPLICANTS, section="申请人"),
        Field(
            "applicant_certificate",
            "申请人证件号码",
            kind="certificate",
            longest=20,
            help="居民身份证;港澳台居民、外国人填写通行证或护照号码",
            section="申请人",
        ),
        Field("applicant_relation", "与参保人关系", longest=20, section="申请人"),
        Field("heir_bank", "继承人开户银行", longest=60, section="申请人"),
        Field("heir_account", "继承人银行账号", longest=40, section="申请人"),
    ),
    materials=(
        Material("form", "关系注销登记表(附件5)"),
        Material("identity", "参保人(委托人、继承人)身份证、户口簿"),
        *(_needed(reason, code, name) for reason, papers in EVIDENCE.items() for code, name in papers),
    ),
    steps=(Step("review", "复核", COUNTY),),
    working_days=15,
    limit_source="GX2017 §15(注销未另定时限,比照参保登记审核)",
    subject_label="参保人(人员编号或证件号码)",
    find_subject=living_person,
    record=page_of_person,
    item="registration",
    asked_by_another=_is_of_another,
    parties=persons_concerned,
    check=_check_termination,
    known=_known,
    effect=_terminate,
    form=annex5.FORM,
    result_title="参保关系注销办理结果",
    archive_class=ON_RECORD,
)
"""参保关系注销 (附件5; GX2017 §15; ENR-21)."""


# --- 更正 -----------------------------------------------------------------------------------------------------------


def _standing(subject: Subject) -> Values:
    """Which ending a correction would undo (拟更正的事项)."""
    ending = undoing.last_ending(_person(subject.key))
    if ending is None:
        return {}
    words = f"{EndingKind(ending.kind).label}-{EndingReason(ending.reason).label},自{ending.ends_from}起"
    return {"reason": words}


def _check_correction(subject: Subject, values: Values, on: date) -> None:
    undoing.check_undoable(_person(subject.key))


def _correct(case: Decided, *, operator: Operator, now: datetime) -> str:
    person = _locked(case.subject_key, operator, now, "cases.view")  # an approver decides, whose post the path names
    evidence = _grounds(case, case.values["evidence_no"])
    ending, refused = undoing.undo_ending(
        person, reason=case.values["reason"], evidence=evidence, operator=operator, now=now
    )
    listed = f",期间受影响的就医{refused}次已列入手工报销清单" if refused else ""
    return f"已更正{EndingKind(ending.kind).label},自{ending.ends_from}起恢复参保,不间断{listed}"


CORRECT: Final = Kind(
    code="correct_ending",
    title="更正停保、注销",
    citation="GX2017 §15",
    fields=(
        Field("reason", "更正原因", kind="long_text", required=True, longest=200),
        Field("evidence_no", "证明名称及文号", required=True, longest=100),
    ),
    materials=(
        Material("identity", "居民身份证、户口簿"),
        Material("proof", "停保、注销有误的证明(公安、法院、医院等出具)"),
    ),
    steps=(
        Step("review", "复核", COUNTY),
        Step("approval", "审批", ("approver", "leader")),
    ),
    working_days=15,
    limit_source="GX2017 §15(更正未另定时限,比照参保登记审核)",
    subject_label="参保人(人员编号或证件号码)",
    find_subject=living_person,
    record=page_of_person,
    item="registration",
    parties=persons_concerned,
    check=_check_correction,
    known=_standing,
    effect=_correct,
    result_title="更正停保、注销办理结果",
    archive_class=ON_RECORD,
)
"""更正停保、注销 (ENR-24): two decisions, by two persons."""

KINDS: Final = (SUSPEND, RESUME, TERMINATE, CORRECT)
