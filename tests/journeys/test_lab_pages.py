"""The policy lab's pages: a policy officer asks, waits, reads; the calculator asks nobody who he is."""

import re
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from python_calamine import CalamineWorkbook

from tongchou.lab import worker
from tongchou.lab.web import calculator
from tongchou.lab.web.throttle import Throttle

CHINESE = re.compile(r"[\u4e00-\u9fff]")
RATIO = "v:parameters/ratio.inpatient/values/home/L2"
PERIOD = {
    "scheme": "resident",
    "since": "2018-01-01",
    "until": "2018-05-16",
    "permille": "1000",
    "unit": "",
    "title": "",
}
MOST_QUERIES = 12
HEADS = re.compile(r"<(th|label|h2|button|legend|summary)\b[^>]*>(.*?)</\1>", re.DOTALL)


@pytest.fixture
def sit_down(client: Client, city: Any) -> Any:
    """Logs an operator of the demo city in and gives the browser back."""

    def at(staff_code: str, *, english: bool = False) -> Client:
        operator = apps.get_model("platform", "Operator").objects.get(staff_code=staff_code)
        client.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        if english:
            client.cookies["django_language"] = "en"
        return client

    return at


def _text(response: Any) -> str:
    return response.content.decode()


def _asked(officer: Client, **given: str) -> str:
    response = officer.post("/lab/new/", {**PERIOD, "way": "values", **given})
    assert response.status_code == 302, _text(response)
    return str(response["Location"])


def _worked() -> None:
    worker.run_all(name="W", go_on=lambda: True)


@pytest.mark.requirement("ORG-23")
def test_a_policy_officer_changes_a_value_and_reads_what_it_costs(
    sit_down: Any, django_assert_max_num_queries: Any
) -> None:
    officer = sit_down("zhengce")
    address = _asked(officer, **{RATIO: "80"})
    waiting = _text(officer.get(address))
    assert "正在排队" in waiting
    assert "取消测算" in waiting
    _worked()
    with django_assert_max_num_queries(MOST_QUERIES):
        page = _text(officer.get(address))
    for told in (
        "6,225.00",
        "6,640.00",
        "+415.00",
        "住院报销比例",
        "75%",
        "80%",
        "少付的人",
        "基金支付变化,按机构等级",
    ):
        assert told in page, told
    with django_assert_max_num_queries(MOST_QUERIES):
        listed = _text(officer.get("/lab/"))
    assert "415.00" in listed
    settlement = re.search(r"/lab/\d+/settlements/\d+/", page)
    assert settlement is not None
    with django_assert_max_num_queries(MOST_QUERIES):
        beside = _text(officer.get(settlement[0]))
    for told in ("6,225.00", "6,640.00", "起付线以上费用 8,300.00 × 住院报销比例 75%", "× 住院报销比例 80%"):
        assert told in beside, told


def test_the_sheet_holds_the_cells_and_the_download_is_in_the_trail(sit_down: Any) -> None:
    officer = sit_down("zhengce")
    address = _asked(officer, **{RATIO: "80"})
    _worked()
    content = b"".join(officer.get(f"{address}sheet/").streaming_content)
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    assert book.sheet_names == ["测算条件", "分组结果", "支付层", "变化最大的结算"]
    rows = book.get_sheet_by_name("分组结果").to_python()
    everything = next(row for row in rows if row[0] == "全部")
    assert (everything[2], everything[-1]) == (3, 415.0)
    trail = apps.get_model("platform", "TrailEntry").objects
    assert trail.filter(action="platform.list_exported", object_key="lab.replay").count() == 1
    assert trail.filter(action="lab.replay_asked").count() == 1


@pytest.mark.requirement("BEN-31")
def test_a_sweep_draws_a_curve_and_each_step_can_be_looked_at_in_groups(sit_down: Any) -> None:
    officer = sit_down("zhengce")
    steps = {"path": RATIO.removeprefix("v:"), "start": "70", "stop": "80", "step": "5"}
    address = _asked(officer, way="sweep", **steps)
    _worked()
    page = _text(officer.get(address))
    for told in ("figures-by-step", "415.00", "按此值分组测算"):
        assert told in page, told
    response = officer.post(f"{address}step/", {"step": "80"})
    _worked()
    assert "+415.00" in _text(officer.get(response["Location"]))
    assert officer.post(f"{address}step/", {"step": "81"}).status_code == 404


