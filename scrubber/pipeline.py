"""The way of the data, top to bottom. To add a stage, add its module and one line in `clean_items`."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from scrubber.config import Config, configure
from scrubber.dedup import CollapseCaptions, Deduplicate
from scrubber.errors import ScrubberError
from scrubber.finish import Finish, LookAtWindows
from scrubber.fix import Repair
from scrubber.fix.wire import RepairBlocks
from scrubber.language import IdentifyLanguage
from scrubber.page import Block, Dead, Intake, Page, Recall
from scrubber.read import Input, ReadOptions, read, read_text
from scrubber.segment import Segment
from scrubber.segment.foresee import Foresee
from scrubber.write import Choice, Ledger, MakeReady

if TYPE_CHECKING:
    from scrubber.dedup import LearnFurniture
    from scrubber.dedup.index import Index
    from scrubber.workers import Work

BATCH: Final = 1 << 18  # characters that work is done on together
# what a megabyte of `dedup_memory` holds (benchmarks/memory.py): pages with their keys, shingles, and captions
PAGES_PER_MB: Final = 500
SHINGLE_BYTES_PER_MB: Final = 1 << 18
CAPTIONS_PER_MB: Final = 100
_FIRST: Final = 1 << 12
_ARENA_MAX: Final = -8  # the option of the C library's malloc
_EACH: Final = 128  # what a block, a page or a dead item counts beside its characters


class Piece(Protocol):
    """A run of lines with a place in its source: a block, or a page."""

    @property
    def source(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def lines(self) -> tuple[str, ...]: ...


A = TypeVar("A", bound=Piece)
B = TypeVar("B")
Awake = Callable[[Iterable[Block | Dead]], Iterator[Block | Dead]]
Lift = Callable[[Any, Iterable[Any]], Iterable[Any]]  # `map`, here or in workers
Loaded = Callable[[], None]  # waits until all that a thread loads is there


def clean_items(
    blocks: Iterable[Block | Dead],
    config: Config,
    recall: Recall,
    ready: MakeReady | None = None,
    loaded: Loaded = lambda: None,
) -> Iterator[Page | Dead]:
    """Blocks in, finished pages out, in the order of the input; what could not be read passes through as `Dead`.

    `recall` is told what deduplication forgets. Workers make pages `ready` for who writes them in that way. `loaded`
    waits for what `load_ahead` began.
    """
    furniture = open_furniture(config.profile)
    with in_parallel(config.workers, loaded) as (awake, lift), open_index(config.index) as index:
        dedup = remembering(config, index, recall)
        ahead = dedup.candidates if config.dedup and not furniture else None  # furniture changes what is compared
        repaired: Iterator[Block | Dead] = in_batches(RepairBlocks(Repair()), awake(blocks), lift)
        finish = Finish(IdentifyLanguage(engine=config.language_engine), ahead, config.keep_threshold, ready)
        foresee = Foresee(config.max_page_lines, config.start_threshold)
        segment = Segment(
            config.split,
            config.max_page_lines,
            start_from=config.start_threshold,
            lift=lambda score, windows: lift(LookAtWindows(score, foresee, finish), windows),
        )
        pages = in_batches(finish, _after(loaded, segment.cuts(repaired)), lift)
        if config.dedup:
            pages = furniture(pages) if furniture else pages
            most = config.dedup_memory * CAPTIONS_PER_MB
            captions = CollapseCaptions(kinds=config.kinds, remember=most, recall=recall)
            pages = captions(dedup(pages))
        yield from pages
        if index is not None:
            index.commit()
    if furniture and furniture.profile and config.profile:
        furniture.profile.save(config.profile, furniture.pages)


def remembering(config: Config, index: Index | None, recall: Recall) -> Deduplicate:
    """Deduplication within `dedup_memory`, of which a quarter is for shingles."""
    return Deduplicate(
        threshold=config.dedup_threshold,
        memory_bytes=config.dedup_memory * SHINGLE_BYTES_PER_MB,
        most_pages=config.dedup_memory * PAGES_PER_MB,
        kinds=config.kinds,
        index=index,
        recall=recall,
    )


def open_furniture(path: str | None) -> LearnFurniture | None:
    """The stage that goes on with the profile at `path`, or begins one where there is no file yet."""
    if path is None:
        return None
    from scrubber.dedup import LearnFurniture
    from scrubber.dedup.furniture import Profile

    return LearnFurniture(profile=Profile.load(path) if Path(path).exists() else Profile())


def open_index(path: str | None) -> AbstractContextManager[Index | None]:
    """The index at `path`, open for adding; it forgets what a run that breaks off has added."""
    if path is None:
        return nullcontext()
    from scrubber.dedup.index import Index

    return Index(path, write=True)


def load_ahead(config: Config) -> Loaded:
    """Read the tables that the first page needs, beside reading and cutting it: gives what waits for them.

    With a second core, the first record comes out sooner by the time that they take: a tenth.
    """
    from threading import Thread

    _share_one_heap()

    def load() -> None:
        if config.language_engine == "profiles":
            from scrubber.language import profiles

            profiles.tables()
        if config.dedup:
            from scrubber.dedup import alphabet

            alphabet.codes()

    thread = Thread(target=load)
    thread.start()
    return thread.join


def _share_one_heap() -> None:
    """Have threads take memory from where all is taken: else each keeps some for itself, also when it has ended."""
    import ctypes

    with suppress(AttributeError, OSError, TypeError):  # other systems have no such thing
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def _after(loaded: Loaded, items: Iterable[A | Dead]) -> Iterator[A | Dead]:
    """The items, once all is loaded."""
    for item in items:
        loaded()
        yield item


@contextmanager
def in_parallel(workers: int, loaded: Loaded) -> Iterator[tuple[Awake, Lift]]:
    """How to do work on batches: `map` for one worker, a pool of processes for more, 0 for one for each core.

    The pool's processes are started by the blocks that pass the first of the two, once all is `loaded`.
    """
    number = workers or _cores()
    if number == 1:
        yield iter, map
    else:
        from scrubber.workers import Workers

        with Workers(number, loaded) as pool:
            yield pool.awake, pool.lift


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
    for item in clean_items(blocks, config, ledger.recall):
        ledger.add(item, choice)
        if isinstance(item, Page) and choice.rejection(item) is None:
            yield item
    ledger.close(intake)


def in_batches(work: Work[list[A], Sequence[B]], items: Iterable[A | Dead], lift: Lift = map) -> Iterator[B | Dead]:
    """Do work on the items of a stream, many at a time; `Dead` keeps its place, and what makes work fail becomes it."""
    waiting: deque[list[A | Dead]] = deque()

    def batches() -> Iterator[list[A]]:
        for batch in batched(items):
            waiting.append(batch)
            yield [item for item in batch if not isinstance(item, Dead)]

    for found in lift(Guarded(work), batches()):
        done = iter(found)
        for item in waiting.popleft():
            yield item if isinstance(item, Dead) else next(done)


def batched(items: Iterable[A | Dead]) -> Iterator[list[A | Dead]]:
    """Runs of blocks or pages with about `BATCH` characters; the first are smaller, so that output begins soon."""
    batch: list[A | Dead] = []
    size, enough = 0, _FIRST
    for item in items:
        batch.append(item)
        size += _EACH if isinstance(item, Dead) else _EACH + sum(map(len, item.lines))
        if size >= enough:
            yield batch
            batch, size, enough = [], 0, min(2 * enough, BATCH)
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class Guarded(Generic[A, B]):
    """Work that does not stop where it fails: it goes on one by one, and what makes it fail becomes `Dead`."""

    work: Work[list[A], Sequence[B]]

    @property
    def name(self) -> str:
        return self.work.name

    @property
    def ahead(self) -> int:
        return self.work.ahead

    def __call__(self, batch: list[A]) -> list[B | Dead]:
        found: Sequence[B] | Dead = attempt(self.work, batch) if batch else []
        if not isinstance(found, Dead):
            return [*found]
        alone = [attempt(self.work, [item]) for item in batch]
        return [one if isinstance(one, Dead) else one[0] for one in alone]

    def travels(self, batch: list[A]) -> bool:
        return self.work.travels(batch)

    def goes_on(self, batch: list[A]) -> bool:
        return self.work.goes_on(batch)

    def pack(self, batch: list[A]) -> bytes:
        return self.work.pack(batch)

    def unpack(self, batch: list[A], answer: bytes) -> list[B | Dead]:
        return [*self.work.unpack(batch, answer)]


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
