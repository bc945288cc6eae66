"""Policy work of the invented city (演示政策业务): a county's own value in force, a reform in review, a draft begun.

Everything goes through the commands that clerks use, with the codes that demo operators may give.
"""

from datetime import date, datetime, timedelta
from typing import Final

from tongchou.parameters import commands, queries
from tongchou.platform import queries as platform
from tongchou.platform import second_factor
from tongchou.platform.checks import Operator
from tongchou.simulator.geography import Geography
from tongchou.simulator.plan import PROVINCE

SCHEME: Final = "resident"
_LOCAL: Final = """local:
  area: {area}
  area_name: {name}
  scheme: resident
  title: {name}住院起付线细则(示例)
  valid_from: {valid_from}
documents:
  LOCAL: {{title: {name}城乡居民基本医疗保险实施细则(虚构)}}
parameters:
  deductible.inpatient:
    values:
      L3: {{N1: 500}}
    source: LOCAL 第六条
    confidence: R
    assumption: yes
    note: 演示数据
"""


def make_policy_work(ground: Geography, *, now: datetime) -> None:
    """Two months ago a county's rule, last week a reform that waits for approval, today a draft with a fault."""
    city, province = _operator("zhengce"), _operator("zhengce2")
    _local_rule(ground, by=city, checker=_operator("lingdao"), now=now - timedelta(days=60))
    reform = date(now.year + 1, 1, 1)
    _reform(reform, by=province, now=now - timedelta(days=7))
    _begun(reform, by=province, now=now)


def _operator(staff_code: str) -> Operator:
    found = platform.operator_by_staff_code(staff_code)
    assert found is not None
    return found


def _local_rule(ground: Geography, *, by: Operator, checker: Operator, now: datetime) -> None:
    county = ground.counties()[-1]
    name = county.name.removesuffix("医疗保障服务中心")
    valid_from = now.date().replace(day=1)
    draft = commands.start_local_draft(
        area=county.code,
        scheme=SCHEME,
        valid_from=valid_from,
        reason="县级财政补贴,降低三级医院起付线(示例)",
        by=by,
        now=now,
    )
    text = _LOCAL.format(area=county.code, name=name, valid_from=valid_from)
    draft = commands.save_text(draft_id=draft.pk, edition=draft.edition, text=text, by=by, now=now)
    draft = commands.run_golden(draft_id=draft.pk, by=by, now=now)
    commands.submit(draft_id=draft.pk, edition=draft.edition, by=by, now=now)
    code = second_factor.demo_code(checker, now)
    commands.approve(draft_id=draft.pk, edition=draft.edition, code=code, by=checker, now=now)


def _reform(valid_from: date, *, by: Operator, now: datetime) -> None:
    """二级医院住院报销比例提高 5 个百分点, on its way to the leader of the province."""
    base = queries.book().package(PROVINCE, SCHEME, now.date())
    draft = commands.start_draft(
        base_hash=base.hash, valid_from=valid_from, reason="拟提高二级医院住院报销比例5个百分点(示例)", by=by, now=now
    )
    changes = {"parameters/ratio.inpatient/values/L2": "80"}
    draft = commands.save_values(draft_id=draft.pk, edition=draft.edition, changes=changes, by=by, now=now)
    draft = commands.run_golden(draft_id=draft.pk, by=by, now=now)
    commands.submit(draft_id=draft.pk, edition=draft.edition, by=by, now=now)


def _begun(valid_from: date, *, by: Operator, now: datetime) -> None:
    base = queries.book().package(PROVINCE, SCHEME, now.date())
    draft = commands.start_draft(
        base_hash=base.hash, valid_from=valid_from, reason="研究提高年度封顶线(示例)", by=by, now=now
    )
    changes = {"parameters/cap.pool/value": "20万"}
    commands.save_values(draft_id=draft.pk, edition=draft.edition, changes=changes, by=by, now=now)
