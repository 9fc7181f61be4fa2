"""Commands of other deduplicators, for `python benchmarks/dedup.py speed --peers-python VENV/bin/python`.

Each in an environment of its own, because their requirements exclude one another: `pip install text-dedup`,
`pip install dolma==1.2.*`. Each does what scrubber's default comes nearest to, in one process.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
from pathlib import Path

QUIET = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def peers(python: Path, source: Path, folder: Path):
    """Name, command and note of each peer that the environment of `python` has; `folder` is for their files."""
    for package, command in (("text_dedup", text_dedup), ("dolma", dolma)):
        if subprocess.run([python, "-c", f"import {package}"], capture_output=True).returncode == 0:
            yield command(python, source, folder)


def environment():
    """Byte code is written, as an install has it; no peer asks its hub."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | QUIET


def text_dedup(python: Path, source: Path, folder: Path):
    options = ["--path", "json", "--data_files", source, "--split", "train", "--column", "text"]
    options += ["--cache_dir", folder / "cache", "--output", folder / "text_dedup"]
    options += ["--ngram", "5", "--num_perm", "128", "--b", "16", "--r", "8", "--hash_func", "xxh3", "--num_proc", "1"]
    return "text-dedup", [python, "-m", "text_dedup.minhash", *options], "xxh3, 5-grams, 16x8, unverified"


def dolma(python: Path, source: Path, folder: Path):
    """It takes packed files alone; the packing is not measured, the unpacking is."""
    documents = folder / "documents"
    documents.mkdir(exist_ok=True)
    with source.open("rb") as plain, gzip.open(documents / "clean.json.gz", "wb", 6) as packed:
        shutil.copyfileobj(plain, packed)
    settings = {
        "documents": [f"{documents}/*"],
        "processes": 1,
        "dedupe": {"name": "repeats", "skip_empty": True, "paragraphs": {"attribute_name": "repeats"}},
        "bloom_filter": {
            "file": f"{folder}/bloom.bin",
            "size_in_bytes": 0,
            "read_only": False,
            "estimated_doc_count": 1_000_000,
            "desired_false_positive_rate": 1e-4,
        },
    }
    (folder / "dolma.json").write_text(json.dumps(settings))
    command = [Path(python).parent / "dolma", "-c", folder / "dolma.json", "dedupe"]
    return "dolma", command, "exact paragraphs, Bloom filter for 1 M at 1e-4, marks only"


def clear(folder: Path) -> None:
    """Forget what a peer has left, so that the next run does all the work again."""
    for name in ("cache", "text_dedup", "attributes"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "bloom.bin").unlink(missing_ok=True)
