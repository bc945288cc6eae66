"""What partners send, from their folder to the books (数据交换): tax, civil affairs, uploads; and what did not come."""

import os
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction

from tongchou.contributions import commands as contributions
from tongchou.contributions import rules
from tongchou.contributions.models import Contribution
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.commands import Registration, enrol_person, record_special_group
from tongchou.enrolment.models import Person
from tongchou.enrolment.states import SpecialCategory
from tongchou.enrolment.tests.conftest import VILLAGE, citizen_number
from tongchou.exchange import arrivals, commands, duties, flows, imports, keys, links, outgoing, queries, returns
from tongchou.exchange.imports import Mode
from tongchou.exchange.models import Arrival, DayTotal, HandOff, ImportFile, OutgoingFile, RejectedRow
from tongchou.exchange.rules import Rhythm
from tongchou.exchange.states import Carrier, Direction, DutyForm, Frequency, Giver, KeySide, OnArrival, PartnerKind
from tongchou.fund import commands as fund
from tongchou.platform import checks
from tongchou.platform import queries as platform
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import committed as committed
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.settlement.tests import world
from tongchou.settlement.tests.conftest import standing as standing
from tongchou.settlement.tests.conftest import tset_rules as tset_rules
from tongchou.settlement.tests.world import Line, yuan
from tongchou.simulator.partner_office import PartnerOffice

AREA = "450100"
NOW = datetime(2018, 10, 10, 2, tzinfo=UTC)
KEY = "k" * 40
SINCE = date(2018, 1, 1)


class House:
    """Clerks, a partner with a folder, and the other end of it."""

    def __init__(self, hire, settings, tmp_path):
        settings.EXCHANGE_FOLDER = tmp_path
        self.root = tmp_path
        self.officer = hire("information", at=AREA)
        self.clerk = hire("eligibility", "clerk", at=AREA)
        self.reviewer = hire("second_reviewer", at=AREA)
        self.approver = hire("finance_reviewer", at=AREA)

    def partner(self, code, kind, flow, *, on_arrival=OnArrival.CONFIRM, taken_by=None, **facts):
        made = commands.register_partner(
            pooling_area=AREA, code=code, name=f"{code}(模拟)", kind=kind, operator=self.officer, now=NOW, **facts
        )
        commands.agree(
            partner_id=made.pk,
            flow=flow,
            direction=Direction.IN,
            frequency=Frequency.MONTHLY,
            sent_as_id=None,
            answered_as_id=None,
            responsible="信息科",
            legal_basis="JL2019 §50",
            valid_from=SINCE,
            taken_by=(taken_by or self.clerk).staff_code,
            on_arrival=on_arrival,
            operator=self.officer,
            now=NOW,
        )
        for side in KeySide:
            keys.add_key(partner_id=made.pk, side=side, key_no="K1", secret=KEY, operator=self.officer, now=NOW)
        links.set_link(
            partner_id=made.pk, carrier=Carrier.FOLDER, address=code, in_use=True, operator=self.officer, now=NOW
        )
        key = keys.Key("K1", KEY)
        return made, PartnerOffice(code, AREA, key, key)

    def comes(self, office, number, flow, text, *, now=NOW, **facts):
        """The office offers a file, the link brings it; the receipt is heard."""
        office.offer(number, flow, text.encode(), file_name=f"{number}.csv", **facts)
        office.look_into(self.root / office.code)
        links.work(now)
        office.look_into(self.root / office.code)
        return Arrival.objects.filter(number=number).latest("id")

    def enrol(self, order, **changes):
        facts = {
            "pooling_area": AREA,
            "unit_code": VILLAGE,
            "name": f"韦{order}",
            "certificate_no": citizen_number(order=2 * order + 1),
            "hukou_area": "450102",
            "enrolled_on": date(2017, 8, 1),
        }
        return enrol_person(Registration(**facts | changes), operator=self.clerk, now=NOW).person


@pytest.fixture
def house(hire, settings, tmp_path):
    return House(hire, settings, tmp_path)


