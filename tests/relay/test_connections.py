"""TLS, AUTH, networks, senders and recipients, over real connections; and how much a relay takes at once."""

from __future__ import annotations

import gc
import smtplib
import socket
import ssl
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiosmtpd")
pytest.importorskip("moto")

import ipaddress

from sesmime.relay import Handler
from sesmime.relay.access import Access, AddressPattern
from sesmime.relay.limits import Limits, Room
from sesmime.relay.passwords import Users, hash_password, parse_users
from sesmime.relay.tls import Tls
from tests.relay.certificates import make_certificate, trusting
from tests.relay.servers import LIFTED, PATIENCE, SENDER, TO, Plain, Server, client, deliver, running, transaction
from tests.servers import Service

pytestmark = pytest.mark.edges
USERS = parse_users(f"shop:{hash_password('secret')}")


def users() -> Users:
    return USERS


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    return make_certificate(tmp_path)


def encrypted(server: Server, context: ssl.SSLContext) -> smtplib.SMTP:
    """Connect, and encrypt by STARTTLS."""
    connection = server.connect()
    connection._host = "localhost"  # type: ignore[attr-defined]  # the name that the certificate is for
    connection.starttls(context=context)
    return connection


class TestTls:
    def test_starttls(self, service: Service, certificate: tuple[Path, Path]) -> None:
        tls = Tls.read(*certificate)
        with running(Handler(client("ses", service.url)), tls=tls) as server:
            with encrypted(server, trusting(certificate[0])) as connection:
                assert connection.sock.version() == "TLSv1.3"  # type: ignore[union-attr]
                assert transaction(connection, LIFTED)[0] == 250
                assert not connection.has_extn("starttls")
                assert not connection.has_extn("auth")  # there are no users
            assert deliver(server, LIFTED)[0] == 250  # who does not ask goes without
        assert len(service.received) == 2

    def test_implicit_tls(self, service: Service, certificate: tuple[Path, Path]) -> None:
        tls = Tls.read(*certificate, implicit=True)
        access = Access(users=users)
        with running(Handler(client("ses", service.url), access=access), tls=tls) as server:
            for _ in range(2):
                with smtplib.SMTP_SSL("localhost", server.port, context=trusting(certificate[0])) as connection:
                    connection.login("shop", "secret")
                    assert transaction(connection, LIFTED)[0] == 250
            with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as plain:
                plain.sendall(b"EHLO x\r\n")
                with suppress(ConnectionResetError):
                    assert b"250" not in plain.recv(1_000)
        assert len(service.received) == 2

    def test_with_require_tls_no_mail_is_taken_without(self, service: Service, certificate: tuple[Path, Path]) -> None:
        handler = Handler(client("ses", service.url), access=Access(require_tls=True))
        with running(handler, tls=Tls.read(*certificate)) as server:
            assert deliver(server, LIFTED) == (530, "5.7.0 Must issue a STARTTLS command first")
            with encrypted(server, trusting(certificate[0])) as connection:
                assert transaction(connection, LIFTED)[0] == 250
        assert len(service.received) == 1

    def test_a_renewed_certificate_is_for_those_who_connect_later(
        self, service: Service, certificate: tuple[Path, Path], tmp_path: Path
    ) -> None:
        old = trusting(certificate[0])
        tls = Tls.read(*certificate)
        with running(Handler(client("ses", service.url)), tls=tls) as server:
            with encrypted(server, old):
                pass
            make_certificate(tmp_path)
            new = trusting(certificate[0])
            tls.reload()
            with encrypted(server, new) as connection:
                assert transaction(connection, LIFTED)[0] == 250
            connection = server.connect()
            connection._host = "localhost"  # type: ignore[attr-defined]
            with pytest.raises(ssl.SSLCertVerificationError):
                connection.starttls(context=old)
            connection.close()
            # What does not fit takes no effect.
            certificate[1].write_text("no key")
            with pytest.raises(OSError, match=r"."):
                tls.reload()
            with encrypted(server, new) as connection:
                assert transaction(connection, LIFTED)[0] == 250

    def test_what_is_sent_before_the_handshake_does_not_count_after_it(
        self, service: Service, certificate: tuple[Path, Path]
    ) -> None:
        # CVE-2011-0411: a command that is smuggled in before TLS must not be taken for one under it.
        with running(Handler(client("ses", service.url)), tls=Tls.read(*certificate)) as server:
            plain = Plain(server)
            assert plain.ask(b"EHLO x") == 250
            plain.send(b"STARTTLS\r\nRSET\r\n")
            assert plain.reply() == 220
            context = trusting(certificate[0])
            with context.wrap_socket(plain.socket, server_hostname="localhost") as wrapped:
                wrapped.sendall(b"NOOP\r\n")
                assert wrapped.recv(100) == b"250 OK\r\n"
                wrapped.settimeout(0.3)
                with pytest.raises(TimeoutError):
                    wrapped.recv(100)
            plain.close()


