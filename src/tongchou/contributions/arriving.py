"""来件项目 of contributions (SYS-05, SYS-07): what banks and tax offices send over links, read by which import."""

from collections.abc import Mapping
from typing import Final

from tongchou.contributions import collection, mandate_files
from tongchou.contributions.aid import answers as aid_answers
from tongchou.contributions.aid import commands as aid
from tongchou.contributions.refunds import answers as refund_answers
from tongchou.contributions.refunds import commands as refunds
from tongchou.contributions.states import Channel
from tongchou.exchange.flows import Incoming, Parcelled, answered
from tongchou.exchange.states import PartnerKind


def _by_tax(parcelled: Parcelled) -> Mapping[str, str]:
    """Collected by the tax office."""
    return {"channel": Channel.TAX.value}


AIDING: Final = (PartnerKind.CIVIL_AFFAIRS, PartnerKind.POVERTY_RELIEF, PartnerKind.DISABLED)

AWAITED: Final = (
    Incoming(collection.FLOW_NAME, "代扣结果", "withholding", answered, partners=(PartnerKind.BANK,)),
    Incoming("debit_roll", "花名册回复", mandate_files.ROLL_ANSWERS.name, answered, partners=(PartnerKind.BANK,)),
    Incoming(refunds.FLOW_NAME, "退费结果", refund_answers.RESULTS.name, answered, partners=(PartnerKind.BANK,)),
    Incoming(aid.FLOW_NAME, "资助名册回复", aid_answers.RESULTS.name, answered, partners=AIDING),
    Incoming(
        "tax_results",
        "税务征收结果",
        "contributions",
        _by_tax,
        office="r.office",
        day="r.paid_on",
        amount="r.amount_fen",
        partners=(PartnerKind.TAX,),
    ),
)
