"""Searching inside a place (辖区内检索; ENR-35): the persons of some units whose name, initials or number begin so.

Each unit is asked for itself, in the order of its own index and for no more than a page. What a search costs grows with
the units of a desk, and never with how many persons elsewhere the same words fit: the first digits of another county's
numbers fit all of its people and nobody here.
"""

from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

LAST_CHARACTER: Final = "\U0010ffff"

_OF_A_UNIT: Final = """
SELECT p.{column}, p.id FROM enrolment_person p
 WHERE p.unit_code = unit.code AND p.merged_into_id IS NULL{begins}{beyond}
"""
_PAGE: Final = """
SELECT found.{column}, found.id
  FROM platform_orgunit unit
 CROSS JOIN LATERAL ({of_a_unit} ORDER BY p.{column} {way}, p.id {way} LIMIT %(most)s) found
 WHERE unit.path LIKE ANY(%(paths)s) ORDER BY found.{column} {way}, found.id {way} LIMIT %(most)s
"""
_COUNT: Final = """
SELECT count(*) FROM (
    SELECT FROM platform_orgunit unit CROSS JOIN LATERAL ({of_a_unit} LIMIT %(most)s) found
     WHERE unit.path LIKE ANY(%(paths)s) LIMIT %(most)s) counted
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where is searched, and what begins how (检索条件): `column` is one that stands behind the unit in an index."""

    paths: tuple[str, ...]
    column: str
    wanted: str

    def page(self, order: Sequence[str], values: Sequence[Any], most: int) -> list[Any]:
        """The next rows in that order behind those values, as `paging.read_slice_by` asks for them."""
        back = order[0].startswith("-")
        sign, way = ("<", "DESC") if back else (">", "ASC")
        beyond = f" AND (p.{self.column}, p.id) {sign} (%(mark)s, %(mark_id)s)" if values else ""
        mark, mark_id = values or (None, None)
        rows = self._ask(_PAGE.replace("{way}", way), beyond, most=most, mark=mark, mark_id=mark_id)
        line = namedtuple("line", (self.column, "id"))  # type: ignore[misc]  # the column is one of three
        return [line(*row) for row in rows]

    def count(self, most: int) -> int:
        """How many there are, counted up to `most`."""
        ((counted,),) = self._ask(_COUNT, "", most=most)
        return int(counted)

    def _ask(self, statement: str, beyond: str, **values: Any) -> list[tuple[Any, ...]]:
        begins = f" AND p.{self.column} >= %(wanted)s AND p.{self.column} < %(last)s" if self.wanted else ""
        of_a_unit = _OF_A_UNIT.replace("{begins}", begins).replace("{beyond}", beyond)
        given = {
            "paths": [f"{path}%" for path in self.paths],
            "wanted": self.wanted,
            "last": self.wanted + LAST_CHARACTER,
            **values,
        }
        with connection.cursor() as cursor:
            cursor.execute(statement.replace("{of_a_unit}", of_a_unit).replace("{column}", self.column), given)
            return cursor.fetchall()
