"""The records that flow through scrubber. Read this first.

    bytes -> read -> Block -> fix -> Block -> segment -> Page -> language -> Page -> dedup -> Page -> write

Data only moves forward and only gains: a stage returns a copy in which its own fields are filled, and never touches
another stage's. Nothing is deleted on the way; the writer alone chooses what goes out, so that explaining, counting
and restoring read what cleaning wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import blake2b
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, TypeVar

SCHEMA_VERSION: Final = 1
T = TypeVar("T")
_NOTHING: Final[Mapping[Any, Any]] = MappingProxyType({})


class Label(StrEnum):
    """What a line is. The first three are the text of a page; every other line is left out, under this name."""

    TITLE = "title"
    HEADING = "heading"
    BODY = "body"
    BYLINE = "byline"
    CAPTION = "caption"
    CREDIT = "credit"
    COMMENT = "comment"
    NAV = "nav"
    SHARE = "share"
    AD = "ad"
    NEWSLETTER = "newsletter"
    PAYWALL = "paywall"
    RELATED = "related"
    BIO = "bio"
    TAGS = "tags"
    FOOTER = "footer"
    LISTING = "listing"
    QUERY = "query"
    BOILERPLATE = "boilerplate"
    BLANK = "blank"


KEEP: Final = frozenset({Label.TITLE, Label.HEADING, Label.BODY})
# the members that each line is asked for: Python 3.11 takes ten times as long to find one in its class
TITLE: Final = Label.TITLE
BODY: Final = Label.BODY
CAPTION: Final = Label.CAPTION


class Kind(StrEnum):
    """What a page is."""

    ARTICLE = "article"
    STUB = "stub"
    PAYWALL = "paywall"
    LISTING = "listing"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a line is, and who says so.

    `by` is `model`, the name of a rule, or `blank`. `score` in [0, 1] is the probability that keeping the line (or
    leaving it out) is right. One object is shared by all lines with the same verdict.
    """

    label: Label
    by: str
    score: float
    keeps: bool = field(init=False, repr=False, compare=False)  # is the line text? worked out once: it is asked often

    def __post_init__(self) -> None:
        object.__setattr__(self, "keeps", self.label in KEEP)


