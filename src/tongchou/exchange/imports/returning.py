"""退回有误行 (SYS-09, ENR-12): what an import left out becomes work of the office it concerns, with field and rule."""

from typing import Final

from tongchou.exchange import commands
from tongchou.exchange.models import ImportFile
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake

OBJECT_KIND: Final = "import_row"

_BAD: Final = """
SELECT DISTINCT ON (p.row_no) coalesce(u.code, {home}) AS unit_code, p.row_no, '{kind}' AS object_kind,
       p.file_id || '-' || p.row_no AS object_key, {subject} AS subject, NULL::bigint AS amount_fen, p.code,
       string_agg(concat_ws(':', nullif(p."column", ''), p.reason), ';') OVER (PARTITION BY p.row_no ORDER BY p.id
           ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS reason
  FROM exchange_importproblem p JOIN {rows} r ON r.row_no = p.row_no
  LEFT JOIN platform_orgunit u ON u.code = {office}
 WHERE p.file_id = %s ORDER BY p.row_no, p.id
"""


def return_bad_rows(file: ImportFile, kind: ImportKind, intake: Intake) -> int:
    """退回有误行 to the office each row names, else to the office that took the file in; a step of the import.

    Returns how many; the names are masked, for the list goes where the person may not be seen (ORG-02).
    """
    columns = {**intake.column_types, **intake.numbered}
    name = next((one for one in ("name", "holder_name") if one in columns), "")
    statement = (
        _BAD.replace("{office}", kind.office or ("nullif(r.unit_code, '')" if "unit_code" in columns else "NULL"))
        .replace("{subject}", f"concat(left(r.{name}, 1), '**')" if name else "'第' || p.row_no || '行'")
        .replace("{home}", "%s")
        .replace("{kind}", OBJECT_KIND)
        .replace("{rows}", intake.rows)
    )
    return commands.reject_rows(
        statement,
        intake.operator.org_unit_id,
        file.pk,
        flow=kind.name,
        pooling_area=file.pooling_area_id,
        incoming_id=file.pk,
        now=intake.now,
    )
