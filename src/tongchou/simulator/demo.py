"""The invented city of a fresh system (演示城市): made once; its logins; and how it is thrown away again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.platform.demo_operators import DEMO_OPERATORS, DEMO_PASSWORD
from tongchou.platform.standard_posts import STANDARD_POSTS
from tongchou.simulator import founding, past
from tongchou.simulator.founding import Progress
from tongchou.simulator.models import City
from tongchou.simulator.plan import PERSONS_OF_DEFAULT, SEED_OF_DEFAULT, CityPlan

Say = Callable[[str], None]

SETTLEMENTS_OF_DEFAULT: Final = 600
"""How many visits of the last month a small city already has when it is opened."""

SHOWN_LOGINS: Final = ("shouli", "chushen", "fuhe", "kuaiji", "jihe", "zhengce", "lingdao", "xitong")


@dataclass(frozen=True, slots=True)
class Login:
    """An invented operator's way in: staff code, password, what the post is called."""

    login: str
    password: str
    post: str

    def __str__(self) -> str:
        return f"{self.login:<10} {self.password}   {self.post}"


def _logins() -> tuple[Login, ...]:
    names = {post.code: post.name for post in STANDARD_POSTS}
    of_code = {operator.staff_code: operator for operator in DEMO_OPERATORS}
    return tuple(
        Login(code, DEMO_PASSWORD, "、".join(names[post] for post in of_code[code].posts)) for code in SHOWN_LOGINS
    )


LOGINS: Final = _logins()
"""Those that `./run` prints: one for each way of working; the others open with the same password."""


class CityStands(DomainError):
    code = "SM-0101"
    message = "已有演示城市({persons:,}人,种子{seed}),不再建立;要另建请加 --replace,现有数据会全部清除"


class NotACity(DomainError):
    code = "SM-0102"
    message = "这个数据库里不是演示城市,不能清除"


class SomethingStands(DomainError):
    code = "SM-0104"
    message = "这个数据库里已有机构数据,但不是演示城市;请用 TONGCHOU_HOME 指定新的数据目录"


class InUse(DomainError):
    code = "SM-0103"
    message = "还有{sessions}个程序连着数据库,请先停止服务(./run)再清除演示城市"


def ensure_demo(
    persons: int = PERSONS_OF_DEFAULT,
    *,
    seed: int = SEED_OF_DEFAULT,
    settlements: int = SETTLEMENTS_OF_DEFAULT,
    now: datetime | None = None,
    say: Say = print,
    progress: Progress = lambda what, done, of: None,
) -> bool:
    """Make the invented city where there is no agency tree yet (建立演示城市). True when it was made now."""
    if apps.get_model("platform.OrgUnit").objects.exists():
        return False
    now = now or timezone.localtime()
    plan = CityPlan(persons, seed, now.date())
    say(f"正在建立演示城市「桂宁市」,{persons:,} 人… / Making an invented city of {persons:,} people…")
    founding.found(plan, now=now, progress=progress)
    if settlements:
        past.play(plan, settlements=settlements, now=now, progress=progress)
    return True


def standing_city() -> City | None:
    """The city of this database, if it is one (现有演示城市)."""
    return City.objects.first()


def clear_away() -> None:
    """Throw the invented city away, tables and all, and lay empty tables (清除演示城市).

    Raises: NotACity where the database may hold something real, InUse while others are connected.
    """
    if standing_city() is None:
        raise NotACity
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        (sessions,) = cursor.fetchone()
        if sessions:
            raise InUse(sessions=sessions)
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    connection.close()
    call_command("migrate", interactive=False, verbosity=0)
