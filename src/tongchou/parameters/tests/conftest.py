"""Policy makers and approvers of a province, a city and a county, and a small package of their own to change."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from tongchou.parameters import commands, shelf
from tongchou.parameters.models import PolicyDraft, PolicyVersion
from tongchou.platform import one_time_codes, second_factor
from tongchou.platform.checks import Operator
from tongchou.platform.tests.conftest import Hire, plant_tree
from tongchou.platform.tests.conftest import committed as committed
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.policy.packages import Package

NOW = datetime(2018, 6, 1, 2, tzinfo=UTC)
PROVINCE, CITY, COUNTY, NEIGHBOUR = "450000", "450100", "450102", "450103"
OVERRIDABLE = ("deductible.inpatient", "ratio.outpatient")


def text_of(area: str = PROVINCE, **header: str) -> str:
    """The test set in force in an invented province; two of its parameters may be set by smaller areas."""
    text = (Path(settings.POLICIES) / "test/resident/2018-01-01.yaml").read_text(encoding="utf-8")
    text = text.replace("area: test", f"area: {area}", 1).replace("scheme: resident", "scheme: employee", 1)
    text = text.replace("    label: 住院起付线\n", "    label: 住院起付线\n    overridable: yes\n", 1)
    text = text.replace("{label: 门诊统筹报销比例,", "{label: 门诊统筹报销比例, overridable: yes,", 1)
    for key, value in header.items():
        text = text.replace(f"  {key}: 2018-01-01\n", f"  {key}: {value}\n", 1)
    return text


@pytest.fixture
def tree(db: None) -> None:
    plant_tree()


@pytest.fixture
def hire(tree: None) -> Hire:
    return Hire()


@pytest.fixture
def maker(hire: Hire) -> Operator:
    """A policy maker of the province."""
    return hire("policy_maker", at=PROVINCE, name="林慧敏")


@pytest.fixture
def second(hire: Hire) -> Operator:
    """Another policy maker of the province."""
    return hire("policy_maker", at=PROVINCE, name="周明远")


@pytest.fixture
def approver(hire: Hire) -> Operator:
    """A leader of the province, with a device bound."""
    return with_device(hire("leader", at=PROVINCE, name="赵立新"))


def with_device(operator: Operator) -> Operator:
    """An operator whose device was bound long ago."""
    apps.get_model("platform", "SecondFactor").objects.create(
        operator=operator, seed=one_time_codes.new_seed(), begun_at=NOW, confirmed_at=NOW
    )
    return operator


def code_of(operator: Operator, now: datetime) -> str:
    """A code that the operator's device shows and that was not used yet."""
    factor = second_factor.in_use(operator)
    assert factor is not None
    step = one_time_codes.step_of(now)
    fresh = step if factor.last_step is None or factor.last_step < step else factor.last_step + 1
    return one_time_codes.code_at(second_factor.secret(factor, operator), fresh)


@pytest.fixture
def base(tmp_path: Path, tree: None) -> PolicyVersion:
    """The package that rules the province from 2018 on, entered as a file."""
    file = tmp_path / "2018-01-01.yaml"
    file.write_text(text_of(), encoding="utf-8")
    (version,) = commands.install([file], now=NOW)
    return version


Put = Callable[..., PolicyDraft]


@pytest.fixture
def put_in_force(base: PolicyVersion, maker: Operator, approver: Operator) -> Put:
    """Drafts other values and takes them through to approval: `put_in_force("2019-01-01", {path: value})`."""

    def put(valid_from: str, changes: dict[str, str], *, now: datetime = NOW, of: str = "") -> PolicyDraft:
        draft = commands.start_draft(
            base_hash=of or base.content_hash,
            valid_from=date.fromisoformat(valid_from),
            reason="按自治区文件调整",
            by=maker,
            now=now,
        )
        draft = commands.save_values(draft_id=draft.pk, edition=draft.edition, changes=changes, by=maker, now=now)
        return taken_through(draft, maker, approver, now)

    return put


def taken_through(draft: PolicyDraft, maker: Operator, approver: Operator, now: datetime) -> PolicyDraft:
    """Golden tables, submission and approval."""
    draft = commands.run_golden(draft_id=draft.pk, by=maker, now=now)
    commands.submit(draft_id=draft.pk, edition=draft.edition, by=maker, now=now)
    code = code_of(approver, now)
    return commands.approve(draft_id=draft.pk, edition=draft.edition, code=code, by=approver, now=now)


def local_text(area: str = COUNTY, *, valid_from: str = "2018-07-01", parameters: str = "") -> str:
    """A local rule of a county."""
    return f"""local:
  area: {area}
  area_name: 甲市A县
  scheme: employee
  title: 甲市A县住院起付线细则
  valid_from: {valid_from}
documents:
  AX2018: {{title: A县医疗保险实施细则, number: A医保〔2018〕3号}}
parameters:
{parameters}"""


LOWER_DEDUCTIBLE = """  deductible.inpatient:
    values:
      home: {L1: 50}
    source: AX2018 第六条
    confidence: S
"""


@pytest.fixture
def local_rule(base: PolicyVersion, maker: Operator, approver: Operator) -> Callable[..., PolicyDraft]:
    """Takes a local rule of the county through to approval."""

    def put(parameters: str = LOWER_DEDUCTIBLE, *, now: datetime = NOW, valid_from: str = "2018-07-01") -> PolicyDraft:
        draft = commands.start_local_draft(
            area=COUNTY,
            scheme="employee",
            valid_from=date.fromisoformat(valid_from),
            reason="县级财政补贴",
            by=maker,
            now=now,
        )
        text = local_text(valid_from=valid_from, parameters=parameters)
        draft = commands.save_text(draft_id=draft.pk, edition=draft.edition, text=text, by=maker, now=now)
        return taken_through(draft, maker, approver, now)

    return put


def package_of(version_hash: str) -> Package:
    return shelf.package_of(version_hash)
