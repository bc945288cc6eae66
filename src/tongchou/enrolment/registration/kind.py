"""整户参保登记 as a business item (附件1; GX2017 §7, 11; JL2019 §7; ENR-01, 03, 05, 06, 08, 10, 13, 14)."""

from datetime import date, datetime
from typing import Final

from django.db.models import OuterRef, Subquery
from django.urls import reverse

from tongchou.cases.kinds import COPY, ORIGINAL, SCAN, Decided, Kind, Material, Rows, Step, Subject, Table, Values
from tongchou.enrolment import events, parameters
from tongchou.enrolment.commands import changes, persons
from tongchou.enrolment.finding import household_concerned, living_person
from tongchou.enrolment.forms import annex1
from tongchou.enrolment.models import BirthRecord, Household, Person
from tongchou.enrolment.registration import reading
from tongchou.enrolment.registration.fields import AGREEMENT, HOUSEHOLD_FIELDS, MEMBER_FIELDS
from tongchou.enrolment.rules import RESIDENCE_NEEDED
from tongchou.enrolment.states import CertificateType, HouseholdRelation
from tongchou.exchange import queries as exchange
from tongchou.exchange.states import PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.months import age_on
from tongchou.platform import places
from tongchou.platform.events import publish
from tongchou.platform.queries import Operator
from tongchou.platform.states import Duty

CODE: Final = "register_household"
ADMIT: Final = "enrolment.admit"
VILLAGE_STEPS: Final = ("village", "forward")
ID_CARD_AGE: Final = 16
"""Below it the household book proves who a child is."""

_SEEN_AND_COPIED: Final = frozenset({ORIGINAL, COPY})
_ALL: Final = frozenset({ORIGINAL, COPY, SCAN})


class AgreementIncomplete(DomainError):
    code = "EN-2002"
    message = "三方代扣代缴协议须填写齐全,尚缺:{missing};未签订的请全部留空"
    citation = "GX2017 §7(二)"


class BankUnknown(DomainError):
    code = "EN-2003"
    message = "没有代码为{bank}的签约银行,或已停用"
    citation = "GX2017 §7(二)"


class HukouAreaUnknown(DomainError):
    code = "EN-9201"
    message = "没有代码为{code}的户籍地;新设的区、县可先填所属设区的市"
    citation = "GX2017 §6"


class HukouAreaUnreadable(DomainError):
    code = "EN-2004"
    message = "户籍地区划代码{code}应为6、9或12位数字"
    citation = "GX2017 §6"


def find(key: str) -> Subject | None:
    """A household by its number, `area/number` where two areas use the same (户号), or by a member's (成员)."""
    area, _, number = key.rpartition("/")
    found = Household.objects.filter(number=number or key).annotate(head=_of_head("name"))
    held = list((found.filter(pooling_area_id=area) if area else found)[:2])
    if not held and (member := living_person(key)) is not None:
        held = list(Household.objects.filter(members__person_no=member.key).annotate(head=_of_head("name")))
    if len(held) != 1:
        return None
    (one,) = held
    return Subject(one.number, one.head or one.address or one.number, one.unit_code, one.pooling_area_id)


def _of_head(fact: str) -> Subquery:
    """Something of the head of a household (户主)."""
    heads = Person.objects.filter(household=OuterRef("pk"), household_relation=HouseholdRelation.HEAD)
    return Subquery(heads.order_by("pk").values(fact)[:1])


def _page(key: str, pooling_area: str) -> str:
    """The address of a household's page (户页面)."""
    household = Household.objects.filter(pooling_area_id=pooling_area, number=key).values_list("pk", flat=True).first()
    return reverse("enrolment:household", args=[household]) if household else ""


def _proposed(subject: Subject) -> Values:
    """What is registered of the household already: one more member changes nothing of it (GX2017 §14)."""
    found = Household.objects.filter(pooling_area_id=subject.pooling_area, number=subject.key)
    (household,) = found.annotate(hukou_area=_of_head("hukou_area"))
    return {
        "hukou_area": household.hukou_area or "",
        "hukou_address": household.hukou_address,
        "address": household.address,
    }


