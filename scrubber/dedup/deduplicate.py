"""The stage that finds pages which are copies of earlier pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scrubber.dedup.ahead import MakeCandidates
from scrubber.dedup.candidate import Candidate, Scheme
from scrubber.dedup.latest import PARTS, Latest
from scrubber.dedup.leader import Leaders
from scrubber.dedup.memory import Memory
from scrubber.dedup.verify import Criteria
from scrubber.page import Dead, Duplicate, Page, Recall, growing, with_fields

if TYPE_CHECKING:
    from scrubber.dedup.index import Index

BATCH: Final = 64


@dataclass(frozen=True, slots=True)
class Deduplicate:
    """Mark pages whose text is a copy of an earlier page's: `duplicate_of` says of which, how, and how much.

    One pass: what was seen first stays. A longer page stays beside an earlier shorter one that it contains, so that no
    text is lost. Pages whose kind is not in `kinds` are no copies and have none: a page that is not written must not
    take one that is. `threshold` and `containment` are explained in `Criteria`; `memory_bytes` bounds the shingles kept
    for exact verification, pages beyond it are verified by a second signature and marked `estimated`. `most_pages`
    bounds the pages that are remembered at all: those seen first are forgotten first, and counted in `recall`.

    With `index`, opened for writing, pages are copies of its pages too, and pages that stay are added to it. The caller
    commits it when the output is safe: a run that breaks off must not turn its own pages into duplicates.
    """

    threshold: float = 0.8
    containment: float | None = 0.7
    num_perm: int = 128
    bands: int = 16
    rows: int = 8
    memory_bytes: int = 1 << 28
    most_pages: int | None = None
    kinds: tuple[str, ...] = ("article", "stub")
    index: Index | None = None
    batch: int = BATCH
    recall: Recall = field(default_factory=Recall, compare=False)

    def __post_init__(self) -> None:
        self._criteria()
        Scheme(self.num_perm, self.bands, self.rows)
        if self.index is not None:
            self.index.require(num_perm=self.num_perm, bands=self.bands, rows=self.rows)

    @property
    def candidates(self) -> MakeCandidates:
        """What this stage needs of pages; it can be worked out ahead, and is worked out here where it is missing."""
        scheme = self.index.scheme if self.index is not None else Scheme(self.num_perm, self.bands, self.rows)
        return MakeCandidates(scheme.num_perm, scheme.bands, scheme.rows, scheme.seed, self.kinds)

    def __call__(self, pages: Iterable[Page | Dead]) -> Iterator[Page | Dead]:
        """Pages out in the order they came; `Dead` passes through."""
        ahead = self.candidates
        criteria, shingles = self._criteria(), self.memory_bytes // (PARTS if self.most_pages else 1)
        latest = Latest(lambda: Leaders(Memory(ahead.seed, shingles), criteria), self.most_pages, self.recall)
        for batch in growing(pages, self.batch):
            yield from self._settle(batch, latest, ahead)

    def _settle(self, batch: list[Page | Dead], latest: Latest, ahead: MakeCandidates) -> Iterator[Page | Dead]:
        pages = ahead([item for item in batch if isinstance(item, Page)])
        copies = iter(self._copies([page.candidate for page in pages if page.candidate is not None], latest))
        settled = iter(
            [p if p.candidate is None else with_fields(p, duplicate_of=next(copies), candidate=None) for p in pages]
        )
        yield from (item if isinstance(item, Dead) else next(settled) for item in batch)

    def _copies(self, pages: list[Candidate], latest: Latest) -> list[Duplicate | None]:
        """What each page is a copy of: of a page of the index, or else of an earlier page."""
        old: list[Duplicate | None] = [None] * len(pages)
        if self.index is not None:
            old = self.index.query(pages, self._criteria(), itself=False)
        new = [i for i, copy in enumerate(old) if copy is None]
        for i, copy in zip(new, latest.settle([pages[i] for i in new]), strict=True):
            old[i] = copy
        if self.index is not None:
            stays = [pages[i] for i in new if old[i] is None]
            self.index.add([page for page in stays if not self.index.has(page.id)])
        return old

    def _criteria(self) -> Criteria:
        return Criteria(self.threshold, self.containment)
