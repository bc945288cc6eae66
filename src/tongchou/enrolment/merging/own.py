"""What follows in the register itself (登记中随人变动的内容; ENR-17), and what of it forbids a merge."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tongchou.cases import queries as cases
from tongchou.cases.kinds import kind_of
from tongchou.cases.states import OPEN
from tongchou.enrolment.commands.changes import LABELS
from tongchou.enrolment.credentials.states import MediumKind
from tongchou.enrolment.identity.states import FindingState
from tongchou.enrolment.merging import chains
from tongchou.enrolment.merging.following import Conflict, Followed, Pair, ToldBy, said
from tongchou.enrolment.states import (
    EndingKind,
    EndingReason,
    FormerScheme,
    Informant,
    ResidenceKind,
    Scheme,
    SpecialCategory,
)

MERGING: Final = ("merge_persons", "split_person")
"""Cases that are about the merge itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """Rows with days that must not overlap for one person (不得重叠的期间).

    A row whose days lie wholly within the survivor's of the same kind adds nothing and stays with its record; one that
    overlaps in part must be settled first.
    """

    table: str
    since: str
    until: str
    same: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    live: str = "true"
    words: str

    @property
    def within(self) -> str:
        """SQL on the row `r`: the survivor's rows of the same kind hold all of its days."""
        return (
            f"({self._is_live('r')}) AND coalesce((SELECT range_agg({self._days('o')}) FROM {self.table} o"
            f" WHERE o.person_id = %(survivor)s AND ({self._is_live('o')}) AND {self._same()})"
            f" @> {self._days('r')}, false)"
        )

    def conflict(self) -> Conflict:
        """What overlaps and is not within, in words: since when, until when, and the survivor's days."""
        same = " AND ".join(f"o.{name} = r.{name}" for name in self.apart) or "true"
        statement = (
            f"SELECT r.{self.since}, coalesce(r.{self.until}::text, '今'), o.{self.since},"
            f" coalesce(o.{self.until}::text, '今') FROM {self.table} r JOIN {self.table} o"
            f" ON o.person_id = %(survivor)s AND ({self._is_live('o')}) AND {same}"
            f" AND {self._days('o')} && {self._days('r')}"
            f" WHERE r.person_id = %(merged)s AND ({self._is_live('r')}) AND NOT ({self.within})"
            f" ORDER BY 1 LIMIT 1"
        )
        return told_by(statement, self.words)

    def _same(self) -> str:
        return " AND ".join(f"o.{name} = r.{name}" for name in self.same) or "true"

    def _is_live(self, row: str) -> str:
        return self.live.replace("row.", f"{row}.")

    def _days(self, row: str) -> str:
        return f"daterange({row}.{self.since}, {row}.{self.until})"


def told_by(statement: str, words: str) -> Conflict:
    """A conflict for every row that the statement finds; `words` takes its columns in order."""
    return ToldBy(statement, words)


RELATIONS: Final = Spans(
    table=chains.TABLE,
    since="enrolled_from",
    until="enrolled_until",
    same=("scheme", "pooling_area_id"),
    words="参保期间重叠:被归并登记{0}至{1}与保留登记{2}至{3},险种或参保地不同,或保留登记未包含全部期间"
    "(以参保期间较长的一份为保留登记,或先办理终止、更正)",
)
GROUPS: Final = Spans(
    table="enrolment_specialgroupspan",
    since="valid_from",
    until="valid_until",
    same=("category",),
    apart=("category",),
    words="特殊人员标识期间部分重叠({0}至{1}与{2}至{3}),先更正其中一份",
)
BLOCKS: Final = Spans(
    table="enrolment_benefitblock",
    since="blocked_from",
    until="blocked_until",
    same=("kind",),
    apart=("kind",),
    words="暂停待遇期间部分重叠({0}至{1}与{2}至{3}),先更正其中一份",
)
EMPLOYMENTS: Final = Spans(
    table="enrolment_employermember",
    since="month_from",
    until="month_until",
    same=("employer_id",),
    words="单位职工月份重叠({0}至{1}与{2}至{3}),先在单位办理减员或更正",
)
_ANOTHER_CARD: Final = (
    "r.status NOT IN ('replaced', 'cancelled') AND EXISTS (SELECT FROM enrolment_socialsecuritycard o"
    " WHERE o.person_id = %(survivor)s AND o.status NOT IN ('replaced', 'cancelled'))"
)


def has(table: str, condition: str) -> str:
    """SQL: the survivor has such a row `o`, which the condition compares with `r`."""
    return f"EXISTS (SELECT FROM {table} o WHERE o.person_id = %(survivor)s AND {condition})"


OPEN_FINDINGS: Final = "('asked', 'open', 'proposed')"

