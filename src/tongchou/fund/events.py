"""What the books tell the chapters above (账务事件)."""

from dataclasses import dataclass
from datetime import date

from tongchou.fund.states import DocumentKind


@dataclass(frozen=True, slots=True)
class DocumentPosted:
    """业务单据已记账 (GX2017 §95): bank advice and document agree, a second person has reviewed; amounts in fen.

    `origin` and `origin_key` are what the chapter gave when it issued the document.
    """

    number: str
    kind: DocumentKind
    pooling_area: str
    scheme: str
    amount_fen: int
    dated_on: date
    voucher_no: str
    origin: str
    origin_key: str
