"""`sesmime relay`: the command in a process of its own, smtplib before it, moto's server or one of ours behind it."""

from __future__ import annotations

import signal
import smtplib
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiosmtpd")
pytest.importorskip("moto")

from tests.cli.relays import Held, Relay, holding
from tests.cli.running import Ran, run
from tests.relay.servers import LIFTED, MESSAGE, PATIENCE, REPEATED, TAGS
from tests.servers import Service, v1_error

pytestmark = [pytest.mark.edges, pytest.mark.usefixtures("credentials")]


@pytest.fixture
def held(service: Service) -> Iterator[type[Held]]:
    with holding(service) as handler:
        yield handler


class TestRunning:
    @pytest.mark.slow
    @pytest.mark.parametrize(("name", "shown"), [("ses", "ses.SendRawEmail"), ("sesv2", "sesv2.SendEmail.Raw")])
    def test_it_tells_where_it_listens_takes_a_message_and_ends_with_0(
        self, endpoint: str, sent: list[Any], name: str, shown: str
    ) -> None:
        with Relay("--endpoint-url", endpoint, "--interface", name) as relay:
            assert relay.first == f"listening on 127.0.0.1:{relay.port}, sending with {shown}\n"
            code, text = relay.deliver()
            (message,) = sent
            assert (code, text) == (250, f"Ok {message.id}")
            assert message.raw_data.encode() == LIFTED
            told = relay.line()
            assert told.startswith("127.0.0.1:")
            assert told.endswith(f" <joe@a.example> to 2 recipients, {len(MESSAGE)} octets: 250 Ok {message.id}\n")
            relay.signal(signal.SIGTERM)
            assert relay.end() == (0, "", "SIGTERM: finishing the messages in progress\n")

    @pytest.mark.slow
    def test_what_is_refused_is_told_with_the_rule(self, service: Service) -> None:
        with Relay("--endpoint-url", service.url) as relay:
            assert relay.deliver(REPEATED) == (554, "Transaction failed: Duplicate header 'Subject'.")
            assert relay.line().endswith(": 554 Transaction failed: Duplicate header 'Subject'. (SES101)\n")
            service.status, service.answer = 403, v1_error("ExpiredToken", "The token\x7f\u202e has expired")
            assert relay.deliver() == (451, "Temporary service failure")
            assert relay.line().endswith(
                ": 451 Temporary service failure (ExpiredToken: The token\\x7f\\u202e has expired)\n"
            )
        assert len(service.received) == 1

    @pytest.mark.slow
    def test_settings_are_for_messages_that_say_nothing(self, service: Service) -> None:
        options = ("--interface", "sesv2", "--configuration-set", "news", "--tag", "by=relay")
        with Relay("--endpoint-url", service.url, *options) as relay:
            assert [relay.deliver(message)[0] for message in (MESSAGE, LIFTED)] == [250, 250]
        said = [(one["ConfigurationSetName"], one["EmailTags"]) for one in service.received]
        assert said == [("shop", TAGS), ("news", [{"Name": "by", "Value": "relay"}])]

    @pytest.mark.slow
    def test_with_strip_they_are_for_all_and_the_check_is_as_strict_as_asked_for(self, service: Service) -> None:
        options = ("--strip", "--configuration-set", "news", "--no-fix", "--fail-level", "warning")
        alike = REPEATED.replace(b"Subject: Ho", b"Subject: Hi")
        with Relay("--endpoint-url", service.url, *options) as relay:
            # The third names a recipient to whom nobody sends, which is a warning.
            others = [relay.deliver(one)[0] for one in (alike, MESSAGE.replace(b"e@f.example", b"x@y.example"))]
            assert [relay.deliver()[0], *others] == [250, 554, 554]
        (request,) = service.received
        assert (request["ConfigurationSetName"], request["message"]) == ("news", LIFTED)
        assert "Tags.member.1.Name" not in request

    @pytest.mark.slow
    @pytest.mark.parametrize("how", ["option", "file"])
    def test_a_wrong_refusal_is_overruled(self, service: Service, tmp_path: Path, how: str) -> None:
        file = tmp_path / "settings.toml"
        file.write_text("[tool.sesmime.lint]\nignore = ['SES101']\n")
        options = ("--ignore", "SES101") if how == "option" else ("--config", str(file))
        with Relay("--endpoint-url", service.url) as relay:
            assert relay.deliver(REPEATED)[0] == 554
        assert service.received == []
        with Relay("--endpoint-url", service.url, *options) as relay:
            assert relay.deliver(REPEATED)[0] == 250
        assert len(service.received) == 1

    @pytest.mark.slow
    def test_it_may_be_told_to_listen_for_other_machines(self, service: Service) -> None:
        options = ("--listen", "0.0.0.0:0", "--allow-remote")
        relay = Relay("--endpoint-url", service.url, *options)
        try:
            assert relay.line().startswith("listening on 0.0.0.0:")
        finally:
            relay.signal(signal.SIGINT)
            assert relay.end() == (0, "", "SIGINT: finishing the messages in progress\n")


