"""The HTTP server of a local SES, on the standard library's: connections stay open, bodies and threads are bounded.

werkzeug's own server closes each connection and waits for stray octets after each answer; here the body is read whole
before the application sees the request, so that the next one begins where it should. What the application cannot be
asked about (a length that is none, too long a body) it is told as `FAULT` in the environment, to answer in its words;
what waits asks `WAIT` there. A client has so long for the head of a request, and so long for its body as it keeps a
pace; what all of them send at once has a bound, and `Seats` says who goes where there are too many.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from http.server import HTTPServer
from io import BufferedReader, BytesIO
from socketserver import TCPServer, ThreadingMixIn
from time import monotonic
from typing import Any, Final, NamedTuple

from moto.moto_server.werkzeug_app import MotoRequestHandler

from sesmime.errors import quoted
from sesmime.local.seats import WAIT, Paced, Seats, Stage, Wait, shut
from sesmime.relay.limits import Limits, Room

_LOG: Final = logging.getLogger("sesmime.local")
FAULT: Final = "sesmime.fault"
_MAX_CONNECTIONS: Final = 128
_MAX_LINE: Final = 65_536
_MAX_TRAILER: Final = 100  # lines
_IDLE: Final = 60.0  # seconds between two requests of a connection
_HEAD: Final = 20.0  # seconds for the head of a request
_BODY: Final = 20.0  # seconds for the body of one, and as many as its octets take at this pace:
_PACE: Final = 16_384  # octets a second
_WRITE: Final = 60.0  # seconds in which a client reads nothing of its answer
_PIECE: Final = 1 << 16  # octets that are read at once, and counted
_BUSY: Final = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

Environ = dict[str, Any]
WsgiApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Fault(NamedTuple):
    """A request whose body cannot be had: the HTTP status, and a sentence."""

    status: int
    text: str


class _Unread(Exception):
    """The body cannot be had, and the connection is of no more use."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.fault = Fault(status, text)


