"""Whether a request has left: botocore's errors do not say, and what has not left has surely not been taken.

A name that is not found, a refused connection, a certificate, a message cut off half-way: SES cannot have taken it, and
the call may be made again. Where all octets have been given to the connection, SES may have. So the body of each
request is replaced by a file that knows how far it has been read.
"""

from __future__ import annotations

import io
import threading
from typing import Any, Final

_ID: Final = "sesmime-spool"


class Departures:
    """Watches the requests of a client of boto3, each thread its own."""

    def __init__(self, client: Any) -> None:
        self._events = client.meta.events
        self._local = threading.local()
        self._events.register("before-send", self._watch, unique_id=_ID)

    def close(self) -> None:
        """Leave the client as it was."""
        self._events.unregister("before-send", unique_id=_ID)

    def begin(self) -> None:
        """Forget the last request of this thread."""
        self._local.body = None

    def has_stayed(self) -> bool:
        """Whether the request of this thread has been seen and has not been given to the connection as a whole."""
        body = self._local.body
        return body is not None and not body.is_read

    def _watch(self, request: Any, **_: Any) -> None:
        body = request.body
        if isinstance(body, str):  # of the API v1: percent-encoded
            body = body.encode("ascii")
        if isinstance(body, bytes | bytearray):
            request.body = self._local.body = _Watched(body)


class _Watched(io.BytesIO):
    """The body of a request."""

    def __init__(self, octets: bytes | bytearray) -> None:
        super().__init__(octets)
        self._size = len(octets)

    @property
    def is_read(self) -> bool:
        """Whether the connection has been given all of it."""
        return self.tell() >= self._size