# --- tax ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def open_books(house):
    contributions.set_standard(
        pooling_area=AREA, scheme=rules.RESIDENT, benefit_year=2019, personal_fen=22_000, subsidy_fen=49_000,
        source="测试文件1号", operator=house.clerk, now=NOW,
    )  # fmt: skip
    fund.ensure_chart(pooling_area=AREA, scheme="resident")
    fund.open_period(pooling_area=AREA, scheme="resident", month=date(2018, 10, 1))


def tax_file(people, *more):
    head = "证件号码,姓名,保险年度,缴费金额,缴费日期,电子税票号,征收机构"
    offices = ("河口税务分局", "城关税务分局")
    rows = [
        f"{one.certificate_no},{one.name},2019,220.00,2018-10-09,T{at:04d},{offices[at % 2]}"
        for at, one in enumerate(people)
    ]
    return "\n".join([head, *rows, *more, ""])


@pytest.mark.requirement("SYS-05")
@pytest.mark.article("JL2019 §12", "JL2019 §13", "QA2018 二(一)")
def test_the_tax_file_of_9_october_sent_twice_is_booked_once_and_both_day_totals_are_shown_equal(house, open_books):
    tax, office = house.partner("SW", PartnerKind.TAX, "tax_results", on_arrival=OnArrival.GOOD_ROWS)
    people = [house.enrol(order) for order in range(1, 6)]
    told = {
        "rows": 5,
        "total_fen": 110_000,
        "day": "2018-10-09",
        "offices": [("城关税务分局", 2, 44_000), ("河口税务分局", 3, 66_000)],
    }
    for _ in range(2):
        arrival = house.comes(office, "SW20181009", "tax_results", tax_file(people), **told)
    assert (arrival.state, arrival.repeats) == ("booked", 1)
    assert [(one.taken, one.repeated) for one in office.told] == [(True, False), (True, True)]
    assert Contribution.objects.count() == 5
    assert set(Contribution.objects.values_list("channel", "paid_in_full_on")) == {("tax", date(2018, 10, 9))}
    totals = queries.totals_of(arrival.pk)
    assert [(one.day, one.office, one.said_rows, one.said_fen, one.booked_rows, one.booked_fen) for one in totals] == [
        (date(2018, 10, 9), "城关税务分局", 2, 44_000, 2, 44_000),
        (date(2018, 10, 9), "河口税务分局", 3, 66_000, 3, 66_000),
    ]
    assert not queries.totals_that_agree(DayTotal.objects.filter(partner=tax), agree=False).exists()


@pytest.mark.requirement("CON-11", "SYS-05")
def test_what_could_not_be_booked_stands_in_the_day_total_and_goes_to_an_office(house, open_books):
    _, office = house.partner("SW", PartnerKind.TAX, "tax_results", on_arrival=OnArrival.GOOD_ROWS)
    people = [house.enrol(order) for order in range(1, 4)]
    unknown = f"{citizen_number(order=999)},某人,2019,220.00,2018-10-09,T9999,城关税务分局"
    arrival = house.comes(
        office,
        "SW1",
        "tax_results",
        tax_file(people, unknown),
        rows=4,
        total_fen=88_000,
        day="2018-10-09",
        offices=[("城关税务分局", 2, 44_000), ("河口税务分局", 2, 44_000)],
    )
    assert arrival.state == "booked"
    assert {one.office: (one.said_fen, one.booked_fen) for one in queries.totals_of(arrival.pk)} == {
        "城关税务分局": (44_000, 22_000),
        "河口税务分局": (44_000, 44_000),
    }
    back = RejectedRow.objects.get()
    assert (back.subject, back.row_no, back.unit_code) == ("某**", 5, AREA)
    assert citizen_number(order=999) not in back.subject


def test_a_file_that_came_late_with_half_of_the_rows_already_paid_books_the_rest(house, open_books):
    _, office = house.partner("SW", PartnerKind.TAX, "tax_results", on_arrival=OnArrival.GOOD_ROWS)
    people = [house.enrol(order) for order in range(1, 5)]
    house.comes(office, "SW1", "tax_results", tax_file(people[:2]), rows=2, total_fen=44_000)
    house.comes(office, "SW2", "tax_results", tax_file(people), rows=4, total_fen=88_000, now=NOW + timedelta(days=3))
    assert Contribution.objects.count() == 4
    assert RejectedRow.objects.filter(incoming=Arrival.objects.get(number="SW2").incoming).count() == 2


