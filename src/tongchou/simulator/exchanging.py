"""A day of exchange in the invented city (模拟交换): links, hand-offs, a tax file sent twice, a late list.

Everything goes through real folders below the installation's and through the commands; the offices at the other end are
simulated (SYS-29), and their names say so.
"""

import contextlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.apps import apps
from django.db import connection
from django.utils import timezone

from tongchou.contributions import queries as contributions
from tongchou.enrolment import commands as enrolling
from tongchou.enrolment.commands import Registration
from tongchou.enrolment.states import CertificateType, Sex
from tongchou.enrolment.unregistered import commands as unregistered
from tongchou.enrolment.unregistered.states import LeadSource
from tongchou.exchange import commands, duties, keys, links
from tongchou.exchange import queries as exchange
from tongchou.exchange.envelopes import Key
from tongchou.exchange.rules import Rhythm
from tongchou.exchange.states import Carrier, Direction, DutyForm, Frequency, Giver, KeySide, OnArrival, PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform.queries import Operator, operator_by_staff_code
from tongchou.simulator.partner_office import PartnerOffice
from tongchou.simulator.plan import AREA

KEY: Final = "simulated-" * 4
"""Of every simulated partner; a real key is agreed outside the house."""
NOBODY: Final = "45010219000101000X"
"""Of a record that matches nobody, so that the clerk has work."""
NOWHERE: Final = "http://127.0.0.1:9/"
"""Where nobody listens: a link that is down can be seen too."""


@dataclass(frozen=True, slots=True)
class _Body:
    """A simulated partner: whom to ask, what it owes by which day, what it sends."""

    code: str
    name: str
    kind: PartnerKind
    contact: str
    phone: str
    role: str
    flow: str = ""
    on_arrival: OnArrival = OnArrival.CONFIRM


_BODIES: Final = (
    _Body("SW", "桂宁市税务局(模拟)", PartnerKind.TAX, "黎明", "0770-2100001", "征收城乡居民医保费", "tax_results",
          OnArrival.GOOD_ROWS),
    _Body("MZ", "桂宁市民政局(模拟)", PartnerKind.CIVIL_AFFAIRS, "覃科长", "0770-2100002", "认定低保、特困人员",
          "group_lists"),
    _Body("FP", "桂宁市扶贫办(模拟)", PartnerKind.POVERTY_RELIEF, "罗主任", "0770-2100003", "认定建档立卡人员",
          "group_lists"),
    _Body("CL", "桂宁市残联(模拟)", PartnerKind.DISABLED, "农干事", "0770-2100004", "认定重度残疾人", "group_lists"),
    _Body("JY", "桂宁市教育局(模拟)", PartnerKind.EDUCATION, "李老师", "0770-2100005", "提供学籍,组织学校参保",
          "roster_upload", OnArrival.GOOD_ROWS),
    _Body("GA", "桂宁市公安局(模拟)", PartnerKind.POLICE, "陆警官", "0770-2100006", "户籍与死亡信息"),
    _Body("WJ", "桂宁市卫生健康委(模拟)", PartnerKind.HEALTH, "凌科长", "0770-2100008", "出生医学证明", "births",
          OnArrival.GOOD_ROWS),
    _Body("RS", "桂宁市人社局(模拟)", PartnerKind.HUMAN_RESOURCES, "蓝科长", "0770-2100009", "就业登记", "hires",
          OnArrival.GOOD_ROWS),
    _Body("CZ", "桂宁市财政局(模拟)", PartnerKind.FINANCE, "韦科长", "0770-2100007", "财政补助拨付"),
)  # fmt: skip
_DUTIES: Final = (
    ("MZ", "低保对象名单", DutyForm.LIST, Rhythm(Frequency.MONTHLY, 25), {"department": "civil_affairs"}, "QA2018 一"),
    (
        "FP",
        "建档立卡人员名单",
        DutyForm.LIST,
        Rhythm(Frequency.MONTHLY, 20),
        {"department": "poverty_relief"},
        "QA2018 一",
    ),
    ("CL", "重度残疾人名单", DutyForm.LIST, Rhythm(Frequency.QUARTERLY, 20), {"department": "disabled"}, "JL2019 §7"),
    ("GA", "死亡人员名单", DutyForm.LIST, Rhythm(Frequency.MONTHLY, 10), {}, "JL2019 §10"),
    ("CZ", "财政补助到位", DutyForm.FUND, Rhythm(Frequency.QUARTERLY, 15, months_later=1), {}, "GX2017 §26"),
)


@dataclass(frozen=True, slots=True)
class _Day:
    officer: Operator
    clerk: Operator
    today: date
    now: datetime


