"""Turn names, codes and addresses into search terms: characters in pairs, pinyin and initials."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0002ffff]+")
_WORD = re.compile(r"[a-z0-9]+")


def normalize(text: str) -> str:
    """Fold full-width forms and case."""
    return unicodedata.normalize("NFKC", text).lower()


def grams(text: str) -> set[str]:
    """Give the pairs of neighbouring Han characters (single ones where a run has one), and Latin words.

    >>> sorted(grams("福田区A1栋"))
    ['a1', '栋', '田区', '福田']
    """
    folded = normalize(text)
    found: set[str] = set(_WORD.findall(folded))
    for run in _HAN.findall(folded):
        found.update(run[i : i + 2] for i in range(max(1, len(run) - 1)))
    return found


@lru_cache(maxsize=200_000)
def initials(text: str) -> str:
    """Give the first letters of the pinyin of a name; digits and Latin letters stay.

    >>> initials("福田区3栋")
    'ftq3d'
    """
    folded = normalize(text)[:40]
    letters = lazy_pinyin(folded, style=Style.FIRST_LETTER, errors="default")
    return "".join(c for c in "".join(letters) if c.isascii() and c.isalnum())


@lru_cache(maxsize=200_000)
def full_pinyin(text: str) -> str:
    """Give the pinyin of a name, without tones or spaces.

    >>> full_pinyin("福田")
    'futian'
    """
    joined = "".join(lazy_pinyin(normalize(text)[:20], errors="default"))
    return "".join(c for c in joined if c.isascii() and c.isalnum())


def entry_terms(names: tuple[str, ...], codes: tuple[str, ...]) -> set[str]:
    """Give all terms of one entry: pairs of every text, pinyin of names (marked), codes as they are."""
    terms: set[str] = set()
    for name in names:
        terms |= grams(name)
    for name in names[:2]:
        head = re.split(r"[\d(（]", normalize(name), maxsplit=1)[0] or name
        terms.add("~" + initials(head))
        terms.add("^" + full_pinyin(head))
    terms.update(normalize(code) for code in codes if code)
    return {t for t in terms if t not in {"~", "^"}}
