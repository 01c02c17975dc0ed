"""Safe by default: whom the local SES answers, where it listens, what it posts to, and how it stops."""

from __future__ import annotations

import http.client
import logging
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from urllib.parse import urlencode, urlsplit

import pytest

from sesmime.cli.__main__ import main
from sesmime.local import LocalSes, Options
from sesmime.local.sns import deliver
from tests.local.conftest import client_of

pytestmark = pytest.mark.edges

_CREDENTIAL = "Credential=A/20261128/us-east-1/ses/aws4_request"
SIGNED = {
    "Authorization": f"AWS4-HMAC-SHA256 {_CREDENTIAL}, SignedHeaders=host, Signature=0",
    "Content_Type": "application/x-www-form-urlencoded",
}
LIST = urlencode({"Action": "ListIdentities", "Version": "2010-12-01"})


def status_of(ses: LocalSes, method: str, path: str, body: str | None = None, **fields: str) -> int:
    """Return the status of an answer; `_` in a field's name stands for `-`."""
    with closing(http.client.HTTPConnection(urlsplit(ses.endpoint_url).netloc, timeout=20)) as connection:
        connection.putrequest(method, path, skip_host="Host" in fields)
        for name, value in fields.items():
            connection.putheader(name.replace("_", "-"), value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(None if body is None else body.encode())
        response = connection.getresponse()
        response.read()
        return response.status


def call(ses: LocalSes, **fields: str) -> int:
    return status_of(
        ses, "POST", "/", LIST, **{name.replace("-", "_"): value for name, value in SIGNED.items()}, **fields
    )


@pytest.fixture(scope="module")
def ses() -> Iterator[LocalSes]:
    with LocalSes(Options()) as ses:
        yield ses


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:80", "127.9.9.9", "[::1]:8", "ses.localhost"])
def test_a_loopback_host_is_answered(ses: LocalSes, host: str) -> None:
    assert call(ses, Host=host) == 200
    assert status_of(ses, "GET", "/", Host=host) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "10.0.0.1", "localhost.evil.example", "[2001:db8::1]", "a.localhostx"]
)
def test_another_host_is_refused(ses: LocalSes, host: str) -> None:
    for path in ("/", "/api/messages", "/static/style.css", "/messages/x"):
        assert status_of(ses, "GET", path, Host=host) == 403
    assert call(ses, Host=host) == 403


def test_our_own_page_may_post(ses: LocalSes) -> None:
    own = ses.endpoint_url
    assert status_of(ses, "POST", "/delete", "", Origin=own, Sec_Fetch_Site="same-origin") == 303
    assert status_of(ses, "POST", "/delete", "", Origin=own.replace("127.0.0.1", "localhost")) == 403
    assert status_of(ses, "POST", "/delete", "", Origin="null") == 403
    assert status_of(ses, "POST", "/delete", "", Sec_Fetch_Site="cross-site") == 403


def test_a_link_to_the_page_may_be_followed_and_nothing_else(ses: LocalSes) -> None:
    navigation = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert status_of(ses, "GET", "/", **navigation) == 200
    assert status_of(ses, "GET", "/", **{**navigation, "Sec_Fetch_Dest": "iframe"}) == 403
    assert status_of(ses, "POST", "/delete", "", **navigation) == 403
    query = urlencode({"Action": "DeleteIdentity", "X-Amz-Credential": "A/20261128/us-east-1/ses/aws4_request"})
    assert status_of(ses, "GET", f"/?{query}", **navigation) == 403


def test_remote_hosts_are_answered_where_that_is_allowed_and_other_origins_are_not() -> None:
    with LocalSes(Options(), allow_remote=True) as ses:
        assert call(ses, Host="ses.internal.example:8005") == 200
        assert status_of(ses, "GET", "/", Host="ses.internal.example") == 200
        assert call(ses, Host="ses.internal.example", Origin="http://evil.example") == 403


# What is posted


