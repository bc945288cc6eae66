"""Every change of visits and stays (就医管理): registering, changing, uploading, discharging, and undoing each."""

from tongchou.encounters.commands.changing import Changes, change_stay, change_visit, file_readmission
from tongchou.encounters.commands.discharging import discharge, undo_discharge
from tongchou.encounters.commands.filing import (
    cancel_filing,
    close_filing,
    correct_filing,
    extend_filing,
    file_care,
    renew_filing,
)
from tongchou.encounters.commands.registering import cancel_admission, cancel_visit, encounter_row, register
from tongchou.encounters.commands.third_party import decide_third_party, declare_third_party, note_recovery
from tongchou.encounters.commands.uploading import (
    cancel_stay_lines,
    cancel_visit_lines,
    upload_stay_lines,
    upload_visit_lines,
)

__all__ = [
    "Changes",
    "cancel_admission",
    "cancel_filing",
    "cancel_stay_lines",
    "cancel_visit",
    "cancel_visit_lines",
    "change_stay",
    "change_visit",
    "close_filing",
    "correct_filing",
    "decide_third_party",
    "declare_third_party",
    "discharge",
    "encounter_row",
    "extend_filing",
    "file_care",
    "file_readmission",
    "note_recovery",
    "register",
    "renew_filing",
    "undo_discharge",
    "upload_stay_lines",
    "upload_visit_lines",
]
