"""Copies of pages: found, verified against a page that stays, and nothing else removed."""

import hashlib
import random
import re
import unicodedata
from itertools import product

import numpy as np
import pytest
from conftest import SHARED
from hypothesis import given, settings
from hypothesis import strategies as st

from scrubber.dedup import Deduplicate
from scrubber.dedup.alphabet import LETTERS, OTHER, codes, marks
from scrubber.dedup.candidate import Candidate, Scheme, candidates
from scrubber.dedup.corpus import Corpus, Entry
from scrubber.dedup.leader import Leaders
from scrubber.dedup.memory import Memory
from scrubber.dedup.shingles import shingle
from scrubber.dedup.signature import Sort, rekey, sign, tagged
from scrubber.dedup.spool import Spool
from scrubber.dedup.verify import Criteria, measure
from scrubber.dedup.view import fold_spaces, view
from scrubber.errors import ConfigError
from scrubber.page import Dead, Kind, Label, Page, Verdict

WORDS = ["".join(letters) for letters in product("bdkl", "aeiou", "lmnr")]
CRITERIA = Criteria()


def page(name, text, kind=Kind.ARTICLE):
    lines = tuple(text.split("\n"))
    return Page("s", 0, lines, id=name, kind=kind, verdicts=(Verdict(Label.BODY, "model", 1.0),) * len(lines))


def deduplicated(texts, **options):
    pages = [page(str(i), text) for i, text in enumerate(texts)]
    return [found.duplicate_of for found in Deduplicate(**options)(pages)]


def clustered(texts, criteria=CRITERIA, keeper="longest", scheme=None):
    with Corpus(scheme) as corpus:
        corpus.add([Entry(str(i), text) for i, text in enumerate(texts)])
        return corpus.cluster(criteria, keeper)


def prose(draw, words):
    return [draw.choice(WORDS) + draw.choice(WORDS) for _ in range(words)]


def edited(draw, words, edits):
    words = list(words)
    for _ in range(edits):
        words[draw.randrange(len(words))] = draw.choice(WORDS)
    return words


def shingles(text):
    return shingle(view([text])).sets()[0]


def verifies(copy, kept, found, criteria=CRITERIA):
    if found.mode == "exact":
        return fold_spaces(copy) == fold_spaces(kept)
    exact = measure(shingles(copy), shingles(kept))
    assert (round(exact.jaccard, 6), round(exact.containment, 6)) == (found.jaccard, found.containment)
    return exact.jaccard >= criteria.threshold or exact.containment >= criteria.contained_from(len(shingles(copy)))


# what must be found


def test_an_exact_copy_is_found_whatever_its_case_spacing_and_width():
    text = "The Ferry leaves at nine, and nobody waits for it on the pier"
    copies = [text.upper(), f"  {text.replace(' ', '   ')} ", text.replace("F", "Ｆ")]
    found = deduplicated([text, *copies])
    assert [copy and (copy.of, copy.mode) for copy in found] == [None] + [("0", "exact")] * 3


@pytest.mark.parametrize("hidden", ["\u200b", "\u00ad", "\u2060", "\ufeff", "\u034f", "\U000e0041", "\ufe0f"])
def test_invisible_characters_do_not_hide_a_copy(hidden):
    text = " ".join(prose(random.Random(1), 60))
    assert deduplicated([text, text.replace("a", "a" + hidden)])[1].mode == "exact"


def test_near_and_contained_copies_are_found_and_measured():
    draw = random.Random(2)
    base = prose(draw, 400)
    near, cut = edited(draw, base, 8), base[:220]
    texts = [" ".join(words) for words in (base, near, cut)]
    found = deduplicated(texts)
    assert [copy and copy.mode for copy in found] == [None, "near", "contained"]
    assert all(verifies(texts[i], texts[0], found[i]) for i in (1, 2))
    assert found[2].containment == 1.0 and found[2].jaccard < 0.6


def test_a_longer_page_stays_beside_the_shorter_one_that_came_first():
    words = prose(random.Random(3), 400)
    assert deduplicated([" ".join(words[:200]), " ".join(words)]) == [None, None]


