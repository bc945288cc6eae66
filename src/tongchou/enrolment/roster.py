"""参保花名册: persons with household, category, special groups and card, as villages and schools send them.

One row is one registration (附件1; GX2017 §7, 9; ENR-01, ENR-12). Cells and rows are held against the same rules as a
registration at the counter; what concerns other rows or the books is asked with one statement each.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Final

from django.utils.translation import gettext_noop as _

from tongchou.enrolment import events, parameters, rules
from tongchou.enrolment.commands.persons import (
    AlreadyEnrolled,
    BothSchemes,
    CardTaken,
    Deceased,
    EnrolledInFuture,
    HouseholdElsewhere,
    HouseholdHasHead,
    NameDiffers,
    UnitNotOpen,
)
from tongchou.enrolment.commands.steps import MergedAway
from tongchou.enrolment.states import (
    CertificateType,
    HouseholdRelation,
    PersonCategory,
    ResidenceKind,
    Scheme,
    Sex,
    SpecialCategory,
)
from tongchou.exchange.flows import Incoming
from tongchou.exchange.states import PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.checks import OutOfScope
from tongchou.platform.events import publish
from tongchou.platform.permissions import permission
from tongchou.platform.pinyin import initials
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake
from tongchou.platform.states import UnitLevel

PERMISSION: Final = "imports.roster"
COUNTER: Final = "enrolment.register"
FIRST_MONTH_OF_SCHOOL_YEAR: Final = 8
"""A roster sent from August on is that of the school year that begins (学年)."""
ANALYZED_FROM: Final = 10_000
"""Rows from which on the planner is told of the new ones at once."""

_ETHNICITY_NAMES: Final = (
    "汉族 蒙古族 回族 藏族 维吾尔族 苗族 彝族 壮族 布依族 朝鲜族 满族 侗族 瑶族 白族 土家族 "
    "哈尼族 哈萨克族 傣族 黎族 傈僳族 佤族 畲族 高山族 拉祜族 水族 东乡族 纳西族 景颇族 柯尔克孜族 "
    "土族 达斡尔族 仫佬族 羌族 布朗族 撒拉族 毛南族 仡佬族 锡伯族 阿昌族 普米族 塔吉克族 怒族 "
    "乌孜别克族 俄罗斯族 鄂温克族 德昂族 保安族 裕固族 京族 塔塔尔族 独龙族 鄂伦春族 赫哲族 门巴族 "
    "珞巴族 基诺族"
)
ETHNICITIES: Final = {name: f"{number:02d}" for number, name in enumerate(_ETHNICITY_NAMES.split(), 1)}
"""GB/T 3304 in the order of its numbers."""


def _labels(choices: type) -> dict[str, str]:
    return {label: value for value, label in choices.choices}  # type: ignore[attr-defined]


LAYOUT: Final = Layout(
    "参保花名册",
    (
        Column("household_no", "户号", Holds.CODE, ("家庭编号", "户编号"), longest=24, example="H0001"),
        Column(
            "household_relation",
            "与户主关系",
            Holds.CHOICE,
            ("户主关系", "与户主的关系"),
            choices=_labels(HouseholdRelation) | {"妻子": "spouse", "丈夫": "spouse", "儿子": "child", "女儿": "child"},
            example="户主",
        ),
        Column("name", "姓名", Holds.TEXT, ("参保人姓名", "人员姓名"), required=True, longest=50, example="韦小妹"),
        Column(
            "certificate_type",
            "证件类型",
            Holds.CHOICE,
            choices=_labels(CertificateType) | {"身份证": "01", "护照": "08"},
            example="居民身份证",
        ),
        Column(
            "certificate_no",
            "证件号码",
            Holds.CODE,
            ("公民身份号码", "身份证号", "身份证号码", "身份证", "证件号"),
            required=True,
            longest=50,
            example="450102199003071230",
        ),
        Column("sex", "性别", Holds.CHOICE, choices=_labels(Sex) | {"1": "M", "2": "F"}, example="女"),
        Column(
            "ethnicity",
            "民族",
            Holds.CHOICE,
            choices=ETHNICITIES | {name.removesuffix("族"): code for name, code in ETHNICITIES.items()},
            example="壮族",
        ),
        Column("born_on", "出生日期", Holds.DATE, ("出生年月日", "出生年月"), example="1990-03-07"),
        Column(
            "phone", "联系电话", Holds.CODE, ("电话", "手机", "手机号码", "联系方式"), longest=30, example="13800000000"
        ),
        Column(
            "address", "住址", Holds.TEXT, ("家庭住址", "联系地址", "现住址", "地址"), longest=200, example="东村1号"
        ),
        Column(
            "hukou_area",
            "户籍地",
            Holds.CODE,
            ("户籍地区划", "户籍地代码", "户籍区划"),
            longest=12,
            pattern=r"\d{6}(\d{3}(\d{3})?)?",
            example="450102",
        ),
        Column(
            "residence_kind",
            "居留证件种类",
            Holds.CHOICE,
            ("定居(居留)证件种类",),
            choices=_labels(ResidenceKind),
            example="居留证件",
        ),
        Column("residence_no", "居留证件号码", Holds.CODE, ("定居(居留)证件号码",), longest=50, example="A1234567"),
        Column("residence_last_day", "居留证件有效期至", Holds.DATE, ("定居(居留)证件有效期",), example="2018-12-31"),
        Column(
            "unit_code",
            "参保单位",
            Holds.CODE,
            ("参保单位代码", "村代码", "社区代码", "村(社区)代码", "学校代码", "所属机构", "机构代码"),
            required=True,
            longest=12,
            example="450102001201",
        ),
        Column("category", "人员类别", Holds.CHOICE, choices=_labels(PersonCategory), example="成年居民"),
        Column(
            "scheme",
            "险种",
            Holds.CHOICE,
            ("险种类型",),
            choices=_labels(Scheme)
            | {"居民医保": "resident", "职工医保": "employee", "390": "resident", "310": "employee"},
            example="城乡居民基本医疗保险",
        ),
        Column("enrolled_on", "参保日期", Holds.DATE, ("参保时间", "登记日期"), example="2018-01-05"),
        Column(
            "special_groups",
            "特殊人员标识",
            Holds.LIST,
            ("特殊人员类别", "特殊人群", "困难类别"),
            longest=30,
            choices=_labels(SpecialCategory)
            | {
                "低保": "dibao",
                "低保对象": "dibao",
                "特困": "tekun",
                "五保户": "tekun",
                "建档立卡": "poor",
                "重残": "severe_disability",
            },
            example="低保对象",
        ),
        Column("group_evidence", "证明文号", Holds.TEXT, ("特殊人员证明",), longest=100, example="民发〔2018〕1号"),
        Column("class_name", "班级", Holds.TEXT, ("年级班级",), longest=40, example="三(2)班"),
        Column("guardian", "监护人", Holds.TEXT, ("监护人姓名", "家长"), longest=50, example="韦大"),
        Column("guardian_phone", "监护人电话", Holds.CODE, ("家长电话",), longest=30, example="13800000000"),
        Column("card_no", "社会保障卡号", Holds.CODE, ("社保卡号", "卡号"), longest=32, example="A00000001"),
    ),
)
EXTRA: Final = {"name_initials": "text", "enrolled_from": "date", "yearly_until": "date"}
NUMBERED: Final = {"person_id": "bigint DEFAULT nextval(pg_get_serial_sequence('enrolment_person', 'id')::regclass)"}


# --- rows -----------------------------------------------------------------------------------------------------------


def row_rule(intake: Intake) -> RowRule:
    """The rules between the columns of a row: identity, category, place, groups (一行之内的核对)."""
    rows = _Rows(intake)

    def apply(chunk: Chunk) -> None:
        _fill(chunk.values, intake.today.isoformat())
        for name in EXTRA:
            chunk.values[name] = [None] * len(chunk)
        rows.check(chunk)

    return apply


_COLUMN_OF: Final[dict[type[DomainError], str]] = {
    OutOfScope: "unit_code",
    rules.CertificateInvalid: "certificate_no",
    rules.IdentityContradicts: "certificate_no",
    rules.BirthDateMissing: "born_on",
    rules.CategoryUnfit: "category",
    rules.PlaceNotAllowed: "hukou_area",
    rules.ResidenceDocumentMissing: "residence_kind",
    rules.ResidenceDocumentExpired: "residence_last_day",
    rules.GroupNotByAge: "special_groups",
    EnrolledInFuture: "enrolled_on",
    UnitNotOpen: "unit_code",
}
_CERTIFICATE_TYPES: Final = {kind.value: kind for kind in CertificateType}
_SEXES: Final[dict[str | None, Sex | None]] = {None: None} | {sex.value: sex for sex in Sex}
_READ: Final = (
    "certificate_type",
    "certificate_no",
    "born_on",
    "sex",
    "category",
    "scheme",
    "enrolled_on",
    "hukou_area",
    "residence_kind",
    "residence_no",
    "residence_last_day",
    "special_groups",
    "unit_code",
    "name",
)


def _fill(values: dict[str, list[str | None]], today: str) -> None:
    """What a form leaves open: citizen ID, Han, residents' scheme, today."""
    for name, default in (
        ("certificate_type", CertificateType.CITIZEN_ID.value),
        ("ethnicity", "01"),
        ("scheme", Scheme.RESIDENT.value),
        ("enrolled_on", today),
        ("phone", ""),
        ("address", ""),
        ("hukou_area", ""),
        ("residence_no", ""),
        ("group_evidence", ""),
        ("class_name", ""),
        ("guardian", ""),
        ("guardian_phone", ""),
    ):
        values[name] = [default if value is None else value for value in values[name]]
    values["name"] = [name and rules.person_name(name) for name in values["name"]]
    relations = zip(values["household_no"], values["household_relation"], strict=True)
    other = HouseholdRelation.OTHER.value
    values["household_relation"] = [(relation or other) if household else "" for household, relation in relations]