class WebServer(ThreadingMixIn, HTTPServer):
    """A server of one WSGI application; raises OSError for an address that cannot be had.

    `max_request` bounds a request's body and `max_in_work` all bodies that are here, in octets; `patience` is for how
    long a client may keep the server waiting while others want its seat, in seconds.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    # What werkzeug's handler asks its server.
    multithread = True
    multiprocess = False
    ssl_context = None
    _server_version = "sesmime"

    def __init__(
        self, host: str, port: int, app: WsgiApplication, *, max_request: int, max_in_work: int, patience: float
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.app = app
        self.max_request = max_request
        self.seats = Seats(_MAX_CONNECTIONS, patience=patience)
        self._room, self._room_lock = Room(Limits(octets=max_in_work)), threading.Lock()
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Bind, and ask no name server for a name, as HTTPServer does."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what was not expected; clients that go are."""
        _LOG.exception("a connection of the local SES failed")

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a connection a thread of its own, or say that there are too many."""
        if not self.seats.take(request):
            with suppress(OSError):  # it has gone
                request.settimeout(1)
                request.sendall(_BUSY)
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self.seats.leave(request)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.seats.leave(request)

    def hold(self, octets: int) -> bool:
        """Count octets of a body; return False, and count nothing, where all bodies together are too much."""
        with self._room_lock:
            return self._room.hold(octets)

    def release(self, octets: int) -> None:
        """Count octets no more."""
        with self._room_lock:
            self._room.release(octets)

    def stop(self) -> None:
        """Take no more; calls in work are answered, for a few seconds at most."""
        self.shutdown()
        self.server_close()
        self.seats.close()


class _Handler(MotoRequestHandler):
    """One connection. Of moto's and werkzeug's handlers only the environment is used."""

    server: Any
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # what is no HTTP is answered with a status too
    timeout = _WRITE
    wbufsize = -1
    disable_nagle_algorithm = True
    error_message_format = "%(code)d %(message)s\n"
    error_content_type = "text/plain; charset=utf-8"
    _expects_continue = False
    _held = 0  # octets of the body

    def setup(self) -> None:
        """Read at a pace."""
        super().setup()
        self.rfile.close()
        self._paced = Paced(self.connection)
        self.rfile: Any = BufferedReader(self._paced)

    def handle(self) -> None:
        """Answer requests until either side has enough."""
        self.close_connection = False
        with suppress(OSError, ValueError):  # ValueError: a socket that was closed meanwhile
            while not self.close_connection:
                self._handle_next()

    def finish(self) -> None:
        """Close; a client that has gone is no fault."""
        self._release()
        with suppress(OSError):
            super().finish()

    def log(self, type: str, message: str, *arguments: Any) -> None:
        """Say nothing: the page shows what came."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def handle_expect_100(self) -> bool:
        """Say "100 Continue" later, to bodies that are wanted."""
        self._expects_continue = True
        return True

    def _handle_next(self) -> None:
        self.close_connection = True
        self._expects_continue = False
        self._paced.until(_IDLE)
        if not self.server.seats.note(self.connection, Stage.IDLE) or not self.rfile.peek(1):
            return
        self._paced.until(_HEAD)
        if not self.server.seats.note(self.connection, Stage.READING):
            return
        try:
            is_whole = self._read_head()
        except TimeoutError:
            self.requestline, self.request_version, self.command = "", "HTTP/1.1", ""
            self.send_error(408)
            self._linger()
            return
        if is_whole:
            self._answer()

    def _read_head(self) -> bool:
        """Read the head of a request; return whether it can be answered. What cannot has been."""
        self.raw_requestline = self.rfile.readline(_MAX_LINE + 1)
        if not self.raw_requestline:
            return False
        if len(self.raw_requestline) > _MAX_LINE:
            self.requestline = self.request_version = self.command = ""
            self.send_error(414)
            self._linger()
            return False
        if not self.raw_requestline.strip(b"\r\n"):
            self.close_connection = False  # RFC 9112 section 2.2: an empty line before a request is skipped
            return False
        if not self.parse_request():
            self._linger()
            return False
        if not (self.command.isascii() and self.command.isupper()):  # werkzeug would take `get` for GET
            self.send_error(400, "The method of the request cannot be read")
            self._linger()
            return False
        return True

    def _answer(self) -> None:
        fault: Fault | None = None
        body = b""
        try:
            body = self._read_body()
        except _Unread as error:
            fault = error.fault
        except TimeoutError:
            fault = Fault(408, "The body of the request did not come.")
        self.server.seats.note(self.connection, Stage.WORKING)
        self.connection.settimeout(_WRITE)
        try:
            environ = self._environ(body)
        except ValueError:
            self.send_error(400, "The address of the request cannot be read")
            self._linger()
            return
        if fault is not None:
            environ[FAULT] = fault
            self.close_connection = True
        environ[WAIT] = wait = Wait(self.server.seats, self.connection)
        self._run(environ, wait)
        self.wfile.flush()
        del environ, body
        self._release()
        if fault is not None:
            self._linger()

    def _release(self) -> None:
        held, self._held = self._held, 0
        self.server.release(held)

    def _environ(self, body: bytes) -> Environ:
        environ: Environ = self.make_environ()
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
            environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["wsgi.input"] = BytesIO(body)
        environ["wsgi.input_terminated"] = True
        return environ

    # The body

    def _read_body(self) -> bytes:
        self._paced.until(_BODY, pace=_PACE)
        lengths = [one.strip() for one in self.headers.get_all("Content-Length", ())]
        encodings = [one.strip().lower() for one in self.headers.get_all("Transfer-Encoding", ())]
        if encodings:
            if lengths or encodings != ["chunked"]:
                raise _Unread(400, "The transfer encoding of the request is not chunked alone.")
            self._continue()
            return b"".join(self._chunks())
        if not lengths:
            return b""
        if len(set(lengths)) > 1 or not (lengths[0].isascii() and lengths[0].isdigit()) or len(lengths[0]) > 15:
            raise _Unread(400, "The length of the request is no number.")
        length = int(lengths[0])
        self._bound(length)
        self._continue()
        return self._read(length)

    def _bound(self, length: int) -> None:
        if length > self.server.max_request:
            raise _Unread(413, f"The request has more than {self.server.max_request:,} octets.")

    def _continue(self) -> None:
        if self._expects_continue:
            self.send_response_only(100)
            self.end_headers()
            self.wfile.flush()

    def _read(self, length: int) -> bytes:
        pieces: list[bytes] = []
        while length > 0:
            piece = self.rfile.read1(min(length, _PIECE))
            if not piece:
                raise _Unread(400, "The request ends before its body does.")
            if not self.server.hold(len(piece)):
                raise _Unread(503, "Too many requests are being received, try again later.")
            self._held += len(piece)
            length -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def _line(self) -> bytes:
        line: bytes = self.rfile.readline(1_025)
        if not line.endswith(b"\n") or len(line) > 1_024:
            raise _Unread(400, "The chunks of the request cannot be read.")
        return line.strip()

    def _chunks(self) -> Iterator[bytes]:
        total = 0
        while True:
            size = self._line().partition(b";")[0].strip()
            if not size or len(size) > 12 or size.strip(b"0123456789abcdefABCDEF"):
                raise _Unread(400, "The chunks of the request cannot be read.")
            length = int(size, 16)
            if length == 0:
                break
            total += length
            self._bound(total)
            yield self._read(length)
            if self._line():
                raise _Unread(400, "The chunks of the request cannot be read.")
        for _ in range(_MAX_TRAILER):
            if not self._line():
                return
        raise _Unread(400, "The chunks of the request cannot be read.")

    # The answer

    def _run(self, environ: Environ, wait: Wait) -> None:
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[..., None]:
            started[:] = [status, headers]
            return _written_past

        chunks: Iterable[bytes] = ()
        has_begun = False
        try:
            chunks = self.server.app(environ, start_response)
            self.close_connection |= wait.is_refused  # or it would keep its seat for the time that it is to wait
            for chunk in chunks:
                if not has_begun:
                    self._begin(*started)
                    has_begun = True
                if self.command != "HEAD":
                    self.wfile.write(chunk)
                    if self.close_connection:
                        self.wfile.flush()
            if not has_begun:
                self._begin(*started)
        except OSError:
            self.close_connection = True  # the client has gone
        except Exception:  # noqa: BLE001 a fault of ours, or of moto, is logged and ends no server
            _LOG.exception("the request %s %s failed", quoted(self.command, 20), quoted(self.path, 120))
            self.close_connection = True
            if not has_begun:
                self.send_error(500, "The local SES failed; its log says how")
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def _begin(self, status: str, headers: list[tuple[str, str]]) -> None:
        self.server.seats.note(self.connection, Stage.WRITING)
        number, _, reason = status.partition(" ")
        names = {name.lower() for name, _ in headers}
        is_bodiless = number in ("204", "304") or self.command == "HEAD"
        # An answer without a length, such as live changes, ends with the connection.
        if not ("content-length" in names or is_bodiless):
            self.close_connection = True
        self.send_response(int(number), reason)
        for name, value in headers:
            if name.lower() != "connection":
                self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _linger(self) -> None:
        """Let the client read the answer to a request that is not read to its end, before the connection is reset."""
        self.close_connection = True
        self.wfile.flush()
        shut(self.connection, socket.SHUT_WR)
        end, left = monotonic() + 2, 2 * int(self.server.max_request)
        self.connection.settimeout(0.5)
        while left > 0 and monotonic() < end:
            got = len(self.connection.recv(1 << 20))
            if not got:
                return
            left -= got


def _written_past(data: bytes) -> None:
    raise NotImplementedError("the server takes no body from the callable of start_response")
