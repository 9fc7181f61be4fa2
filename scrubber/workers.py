"""Worker processes for work on batches, in order. They move data and decide nothing: any number gives the same bytes.

Requests and answers are frames of bytes over pipes: nothing is pickled. A worker that dies is noticed; its request is
tried once more in a new worker, and after that done here, so that one killer page cannot stop the others.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from scrubber.page import Block, Dead

if TYPE_CHECKING:  # imported when processes are started: a small input needs none
    from concurrent.futures import Future

    from scrubber.processes import Line

UNDER_WAY: Final = 2  # requests at one worker: one being done, one in its pipe, so that it never waits for us
TRIES: Final = 2
LARGE: Final = 500_000  # characters; an input with less is done before workers are of use
PATIENCE: Final = 0.1  # seconds; an input that lets us wait longer for a block is slower than we are

A = TypeVar("A", contravariant=True)
B = TypeVar("B", covariant=True)
Batch = TypeVar("Batch")
Done = TypeVar("Done")


class Work(Protocol[A, B]):
    """Work on batches that can be done here, by a call, or be packed, done by a worker, and unpacked."""

    @property
    def name(self) -> str: ...  # which of `scrubber.worker.services` does it
    @property
    def ahead(self) -> int: ...  # batches for each worker that are taken before the first result is waited for

    def __call__(self, batch: A, /) -> B: ...
    def travels(self, batch: A, /) -> bool: ...  # or is it done sooner than sent?
    def goes_on(self, batch: A, /) -> bool: ...  # is more of it sure to come?
    def pack(self, batch: A, /) -> bytes: ...
    def unpack(self, batch: A, answer: bytes, /) -> B: ...


class Workers:
    """A pool of worker processes; each thread here only waits for one of them. They start once all is `loaded`."""

    def __init__(self, number: int, loaded: Callable[[], None] = lambda: None) -> None:
        self._number, self._loaded = number, loaded
        self._lines: list[Line] = []
        self._loading: list[Future[None]] = []
        self._closed = False
        self._seen, self._slow_input = 0, False  # characters

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        if not self._lines:
            return
        self._threads.shutdown(wait=False, cancel_futures=True)
        for line in self._lines:
            line.kill()  # whoever waits for it is told that it is gone
        self._threads.shutdown()
        for line in self._lines:
            line.close()

    def wake(self) -> None:
        """Start the processes, without waiting for them."""
        if self._lines:
            return
        from concurrent.futures import ThreadPoolExecutor
        from queue import SimpleQueue

        from scrubber.processes import Line, fork, may_fork

        self._loaded()
        self._lines = [Line() for _ in range(self._number)]
        if may_fork():  # before there are threads
            for line in self._lines:
                line.connect(fork())
        self._threads = ThreadPoolExecutor(UNDER_WAY * self._number)
        self._loading = [self._threads.submit(line.load) for line in self._lines]
        self._free: SimpleQueue[Line] = SimpleQueue()
        for line in UNDER_WAY * self._lines:
            self._free.put(line)

    @property
    def ready(self) -> bool:
        """Whether a worker has loaded all that it needs: as long as none has, work is done sooner here."""
        return any(line.connected for line in self._lines)

    def awake(self, blocks: Iterable[Block | Dead]) -> Iterator[Block | Dead]:
        """The blocks; where more come after `LARGE` characters, the processes are started: with the first pages out."""
        asked = time.monotonic()
        for block in blocks:
            self._slow_input = time.monotonic() - asked > PATIENCE
            if self._seen >= LARGE:
                self.wake()
            elif isinstance(block, Block):
                self._seen += sum(map(len, block.lines))
            yield block
            asked = time.monotonic()

    def lift(self, work: Work[Batch, Done], batches: Iterable[Batch]) -> Iterator[Done]:
        """`map(work, batches)`, with the batches that come once a worker is ready done by workers.

        Batches are taken only a few ahead of the results, so that memory stays bounded. As many are taken before a
        result is given, so that the workers do not wait for us; but where the input is slow, what is done goes out.
        """
        waiting: deque[tuple[Batch, Future[bytes | None] | None]] = deque()
        for number, batch in enumerate(batches):
            if number and self._seen >= LARGE and work.goes_on(batch):
                self.wake()
            asks = self.ready and work.travels(batch)
            if not waiting and not asks:
                yield work(batch)
                continue
            waiting.append((batch, self._threads.submit(self._ask, work, batch) if asks else None))
            while waiting and (len(waiting) >= self._number * work.ahead or self._goes_out(waiting[0][1])):
                yield _result(work, *waiting.popleft())
        while waiting:
            yield _result(work, *waiting.popleft())

    def _goes_out(self, answer: Future[bytes | None] | None) -> bool:
        return self._slow_input and (answer is None or answer.done())

    def _ask(self, work: Work[Batch, Done], batch: Batch) -> bytes | None:
        """The answer to a batch; `None` for one that cannot travel or has killed its worker twice."""
        try:
            request = work.pack(batch)
        except UnicodeEncodeError:  # half a character
            return None
        line = self._free.get()
        try:
            for _ in range(TRIES):
                if self._closed:
                    break
                answer = line.ask(work.name, request)
                if answer is not None:
                    return answer
        except OSError:  # the system starts no process now
            pass
        finally:
            self._free.put(line)
        return None


def _result(work: Work[Batch, Done], batch: Batch, answer: Future[bytes | None] | None) -> Done:
    data = answer.result() if answer else None
    return work(batch) if data is None else work.unpack(batch, data)
