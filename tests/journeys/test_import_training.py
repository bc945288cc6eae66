"""Training results from a spreadsheet, and imports that an agent is not commissioned for (ORG-04, ORG-14)."""

from datetime import date
from pathlib import Path

import pytest

from tongchou.exchange import imports
from tongchou.exchange.imports import Mode
from tongchou.platform import commands, queries, training_queries
from tongchou.platform.checks import AgentScope, NoPermission
from tongchou.platform.commands.agents import Terms
from tongchou.platform.models import Operator, TrainingRecord
from tongchou.platform.states import AgentRole, AgentType, TrainingLevel
from tongchou.platform.tests.conftest import NOW
from tongchou.platform.tests.conftest import admin as admin
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree

AREA = "450100"
HEAD = "工作人员代码,姓名,课程代码,培训层次,考核日期,结果,有效期至"


@pytest.fixture
def keeper(admin):
    commands.set_training_course(code="C1", name="费用复核", valid_months=24, by=admin, now=NOW)
    return admin


@pytest.fixture
def check(tmp_path):
    def checked(operator: Operator, *rows: str, kind: str = "training", encoding: str = "utf-8"):
        file = Path(tmp_path / f"{len(list(tmp_path.iterdir()))}.csv")
        file.write_bytes("\n".join([HEAD, *rows, ""]).encode(encoding))
        return imports.check(
            kind=kind, pooling_area=AREA, file_name=file.name, content=file, operator=operator, now=NOW
        )

    return checked


def faults(preview) -> list[tuple[str, str]]:
    return [(one.cell, one.code) for one in imports.problems_of(preview.id).rows]


@pytest.mark.requirement("ORG-14")
@pytest.mark.article("QA2018 三.4")
def test_results_come_from_a_table_in_the_usual_encoding_and_count_as_the_course_says(check, keeper, hire):
    wang, li, zhao = hire(name="王芳"), hire(name="李明"), hire(name="赵云")
    preview = check(
        keeper,
        f"{wang.staff_code},王芳,c1,市级,2018-05-18,合格,",
        f"{li.staff_code},李明,C1,,2018/5/18,合格,2018-12-31",
        f"{zhao.staff_code},赵云,C1,县级,2018-05-18,不合格,",
        encoding="gb18030",
    )
    assert faults(preview) == []
    imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=keeper, now=NOW)
    found = {one.operator_id: one for one in TrainingRecord.objects.all()}
    assert found[wang.pk].valid_until == date(2020, 5, 18)
    assert found[li.pk].valid_until == date(2019, 1, 1)
    assert found[zhao.pk].valid_until is None
    assert found[li.pk].level == TrainingLevel.COUNTY
    assert queries.trail_of("operator", wang.staff_code)[0].action == "platform.import_training"
    commands.require_training(post_code="second_reviewer", course_code="C1", by=keeper, now=NOW)
    assert training_queries.missing_courses(wang, "second_reviewer", date(2018, 6, 1)) == []
    assert training_queries.missing_courses(zhao, "second_reviewer", date(2018, 6, 1))


@pytest.mark.requirement("ORG-14")
def test_each_faulty_row_is_refused_in_its_cell_and_the_others_may_go_in(check, keeper, hire):
    wang, far = hire(name="王芳"), hire(name="远方", at="450202")
    rows = [
        f"{wang.staff_code},王芳,C1,市级,2018-05-18,合格,",
        "X999,无名,C1,市级,2018-05-18,合格,",
        f"{wang.staff_code},王方,C1,市级,2018-05-19,合格,",
        f"{wang.staff_code},王芳,C9,市级,2018-05-20,合格,",
        f"{wang.staff_code},王芳,C1,市级,2018-06-02,合格,",
        f"{wang.staff_code},王芳,C1,市级,2018-05-21,不合格,2018-12-31",
        f"{wang.staff_code},王芳,C1,市级,2018-05-18,合格,",
        f"{far.staff_code},远方,C1,市级,2018-05-18,合格,",
        f"{keeper.staff_code},系统管理员,C1,市级,2018-05-18,合格,",
        f"{wang.staff_code},王芳,C1,国家级,2018-05-22,优,",
    ]
    preview = check(keeper, *rows)
    assert sorted(faults(preview)) == sorted(
        [
            ("A3", "PL-0404"),
            ("B4", "PL-1041"),
            ("C5", "PL-1020"),
            ("E6", "PL-1022"),
            ("G7", "PL-1023"),
            ("A8", "PL-0826"),
            ("A9", "PL-0202"),
            ("A10", "PL-1032"),
            ("D11", "PL-0819"),
            ("F11", "PL-0819"),
        ]
    )
    imports.take_in(preview_id=preview.id, mode=Mode.ONLY_GOOD, operator=keeper, now=NOW)
    assert TrainingRecord.objects.count() == 1
    again = check(keeper, rows[0], "")
    assert faults(again) == [("E2", "PL-1024")]


@pytest.mark.requirement("ORG-14")
def test_whoever_does_not_keep_training_imports_none(check, keeper, hire):
    with pytest.raises(NoPermission):
        check(hire("clerk"), "A,B,C1,市级,2018-05-18,合格,")


@pytest.mark.requirement("ORG-04")
def test_an_agent_imports_only_what_it_is_commissioned_for(check, hire, keeper):
    commands.ensure_commission_items()
    village = "450102001201"
    clerk = hire("clerk", at=village)
    commands.register_agent(
        unit_code=village,
        name="",
        role=AgentRole.ASSISTING,
        type=AgentType.VILLAGE_COMMITTEE,
        terms=Terms(items=["registration"], begins=date(2018, 1, 1), until=date(2018, 12, 31), responsible="村主任"),
        request_id="one",
        by=hire("eligibility", at="450102"),
        now=NOW,
    )
    with pytest.raises(AgentScope, match="不能办理“导入缴费结果”:代办机构“城关镇东村服务窗口”的委托事项为参保登记"):
        check(Operator.objects.get(pk=clerk.pk), "A,B,C1,市级,2018-05-18,合格,", kind="contributions")
