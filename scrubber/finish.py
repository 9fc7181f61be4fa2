"""What a page is by itself, once it is cut: its labels and kind, its language, and what deduplication compares."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, ClassVar, Final

import msgspec

from scrubber.dedup.ahead import MakeCandidates, PlainCandidate, candidate_of, plain_candidate
from scrubber.language import IdentifyLanguage
from scrubber.page import Page, with_fields
from scrubber.segment.chunk import label
from scrubber.segment.label import KEEP_FROM
from scrubber.segment.run import Cut
from scrubber.segment.wire import PlainCut, PlainPage, cut_of, fields_of, plain_cut, plain_page
from scrubber.write.ready import MakeReady, Ready

PlainDone = tuple[PlainPage, str | None, float, PlainCandidate | None, Ready | None]
Options = dict[str, Any]

_encode: Final = msgspec.msgpack.encode
_request: Final = msgspec.msgpack.Decoder(
    tuple[Options, Options | None, float, MakeReady | None, list[PlainCut]]
).decode
_answer: Final = msgspec.msgpack.Decoder(list[PlainDone]).decode


@dataclass(frozen=True)
class Finish:
    """The stages for single pages, one after the other, for lists of pages: here or in a worker."""

    language: IdentifyLanguage
    candidates: MakeCandidates | None
    keep_from: float = KEEP_FROM
    ready: MakeReady | None = None  # for the writer, whom a worker can save the work
    name: ClassVar[str] = "finish"

    def __call__(self, cuts: list[Cut]) -> list[Page]:
        pages = [label(cut, self.keep_from) for cut in cuts]
        texts = [page.text for page in pages]
        compared = self.candidates.of(pages, texts) if self.candidates else [None] * len(pages)
        said = zip(pages, self.language.texts(texts), compared, strict=True)
        return [
            with_fields(page, language=language, language_score=score, candidate=candidate)
            for page, (language, score), candidate in said
        ]

    def pack(self, cuts: list[Cut]) -> bytes:
        candidates = asdict(self.candidates) if self.candidates else None
        return _encode((asdict(self.language), candidates, self.keep_from, self.ready, list(map(plain_cut, cuts))))

    def unpack(self, cuts: list[Cut], answer: bytes) -> list[Page]:
        return [_done(cut.page, plain) for cut, plain in zip(cuts, _answer(answer), strict=True)]


def serve(request: bytes) -> bytes:
    """The answer to what `Finish.pack` packed."""
    language, candidates, keep_from, ready, cuts = _request(request)
    finish = Finish(_language(**language), MakeCandidates(**candidates) if candidates else None, keep_from)
    pages = finish(list(map(cut_of, cuts)))
    return _encode([_plain(page, ready) for page in pages])


@lru_cache(maxsize=4)
def _language(**options: Any) -> IdentifyLanguage:
    return IdentifyLanguage(**options)


def _plain(page: Page, ready: MakeReady | None) -> PlainDone:
    made = ready(page) if ready else None
    return plain_page(page), page.language, page.language_score, plain_candidate(page), made


def _done(page: Page, plain: PlainDone) -> Page:
    said, language, score, candidate, ready = plain
    fields = {**fields_of(said), "candidate": candidate_of(said[0], candidate), "ready": ready}
    return with_fields(page, **fields, language=language, language_score=score)
