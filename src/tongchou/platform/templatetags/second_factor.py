"""`{% second_factor %}`: the field for the one-time code, for every form that approves money or policy (SYS-11)."""

from typing import Any

from django import template

from tongchou.platform import second_factor as factors
from tongchou.platform.authentication import from_this_machine
from tongchou.platform.web import access

register = template.Library()


@register.inclusion_tag("platform/parts/second_factor.html", takes_context=True)
def second_factor(context: template.Context, error: str = "") -> dict[str, Any]:
    """The field named `second_factor`, with what went wrong the last time; demo operators are told a code."""
    request = context["request"]
    operator = request.user
    return {
        "bound": factors.has(operator),
        "error": error,
        "demo_code": factors.demo_code(operator, access.now()) if from_this_machine(request) else "",
        "is_demo": operator.is_demo,
    }
