"""JSON lines: one record a line, whose text may itself hold several pages; the other fields become metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

import msgspec

from scrubber.errors import InputError
from scrubber.page import Block, Dead, Intake
from scrubber.read.lines import whole_lines
from scrubber.read.open import ByteStream, open_path, unpacked
from scrubber.read.options import ReadOptions

if TYPE_CHECKING:
    from scrubber.read.extractor import Extractor

SUFFIXES: Final = (".jsonl", ".ndjson", ".jl")
HTML_FIELD: Final = "html"
DEEPEST: Final = 128


def looks_like(head: bytes, name: str) -> bool:
    """Whether a stream holds JSON records: by its name, or because its first line is a JSON object."""
    if name.endswith(SUFFIXES):
        return True
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)
    if not first[0].startswith(b"{"):
        return False
    return _is_object(first[0]) if len(first) == 2 else first[0].startswith((b'{"', b'{ "'))


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(_parsed(line), dict)
    except ValueError:
        return False


def read(stream: ByteStream, source: str, options: ReadOptions, intake: Intake) -> Iterator[Block | Dead]:
    """A block for each record, named `source#line`; a bad line is reported, and the rest goes on."""
    number, too_long = 0, False
    from scrubber.read.extractor import Extractor

    with Extractor(options.html_timeout) as extractor:
        for raw, closed in whole_lines(stream, options.block_bytes, options.max_line_bytes):
            for line in raw.removesuffix(b"\n").split(b"\n") if closed else [raw]:
                if too_long:
                    too_long = not closed
                    continue
                too_long = not closed and len(raw) > options.max_line_bytes - 4
                if too_long:
                    reason = f"a record of more than {options.max_line_bytes} bytes (--max-line-bytes)"
                    yield intake.dead(source, number, reason, line[:1000])
                elif line.strip():
                    yield _record(line, source, number, options, intake, extractor)
                number += 1


def parsed_lines(path: str) -> Iterator[dict[str, Any]]:
    """The records of a JSONL file, packed or not. Raises `InputError` at the first line that is no record."""
    file, stream = open_path(path, lambda _: None)
    number = 0
    with file:
        for raw, _ in whole_lines(unpacked(stream), 1 << 20, 1 << 40):
            for line in raw.removesuffix(b"\n").split(b"\n"):
                number += 1
                try:
                    yield msgspec.json.decode(line, type=dict[str, Any])
                except (msgspec.DecodeError, RecursionError) as error:
                    raise InputError(path, f"not a record of scrubber: {error}", number) from error


def _record(
    line: bytes, source: str, number: int, options: ReadOptions, intake: Intake, extractor: Extractor
) -> Block | Dead:
    dead = partial(intake.dead, source, number, raw=line)
    try:
        record = _parsed(line)
    except ValueError as error:
        return dead(reason=f"not JSON: {error}")
    if not _is_utf8(line):
        intake.undecoded += 1
        intake.report(f"{source}:{number + 1}", "bytes in the record that are not UTF-8")
    if not isinstance(record, dict):
        return dead(reason=f"a JSON {type(record).__name__}, not an object")
    if _depth(record) > DEEPEST:
        return dead(reason=f"nested more than {DEEPEST} levels deep")
    name = f"{source}#{number + 1}"
    text = record.pop(options.text_field, None)
    if isinstance(text, str):
        lines = tuple(text.split("\n"))
        intake.lines += len(lines)
        return Block(name, 0, lines, ends_page=True, single=not options.split, meta=record)
    html = record.pop(HTML_FIELD, None)
    if isinstance(html, str):
        return extractor.block(html.encode("utf-8", "replace"), name, record, intake)
    fields = ", ".join(sorted(map(str, record))[:8])
    return dead(reason=f"no text in field {options.text_field!r}; name it with --text-field (there are: {fields})")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parsed(line: bytes) -> Any:
    """A JSON value. Lone surrogates and bytes that are not UTF-8 become U+FFFD. Raises `ValueError`."""
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        value = json.loads(line.decode("utf-8", "replace").lstrip("\ufeff"), parse_constant=_refuse)
        return _without_surrogates(value)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value


def _depth(value: Any) -> int:
    """Levels of nesting, found without recursion, so that no input can exhaust the stack."""
    depth, level = 0, [value]
    while level and depth <= DEEPEST:
        level = [
            item for v in level for item in (v.values() if isinstance(v, dict) else v if isinstance(v, list) else ())
        ]
        depth += 1
    return depth
