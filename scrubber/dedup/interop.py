"""For users of datasketch: our shingles as `datasketch.MinHash`, and a filled `MinHashLSH`.

The hash function is ours (the high 32 bits of a shingle's hash), the permutations are datasketch's: scheme `affine32`,
seed 1 unless another is given. Such a `MinHash` compares with others made here, not with those of another tokeniser or
hash function, and never with our own signatures: those are one-permutation MinHash.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from scrubber.dedup.shingles import shingle
from scrubber.dedup.view import view
from scrubber.page import Page

if TYPE_CHECKING:
    from datasketch import MinHash, MinHashLSH

SCHEME: Final = "affine32"
SEED: Final = 1


def shingle_hash(value: int) -> int:
    """The `hashfunc` of our `MinHash` objects: what is put in is a hash already."""
    return value


def to_datasketch(page: Page | str, num_perm: int = 128, seed: int = SEED) -> MinHash:
    """A page, or a text, as a `datasketch.MinHash` over our shingles.

    >>> to_datasketch("the ferry leaves at nine").jaccard(to_datasketch("The ferry  leaves at NINE"))
    1.0
    """
    from datasketch import MinHash

    text = page if isinstance(page, str) else page.text
    hashes = shingle(view([text])).sets()[0]
    sketch = MinHash(num_perm=num_perm, seed=seed, hashfunc=shingle_hash, scheme=SCHEME)
    sketch.update_batch((hashes >> np.uint64(32)).tolist())
    return sketch


def to_datasketch_lsh(
    pages: Iterable[Page],
    threshold: float = 0.8,
    num_perm: int = 128,
    params: tuple[int, int] | None = None,
    storage_config: Mapping[str, Any] | None = None,
) -> MinHashLSH:
    """A `datasketch.MinHashLSH` with each page that has text under its id.

    `params` are bands and rows, `storage_config` goes to datasketch as it is, e.g. for Redis. datasketch keeps keys in
    outside storage as pickles: use a storage that nobody else can write to.
    """
    from datasketch import MinHashLSH

    config = dict(storage_config) if storage_config else None
    lsh = MinHashLSH(threshold=threshold, num_perm=num_perm, params=params, storage_config=config)
    for page in pages:
        if page.text:
            lsh.insert(page.id, to_datasketch(page, num_perm), check_duplication=False)
    return lsh
