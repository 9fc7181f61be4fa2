"""What is not in the output, with who said so; and how to put a dump together again from output and rejects.

`--rejects` writes one JSON record a page, in order, and one a source. A page's `lines` hold every line that cannot be
had from the output: dropped ones with label, rule and score, and kept ones that repair or stripping changed. Empty
lines are left out. Bytes that were not UTF-8 are kept in `base64`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import Any

from scrubber.errors import InputError
from scrubber.page import Dead, Intake, Page


def page_record(page: Page, reason: str | None) -> dict[str, Any]:
    """The rejects record of a page; `reason` says why the page is not written, `None` when it is."""
    duplicate = page.duplicate_of
    hidden = reason is not None or duplicate is not None
    kept = frozenset() if hidden else frozenset(page.kept())
    return {
        "type": "page",
        "id": page.id,
        "source": page.source,
        "start_line": page.line,
        "end_line": page.line + len(page.lines),
        "kind": page.kind.value,
        "reason": reason,
        "duplicate_of": None
        if duplicate is None
        else {
            "id": duplicate.of,
            "mode": duplicate.mode,
            "jaccard": round(duplicate.jaccard, 4),
            "containment": round(duplicate.containment, 4),
        },
        "lines": [_line_record(page, i, i in kept) for i in range(len(page.lines)) if _must_tell(page, i, i in kept)],
    }


def _must_tell(page: Page, offset: int, kept: bool) -> bool:
    line = page.lines[offset]
    if offset in page.undecoded or offset in page.unrepaired:
        return True
    return line != line.strip() if kept else line != ""


def _line_record(page: Page, offset: int, kept: bool) -> dict[str, Any]:
    verdict, text = page.verdicts[offset], page.unrepaired.get(offset, page.lines[offset])
    record: dict[str, Any] = {
        "line": page.line + offset,
        "label": verdict.label.value,
        "by": verdict.by,
        "score": verdict.score,
        "kept": kept,
        "text": text,
    }
    if offset in page.undecoded:
        record["base64"] = base64.b64encode(page.undecoded[offset]).decode()
    elif not _is_unicode(text):
        data = text.encode("utf-8", "surrogatepass")
        record |= {"text": data.decode("utf-8", "replace"), "base64": base64.b64encode(data).decode()}
    if repeat := page.repeat_of.get(offset):
        record["repeat_of"] = {"id": repeat.page, "line": repeat.line, "jaccard": round(repeat.jaccard, 4)}
    return record


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True


def dead_record(dead: Dead) -> dict[str, Any]:
    """The rejects record of a piece of input that could not become text."""
    return {
        "type": "dead",
        "source": dead.source,
        "line": dead.line,
        "lines": dead.lines,
        "reason": dead.reason,
        "base64": base64.b64encode(dead.raw).decode(),
    }


def source_records(intake: Intake) -> Iterator[dict[str, Any]]:
    """One record for each text source: what `restore` needs besides the lines."""
    for source, end in intake.ends.items():
        yield {
            "type": "source",
            "source": source,
            "lines": end.lines,
            "final_newline": end.final_newline,
            "cut_lines": end.cut_lines,
        }


def restored(
    output: Iterable[dict[str, Any]], rejects: Iterable[dict[str, Any]], end: dict[str, Any]
) -> Iterator[bytes]:
    """The bytes of one source, line by line, from the records of its output and rejects, both in order.

    `end` is the source's own record. Raises `InputError` where a line is in neither file.
    """
    source, expected = end["source"], 0
    for start, lines in _restored_runs(output, rejects):
        if start != expected:
            raise InputError(
                source, "lines are missing from the rejects; were they written by the same run?", start + 1
            )
        for number, line in enumerate(lines, start):
            yield line + (b"\n" if _has_newline(number, end) else b"")
        expected = start + len(lines)
    if expected != end["lines"]:
        raise InputError(source, f"only {expected} of {end['lines']} lines are in the rejects; were they cut off?")


def _has_newline(number: int, end: dict[str, Any]) -> bool:
    is_last = number == end["lines"] - 1
    return number not in end["cut_lines"] and (end["final_newline"] or not is_last)


def _restored_runs(
    output: Iterable[dict[str, Any]], rejects: Iterable[dict[str, Any]]
) -> Iterator[tuple[int, list[bytes]]]:
    """The first line and the raw lines of each page or dead piece, in order."""
    pages = iter(output)
    written = next(pages, None)
    for record in rejects:
        if record["type"] == "dead":
            if record["lines"]:
                yield record["line"], base64.b64decode(record["base64"]).split(b"\n")
            continue
        found: dict[int, bytes] = {}
        if written is not None and written["id"] == record["id"]:
            found.update(_kept_lines(written))
            written = next(pages, None)
        found.update((entry["line"], _raw(entry)) for entry in record["lines"])
        numbers = range(record["start_line"], record["end_line"])
        yield record["start_line"], [found.get(number, b"") for number in numbers]


def _kept_lines(record: dict[str, Any]) -> Iterator[tuple[int, bytes]]:
    if record["kept_lines"]:
        for number, text in zip(record["kept_lines"], record["text"].split("\n"), strict=True):
            yield number, text.encode("utf-8", "surrogatepass")


def _raw(entry: dict[str, Any]) -> bytes:
    if "base64" in entry:
        return base64.b64decode(entry["base64"])
    return str(entry["text"]).encode("utf-8", "surrogatepass")
