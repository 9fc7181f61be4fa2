"""The training of the line net, with torch. Same seed, same data, same torch: same weights, to the bit."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.train.glue import UNSCORED, Gluer, Stream
from benchmarks.train.pages import LabelledPage
from scrubber.segment.features import Features, featurise
from scrubber.segment.features.chains import COMMON_BITS
from scrubber.segment.model import DILATIONS, LIMIT, TAPS, ZONES
from scrubber.segment.scores import CLASSES
from scrubber.segment.vocabulary import Vocabulary

START_WEIGHT: Final = 4.0  # of a page start against any other line; undone when probabilities are read
Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that is chosen by hand."""

    epochs: int = 48
    seed: int = 1
    width: int = 64
    embedding: int = 16
    vocabulary: int = 16000
    houses: int = 15  # a word is known when this many sites use it
    rate: float = 4e-3
    batch: int = 4096
    word_drop: float = 0.5
    line_drop: float = 0.3
    hidden_drop: float = 0.2
    start_loss: float = 6.0


class Net(nn.Module):
    """The same sums as `scrubber.segment.model.LineNet`."""

    def __init__(self, columns: int, words: int, recipe: Recipe) -> None:
        super().__init__()
        self.recipe = recipe
        width = recipe.width
        self.embedding = nn.EmbeddingBag(words + 1, recipe.embedding, mode="sum", padding_idx=0)
        nn.init.normal_(self.embedding.weight, std=0.05)
        with torch.no_grad():
            self.embedding.weight[0] = 0
        self.register_buffer("mean", torch.zeros(columns))
        self.register_buffer("scale", torch.ones(columns))
        self.read = nn.Linear(2 * recipe.embedding + columns, width)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(width, width, TAPS, padding=TAPS // 2 * d, dilation=d) for d in DILATIONS
        )
        self.hidden = nn.Linear(width, width)
        self.heads = nn.Linear(width, len(CLASSES) + 1 + ZONES)

    def _bag(self, ids: Tensor, number: Tensor, drop: float) -> Tensor:
        weights = (torch.rand(len(ids)) > drop).float() / (1 - drop) if self.training else torch.ones(len(ids))
        return self.embedding(ids, torch.cumsum(number, 0) - number, per_sample_weights=weights)

    def forward(self, batch: Batch) -> Tensor:
        recipe = self.recipe
        loose = self._bag(batch.loose, batch.loose_known, recipe.word_drop) / batch.loose_number.sqrt()[:, None]
        placed = self._bag(batch.placed, batch.placed_known, recipe.word_drop) * 0.5
        if self.training:
            left = (torch.rand(len(loose), 1) > recipe.line_drop).float()
            loose, placed = loose * left, placed * left
        limit = float(LIMIT)
        matrix = ((batch.matrix - self.mean) * self.scale).clamp(-limit, limit)
        state = functional.relu(self.read(torch.cat([loose, placed, matrix], 1))).t()[None]
        for layer in self.convolutions:
            state = state + functional.dropout(functional.relu(layer(state)), recipe.hidden_drop, self.training)
        hidden = functional.relu(self.hidden(state[0].t()))
        return self.heads(functional.dropout(hidden, recipe.hidden_drop, self.training))


@dataclass(frozen=True, slots=True)
class Example:
    """One stream, ready for the net."""

    matrix: npt.NDArray[np.float32]
    loose: npt.NDArray[np.int32]
    loose_known: npt.NDArray[np.int64]
    loose_number: npt.NDArray[np.float32]
    placed: npt.NDArray[np.int32]
    placed_known: npt.NDArray[np.int64]
    classes: npt.NDArray[np.int64]
    starts: npt.NDArray[np.float32]
    zones: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Batch:
    """Streams one after the other, as tensors."""

    matrix: Tensor
    loose: Tensor
    loose_known: Tensor
    loose_number: Tensor
    placed: Tensor
    placed_known: Tensor
    classes: Tensor
    starts: Tensor
    zones: Tensor
    weight: Tensor

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Batch:
        return cls(*(torch.from_numpy(np.concatenate([getattr(x, f) for x in examples])) for f in cls.__slots__))


