"""What of enrolment goes to statistics, finance and the data office by period (定期数据; JL2019 §50)."""

from typing import Final

from tongchou.enrolment.states import Scheme
from tongchou.exchange.figures import Figure

_INSURED: Final = """SELECT count(*) FROM enrolment_enrolment WHERE pooling_area_id = %(area)s AND scheme = '{scheme}'
    AND enrolled_from < %(until)s AND (enrolled_until IS NULL OR enrolled_until >= %(until)s)"""

FIGURES: Final = (
    Figure("CB01", "期末居民参保人数", "人", _INSURED.format(scheme=Scheme.RESIDENT.value)),
    Figure("CB02", "期末职工参保人数", "人", _INSURED.format(scheme=Scheme.EMPLOYEE.value)),
    Figure(
        "CB03",
        "本期新增参保人数",
        "人",
        "SELECT count(*) FROM enrolment_enrolment WHERE pooling_area_id = %(area)s AND follows_until IS NULL"
        " AND enrolled_from >= %(since)s AND enrolled_from < %(until)s",
    ),
    Figure(
        "CB04",
        "期末困难人员参保人数",
        "人",
        "SELECT count(DISTINCT g.person_id) FROM enrolment_specialgroupspan g"
        " JOIN enrolment_enrolment e ON e.person_id = g.person_id AND e.pooling_area_id = %(area)s"
        " AND e.enrolled_from < %(until)s AND (e.enrolled_until IS NULL OR e.enrolled_until >= %(until)s)"
        " WHERE g.category IN ('dibao', 'tekun', 'poor') AND g.valid_from < %(until)s"
        " AND (g.valid_until IS NULL OR g.valid_until >= %(until)s)",
    ),
)
