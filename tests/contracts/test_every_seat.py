"""What each seat of the house is shown, it may open (各岗位页面): no dead link, no refusal, few questions asked.

From the first page every link is followed that a page shows, one page of each kind. A seat that is new is covered by
being one of the demo operators, and a page that is new by being linked to.
"""

import html
import re
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.apps import apps
from django.db import connection
from django.template import loader
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve

from tongchou.platform import commands, versions
from tongchou.platform.demo_operators import DEMO_OPERATORS
from tongchou.platform.states import UnitLevel
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.web.access import Asked
from tongchou.site import shell

MOST_QUESTIONS = 12
LINK = re.compile(r'<a\b[^>]*?\bhref="([^"#][^"]*)"|\b(?:data-href|hx-get)="([^"#][^"]*)"')
HERE = "http://testserver"
OUTSIDE = ("/my/", "/public/", "/logout/", "/language/", "/policy/hash/")
"""Residents and the public have seats of their own; the sample city settles by a book that the house does not keep."""
FIRST_PAGES, TO_THE_END, MANY = 2, 100, 4
NARROWER = {"accountant": "450102", "auditor": "450102"}
"""Posts that the demo operators hold in the city, held in a county as well, from where they reach less."""
OPENS = (HTTPStatus.OK, HTTPStatus.FOUND)
SCHOOL = "S45010000001"
ORDER = [UnitLevel.COUNTY, UnitLevel.CITY, UnitLevel.PROVINCE, *UnitLevel]


@cache
def kind_of(path: str) -> Any:
    """The route of an address, and the permission that its page asks for; nothing where it leads nowhere."""
    try:
        found = resolve(path)
    except Resolver404:
        return None
    return found.route, getattr(found.func, "asks", Asked()).permission


def links_of(address: str, response: Any) -> tuple[set[str], set[str]]:
    """The addresses of this house that an answer leads to: by the frame around a page, and by the page itself."""
    if response.status_code == HTTPStatus.FOUND:
        frame, page = "", f'<a href="{html.escape(response["Location"])}">'
    elif response["Content-Type"].startswith("text/html"):
        frame, _, page = response.content.decode().partition("<main")
    else:
        frame = page = ""
    return set(_inside(address, LINK.findall(frame))), set(_inside(address, LINK.findall(page)))


def _inside(address: str, links: list[tuple[str, str]]) -> Iterator[str]:
    for link in map("".join, links):
        whole = urlsplit(urljoin(HERE + address, html.unescape(link)))
        if whole.netloc == urlsplit(HERE).netloc and not whole.path.startswith(OUTSIDE):
            yield whole._replace(scheme="", netloc="", fragment="").geturl()


@dataclass
class Opened:
    """What a page led to, for whoever gets the same answers to the permissions that it asked for."""

    answers: dict[str, bool]
    links: set[str]
    reach: str


