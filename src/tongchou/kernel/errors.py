"""Refusals (业务拒绝): what a clerk or a hospital is told when a rule says no."""

from typing import Any, ClassVar


class DomainError(Exception):
    """A foreseen refusal: a code, a Chinese sentence with the figures it compared, and the article behind it.

    Subclasses are declared beside the command that raises them. `message` is filled with the keyword arguments;
    anything that is not a `DomainError` is a fault of ours.
    """

    code: ClassVar[str] = "TC-0000"
    message: ClassVar[str] = "不能办理"
    citation: ClassVar[str] = ""

    def __init__(self, **figures: Any) -> None:
        self.figures = figures
        super().__init__(self.message.format(**figures))

    @property
    def sentence(self) -> str:
        """What the clerk reads: the reason, then the article in brackets."""
        return f"{self}({self.citation})" if self.citation else str(self)