FOLLOWED: Final = (
    Followed(
        table=RELATIONS.table,
        title="参保关系",
        told=f"concat_ws(' ', {said('r.scheme', Scheme)}, r.enrolled_from, '至',"
        " coalesce(r.enrolled_until::text, '今'))",
        stays=RELATIONS.within,
        late=False,
    ),
    Followed(
        table="enrolment_relationending",
        title="停保、注销",
        told=f"concat_ws(' ', {said('r.kind', EndingKind)}, {said('r.reason', EndingReason)}, r.effective_on)",
        stays="EXISTS (SELECT FROM enrolment_enrolment e WHERE e.id = r.enrolment_id AND e.person_id = %(merged)s)",
    ),
    Followed(
        table="enrolment_formercertificate",
        title="曾用证件",
        told="'****' || right(r.certificate_no, 4)",
    ),
    Followed(
        table="enrolment_residencedocument",
        title="居留证件",
        told=f"concat_ws(' ', {said('r.kind', ResidenceKind)}, '****' || right(r.number, 4))",
        sets={
            "replaced_at": "CASE WHEN r.replaced_at IS NULL AND "
            + has("enrolment_residencedocument", "o.replaced_at IS NULL")
            + " THEN %(now)s ELSE r.replaced_at END"
        },
    ),
    Followed(
        table="enrolment_particularchange",
        title="信息变更",
        told="concat_ws(' ', "
        + "CASE r.particular "
        + " ".join(f"WHEN '{name}' THEN '{label}'" for name, label in LABELS.items())
        + " ELSE r.particular END, r.effective_on)",
    ),
    Followed(
        table="enrolment_statusreport",
        title="人员状态信息",
        told=f"concat_ws(' ', {said('r.informant', Informant)}, {said('r.reason', EndingReason)}, r.event_on)",
    ),
    Followed(
        table="enrolment_identityfinding",
        title="公安身份核查",
        told=f"concat_ws(' ', {said('r.state', FindingState)}, r.answered_at::date)",
        stays=f"r.state IN {OPEN_FINDINGS} AND " + has("enrolment_identityfinding", f"o.state IN {OPEN_FINDINGS}"),
    ),
    Followed(
        table="enrolment_formerregistration",
        title="原制度登记",
        told=f"concat_ws(' ', {said('r.scheme', FormerScheme)}, r.number)",
        stays=has("enrolment_formerregistration", "o.scheme = r.scheme"),
    ),
    Followed(
        table=GROUPS.table,
        title="特殊人员标识",
        told=f"concat_ws(' ', {said('r.category', SpecialCategory)}, r.valid_from, '至',"
        " coalesce(r.valid_until::text, '今'))",
        stays=GROUPS.within,
    ),
    Followed(
        table=BLOCKS.table,
        title="暂停待遇",
        told="concat_ws(' ', r.reason, r.blocked_from, '至', coalesce(r.blocked_until::text, '今'))",
        stays=BLOCKS.within,
    ),
    Followed(
        table="enrolment_socialsecuritycard",
        title="社会保障卡",
        told="concat_ws(' ', '尾号', right(r.number, 4), r.issued_on)",
        sets={
            "status": f"CASE WHEN {_ANOTHER_CARD} THEN 'cancelled' ELSE r.status END",
            "ended_on": f"CASE WHEN {_ANOTHER_CARD} THEN %(today)s::date ELSE r.ended_on END",
        },
    ),
    Followed(
        table="enrolment_linkedmedium",
        title="就诊介质",
        told=f"concat_ws(' ', {said('r.kind', MediumKind)}, '尾号', right(r.number, 4))",
    ),
    Followed(
        table="enrolment_bankaccount",
        title="银行账户",
        told="concat_ws(' ', r.bank_name, '尾号', right(r.account_no, 4))",
        sets={
            "replaced_at": "CASE WHEN r.replaced_at IS NULL AND "
            + has("enrolment_bankaccount", "o.replaced_at IS NULL")
            + " THEN greatest(%(now)s, r.recorded_at + interval '1 microsecond') ELSE r.replaced_at END"
        },
        stays=has("enrolment_bankaccount", "o.recorded_at = r.recorded_at"),
    ),
    Followed(
        table=EMPLOYMENTS.table,
        title="单位职工登记",
        told="concat_ws(' ', r.month_from, '至', coalesce(r.month_until::text, '今'))",
        stays=EMPLOYMENTS.within,
    ),
    Followed(
        table="enrolment_schoollink",
        title="在校关系",
        told="concat_ws(' ', r.school_year, r.class_name)",
        stays="r.linked_until IS NULL AND " + has("enrolment_schoollink", "o.linked_until IS NULL"),
    ),
    Followed(
        table="enrolment_birthrecord",
        title="出生医学证明",
        told="'****' || right(r.certificate_no, 4)",
        stays=has("enrolment_birthrecord", "true"),
    ),
    Followed(
        table="enrolment_transfer",
        title="转移接续",
        told="concat_ws(' ', r.number, r.starts_on)",
    ),
)
"""The registrations themselves come first: what hangs on a relation goes where it went."""


def open_cases(pair: Pair) -> Iterator[str]:
    """未办结的业务件 of the record that goes: they would end with nobody."""
    for one in cases.cases_of(pair.merged_no):
        if one.state in OPEN and one.kind not in MERGING:
            yield f"被归并登记有未办结的业务件({kind_of(one.kind).title},受理号{one.number})"


_HEAD: Final = told_by(
    "SELECT h.number FROM enrolment_person r JOIN enrolment_household h ON h.id = r.household_id"
    " WHERE r.id = %(merged)s AND r.household_relation = 'head' AND EXISTS (SELECT FROM enrolment_person o"
    " WHERE o.household_id = r.household_id AND o.id NOT IN (%(merged)s, %(survivor)s) AND o.merged_into_id IS NULL)",
    "被归并登记是户{0}的户主,户内还有其他成员,先变更户主",
)
CONFLICTS: Final[tuple[Callable[[Pair], Iterable[str]], ...]] = (
    open_cases,
    told_by(
        "SELECT o.died_on FROM enrolment_person r JOIN enrolment_person o ON o.id = %(survivor)s"
        " WHERE r.id = %(merged)s AND o.died_on IS DISTINCT FROM r.died_on",
        "两份登记的死亡登记不一致,先更正",
    ),
    RELATIONS.conflict(),
    told_by(
        "SELECT r.number FROM enrolment_transfer r WHERE r.person_id = %(merged)s"
        " AND r.state IN ('out_done', 'awaiting')",
        "被归并登记有办理中的转移接续({0})",
    ),
    _HEAD,
    GROUPS.conflict(),
    BLOCKS.conflict(),
    EMPLOYMENTS.conflict(),
)