def play(*, now: datetime) -> int:
    """Links and hand-offs of the city, and what came over them today (模拟交换). Returns how many files came."""
    officer, clerk = operator_by_staff_code("xinxi"), operator_by_staff_code("zhengjiao")
    if officer is None or clerk is None:
        return 0
    day = _Day(officer, clerk, timezone.localdate(now), now)
    offices = {body.code: _entered(body, day) for body in _BODIES}
    for code, subject, form, rhythm, options, basis in _DUTIES:
        duties.add_duty(
            partner_id=offices[code][0].pk,
            subject=subject,
            form=form,
            giver=Giver.PARTNER,
            rhythm=rhythm,
            responsible="待遇科" if form == DutyForm.LIST else "财务科",
            legal_basis=basis,
            valid_from=day.today.replace(day=1) - timedelta(days=80),
            import_kind="groups" if options else "",
            options=options,
            operator=officer,
            now=now,
        )
    _settle_earlier(day)
    _bank_is_down(day)
    came = _files_come(offices, day)
    duties.put_down(now)
    return came


def _entered(body: _Body, day: _Day) -> tuple[Any, PartnerOffice]:
    """The partner with contact, agreement, keys and folder."""
    known = exchange.partner_of(AREA, body.code)
    facts: dict[str, Any] = {"name": body.name, "contact": body.contact, "phone": body.phone, "role": body.role}
    by = {"operator": day.officer, "now": day.now}
    if known is None:
        known = commands.register_partner(pooling_area=AREA, code=body.code, kind=body.kind, **facts, **by)
    else:
        known = commands.change_partner(partner_id=known.pk, in_use=True, **facts, **by)
    if body.flow:
        commands.agree(
            partner_id=known.pk,
            flow=body.flow,
            direction=Direction.IN,
            frequency=Frequency.MONTHLY,
            sent_as_id=None,
            answered_as_id=None,
            responsible="信息科",
            legal_basis="JL2019 §50",
            valid_from=day.today - timedelta(days=400),
            taken_by=day.clerk.staff_code,
            on_arrival=body.on_arrival,
            **by,
        )
        _link(known, Carrier.FOLDER, f"demo-{body.code}", day)
    key = Key("K1", KEY)
    return known, PartnerOffice(body.code, AREA, key, key)


def _link(partner: Any, carrier: Carrier, address: str, day: _Day) -> None:
    by = {"partner_id": partner.pk, "operator": day.officer, "now": day.now}
    for side in KeySide:
        keys.add_key(side=side, key_no="K1", secret=KEY, **by)
    links.set_link(carrier=carrier, address=address, in_use=True, **by)


def _settle_earlier(day: _Day) -> None:
    """What was due more than a month ago came; one of the last month did not."""
    with contextlib.suppress(DomainError):
        for one in exchange.awaited_until(AREA, day.today - timedelta(days=20)):
            duties.record_hand_off(
                hand_off_id=one.pk,
                done_on=one.due_on,
                reference=f"函〔{one.due_on.year}〕{one.pk}号",
                operator=day.officer,
                now=day.now,
            )


def _bank_is_down(day: _Day) -> None:
    """One bank's interface does not answer, so that the page of links shows it."""
    bank = exchange.partner_of(AREA, "NYH")
    if bank is not None:
        _link(bank, Carrier.HTTP, NOWHERE, day)


def _files_come(offices: dict[str, tuple[Any, PartnerOffice]], day: _Day) -> int:
    """The tax office sends its day twice; civil affairs a list that waits for its second person."""
    people = _people()
    if not people:
        return 0
    tax, civil = offices["SW"][1], offices["MZ"][1]
    for _ in range(2):
        _offer_tax(tax, people[:6], day)
        tax.look_into(links.folder_of("demo-SW"))
        links.serve(_of(offices["SW"][0]), day.now)
        tax.look_into(links.folder_of("demo-SW"))
    rows = [
        f"{name},{number},低保,{day.today.replace(day=1)},民发〔{day.today.year}〕1号" for number, name in people[6:10]
    ]
    text = "\n".join(["姓名,证件号码,人员类别,认定日期,证明文号", *rows, ""])
    month = day.today.replace(day=1) - timedelta(days=1)
    civil.offer(
        f"MZ{day.today:%Y%m}", "group_lists", text.encode(), file_name=f"低保{month:%Y%m}.csv", rows=len(rows),
        day=month.isoformat(),
    )  # fmt: skip
    civil.look_into(links.folder_of("demo-MZ"))
    _names_come(offices, people, day)
    links.work(day.now)
    _names_are_followed(day)
    return 2