@pytest.mark.parametrize(
    "script",
    [(0x4E00, 0x9000), (0x3041, 0x3096), (0x0E01, 0x0E2E), (0x1780, 0x17A2)],
    ids=["han", "kana", "thai", "khmer"],
)
def test_scripts_without_spaces_have_near_copies(script):
    draw = random.Random(4)
    text = "".join(chr(draw.randrange(*script)) for _ in range(400))
    other = "".join(chr(draw.randrange(*script)) for _ in range(400))
    found = deduplicated([text, text[:150] + other[:3] + text[153:], other])
    assert [copy and copy.mode for copy in found] == [None, "near", None]


def test_all_pairs_from_jaccard_point_eight_are_found():
    draw = random.Random(5)
    texts = []
    for size, edits in product(range(40, 440, 20), range(12)):
        base = prose(draw, size)
        texts += [" ".join(base), " ".join(edited(draw, base, edits))]
    found = deduplicated(texts)
    missed = [
        i
        for i in range(0, len(texts), 2)
        if measure(shingles(texts[i]), shingles(texts[i + 1])).jaccard >= 0.8 and found[i + 1] is None
    ]
    assert missed == []


# what must not be removed


def test_ten_thousand_short_distinct_pages_are_all_kept():
    draw = random.Random(6)
    pages = {" ".join(draw.choice(WORDS) for _ in range(1 + i % 4)) for i in range(20_000)}
    pages |= {"C", "C++", "3.5", "3-5", "go go", "go go go", "go go go go", "a", "1", "?", "!"}
    distinct = sorted(pages)[:10_000]
    assert len(distinct) == 10_000
    assert [copy for copy in deduplicated(distinct) if copy] == []
    assert [copy for copy in clustered(distinct).copies if copy] == []


def test_pages_that_share_a_template_are_kept():
    draw = random.Random(7)
    notice = " ".join(prose(draw, 60))
    texts = [" ".join(prose(draw, 40)) + "\n" + notice for _ in range(50)]
    assert deduplicated(texts) == [None] * 50


def test_repeating_a_page_makes_no_shorter_page_vanish():
    """The page that stays must hold what goes: a page of one sentence ten times is no reason to drop a longer one."""
    draw = random.Random(8)
    sentence, rest = prose(draw, 30), prose(draw, 300)
    assert deduplicated([" ".join(sentence * 10), " ".join(sentence + rest)]) == [None, None]


def test_pages_of_unwritten_kinds_take_nobody():
    text = " ".join(prose(random.Random(9), 50))
    pages = [page("listing", text, Kind.LISTING), Dead("s", 0, "broken"), page("article", text), page("again", text)]
    found = list(Deduplicate()(pages))
    assert found[1] is pages[1]
    assert [getattr(item, "duplicate_of", None) and item.duplicate_of.of for item in found] == [
        None,
        None,
        None,
        "article",
    ]
    assert list(Deduplicate(kinds=("all",))(pages))[2].duplicate_of.of == "listing"


def test_pages_without_text_are_kept():
    assert deduplicated(["", "", " \n "]) == [None, None, None]


# who stays


def test_in_a_chain_of_three_hundred_edits_every_copy_verifies_against_a_page_that_stays():
    draw = random.Random(10)
    chain = [prose(draw, 200)]
    for _ in range(300):
        chain.append(edited(draw, chain[-1], 1))
    texts = [" ".join(words) for words in chain]
    for copies in (deduplicated(texts), clustered(texts).copies):
        kept = {str(i) for i, copy in enumerate(copies) if copy is None}
        assert len(kept) >= 8  # the ends share nothing: a transitive cluster would keep one page
        for i, copy in enumerate(copies):
            assert copy is None or (copy.of in kept and verifies(texts[i], texts[int(copy.of)], copy))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(2, 40))
