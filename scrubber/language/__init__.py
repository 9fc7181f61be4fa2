"""Which language a page is written in: a code of ISO 639-1 (Chinese as zh-cn and zh-tw), or `und`.

The default engine reads langdetect's own profiles and adds up the same evidence, without its random draws. Others can
be plugged in: an entry point of the group `scrubber.language` names a callable that returns an `Identify`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from scrubber.errors import ConfigError
from scrubber.page import Page, with_fields

__all__ = ["UNKNOWN", "Guess", "Identify", "IdentifyLanguage"]

UNKNOWN: Final = "und"
GROUP: Final = "scrubber.language"

Guess = tuple[str, float]  # a language and the probability that it is right
Identify = Callable[[Sequence[str]], list[Guess]]  # one guess for each text, whatever the other texts are


@dataclass(frozen=True)
class IdentifyLanguage:
    """Fills `language` and `language_score` of pages from their clean text; the same for a page in any batch.

    `engine` is `profiles`, `langdetect`, or the name of an entry point. Below `min_letters` letters every detector
    guesses ("ok" is Slovak to langdetect, "400 error" Danish), so that the answer is `und` with score 0.
    """

    engine: str = "profiles"
    min_letters: int = 20

    def __call__(self, pages: list[Page]) -> list[Page]:
        guesses = self.texts([page.text for page in pages])
        return [
            with_fields(page, language=language, language_score=score)
            for page, (language, score) in zip(pages, guesses, strict=True)
        ]

    def texts(self, texts: Sequence[str]) -> list[Guess]:
        """One guess for each text.

        >>> IdentifyLanguage().texts(["Das ist ein Satz in deutscher Sprache.", "12345"])[1]
        ('und', 0.0)
        """
        asked = [i for i, text in enumerate(texts) if _has_letters(text, self.min_letters)]
        guesses = [(UNKNOWN, 0.0)] * len(texts)
        if asked:
            for i, guess in zip(asked, self._identify([texts[i] for i in asked]), strict=True):
                guesses[i] = guess
        return guesses

    def lines(self, page: Page) -> dict[int, Guess]:
        """The language of each kept line that has letters enough, by its offset: for pages in several languages."""
        kept = page.kept()
        guesses = self.texts([page.lines[offset] for offset in kept])
        return {offset: guess for offset, guess in zip(kept, guesses, strict=True) if guess[0] != UNKNOWN}

    @cached_property
    def _identify(self) -> Identify:
        if self.engine == "profiles":
            from scrubber.language.profiles import identify

            return identify
        if self.engine == "langdetect":
            from scrubber.language.original import identify as original

            return original
        return _plugged_in(self.engine)


def _has_letters(text: str, least: int) -> bool:
    """Whether a text has as many letters; most have them in their first line."""
    if sum(map(str.isalpha, text[: 4 * least])) >= least:
        return True
    return sum(map(_letters_in, text)) >= least


def _letters_in(char: str) -> int:
    """1 for a letter or a vowel sign, 3 for a syllable of Hangul, a kana or an ideograph, which say as much."""
    if "\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3":
        return 3
    return 1 if char.isalpha() or unicodedata.category(char) in ("Mc", "Mn") else 0


def _plugged_in(name: str) -> Identify:
    from importlib.metadata import entry_points

    found = entry_points(group=GROUP)
    if name not in found.names:
        names = ", ".join(["profiles", "langdetect", *sorted(found.names)])
        raise ConfigError(f"there is no language engine {name!r}; there are: {names}")
    identify: Identify = found[name].load()()
    return identify
