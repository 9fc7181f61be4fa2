"""The import law: page, errors <- the stage folders (never each other) <- pipeline, config <- cli, commands."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "scrubber"
STAGES = ("read", "fix", "segment", "language", "dedup", "write")
ALLOWED = {
    "page": set(),
    "errors": set(),
    "config": {"page", "errors"},
    "finish": {"page", "segment", "language", "dedup", "write"},
    "processes": {"read", "worker"},
    "workers": {"page", "processes"},
    "worker": {"page", "finish", *STAGES},
    "pipeline": {"page", "errors", "config", "finish", "workers", *STAGES},
    "cli": {"page", "errors", "config", "commands"},
    "commands": {"page", "errors", "config", "pipeline", "cli", "commands", *STAGES},
    **{stage: {stage, "page", "errors"} for stage in STAGES},
}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_what_stands_below_it(path):
    place = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if place in ("__init__", "__main__"):
        return
    used = {name.split(".")[1] for name in imports(path) if name.startswith("scrubber.")}
    assert used <= ALLOWED[place], f"{place} must not know {used - ALLOWED[place]}"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_nothing_unpickles_or_evaluates(path):
    source = path.read_text(encoding="utf-8")
    assert not {"pickle", "marshal", "shelve", "dill", "joblib"} & {name.split(".")[0] for name in imports(path)}
    calls = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    assert not {"eval", "exec"} & {call.id for call in calls if isinstance(call, ast.Name)}
    assert "allow_pickle=True" not in source


def test_one_place_catches_everything():
    found = [p.name for p in PACKAGE.rglob("*.py") if "except Exception" in p.read_text(encoding="utf-8")]
    assert found == ["pipeline.py"]


def test_importing_scrubber_loads_nothing_heavy():
    heavy = "numpy, trafilatura, datasketch, ftfy, langdetect, tqdm, click, msgspec, scipy"
    code = f"import sys, scrubber; print([m for m in '{heavy}'.split(', ') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    assert found.stdout.strip() == "[]"
