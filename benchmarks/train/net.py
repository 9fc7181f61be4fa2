"""The line net in torch, with what is left out of it while it is trained."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.train.examples import Batch
from scrubber.segment.model import DILATIONS, LIMIT, TAPS, ZONES
from scrubber.segment.scores import CLASSES


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that is chosen by hand."""

    epochs: int = 48
    shown: int = 1  # epochs in which one draw of streams is shown, each time with other things left out
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


class Layer(torch.autograd.Function):
    """state + dropout(relu(convolution of state)), as one product over rows.

    Half the time of torch's own three steps.
    """

    @staticmethod
    def forward(ctx: Any, state: Tensor, weight: Tensor, bias: Tensor, dilation: int, drop: float) -> Tensor:
        seen = _seen(state, dilation)
        new = torch.addmm(bias, seen, weight.t())
        factor = (new > 0).float() * kept(new.shape, drop)
        ctx.save_for_backward(seen, weight, factor)
        ctx.dilation = dilation
        return torch.addcmul(state, new, factor)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        seen, weight, factor = ctx.saved_tensors
        of_new = gradient * factor
        before, here, after = (of_new @ weight).chunk(TAPS, 1)
        of_state = gradient + here
        of_state[: -ctx.dilation] += before[ctx.dilation :]
        of_state[ctx.dilation :] += after[: -ctx.dilation]
        return of_state, of_new.t() @ seen, of_new.sum(0), None, None


def _seen(state: Tensor, dilation: int) -> Tensor:
    """What a row sees: the row `dilation` before it, itself and the one after, side by side."""
    before, here, after = (seen := state.new_empty(len(state), TAPS * state.shape[1])).chunk(TAPS, 1)
    before[:dilation], before[dilation:] = 0, state[:-dilation]
    here[:] = state
    after[-dilation:], after[:-dilation] = 0, state[dilation:]
    return seen


def kept(shape: Sequence[int], drop: float) -> Tensor:
    """Factors of dropout: 0 for what is left out, and so much more than 1 for the rest that the mean is 1.

    From random bytes, eight to a number: `bernoulli_` takes a sixth of the whole training.
    """
    size, limit = math.prod(shape), round(256 * drop)
    drawn = torch.empty(-(-size // 8), dtype=torch.int64).random_(-(2**63), None)
    return (drawn.view(torch.uint8)[:size].view(*shape) >= limit).float() * (256 / (256 - limit))


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
        self.convolutions = nn.ModuleList(nn.Linear(TAPS * width, width) for _ in DILATIONS)
        self.hidden = nn.Linear(width, width)
        self.heads = nn.Linear(width, len(CLASSES) + 1 + ZONES)

    def _bag(self, ids: Tensor, number: Tensor) -> Tensor:
        weights = kept(ids.shape, self._drop(self.recipe.word_drop))
        return self.embedding(ids, torch.cumsum(number, 0) - number, per_sample_weights=weights)

    def _drop(self, share: float) -> float:
        return share if self.training else 0.0

    def forward(self, batch: Batch) -> Tensor:
        recipe = self.recipe
        loose = self._bag(batch.loose, batch.loose_known) / batch.loose_number.sqrt()[:, None]
        placed = self._bag(batch.placed, batch.placed_known) * 0.5
        if self.training:
            left = (torch.rand(len(loose), 1) > recipe.line_drop).float()
            loose, placed = loose * left, placed * left
        limit = float(LIMIT)
        matrix = ((batch.matrix - self.mean) * self.scale).clamp(-limit, limit)
        state = functional.relu(self.read(torch.cat([loose, placed, matrix], 1)))
        drop = self._drop(recipe.hidden_drop)
        for layer, dilation in zip(self.convolutions, DILATIONS, strict=True):
            state = Layer.apply(state, layer.weight, layer.bias, dilation, drop)
        hidden = functional.relu(self.hidden(state))
        return self.heads(hidden * kept(hidden.shape, drop))
