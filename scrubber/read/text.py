"""Plain text: pages glued together with no delimiter, as blocks of whole lines."""

from __future__ import annotations

from collections.abc import Iterator

from scrubber.page import Block, Dead, Intake, SourceEnd
from scrubber.read.decode import SNIFFED, decode_lines, expected_legacy
from scrubber.read.lines import whole_lines
from scrubber.read.open import ByteStream
from scrubber.read.options import ReadOptions


def looks_like(head: bytes, name: str) -> bool:
    """Anything is text."""
    return True


def read(stream: ByteStream, source: str, options: ReadOptions, intake: Intake) -> Iterator[Block | Dead]:
    """Blocks of about `options.block_bytes`; a page may go on from one to the next."""
    line, closed, legacy = 0, True, options.encoding or expected_legacy(stream.peek(SNIFFED))
    cut_lines: list[int] = []
    for raw, closed in whole_lines(stream, options.block_bytes, options.max_line_bytes):
        lines, undecoded, encoding = decode_lines(
            raw.removesuffix(b"\n") if closed else raw, legacy, declared=options.encoding is not None
        )
        for offset in (offset for offset in undecoded if "\ufffd" in lines[offset]):
            intake.report(
                f"{source}:{line + offset + 1}", "bytes that are no text in UTF-8 or the expected encoding (--encoding)"
            )
        if not closed and len(raw) > options.max_line_bytes - 4:
            cut_lines.append(line + len(lines) - 1)
            intake.report(f"{source}:{line + 1}", f"cut after {options.max_line_bytes} bytes (--max-line-bytes)")
        intake.lines += len(lines)
        intake.undecoded += len(undecoded)
        yield Block(source, line, tuple(lines), single=not options.split, undecoded=undecoded, encoding=encoding)
        line += len(lines)
    intake.ends[source] = SourceEnd(line, closed, cut_lines)
