"""Every change of visits and stays (就医管理): registering, changing, uploading, discharging, and undoing each."""

from tongchou.encounters.commands.changing import Changes, change_stay, change_visit, file_readmission
from tongchou.encounters.commands.discharging import discharge, undo_discharge
from tongchou.encounters.commands.registering import cancel_admission, cancel_visit, encounter_row, register
from tongchou.encounters.commands.uploading import (
    cancel_stay_lines,
    cancel_visit_lines,
    upload_stay_lines,
    upload_visit_lines,
)

__all__ = [
    "Changes",
    "cancel_admission",
    "cancel_stay_lines",
    "cancel_visit",
    "cancel_visit_lines",
    "change_stay",
    "change_visit",
    "discharge",
    "encounter_row",
    "file_readmission",
    "register",
    "undo_discharge",
    "upload_stay_lines",
    "upload_visit_lines",
]
