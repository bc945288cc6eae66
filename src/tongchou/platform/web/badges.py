"""State badges (状态): a word, an icon and one of five colours, never the colour alone."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Tone(StrEnum):
    """What a state asks of its reader."""

    RESTING = "resting"  # draft or closed
    HAND = "hand"  # in hand
    WAITING = "waiting"  # waits for somebody, or due soon
    BAD = "bad"  # overdue, refused, reversed
    DONE = "done"


ICONS: Final = {
    Tone.RESTING: "circle-dashed",
    Tone.HAND: "progress",
    Tone.WAITING: "clock",
    Tone.BAD: "alert-triangle",
    Tone.DONE: "circle-check",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """A state as shown."""

    word: Any
    tone: Tone

    @property
    def icon(self) -> str:
        return ICONS[self.tone]

    def __str__(self) -> str:
        return str(self.word)
