"""Words that pages of the lower chapters need for values of the higher ones (共用词): schemes and kinds of care."""

from typing import Final

from django.utils.translation import gettext_noop as _

SCHEMES: Final = {"resident": _("城乡居民基本医疗保险"), "employee": _("职工基本医疗保险")}
CARE_KINDS: Final = {
    "outpatient": _("普通门诊"),
    "chronic": _("门诊特殊慢性病"),
    "pharmacy": _("定点药店购药"),
    "inpatient": _("住院"),
    "maternity": _("生育住院"),
    "day_surgery": _("日间手术"),
    "home_bed": _("家庭病床"),
    "emergency": _("急诊"),
}
