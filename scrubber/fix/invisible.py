"""Characters that nobody sees: removed where they mean nothing, kept where a script needs them.

They defeat deduplication (a zero-width space in each word takes the Jaccard similarity of two copies to 0), carry
hidden instructions to language models (tag characters, runs of variation selectors) and show text in another order than
it has (overrides). But Persian and the scripts of India join and part letters with them, emoji are built with them,
right-to-left text is ordered by them, and Thai or Khmer may break lines with them.
"""

from __future__ import annotations

import re
from typing import Final

_RANGES: Final = (
    (0xAD, 0xAD),  # soft hyphen
    (0x34F, 0x34F),  # combining grapheme joiner
    (0x61C, 0x61C),  # mark of direction
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),  # Khmer vowels that have no sign
    (0x180B, 0x180F),  # Mongolian variation selectors and vowel separator
    (0x200B, 0x200F),  # zero-width space, non-joiner, joiner, marks of direction
    (0x202A, 0x202E),  # embeddings and overrides of direction
    (0x2060, 0x206F),  # word joiner, invisible operators, isolates, deprecated controls
    (0x3164, 0x3164),  # Hangul filler
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xFFA0, 0xFFA0),  # halfwidth Hangul filler
    (0xFFF0, 0xFFF8),  # unassigned, and ignored by every font
    (0x1BCA0, 0x1BCA3),  # shorthand format controls
    (0xE0000, 0xE007F),  # tags
    (0xE0100, 0xE01EF),  # variation selectors for ideographs
)
INVISIBLE: Final = frozenset(chr(point) for low, high in _RANGES for point in range(low, high + 1))
_RUN: Final = f"[{''.join(f'{chr(low)}-{chr(high)}' for low, high in _RANGES)}]+"
_ANY: Final = re.compile(_RUN)
_FIND: Final = re.compile(  # with the flags of Wales, Texas ...
    f"(?P<flag>\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{{2,6}}\U000e007f)|{_RUN}"
)
_MAY_NEED: Final = re.compile("[\u00a9\u00ae\u0590-\u1fff\u2030-\U0010ffff]")  # Latin, Greek, Cyrillic need nothing
_MEANT: Final = 8  # no script needs as many in a row; hidden text does

_RIGHT_TO_LEFT: Final = re.compile(
    "[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_DIRECTION: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069")  # all but overrides
# scripts whose letters join, and in which a joiner or non-joiner changes what is read: Arabic to Thaana, the scripts of
# India, Tibetan to Myanmar, Khmer, Mongolian, and the smaller ones of South Asia
_JOINING: Final = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1700-\u18af\u1a20-\u1bff\ua800-\uaaff\uabc0-\uabff\ufb50-\ufdff"
    "\ufe70-\ufefe\U00010a00-\U00010aff\U00011000-\U00011fff\U0001e900-\U0001e95f]"
)
# written without spaces between words: a zero-width space is where a line may break
_SPACELESS: Final = re.compile("[\u0e00-\u0eff\u0f00-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\ua980-\uaadf]")
_HANGUL: Final = re.compile("[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]")
_MONGOLIAN: Final = re.compile("[\u1800-\u18af]")
_EMOJI: Final = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff]"
)
# what a variation selector may follow besides emoji: ideographs, Mongolian, Myanmar, Phags-pa, mathematical operators
_VARIED: Final = re.compile(
    "[\u1000-\u109f\u1800-\u18af\u2200-\u22ff\u2a00-\u2aff\u3000-\u9fff\ua840-\ua87f\uaa60-\uaa7f\uf900-\ufaff"
    "\uff00-\uff5e\U00020000-\U000323af]"
)
_KEYCAP: Final = frozenset("0123456789#*")


def remove_invisible(line: str) -> str:
    r"""Remove the characters that carry hidden text or defeat comparison, and nothing that a reader would miss.

    >>> remove_invisible("pay\u200bwall\u00ad, \u202egnp.exe")
    'paywall, gnp.exe'
    >>> remove_invisible("می‌خواهم 👩‍🚀") == "می‌خواهم 👩‍🚀"
    True
    """
    bare = _ANY.sub("", line)
    if not _MAY_NEED.search(bare):
        return bare
    right_to_left = _RIGHT_TO_LEFT.search(line) is not None

    def kept(found: re.Match[str]) -> str:
        if found.lastgroup == "flag":
            return found[0]
        start, end = found.span()
        return _needed_of(found[0], line[max(start - 1, 0) : start], line[end : end + 1], right_to_left)

    return _FIND.sub(kept, line)


def _needed_of(run: str, before: str, after: str, right_to_left: bool) -> str:
    """Those of a run of invisible characters that a script needs between its visible neighbours."""
    if len(run) > _MEANT:
        return ""
    sides = zip(run, [before, *run[:-1]], [*run[1:], after], strict=True)
    return "".join(
        char for char, left, right in sides if (right_to_left if char in _DIRECTION else _needed(char, left, right))
    )


def _needed(char: str, before: str, following: str) -> bool:
    """Whether a script needs `char` between its neighbours; one of them may be missing."""
    if char in "\u200c\u200d" and (_JOINING.match(before) or _JOINING.match(following)):
        return True
    if char == "\u200d":
        return bool(_ends_emoji(before) and _EMOJI.match(following))
    if char == "\u200b":
        return bool(following and _SPACELESS.match(before) and _SPACELESS.match(following))
    if char == "\ufe0e" or char == "\ufe0f":
        return bool(_EMOJI.match(before) or _VARIED.match(before) or (before in _KEYCAP and following == "\u20e3"))
    if "\ufe00" <= char <= "\ufe0d" or "\U000e0100" <= char <= "\U000e01ef":
        return bool(_VARIED.match(before))
    if char == "\u115f" or char == "\u1160":
        return bool(_HANGUL.match(before) and before not in "\u115f\u1160")
    if "\u180b" <= char <= "\u180f":
        return bool(_MONGOLIAN.match(before) and not "\u180b" <= before <= "\u180f")
    return False


def _ends_emoji(before: str) -> bool:
    return before == "\ufe0f" or "\U0001f3fb" <= before <= "\U0001f3ff" or bool(_EMOJI.match(before))
