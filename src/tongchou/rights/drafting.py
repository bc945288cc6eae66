"""Drafting certificates (证明拟制; RIG-02, RIG-11; CON-14; ENR-35): the facts of other chapters put into words.

Each function answers a `Draft`: whom it is about, the period, the content. Nothing is written here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils import translation
from django.utils.timezone import localdate

from tongchou.contributions import history as contributions
from tongchou.contributions import queries as coverage
from tongchou.encounters.states import CareKind
from tongchou.enrolment import history as registration
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.states import CertificateType, EnrolmentStatus, PersonCategory, Scheme, Sex, SpecialCategory
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform import histories, paging
from tongchou.platform import queries as platform
from tongchou.platform.web import masks
from tongchou.rights.contents import Column, Content, Table, Value
from tongchou.rights.states import CertificateKind
from tongchou.settlement import history as benefits
from tongchou.settlement.queries import SettlementRow
from tongchou.settlement.terms import institution_name

STATUS_WORDS: Final = {
    EnrolmentStatus.NONE: "未参保",
    EnrolmentStatus.ACTIVE: "参保",
    EnrolmentStatus.SUSPENDED: "停保",
    EnrolmentStatus.TERMINATED: "终止参保",
}
"""How papers call a status."""
LONGEST_BENEFIT_PERIOD: Final = timedelta(days=366 * 5)
LONG_TERM: Final = "至今"
MOST_EXTRACTED: Final = 1_000


class PersonNotKnown(DomainError):
    code = "RI-0101"
    message = "没有编号为{person}的参保人"
    citation = "GX2017 §19"


class NothingToProve(DomainError):
    code = "RI-0102"
    message = "{period}没有可以证明的{what}记录"
    citation = "GX2017 §19"


class PeriodUnfit(DomainError):
    code = "RI-0103"
    message = "期间有误:起始日期应早于截止日期,且不超过5年"
    citation = "GX2017 §19"


class YearUnfit(DomainError):
    code = "RI-0104"
    message = "{year}年度不能出具:只能出具{first}至{last}年度的证明"
    citation = "GX2017 §19"


class NoHousehold(DomainError):
    code = "RI-0105"
    message = "该参保人没有登记所在户,不能出具家庭证明"
    citation = "GX2017 §19"


FIRST_YEAR: Final = 1998
"""No basic medical insurance before."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A certificate before it is issued (拟制)."""

    kind: CertificateKind
    subject: str
    person_id: int | None
    pooling_area: str
    unit_code: str
    period_from: date
    period_until: date
    content: Content


def draft(
    kind: CertificateKind, *, person_id: int, on: date, year: int | None = None, since: date | None = None
) -> Draft:
    """The certificate of one kind for a person, as of a day (拟制证明).

    `year` is the benefit year of a contribution certificate or a statement, `since` the first day of a benefit
    certificate. Raises: PersonNotKnown, NothingToProve, PeriodUnfit, YearUnfit, NoHousehold.
    """
    facts = enrolment.facts(person_id, on)
    if facts is None:
        raise PersonNotKnown(person=person_id)
    wanted = on.year if year is None else year
    if not FIRST_YEAR <= wanted <= on.year + 1:
        raise YearUnfit(year=wanted, first=FIRST_YEAR, last=on.year + 1)
    if kind is CertificateKind.ENROLMENT:
        return _enrolment(facts, on)
    if kind is CertificateKind.HOUSEHOLD:
        return _household(facts, on)
    if kind is CertificateKind.CONTRIBUTION:
        return _contribution(facts, wanted, on)
    if kind is CertificateKind.HOUSEHOLD_CONTRIBUTION:
        return _household_contribution(facts, wanted, on)
    if kind is CertificateKind.BENEFIT:
        return _benefit(facts, since or date(wanted, 1, 1), on)
    if kind is CertificateKind.STATEMENT:
        return statement(facts, wanted, on)
    raise ValueError(f"not issued to a person: {kind}")


def _personal(
    kind: CertificateKind, facts: enrolment.Facts, content: Content, period: tuple[date, date], subject: str = ""
) -> Draft:
    return Draft(
        kind,
        subject or f"person:{facts.id}",
        facts.id,
        facts.pooling_area,
        facts.unit_code,
        period[0],
        period[1],
        content,
    )


