"""Gradient-boosted trees as arrays, evaluated by numpy: all trees and all rows go down one level at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scrubber.segment.features.columns import Floats


@dataclass(frozen=True, slots=True)
class Trees:
    """Nodes of all trees in one row. A leaf is its own child, so that rows that arrive early stay where they are."""

    root: npt.NDArray[np.int32]
    depth: int
    column: npt.NDArray[np.int32]
    limit: Floats  # values up to it go left
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    value: Floats

    @classmethod
    def load(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Trees:
        """Trees from the arrays that training wrote."""
        whole = {name: np.asarray(arrays[f"tree_{name}"], np.int32) for name in ("root", "column", "left", "right")}
        real = {name: np.asarray(arrays[f"tree_{name}"], np.float32) for name in ("limit", "value")}
        return cls(depth=int(arrays["tree_depth"]), **whole, **real)  # type: ignore[arg-type]

    def __call__(self, matrix: Floats) -> Floats:
        """The sum of the leaves of each row, a log odds."""
        row = np.arange(len(matrix))[:, None]
        node = np.broadcast_to(self.root, (len(matrix), len(self.root))).copy()
        for _ in range(self.depth):
            low = matrix[row, self.column[node]] <= self.limit[node]
            node = np.where(low, self.left[node], self.right[node])
        return np.asarray(self.value[node].sum(1, dtype=np.float64), np.float32)
