"""The corpus of the benchmarks is the same everywhere, so that figures can be compared."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

CORPUS = Path(__file__).parents[1] / "benchmarks" / "corpus.py"
WHOLE = "14c6c137cda7dbe5"


def made(seed):
    environment = {**os.environ, "PYTHON14c6c137cda7dbe5SEED": seed, "PYTHONUTF8": "1"}
    return subprocess.run([sys.executable, CORPUS, "0.3"], capture_output=True, env=environment, check=True).stdout


def test_the_corpus_is_the_same_everywhere():
    dump = made("1")
    assert dump == made("2")
    assert 300_000 <= len(dump) < 400_000
    assert sha256(dump).hexdigest()[:16] == WHOLE
