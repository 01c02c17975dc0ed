"""`sesmime relay` as it is run for others: the environment, the log, /healthz and metrics, users, SIGHUP, memory."""

from __future__ import annotations

import json
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip("aiosmtpd")
pytest.importorskip("moto")
pytest.importorskip("prometheus_client")

from prometheus_client.parser import text_string_to_metric_families

from sesmime.cli.__main__ import command_parser
from sesmime.cli.commands import relay as command
from sesmime.cli.environment import environment_options
from sesmime.cli.files import CommandError
from sesmime.relay.passwords import parse_users
from tests.cli.relays import Relay, read
from tests.cli.running import Ran, run
from tests.relay.certificates import make_certificate, trusting
from tests.relay.servers import LIFTED, MESSAGE, PATIENCE, REPEATED, SENDER, TO, transaction
from tests.servers import Service, v1_error

pytestmark = [pytest.mark.edges, pytest.mark.usefixtures("credentials")]


class TestEnvironment:
    def test_each_option_has_a_variable(self) -> None:
        options = environment_options(command_parser("relay", command), prefix=command.PREFIX, but=("hash_password",))
        assert {"SESMIME_RELAY_LISTEN", "SESMIME_RELAY_MAX_CONNECTIONS", "SESMIME_RELAY_VERIFIED_IDENTITY"} <= set(
            options
        )
        assert "SESMIME_RELAY_HASH_PASSWORD" not in options

    def test_values_lists_and_flags(self) -> None:
        arguments = read(
            ["--redact", "--workers", "3"],
            {
                "SESMIME_RELAY_LISTEN": "127.0.0.1:26",
                "SESMIME_RELAY_WORKERS": "9",
                "SESMIME_RELAY_NETWORK": "10.0.0.0/8, 192.0.2.0/24",
                "SESMIME_RELAY_SENDER": "@a.example @b.example",
                "SESMIME_RELAY_IGNORE": "SES101,SES3",
                "SESMIME_RELAY_REQUIRE_TLS": "Yes",
                "SESMIME_RELAY_STRIP": "0",
                "SESMIME_RELAY_REDACT": "0",
                "SESMIME_RELAY_MAX_MESSAGE_SIZE": "5M",
                "SESMIME_RELAY_LOG_FORMAT": "json",
                "SESMIME_RELAY_TAG": "by=relay",
                "SESMIME_RELAY_USERS": "",
            },
        )
        assert (arguments.listen, arguments.workers, arguments.log_format) == ("127.0.0.1:26", 3, "json")
        assert [str(one) for one in arguments.network] == ["10.0.0.0/8", "192.0.2.0/24"]
        assert [one.text for one in arguments.sender] == ["@a.example", "@b.example"]
        assert (tuple(arguments.ignore), arguments.users) == (("SES101", "SES3"), None)
        assert (arguments.require_tls, arguments.strip, arguments.redact) == (True, False, True)
        assert (arguments.max_message_size, arguments.message_tags[0].name) == (5 << 20, "by")

    def test_what_excludes_each_other_is_not_read_beside_it(self) -> None:
        assert read(["--isolated"], {"SESMIME_RELAY_CONFIG": "x.toml"}).config is None
        assert read([], {"SESMIME_RELAY_CONFIG": "x.toml"}).config == "x.toml"

    def test_the_option_given_replaces_a_list_of_the_environment(self) -> None:
        arguments = read(["--network", "10.0.0.0/8"], {"SESMIME_RELAY_NETWORK": "192.0.2.0/24"})
        assert [str(one) for one in arguments.network] == ["10.0.0.0/8"]

    @pytest.mark.parametrize(
        ("name", "value", "told"),
        [
            ("WORKERS", "many", "'many' is not a number from 1 on"),
            ("WORKERS", "0", "'0' is not a number from 1 on"),
            ("STRIP", "maybe", "'maybe' is neither true nor false"),
            ("NETWORK", "10.0.0.0/8,home", "'home' is not a network"),
            (
                "NETWORK",
                "10.0.0.1/8",
                "'10.0.0.1/8' is not a network, such as 10.0.0.0/8: 10.0.0.1/8 has host bits set",
            ),
            ("LOG_FORMAT", "xml", "'xml' is none of text, json"),
            ("RATE", "-1", "'-1' is not recipients a second"),
            ("MAX_MEMORY", "1T", "'1T' is not a size"),
            ("SENDER", "shop.example", "'shop.example' is not a pattern of addresses"),
            ("INTERFACE", "fax", "'fax' is not "),
        ],
    )
    def test_a_wrong_value_is_told_with_its_variable(self, name: str, value: str, told: str) -> None:
        with pytest.raises(CommandError, match=f"^SESMIME_RELAY_{name}: ") as caught:
            read([], {f"SESMIME_RELAY_{name}": value})
        assert told in str(caught.value)

    @pytest.mark.slow
    def test_the_command_reads_them(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SESMIME_RELAY_ENDPOINT_URL", service.url)
        monkeypatch.setenv("SESMIME_RELAY_RECIPIENT", TO)
        with Relay() as relay:
            assert relay.deliver()[0] == 550
            with relay.connect() as connection:
                assert transaction(connection, LIFTED, SENDER, TO)[0] == 250
        monkeypatch.setenv("SESMIME_RELAY_WORKERS", "0")
        assert run("relay") == Ran(2, b"", "sesmime relay: SESMIME_RELAY_WORKERS: '0' is not a number from 1 on\n")


class TestWatching:
    @pytest.mark.slow
    def test_the_log_is_one_json_object_a_line(self, service: Service) -> None:
        message = LIFTED.replace(b"\r\n\r\n", b"\r\nMessage-ID:\r\n <1@a.example>\r\n\r\nsecret body ", 1)
        with Relay("--endpoint-url", service.url, "--log-format", "json", listening="json") as relay:
            assert json.loads(relay.first)["text"].startswith("listening on 127.0.0.1:")
            assert relay.deliver(message)[0] == 250
            told = json.loads(line := relay.line())
            assert told.pop("time").endswith("Z")
            assert told.pop("client").startswith("127.0.0.1:")
            assert 0 < told.pop("seconds") < PATIENCE
            assert told == {
                "level": "info",
                "event": "message",
                "sender": SENDER,
                "recipients": 2,
                "to": [TO, "e@f.example"],
                "message_id": "<1@a.example>",
                "ses_message_ids": ["0100-1"],
                "size": len(message),
                "outcome": "sent",
                "reply": "250 Ok 0100-1",
            }
            assert "secret" not in line
            assert relay.deliver(REPEATED)[0] == 554
            told = json.loads(relay.line())
            assert (told["outcome"], told["codes"], told["level"]) == ("refused", ["SES101"], "warning")
            relay.signal(signal.SIGTERM)
            assert json.loads(relay.line())["text"] == "SIGTERM: finishing the messages in progress"

    @pytest.mark.slow
    def test_with_redact_no_local_part_is_told(self, service: Service) -> None:
        service.status, service.answer = 400, v1_error("MessageRejected", "joe@a.example is not verified")
        for form in ("text", "json"):
            with Relay("--endpoint-url", service.url, "--redact", "--log-format", form, listening=form) as relay:
                relay.deliver(MESSAGE)
                line = relay.line()
                assert "***@a.example" in line
                assert not any(one in line for one in ("joe@", "c@", "e@f"))

    @pytest.mark.slow
    def test_healthz_and_metrics(self, service: Service) -> None:
        with Relay("--endpoint-url", service.url, "--http", "127.0.0.1:0") as relay:
            url = relay.line().split()[2].removesuffix("/healthz")
            health = json.loads(urllib.request.urlopen(f"{url}/healthz").read())
            assert health == {
                "accepting": True,
                "workers": 32,
                "workers_busy": 0,
                "messages_in_work": 0,
                "connections": 0,
            }
            assert relay.deliver(MESSAGE)[0] == 250
            assert relay.deliver(REPEATED)[0] == 554
            service.status, service.answer = 400, v1_error("Throttling", "Maximum sending rate exceeded.")
            assert relay.deliver(MESSAGE)[0] == 454
            with relay.connect():
                text = urllib.request.urlopen(f"{url}/metrics").read().decode()
            values = {
                (sample.name, *sample.labels.values()): sample.value
                for family in text_string_to_metric_families(text)
                for sample in family.samples
            }
            found = {
                name: values[(f"sesmime_relay_{name[0]}", *name[1:])]
                for name in (
                    ("messages_total", "sent"),
                    ("messages_total", "refused"),
                    ("messages_total", "put_off"),
                    ("api_calls_total", "sent"),
                    ("api_calls_total", "put_off"),
                    ("throttled_total",),
                    ("refused_total", "554"),
                    ("refused_total", "454"),
                    ("connections_total",),
                    ("open_connections",),
                    ("api_seconds_count",),
                    ("workers",),
                )
            }
            assert list(found.values()) == [1, 1, 1, 1, 3, 3, 1, 1, 4, 1, 4, 32]
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(f"{url}/")

    def test_an_address_that_cannot_be_had(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            place = f"127.0.0.1:{other.getsockname()[1]}"
            ran = run("relay", "--listen", "127.0.0.1:0", "--http", place)
        assert ran.code == 2
        assert ran.err.startswith(f"sesmime relay: --http: cannot listen on {place}: ")


class TestAccess:
    @pytest.mark.slow
    @pytest.mark.parametrize("processes", ["1", "2"])
    def test_users_and_a_certificate_read_again_at_sighup(
        self, service: Service, tmp_path: Path, processes: str
    ) -> None:
        certificate, key = make_certificate(tmp_path)
        done = subprocess.run(
            [sys.executable, "-m", "sesmime", "relay", "--hash-password", "shop"],
            input="secret\n",
            capture_output=True,
            text=True,
            check=True,
        )
        users = tmp_path / "users"
        users.write_text(done.stdout)
        assert parse_users(done.stdout).has(b"shop", b"secret")
        options = ("--tls-certificate", str(certificate), "--tls-key", str(key), "--users", str(users), "--require-tls")
        more = ("--processes", processes)
        with Relay("--endpoint-url", service.url, *options, *more, patience=3 * PATIENCE) as relay:
            self.log_in(relay, certificate, "secret")
            make_certificate(tmp_path)
            users.write_text(run("relay", "--hash-password", "shop", stdin=b"new\n").out.decode())
            relay.signal(signal.SIGHUP)
            while "SIGHUP" not in (line := relay.line()):
                pass
            assert line == "SIGHUP: the certificate and the users are read again\n"
            self.log_in(relay, certificate, "new")
            with pytest.raises(smtplib.SMTPAuthenticationError):
                self.log_in(relay, certificate, "secret")
            users.write_text("nothing")
            relay.signal(signal.SIGHUP)
            while "SIGHUP" not in (line := relay.line()):
                pass
            assert line.startswith("SIGHUP: all is as it was: --users: ")
            self.log_in(relay, certificate, "new")
        assert len(service.received) == 3

    def log_in(self, relay: Relay, certificate: Path, password: str) -> None:
        with relay.connect() as connection:
            connection._host = "localhost"  # type: ignore[attr-defined]
            connection.starttls(context=trusting(certificate))
            connection.login("shop", password)
            assert transaction(connection, LIFTED)[0] == 250

    @pytest.mark.parametrize(
        ("argv", "told"),
        [
            (["--tls-key", "k"], "--tls-key needs --tls-certificate"),
            (["--require-tls"], "--require-tls needs --tls-certificate"),
            (["--tls", "implicit"], "--tls needs --tls-certificate"),
            (["--tls-certificate", "absent"], "--tls-certificate: cannot use 'absent': No such file"),
            (["--users", "absent"], "--users: cannot use 'absent': No such file"),
            (["--listen", "0.0.0.0:0", "--users", "USERS"], "--users needs --tls-certificate, or --allow-plain-auth"),
            (["--users", "/dev/null"], "--users: '/dev/null': it has no user"),
            (["--network", "x"], "--network: 'x' is not a network"),
        ],
    )
    def test_what_does_not_fit_is_told(self, argv: list[str], told: str, tmp_path: Path) -> None:
        users = tmp_path / "users"
        users.write_text("shop:$pbkdf2-sha256$1$YQ$YQ\n")
        ran = run("relay", *(str(users) if one == "USERS" else one for one in argv))
        assert (ran.code, ran.err.startswith(f"sesmime relay: {told}")) == (2, True), ran.err

    def test_a_password_is_read_and_its_line_written(self) -> None:
        ran = run("relay", "--hash-password", stdin="pä\n".encode())
        assert ran.code == 0
        assert parse_users(ran.out.decode()).has(b"NAME", "pä".encode())
        assert run("relay", "--hash-password", stdin=b"\n").code == 2
        assert run("relay", "--hash-password", "a:b", stdin=b"x\n").code == 2

    @pytest.mark.slow
    def test_ignore_overrules_a_refusal(self, service: Service) -> None:
        with Relay("--endpoint-url", service.url, "--ignore", "SES101") as relay:
            assert relay.deliver(REPEATED)[0] == 250
        with Relay("--endpoint-url", service.url, "--select", "SES2") as relay:
            assert relay.deliver(REPEATED)[0] == 250
        assert len(service.received) == 2


class TestMemory:
    @pytest.mark.slow
    @pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc")
    @pytest.mark.parametrize(
        "start", [b"", b"EHLO x\r\nMAIL FROM:<joe@a.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"]
    )
    def test_lines_without_an_end_leave_nothing(self, service: Service, start: bytes) -> None:
        with Relay("--endpoint-url", service.url, "--max-memory", "64M") as relay:
            sizes = [self.resident(relay.process.pid)]
            for _ in range(5):
                connections = [socket.create_connection(("127.0.0.1", relay.port), PATIENCE) for _ in range(30)]
                for one in connections:
                    one.sendall(start + b"x" * 3_600_000)
                sizes.append(self.resident(relay.process.pid))
                for one in connections:
                    one.close()
                time.sleep(0.2)
                assert relay.deliver(MESSAGE)[0] == 250
        # 108 MB came in each round; a line that is no message is not kept, one that is up to --max-memory.
        assert max(sizes) < sizes[0] + 64 + 50, sizes
        assert sizes[-1] < sizes[1] + 30, sizes

    def resident(self, pid: int) -> int:
        """Return the memory of a process in MB."""
        line = next(one for one in Path("/proc", str(pid), "status").read_text().splitlines() if "VmRSS" in one)
        return int(line.split()[1]) // 1024
