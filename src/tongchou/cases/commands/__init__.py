"""Every change of cases (业务件命令); by noun in the modules of this package."""

from tongchou.cases.commands.acceptance import Application, Paper, accept_application, decline_application
from tongchou.cases.commands.attachments import attach, attach_own, check_file
from tongchou.cases.commands.chains import set_step_limit
from tongchou.cases.commands.deciding import decide, decide_each, decided, hand_out, withdraw_case
from tongchou.cases.commands.delegation import delegate_post, end_delegation
from tongchou.cases.commands.drafts import discard_drafts, keep_draft, let_drafts_expire
from tongchou.cases.commands.evidence import verify_materials
from tongchou.cases.commands.limits import let_unsupplied_lapse, remind_of_limits
from tongchou.cases.commands.reassigning import reassign_case, reassign_each, tell_leaders_of_unattended
from tongchou.cases.commands.supplements import ask_for_materials, receive_materials

__all__ = [
    "Application",
    "Paper",
    "accept_application",
    "ask_for_materials",
    "attach",
    "attach_own",
    "check_file",
    "decide",
    "decide_each",
    "decided",
    "decline_application",
    "delegate_post",
    "discard_drafts",
    "end_delegation",
    "hand_out",
    "keep_draft",
    "let_drafts_expire",
    "let_unsupplied_lapse",
    "reassign_case",
    "reassign_each",
    "receive_materials",
    "remind_of_limits",
    "set_step_limit",
    "tell_leaders_of_unattended",
    "verify_materials",
    "withdraw_case",
]
