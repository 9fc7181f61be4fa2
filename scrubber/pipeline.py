"""The way of the data, top to bottom. To add a stage, add its module and one line in `clean_items`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrubber.config import Config, configure
from scrubber.dedup import CollapseCaptions, Deduplicate, LearnFurniture
from scrubber.dedup.furniture import Profile
from scrubber.errors import ScrubberError
from scrubber.fix import Repair
from scrubber.language import IdentifyLanguage
from scrubber.page import Block, Dead, Intake, Page
from scrubber.read import Input, ReadOptions, read, read_text
from scrubber.segment import Segment
from scrubber.segment.chunk import Lift
from scrubber.workers import Workers, lift
from scrubber.write import Choice, Ledger

if TYPE_CHECKING:
    from scrubber.dedup.index import Index

LANGUAGE_BATCH = 32


def clean_items(blocks: Iterable[Block | Dead], config: Config) -> Iterator[Page | Dead]:
    """Blocks in, finished pages out, in the order of the input; what could not be read passes through as `Dead`."""
    furniture = open_furniture(config.profile)
    with in_parallel(config.workers) as lift, open_index(config.index) as index:
        blocks = each(Repair(), blocks)
        pages = Segment(split=config.split, max_page_lines=config.max_page_lines, lift=lift)(blocks)
        pages = in_batches(IdentifyLanguage(engine=config.language_engine), pages, LANGUAGE_BATCH)
        if config.dedup:
            pages = furniture(pages) if furniture else pages
            pages = Deduplicate(threshold=config.dedup_threshold, kinds=config.kinds, index=index)(pages)
            pages = CollapseCaptions(kinds=config.kinds)(pages)
        yield from pages
        if index is not None:
            index.commit()
    if furniture and furniture.profile and config.profile:
        furniture.profile.save(config.profile, furniture.pages)


def open_furniture(path: str | None) -> LearnFurniture | None:
    """The stage that goes on with the profile at `path`, or begins one where there is no file yet."""
    if path is None:
        return None
    return LearnFurniture(profile=Profile.load(path) if Path(path).exists() else Profile())


def open_index(path: str | None) -> AbstractContextManager[Index | None]:
    """The index at `path`, open for adding; it forgets what a run that breaks off has added."""
    if path is None:
        return nullcontext()
    from scrubber.dedup.index import Index

    return Index(path, write=True)


@contextmanager
def in_parallel(workers: int) -> Iterator[Lift]:
    """How to run a stage over batches: `map` for one worker, a pool of processes for more, 0 for one for each core."""
    number = workers or _cores()
    if number == 1:
        yield map
    else:
        with Workers(number) as pool:
            yield lift(pool)


def _cores() -> int:
    """The cores that this process may use; not every system can tell them from those that the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def clean(source: Input, /, *, ledger: Ledger | None = None, **options: Any) -> Iterator[Page]:
    """Clean a dump and yield its pages, in order, as soon as each is settled.

    `source` is a path, an open file (binary or text), or an iterable of lines. `options` are those of `Config`, named
    like the flags. Pass a `Ledger` to have every input line counted in it. Raises `ConfigError` for a wrong option and
    `InputError` for input that cannot be read at all; damaged pieces are counted in the ledger instead. No process is
    started unless `workers` asks for it.
    """
    config, intake = configure({"workers": 1, **options}), Intake()
    return _written(read([source], read_options(config), intake), intake, config, ledger or Ledger())


def clean_text(text: str, /, *, ledger: Ledger | None = None, source: str = "-", **options: Any) -> list[Page]:
    """Clean a string that holds one or more pages; see `clean` for the options and the errors."""
    config, intake = configure({"workers": 1, **options, "source": source}), Intake()
    return list(_written(read_text(text, read_options(config), intake), intake, config, ledger or Ledger()))


def read_options(config: Config) -> ReadOptions:
    """The part of the configuration that reading obeys."""
    return ReadOptions(**{field.name: getattr(config, field.name) for field in fields(ReadOptions)})


def writers_choice(config: Config) -> Choice:
    """Which pages go out."""
    return Choice(config.kinds, config.keep_language)


def _written(blocks: Iterable[Block | Dead], intake: Intake, config: Config, ledger: Ledger) -> Iterator[Page]:
    choice = writers_choice(config)
    for item in clean_items(blocks, config):
        ledger.add(item, choice)
        if isinstance(item, Page) and choice.rejection(item) is None:
            yield item
    ledger.close(intake)


def each(stage: Callable[[Block], Block], items: Iterable[Block | Dead]) -> Iterator[Block | Dead]:
    """Lift a stage for one block to the stream. A block that makes it fail becomes `Dead`; the rest goes on."""
    for item in items:
        yield item if isinstance(item, Dead) else attempt(stage, item)


def in_batches(
    stage: Callable[[list[Page]], list[Page]], items: Iterable[Page | Dead], size: int
) -> Iterator[Page | Dead]:
    """Lift a stage for lists of pages to the stream, in runs of up to `size`; on failure, one page at a time."""
    stream = iter(items)
    while batch := list(islice(stream, size)):
        pages = [item for item in batch if isinstance(item, Page)]
        found = attempt(stage, pages) if pages else []
        done = iter([attempt(stage, [page]) for page in pages] if isinstance(found, Dead) else found)
        for item in batch:
            yield item if isinstance(item, Dead) else _only(next(done))


def _only(found: Any) -> Page | Dead:
    only: Page | Dead = found[0] if isinstance(found, list) else found
    return only


def attempt(stage: Callable[[Any], Any], item: Any) -> Any:
    """What the stage makes of an item, or `Dead` with the reason why it failed."""
    try:
        return stage(item)
    except ScrubberError:  # about the configuration, not about the page
        raise
    except Exception as error:  # noqa: BLE001  the one place: one bad page must not stop the other millions
        lost = item[0] if isinstance(item, list) else item
        raw = "\n".join(lost.lines).encode("utf-8", "replace")
        reason = f"{type(stage).__name__} failed with {type(error).__name__}: {error}; please report it"
        return Dead(lost.source, lost.line, reason, raw, len(lost.lines))
