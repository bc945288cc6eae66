"""出生名单 of the health authorities (JL2019 §6; GX2017 §22, 26; ENR-14; SYS-06): newborns not yet registered.

Taking the list in registers nobody: parents do that, within three months. It names them to the village of the mother,
else of the father, so that somebody tells them in time.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.utils.translation import gettext_noop as _

from tongchou.enrolment import comparing, rules
from tongchou.enrolment.endings.lists import EventAhead
from tongchou.enrolment.states import CertificateType, Sex
from tongchou.enrolment.unregistered import commands
from tongchou.enrolment.unregistered.states import LeadSource
from tongchou.exchange.flows import Incoming
from tongchou.exchange.states import PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake

PERMISSION: Final = "imports.endings"


class CertificateFaulty(DomainError):
    code = "EN-5204"
    message = "出生医学证明编号{number}应为一个字母和九位数字"
    citation = "GX2017 §7(一)"


LAYOUT: Final = Layout(
    "出生名单",
    (
        Column(
            "certificate_no",
            "出生医学证明编号",
            Holds.CODE,
            ("出生证编号", "证明编号"),
            required=True,
            longest=10,
            example="O450012345",
        ),
        Column("name", "新生儿姓名", Holds.TEXT, ("姓名",), longest=50, example="韦小宝"),
        Column(
            "sex",
            "性别",
            Holds.CHOICE,
            required=True,
            choices={str(one.label): one.value for one in Sex},
            example="男",
        ),
        Column("born_on", "出生日期", Holds.DATE, ("出生时间",), required=True, example="2018-03-02"),
        Column("mother_name", "母亲姓名", Holds.TEXT, required=True, longest=50, example="覃秀"),
        Column("mother_no", "母亲身份证号码", Holds.CODE, ("母亲证件号码",), longest=18, example="450102199003071230"),
        Column("father_no", "父亲身份证号码", Holds.CODE, ("父亲证件号码",), longest=18, example="450102198805123456"),
        Column("phone", "联系电话", Holds.CODE, ("电话",), longest=30, example="13800001234"),
    ),
)
NUMBERED: Final = {"parent_unit": "text", "outcome": "text"}


def row_rule(intake: Intake) -> RowRule:
    """The certificate's form, a birth that has happened, parents' numbers held against GB 11643."""

    def apply(chunk: Chunk) -> None:
        values = chunk.values
        for name in ("name", "mother_no", "father_no", "phone"):
            values[name] = [text or "" for text in values[name]]
        for at, (number, born) in enumerate(zip(values["certificate_no"], values["born_on"], strict=True)):
            if at in chunk.bad_rows or number is None or born is None:
                continue
            if rules.CERTIFICATE_SHAPES[CertificateType.BIRTH_CERTIFICATE].fullmatch(number) is None:
                chunk.refuse_for(at, "certificate_no", CertificateFaulty.code, str(CertificateFaulty(number=number)))
            elif date.fromisoformat(born) > intake.today:
                chunk.refuse_for(at, "born_on", EventAhead.code, str(EventAhead(day=born, today=intake.today)))
            else:
                _check_parents(chunk, at, intake.today)

    return apply


def _check_parents(chunk: Chunk, at: int, today: date) -> None:
    for column in ("mother_no", "father_no"):
        if number := chunk.values[column][at]:
            try:
                rules.citizen_particulars(number, today=today)
            except DomainError as refusal:
                chunk.refuse_for(at, column, refusal.code, str(refusal))


_KNOWN: Final = f"""EXISTS (SELECT FROM enrolment_person p
    WHERE p.certificate_no = r.certificate_no AND p.certificate_type = '{CertificateType.BIRTH_CERTIFICATE}')
 OR EXISTS (SELECT FROM enrolment_formercertificate f
    WHERE f.certificate_no = r.certificate_no AND f.certificate_type = '{CertificateType.BIRTH_CERTIFICATE}')"""
_WAITS: Final = f"""EXISTS (SELECT FROM enrolment_unregisteredlead l
    WHERE l.certificate_no = r.certificate_no AND l.source = '{LeadSource.BIRTH}' AND l.state <> 'registered')"""


def check(intake: Intake) -> None:
    """Who is named twice; whose parents live here; who is registered already or waits."""
    intake.refuse_repeats("certificate_no")
    intake.run("UPDATE {rows} SET parent_unit = NULL, outcome = NULL")
    for column in ("mother_no", "father_no"):
        intake.run(
            f"""UPDATE {{rows}} r SET parent_unit = p.unit_code FROM enrolment_person p
                 WHERE r.parent_unit IS NULL AND r.{column} <> '' AND p.certificate_no = r.{column}
                   AND p.merged_into_id IS NULL AND p.pooling_area_id = %s""",
            intake.pooling_area,
            step="正在核对父母参保登记",
        )
    intake.refuse_out_of_reach(
        "mother_no", found="(SELECT * FROM {rows} WHERE parent_unit IS NOT NULL) r", unit="r.parent_unit"
    )
    intake.run(
        f"""UPDATE {{rows}} r SET outcome = CASE WHEN {_KNOWN} THEN 'registered' WHEN {_WAITS} THEN 'waiting'
                WHEN parent_unit IS NULL THEN 'stranger' ELSE 'local' END WHERE r.good""",
        step="正在与参保登记比较",
    )


def totals(intake: Intake) -> Mapping[str, str]:
    """已登记、待走访、父母未登记、已在名单 under the preview."""
    counted = comparing.outcomes(intake)
    return {
        _("未登记新生儿"): str(counted.get("local", 0)),
        _("父母不在本地登记"): str(counted.get("stranger", 0)),
        _("已登记"): str(counted.get("registered", 0)),
        _("已在名单"): str(counted.get("waiting", 0)),
    }


_NAMED: Final = f"""
SELECT coalesce(r.parent_unit, '') AS unit_code, '{CertificateType.BIRTH_CERTIFICATE}' AS certificate_type,
       r.certificate_no, CASE r.name WHEN '' THEN concat(r.mother_name, CASE r.sex WHEN 'F' THEN '之女' ELSE '之子' END)
                                     ELSE r.name END AS name,
       r.born_on, r.phone AS contact, concat('母亲', r.mother_name) AS note, r.born_on AS happened_on
  FROM {{rows}} r WHERE r.good AND r.outcome IN ('local', 'stranger')
"""


def take_in(intake: Intake) -> int:
    """列入 the newborns nobody has registered; of parents unknown here, at the office that brought the list."""
    return commands.note_names(intake, LeadSource.BIRTH, _NAMED)


BIRTHS: Final = ImportKind(
    name="births",
    title="出生名单",
    permission=PERMISSION,
    counter=comparing.COUNTER,
    layout=LAYOUT,
    row_rule=row_rule,
    check=check,
    take_in=take_in,
    totals=totals,
    numbered=NUMBERED,
)
ARRIVING: Final = Incoming("births", "出生名单", BIRTHS.name, partners=(PartnerKind.HEALTH,))
