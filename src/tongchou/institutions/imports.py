"""定点机构与医师名单: institutions with level and agreement, physicians with their filing (AGR-01, DOC-12)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from django.utils.translation import gettext_noop as _

from tongchou.institutions import commands, rules
from tongchou.institutions.states import (
    PRIMARY_TYPES,
    HospitalLevel,
    InstitutionKind,
    InstitutionType,
    StaffKind,
)
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.checks import OutOfScope
from tongchou.platform.permissions import permission
from tongchou.platform.pinyin import initials
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake

PERMISSION: Final = "imports.institutions"
COUNTER: Final = "institutions.manage"
COUNTER_FOR_PHYSICIANS: Final = "institutions.manage_physicians"
CARE_KINDS: Final = {
    "普通门诊": "outpatient",
    "门诊": "outpatient",
    "急诊": "emergency",
    "门诊特殊慢性病": "chronic",
    "门慢特": "chronic",
    "住院": "inpatient",
    "生育": "maternity",
    "日间手术": "day_surgery",
    "家庭病床": "home_bed",
    "药店购药": "pharmacy",
    "购药": "pharmacy",
}
SCHEMES: Final = {
    "城乡居民基本医疗保险": "resident",
    "居民医保": "resident",
    "职工基本医疗保险": "employee",
    "职工医保": "employee",
}


def _labels(choices: type) -> dict[str, str]:
    return {label: value for value, label in choices.choices}  # type: ignore[attr-defined]


LAYOUT: Final = Layout(
    "定点医药机构",
    (
        Column(
            "code", "机构编号", Holds.CODE, ("定点医药机构编号", "医疗机构编码", "机构代码"), required=True, longest=12,
            example="H45010200001",
        ),
        Column("name", "机构名称", Holds.TEXT, ("定点医药机构名称",), required=True, example="县人民医院"),
        Column(
            "type", "机构类别", Holds.CHOICE, ("类别", "机构类型"), required=True, choices=_labels(InstitutionType),
            example="医院",
        ),
        Column(
            "level", "等级", Holds.CHOICE, ("医院等级", "机构等级"),
            choices=_labels(HospitalLevel) | {"三甲": "3", "二甲": "2", "一甲": "1", "无": "0"}, example="二级",
        ),
        Column("grade", "等次", Holds.TEXT, ("医院等次",), longest=10, example="甲等"),
        Column("level_from", "等级生效日期", Holds.DATE, ("定级日期",), example="2018-01-01"),
        Column(
            "unit_code", "行政区划", Holds.CODE, ("所在区划", "所属机构", "区划代码"), required=True, longest=12,
            example="450102",
        ),
        Column("parent_code", "上级机构编号", Holds.CODE, longest=12, example=""),
        Column("uscc", "统一社会信用代码", Holds.CODE, ("社会信用代码",), longest=18, example=""),
        Column("licence_no", "许可证号", Holds.CODE, ("执业许可证号", "药品经营许可证号"), longest=60, example=""),
        Column("licence_last", "许可证有效期至", Holds.DATE, example="2020-12-31"),
        Column("address", "地址", Holds.TEXT, ("机构地址",), example="城关镇1号"),
        Column("phone", "电话", Holds.CODE, ("联系电话",), longest=30, example="07710000000"),
        Column("agreement_no", "协议编号", Holds.CODE, longest=40, example="XY2018001"),
        Column("schemes", "险种", Holds.LIST, ("服务险种",), choices=SCHEMES, example="居民医保、职工医保"),
        Column("care_kinds", "服务范围", Holds.LIST, ("医疗类别",), choices=CARE_KINDS, example="普通门诊、住院"),
        Column("signed_on", "协议签订日期", Holds.DATE, ("签订日期",), example="2017-12-20"),
        Column("agreed_from", "协议生效日期", Holds.DATE, ("协议开始日期",), example="2018-01-01"),
        Column("agreed_last", "协议有效期至", Holds.DATE, ("协议终止日期",), example="2018-12-31"),
    ),
)  # fmt: skip
EXTRA: Final = {
    "kind": "text",
    "name_initials": "text",
    "is_primary": "boolean",
    "is_station": "boolean",
    "licence_until": "date",
    "agreed_until": "date",
}
AGREEMENT_COLUMNS: Final = ("schemes", "care_kinds", "signed_on", "agreed_from", "agreed_last")


class AgreementIncomplete(DomainError):
    code = "IN-4001"
    message = "填写协议编号的,险种、服务范围、签订日期、生效日期和有效期至都须填写"
    citation = "GX2017 §45"


def row_rule(intake: Intake) -> RowRule:
    """Reach, code, type, credit code and agreement of one institution, as at the counter (一行之内的核对)."""
    reached, in_words = intake.reached_units(), intake.units_in_words()

    def apply(chunk: Chunk) -> None:
        values = chunk.values
        for name in EXTRA:
            values[name] = [None] * len(chunk)
        for name, default in (("level", HospitalLevel.NONE.value), ("level_from", intake.today.isoformat())):
            values[name] = [value or default for value in values[name]]
        for name in ("grade", "uscc", "licence_no", "address", "phone"):
            values[name] = [value or "" for value in values[name]]
        for at in range(len(chunk)):
            if at in chunk.bad_rows:
                continue
            try:
                if (unit := values["unit_code"][at]) not in reached:
                    raise OutOfScope(unit=in_words(unit), permission=permission(COUNTER).label)
                _complete(values, at)
            except DomainError as refusal:
                chunk.refuse_for(at, _COLUMN_OF.get(type(refusal), ""), refusal.code, str(refusal))

    return apply


_COLUMN_OF: Final[dict[type[DomainError], str]] = {
    OutOfScope: "unit_code",
    commands.CodeUnfit: "code",
    commands.UnifiedCodeUnfit: "uscc",
    commands.AgreementTermEmpty: "agreed_last",
    commands.SignedLate: "signed_on",
    AgreementIncomplete: "agreement_no",
}


def _complete(values: dict[str, list[str | None]], at: int) -> None:
    """Raises: CodeUnfit, UnifiedCodeUnfit, AgreementIncomplete, AgreementTermEmpty, SignedLate."""
    code, uscc, kind_of_house = values["code"][at] or "", values["uscc"][at] or "", InstitutionType(values["type"][at])
    kind = rules.kind_of(kind_of_house)
    if not rules.institution_code_fits(code, kind):
        raise commands.CodeUnfit(code=code)
    if not rules.unified_code_fits(uscc):
        raise commands.UnifiedCodeUnfit(uscc=uscc)
    if values["agreement_no"][at]:
        _complete_agreement(values, at)
    values["kind"][at] = kind.value
    values["name_initials"][at] = initials(values["name"][at] or "", longest=200)
    values["is_primary"][at] = "t" if kind_of_house in PRIMARY_TYPES else "f"
    values["is_station"][at] = "t" if kind_of_house is InstitutionType.VILLAGE_STATION else "f"
    values["licence_until"][at] = _day_after(values["licence_last"][at])


def _complete_agreement(values: dict[str, list[str | None]], at: int) -> None:
    """Raises: AgreementIncomplete, AgreementTermEmpty, SignedLate."""
    if not all(values[name][at] for name in AGREEMENT_COLUMNS):
        raise AgreementIncomplete
    until = _day_after(values["agreed_last"][at])
    since, signed = values["agreed_from"][at] or "", values["signed_on"][at] or ""
    if until is None or until <= since:
        raise commands.AgreementTermEmpty(since=since, until=until)
    if signed > since:
        raise commands.SignedLate(signed=signed, since=since)
    values["agreed_until"][at] = until


def _day_after(last: str | None) -> str | None:
    """A printed last day as the exclusive end of a span."""
    return (date.fromisoformat(last) + timedelta(days=1)).isoformat() if last else None


def check(intake: Intake) -> None:
    """Nothing twice, units within reach, nothing registered already."""
    for column in ("code", "licence_no", "agreement_no"):
        intake.refuse_repeats(column, where=f"{column} <> ''")
    _check_units(intake)
    intake.refuse(
        "code",
        commands.InstitutionKnown,
        found="{rows} r JOIN institutions_institution i ON i.code = r.code WHERE r.good",
        code="i.code",
        name="i.name",
    )
    intake.refuse(
        "licence_no",
        commands.LicenceTaken,
        found="{rows} r JOIN institutions_institution i ON i.licence_no = r.licence_no"
        " WHERE r.good AND r.licence_no <> ''",
        licence="r.licence_no",
        name="i.name",
        code="i.code",
    )
    intake.refuse(
        "agreement_no",
        commands.AgreementNumberTaken,
        found="{rows} r JOIN institutions_agreement a ON a.number = r.agreement_no"
        " JOIN institutions_institution i ON i.code = a.institution_id WHERE r.good",
        number="r.agreement_no",
        name="i.name",
    )
    intake.refuse(
        "parent_code",
        commands.InstitutionUnknown,
        found="""{rows} r WHERE r.good AND r.parent_code IS NOT NULL
            AND NOT EXISTS (SELECT FROM institutions_institution i WHERE i.code = r.parent_code)
            AND NOT EXISTS (SELECT FROM {rows} p WHERE p.good AND p.code = r.parent_code)""",
        code="r.parent_code",
    )


def _check_units(intake: Intake) -> None:
    """Within the operator's reach, and in this area."""
    intake.refuse_out_of_reach("unit_code")
    units = platform.units_below(intake.pooling_area, intake.today)
    intake.refuse(
        "unit_code",
        commands.UnitUnfit,
        found="{rows} r WHERE r.good AND r.unit_code <> ALL(%s)",
        values=([unit.code for unit in units if unit.pooling_area_id == intake.pooling_area],),
        unit="r.unit_code",
        area=f"'{intake.pooling_area}'",
    )


