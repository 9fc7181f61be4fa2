"""Shared by the tests: where the evaluation data are, and how to run the command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# as the command does (scrubber/cli.py), and before numpy is imported: the tests share two cores
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("SCRUBBER_SHARED", ROOT.parent / "shared"))
SAMPLES = ROOT / "samples"


@pytest.fixture(scope="session")
def shared():
    """The folder with the evaluation data, which is not part of the project."""
    if not (SHARED / "evaldata").is_dir():
        pytest.skip("no evaluation data: set SCRUBBER_SHARED to the folder that holds evaldata/ and sample/")
    return SHARED


@pytest.fixture
def scrub():
    """Run the command with bytes on standard input; returns the finished process."""

    def run(*arguments, stdin=b"", env=None, timeout=120):
        command = [sys.executable, "-m", "scrubber", *map(str, arguments)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
        return subprocess.run(command, input=stdin, capture_output=True, env=environment, timeout=timeout, check=False)

    return run
