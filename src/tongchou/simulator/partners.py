"""Invented banks and a tax office (模拟交换对象), marked as such: what is agreed with them, and how their files look.

Two banks with different formats: one writes delimited UTF-8, the other fixed width in GB18030 (SYS-07, SYS-29).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils import timezone

from tongchou.exchange import commands
from tongchou.exchange.states import Direction, Frequency, PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.platform.queries import Operator, holders_of_permission

WITHHOLDING, DEBIT_ROLL, REFUNDS, TAX_ROSTER = "withholding", "debit_roll", "refunds", "tax_roster"
_CODES_OF_CREDIT_UNION: Final = {
    "0000": "ok", "0001": "part", "1051": "balance", "1014": "no_account", "1015": "wrong_name", "1036": "frozen",
    "1090": "no_mandate", "9999": "other",
}  # fmt: skip
_CODES_OF_FARM_BANK: Final = {
    "00": "ok", "01": "part", "51": "balance", "14": "no_account", "15": "wrong_name", "36": "frozen",
    "90": "no_mandate", "99": "other",
}  # fmt: skip


def _mark(value: str, width: int = 0) -> dict[str, Any]:
    return {"name": "mark", "holds": "mark", "value": value} | ({"width": width} if width else {})


def _fields(*told: tuple[str, str, int]) -> list[dict[str, Any]]:
    return [{"name": name, "holds": holds} | ({"width": width} if width else {}) for name, holds, width in told]


_DELIMITED: Final = {"shape": "delimited", "delimiter": "|", "encoding": "utf-8"}
_FIXED: Final = {"shape": "fixed", "encoding": "gb18030", "line_end": "crlf"}

FORMATS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "nxs.withhold": (
        "农信社代扣盘",
        _DELIMITED
        | {
            "file_name": "NXDK_{day}_{serial}.txt",
            "head": [_mark("DK"), *_fields(("number", "text", 0), ("partner", "text", 0), ("day", "day", 0),
                                           ("rows", "whole", 0), ("total_fen", "yuan", 0))],
            "row": _fields(("line_no", "whole", 0), ("account_no", "text", 0), ("holder_name", "text", 0),
                           ("amount_fen", "yuan", 0), ("year", "whole", 0)),
        },
    ),
    "nxs.result": (
        "农信社代扣回盘",
        _DELIMITED
        | {
            "head": [_mark("HP"), *_fields(("number", "text", 0), ("partner", "text", 0))],
            "row": _fields(("line_no", "whole", 0), ("account_no", "text", 0), ("paid_fen", "yuan", 0),
                           ("code", "text", 0), ("paid_on", "day", 0), ("reference", "text", 0)),
            "tail": [_mark("END"), *_fields(("rows", "whole", 0), ("total_fen", "yuan", 0))],
            "codes": _CODES_OF_CREDIT_UNION,
        },
    ),
    "nyh.withhold": (
        "农业银行代扣盘",
        _FIXED
        | {
            "file_name": "ABC{day}{serial}.dat",
            "head": [_mark("H", 1), *_fields(("number", "text", 30), ("rows", "whole", 8), ("total_fen", "fen", 15))],
            "row": _fields(("line_no", "whole", 8), ("account_no", "text", 32), ("holder_name", "text", 60),
                           ("amount_fen", "fen", 12), ("year", "whole", 4)),
        },
    ),
    "nyh.result": (
        "农业银行代扣回盘",
        _FIXED
        | {
            "head": [_mark("R", 1), *_fields(("number", "text", 30), ("rows", "whole", 8), ("total_fen", "fen", 15))],
            "row": _fields(("line_no", "whole", 8), ("account_no", "text", 32), ("paid_fen", "fen", 12),
                           ("code", "text", 2), ("paid_on", "day", 8), ("reference", "text", 20)),
            "tail": [_mark("TT", 2), *_fields(("rows", "whole", 8), ("total_fen", "fen", 15))],
            "codes": _CODES_OF_FARM_BANK,
        },
    ),
    "nxs.roll": (
        "农信社花名册",
        _DELIMITED
        | {
            "head": [_mark("HM"), *_fields(("number", "text", 0), ("partner", "text", 0), ("rows", "whole", 0))],
            "row": _fields(("line_no", "whole", 0), ("mandate_no", "text", 0), ("account_no", "text", 0),
                           ("holder_name", "text", 0)),
        },
    ),
    "sw.roster": (
        "税务征收名册",
        _DELIMITED
        | {
            "file_name": "ZS_{day}_{serial}.txt",
            "head": [_mark("ZS"), *_fields(("number", "text", 0), ("partner", "text", 0), ("day", "day", 0),
                                           ("rows", "whole", 0), ("total_fen", "yuan", 0))],
            "row": _fields(("line_no", "whole", 0), ("person_no", "text", 0), ("certificate_no", "text", 0),
                           ("name", "text", 0), ("unit_code", "text", 0), ("amount_fen", "yuan", 0),
                           ("year", "whole", 0), ("change", "text", 0)),
        },
    ),
    "nxs.roll_answer": (
        "农信社花名册回复",
        _DELIMITED
        | {
            "head": [_mark("HF"), *_fields(("number", "text", 0), ("partner", "text", 0), ("rows", "whole", 0))],
            "row": _fields(("line_no", "whole", 0), ("code", "text", 0)),
            "codes": _CODES_OF_CREDIT_UNION,
        },
    ),
}  # fmt: skip


class NobodyApproves(DomainError):
    code = "SM-0121"
    message = "没有另一名可以核准文件格式的人员"


@dataclass(frozen=True, slots=True)
class _Agreed:
    partner: str
    flow: str
    sent_as: str
    answered_as: str = ""
    """Empty: nothing comes back but a receipt."""


PARTNERS: Final = (
    ("NXS", "桂宁农村信用社(模拟)", PartnerKind.BANK),
    ("NYH", "农业银行桂宁分行(模拟)", PartnerKind.BANK),
    ("SW", "桂宁市税务局(模拟)", PartnerKind.TAX),
)
AGREED: Final = (
    _Agreed("NXS", WITHHOLDING, "nxs.withhold", "nxs.result"),
    _Agreed("NYH", WITHHOLDING, "nyh.withhold", "nyh.result"),
    _Agreed("NXS", DEBIT_ROLL, "nxs.roll", "nxs.roll_answer"),
    _Agreed("NXS", REFUNDS, "nxs.withhold", "nxs.result"),
    _Agreed("SW", TAX_ROSTER, "sw.roster"),
)


def enter_partners(
    *, pooling_area: str, since: date, operator: Operator, now: datetime, approver: Operator | None = None
) -> dict[str, int]:
    """The partners of an area with formats and agreements, through the commands (登记交换对象). Their ids by code.

    Formats are approved by `approver`, or else by somebody else who may. Raises: NobodyApproves.
    """
    second = approver or somebody_else(operator, now)
    formats = {
        code: commands.add_format(
            code=code, name=name, definition=definition, valid_from=since, operator=operator, now=now
        )
        for code, (name, definition) in FORMATS.items()
    }
    for one in formats.values():
        if one.approved_at is None:
            commands.approve_format(format_id=one.pk, operator=second, now=now)
    partners = {
        code: commands.register_partner(
            pooling_area=pooling_area, code=code, name=name, kind=kind, operator=operator, now=now
        ).pk
        for code, name, kind in PARTNERS
    }
    for one in AGREED:
        commands.agree(
            partner_id=partners[one.partner],
            flow=one.flow,
            direction=Direction.BOTH if one.answered_as else Direction.OUT,
            frequency=Frequency.YEARLY,
            sent_as_id=formats[one.sent_as].pk,
            answered_as_id=formats[one.answered_as].pk if one.answered_as else None,
            responsible="征缴科",
            legal_basis="GX2017 §7、§23" if one.answered_as else "JL2019 §12",
            valid_from=since,
            operator=operator,
            now=now,
        )
    return partners


def somebody_else(operator: Operator, now: datetime) -> Operator:
    """Another who may approve formats (另一核准人). Raises: NobodyApproves."""
    known = holders_of_permission("exchange.approve", timezone.localdate(now))
    found = next((one for one in known if one.citizen_id != operator.citizen_id), None)
    if found is None:
        raise NobodyApproves
    return found
