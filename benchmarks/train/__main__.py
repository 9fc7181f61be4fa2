"""Labelled pages -> the weights of the package.

    python -m benchmarks.train EVALDATA scrubber/segment/weights.npz --folds FOLDS --jobs 2

Trains one net per fold on the sites of the other folds, the trees of the second looks and the calibration on what those
nets say of the sites that they have not seen, and the final net on all pages. With --folds the weights of each fold are
written too: they are what honest figures are measured with (benchmarks/quality.py).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.train.folds import FOLDS, doubts_of, fold, start_parts, text_parts, whole
from benchmarks.train.net import Recipe


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evaldata", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--folds", type=Path, help="folder for the weights of each fold")
    parser.add_argument("--nets", type=Path, help="folder for the nets; those that are there are not trained again")
    parser.add_argument("--epochs", type=int, default=Recipe().epochs)
    parser.add_argument("--shown", type=int, default=Recipe().shown, help="epochs that one draw of streams is shown in")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--permissive", action="store_true", help="only collections under permissive licences")
    options = parser.parse_args(argv)
    recipe = replace(Recipe(), epochs=options.epochs, shown=options.shown)
    if options.nets:
        options.nets.mkdir(parents=True, exist_ok=True)
    evaldata, permissive = options.evaldata, options.permissive
    with ProcessPoolExecutor(options.jobs, get_context("spawn")) as pool:
        training = [pool.submit(fold, evaldata, permissive, recipe, k, options.nets) for k in range(FOLDS)]
        last = pool.submit(whole, evaldata, permissive, recipe, options.nets)  # beside it the trees are fitted
        nets, tables, lines = zip(*[task.result() for task in training], strict=True)
        starts = start_parts(tables, pool)
        found = [{**net, **own} for net, own in zip(nets, starts[:FOLDS], strict=True)]
        doubting = [pool.submit(doubts_of, evaldata, permissive, k, found[k]) for k in range(FOLDS)]
        texts = text_parts(lines, [task.result() for task in doubting], pool)
        found = [{**weights, **own} for weights, own in zip(found, texts[:FOLDS], strict=True)]
        shipped = {**last.result(), **starts[FOLDS], **texts[FOLDS]}
    if options.folds:
        options.folds.mkdir(parents=True, exist_ok=True)
        for k, arrays in enumerate(found):
            np.savez_compressed(options.folds / f"fold{k}.npz", **arrays)
    np.savez(options.out, **shipped)  # unpacking would take a fortieth of the time to the first record
    print(f"{options.out}: {options.out.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
