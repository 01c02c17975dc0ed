"""Servers on 127.0.0.1 that stand for SES: clients of moto's, and one that answers as it is told and keeps requests."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import boto3

REGION = "us-east-1"


def client(service: Any, endpoint: str) -> Any:
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id="dummy",
        aws_secret_access_key="dummy",
    )


# What SES answers (the protocols query and rest-json of the service models).
NAMESPACE = "http://ses.amazonaws.com/doc/2010-12-01/"
V1_SENT = (
    f'<SendRawEmailResponse xmlns="{NAMESPACE}"><SendRawEmailResult><MessageId>0100-1</MessageId></SendRawEmailResult>'
    "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></SendRawEmailResponse>"
)
V2_SENT = '{"MessageId": "0100-2"}'


def v1_error(code: str, text: str) -> str:
    return (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message>'
        "</Error><RequestId>1</RequestId></ErrorResponse>"
    )


class Service(ThreadingHTTPServer):
    """A server that answers every request alike, or takes it and hangs up, and keeps them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 200
        self.answer = ""
        self.error_type = ""
        self.hangs_up = False
        self.received: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def serving() -> Iterator[Service]:
    """Have one answer, in a thread."""
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    """Answers as its server is told."""

    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")
        is_v2 = body.startswith("{")
        if is_v2:
            request = json.loads(body)
            request["message"] = base64.b64decode(request["Content"]["Raw"]["Data"])
        else:
            request = {name: value for name, (value,) in parse_qs(body).items()}
            request["message"] = base64.b64decode(request["RawMessage.Data"])
        self.server.received.append(request)
        if self.server.hangs_up:
            self.close_connection = True
            return
        answer = (self.server.answer or (V2_SENT if is_v2 else V1_SENT)).encode()
        self.send_response(self.server.status)
        if self.server.error_type:
            self.send_header("x-amzn-ErrorType", self.server.error_type)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log."""
