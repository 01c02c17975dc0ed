"""The relay by HTTP, for those who watch over it: `/healthz`, and `/metrics` for Prometheus."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from sesmime.relay.metrics import Metrics

_SLOW: Final = 10.0  # seconds that a client may take for its request


class WatchServer:
    """A server in threads of its own.

    `health` gives whether the relay takes messages, and values of JSON to show. Without `metrics` there are none.
    Raises OSError for an address that cannot be had.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        health: Callable[[], tuple[bool, Mapping[str, Any]]],
        metrics: Metrics | None = None,
    ) -> None:
        class Asked(_Asked):
            timeout = _SLOW

            def answer(self) -> tuple[int, str, bytes]:
                path = self.path.partition("?")[0]
                if path == "/healthz":
                    is_well, values = health()
                    return 200 if is_well else 503, "application/json", json.dumps(values).encode() + b"\n"
                if path == "/metrics" and metrics is not None:
                    return 200, *metrics.page(self.headers.get("Accept", ""))
                if path == "/metrics":
                    return 501, _TEXT, b"metrics need prometheus-client: pip install 'sesmime[metrics]'\n"
                return 404, _TEXT, b"there are /healthz and /metrics\n"

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            address_family = _family(host)

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Say nothing of a client that has gone."""

        self._server = Server((host, port), Asked)
        self._thread = threading.Thread(target=self._server.serve_forever, name="sesmime-relay-http", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Host and port, as an address of HTTP has them."""
        host, port = self._server.server_address[:2]
        text = str(host)
        return f"[{text}]:{port}" if ":" in text else f"{text}:{port}"

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


_TEXT: Final = "text/plain; charset=utf-8"


def _family(host: str) -> Any:
    import socket

    return socket.AF_INET6 if ":" in host else socket.AF_INET


class _Asked(BaseHTTPRequestHandler):
    """Answers GET and HEAD."""

    server_version = "sesmime"
    sys_version = ""

    def answer(self) -> tuple[int, str, bytes]:
        """Return the status, the type and the body."""
        raise NotImplementedError

    def do_GET(self) -> None:
        """Answer."""
        status, kind, body = self.answer()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        """Answer without the body."""
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Tell nothing: those who watch come every few seconds."""
