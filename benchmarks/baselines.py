"""What segmentation is measured beside: line rules of others, and a regular expression for page starts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Marks = npt.NDArray[np.bool_]  # of the non-blank lines of a page, which are kept


def keep_all(lines: Sequence[str]) -> Marks:
    return np.ones(len(lines), bool)


def long_lines(lines: Sequence[str]) -> Marks:
    """Twelve words or more; a CJK character counts as half a word."""
    return np.array([len(x.split()) + len(re.findall(r"[\u3040-\u9fff]", x)) / 2 >= 12 for x in lines], bool)


def c4_rules(lines: Sequence[str]) -> Marks:
    """C4: five words or more, ends in a stop, no mention of JavaScript."""
    ends = (".", "!", "?", '"', "”", "。", "！", "？")
    return np.array(
        [
            x.rstrip().endswith(ends)
            and (len(x.split()) >= 5 or len(re.findall(r"[\u3040-\u9fff]", x)) >= 10)
            and "javascript" not in x.lower()
            for x in lines
        ],
        bool,
    )


def justext_lines(lines: Sequence[str]) -> Marks:
    """jusText's rules on lines without its stop lists: short ones go by their neighbours, long ones stay."""
    sizes = [len(x.strip()) for x in lines]
    kind = ["good" if n >= 200 else "near" if n >= 70 else "short" for n in sizes]

    def beside(i: int, step: int) -> str:
        j = i + step
        while 0 <= j < len(kind) and kind[j] == "short":
            j += step
        return kind[j] if 0 <= j < len(kind) else "bad"

    settled = [
        k if k == "good" else ("good" if "good" in (beside(i, -1), beside(i, 1)) else "bad") for i, k in enumerate(kind)
    ]
    for i, k in enumerate(kind):
        if k == "short":
            settled[i] = "good" if beside(i, -1) == beside(i, 1) == "good" else "bad"
    return np.array([k == "good" for k in settled], bool)


BASELINES: Final[dict[str, Callable[[Sequence[str]], Marks]]] = {
    "keep all": keep_all,
    "long lines": long_lines,
    "C4 rules": c4_rules,
    "jusText on lines": justext_lines,
}
OPENERS: Final = re.compile(
    r"\s*(skip to|jump to|advertisement|menu$|toggle navigation|search$|sign in|log in|home$)", re.I
)


def regex_starts(lines: Sequence[str]) -> list[int]:
    """The wider regular expression of the kit's README: a page begins at an opener that follows none."""
    found = [i for i, line in enumerate(lines) if OPENERS.match(line)]
    return [0] + [i for i, j in zip(found, [-99, *found], strict=False) if i - j > 20 and i]
