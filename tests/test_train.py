"""The training's own layer and net, against plain formulas and against the numpy net that is shipped."""

from __future__ import annotations

import random

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from benchmarks.train.alone import Told, figures  # noqa: E402
from benchmarks.train.examples import Batch, bags_of, example  # noqa: E402
from benchmarks.train.fit import arrays_of  # noqa: E402
from benchmarks.train.glue import Look, render  # noqa: E402
from benchmarks.train.net import Layer, Net, Recipe, kept  # noqa: E402
from scrubber.segment.features import featurise  # noqa: E402
from scrubber.segment.features.chains import COMMON_BITS  # noqa: E402
from scrubber.segment.model import DILATIONS, TAPS, LineNet  # noqa: E402
from scrubber.segment.vocabulary import Vocabulary  # noqa: E402

PAGE = [("Home", "D"), ("The harbour is to be dredged", "t"), ("By A. Writer", "g"), ("It was said again.", "K")] * 12


@pytest.mark.parametrize("dilation", [1, 4, 32])
def test_a_layer_is_a_convolution_and_so_are_its_gradients(dilation: int) -> None:
    torch.manual_seed(dilation)
    width = 5
    state = torch.randn(40, width, dtype=torch.float64, requires_grad=True)
    plain = torch.nn.Conv1d(width, width, TAPS, padding=dilation, dilation=dilation, dtype=torch.float64)
    weight = plain.weight.detach().permute(0, 2, 1).reshape(width, -1).requires_grad_()
    bias = plain.bias.detach().clone().requires_grad_()
    ours = Layer.apply(state, weight, bias, dilation, 0.0)
    theirs = state + torch.relu(plain(state.t()[None]))[0].t()
    assert torch.allclose(ours, theirs)
    toward = torch.randn_like(ours)
    found = torch.autograd.grad(ours, [state, weight, bias], toward)
    wanted = list(torch.autograd.grad(theirs, [state, plain.weight, plain.bias], toward))
    wanted[1] = wanted[1].permute(0, 2, 1).reshape(width, -1)
    assert all(torch.allclose(one, two) for one, two in zip(found, wanted, strict=True))


def test_what_is_left_out_is_made_up_for() -> None:
    torch.manual_seed(1)
    factors = kept((300, 1001), 0.25)
    assert factors.unique().tolist() == pytest.approx([0, 4 / 3])
    assert abs(float((factors == 0).float().mean()) - 0.25) < 0.01
    assert bool((kept((7,), 0.0) == 1).all())


def test_the_net_of_the_package_does_the_same_sums() -> None:
    torch.manual_seed(2)
    stream = render([PAGE, PAGE[3:]], Look(), random.Random(1))
    hashes = np.unique(np.concatenate([bag.hash for bag in bags_of(stream.lines)]))
    vocabulary, common = Vocabulary.build(hashes[::2]), np.zeros(1 << COMMON_BITS, bool)
    ready = example(stream, vocabulary, common)
    assert ready is not None
    net = Net(ready.matrix.shape[1], vocabulary.size, Recipe(width=16)).eval()
    wanted = net(Batch.of([ready])).detach().numpy()
    features = featurise(stream.lines, common=common)
    assert features is not None
    shipped = LineNet.load(arrays_of(net, vocabulary, common))
    assert len(shipped.convolutions) == len(DILATIONS)
    scores = shipped(features, shipped.find(features))
    assert float(np.abs(scores - wanted).max()) < 0.01 * float(np.std(wanted))  # weights are stored in half precision


def test_the_figures_of_a_net_alone() -> None:
    right = Told(False, 1.5, 3, np.array([0.9, 0.2]), np.array([True, False]), np.array([300.0, 100.0]))
    wrong = Told(True, 9.0, 0, np.array([0.4, 0.5]), np.array([True, False]), np.array([10.0, 30.0]))
    loss = -(300 * np.log(0.9) + 100 * np.log(0.8)) / 400
    other = -(10 * np.log(0.4) + 30 * np.log(0.5)) / 40
    assert figures([right, right, wrong]) == (
        f"starts 0.500 nats; text of streams {loss:.3f} nats, F1 1.0000; text of pages {other:.3f} nats, F1 0.0000"
    )
