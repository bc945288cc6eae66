"""What others may ask of employers (单位查询): a month's base is what contributions and personal accounts stand on."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet, Sum

from tongchou.enrolment.employers.models import Employer, EmployerMember
from tongchou.enrolment.employers.states import MemberCategory
from tongchou.kernel.months import first_of_month
from tongchou.platform.scope import Scope


@dataclass(frozen=True, slots=True)
class MemberBase:
    """One member's contribution wage in a month (缴费工资). Fen."""

    person_id: int
    category: MemberCategory
    wage_base_fen: int


@dataclass(frozen=True, slots=True)
class MonthlyBase:
    """A month's base of an employer (当月缴费基数). Fen; the sum is that of the members."""

    employer_id: int
    month: date
    members: tuple[MemberBase, ...]

    @property
    def base_fen(self) -> int:
        """The contribution wages of those in work (在职缴费工资总额)."""
        return sum(one.wage_base_fen for one in self.members if one.category is MemberCategory.WORKING)


def base_of(employer_id: int, month: date) -> MonthlyBase:
    """当月缴费基数 of an employer, member by member in order of person (ENR-33; CON-31); any day names its month."""
    first = first_of_month(month)
    rows = in_month(first).filter(employer_id=employer_id).order_by("person_id")
    members = tuple(
        MemberBase(person_id, MemberCategory(category), wage)
        for person_id, category, wage in rows.values_list("person_id", "category", "wage_base_fen")
    )
    return MonthlyBase(employer_id, first, members)


def in_month(month: date) -> QuerySet[EmployerMember]:
    """The members of all employers in a month (当月职工)."""
    first = first_of_month(month)
    return EmployerMember.objects.filter(Q(month_until=None) | Q(month_until__gt=first), month_from__lte=first)


def employer(pooling_area: str, code: str) -> Employer | None:
    """The employer of that number in the area (单位), or nothing."""
    return Employer.objects.filter(pooling_area_id=pooling_area, code=code.strip().upper()).first()


def employer_by_id(employer_id: int) -> Employer | None:
    """One employer (单位), or nothing."""
    return Employer.objects.filter(pk=employer_id).first()


def employers(words: str = "", *, scope: Scope, open_only: bool = False) -> QuerySet[Employer]:
    """单位 inside a scope, by the beginning of name or number."""
    found = Employer.objects.filter(scope.q("unit_code", "pooling_area"))
    if wanted := words.strip():
        found = found.filter(Q(name__startswith=wanted) | Q(code__startswith=wanted.upper()))
    return found.filter(closed_on=None) if open_only else found


def employer_ids(pooling_area: str, month: date) -> list[int]:
    """The employers of an area that have members in a month, in order (有职工的单位)."""
    found = in_month(month).filter(employer__pooling_area_id=pooling_area)
    return list(found.order_by("employer_id").values_list("employer_id", flat=True).distinct())


@dataclass(frozen=True, slots=True)
class Headcount:
    """人数与基数 of a month: those in work, those retired, the base. Fen."""

    working: int = 0
    retired: int = 0
    base_fen: int = 0


def headcounts(employer_ids: list[int], month: date) -> dict[int, Headcount]:
    """The figures of a month for a page of employers, in one statement (人数与基数)."""
    working = Q(category=MemberCategory.WORKING)
    rows = (
        in_month(month)
        .filter(employer_id__in=employer_ids)
        .values("employer_id")
        .annotate(
            working=Count("id", filter=working),
            retired=Count("id", filter=~working),
            base_fen=Sum("wage_base_fen", filter=working, default=0),
        )
        .order_by()
    )
    return {row["employer_id"]: Headcount(row["working"], row["retired"], row["base_fen"]) for row in rows}


def members(employer_id: int, month: date) -> QuerySet[EmployerMember]:
    """The members of an employer in a month with their persons (单位职工名单)."""
    return in_month(month).filter(employer_id=employer_id).select_related("person")


def employments_of(person_id: int) -> list[EmployerMember]:
    """Where a person was employed, the latest first (参保单位经历)."""
    found = EmployerMember.objects.filter(person_id=person_id).select_related("employer")
    return list(found.order_by("-month_from"))
