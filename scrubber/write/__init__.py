"""Writing: Page -> bytes, and the account of every line."""

from scrubber.write.ledger import Ledger
from scrubber.write.ready import MakeReady
from scrubber.write.report import summary
from scrubber.write.select import Choice

__all__ = ["Choice", "Ledger", "MakeReady", "summary"]
