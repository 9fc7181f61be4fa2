"""Quality does not fall: the shipped weights on a fixed part of the shared data, against `benchmarks/floors.json`.

The shipped weights were trained on these pages. A floor here guards against regressions of code and weights; how good
segmentation is on sites that no weight has seen is in docs/model.md, measured with `benchmarks/quality.py --folds`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import SHARED

ROOT = Path(__file__).parents[1]
FLOORS = json.loads((ROOT / "benchmarks" / "floors.json").read_text(encoding="utf-8"))["quality"]

pytestmark = pytest.mark.skipif(not (SHARED / "evaldata").is_dir(), reason="needs evaldata: set SCRUBBER_SHARED")


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    pytest.importorskip("sklearn", reason="gluing streams by topic needs scikit-learn")
    from benchmarks.quality import measure

    return measure(SHARED / "evaldata", None, FLOORS["share"])


def figure(figures: dict[str, Any], path: str) -> float:
    value: Any = figures
    for key in path.split("/"):
        value = value[key]
    return float(value)


@pytest.mark.parametrize("path", FLOORS["at_least"])
def test_no_figure_falls_below_its_floor(figures: dict[str, Any], path: str) -> None:
    floor = FLOORS["at_least"][path]
    assert figure(figures, path) >= floor - FLOORS["margin"], f"{path}: see benchmarks/floors.json"


@pytest.mark.parametrize("path", FLOORS["at_most"])
def test_no_figure_rises_above_its_ceiling(figures: dict[str, Any], path: str) -> None:
    ceiling = FLOORS["at_most"][path]
    assert figure(figures, path) <= ceiling + FLOORS["margin"], f"{path}: see benchmarks/floors.json"


def test_it_beats_the_baselines(figures: dict[str, Any]) -> None:
    ours = figures["clean"]["scrubber, full"]["all"]
    for name in ("keep all", "long lines", "C4 rules", "jusText on lines"):
        assert ours["line_F1"] > figures["clean"][f"{name}, full"]["all"]["line_F1"] + 0.05
    assert figures["split"]["scrubber"]["all"]["F1"] > figures["split"]["regex"]["all"]["F1"] + 0.3