class _Rows:
    """The rules of a registration, row by row; what depends on few facts is asked once for each of them."""

    def __init__(self, intake: Intake) -> None:
        self.today = intake.today
        self.pooling_area = intake.pooling_area
        self._reached, self._open = intake.reached_units(), frozenset(_open_units(intake))
        self._unit_in_words = intake.units_in_words()
        self._place_rule = parameters.procedure(intake.pooling_area).place_rule
        self._day = lru_cache(maxsize=50_000)(date.fromisoformat)
        self._standing = lru_cache(maxsize=200_000)(self._decide_standing)
        self._place = lru_cache(maxsize=50_000)(self._check_place)

    def check(self, chunk: Chunk) -> None:
        """Refuse the rows that a counter would refuse, fill what follows from the others."""
        values, bad_rows, raised = chunk.values, chunk.bad_rows, self._raised
        born, sexes, categories = values["born_on"], values["sex"], values["category"]
        letters, first_days, yearly = values["name_initials"], values["enrolled_from"], values["yearly_until"]
        for at, row in enumerate(zip(*(list(values[name]) for name in _READ), strict=True)):
            if at in bad_rows:
                continue
            try:
                born[at], sexes[at], categories[at], first_days[at], yearly[at] = raised(*row[:-1])
            except DomainError as refusal:
                chunk.refuse_for(at, _COLUMN_OF.get(type(refusal), ""), refusal.code, str(refusal))
            else:
                letters[at] = initials(row[-1], surname=True)

    def _raised(
        self,
        certificate_type: str,
        certificate_no: str,
        born_on: str | None,
        sex: str | None,
        category: str | None,
        scheme: str,
        enrolled_on: str,
        hukou_area: str,
        residence_kind: str | None,
        residence_no: str,
        residence_last_day: str | None,
        groups: str | None,
        unit_code: str,
    ) -> tuple[str, str, str, str, str | None]:
        """Birth date, sex, category, first day and the end of yearly groups of one registration.

        Checked in the order of `enrol_person`, so that file and counter refuse with the same words. Raises: OutOfScope,
        the refusals of `rules`, EnrolledInFuture, UnitNotOpen.
        """
        if unit_code not in self._reached:
            raise OutOfScope(unit=self._unit_in_words(unit_code), permission=permission(COUNTER).label)
        kind, first = _CERTIFICATE_TYPES[certificate_type], self._day(enrolled_on)
        identity = rules.identity(
            certificate_type=kind,
            certificate_no=certificate_no,
            born_on=self._day(born_on) if born_on else None,
            sex=_SEXES[sex],
            today=self.today,
        )
        if first > self.today:
            raise EnrolledInFuture(day=first, today=self.today)
        fitting, since = self._standing(identity.born_on, first, category, scheme)
        self._place(hukou_area, kind)
        if residence_kind or kind in rules.RESIDENCE_NEEDED:
            rules.check_residence(
                kind,
                kind=ResidenceKind(residence_kind) if residence_kind else None,
                number=residence_no,
                last_day=self._day(residence_last_day) if residence_last_day else None,
                on=first,
            )
        yearly = None
        if groups:
            for group in groups.strip("{}").replace('"', "").split(","):
                rules.check_special_group(SpecialCategory(group), born_on=identity.born_on, on=first)
            yearly = f"{first.year + 1}-01-01"
        if unit_code not in self._open:
            raise UnitNotOpen(unit=self._unit_in_words(unit_code), area=self.pooling_area)
        return identity.born_on.isoformat(), identity.sex.value, fitting, since, yearly

    def _decide_standing(self, born_on: date, on: date, category: str | None, scheme: str) -> tuple[str, str]:
        """人员类别 and 参保日期. Raises: CategoryUnfit."""
        fitting = PersonCategory(category) if category else rules.category_by_age(born_on, on)
        rules.check_category(Scheme(scheme), fitting, born_on=born_on, on=on)
        return fitting.value, rules.first_day_enrolled(enrolled_on=on, born_on=born_on).isoformat()

    def _check_place(self, hukou_area: str, kind: CertificateType) -> None:
        """Raises: PlaceNotAllowed."""
        rules.check_place(
            hukou_area=hukou_area,
            pooling_area=self.pooling_area,
            certificate_type=kind,
            residence_proof="",
            place_rule=self._place_rule,
        )