@dataclass
class Walk:
    """Follows what each seat is shown. A page is opened again for a seat only where it would look different: where
    other permissions answer, or where it reaches less far than who opened it before.
    """

    monkeypatch: pytest.MonkeyPatch
    faults: list[str] = field(default_factory=list)
    opened: dict[str, list[Opened]] = field(default_factory=lambda: defaultdict(list))
    knocked: set[tuple[str, ...]] = field(default_factory=set)
    pages: int = 0
    _answers: dict[str, bool] | None = None
    _framed: bool = False

    def __post_init__(self) -> None:
        """Permissions asked for by the frame are not those of the page."""
        model = apps.get_model("platform", "Operator")
        has, navigation = model.has_perm, shell._navigation

        def has_perm(operator: Any, permission: str, obj: Any = None) -> bool:
            answer = bool(has(operator, permission, obj))
            if self._answers is not None:
                self._answers[permission] = answer
            return answer

        def of_frame(request: Any) -> Any:
            kept, self._answers = self._answers, None
            try:
                return navigation(request)
            finally:
                self._answers = kept

        self.monkeypatch.setattr(model, "has_perm", has_perm)
        self.monkeypatch.setattr(shell, "_navigation", of_frame)

    def sit_at(self, operator: Any, steps: int) -> None:
        """From the first page so many steps, to one page of every kind."""
        seat = Client()
        seat.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        reached, waiting = set[str](), deque([("/", "", steps)])
        self._framed = False
        while waiting:
            address, shown_at, left = waiting.popleft()
            kind = kind_of(urlsplit(address).path)
            if kind is None:
                self.fault(operator, f"{address} leads nowhere", shown_at)
            elif kind[0] in reached:
                self.knock(seat, operator, kind[0], address, shown_at)
            elif kind[1] and not operator.has_perm(kind[1]):
                reached.add(kind[0])
                self.fault(operator, f"{address} needs {kind[1]}", shown_at)
            else:
                reached.add(kind[0])
                links = self.look(seat, operator, kind[0], address, shown_at)
                waiting.extend((link, address, left - 1) for link in sorted(links) if left)

    def look(self, seat: Client, operator: Any, route: str, address: str, shown_at: str) -> set[str]:
        """The links of a page; from memory where the same page would be shown."""
        if self._framed and (known := self._known(operator, route)) is not None:
            return known
        response, answers, questions = self.ask(seat, address)
        if questions > MOST_QUESTIONS:  # what a process reads once is in memory at the second look
            response, answers, questions = self.ask(seat, address)
        if questions > MOST_QUESTIONS:
            self.fault(operator, f"{address} asked {questions} questions", shown_at)
        if response.status_code not in OPENS:
            self.fault(operator, f"{address} answered {response.status_code}", shown_at)
        frame, links = links_of(address, response)
        self.opened[route].append(Opened(answers, links, operator.org_unit.path))
        self._framed = self._framed or bool(frame)
        return links | frame

    def knock(self, seat: Client, operator: Any, route: str, address: str, shown_at: str) -> None:
        """Whether a record opens of which the seat has read another of the kind: it may belong elsewhere.

        One from each kind of page to each other, and without reading what it says.
        """
        place, from_kind = operator.org_unit.path, kind_of(urlsplit(shown_at).path)[0]
        known = {(place, address), (place, from_kind, route)}
        if "<" not in route or known & self.knocked:
            return
        self.knocked |= known
        with self.monkeypatch.context() as unread:
            unread.setattr(loader, "render_to_string", lambda *args, **kwargs: "")
            response = seat.get(address)
        if response.streaming:
            b"".join(response.streaming_content)
        if response.status_code not in OPENS:
            self.fault(operator, f"{address} answered {response.status_code}", shown_at)

    def _known(self, operator: Any, route: str) -> set[str] | None:
        """The links of a page that was opened before; None where it must be opened for this seat.

        Where many seats have looked already, only who may do what none of them might looks again, and the first whose
        place is narrower than theirs.
        """
        seen = self.opened[route]
        for one in seen:
            inside = one.reach.startswith(operator.org_unit.path)
            if inside and all(operator.has_perm(permission) == answer for permission, answer in one.answers.items()):
                return one.links
        refused = {permission for one in seen for permission, answer in one.answers.items() if not answer}
        granted = {permission for one in seen for permission, answer in one.answers.items() if answer}
        as_far = any(one.reach.startswith(operator.org_unit.path) for one in seen)
        if len(seen) < MANY or not as_far or any(map(operator.has_perm, refused - granted)):
            return None
        return set()

    def ask(self, seat: Client, address: str) -> tuple[Any, dict[str, bool], int]:
        """The answer, the permissions asked for, and how many questions went to the database."""
        versions.look_again_all()
        connection.queries_log.clear()
        self._answers = {}
        with CaptureQueriesContext(connection) as questions:
            response = seat.get(address)
            if response.streaming:
                b"".join(response.streaming_content)
        answers, self._answers = self._answers, None
        self.pages += 1
        return response, answers, len(questions)

    def fault(self, operator: Any, what: str, shown_at: str) -> None:
        self.faults.append(f"{operator.staff_code}: {what}, shown at {shown_at or 'no page'}")


@pytest.fixture
def seats(city: Any, sample: Any) -> list[Any]:
    """The demo operators: those of the sample city, one at a school, one at a hospital.

    The county comes first, which has most to look at, and in each place who may least.
    """
    for code, name, level in (
        (SCHOOL, "安河县第一小学", UnitLevel.SCHOOL),
        (sample.world.HOSPITAL, "安河县人民医院医保科", UnitLevel.INSTITUTION_OFFICE),
    ):
        place = {"level": level, "parent_code": sample.COUNTY, "pooling_area": sample.AREA}
        commands.open_org_unit(code=code, name=name, valid_from=sample.OPENED, by=None, now=sample.NOW, **place)
        commands.ensure_demo_operators(units={level: code}, active_from=sample.OPENED, now=sample.NOW)
    staff = [one.staff_code for one in DEMO_OPERATORS]
    hired = list(apps.get_model("platform", "Operator").objects.select_related("org_unit").filter(staff_code__in=staff))
    assert len(hired) == len(staff)
    hire = Hire()
    hired += [
        hire(post, at=unit, person=f"45010219700101{at:03d}X") for at, (post, unit) in enumerate(NARROWER.items())
    ]
    told = {"title": "培训将到期", "link": "/system/training/", "sent_at": sample.NOW}
    notice = apps.get_model("platform", "Notice")
    notice.objects.bulk_create(notice(recipient=one, **told) for one in hired)
    today = sample.NOW.date()
    of_the_whole_city(city, sample)
    return sorted(hired, key=lambda one: (ORDER.index(one.org_unit.level), len(one.permissions_on(today))))


