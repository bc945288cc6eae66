"""What must be filled in (必填), for every command of the exchange."""

from tongchou.kernel.errors import DomainError


class NotFilled(DomainError):
    code = "EX-2203"
    message = "须填写{what}"
    citation = "JL2019 §50"


def check_filled(**texts: str) -> None:
    """Raises: NotFilled, for the first that is blank."""
    for what, text in texts.items():
        if not text.strip():
            raise NotFilled(what=what)
