"""转移文书 as structured documents: built, written as lines for the exchange, read again, hashed (pure).

A document is lines of (section, item, value). Its hash is over the lines, so that the same words have the same hash in
every house, whatever way they came.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from tongchou.enrolment.transfers.sources import PaidYear
from tongchou.kernel.errors import DomainError

EDITION: Final = "1"
Line = tuple[str, str, str]

REQUIRED: Final = (
    ("transfer", "number"),
    ("transfer", "kind"),
    ("transfer", "document"),
    ("person", "name"),
    ("person", "certificate_type"),
    ("person", "certificate_no"),
    ("person", "born_on"),
    ("person", "sex"),
    ("relation", "from_area"),
    ("relation", "from_agency"),
    ("relation", "to_area"),
    ("relation", "to_agency"),
    ("relation", "from_scheme"),
    ("relation", "to_scheme"),
    ("relation", "starts_on"),
)
"""What the other side cannot do without."""
REQUIRED_OF_LETTER: Final = (
    ("transfer", "number"),
    ("transfer", "answers"),
    ("person", "name"),
    ("person", "certificate_no"),
    ("relation", "from_area"),
    ("relation", "to_area"),
    ("relation", "to_agency"),
)
REQUIRED_OF_ANSWER: Final = (("transfer", "number"), ("transfer", "result"), ("transfer", "ended_on"))
LETTER, TABLE, ANSWER = "letter", "table", "answer"
_NEEDED: Final = {LETTER: REQUIRED_OF_LETTER, ANSWER: REQUIRED_OF_ANSWER}


class DocumentIncomplete(DomainError):
    code = "EN-4061"
    message = "转移文书缺少{item}"
    citation = "GX2017 §16"


class DocumentAltered(DomainError):
    code = "EN-4062"
    message = "转移文书的摘要与内容不符,文书可能被改动或不完整,不能接收"
    citation = "GX2017 §16"


def lines_of(content: Mapping[str, Any]) -> list[Line]:
    """The document as lines, in a fixed order (文书行)."""
    lines: list[Line] = []
    for section in ("transfer", "person", "relation", "use"):
        lines += [(section, item, str(value)) for item, value in sorted(content.get(section, {}).items())]
    for one in content.get("paid", ()):
        said = (one["scheme"], one["year"], one["amount_fen"], one["paid_on"], one["from"], one["until"])
        lines.append(("paid", str(one["year"]), ";".join(str(part or "") for part in said)))
    for at, one in enumerate(content.get("employed", ()), 1):
        lines.append(("employed", str(at), f"{one['from']};{one['until'] or ''};{one['employer']}"))
    lines += [("filing", str(at), text) for at, text in enumerate(content.get("filings", ()), 1)]
    return [(section, item, _plain(value)) for section, item, value in lines]


def _plain(text: str) -> str:
    """Without what parts fields and lines."""
    return text.replace("|", "/").replace("\r", " ").replace("\n", " ")


def digest_of(content: Mapping[str, Any]) -> str:
    """摘要: SHA-256 over the lines."""
    said = "\n".join("|".join(line) for line in lines_of(content))
    return hashlib.sha256(f"{EDITION}\n{said}".encode()).hexdigest()


def read(lines: Iterable[Sequence[str]]) -> tuple[dict[str, Any], str]:
    """The document of its lines, and the hash it states (读取文书). Raises: DocumentIncomplete, DocumentAltered."""
    content: dict[str, Any] = {"transfer": {}, "person": {}, "relation": {}, "use": {}, "paid": [], "filings": []}
    content["employed"] = []
    stated = ""
    for section, item, value in lines:
        if section == "digest":
            stated = value
        elif section == "paid":
            content["paid"].append(_paid(value))
        elif section == "employed":
            content["employed"].append(_employed(value))
        elif section == "filing":
            content["filings"].append(value)
        elif section in content:
            content[section][item] = int(value) if section == "use" and value.isdecimal() else value
    for section, item in _NEEDED.get(content["transfer"].get("document", ""), REQUIRED):
        if not content[section].get(item):
            raise DocumentIncomplete(item=f"{section}.{item}")
    if stated != digest_of(content):
        raise DocumentAltered
    return content, stated


def _paid(value: str) -> dict[str, Any]:
    """Raises: DocumentIncomplete."""
    parts = value.split(";")
    if len(parts) != 6 or not parts[1].isdecimal() or not parts[2].isdecimal():
        raise DocumentIncomplete(item="paid")
    scheme, year, fen, paid_on, first, until = parts
    return {
        "scheme": scheme,
        "year": int(year),
        "amount_fen": int(fen),
        "paid_on": paid_on,
        "from": first or None,
        "until": until or None,
    }


def _employed(value: str) -> dict[str, Any]:
    """Raises: DocumentIncomplete."""
    parts = value.split(";", 2)
    if len(parts) != 3:
        raise DocumentIncomplete(item="employed")
    first, until, employer = parts
    return {"employer": employer, "from": first, "until": until or None}


def told(years: Iterable[PaidYear]) -> list[dict[str, Any]]:
    """Years paid for, as a document says them (缴费记录)."""
    return [
        {
            "scheme": one.scheme,
            "year": one.year,
            "amount_fen": one.amount_fen,
            "paid_on": one.paid_on.isoformat(),
            "from": one.covered_from.isoformat() if one.covered_from else None,
            "until": one.covered_until.isoformat() if one.covered_until else None,
        }
        for one in years
    ]


def years_in(content: Mapping[str, Any]) -> tuple[PaidYear, ...]:
    """Years paid for, of a document (缴费记录)."""
    return tuple(
        PaidYear(
            one["scheme"],
            one["year"],
            one["amount_fen"],
            date.fromisoformat(one["paid_on"]),
            date.fromisoformat(one["from"]) if one["from"] else None,
            date.fromisoformat(one["until"]) if one["until"] else None,
        )
        for one in content.get("paid", ())
    )
