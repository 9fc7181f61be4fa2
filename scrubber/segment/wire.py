"""Windows, scores, cut pages and what is said of them as plain data, for work in another process."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from typing import Any, Final

import msgspec
import numpy as np

from scrubber.page import Kind, Label, Page, Verdict
from scrubber.segment.run import Cut
from scrubber.segment.scores import LineScores
from scrubber.segment.windows import Window

_NAMES: Final = tuple(field.name for field in fields(LineScores))
_WIDE: Final = "classes"
_encode: Final = msgspec.msgpack.encode

PlainScores = list[tuple[str, bytes]]  # type and bytes of each array
PlainPart = tuple[str, dict[int, bytes], dict[int, str], bytes, float, str | None]  # what only the writer reads
PlainCut = tuple[str, int, list[str], PlainPart, bool, list[PlainScores]]
PlainVerdict = tuple[str, str, float]
PlainPage = tuple[str, str, list[PlainVerdict], bytes]  # id, kind, verdicts, and which of them each line has


def pack_windows(windows: list[Window]) -> bytes:
    """Bytes that `unpack_windows` turns into equal windows."""
    return _encode([(w.lines, w.margin, w.core, w.last) for w in windows])


def unpack_windows(data: bytes) -> list[Window]:
    """The windows that `pack_windows` was given."""
    return [Window(*fields) for fields in msgspec.msgpack.decode(data, type=list[tuple[list[str], int, int, bool]])]


def pack_scores(scores: list[LineScores | None]) -> bytes:
    """Bytes that `unpack_scores` turns into equal scores."""
    return _encode([None if s is None else plain_scores(s) for s in scores])


def unpack_scores(data: bytes) -> list[LineScores | None]:
    """The scores that `pack_scores` was given."""
    decoded = msgspec.msgpack.decode(data, type=list[PlainScores | None])
    return [None if arrays is None else scores_of(arrays) for arrays in decoded]


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
    meta = msgspec.json.encode(page.meta) if page.meta else b""  # as JSON, which knows numbers of any size
    part = page.encoding, dict(page.undecoded), dict(page.unrepaired), meta, page.start_score, page.cut
    return page.source, page.line, list(page.lines), part, cut.extracted, list(map(plain_scores, cut.rows))


def cut_of(plain: PlainCut) -> Cut:
    """The cut page that `plain_cut` was given."""
    source, line, lines, (encoding, undecoded, unrepaired, meta, score, cut), extracted, rows = plain
    known = msgspec.json.decode(meta) if meta else {}
    page = Page(source, line, tuple(lines), known, encoding, undecoded, unrepaired, start_score=score, cut=cut)
    return Cut(page, list(map(scores_of, rows)), extracted)


def plain_page(page: Page) -> PlainPage:
    """What `label` fills; the verdicts are few objects, shared by many lines."""
    shared = {id(verdict): verdict for verdict in page.verdicts}
    place = {key: i for i, key in enumerate(shared)}
    which = np.array([place[id(verdict)] for verdict in page.verdicts], np.uint16)
    return page.id, page.kind.value, [(v.label.value, v.by, v.score) for v in shared.values()], which.tobytes()


def fields_of(plain: PlainPage) -> dict[str, Any]:
    """The fields of a page that `plain_page` was given."""
    name, kind, said, which = plain
    verdicts = [_verdict(*fields) for fields in said]
    of_line = tuple([verdicts[i] for i in np.frombuffer(which, np.uint16).tolist()])
    return {"id": name, "kind": Kind(kind), "verdicts": of_line}


@lru_cache(maxsize=4096)
def _verdict(label: str, by: str, score: float) -> Verdict:
    return Verdict(Label(label), by, score)


def _packed(array: np.ndarray[Any, Any]) -> tuple[str, bytes]:
    return array.dtype.str, np.ascontiguousarray(array).tobytes()