def example(stream: Stream, vocabulary: Vocabulary, common: npt.NDArray[np.bool_]) -> Example | None:
    """The stream's features with words looked up; unknown words count but have no vector."""
    features = featurise(stream.lines, common=common)
    if features is None or len(features.matrix) != len(stream.classes):
        return None  # a line of control characters only: seen in two pages
    loose, loose_known = _known(features, vocabulary, placed=False)
    placed, placed_known = _known(features, vocabulary, placed=True)
    rows = len(stream.classes)
    number = 1 + sum(np.bincount(bag.row, minlength=rows) for bag in features.bags if not bag.placed)
    weight = _weights(features.layout.chars, stream.classes)
    matrix = np.ascontiguousarray(features.matrix)
    return Example(
        matrix,
        loose,
        loose_known,
        np.asarray(number, np.float32),
        placed,
        placed_known,
        stream.classes,
        stream.starts,
        stream.zones,
        weight,
    )


def _known(features: Features, vocabulary: Vocabulary, placed: bool) -> tuple[Any, Any]:
    chosen = [bag for bag in features.bags if bag.placed is placed]
    ids = vocabulary.find(np.concatenate([bag.hash for bag in chosen]))
    row = np.concatenate([bag.row for bag in chosen])
    row, ids = row[ids > 0], ids[ids > 0]
    return ids[np.argsort(row, kind="stable")], np.bincount(row, minlength=len(features.matrix)).astype(np.int64)


