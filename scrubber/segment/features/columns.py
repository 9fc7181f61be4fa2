"""The feature matrix, column by column, under names."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


class Columns:
    """Collects named columns of `rows` values; `matrix()` is (rows, columns), stored column by column."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.names: list[str] = []
        self._columns: list[Floats] = []

    def add(self, name: str, values: npt.ArrayLike) -> None:
        self.names.append(name)
        self._columns.append(np.asarray(values, np.float32))

    def add_all(self, names: list[str], values: npt.NDArray[np.floating[Any]]) -> None:
        """Add a matrix of (rows, names)."""
        for name, column in zip(names, values.T, strict=True):
            self.add(name, column)

    def __getitem__(self, name: str) -> Floats:
        return self._columns[self.names.index(name)]

    def matrix(self) -> Floats:
        return np.stack(self._columns).T
