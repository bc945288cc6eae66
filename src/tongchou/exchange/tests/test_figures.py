"""Figures by period (定期数据) for statistics, finance and the data office: counted, sent, counted again."""

from datetime import date

import pytest
from django.urls import reverse

from tongchou.exchange import commands, figures, flows, outgoing
from tongchou.exchange.figures import Figure
from tongchou.exchange.models import OutgoingFile
from tongchou.exchange.states import Direction, Frequency, PartnerKind
from tongchou.exchange.tests.conftest import AREA, NOW
from tongchou.platform.checks import NoPermission

LAID_OUT = {
    "head": [{"name": "mark", "holds": "mark", "value": "DQ"}, {"name": "number"}, {"name": "rows", "holds": "whole"}],
    "row": [{"name": "code"}, {"name": "title"}, {"name": "value", "holds": "whole"}, {"name": "unit"}],
}


@pytest.fixture
def counted():
    """One figure of its own: how often the exchange was agreed in the area."""
    known = dict(figures._figures)
    figures._figures.clear()
    figures.register(
        Figure("T1", "约定数", "项", "SELECT count(*) FROM exchange_partner WHERE pooling_area_id = %(area)s")
    )
    yield
    figures._figures.clear()
    figures._figures.update(known)


@pytest.fixture
def bureau(officer, reviewer, counted):
    made = commands.add_format(code="tj", name="tj", definition=LAID_OUT, operator=officer, now=NOW)
    commands.approve_format(format_id=made.pk, operator=reviewer, now=NOW)
    partner = commands.register_partner(
        pooling_area=AREA, code="TJ", name="A市统计局", kind=PartnerKind.STATISTICS, operator=officer, now=NOW
    )
    commands.agree(
        partner_id=partner.pk,
        flow=figures.FLOW_NAME,
        direction=Direction.OUT,
        frequency=Frequency.MONTHLY,
        sent_as_id=made.pk,
        answered_as_id=None,
        responsible="统计科",
        legal_basis="JL2019 §50",
        valid_from=date(2018, 1, 1),
        operator=officer,
        now=NOW,
    )
    return partner


def text_of(file):
    return b"".join(outgoing.content_of(file)).decode().splitlines()


@pytest.mark.article("JL2019 §50")
@pytest.mark.requirement("SYS-04")
def test_a_months_figures_go_out_and_are_the_same_file_until_they_are_others(bureau, officer):
    told = {"partner_id": bureau.pk, "month": "2018-08", "operator": officer, "now": NOW}
    first = figures.make_report(**told)
    assert text_of(first) == [f"DQ|{first.number}|1", "T1|约定数|1|项"]
    assert figures.make_report(**told) == first
    commands.register_partner(
        pooling_area=AREA, code="CZ", name="财政局", kind=PartnerKind.FINANCE, operator=officer, now=NOW
    )
    second = figures.make_report(**told)
    assert text_of(second)[1] == "T1|约定数|2|项"
    assert outgoing.same_bytes(first), "what went out stays as it was counted"
    assert OutgoingFile.objects.count() == 2


@pytest.mark.requirement("SYS-04")
@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        pytest.param({"month": "2018-09"}, figures.PeriodNotOver, id="this month"),
        pytest.param({"month": "八月"}, figures.PeriodUnreadable, id="no month"),
        pytest.param({"partner_id": 0}, figures.PartnerGone, id="nobody"),
    ],
)
def test_figures_are_refused_whole(bureau, officer, changes, refusal):
    told = {"partner_id": bureau.pk, "month": "2018-08", "operator": officer, "now": NOW}
    with pytest.raises(refusal):
        figures.make_report(**told | changes)
    assert not OutgoingFile.objects.exists()


@pytest.mark.requirement("SYS-04")
def test_the_partners_page_makes_the_file_and_names_what_may_be_agreed(bureau, officer, reviewer, client, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    with pytest.raises(NoPermission):
        figures.make_report(partner_id=bureau.pk, month="2018-08", operator=reviewer, now=NOW)
    client.force_login(officer)
    page = client.get(reverse("exchange:partner", args=[bureau.pk])).content.decode()
    assert 'value="2018-08"' in page
    assert "定期数据" in page
    address = reverse("exchange:make_figures", args=[bureau.pk])
    assert "EX-2602" in client.post(address, {"month": "x"}, follow=True).content.decode()
    answer = client.post(address, {"month": "2018-08"}, follow=True)
    assert answer.redirect_chain[-1][0].startswith("/exchange/files/")


@pytest.mark.article("JL2019 §50")
@pytest.mark.requirement("SYS-04")
@pytest.mark.parametrize(
    "kind",
    [
        PartnerKind.HUMAN_RESOURCES,
        PartnerKind.HEALTH,
        PartnerKind.CIVIL_AFFAIRS,
        PartnerKind.FINANCE,
        PartnerKind.TAX,
        PartnerKind.STATISTICS,
        PartnerKind.POLICE,
        PartnerKind.POVERTY_RELIEF,
        PartnerKind.DISABLED,
        PartnerKind.DATA_OFFICE,
        PartnerKind.BANK,
        PartnerKind.INSURER,
        PartnerKind.EDUCATION,
        PartnerKind.COURT,
    ],
)
def test_every_partner_of_the_text_has_a_flow(kind):
    assert flows.of_partner(kind)
