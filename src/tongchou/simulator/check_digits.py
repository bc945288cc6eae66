"""Numbers with check digits, for whole arrays at once (证件号码、统一社会信用代码).

The same algorithms as `stdnum.cn.ric` and `stdnum.cn.uscc`, which check single numbers; the tests compare them.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

ID_WEIGHTS: Final = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
ID_CHECKS: Final = np.frombuffer(b"10X98765432", dtype=np.uint8)
USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
SERIALS_PER_SEX: Final = 500
"""Three digits of order, odd for men and even for women: so many persons of one sex may share county and birthday."""

SERIAL_STEP: Final = 137
"""Coprime to 500: consecutive births of a day get serials that look unordered and never collide."""

Integers = NDArray[np.int64]
Days = NDArray[np.datetime64]
Texts = NDArray[np.bytes_]


def digits(values: Integers, width: int) -> NDArray[np.uint8]:
    """The decimal digits of each value, zero-padded: an array of shape (n, width) of ASCII codes."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return ((values[:, None] // powers) % 10 + ord("0")).astype(np.uint8)


def padded(values: Integers, width: int, *, prefix: bytes = b"") -> Texts:
    """The values as zero-padded text, each behind the same prefix."""
    whole = np.empty((len(values), len(prefix) + width), dtype=np.uint8)
    whole[:, : len(prefix)] = np.frombuffer(prefix, dtype=np.uint8)
    whole[:, len(prefix) :] = digits(values, width)
    return as_texts(whole)


def as_texts(characters: NDArray[np.uint8]) -> Texts:
    """Rows of ASCII codes as fixed-width byte texts, without copying."""
    width = characters.shape[1]
    return np.ascontiguousarray(characters).view(f"S{width}").reshape(-1)


def date_digits(days: Days) -> NDArray[np.uint8]:
    """Each day as eight digits, yyyymmdd."""
    months = days.astype("datetime64[M]")
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    month = months.astype(np.int64) % 12 + 1
    day = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    return digits(years * 10_000 + month * 100 + day, 8)


def serial_digits(order_of_day: Integers, male: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The three digits of order of a citizen ID number: odd for men, even for women (GB 11643)."""
    if len(order_of_day) and int(order_of_day.max()) >= SERIALS_PER_SEX:
        raise ValueError("more births of one sex on one day in one county than an ID number can tell apart")
    return digits(order_of_day * SERIAL_STEP % SERIALS_PER_SEX * 2 + male, 3)


def citizen_ids(county: Integers, born_on: Days, order_of_day: Integers, male: NDArray[np.bool_]) -> Texts:
    """公民身份号码: county (6 digits), birthday, order with sex, check digit (GB 11643-1999)."""
    body = np.concatenate([digits(county, 6), date_digits(born_on), serial_digits(order_of_day, male)], axis=1)
    remainder = ((body - ord("0")).astype(np.int64) @ ID_WEIGHTS) % 11
    return as_texts(np.concatenate([body, ID_CHECKS[remainder][:, None]], axis=1))


def uscc(area: str, serial: int) -> str:
    """统一社会信用代码 of an invented organisation of the area (GB 32100-2015, GB 11714 inside)."""
    organisation = f"{serial:08d}"
    weighted = sum(int(c) * w for c, w in zip(organisation, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    check = 11 - weighted % 11
    organisation += {10: "X", 11: "0"}.get(check, str(check))
    body = f"12{area}{organisation}"
    total = sum(USCC_ALPHABET.index(c) * 3**i % 31 for i, c in enumerate(body))
    return body + USCC_ALPHABET[-total % 31]
