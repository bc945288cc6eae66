"""Rows of a table and the persons they name (名单与参保人核对), for every list that begins with name and number."""

from typing import Final

from tongchou.enrolment.commands.persons import Deceased, NameDiffers
from tongchou.enrolment.states import CertificateType
from tongchou.kernel.errors import DomainError
from tongchou.platform.spreadsheets.columns import Column, Holds
from tongchou.platform.spreadsheets.staging import Intake

NUMBERED: Final = {"person_id": "bigint"}
"""What the database fills: whose row it is."""

KNOWN: Final = "{rows} r JOIN enrolment_person p ON p.id = r.person_id"


class NotRegistered(DomainError):
    code = "EN-4091"
    message = "证件号码{number}没有参保登记"
    citation = "GX2017 §6"


NAME: Final = Column("name", "姓名", Holds.TEXT, ("人员姓名",), required=True, longest=50, example="韦小妹")
CERTIFICATE_TYPE: Final = Column(
    "certificate_type",
    "证件类型",
    Holds.CHOICE,
    choices={label: value for value, label in CertificateType.choices} | {"身份证": "01"},
    example="居民身份证",
)
CERTIFICATE: Final = Column(
    "certificate_no",
    "证件号码",
    Holds.CODE,
    ("公民身份号码", "身份证号", "身份证号码", "身份证", "证件号"),
    required=True,
    longest=50,
    example="450102199003071230",
)


def match_persons(intake: Intake) -> None:
    """Find the person of each row by the certificate of now or before; refuse who is unknown, another, dead, far.

    Refuses: NotRegistered, NameDiffers, Deceased, OutOfScope.
    """
    intake.run("UPDATE {rows} SET person_id = NULL WHERE person_id IS NOT NULL")
    intake.run(
        f"""UPDATE {{rows}} r SET person_id = p.id FROM enrolment_person p
             WHERE p.certificate_no = r.certificate_no AND p.merged_into_id IS NULL
               AND p.certificate_type <> '{CertificateType.OTHER}'""",
        step="正在核对参保人",
    )
    intake.run(
        """UPDATE {rows} r SET person_id = p.id
             FROM enrolment_formercertificate f JOIN enrolment_person p ON p.id = f.person_id
            WHERE r.person_id IS NULL AND f.certificate_no = r.certificate_no AND p.merged_into_id IS NULL"""
    )
    intake.refuse(
        "certificate_no",
        NotRegistered,
        found="{rows} r WHERE r.good AND r.person_id IS NULL",
        number="r.certificate_no",
    )
    intake.refuse(
        "name", NameDiffers, found=f"{KNOWN} WHERE r.good AND p.name <> r.name", known="p.name", given="r.name"
    )
    intake.refuse(
        "certificate_no", Deceased, found=f"{KNOWN} WHERE r.good AND p.died_on IS NOT NULL", died_on="p.died_on"
    )
    intake.refuse_out_of_reach("certificate_no", found=KNOWN, unit="p.unit_code")