def _who(facts: enrolment.Facts) -> tuple[Value, ...]:
    """Whom a paper is about (参保人)."""
    return (
        Value("姓名", facts.name, "name"),
        Value("性别", Sex(facts.sex).label),
        Value("出生日期", facts.born_on.isoformat()),
        Value("证件类型", CertificateType(facts.certificate_type).label),
        Value("证件号码", facts.certificate_no, "certificate"),
        Value("人员编号", facts.person_no),
    )


def _enrolled(facts: enrolment.Facts, on: date) -> tuple[Value, ...]:
    """How somebody is enrolled on a day (参保情况)."""
    groups = "、".join(SpecialCategory(group).label for group in facts.groups)
    return (
        Value("险种", Scheme(facts.scheme).label if facts.scheme else "—"),
        Value("人员类别", PersonCategory(facts.category).label if facts.category else "—"),
        Value("参保状态", STATUS_WORDS[EnrolmentStatus(facts.status)]),
        Value("参保单位", platform.unit_name(facts.unit_code, on)),
        Value("特殊人员标识", groups or "无"),
    )


def _last_day(until: date | None) -> str:
    return LONG_TERM if until is None else (until - timedelta(days=1)).isoformat()


def _enrolment(facts: enrolment.Facts, on: date) -> Draft:
    """参保证明 (GX2017 §19; ENR-35)."""
    card = enrolment.person_card(facts.id, on)
    if card is None or facts.status == EnrolmentStatus.NONE:
        raise NothingToProve(period=f"截至{on.isoformat()}", what="参保")
    units = platform.unit_names_of({one.unit_code for one in card.enrolments})
    known = [one for one in reversed(card.enrolments) if one.enrolled_from <= on]
    rows = tuple(
        (
            Scheme(one.scheme).label,
            PersonCategory(one.category).label,
            units.get(one.unit_code, one.unit_code),
            one.enrolled_from.isoformat(),
            LONG_TERM if one.enrolled_until is None or one.enrolled_until > on else _last_day(one.enrolled_until),
            "; ".join(f"停保 {pause.start.isoformat()} 至 {_last_day(pause.until)}" for pause in one.suspensions),
        )
        for one in known
    )
    columns = (
        Column("险种", 0.24),
        Column("人员类别", 0.12),
        Column("参保单位", 0.22),
        Column("起", 0.12),
        Column("止", 0.12),
        Column("停保", 0.18),
    )
    status = STATUS_WORDS[EnrolmentStatus(facts.status)]
    content = Content(
        title="基本医疗保险参保证明",
        about=(*_who(facts), *_enrolled(facts, on)),
        words=f"兹证明上述人员的基本医疗保险参保登记情况如下,参保状态为“{status}”。",
        tables=(Table("参保经历", columns, rows),),
        as_of=on,
    )
    return _personal(CertificateKind.ENROLMENT, facts, content, (known[0].enrolled_from, on + timedelta(days=1)))


def _members(facts: enrolment.Facts, on: date) -> tuple[int, list[registration.RosterLine]]:
    card = enrolment.person_card(facts.id, on)
    if card is None or card.household_id is None:
        raise NoHousehold
    return card.household_id, registration.members_of(card.household_id, on)


def _household(facts: enrolment.Facts, on: date) -> Draft:
    """家庭参保证明 (GX2017 §6, 19; ENR-35)."""
    household_id, members = _members(facts, on)
    rows = tuple(
        (
            line.person.name,
            line.relation,
            line.person.certificate,
            line.person.scheme or "—",
            line.person.category or "—",
            STATUS_WORDS[line.person.status],
        )
        for line in members
    )
    columns = (
        Column("姓名", 0.14, "name"),
        Column("与户主关系", 0.13),
        Column("证件号码", 0.25),
        Column("险种", 0.24),
        Column("人员类别", 0.12),
        Column("参保状态", 0.12),
    )
    enrolled = sum(line.person.status is EnrolmentStatus.ACTIVE for line in members)
    about = (
        Value("户号", members[0].household_no),
        Value("户主", next((one.person.name for one in members if one.relation == "户主"), "—"), "name"),
        Value("参保单位", platform.unit_name(facts.unit_code, on)),
    )
    content = Content(
        title="家庭参保证明",
        about=about,
        words="兹证明该户成员的基本医疗保险参保情况如下。",
        tables=(Table("家庭成员", columns, rows, (Value("成员", f"{len(rows)}人"), Value("参保", f"{enrolled}人"))),),
        as_of=on,
    )
    period = (date(on.year, 1, 1), on + timedelta(days=1))
    return _personal(CertificateKind.HOUSEHOLD, facts, content, period, f"household:{household_id}")