def _names_come(offices: dict[str, tuple[Any, PartnerOffice]], people: list[tuple[str, str]], day: _Day) -> None:
    """Newborns and the newly employed, of whom the register lacks some (未登记人员); one row of each goes back."""
    births = [
        f"O45{day.today:%y%m}{at:03d},{'男女'[at % 2]},{day.today - timedelta(days=20 + at)},{name},{number}"
        for at, (number, name) in enumerate(_mothers(day.today))
    ]
    births.append(f"O45{day.today:%y%m},女,{day.today - timedelta(days=9)},某人,")
    hires = [f"{name},{number},桂宁糖业公司(虚构),{day.today - timedelta(days=30)}" for number, name in people[10:16]]
    hires.append(f"某人,{people[0][0]},桂宁糖业公司(虚构),{day.today - timedelta(days=30)}")
    for code, flow, head, rows in (
        ("WJ", "births", "出生医学证明编号,性别,出生日期,母亲姓名,母亲身份证号码", births),
        ("RS", "hires", "姓名,证件号码,用人单位,就业日期", hires),
    ):
        office = offices[code][1]
        text = "\n".join([head, *rows, ""])
        office.offer(
            f"{code}{day.today:%Y%m}", flow, text.encode(), file_name=f"{flow}.csv", rows=len(rows),
            day=day.today.isoformat(),
        )  # fmt: skip
        office.look_into(links.folder_of(f"demo-{code}"))


def _names_are_followed(day: _Day) -> None:
    """登记、走访: one newborn is registered by its parents, and a visit finds out why two need not be."""
    leads = list(apps.get_model("enrolment.UnregisteredLead").objects.filter(state="open").order_by("id"))
    born = [one for one in leads if one.source == LeadSource.BIRTH]
    for one in born[:1]:
        child = Registration(
            pooling_area=AREA,
            unit_code=one.unit_code,
            name=one.name,
            certificate_type=CertificateType.BIRTH_CERTIFICATE,
            certificate_no=one.certificate_no,
            born_on=one.born_on,
            sex=Sex.MALE,
            enrolled_on=day.today,
        )
        with contextlib.suppress(DomainError):  # the place takes nobody in that day
            enrolling.enrol_person(child, operator=day.clerk, now=day.now)
    unregistered.settle(day.now)
    hired = [one for one in leads if one.source == LeadSource.HIRE]
    for one, reason in (
        (born[1:2], "走访核实:已在父亲务工地参保"),
        (hired[:1], "走访核实:试用期内已离职,仍按居民参保"),
    ):
        for lead in one:
            unregistered.dismiss(lead_id=lead.pk, version=lead.version, reason=reason, operator=day.clerk, now=day.now)


def _of(partner: Any) -> Any:
    return exchange.link_of(partner.pk)


def _offer_tax(tax: PartnerOffice, people: list[tuple[str, str]], day: _Day) -> None:
    standard = max(contributions.standards(AREA), key=lambda one: one.benefit_year)
    each_fen = standard.personal_fen
    offices = ("安河县税务局(模拟)", "龙岭县税务局(模拟)")
    rows = [
        f"{number},{name},{standard.benefit_year},{yuan_text(each_fen)},{day.today},SW{at:06d},{offices[at % 2]}"
        for at, (number, name) in enumerate(people)
    ]
    rows.append(f"{NOBODY},某人,{standard.benefit_year},{yuan_text(each_fen)},{day.today},SW{99:06d},{offices[0]}")
    text = "\n".join(["证件号码,姓名,保险年度,缴费金额,缴费日期,电子税票号,征收机构", *rows, ""])
    each = len(people) // 2
    counts = (each + 1, each)
    tax.offer(
        f"SW{day.today:%Y%m%d}",
        "tax_results",
        text.encode(),
        file_name=f"SW{day.today:%Y%m%d}.csv",
        rows=len(rows),
        total_fen=each_fen * len(rows),
        day=day.today.isoformat(),
        offices=[(office, count, each_fen * count) for office, count in zip(offices, counts, strict=True)],
    )


def _people() -> list[tuple[str, str]]:
    """Certificate number and name of some persons who still owe the year (示例参保人)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.certificate_no, p.name FROM contributions_receivable r"
            " JOIN enrolment_person p ON p.id = r.person_id"
            " WHERE r.state = 'due' AND r.pooling_area_id = %s AND p.certificate_type = '01' AND p.died_on IS NULL"
            " ORDER BY r.benefit_year DESC, p.id LIMIT 16",
            [AREA],
        )
        return [(number, name) for number, name in cursor.fetchall()]


def _mothers(today: date) -> list[tuple[str, str]]:
    """Certificate number and name of some women of an age to have had a child (示例母亲)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT certificate_no, name FROM enrolment_person WHERE pooling_area_id = %s AND sex = 'F'"
            " AND certificate_type = '01' AND died_on IS NULL AND merged_into_id IS NULL"
            " AND born_on BETWEEN %s::date - 13000 AND %s::date - 8500 ORDER BY id LIMIT 5",
            [AREA, today, today],
        )
        return [(number, name) for number, name in cursor.fetchall()]
