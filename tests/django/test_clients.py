"""The client of a process: kept between messages, made of the settings; the rate limit."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

pytest.importorskip("django")

import boto3
from botocore.config import Config
from django.conf import settings

from sesmime.boto.rates import RateLimit
from sesmime.django import clients
from sesmime.django.clients import kept_client
from sesmime.django.settings import read_options
from tests.django.sites import SERVICES, Site, Stubbed, written
from tests.servers import V1_SENT, V2_SENT, Service

pytestmark = pytest.mark.edges
if not settings.configured:
    settings.configure()


class Counting(ThreadingHTTPServer):
    """A server that keeps connections open, and counts them and the requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.connections: list[int] = []
        self.requests: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answering(BaseHTTPRequestHandler):
    """Answers as SES does."""

    protocol_version = "HTTP/1.1"
    server: Counting

    def setup(self) -> None:
        self.server.connections.append(1)
        super().setup()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(dict(self.headers.items()))
        answer = (V2_SENT if body.startswith(b"{") else V1_SENT).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log."""


@pytest.fixture
def counting() -> Iterator[Counting]:
    server = Counting()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def made(**given: Any) -> Any:
    return kept_client(read_options(given)).client


class TestKept:
    @SERVICES
    def test_one_connection_serves_many_messages(self, name: str, site: Site, counting: Counting) -> None:
        site.configure(interface=name, endpoint_url=counting.url)
        for _ in range(5):
            assert written().send() == 1
        assert len(counting.requests) == 5
        assert len(counting.connections) == 1

    def test_threads_share_the_client_and_keep_their_connections(self, site: Site, counting: Counting) -> None:
        site.configure(interface="sesv2", endpoint_url=counting.url)
        with ThreadPoolExecutor(16) as pool:
            assert list(pool.map(lambda _: written().send(), range(64))) == [1] * 64
        assert len(counting.requests) == 64
        assert len(counting.connections) <= 16

    def test_the_same_settings_are_the_same_client(self) -> None:
        first = made(interface="sesv2", region="eu-west-1", client={"config": {"retries": {"max_attempts": 1}}})
        assert made(interface="sesv2", region="eu-west-1", client={"config": {"retries": {"max_attempts": 1}}}) is first
        assert (
            made(interface="sesv2", region="eu-west-2", client={"config": {"retries": {"max_attempts": 1}}})
            is not first
        )
        assert made(interface="ses", region="eu-west-1") is not first

    def test_the_environment_belongs_to_the_settings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first = made()
        monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
        second = made(session={})
        assert first is not second
        assert second.meta.region_name == "ap-south-1"

    def test_hooks_of_the_default_session_hold(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session(region_name="eu-north-1"))
        assert made().meta.region_name == "eu-north-1"

    def test_no_more_than_some_are_kept(self) -> None:
        for number in range(40):
            made(region="eu-west-1", client={"config": {"read_timeout": 100 + number}})
        assert len(clients._KEPT) == 32

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
    @pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
    def test_a_child_process_begins_with_none_even_while_a_thread_makes_one(self) -> None:
        parent = made(region="eu-west-1")
        with clients._LOCK:  # as if another thread were making a client
            child = os.fork()
            if child == 0:
                is_new = made(region="eu-west-1") is not parent
                os._exit(0 if is_new else 1)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert made(region="eu-west-1") is parent


class TestMade:
    def test_session_profile_region_and_endpoint(self, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        config = tmp_path / "config"
        config.write_text("[profile shop]\nregion = eu-central-1\naws_access_key_id = x\naws_secret_access_key = y\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        assert made(profile="shop").meta.region_name == "eu-central-1"
        assert made(session={"profile_name": "shop"}).meta.region_name == "eu-central-1"
        assert made(session=boto3.Session(region_name="eu-west-3")).meta.region_name == "eu-west-3"
        client = made(region="eu-south-1", endpoint_url="http://127.0.0.1:1/", session={"region_name": "eu-west-1"})
        assert (client.meta.region_name, client.meta.endpoint_url) == ("eu-south-1", "http://127.0.0.1:1/")

    @pytest.mark.parametrize("config", [{"read_timeout": 7}, Config(read_timeout=7)])
    def test_a_config_may_be_a_dict_as_for_anymail(self, config: Any) -> None:
        found = made(client={"config": config}).meta.config
        assert (found.read_timeout, found.max_pool_connections) == (7, 50)

    @pytest.mark.parametrize(
        "role",
        [
            "arn:aws:iam::123456789012:role/mailer",
            {"RoleArn": "arn:aws:iam::123456789012:role/mailer", "ExternalId": "shop", "RoleSessionName": "shop"},
        ],
    )
    def test_a_role_is_assumed(
        self, role: Any, site: Site, endpoint: str, counting: Counting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", endpoint)
        site.configure(interface="sesv2", region="us-east-1", endpoint_url=counting.url, role=role)
        assert written().send() == 1
        (request,) = counting.requests
        # The credentials are those that moto's STS made up, not those of the environment.
        assert request["X-Amz-Security-Token"]
        assert os.environ["AWS_ACCESS_KEY_ID"] not in request["Authorization"]


class TestRate:
    def waits(self, rate: Any, *counts: tuple[float, int]) -> list[float]:
        """Return how long each waits: at a time on the clock, so many recipients."""
        now = [0.0]
        limit = RateLimit(rate, clock=lambda: now[0], sleep=lambda _: None)
        found = []
        for at, count in counts:
            now[0] = at
            found.append(round(limit.wait(count), 6))
        return found

    def test_a_second_s_worth_passes_at_once_and_then_the_rate_holds(self) -> None:
        assert self.waits(2.0, (0, 1), (0, 1), (0, 1), (0, 1), (5, 2), (5, 1)) == [0, 0, 0.5, 1.0, 0, 0.5]

    def test_in_no_second_more_pass_than_twice_the_rate_and_in_the_long_run_the_rate(self) -> None:
        waited = self.waits(10.0, *((0, 1) for _ in range(1000)))
        assert waited[:10] == [0] * 10
        assert waited[-1] == pytest.approx(99.0)

    def test_recipients_count_not_messages(self) -> None:
        assert self.waits(1.0, (0, 50), (0, 1)) == [0, 50.0]

    def test_a_rate_of_none_is_no_limit(self) -> None:
        assert self.waits(lambda: -1.0, (0, 50), (0, 50)) == [0, 0]

    def test_the_rate_of_the_account_is_asked_for_again_later(self) -> None:
        asked: list[int] = []

        def rate() -> float:
            asked.append(1)
            return 10.0 * len(asked)

        self.waits(rate, (0, 1), (1, 1), (899, 1), (901, 1), (902, 1))
        assert len(asked) == 2

    @SERVICES
    def test_the_account_says_how_fast(self, name: str, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        slept: list[float] = []
        monkeypatch.setattr("sesmime.boto.rates.time.sleep", slept.append)
        stubbed = Stubbed(name)
        quota = {"Max24HourSend": 200.0, "MaxSendRate": 2.0, "SentLast24Hours": 0.0}
        if name == "ses":
            stubbed.stubber.add_response("get_send_quota", quota)
        else:
            stubbed.stubber.add_response("get_account", {"SendQuota": quota})
        operation = "send_raw_email" if name == "ses" else "send_email"
        for _ in range(3):
            stubbed.stubber.add_response(operation, {"MessageId": "0100-1"})
        site.configure(client=stubbed.client, rate_limit="account")
        for _ in range(3):  # by a backend each
            assert written().send() == 1
        stubbed.check()
        assert slept == [pytest.approx(0.5, abs=0.4)]

    def test_threads_wait_for_one_another(self, site: Site, service: Service) -> None:
        site.configure(endpoint_url=service.url, rate_limit=1000)
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda _: written().send(), range(8))) == [1] * 8
        limit = kept_client(read_options({})).rate_limit
        assert limit is not None
        assert limit is kept_client(read_options({})).rate_limit


class TestTls:
    def test_many_messages_need_one_handshake(self, site: Site, counting: Counting, tmp_path: Any) -> None:
        x509 = pytest.importorskip("cryptography.x509")
        context, certificate = tls_context(x509, tmp_path)
        handshakes: list[str] = []
        plain = counting.get_request

        def shaken() -> Any:
            connection, address = plain()
            wrapped = context.wrap_socket(connection, server_side=True)
            handshakes.append(str(wrapped.version()))
            return wrapped, address

        counting.get_request = shaken  # type: ignore[method-assign]
        url = counting.url.replace("http://127.0.0.1", "https://localhost")
        site.configure(interface="sesv2", endpoint_url=url, client={"verify": str(certificate)})
        for _ in range(4):
            assert written().send() == 1
        assert (len(counting.requests), handshakes) == (4, ["TLSv1.3"])


def tls_context(x509: Any, folder: Any) -> Any:
    """Return a context for a server called localhost, and the file of the certificate that signs itself."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.KeyUsage(True, *(False,) * 4, True, *(False,) * 3), critical=True)  # it signs certificates
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(pem))
    secret.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    return context, certificate
