"""Lines at the ends of pages that come back while their neighbours change."""

import pytest

from scrubber.dedup import LearnFurniture
from scrubber.dedup.furniture import Profile
from scrubber.errors import ConfigError, InputError
from scrubber.page import Dead, Kind, Label, Page, Repeat, Verdict

BODY, TITLE = Verdict(Label.BODY, "model", 1.0), Verdict(Label.TITLE, "model", 1.0)
NOTICE = "Comments are read before they appear."


def page(i, *lines, title=False):
    verdicts = (TITLE if title else BODY, *(BODY,) * (len(lines) - 1))
    return Page("s", 10 * i, lines, id=f"p{i}", kind=Kind.ARTICLE, verdicts=verdicts)


def marked(items, **options):
    return [dict(p.repeat_of) if isinstance(p, Page) else p for p in LearnFurniture(**options)(items)]


def story(i):
    return [f"Ferry number {i} leaves.", f"It carries {i} people.", f"It arrives at {i}."]


def test_a_line_at_the_tail_is_furniture_once_its_neighbours_have_changed():
    found = marked([page(i, *story(i), f"  {NOTICE} ") for i in range(6)], pages=3)
    assert found[:2] == [{}, {}] and found[2:] == [{3: Repeat("p0", 3, 1.0)}] * 4


def test_copies_of_a_page_are_no_evidence():
    assert marked([page(i, *story(1), NOTICE) for i in range(9)], pages=2) == [{}] * 9


def test_titles_single_words_long_lines_and_the_middle_are_no_furniture():
    middle = [f"Line {{}} {n}" for n in range(8)]
    for line, title in (("Ferry news of today", True), ("Conclusion", False), ("word " * 100, False)):
        assert marked([page(i, line, *story(i), title=title) for i in range(9)], pages=2) == [{}] * 9
    pages = [page(i, *(t.format(i) for t in middle), NOTICE, *(t.format(-i) for t in middle)) for i in range(1, 9)]
    assert marked(pages, pages=2) == [{}] * 8


def test_a_heading_with_text_behind_it_stays_whatever_its_label():
    assert marked([page(i, *story(i), "Final thoughts", f"We liked {i}.") for i in range(9)], pages=2) == [{}] * 9


def test_a_line_labelled_heading_stays_at_the_very_end():
    heading = (BODY, BODY, BODY, Verdict(Label.HEADING, "model", 1.0))
    pages = [Page("s", i, (*story(i), NOTICE), id=f"p{i}", kind=Kind.ARTICLE, verdicts=heading) for i in range(9)]
    assert marked(pages, pages=2) == [{}] * 9


def test_a_page_is_never_emptied():
    assert marked([page(i, *story(i), NOTICE) for i in range(4)] + [page(9, NOTICE)], pages=2)[-1] == {}


def test_dead_passes_and_other_repeats_stay():
    dead = Dead("s", 1, "broken")
    known = Page(
        "s", 0, ("caption", *story(1), NOTICE), id="x", verdicts=(BODY,) * 5, repeat_of={0: Repeat("q", 1, 1.0)}
    )
    found = marked([*(page(i, *story(i), NOTICE) for i in range(2, 5)), dead, known], pages=2)
    assert found[3] is dead and set(found[4]) == {0, 4}


def test_a_profile_is_saved_and_used_from_the_first_page(tmp_path):
    profile, path = Profile(), tmp_path / "profile.json"
    list(LearnFurniture(pages=3, profile=profile)(page(i, *story(i), NOTICE) for i in range(6)))
    profile.save(path, pages=3)
    again = LearnFurniture(pages=3, profile=Profile.load(path))
    assert [set(p.repeat_of) for p in again([page(9, *story(9), NOTICE)])] == [{3}]
    assert set(Profile.load(path).lines) == {NOTICE.casefold()}


@pytest.mark.parametrize("content", ["", "[]", '{"format": 1}', '{"format": 1, "lines": [{"text": 1}]}', "\x00"])
def test_what_is_no_profile_is_refused(tmp_path, content):
    path = tmp_path / "profile.json"
    path.write_text(content)
    with pytest.raises(InputError, match="learn a new one"):
        Profile.load(path)


def test_other_refusals(tmp_path):
    (tmp_path / "new").write_text('{"format": 2, "lines": []}')
    with pytest.raises(ConfigError, match="format 2"):
        Profile.load(tmp_path / "new")
    with pytest.raises(InputError, match="cannot be read"):
        Profile.load(tmp_path / "missing")
    with pytest.raises(ConfigError, match="2 or more"):
        LearnFurniture(pages=1)
