"""langdetect itself, made repeatable.

Its answers depend on random draws unless it is seeded, its global factory fails when two threads load it at once, and
its profiles come in the order of the file system. Here each process has its own factory, loaded under a lock from
sorted files, and every text starts from the same seed.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

_SEED: Final = 0
_LOADING: Final = threading.Lock()


def identify(texts: Sequence[str]) -> list[tuple[str, float]]:
    """langdetect's first language for each text, with its probability; `und` where it finds nothing."""
    with _LOADING:
        factory = _factory()
    return [_one(factory, text) for text in texts]


def _one(factory: Any, text: str) -> tuple[str, float]:
    from langdetect.lang_detect_exception import LangDetectException

    detector = factory.create()
    detector.append(text)
    try:
        found = detector.get_probabilities()
    except LangDetectException:
        return "und", 0.0
    return (found[0].lang, min(found[0].prob, 1.0)) if found else ("und", 0.0)


@cache
def _factory() -> Any:
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    files = sorted(path for path in Path(PROFILES_DIRECTORY).iterdir() if not path.name.startswith("."))
    factory = DetectorFactory()
    factory.set_seed(_SEED)
    factory.load_json_profile([path.read_text(encoding="utf-8") for path in files])
    return factory
