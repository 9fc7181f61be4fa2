"""The training of the line net, with torch. Same seed, same data, same torch: same weights, to the bit."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.train.examples import Batch, Example, bags_of, example
from benchmarks.train.glue import UNSCORED, Gluer
from benchmarks.train.net import Net, Recipe
from benchmarks.train.pages import LabelledPage
from scrubber.segment.features import featurise
from scrubber.segment.features.chains import COMMON_BITS
from scrubber.segment.model import TAPS
from scrubber.segment.scores import CLASSES
from scrubber.segment.second_pass import START_WEIGHT
from scrubber.segment.vocabulary import Vocabulary

Arrays = dict[str, npt.NDArray[Any]]


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
                seen += [bag.hash for bag in bags_of([text for text, _ in form[:500]])]
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
    examples: list[Example] = []
    for epoch in range(recipe.epochs):
        began = time.monotonic()
        if epoch % recipe.shown == 0:
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
        out[f"conv{i}"] = half(layer.weight.t().reshape(TAPS, -1, net.recipe.width))
        out[f"conv{i}_bias"] = half(layer.bias)
    return out
