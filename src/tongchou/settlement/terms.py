"""What rules a settlement from outside the bill (适用条件): the policy package and the institution's standing.

All of it comes from memory, at most a second old.
"""

from datetime import date

from tongchou.encounters import outside
from tongchou.institutions import queries as institutions
from tongchou.policy.packages import Package
from tongchou.settlement.facts import Standing


def package(area: str, scheme: str, on: date) -> Package:
    """The package in force in the insured area on that day (BEN-01). Raises: PolicyMissing."""
    return outside.package(area, scheme, on)


def package_by_hash(content_hash: str) -> Package:
    """The package a receipt names (BEN-40). Raises: PolicyMissing."""
    return outside.book().by_hash(content_hash)


def standing(institution_code: str, *, scheme: str, kind: str, level_on: date, agreed_on: date) -> Standing:
    """定点资格 (GX2017 §57): the level that counts (AGR-02) and what stands against settling there."""
    return Standing(
        level=int(outside.level_of(institution_code, level_on)),
        name=institution_name(institution_code),
        problem=institutions.agreement_problem(institution_code, scheme=scheme, kind=kind, on=agreed_on),
    )


def level_of(institution_code: str, on: date) -> str:
    """医院等级 as the catalogue's limits ask for it."""
    return outside.level_of(institution_code, on)


def institution_name(institution_code: str) -> str:
    """The name, or the code of an institution nobody knows."""
    known = institutions.known(institution_code)
    return known.name if known else institution_code
