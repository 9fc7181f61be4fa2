"""Repair of text: mojibake, entities, control and invisible characters. One line stays one line.

The repairs are ftfy's, applied to each line by itself, and our own for invisible characters and for the line breaks
that are not newlines. `gate` finds the lines that could change; the others are not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, Literal

from scrubber.fix.gate import Form, Gate, Tables, tables_of
from scrubber.fix.safely import LONG, decode_again, fix_safely, replacing, resolve_entities, steps_of
from scrubber.page import Block

__all__ = ["Repair"]

_ROUNDS: Final = 8  # of all repairs over a line; ordinary lines need one, an attacker's may need any number
_HUGE: Final = 1 << 20  # characters; the arrays of the gate take some fifty bytes for each
_BREAKS: Final = frozenset("\r\f\u0085\u2028\u2029")
_breaks_to_spaces: Final = replacing(str.maketrans(dict.fromkeys(_BREAKS | {"\n"}, " ")))
_TOGETHER: Final = 512  # lines: what their repair remembers is still there when they come by again


def changed(block: Block, lines: Mapping[int, str]) -> Block:
    """A copy of `block` with `lines` at their offsets; `unrepaired` remembers what stood there."""
    if not lines:
        return block
    repaired = list(block.lines)
    for offset, line in lines.items():
        repaired[offset] = line
    return replace(block, lines=tuple(repaired), unrepaired={i: block.lines[i] for i in lines})


@dataclass(frozen=True)
class Repair:
    """Repairs the lines of a block, each by itself; which repairs is said by the fields.

    mojibake               decode again what was decoded wrongly: "schÃ¶n" is "schön"
    unescape_html          "&amp;" is "&"; "auto": not in a line that holds "<", which is markup and not text
    terminal_escapes       remove the codes that colour a terminal
    control_characters     remove control characters and byte order marks
    surrogates             join the halves of a character, replace single halves with U+FFFD
    latin_ligatures        "ﬁ" is "fi"
    character_width        "ＬＯＵＤ" is "LOUD"
    uncurl_quotes          curly quotes become straight
    invisible              remove invisible characters that no script needs: see `invisible.py`
    normalization          a Unicode normal form, or None

    Line breaks that are not newlines (carriage returns, U+2028 ...) always become spaces, or go at the end of a line.
    """

    mojibake: bool = True
    unescape_html: Literal["auto"] | bool = "auto"
    terminal_escapes: bool = True
    control_characters: bool = True
    surrogates: bool = True
    latin_ligatures: bool = True
    character_width: bool = False
    uncurl_quotes: bool = False
    invisible: bool = True
    normalization: Form | None = "NFC"

    def __call__(self, block: Block) -> Block:
        """A copy of `block` with repaired lines; `unrepaired` holds each changed line as it was."""
        return changed(block, self.changes(block.lines))

    def changes(self, lines: Sequence[str]) -> dict[int, str]:
        """What becomes of the lines that a repair changes, by their offsets."""
        repaired, offsets = self._repaired(lines)
        return {i: repaired[i] for i in offsets}

    def line(self, line: str) -> str:
        r"""One line, repaired; it never gains a newline.

        >>> Repair().line("It\u00e2\u20ac\u2122s 5 &gt; 4\r")
        'It’s 5 > 4'
        """
        return self._mended(line, fix_safely)

    def names(self, line: str) -> list[str]:
        """The repairs that change a line, in their order; ftfy's steps have ftfy's names.

        >>> Repair().names("Tom &amp; Jerry\\u200b")
        ['unescape_html', 'invisible']
        """
        names: list[str] = []

        def noting(text: str, config: Any) -> str:
            fixed = fix_safely(text, config)
            names.extend(steps_of(text, fixed, config))
            return fixed

        self._mended(line, noting, names)
        return list(dict.fromkeys(names))

    def _mended(self, line: str, fix: Callable[[str, Any], str], names: list[str] | None = None) -> str:
        names = [] if names is None else names
        for _ in range(_ROUNDS):
            if line.endswith("\r"):
                line = line.rstrip("\r")
                names.append("line_breaks")
            fixed = fix(line, self.ftfy_config)
            line = _breaks_to_spaces(fixed)
            if line != fixed:
                names.append("line_breaks")
            if self.invisible:
                from scrubber.fix.invisible import remove_invisible

                line, seen = remove_invisible(line), line
                if line != seen:
                    names.append("invisible")
            if line == fixed:  # ftfy stops when it has nothing more to do; what we changed may give it more
                break
        return line

    def _repaired(self, before: Sequence[str]) -> tuple[list[str], list[int]]:
        """The lines after repair, and the offsets of those that differ from `before`."""
        lines, changed = list(before), set[int]()
        text = "\n".join(lines)
        if "\r" in text:
            lines = [line.rstrip("\r") for line in before]
            changed = {i for i, line in enumerate(lines) if len(line) != len(before[i])}
            text = "\n".join(lines)
        huge: dict[int, str] = {}
        if max(map(len, lines), default=0) > _HUGE:
            huge = {i: line for i, line in enumerate(lines) if len(line) > _HUGE}
            lines = ["" if i in huge else line for i, line in enumerate(lines)]
            text = "\n".join(lines)
        suspects = self._gate.suspects(lines, text)
        different = list(dict.fromkeys(lines[i] for i in suspects))
        parts = [different[at : at + _TOGETHER] for at in range(0, len(different), _TOGETHER)]
        known = {line: fixed for part in parts for line, fixed in zip(part, self._mended_together(part), strict=True)}
        for i in suspects:
            line = lines[i]
            if known[line] != line:
                lines[i] = known[line]
                changed.add(i)
        for i, line in huge.items():
            lines[i] = self.line(line)
            if lines[i] != line:
                changed.add(i)
        return lines, sorted(changed)

    def _mended_together(self, lines: list[str]) -> list[str]:
        """Each line as `line` repairs it.

        ftfy goes over a line again and again until nothing changes. Its first two steps are tried first, one after the
        other: where nothing is suspect after them, the rest of ftfy would change nothing.
        """
        mended = dict(enumerate(lines))
        left = [i for i, line in mended.items() if len(line) <= LONG]
        done: set[int] = set()
        for step in (resolve_entities, decode_again):
            for i in left:
                mended[i] = step(mended[i], self.ftfy_config)
            left = [i for i in left if "\n" not in mended[i]]
            tried = [mended[i] for i in left]
            still = set(self._gate.suspects(tried, "\n".join(tried)))
            done.update(i for number, i in enumerate(left) if number not in still)
            left = [i for number, i in enumerate(left) if number in still]
        return [mended[i] if i in done else self.line(line) for i, line in enumerate(lines)]

    @cached_property
    def _gate(self) -> Gate:
        from scrubber.fix.prepared import prepared

        usual = replace(self, unescape_html="auto", normalization="NFC") == Repair()
        tables = prepared() if usual else None
        return Gate(tables or self.tables(), entities=bool(self.unescape_html), form=self.normalization)

    def tables(self) -> Tables:
        """What the gate looks up, read off ftfy: a tenth of a second."""
        from scrubber.fix.mojibake import mojibake_pairs

        return tables_of(self._touched(), mojibake_pairs() if self.mojibake else [])

    @cached_property
    def ftfy_config(self) -> Any:
        """The same choice in ftfy's words, without its line breaks: `ftfy.fix_text(line, config)` is what we equal."""
        from ftfy import TextFixerConfig

        return TextFixerConfig(
            unescape_html=self.unescape_html,
            remove_terminal_escapes=self.terminal_escapes,
            fix_encoding=self.mojibake,
            fix_c1_controls=self.mojibake,
            fix_latin_ligatures=self.latin_ligatures,
            fix_character_width=self.character_width,
            uncurl_quotes=self.uncurl_quotes,
            fix_line_breaks=False,
            fix_surrogates=self.surrogates,
            remove_control_chars=self.control_characters,
            normalization=self.normalization,
            explain=False,
        )

    def _touched(self) -> frozenset[str]:
        """The characters that some repair removes or replaces wherever they stand."""
        from ftfy import chardata

        from scrubber.fix.invisible import INVISIBLE

        found = set(_BREAKS)
        if self.control_characters:
            found.update(map(chr, chardata.CONTROL_CHARS))
        if self.terminal_escapes:
            found.add("\x1b")
        if self.mojibake:
            found.update(map(chr, range(0x80, 0xA0)))
        if self.surrogates:
            found.update(map(chr, range(0xD800, 0xE000)))
        if self.latin_ligatures:
            found.update(map(chr, chardata.LIGATURES))
        if self.character_width:
            found.update(map(chr, chardata.WIDTH_MAP))
        if self.uncurl_quotes:
            found.update("\u02bc\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f")
        if self.invisible:
            found.update(INVISIBLE)
        return frozenset(found)