def check_hukou_area(code: str) -> None:
    """户籍地: 6, 9 or 12 digits of a place that is known (GB/T 2260). Raises: HukouAreaUnreadable, HukouAreaUnknown."""
    if not (code.isascii() and code.isdigit() and len(code) in (6, 9, 12)):
        raise HukouAreaUnreadable(code=code)
    if not places.is_known(code):
        raise HukouAreaUnknown(code=code)


def _check(subject: Subject, values: Values, on: date) -> None:
    """Raises: HukouAreaUnreadable, HukouAreaUnknown, AgreementIncomplete, BankUnknown."""
    check_hukou_area(values.get("hukou_area", ""))
    given = [name for name in AGREEMENT if values.get(name)]
    labels = {one.name: one.label for one in HOUSEHOLD_FIELDS}
    if given and (missing := [labels[name] for name in AGREEMENT if name not in given]):
        raise AgreementIncomplete(missing="、".join(missing))
    if given:
        bank = exchange.partner_of(subject.pooling_area, values["bank"])
        if bank is None or not bank.in_use or bank.kind != PartnerKind.BANK:
            raise BankUnknown(bank=values["bank"])


def _check_rows(subject: Subject, values: Values, rows: Table, on: date) -> list[reading.Flaw]:
    return list(reading.flaws(reading.household_of(subject), values, rows, on))


def _derived(subject: Subject, values: Values, rows: Table, on: date) -> Values:
    """Whose papers are asked for, and which path the area takes (办理路径).

    Persons of GX2017 §10 apply at the agency of the place of settlement, newborns at the town (GX2017 §26): no village
    reviews them first.
    """
    procedure = parameters.procedure(subject.pooling_area)
    kinds = {row.get("certificate_type", "") for row in rows}
    at_agency = kinds <= {*RESIDENCE_NEEDED, CertificateType.BIRTH_CERTIFICATE}
    return {
        "on": on.isoformat(),
        "village_path": "yes" if procedure.village_review and not at_agency else "",
        "county_path": "yes" if procedure.county_review else "",
        "with_book": "" if at_agency else "yes",
    }


def _has_id_card(row: Values) -> bool:
    """居民身份证: of whoever is registered by citizen number and is old enough to have one."""
    number = reading.certificate_no(row)
    if row.get("certificate_type") != CertificateType.CITIZEN_ID or len(number) != 18:
        return False
    born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    return age_on(born_on, date.fromisoformat(row["on"])) >= ID_CARD_AGE


def _from_outside(row: Values) -> bool:
    return row.get("certificate_type") in RESIDENCE_NEEDED


def _effect(case: Decided, *, operator: Operator, now: datetime) -> str:
    """Every member enrolled, the household's book brought up to date, one event for all (GX2017 §7(三), §11)."""
    assert case.accepted_on is not None
    household = Household.objects.select_for_update().get(pooling_area_id=case.pooling_area, number=case.subject_key)
    household.hukou_address = case.values.get("hukou_address", "")
    household.address = case.values.get("address", "") or household.hukou_address
    household.save(update_fields=["address", "hukou_address"])
    rows = sorted(case.rows, key=lambda row: row["relation"] != HouseholdRelation.HEAD)
    enrolled = [_enrol(household, case, row, operator, now) for row in rows]
    publish(
        events.HouseholdRegistered(
            case_number=case.number,
            household_id=household.pk,
            pooling_area=household.pooling_area_id,
            unit_code=household.unit_code,
            person_ids=tuple(person.pk for person in enrolled),
            withholding=_withholding(case.values),
            staff_code=operator.staff_code,
            registered_at=now,
        )
    )
    said = "、".join(f"{person.name}({person.person_no})" for person in enrolled)
    return f"户号{household.number}:已参保登记{len(enrolled)}人:{said},自{case.accepted_on}起"


