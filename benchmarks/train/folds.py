"""The nets of the folds and what is learned from what they say of sites that they have not seen.

A module of its own, not `__main__`: processes that are spawned find it by its name.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from benchmarks.train.calibrate import Said, keep_map, odds_map, unseen_lines
from benchmarks.train.fit import fit
from benchmarks.train.glue import Gluer, neighbours
from benchmarks.train.lines import LineTable, fit_text_trees, said_by, text_map, unseen_doubts
from benchmarks.train.net import Recipe
from benchmarks.train.pages import LabelledPage, fold_of, load
from benchmarks.train.second import Table, fit_trees, unseen_candidates, unseen_streams
from scrubber.segment.model import LineNet
from scrubber.segment.trees import START_TREES, Trees

FOLDS: Final = 4
EPOCHS_OF_STREAMS: Final = 7
SOURCES: Final = ("pages.jsonl.gz", "streams.jsonl.gz", "pages_extra.jsonl.gz")
# collections whose licence allows any use with attribution; see docs/model.md
PERMISSIVE: Final = ("wcxb", "fundus", "trafilatura", "postlight")
Arrays = dict[str, npt.NDArray[Any]]
Item = TypeVar("Item")


def chosen_pages(evaldata: Path, permissive: bool) -> list[LabelledPage]:
    pages = load([evaldata / name for name in SOURCES])
    return [page for page in pages if not permissive or page.dataset in PERMISSIVE]


def train_net(pages: Sequence[LabelledPage], recipe: Recipe, name: str) -> Arrays:
    """A net on these pages; `name` is what its progress is told under."""
    began = time.monotonic()

    def tell(text: str) -> None:
        print(f"{name}: {text}, {time.monotonic() - began:.0f} s in all", flush=True)

    return fit(Gluer(pages, neighbours(pages)), recipe, tell)


def fold(
    evaldata: Path, permissive: bool, recipe: Recipe, number: int, nets: Path | None = None
) -> tuple[Arrays, Table, Said]:
    """The net of one fold, and what it says of the sites that it was not trained on.

    A net that is in the folder `nets` already is taken from there; a new one is left there.
    """
    pages = chosen_pages(evaldata, permissive)
    inside = [page for page in pages if fold_of(page.brand, FOLDS) != number]
    arrays = _net(inside, recipe, f"fold {number}", nets / f"net{number}.npz" if nets else None)
    return (arrays, *outputs_on(arrays, [page for page in pages if fold_of(page.brand, FOLDS) == number], number))


def whole(evaldata: Path, permissive: bool, recipe: Recipe, nets: Path | None = None) -> Arrays:
    """The net of all pages, kept as those of the folds are."""
    return _net(chosen_pages(evaldata, permissive), recipe, "all pages", nets / "net-1.npz" if nets else None)


def _net(pages: Sequence[LabelledPage], recipe: Recipe, name: str, kept: Path | None) -> Arrays:
    if kept is not None and kept.exists():
        return dict(np.load(kept, allow_pickle=False))
    arrays = train_net(pages, recipe, name)
    if kept is not None:
        np.savez_compressed(kept, **arrays)
    return arrays


def outputs_on(arrays: Arrays, pages: Sequence[LabelledPage], number: int) -> tuple[Table, Said]:
    net = LineNet.load(arrays)
    table = unseen_candidates(net, unseen_streams(pages, 100 + number, EPOCHS_OF_STREAMS))
    return table, unseen_lines(net, pages, 200 + number)


def doubts_of(evaldata: Path, permissive: bool, number: int, weights: Mapping[str, npt.NDArray[Any]]) -> LineTable:
    """The lines that the net of one fold doubts on the sites that it was not trained on."""
    outside = [page for page in chosen_pages(evaldata, permissive) if fold_of(page.brand, FOLDS) == number]
    return unseen_doubts(weights, outside, 300 + number)


def start_parts(tables: Sequence[Table], pool: Executor) -> list[Arrays]:
    """Start trees and their map, for each fold those without its own sites, and at last those of all.

    The map is of what is said of pages that are only glued: of others, which are harder, less is so.
    """
    trees = list(pool.map(fit_trees, (*_others(tables), tables)))
    said = [_said_of_starts(found, table) for found, table in zip(trees[:-1], tables, strict=True)]
    maps = [odds_map(part) for part in (*_others(said), said)]
    return [{**found, **rising} for found, rising in zip(trees, maps, strict=True)]


def _said_of_starts(trees: Arrays, table: Table) -> Said:
    """What trees say of the candidates of streams that are only glued, log odds, and what is so."""
    odds = Trees.load(trees, START_TREES)(table.matrix[table.plain]).astype(np.float64)
    return Said(odds, table.truth[table.plain])


def text_parts(lines: Sequence[Said], doubts: Sequence[LineTable], pool: Executor) -> list[Arrays]:
    """Text trees and the maps of text, for each fold those without its own sites, and at last those of all."""
    trees = list(pool.map(fit_text_trees, (*_others(doubts), doubts)))
    said = [said_by(found, table) for found, table in zip(trees[:-1], doubts, strict=True)]
    parts = zip((*_others(lines), lines), (*_others(said), said), strict=True)
    maps = [{**keep_map(of_net), **text_map(of_trees)} for of_net, of_trees in parts]
    return [{**found, **rising} for found, rising in zip(trees, maps, strict=True)]


def _others(items: Sequence[Item]) -> list[list[Item]]:
    """For each item all but it."""
    return [[*items[:k], *items[k + 1 :]] for k in range(len(items))]
