"""Windows, scores, cut pages and what is said of them as plain data, for work in another process."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any, Final

import msgspec
import numpy as np

from scrubber.page import Block, Kind, Label, Page, Verdict
from scrubber.segment.run import Cut
from scrubber.segment.scores import LineScores
from scrubber.segment.windows import Window

_NAMES: Final = tuple(field.name for field in fields(LineScores))
_WIDE: Final = "classes"
_NUMBER: Final = "H"  # of a verdict, in an array

PlainScores = list[tuple[str, bytes]]  # type and bytes of each array
PlainPlace = tuple[str, int, bool, bool, bytes, str, dict[int, bytes], dict[int, str]]
PlainWindow = tuple[list[str], int, int, bool, PlainPlace | None]
PlainPart = tuple[str, dict[int, bytes], dict[int, str], bytes, float, str | None]  # what only the writer reads
PlainCut = tuple[str, int, list[str], PlainPart, bool, list[PlainScores]]
PlainVerdict = tuple[str, str, float]
PlainPage = tuple[str, str, bytes]  # id, kind, and which verdict each line has


def plain_window(window: Window) -> PlainWindow:
    """A window as plain data."""
    place = None if window.place is None else _plain_place(window.place)
    return window.lines, window.margin, window.core, window.last, place


def window_of(plain: PlainWindow) -> Window:
    """The window that `plain_window` was given."""
    lines, margin, core, last, place = plain
    return Window(lines, margin, core, last, None if place is None else _place_of(place))


def _plain_place(block: Block) -> PlainPlace:
    noted = block.encoding, dict(block.undecoded), dict(block.unrepaired)
    return block.source, block.line, block.single, block.extracted, _plain_meta(block.meta), *noted


def _place_of(plain: PlainPlace) -> Block:
    source, line, single, extracted, meta, encoding, undecoded, unrepaired = plain
    noted = _meta_of(meta), encoding, undecoded, unrepaired
    return Block(source, line, (), False, single, extracted, *noted)


def _plain_meta(meta: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(meta) if meta else b""  # as JSON, which knows numbers of any size


def _meta_of(plain: bytes) -> dict[str, Any]:
    known: dict[str, Any] = msgspec.json.decode(plain) if plain else {}
    return known


def plain_scores(scores: LineScores) -> PlainScores:
    """The arrays of scores as bytes."""
    return [_packed(getattr(scores, name)) for name in _NAMES]


def scores_of(arrays: PlainScores) -> LineScores:
    """The scores that `plain_scores` was given."""
    found = {name: np.frombuffer(data, dtype) for name, (dtype, data) in zip(_NAMES, arrays, strict=True)}
    found[_WIDE] = found[_WIDE].reshape(len(found["line"]), -1)
    return LineScores(**found)


def plain_cut(cut: Cut) -> PlainCut:
    """A cut page as plain data."""
    page = cut.page
    noted = page.encoding, dict(page.undecoded), dict(page.unrepaired)
    part = *noted, _plain_meta(page.meta), page.start_score, page.cut
    return page.source, page.line, list(page.lines), part, cut.extracted, list(map(plain_scores, cut.rows))


def cut_of(plain: PlainCut) -> Cut:
    """The cut page that `plain_cut` was given."""
    source, line, lines, (encoding, undecoded, unrepaired, meta, score, cut), extracted, rows = plain
    known = _meta_of(meta), encoding, undecoded, unrepaired
    page = Page(source, line, tuple(lines), *known, start_score=score, cut=cut)
    return Cut(page, list(map(scores_of, rows)), extracted)


class VerdictTable:
    """Numbers for verdicts: few objects are shared by all lines of many pages."""

    def __init__(self) -> None:
        self._all: list[Verdict] = []
        self._number: dict[int, int] = {}  # by identity: asking a verdict for its hash takes longer

    def numbers(self, verdicts: Sequence[Verdict]) -> bytes:
        """The number of each verdict."""
        keys, number = list(map(id, verdicts)), self._number
        new = set(keys).difference(number)
        for key, verdict in zip(keys, verdicts, strict=True) if new else ():
            if key not in number:
                number[key] = len(self._all)
                self._all.append(verdict)
        return array(_NUMBER, map(number.__getitem__, keys)).tobytes()

    @property
    def plain(self) -> list[PlainVerdict]:
        """The verdicts in the order of their numbers."""
        return [(verdict.label.value, verdict.by, verdict.score) for verdict in self._all]


def plain_page(page: Page, table: VerdictTable) -> PlainPage:
    """What `label` fills."""
    return page.id, page.kind.value, table.numbers(page.verdicts)


def fields_of(plain: PlainPage, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The fields of a page that `plain_page` was given."""
    name, kind, which = plain
    return {"id": name, "kind": Kind(kind), "verdicts": tuple(map(verdicts.__getitem__, array(_NUMBER, which)))}


def verdicts_of(plain: list[PlainVerdict]) -> list[Verdict]:
    """The verdicts of a `VerdictTable`."""
    return [_verdict(*fields) for fields in plain]


@lru_cache(maxsize=4096)
def _verdict(label: str, by: str, score: float) -> Verdict:
    return Verdict(Label(label), by, score)


def _packed(array: np.ndarray[Any, Any]) -> tuple[str, bytes]:
    return array.dtype.str, np.ascontiguousarray(array).tobytes()