# --- the file and the books -----------------------------------------------------------------------------------------


def check(intake: Intake) -> None:
    """What rows have to do with each other, with the operator's reach, and with who is registered already.

    Whoever takes the file in need not be who had it checked: reach and units are asked of the good rows once more.
    """
    _check_file(intake)
    _check_units(intake)
    _check_persons(intake)
    _check_households(intake)
    _check_cards(intake)


def _check_file(intake: Intake) -> None:
    """Nobody twice, no card twice, one head and one village for each household."""
    for columns, where, told in (
        ("certificate_type, certificate_no", "certificate_no IS NOT NULL", "certificate_no"),
        ("card_no", "card_no IS NOT NULL", "card_no"),
        ("household_no", "household_relation = 'head' AND household_no IS NOT NULL", "household_relation"),
    ):
        intake.refuse_repeats(told, columns, where=where)
    intake.refuse(
        "unit_code",
        HouseholdElsewhere,
        found="""{rows} r JOIN (
            SELECT household_no, (array_agg(unit_code ORDER BY row_no))[1] AS known
              FROM {rows} WHERE household_no IS NOT NULL
             GROUP BY household_no HAVING count(DISTINCT unit_code) > 1) apart USING (household_no)
            WHERE r.unit_code <> apart.known""",
        number="household_no",
        known="apart.known",
        given="r.unit_code",
    )