# --- departments ----------------------------------------------------------------------------------------------------


def list_of(people):
    rows = [f"{one.name},{one.certificate_no},低保,2018-01-01,民发〔2018〕1号" for one in people]
    return "\n".join(["姓名,证件号码,人员类别,认定日期,证明文号", *rows, ""])


@pytest.mark.requirement("SYS-06")
@pytest.mark.article("JL2019 §7", "QA2018 一")
def test_a_civil_affairs_list_with_three_ended_persons_ends_their_flags_and_later_settlements_use_the_normal_rules(
    house,
):
    _, office = house.partner("MZ", PartnerKind.CIVIL_AFFAIRS, "group_lists")
    people = [house.enrol(order) for order in range(1, 6)]
    for one in people:
        record_special_group(
            person_id=one.pk,
            category=SpecialCategory.DIBAO,
            valid_from=date(2018, 1, 1),
            valid_until=None,
            source="民政部门",
            evidence="x",
            operator=house.clerk,
            now=NOW,
        )
        world.cover(one.pk, "2018-01-01", "2019-01-01")
    arrival = house.comes(office, "MZ201809", "group_lists", list_of(people[:2]), rows=2, day="2018-09-28")
    assert arrival.state == "checked", "nothing counts before a second person approves"
    assert imports.preview_of(arrival.incoming_id).totals["终止"] == "3"
    assert enrolment.facts(people[4].pk, date(2018, 9, 28)).groups == ("dibao",)
    imports.take_in(preview_id=arrival.incoming_id, mode=Mode.ALL, operator=house.reviewer, now=NOW)
    assert Arrival.objects.get().state == "booked"
    ended = people[2:]
    assert [enrolment.facts(one.pk, date(2018, 9, 27)).groups for one in ended] == [("dibao",)] * 3
    assert [enrolment.facts(one.pk, date(2018, 9, 28)).groups for one in ended] == [()] * 3
    who = world.Person(people[4].pk, people[4].person_no)
    bill = {"kind": "inpatient", "institution": world.TEACHING}
    _, before = world.settled_visit(who, [Line(scope=yuan("10000"))], "2018-09-10", until="2018-09-20", **bill)
    _, after = world.settled_visit(who, [Line(scope=yuan("10000"))], "2018-10-01", until="2018-10-09", **bill)
    kept = world.Person(people[0].pk, people[0].person_no)
    world.settled_visit(kept, [Line(scope=yuan("10000"))], "2018-09-10", until="2018-09-20", **bill)
    _, still = world.settled_visit(kept, [Line(scope=yuan("10000"))], "2018-10-01", until="2018-10-09", **bill)
    assert "610100" in world.dues(before.settlement_id), "assistance pays while the flag lasts"
    assert "610100" not in world.dues(after.settlement_id), "and no longer once it has ended"
    assert "610100" in world.dues(still.settlement_id)


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        (PartnerKind.POVERTY_RELIEF, "扶贫(乡村振兴)部门"),
        (PartnerKind.DISABLED, "残疾人联合会"),
        (PartnerKind.HEALTH, "卫生健康(计划生育)部门"),
    ],
)
@pytest.mark.requirement("SYS-06")
def test_lists_of_other_departments_come_the_same_way_and_end_nobody_elses_flag(house, kind, source):
    _, office = house.partner("BM", kind, "group_lists")
    person = house.enrol(1)
    arrival = house.comes(office, "BM1", "group_lists", list_of([person]), day="2018-09-28")
    assert arrival.incoming.options["department"] == kind.value
    imports.take_in(preview_id=arrival.incoming_id, mode=Mode.ALL, operator=house.reviewer, now=NOW)
    assert list(enrolment.facts(person.pk, date(2018, 9, 28)).groups) == ["dibao"]


