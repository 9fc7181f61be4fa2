"""Gradient-boosted trees as arrays, evaluated by numpy: a bit says whether a row passes a node, 64 rows to a word.

Each split is compared once for all trees that share it. From the root down a node's bits are its parent's, and those of
the split or those not of it; the bits of the leaves, turned round, are the number of the leaf that each row ends in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.segment.features.columns import Floats

START_TREES: Final = "tree"  # the names that the arrays of a weights file begin with
TEXT_TREES: Final = "text_tree"
TILE: Final = 256  # rows; what is known of all nodes for so many stays in the cache
WORD: Final = 64  # rows
COMPARED: Final = 1 << 16  # values at a time

Places = npt.NDArray[np.intp]
Bits = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Level:
    """The splits at one depth: where their nodes and their comparisons are, and where their children go."""

    place: Places
    split: Places
    left: slice
    right: slice


@dataclass(frozen=True, slots=True)
class Trees:
    """Trees, ready to be evaluated. Nodes lie level by level, leaves are numbered tree by tree."""

    trees: int
    nodes: int
    column: Places  # of each split that differs from the others
    limit: Floats  # values up to it go left
    levels: tuple[Level, ...]
    leaf: Places  # node of each leaf, (numbers, trees); `nodes` where a tree has none of this number
    value: npt.NDArray[np.float64]  # (trees, numbers)

    @classmethod
    def load(cls, arrays: Mapping[str, npt.NDArray[np.generic]], name: str) -> Trees:
        """The trees that training wrote under `name`: `START_TREES` or `TEXT_TREES`."""
        whole = {part: np.asarray(arrays[f"{name}_{part}"], np.intp) for part in ("root", "column", "left", "right")}
        real = {part: np.asarray(arrays[f"{name}_{part}"], np.float32) for part in ("limit", "value")}
        return cls.of(**whole, **real)  # type: ignore[arg-type]

    @classmethod
    def of(cls, root: Places, column: Places, left: Places, right: Places, limit: Floats, value: Floats) -> Trees:
        """Trees from all their nodes in one row, of which a leaf is its own child."""
        inner = left != np.arange(len(left))
        split, of_node = _splits(column, limit, inner)
        place, tree, levels = _levels(root, left, right, inner, of_node)
        leaves = np.flatnonzero(~inner)
        leaves = leaves[np.argsort(tree[leaves], kind="stable")]
        owner = tree[leaves]
        number = np.arange(len(leaves)) - np.searchsorted(owner, owner)
        numbers = 1 << int(number.max()).bit_length()
        leaf, values = np.full((numbers, len(root)), len(left)), np.zeros((len(root), numbers))
        leaf[number, owner], values[owner, number] = place[leaves], value[leaves]
        return cls(len(root), len(left), column[split], limit[split, None], tuple(levels), leaf, values)

    def __call__(self, matrix: Floats) -> Floats:
        """The sum of the leaves of each row, a log odds."""
        tiles = [self._sum(matrix[i : i + TILE]) for i in range(0, len(matrix), TILE)]
        return np.concatenate(tiles) if tiles else np.zeros(0, np.float32)

    def _sum(self, matrix: Floats) -> Floats:
        place = self._numbers(self._passing(self._compared(matrix))) + np.arange(self.trees)[:, None] * len(self.leaf)
        return np.asarray(self.value.take(place).sum(0)[: len(matrix)], np.float32)

    def _compared(self, matrix: Floats) -> Bits:
        """For each split the bits of the rows that go left."""
        rows = -(-len(matrix) // WORD) * WORD
        table = np.zeros((matrix.shape[1], rows), np.float32)
        table[:, : len(matrix)] = matrix.T
        low, step = np.empty((len(self.column), rows), np.bool_), COMPARED // rows
        for at in range(0, len(low), step):
            here = slice(at, at + step)
            np.less_equal(table.take(self.column[here], 0), self.limit[here], out=low[here])
        return np.packbits(low, bitorder="little").view(np.uint64).reshape(len(low), -1)

    def _passing(self, low: Bits) -> Bits:
        """For each node the bits of the rows that pass it; the last one, that no row passes, stands for none."""
        passing = np.empty((self.nodes + 1, low.shape[1]), np.uint64)
        passing[: self.trees], passing[-1] = ~np.uint64(0), 0
        for level in self.levels:
            above, left = passing.take(level.place, 0), passing[level.left]
            np.bitwise_and(above, low.take(level.split, 0), out=left)
            np.bitwise_xor(above, left, out=passing[level.right])
        return passing

    def _numbers(self, passing: Bits) -> npt.NDArray[np.uint8]:
        """The number of the leaf that each row ends in, (trees, rows)."""
        leaf, digits = passing.take(self.leaf, 0), []
        while len(leaf) > 1:  # the lowest binary digit: does the row end in a leaf of an odd number?
            digits.append(np.bitwise_or.reduce(leaf[1::2], 0))
            leaf = leaf[1::2] | leaf[::2]
        planes = (np.unpackbits(digit.view(np.uint8), axis=1, bitorder="little") for digit in reversed(digits))
        return reduce(lambda high, digit: high + high + digit, planes)


def _splits(column: Places, limit: Floats, inner: npt.NDArray[np.bool_]) -> tuple[Places, Places]:
    """Nodes of which each stands for a split that differs from the others, and for each node its split."""
    nodes = np.flatnonzero(inner)
    _, first, split = np.unique(column[nodes] << 32 | limit[nodes].view(np.uint32), True, True)
    of_node = np.zeros(len(column), np.intp)
    of_node[nodes] = split
    return nodes[first], of_node


def _levels(
    root: Places, left: Places, right: Places, inner: npt.NDArray[np.bool_], split: Places
) -> tuple[Places, Places, list[Level]]:
    """The place and the tree of each node, level by level, and the levels."""
    place, tree, levels = np.zeros(len(left), np.intp), np.zeros(len(left), np.intp), []
    nodes, owner, at = root, np.arange(len(root)), 0
    while len(nodes):
        place[nodes], tree[nodes] = np.arange(at, at + len(nodes)), owner
        at += len(nodes)
        owner, nodes = owner[inner[nodes]], nodes[inner[nodes]]
        half = at + len(nodes)
        levels.append(Level(place[nodes], split[nodes], slice(at, half), slice(half, half + len(nodes))))
        nodes, owner = np.concatenate([left[nodes], right[nodes]]), np.tile(owner, 2)
    return place, tree, levels[:-1]