def _open_units(intake: Intake) -> list[str]:
    """The units that gather rolls in the area today (参保单位)."""
    units = platform.units_below(intake.pooling_area, intake.today)
    return [unit.code for unit in units if unit.pooling_area_id == intake.pooling_area]


def _check_units(intake: Intake) -> None:
    """参保单位 within the operator's reach, and open in this area."""
    intake.refuse_out_of_reach("unit_code")
    intake.refuse(
        "unit_code",
        UnitNotOpen,
        found="{rows} r WHERE r.good AND r.unit_code <> ALL(%s)",
        values=(_open_units(intake),),
        unit="r.unit_code",
        area=f"'{intake.pooling_area}'",
    )


_KNOWN_PERSON: Final = """{rows} r JOIN enrolment_person p ON p.certificate_no = r.certificate_no
    AND p.certificate_type = r.certificate_type AND p.merged_into_id IS NULL"""


def _check_persons(intake: Intake) -> None:
    """Who is registered already under another name, as dead, or in a scheme; whose record was merged away."""
    intake.refuse(
        "certificate_no",
        MergedAway,
        found="{rows} r JOIN enrolment_merged_away p ON p.certificate_no = r.certificate_no"
        " AND p.certificate_type = r.certificate_type WHERE r.good AND NOT EXISTS (SELECT FROM enrolment_person o"
        " WHERE o.certificate_no = r.certificate_no AND o.certificate_type = r.certificate_type"
        " AND o.merged_into_id IS NULL)",
        merged="p.person_no",
        survivor="p.surviving_no",
    )
    intake.refuse(
        "name",
        NameDiffers,
        found=f"{_KNOWN_PERSON} WHERE r.good AND p.name <> r.name",
        step="正在核对已登记人员",
        known="p.name",
        given="r.name",
    )
    intake.refuse(
        "certificate_no",
        Deceased,
        found=f"{_KNOWN_PERSON} WHERE r.good AND p.died_on IS NOT NULL",
        died_on="p.died_on",
    )
    for refusal, same in ((AlreadyEnrolled, "="), (BothSchemes, "<>")):
        intake.refuse(
            "certificate_no",
            refusal,
            found=f"""{_KNOWN_PERSON} JOIN LATERAL (
                SELECT scheme, enrolled_from, enrolled_until FROM enrolment_enrolment
                 WHERE person_id = p.id ORDER BY enrolled_from DESC LIMIT 1) e ON true
                WHERE r.good AND e.scheme {same} r.scheme
                  AND (e.enrolled_until IS NULL OR e.enrolled_until > r.enrolled_on)""",
            scheme=f"CASE e.scheme WHEN 'resident' THEN '{Scheme.RESIDENT.label}' ELSE '{Scheme.EMPLOYEE.label}' END",
            person_no="p.person_no",
            since="e.enrolled_from",
        )


