"""The operators of the invented city (演示人员): one for each post, at each level; none of them exists.

`unit_level` says at which level of the invented tree the operator works; the simulator says which unit that is.
Citizen ID numbers are put together from an area code, a birth date and a counter.
"""

from dataclasses import dataclass
from typing import Final

from stdnum.cn import ric

from tongchou.platform.states import UnitLevel

DEMO_PASSWORD: Final = "tongchou-demo"
"""Of every demo operator; it opens the door from the same machine only."""

DEMO_SECRET: Final = b"invented-city-secret"
"""From which the one-time codes of every demo operator are made, so that approvals can be tried without a device."""


@dataclass(frozen=True, slots=True)
class DemoOperator:
    """An invented member of staff with the posts held."""

    staff_code: str
    name: str
    unit_level: UnitLevel
    posts: tuple[str, ...]
    citizen_id: str


def _citizen_id(counter: int) -> str:
    """An invented number with a correct check digit; born in the seventies and eighties."""
    body = f"450102{1970 + counter % 20}{1 + counter % 12:02d}{1 + counter * 7 % 28:02d}{100 + counter:03d}"
    return body + ric.calc_check_digit(body + "0")


_PEOPLE = (
    ("shouli", "韦小燕", UnitLevel.COUNTY, ("clerk",)),
    ("chushen", "黄志强", UnitLevel.COUNTY, ("reviewer",)),
    ("fuhe", "李秀梅", UnitLevel.COUNTY, ("second_reviewer",)),
    ("shenpi", "陆建国", UnitLevel.COUNTY, ("approver",)),
    ("daiyu", "梁丽华", UnitLevel.COUNTY, ("eligibility",)),
    ("kuaiji", "覃玉兰", UnitLevel.CITY, ("accountant",)),
    ("chuna", "蒙晓峰", UnitLevel.CITY, ("cashier",)),
    ("caiwufuhe", "农春玲", UnitLevel.CITY, ("finance_reviewer",)),
    ("jihe", "莫国栋", UnitLevel.CITY, ("auditor",)),
    ("neikong", "潘文静", UnitLevel.CITY, ("internal_controller",)),
    ("tongji", "罗海燕", UnitLevel.CITY, ("statistician",)),
    ("dangan", "唐桂英", UnitLevel.CITY, ("archivist",)),
    ("xieyi", "陈大明", UnitLevel.CITY, ("agreement_manager", "payment_manager")),
    ("mulu", "何雪芳", UnitLevel.CITY, ("catalogue_manager",)),
    ("jiankong", "谢振宇", UnitLevel.CITY, ("monitor",)),
    ("zhengce", "周明远", UnitLevel.CITY, ("policy_maker",)),
    ("lingdao", "吴卫东", UnitLevel.CITY, ("leader",)),
    ("xinxi", "邓凯", UnitLevel.CITY, ("information",)),
    ("xitong", "苏磊", UnitLevel.CITY, ("system_admin",)),
    ("anquan", "石岩", UnitLevel.CITY, ("security_admin",)),
    ("shenji", "方静", UnitLevel.CITY, ("trail_auditor",)),
    ("shengji", "赵立新", UnitLevel.PROVINCE, ("leader",)),
    ("zhengce2", "林慧敏", UnitLevel.PROVINCE, ("policy_maker",)),
    ("xiangzhen", "班秀珍", UnitLevel.TOWN, ("clerk",)),
    ("yibaoke", "廖美玲", UnitLevel.INSTITUTION_OFFICE, ("institution_officer",)),
    ("zhengjiao", "覃丽芬", UnitLevel.CITY, ("clerk", "eligibility")),
    ("cunwei", "韦美兰", UnitLevel.VILLAGE, ("village_assistant",)),
    ("xuexiao", "黄文华", UnitLevel.SCHOOL, ("school_assistant",)),
    ("cunxieban", "韦秋菊", UnitLevel.VILLAGE, ("village_assistant",)),
    ("zhenshenhe", "黄立群", UnitLevel.TOWN, ("eligibility",)),
    ("caiwufuhe2", "卢静怡", UnitLevel.CITY, ("finance_reviewer",)),
)

DEMO_OPERATORS: Final = tuple(
    DemoOperator(staff_code, name, unit_level, posts, _citizen_id(counter))
    for counter, (staff_code, name, unit_level, posts) in enumerate(_PEOPLE, start=1)
)
