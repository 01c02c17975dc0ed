"""`sesmime send`: what it sends, tells and answers; boto3 is the real one, SES a server on 127.0.0.1."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Ran, run
from tests.servers import Service, v1_error

pytestmark = pytest.mark.usefixtures("credentials")

MESSAGE = b"From: a@b.example\r\nTo: c@d.example\r\nBcc: e@f.example\r\nX-SES-CONFIGURATION-SET: shop\r\n\r\nHi\r\n"
LIFTED = b"From: a@b.example\r\nTo: c@d.example\r\n\r\nHi\r\n"
REPEATED = b"Subject: one\r\nSubject: two\r\n" + LIFTED
REPEATED_ALIKE = b"Subject: one\r\nSubject: one\r\n" + LIFTED


def send(service: Service, *argv: object, stdin: bytes = MESSAGE) -> Ran:
    return run("send", "--endpoint-url", service.url, *argv, stdin=stdin)


class TestSent:
    def test_the_prepared_message_is_sent_and_its_identifier_written(self, service: Service) -> None:
        ran = send(service)
        assert (ran.code, ran.out) == (0, b"0100-1\n")
        (request,) = service.received
        assert request["Action"] == "SendRawEmail"
        assert request["message"] == LIFTED
        assert request["ConfigurationSetName"] == "shop"
        assert [request[f"Destinations.member.{number}"] for number in (1, 2)] == ["c@d.example", "e@f.example"]
        assert ran.err.startswith("prepared for ses.SendRawEmail\n")
        assert "c@d.example, e@f.example (Bcc)" in ran.err

    def test_the_api_v2_sends_too(self, service: Service) -> None:
        ran = send(service, "--interface", "sesv2", "--tag", "a=1", "-q")
        assert ran == Ran(0, b"0100-2\n", "")
        (request,) = service.received
        assert request["message"] == LIFTED
        assert request["EmailTags"] == [{"Name": "a", "Value": "1"}]
        assert request["Destination"] == {"ToAddresses": ["c@d.example"], "BccAddresses": ["e@f.example"]}

    def test_a_file_is_sent(self, service: Service, tmp_path: Path) -> None:
        file = tmp_path / "message.eml"
        file.write_bytes(MESSAGE)
        assert send(service, "-q", file) == Ran(0, b"0100-1\n", "")
        assert service.received[0]["message"] == LIFTED

    def test_without_lift_the_message_stays(self, service: Service) -> None:
        message = b"X-SES-CONFIGURATION-SET: shop\r\n" + LIFTED
        assert send(service, "--no-lift", stdin=message).code == 0
        (request,) = service.received
        assert request["message"] == message
        assert "ConfigurationSetName" not in request

    def test_a_profile_brings_region_and_credentials(
        self, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
            monkeypatch.delenv(name)
        (tmp_path / "config").write_text("[profile shop]\nregion = eu-west-1\n")
        (tmp_path / "credentials").write_text("[shop]\naws_access_key_id = x\naws_secret_access_key = y\n")
        assert send(service, "--profile", "shop", "-q") == Ran(0, b"0100-1\n", "")

    def test_a_region_may_be_given(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        assert send(service, "--region", "eu-west-1", "-q") == Ran(0, b"0100-1\n", "")


class TestSeveral:
    @pytest.fixture(autouse=True)
    def _files(self, in_a_folder_of_its_own: None) -> None:
        for name in ("a.eml", "b.eml", "c.eml"):
            Path(name).write_bytes(MESSAGE)

    def test_each_is_sent_and_its_identifier_written_beside_its_name(self, service: Service) -> None:
        ran = send(service, "a.eml", "b.eml", "a.eml")
        assert (ran.code, ran.out) == (0, b"0100-1\ta.eml\n0100-1\tb.eml\n")
        assert len(service.received) == 2
        assert ran.err.endswith("\nsent 2 of 2 messages\n")
        assert send(service, "-q", "a.eml", "b.eml").err == ""

    def test_a_refused_or_unreadable_message_does_not_stop_the_others(self, service: Service) -> None:
        Path("b.eml").write_bytes(REPEATED)
        ran = send(service, "a.eml", "b.eml", "c.eml")
        assert (ran.code, ran.out) == (1, b"0100-1\ta.eml\n0100-1\tc.eml\n")
        assert "b.eml:2:1: error SES101" in ran.err
        assert ran.err.endswith("\nsent 2 of 3 messages\n")
        ran = send(service, "-q", "none.eml", "c.eml")
        assert (ran.code, ran.out) == (2, b"0100-1\tc.eml\n")
        assert ran.err == "sesmime send: none.eml cannot be read: No such file or directory\n"

    @pytest.mark.parametrize(
        ("status", "code", "exit_code"),
        [(400, "Throttling", 75), (503, "ServiceUnavailable", 75), (403, "AccessDenied", 1)],
    )
    def test_what_would_stop_the_others_too_ends_the_run(
        self, service: Service, status: int, code: str, exit_code: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        service.status, service.answer = status, v1_error(code, "No.")
        ran = send(service, "-q", "a.eml", "b.eml", "c.eml")
        assert (ran.code, ran.out, len(service.received)) == (exit_code, b"", 1)
        assert ran.err.endswith("sesmime send: not tried: b.eml, c.eml\n")

    def test_a_dry_run_sends_none(self, service: Service) -> None:
        ran = send(service, "--dry-run", "a.eml", "b.eml")
        assert (ran.code, ran.out, service.received) == (0, b"", [])
        assert ran.err.endswith("\nwould send 2 of 2 messages\n")


class TestDryRun:
    def test_all_is_told_and_nothing_sent(self, service: Service) -> None:
        ran = send(service, "--dry-run")
        assert (ran.code, ran.out, service.received) == (0, b"", [])
        assert ran.err == send(service).err

    def test_neither_boto3_nor_credentials_nor_a_region_are_needed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "boto3", None)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
            monkeypatch.delenv(name)
        assert run("send", "--dry-run", stdin=MESSAGE).code == 0

    def test_what_would_be_refused_is_refused(self) -> None:
        assert run("send", "--dry-run", stdin=REPEATED).code == 1


class TestRefused:
    def test_what_ses_is_expected_to_refuse_is_not_sent(self, service: Service) -> None:
        ran = send(service, stdin=REPEATED)
        assert (ran.code, ran.out, service.received) == (1, b"", [])
        assert "expected from SES: Duplicate header 'Subject'." in ran.err
        assert ran.err.endswith("refused: 1 error; nothing is sent\n")

    def test_the_fail_level_and_the_fixes_are_those_asked_for(self, service: Service) -> None:
        tagged = b"X-SES-MESSAGE-TAGS: a=1\r\n" + LIFTED
        ran = send(service, "--fail-level", "info", stdin=tagged)
        assert (ran.code, service.received) == (1, [])
        assert ran.err.endswith("refused: 1 finding at or above info; nothing is sent\n")
        assert send(service, "--no-fix", stdin=REPEATED_ALIKE).code == 1
        assert service.received == []
        assert send(service, stdin=REPEATED_ALIKE).code == 0
        assert service.received[0]["message"] == b"Subject: one\r\n" + LIFTED

    def test_the_answer_of_ses_is_told_with_its_causes(self, service: Service) -> None:
        service.status, service.answer = 400, v1_error("InvalidParameterValue", "Duplicate header 'Subject'.")
        ran = send(service, "-q")
        assert (ran.code, ran.out) == (1, b"")
        first, *others = ran.err.splitlines()
        assert first == "refused by ses.SendRawEmail: InvalidParameterValue: Duplicate header 'Subject'."
        assert others[0] == "    cause: a field that SES accepts only once is repeated"
        assert any(line.startswith("    remedy: ") for line in others)

    def test_an_answer_that_is_not_about_the_message_is_told_with_its_cause(self, service: Service) -> None:
        text = "The security token included in the request is invalid."
        service.status, service.answer = 403, v1_error("InvalidClientTokenId", text)
        ran = send(service, "-q")
        assert (ran.code, ran.out) == (1, b"")
        assert ran.err.startswith(f"refused by ses.SendRawEmail: InvalidClientTokenId: {text}\n")
        assert "cause: the access key is wrong" in ran.err

    def test_controls_in_an_answer_reach_no_terminal(self, service: Service) -> None:
        service.status, service.error_type = 400, "MessageRejected"
        service.answer = json.dumps({"message": "no \x1b[31m\u202ered\r\nmail"})
        ran = send(service, "--interface", "sesv2", "-q")
        assert ran == Ran(1, b"", "refused by sesv2.SendEmail.Raw: MessageRejected: no \\x1b[31m\\u202ered mail\n")


class TestWrongUsage:
    def test_without_boto3_the_line_that_helps_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "boto3", None)
        assert run("send", stdin=MESSAGE) == Ran(
            2, b"", "sesmime send: sending needs boto3: pip install 'sesmime[boto3]'\n"
        )

    @pytest.mark.parametrize("name", ["smtp", "ses.SendEmail", "sesv2.SendEmail.Simple"])
    def test_only_the_raw_interfaces_of_boto3_send(self, name: str) -> None:
        ran = run("send", "--interface", name, stdin=MESSAGE)
        assert ran == Ran(
            2,
            b"",
            f"sesmime send: {name} cannot be used with boto3; use --interface ses or sesv2\n",
        )

    def test_no_credentials(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        ran = send(service, "-q")
        told = "no credentials: give --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        assert ran == Ran(2, b"", f"sesmime send: {told}\n")
        assert service.received == []

    def test_no_region(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        # It is known before anything is told of the message.
        assert send(service) == Ran(2, b"", "sesmime send: no region: give --region, or set AWS_DEFAULT_REGION\n")

    def test_an_unknown_profile(self, service: Service) -> None:
        ran = send(service, "--profile", "nobody")
        assert ran == Ran(2, b"", "sesmime send: The config profile (nobody) could not be found\n")

    def test_an_endpoint_that_is_no_address(self) -> None:
        ran = run("send", "--endpoint-url", "local", stdin=MESSAGE)
        assert ran == Ran(2, b"", "sesmime send: --endpoint-url: Invalid endpoint: local\n")

    def test_an_endpoint_that_nobody_listens_at(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}"
        ran = run("send", "--endpoint-url", url, "-q", stdin=MESSAGE)
        assert ran == Ran(75, b"", f'sesmime send: Could not connect to the endpoint URL: "{url}/"\n')

    @pytest.mark.parametrize("interface", ["ses", "sesv2"])
    def test_a_message_whose_answer_is_lost_is_not_sent_again(self, service: Service, interface: str) -> None:
        service.hangs_up = True
        ran = send(service, "-q", "--interface", interface)
        assert (ran.code, len(service.received)) == (75, 1)
        assert "SES may have taken the message" in ran.err

    @pytest.mark.parametrize(
        ("interface", "answer"),
        [("ses", "<html><p>Hello</html>"), ("ses", "<a></a>"), ("sesv2", "<html>"), ("sesv2", "{}")],
    )
    def test_an_endpoint_that_is_not_ses(self, service: Service, interface: str, answer: str) -> None:
        service.answer = answer
        ran = send(service, "--interface", interface, "-q")
        told = "the response has no MessageId, so the endpoint is not SES; check --endpoint-url"
        assert ran == Ran(69, b"", f"sesmime send: {told}\n")

    def test_a_setting_that_the_interface_has_not(self) -> None:
        ran = run("send", "--tenant", "acme", stdin=MESSAGE)
        assert (ran.code, ran.out) == (2, b"")
        assert "--tenant" in ran.err


@pytest.mark.edges
class TestMoto:
    @pytest.mark.parametrize("interface", ["ses", "sesv2"])
    def test_moto_gets_the_prepared_bytes(self, endpoint: str, sent: list[Any], interface: str) -> None:
        message = MESSAGE.replace(b"a@b.example", b"joe@a.example")
        ran = run("send", "--endpoint-url", endpoint, "--interface", interface, stdin=message)
        assert ran.code == 0
        (got,) = sent
        assert got.raw_data.encode() == LIFTED.replace(b"a@b.example", b"joe@a.example")
        assert ran.out.strip()

    def test_an_unverified_sender_is_explained(self, endpoint: str, sent: list[Any]) -> None:
        ran = run("send", "--endpoint-url", endpoint, "-q", stdin=MESSAGE)
        assert (ran.code, ran.out) == (1, b"")
        assert ran.err.startswith("refused by ses.SendRawEmail: MessageRejected: ")