def _check_households(intake: Intake) -> None:
    """Households known elsewhere, or with a head."""
    known = "{rows} r JOIN enrolment_household h ON h.pooling_area_id = %s AND h.number = r.household_no"
    intake.refuse(
        "unit_code",
        HouseholdElsewhere,
        found=f"{known} WHERE r.good AND h.unit_code <> r.unit_code",
        values=(intake.pooling_area,),
        step="正在核对户",
        number="h.number",
        known="h.unit_code",
        given="r.unit_code",
    )
    intake.refuse(
        "household_relation",
        HouseholdHasHead,
        found=f"""{known} JOIN enrolment_person p ON p.household_id = h.id AND p.household_relation = 'head'
            WHERE r.good AND r.household_relation = 'head'""",
        values=(intake.pooling_area,),
        number="h.number",
        head="p.name",
    )


def _check_cards(intake: Intake) -> None:
    """Cards of somebody else."""
    intake.refuse(
        "card_no",
        CardTaken,
        found="""{rows} r JOIN enrolment_socialsecuritycard c ON c.number = r.card_no
            JOIN enrolment_person p ON p.id = c.person_id
            WHERE r.good AND (p.certificate_no, p.certificate_type) <> (r.certificate_no, r.certificate_type)""",
        step="正在核对社会保障卡",
        number="r.card_no",
    )


