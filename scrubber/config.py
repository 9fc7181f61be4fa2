"""One typed configuration: the same names, defaults and checks for the command line, TOML and Python."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scrubber.errors import ConfigError
from scrubber.page import Kind

PROBABILITIES: Final = ("keep_threshold", "start_threshold")
ALL_KINDS: Final = "all"
KINDS: Final = tuple(kind.value for kind in Kind)


def option(default: Any, meaning: str, *, choices: tuple[str, ...] = (), low: float | None = None) -> Any:
    """A field of `Config` with what the command line and the documentation say about it."""
    return dataclasses.field(default=default, metadata={"help": meaning, "choices": choices, "low": low})


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """Every option of the main job. Build it with `configure`, which checks names and values."""

    format: str = option(
        "auto",
        "What the input is; auto looks at its first bytes.",
        choices=("auto", "text", "jsonl", "html"),
    )
    text_field: str = option("text", "The field of a JSON record that holds the text.")
    encoding: str | None = option(None, "What to try for lines that are not UTF-8, before cp1252 (e.g. cp1251).")
    source: str = option("-", "The name that records from standard input carry.")
    split: bool = option(True, "Cut the input into pages; without it, each input or record is one page.")
    keep_threshold: float = option(
        0.4, "Probability of text from which a line is kept: higher for precision, lower for recall.", low=0.0
    )
    start_threshold: float = option(
        0.12, "Probability from which a line may begin a page: higher for fewer cuts, lower for more.", low=0.0
    )
    dedup: bool = option(True, "Collapse repeated captions and near-duplicate pages.")
    dedup_threshold: float = option(0.8, "Jaccard similarity from which a page is a copy of another.", low=0.0)
    dedup_memory: int = option(
        128, "Megabytes for what deduplication remembers; pages and captions seen first are forgotten first.", low=1
    )
    profile: str | None = option(
        None, "Learn the lines that come back at the ends of pages, leave them out, and keep them in this file."
    )
    index: str | None = option(
        None, "An index on disk (scrubber index create): pages that are in it are copies, pages that stay are added."
    )
    language_engine: str = option(
        "profiles",
        "Who identifies the language: langdetect's profiles on arrays, langdetect itself, or a plug-in by its name.",
    )
    keep_language: tuple[str, ...] = option((), "Languages to write, with commas: en,de; none named writes all.")
    kinds: tuple[str, ...] = option(
        ("article", "stub"),
        "Kinds of pages to write, with commas: article, stub, paywall, listing, other; all writes every page found.",
    )
    workers: int = option(
        0, "Processes that repair, score, label and identify; 0 is one for each core, 1 none besides this one.", low=0
    )
    html_timeout: float = option(30.0, "Seconds after which the extraction of one HTML page is stopped.", low=0.01)
    max_page_lines: int = option(10_000, "Lines after which a page is cut, and marked as cut.", low=1)
    max_line_bytes: int = option(1 << 26, "Bytes after which a line is cut, and counted as cut.", low=1024)
    block_bytes: int = option(1 << 20, "Bytes read at a time; it changes memory and latency, never the output.", low=1)


FIELDS: Final = {f.name: f for f in dataclasses.fields(Config)}


def configure(options: Mapping[str, Any]) -> Config:
    """A checked `Config`. Raises `ConfigError` for an unknown name or a value of the wrong type or range."""
    for name in options:
        if name not in FIELDS:
            raise ConfigError(f"there is no option {name!r}{_neighbour(name)}")
    return Config(**{name: _checked(name, value) for name, value in options.items()})


def from_toml(path: str | Path) -> dict[str, Any]:
    """The options in a TOML file: its `[scrubber]` or `[tool.scrubber]` table, or the file itself."""
    import tomllib

    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}; name another file with --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    table = data.get("tool", {}).get("scrubber") or data.get("scrubber") or data
    return {name.replace("-", "_"): value for name, value in table.items()}


def _neighbour(name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, FIELDS, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(FIELDS)}"


def _checked(name: str, value: Any) -> Any:
    if isinstance(FIELDS[name].default, tuple):
        names = tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else tuple(value)
        return _kinds(names) if name == "kinds" else names
    value = _of_type(name, value)
    choices, low = FIELDS[name].metadata["choices"], FIELDS[name].metadata["low"]
    if choices and value not in choices:
        raise ConfigError(f"{name} is one of {', '.join(choices)}, not {value!r}")
    if low is not None and not value >= low:
        raise ConfigError(f"{name} is at least {low:g}, not {value!r}")
    if name in PROBABILITIES and not 0 < value < 1:
        raise ConfigError(f"{name} lies between 0 and 1, not {value!r}")
    if name == "dedup_threshold" and not 0 < value <= 1:
        raise ConfigError(f"dedup_threshold lies above 0 and up to 1, not {value!r}")
    if name == "encoding" and value is not None:
        _known_encoding(value)
    return value


def _of_type(name: str, value: Any) -> Any:
    default: Any = FIELDS[name].default
    if value is None and default is None:
        return None
    wanted = str if default is None else type(default)
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise ConfigError(f"{name} takes a {wanted.__name__}, not {value!r}")
    return value


def _kinds(names: tuple[str, ...]) -> tuple[str, ...]:
    if ALL_KINDS in names:
        return (ALL_KINDS,)
    for name in names:
        if name not in KINDS:
            raise ConfigError(f"there is no kind {name!r}; there are: {', '.join(KINDS)}, or {ALL_KINDS}")
    return names


def _known_encoding(name: str) -> None:
    import codecs

    try:
        codecs.lookup(name)
    except LookupError as error:
        raise ConfigError(f"there is no encoding {name!r}; try cp1252, cp1251, gb18030 or shift_jis") from error
