"""The words of policy packages and of their explanations in the reader's language (政策用语).

Policy is pure and speaks Chinese: its labels are looked up here, those made of parts are put together from them.
"""

import re
from typing import Final

from django.conf import settings
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

_PATTERNS: Final = (
    (re.compile(r"^第(?P<number>\d+)段内费用$"), _("第%(number)s段内费用")),
    (re.compile(r"^第(?P<number>\d+)段应付$"), _("第%(number)s段应付")),
    (re.compile(r"^(?P<what>.+)支付后余额$"), _("%(what)s支付后余额")),
    (re.compile(r"^(?P<what>.+)各项标准均不更优惠$"), _("%(what)s各项标准均不更优惠")),
    (re.compile(r"^(?P<what>.+)剩余额度$"), _("%(what)s剩余额度")),
    (re.compile(r"^(?P<what>.+)起付线$"), _("%(what)s起付线")),
    (re.compile(r"^(?P<what>.+)应付$"), _("%(what)s应付")),
    (re.compile(r"^(?P<what>.+)支付$"), _("%(what)s支付")),
    (re.compile(r"^(?P<what>.+)\(调整后\)$"), _("%(what)s(调整后)")),
    (re.compile(r"^(?P<what>.+):提高(?P<by>.+?)\((?P<article>.+)\)$"), _("%(what)s:提高%(by)s(%(article)s)")),
    (re.compile(r"^(?P<what>.+):降低(?P<by>.+?)\((?P<article>.+)\)$"), _("%(what)s:降低%(by)s(%(article)s)")),
    (re.compile(r"^原比例的(?P<ratio>[\d.]+%)$"), _("原比例的%(ratio)s")),
    (re.compile(r"^(?P<amount>[\d,.]+)元$"), _("%(amount)s元")),
    (re.compile(r"^(?P<points>[\d.]+)个百分点$"), _("%(points)s个百分点")),
    (re.compile(r"^(?P<months>\d+)个月$"), _("%(months)s个月")),
    (re.compile(r"^(?P<month>\d+)月(?P<day>\d+)日$"), _("%(month)s月%(day)s日")),
    (re.compile(r"^(?P<low>[\d,.]+)元以上(?P<ratio>[\d.]+%)$"), _("%(low)s元以上%(ratio)s")),
    (re.compile(r"^(?P<low>[\d,.]+)–(?P<high>[\d,.]+)元(?P<ratio>[\d.]+%)$"), _("%(low)s–%(high)s元%(ratio)s")),
)
_LABELS: Final = frozenset({"what", "by"})


_JOINTS: Final = (re.compile(";"), re.compile(r",(?=\D)"))
"""Between bands, and between remarks; a comma before a digit belongs to an amount."""


def in_words(label: str) -> str:
    """A label, a value or a remark of a policy package (政策用语)."""
    if not label or get_language() == settings.LANGUAGE_CODE:
        return label
    if (known := gettext(label)) != label:
        return known
    for joint in _JOINTS:
        if len(parts := joint.split(label)) > 1:
            return f"{joint.pattern[0]} ".join(map(in_words, parts))
    for pattern, template in _PATTERNS:
        if found := pattern.match(label):
            named = {name: in_words(part) if name in _LABELS else part for name, part in found.groupdict().items()}
            return gettext(template) % named
    return label
