"""The invented city of a fresh system (演示城市): made once; its logins; and how it is thrown away again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from unicodedata import east_asian_width

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.parameters.commands import install_shipped
from tongchou.platform import versions
from tongchou.platform.demo_operators import DEMO_OPERATORS, DEMO_PASSWORD
from tongchou.platform.standard_posts import STANDARD_POSTS
from tongchou.platform.states import UnitLevel
from tongchou.simulator import (
    collecting,
    counter_queue,
    counter_work,
    departments,
    departures,
    exchanging,
    founding,
    long_past,
    money_back,
    month_ends,
    next_year,
    outreach_work,
    paperwork,
    past,
    payers,
    subsidising,
    tried_policies,
    twice_registered,
    unit_months,
    village_work,
)
from tongchou.simulator.founding import Progress
from tongchou.simulator.models import City
from tongchou.simulator.plan import PERSONS_OF_DEFAULT, SEED_OF_DEFAULT, CityPlan

Say = Callable[[str], None]

PLAYED: Final = 600
"""How many visits of the last month are played message by message before a city is opened."""

LARGE_FROM: Final = 50_000
SETTLED_IN_BULK: Final = 6
"""Settlements of the last year per hundred persons of a large city: fewer than in life, so that it is made soon."""

MOST_SETTLEMENTS_A_PERSON: Final = 4


@dataclass(frozen=True, slots=True)
class Login:
    """An invented operator's way in: staff code, password, at which level, what the post is called and does."""

    login: str
    password: str
    level: UnitLevel
    post: str
    duties: str

    def __str__(self) -> str:
        """A line of the table that `./run` prints; the password stands above it, for it is the same for all."""
        return f"{self.login:<10} {_wide(str(self.level.label), 16)} {_wide(self.post, 20)} {self.duties}"


def _wide(text: str, width: int) -> str:
    """The text with blanks behind it, for a terminal where a Chinese character takes two places."""
    return text + " " * (width - sum(2 if east_asian_width(one) in "WF" else 1 for one in text))


def _logins() -> tuple[Login, ...]:
    """Everybody, from the province down to the village, within a level as the operators are listed."""
    posts = {post.code: post for post in STANDARD_POSTS}
    levels = list(UnitLevel)
    return tuple(
        Login(
            login=one.staff_code,
            password=DEMO_PASSWORD,
            level=one.unit_level,
            post="、".join(posts[code].name for code in one.posts),
            duties=posts[one.posts[0]].duties.split("。")[0].split(";")[0],
        )
        for one in sorted(DEMO_OPERATORS, key=lambda one: levels.index(one.unit_level))
    )


LOGINS: Final = _logins()
"""Every way in, as `./run` prints them (演示账号)."""


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


class ImpossiblePast(DomainError):
    code = "SM-0110"
    message = "{persons:,}人的演示城市,过往结算须在0与{most:,}笔之间,不能是{settlements:,}"


def settlements_of_default(persons: int) -> int:
    """How many settlements a city already has when it is opened (过往结算笔数)."""
    return PLAYED if persons < LARGE_FROM else persons * SETTLED_IN_BULK // 100


def check_possible(persons: int, *, seed: int, settlements: int, today: date) -> CityPlan:
    """The plan of a city that can be made, before anything is written or cleared away.

    Raises: ImpossibleCity, ImpossibleSeed, ImpossiblePast.
    """
    plan = CityPlan(persons, seed, today)
    most = persons * MOST_SETTLEMENTS_A_PERSON
    if not 0 <= settlements <= most:
        raise ImpossiblePast(persons=persons, most=most, settlements=settlements)
    return plan


def ensure_demo(
    persons: int = PERSONS_OF_DEFAULT,
    *,
    seed: int = SEED_OF_DEFAULT,
    settlements: int | None = None,
    now: datetime | None = None,
    say: Say = print,
    progress: Progress = lambda what, done, of: None,
) -> bool:
    """Make the invented city where there is no agency tree yet (建立演示城市). True when it was made now.

    Raises: ImpossibleCity, ImpossibleSeed, ImpossiblePast.
    """
    now = now or timezone.localtime()
    install_shipped(now=now)
    wanted = settlements_of_default(persons) if settlements is None else settlements
    plan = check_possible(persons, seed=seed, settlements=wanted, today=now.date())
    if apps.get_model("platform.OrgUnit").objects.exists():
        if standing := standing_city():
            say(f"沿用演示城市「桂宁市」,{standing.persons:,} 人 / The city of {standing.persons:,} people goes on")
            if standing.history_until is None:
                say("  它没有过往业务,或没有建完;要重建请停止后运行 ./tongchou demo --replace")
                say("  It has no past, or an unfinished one; to make it anew, stop and run ./tongchou demo --replace")
        return False
    say(f"正在建立演示城市「桂宁市」,{persons:,} 人… / Making an invented city of {persons:,} people…")
    founding.found(plan, now=now, progress=progress)
    with past.quick_commits():
        progress("逐月结账", 0, 1)
        month_ends.play(now)
        progress("逐月结账", 1, 1)
        if persons < LARGE_FROM:
            progress("银行代扣", 0, 1)
            collecting.play(now=now)
            progress("银行代扣", 1, 1)
            progress("财政补助", 0, 1)
            subsidising.play(now=now)
            progress("财政补助", 1, 1)
            exchanging.play(now=now)
        next_year.prepare(now)
        _make_past(plan, wanted, now=now, progress=progress)
        unit_months.play(now)
        if persons < LARGE_FROM:
            departments.lay_out(now)
            money_back.play(now)
            outreach_work.lay_out(now)
    return True


def _make_past(plan: CityPlan, settlements: int, *, now: datetime, progress: Progress) -> None:
    """Many settlements come in bulk, of a year; the last of them message by message, with their mistakes."""
    in_bulk = settlements - PLAYED if settlements > 2 * PLAYED else 0
    if in_bulk:
        long_past.fill(plan, settlements=in_bulk, now=now, progress=progress)
    if settlements:
        past.play(plan, settlements=settlements - in_bulk, now=now, progress=progress)
        tried_policies.try_out(settlements=settlements, now=now)
        paperwork.lay_out(now)
        departures.lay_out(now)
        counter_work.lay_out(now)
        village_work.lay_out(now)
        payers.play(now=now)
        counter_queue.lay_out(now)
        twice_registered.lay_out(now)


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
    versions.forget_all()
