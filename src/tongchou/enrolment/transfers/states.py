"""The life of a transfer (转移接续状态; ENR-26…28)."""

from typing import Final

from django.db import models


class TransferKind(models.TextChoices):
    """转移类别."""

    AREA = "area", "跨统筹区转移"
    SCHEME = "scheme", "险种间转移"


class TransferState(models.TextChoices):
    """转移状态 (GX2017 §16); the application itself is the case."""

    OUT_DONE = "out_done", "转出办结"
    AWAITING = "awaiting", "待转入"
    IN_DONE = "in_done", "转入办结"
    RETURNED = "returned", "退回"
    WITHDRAWN = "withdrawn", "撤回"


OPEN: Final = (TransferState.OUT_DONE, TransferState.AWAITING)
"""Closed on one side, not yet taken up on the other."""

TRANSITIONS: Final = {
    (TransferState.OUT_DONE, TransferState.AWAITING): "GX2017 §16",
    (TransferState.AWAITING, TransferState.IN_DONE): "GX2017 §16",
    (TransferState.AWAITING, TransferState.RETURNED): "ENR-28",
    (TransferState.OUT_DONE, TransferState.WITHDRAWN): "ENR-28",
    (TransferState.AWAITING, TransferState.WITHDRAWN): "ENR-28",
}


class Side(models.TextChoices):
    """Which side of the transfer is in this house."""

    BOTH = "both", "本系统内"
    OUT = "out", "转出至外地"
    IN = "in", "外地转入"


class DocumentKind(models.TextChoices):
    """转移文书 (GX2017 §16; 人社厅发〔2016〕94号)."""

    PROOF = "proof", "参保缴费凭证"
    LETTER = "letter", "转移接续联系函"
    TABLE = "table", "关系转移接续信息表"
    ANSWER = "answer", "转入回执"
