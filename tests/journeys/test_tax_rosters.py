"""Whom the tax office is told of: everybody once, then what changed (征收名册; CON-11, SYS-05)."""

from datetime import date

import pytest

from tongchou.contributions import commands as contributions
from tongchou.contributions.models import Contribution, Receivable
from tongchou.contributions.tax import rosters
from tongchou.contributions.tax.models import TaxRoster, TaxRosterLine
from tongchou.contributions.tests.conftest import AREA, PREMIUM, citizen_number
from tongchou.contributions.tests.conftest import cashier as cashier
from tongchou.contributions.tests.conftest import clerk as clerk
from tongchou.contributions.tests.conftest import rates as rates
from tongchou.contributions.tests.test_tax import NOW, YEAR, TaxDesk, number, person, record
from tongchou.enrolment.commands.relations import resume, suspend
from tongchou.enrolment.tests.conftest import VILLAGE
from tongchou.exchange import outgoing
from tongchou.exchange import queries as exchange
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree
from tongchou.simulator.partners import enter_partners


class RosterDesk(TaxDesk):
    """The same desk, with a tax office to send to."""

    def offices(self):
        return enter_partners(pooling_area=AREA, since=date(2017, 7, 1), operator=self.officer, now=NOW)

    def roster(self, office, **changes):
        facts = {"benefit_year": YEAR, "operator": self.clerk, "now": NOW}
        return rosters.make_roster(pooling_area=AREA, office_id=office, **facts | changes)


@pytest.fixture
def desk(hire, rates, tmp_path) -> RosterDesk:
    return RosterDesk(hire, tmp_path)


@pytest.mark.requirement("SYS-05")
@pytest.mark.requirement("CON-11")
@pytest.mark.article("JL2019 §12")
def test_the_tax_office_is_told_of_everybody_once_and_then_only_of_what_changed(desk):
    desk.enrol(3)
    office = desk.offices()["SW"]
    first = desk.roster(office)
    assert (first.rows, first.amount_fen, first.is_first) == (3, 3 * PREMIUM, True)
    file = exchange.outgoing_of("tax_roster", first.pk)
    assert (file.rows, file.total_fen) == (3, 3 * PREMIUM)
    assert outgoing.same_bytes(file)
    text = b"".join(outgoing.content_of(file)).decode()
    assert text.startswith(f"ZS|{file.number}|SW|20171020|3|540.00\n")
    assert f"|{person(0).person_no}|{number(0)}|韦0|{VILLAGE}|180.00|2018|new\n" in text
    with pytest.raises(rosters.NothingChanged):
        desk.roster(office)
    desk.tax(record(0))
    Receivable.objects.filter(person=person(1)).update(aided_fen=8_000)
    newcomer = citizen_number(date(1999, 1, 1), 7)
    desk.import_("roster", "姓名,证件号码,村代码", [f"覃九,{newcomer},{VILLAGE}"])
    desk.open_year()
    second = desk.roster(office)
    told = {line.certificate_no: (line.change, line.amount_fen) for line in second.lines.all()}
    assert told == {number(0): ("ended", 0), number(1): ("changed", 10_000), newcomer: ("new", PREMIUM)}
    assert not second.is_first
    assert rosters.send_roster(number=second.number, operator=desk.clerk, now=NOW).pk == second.pk
    assert rosters.send_roster(number=second.number, operator=desk.clerk, now=NOW).pk == second.pk
    assert exchange.outgoing_of("tax_roster", second.pk).sent_at is not None
    contributions.void_contribution(
        contribution_id=Contribution.objects.get().pk, reason="错", operator=desk.clerk, now=NOW
    )
    assert [(one.change, one.amount_fen) for one in desk.roster(office).lines.all()] == [("new", PREMIUM)]


@pytest.mark.requirement("SYS-05")
def test_a_roster_goes_to_a_tax_office_of_the_area_about_an_opened_year(desk, hire):
    offices = desk.offices()
    with pytest.raises(rosters.YearNotOpenedForTax):
        desk.roster(offices["SW"])
    with pytest.raises(rosters.NotATaxOffice):
        desk.roster(offices["NXS"])
    with pytest.raises(rosters.RosterUnknown):
        rosters.send_roster(number="none", operator=desk.clerk, now=NOW)
    assert not TaxRoster.objects.exists()
    assert not TaxRosterLine.objects.exists()


@pytest.mark.requirement("ENR-20")
@pytest.mark.requirement("CON-11")
def test_the_suspended_are_told_to_the_tax_office_as_ended_and_anew_once_they_are_resumed(desk):
    desk.enrol(2)
    office = desk.offices()["SW"]
    desk.roster(office)

    def told(made) -> list[tuple[str, str, int]]:
        return [(line.certificate_no, line.change, line.amount_fen) for line in made.lines.all()]

    recruit = person(0).pk
    suspend(person_id=recruit, suspended_from=NOW.date(), reason="参军", operator=desk.clerk, now=NOW)
    assert told(desk.roster(office)) == [(number(0), "ended", 0)]
    resume(person_id=recruit, resumed_on=date(2017, 10, 21), operator=desk.clerk, now=NOW)
    assert told(desk.roster(office)) == [(number(0), "new", PREMIUM)]
