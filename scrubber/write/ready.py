"""What goes out of a page, as bytes and counts. A worker can make it ahead; what the stream changes is made again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from scrubber.page import KEEP, Page
from scrubber.write import jsonl, text
from scrubber.write.rejects import page_record
from scrubber.write.select import Choice


class Account(NamedTuple):
    """What becomes of a page and its lines; `reason` says why it is not written, lines are dropped by label."""

    reason: str | None
    kept: int
    duplicate: int
    dropped: dict[str, int]


class Ready(NamedTuple):
    """A page as bytes for the output and for the rejects, each empty where nothing goes there, and its account."""

    output: bytes
    rejects: bytes
    account: Account


@dataclass(frozen=True, slots=True)
class MakeReady:
    """Make pages ready for an output of jsonl or text, and for the rejects where `tells`."""

    choice: Choice
    form: str = "jsonl"
    tells: bool = False

    def __call__(self, page: Page) -> Ready:
        found = account(page, self.choice)
        encode = jsonl.page_line if self.form == "jsonl" else text.encode
        output = encode(page) if found.reason is None else b""
        return Ready(output, jsonl.encode(page_record(page, found.reason)) if self.tells else b"", found)

    def of(self, page: Page) -> Ready:
        """What was made ahead, unless the page has turned out to be a copy or to repeat lines of another one."""
        ahead: Ready | None = page.ready
        return self(page) if ahead is None or page.duplicate_of is not None or page.repeat_of else ahead


def account(page: Page, choice: Choice) -> Account:
    """Where each line of a page is counted; see docs/ledger.md."""
    reason, repeats = choice.rejection(page), page.repeat_of
    verdicts = [v for i, v in enumerate(page.verdicts) if i not in repeats] if repeats else page.verdicts
    labels = Counter(map(attrgetter("label"), verdicts))
    kept, duplicate = sum(labels.pop(label, 0) for label in KEEP), len(repeats)
    dropped = {str(label): count for label, count in labels.items()}
    if page.duplicate_of is not None:
        kept, duplicate = 0, duplicate + kept
    elif reason is not None and kept:
        kept, dropped[reason] = 0, kept
    return Account(reason, kept, duplicate, dropped)