def of_the_whole_city(city: Any, sample: Any) -> None:
    """What lies in a county but leads to records of the city or of another county: one of each kind.

    A household over two counties, a base audit of a city's plan, a payment for villagers at the city's counter, and a
    refund that the city's cashier pays.
    """

    def add(model: str, /, **told: Any) -> Any:
        return apps.get_model(model).objects.create(**told)

    now, day = sample.NOW, sample.NOW.date()
    area, village = {"pooling_area_id": sample.AREA}, {"unit_code": sample.VILLAGE}
    home = add("enrolment.Household", **area, **village, number="H1")
    people = apps.get_model("enrolment", "Person").objects
    for person_no, relation in ((city.person_no, "head"), (city.neighbour_no, "child")):
        people.filter(person_no=person_no).update(household=home, household_relation=relation)
    villager = people.get(person_no=city.person_no)

    employer = add(
        "enrolment.Employer",
        **area,
        unit_code=sample.COUNTY,
        code="DW1",
        name="安河米业",
        legal_person="甲",
        contact="乙",
        phone="1",
        registered_on=day,
        created_at=now,
    )
    months = {"month_from": date(2018, 1, 1), "month_until": date(2018, 4, 1)}
    signed = {"number": "JC1", "title": "全市稽核", "purpose": "核实缴费基数", "staff_code": "jihe", "made_at": now}
    plan = add("contributions.BaseAuditPlan", **area, unit_code=sample.AREA, **signed, **months)
    audit = {"number": "JC1-1", "risks": [], "made_by": "jihe"}
    add("contributions.BaseAudit", plan=plan, employer=employer, unit_code=sample.COUNTY, **audit)

    told = {
        "scheme": "resident",
        "channel": "counter",
        "file_name": "日结",
        "digest": "1",
        "operator_code": "zhengjiao",
    }
    sums = {"rows_accepted": 1, "rows_refused": 0, "amount_fen": 22_000}
    batch = add("contributions.ImportBatch", **area, **told, **sums, created_at=now)
    means = {"code": "POS", "name": "刷卡", "source": "通知", "valid_from": day, "staff_code": "zhengjiao"}
    means = add("contributions.CounterMeans", **area, **means, created_at=now)
    paid = add(
        "contributions.Contribution",
        person=villager,
        **area,
        scheme="resident",
        benefit_year=2019,
        amount_fen=22_000,
        paid_in_full_on=day,
        kind="continuous",
        channel="counter",
        batch=batch,
        created_at=now,
    )
    opened = {"staff_code": "zhengjiao", "collected_on": day, "number": "RJ1", "opened_at": now}
    at_counter = add("contributions.CounterDay", **area, unit_code=sample.AREA, batch=batch, **opened)
    add(
        "contributions.CounterPayment",
        day=at_counter,
        **village,
        number="SJ1",
        joint_no="HJ1",
        person=villager,
        benefit_year=2019,
        amount_fen=22_000,
        means=means,
        reference="1",
        payer_kind="self",
        payer_name=villager.name,
        payer_certificate_no=villager.certificate_no,
        contribution=paid,
        request_id="1",
        received_by="zhengjiao",
        received_by_person="1",
        received_at=now,
    )

    bank = add("exchange.Partner", **area, code="ICBC", name="工商银行", kind="bank", created_at=now)
    by_cashier = {"number": "TP1", "rows": 1, "amount_fen": 22_000, "made_by": "chuna", "made_by_person": "1"}
    run = add("contributions.RefundRun", **area, bank=bank, made_at=now, **by_cashier)
    account = {"account_no": "6222020000000000000", "holder_name": villager.name}
    refund = add(
        "contributions.RefundOrder",
        **area,
        **village,
        number="TF1",
        ground="double",
        person=villager,
        benefit_year=2019,
        contribution=paid,
        amount_fen=22_000,
        **account,
        bank_name="工商银行",
        evidence="缴费凭证",
        state="in_run",
        run=run,
        approved_by="shenpi",
        approved_at=now,
    )
    line = {"line_no": 1, "amount_fen": 22_000, "benefit_year": 2019}
    add("contributions.RefundLine", run=run, order=refund, **account, **line)


@pytest.mark.requirement("ORG-02", "ORG-10", "SYS-15")
def test_every_seat_may_open_all_that_it_is_shown_and_no_page_asks_much(
    seats: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A seat whose posts were seen at another place goes only as far as its own first pages lead."""
    walk = Walk(monkeypatch)
    posts = {one.staff_code: set(one.posts) for one in DEMO_OPERATORS}
    seen: set[str] = set()
    for operator in seats:
        held = posts.get(operator.staff_code, set())
        walk.sit_at(operator, FIRST_PAGES if held and held <= seen else TO_THE_END)
        seen |= held
    assert walk.pages > 200
    assert len(walk.knocked) > 100
    assert not walk.faults, "\n".join(walk.faults)
