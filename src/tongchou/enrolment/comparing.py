"""名单比对: a department's list held against the register, for every list that says who belongs to something (SYS-06).

A row names a person; against the books it is new, unchanged or of nobody insured here. Of a complete list, whoever the
books have and the list does not name has left on the day of the list. Nothing counts before a second person approves.
"""

from datetime import date
from typing import Final

from tongchou.enrolment import rules
from tongchou.enrolment.states import CertificateType
from tongchou.kernel.errors import DomainError
from tongchou.platform.spreadsheets.chunks import Chunk
from tongchou.platform.spreadsheets.kinds import Option
from tongchou.platform.spreadsheets.staging import Intake

COUNTER: Final = "enrolment.change"
APPROVAL: Final = "enrolment.review"
COMPLETE: Final = "yes"
LIST_DATE: Final = Option("list_date", "名单日期", {}, "")


class ListDateInvalid(DomainError):
    code = "EN-1411"
    message = "名单日期“{given}”应为不晚于今天({today})的日期,如2018-05-31"
    citation = "JL2019 §7"


class CompleteListUnreadable(DomainError):
    code = "EN-1412"
    message = "全量名单中有{rows}行的证件号码无法核对,不能据此终止他人的标识;请改正后重新上传,或按增量名单导入"
    citation = "JL2019 §7"


def list_date(intake: Intake) -> date:
    """名单日期: as the operator gave it, else today. Raises: ListDateInvalid."""
    given = intake.options.get(LIST_DATE.name, "").strip()
    try:
        day = date.fromisoformat(given) if given else intake.today
    except ValueError:
        raise ListDateInvalid(given=given, today=intake.today) from None
    if day > intake.today:
        raise ListDateInvalid(given=given, today=intake.today)
    return day


def is_complete(intake: Intake) -> bool:
    """Whether the list names everybody (全量名单)."""
    return intake.options.get("complete") == COMPLETE


def take_citizens(chunk: Chunk) -> None:
    """A row without a type of certificate is a citizen's (默认居民身份证); names are read as they are kept."""
    chunk.values["name"] = [name and rules.person_name(name) for name in chunk.values["name"]]
    citizen = CertificateType.CITIZEN_ID.value
    chunk.values["certificate_type"] = [kind or citizen for kind in chunk.values["certificate_type"]]


def refuse_false_number(chunk: Chunk, at: int, today: date) -> bool:
    """Citizen numbers are held against GB 11643; whether the row was refused (证件号码校验)."""
    if chunk.values["certificate_type"][at] != CertificateType.CITIZEN_ID.value:
        return False
    try:
        rules.citizen_particulars(chunk.values["certificate_no"][at] or "", today=today)
    except DomainError as refusal:
        chunk.refuse_for(at, "certificate_no", refusal.code, str(refusal))
        return True
    return False


def find_persons(intake: Intake, also: str = "") -> None:
    """By the certificate they have now, else by one they had before (核对已登记人员).

    `also` is what else is copied from the person `p`: `person_name = p.name`.
    """
    copied = f"person_id = p.id{', ' + also if also else ''}"
    intake.run(
        f"""UPDATE {{rows}} r SET {copied} FROM enrolment_person p
            WHERE p.certificate_no = r.certificate_no AND p.certificate_type = r.certificate_type
              AND p.merged_into_id IS NULL""",
        step="正在核对已登记人员",
    )
    intake.run(
        f"""UPDATE {{rows}} r SET {copied}
             FROM enrolment_formercertificate f JOIN enrolment_person p ON p.id = f.person_id
            WHERE r.person_id IS NULL AND f.certificate_no = r.certificate_no
              AND f.certificate_type = r.certificate_type AND p.merged_into_id IS NULL"""
    )


def check_all_readable(intake: Intake) -> None:
    """A row whose person cannot be told might be anybody: then nobody may be held missing.

    Raises: CompleteListUnreadable.
    """
    unreadable = intake.ask("SELECT count(*) FROM {rows} WHERE NOT good AND person_id IS NULL")[0][0]
    if unreadable:
        raise CompleteListUnreadable(rows=unreadable)


def outcomes(intake: Intake) -> dict[str, int]:
    """How many good rows came to each outcome (比对结果)."""
    return dict(intake.ask("SELECT outcome, count(*) FROM {rows} WHERE good GROUP BY outcome"))
