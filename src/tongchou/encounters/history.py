"""就医经历: what visits and stays add to a person's history (RIG-01; ENR-25)."""

from typing import Final

from django.utils.translation import gettext as _

from tongchou.encounters.states import CareKind, EncounterState
from tongchou.institutions import queries as institutions
from tongchou.platform.histories import RecordSet, Row, Source, Told
from tongchou.wire.numbers import wire_id

STATEMENT: Final = """
SELECT (e.began_at AT TIME ZONE 'Asia/Shanghai')::date, e.id, 'visit',
       concat_ws(E'\\x1f', e.kind, e.state, e.diagnosis), e.pooling_area || E'\\x1f' || e.institution_code,
       NULL::bigint, (e.ended_at AT TIME ZONE 'Asia/Shanghai')::date, '', '', e.registered_at
  FROM encounters_encounter e WHERE e.person_id = %(person_id)s
"""
"""Where a person was treated, in the columns of a history."""


def tell(row: Row) -> Told:
    """The row in words (就医经历)."""
    kind, state, diagnosis = row.what.split("\x1f")
    area, institution_code = row.note.split("\x1f")
    known = institutions.known(institution_code)
    told = [known.name if known else institution_code, diagnosis]
    if state == EncounterState.CANCELLED:
        told.append(_(EncounterState.CANCELLED.label))
    return Told(
        _("就医登记") + " · " + _(CareKind(kind).label),
        " · ".join(filter(None, told)),
        view="encounters:encounter",
        args=(wire_id(area, row.id),),
        permission="encounters.view",
        cancelled=state == EncounterState.CANCELLED,
    )


SOURCE: Final = Source("encounters", RecordSet.CARE, 30, STATEMENT, tell)
