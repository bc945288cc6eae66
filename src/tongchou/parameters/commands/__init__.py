"""Every change of policy (政策参数办理)."""

from tongchou.parameters.commands.deciding import approve, return_draft
from tongchou.parameters.commands.drafting import (
    run_golden,
    save_text,
    save_values,
    start_draft,
    start_local_draft,
    submit,
    withdraw,
)
from tongchou.parameters.commands.installing import install, install_shipped

__all__ = [
    "approve",
    "install",
    "install_shipped",
    "return_draft",
    "run_golden",
    "save_text",
    "save_values",
    "start_draft",
    "start_local_draft",
    "submit",
    "withdraw",
]
