"""目录与诊断编码: official lists of items with how an area pays them, and of diagnoses (CAT-01, 03, 04, 16).

A row says how an item is paid from a day on. What says the same as the term in force changes nothing, so that a whole
list may be imported again with each edition; all changes of a file are one version of the area's catalogue.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_noop as _

from tongchou.catalogue import commands
from tongchou.catalogue.states import ChargeCategory, ItemKind, PayClass
from tongchou.platform import checks as platform_checks
from tongchou.platform.pinyin import initials
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake

PERMISSION: Final = "imports.catalogue"
COUNTER: Final = "catalogue.manage"
ANALYZED_FROM: Final = 10_000


def _labels(choices: type) -> dict[str, str]:
    return {label: value for value, label in choices.choices}  # type: ignore[attr-defined]


LAYOUT: Final = Layout(
    "三大目录",
    (
        Column("code", "医疗目录编码", Holds.CODE, ("目录编码", "国家编码", "项目编码", "药品编码"), required=True,
               longest=50, example="XA02BCA134A001010100001"),
        Column("name", "名称", Holds.TEXT, ("项目名称", "药品名称", "注册名称", "通用名"), required=True,
               example="奥美拉唑肠溶胶囊"),
        Column("kind", "类别", Holds.CHOICE, ("目录类别",), required=True,
               choices=_labels(ItemKind) | {"诊疗": "service", "耗材": "material", "设施": "facility"}, example="药品"),
        Column("charge_category", "收费项目类别", Holds.CHOICE, ("收费类别", "费用类别"), required=True,
               choices=_labels(ChargeCategory), example="西药费"),
        Column("unit", "计价单位", Holds.TEXT, ("单位",), longest=20, example="盒"),
        Column("specification", "规格", Holds.TEXT, longest=100, example="20mg*14粒"),
        Column("dosage_form", "剂型", Holds.TEXT, longest=40, example="肠溶胶囊"),
        Column("maker", "生产企业", Holds.TEXT, ("厂家",), longest=100, example="某制药公司"),
        Column("pay_class", "等级", Holds.CHOICE, ("收费项目等级", "甲乙类", "医保等级"), required=True,
               choices=_labels(PayClass) | {"甲": "01", "乙": "02", "丙": "03", "自费": "03"}, example="乙类"),
        Column("pre_self_pay_ratio", "先行自付比例", Holds.RATIO, ("首先自付比例", "自付比例"), example="10%"),
        Column("price_ceiling", "单价上限", Holds.NUMBER, ("最高限价", "支付标准", "限价"), example="35.60"),
        Column("price_ceiling_third", "三级单价上限", Holds.NUMBER, ("三级限价",), example=""),
        Column("price_ceiling_second", "二级单价上限", Holds.NUMBER, ("二级限价",), example=""),
        Column("price_ceiling_first", "一级单价上限", Holds.NUMBER, ("一级及以下单价上限", "一级限价"), example=""),
        Column("max_days", "限用天数", Holds.WHOLE, example=""),
        Column("max_quantity", "限用数量", Holds.NUMBER, example=""),
        Column("min_level", "限机构等级", Holds.CHOICE, ("限医院等级",),
               choices={"三级": "3", "二级": "2", "一级": "1", "二级以上": "2", "三级以上": "3"}, example=""),
        Column("inpatient_only", "限住院", Holds.YES_NO, ("限住院使用",), example="否"),
        Column("sex", "限性别", Holds.CHOICE, choices={"男": "M", "女": "F"}, example=""),
        Column("min_age", "限年龄下限", Holds.WHOLE, example=""),
        Column("max_age", "限年龄上限", Holds.WHOLE, ("限年龄上限(不含)",), example=""),
        Column("diagnosis_prefixes", "限诊断编码", Holds.LIST, longest=20, pattern=r"[0-9A-Z.+*]+", example=""),
        Column("institution_codes", "限定点机构", Holds.LIST, longest=12, pattern=r"[HP]\d{11}", example=""),
        Column("restricted", "限制使用", Holds.YES_NO, ("限制使用标志",), example="否"),
        Column("limit_note", "限定说明", Holds.TEXT, ("限定支付范围", "备注"), example=""),
        Column("valid_from", "生效日期", Holds.DATE, ("开始日期", "执行日期"), required=True, example="2018-01-01"),
    ),
)  # fmt: skip
TERM: Final = (
    "pay_class",
    "pre_self_pay_ratio",
    "price_ceiling",
    "price_ceiling_third",
    "price_ceiling_second",
    "price_ceiling_first",
    "max_days",
    "max_quantity",
    "min_level",
    "inpatient_only",
    "sex",
    "min_age",
    "max_age",
    "diagnosis_prefixes",
    "institution_codes",
    "restricted",
    "limit_note",
)
"""What a term says; the same in the file and in the books is no change."""
EXTRA: Final = {"name_initials": "text"}
NUMBERED: Final = {"change": "text"}
CEILINGS: Final = ("price_ceiling", "price_ceiling_third", "price_ceiling_second", "price_ceiling_first")
_DEFAULTS: Final = {
    "unit": "",
    "specification": "",
    "dosage_form": "",
    "maker": "",
    "min_level": "",
    "inpatient_only": "f",
    "sex": "",
    "diagnosis_prefixes": "{}",
    "institution_codes": "{}",
    "restricted": "f",
    "limit_note": "",
}


def row_rule(intake: Intake) -> RowRule:
    """Ratios, ceilings and ages of one item (一行之内的核对)."""

    def apply(chunk: Chunk) -> None:
        values = chunk.values
        for name, default in _DEFAULTS.items():
            values[name] = [default if value is None else value for value in values[name]]
        classes = zip(values["pay_class"], values["pre_self_pay_ratio"], strict=True)
        values["pre_self_pay_ratio"] = [
            ratio if ratio is not None else "1" if pay_class == PayClass.C else "0" for pay_class, ratio in classes
        ]
        values["name_initials"] = [initials(name or "", longest=200) for name in values["name"]]
        for at in range(len(chunk)):
            if at not in chunk.bad_rows:
                _check_row(chunk, at)

    return apply


def _check_row(chunk: Chunk, at: int) -> None:
    values = chunk.values
    for name in CEILINGS:
        ceiling = values[name][at]
        if ceiling is not None and Decimal(ceiling) <= 0:
            refusal = commands.CeilingNotPositive(ceiling=ceiling)
            chunk.refuse_for(at, name, refusal.code, str(refusal))
    low, high = values["min_age"][at], values["max_age"][at]
    if low is not None and high is not None and int(high) <= int(low):
        late = commands.AgesOutOfOrder(since=low, until=high)
        chunk.refuse_for(at, "max_age", late.code, str(late))


def check(intake: Intake) -> None:
    """Nothing twice, nothing slipped in before a newer term; what is new, changed or the same.

    Raises: AreaOutOfScope.
    """
    platform_checks.check_area_in_scope(intake.operator, COUNTER, intake.pooling_area, intake.now)
    intake.refuse_repeats("code")
    same = " AND ".join(f"t.{name} IS NOT DISTINCT FROM {_typed(name)}" for name in TERM)
    intake.run(
        f"""UPDATE {{rows}} r SET change = CASE
                WHEN NOT EXISTS (SELECT FROM catalogue_itemterm t
                                  WHERE t.item_id = r.code AND t.pooling_area_id = %s) THEN 'new'
                WHEN EXISTS (SELECT FROM catalogue_itemterm t
                              WHERE t.item_id = r.code AND t.pooling_area_id = %s AND t.valid_from <= r.valid_from
                                AND t.valid_until IS NULL AND {same}) THEN 'same'
                ELSE 'changed' END
            WHERE r.good""",
        intake.pooling_area,
        intake.pooling_area,
        step="正在与现行目录比较",
    )
    intake.refuse(
        "valid_from",
        commands.TermIsOlder,
        found="""{rows} r JOIN LATERAL (
            SELECT min(valid_from) AS since FROM catalogue_itemterm t
             WHERE t.item_id = r.code AND t.pooling_area_id = %s AND t.valid_from >= r.valid_from) later ON true
            WHERE r.good AND r.change = 'changed' AND later.since IS NOT NULL""",
        values=(intake.pooling_area,),
        item="r.code",
        since="later.since",
    )


def _typed(name: str) -> str:
    """The staged value in the type of the books."""
    casts = {"pre_self_pay_ratio": "numeric(5,4)", "max_quantity": "numeric(12,4)"}
    casts |= dict.fromkeys(CEILINGS, "numeric(16,6)")
    casts |= dict.fromkeys(("diagnosis_prefixes", "institution_codes"), "varchar[]")
    return f"r.{name}::{casts[name]}" if name in casts else f"r.{name}"


def take_in(intake: Intake) -> int:
    """Items, then the running terms closed and the new ones opened, as one version."""
    intake.run(
        """INSERT INTO catalogue_item AS i
                  (code, name, name_initials, kind, charge_category, unit, specification, dosage_form, maker)
           SELECT code, name, name_initials, kind, charge_category, unit, specification, dosage_form, maker
             FROM {rows} WHERE good ORDER BY row_no
           ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_initials = excluded.name_initials,
                  kind = excluded.kind, charge_category = excluded.charge_category, unit = excluded.unit,
                  specification = excluded.specification, dosage_form = excluded.dosage_form, maker = excluded.maker
            WHERE (i.name, i.kind, i.charge_category, i.unit, i.specification, i.dosage_form, i.maker)
                  IS DISTINCT FROM (excluded.name, excluded.kind, excluded.charge_category, excluded.unit,
                                    excluded.specification, excluded.dosage_form, excluded.maker)""",
        step="正在写入目录项目",
    )
    version = commands.raise_version(
        intake.pooling_area, summary=f"导入{intake.file_name}"[:200], operator=intake.operator, now=intake.now
    )
    intake.run(
        """UPDATE catalogue_itemterm t SET valid_until = r.valid_from, version = %s
             FROM {rows} r
            WHERE r.good AND r.change = 'changed' AND t.item_id = r.code AND t.pooling_area_id = %s
              AND (t.valid_until IS NULL OR t.valid_until > r.valid_from)""",
        version,
        intake.pooling_area,
        step="正在写入支付规定",
    )
    columns = ", ".join(TERM)
    intake.run(
        f"""INSERT INTO catalogue_itemterm (item_id, pooling_area_id, valid_from, version, {columns})
            SELECT code, %s, valid_from, %s, {columns} FROM {{rows}} WHERE good AND change <> 'same' ORDER BY row_no""",
        intake.pooling_area,
        version,
    )
    ((taken,),) = intake.ask("SELECT count(*) FROM {rows} WHERE good")
    if taken >= ANALYZED_FROM:
        intake.run("ANALYZE catalogue_item, catalogue_itemterm")
    return int(taken)


def totals(intake: Intake) -> Mapping[str, str]:
    """新增、变更、无变化 (CAT-16)."""
    counted = dict(intake.ask("SELECT change, count(*) FROM {rows} WHERE good GROUP BY change"))
    return {label: str(counted.get(change, 0)) for change, label in _CHANGES.items()}


_CHANGES: Final = {"new": _("新增"), "changed": _("变更"), "same": _("无变化")}

CATALOGUE: Final = ImportKind(
    name="catalogue",
    title="三大目录",
    permission=PERMISSION,
    counter=COUNTER,
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    totals=totals,
    extra=EXTRA,
    numbered=NUMBERED,
)


# --- diagnoses ------------------------------------------------------------------------------------------------------

DIAGNOSIS_LAYOUT: Final = Layout(
    "疾病诊断编码",
    (
        Column("code", "诊断编码", Holds.CODE, ("疾病诊断编码", "诊断代码", "疾病编码", "编码"), required=True,
               longest=20, pattern=r"[A-Z]\d{2}[0-9A-Z.+*]*", example="E11.900"),
        Column("name", "诊断名称", Holds.TEXT, ("疾病诊断名称", "疾病名称", "名称"), required=True,
               example="2型糖尿病不伴有并发症"),
        Column("valid_from", "生效日期", Holds.DATE, ("开始日期",), example="2018-01-01"),
        Column("valid_until", "失效日期", Holds.DATE, ("停用日期",), example=""),
    ),
)  # fmt: skip


def diagnosis_rule(intake: Intake) -> RowRule:
    """Initials and the first day (一行之内的核对)."""

    def apply(chunk: Chunk) -> None:
        values = chunk.values
        values["valid_from"] = [value or intake.today.isoformat() for value in values["valid_from"]]
        values["initials"] = [initials(name or "", longest=200) for name in values["name"]]
        spans = zip(values["valid_from"], values["valid_until"], strict=True)
        for at, (since, until) in enumerate(spans):
            if at not in chunk.bad_rows and until is not None and until <= (since or ""):
                refusal = commands.DiagnosisSpanEmpty(since=since, until=until)
                chunk.refuse_for(at, "valid_until", refusal.code, str(refusal))

    return apply


def check_diagnoses(intake: Intake) -> None:
    """Nothing twice in the file; codes known already are renamed or ended. Raises: NoPermission."""
    intake.refuse_repeats("code")


def take_in_diagnoses(intake: Intake) -> int:
    """诊断编码: new ones in, known ones under their new name; the first day of a known code stays."""
    taken = intake.run(
        """INSERT INTO catalogue_diagnosis (code, name, initials, valid_from, valid_until)
           SELECT code, name, initials, valid_from, valid_until FROM {rows} WHERE good ORDER BY row_no
           ON CONFLICT (code) DO UPDATE SET name = excluded.name, initials = excluded.initials,
                  valid_until = excluded.valid_until""",
        step="正在写入诊断编码",
    )
    commands.raise_code_set(commands.DIAGNOSES)
    return taken


DIAGNOSES: Final = ImportKind(
    name="diagnoses",
    title="疾病诊断编码",
    permission=PERMISSION,
    counter=COUNTER,
    layout=DIAGNOSIS_LAYOUT,
    row_rule=diagnosis_rule,
    check=check_diagnoses,
    take_in=take_in_diagnoses,
    extra={"initials": "text"},
)
