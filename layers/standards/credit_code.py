"""Check unified social credit codes (统一社会信用代码) by GB 32100-2015."""

from __future__ import annotations

import re

#: The 31 characters, in the order of their values: I, O, S, V and Z are left out.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18
_WEIGHTS = tuple(pow(3, place, 31) for place in range(LENGTH - 1))


def normal_credit_code(text: str) -> str:
    """Fold full-width forms and case, and drop spaces and hyphens.

    Parameters
    ----------
    text : str
        As typed.

    Returns
    -------
    str
        As the standard writes it, when it is one.

    Examples
    --------
    >>> normal_credit_code(" 9135 0100 m0001 00y43 ")
    '91350100M000100Y43'
    """
    folded = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text)
    return re.sub(r"[\s-]", "", folded).upper()


def check_character(body: str) -> str:
    """Give the last character that belongs to the first 17.

    Parameters
    ----------
    body : str
        17 characters of `ALPHABET`.

    Returns
    -------
    str
        One character of `ALPHABET`.

    Raises
    ------
    ValueError
        When `body` is not 17 characters of the alphabet.

    Notes
    -----
    GB 32100-2015, 4.2.5: with the weights 3^(i-1) mod 31 the sum of weighted values and the value of the last
    character is a multiple of 31.

    Examples
    --------
    >>> check_character("91350100M000100Y4")
    '3'
    """
    if len(body) != LENGTH - 1 or any(c not in ALPHABET for c in body):
        raise ValueError(f"17 characters of {ALPHABET} were expected, got {body!r}")
    total = sum(weight * ALPHABET.index(c) for weight, c in zip(_WEIGHTS, body, strict=True))
    return ALPHABET[-total % 31]


def is_credit_code(code: str) -> bool:
    """Say whether a code has 18 characters of the alphabet and the right last one.

    Parameters
    ----------
    code : str
        Already in normal form.

    Returns
    -------
    bool

    Notes
    -----
    The first eight characters are the registering body and the division; they are not looked up.

    Examples
    --------
    >>> is_credit_code("91350100M000100Y43"), is_credit_code("91350100M000100Y4X")
    (True, False)
    """
    return len(code) == LENGTH and all(c in ALPHABET for c in code) and check_character(code[:-1]) == code[-1]


def credit_code_fault(code: str) -> tuple[str, str] | None:
    """Say in Chinese and English what is wrong with a code.

    Parameters
    ----------
    code : str
        Already in normal form.

    Returns
    -------
    tuple of str or None
        None when nothing is wrong.

    Examples
    --------
    >>> credit_code_fault("91350100M000100Y43") is None
    True
    >>> credit_code_fault("9135")[1]
    'it has 4 characters, 18 belong to it'
    """
    if len(code) != LENGTH:
        return f"有 {len(code)} 位，应为 {LENGTH} 位", f"it has {len(code)} characters, {LENGTH} belong to it"
    strange = sorted({c for c in code if c not in ALPHABET})
    if strange:
        listed = " ".join(strange)
        return (
            f"含有不会出现的字符 {listed}（没有字母 I O S V Z）",
            f"it holds {listed}; letters I O S V Z and signs never occur",
        )
    right = check_character(code[:-1])
    if right != code[-1]:
        return (
            f"校验位不符：前 17 位若无误，末位应为 {right}，请核对每一位",
            f"its check character does not fit: after these 17 it would be {right}; check every character",
        )
    return None
