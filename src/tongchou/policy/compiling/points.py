"""A point (适用情形): the discrete facts that select rules and values; amounts play no part in it."""

from dataclasses import dataclass

from tongchou.kernel.months import age_on
from tongchou.policy.definition import Condition
from tongchou.policy.errors import UnknownFact
from tongchou.policy.facts import Facts
from tongchou.policy.vocabulary import LATER, PLACES, REFERRALS, Dimension

UNSTATED = "未给出"


@dataclass(frozen=True, slots=True)
class Point:
    """One combination of discrete facts. `age` is None when the birthday is not known."""

    kind: str
    level: int | None
    place: str
    referral: str
    emergency: bool
    designated: bool
    disease: str | None
    stay: int
    groups: frozenset[str]
    age: int | None
    linked: bool
    continued: bool
    project: bool
    third_party: bool
    account: bool
    category: str | None = None
    contracted: bool = True
    manual: bool = False
    prescribed: bool = True

    def key(self, dimension: Dimension, numbered_stays: int) -> str:
        """The key under which a table holds this point's value."""
        match dimension:
            case Dimension.KIND:
                return self.kind
            case Dimension.LEVEL:
                return f"L{UNSTATED if self.level is None else self.level}"
            case Dimension.PLACE:
                return self.place
            case Dimension.REFERRAL:
                return self.referral
            case Dimension.EMERGENCY:
                return "yes" if self.emergency else "no"
            case Dimension.DESIGNATED:
                return "yes" if self.designated else "no"
            case Dimension.DISEASE:
                return self.disease or UNSTATED
            case Dimension.CATEGORY:
                return self.category or UNSTATED
            case Dimension.CONTRACTED:
                return "yes" if self.contracted else "no"
            case Dimension.CHANNEL:
                return "manual" if self.manual else "direct"
            case Dimension.PRESCRIBED:
                return "yes" if self.prescribed else "no"
            case Dimension.STAY:
                return f"N{self.stay}" if self.stay <= numbered_stays else LATER

    def meets(self, condition: Condition, numbered_stays: int) -> bool:
        """Does the condition hold here? Somebody of unknown age meets no condition on age."""
        if condition.groups and not condition.groups & self.groups:
            return False
        if condition.asks_age and (
            self.age is None
            or (condition.age_from is not None and self.age < condition.age_from)
            or (condition.age_until is not None and self.age >= condition.age_until)
        ):
            return False
        return all(self.key(dim, numbered_stays) in keys for dim, keys in condition.allowed.items())


def point_of(facts: Facts, stay: int) -> Point:
    """The point of a settlement. Raises: UnknownFact for a place or referral state that is none."""
    if facts.place not in PLACES:
        raise UnknownFact(name="就医地点", value=facts.place)
    if facts.referral not in REFERRALS:
        raise UnknownFact(name="转诊情形", value=facts.referral)
    return Point(
        kind=facts.kind,
        level=facts.level,
        place=facts.place,
        referral=facts.referral,
        emergency=facts.emergency,
        designated=facts.designated,
        disease=facts.disease,
        stay=stay,
        groups=facts.groups,
        age=None if facts.born_on is None else age_on(facts.born_on, facts.on),
        linked=facts.linked_deductible_fen is not None,
        continued=facts.continued_deductible_fen is not None,
        project=facts.project_fen != 0,
        third_party=facts.third_party_fen != 0,
        account=facts.use_account and facts.account_balance_fen != 0,
        category=facts.category,
        contracted=facts.contracted,
        manual=facts.manual,
        prescribed=facts.prescribed,
    )
