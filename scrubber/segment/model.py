"""A small convolution over lines: features -> what each line is, and how likely it begins a page. numpy alone.

The products are computed in tiles of one size, and documents are parted by rows of zeros wider than the reach of any
layer, so that a document's figures do not depend on what is computed beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.segment.features import Features
from scrubber.segment.features.columns import Floats
from scrubber.segment.features.tokens import Ints
from scrubber.segment.vocabulary import Vocabulary

ZONES: Final = 3  # before, in and after the text of a page
TAPS: Final = 3
DILATIONS: Final = (1, 2, 4, 8, 16, 32)
REACH: Final = TAPS // 2 * sum(DILATIONS)
EDGE: Final = TAPS // 2 * max(DILATIONS)  # rows of zeros between documents
TILE: Final = 256  # rows of one product
LIMIT: Final = np.float32(6)  # standard deviations


@dataclass(frozen=True, slots=True)
class LineNet:
    """The weights. Matrices are (inputs, outputs); `convolutions` are (taps, inputs, outputs)."""

    vocabulary: Vocabulary
    common: npt.NDArray[np.bool_]
    embedding: Floats  # row 0, the unknown word, is zero
    mean: Floats
    scale: Floats
    from_words: Floats
    from_places: Floats
    from_matrix: Floats
    bias: Floats
    convolutions: tuple[tuple[Floats, Floats], ...]
    hidden: Floats
    hidden_bias: Floats
    heads: Floats
    heads_bias: Floats

    @classmethod
    def load(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> LineNet:
        """Weights from the arrays that `save` gave."""

        def get(name: str) -> Floats:
            return np.ascontiguousarray(arrays[name], np.float32)

        return cls(
            Vocabulary(np.asarray(arrays["mark"], np.uint16), np.asarray(arrays["row"], np.uint16)),
            np.unpackbits(np.asarray(arrays["common"], np.uint8)).astype(bool),
            get("embedding"),
            get("mean"),
            get("scale"),
            get("from_words"),
            get("from_places"),
            get("from_matrix"),
            get("bias"),
            tuple((get(f"conv{i}"), get(f"conv{i}_bias")) for i in range(len(DILATIONS))),
            get("hidden"),
            get("hidden_bias"),
            get("heads"),
            get("heads_bias"),
        )

    def find(self, features: Features) -> list[Ints]:
        """The vocabulary's row of each hash of each bag."""
        return [self.vocabulary.find(bag.hash) for bag in features.bags]

    def embed(self, features: Features, rows_of_bags: Sequence[Ints]) -> tuple[Floats, Floats]:
        """Sums of the embeddings of each row's words: as they come, scaled by their number, and in their places."""
        rows, width = len(features.matrix), self.embedding.shape[1]
        loose, placed = np.zeros((rows, width), np.float32), np.zeros((rows, width), np.float32)
        number = np.ones(rows, np.float32)
        for bag, found in zip(features.bags, rows_of_bags, strict=True):
            if bag.placed:
                here = np.zeros(rows, np.int32)
                here[bag.row] = found
                placed += self.embedding.take(here, 0)
                continue
            number += np.bincount(bag.row, minlength=rows)
            known = np.flatnonzero(found)
            if len(known):
                row = bag.row[known]
                first = np.flatnonzero(np.append(True, row[1:] != row[:-1]))
                loose[row[first]] += np.add.reduceat(self.embedding.take(found[known], 0), first, axis=0)
        loose /= np.sqrt(number)[:, None]
        placed *= np.float32(0.5)
        return loose, placed

    def __call__(self, features: Features, rows_of_bags: Sequence[Ints]) -> Floats:
        """Scores before softmax and sigmoid, (rows, classes + start + zones). `rows_of_bags` is what `find` found."""
        read = self._read(features.matrix, *self.embed(features, rows_of_bags))
        document = features.layout.document
        place = EDGE + np.arange(len(document)) + EDGE * np.cumsum(np.diff(document, prepend=document[0]) != 0)
        tiles = -(-int(place[-1] + 1 - EDGE) // TILE)
        state = np.zeros((tiles * TILE + 2 * EDGE, len(self.bias)), np.float32)
        dead = np.ones(len(state), bool)
        state[place], dead[place] = read, False
        nobody = np.flatnonzero(dead)
        spare, seen = np.empty_like(state), np.empty((TILE, TAPS, state.shape[1]), np.float32)
        for (taps, bias), dilation in zip(self.convolutions, DILATIONS, strict=True):
            _convolve(state, taps, bias, dilation, seen, spare)
            spare[nobody] = 0
            state, spare = spare, state
        return np.asarray(self._decide(state).take(place - EDGE, 0))

    def _read(self, matrix: Floats, loose: Floats, placed: Floats) -> Floats:
        """The first layer. Everything lies column by column, as the features do."""
        rows, parts = len(matrix), np.cumsum([0, matrix.shape[1], loose.shape[1], placed.shape[1]]).tolist()
        out = np.empty((rows, len(self.bias)), np.float32)
        weights = np.concatenate([self.from_matrix, self.from_words, self.from_places])
        inputs, nothing = np.zeros((parts[-1], TILE), np.float32), np.zeros((TILE, len(self.bias)), np.float32)
        numbers, words, places = (inputs[low:high] for low, high in pairwise(parts))
        for at in range(0, rows, TILE):
            here, size = slice(at, at + TILE), min(TILE, rows - at)
            some = numbers[:, :size]
            np.subtract(matrix[here].T, self.mean[:, None], out=some)
            some *= self.scale[:, None]
            np.clip(some, -LIMIT, LIMIT, out=some)
            words[:, :size], places[:, :size] = loose[here].T, placed[here].T
            sums = inputs.T @ weights
            sums += self.bias
            np.maximum(sums[:size], nothing[:size], out=out[here])
        return out

    def _decide(self, state: Floats) -> Floats:
        """The heads, of all places between the edges."""
        out = np.empty((len(state) - 2 * EDGE, self.heads.shape[1]), np.float32)
        biases = np.tile(self.hidden_bias, (TILE, 1))
        nothing = np.zeros_like(biases)
        for at in range(0, len(out), TILE):
            hidden = state[EDGE + at : EDGE + at + TILE] @ self.hidden
            hidden += biases
            np.matmul(np.maximum(hidden, nothing, out=hidden), self.heads, out=out[at : at + TILE])
        out += self.heads_bias
        return out


def _convolve(state: Floats, taps: Floats, bias: Floats, dilation: int, seen: Floats, out: Floats) -> None:
    """One layer, added to what it reads, into `out`, the edges aside. A tile is one product: the rows that a row sees
    lie side by side in `seen`."""
    weights, flat = taps.reshape(-1, taps.shape[-1]), seen.reshape(TILE, -1)
    # whole tiles: numpy adds and compares two arrays of one shape several times as fast as an array and a row or number
    biases, nothing = np.tile(bias, (TILE, 1)), np.zeros((TILE, len(bias)), np.float32)
    for at in range(EDGE, len(state) - EDGE, TILE):
        for tap in range(TAPS):
            begin = at + (tap - TAPS // 2) * dilation
            seen[:, tap] = state[begin : begin + TILE]
        new = out[at : at + TILE]
        np.matmul(flat, weights, out=new)
        new += biases
        np.maximum(new, nothing, out=new)
        new += state[at : at + TILE]
