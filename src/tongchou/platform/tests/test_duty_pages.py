"""The pages of the duty matrix (职责分工): read by all, written by one, approved by another (ORG-03)."""

import csv
import io

import pytest
from django.test import Client

from tongchou.platform import commands
from tongchou.platform.models import DutyEdition
from tongchou.platform.standard_duties import standard_matrix
from tongchou.platform.states import EditionState, UnitLevel
from tongchou.platform.tests.conftest import NOW
from tongchou.platform.web import access

BACKEND = "tongchou.platform.authentication.OperatorBackend"


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch):
    monkeypatch.setattr(access, "now", lambda: NOW)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def sit_down(hire):
    """Logs an operator with these posts in, in a browser of its own."""
    commands.ensure_standard_matrix(unit_code="450000", now=NOW)

    def at(*posts: str, at: str = "450000") -> Client:
        browser = Client()
        browser.force_login(hire(*posts, at=at), backend=BACKEND)
        return browser

    return at


def _text(response) -> str:
    return response.content.decode()


def boxes(**changed: list[str]) -> dict[str, list[str]]:
    """The ticked boxes of the form: the standard matrix with some cells otherwise, `rates__city=[…]`."""
    ticked = {
        f"{item}:{level.value}": [duty.value for duty in duties] for (item, level), duties in standard_matrix().items()
    }
    return ticked | {name.replace("__", ":"): values for name, values in changed.items()}


@pytest.mark.requirement("ORG-03")
@pytest.mark.article("JL2019 §2")
def test_the_matrix_goes_from_draft_to_force_and_the_county_page_becomes_read_only(sit_down):
    maker, approver = sit_down("policy_maker"), sit_down("leader")
    county = sit_down("eligibility", at="450102")
    begun = maker.post("/system/duties/begin/450000/", follow=True)
    assert "保存并提请核准" in _text(begun)
    draft = DutyEdition.objects.get(state=EditionState.DRAFT)
    address = f"/system/duties/{draft.pk}/"
    sent = boxes(rates__city=["reads"]) | {"version": "1", "valid_from": "2018-06-01", "act": "submit"}
    assert "已提请核准。" in _text(maker.post(f"{address}save/", sent, follow=True))
    stale = maker.post(f"{address}save/", boxes(rates__city=[]) | {"version": "1", "valid_from": "2018-06-01"})
    assert stale.status_code == 422
    assert "PL-1004" in _text(stale)
    own = maker.post(f"{address}decide/", {"version": "2", "act": "approve"})
    assert own.status_code == 403
    shown = _text(approver.get(address))
    assert "与现行分工的差别" in shown
    assert "定规则、查阅" in shown
    assert "职责分工已核准。" in _text(
        approver.post(f"{address}decide/", {"version": "2", "act": "approve", "note": "同意"}, follow=True)
    )

    page = county.get("/contributions/")
    assert page.status_code == 200
    assert "生成应缴</button>" not in _text(page)
    assert "按职责分工,“个人缴费标准维护”的定规则由省级承担" in _text(page)
    refused = county.post("/contributions/owed/open/", {"year": "2019"})
    assert refused.status_code == 403
    assert "PL-1001" in _text(refused)


@pytest.mark.requirement("ORG-03")
def test_everybody_reads_the_matrix_and_sees_what_the_own_posts_may_not_do(sit_down, django_assert_max_num_queries):
    county = sit_down("eligibility", "accountant", at="450102")
    with django_assert_max_num_queries(12):
        shown = _text(county.get("/system/duties/"))
    assert "自治区社会保险事业局" in shown
    assert "基金统收统支" in shown
    assert "您的岗位中受限的权限" in shown
    assert "填制凭证" in shown
    assert "起草修改" not in shown
    rows = b"".join(county.get("/system/duties/?export=csv").streaming_content).decode("utf-8-sig")
    table = {row[0]: row[2:] for row in csv.reader(io.StringIO(rows))}
    assert table["个人缴费标准维护"][:3] == ["定规则、查阅", "定规则、查阅", "查阅"]
    assert len(table["事项"]) == len(UnitLevel)


@pytest.mark.requirement("ORG-03")
def test_a_city_reads_what_the_province_divides_and_may_not_write_there(sit_down):
    city = sit_down("policy_maker", at="450100")
    assert "起草修改" not in _text(city.get("/system/duties/?unit=450000"))
    assert city.post("/system/duties/begin/450000/").status_code == 403
    assert "起草修改" in _text(city.get("/system/duties/?unit=450100"))


@pytest.mark.requirement("ORG-03")
def test_what_a_browser_makes_up_is_left_out_and_a_bad_day_keeps_the_old(sit_down):
    maker = sit_down("policy_maker")
    maker.post("/system/duties/begin/450000/")
    draft = DutyEdition.objects.get(state=EditionState.DRAFT)
    sent = boxes(rates__city=["reads", "owns"]) | {"nothing:city": ["sets"], "version": "1", "valid_from": "2018-13-99"}
    assert maker.post(f"/system/duties/{draft.pk}/save/", sent).status_code == 302
    draft.refresh_from_db()
    assert draft.valid_from.isoformat() == "2018-06-01"
    assert draft.cells.get(item="rates", level="city").duties == ["reads"]
    assert maker.get("/system/duties/999999/").status_code == 404
