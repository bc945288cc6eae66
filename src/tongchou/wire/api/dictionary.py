"""1901 字典表查询, from the code tables of the specification."""

from typing import Final

from tongchou.wire import specification
from tongchou.wire.errors import UnknownTable
from tongchou.wire.registry import Call, transaction

VALID: Final = "1"
EDITION: Final = 1
CREATED_ON: Final = "2021-01-01"
CREATED_BY: Final = "tongchou"


@transaction("1901")
def query_dictionary(call: Call) -> bytes:
    """字典表查询 (1901): one table in the published order. Raises: UnknownTable."""
    table = call.input.data.type
    entries = specification.code_tables().get(table) or specification.code_tables().get(table.lower())
    if entries is None:
        raise UnknownTable(table=table)
    if (call.input.data.valiFlag or VALID) != VALID:
        entries = {}
    row = call.out.list
    rows = [
        row(
            type=table,
            label=label,
            value=code,
            parentValue=call.input.data.parentValue or "",
            sort=place,
            valiFlag=VALID,
            createUser=CREATED_BY,
            createDate=CREATED_ON,
            version=EDITION,
        )
        for place, (code, label) in enumerate(entries.items(), start=1)
    ]
    return call.answer(call.out.output(list=rows))
