"""Maps from what the model says to what was so on pages of sites that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.train.pages import LabelledPage, Line
from benchmarks.train.unseen import gold_streams
from scrubber.segment.features import featurise
from scrubber.segment.model import LineNet
from scrubber.segment.second_pass import look_at

KNOTS: Final = 33
FLOOR: Final = 0.002  # no probability nearer to 0 or 1 is promised
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Said:
    """Probabilities that were said, and what was so."""

    said: Reals
    was: npt.NDArray[np.bool_]


def unseen_lines(net: LineNet, pages: Sequence[LabelledPage], seed: int) -> Said:
    """Text or not, for the scored lines of single pages in both forms and of glued streams."""
    said, was = [], []
    texts: list[tuple[list[str], str]] = [(stream.lines, stream.labels) for stream in gold_streams(pages, seed, 0.3)]
    texts += [lines_and_labels(form) for page in pages for form in (page.full, page.light)]
    for lines, labels in texts:
        features = featurise(lines, common=net.common)
        if features is None or len(features.matrix) != len(labels):
            continue
        look = look_at(net, features, lines)
        label = np.array(list(labels))
        scored = np.isin(label, list("KDC"))
        said.append((look.labels[:, 0] + look.labels[:, 1])[scored].astype(np.float64))
        was.append(label[scored] == "K")
    return Said(np.concatenate(said), np.concatenate(was))


def lines_and_labels(form: Sequence[Line]) -> tuple[list[str], str]:
    """The lines of one form of a page, and their label letters."""
    return [text for text, _ in form], "".join(label for _, label in form)


def keep_map(parts: Sequence[Said]) -> dict[str, npt.NDArray[Any]]:
    """A rising map of probabilities, at `KNOTS` quantiles."""
    said = np.concatenate([part.said for part in parts])
    was = np.concatenate([part.was for part in parts])
    x, y = rising(said, was)
    return {"keep_said": x.astype(np.float32), "keep_was": np.clip(y, FLOOR, 1 - FLOOR).astype(np.float32)}


def odds_map(parts: Sequence[Said]) -> dict[str, npt.NDArray[Any]]:
    """A rising map of log odds; beyond its ends the last step goes on."""
    said = np.concatenate([part.said for part in parts])
    was = np.concatenate([part.was for part in parts])
    x, y = rising(said, was)
    y = np.clip(y, FLOOR, 1 - FLOOR)
    odds = np.log(y / (1 - y))
    # flat pieces keep the order of candidates
    odds = np.maximum.accumulate(odds + 1e-3 * (x - x[0]))
    x, odds = np.concatenate([[x[0] - 10], x, [x[-1] + 10]]), np.concatenate([[odds[0] - 10], odds, [odds[-1] + 10]])
    return {"odds_said": x.astype(np.float32), "odds_was": odds.astype(np.float32)}


def rising(said: Reals, was: npt.NDArray[np.bool_]) -> tuple[Reals, Reals]:
    """The rising function that fits best, at up to twice `KNOTS` places."""
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(out_of_bounds="clip").fit(said, was.astype(float))
    knots = np.unique(np.quantile(said, np.linspace(0, 1, KNOTS)))
    knots = np.unique(np.concatenate([knots, np.linspace(said.min(), said.max(), KNOTS)]))
    edges = np.concatenate([[-np.inf], (knots[1:] + knots[:-1]) / 2, [np.inf]])
    place = np.searchsorted(edges, said, "right") - 1
    number = np.bincount(place, minlength=len(knots))
    mean = np.bincount(place, weights=fitted.predict(said), minlength=len(knots)) / np.maximum(number, 1)
    full = number >= 30
    return knots[full], mean[full]
