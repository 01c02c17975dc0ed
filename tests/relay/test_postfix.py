"""The recipe for Postfix, run: a Postfix in a folder, the relay with TLS and AUTH, the local SES behind it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("aiosmtpd")
pytest.importorskip("moto")

from sesmime.cli.topics import topic_text
from sesmime.local import LocalSes, Options
from sesmime.relay.passwords import hash_password
from tests.cli.relays import Relay
from tests.local.conftest import is_absent
from tests.relay.certificates import make_certificate
from tests.relay.servers import PATIENCE

pytestmark = [
    pytest.mark.edges,
    pytest.mark.programs,
    pytest.mark.slow,
    pytest.mark.usefixtures("credentials"),
]
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = host.shop.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtp_host_lookup = native
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
notify_classes =
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that Postfix's own user can enter."""
    made = Path(tempfile.mkdtemp(prefix="sesmime-postfix-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def recipe() -> str:
    """Return the first block of the topic that is for main.cf."""
    found = re.search(r"In `main\.cf`:\n\n```text\n(.+?)```", topic_text("relay"), re.DOTALL)
    assert found is not None
    return found[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port: int = reserved.getsockname()[1]
    return port


class Postfix:
    """A Postfix with a configuration, queue and log of its own."""

    def __init__(self, folder: Path, main: str) -> None:
        self.folder, self.port = folder, free_port()
        (folder / "data").mkdir()
        shutil.chown(folder / "data", "postfix")
        (folder / "queue").mkdir()
        (folder / "main.cf").write_text(MAIN.format(folder=folder) + main)
        (folder / "master.cf").write_text(MASTER.format(port=self.port))

    def __enter__(self) -> Postfix:
        self._postfix("start")
        return self

    def __exit__(self, *_: object) -> None:
        self._postfix("stop")

    def _postfix(self, word: str) -> None:
        done = subprocess.run(
            ["postfix", "-c", self.folder, word], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    @property
    def log(self) -> str:
        place = self.folder / "mail.log"
        return place.read_text() if place.exists() else ""

    def send(self, subject: str, recipient: str = "bob@b.example", more: str = "") -> None:
        text = f"From: ann@shop.example\r\nTo: {recipient}\r\nSubject: {subject}\r\n{more}\r\nHello\r\n"
        with smtplib.SMTP("127.0.0.1", self.port, timeout=PATIENCE) as connection:
            connection.sendmail("ann@shop.example", [recipient], text)

    def wait_for(self, pattern: str, count: int = 1) -> None:
        """Wait until the log has that."""
        end = time.monotonic() + 60
        while len(re.findall(pattern, self.log)) < count:
            assert time.monotonic() < end, self.log[-3_000:]
            time.sleep(0.1)


def test_postfix_sends_by_the_relay_with_tls_and_auth_and_keeps_what_is_put_off(folder: Path) -> None:
    if shutil.which("postfix") is None or not hasattr(os, "geteuid"):
        is_absent("Postfix is not installed")
    if os.geteuid() != 0:
        pytest.skip("Postfix starts as root only")
    certificate, key = make_certificate(folder)
    (folder / "users").write_text(f"shop:{hash_password('secret')}\n")
    options = ("--tls-certificate", str(certificate), "--tls-key", str(key), "--users", str(folder / "users"))
    with (
        LocalSes(Options(verified_identities=("shop.example",))) as ses,
        Relay("--endpoint-url", ses.endpoint_url, "--require-tls", *options) as relay,
    ):
        main = recipe().replace("2587", str(relay.port)).replace("/etc/sesmime/relay.pem", str(certificate))
        main = main.replace("/etc/postfix/relay-password", str(folder / "password"))
        (folder / "password").write_text(f"[localhost]:{relay.port} shop:secret\n")
        with Postfix(folder, main) as postfix:
            for number in range(5):
                postfix.send(f"number {number}")
            postfix.wait_for(r"status=sent \(250 Ok [0-9a-f-]+\)", 5)
            assert sorted(kept.subject for kept in ses.outbox) == [f"number {number}" for number in range(5)]
            assert {kept.recipients for kept in ses.outbox} == {("bob@b.example",)}
            # What is refused comes back, what is put off stays in Postfix's queue until it is taken.
            postfix.send("refused", more="Subject: again\r\n")
            postfix.wait_for(r"status=bounced .*554 Transaction failed: Duplicate header")
            relay.signal(signal.SIGTERM)
            relay.end()
            postfix.send("later")
            postfix.wait_for(r"status=deferred")
            with Relay("--endpoint-url", ses.endpoint_url, "--listen", f"127.0.0.1:{relay.port}", *options):
                postfix.wait_for(r"status=sent", 6)
            assert [kept.subject for kept in ses.outbox][5:] == ["later"]
