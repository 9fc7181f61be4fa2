"""The nets of the folds and what is learned from what they say of sites that they have not seen.

A module of its own, not `__main__`: processes that are spawned find it by its name.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.train.calibrate import Said, keep_map, odds_map, unseen_lines
from benchmarks.train.fit import Recipe, fit
from benchmarks.train.glue import Gluer, neighbours
from benchmarks.train.pages import LabelledPage, fold_of, load
from benchmarks.train.second import Table, fit_trees, unseen_candidates, unseen_streams
from scrubber.segment.model import LineNet
from scrubber.segment.trees import Trees

FOLDS: Final = 4
EPOCHS_OF_STREAMS: Final = 7
SOURCES: Final = ("pages.jsonl.gz", "streams.jsonl.gz", "pages_extra.jsonl.gz")
# collections whose licence allows any use with attribution; see docs/model.md
PERMISSIVE: Final = ("wcxb", "fundus", "trafilatura", "postlight")
Arrays = dict[str, npt.NDArray[Any]]


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
    """The net of one fold (-1: of all pages), and what it says of the sites that it was not trained on.

    A net that is in the folder `nets` already is taken from there; a new one is left there.
    """
    pages = chosen_pages(evaldata, permissive)
    inside = [page for page in pages if fold_of(page.brand, FOLDS) != number]
    outside = [page for page in pages if fold_of(page.brand, FOLDS) == number]
    kept = nets / f"net{number}.npz" if nets else None
    if kept is not None and kept.exists():
        arrays = dict(np.load(kept, allow_pickle=False))
    else:
        arrays = train_net(inside, recipe, f"fold {number}" if outside else "all pages")
        if kept is not None:
            np.savez_compressed(kept, **arrays)
    if not outside:
        return (
            arrays,
            Table([], np.zeros((0, 0), np.float32), np.zeros(0, bool), 0),
            Said(np.zeros(0), np.zeros(0, bool)),
        )
    return (arrays, *outputs_on(arrays, outside, number))


def outputs_on(arrays: Arrays, pages: Sequence[LabelledPage], number: int) -> tuple[Table, Said]:
    net = LineNet.load(arrays)
    table = unseen_candidates(net, unseen_streams(pages, 100 + number, EPOCHS_OF_STREAMS))
    return table, unseen_lines(net, pages, 200 + number)


def finish(nets: Sequence[Arrays], tables: Sequence[Table], lines: Sequence[Said], folder: Path | None) -> Arrays:
    """The final weights from the nets (of each fold, then of all pages); those of each fold go to `folder`."""
    count, odds = len(tables), []
    for k in range(count):
        others = [j for j in range(count) if j != k]
        trees = fit_trees([tables[j] for j in others])
        odds.append(Said(Trees.load(trees)(tables[k].matrix).astype(np.float64), tables[k].truth))
        nets[k].update(trees)
    for k in range(count):
        others = [j for j in range(count) if j != k]
        maps = {**keep_map([lines[j] for j in others]), **odds_map([odds[j] for j in others])}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(folder / f"fold{k}.npz", **nets[k], **maps)
    return {**nets[-1], **fit_trees(tables), **keep_map(lines), **odds_map(odds)}