@pytest.mark.requirement("ORG-05")
@pytest.mark.article("QA2018 一", "JL2019 §50")
def test_when_no_list_of_september_came_by_the_agreed_day_an_overdue_item_is_shown_with_the_contact(
    house, client, monkeypatch
):
    civil, office = house.partner(
        "MZ", PartnerKind.CIVIL_AFFAIRS, "group_lists", contact="覃科长", phone="0771-1234567", role="低保、特困认定"
    )
    duties.add_duty(
        partner_id=civil.pk,
        subject="低保对象名单",
        form=DutyForm.LIST,
        giver=Giver.PARTNER,
        rhythm=Rhythm(Frequency.MONTHLY, 25),
        responsible="待遇科",
        legal_basis="QA2018 一",
        valid_from=date(2018, 9, 1),
        import_kind="groups",
        options={"department": "civil_affairs"},
        operator=house.officer,
        now=NOW,
    )
    duties.put_down(NOW)
    assert list(HandOff.objects.order_by("due_on").values_list("period", "due_on", "state")) == [
        ("2018-09", date(2018, 9, 25), "awaited"),
        ("2018-10", date(2018, 10, 25), "awaited"),
    ]
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    client.force_login(house.officer, backend="tongchou.platform.authentication.OperatorBackend")
    shown = client.get("/exchange/duties/?state=overdue").content.decode()
    for words in ("低保对象名单", "2018-09", "覃科长", "0771-1234567", "已逾期"):
        assert words in shown
    assert "2018-10<" not in shown
    assert platform.unread_count(house.officer) == 1
    duties.put_down(NOW + timedelta(days=1))
    assert platform.unread_count(house.officer) == 1, "told once"
    person = house.enrol(1)
    arrival = house.comes(office, "MZ1", "group_lists", list_of([person]), day="2018-09-30")
    imports.take_in(preview_id=arrival.incoming_id, mode=Mode.ALL, operator=house.reviewer, now=NOW)
    done = HandOff.objects.get(period="2018-09")
    assert (done.state, done.rows, done.incoming_id) == ("done", 1, arrival.incoming_id)
    assert "2018-09<" not in client.get("/exchange/duties/?state=overdue").content.decode()


def test_hand_offs_without_a_file_are_recorded_by_hand_once(house):
    civil, _ = house.partner("CZ", PartnerKind.FINANCE, "group_lists")
    told = {
        "partner_id": civil.pk,
        "form": DutyForm.FUND,
        "giver": Giver.PARTNER,
        "rhythm": Rhythm(Frequency.QUARTERLY, 20),
        "responsible": "财务科",
        "legal_basis": "GX2017 §26",
        "valid_from": date(2018, 7, 1),
        "operator": house.officer,
        "now": NOW,
    }
    duty = duties.add_duty(subject="财政补助到位", **told)
    with pytest.raises(duties.DutyTwice):
        duties.add_duty(subject="财政补助到位", **told)
    with pytest.raises(duties.DutyIncomplete, match="事项"):
        duties.add_duty(subject=" ", **told)
    with pytest.raises(duties.DutyIncomplete, match="约定日期"):
        duties.add_duty(subject="x", **told | {"rhythm": Rhythm(Frequency.MONTHLY, 32)})
    with pytest.raises(duties.FileOfNobody):
        duties.add_duty(subject="x", import_kind="nothing", **told)
    first = HandOff.objects.get(period="2018Q3")
    by = {"hand_off_id": first.pk, "operator": house.officer, "now": NOW}
    with pytest.raises(duties.DutyIncomplete, match="回执"):
        duties.record_hand_off(done_on=NOW.date(), reference=" ", **by)
    with pytest.raises(duties.HandedOverLater):
        duties.record_hand_off(done_on=date(2018, 10, 11), reference="1", **by)
    done = duties.record_hand_off(done_on=date(2018, 9, 19), reference="财社〔2018〕9号", **by)
    assert (done.state, done.staff_code) == ("done", house.officer.staff_code)
    with pytest.raises(duties.HandedOver, match="已交接"):
        duties.waive_hand_off(remark="x", **by)
    with pytest.raises(checks.NoPermission):
        duties.record_hand_off(done_on=NOW.date(), reference="1", **by | {"operator": house.clerk})
    with pytest.raises(duties.HandOffUnknown):
        duties.record_hand_off(done_on=NOW.date(), reference="1", **by | {"hand_off_id": 0})
    duties.end_duty(duty_id=duty.pk, ends_on=date(2018, 11, 1), operator=house.officer, now=NOW)
    duties.put_down(NOW + timedelta(days=90))
    assert HandOff.objects.filter(duty=duty).count() == 1


