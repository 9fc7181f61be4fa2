"""Items of one list are of one kind: what the net says of each is averaged over the run."""

from __future__ import annotations

from typing import Final

import numpy as np

from scrubber.segment.features import Features
from scrubber.segment.features.columns import Floats

ITEM: Final = 60  # characters
LIST: Final = 3  # items


def level_lists(labels: Floats, features: Features) -> Floats:
    """Labels in which the short bullets of a run of `LIST` or more have the run's mean."""
    page = features.layout
    item = (features.column("bullet") > 0) & (page.chars <= ITEM)
    broken = np.diff(page.document, prepend=-1) != 0
    edges = np.flatnonzero((np.diff(item, prepend=False) != 0) | broken)
    edges = np.concatenate([[0], edges[edges > 0]])
    sizes = np.diff(edges, append=len(item))
    run = np.repeat(item[edges] & (sizes >= LIST), sizes)
    rows = np.flatnonzero(run)
    if not len(rows):
        return labels
    begins = np.flatnonzero(np.diff(np.repeat(edges, sizes)[rows], prepend=-1))
    # whole numbers, whose sums are exact whatever stands beside them
    sums = np.add.reduceat(np.rint(labels[rows] * 4096).astype(np.int64), begins, axis=0)
    numbers = np.diff(begins, append=len(rows))
    means = (sums / (4096 * numbers[:, None])).astype(np.float32)
    level = labels.copy()
    level[rows] = np.repeat(means, numbers, axis=0)
    return level
