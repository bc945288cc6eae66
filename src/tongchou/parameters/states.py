"""The life of a draft (草稿状态), and where a version came from (来历)."""

from typing import Final

from django.db.models import TextChoices


class DraftState(TextChoices):
    """草稿状态."""

    DRAFTING = "drafting", "起草"
    SUBMITTED = "submitted", "送审"
    APPROVED = "approved", "核准"
    RETURNED = "returned", "退回"
    WITHDRAWN = "withdrawn", "撤回"


TRANSITIONS: Final = {
    (DraftState.DRAFTING, DraftState.SUBMITTED): "ORG-23",
    (DraftState.RETURNED, DraftState.SUBMITTED): "ORG-23",
    (DraftState.SUBMITTED, DraftState.APPROVED): "ORG-22",
    (DraftState.SUBMITTED, DraftState.RETURNED): "ORG-23",
    (DraftState.DRAFTING, DraftState.WITHDRAWN): "ORG-23",
    (DraftState.RETURNED, DraftState.WITHDRAWN): "ORG-23",
    (DraftState.SUBMITTED, DraftState.WITHDRAWN): "ORG-23",
}

EDITABLE: Final = (DraftState.DRAFTING, DraftState.RETURNED)
"""In these the text may be changed."""

OPEN: Final = (DraftState.DRAFTING, DraftState.RETURNED, DraftState.SUBMITTED)
"""In these something is still to be done."""


class DraftKind(TextChoices):
    """What a draft becomes."""

    PACKAGE = "package", "政策包"
    LOCAL = "local", "地方细则"


class Origin(TextChoices):
    """How a version came to be."""

    FILE = "file", "文件安装"
    DRAFT = "draft", "起草核准"
    COMPOSED = "composed", "按地方细则合成"


class DraftAction(TextChoices):
    """What was done with a draft (草稿经过)."""

    STARTED = "started", "起草"
    SAVED = "saved", "保存"
    GOLDEN = "golden", "运行算例"
    SUBMITTED = "submitted", "送审"
    RETURNED = "returned", "退回"
    WITHDRAWN = "withdrawn", "撤回"
    APPROVED = "approved", "核准"
