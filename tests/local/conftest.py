"""Local servers for the tests, and clients of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any, NoReturn

import boto3
import pytest
from botocore.config import Config

from sesmime.local import LocalSes, Options

REGION = "us-east-1"


def client_of(ses: LocalSes, service: str, region: str = REGION) -> Any:
    """Return a boto3 client of a local server; nothing is tried twice, and no parameter is checked before it."""
    return boto3.client(
        service,
        endpoint_url=ses.endpoint_url,
        region_name=region,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )


def is_absent(what: str) -> NoReturn:
    """Skip a test whose client is absent; where all must be there, as in `.ci/run`, fail it."""
    if os.environ.get("SESMIME_TEST_CLIENTS") == "required":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture
def local() -> Iterator[Callable[..., LocalSes]]:
    """Return what starts a local SES with the options that are given; all are stopped in the end."""
    with ExitStack() as stack:

        def start(**options: Any) -> LocalSes:
            return stack.enter_context(LocalSes(Options(**options)))

        yield start


class Webhook(ThreadingHTTPServer):
    """An application's endpoint on this machine: what it was posted, with the fields."""

    def __init__(self) -> None:
        received: Queue[tuple[dict[str, str], bytes]] = Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.put(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.received = received


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    server = Webhook()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def resident() -> int:
    """Return the resident memory of this process, in MiB; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmRSS:")) // 1024
