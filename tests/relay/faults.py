"""An API of SES with every fault it can have, and which counts what it has taken, recipient by recipient.

`python -m tests.relay.faults '{"throttle": 0.1}' SEED` runs it with these shares of faults and prints its address. Its
input is "calm" (no more faults) or "tell"; to either it prints what it did, as JSON.
"""

from __future__ import annotations

import base64
import json
import os
import random
import signal
import socket
import struct
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from tests.servers import V1_SENT, v1_error

# What is done with a request, before it is taken or after; a hanging one is let go of when the client has.
FAULTS = (
    *("take", "throttle", "refuse", "error", "unavailable", "gateway", "empty"),
    *("cut", "reset before", "reset after", "hang before", "hang after", "kill before", "kill after"),
)
_ANSWERS = {
    "throttle": (400, v1_error("Throttling", "Maximum sending rate exceeded.")),
    "refuse": (400, v1_error("MessageRejected", "Email address is not verified.")),
    "error": (500, v1_error("InternalFailure", "Internal failure")),
    "unavailable": (503, v1_error("ServiceUnavailable", "Service unavailable")),
    "gateway": (504, "<html>Gateway Timeout</html>"),
    "take": (200, V1_SENT),
    "empty": (200, V1_SENT.replace("<MessageId>0100-1</MessageId>", "")),
}
_TAKEN = frozenset({"take", "reset after", "hang after", "kill after", "gateway", "empty"})


class Api(ThreadingHTTPServer):
    """Answers each request by the fault that it is told for it, and keeps what it took by subject and recipient."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, fault: Callable[[int], str] = lambda number: "take") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fault = fault
        self.pid = 0  # of the relay, to kill
        self.taken: Counter[tuple[str, str]] = Counter()
        self.faults: Counter[str] = Counter()
        self.requests = 0
        self.lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def close(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Tell nothing of clients that have gone."""


class _Handler(BaseHTTPRequestHandler):
    server: Api
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        api = self.server
        with api.lock:
            api.requests += 1
            fault = api.fault(api.requests)
            api.faults[fault] += 1
        if fault == "cut":
            self._reset()
            return
        fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode("ascii"))
        if fault in _TAKEN:
            message = message_from_bytes(base64.b64decode(fields["RawMessage.Data"][0]))
            recipients = [values[0] for name, values in fields.items() if name.startswith("Destinations.member.")]
            with api.lock:
                api.taken.update((str(message["Subject"]), one) for one in recipients)
        if fault in _ANSWERS:
            self._answer(*_ANSWERS[fault])
        elif fault.startswith("kill"):
            os.kill(api.pid, signal.SIGKILL)
        elif fault.startswith("hang"):
            with suppress(OSError):
                self.connection.recv(1)  # until the client gives up
            self.close_connection = True
        else:
            self._reset()

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Write no log."""


def main() -> None:
    """Run until the end of the input."""
    shares: dict[str, float] = json.loads(sys.argv[1])
    chance = random.Random(int(sys.argv[2]))
    weights = [*shares.values(), 1 - sum(shares.values())]

    def fault(number: int) -> str:
        return chance.choices([*shares, "take"], weights)[0]

    api = Api(fault)
    print(api.url, flush=True)
    for line in sys.stdin:
        if line == "calm\n":
            api.fault = lambda number: "take"
        with api.lock:
            told = {"taken": [[*key, count] for key, count in api.taken.items()], "faults": api.faults}
        print(json.dumps(told), flush=True)
    api.close()


if __name__ == "__main__":
    main()
