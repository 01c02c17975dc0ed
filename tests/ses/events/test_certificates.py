"""Certificates kept in memory, and fetched over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError, URLError

import pytest

from sesmime.events import CertificateCache
from sesmime.ses.events.certificates import MAX_CERTIFICATE, download

URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-{}.pem"


class Counted:
    """Fetches from nowhere and counts."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if url.endswith("absent"):
            raise OSError("no such host")
        return url.encode()


class TestCache:
    def test_a_certificate_is_fetched_once(self) -> None:
        fetch = Counted()
        cache = CertificateCache(fetch)
        assert [cache("a"), cache("b"), cache("a"), cache("b")] == [b"a", b"b", b"a", b"b"]
        assert fetch.asked == ["a", "b"]

    def test_the_one_used_longest_ago_is_let_go_of(self) -> None:
        fetch = Counted()
        cache = CertificateCache(fetch, max_certificates=2)
        for url in ("a", "b", "a", "c", "a", "b"):
            cache(url)
        assert fetch.asked == ["a", "b", "c", "b"]
        for number in range(1000):
            cache(str(number))
        assert len(cache._kept) == 2

    def test_it_is_fetched_again_when_its_time_is_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [1000.0]
        monkeypatch.setattr("time.monotonic", lambda: now[0])
        fetch = Counted()
        cache = CertificateCache(fetch, max_age=timedelta(minutes=1))
        for moment in (1000.0, 1059.9, 1060.0, 1060.1, 1119.9, 1120.0):
            now[0] = moment
            cache("a")
        assert len(fetch.asked) == 3

    def test_what_cannot_be_fetched_is_not_kept(self) -> None:
        fetch = Counted()
        cache = CertificateCache(fetch)
        for _ in range(2):
            with pytest.raises(OSError, match="no such host"):
                cache("absent")
        assert len(fetch.asked) == 2

    def test_what_is_forgotten_is_fetched_again(self) -> None:
        fetch = Counted()
        cache = CertificateCache(fetch)
        cache("a")
        cache.forget("a")
        cache.forget("b")
        cache("a")
        assert fetch.asked == ["a", "a"]

    def test_many_threads_get_what_they_ask_for(self) -> None:
        cache = CertificateCache(Counted(), max_certificates=3)
        urls = [str(number % 7) for number in range(4000)]
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(cache, urls)) == [url.encode() for url in urls]
        assert len(cache._kept) <= 3


class Handler(BaseHTTPRequestHandler):
    """Answers by the path."""

    def do_GET(self) -> None:
        name = self.path.strip("/")
        body = b"x" * int(name) if name.isdigit() and int(name) > 999 else b"certificate"
        status = int(name) if name.isdigit() and int(name) < 999 else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/1000")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


class TestDownload:
    def test_an_answer_is_given(self, origin: str) -> None:
        assert download(f"{origin}/a.pem") == b"certificate"

    def test_an_answer_is_bound(self, origin: str) -> None:
        assert len(download(f"{origin}/{MAX_CERTIFICATE}")) == MAX_CERTIFICATE
        with pytest.raises(OSError, match="more than 65,536 octets"):
            download(f"{origin}/{MAX_CERTIFICATE + 1}")

    @pytest.mark.parametrize("code", [302, 403, 404, 500])
    def test_no_redirect_is_followed_and_an_error_is_one(self, origin: str, code: int) -> None:
        with pytest.raises(HTTPError) as caught:
            download(f"{origin}/{code}")
        with caught.value as error:
            assert error.code == code

    @pytest.mark.parametrize("url", ["file:///etc/hosts", "ftp://127.0.0.1/a", "data:,a"])
    def test_only_http_is_opened(self, url: str) -> None:
        with pytest.raises(URLError, match="unknown url type"):
            download(url)

    def test_a_server_that_is_not_there_is_an_error_of_the_system(self) -> None:
        with pytest.raises(OSError, match="refused"):
            download("http://127.0.0.1:1/a.pem")
