"""Tables of the exchange (数据交换): who is at the other end, what they owe us, files, and links."""

from tongchou.exchange.models.duties import HandOff, PartnerDuty
from tongchou.exchange.models.figures import FiguresReport
from tongchou.exchange.models.files import (
    ExchangeAgreement,
    FileFormat,
    ImportChunk,
    ImportFile,
    ImportProblem,
    OutgoingChunk,
    OutgoingFile,
    Partner,
    PartnerReceipt,
    RejectedRow,
)
from tongchou.exchange.models.links import (
    Arrival,
    ArrivalChunk,
    DayTotal,
    Delivery,
    LinkOutage,
    PartnerKey,
    PartnerLink,
)

__all__ = [
    "Arrival",
    "ArrivalChunk",
    "DayTotal",
    "Delivery",
    "ExchangeAgreement",
    "FiguresReport",
    "FileFormat",
    "HandOff",
    "ImportChunk",
    "ImportFile",
    "ImportProblem",
    "LinkOutage",
    "OutgoingChunk",
    "OutgoingFile",
    "Partner",
    "PartnerDuty",
    "PartnerKey",
    "PartnerLink",
    "PartnerReceipt",
    "RejectedRow",
]
