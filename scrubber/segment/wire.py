"""Windows and scores as bytes, for scoring in another process."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

import msgspec
import numpy as np

from scrubber.segment.scores import LineScores
from scrubber.segment.windows import Window

_NAMES: Final = tuple(field.name for field in fields(LineScores))
_WIDE: Final = "classes"


def pack_windows(windows: list[Window]) -> bytes:
    """Bytes that `unpack_windows` turns into equal windows."""
    return msgspec.msgpack.encode([(w.lines, w.margin, w.core, w.last) for w in windows])


def unpack_windows(data: bytes) -> list[Window]:
    """The windows that `pack_windows` was given."""
    return [Window(*fields) for fields in msgspec.msgpack.decode(data, type=list[tuple[list[str], int, int, bool]])]


def pack_scores(scores: list[LineScores | None]) -> bytes:
    """Bytes that `unpack_scores` turns into equal scores."""
    return msgspec.msgpack.encode(
        [None if s is None else [_packed(getattr(s, name)) for name in _NAMES] for s in scores]
    )


def unpack_scores(data: bytes) -> list[LineScores | None]:
    """The scores that `pack_scores` was given."""
    decoded = msgspec.msgpack.decode(data, type=list[list[tuple[str, bytes]] | None])
    return [None if arrays is None else _scores(arrays) for arrays in decoded]


def _packed(array: np.ndarray[Any, Any]) -> tuple[str, bytes]:
    return array.dtype.str, np.ascontiguousarray(array).tobytes()


def _scores(arrays: list[tuple[str, bytes]]) -> LineScores:
    found = {name: np.frombuffer(data, dtype) for name, (dtype, data) in zip(_NAMES, arrays, strict=True)}
    found[_WIDE] = found[_WIDE].reshape(len(found["line"]), -1)
    return LineScores(**found)
