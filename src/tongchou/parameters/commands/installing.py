"""Package files entered as they are (安装政策包文件): first data of an agency, and packages of a region."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from tongchou.kernel.errors import DomainError
from tongchou.parameters import texts
from tongchou.parameters.models import PolicyVersion
from tongchou.parameters.shelving import compose_below, lock_shelf, put
from tongchou.parameters.states import Origin
from tongchou.policy.packages import Package

Label = tuple[str, str, str, str]


class AlreadyInForce(DomainError):
    code = "PA-1101"
    message = "{file}与库中同一版本({label})内容不同:已生效的政策包不能改动,请另存为更正版(@公布日)"
    citation = "GX2017 §134"


@transaction.atomic
def install(files: Sequence[Path], *, now: datetime) -> list[PolicyVersion]:
    """安装政策包: every file or none; one that stands already is passed over. Returns what came in.

    Raises: PackageRefused with every fault of a file, AlreadyInForce, AlreadyKnown.
    """
    lock_shelf()
    standing = _standing()
    entered = []
    for file, text, package in sorted(map(_read, files), key=lambda read: (read[2].valid_from, read[2].known_from)):
        known = standing.get(_label(package))
        if known == text or PolicyVersion.objects.filter(content_hash=package.hash).exists():
            continue
        if known is not None:
            raise AlreadyInForce(file=file, label=package.label)
        entered.append(_enter(package, text, now))
    return entered


def install_shipped(*, now: datetime) -> tuple[list[PolicyVersion], list[DomainError]]:
    """随系统提供的政策包: what is not there yet comes in; what stands otherwise stays, and is told of.

    Looks at the texts first, so that a start with nothing new reads no package.
    """
    entered: list[PolicyVersion] = []
    refused: list[DomainError] = []
    known = set(_standing().values())
    for file in sorted(Path(settings.POLICIES).glob("*/*/*.yaml")):
        if texts.tidy(file.read_text(encoding="utf-8")) in known:
            continue
        try:
            entered += install([file], now=now)
        except DomainError as refusal:
            refused.append(refusal)
    return entered, refused


def _standing() -> dict[Label, str]:
    found = PolicyVersion.objects.values_list("area", "scheme", "valid_from", "known_from", "text")
    return {(area, scheme, str(start), str(known)): text for area, scheme, start, known, text in found}


def _label(package: Package) -> Label:
    return package.area, package.scheme, str(package.valid_from), str(package.known_from)


def _read(file: Path) -> tuple[Path, str, Package]:
    text = texts.tidy(file.read_text(encoding="utf-8"))
    return file, text, Package.parse(text.encode(), str(file))


def _enter(package: Package, text: str, now: datetime) -> PolicyVersion:
    version = put(package, text, now=now, origin=Origin.FILE)
    compose_below(version, package, now=now)
    return version