BLANK_LINE: Final = Verdict(Label.BLANK, "blank", 1.0)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The page that this one is a copy of, and how much of it.

    `jaccard` is |A & B| / |A | B| and `containment` |A & B| / |A| over the shingles A of the copy and B of the page
    that stays, both exact unless `estimated`. `mode` says which test it passed: exact, near or contained.
    """

    of: str
    mode: str
    jaccard: float
    containment: float
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Repeat:
    """The line that a line repeats: page id, source line number, and their Jaccard similarity."""

    page: str
    line: int
    jaccard: float


@dataclass(frozen=True, slots=True)
class Block:
    """A bounded run of lines as read, or one whole record of a format that knows its pages.

    `lines` hold no newline; line i is line `line + i` of `source`. `ends_page` closes the page after the last line.
    `extracted` marks main text that an HTML extractor has already chosen. `single` forbids cuts inside the block.
    """

    source: str
    line: int
    lines: tuple[str, ...]
    ends_page: bool = False
    single: bool = False
    extracted: bool = False
    meta: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    encoding: str = "cp1252"
    # offset of a line -> its bytes, where they are not UTF-8 and were read as `encoding` (filled by read)
    undecoded: Mapping[int, bytes] = field(default_factory=lambda: _NOTHING)
    # offset of a line -> the line before repair, where repair changed it (filled by fix)
    unrepaired: Mapping[int, str] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class Dead:
    """A piece of input that could not become text: it passes every stage untouched and is counted by the writer.

    `lines` is how many input lines it stands for; `raw` holds its first bytes for the rejects.
    """

    source: str
    line: int
    reason: str
    raw: bytes = b""
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Page:
    """One scraped page: raw lines `line` to `line + len(lines)` of `source`, with a verdict for each."""

    source: str
    line: int
    lines: tuple[str, ...]
    meta: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    encoding: str = "cp1252"
    undecoded: Mapping[int, bytes] = field(default_factory=lambda: _NOTHING)
    unrepaired: Mapping[int, str] = field(default_factory=lambda: _NOTHING)
    # filled by segment
    id: str = ""
    kind: Kind = Kind.OTHER
    verdicts: tuple[Verdict, ...] = ()
    start_score: float = 1.0
    cut: str | None = None
    # filled by language
    language: str | None = None
    language_score: float = 0.0
    # filled by dedup; `candidate`: what it compares, until it is done; `repeat_of`: offset of a line -> what it repeats
    candidate: Any = None
    repeat_of: Mapping[int, Repeat] = field(default_factory=lambda: _NOTHING)
    duplicate_of: Duplicate | None = None
    # what a worker has made for the writer, who makes it again where dedup has found a copy or a repeat
    ready: Any = field(default=None, compare=False)

    def kept(self) -> list[int]:
        """Offsets of the lines that are text of this page: those with a keeping verdict that repeat no other line."""
        kept, repeats = [i for i, v in enumerate(self.verdicts) if v.keeps], self.repeat_of
        return [i for i in kept if i not in repeats] if repeats else kept

    @property
    def text(self) -> str:
        """The clean text: kept lines without indent and trailing space, joined by newlines."""
        return self._text_of(self.kept())

    @property
    def title(self) -> str | None:
        """The first kept title line, if there is one."""
        return self._title_of(self.kept())

    @property
    def captions(self) -> list[str]:
        """The caption lines that repeat no other caption."""
        repeats = self.repeat_of
        return [self.lines[i].strip() for i, v in enumerate(self.verdicts) if v.label is CAPTION and i not in repeats]

    def _text_of(self, kept: list[int]) -> str:
        return "\n".join([self.lines[i].strip() for i in kept])

    def _title_of(self, kept: list[int]) -> str | None:
        return next((self.lines[i].strip() for i in kept if self.verdicts[i].label is TITLE), None)

    def record(self) -> dict[str, Any]:
        """The output record: every key always present, fixed types, `None` allowed; see docs/record.md."""
        duplicate = self.duplicate_of
        kept = [] if duplicate else self.kept()
        url, created = self.meta.get("url"), self.meta.get("created")
        return {
            "id": self.id,
            "text": self._text_of(kept),
            "source": self.source,
            "start_line": self.line,
            "end_line": self.line + len(self.lines),
            "kept_lines": [self.line + i for i in kept],
            "title": self._title_of(kept),
            "kind": self.kind.value,
            "language": self.language,
            "language_score": round(self.language_score, 4),
            "captions": [] if duplicate else self.captions,
            "duplicate_of": duplicate.of if duplicate else None,
            "url": url if isinstance(url, str) else None,
            "added": None,
            "created": created if isinstance(created, str) else None,
            "metadata": dict(self.meta),
            "attributes": {
                "encoding": self.encoding if self.undecoded else "utf-8",
                "undecoded_lines": len(self.undecoded),
                "repaired_lines": len(self.unrepaired),
                "start_score": round(self.start_score, 4),
                "cut": self.cut,
                "duplicate_jaccard": round(duplicate.jaccard, 4) if duplicate else None,
            },
            "schema_version": SCHEMA_VERSION,
        }


def page_id(source: str, line: int, lines: tuple[str, ...]) -> str:
    """A name for a page that is the same in every run: 128 bits of BLAKE2b over its source, its place and its lines."""
    head = f"{source}\0{line}\0"
    return blake2b((head + "\n".join(lines)).encode("utf-8", "replace"), digest_size=16).hexdigest()


def with_fields(page: Page, **fields: Any) -> Page:
    """A copy of `page` with some fields filled; the other fields, and the page given, stay as they are."""
    return replace(page, **fields)


def growing(items: Iterable[T], most: int) -> Iterator[list[T]]:
    """Lists of 1, 2, 4 ... and then always `most` items: the first come out soon, and later ones many at a time."""
    stream, size = iter(items), 1
    while batch := list(islice(stream, size)):
        yield batch
        size = min(2 * size, most)


REMEMBERED: Final = 100


@dataclass(slots=True)
class SourceEnd:
    """How a text source ended: its lines, whether the last one has a newline, and the lines that were cut in pieces."""

    lines: int
    final_newline: bool
    cut_lines: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Intake:
    """What was taken in, counted where it is read: the other side of the ledger's balance.

    Bytes, input lines, lines that lost bytes in decoding, and reports about damaged input as `source:line: reason`.

    `damaged` counts all reports; the first hundred texts are remembered.
    """

    size: int = 0
    lines: int = 0
    undecoded: int = 0
    damaged: int = 0
    reports: list[str] = field(default_factory=list)
    ends: dict[str, SourceEnd] = field(default_factory=dict)

    def took(self, size: int) -> None:
        self.size += size

    def report(self, where: str, reason: str) -> None:
        """Remember damage; `where` is `source` or `source:line`, lines counted from 1 as editors do."""
        self.damaged += 1
        if len(self.reports) < REMEMBERED:
            self.reports.append(f"{where}: {reason}")

    def dead(self, source: str, line: int, reason: str, raw: bytes) -> Dead:
        """One input line that could not become text, counted."""
        self.lines += 1
        return Dead(source, line, reason, raw)


@dataclass(slots=True)
class Recall:
    """How many pages deduplication in one pass remembers, and what it has forgotten: copies of these are not found."""

    pages: int = 0
    forgotten_pages: int = 0
    forgotten_captions: int = 0
