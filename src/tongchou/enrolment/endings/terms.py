"""Words that the counter's form and the paper form of an ending share (注销登记用语)."""

from typing import Final

from tongchou.enrolment.states import EndingReason

SELF, AGENT, HEIR = "self", "agent", "heir"
APPLICANTS: Final = ((SELF, "本人"), (AGENT, "委托人"), (HEIR, "继承人"))
YES_NO: Final = (("yes", "是"), ("no", "否"))


def choices(*reasons: EndingReason) -> tuple[tuple[str, str], ...]:
    return tuple((one.value, str(one.label)) for one in reasons)


SUSPENSION_CHOICES: Final = choices(EndingReason.EMPLOYEE, EndingReason.ARMY, EndingReason.OTHER)
TERMINATION_CHOICES: Final = choices(
    EndingReason.DEATH,
    EndingReason.MISSING,
    EndingReason.MOVED_OUT,
    EndingReason.ABROAD,
    EndingReason.EMPLOYEE,
    EndingReason.SENTENCE,
)
"""Every area's; which of them count in an area `reasons` says."""
