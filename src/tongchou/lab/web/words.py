"""How replays are told on pages (测算用语): states, values of dimensions, periods, differences."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.encounters.states import CareKind
from tongchou.kernel.money import yuan_text
from tongchou.lab.models import Replay
from tongchou.lab.states import Dimension, ReplayState
from tongchou.lab.tally import AGES, NONE, SIZES
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.policy_words import in_words

_TONES: Final = {
    ReplayState.QUEUED: Tone.WAITING,
    ReplayState.RUNNING: Tone.HAND,
    ReplayState.DONE: Tone.DONE,
    ReplayState.CANCELLED: Tone.RESTING,
    ReplayState.FAILED: Tone.BAD,
}
UNITS: Final = {"yuan": _("元"), "percent": "%", "points": _("个百分点"), "": ""}
MINUS: Final = "\u2212"
PPM: Final = 1_000_000


def state_badge(replay: Replay) -> Badge:
    """测算状态 as shown."""
    state = ReplayState(replay.state)
    return Badge(state.label, _TONES[state])


def percent_done(replay: Replay) -> int:
    """How far it is, in whole hundredths."""
    if replay.state == ReplayState.DONE:
        return 100
    return min(99, replay.rows_read * 100 // replay.rows) if replay.rows else 0


def value_words(
    dimension: Dimension, value: str, package: Mapping[str, Mapping[str, str]], units: Mapping[str, str]
) -> str:
    """A value of a dimension in the reader's language: `三级`, `低保对象`, `45–59岁`, `少付100–500元`."""
    if dimension is Dimension.AGE:
        return _age(value)
    if dimension is Dimension.SIZE:
        return _size(int(value))
    if dimension is Dimension.AREA:
        return units.get(value, value)
    if dimension is Dimension.KIND:
        return gettext(CareKind(value).label)
    if dimension is Dimension.LEVEL:
        return gettext("无等级") if value == NONE else in_words(package["levels"].get(value, value))
    if dimension is Dimension.GROUP:
        if value == NONE:
            return gettext("普通参保人")
        return gettext("、").join(in_words(package["groups"].get(one, one)) for one in value.split("+"))
    return value


def _age(value: str) -> str:
    if value == NONE:
        return gettext("年龄不详")
    first = int(value)
    after = next((age for age in AGES if age > first), None)
    if after is None:
        return gettext("%(age)s岁以上") % {"age": first}
    return gettext("%(from)s–%(to)s岁") % {"from": first, "to": after - 1}


def _size(least: int) -> str:
    if not least:
        return gettext("不变")
    after = next((size for size in SIZES if size > abs(least)), None)
    low = 0 if abs(least) == SIZES[0] else abs(least) // 100
    amount = f"{low:,}–{after // 100:,}" if after else gettext("%(yuan)s以上") % {"yuan": f"{low:,}"}
    words = gettext("少付 %(amount)s") if least > 0 else gettext("多付 %(amount)s")
    return words % {"amount": amount}


def signed_yuan(fen: int) -> str:
    """A difference: `+1,200.00`, `−3.50`, `0.00`."""
    text = yuan_text(abs(fen), grouped=True)
    return text if not fen else f"{'+' if fen > 0 else MINUS}{text}"


def signed_percent(part: int, whole: int) -> str:
    """A difference as a share of the whole, in hundredths of a percent, half up."""
    if not whole:
        return "—"
    hundredths = (abs(part) * 20_000 + whole) // (2 * whole)
    sign = "" if not hundredths else "+" if part > 0 else MINUS
    return f"{sign}{hundredths // 100}.{hundredths % 100:02d}%"
