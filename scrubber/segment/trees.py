"""Gradient-boosted trees as arrays, evaluated by numpy: all trees and many rows go down one level at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.segment.features.columns import Floats

START_TREES: Final = "tree"  # the names that the arrays of a weights file begin with
TEXT_TREES: Final = "text_tree"
TILE: Final = 128  # rows; nodes of all trees for so many stay in the cache


@dataclass(frozen=True, slots=True)
class Trees:
    """Nodes of all trees in one row. A leaf is its own child, so that rows that arrive early stay where they are."""

    root: npt.NDArray[np.int32]
    depth: int
    column: npt.NDArray[np.int32]
    limit: Floats  # values up to it go left
    child: npt.NDArray[np.int32]  # right and left child of each node, in turn
    value: Floats

    @classmethod
    def load(cls, arrays: Mapping[str, npt.NDArray[np.generic]], name: str) -> Trees:
        """The trees that training wrote under `name`: `START_TREES` or `TEXT_TREES`."""
        whole = {part: np.asarray(arrays[f"{name}_{part}"], np.int32) for part in ("root", "column", "left", "right")}
        real = {part: np.asarray(arrays[f"{name}_{part}"], np.float32) for part in ("limit", "value")}
        child = np.stack([whole.pop("right"), whole.pop("left")], 1).ravel()
        return cls(depth=int(arrays[f"{name}_depth"]), child=child, **whole, **real)  # type: ignore[arg-type]

    def __call__(self, matrix: Floats) -> Floats:
        """The sum of the leaves of each row, a log odds."""
        tiles = [self._sum(matrix[i : i + TILE]) for i in range(0, len(matrix), TILE)]
        return np.concatenate(tiles) if tiles else np.zeros(0, np.float32)

    def _sum(self, matrix: Floats) -> Floats:
        rows = len(matrix)
        flat = np.ascontiguousarray(matrix.T).ravel()  # column by column: the rows that a node looks at lie together
        begin, here = self.column * np.int32(rows), np.arange(rows, dtype=np.int32)
        node = np.repeat(self.root[:, None], rows, 1)
        for _ in range(self.depth):
            low = flat.take(begin.take(node) + here) <= self.limit.take(node)
            node = self.child.take((node << 1) + low)
        return np.asarray(self.value.take(node).sum(0, dtype=np.float64), np.float32)
