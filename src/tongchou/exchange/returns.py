"""退回文件: what an import left out, back to the partner as a file, under an agreement for `rejections`."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from tongchou.exchange import outgoing
from tongchou.exchange.flows import MANAGE, Flow
from tongchou.exchange.imports import files
from tongchou.exchange.models import ImportFile, OutgoingFile, RejectedRow
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform

FLOW_NAME: Final = "rejections"
COLUMNS: Final = ("line_no", "row_no", "object_key", "subject", "code", "reason", "amount_fen")


class NothingToReturn(DomainError):
    code = "EX-2321"
    message = "文件“{file}”没有退回的明细"
    citation = "JL2019 §51"


class NoPartnerOfFile(DomainError):
    code = "EX-2322"
    message = "文件“{file}”不是交换对象送来的,没有可退回的对象"
    citation = "JL2019 §51"


def _rows(incoming_id: int) -> Iterator[Sequence[Any]]:
    found = RejectedRow.objects.filter(incoming_id=incoming_id).order_by("id")
    fields = ("row_no", "object_key", "subject", "code", "reason", "amount_fen")
    for line, row in enumerate(found.values_list(*fields).iterator(2000), 1):
        yield (line, *row[:-1], row[-1] or 0)


FLOW: Final = Flow(FLOW_NAME, "退回明细文件", MANAGE, COLUMNS, _rows)


@transaction.atomic
def make_rejection_file(*, incoming_id: int, operator: platform.Operator, now: datetime) -> OutgoingFile:
    """制作退回文件 for the partner whose file it was; once made, it is that one.

    Raises: FileUnknown, NoPartnerOfFile, NothingToReturn, NothingAgreed, ValueUnfit, NoPermission, AreaOutOfScope.
    """
    file = files.get(incoming_id)
    platform_checks.check_area_in_scope(operator, MANAGE, file.pooling_area_id, now)
    if file.partner is None:
        raise NoPartnerOfFile(file=file.file_name)
    ImportFile.objects.select_for_update(of=("self",)).get(pk=incoming_id)
    made = OutgoingFile.objects.filter(flow=FLOW_NAME, object_key=incoming_id).exclude(state="cancelled").first()
    if made is not None:
        return made
    amounts = list(RejectedRow.objects.filter(incoming_id=incoming_id).values_list("amount_fen", flat=True))
    if not amounts:
        raise NothingToReturn(file=file.file_name)
    return outgoing.make_file(
        flow=FLOW_NAME,
        partner=file.partner,
        object_key=incoming_id,
        unit_code=operator.org_unit_id,
        rows=len(amounts),
        total_fen=sum(one or 0 for one in amounts),
        operator=operator,
        now=now,
    )
