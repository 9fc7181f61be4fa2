"""How fast we are, beside the same work done with the named packages and with peers, on one core.

    python benchmarks/speed.py                      the table, on 8 MB
    python benchmarks/speed.py --mb 40 --rounds 5 --json speed.json
    python benchmarks/speed.py --peers-python /path/to/venv/bin/python

Every case runs in a process of its own, so that its peak memory is its own; the cases take turns, round after round, so
that a busy machine disturbs all alike; medians are reported. MB/s are of UTF-8 input and of CPU seconds without imports
(for whole commands: with all they do). Slow cases get a shorter piece of the same corpus. Peers that are not installed
are left out: requirements-peers.txt lists them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import cases  # noqa: E402
from corpus import made_pages  # noqa: E402


def main() -> None:
    """Make the corpus, run all cases in turn, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, default=8.0, help="size of the corpus")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each case; the median counts")
    parser.add_argument("--only", action="append", metavar="NAME", help="cases whose name begins so")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go")
    parser.add_argument("--peers-python", default=sys.executable, metavar="FILE", help="a Python that has the peers")
    parser.add_argument("--case", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.case:
        _run_here(*given.case)
        return
    with tempfile.TemporaryDirectory() as folder:
        _write_corpus(Path(folder), given.mb)
        names = [name for name in cases.CASES if not given.only or name.startswith(tuple(given.only))]
        figures = _measured(names, folder, given.rounds, given.peers_python)
    _print_table(figures)
    if given.json:
        given.json.write_text(json.dumps({"machine": _machine(), "mb": given.mb, "cases": figures}, indent=1))


def _write_corpus(folder: Path, megabytes: float) -> None:
    """The same pages three times: as a dump, as records, and as the first part of each for slow cases."""
    pages = list(made_pages(int(megabytes * 1e6)))
    for name, share in (("whole", 1.0), ("part", min(1.0, 1.0 / megabytes))):
        some = pages[: max(1, int(len(pages) * share))]
        (folder / f"{name}.txt").write_text("\n\n".join(page.text for page in some) + "\n", encoding="utf-8")
        records = [json.dumps({"id": str(i), "text": page.text}) + "\n" for i, page in enumerate(some)]
        (folder / f"{name}.jsonl").write_text("".join(records), encoding="utf-8")


def _run_here(name: str, folder: str) -> None:
    """Run one case in this process and print what it took."""
    print(json.dumps(cases.CASES[name].measured(Path(folder))))


def _measured(names: list[str], folder: str, rounds: int, peers_python: str) -> dict[str, dict[str, Any]]:
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for number in range(rounds):
        for name in list(runs):
            print(f"\r{number + 1}/{rounds} {name:40}", end="", file=sys.stderr)
            run = _run_apart(name, folder, peers_python if cases.CASES[name].peer else sys.executable)
            if run is None:
                del runs[name]
            else:
                runs[name].append(run)
    print("\r" + " " * 50 + "\r", end="", file=sys.stderr)
    return {name: _median(some) for name, some in runs.items() if some}


def _run_apart(name: str, folder: str, python: str) -> dict[str, float] | None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "PYTHONHASHSEED": "0"}
    command = [python, str(Path(__file__).resolve()), "--case", name, folder]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:]
        print(f"\r{name} is left out: {' '.join(reason)[:150]}", file=sys.stderr)
        return None
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _median(runs: list[dict[str, float]]) -> dict[str, Any]:
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def _print_table(figures: dict[str, dict[str, Any]]) -> None:
    """A table for terminals and Markdown alike."""
    print(f"| {'case':32} | {'MB/s':>7} | {'pages/s':>8} | {'RSS MB':>6} | {'first byte':>10} | beside |")
    print(f"|{'-' * 34}|{'-' * 8}:|{'-' * 9}:|{'-' * 7}:|{'-' * 11}:|---|")
    for name, run in figures.items():
        beside = cases.CASES[name].beside
        ratio = f"{run['mb_s'] / figures[beside]['mb_s']:.1f} x {beside}" if beside in figures else ""
        if "parent_share" in run:
            ratio += f", {100 * run['parent_share']:.0f} % of the CPU time in the main process"
        first = f"{run['first_byte_s'] * 1000:.0f} ms" if "first_byte_s" in run else ""
        print(
            f"| {name:32} | {run['mb_s']:7.2f} | {run['pages_s']:8.0f} | {run['rss_mb']:6.0f} | {first:>10} | {ratio} |"
        )


def _machine() -> dict[str, Any]:
    return {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()}


if __name__ == "__main__":
    main()
