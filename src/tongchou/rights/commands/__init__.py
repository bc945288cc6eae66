"""Every change of rights (个人权益命令); by noun in the modules of this package."""

from tongchou.rights.commands.applications import decide_application, file_application, give_extract
from tongchou.rights.commands.batches import cancel_batch, print_batch, start_batch, start_working, work_on_batch
from tongchou.rights.commands.certificates import (
    issue_certificate,
    issue_roster,
    print_certificate,
    withdraw_certificate,
)
from tongchou.rights.commands.mandates import end_mandate, give_mandate, register_guardian
from tongchou.rights.commands.messages import answer_sms
from tongchou.rights.commands.notices import choose_sms, mark_all_read, tell
from tongchou.rights.commands.objections import (
    answer_objection,
    check_objection,
    file_objection,
    withdraw_objection,
)
from tongchou.rights.commands.progress import ask_progress
from tongchou.rights.commands.verifying import verify

__all__ = [
    "answer_objection",
    "answer_sms",
    "ask_progress",
    "cancel_batch",
    "check_objection",
    "choose_sms",
    "decide_application",
    "end_mandate",
    "file_application",
    "file_objection",
    "give_extract",
    "give_mandate",
    "issue_certificate",
    "issue_roster",
    "mark_all_read",
    "print_batch",
    "print_certificate",
    "register_guardian",
    "start_batch",
    "start_working",
    "tell",
    "verify",
    "withdraw_certificate",
    "withdraw_objection",
    "work_on_batch",
]