_PAID_COLUMNS: Final = (
    Column("保险年度", 0.1),
    Column("缴费金额(元)", 0.15, amount=True),
    Column("其中资助(元)", 0.15, amount=True),
    Column("缴费日期", 0.14),
    Column("缴费渠道", 0.14),
    Column("票据(凭证)号", 0.32),
)


def _paid_row(one: contributions.Paid) -> tuple[str, ...]:
    return (
        str(one.benefit_year),
        _yuan(one.amount_fen),
        _yuan(one.aided_fen),
        one.paid_on.isoformat(),
        one.channel.label,
        one.voucher_no or "—",
    )


def _contribution(facts: enrolment.Facts, year: int, on: date) -> Draft:
    """缴费证明 of a benefit year (CON-14): year, amount, date, channel, voucher number."""
    found = contributions.paid([facts.id], first_year=year, last_year=year)
    if not found:
        raise NothingToProve(period=f"{year}年度", what="缴费")
    table = Table("缴费情况", _PAID_COLUMNS, tuple(map(_paid_row, found)), (_sum("合计", found),))
    content = Content(
        title="基本医疗保险缴费证明",
        about=(*_who(facts), *_enrolled(facts, on)),
        words=f"兹证明上述人员{year}年度基本医疗保险个人缴费情况如下。",
        tables=(table,),
        as_of=on,
    )
    return _personal(CertificateKind.CONTRIBUTION, facts, content, _year(year))


def _household_contribution(facts: enrolment.Facts, year: int, on: date) -> Draft:
    """家庭缴费证明 of a benefit year (GX2017 §23; CON-14)."""
    household_id, members = _members(facts, on)
    names = {line.person.id: line.person.name for line in members}
    found = contributions.paid(list(names), first_year=year, last_year=year)
    if not found:
        raise NothingToProve(period=f"{year}年度", what="家庭缴费")
    paying = {one.person_id: one for one in found}
    rows = tuple(
        (line.person.name, line.relation, *_paid_row(paying[line.person.id])[1:])
        for line in members
        if line.person.id in paying
    )
    columns = (
        Column("姓名", 0.12, "name"),
        Column("与户主关系", 0.12),
        Column("缴费金额(元)", 0.14, amount=True),
        Column("其中资助(元)", 0.14, amount=True),
        Column("缴费日期", 0.13),
        Column("缴费渠道", 0.12),
        Column("票据(凭证)号", 0.23),
    )
    content = Content(
        title="家庭基本医疗保险缴费证明",
        about=(
            Value("户号", members[0].household_no),
            Value("户主", next((one.person.name for one in members if one.relation == "户主"), "—"), "name"),
            Value("参保单位", platform.unit_name(facts.unit_code, on)),
            Value("保险年度", str(year)),
        ),
        words=f"兹证明该户成员{year}年度基本医疗保险个人缴费情况如下。",
        tables=(Table("缴费情况", columns, rows, (Value("缴费人数", f"{len(rows)}人"), _sum("合计", found))),),
        as_of=on,
    )
    return _personal(CertificateKind.HOUSEHOLD_CONTRIBUTION, facts, content, _year(year), f"household:{household_id}")


def _benefit(facts: enrolment.Facts, since: date, on: date) -> Draft:
    """待遇证明: what the funds paid between two days (GX2017 §19; JL2019 §54)."""
    until = on + timedelta(days=1)
    if not since < until or until - since > LONGEST_BENEFIT_PERIOD:
        raise PeriodUnfit
    found = benefits.settlements_between(facts.id, since=since, until=until)
    if not found:
        raise NothingToProve(period=f"{since.isoformat()}至{on.isoformat()}", what="待遇支付")
    content = Content(
        title="基本医疗保险待遇证明",
        about=(*_who(facts), *_enrolled(facts, on)),
        words=f"兹证明上述人员自{since.isoformat()}起享受基本医疗保险待遇的情况如下。",
        tables=(_settled(found),),
        as_of=on,
    )
    return _personal(CertificateKind.BENEFIT, facts, content, (since, until))


