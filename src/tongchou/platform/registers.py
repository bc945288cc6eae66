"""名录: what a field offers by name while somebody types, and which one of it the text means in the end.

A register answers for some words with a few entries, so that it may hold thousands. What is kept of an entry is its
`value`, mostly a code; a person reads, and may type, any of its names.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tongchou.kernel.errors import DomainError

OFFERED: Final = 12


class NotListed(DomainError):
    code = "PL-1042"
    message = "没有名称或代码为“{text}”的{label},请输入名称的一部分,从列出的项中选择"


class NotTheOnlyOne(DomainError):
    code = "PL-1043"
    message = "{label}“{text}”不止一个,请从列出的项中选择:{names}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of a register (名录项)."""

    value: str
    names: tuple[str, ...]
    """What it is called, the usual name first."""
    within: str = ""
    """Where it lies, to tell it from others of its name."""

    @property
    def shown(self) -> str:
        """How it stands in the field: the name, and the code beside it where the two differ."""
        name = f"{self.names[0]}({self.within})" if self.within else self.names[0]
        return name if self.value == self.names[0] else f"{name} {self.value}"

    def is_meant_by(self, text: str) -> bool:
        """Whether the text is its code, one of its names, or a name with the code behind it."""
        return text in self.names or text.rpartition(" ")[2] == self.value or text == self.shown


@dataclass(frozen=True, slots=True)
class Register:
    """A register: `find(place, words, most)` gives the entries that fit, those that bear exactly this name first.

    `place` is where the asking is done, such as a pooling area. With `others`, what is not in the register may be
    written in words.
    """

    find: Callable[[str, str, int], Sequence[Entry]]
    others: bool = False

    def entry(self, place: str, value: str) -> Entry | None:
        """What is kept under that value (名录项)."""
        return next((one for one in self.find(place, value, OFFERED) if one.value == value), None) if value else None

    def shown(self, place: str, value: str) -> str:
        """The value as a person reads it; as it is, where the register does not know it."""
        found = self.entry(place, value)
        return found.shown if found else value

    def value_of(self, place: str, text: str, *, label: str) -> str:
        """What is kept of the text that somebody typed or chose. Raises: NotListed, NotTheOnlyOne."""
        written = " ".join(text.split())
        if not written:
            return ""
        code = written.rpartition(" ")[2]
        offered = [*self.find(place, written, OFFERED), *(self.find(place, code, OFFERED) if code != written else ())]
        meant = {one.value: one for one in offered if one.is_meant_by(written)}
        if len(meant) > 1:
            raise NotTheOnlyOne(label=label, text=written, names="、".join(one.shown for one in meant.values()))
        if meant:
            return next(iter(meant))
        if self.others and not written.isascii():
            return written
        raise NotListed(label=label, text=written)
