"""What deduplication compares, worked out for single pages ahead of the stream, here or in another process."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scrubber.dedup.candidate import Candidate, Scheme, candidates
from scrubber.dedup.signature import PUBLIC_SEED
from scrubber.page import Page, with_fields

PlainCandidate = tuple[bytes, bytes, bytes]  # digest, shingles, keys


@dataclass(frozen=True, slots=True)
class MakeCandidates:
    """Fill `candidate` of the pages with text that may be copies or have copies: those of `kinds`."""

    num_perm: int = 128
    bands: int = 16
    rows: int = 8
    seed: int = PUBLIC_SEED
    kinds: tuple[str, ...] = ("article", "stub")

    def __call__(self, pages: list[Page]) -> list[Page]:
        """The same pages in the same order, each worked on as it would be alone."""
        asked = [i for i, page in enumerate(pages) if takes_part(page, self.kinds) and page.candidate is None]
        texts = {i: pages[i].text for i in asked}
        asked = [i for i in asked if texts[i]]
        scheme = Scheme(self.num_perm, self.bands, self.rows, self.seed)
        found = candidates([pages[i].id for i in asked], [texts[i] for i in asked], scheme)
        done = list(pages)
        for i, candidate in zip(asked, found, strict=True):
            done[i] = with_fields(pages[i], candidate=candidate)
        return done


def takes_part(page: Page, kinds: tuple[str, ...]) -> bool:
    """A page that is not written must not take one that is."""
    return "all" in kinds or page.kind in kinds


def plain_candidate(page: Page) -> PlainCandidate | None:
    """The candidate of a page as bytes."""
    found: Candidate | None = page.candidate
    return found and (found.digest, found.shingles.tobytes(), found.keys.tobytes())


def candidate_of(name: str, plain: PlainCandidate | None) -> Candidate | None:
    """The candidate that `plain_candidate` was given; `name` is the id of its page."""
    if plain is None:
        return None
    digest, shingles, keys = plain
    return Candidate(name, digest, np.frombuffer(shingles, np.uint64), np.frombuffer(keys, np.uint64))
