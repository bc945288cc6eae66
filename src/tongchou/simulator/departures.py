"""Endings of the invented city (停保、注销演示数据): a list of the police in hand, another approved, one put right.

Everything goes through the exchange and the commands of enrolment, by the demo operators.
"""

import contextlib
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from tongchou.enrolment import duplicates
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.endings import queries, reports
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.queries import Operator

IMPORTER, REVIEWER = "daiyu", "fuhe"
HEAD: Final = "姓名,证件号码,人员状态,事件日期,文书号"
LISTED: Final = 9
STRANGER: Final = "450102194903074212"


def lay_out(now: datetime) -> int:
    """Two lists: one a fortnight old and partly approved, one of three days ago; answers how many reports there are."""
    importer, reviewer = platform.operator_by_staff_code(IMPORTER), platform.operator_by_staff_code(REVIEWER)
    if importer is None or reviewer is None:
        return 0
    persons = _elders(reviewer, now)
    older, newer = persons[:LISTED], persons[LISTED : 2 * LISTED]
    first = _bring(older, importer, "死亡", now - timedelta(days=14))
    due = [one for one in first if one.state == "held"]
    if due:
        _object(due[0].pk, importer, now - timedelta(days=9))
        reports.approve(report_ids=[one.pk for one in due[1:4]], operator=reviewer, now=now - timedelta(days=2))
    second = _bring(newer, importer, "死亡", now - timedelta(days=3))
    duplicates.find(now)
    return len(first) + len(second)


def _elders(reviewer: Operator, now: datetime) -> list[enrolment.Facts]:
    """Persons the county's reviewer may serve, the oldest first."""
    scope = platform.scope_of(reviewer, "enrolment.review", now.date())
    found = enrolment.find_persons("", scope=scope, on=now.date(), size=200).rows
    known = [enrolment.facts(row.id, now.date()) for row in sorted(found, key=lambda row: row.born_on)]
    return [one for one in known if one is not None and one.scheme == "resident" and one.status == "active"]


def _bring(persons: list[enrolment.Facts], operator: Operator, state: str, at: datetime) -> list[queries.Report]:
    """Import a list as the police send it: one name written otherwise, one number nobody here has."""
    day = (at - timedelta(days=6)).date()
    rows = [
        f"{one.name if nth else one.name[:1] + '某'},{one.certificate_no},{state},{day},公死〔{day.year}〕{nth + 1}号"
        for nth, one in enumerate(persons)
    ]
    rows.append(f"陆外来,{STRANGER},{state},{day},公死〔{day.year}〕99号")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"公安死亡名单{day}.csv"
        file.write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
        with contextlib.suppress(DomainError):  # a city without citizens' numbers has no such list
            preview = imports.check(
                kind="endings",
                pooling_area=persons[0].pooling_area,
                file_name=file.name,
                content=file,
                options={"informant": "police"},
                operator=operator,
                now=at,
            )
            imports.take_in(preview_id=preview.id, mode=Mode.ONLY_GOOD, operator=operator, now=at)
            return queries.reports_of_file(preview.id)
    return []


def _object(report_id: int, operator: Operator, at: datetime) -> None:
    reports.object_to(
        report_id=report_id,
        version=1,
        objector="其女",
        objection="老人健在,名单所列系同名之人",
        operator=operator,
        now=at,
    )
