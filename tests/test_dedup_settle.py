"""Pages that are settled many at a time come to what they would one by one."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrubber.dedup.candidate import Scheme, candidates
from scrubber.dedup.equal import CROWD, Equal, in_order
from scrubber.dedup.leader import Leaders
from scrubber.dedup.memory import Memory
from scrubber.dedup.table import _MOVED, _SCATTER, NOBODY, Table
from scrubber.dedup.verify import Criteria, measure, shared

KEYS = st.lists(st.integers(0, 3) | st.integers((1 << 64) - 9, (1 << 64) - 1), max_size=60)


@given(KEYS)
def test_keys_that_differ_in_their_last_bits_alone_come_in_order(keys):
    keys = np.array(keys, np.uint64)
    assert in_order(keys).tolist() == np.argsort(keys, kind="stable").tolist()


@given(KEYS)
def test_equal_keys_know_how_many_come_before_them(keys):
    equal = Equal(np.array(keys, np.uint64))
    assert equal.before.tolist() == [keys[:i].count(key) for i, key in enumerate(keys)]
    assert equal.again.tolist() == [keys.count(key) > 1 for key in keys]
    assert equal.spread(np.arange(len(keys)) % 5 == 1).tolist() == [key in keys[1::5] for key in keys]
    met = sorted(zip(*(side.tolist() for side in equal.pairs(np.flatnonzero(equal.before))), strict=True))
    before = [[j for j in range(i) if keys[j] == key] for i, key in enumerate(keys)]
    assert met == sorted((i, j) for i, places in enumerate(before) for j in places[:CROWD])
    assert [equal.earlier(i).tolist() for i in range(len(keys))] == before


@given(st.lists(st.tuples(*[st.frozensets(st.integers(0, 400), max_size=size) for size in (30, 300)]), max_size=20))
def test_many_pairs_share_what_each_shares(pairs):
    sides = [[np.array(sorted(pair[i]), np.uint64) for pair in pairs] for i in (0, 1)]
    assert shared(*sides).tolist() == [len(one & other) for one, other in pairs]
    for one, other in zip(*sides, strict=True):
        assert measure(one, other).containment == (len({*one.tolist()} & {*other.tolist()}) / max(1, len(one)))


@pytest.mark.parametrize("crowded", [False, True])
def test_a_table_grows_without_losing_what_runs_over_its_end(crowded):
    draw, unscatter = np.random.default_rng(3), np.uint64(pow(int(_SCATTER), -1, 1 << 64))
    homes = draw.integers(0, 1 << 64, 3 * _MOVED, np.uint64)
    if crowded:  # many in the last slots, and in the first
        homes[::97] |= np.uint64(0xFFFFFF << 40)
        homes[1::97] >>= np.uint64(24)
    keys = np.unique(homes) * unscatter
    table, numbers = Table(16), np.arange(len(keys), dtype=np.int32)
    for start in range(0, len(keys), 5000):
        table.add(keys[start : start + 5000], numbers[start : start + 5000])
        assert (table.find(keys[: start + 5000]) == numbers[: start + 5000]).all()
        assert (table.find(keys[start + 5000 :]) == NOBODY).all()


def made_copies(seed, count):
    """Pages that share notices, are cut short, or differ in some words of each other."""
    chance = random.Random(seed)
    words = ["".join(chance.choices("abdeiklmnorstu", k=6)) for _ in range(3000)]
    notices = [" ".join(chance.choices(words, k=40)) for _ in range(3)]
    texts = []
    for _ in range(count):
        own = chance.choices(words, k=chance.randrange(20, 200))
        if texts and chance.random() < 0.6:
            own = chance.choice(texts[-200:]).split()
            own = own[: chance.randrange(len(own) // 2, len(own) + 1)]
            own = [chance.choice(words) if chance.random() < chance.choice([0, 0.02, 0.1]) else word for word in own]
        texts.append(" ".join(own) + (" " + chance.choice(notices) if chance.random() < 0.4 else ""))
    return candidates([str(i) for i in range(count)], texts, Scheme())


def settled(pages, together, memory):
    leaders, found = Leaders(Memory(Scheme().seed, memory), Criteria()), []
    for start in range(0, len(pages), together):
        some = pages[start : start + together]
        found += leaders.settle(some, range(start, start + len(some)))
    return found


@pytest.mark.parametrize("memory", [1 << 30, 1 << 14, 0])
@pytest.mark.parametrize("seed", range(3))
def test_pages_settled_together_are_settled_as_one_by_one(seed, memory):
    pages = made_copies(seed, 400)
    alone = settled(pages, 1, memory)
    assert 50 < sum(copy is not None for copy, _ in alone) < 300
    for together in (7, 64, 400):
        assert settled(made_copies(seed, 400), together, memory) == alone
