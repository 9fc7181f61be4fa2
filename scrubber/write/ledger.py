"""The ledger: every input line counted exactly once, and balanced against what the reader took in."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from scrubber.page import REMEMBERED, Dead, Intake, Page, Recall
from scrubber.write.ready import Account, account
from scrubber.write.select import Choice


@dataclass(slots=True)
class Ledger:
    """Counts of one run, filled by the writer. `stats` is what `--stats` writes; see docs/ledger.md.

    A line is kept (its text is in the output), dropped under its label, a duplicate (of a line or with its page), or
    dead. A line of text in a page that is not written is dropped under the reason why it is not, as `page:paywall`.
    """

    kept: int = 0
    duplicate: int = 0
    dead: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    pages: int = 0
    written: int = 0
    repaired_lines: int = 0
    cut_pages: int = 0
    dead_reports: list[str] = field(default_factory=list)
    dead_items: int = 0
    intake: Intake = field(default_factory=Intake)
    recall: Recall = field(default_factory=Recall)
    _began: float = field(default_factory=time.monotonic)
    _seconds: float | None = None

    def add(self, item: Page | Dead, choice: Choice) -> None:
        """Count one item of the stream, as it leaves the last stage."""
        if isinstance(item, Dead):
            self.bury(item)
            return
        self.count(item, account(item, choice))

    def count(self, page: Page, found: Account) -> None:
        """Count a page whose account is made."""
        self.pages += 1
        self.kinds[page.kind.value] += 1
        self.repaired_lines += len(page.unrepaired)
        self.cut_pages += page.cut is not None
        if found.reason is None:
            self.written += 1
        else:
            self.rejected[found.reason] += 1
        self.kept += found.kept
        self.duplicate += found.duplicate
        for label, number in found.dropped.items():
            self.dropped[label] += number

    def bury(self, dead: Dead) -> None:
        """Count what could not become text."""
        self.dead += dead.lines
        self.dead_items += 1
        if len(self.dead_reports) < REMEMBERED:
            where = f"{dead.source}:{dead.line + 1}" if dead.lines else dead.source
            self.dead_reports.append(f"{where}: {dead.reason}")

    def close(self, intake: Intake) -> None:
        """Take over what the reader counted, and stop the clock."""
        self.intake = intake
        self._seconds = time.monotonic() - self._began

    @property
    def balanced(self) -> bool:
        """Whether lines in = kept + dropped + duplicate + dead (law 6)."""
        return self.intake.lines == self.kept + self.dropped.total() + self.duplicate + self.dead

    @property
    def damaged(self) -> int:
        """How many pieces of the input were damaged: dead ones, and lines that lost bytes or were cut."""
        return self.intake.damaged + self.dead_items

    @property
    def reports(self) -> list[str]:
        """The first reports about damage, as `source:line: reason`, lines counted from 1."""
        return self.dead_reports + self.intake.reports

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began if self._seconds is None else self._seconds

    @property
    def stats(self) -> dict[str, Any]:
        """The counts as plain data."""
        return {
            "schema_version": 1,
            "lines": {
                "in": self.intake.lines,
                "kept": self.kept,
                "dropped": dict(sorted(self.dropped.items())),
                "duplicate": self.duplicate,
                "dead": self.dead,
                "repaired": self.repaired_lines,
                "undecoded": self.intake.undecoded,
                "balanced": self.balanced,
            },
            "pages": {
                "found": self.pages,
                "written": self.written,
                "kinds": dict(sorted(self.kinds.items())),
                "rejected": dict(sorted(self.rejected.items())),
                "cut": self.cut_pages,
            },
            "dedup": {
                "remembered_pages": self.recall.pages,
                "forgotten_pages": self.recall.forgotten_pages,
                "forgotten_captions": self.recall.forgotten_captions,
            },
            "damaged": self.damaged,
            "reports": self.reports,
            "bytes_in": self.intake.size,
            "seconds": round(self.seconds, 3),
            "mb_per_s": round(self.intake.size / 1e6 / max(self.seconds, 1e-9), 2),
        }
