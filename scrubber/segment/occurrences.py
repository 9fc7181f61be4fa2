"""How often the same line stands near a line, in its document."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.segment.features.layout import Layout
from scrubber.segment.features.tokens import Hashes

Rows = npt.NDArray[np.int64]

REPEAT_REACH: Final = 1000  # rows


class Occurrences:
    """Some rows of a window by their keys, to be counted within reach, with the weight that each row of the window has.

    Lines without words repeat nothing.
    """

    def __init__(self, keys: Hashes, rows: Rows, weight: npt.NDArray[np.int64]) -> None:
        self._order = np.sort(keys[rows].astype(np.int64) << 31 | rows)
        self._weight = np.concatenate([[0], np.cumsum(weight[self._order & 0x7FFFFFFF])])

    def near(self, keys: Hashes, at: Rows, layout: Layout) -> tuple[Rows, Rows]:
        """Number and weight of the rows with the same key within reach, in the same document."""
        base = keys.astype(np.int64) << 31
        low = np.searchsorted(self._order, base | np.maximum(at - REPEAT_REACH, layout.low[at]))
        high = np.searchsorted(self._order, base | np.minimum(at + REPEAT_REACH, layout.high[at]))
        high = np.where(keys > 0, high, low)
        return high - low, self._weight[high] - self._weight[low]
