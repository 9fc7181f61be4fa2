"""Do two captions say the same? Words that one adds are furniture; words that each has instead of the other's are news.

"Vietnam's President arrives" is not "Russia's President arrives", however alike they are; a caption with a credit, with
"hide caption" behind it, with a count before it, or cut off in the middle is still the caption.
"""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from typing import Final

from scrubber.dedup.view import fold

TOKEN: Final = re.compile(
    r"[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|\d+|[^\W\d_]+"
)
# What may stand for the same: number words, months cut short. One per line, where it was seen.
_NUMBERS: Final = "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_SPELLED: Final = {word: str(number) for number, word in enumerate(_NUMBERS.split("|"))}
_MONTHS: Final = "january|february|march|april|may|june|july|august|september|october|november|december"
_SPELLED_MONTHS: Final = {m[:size]: m for m in _MONTHS.split("|") for size in (3, 4) if len(m) > size}
# Words that change no fact when they are replaced by one another (en, de, fr, es, it, pt).
_FUNCTION: Final = frozenset(
    re.findall(
        r"\w+",
        """a an the of in on at to by for from with and or as is are was were be has have had been his her its their
        this that der die das den dem des ein eine einen einem einer im am zum zur und von vom mit auf bei fur für als
        le la les un une du de et en dans sur pour avec el los las una unos del al y con por para il lo gli dei
        della e o os um uma do da""",
    )
)
_ENTITY: Final = re.compile(r"&[a-z]{2,8};")
_GLUED: Final = re.compile(r"(?<=[a-zß-öø-ÿа-я])(?=[A-ZÀ-ÖØ-ÞА-Я])")  # "…on coalSee comments (61)"
_DOTS: Final = re.compile(r"(?:…|\.\.\.)(?!\w)|…")
_SURE: Final = 8  # tokens from which a bare count at the end of one caption is no part of it
_LONGEST: Final = 300  # tokens; aligning two captions takes the product of their lengths
_COMMON_LEAST: Final = 4  # shared words (or characters of unspaced scripts) below which two captions are never near


def similarity(one: str, other: str) -> float:
    """How sure it is, 0 to 1, that two captions say the same; 0 where one contradicts the other.

    >>> similarity("Vietnam's President arrives in Hanoi", "Russia's President arrives in Hanoi")
    0.0
    >>> similarity("The bridge at dawn, on Monday", "The bridge at dawn, on Monday. Photo: Ann Other") > 0.9
    True
    """
    return alike(words_of(one), words_of(other))


def alike(a: list[str], b: list[str], needed: float = 0.0) -> float:
    """`similarity` of captions by their words; where it lies below `needed`, it may be 0 at once."""
    if max(len(a), len(b)) > _LONGEST:
        return 0.0
    least = min(_weight(a), _weight(b))
    common = _weight(list((Counter(a) & Counter(b)).elements()))
    if common < max(_COMMON_LEAST, needed * least):
        return 0.0
    runs = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    shared = sum(_weight(a[i:j]) for tag, i, j, _, _ in runs if tag == "equal")
    if shared < _COMMON_LEAST:
        return 0.0
    if any(tag == "replace" and _contradicts(a, b, *places) for tag, *places in runs):
        return 0.0
    # what one adds before or behind is furniture; what it adds in between makes it another sentence
    between = sum(_weight(a[i:j]) + _weight(b[k:m]) for tag, i, j, k, m in runs[1:-1] if tag != "equal")
    return min(1.0, shared / max(least, shared + between))


def jaccard(a: list[str], b: list[str]) -> float:
    """Jaccard similarity of the words of two captions."""
    return round(len({*a} & {*b}) / max(1, len({*a, *b})), 6)


def words_of(text: str) -> list[str]:
    """The words of a caption as they are compared: folded, spelled alike, without what follows dots."""
    text = _uncut(_ENTITY.sub(" ", text))
    words = TOKEN.findall(fold(_GLUED.sub(" ", text)))
    return [_SPELLED.get(word) or _SPELLED_MONTHS.get(word, word) for word in words]


def _uncut(text: str) -> str:
    """Without what follows the dots that stand for the rest of a caption."""
    place = _DOTS.search(text)
    return text[: place.start()] if place and len(TOKEN.findall(text[: place.start()])) >= _COMMON_LEAST else text


def _weight(tokens: list[str]) -> float:
    return sum(0.5 if word in _FUNCTION else 1.0 for word in tokens)


def _contradicts(a: list[str], b: list[str], i: int, j: int, k: int, m: int) -> bool:
    """Does each caption say something here that the other does not?"""
    one, other = [w for w in a[i:j] if w not in _FUNCTION], [w for w in b[k:m] if w not in _FUNCTION]
    if not one or not other:
        return False
    if j == len(a) or m == len(b):
        if other[0].startswith(one[0]) or one[0].startswith(other[0]):
            return False  # a word cut off
        return not _one_counts(one, other) or min(len(a), len(b)) < _SURE
    return not (i == 0 or k == 0) or not _one_counts(one, other)


def _one_counts(one: list[str], other: list[str]) -> bool:
    """Is one of the two a bare count or time (4:11, 1-17), and the other not?"""
    return all(w.isdecimal() for w in one) != all(w.isdecimal() for w in other)