def take_in(intake: Intake) -> int:
    """Institutions, levels, agreements; parents before their stations by one deferred check."""
    taken = intake.run(
        """INSERT INTO institutions_institution (code, name, name_initials, kind, type, pooling_area_id, unit_code,
                  uscc, licence_no, licence_until, parent_id, "primary", village_station, address, phone, created_at)
           SELECT code, name, name_initials, kind, type, %s, unit_code, uscc, licence_no, licence_until, parent_code,
                  is_primary, is_station, address, phone, %s
             FROM {rows} WHERE good ORDER BY row_no""",
        intake.pooling_area,
        intake.now,
        step="正在写入机构",
    )
    intake.run(
        """INSERT INTO institutions_institutionlevel (institution_id, level, grade, valid_from)
           SELECT code, level, grade, level_from FROM {rows} WHERE good ORDER BY row_no"""
    )
    intake.run(
        """INSERT INTO institutions_agreement (institution_id, number, schemes, care_kinds, signed_on, valid_from,
                  valid_until, ended_reason)
           SELECT code, agreement_no, schemes, care_kinds, signed_on, agreed_from, agreed_until, ''
             FROM {rows} WHERE good AND agreement_no IS NOT NULL ORDER BY row_no""",
        step="正在写入协议",
    )
    commands.raise_version(intake.pooling_area)
    return taken


