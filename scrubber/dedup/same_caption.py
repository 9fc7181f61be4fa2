"""Do two captions say the same? Words that one adds are furniture; words that each has instead of the other's are news.

"Vietnam's President arrives" is not "Russia's President arrives", however alike they are; a caption with a credit, with
"hide caption" behind it, with a count before it, or cut off in the middle is still the caption.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import accumulate
from typing import Final

from scrubber.dedup.view import fold

TOKEN: Final = re.compile(
    r"[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|\d+|[^\W\d_]+"
)
# What may stand for the same: number words, months cut short. One per line, where it was seen.
_NUMBERS: Final = "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_MONTHS: Final = "january|february|march|april|may|june|july|august|september|october|november|december"
_SPELLED: Final = {word: str(number) for number, word in enumerate(_NUMBERS.split("|"))} | {
    month[:size]: month for month in _MONTHS.split("|") for size in (3, 4) if len(month) > size
}
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
    return alike(Words(one), Words(other))


class Words:
    """The words of a caption in their order, and as a bag; `before[i]` is what those before word i weigh."""

    __slots__ = ("bag", "before", "list")

    def __init__(self, text: str) -> None:
        self.list = words_of(text)
        self.bag = Counter(self.list)
        self.before = [*accumulate([0.5 if word in _FUNCTION else 1.0 for word in self.list], initial=0.0)]


def alike(one: Words, other: Words, needed: float = 0.0) -> float:
    """`similarity` of captions by their words; where it lies below `needed`, it may be 0 at once."""
    a, b = one.list, other.list
    if max(len(a), len(b)) > _LONGEST:
        return 0.0
    first, second = one.before, other.before
    least = min(first[-1], second[-1])
    if _common(one, other) < max(_COMMON_LEAST, needed * least):
        return 0.0
    blocks = _equal_blocks(a, b)
    shared = sum([first[i + size] - first[i] for i, _, size in blocks])
    if shared < _COMMON_LEAST:
        return 0.0
    # what one adds before or behind is furniture; what it adds in between makes it another sentence
    ends = [(0, 0), *((i + size, j + size) for i, j, size in blocks)]
    starts = [*((i, j) for i, j, _ in blocks), (len(a), len(b))]
    gaps = [(i, j, k, m) for (i, k), (j, m) in zip(ends, starts, strict=True)]
    if any(_contradicts(a, b, *gap) for gap in gaps):
        return 0.0
    between = sum([first[j] - first[i] + second[m] - second[k] for i, j, k, m in gaps[1:-1]])
    return min(1.0, shared / max(least, shared + between))


def _common(one: Words, other: Words) -> float:
    """What the words weigh that both have, in any order."""
    both = {word: min(one.bag[word], other.bag[word]) for word in one.bag.keys() & other.bag.keys()}
    return sum(both.values()) - 0.5 * sum([count for word, count in both.items() if word in _FUNCTION])


def _equal_blocks(a: list[str], b: list[str]) -> list[tuple[int, int, int]]:
    """Where the words of both run alike: the longest run, the longest before it, and so on, as `difflib` finds them.

    Each with its place in both and its length, in order. `SequenceMatcher` takes twice the time for the same.
    """
    places: dict[str, list[int]] = {}
    for j, word in enumerate(b):
        places.setdefault(word, []).append(j)
    met, blocks, left = [places.get(word) for word in a], list[tuple[int, int, int]](), [(0, len(a), 0, len(b))]
    while left:
        low, high, start, end = left.pop()
        i, j, size = _longest(met, low, high, start, end)
        if size:
            blocks.append((i, j, size))
            if low < i and start < j:
                left.append((low, i, start, j))
            if i + size < high and j + size < end:
                left.append((i + size, high, j + size, end))
    blocks.sort()
    return blocks


def _longest(met: list[list[int] | None], low: int, high: int, start: int, end: int) -> tuple[int, int, int]:
    """The longest run of equal words in two ranges, the first of several; `met` are the places of each word of one."""
    best, lengths = (low, start, 0), dict[int, int]()
    for i in range(low, high):
        longer: dict[int, int] = {}
        for j in met[i] or ():
            if j >= end:
                break
            if j >= start:
                longer[j] = size = lengths.get(j - 1, 0) + 1
                if size > best[2]:
                    best = i - size + 1, j - size + 1, size
        lengths = longer
    return best


def jaccard(one: Words, other: Words) -> float:
    """Jaccard similarity of the words of two captions."""
    both = len(one.bag.keys() & other.bag.keys())
    return round(both / max(1, len(one.bag) + len(other.bag) - both), 6)


def words_of(text: str) -> list[str]:
    """The words of a caption as they are compared: folded, spelled alike, without what follows dots."""
    text = _uncut(_ENTITY.sub(" ", text) if "&" in text else text)
    words = TOKEN.findall(fold(_GLUED.sub(" ", text)))
    return [_SPELLED.get(word, word) for word in words]


def _uncut(text: str) -> str:
    """Without what follows the dots that stand for the rest of a caption."""
    place = _DOTS.search(text) if "…" in text or "..." in text else None
    return text[: place.start()] if place and len(TOKEN.findall(text[: place.start()])) >= _COMMON_LEAST else text


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