def test_what_cannot_be_asked_is_told_and_kept_in_the_form(sit_down: Any) -> None:
    officer = sit_down("zhengce")
    for given, told in (
        ({}, "没有改动任何数值"),
        ({RATIO: "abc"}, "住院报销比例"),
        ({RATIO: "95"}, "不应高于"),
        ({RATIO: "80", "since": "2018-06-01"}, "不成立"),
        ({"way": "sweep", "path": RATIO.removeprefix("v:"), "start": "1", "stop": "x", "step": "1"}, "请填写数字"),
        ({"way": "sweep", "path": RATIO.removeprefix("v:"), "start": "0", "stop": "90", "step": "0.1"}, "最多100步"),
        ({"way": "sweep", "path": "parameters/x/value", "start": "1", "stop": "2", "step": "1"}, "没有可以改动的数值"),
        ({"way": "draft"}, "请选择"),
        ({"way": "file"}, "请选择要测算的政策包文件"),
    ):
        response = officer.post("/lab/new/", {**PERIOD, "way": "values", **given})
        assert response.status_code == 422, given
        assert told in _text(response), given
    page = _text(officer.post("/lab/new/", {**PERIOD, "way": "values", RATIO: "95", "title": "我的测算"}))
    assert 'value="95"' in page
    assert "我的测算" in page


def test_an_uploaded_package_is_checked_and_tried(sit_down: Any, that_day: None) -> None:
    from tongchou.settlement.tests import world

    officer = sit_down("zhengce")
    text = world.tset({"parameters/ratio.inpatient/values/home/L2": "80"}).text.encode()
    file, broken = BytesIO(text), BytesIO(b"package: {}\nlayers: []\n")
    file.name, broken.name = "draft.yaml", "broken.yaml"
    address = officer.post("/lab/new/", {**PERIOD, "way": "file", "file": file})["Location"]
    _worked()
    assert "+415.00" in _text(officer.get(address))
    refused = officer.post("/lab/new/", {**PERIOD, "way": "file", "file": broken})
    assert refused.status_code == 422
    assert "第1行" in _text(refused)


def test_a_replay_is_called_off_from_its_page_and_asked_for_again(sit_down: Any) -> None:
    officer = sit_down("zhengce")
    address = _asked(officer, **{RATIO: "80"})
    assert officer.post(f"{address}cancel/").status_code == 302
    page = _text(officer.get(address))
    assert "已取消" in page
    assert "换一段时间再测算" in page
    again = officer.post(f"{address}again/")["Location"]
    assert again != address
    _worked()
    assert "+415.00" in _text(officer.get(again))
    assert officer.post(f"{again}cancel/").status_code == 422


def test_a_period_without_settlements_says_so(sit_down: Any) -> None:
    officer = sit_down("zhengce")
    address = _asked(officer, **{RATIO: "80"}, since="2018-01-01", until="2018-01-31")
    _worked()
    assert "没有可以重算的结算" in _text(officer.get(address))


def test_who_may_not_replay_sees_none_of_it(sit_down: Any) -> None:
    address = _asked(sit_down("zhengce"), **{RATIO: "80"})
    clerk = sit_down("shouli")
    assert "政策测算" not in _text(clerk.get("/"))
    for path in ("/lab/", "/lab/new/", address, f"{address}sheet/"):
        assert clerk.get(path).status_code == 403, path


@pytest.mark.requirement("ORG-02")
def test_a_replay_of_the_whole_area_is_not_a_countys_to_see(sit_down: Any) -> None:
    from tongchou.lab import queries
    from tongchou.platform.scope import Scope

    _asked(sit_down("zhengce"), **{RATIO: "80"})
    assert queries.replays(scope=Scope(areas=("450100",))).count() == 1
    assert queries.replays(scope=Scope(prefixes=("450000/450100/450102/",))).count() == 0


def test_the_english_pages_of_the_lab_hold_no_chinese_but_data(sit_down: Any) -> None:
    officer = sit_down("zhengce", english=True)
    address = _asked(officer, **{RATIO: "80"})
    _worked()
    pages = ["/lab/", "/lab/new/", "/lab/new/?way=sweep", "/lab/new/?way=file", address, "/public/calculator/"]
    for path in pages:
        page = _text(officer.get(path))
        for _tag, head in HEADS.findall(page):
            left = re.sub(r"<[^>]+>|中文|周明远", "", head)
            assert not CHINESE.search(left) or "住院" in left, f"{path}: {left.strip()}"


