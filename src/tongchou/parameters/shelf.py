"""The packages in force, kept in the process (政策包书架): the tables say which, and each text is read once.

A package is known by the hash of what it says, so a package once read is never read again; when a version comes in,
every process has the new book within a second and reads only the new text (decision 0171).
"""

import contextlib
import threading
from collections.abc import Collection, Iterator
from typing import Final

from tongchou.parameters.models import PolicyVersion
from tongchou.platform.versions import VersionedCache
from tongchou.policy.packages import Package, PolicyBook

_packages: Final[dict[str, Package]] = {}
_reading: Final = threading.Lock()
_instead: list[PolicyBook] = []


class VersionDamaged(RuntimeError):
    """A stored text is not what its hash says: nothing may be settled on it."""


def book() -> PolicyBook:
    """Every package known, as of at most a second ago."""
    if _instead:
        return _instead[-1]
    found = _books.get("")
    assert found is not None
    return found


@contextlib.contextmanager
def using(other: PolicyBook) -> Iterator[None]:
    """Use this book for a block, in every thread of the process (tests)."""
    _instead.append(other)
    try:
        yield
    finally:
        _instead.pop()


def shelf_of(area: str, scheme: str) -> tuple[Package, ...]:
    """The packages of one area and scheme as the tables have them now, in their order."""
    hashes = PolicyVersion.objects.filter(area=area, scheme=scheme).values_list("content_hash", flat=True)
    return PolicyBook.of(_read_packages(list(hashes))).shelves.get((area, scheme), ())


def package_of(content_hash: str) -> Package:
    """The package of one stored version. Raises: KeyError."""
    (package,) = _read_packages([content_hash])
    return package


def remember(package: Package) -> None:
    """A package just compiled here need not be read again; its hash says what it is, whatever becomes of its row."""
    _packages.setdefault(package.hash, package)


def _read_book(keys: Collection[str]) -> dict[str, PolicyBook]:
    hashes = list(PolicyVersion.objects.values_list("content_hash", flat=True))
    return {"": PolicyBook.of(_read_packages(hashes))}


def _read_packages(hashes: Collection[str]) -> list[Package]:
    """The packages of these hashes; only those not met before are read and compiled."""
    if any(one not in _packages for one in hashes):
        with _reading:
            unknown = [one for one in hashes if one not in _packages]
            texts = PolicyVersion.objects.filter(content_hash__in=unknown).values_list("content_hash", "text")
            for content_hash, text in texts:
                package = Package.parse(text.encode(), f"政策包 {content_hash[:12]}")
                if package.hash != content_hash:
                    raise VersionDamaged(content_hash)
                _packages[content_hash] = package
    return [_packages[one] for one in hashes]


_books: Final = VersionedCache[str, PolicyBook]("parameters_policyshelf", _read_book)
