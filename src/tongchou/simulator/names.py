"""Invented names from common surnames and characters (姓名), for whole arrays at once.

The characters are such that the initials of a name are those of its characters, one by one.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tongchou.platform.pinyin import initials

SURNAMES: Final = {
    "黄": 95, "李": 80, "韦": 78, "陈": 68, "梁": 62, "陆": 40, "刘": 38, "王": 36, "张": 35, "罗": 33,
    "莫": 32, "蒙": 28, "吴": 30, "农": 22, "杨": 28, "周": 24, "何": 24, "谢": 20, "潘": 19, "蒋": 18,
    "林": 24, "唐": 20, "廖": 17, "苏": 16, "邓": 18, "卢": 15, "钟": 15, "玉": 4, "龙": 9, "赵": 14,
    "郑": 9, "徐": 9, "朱": 9, "彭": 8, "蓝": 8, "秦": 9, "阳": 6, "甘": 8, "庞": 7, "宁": 8,
    "岑": 5, "冯": 8, "胡": 9, "许": 7, "梅": 2, "石": 4, "马": 6, "郭": 6, "高": 5, "余": 5,
    "赖": 4, "邹": 3, "欧": 4, "孙": 4, "袁": 3, "姚": 3, "方": 3, "汤": 2, "江": 2,
}  # fmt: skip
"""Weights after the impression of the region, not after a register."""

MEN_OLD: Final = "国建志德福荣华明忠贵祥林海文光庆永春富才新民生"
MEN_YOUNG: Final = "宇浩轩泽俊杰鑫梓睿博晨辰皓铭伟涛超鹏凯毅航翔恒霖"
WOMEN_OLD: Final = "秀桂兰英梅凤玉珍芳花美莲春菊素金月连彩琼翠娇惠"
WOMEN_YOUNG: Final = "欣怡涵诗梓萱婷雅静雯琪佳倩颖琳婉芸瑶月妍璐薇晴"
SECOND: Final = "明华平军强勇生文成辉林东斌龙安宁康远清源山英玲燕霞红丽萍云芬娟敏洁慧雪莹"

ETHNICITIES: Final = {"01": 0.62, "08": 0.31, "13": 0.035, "06": 0.015, "12": 0.012, "03": 0.008}
"""汉、壮、瑶、苗、侗、回 (GB/T 3304), in magnitudes of the region."""


@dataclass(frozen=True, slots=True)
class Characters:
    """A row of characters with their UTF-8 bytes and pinyin initials."""

    written: NDArray[np.bytes_]
    initials: NDArray[np.bytes_]

    @classmethod
    def of(cls, characters: str, *, surnames: bool = False) -> "Characters":
        letters = [initials(character, surname=surnames).encode() for character in characters]
        return cls(np.array([character.encode() for character in characters]), np.array(letters))


_SURNAMES = Characters.of("".join(SURNAMES), surnames=True)
_SURNAME_SHARES = np.array(list(SURNAMES.values()), dtype=float) / sum(SURNAMES.values())
_SECOND = Characters.of(SECOND)
_FIRST = {
    (True, True): Characters.of(MEN_OLD),
    (True, False): Characters.of(MEN_YOUNG),
    (False, True): Characters.of(WOMEN_OLD),
    (False, False): Characters.of(WOMEN_YOUNG),
}
SINGLE_CHARACTER_SHARE: Final = 0.18
OLD_NAMES_FROM_AGE: Final = 40


def draw_surnames(random: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Surnames by number, as common as in the region."""
    return random.choice(len(_SURNAMES.written), count, p=_SURNAME_SHARES)


def full_names(
    random: np.random.Generator, surnames: NDArray[np.int64], male: NDArray[np.bool_], age: NDArray[np.int64]
) -> tuple[NDArray[np.bytes_], NDArray[np.bytes_]]:
    """Names and their pinyin initials; given names follow sex and generation."""
    names = _SURNAMES.written[surnames]
    letters = _SURNAMES.initials[surnames]
    draw = random.integers(0, 1 << 30, len(surnames))
    first = np.empty(len(surnames), dtype="S3")
    first_initials = np.empty(len(surnames), dtype="S1")
    old = age >= OLD_NAMES_FROM_AGE
    for (of_men, of_old), characters in _FIRST.items():
        chosen = (male == of_men) & (old == of_old)
        index = draw[chosen] % len(characters.written)
        first[chosen], first_initials[chosen] = characters.written[index], characters.initials[index]
    single = random.random(len(surnames)) < SINGLE_CHARACTER_SHARE
    index = random.integers(0, len(_SECOND.written), len(surnames))
    second = np.where(single, b"", _SECOND.written[index])
    second_initials = np.where(single, b"", _SECOND.initials[index])
    return (
        np.char.add(np.char.add(names, first), second),
        np.char.add(np.char.add(letters, first_initials), second_initials),
    )


def draw_ethnicities(random: np.random.Generator, count: int) -> NDArray[np.bytes_]:
    """民族 codes in the shares of the region."""
    codes = np.array([code.encode() for code in ETHNICITIES])
    return codes[random.choice(len(codes), count, p=list(ETHNICITIES.values()))]
