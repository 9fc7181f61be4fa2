"""Our shingles in datasketch's objects."""

import random
from itertools import product

import pytest

from scrubber.dedup.interop import SCHEME, SEED, to_datasketch, to_datasketch_lsh
from scrubber.dedup.shingles import shingle
from scrubber.dedup.verify import measure
from scrubber.dedup.view import view
from scrubber.page import Kind, Label, Page, Verdict

WORDS = ["".join(letters) for letters in product("bdkl", "aeiou", "lmnr")]
BODY = Verdict(Label.BODY, "model", 1.0)


def page(name, words):
    return Page("s", 0, (" ".join(words),), id=name, kind=Kind.ARTICLE, verdicts=(BODY,))


@pytest.fixture
def pages():
    draw = random.Random(1)
    words = [draw.choice(WORDS) + draw.choice(WORDS) for _ in range(500)]
    other = [draw.choice(WORDS) + draw.choice(WORDS) for _ in range(500)]
    return page("a", words), page("b", [*words[:240], "edit", *words[241:]]), page("c", other), page("empty", [])


def test_the_estimate_is_near_the_exact_jaccard(pages):
    a, b, c, empty = map(to_datasketch, pages)
    exact = measure(*(shingle(view([p.text])).sets()[0] for p in pages[:2])).jaccard
    assert abs(a.jaccard(b) - exact) < 0.06 and a.jaccard(c) < 0.05 and empty.is_empty()
    assert (a.scheme, a.seed, SCHEME, SEED) == ("affine32", 1, "affine32", 1)


def test_scheme_seed_and_hash_do_not_change():
    """Stored sketches of users rest on it: if this fails, the change belongs into the changelog under Changed."""
    found = to_datasketch("the ferry leaves at nine, and nobody waits", 4).hashvalues.tolist()
    assert found == PINNED


def test_a_filled_lsh_finds_the_near_copy(pages):
    lsh = to_datasketch_lsh(pages, 0.8)
    assert sorted(lsh.query(to_datasketch(pages[0]))) == ["a", "b"]
    assert "empty" not in lsh
    bands = to_datasketch_lsh(pages, params=(16, 8), storage_config={"type": "dict"})
    assert (bands.b, bands.r) == (16, 8)


PINNED = [430382244, 398021578, 792486672, 31708868]
