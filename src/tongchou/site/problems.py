"""What may stop the house from starting, said so that its reader can mend it (启动与运维提示).

These are not business refusals: the reader is whoever types a command on the machine. Each problem has a code, one
sentence in Chinese and one in English, and the next step in both.
"""


class SetupProblem(Exception):
    """A foreseen obstacle of the machine: shown as a sentence and a next step, never as a traceback (环境问题)."""

    def __init__(self, code: str, chinese: str, english: str, *, then: str, then_english: str) -> None:
        super().__init__(f"{code} {chinese}")
        self.code = code
        self.chinese = chinese
        self.english = english
        self.then = then
        self.then_english = then_english

    def text(self) -> str:
        """Four short lines for a terminal: what, what to do, and both again in English (终端提示)."""
        return (
            f"✗ {self.chinese} ({self.code})\n"
            f"  怎么办: {self.then}\n"
            f"  {self.english}\n"
            f"  What to do: {self.then_english}"
        )
