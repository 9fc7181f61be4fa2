"""Bytes -> text, without losing a line over one bad byte.

A dump glues pages of many encodings together, so no single decision for the whole input can be right, and a decision
for each block would depend on where the blocks were cut. What is decided:

    for a stream, from its first bytes    UTF-16 and UTF-32 (`as_utf8`), a legacy encoding to expect (`expected_legacy`)
    for each line, from the line alone    UTF-8, damaged UTF-8, the legacy encoding, or cp1252 (`decode_lines`)

so that the answer is the same for any block size. A UTF-8 byte order mark is left for the repair stage, which removes
it and remembers the line as it was.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

from scrubber.read.open import BrokenArchive, ByteStream

SNIFFED: Final = 1 << 16
_HEAD: Final = 1024  # a pipe that trickles must not wait long
_CHUNK: Final = 1 << 16

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with theirs
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE: Final = frozenset(name for _, name in _MARKS) | {"utf-16", "utf-32"}


class Decoded(NamedTuple):
    """The lines of a block.

    `undecoded` maps the offset of each line that is not strict UTF-8 to its bytes, so that the input can be rebuilt; a
    line among them that holds U+FFFD has lost characters, the others are complete. `encoding` is what those lines were
    read as; every other line is UTF-8.
    """

    lines: list[str]
    undecoded: dict[int, bytes]
    encoding: str


def decode_lines(raw: bytes, legacy: str | None = None, *, declared: bool = False) -> Decoded:
    r"""Cut whole lines (without the last newline) at "\n" and decode each by itself.

    `legacy` is the encoding to try for lines that are not UTF-8: `declared` by the user, or only what `expected_legacy`
    found, which gives way to another one where a line speaks for it.

    >>> decode_lines(b"caf\xc3\xa9\ncaf\xe9").lines
    ['café', 'café']
    """
    try:
        return Decoded(raw.decode("utf-8").split("\n"), {}, legacy or "cp1252")
    except UnicodeDecodeError:
        pass
    lines: list[str] = []
    undecoded: dict[int, bytes] = {}
    for offset, line in enumerate(raw.split(b"\n")):
        try:
            lines.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            lines.append(decode_line(line, legacy, declared=declared))
            undecoded[offset] = line
    return Decoded(lines, undecoded, legacy or "cp1252")


_GOOD: Final = (
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
_SEQUENCES: Final = (
    rb"(?P<good>(?:" + _GOOD + rb")+)"
    rb"|(?P<pair>\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf])"  # CESU-8: what Java and MySQL make of an emoji
    rb"|(?P<lone>\xed[\xa0-\xbf][\x80-\xbf])"
    rb"|(?P<edge>^[\x80-\xbf]{2,3}|(?:[\xe0-\xef][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{1,2})\Z)"  # cut with the line
)
_PIECES: Final = _SEQUENCES + rb"|(?P<cut>[\xe0-\xef][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{1,2})|(?P<odd>[\x80-\xff])"
_LEAD: Final = re.compile(rb"[\xc2-\xf4][\x80-\xbf]|^[\x80-\xbf]")  # without these, no sequence, whole or cut
_ABOVE_ASCII: Final = bytes(range(0x80, 0x100))
_UNDEFINED: Final = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")  # in cp1252
_LOST: Final = "\ufffd".encode()


@cache
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    """A pattern for bytes that are not UTF-8: most inputs have none, and start sooner without."""
    return re.compile(pattern)


def decode_line(raw: bytes, legacy: str | None = None, *, declared: bool = False) -> str:
    r"""Read a line that is not strict UTF-8; never raises, and never makes a surrogate.

    Mostly UTF-8 sequences: UTF-8 with damage, where a stray byte is read as cp1252 and a cut sequence is U+FFFD. Else
    the declared encoding, or the one that the letters of the line speak for, if every byte fits it; else cp1252, else
    U+FFFD for what is no text at all.

    >>> decode_line(b"\xe2\x80\x9ctr\xc3\xa8s\xe2\x80\x9d \x96 oui")
    '“très” – oui'
    >>> decode_line("привет".encode("cp1251"), "cp1251")
    'привет'
    """
    if _is_damaged_utf8(raw):
        return _compiled(_PIECES).sub(_mend, raw).decode("utf-8")
    from scrubber.read.guess import guess

    try:
        return _without_surrogates(raw.decode(legacy if declared and legacy else guess(raw, legacy)))
    except (UnicodeDecodeError, LookupError):
        pass
    if len(_UNDEFINED.findall(raw)) * 8 > _above_ascii(raw):
        return raw.decode("ascii", "replace")
    return raw.decode("cp1252", "replace")


def _is_damaged_utf8(raw: bytes) -> bool:
    """Whether two thirds of the bytes above ASCII stand in UTF-8 sequences; in Shift-JIS, half of them do by chance."""
    if not _LEAD.search(raw):
        return False
    above = _above_ascii(raw)
    inside = sum(piece.end() - piece.start() for piece in _compiled(_SEQUENCES).finditer(raw))
    return 0 < inside >= 2 * (above - inside)


def _above_ascii(raw: bytes) -> int:
    return len(raw) - len(raw.translate(None, _ABOVE_ASCII))


def _mend(piece: re.Match[bytes]) -> bytes:
    found = piece[0]
    if piece.lastgroup == "good":
        return found
    if piece.lastgroup == "pair":
        units = found.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
        return units.decode("utf-16-le").encode()
    if piece.lastgroup == "odd":
        return found.decode("cp1252", "replace").encode()
    return _LOST


def _without_surrogates(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def as_utf8(stream: ByteStream, declared: str | None = None) -> ByteStream:
    """The stream itself, or, where its bytes are UTF-16 or UTF-32, the same text as UTF-8.

    These are known by their byte order mark, by a declared name, or by the zero bytes that ASCII leaves in them.
    """
    head = stream.peek(_HEAD)
    for mark, name in _MARKS:
        if head.startswith(mark) and not _is_utf16_with_nul(head, name):
            return ByteStream(_Transcoded(stream, name).read)
    if declared and codecs.lookup(declared).name in _WIDE:
        return ByteStream(_Transcoded(stream, declared).read)
    unmarked = _wide_without_mark(head)
    return ByteStream(_Transcoded(stream, unmarked).read) if unmarked else stream


def _is_utf16_with_nul(head: bytes, name: str) -> bool:
    """Whether FF FE 00 00 is a UTF-16 text that begins with NUL: then its units are no UTF-32 code points."""
    if name != "utf-32-le":
        return False
    whole = head[: len(head) // 4 * 4]
    try:
        whole.decode("utf-32-le")
    except UnicodeDecodeError:
        return True
    return False


def _wide_without_mark(head: bytes) -> str | None:
    """UTF-16 without a mark: nearly all bytes at even (or odd) places are zero, hardly any at the others."""
    pairs = len(head) // 2
    if pairs < 8:
        return None
    even, odd = head[0 : pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if odd * 10 > pairs * 7 and even * 20 < pairs:
        return "utf-16-le"
    if even * 10 > pairs * 7 and odd * 20 < pairs:
        return "utf-16-be"
    return None


class _Transcoded:
    """The UTF-8 bytes of a stream in another encoding; a sequence that cannot be decoded is U+FFFD."""

    def __init__(self, stream: ByteStream, encoding: str) -> None:
        self._stream = stream
        self._decode: Callable[[bytes, bool], str] = codecs.getincrementaldecoder(encoding)("replace").decode
        self._at_start = True

    def read(self, size: int) -> bytes:
        """Some bytes, not more than four times `size`; none at the end."""
        while True:
            data = self._stream.read(min(size, _CHUNK))
            text = self._decode(data, not data)
            if self._at_start and text:
                text, self._at_start = text.removeprefix("\ufeff"), False
            if text:
                return text.encode("utf-8", "replace")
            if not data:
                if self._stream.damage:
                    raise BrokenArchive(self._stream.damage)
                return b""


# what the detector may answer; of the kin of cp1252 it cannot tell one from the other
_LEGACY: Final = (
    *("cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp874", "cp1252"),
    *("gb18030", "big5", "cp932", "euc_jp", "euc_kr", "cp949"),
)
_ENOUGH: Final = 64
_IN_WORD: Final = r"(?<=[A-Za-z])[^\x00-\x7f’‘–—\u00a0\u00ad](?=[a-z])"


def expected_legacy(head: bytes) -> str | None:
    """Which encoding to expect where lines are not UTF-8, from the first 64 KB of a stream; `None` for cp1252.

    It decides for lines that say too little by themselves. Where no line says enough, charset-normalizer is asked about
    all together; below 64 bytes above ASCII its answer would be luck, and cp1252 is the better one.
    """
    lines = head[:SNIFFED].split(b"\n")
    legacy = [line for line in lines[:-1] or lines if not _is_utf8(line) and not _is_damaged_utf8(line)]
    evidence = b"\n".join(legacy)
    if _above_ascii(evidence) < _ENOUGH:
        return None
    from scrubber.read.guess import common_guess

    found = common_guess(legacy) or _detected(evidence)
    if found == "cp1252":
        return "cp1250" if _symbols_in_words(evidence, "cp1250") * 4 < _symbols_in_words(evidence, "cp1252") else None
    return found


def _detected(evidence: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(evidence, cp_isolation=list(_LEGACY), preemptive_behaviour=False).best()
    return "cp1252" if best is None else best.encoding


def _symbols_in_words(raw: bytes, encoding: str) -> int:
    """How often a character that is no letter stands between letters: what Polish becomes when it is read as cp1252."""
    return sum(not found[0].isalpha() for found in re.finditer(_IN_WORD, raw.decode(encoding, "replace")))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
