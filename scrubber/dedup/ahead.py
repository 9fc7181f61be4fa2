"""What deduplication compares, worked out for single pages ahead of the stream, here or in another process."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scrubber.dedup.candidate import Candidate, Scheme, candidates
from scrubber.dedup.signature import PUBLIC_SEED
from scrubber.page import Page, with_fields

PlainCandidate = tuple[bytes, bytes, int, bytes | None]  # shingles in order, keys, weight, digest of few words


@dataclass(frozen=True, slots=True)
class MakeCandidates:
    """Fill `candidate` of the pages with text that may be copies or have copies: those of `kinds`."""

    num_perm: int = 128
    bands: int = 16
    rows: int = 8
    seed: int = PUBLIC_SEED
    kinds: tuple[str, ...] = ("article", "stub")

    def __call__(self, pages: list[Page]) -> list[Page]:
        """The same pages in the same order; those that have a candidate keep it."""
        asked = [i for i, page in enumerate(pages) if page.candidate is None]
        done = list(pages)
        found = self.of([pages[i] for i in asked], [pages[i].text for i in asked])
        for i, candidate in zip(asked, found, strict=True):
            done[i] = with_fields(pages[i], candidate=candidate) if candidate else pages[i]
        return done

    def of(self, pages: list[Page], texts: list[str]) -> list[Candidate | None]:
        """The candidate of each page, as it would be alone; `texts` are their texts. `None`: it takes no part."""
        asked = [i for i, (page, text) in enumerate(zip(pages, texts, strict=True)) if text and self._wants(page)]
        scheme = Scheme(self.num_perm, self.bands, self.rows, self.seed)
        found = candidates([pages[i].id for i in asked], [texts[i] for i in asked], scheme)
        result: list[Candidate | None] = [None] * len(pages)
        for i, candidate in zip(asked, found, strict=True):
            result[i] = candidate
        return result

    def _wants(self, page: Page) -> bool:
        """A page that is not written must not take one that is."""
        return "all" in self.kinds or page.kind in self.kinds


def plain_candidate(page: Page) -> PlainCandidate | None:
    """The candidate of a page as bytes."""
    found: Candidate | None = page.candidate
    if found is None:
        return None
    return found.ordered.tobytes(), found.keys.tobytes(), found.weight, found.given_digest


def candidate_of(name: str, plain: PlainCandidate | None) -> Candidate | None:
    """The candidate that `plain_candidate` was given; `name` is the id of its page."""
    if plain is None:
        return None
    ordered, keys, weight, digest = plain
    return Candidate(name, np.frombuffer(ordered, np.uint64), np.frombuffer(keys, np.uint64), weight, digest)