# --- quality of an upload -------------------------------------------------------------------------------------------


@pytest.mark.requirement("SYS-09")
@pytest.mark.article("JL2019 §51")
def test_of_ten_thousand_rows_with_thirty_failing_9970_are_accepted_and_30_go_back_to_their_office(house, client):
    _, office = house.partner(
        "JY", PartnerKind.EDUCATION, "roster_upload", on_arrival=OnArrival.GOOD_ROWS, contact="李老师"
    )
    numbers = [
        citizen_number(date(1950 + n // 365, 1, 1) + timedelta(days=n % 365), 2 * (n % 400) + 1) for n in range(10_000)
    ]
    spoilt = {n: numbers[n][:-1] + ("1" if numbers[n][-1] != "1" else "2") for n in range(0, 9_000, 300)}
    assert len(spoilt) == 30
    towns = ("450102001201", "450102002")
    rows = [f"韦大,{spoilt.get(n, number)},{towns[n % 3 == 0]}" for n, number in enumerate(numbers)]
    arrival = house.comes(office, "JY1", "roster_upload", "\n".join(["姓名,证件号码,村代码", *rows, ""]), rows=10_000)
    file = arrival.incoming
    assert (arrival.state, file.rows_total, file.rows_taken, file.rows_bad, file.rows_returned) == (
        "booked", 10_000, 9_970, 30, 30,
    )  # fmt: skip
    assert Person.objects.count() == 9_970
    back = RejectedRow.objects.order_by("row_no")
    assert queries.returned_by_office(file.pk) == [("450102002", 30, 30)], "to the office each row names"
    assert back[0].row_no == 2
    assert back[0].reason.startswith("证件号码:")
    assert numbers[0] not in back[0].subject
    ((column, code, reason, count),) = queries.faults_by_field(file.pk)
    assert (column, count) == ("证件号码", 30)
    assert code
    assert "校验" in reason
    client.force_login(house.clerk, backend="tongchou.platform.authentication.OperatorBackend")
    page = client.get(f"/imports/{file.pk}/quality/").content.decode()
    for words in ("10,000", "9,970", "99.70%", "证件号码", "450102002"):
        assert words in page


@pytest.mark.requirement("SYS-09")
def test_what_went_back_is_sent_to_the_partner_as_a_file(house):
    partner, office = house.partner("JY", PartnerKind.EDUCATION, "roster_upload", on_arrival=OnArrival.GOOD_ROWS)
    bad = citizen_number(order=3)[:-1] + "Y"
    good = citizen_number(order=5)
    text = f"姓名,证件号码,村代码\n韦小妹,{bad},{VILLAGE}\n韦大,{good},{VILLAGE}\n"
    arrival = house.comes(office, "JY1", "roster_upload", text, rows=2)
    wanted = {"incoming_id": arrival.incoming_id, "operator": house.officer, "now": NOW}
    with pytest.raises(outgoing.NothingAgreed):
        returns.make_rejection_file(**wanted)
    layout = commands.add_format(
        code="jy.back",
        name="退回文件",
        definition={
            "shape": "delimited",
            "head": [{"name": "mark", "holds": "mark", "value": "TH"}, {"name": "rows", "holds": "whole"}],
            "row": [{"name": "row_no", "holds": "whole"}, {"name": "subject"}, {"name": "code"}, {"name": "reason"}],
        },
        operator=house.officer,
        now=NOW,
    )
    with pytest.raises(commands.FormatNotInForce):
        agree_out(house, partner, layout)
    commands.approve_format(format_id=layout.pk, operator=house.approver, now=NOW)
    agree_out(house, partner, layout)
    made = returns.make_rejection_file(**wanted)
    assert returns.make_rejection_file(**wanted) == made
    commands.mark_sent(number=made.number, operator=house.officer, now=NOW)
    links.work(NOW)
    office.look_into(house.root / "JY")
    content = office.had[made.number][1].decode().splitlines()
    assert content[0] == "TH|1"
    assert content[1].startswith("2|韦**|")
    assert outgoing.same_bytes(made)
    ImportFile.objects.update(partner=None)
    with pytest.raises(returns.NoPartnerOfFile):
        returns.make_rejection_file(**wanted)


def agree_out(house, partner, layout):
    commands.agree(
        partner_id=partner.pk,
        flow=returns.FLOW_NAME,
        direction=Direction.OUT,
        frequency=Frequency.AS_NEEDED,
        sent_as_id=layout.pk,
        answered_as_id=None,
        responsible="信息科",
        legal_basis="JL2019 §51",
        valid_from=SINCE,
        operator=house.officer,
        now=NOW,
    )


# --- a file of many lines -------------------------------------------------------------------------------------------


@pytest.mark.requirement("SYS-03")
def test_a_process_killed_while_it_makes_a_file_leaves_nothing_and_the_number_is_taken_by_the_next(
    committed, settings, tmp_path
):
    house = House(Hire(), settings, tmp_path)
    partner = commands.register_partner(
        pooling_area=AREA, code="JY", name="教育局", kind=PartnerKind.EDUCATION, operator=house.officer, now=NOW
    )
    layout = commands.add_format(
        code="many",
        name="多行",
        definition={"head": [{"name": "m", "holds": "mark", "value": "H"}, {"name": "rows", "holds": "whole"}],
                    "row": [{"name": "line_no", "holds": "whole"}]},
        operator=house.officer,
        now=NOW,
    )  # fmt: skip
    commands.approve_format(format_id=layout.pk, operator=house.approver, now=NOW)
    flow = flows.Flow("many", "多行", "exchange.manage", ("line_no", "amount_fen"), lambda key: iter(()))
    flows.register(flow)
    commands.agree(
        partner_id=partner.pk, flow="many", direction=Direction.OUT, frequency=Frequency.DAILY, sent_as_id=layout.pk,
        answered_as_id=None, responsible="x", legal_basis="x", valid_from=SINCE, operator=house.officer, now=NOW,
    )  # fmt: skip
    script = textwrap.dedent(
        f"""
        import django, time
        django.setup()
        from django.db import connection, transaction
        connection.settings_dict["NAME"] = {connection.settings_dict["NAME"]!r}
        from datetime import datetime, UTC
        from tongchou.exchange import flows, outgoing, queries
        from tongchou.platform.queries import operator_by_staff_code
        def rows(key):
            for line in range(1, 20_001):
                if line == 15_000:
                    print("making", flush=True)
                    time.sleep(60)
                yield line, 1
        flows.register(flows.Flow("many", "多行", "exchange.manage", ("line_no", "amount_fen"), rows))
        with transaction.atomic():
            outgoing.make_file(flow="many", partner=queries.partner({partner.pk}), object_key=1, unit_code={AREA!r},
                rows=20_000, total_fen=20_000, operator=operator_by_staff_code({house.officer.staff_code!r}),
                now=datetime(2018, 10, 10, 2, tzinfo=UTC))
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tongchou.site.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "making"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not OutgoingFile.objects.exists()
    flows.register(
        flows.Flow(
            "many", "多行", "exchange.manage", ("line_no", "amount_fen"), lambda key: ((n, 1) for n in range(1, 20_001))
        )
    )
    try:
        with transaction.atomic():
            made = outgoing.make_file(
                flow="many", partner=partner, object_key=1, unit_code=AREA, rows=20_000, total_fen=20_000,
                operator=house.officer, now=NOW,
            )  # fmt: skip
        assert (made.serial, made.rows) == (1, 20_000)
        assert outgoing.same_bytes(made)
    finally:
        del flows._flows["many"]


def test_an_arrival_of_another_area_is_out_of_reach(house, hire):
    _, office = house.partner("MZ", PartnerKind.CIVIL_AFFAIRS, "group_lists")
    arrival = house.comes(office, "MZ1", "group_lists", "x")
    assert (arrival.state, arrival.code[:3]) == ("refused", "PL-")
    elsewhere = hire("information", at="450200")
    with pytest.raises(checks.AreaOutOfScope):
        arrivals.try_again(arrival_id=arrival.pk, operator=elsewhere, now=NOW)
