"""ftfy's repair of mojibake, with a memory: in binary junk and doubly broken text it meets the same pieces again.

`ftfy.fix_encoding` decodes a whole line again where it can, and else each place in it that looks like UTF-8 by itself,
as if it were a line. For two megabytes of random bytes that is two hundred thousand calls, nearly all about pieces of
two or three characters that it has seen before. The steps here are ftfy's own, and so is the answer.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, Final

_PIECE: Final = 16  # characters; longer places hardly come back
_LINE: Final = 1 << 10  # characters; longer lines are not remembered
_WHOLE: Final = ("utf-8", "utf-8-variants")


def fix_encoding(text: str) -> str:
    """What `ftfy.fix_encoding` makes of a text.

    >>> fix_encoding("schÃ¶n, and \\ufffd too")
    'schön, and � too'
    """
    while (fixed := decode_once(text)) != text:
        text = fixed
    return text


def decode_once(text: str) -> str:
    """One step of `fix_encoding`: most texts need no other."""
    return _remembered_step(text) if len(text) <= _LINE else _step(text)


def _step(text: str) -> str:
    """One step of ftfy's: the whole text decoded again, or else its places, or else what ftfy does last."""
    import ftfy

    fixed, plan = ftfy._fix_encoding_one_step_and_explain(text, _without_places())
    if not plan and (text.isascii() or not _is_bad(text)):
        return text
    if plan and plan[-1].parameter in _WHOLE:
        return str(fixed)
    places = set(map(itemgetter(0), _places().finditer(text))) - {text}
    if all(_place(place) == place for place in places):
        return str(fixed)
    in_places = _places().sub(lambda found: _place(found[0]) if len(found[0]) < len(text) else found[0], text)
    return str(fixed) if in_places == text else in_places


def _place(text: str) -> str:
    return _remembered_place(text) if len(text) <= _PIECE else _fixed_place(text)


def _fixed_place(text: str) -> str:
    return fix_encoding(text) if _is_bad(text) else text


_remembered_step: Final = lru_cache(maxsize=1 << 12)(_step)  # the repairs of a line come by here several times
_remembered_place: Final = lru_cache(maxsize=1 << 14)(_fixed_place)


def _is_bad(text: str) -> bool:
    from ftfy.badness import is_bad

    return bool(is_bad(text))


@cache
def _places() -> re.Pattern[str]:
    from ftfy.chardata import UTF8_DETECTOR_RE

    places: re.Pattern[str] = UTF8_DETECTOR_RE
    return places


@cache
def _without_places() -> Any:
    from ftfy import TextFixerConfig

    return TextFixerConfig(explain=False, decode_inconsistent_utf8=False)