# --- writing --------------------------------------------------------------------------------------------------------


def take_in(intake: Intake) -> int:
    """Households, persons, enrolments, groups, cards: one statement each. Returns how many registrations."""
    _take_in_households(intake)
    _take_in_persons(intake)
    taken = _take_in_enrolments(intake)
    _take_in_groups(intake)
    _take_over_listings(intake)
    _take_in_documents(intake)
    _take_in_cards(intake)
    _take_in_students(intake)
    if taken >= ANALYZED_FROM:
        intake.run("ANALYZE enrolment_person, enrolment_enrolment, enrolment_household, enrolment_socialsecuritycard")
    publish(events.RosterTakenIn(intake.file_id, intake.pooling_area, taken))
    return taken


def _take_in_households(intake: Intake) -> None:
    intake.run(
        """INSERT INTO enrolment_household (pooling_area_id, unit_code, number, address)
           SELECT DISTINCT ON (household_no) %s, unit_code, household_no, address
             FROM {rows} WHERE good AND household_no IS NOT NULL
            ORDER BY household_no, household_relation <> 'head', row_no
           ON CONFLICT (pooling_area_id, number) DO NOTHING""",
        intake.pooling_area,
        step="正在写入户",
    )


def _take_in_persons(intake: Intake) -> None:
    """Who is known keeps the number and moves to the new place; all others are new."""
    known = intake.run(
        f"UPDATE {{rows}} mine SET person_id = p.id FROM {_KNOWN_PERSON} WHERE r.good AND mine.row_no = r.row_no",
        step="正在写入人员",
    )
    if known:
        _bring_up_to_date(intake)
    is_new = "NOT EXISTS (SELECT FROM enrolment_person p WHERE p.id = r.person_id)" if known else "true"
    intake.run(
        f"""INSERT INTO enrolment_person (id, person_no, certificate_type, certificate_no, name, name_initials, sex,
                   ethnicity, born_on, phone, address, hukou_area, pooling_area_id, unit_code, household_id,
                   household_relation, created_at)
            SELECT r.person_id, enrolment_next_person_no(%s), r.certificate_type, r.certificate_no, r.name,
                   r.name_initials, r.sex, r.ethnicity, r.born_on, r.phone, r.address, r.hukou_area, %s, r.unit_code,
                   h.id, r.household_relation, %s
              FROM {{rows}} r
              LEFT JOIN enrolment_household h ON h.pooling_area_id = %s AND h.number = r.household_no
             WHERE r.good AND {is_new}""",
        intake.pooling_area,
        intake.pooling_area,
        intake.now,
        intake.pooling_area,
    )


_JOINS: Final = """{rows} r JOIN enrolment_person p ON p.id = r.person_id
    LEFT JOIN enrolment_household o ON o.id = p.household_id
    LEFT JOIN enrolment_household h ON h.pooling_area_id = %s
         AND h.number = coalesce(r.household_no, CASE WHEN o.unit_code = r.unit_code THEN o.number END)"""


