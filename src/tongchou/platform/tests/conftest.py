"""A small invented tree, staff for it, and what threads need."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from stdnum.cn import ric

from tongchou.platform import commands
from tongchou.platform.models import Operator, OrgUnit, OrgUnitName, PoolingArea, PostHolding
from tongchou.platform.states import UnitLevel

NOW = datetime(2018, 6, 1, 2, tzinfo=UTC)
TODAY = date(2018, 6, 1)
START = date(2017, 7, 1)
PASSWORD = "a-long-enough-secret"

TREE = (
    ("450000", "自治区社会保险事业局", UnitLevel.PROVINCE, None, None),
    ("450100", "甲市社会保险事业局", UnitLevel.CITY, "450000", "450100"),
    ("450102", "甲市A县社会保险事业管理所", UnitLevel.COUNTY, "450100", "450100"),
    ("450103", "甲市B县社会保险事业管理所", UnitLevel.COUNTY, "450100", "450100"),
    ("450102001", "A县城关镇社保服务中心", UnitLevel.TOWN, "450102", "450100"),
    ("450102002", "A县河口镇社保服务中心", UnitLevel.TOWN, "450102", "450100"),
    ("450102001201", "城关镇东村服务窗口", UnitLevel.VILLAGE, "450102001", "450100"),
    ("H45010200001", "A县人民医院医保科", UnitLevel.INSTITUTION_OFFICE, "450102", "450100"),
    ("H45010200002", "A县中医院医保科", UnitLevel.INSTITUTION_OFFICE, "450102", "450100"),
    ("450200", "乙市社会保险事业局", UnitLevel.CITY, "450000", "450200"),
    ("450202", "乙市C县社会保险事业管理所", UnitLevel.COUNTY, "450200", "450200"),
)


def plant_tree() -> None:
    """The invented tree, posts and pairs."""
    commands.ensure_standard_posts()
    PoolingArea.objects.bulk_create(
        PoolingArea(code=code, name=name, level=UnitLevel.CITY, valid_from=START)
        for code, name in (("450100", "甲市"), ("450200", "乙市"))
    )
    paths = {None: ""}
    for code, _, _, parent, _ in TREE:
        paths[code] = f"{paths[parent]}{code}/"
    OrgUnit.objects.bulk_create(
        OrgUnit(
            code=code,
            name=name,
            level=level,
            parent_id=parent,
            pooling_area_id=area,
            path=paths[code],
            valid_from=START,
        )
        for code, name, level, parent, area in TREE
    )
    OrgUnitName.objects.bulk_create(OrgUnitName(unit_id=code, name=name, valid_from=START) for code, name, *_ in TREE)


def citizen_id(counter: int) -> str:
    """An invented number with a correct check digit."""
    body = f"45010219800101{counter:03d}"
    return body + ric.calc_check_digit(body + "0")


_staff_numbers = itertools.count(1)
"""Never the same staff code in two tests: what was recorded aside stays in the trail."""


@dataclass
class Hire:
    """Makes operators: `hire("clerk", at="450102")`; put down as rows, for they stand before most tests."""

    made: int = 0

    def __call__(
        self, *posts: str, at: str = "450102", name: str = "", person: str = "", active_from: date = START
    ) -> Operator:
        self.made += 1
        operator = Operator.objects.create(
            staff_code=f"G{next(_staff_numbers):04d}",
            name=name or f"职员{self.made}",
            citizen_id=person or citizen_id(self.made),
            org_unit_id=at,
            active_from=active_from,
            password=make_password(None),
        )
        PostHolding.objects.bulk_create(
            PostHolding(operator=operator, post_id=post, org_unit_id=at, valid_from=active_from, granted_at=NOW)
            for post in posts
        )
        return operator


@pytest.fixture
def tree(db: None, made_once: Any) -> None:
    made_once.beside("tree", plant_tree)


@pytest.fixture
def hire(tree: None) -> Hire:
    return Hire()


@pytest.fixture
def admin(hire: Hire) -> Operator:
    """系统管理 of the city."""
    return hire("system_admin", at="450100", name="系统管理员")


@pytest.fixture
def security(hire: Hire) -> Operator:
    """安全管理 of the city."""
    return hire("security_admin", at="450100", name="安全管理员")


@pytest.fixture(autouse=True)
def quick_hashing(settings: Any) -> None:
    """Hash passwords quickly: slowness is what a password hash is for, and not what these tests are about."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def committed(transactional_db: None) -> None:
    """A test whose rows are committed, for threads and second connections; refusals of earlier tests are gone."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("TRUNCATE platform_trailentry, platform_trailseal")
        cursor.execute("SET session_replication_role = origin")
    plant_tree()


@pytest.fixture
def unguarded(db: None) -> Callable[[str], None]:
    """Runs SQL as somebody who owns the database and switches the triggers off."""

    def run(statement: str, *values: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement, values)
            cursor.execute("SET LOCAL session_replication_role = origin")

    return run
