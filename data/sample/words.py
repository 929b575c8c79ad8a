"""Make names, credit codes and telephone numbers that look right and belong to nobody.

Every made-up firm carries the sign 样 (sample) at the head of its name; every mobile number begins with 154,
which no operator in China has been given; every credit code's registration body begins with YB.
"""

import numpy as np
from numpy.typing import NDArray

StrArray = NDArray[np.object_]
Rng = np.random.Generator

__all__ = ["StrArray", "brands", "credit_codes", "person_names", "phones", "pick", "road_names"]

_FIRST = "安宝长德东丰福广海和恒宏华嘉金锦景康乐丽龙隆明宁平启千清庆荣瑞盛顺泰天万祥新兴永裕元远云泽正中"
_SECOND = "安邦昌诚达德发丰富港冠光海和恒华汇嘉景康朗乐立联隆茂铭宁朋启庆荣润森盛泰通旺祥新信业益源悦云泽正"
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈"
)
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国志文海波宇浩欣怡佳雪梅玲辉鹏飞龙云兰春生"
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z


def pick(rng: Rng, words: str | list[str], size: int, p: list[float] | None = None) -> StrArray:
    """Return `size` words drawn at random."""
    pool = np.array(list(words), dtype=object)
    weights = None if p is None else np.asarray(p) / np.sum(p)
    return np.asarray(rng.choice(pool, size, p=weights), dtype=object)


def brands(rng: Rng, size: int) -> StrArray:
    """Return made-up trade names, all of the form 样 and two signs."""
    return np.asarray("样" + pick(rng, _FIRST, size) + pick(rng, _SECOND, size), dtype=object)


def person_names(rng: Rng, size: int) -> StrArray:
    """Return personal names of two or three signs."""
    third = np.where(rng.random(size) < 0.7, pick(rng, _GIVEN, size), "")
    return np.asarray(pick(rng, _SURNAMES, size) + pick(rng, _GIVEN, size) + third, dtype=object)


def phones(first: int, size: int) -> StrArray:
    """Return mobile numbers 154…, numbered on from `first`; no operator has 154."""
    return np.array([f"154{n:08d}" for n in range(first, first + size)], dtype=object)


def road_names(rng: Rng, size: int, suffixes: list[str]) -> StrArray:
    """Return road names; once all pairs of signs are used, a number goes before the suffix."""
    pairs = np.array([a + b for a in _FIRST for b in _SECOND if a != b], dtype=object)
    order = rng.permutation(len(pairs))
    turn = np.arange(size) // len(pairs)
    numbers = np.array(["", "二", "三", "四", "五", "六", "七", "八", "九", "十"], dtype=object)
    tail = pick(rng, suffixes, size)
    return np.asarray(pairs[order[np.arange(size) % len(pairs)]] + numbers[turn % 10] + tail, dtype=object)


def credit_codes(county_codes: StrArray, first: int) -> StrArray:
    """Return unified social credit codes (统一社会信用代码), 18 characters with both check characters.

    GB 32100-2015 (weights 3^i mod 31) around an organisation code after GB 11714-1997 (weights 3 7 9 10 5 8 4
    2, mod 11); the organisation code is YB and a running number, so it is nobody's.
    """
    size = len(county_codes)
    serial = np.arange(first, first + size)
    body = np.empty((size, 8), dtype=np.int64)
    body[:, 0], body[:, 1] = _ALPHABET.index("Y"), _ALPHABET.index("B")
    body[:, 2:] = serial[:, None] // 10 ** np.arange(5, -1, -1) % 10
    # GB 11714 counts letters from A = 10 through the whole alphabet: Y = 34, B = 11
    values = body.copy()
    values[:, 0], values[:, 1] = 34, 11
    check = (11 - (values * (3, 7, 9, 10, 5, 8, 4, 2)).sum(axis=1) % 11) % 11
    check_digit = np.where(check == 10, _ALPHABET.index("X"), check)
    county = np.array([[int(c) for c in code] for code in county_codes], dtype=np.int64).reshape(size, 6)
    head = np.tile(np.array([9, 1]), (size, 1))
    digits = np.column_stack([head, county, body, check_digit])
    weights = 3 ** np.arange(17) % 31
    last = (31 - (digits * weights).sum(axis=1) % 31) % 31
    letters = np.array(list(_ALPHABET), dtype="<U1")[np.column_stack([digits, last])]
    return np.array(np.ascontiguousarray(letters).view("<U18").ravel(), dtype=object)
