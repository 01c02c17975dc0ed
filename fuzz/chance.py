"""Choices: every generator asks a `random.Random`, so that one body runs under any source of them.

`Recorded` keeps what it chose, `Replayed` chooses it again (less of it, while a failure is made smaller), `Octets`
takes its choices from bytes, which is what atheris gives. Hypothesis has a `random.Random` of its own.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

# A double has 53 bits of fraction.
_FRACTION: Final = 53


class _Chosen(random.Random):
    """All choices come from `getrandbits`."""

    def random(self) -> float:
        return self.getrandbits(_FRACTION) / (1 << _FRACTION)

    def randbytes(self, n: int) -> bytes:
        return self.getrandbits(n * 8).to_bytes(n, "little")


class Recorded(_Chosen):
    """Chooses by a seed, and keeps each choice."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self.chosen: list[int] = []

    def getrandbits(self, k: int, /) -> int:
        found = super().getrandbits(k)
        self.chosen.append(found)
        return found


class Replayed(_Chosen):
    """Chooses what it is given; when that is at its end, always the first."""

    def __init__(self, choices: Sequence[int]) -> None:
        super().__init__(0)
        self._left = list(reversed(choices))

    def getrandbits(self, k: int, /) -> int:
        return self._left.pop() & ((1 << k) - 1) if self._left else 0


class Octets(_Chosen):
    """Chooses by bytes; when they are at their end, always the first."""

    def __init__(self, octets: bytes) -> None:
        super().__init__(0)
        self._octets, self._place = octets, 0

    def getrandbits(self, k: int, /) -> int:
        size = (k + 7) // 8
        piece = self._octets[self._place : self._place + size]
        self._place += size
        return int.from_bytes(piece, "little") & ((1 << k) - 1)