def totals(intake: Intake) -> Mapping[str, str]:
    """The figures under the preview."""
    ((medical, pharmacies, agreements),) = intake.ask(
        "SELECT count(*) FILTER (WHERE kind = '1'), count(*) FILTER (WHERE kind = '2'), count(agreement_no)"
        " FROM {rows} WHERE good"
    )
    return {
        InstitutionKind.MEDICAL.label: str(medical),
        InstitutionKind.PHARMACY.label: str(pharmacies),
        _("服务协议"): str(agreements),
    }


INSTITUTIONS: Final = ImportKind(
    name="institutions",
    title="定点医药机构",
    permission=PERMISSION,
    counter=COUNTER,
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    totals=totals,
    extra=EXTRA,
)


# --- physicians -----------------------------------------------------------------------------------------------------

PHYSICIAN_LAYOUT: Final = Layout(
    "医保医师",
    (
        Column("institution_code", "机构编号", Holds.CODE, ("定点医药机构编号",), required=True, longest=12,
               example="H45010200001"),
        Column("code", "医师编码", Holds.CODE, ("医保医师代码", "人员代码", "编码"), required=True, longest=30,
               example="D450102000001"),
        Column("name", "姓名", Holds.TEXT, ("医师姓名",), required=True, longest=50, example="韦大夫"),
        Column("kind", "类别", Holds.CHOICE, ("人员类别",), choices=_labels(StaffKind) | {"医师": "physician",
               "药师": "pharmacist", "护士": "nurse"}, example="医保医师"),
        Column("citizen_id", "证件号码", Holds.CODE, ("身份证号", "公民身份号码"), longest=18, example=""),
        Column("practice_no", "执业证书编号", Holds.CODE, ("执业证号",), longest=40, example=""),
        Column("main_site", "主执业机构", Holds.YES_NO, example="是"),
        Column("department", "科室", Holds.TEXT, longest=100, example="内科"),
        Column("title", "职称", Holds.TEXT, longest=30, example="主治医师"),
        Column("filed_from", "备案日期", Holds.DATE, ("备案起",), example="2018-01-01"),
    ),
)  # fmt: skip


