"""Quality of segmentation on labelled pages and glued dumps, beside baselines.

    python -m benchmarks.quality EVALDATA                      the weights of the package, pages that they have seen
    python -m benchmarks.quality EVALDATA --folds DIR          fold0.npz ... each on the sites that it has not seen
    python -m benchmarks.quality EVALDATA --share .2 --json F  a fifth of the streams and pages, figures to a file

What runs is the `Segment` stage as users run it. Scores are those of EVALDATA/score.py. Streams are glued from the
pages of each fold (`benchmarks/train/unseen.py`), in the mixture of the kit's own.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.baselines import BASELINES, Marks, regex_starts
from benchmarks.train.pages import LabelledPage, fold_of, load, rows
from benchmarks.train.unseen import GoldStream, gold_streams
from scrubber.page import Block, Page
from scrubber.segment import Segment
from scrubber.segment.scorer import Scorer, score_lines

FOLDS: Final = 4
BINS: Final = 10
THRESHOLDS: Final = (0.05, 0.12, 0.3, 0.5, 0.7, 0.9, 0.95)
SHORTEST_TITLE: Final = 8  # characters
CANDIDATE: Final = 0.01  # lines less likely to begin a page would make any calibration look good


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the stage made of one text: the pages' first lines with their probability, and each row kept or not."""

    starts: list[int]
    start_scores: list[float]
    kept: Marks
    titles: Marks
    keep_scores: npt.NDArray[np.float64]


