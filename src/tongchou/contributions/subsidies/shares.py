"""分级补助标准 (GX2017 §29; CON-01, CON-26): how the subsidy of a contribution standard is shared by the budgets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from tongchou.contributions.models import ContributionStandard
from tongchou.contributions.subsidies.models import SubsidyApplication, SubsidyShare
from tongchou.contributions.subsidies.states import ApplicationState, Level
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform import checks, trail
from tongchou.platform import queries as platform

SET: Final = "contributions.set_rates"


class SharesDiffer(DomainError):
    code = "CO-5001"
    message = "各级补助合计{shares}元与财政补助标准{standard}元不符"
    citation = "GX2017 §29"


class StandardUnknown(DomainError):
    code = "CO-5002"
    message = "没有编号为{standard}的缴费标准"
    citation = "GX2017 §29"


class SharesInUse(DomainError):
    code = "CO-5003"
    message = "{year}年度已按现行分级标准上报,不能更改"
    citation = "GX2017 §30"


class SharesUnfit(DomainError):
    code = "CO-5004"
    message = "须写明文件依据,各级补助不得为负数"
    citation = "GX2017 §29"


@transaction.atomic
def set_shares(
    *, standard_id: int, each_fen: Mapping[Level, int], source: str, operator: platform.Operator, now: datetime
) -> SubsidyShare:
    """维护分级补助标准: fen per head and budget; together they are the standard's subsidy.

    Raises: StandardUnknown, SharesUnfit, SharesDiffer, SharesInUse, NoPermission, AreaOutOfScope.
    """
    standard = ContributionStandard.objects.select_for_update(of=("self",)).filter(pk=standard_id).first()
    if standard is None:
        raise StandardUnknown(standard=standard_id)
    checks.check_area_in_scope(operator, SET, standard.pooling_area_id, now)
    parts = {level: int(each_fen.get(level, 0)) for level in Level}
    if not source.strip() or min(parts.values()) < 0:
        raise SharesUnfit
    if sum(parts.values()) != standard.subsidy_fen:
        raise SharesDiffer(shares=yuan_text(sum(parts.values())), standard=yuan_text(standard.subsidy_fen))
    known = SubsidyShare.objects.filter(standard=standard).first()
    if known and any(getattr(known, f"{level}_fen") != fen for level, fen in parts.items()):
        _check_free(standard)
    share, _ = SubsidyShare.objects.update_or_create(
        standard=standard,
        defaults={f"{level}_fen": fen for level, fen in parts.items()}
        | {
            "total_fen": standard.subsidy_fen,
            "source": source.strip(),
            "staff_code": operator.staff_code,
            "set_at": now,
        },
    )
    trail.record(
        "contributions.set_shares",
        at=now,
        operator=operator,
        pooling_area=standard.pooling_area_id,
        object_kind="contribution_standard",
        object_key=standard.pk,
        detail={"year": standard.benefit_year, **{level.value: fen for level, fen in parts.items()}},
    )
    return share


def _check_free(standard: ContributionStandard) -> None:
    reported = SubsidyApplication.objects.filter(
        pooling_area_id=standard.pooling_area_id, benefit_year=standard.benefit_year
    ).exclude(state__in=(ApplicationState.DRAFT, ApplicationState.REVIEWED))
    if reported.exists():
        raise SharesInUse(year=standard.benefit_year)
