"""1201 医药机构信息获取."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from tongchou.institutions import queries
from tongchou.institutions.models import Institution
from tongchou.institutions.queries import Known
from tongchou.kernel.errors import DomainError
from tongchou.wire import moments
from tongchou.wire.registry import Call, transaction

MOST: Final = 50
GRADES: Final[Mapping[tuple[str, str], str]] = {
    ("3", "特"): "01",
    ("3", "甲"): "02",
    ("3", "乙"): "03",
    ("3", "丙"): "04",
    ("2", "甲"): "05",
    ("2", "乙"): "06",
    ("2", "丙"): "07",
    ("1", "甲"): "08",
    ("1", "乙"): "09",
    ("1", "丙"): "10",
    ("0", ""): "11",
    ("3", ""): "12",
    ("2", ""): "13",
    ("1", ""): "14",
}
"""医院等级 and the first character of its 等次 → hosp_lv."""


class InstitutionUnknown(DomainError):
    code = "IN-9101"
    message = "未找到符合条件的定点医药机构：{words}"
    citation = "GX2017 §56"


class NothingAsked(DomainError):
    code = "IN-9102"
    message = "定点医药机构编号(fixmedins_code)与定点医药机构名称(fixmedins_name)不能同时为空"
    citation = "GX2017 §56"


@transaction("1201")
def institution_information(call: Call) -> bytes:
    """医药机构信息获取 (1201): by code, or by the beginning of the name. Raises: NothingAsked, InstitutionUnknown."""
    asked, out = call.input.medinsinfo, call.out
    today = call.received_at.astimezone(moments.SHANGHAI).date()
    found = [known for known in _found(asked.fixmedins_code, asked.fixmedins_name) if _fits(known, asked)]
    if not found:
        raise InstitutionUnknown(words=asked.fixmedins_code or asked.fixmedins_name)
    return call.answer(out.output(medinsinfo=[_row(out, known, today) for known in found]))


def _found(code: str | None, name: str | None) -> Iterable[Known]:
    """Raises: NothingAsked."""
    if code:
        codes = [code.upper()]
    elif name:
        rows = Institution.objects.filter(name__startswith=name).order_by("name", "code")
        codes = list(rows.values_list("code", flat=True)[:MOST])
    else:
        raise NothingAsked
    return [known for known in map(queries.known, codes) if known is not None]


def _fits(known: Known, asked: Any) -> bool:
    return bool(known.kind == asked.fixmedins_type.lstrip("0"))


def _row(out: Any, known: Known, today: date) -> Any:
    return out.medinsinfo(
        fixmedins_code=known.code,
        fixmedins_name=known.name,
        uscc=known.uscc,
        fixmedins_type=known.kind,
        hosp_lv=hospital_level(known, today),
    )


def hospital_level(known: Known, today: date) -> str:
    """hosp_lv of that day; empty for a pharmacy."""
    level = known.level_on(today)
    if level is None:
        return ""
    return GRADES.get((level.level, level.grade[:1])) or GRADES.get((level.level, ""), "")
