"""Every change of enrolment (参保登记办理); by noun in the modules of this package."""

from tongchou.enrolment.commands.blocks import block_benefits, lift_block
from tongchou.enrolment.commands.cards import (
    apply_for_card,
    cancel_card,
    issue_card,
    mark_ready,
    report_card_found,
    report_card_lost,
    report_own_card_lost,
)
from tongchou.enrolment.commands.changes import (
    ChangeRequest,
    change_category,
    change_own_particulars,
    change_particulars,
    move_to_household,
)
from tongchou.enrolment.commands.groups import end_special_group, record_special_group
from tongchou.enrolment.commands.listings import close_listing
from tongchou.enrolment.commands.persons import Registration, enrol_person
from tongchou.enrolment.commands.relations import record_death, resume, suspend, terminate
from tongchou.enrolment.commands.residence import renew_document
from tongchou.enrolment.commands.steps import PersonUnknown, lock, lock_all

__all__ = [
    "ChangeRequest",
    "PersonUnknown",
    "Registration",
    "apply_for_card",
    "block_benefits",
    "cancel_card",
    "change_category",
    "change_own_particulars",
    "change_particulars",
    "close_listing",
    "end_special_group",
    "enrol_person",
    "issue_card",
    "lift_block",
    "lock",
    "lock_all",
    "mark_ready",
    "move_to_household",
    "record_death",
    "record_special_group",
    "renew_document",
    "report_card_found",
    "report_card_lost",
    "report_own_card_lost",
    "resume",
    "suspend",
    "terminate",
]