def load_score(evaldata: Path) -> ModuleType:
    """The kit's own definitions."""
    spec = importlib.util.spec_from_file_location("score", evaldata / "score.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(stage: Segment, lines: Sequence[str]) -> Outcome:
    """One text through the stage."""
    pages = [p for p in stage([Block("text", 0, tuple(lines), ends_page=True)]) if isinstance(p, Page)]
    verdicts = [v for page in pages for v in page.verdicts]
    nonblank = [i for i, line in enumerate(lines) if line.strip()]
    kept = np.array([verdicts[i].keeps for i in nonblank], bool)
    titles = np.array([verdicts[i].label == "title" for i in nonblank], bool)
    scores = np.array([v.score if v.keeps else 1 - v.score for v in (verdicts[i] for i in nonblank)])
    return Outcome([p.line for p in pages], [p.start_score for p in pages], kept, titles, scores)


# ------------------------------------------------------------------ scores
def title_lines(lines: Sequence[str], labels: str, title: str) -> Marks:
    """Lines that are the title of the page: so labelled, or a line of its text that says what `title` says."""
    wanted = _words_of(title)
    return np.array(
        [x == "t" or (x == "K" and _says(_words_of(line), wanted)) for line, x in zip(lines, labels, strict=True)]
    )


def _words_of(text: str) -> str:
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def _says(line: str, title: str) -> bool:
    """The whole title, or the half of it that a site's name has been added to."""
    if min(len(line), len(title)) < SHORTEST_TITLE:
        return False
    return (
        line == title
        or (title.startswith(line) and 2 * len(line) >= len(title))
        or (line.startswith(title) and 2 * len(title) >= len(line))
    )


def clean_scores(
    score: ModuleType, lines: Sequence[str], labels: str, kept: Marks, gold: str | None, titles: Marks
) -> dict[str, Any]:
    raw = [x for x in lines if x.strip()]
    size, label = np.array([len(x.strip()) for x in raw], float), np.array(list(labels))
    text, drop, caption = label == "K", np.isin(label, ["D", "C"]), label == "C"
    tp, fp, fn = size[text & kept].sum(), size[drop & kept].sum(), size[text & ~kept].sum()
    precision, recall, f1 = score.prf(tp, tp + fp, tp + fn)
    out: dict[str, Any] = {
        "line_P": precision,
        "line_R": recall,
        "line_F1": f1,
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "tn": size[drop & ~kept].sum(),
        "cap": size[caption].sum(),
        "cap_dropped": size[caption & ~kept].sum(),
        "lines_right": int((text & kept).sum() + (drop & ~kept).sum()),
        "lines": int(text.sum() + drop.sum()),
        "titles": int(titles.any()),
        "titles_kept": int((titles & kept).any()),
        "rougeL_F1": 0.0,
    }
    ours = "\n".join(x for x, k in zip(raw, kept, strict=True) if k)
    out["bag_P"], out["bag_R"], out["bag_F1"] = _bags(score, gold, ours) if gold else (0.0, 0.0, 0.0)
    return out


def _bags(score: ModuleType, gold: str, ours: str) -> tuple[float, float, float]:
    from collections import Counter

    one, two = score.tokens(gold), score.tokens(ours)
    found: tuple[float, float, float] = score.prf(sum((Counter(one) & Counter(two)).values()), len(two), len(one))
    return found


def sum_clean(score: ModuleType) -> Callable[[list[dict[str, Any]]], dict[str, float]]:
    def total(rs: list[dict[str, Any]]) -> dict[str, float]:
        out = score.sum_clean(rs)
        out["titles_kept"] = sum(r["titles_kept"] for r in rs) / max(1, sum(r["titles"] for r in rs))
        return {k: out[k] for k in ("dumps", "line_F1", "bag_F1", "lines_right", "captions_dropped", "titles_kept")}

    return total


def sum_split(score: ModuleType) -> Callable[[list[dict[str, Any]]], dict[str, float]]:
    keys = ("dumps", "P", "R", "F1", "F1_tol2", "page_iou90", "Pk")
    return lambda rs: {k: v for k, v in score.sum_split(rs).items() if k in keys}


def calibration(said: npt.NDArray[np.float64], was: Marks) -> float:
    """Expected calibration error over ten bins."""
    place = np.minimum((said * BINS).astype(int), BINS - 1)
    gaps = [abs((said - was)[place == i].sum()) for i in range(BINS)]
    return float(sum(gaps) / max(len(said), 1))


# ------------------------------------------------------------------ what is measured
@dataclass(slots=True)
class Measured:
    """Scores of texts, each with what it is."""

    split: list[tuple[dict[str, Any], dict[str, Any]]]
    clean: list[tuple[dict[str, Any], dict[str, Any]]]
    said: list[npt.NDArray[np.float64]]
    was: list[Marks]
    sizes: list[npt.NDArray[np.float64]] = field(default_factory=list)
    start_said: list[npt.NDArray[np.float64]] = field(default_factory=list)
    start_was: list[Marks] = field(default_factory=list)
    bytes: int = 0
    seconds: float = 0.0  # for the streams

    def time(self, stage: Segment, lines: Sequence[str]) -> Outcome:
        begun = time.process_time()
        outcome = run(stage, lines)
        self.seconds += time.process_time() - begun
        self.bytes += sum(len(x.encode("utf-8", "replace")) + 1 for x in lines)
        return outcome


def measure_streams(stage: Segment, streams: Iterable[GoldStream], score: ModuleType, into: Measured) -> None:
    for stream in streams:
        out = into.time(stage, stream.lines)
        about = {"kind": stream.kind, "variant": stream.variant, "look": stream.look, "by": "scrubber"}
        text = stream.text
        into.split.append((about, score.score_split_one(stream.starts, out.starts, text)))
        regex = score.score_split_one(stream.starts, regex_starts(stream.lines), text)
        into.split.append(({**about, "by": "regex"}, regex))
        said, was = start_candidates(stage, stream)
        into.start_said.append(said)
        into.start_was.append(was)


def start_candidates(stage: Segment, stream: GoldStream) -> tuple[npt.NDArray[np.float64], Marks]:
    """How likely lines are said to begin a page, and whether they do, of lines that may."""
    scores = stage.score(stream.lines, (0,))
    assert scores is not None
    said = 1 / (1 + np.exp(-scores.start))
    here = (said >= CANDIDATE) & (scores.line > scores.line[0])
    return said[here], np.isin(scores.line[here], stream.starts)


def measure_pages(
    stage: Segment, pages: Iterable[LabelledPage], gold: dict[str, str], score: ModuleType, into: Measured
) -> None:
    for page in pages:
        for variant, labelled in (("full", page.full), ("light", page.light)):
            labels = "".join(label for _, label in labelled)
            if not set(labels) & set("KDC") or page.id not in gold:
                continue
            lines = [text for text, _ in labelled]
            about = {"variant": variant, "dataset": page.dataset, "language": page.language}
            out, titles = run(stage, lines), title_lines(lines, labels, page.title)
            found = clean_scores(score, lines, labels, out.kept, gold[page.id], titles)
            into.clean.append(({**about, "by": "scrubber"}, found))
            label = np.array(list(labels))
            scored = np.isin(label, list("KDC"))
            into.said.append(out.keep_scores[scored])
            into.was.append(label[scored] == "K")
            into.sizes.append(np.array([len(x.strip()) for x in lines], float)[scored])
            for name, keep in BASELINES.items():
                found = clean_scores(score, lines, labels, keep(lines), gold[page.id], titles)
                into.clean.append(({**about, "by": name}, found))


def measure(evaldata: Path, folds: Path | None, share: float, only: Sequence[int] = range(FOLDS)) -> dict[str, Any]:
    """All figures: {"split": {group: figures}, "clean": {group: figures}, ...}."""
    score, pages = load_score(evaldata), load([evaldata / "pages.jsonl.gz"])
    gold = {row["id"]: row["gold"] for row in rows(evaldata / "pages.jsonl.gz")}
    into = Measured([], [], [], [])
    for fold in only:
        stage = Segment(score=Scorer.of(folds / f"fold{fold}.npz")) if folds else Segment(score=score_lines)
        own = [page for page in pages if fold_of(page.brand, FOLDS) == fold]
        measure_streams(stage, gold_streams(own, fold, share / len(only)), score, into)
        measure_pages(stage, own[:: round(1 / share)], gold, score, into)
    said, was, begun = map(np.concatenate, (into.said, into.was, into.start_was))
    start_said = np.concatenate(into.start_said)
    return {
        "split": _grouped(score, into.split, ["kind", "variant", "look"], sum_split(score)),
        "clean": _grouped(score, into.clean, ["variant", "dataset", "language"], sum_clean(score)),
        "keep_ece": calibration(said, was),
        "start_ece": calibration(start_said, begun),
        "keep_threshold": at_thresholds(said, was, np.concatenate(into.sizes)),
        "start_threshold": at_thresholds(start_said, begun, np.ones(len(begun))),
        "megabytes_per_second": into.bytes / 1e6 / into.seconds,
    }


def at_thresholds(said: npt.NDArray[np.float64], was: Marks, size: npt.NDArray[np.float64]) -> dict[str, Any]:
    """Precision and recall, weighted by `size`, of what is said with at least so much probability."""
    out = {}
    for limit in THRESHOLDS:
        right = size[was & (said >= limit)].sum()
        out[f"{limit}"] = {"P": right / max(size[said >= limit].sum(), 1e-9), "R": right / max(size[was].sum(), 1e-9)}
    return out


def _grouped(score: ModuleType, items: list[Any], by: list[str], total: Callable[[Any], Any]) -> dict[str, Any]:
    """Figures of each contestant, of all texts and by form; ours also by everything else that is known of them."""
    out: dict[str, Any] = {}
    for who in sorted({about["by"] for about, _ in items}, key=lambda name: name != "scrubber"):
        own = [item for item in items if item[0]["by"] == who]
        groups = [k for k in by if k != "variant"] if who == "scrubber" else []
        out[who] = score.grouped(own, [], total)
        for variant in sorted({about["variant"] for about, _ in own}):
            part = [item for item in own if item[0]["variant"] == variant]
            out[f"{who}, {variant}"] = score.grouped(part, groups, total)
    if "kind" in by:
        out["scrubber"] = score.grouped([item for item in items if item[0]["by"] == "scrubber"], by, total)
    return out


def table(figures: dict[str, Any]) -> Iterator[str]:
    for part in ("split", "clean"):
        for who, groups in figures[part].items():
            for group, values in groups.items():
                numbers = " ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in values.items())
                yield f"{part:5s} {who:24s} {group:24s} {numbers}"
    for part in ("keep_threshold", "start_threshold"):
        yield f"{part}: " + ", ".join(f"{k} P {v['P']:.3f} R {v['R']:.3f}" for k, v in figures[part].items())
    yield f"keep ECE {figures['keep_ece']:.4f}; start ECE {figures['start_ece']:.4f} over lines that may begin a page"
    yield f"{figures['megabytes_per_second']:.2f} MB/s of CPU time, one thread"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evaldata", type=Path)
    parser.add_argument("--folds", type=Path, help="folder with fold0.npz to fold3.npz")
    parser.add_argument("--only", default=",".join(map(str, range(FOLDS))), help="folds to measure")
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    figures = measure(options.evaldata, options.folds, options.share, [int(x) for x in options.only.split(",")])
    for line in table(figures):
        print(line)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