def _settled(found: Sequence[SettlementRow]) -> Table:
    """待遇支付明细 with its sums."""
    rows = tuple(
        (
            one.settled_on.isoformat(),
            institution_name(one.institution_code),
            CareKind(one.kind).label,
            _yuan(one.total_fen),
            _yuan(one.fund_paid_fen),
            _yuan(one.account_paid_fen + one.cash_fen),
        )
        for one in found
    )
    columns = (
        Column("结算日期", 0.13),
        Column("定点机构", 0.29),
        Column("医疗类别", 0.13),
        Column("总费用(元)", 0.15, amount=True),
        Column("基金支付(元)", 0.15, amount=True),
        Column("个人负担(元)", 0.15, amount=True),
    )
    sums = (
        Value("总费用", _yuan(sum(one.total_fen for one in found))),
        Value("基金支付", _yuan(sum(one.fund_paid_fen for one in found))),
        Value("个人负担", _yuan(sum(one.account_paid_fen + one.cash_fen for one in found))),
    )
    return Table("待遇支付", columns, rows, sums)


def statement(facts: enrolment.Facts, year: int, on: date) -> Draft:
    """年度权益单 (RIG-11; GX2017 §19): what was paid in and out in a benefit year, and the account (RIG-06).

    Raises: NothingToProve.
    """
    found = contributions.paid([facts.id], first_year=year, last_year=year)
    settled = benefits.settlements_of_year(facts.id, year)
    if not found and not settled:
        raise NothingToProve(period=f"{year}年度", what="权益")
    tables = [
        Table("个人缴费", _PAID_COLUMNS, tuple(map(_paid_row, found)), (_sum("缴费合计", found),)),
        _settled(settled),
    ]
    account = _account(facts, year, settled)
    if account is not None:
        tables.append(account)
    content = Content(
        title=f"{year}年度基本医疗保险个人权益单",
        about=(*_who(facts), *_enrolled(facts, on)),
        words=f"{year}年度您的缴费和待遇享受情况如下。对记录有异议的,可向经办机构提出,经办机构核查后书面答复。",
        tables=tuple(tables),
        as_of=on,
    )
    return _personal(CertificateKind.STATEMENT, facts, content, _year(year))


def _account(facts: enrolment.Facts, year: int, settled: Sequence[SettlementRow]) -> Table | None:
    """个人账户 in a year (RIG-06; NC-ACCT §18): put in, interest among it, paid out, and what is left today."""
    balance = benefits.account_balance(facts.pooling_area, facts.id)
    if balance is None:
        return None
    put_in = [
        one for one in benefits.account_credits(facts.pooling_area, facts.id) if localdate(one.credited_at).year == year
    ]
    rows = tuple(
        (localdate(one.credited_at).isoformat(), one.document, _yuan(one.amount_fen)) for one in reversed(put_in)
    )
    columns = (Column("日期", 0.18), Column("依据", 0.57), Column("划入(元)", 0.25, amount=True))
    sums = (
        Value("划入合计", _yuan(sum(one.amount_fen for one in put_in))),
        Value("账户支付", _yuan(sum(one.account_paid_fen for one in settled))),
        Value("现有余额", _yuan(balance)),
    )
    return Table("个人账户", columns, rows, sums)