def _bring_up_to_date(intake: Intake) -> None:
    """As `persons._bring_up_to_date` for one: place, household, and what the row says anew (再次参保登记)."""
    intake.run(
        f"""INSERT INTO enrolment_particularchange (person_id, particular, old_value, new_value, effective_on, reason,
                   evidence, staff_code, changed_at)
            SELECT p.id, said.item, said.old, said.new, r.enrolled_on, '再次参保登记', '', %s, %s
              FROM {_JOINS}
              CROSS JOIN LATERAL (VALUES
                   ('phone', p.phone, coalesce(nullif(r.phone, ''), p.phone)),
                   ('address', p.address, coalesce(nullif(r.address, ''), p.address)),
                   ('hukou_area', p.hukou_area, coalesce(nullif(r.hukou_area, ''), p.hukou_area)),
                   ('household', coalesce(o.number, ''), coalesce(h.number, ''))) AS said (item, old, new)
             WHERE r.good AND said.old <> said.new""",
        intake.operator.staff_code,
        intake.now,
        intake.pooling_area,
    )
    intake.run(
        f"""UPDATE enrolment_person moved SET pooling_area_id = %s, unit_code = r.unit_code, household_id = r.joined,
                   phone = coalesce(nullif(r.phone, ''), moved.phone),
                   address = coalesce(nullif(r.address, ''), moved.address),
                   hukou_area = coalesce(nullif(r.hukou_area, ''), moved.hukou_area),
                   household_relation = CASE WHEN r.joined IS NULL THEN ''
                       ELSE coalesce(nullif(r.household_relation, ''), nullif(r.stood, ''),
                                     '{HouseholdRelation.OTHER}') END
              FROM (SELECT r.*, h.id AS joined,
                           CASE WHEN h.id = p.household_id THEN p.household_relation END AS stood
                      FROM {_JOINS} WHERE r.good) r
             WHERE moved.id = r.person_id""",
        intake.pooling_area,
        intake.pooling_area,
    )


def _take_in_enrolments(intake: Intake) -> int:
    return intake.run(
        """INSERT INTO enrolment_enrolment (person_id, pooling_area_id, scheme, unit_code, category, enrolled_from,
                  follows_until, end_reason, created_at)
           SELECT r.person_id, %s, r.scheme, r.unit_code, r.category, r.enrolled_from,
                  (SELECT max(e.enrolled_until) FROM enrolment_enrolment e WHERE e.person_id = r.person_id), '', %s
             FROM {rows} r WHERE r.good""",
        intake.pooling_area,
        intake.now,
        step="正在写入参保关系",
    )


def _take_in_groups(intake: Intake) -> None:
    yearly = [category.value for category in SpecialCategory if category in rules.YEARLY_CATEGORIES]
    intake.run(
        """INSERT INTO enrolment_specialgroupspan (person_id, category, valid_from, valid_until, source, evidence,
                  created_at)
           SELECT r.person_id, listed.category, r.enrolled_on,
                  CASE WHEN listed.category = ANY(%s) THEN r.yearly_until END, '', r.group_evidence, %s
             FROM {rows} r CROSS JOIN LATERAL unnest(r.special_groups) AS listed (category)
            WHERE r.good AND NOT EXISTS (
                  SELECT FROM enrolment_specialgroupspan g
                   WHERE g.person_id = r.person_id AND g.category = listed.category
                     AND (g.valid_until IS NULL OR g.valid_until > r.enrolled_on))""",
        yearly,
        intake.now,
        step="正在写入特殊人员标识",
    )


def _take_in_documents(intake: Intake) -> None:
    """定居、居留证件 (ENR-13): in place of the one before."""
    named = "SELECT person_id FROM {rows} WHERE good AND residence_kind IS NOT NULL"
    intake.run(
        f"UPDATE enrolment_residencedocument SET replaced_at = %s WHERE replaced_at IS NULL AND person_id IN ({named})",
        intake.now,
    )
    intake.run(
        """INSERT INTO enrolment_residencedocument (person_id, kind, number, valid_until, recorded_at)
           SELECT person_id, residence_kind, upper(residence_no), residence_last_day + 1, %s
             FROM {rows} WHERE good AND residence_kind IS NOT NULL""",
        intake.now,
    )


