"""Signing keys (签名密钥): a secret per side, agreed outside the house; a new one overlaps the old (decision 0231)."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q

from tongchou.exchange.envelopes import ALGORITHMS, Key
from tongchou.exchange.models import Partner, PartnerKey
from tongchou.exchange.states import KeySide
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail

MANAGE: Final = "exchange.manage"
SHORTEST: Final = 32
OVERLAP: Final = timedelta(days=7)
"""How long the old key goes on being good beside the new one, unless told otherwise."""


class KeyTwice(DomainError):
    code = "EX-2421"
    message = "{partner}已有编号为“{key}”的密钥"
    citation = "GX2017 §129"


class KeyTooShort(DomainError):
    code = "EX-2422"
    message = "密钥至少{least}个字符"
    citation = "GX2017 §129"


class KeyMissing(DomainError):
    code = "EX-2423"
    message = "没有与{partner}约定的{side}密钥,不能经链路交换"
    citation = "GX2017 §129"


class AlgorithmUnknown(DomainError):
    code = "EX-2424"
    message = "签名算法应为{known}"
    citation = "GX2017 §129"


def new_secret() -> str:
    """A secret that nobody can guess (生成密钥)."""
    return secrets.token_hex(32)


@transaction.atomic
def add_key(
    *,
    partner_id: int,
    side: KeySide,
    key_no: str,
    secret: str,
    algorithm: str = ALGORITHMS[0],
    overlap: timedelta = OVERLAP,
    operator: platform.Operator,
    now: datetime,
) -> PartnerKey:
    """登记或更换密钥: good from now; those before it stay good for `overlap`, so that files under way still count.

    Raises: PartnerUnknown, KeyTwice, KeyTooShort, AlgorithmUnknown, NoPermission, AreaOutOfScope.
    """
    partner = locked_partner(partner_id, operator, now)
    if len(secret) < SHORTEST:
        raise KeyTooShort(least=SHORTEST)
    if algorithm not in ALGORITHMS:
        raise AlgorithmUnknown(known="、".join(ALGORITHMS))
    earlier = PartnerKey.objects.filter(partner=partner, side=side)
    earlier.filter(Q(valid_until=None) | Q(valid_until__gt=now + overlap)).update(valid_until=now + overlap)
    try:
        with transaction.atomic():
            made = PartnerKey.objects.create(
                partner=partner,
                side=side,
                key_no=key_no.strip(),
                algorithm=algorithm,
                secret=secret,
                valid_from=now,
                staff_code=operator.staff_code,
                created_at=now,
            )
    except IntegrityError:
        raise KeyTwice(partner=partner.name, key=key_no) from None
    trail.record(
        "exchange.add_key",
        at=now,
        operator=operator,
        pooling_area=partner.pooling_area_id,
        object_kind="partner",
        object_key=partner.pk,
        detail={"side": side.value, "key": made.key_no, "overlap_days": overlap.days},
    )
    return made


class PartnerGone(DomainError):
    code = "EX-2425"
    message = "没有编号为{partner}的交换对象"
    citation = "JL2019 §50"


def locked_partner(partner_id: int, operator: platform.Operator, now: datetime) -> Partner:
    """The partner, for a change; a step of the caller.

    Raises: PartnerGone, NoPermission, AreaOutOfScope.
    """
    partner = Partner.objects.select_for_update().filter(pk=partner_id).first()
    if partner is None:
        raise PartnerGone(partner=partner_id)
    platform_checks.check_area_in_scope(operator, MANAGE, partner.pooling_area_id, now)
    return partner


def good_keys(partner_id: int, side: KeySide, now: datetime) -> list[Key]:
    """The keys that count at this instant, the newest first (有效密钥)."""
    found = PartnerKey.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=now), partner_id=partner_id, side=side, valid_from__lte=now
    )
    return [Key(one.key_no, one.secret, one.algorithm) for one in found.order_by("-valid_from", "-id")]


def signing_key(partner: Partner, now: datetime) -> Key:
    """The key under which we sign (我方签名密钥). Raises: KeyMissing."""
    found = good_keys(partner.pk, KeySide.OURS, now)
    if not found:
        raise KeyMissing(partner=partner.name, side="我方签名")
    return found[0]
