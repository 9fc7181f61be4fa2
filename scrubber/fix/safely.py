"""ftfy on one line, with bounds where ftfy has none.

ftfy goes over a line again as long as it finds an entity to resolve, so that "&amp;amp;amp;..." takes it as many passes
as there are entities: 64 KB take eight seconds, a megabyte more than an hour. Within the bounds, the answer is ftfy's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from scrubber.fix.encoding import decode_once, fix_encoding

_STEPS: Final = (
    "unescape_html",
    "fix_encoding",
    "fix_c1_controls",
    "fix_latin_ligatures",
    "fix_character_width",
    "uncurl_quotes",
    "fix_line_breaks",
    "fix_surrogates",
    "remove_terminal_escapes",
    "remove_control_chars",
)
LONG: Final = 1 << 12  # characters; up to here, nothing that ftfy does takes long
LONGEST: Final = 1 << 16  # characters; longer lines are repaired in pieces (ftfy itself cuts at a million)
DEEPEST: Final = 6  # levels of entities within entities that are left to ftfy
_NEAR: Final = 256  # how far from the end of a piece a seam is looked for
_SEAM: Final = re.compile(r"(?<=;)|(?=\s)")  # where a cut goes through no word and no entity
_ENTITY_SIZE: Final = 26  # "&", 24 letters or digits, ";"


def fix_safely(line: str, config: Any) -> str:
    """What `ftfy.fix_text` makes of a line, in time that grows with its length only."""
    config = config._replace(unescape_html=_resolves(line, config))
    if config.unescape_html and "&" in line:
        line = _unnested(line)
    return "".join(_fixed(piece, config) for piece in _pieces(line))


def _fixed(text: str, config: Any) -> str:
    """All of ftfy's steps, in its order, until none of them changes anything."""
    fixers = [step for name, step in _steps().items() if getattr(config, name)]
    while True:
        before = text
        for fixer in fixers:
            text = fixer(text)
        if config.normalization is not None:
            text = unicodedata.normalize(config.normalization, text)
        if text == before:
            return text


@cache
def _steps() -> dict[str, Callable[[str], str]]:
    """ftfy's steps by their names; those that translate characters only look at a text that holds one."""
    from ftfy import FIXERS, chardata

    tables: dict[str, Any] = {"fix_latin_ligatures": chardata.LIGATURES, "remove_control_chars": chardata.CONTROL_CHARS}
    ours = {"fix_encoding": fix_encoding, **{name: replacing(table) for name, table in tables.items()}}
    return {name: ours.get(name) or FIXERS[name] for name in _STEPS}


def replacing(table: Mapping[int, Any]) -> Callable[[str], str]:
    r"""`str.translate` with a table, in a tenth of the time for a text beyond ASCII with nothing to replace.

    >>> replacing({0xFB01: "fi", 0x7F: None})("ﬁne\x7f")
    'fine'
    """
    found = re.compile(f"[{re.escape(''.join(map(chr, table)))}]").search
    return lambda text: text.translate(table) if found(text) else text


def resolve_entities(line: str, config: Any) -> str:
    """ftfy's first step."""
    from ftfy.fixes import unescape_html

    return str(unescape_html(line)) if _resolves(line, config) and "&" in line else line


def decode_again(line: str, config: Any) -> str:
    """What ftfy's second step does first, and mostly at once."""
    return decode_once(line) if config.fix_encoding and not line.isascii() else line


def steps_of(line: str, fixed: str, config: Any) -> list[str]:
    """The names of ftfy's steps from a line to what it made of it; none where it changed nothing."""
    from ftfy import fix_and_explain

    if line == fixed:
        return []
    explained = fix_and_explain(line[:LONGEST], config._replace(explain=True, unescape_html=_resolves(line, config)))
    names: list[str] = []
    for action, name in explained.explanation or []:
        if action == "decode" and names:
            names[-1] += f", decode {name}"
        else:
            names.append(f"encode {name}" if action == "encode" else name)
    return names or ["unescape_html"]


def _resolves(line: str, config: Any) -> bool:
    """Whether entities are resolved in this line."""
    return bool(config.unescape_html) and not (config.unescape_html == "auto" and "<" in line)


def _pieces(line: str) -> list[str]:
    """The line, cut at white space or entities where it is too long."""
    if len(line) <= LONGEST:
        return [line]
    pieces, start = [], 0
    while len(line) - start > LONGEST:
        seam = _SEAM.search(line, start + LONGEST - _NEAR, start + LONGEST)
        end = seam.start() if seam else start + LONGEST
        pieces.append(line[start:end])
        start = end
    return [*pieces, line[start:]]


def _unnested(line: str) -> str:
    """The line itself, or, where entities are nested deeper than `DEEPEST`, the line with all of them resolved."""
    from ftfy.fixes import unescape_html

    text = line
    for _ in range(DEEPEST):
        text, before = unescape_html(text), text
        if text == before:
            return line
    return _resolved(text)


def _resolved(text: str) -> str:
    """All entities, and those that they spell, resolved in one pass from left to right."""
    from ftfy.fixes import unescape_html

    done: list[str] = []
    for char in text:
        done.append(char)
        while done and done[-1] == ";":
            tail = done[-_ENTITY_SIZE:]
            if "&" not in tail:
                break
            start = len(tail) - 1 - tail[::-1].index("&")
            entity = "".join(tail[start:])
            value = unescape_html(entity)
            if value == entity:
                break
            del done[len(done) - len(tail) + start :]
            done.extend(value)
    return "".join(done)