def roster(unit_code: str, on: date) -> Draft:
    """参保花名册 of a village, for posting and signature (ENR-35; QA2018 六): by household, numbers masked.

    Raises: NothingToProve.
    """
    lines = [
        line
        for line in registration.roster_by_household(unit_code, on)
        if line.person.status in (EnrolmentStatus.ACTIVE, EnrolmentStatus.SUSPENDED)
    ]
    if not lines:
        raise NothingToProve(period=f"截至{on.isoformat()}", what="参保")
    area = platform.area_of_unit(unit_code) or unit_code[:6]
    rows = tuple(
        (
            str(number),
            line.household_no,
            line.person.name,
            line.relation,
            line.person.certificate,
            line.person.category,
            STATUS_WORDS[line.person.status],
            "",
        )
        for number, line in enumerate(lines, 1)
    )
    columns = (
        Column("序号", 0.07),
        Column("户号", 0.17),
        Column("姓名", 0.11, "name"),
        Column("与户主关系", 0.11),
        Column("证件号码", 0.21),
        Column("人员类别", 0.11),
        Column("状态", 0.08),
        Column("签名", 0.14),
    )
    households = len({line.household_no for line in lines if line.household_no})
    content = Content(
        title="基本医疗保险参保花名册",
        about=(
            Value("参保单位", platform.unit_name(unit_code, on)),
            Value("单位代码", unit_code),
            Value("户数", f"{households}户"),
            Value("参保人数", f"{len(rows)}人"),
        ),
        words="以下人员已参加基本医疗保险,现予公示。有异议的,请向村(居)委会或经办机构提出。",
        tables=(Table("参保人员", columns, rows, (Value("合计", f"{households}户{len(rows)}人"),)),),
        as_of=on,
        basis="GX2017 §6;QA2018 六",
    )
    period = (date(on.year, 1, 1), on + timedelta(days=1))
    return Draft(CertificateKind.ROSTER, f"unit:{unit_code}", None, area, unit_code, *period, content)


def extract(
    facts: enrolment.Facts,
    *,
    records: Sequence[str],
    since: date,
    until: date,
    asked_by: Sequence[Value],
    number: str,
    on: date,
) -> Draft:
    """权益记录摘录 for a third party (RIG-04, RIG-07): the records asked for, of the days asked for, and no more.

    Raises: NothingToProve.
    """
    rows: list[histories.Row] = []
    at = ""
    while len(rows) < MOST_EXTRACTED:
        part = histories.read(
            person_id=facts.id,
            person_no=facts.person_no,
            records=records,
            until=until - timedelta(days=1),
            at=at,
            size=paging.PAGE_SIZE,
        )
        rows += [row for row in part.rows if row.day >= since]
        at = part.next
        if not at or (part.rows and part.rows[-1].day < since):
            break
    if not rows:
        raise NothingToProve(period=f"{since.isoformat()}至{_last_day(until)}", what="权益")
    with translation.override("zh-hans"):  # a paper is Chinese, whatever language its clerk reads
        told = tuple(map(_history_row, rows))
    columns = (
        Column("日期", 0.13),
        Column("类别", 0.12),
        Column("事项", 0.2),
        Column("内容", 0.4),
        Column("金额(元)", 0.15, amount=True),
    )
    content = Content(
        title="个人权益记录摘录",
        about=(*_who(facts), *asked_by),
        words=f"应申请人依法申请,摘录上述人员{since.isoformat()}至{_last_day(until)}的权益记录,仅限申请用途使用。",
        tables=(Table("权益记录", columns, told, (Value("共", f"{len(rows)}条"),)),),
        as_of=on,
        basis="GX2017 §18;JL2019 §52",
    )
    return _personal(CertificateKind.EXTRACT, facts, content, (since, until), f"application:{number}")


def _history_row(row: histories.Row) -> tuple[str, ...]:
    told = histories.tell(row)
    return (
        row.day.isoformat(),
        row.record.label,
        told.title,
        told.detail,
        "" if row.fen is None else _yuan(row.fen),
    )


def status_on(person_id: int, on: date) -> str:
    """参保状态 on any day, in the word of the papers (ENR-25); empty for an unknown person."""
    facts = enrolment.facts(person_id, on)
    return "" if facts is None else STATUS_WORDS[EnrolmentStatus(facts.status)]


def standing_words(facts: enrolment.Facts, on: date) -> str:
    """待遇资格 on a day in one sentence, for a short message (BEN-02)."""
    decision = coverage.standing_of(facts, on)
    return "可享受待遇" if decision.eligible else f"不能享受待遇({decision.reason})"


def masked_name(facts: enrolment.Facts) -> str:
    return masks.name(facts.name)


def _sum(label: str, found: Sequence[contributions.Paid]) -> Value:
    return Value(label, _yuan(sum(one.amount_fen for one in found)))


def _year(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year + 1, 1, 1)


def _yuan(fen: int) -> str:
    return yuan_text(fen, grouped=True)