def test_over_random_graphs_of_near_copies_every_removed_page_verifies(seed, families, members):
    draw = random.Random(seed)
    pages = [prose(draw, draw.randrange(4, 160)) for _ in range(families)]
    while len(pages) < members:
        parent = draw.choice(pages)
        cut = draw.randrange(max(1, len(parent) // 2)) if draw.random() < 0.3 else 0
        pages.append(edited(draw, parent[cut:], draw.randrange(5)))
    texts = [" ".join(words) for words in pages]
    for copies in (deduplicated(texts), clustered(texts).copies):
        for i, copy in enumerate(copies):
            assert copy is None or copies[int(copy.of)] is None
            assert copy is None or verifies(texts[i], texts[int(copy.of)], copy)


@pytest.mark.parametrize("batch", [1, 3, 7, 1000])
def test_the_batch_changes_nothing(batch):
    texts = [" ".join(words) for words in _families(11)]
    assert deduplicated(texts, batch=batch) == deduplicated(texts)
    assert deduplicated(texts, batch=batch, memory_bytes=20_000) == deduplicated(texts, memory_bytes=20_000)


def test_global_clusters_depend_on_neither_the_order_nor_other_components():
    texts = [" ".join(words) for words in _families(12)]
    names = {text: str(i) for i, text in enumerate(texts)}
    shuffled = random.Random(13).sample(texts, len(texts))
    with Corpus() as corpus:
        corpus.add([Entry(names[text], text) for text in shuffled])
        other = dict(zip(corpus.ids, corpus.cluster(CRITERIA).copies, strict=True))
    assert [other[str(i)] for i in range(len(texts))] == clustered(texts).copies
    for part in (texts[:30], texts[30:]):  # _families puts families side by side
        with Corpus() as corpus:
            corpus.add([Entry(names[text], text) for text in part])
            assert corpus.cluster(CRITERIA).copies == [other[names[text]] for text in part]


def _families(seed):
    draw = random.Random(seed)
    for _ in range(6):
        base = prose(draw, draw.randrange(60, 200))
        for number in range(10):
            yield [*edited(draw, base[draw.randrange(20) :], draw.randrange(6)), f"n{number}"]


def test_the_keeper_decides_who_stays():
    draw = random.Random(14)
    base = prose(draw, 100)
    texts = [" ".join(edited(draw, base, 1)), " ".join([*base, "more"]), " ".join(base)]
    entries = [Entry("a", texts[0], 0, 5), Entry("b", texts[1], 9, 1), Entry("c", texts[2], 3, None)]

    def stays(keeper):
        with Corpus() as corpus:
            corpus.add(entries)
            copies = corpus.cluster(Criteria(0.7), keeper).copies
            return [name for name, copy in zip("abc", copies, strict=True) if copy is None]

    assert [stays(k) for k in ("longest", "first", "cleanest", "field:x", "field:-x")] == [
        ["b"],
        ["a"],
        ["a"],
        ["a"],
        ["b"],
    ]
    with pytest.raises(ConfigError, match="longest, first, cleanest"):
        stays("biggest")


def test_forgotten_shingles_give_estimates_that_say_so():
    texts = [" ".join(words) for words in _families(15)]
    exact, estimated = deduplicated(texts), deduplicated(texts, memory_bytes=0)
    assert all(copy.estimated for copy in estimated if copy and copy.mode != "exact")
    assert not any(copy.estimated for copy in exact if copy)
    both = [(a, b) for a, b in zip(exact, estimated, strict=True) if a and b and a.of == b.of]
    assert len(both) >= 0.8 * sum(copy is not None for copy in exact)
    assert all(abs(a.jaccard - b.jaccard) < 0.2 for a, b in both)


@pytest.mark.parametrize(
    "options", [{"threshold": 0}, {"threshold": 1.2}, {"containment": -1}, {"bands": 17}, {"rows": 0}]
)
def test_impossible_options_are_refused_when_the_stage_is_built(options):
    with pytest.raises(ConfigError):
        Deduplicate(**options)


# attacks with the public seed: prototypes/attacks_dedup.py, rewritten for our signatures


def test_a_page_made_of_the_shingles_behind_a_victims_signature_does_not_remove_the_victim():
    draw = random.Random(16)
    victim = prose(draw, 3000)
    text = " ".join(victim)
    own = shingles(text)
    hashes, _ = rekey([own], Scheme().seed)
    bins = {}
    for original, keyed in zip(own.tolist(), hashes.tolist(), strict=True):
        place = (keyed & 0xFFFFFFFF) % 128
        bins[place] = min(bins.get(place, (1 << 64, 0)), (keyed >> 32, original))
    order = shingle(view([text])).hashes.tolist()
    wanted = {original for _, original in bins.values()}
    forged = " | ".join(" ".join(victim[i : i + 3]) for i, h in enumerate(order) if h in wanted)
    a, b = (sign(*rekey([shingles(t)], Scheme().seed), 128)[0] for t in (text, forged))
    assert (a == b).mean() > 0.5  # the forgery works on the signature: without verification it would remove the victim
    assert deduplicated([forged, text]) == [None, None]
    padded = forged + " " + " ".join(prose(draw, 300))
    assert deduplicated([padded, text]) == [None, None]


def test_magnets_in_unrelated_pages_remove_none_and_fill_no_buckets():
    draw = random.Random(17)
    tokens = [f"x{i} y z" for i in range(20_000)]
    keyed, _ = rekey([np.array([shingles(" ".join([t] * 3))[0] for t in tokens[:2000]], np.uint64)], Scheme().seed)
    magnets = " . ".join(tokens[i] for i in np.argsort(keyed)[:126].tolist())
    texts = [" ".join(prose(draw, 400)) + " " + magnets for _ in range(300)]
    assert deduplicated(texts) == [None] * 300
    assert clustered(texts).copies == [None] * 300


def test_copies_with_different_junk_do_not_evade():
    draw = random.Random(18)
    base = prose(draw, 3000)
    texts = [" ".join([*base, *prose(draw, 128)]) for _ in range(30)]
    assert sum(copy is None for copy in deduplicated(texts)) == 1


def test_keys_under_another_seed_share_nothing():
    texts = [" ".join(prose(random.Random(19), 300))]
    a, b = (candidates(["x"], texts, Scheme(seed=seed))[0].keys for seed in (1, 2))
    assert not set(a[1:].tolist()) & set(b[1:].tolist())


# quality on the evaluation kit


@pytest.mark.skipif(not (SHARED / "evaldata").exists(), reason="the evaluation kit is not here")
@pytest.mark.parametrize(("kit", "floor"), [("real", 0.96), ("synth", 0.95)])
def test_quality_on_the_evaluation_kit(kit, floor):
    import importlib.util

    spec = importlib.util.spec_from_file_location("score", SHARED / "evaldata" / "score.py")
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    rows = list(score.rows(SHARED / f"evaldata/dedup/{kit}.docs.jsonl.gz"))
    copies = clustered([row["text"] for row in rows]).copies
    found = [
        {"id": row["id"], "duplicate_of": copy and rows[int(copy.of)]["id"]}
        for row, copy in zip(rows, copies, strict=True)
    ]
    pairs = list(score.rows(SHARED / f"evaldata/dedup/{kit}.pairs.jsonl.gz"))
    assert score.score_dedup([row["id"] for row in rows], pairs, found)["F1"] >= floor


def crowd(count, same=()):
    """Pages that share one key and, but for those named, no shingles."""
    anchor = tagged(np.array([77], np.uint64), Sort.ANCHOR)
    for i in range(count):
        own = np.arange(40, dtype=np.uint64) + np.uint64(0 if i in same else 100 * i)
        sequence = tagged(np.array([4 * i + 4], np.uint64), Sort.SEQUENCE)
        yield Candidate(str(i), own, np.concatenate([sequence, anchor]), len(own))


def test_pages_of_one_call_take_the_places_under_a_key_in_turn():
    leaders, pages = Leaders(Memory(1, 1 << 20), Criteria()), list(crowd(3))
    assert [copy for copy, _ in leaders.settle(pages, range(3))] == [None] * 3
    assert leaders.table.find(pages[0].keys[1:])[:, 0].tolist() == [0, 1, 2, -1]


def test_pages_that_share_a_crowded_key_in_one_call_are_all_compared():
    leaders = Leaders(Memory(1, 1 << 20), Criteria())
    found = [copy.of if copy else None for copy, _ in leaders.settle(list(crowd(40, same=(0, 39))), range(40))]
    assert found == [None] * 39 + ["0"]


def test_a_spool_gives_the_same_from_memory_and_from_its_file(tmp_path):
    draw = np.random.default_rng(20)
    pages = [draw.integers(0, 1 << 64, size, np.uint64) for size in (3, 0, 500, 1, 70, 0, 9)]
    for held in (1 << 20, 100, 0):
        spool = Spool(tmp_path / f"spool{held}", held)
        for start in range(0, len(pages), 2):
            run = pages[start : start + 2]
            spool.extend(np.concatenate(run), np.cumsum([0, *map(len, run)]))
        assert [spool[i].tolist() for i in range(len(pages))] == [page.tolist() for page in pages]
        assert [own.tolist() for own in spool.of([4, 0, 6])] == [pages[i].tolist() for i in (4, 0, 6)]
        assert spool.flat.tolist() == np.concatenate(pages).tolist()
        assert np.diff(spool.bounds).tolist() == list(map(len, pages))
        spool.close()


# the view and the words


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.sampled_from("aZ9 \n\t-éÉß中の한ก\u0301\u200b\u00adﬁ½™ǅ😀\ud83d\U000e0041я")), max_size=6))
def test_a_text_has_the_same_shingles_whatever_stands_beside_it(texts):
    together = shingle(view(texts)) if texts else None
    for i, text in enumerate(texts):
        alone = shingle(view([text]))
        a, b = together.bounds[i : i + 2]
        assert together.hashes[a:b].tolist() == alone.hashes.tolist()
        c, d = together.firsts[i : i + 2]
        assert together.tokens[c:d].tolist() == alone.tokens.tolist()
        assert together.sequences()[i] == alone.sequences()[0]