def _take_over_listings(intake: Intake) -> None:
    """名单互认: as `commands.take_over_listings` for one person (ENR-11)."""
    listed = """{rows} r JOIN enrolment_listing l ON l.certificate_no = r.certificate_no
        AND l.certificate_type = r.certificate_type AND l.state = 'open' WHERE r.good"""
    intake.run(
        f"""INSERT INTO enrolment_specialgroupspan (person_id, category, valid_from, valid_until, source, evidence,
                   created_at)
            SELECT r.person_id, l.category, greatest(l.valid_from, r.enrolled_from), l.valid_until, l.source,
                   l.evidence, %s
              FROM {listed} AND (l.valid_until IS NULL OR l.valid_until > greatest(l.valid_from, r.enrolled_from))
               AND NOT EXISTS (SELECT FROM enrolment_specialgroupspan g
                    WHERE g.person_id = r.person_id AND g.category = l.category
                      AND (g.valid_until IS NULL OR g.valid_until > greatest(l.valid_from, r.enrolled_from)))""",
        intake.now,
    )
    intake.run(
        f"""UPDATE enrolment_listing SET state = 'enrolled', closed_at = %s
             WHERE id IN (SELECT l.id FROM {listed})""",
        intake.now,
    )


def _take_in_cards(intake: Intake) -> None:
    """A card for whoever has none in use."""
    intake.run(
        """INSERT INTO enrolment_socialsecuritycard (person_id, number, status, issued_on)
           SELECT r.person_id, r.card_no, 'active', r.enrolled_on
             FROM {rows} r
            WHERE r.good AND r.card_no IS NOT NULL AND NOT EXISTS (
                  SELECT FROM enrolment_socialsecuritycard c
                   WHERE c.person_id = r.person_id AND c.status NOT IN ('replaced', 'cancelled'))""",
        step="正在写入社会保障卡",
    )


def _take_in_students(intake: Intake) -> None:
    """在校关系 of whoever a school registers (GX2017 §9; ENR-12): another school's ends where this one's begins."""
    schools = [unit.code for unit in platform.units_below(intake.pooling_area, intake.today, (UnitLevel.SCHOOL,))]
    if not schools:
        return
    year = intake.today.year if intake.today.month >= FIRST_MONTH_OF_SCHOOL_YEAR else intake.today.year - 1
    mine = "{rows} r WHERE r.good AND r.unit_code = ANY(%s)"
    intake.run(
        f"""UPDATE enrolment_schoollink SET linked_until = greatest(linked_from, %s), end_reason = 'moved'
             WHERE linked_until IS NULL AND person_id IN (SELECT r.person_id FROM {mine})""",
        intake.today,
        schools,
    )
    intake.run(
        f"""INSERT INTO enrolment_schoollink (person_id, school_code, school_year, class_name, guardian,
                   guardian_phone, linked_from, end_reason)
            SELECT r.person_id, r.unit_code, %s, r.class_name, r.guardian, r.guardian_phone, %s, '' FROM {mine}""",
        year,
        intake.today,
        schools,
        step="正在写入在校关系",
    )


def totals(intake: Intake) -> Mapping[str, str]:
    """The figures under the preview."""
    (counted,) = intake.ask(
        "SELECT count(DISTINCT household_no), count(*) FILTER (WHERE special_groups IS NOT NULL),"
        " count(DISTINCT unit_code) FROM {rows} WHERE good"
    )
    households, special, units = counted
    return {_("户数"): str(households), _("特殊人员"): str(special), _("参保单位数"): str(units)}


ROSTER: Final = ImportKind(
    name="roster",
    title="参保花名册",
    permission=PERMISSION,
    counter=COUNTER,
    bring="enrolment.collect",
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    totals=totals,
    extra=EXTRA,
    numbered=NUMBERED,
)

ARRIVING: Final = Incoming("roster_upload", "参保花名册上传", ROSTER.name, partners=(PartnerKind.EDUCATION,))
"""Rosters of schools and villages that another system uploads (SYS-09)."""