def _weights(chars: npt.NDArray[np.float32], classes: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Long lines count more, as they do in the score; captions and titles are few."""
    weight = 0.5 + np.minimum(chars, 400) / 100
    weight[classes == CLASSES.index("C")] *= 2.5
    weight[classes == CLASSES.index("t")] *= 2
    weight[classes == UNSCORED] = 0
    return (weight / 2).astype(np.float32)


def common_words(pages: Sequence[LabelledPage], most: int = 1200) -> npt.NDArray[np.bool_]:
    """The words that stand in the most pages, as a bit map over hashes: they do not say what a page is about."""
    number: Counter[int] = Counter()
    for page in random.Random(0).sample(list(pages), min(1500, len(pages))):
        features = featurise([text for text, _ in page.light])
        if features is not None:
            number.update(set((features.topic.hash & np.uint32((1 << COMMON_BITS) - 1)).tolist()))
    common = np.zeros(1 << COMMON_BITS, bool)
    ranked = sorted(number.items(), key=lambda item: (-item[1], item[0]))
    common[[bucket for bucket, pages_with in ranked[:most] if pages_with >= 4]] = True
    return common


def learn_vocabulary(pages: Sequence[LabelledPage], recipe: Recipe) -> Vocabulary:
    """The hashes that most houses use, at least `houses` of them."""
    by_brand: dict[str, list[LabelledPage]] = {}
    for page in pages:
        by_brand.setdefault(page.brand, []).append(page)
    found = []
    for group in by_brand.values():
        seen: list[npt.NDArray[np.uint32]] = []
        for page in group[:12]:
            for form in (page.full, page.light):
                features = featurise([text for text, _ in form[:500]])
                seen += [bag.hash for bag in features.bags] if features is not None else []
        found.append(np.unique(np.concatenate(seen)) if seen else np.zeros(0, np.uint32))
    hashes, number = np.unique(np.concatenate(found), return_counts=True)
    hashes, number = hashes[number >= recipe.houses], number[number >= recipe.houses]
    return Vocabulary.build(hashes[np.argsort(-number, kind="stable")][: recipe.vocabulary])


def loss_of(scores: Tensor, batch: Batch, recipe: Recipe) -> Tensor:
    kinds = len(CLASSES)
    each = functional.cross_entropy(scores[:, :kinds], batch.classes.clamp(max=kinds - 1), reduction="none")
    label = (each * batch.weight).sum() / batch.weight.sum().clamp(min=1)
    start = functional.binary_cross_entropy_with_logits(
        scores[:, kinds], batch.starts, pos_weight=torch.tensor(START_WEIGHT)
    )
    zone = functional.cross_entropy(scores[:, kinds + 1 :], batch.zones, ignore_index=UNSCORED)
    return label + recipe.start_loss * start + zone


def fit(gluer: Gluer, recipe: Recipe, tell: Callable[[str], None]) -> Arrays:
    """Train from the beginning; the arrays are those of `LineNet.load`."""
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(1)
    common = common_words(gluer.pages)
    vocabulary = learn_vocabulary(gluer.pages, recipe)
    rnd = random.Random(recipe.seed)
    net: Net | None = None
    for epoch in range(recipe.epochs):
        began = time.monotonic()
        drawn = (example(s, vocabulary, common) for s in gluer.epoch(random.Random(recipe.seed * 1000 + epoch)))
        examples = [x for x in drawn if x is not None]
        if net is None:
            net = _new_net(examples, vocabulary, recipe)
            optimiser, schedule = _optimiser(net, examples, recipe)
        total = _epoch(net, examples, optimiser, schedule, rnd)
        tell(f"epoch {epoch}: loss {total:.4f}, {time.monotonic() - began:.0f} s")
    assert net is not None
    return arrays_of(net, vocabulary, common)


def _new_net(examples: Sequence[Example], vocabulary: Vocabulary, recipe: Recipe) -> Net:
    matrix = np.concatenate([x.matrix for x in examples])
    net = Net(matrix.shape[1], vocabulary.size, recipe)
    net.mean.copy_(torch.from_numpy(matrix.mean(0, dtype=np.float64).astype(np.float32)))
    net.scale.copy_(torch.from_numpy((1 / (matrix.std(0, dtype=np.float64) + 0.05)).astype(np.float32)))
    return net


def _optimiser(net: Net, examples: Sequence[Example], recipe: Recipe) -> tuple[Any, Any]:
    others = [p for name, p in net.named_parameters() if name != "embedding.weight"]
    groups = [{"params": [net.embedding.weight], "weight_decay": 1e-4}, {"params": others, "weight_decay": 1e-3}]
    optimiser = torch.optim.AdamW(groups, lr=recipe.rate)
    lines = sum(len(x.classes) for x in examples)
    steps = int(recipe.epochs * (lines // recipe.batch + 1) * 1.02) + 20
    return optimiser, torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=steps, pct_start=0.15)


def _epoch(net: Net, examples: list[Example], optimiser: Any, schedule: Any, rnd: random.Random) -> float:
    rnd.shuffle(examples)
    total, steps = 0.0, 0
    net.train()
    for group in _groups(examples, net.recipe.batch):
        batch = Batch.of(group)
        loss = loss_of(net(batch), batch, net.recipe)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        if schedule.last_epoch < schedule.total_steps - 1:  # epochs differ a little in length
            schedule.step()
        total, steps = total + float(loss.detach()), steps + 1
    return total / max(steps, 1)


def _groups(examples: Sequence[Example], size: int) -> list[list[Example]]:
    groups: list[list[Example]] = [[]]
    for item in examples:
        if sum(len(x.classes) for x in groups[-1]) >= size:
            groups.append([])
        groups[-1].append(item)
    return groups


def arrays_of(net: Net, vocabulary: Vocabulary, common: npt.NDArray[np.bool_]) -> Arrays:
    """Weights in half precision under the names that `LineNet.load` reads."""

    def half(tensor: Tensor) -> npt.NDArray[Any]:
        return np.ascontiguousarray(tensor.detach().numpy()).astype(np.float16)

    width = net.recipe.embedding
    read = net.read.weight.t()
    out: Arrays = {
        "mark": vocabulary.mark,
        "row": vocabulary.row,
        "common": np.packbits(common),
        "embedding": half(net.embedding.weight),
        "mean": net.mean.numpy(),
        "scale": net.scale.numpy(),
        "from_words": half(read[:width]),
        "from_places": half(read[width : 2 * width]),
        "from_matrix": half(read[2 * width :]),
        "bias": half(net.read.bias),
        "hidden": half(net.hidden.weight.t()),
        "hidden_bias": half(net.hidden.bias),
        "heads": half(net.heads.weight.t()),
        "heads_bias": half(net.heads.bias),
    }
    for i, layer in enumerate(net.convolutions):
        out[f"conv{i}"] = half(layer.weight.permute(2, 1, 0))
        out[f"conv{i}_bias"] = half(layer.bias)
    return out
