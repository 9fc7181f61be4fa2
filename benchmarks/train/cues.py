"""Fit the small model behind `scrubber/segment/cues.py` and write its whole-number weights.

    python -m benchmarks.train.cues EVALDATA OUT.npz [--epochs 6]

Pages of 15 % of the houses (and one whole dataset) are left out of the fit; figures are printed for them.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.train.glue import UNSCORED, Gluer, Stream, neighbours
from benchmarks.train.pages import LabelledPage, fold_of, load
from scrubber.segment.cues import CLASSES, GRAIN, HIDDEN_MOST, MOST, NEAR, WIDE, echoes, line_columns, rules_of
from scrubber.segment.features.layout import lay_out

LARGEST = 400  # of a whole-number weight: 160 columns x 255 x 400 stays below 2**24, where float32 counts exactly
BATCH = 1024
PASSES = 2
HIDDEN = 32
Floats = npt.NDArray[np.float32]


def held_back(page: LabelledPage) -> bool:
    """Pages that the fit does not see: a seventh of the houses, and one dataset."""
    return page.dataset == "omnivore" or fold_of(page.brand, 7) == 0


def columns_of(stream: Stream) -> tuple[tuple[str, ...], Floats, Floats, Floats, Floats]:
    """Names, columns, lengths, classes and starts of the rows of a stream, which is one document."""
    page = lay_out(stream.lines)
    assert page is not None
    names, columns, _ = line_columns(page, rules_of(stream.lines, page), echoes(stream.lines, page))
    labelled = [i for i, line in enumerate(stream.lines) if line.strip()]
    classes, starts = np.full(len(stream.lines), UNSCORED), np.zeros(len(stream.lines), np.float32)
    classes[labelled], starts[labelled] = stream.classes, stream.starts
    return names, columns, page.chars, classes[page.line], starts[page.line]


def widened(columns: Floats) -> Floats:
    """All inputs of each row of one document: rows near by, and the sums before and after."""
    rows, count = columns.shape
    padded = np.pad(columns, ((NEAR, NEAR), (0, 0)))
    near = [padded[step : step + rows] for step in range(2 * NEAR + 1)]
    total = np.concatenate([np.zeros((1, count), np.float32), np.cumsum(columns, 0, dtype=np.float64)])
    here = np.arange(rows)
    before = total[here] - total[np.maximum(here - WIDE, 0)]
    after = total[np.minimum(here + WIDE, rows)] - total[here]
    return np.concatenate([*near, before, after], 1).astype(np.float32) / GRAIN


def fit(pages: list[LabelledPage], epochs: int, seed: int = 0) -> tuple[tuple[str, ...], torch.nn.Sequential]:
    """A small net for class scores and page start, on streams glued anew in each epoch."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    rnd, glue = random.Random(seed), Gluer(pages, neighbours(pages))
    names, spread, net, optimiser, schedule = (), None, None, None, None
    for epoch in range(epochs):
        names, inputs, labels, starts, chars = _rows(glue, rnd)
        if net is None:
            spread = inputs.std(0).clamp(min=0.02)
            net = torch.nn.Sequential(
                torch.nn.Linear(inputs.shape[1], HIDDEN), torch.nn.ReLU(), torch.nn.Dropout(0.1),
                torch.nn.Linear(HIDDEN, len(CLASSES) + 1),
            )  # fmt: skip
            optimiser = torch.optim.AdamW(net.parameters(), weight_decay=0.02)
            steps = int(epochs * PASSES * (len(inputs) / BATCH + 1) * 1.3)
            schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
        for _ in range(PASSES):
            for some in torch.randperm(len(inputs)).split(BATCH):
                loss = _loss(net(inputs[some] / spread), labels[some], starts[some], chars[some])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
        print(f"epoch {epoch}: {len(inputs)} rows, loss of the last batch {loss.item():.4f}", flush=True)
    net[0].weight.data /= spread  # the inputs as they are
    return names, net


def _rows(glue: Gluer, rnd: random.Random) -> tuple[tuple[str, ...], *tuple[torch.Tensor, ...]]:
    """All rows of one glueing: names, inputs, classes, starts, lengths."""
    parts = [columns_of(stream) for stream in glue.epoch(rnd)]
    inputs = torch.from_numpy(np.concatenate([widened(part[1]) for part in parts]))
    chars, classes, starts = (torch.from_numpy(np.concatenate([part[i] for part in parts])) for i in (2, 3, 4))
    return parts[0][0], inputs, classes, starts, chars


def _loss(scores: torch.Tensor, labels: torch.Tensor, starts: torch.Tensor, chars: torch.Tensor) -> torch.Tensor:
    scored = labels != UNSCORED
    weight = 0.5 + chars.clamp(max=400) / 100
    weight = weight * torch.where(labels == CLASSES.index("C"), 2.5, 1.0) * torch.where(labels == 1, 2.0, 1.0)
    lines = torch.nn.functional.cross_entropy(scores[scored, :-1], labels[scored], reduction="none")
    lines = (lines * weight[scored]).sum() / weight[scored].sum().clamp(min=1)
    begun = torch.nn.functional.binary_cross_entropy_with_logits(scores[:, -1], starts)
    return lines + 6 * begun


def save(path: Path, names: tuple[str, ...], net: torch.nn.Sequential) -> None:
    """Whole-number weights with one scale per output."""
    assert max(MOST * len(names), HIDDEN_MOST * HIDDEN) * LARGEST < 1 << 24
    first, first_scale = _whole(net[0].weight.detach().numpy().T / GRAIN)
    heads, heads_scale = _whole(net[-1].weight.detach().numpy().T / GRAIN)
    parts = first.reshape(2 * NEAR + 3, len(names), -1)
    np.savez_compressed(
        path,
        names=np.array(names),
        near=parts[: 2 * NEAR + 1],
        before=parts[-2],
        after=parts[-1],
        scale=first_scale,
        bias=net[0].bias.detach().numpy().astype(np.float64),
        heads=heads,
        heads_scale=heads_scale,
        heads_bias=net[-1].bias.detach().numpy().astype(np.float64),
    )


def _whole(matrix: Floats) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.float64]]:
    scale = np.abs(matrix.astype(np.float64)).max(0) / LARGEST
    return np.rint(matrix / scale).astype(np.int16), scale


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evaldata", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=6)
    given = parser.parse_args()
    pages = load(given.evaldata / name for name in ("pages.jsonl.gz", "pages_extra.jsonl.gz"))
    names, net = fit([page for page in pages if not held_back(page)], given.epochs)
    save(given.out, names, net)


if __name__ == "__main__":
    main()