class TestAuth:
    @pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "plain"])
    def test_who_has_logged_in_may_send(
        self, service: Service, certificate: tuple[Path, Path], mechanism: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO", "sesmime.relay")
        handler = Handler(client("ses", service.url), access=Access(users=users))
        with running(handler, tls=Tls.read(*certificate)) as server:
            with encrypted(server, trusting(certificate[0])) as connection:
                connection.ehlo()
                assert connection.esmtp_features["auth"].split() == ["PLAIN", "LOGIN"]
                assert transaction(connection, LIFTED) == (530, "5.7.0 Authentication required")
                connection.user, connection.password = "shop", "secret"
                answer = connection.auth(mechanism, getattr(connection, f"auth_{mechanism.lower()}"))
                assert answer[0] == 235
                assert transaction(connection, LIFTED)[0] == 250
            assert deliver(server, LIFTED)[0] == 530
        assert len(service.received) == 1
        assert "shop" in [one.user for record in caplog.records if (one := vars(record).get("told"))]
        assert "secret" not in caplog.text

    def test_without_tls_no_password_is_asked_for(self, service: Service, certificate: tuple[Path, Path]) -> None:
        handler = Handler(client("ses", service.url), access=Access(users=users))
        with running(handler, tls=Tls.read(*certificate)) as server, server.connect() as connection:
            connection.ehlo()
            assert not connection.has_extn("auth")
            assert connection.docmd("AUTH", "PLAIN AHNob3AAc2VjcmV0")[0] == 538
        handler = Handler(client("ses", service.url), access=Access(users=users, plain_auth=True))
        with running(handler) as server, server.connect() as connection:
            connection.login("shop", "secret")
            assert transaction(connection, LIFTED)[0] == 250

    def test_a_login_ends_with_starttls(self, service: Service, certificate: tuple[Path, Path]) -> None:
        handler = Handler(client("ses", service.url), access=Access(users=users, plain_auth=True))
        with running(handler, tls=Tls.read(*certificate)) as server, server.connect() as connection:
            connection._host = "localhost"  # type: ignore[attr-defined]
            connection.login("shop", "secret")
            connection.starttls(context=trusting(certificate[0]))
            assert transaction(connection, LIFTED)[0] == 530

    def test_after_three_wrong_passwords_the_connection_ends(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ) -> None:
        handler = Handler(client("ses", service.url), access=Access(users=users, plain_auth=True))
        with running(handler) as server:
            plain = Plain(server)
            assert plain.ask(b"EHLO x") == 250
            wrong = b"AUTH PLAIN AHNob3AAd3Jvbmc="
            assert [plain.ask(wrong) for _ in range(3)] == [535, 535, 421]
            assert plain.reply() == 0
            plain.close()
            plain = Plain(server)
            assert [plain.ask(one) for one in (b"EHLO x", b"AUTH PLAIN !", b"AUTH", b"AUTH CRAM-MD5")] == [
                250,
                501,
                501,
                504,
            ]
            plain.close()
        assert len([record for record in caplog.records if "AUTH of shop: 535" in record.getMessage()]) == 3
        assert "wrong" not in caplog.text.replace("wrong passwords", "")


class TestAccess:
    def test_clients_of_no_network_are_refused_at_once(self, service: Service) -> None:
        for text, code in (("127.0.0.0/8", 220), ("10.0.0.0/8", 554)):
            access = Access(networks=(ipaddress.ip_network(text),))
            with running(Handler(client("ses", service.url), access=access)) as server:
                if code == 220:
                    assert deliver(server, LIFTED)[0] == 250
                else:
                    with pytest.raises(smtplib.SMTPConnectError, match="access denied"):
                        server.connect()

    def test_senders_and_recipients(self, service: Service) -> None:
        access = Access(
            senders=(AddressPattern("@a.example"),), recipients=(AddressPattern(TO), AddressPattern("@*.ok.example"))
        )
        with running(Handler(client("ses", service.url), access=access)) as server:
            assert deliver(server, LIFTED, SENDER, TO)[0] == 250
            assert deliver(server, LIFTED, SENDER, "x@y.ok.example")[0] == 250
            assert deliver(server, LIFTED, "eve@b.example", TO)[0] == 550
            assert deliver(server, LIFTED, SENDER, "other@d.example")[0] == 550
            # What the recipient sees counts as well, in each From and in each of its addresses.
            for told in (b"eve@b.example", b"joe@a.example, eve@b.example", b"joe@a.example <eve@b.example>", b"eve"):
                code, text = deliver(server, LIFTED.replace(b"Joe <joe@a.example>", told), SENDER, TO)
                assert (code, text[:5]) == (550, "5.7.1"), told
            assert deliver(server, b"From: eve@b.example\r\n" + LIFTED, SENDER, TO)[0] == 550
        assert len(service.received) == 2


class TestLimits:
    def test_connections_beyond_the_bounds_are_told_to_come_back(self, service: Service) -> None:
        room = Room(Limits(connections=3, connections_per_client=2))
        with running(Handler(client("ses", service.url)), room=room) as server:
            first, second = server.connect(), server.connect()
            with pytest.raises(smtplib.SMTPConnectError, match=r"421.*from your host"):
                server.connect()
            assert room.connections == 2
            first.quit()
            first.close()
            wait_for(lambda: room.connections == 1)
            with server.connect() as third:
                assert transaction(third, LIFTED)[0] == 250
            second.close()
            wait_for(lambda: room.connections == 0)
        assert room.enter("1.2.3.4") is None
        assert [room.enter(host) for host in ("1.2.3.4", "1.2.3.5")] == [None, None]
        assert room.enter("1.2.3.6") == "421 4.7.0 Too many connections, try again later"

    def test_messages_beyond_the_memory_are_put_off_and_what_was_held_is_let_go(self, service: Service) -> None:
        room = Room(Limits(octets=300_000))
        big = LIFTED + b"x" * 70 + b"\r\n"
        big += (b"y" * 70 + b"\r\n") * 3_000
        with running(Handler(client("ses", service.url)), room=room) as server:
            holding = Plain(server)
            holding.begin()
            holding.send(big)
            wait_for(lambda: room.octets > 100_000)
            code, text = deliver(server, big, SENDER, TO)
            assert (code, text[:5]) == (452, "4.3.1")
            assert deliver(server, LIFTED, SENDER, TO)[0] == 250
            holding.send(b".\r\n")
            assert holding.reply() == 250
            assert deliver(server, big, SENDER, TO)[0] == 250
            holding.begin()
            holding.send(big)
            holding.close()
            wait_for(lambda: room.octets == 0)
        assert len(service.received) == 3

    def test_a_message_may_be_bounded_below_what_the_api_takes(self, service: Service) -> None:
        with running(Handler(client("ses", service.url), max_size=1_000)) as server, server.connect() as connection:
            connection.ehlo()
            assert connection.esmtp_features["size"] == "1000"
            assert transaction(connection, LIFTED)[0] == 250
            assert connection.docmd("MAIL FROM:<joe@a.example> SIZE=1001")[0] == 552
            assert transaction(connection, LIFTED + b"x" * 1_000)[0] == 552
            assert transaction(connection, LIFTED)[0] == 250
        assert Handler(client("ses", service.url), max_size=1 << 40).max_size == 10 << 20

    def test_a_connection_that_has_ended_leaves_nothing_for_the_collector(
        self, service: Service, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from sesmime.relay import server as module

        alive: weakref.WeakSet[Any] = weakref.WeakSet()
        made = module.smtp_class

        def watched() -> Any:
            class Watched(made()):  # type: ignore[misc]
                def __init__(self, *arguments: Any, **options: Any) -> None:
                    super().__init__(*arguments, **options)
                    alive.add(self)

            return Watched

        monkeypatch.setattr(module, "smtp_class", watched)
        handler = Handler(client("ses", service.url), access=Access(users=users, plain_auth=True))
        # pytest keeps records of the log, and they what has failed.
        monkeypatch.setattr("sesmime.relay.handler.LOGGER.disabled", True)
        gc.collect()
        gc.disable()
        try:
            with running(handler, tls=Tls.read(*certificate)) as server:
                for end in (b"", b"QUIT\r\n", b"EHLO x\r\n", b"x" * 200_000):
                    plain = Plain(server)
                    plain.send(end)
                    plain.close()
                cut = Plain(server)
                assert cut.ask(b"EHLO x") == 250
                assert cut.ask(b"AUTH PLAIN AHNob3AAc2VjcmV0") == 235
                cut.begin()
                cut.send(b"y" * 300_000)
                cut.close()
                with server.connect() as connection:
                    connection.login("shop", "secret")
                    assert transaction(connection, LIFTED)[0] == 250
                wait_for(lambda: not alive)
                with encrypted(server, trusting(certificate[0])) as connection:
                    connection.login("shop", "secret")
                    assert transaction(connection, LIFTED)[0] == 250
                wait_for(lambda: not alive)
        finally:
            gc.enable()


def wait_for(happens: Any) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < end, "it has not come to that"
        time.sleep(0.01)
