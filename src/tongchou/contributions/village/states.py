"""States of collection by villages (村级代收)."""

from typing import Final

from django.db import models


class SheetState(models.TextChoices):
    """代收日报状态."""

    OPEN = "open", "收取中"
    DEPOSITED = "deposited", "已缴存"


SHEET_TRANSITIONS: Final = {(SheetState.OPEN, SheetState.DEPOSITED): "the bank's slip of the exact sum, the same day"}
