"""What a page is by itself, once it is cut: its labels and kind, its language, and what deduplication compares.

Where there are workers, most pages are finished by the one that has scored their lines, before it is sure that they are
pages (`LookAtWindows`): so their lines travel once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, ClassVar, Final, NamedTuple

import msgspec

from scrubber.dedup.ahead import MakeCandidates, PlainCandidate, candidate_of, plain_candidate
from scrubber.language import IdentifyLanguage
from scrubber.page import Page, Verdict, with_fields
from scrubber.segment.chunk import ScoreWindows, label
from scrubber.segment.foresee import Foresee
from scrubber.segment.label import KEEP_FROM
from scrubber.segment.run import Cut, Extent, Scored
from scrubber.segment.windows import Window
from scrubber.segment.wire import (
    PlainCut,
    PlainPage,
    PlainScores,
    PlainVerdict,
    PlainWindow,
    VerdictTable,
    cut_of,
    fields_of,
    plain_cut,
    plain_page,
    plain_scores,
    plain_window,
    scores_of,
    verdicts_of,
    window_of,
)
from scrubber.write.ready import MakeReady, Ready

FEW: Final = 1 << 19  # characters of pages that are done here sooner than by a worker, who has other work before them

PlainDone = tuple[PlainPage, str | None, float, PlainCandidate | None, Ready | None]
PlainSeen = tuple[PlainScores | None, list[tuple[Extent, PlainDone]]]
Options = dict[str, Any]
PlainFinish = tuple[Options, Options | None, float, MakeReady | None]

_encode: Final = msgspec.msgpack.encode
_request: Final = msgspec.msgpack.Decoder(tuple[PlainFinish, list[PlainCut]]).decode
_answer: Final = msgspec.msgpack.Decoder(tuple[list[PlainVerdict], list[PlainDone]]).decode
_windows: Final = msgspec.msgpack.Decoder(tuple[PlainFinish, Foresee, list[PlainWindow]]).decode
_seen: Final = msgspec.msgpack.Decoder(tuple[list[PlainVerdict], list[PlainSeen]]).decode


class Known(NamedTuple):
    """A page that a worker has finished, and the verdicts that its numbers mean."""

    done: PlainDone
    verdicts: Sequence[Verdict]


@dataclass(frozen=True)
class Finish:
    """The stages for single pages, one after the other, for lists of pages: here or in a worker."""

    language: IdentifyLanguage
    candidates: MakeCandidates | None
    keep_from: float = KEEP_FROM
    ready: MakeReady | None = None  # for the writer, whom a worker can save the work
    name: ClassVar[str] = "finish"
    ahead: ClassVar[int] = 2

    def __call__(self, cuts: list[Cut]) -> list[Page]:
        return _merged(cuts, self._finished([cut for cut in cuts if cut.known is None]))

    def travels(self, cuts: list[Cut]) -> bool:
        """Is there enough left to do to send it?"""
        return sum(sum(map(len, cut.lines)) for cut in cuts if cut.known is None) > FEW

    def goes_on(self, cuts: list[Cut]) -> bool:
        return False

    def pack(self, cuts: list[Cut]) -> bytes:
        return _encode((self.plain(), [plain_cut(cut) for cut in cuts if cut.known is None]))

    def unpack(self, cuts: list[Cut], answer: bytes) -> list[Page]:
        said, plain = _answer(answer)
        verdicts = verdicts_of(said)
        left = [cut.page for cut in cuts if cut.known is None]
        return _merged(cuts, [_page(page, Known(done, verdicts)) for page, done in zip(left, plain, strict=True)])

    def plain(self) -> PlainFinish:
        """The configuration as plain data."""
        candidates = asdict(self.candidates) if self.candidates else None
        return asdict(self.language), candidates, self.keep_from, self.ready

    def _finished(self, cuts: list[Cut]) -> list[Page]:
        pages = [label(cut, self.keep_from) for cut in cuts]
        texts = [page.text for page in pages]
        compared = self.candidates.of(pages, texts) if self.candidates else [None] * len(pages)
        said = zip(pages, self.language.texts(texts), compared, strict=True)
        return [
            with_fields(page, language=language, language_score=score, candidate=candidate)
            for page, (language, score), candidate in said
        ]


@dataclass(frozen=True)
class LookAtWindows:
    """Scores of windows, to be cut into pages. A worker also finishes the pages that each window seems to hold."""

    score: ScoreWindows
    foresee: Foresee
    finish: Finish
    name: ClassVar[str] = "look"
    ahead: ClassVar[int] = 2

    def __call__(self, windows: list[Window]) -> list[Scored]:
        return self.score(windows)

    def travels(self, windows: list[Window]) -> bool:
        return True

    def goes_on(self, windows: list[Window]) -> bool:
        return bool(windows) and not windows[-1].last

    def pack(self, windows: list[Window]) -> bytes:
        return _encode((self.finish.plain(), self.foresee, list(map(plain_window, windows))))

    def unpack(self, windows: list[Window], answer: bytes) -> list[Scored]:
        said, plain = _seen(answer)
        verdicts = verdicts_of(said)
        return [
            Scored(scores_of(scores) if scores else None, {extent: Known(done, verdicts) for extent, done in pages})
            for scores, pages in plain
        ]


def serve(request: bytes) -> bytes:
    """The answer to what `Finish.pack` packed."""
    options, cuts = _request(request)
    table = VerdictTable()
    done = _done(options, list(map(cut_of, cuts)), table)
    return _encode((table.plain, done))


def serve_look(request: bytes) -> bytes:
    """The answer to what `LookAtWindows.pack` packed."""
    options, foresee, plain = _windows(request)
    windows, table = list(map(window_of, plain)), VerdictTable()
    scored = ScoreWindows()(windows)
    seen = [foresee(window, found.scores) for window, found in zip(windows, scored, strict=True)]
    done = iter(_done(options, [cut for cuts in seen for cut in cuts.values()], table))
    pages = [[(extent, next(done)) for extent in cuts] for cuts in seen]
    scores = [None if found.scores is None else plain_scores(found.scores) for found in scored]
    return _encode((table.plain, list(zip(scores, pages, strict=True))))


def _done(options: PlainFinish, cuts: list[Cut], table: VerdictTable) -> list[PlainDone]:
    language, candidates, keep_from, ready = options
    finish = Finish(_language(**language), MakeCandidates(**candidates) if candidates else None, keep_from)
    return [_plain(page, ready, table) for page in finish(cuts)]


@lru_cache(maxsize=4)
def _language(**options: Any) -> IdentifyLanguage:
    return IdentifyLanguage(**options)


def _plain(page: Page, ready: MakeReady | None, table: VerdictTable) -> PlainDone:
    made = ready(page) if ready else None
    return plain_page(page, table), page.language, page.language_score, plain_candidate(page), made


def _merged(cuts: list[Cut], finished: list[Page]) -> list[Page]:
    """The pages in their order: those that were known, and those finished now."""
    now = iter(finished)
    return [next(now) if cut.known is None else _page(cut.page, cut.known) for cut in cuts]


def _page(page: Page, known: Known) -> Page:
    said, language, score, candidate, ready = known.done
    fields = fields_of(said, known.verdicts)
    fields |= {"candidate": candidate_of(said[0], candidate), "ready": ready}
    return with_fields(page, **fields, language=language, language_score=score)
