"""Every change of the platform (平台命令); by noun in the modules of this package."""

from tongchou.platform.commands.calendar import (
    approve_calendar_year,
    ensure_calendar,
    import_calendar_year,
    reject_calendar_year,
    remind_of_provisional_years,
)
from tongchou.platform.commands.demo import ensure_demo_operators
from tongchou.platform.commands.notices import mark_read, send_notice
from tongchou.platform.commands.operators import (
    change_password,
    disable_operator,
    enable_operator,
    end_sessions,
    put_due_leaves_in_force,
    record_leave,
    register_operator,
    reset_password,
    transfer_operator,
)
from tongchou.platform.commands.organisation import (
    close_org_unit,
    count_open_business,
    delete_org_unit,
    open_business_of,
    open_org_unit,
    open_pooling_area,
    put_due_changes_in_force,
    rename_org_unit,
)
from tongchou.platform.commands.posts import (
    daily_sod_check,
    ensure_standard_posts,
    grant_post,
    grant_scope,
    revoke_post,
    revoke_scope,
)
from tongchou.platform.commands.second_factor import (
    begin_binding,
    binding_begun,
    confirm_binding,
    renew_recovery_codes,
    reset_second_factor,
)
from tongchou.platform.commands.sessions import sign_in, sign_out, unlock_operator
from tongchou.platform.commands.trail import record_trail, seal_trail

__all__ = [
    "approve_calendar_year",
    "begin_binding",
    "binding_begun",
    "change_password",
    "close_org_unit",
    "confirm_binding",
    "count_open_business",
    "daily_sod_check",
    "delete_org_unit",
    "disable_operator",
    "enable_operator",
    "end_sessions",
    "ensure_calendar",
    "ensure_demo_operators",
    "ensure_standard_posts",
    "grant_post",
    "grant_scope",
    "import_calendar_year",
    "mark_read",
    "open_business_of",
    "open_org_unit",
    "open_pooling_area",
    "put_due_changes_in_force",
    "put_due_leaves_in_force",
    "record_leave",
    "record_trail",
    "register_operator",
    "reject_calendar_year",
    "remind_of_provisional_years",
    "rename_org_unit",
    "renew_recovery_codes",
    "reset_password",
    "reset_second_factor",
    "revoke_post",
    "revoke_scope",
    "seal_trail",
    "send_notice",
    "sign_in",
    "sign_out",
    "transfer_operator",
    "unlock_operator",
]
