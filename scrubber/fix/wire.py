"""Repair in another process: the lines of blocks go there, what a repair changed comes back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, ClassVar, Final

import msgspec

from scrubber.fix import Repair, changed
from scrubber.page import Block

_encode: Final = msgspec.msgpack.encode
_request: Final = msgspec.msgpack.Decoder(tuple[dict[str, Any], list[list[str]]]).decode
_answer: Final = msgspec.msgpack.Decoder(list[dict[int, str]]).decode


@dataclass(frozen=True)
class RepairBlocks:
    """Repair for lists of blocks, here or in a worker."""

    repair: Repair
    name: ClassVar[str] = "fix"
    ahead: ClassVar[int] = 4  # what needs the answers is longer under way, and would be waited for behind them

    def __call__(self, blocks: list[Block]) -> list[Block]:
        return list(map(self.repair, blocks))

    def travels(self, blocks: list[Block]) -> bool:
        return True

    def goes_on(self, blocks: list[Block]) -> bool:
        return False

    def pack(self, blocks: list[Block]) -> bytes:
        return _encode((asdict(self.repair), [block.lines for block in blocks]))

    def unpack(self, blocks: list[Block], answer: bytes) -> list[Block]:
        return list(map(changed, blocks, _answer(answer)))


def serve(request: bytes) -> bytes:
    """The answer to what `pack` packed."""
    options, blocks = _request(request)
    repair = _repair(**options)
    return _encode([repair.changes(lines) for lines in blocks])


@lru_cache(maxsize=4)
def _repair(**options: Any) -> Repair:
    return Repair(**options)