class TestStopping:
    @contextmanager
    def in_work(self, relay: Relay, held: type[Held]) -> Iterator[Any]:
        """Return the future of a message that the API is about to answer, after a signal that was told."""
        with ThreadPoolExecutor(1) as threads:
            delivery = threads.submit(relay.deliver)
            assert held.arrived.wait(PATIENCE)
            relay.signal(signal.SIGTERM)
            assert relay.line() == "SIGTERM: finishing the messages in progress\n"
            yield delivery

    @pytest.mark.slow
    def test_sigterm_finishes_what_is_in_work_and_takes_no_more(self, service: Service, held: type[Held]) -> None:
        with Relay("--endpoint-url", service.url) as relay, self.in_work(relay, held) as delivery:
            assert relay.process.poll() is None
            assert not delivery.done()
            held.opened.set()
            assert delivery.result(PATIENCE) == (250, "Ok 0100-1")
            code, out, err = relay.end()
            assert (code, out) == (0, "")
            assert err.endswith(": 250 Ok 0100-1\n")
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", relay.port), PATIENCE)
        assert len(service.received) == 1

    @pytest.mark.slow
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_second_signal_ends_it_at_once_and_the_client_keeps_its_message(
        self, service: Service, held: type[Held], number: signal.Signals
    ) -> None:
        with Relay("--endpoint-url", service.url) as relay, self.in_work(relay, held) as delivery:
            relay.signal(number)
            assert relay.end() == (-number, "", "")
            with pytest.raises(smtplib.SMTPServerDisconnected):
                delivery.result(PATIENCE)


class TestWrongUsage:
    @pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.0.2.1", "mail.example", "127.0.0.1.example"])
    def test_without_allow_remote_only_this_machine_reaches_it(self, host: str) -> None:
        told = (
            f"sesmime relay: --listen: other machines can reach '{host.strip('[]')}', and anybody there could send"
            " mail; give --users or --network, or add --allow-remote to let everybody in\n"
        )
        assert run("relay", "--listen", f"{host}:2525") == Ran(2, b"", told)

    @pytest.mark.parametrize(
        "place",
        ["", "2525", ":2525", "localhost", "localhost:", "::1:2525", "localhost:smtp", "localhost:65536", "a:-1"],
    )
    def test_a_place_that_is_no_host_and_port(self, place: str) -> None:
        told = f"sesmime relay: --listen: '{place}' is not HOST:PORT, such as 127.0.0.1:2525 or [::1]:2525\n"
        assert run("relay", f"--listen={place}") == Ran(2, b"", told)

    @pytest.mark.parametrize(
        ("argv", "told"),
        [
            (("--interface", "smtp"), "smtp cannot be used by the relay; use --interface ses or sesv2"),
            (("--interface", "ses.SendEmail"), "ses.SendEmail cannot be used by the relay; use --interface ses or"),
            (("--tag", "by"), "--tag: 'by' is not a message tag; write NAME=VALUE"),
            (("--tag", "a=1", "--tag", "a=2"), "--tag: a is given more than once"),
            (("--configuration-set", "my shop"), "--configuration-set: 'my shop' is not "),
            (("--fail-level", "fatal"), "--fail-level: invalid choice: 'fatal'"),
            (("--endpoint-url", "local"), "--endpoint-url: Invalid endpoint: local"),
            (("--profile", "nobody"), "The config profile (nobody) could not be found"),
            (("message.eml",), "unrecognized arguments: message.eml"),
        ],
    )
    def test_anything_else(self, argv: tuple[str, ...], told: str) -> None:
        ran = run("relay", *argv)
        assert (ran.code, ran.out) == (2, b"")
        assert ran.err.startswith(f"sesmime relay: {told}")
        assert ran.err.count("\n") == 1

    def test_no_credentials(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        told = "no credentials: give --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        assert run("relay", "--listen", "127.0.0.1:0") == Ran(2, b"", f"sesmime relay: {told}\n")

    def test_no_region(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        told = "sesmime relay: no region: give --region, or set AWS_DEFAULT_REGION\n"
        assert run("relay", "--listen", "127.0.0.1:0") == Ran(2, b"", told)

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_a_port_that_is_in_use(self, host: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            place = f"{host}:{other.getsockname()[1]}"
            ran = run("relay", "--listen", place)
        assert (ran.code, ran.out) == (2, b"")
        assert ran.err.startswith(f"sesmime relay: --listen: cannot listen on {place}: ")
        assert "in use" in ran.err
        assert ran.err.count("\n") == 1

    @pytest.mark.parametrize("module", ["aiosmtpd", "boto3"])
    def test_without_the_extra_one_sentence_has_the_command_that_helps(
        self, monkeypatch: pytest.MonkeyPatch, module: str
    ) -> None:
        monkeypatch.setitem(sys.modules, module, None)
        told = "sesmime relay: the relay needs aiosmtpd and boto3: pip install 'sesmime[relay]'\n"
        assert run("relay", "--listen", "127.0.0.1:0") == Ran(2, b"", told)

    def test_help_says_what_it_does_and_the_default(self) -> None:
        ran = run("relay", "--help")
        text = " ".join(ran.out.decode().split())
        assert ran.code == 0
        assert "127.0.0.1:2525" in text
        assert "anybody can send then" in text
