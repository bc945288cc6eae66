"""Whether to offer an import (导入入口): the kind is registered, and a post of the operator allows it."""

from django.http import HttpRequest

from tongchou.platform.spreadsheets import kinds
from tongchou.platform.web import access


def may_open(request: HttpRequest, name: str) -> bool:
    """May the operator look into a file of that kind, as who brings such files or approves them? (能否查看)"""
    return may_import(request, name) or any(
        kind.name == name and kind.approval and access.may(request, kind.approval) for kind in kinds.registered()
    )


def may_import(request: HttpRequest, name: str) -> bool:
    """Is there such a kind of import, and may the operator use it? (能否导入)"""
    return any(
        kind.name == name and access.may(request, kind.permission, work=kind.work) for kind in kinds.registered()
    )
