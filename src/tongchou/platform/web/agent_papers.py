"""委托书 as paper (GX2017 §4; ORG-04): what is commissioned, until when, signed by both."""

from datetime import timedelta

from django.http import Http404, HttpResponse
from reportlab.platypus import Flowable, Spacer

from tongchou.platform import agent_queries, queries
from tongchou.platform.models import Commission
from tongchou.platform.models.trail import NO_AREA
from tongchou.platform.states import AgentRole, AgentType
from tongchou.platform.web.access import PageRequest, check_unit, page
from tongchou.platform.web.paper import LABEL, WIDTH, grid, pairs, paragraph, verification_code
from tongchou.platform.web.printing import Print, printed

ROOM_TO_SIGN = 60
SAYS = (
    "兹委托上述机构在有效期内代为办理所列事项。受托机构须由指定人员办理,按规范收集、整理业务资料并定期移交归档"
    "(GX2017 §126);超出委托事项或有效期的业务不得办理。零星报销的审核和基金支付由经办机构统一进行(GX2017 §83)。"
)


@page("agents.view")
def commission(request: PageRequest, code: str, commission_id: int) -> HttpResponse:
    """委托书: counted, reprints marked."""
    given = agent_queries.commission(commission_id)
    if given is None or given.office.unit_id != code:
        raise Http404
    check_unit(request, code, kind="agent", key=code)
    number = given.agreement_no or f"{code}-{given.pk}"
    what = Print(
        agency=queries.agency_name(code, given.valid_from),
        title="城乡居民医保业务委托书",
        number=number,
        code=verification_code("commission", given.pk, given.valid_from, given.valid_until, *given.items),
        action="platform.commission_printed",
        object_kind="commission",
        object_key=f"commission:{given.pk}",
        pooling_area=given.office.unit.pooling_area_id or NO_AREA,
        unit_code=code,
        file_name=f"commission-{given.pk}",
    )
    return printed(request, what, _body(given))


def _body(given: Commission) -> list[Flowable]:
    office, names = given.office, agent_queries.item_names()
    said = [
        ("受托机构", office.name),
        ("机构代码", office.unit_id),
        ("性质", AgentRole(office.role).label),
        ("类型", AgentType(office.type).label),
        ("负责人", given.responsible),
        ("联系电话", given.phone),
        ("生效日期", given.valid_from.isoformat()),
        ("有效期至", (given.valid_until - timedelta(days=1)).isoformat()),
    ]
    items = [[paragraph(str(at)), paragraph(names.get(code, code))] for at, code in enumerate(given.items, start=1)]
    signing = ["经办机构(盖章):", "受托机构(盖章)、负责人签名:"]
    return [
        Spacer(WIDTH, 6),
        pairs(said, empty="—"),
        Spacer(WIDTH, 8),
        grid([[paragraph("序号", LABEL), paragraph("委托事项", LABEL)], *items], (0.1, 0.9), heads=1),
        Spacer(WIDTH, 8),
        paragraph(SAYS),
        Spacer(WIDTH, 10),
        grid([[paragraph(one) for one in signing]], [0.5, 0.5], height=ROOM_TO_SIGN),
    ]