# --- the public calculator ------------------------------------------------------------------------------------------

STAY = {"area": "450100", "scheme": "resident", "kind": "inpatient", "level": "2", "go": "1"}


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """A brake and a memory of one test's own."""
    monkeypatch.setattr(calculator, "throttle", Throttle(burst=1000, seconds=1))
    monkeypatch.setattr(calculator, "_usual", {})


@pytest.mark.requirement("BEN-43")
@pytest.mark.requirement("RIG-09")
def test_the_calculator_says_the_same_twice_as_the_settlement_did_and_stores_nothing(
    city: Any, client: Client, django_assert_max_num_queries: Any
) -> None:
    tables = [model for model in apps.get_models() if model._meta.managed and not model._meta.proxy]
    before = {model._meta.label: model.objects.count() for model in tables if hasattr(model, "objects")}
    asked = {**STAY, "scope": "8700", "pre": "300", "over": "100", "own": "900"}
    with django_assert_max_num_queries(MOST_QUERIES):
        once = _text(client.get("/public/calculator/", asked))
    token = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert token.sub("", _text(client.get("/public/calculator/", asked))) == token.sub("", once)
    for told in ("10,000.00", "6,225.00", "3,775.00", "起付线以上费用 8,300.00 × 住院报销比例 75%"):
        assert told in once, told
    after = {model._meta.label: model.objects.count() for model in tables if hasattr(model, "objects")}
    assert after == before


def test_a_total_alone_is_reckoned_by_what_is_usual_and_says_so(city: Any, client: Client) -> None:
    page = _text(client.get("/public/calculator/", {**STAY, "total": "10000"}))
    assert "没有同类账单可以参照" in page
    daily = apps.get_model("settlement", "DailyTotal").objects
    amounts = dict.fromkeys(
        ("project_paid_fen", "pool_paid_fen", "catastrophic_paid_fen", "supplementary_paid_fen",
         "large_amount_paid_fen", "assistance_paid_fen", "account_paid_fen", "cash_fen"), 0
    )  # fmt: skip
    daily.create(
        pooling_area="450100", settled_on="2018-05-01", institution_code="H45010000002", scheme="resident",
        kind="inpatient", settlements=10, total_fen=1_000_000, in_scope_fen=870_000, **amounts,
    )  # fmt: skip
    calculator._usual.clear()
    page = _text(client.get("/public/calculator/", {**STAY, "total": "10000"}))
    assert "87% 可以报销" in page
    assert "6,225.00" in page


def test_what_was_used_of_the_year_counts(city: Any, client: Client) -> None:
    page = _text(client.get("/public/calculator/", {**STAY, "scope": "10400", "y:pool_paid": "149000"}))
    assert "1,000.00" in page
    page = _text(client.get("/public/calculator/", {**STAY, "scope": "10400"}))
    assert "7,500.00" in page


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"total": "abc"}, "请填写金额"),
        ({"total": "12.345"}, "请填写金额"),
        ({"total": "-5"}, "请填写金额"),
        ({}, "请填写这次的医疗费总额"),
        ({"total": "100", "kind": "chronic"}, "请选择病种"),
        ({"total": "100", "place": "away_unfiled"}, "报销标准还没有公布"),
        ({"total": "100", "y:pool_paid": "x"}, "请填写金额"),
    ],
)
def test_what_cannot_be_reckoned_is_told_in_words(city: Any, client: Client, given: dict[str, str], told: str) -> None:
    response = client.get("/public/calculator/", {**STAY, **given})
    assert response.status_code == 422
    assert told in _text(response)


def test_an_area_without_rules_says_so(city: Any, client: Client) -> None:
    page = _text(client.get("/public/calculator/", {"scheme": "employee"}))
    assert "还没有登记待遇政策" in page


def test_who_asks_too_fast_is_asked_to_wait(city: Any, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(calculator, "throttle", Throttle(burst=2, seconds=1, clock=lambda: now[0]))
    assert [client.get("/public/calculator/").status_code for _ in range(3)] == [200, 200, 429]
    now[0] = 1.5
    assert client.get("/public/calculator/").status_code == 200
    assert client.get("/public/calculator/", REMOTE_ADDR="10.0.0.9").status_code == 200