def test_no_text_and_texts_without_words_have_no_shingles():
    for texts in ([], [""], ["", "…", "\n"]):
        found = shingle(view(texts))
        assert len(found.hashes) == len(found.tokens) == 0 and found.bounds.tolist() == [0] * (len(texts) + 1)
        assert len(found.sequences()) == len(found.sets()) == len(texts)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.sampled_from("abéя中の한dž؟ح")), min_size=1, max_size=40))
def test_words_are_told_apart_as_they_are_written(words):
    """The reference: a word is a run of letters, and a letter of a script without spaces is a word."""
    letters = [re.findall("[中の]|[^中の؟]+", word) for word in words]
    expected = [part for parts in letters for part in parts]
    hashes = shingle(view([" ".join(words)])).tokens.tolist()
    assert len(hashes) == len(expected)
    assert len(set(zip(hashes, expected, strict=True))) == len(set(hashes)) == len(set(expected))


@pytest.mark.parametrize("length", [7, 8, 9, 16, 63, 64, 65, 72, 73, 200, 5000])
def test_each_letter_of_a_long_word_counts(length):
    draw = random.Random(length)
    word = [draw.choice("abcdeя") for _ in range(length)]
    words = {"".join(word)}
    for place in {0, 7, 8, 15, 62, 63, 64, 71, length // 2, length - 1} & set(range(length)):
        words.add("".join([*word[:place], "x", *word[place + 1 :]]))
        words.add("".join([*word[:place], "ह", *word[place + 1 :]]))
    words = sorted(words)
    assert len(set(shingle(view([" ".join(words)])).tokens.tolist())) == len(words)


def test_the_codes_of_letters_never_change():
    """An index holds hashes of these codes: new letters go to the end, and a change needs a new format."""
    assert len(set(LETTERS)) == len(LETTERS) < OTHER
    assert hashlib.blake2b(LETTERS.encode(), digest_size=8).hexdigest() == "b23db1bd4a53ea67"
    table = codes()
    assert [table[ord(letter)] for letter in LETTERS] == list(range(1, len(LETTERS) + 1))
    assert table[ord("Ａ")] == table[ord("A")] == table[ord("a")] and table[ord("É")] == table[ord("é")]
    for char in map(chr, range(1 << 16)):  # the blocks that are taken as uniform are
        kind = unicodedata.category(char).startswith(("L", "N", "M", "Cs"))
        assert kind == bool(marks()[ord(char)] & 3)
