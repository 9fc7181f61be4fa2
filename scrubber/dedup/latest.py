"""The pages seen last, in bounded memory: an endless stream must not grow, however many pages it has.

Pages that stay are kept in parts. When the newest part is full, the oldest is forgotten as a whole, so that a copy is
found as long as no more than `PARTS - 1` parts of other pages lie between it and the page that stays.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from scrubber.dedup.candidate import Candidate
from scrubber.dedup.leader import Leaders
from scrubber.page import Duplicate, Recall

PARTS: Final = 4


class Latest:
    """At most `most` pages that stay, or any number for `None`; `new` makes the memory of a part.

    `recall` is told how many are remembered and how many were forgotten.
    """

    def __init__(self, new: Callable[[], Leaders], most: int | None, recall: Recall) -> None:
        self._new, self._most, self._recall = new, most and max(1, most // PARTS), recall
        self._parts = deque([new()])

    def settle(self, pages: Sequence[Candidate]) -> list[Duplicate | None]:
        """For each page what it is a copy of; the same for any division into calls."""
        found: list[Duplicate | None] = []
        while len(found) < len(pages):
            room = self._room()
            found += self._settled(pages[len(found) :][:room])
        self._recall.pages = sum(len(part.known.ids) for part in self._parts)
        return found

    def _room(self) -> int | None:
        """How many pages the newest part can take in, after the oldest was forgotten for it if it was full."""
        if self._most is None:
            return None
        if len(self._parts[-1].known.ids) >= self._most:
            if len(self._parts) == PARTS:
                self._recall.forgotten_pages += len(self._parts.popleft().known.ids)
            self._parts[-1].close()  # which takes some memory for a moment
            self._parts.append(self._new())
        return self._most - len(self._parts[-1].known.ids)

    def _settled(self, pages: Sequence[Candidate]) -> list[Duplicate | None]:
        found: list[Duplicate | None] = [None] * len(pages)
        left = list(range(len(pages)))
        for part in list(self._parts)[:-1]:  # the oldest first: what was seen first stays
            for i, copy in zip(left, part.find([pages[i] for i in left]), strict=True):
                found[i] = copy
            left = [i for i in left if found[i] is None]
        settled = self._parts[-1].settle([pages[i] for i in left], left)
        for i, (copy, _) in zip(left, settled, strict=True):
            found[i] = copy
        return found
