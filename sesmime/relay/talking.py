"""Two processes that tell and ask each other, over a socket, in lines of JSON."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import socket
from collections.abc import Callable
from typing import Any, Final

# Octets of a line: a thousand addresses, or all metrics, are less.
_LONGEST: Final = 1 << 24


class Talk:
    """One end. What the other may tell or ask is `hears`: a function for each word, which is given its values.

    A line is a list: the number of a question (null where nothing is asked), the word and its values; or the number of
    a question, null, and the answer.
    """

    def __init__(self, end: socket.socket, hears: dict[str, Callable[..., Any]]) -> None:
        self._end, self.hears = end, hears
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def begin(self) -> None:
        """Be able to talk; what the other says is heard once this runs."""
        self._stream = await asyncio.open_unix_connection(sock=self._end, limit=_LONGEST)

    async def run(self) -> None:
        """Listen until the other end has gone; all that has been asked fails then."""
        assert self._stream is not None
        reader, writer = self._stream
        try:
            # Who is killed may have said half a line.
            while (line := await reader.readline()).endswith(b"\n"):
                self._hear(*json.loads(line))
        except OSError:  # gone, with something unread
            pass
        finally:
            self._stream = None
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(ConnectionResetError("the other process has gone"))
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def tell(self, word: str, *values: Any) -> None:
        """Tell; whoever has gone is told nothing."""
        self._write(None, word, values)

    async def ask(self, word: str, *values: Any) -> Any:
        """Ask, and return the answer. Raises ConnectionResetError where the other has gone."""
        if self._stream is None:
            raise ConnectionResetError("the other process has gone")
        number = next(self._numbers)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            self._write(number, word, values)
            return await answer
        finally:
            del self._asked[number]

    def _hear(self, number: int | None, word: str | None, values: Any) -> None:
        if word is not None:
            answer = self.hears[word](*values)
            if number is not None:
                self._write(number, None, answer)
        elif number is not None and number in self._asked and not self._asked[number].done():
            self._asked[number].set_result(values)

    def _write(self, *line: Any) -> None:
        if self._stream is not None:
            self._stream[1].write(json.dumps(line).encode("ascii") + b"\n")
