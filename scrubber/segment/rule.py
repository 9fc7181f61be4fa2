"""Rules as data: exact phrases and anchored patterns that name a line, compiled once.

A newcomer adds a rule to `rules/<label>.py`, or a new file there; it is found by listing the folder. Nothing depends on
the order of files: two rules of different label that match one line are a failing test (tests/test_rules.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from scrubber.page import Label, Verdict
from scrubber.segment.sieve import Sieve, compiled

LONGEST: Final = 400  # characters; no rule speaks on a longer line: furniture is short, and time stays linear
BULLETS: Final = " \t\r\u00a0\u3000•◦▪‣●○■□►▸▶»›·*–—-|>#+"
TRAILING: Final = " \t\r\u00a0\u3000.:…»›→↓↑▼▲|>·*–—-!,;：。"
STARTS, ENDS = frozenset(BULLETS), frozenset(TRAILING)
SPACES: Final = re.compile(r"\s\s+|[\t\u00a0]")
MEMO_LINES: Final = 1 << 16
MEMO_LENGTH: Final = 120
NONE: Final = -1
GATES: Final = (100, 240, LONGEST)  # lengths; patterns for longer lines are tried first


@dataclass(frozen=True, slots=True)
class Rule:
    """What a line is when it equals one of `phrases` or matches `pattern`, both in the form that `fold` gives.

    Patterns are anchored at the start, see casefolded text without bullet and trailing punctuation, and are tried on
    lines up to `max_length` characters. `yes` and `no` are raw lines that must and must not match; they run as tests.
    """

    name: str
    label: Label
    phrases: tuple[str, ...] = ()
    pattern: str = ""
    max_length: int = 80
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()


def fold(line: str) -> str:
    """A line without bullet, indent and trailing punctuation, casefolded, white space single.

    >>> fold("  • Skip to  Content »")
    'skip to content'
    """
    text = line.lstrip(BULLETS) if line[:1] in STARTS else line
    text = (text.rstrip(TRAILING) if text[-1:] in ENDS else text).casefold()
    return SPACES.sub(" ", text) if "  " in text or "\t" in text or "\u00a0" in text else text


def words(*texts: str) -> tuple[str, ...]:
    """Phrases written as `one | two | three`, one text per language."""
    return tuple(phrase.strip() for text in texts for phrase in text.split("|") if phrase.strip())


class Rulebook:
    """All rules, compiled: `find` says which rule names a line."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._exact = {fold(phrase): i for i, rule in enumerate(self.rules) for phrase in rule.phrases}
        gated = [(next(gate for gate in GATES if gate >= r.max_length), r) for r in self.rules if r.pattern]
        gated.sort(key=lambda item: -item[0])
        self._patterns = [(gate, rule.pattern, self.rules.index(rule)) for gate, rule in gated]
        self._sieve = Sieve([rule.pattern for _, rule in gated])
        self._memo: dict[str, int] = {}

    def find(self, line: str) -> int:
        """The number of the rule that names the line, -1 if none does. Exact phrases come before patterns."""
        return self.find_all([line])[0]

    def find_all(self, lines: Sequence[str]) -> list[int]:
        """`find` for many lines: what is remembered costs no call."""
        remembered = self._memo.get
        known = [remembered(line) if len(line) <= LONGEST else NONE for line in lines]
        missing = [i for i, rule in enumerate(known) if rule is None]
        new = list(dict.fromkeys([lines[i] for i in missing]))
        found = dict(zip(new, self._look(list(map(fold, new))), strict=True))
        if len(self._memo) >= MEMO_LINES:
            self._memo.clear()
        self._memo.update({line: rule for line, rule in found.items() if len(line) <= MEMO_LENGTH})
        for i in missing:
            known[i] = found[lines[i]]
        return known  # type: ignore[return-value]  # none is missing any more

    def _look(self, texts: Sequence[str]) -> list[int]:
        """The rules of folded lines."""
        exact = [self._exact.get(text, NONE) for text in texts]
        others = [i for i, rule in enumerate(exact) if rule == NONE]
        for i, places in self._sieve.sift([texts[i] for i in others]).items():
            exact[others[i]] = self._try(texts[others[i]], places)
        return exact

    def _try(self, text: str, places: Iterable[int]) -> int:
        """The first of these patterns that matches."""
        size = len(text)
        for place in places:
            longest, pattern, number = self._patterns[place]
            if size <= longest and compiled(pattern).match(text):
                return number if size <= self.rules[number].max_length else self._one_by_one(text)
        return NONE

    def _one_by_one(self, text: str) -> int:
        """For a line that matched a pattern for shorter lines only."""
        return next((i for i, rule in enumerate(self.rules) if self._speaks(rule, text)), NONE)

    def matching(self, line: str) -> list[Rule]:
        """Every rule that would name the line: slow, for tests and for explaining."""
        text = fold(line)
        return [rule for rule in self.rules if self._speaks(rule, text)]

    @staticmethod
    def _speaks(rule: Rule, text: str) -> bool:
        if text in {fold(phrase) for phrase in rule.phrases}:
            return True
        return bool(rule.pattern) and len(text) <= rule.max_length and re.match(rule.pattern, text) is not None


def load_rules() -> tuple[Rule, ...]:
    """The rules of every module in `rules/`, by module name."""
    from scrubber.segment import rules

    names = sorted(module.name for module in iter_modules(rules.__path__))
    return tuple(rule for name in names for rule in import_module(f"{rules.__name__}.{name}").RULES)


@lru_cache(maxsize=1)
def rulebook() -> Rulebook:
    """The rules of the package, compiled on first use."""
    return Rulebook(load_rules())


def verdicts_of(rules: Iterable[Rule], precision: dict[str, float], default: float) -> tuple[Verdict, ...]:
    """One shared verdict per rule, scored with the rule's measured precision."""
    return tuple(Verdict(rule.label, rule.name, precision.get(rule.name, default)) for rule in rules)