def physician_rule(intake: Intake) -> RowRule:
    """The form of the code (DOC-02)."""

    def apply(chunk: Chunk) -> None:
        values = chunk.values
        for name, default in (
            ("kind", StaffKind.PHYSICIAN.value),
            ("main_site", "t"),
            ("filed_from", intake.today.isoformat()),
            ("citizen_id", ""),
            ("practice_no", ""),
            ("department", ""),
            ("title", ""),
        ):
            values[name] = [default if value is None else value for value in values[name]]
        for at, (code, kind) in enumerate(zip(values["code"], values["kind"], strict=True)):
            if at not in chunk.bad_rows and not rules.staff_code_fits(code or "", StaffKind(kind)):
                refusal = commands.StaffCodeUnfit(kind=StaffKind(kind).label, code=code)
                chunk.refuse_for(at, "code", refusal.code, str(refusal))

    return apply


def check_physicians(intake: Intake) -> None:
    """Their institutions are known and within reach; a code is one person's, filed once and with one main site."""
    intake.refuse(
        "institution_code",
        commands.InstitutionUnknown,
        found="{rows} r WHERE r.good AND NOT EXISTS ("
        "SELECT FROM institutions_institution i WHERE i.code = r.institution_code AND i.pooling_area_id = %s)",
        values=(intake.pooling_area,),
        code="r.institution_code",
    )
    intake.refuse_out_of_reach(
        "institution_code",
        found="{rows} r JOIN institutions_institution i ON i.code = r.institution_code",
        unit="i.unit_code",
    )
    intake.refuse_repeats("code", "code, institution_code")
    everybody = """(SELECT code, name, institution_id, main_site, filed_from, filed_until, 0 AS row_no
        FROM institutions_physician UNION ALL
        SELECT code, name, institution_code, main_site, filed_from, NULL, row_no FROM {rows} WHERE good)"""
    intake.refuse(
        "code",
        commands.CodeOfAnother,
        found=f"{{rows}} r JOIN {everybody} k ON k.code = r.code AND k.row_no < r.row_no"
        " WHERE r.good AND k.name <> r.name",
        code="r.code",
        known="k.name",
        given="r.name",
    )
    open_then = "(k.filed_until IS NULL OR k.filed_until > r.filed_from)"
    intake.refuse(
        "code",
        commands.PhysicianFiled,
        found=f"{{rows}} r JOIN institutions_physician k ON k.code = r.code"
        f" AND k.institution_id = r.institution_code WHERE r.good AND {open_then}",
        code="r.code",
        since="k.filed_from",
    )
    intake.refuse(
        "main_site",
        commands.FiledElsewhere,
        found=f"{{rows}} r JOIN {everybody} k ON k.code = r.code AND k.row_no < r.row_no"
        " JOIN institutions_institution i ON i.code = k.institution_id"
        f" WHERE r.good AND r.main_site AND k.main_site AND k.institution_id <> r.institution_code AND {open_then}",
        name="r.name",
        code="r.code",
        institution="i.name",
    )


def take_in_physicians(intake: Intake) -> int:
    """医师备案, as many as the file has."""
    taken = intake.run(
        """INSERT INTO institutions_physician (code, name, kind, citizen_id, practice_no, institution_id, main_site,
                  department, title, filed_from, end_reason)
           SELECT code, name, kind, citizen_id, practice_no, institution_code, main_site, department, title, filed_from,
                  '' FROM {rows} WHERE good ORDER BY row_no""",
        step="正在写入备案",
    )
    commands.raise_version(intake.pooling_area)
    return taken


PHYSICIANS: Final = ImportKind(
    name="physicians",
    title="医保医师",
    permission=PERMISSION,
    counter=COUNTER_FOR_PHYSICIANS,
    layout=PHYSICIAN_LAYOUT,
    row_rule=physician_rule,
    check=check_physicians,
    take_in=take_in_physicians,
)
