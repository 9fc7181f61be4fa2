"""One net alone, on the sites of a fold that it has not seen: the learning curve, licences, choices of the recipe.

    python -m benchmarks.train.alone EVALDATA --share .5              trained on half of the other sites
    python -m benchmarks.train.alone EVALDATA --permissive            on collections under permissive licences
    python -m benchmarks.train.alone EVALDATA --set hidden_drop=.2    with another choice in the recipe
    python -m benchmarks.train.alone EVALDATA --net NET               a net that is there already

Prints the loss of page starts (nats, over all lines of glued streams, for each true start); and of streams and of
single pages the loss of text (nats a character) and its F1 by characters. No trees, no rules, no decoder: a choice is
told in a fifth of the time of the whole training.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from hashlib import md5
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.train.calibrate import lines_and_labels
from benchmarks.train.folds import FOLDS, chosen_pages, train_net
from benchmarks.train.lines import SCORED
from benchmarks.train.net import Recipe
from benchmarks.train.pages import LabelledPage, fold_of
from benchmarks.train.unseen import gold_streams
from scrubber.segment.features import featurise
from scrubber.segment.model import LineNet
from scrubber.segment.second_pass import START_WEIGHT, look_at

SEED: Final = 77
STREAMS: Final = 0.6  # of 150
EACH: Final = 3  # every third page
KEPT_FROM: Final = 0.45  # probability of text as the net says it, before the map that makes it true
SURE: Final = 1e-4  # no probability counts as nearer to 0 or 1
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Told:
    """What a net says of one text. Of its scored lines: probability of text, whether it is text, and characters."""

    single: bool
    start_loss: float
    starts: int
    said: Reals
    text: npt.NDArray[np.bool_]
    chars: Reals


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evaldata", type=Path)
    parser.add_argument("--fold", type=int, default=0, choices=range(FOLDS))
    parser.add_argument("--share", type=float, default=1.0, help="of the sites that the net is trained on")
    parser.add_argument("--permissive", action="store_true", help="only collections under permissive licences")
    parser.add_argument(
        "--set", action="append", default=[], type=_field, metavar="NAME=NUMBER", help="a choice of `Recipe`"
    )
    parser.add_argument("--net", type=Path, help="do not train; take this one")
    parser.add_argument("--out", type=Path, help="keep the net")
    options = parser.parse_args(argv)
    pages = chosen_pages(options.evaldata, permissive=False)
    outside = [page for page in pages if fold_of(page.brand, FOLDS) == options.fold]
    if options.net:
        arrays = dict(np.load(options.net, allow_pickle=False))
    else:
        chosen = chosen_pages(options.evaldata, options.permissive)
        inside = [page for page in chosen if fold_of(page.brand, FOLDS) != options.fold]
        inside = [page for page in inside if _draw(page.brand) < options.share]
        recipe = replace(Recipe(), **dict(options.set))
        arrays = train_net(inside, recipe, f"{len(inside)} pages of {len({page.brand for page in inside})} houses")
    if options.out:
        np.savez_compressed(options.out, **arrays)
    print(figures(list(told_by(LineNet.load(arrays), outside))))
    return 0


def _draw(brand: str) -> float:
    """A number from 0 to 1, the same for all pages of a house."""
    return int(md5(f"s{brand}".encode(), usedforsecurity=False).hexdigest()[:8], 16) / (1 << 32)


def _field(given: str) -> tuple[str, Any]:
    name, _, number = given.partition("=")
    names = [field.name for field in fields(Recipe)]
    if name not in names:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(names)}")
    return name, type(getattr(Recipe(), name))(number)


def told_by(net: LineNet, pages: Sequence[LabelledPage]) -> Iterator[Told]:
    """What `net` says of streams glued from pages, and of every third of the pages alone, in both forms."""
    for gold in gold_streams(pages, SEED, STREAMS):
        yield from _told(net, gold.lines, gold.labels, gold.starts)
    for page in pages[::EACH]:
        for form in (page.full, page.light):
            yield from _told(net, *lines_and_labels(form), None)


def _told(net: LineNet, lines: list[str], labels: str, starts: Sequence[int] | None) -> Iterator[Told]:
    features, label = featurise(lines, common=net.common), np.array(list(labels))
    if features is None or len(features.matrix) != len(label):
        return
    look = look_at(net, features, lines)
    odds = look.odds.astype(np.float64) - np.log(START_WEIGHT)
    true = np.isin(features.line, starts or ())
    loss = float(np.logaddexp(0, np.where(true, -odds, odds)).sum())
    scored = np.isin(label, list(SCORED))
    said = np.clip((look.labels[:, 0] + look.labels[:, 1])[scored].astype(np.float64), SURE, 1 - SURE)
    chars = features.layout.chars[scored].astype(np.float64)
    yield Told(starts is None, loss, int(true.sum()), said, label[scored] == "K", chars)


def figures(told: Sequence[Told]) -> str:
    """One line for the whole."""
    streams = [part for part in told if not part.single]
    starts = sum(part.start_loss for part in streams) / sum(part.starts for part in streams)
    parts = [f"starts {starts:.3f} nats"]
    for name, group in (("streams", streams), ("pages", [part for part in told if part.single])):
        said, text, chars = (np.concatenate([getattr(part, x) for part in group]) for x in ("said", "text", "chars"))
        loss = -(chars * np.log(np.where(text, said, 1 - said))).sum() / chars.sum()
        kept = said > KEPT_FROM
        f1 = 2 * chars[text & kept].sum() / (chars[text].sum() + chars[kept].sum())
        parts.append(f"text of {name} {loss:.3f} nats, F1 {f1:.4f}")
    return "; ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
