"""Boosted trees: bits say what walking down them says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from scrubber.segment.features.columns import Floats
from scrubber.segment.trees import Trees

Grown = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp], Floats, Floats]


def grown(rng: np.random.Generator, trees: int) -> Grown:
    """Random trees of one to some thirty leaves, as `Trees.of` wants them; some splits are the same."""
    root, left, right = [], [], []
    for _ in range(trees):
        root.append(len(left))
        leaves = [len(left)]
        left.append(len(left))
        for _ in range(int(rng.integers(0, 35))):
            parent = leaves.pop(int(rng.integers(len(leaves))))
            left[parent] = len(left)
            leaves += [len(left), len(left) + 1]
            left += leaves[-2:]
    right = [i if child == i else child + 1 for i, child in enumerate(left)]
    nodes = len(left)
    limit, value = (rng.integers(0, 50, nodes) / 50).astype(np.float32), rng.normal(size=nodes).astype(np.float32)
    return np.array(root), rng.integers(0, 9, nodes), np.array(left), np.array(right), limit, value


def walked(
    root: npt.NDArray[np.intp],
    column: npt.NDArray[np.intp],
    left: npt.NDArray[np.intp],
    right: npt.NDArray[np.intp],
    limit: Floats,
    value: Floats,
    row: Floats,
) -> Iterator[float]:
    """The leaf of each tree in which a row ends."""
    for node in root.tolist():
        while left[node] != node:
            node = int((left if row[column[node]] <= limit[node] else right)[node])
        yield float(value[node])


def test_trees_go_left_up_to_the_limit() -> None:
    trees = Trees.of(
        root=np.array([0, 3]),
        column=np.array([0, 0, 0, 1, 0, 0]),
        left=np.array([1, 1, 2, 4, 4, 5]),
        right=np.array([2, 1, 2, 5, 4, 5]),
        limit=np.array([1.5, 0, 0, 0, 0, 0], np.float32),
        value=np.array([0, 1, 2, 0, 10, 20], np.float32),
    )
    table = np.array([[1.5, 0], [1.6, 0], [0, 1]], np.float32)
    assert trees(table).tolist() == [11, 12, 21]


@pytest.mark.parametrize("rows", [1, 63, 64, 65, 300, 1000])
def test_trees_say_what_walking_down_them_says(rows: int) -> None:
    rng = np.random.default_rng(rows)
    arrays, table = grown(rng, trees=40), rng.random((rows, 9)).astype(np.float32)
    assert Trees.of(*arrays)(table).tolist() == [np.float32(sum(walked(*arrays, row))) for row in table]