def _enrol(household: Household, case: Decided, row: Values, operator: Operator, now: datetime) -> Person:
    assert case.accepted_on is not None
    wanted = reading.registration(household, case.values, row, on=case.accepted_on)
    person = persons.enrol(wanted, permission=ADMIT, operator=operator, now=now).person
    relation = HouseholdRelation(row["relation"])
    if person.household_id != household.pk or person.household_relation != relation:
        changes.move(
            person_id=person.pk,
            household_no=household.number,
            relation=relation,
            permission=ADMIT,
            reason=f"参保登记(受理号{case.number})",
            operator=operator,
            now=now,
        )
    if wanted.certificate_type is CertificateType.BIRTH_CERTIFICATE:
        BirthRecord.objects.get_or_create(
            person=person,
            defaults={
                "certificate_no": wanted.certificate_no,
                "mother_name": row["mother_name"],
                "mother_certificate_no": row.get("mother_certificate_no", ""),
                "recorded_at": now,
            },
        )
    return person


def _withholding(values: Values) -> events.Withholding | None:
    if not values.get("bank"):
        return None
    return events.Withholding(
        bank=values["bank"],
        account_no=values["account_no"],
        holder_name=values["holder_name"],
        number=values["agreement_no"],
        signed_on=date.fromisoformat(values["agreement_on"]),
    )


MEMBERS: Final = Rows(
    title="家庭成员",
    named_by="name",
    fields=MEMBER_FIELDS,
    materials=(
        Material("id_card", "居民身份证", needed=_has_id_card, evidence=_SEEN_AND_COPIED),
        Material(
            "birth_certificate",
            "出生医学证明",
            needed=lambda row: row.get("certificate_type") == CertificateType.BIRTH_CERTIFICATE,
            evidence=_ALL,
        ),
        Material("permit", "来往内地(大陆)通行证或护照", needed=_from_outside, evidence=_SEEN_AND_COPIED),
        Material("settlement", "定居证明或居留证件", needed=_from_outside, evidence=_SEEN_AND_COPIED),
        Material(
            "group_proof",
            "特殊人员资格证明",
            needed=lambda row: bool(row.get("group") or row.get("second_group")),
            evidence=_SEEN_AND_COPIED,
        ),
    ),
    check=_check_rows,
    claim=reading.claim,
)

KIND: Final = Kind(
    code=CODE,
    title="居民参保登记",
    citation="GX2017 §7",
    fields=HOUSEHOLD_FIELDS,
    rows=MEMBERS,
    materials=(
        Material("form", "参保登记表(附件1)"),
        Material(
            "household_book",
            "居民户口簿",
            needed=lambda values: values.get("with_book") == "yes",
            evidence=_ALL,
        ),
        Material(
            "residence_proof",
            "居住证明",
            needed=lambda values: bool(values.get("residence_proof")),
            evidence=_SEEN_AND_COPIED,
        ),
        Material(
            "bank_book",
            "社会保障卡或银行存折(借记卡)",
            needed=lambda values: bool(values.get("bank")),
            evidence=frozenset({COPY}),
        ),
    ),
    steps=(
        Step(
            "village",
            "村(居)委会初审",
            ("village_assistant",),
            applies=lambda facts: facts.get("village_path") == "yes",
            needs_evidence=True,
            duty=Duty.HANDLES,
        ),
        Step(
            "forward",
            "转交乡镇(街道)",
            ("village_assistant",),
            applies=lambda facts: facts.get("village_path") == "yes",
            duty=Duty.HANDLES,
        ),
        Step("review", "审核", ("eligibility",)),
        Step(
            "county",
            "县级复核",
            ("second_reviewer",),
            applies=lambda facts: facts.get("county_path") == "yes",
        ),
    ),
    working_days=15,
    limit_source="GX2017 §11",
    subject_label="户(户号,或任一成员的编号、证件号码)",
    find_subject=find,
    record=_page,
    proposed=_proposed,
    item="registration",
    parties=household_concerned,
    check=_check,
    derived=_derived,
    effect=_effect,
    form=annex1.FORM,
    result_title="居民参保登记办理结果",
    archive_class="参保登记",
    # the village's one assistant takes the form, reviews, signs and forwards it (GX2017 §7(二)); the town decides
    may_meet=frozenset(map(frozenset, (("accept", "village"), ("accept", "forward"), ("village", "forward")))),
)
