"""定点机构清单导出 (AGR-32)."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from tongchou.institutions import queries
from tongchou.institutions.models import Institution
from tongchou.institutions.states import HospitalLevel, InstitutionType
from tongchou.platform.spreadsheets.exports import ExportKind, ExportRequest

HEADERS: Final = (
    "机构编号", "机构名称", "机构类别", "等级", "等次", "行政区划", "上级机构编号", "统一社会信用代码",
    "许可证号", "地址", "电话", "协议编号", "协议生效日期", "协议有效期至", "协议状态",
)  # fmt: skip
AT_ONCE: Final = 500


def rows(asked: ExportRequest) -> Iterator[Sequence[Any]]:
    """Every institution inside the request with its level and agreement of the day, in order of code."""
    found = Institution.objects.filter(
        asked.scope.q("unit_code", "pooling_area"), pooling_area=asked.pooling_area
    ).order_by("code")
    for institution in found.iterator(AT_ONCE):
        standing = queries.standing(institution.code, asked.on)
        agreement = standing.agreement if standing else None
        until = agreement.days.until if agreement else None
        yield (
            institution.code,
            institution.name,
            InstitutionType(institution.type).label,
            HospitalLevel(standing.level).label if standing and standing.level else "",
            standing.grade if standing else "",
            institution.unit_code,
            institution.parent_id or "",
            institution.uscc,
            institution.licence_no,
            institution.address,
            institution.phone,
            agreement.number if agreement else "",
            agreement.days.start if agreement else "",
            until - timedelta(days=1) if until else "",
            standing.state.label if standing else "",
        )


INSTITUTIONS: Final = ExportKind("institution_register", "定点医药机构名册", "institutions.view", HEADERS, rows)