@contextmanager
def endpoint(answer: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """Give the address of an endpoint, and what it has received."""
    received: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(20)

        def serve() -> None:
            try:
                while True:
                    connection, _ = server.accept()
                    with closing(connection):
                        received.append(connection.recv(65_536))
                        answer(connection)
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/", received


def well(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def test_nothing_is_posted_to_other_machines(ses: LocalSes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    for url in (
        "http://webhook.example/",
        "http://192.0.2.1:9/",
        "http://127.0.0.1@192.0.2.1/",
        "http://localhost.x.example",
    ):
        before = time.monotonic()
        deliver(url, "{}", {})
        assert time.monotonic() - before < 1
        assert "it is on another machine (see --allow-remote)" in caplog.records[-1].getMessage()
    with endpoint(well) as (url, received):
        deliver(url, "{}", {})
    assert len(received) == 1


def test_a_redirect_is_not_followed(ses: LocalSes) -> None:
    def redirect(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 302 x\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")

    with endpoint(redirect) as (url, received):
        deliver(url, "{}", {})
    assert len(received) == 1


# The command


def test_an_address_that_others_reach_needs_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    for host in ("0.0.0.0:0", "[::]:0", "192.0.2.1:0"):
        assert main(["serve", "--listen", host]) == 2
        assert "--allow-remote" in capsys.readouterr().err


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--listen", f"127.0.0.1:{port}", "--smtp-port", "0"]) == 2
        told = capsys.readouterr().err
        assert f"cannot listen on 127.0.0.1:{port}: " in told
        assert "in use" in told
        assert main(["serve", "--listen", "127.0.0.1:0", "--smtp-port", str(port)]) == 2
        told = capsys.readouterr().err
        assert f"--smtp-port: cannot listen on port {port}: " in told
        assert "in use" in told


@contextmanager
def served(*options: str) -> Iterator[tuple[subprocess.Popen[str], str, tuple[str, int]]]:
    command = [sys.executable, "-m", "sesmime", "serve", "--listen", "127.0.0.1:0", "--smtp-port", "0", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        address = urlsplit(process.stderr.readline().split()[-1]).netloc
        host, _, port = process.stderr.readline().split()[-1].rpartition(":")
        process.stderr.readline()
        yield process, address, (host, int(port))
    finally:
        process.kill()
        process.wait(timeout=20)
        process.stderr.close()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_in_seconds_whoever_is_connected(number: signal.Signals) -> None:
    with served("--any-identity") as (process, address, smtp_address), ExitStack() as stack:
        live = stack.enter_context(closing(http.client.HTTPConnection(address, timeout=20)))
        live.request("GET", "/live")
        stream = live.getresponse()
        assert stream.status == 200
        waiting = stack.enter_context(closing(http.client.HTTPConnection(address, timeout=20)))
        waiting.request("GET", "/api/messages?wait=60&to=nobody")
        idle = stack.enter_context(closing(http.client.HTTPConnection(address, timeout=20)))
        idle.request("GET", "/api/messages")
        assert idle.getresponse().read()
        half = stack.enter_context(closing(socket.create_connection(address.split(":"), timeout=20)))  # type: ignore[arg-type]
        half.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf")
        smtp = stack.enter_context(closing(smtplib.SMTP(*smtp_address, timeout=20)))
        in_data = stack.enter_context(closing(smtplib.SMTP(*smtp_address, timeout=20)))
        in_data.ehlo()
        in_data.mail("a@b.example")
        in_data.rcpt("c@d.example")
        assert in_data.docmd("DATA")[0] == 354
        in_data.send(b"From: a@b.example\r\n")
        time.sleep(0.3)
        began = time.monotonic()
        process.send_signal(number)
        assert process.wait(timeout=20) == 0
        assert time.monotonic() - began < 8
        assert waiting.getresponse().status == 200
        assert stream.read() is not None
        assert smtp.getreply()[0] == 421
        assert in_data.getreply()[0] == 421
        assert process.stderr is not None
        told = process.stderr.read()
        assert "stopped; 0 messages in the inbox" in told
        assert "Traceback" not in told


@pytest.mark.slow
def test_a_second_signal_ends_it_at_once() -> None:
    def never(connection: socket.socket) -> None:
        time.sleep(30)

    with served("--any-identity") as (process, address, _), endpoint(never) as (url, received):
        ses = _Address(f"http://{address}")
        sns = client_of(ses, "sns")  # type: ignore[arg-type]
        topic = sns.create_topic(Name="t")["TopicArn"]
        v1 = client_of(ses, "ses")  # type: ignore[arg-type]
        v1.create_configuration_set(ConfigurationSet={"Name": "news"})
        destination = {
            "Name": "d",
            "Enabled": True,
            "MatchingEventTypes": ["send"],
            "SNSDestination": {"TopicARN": topic},
        }
        v1.create_configuration_set_event_destination(ConfigurationSetName="news", EventDestination=destination)
        threading.Thread(
            target=lambda: sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url), daemon=True
        ).start()
        message = b"From: a@b.example\r\nTo: c@d.example\r\n\r\n"
        time.sleep(0.5)
        v1.send_raw_email(RawMessage={"Data": message}, ConfigurationSetName="news")
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert process.poll() is None, "it waits for the endpoint"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=2) == -signal.SIGINT
        assert received


class _Address:
    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
