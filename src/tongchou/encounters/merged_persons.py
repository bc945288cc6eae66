"""What of care follows a person into another record (归并时的就医; ENR-17), and what must be settled first."""

from typing import Final

from tongchou.encounters.states import CareKind, FilingKind
from tongchou.enrolment.merging import following
from tongchou.enrolment.merging.following import Followed, said
from tongchou.enrolment.merging.own import told_by

_INSTITUTION: Final = (
    "coalesce((SELECT i.name FROM institutions_institution i WHERE i.code = r.institution_code), r.institution_code)"
)
_DISEASE: Final = (
    "coalesce((SELECT d.name FROM catalogue_disease d WHERE d.pooling_area_id = r.pooling_area"
    " AND d.code = r.disease_code ORDER BY d.valid_from DESC LIMIT 1), r.disease_code)"
)
"""Names as the registers have them, else the codes (decision 0348)."""

FOLLOWED: Final = (
    Followed(
        table="encounters_encounter",
        title="就诊",
        told=f"concat_ws(' ', {said('r.kind', CareKind)},"
        f" (r.began_at AT TIME ZONE 'Asia/Shanghai')::date, {_INSTITUTION}, r.pooling_area || '-' || r.id)",
        key=("pooling_area", "id"),
        sets={"person_no": "%(survivor_no)s::text"},
        recorded_at="registered_at",
    ),
    Followed(
        table="encounters_filing",
        title="备案",
        told=f"concat_ws(' ', {said('r.kind', FilingKind)}, {_DISEASE}, r.valid_from, '至', r.valid_until)",
        recorded_at="filed_at",
    ),
)
CONFLICTS: Final = (
    told_by(
        f"SELECT r.pooling_area || '-' || r.id, (r.began_at AT TIME ZONE 'Asia/Shanghai')::date, {_INSTITUTION}"
        " FROM encounters_encounter r WHERE r.person_id = %(merged)s AND r.state IN ('open', 'discharged')"
        " ORDER BY r.id",
        "被归并登记有未结算的就诊({0},{1},{2}),待结算或撤销后再归并",
    ),
    told_by(
        f"SELECT {said('r.kind', FilingKind)}, {_DISEASE}, r.valid_from, r.valid_until"
        " FROM encounters_filing r JOIN encounters_filing o"
        " ON o.person_id = %(survivor)s AND o.kind = r.kind AND o.disease_code = r.disease_code"
        " AND o.cancelled_at IS NULL"
        " AND daterange(o.valid_from, o.valid_until) && daterange(r.valid_from, r.valid_until)"
        " WHERE r.person_id = %(merged)s AND r.cancelled_at IS NULL ORDER BY r.id",
        "备案期间重叠({0} {1},{2}至{3}),先作废或提前终止其中一份",
    ),
)


def follow() -> None:
    """Let enrolment know (登记)."""
    following.register(*FOLLOWED)
    for conflict in CONFLICTS:
        following.forbid(conflict)
