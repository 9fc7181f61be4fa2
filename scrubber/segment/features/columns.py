"""The feature matrix, column by column, under names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

ROOM: Final = 192  # columns that there is room for at first


class Columns:
    """Collects named columns of `rows` values; `matrix()` is (rows, columns), stored column by column."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.names: list[str] = []
        self._columns = np.empty((ROOM, rows), np.float32)

    def add(self, name: str, values: npt.ArrayLike) -> None:
        self.room([name])[0] = values

    def add_all(self, names: Sequence[str], values: npt.ArrayLike) -> None:
        """Add a matrix of (rows, names)."""
        self.room(names)[:] = np.asarray(values).T

    def room(self, names: Sequence[str]) -> Floats:
        """Room for columns, (names, rows), to be filled before anything else is added."""
        begin, end = len(self.names), len(self.names) + len(names)
        if end > len(self._columns):
            self._columns = np.concatenate([self._columns, np.empty_like(self._columns)])
        self.names += names
        return np.asarray(self._columns[begin:end])

    def __getitem__(self, name: str) -> Floats:
        return np.asarray(self._columns[self.names.index(name)])

    def matrix(self) -> Floats:
        return np.asarray(self._columns[: len(self.names)].T)
