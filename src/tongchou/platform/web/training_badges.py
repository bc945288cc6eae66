"""States of training results as shown (培训结果状态)."""

from datetime import date, timedelta

from django.utils.translation import gettext

from tongchou.platform import training_queries
from tongchou.platform.models import TrainingRecord
from tongchou.platform.states import TrainingResult
from tongchou.platform.web.badges import Badge, Tone


def training_badge(record: TrainingRecord, on: date) -> Badge:
    """合格, 即将到期, 已过期, 不合格 or 作废."""
    if record.voided_at is not None:
        return Badge(gettext("作废"), Tone.RESTING)
    if record.result == TrainingResult.FAILED:
        return Badge(gettext("不合格"), Tone.BAD)
    if record.valid_until is None or record.valid_until > on + timedelta(days=training_queries.ENDING_DAYS):
        return Badge(gettext("合格"), Tone.DONE)
    if record.valid_until > on:
        return Badge(gettext("%(days)s 日后到期") % {"days": (record.valid_until - on).days}, Tone.WAITING)
    return Badge(gettext("已过期"), Tone.BAD)
