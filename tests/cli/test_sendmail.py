"""`sesmime sendmail`: what programs give it, and what they are answered; SES is a server on 127.0.0.1."""

from __future__ import annotations

import doctest
import socket
import sys
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

import sesmime.cli.commands.sendmail
import sesmime.cli.sending
from sesmime.cli.sending import answered
from tests.cli.running import Ran, run
from tests.servers import Service, v1_error

pytestmark = pytest.mark.usefixtures("credentials", "in_a_folder_of_its_own")

MESSAGE = b"From: a@b.example\nTo: c@d.example\nCc: cc@d.example\nBcc: e@f.example\nSubject: one\n\nHi\n"
SENT = b"From: a@b.example\r\nTo: c@d.example\r\nCc: cc@d.example\r\nSubject: one\r\n\r\nHi\r\n"


def sendmail(service: Service, *argv: object, stdin: bytes = MESSAGE) -> Ran:
    return run("sendmail", "--endpoint-url", service.url, *argv, stdin=stdin)


def recipients(service: Service) -> list[str]:
    (request,) = service.received
    return [value for name, value in sorted(request.items()) if name.startswith("Destinations.member.")]


def test_doctests() -> None:
    for module in (sesmime.cli.commands.sendmail, sesmime.cli.sending):
        results = doctest.testmod(module)
        assert results.attempted > 0
        assert results.failed == 0


class TestSending:
    def test_the_recipients_of_the_message_with_t(self, service: Service) -> None:
        assert sendmail(service, "-t", "-i") == Ran(0, b"", "")
        assert recipients(service) == ["c@d.example", "cc@d.example", "e@f.example"]
        assert service.received[0]["message"] == SENT

    def test_only_those_named_without_it_and_bcc_leaves_all_the_same(self, service: Service) -> None:
        assert sendmail(service, "-i", "x@y.example", "z@y.example") == Ran(0, b"", "")
        assert recipients(service) == ["x@y.example", "z@y.example"]
        assert service.received[0]["message"] == SENT

    def test_with_t_those_named_are_added_as_for_postfix(self, service: Service) -> None:
        assert sendmail(service, "-ti", "--", "x@y.example", "C@D.example").code == 0
        assert sorted(recipients(service)) == ["c@d.example", "cc@d.example", "e@f.example", "x@y.example"]

    @pytest.mark.parametrize(
        "argv",
        [
            ("-t", "-i", "-f", "r@b.example"),
            ("-ti", "-fr@b.example"),
            ("-oi", "-t", "-r", "r@b.example"),
            ("-tif", "r@b.example", "-oem", "-odb"),
            (
                "-t",
                "-bm",
                "-oi",
                "-B8BITMIME",
                "-Nfailure,delay",
                "-V",
                "id",
                "-h5",
                "-fr@b.example",
                "-m",
                "-n",
                "-U",
                "-G",
            ),
            (
                "-O",
                "DeliveryMode=b",
                "-t",
                "-i",
                "-L",
                "tag",
                "-p",
                "SMTP:host",
                "-R",
                "full",
                "-r",
                "r@b.example",
                "-Am",
            ),
            ("-FCron Daemon", "-i", "-odi", "-oem", "-oi", "-t", "-f", "r@b.example", "-Z"),
        ],
    )
    def test_the_arguments_that_programs_use(self, service: Service, argv: tuple[str, ...]) -> None:
        """PHP: -t -i; cron: -FCronDaemon -i -odi -oem -oi -t -f; Python's and Perl's modules: -oi -t, -oem."""
        assert sendmail(service, *argv) == Ran(0, b"", "")
        assert service.received[0]["Source"] == "r@b.example"
        assert recipients(service) == ["c@d.example", "cc@d.example", "e@f.example"]

    @pytest.mark.parametrize("sender", ["<>", ""])
    def test_without_a_sender_from_counts(self, service: Service, sender: str) -> None:
        assert sendmail(service, "-t", "-f", sender).code == 0
        assert "Source" not in service.received[0]

    def test_a_missing_from_is_made_of_the_options(self, service: Service) -> None:
        message = b"To: c@d.example\nSubject: one\n\nHi\n"
        assert sendmail(service, "-t", "-f", "root@b.example", "-F", "Cron D\u00e4mon", stdin=message).code == 0
        sent = service.received[0]["message"]
        assert sent.startswith(b"From: =?utf-8?q?Cron_D=C3=A4mon?= <root@b.example>\r\nTo: c@d.example\r\n")
        ran = sendmail(service, "-t", stdin=message)
        assert (ran.code, "SES102 missing-from" in ran.err) == (65, True)

    def test_a_dot_alone_ends_the_message_unless_dots_are_ignored(self, service: Service) -> None:
        message = MESSAGE + b".\nmore\n"
        assert sendmail(service, "-t", stdin=message).code == 0
        assert service.received.pop()["message"] == SENT
        for option in ("-i", "-oi"):
            assert sendmail(service, "-t", option, stdin=message).code == 0
            assert service.received.pop()["message"] == SENT + b".\r\nmore\r\n"

    def test_a_message_with_crlf_keeps_its_lines_and_a_line_of_mbox_goes(self, service: Service) -> None:
        message = b"From a@b.example Sat Nov 21 08:30:00 2026\r\n" + SENT
        assert sendmail(service, "-t", stdin=message).code == 0
        assert service.received[0]["message"] == SENT

    def test_verbose_tells_what_is_sent(self, service: Service) -> None:
        ran = sendmail(service, "-t", "-v")
        assert (ran.code, ran.out) == (0, b"")
        assert ran.err.startswith("prepared for ses.SendRawEmail\n")

    def test_settings_and_the_interface(self, service: Service) -> None:
        assert sendmail(service, "-t", "--interface", "sesv2", "--configuration-set=shop", "--tag", "a=1").code == 0
        (request,) = service.received
        assert (request["ConfigurationSetName"], request["EmailTags"]) == ("shop", [{"Name": "a", "Value": "1"}])


class TestExitCodes:
    def test_what_the_check_refuses_is_65_unless_it_is_overruled(self, service: Service) -> None:
        message = MESSAGE.replace(b"Subject: one", b"Subject: one\nSubject: two")
        ran = sendmail(service, "-t", stdin=message)
        assert (ran.code, ran.out, service.received) == (65, b"", [])
        assert ran.err.endswith("refused: 1 error; nothing is sent\n")
        assert sendmail(service, "-t", "--ignore", "SES101", stdin=message).code == 0

    def test_pyproject_is_read_only_with_config(self, service: Service) -> None:
        Path("pyproject.toml").write_text("[tool.sesmime.lint]\nignore = ['SES1']\n")
        message = MESSAGE.replace(b"Subject: one", b"Subject: one\nSubject: two")
        assert sendmail(service, "-t", stdin=message).code == 65
        assert sendmail(service, "-t", "--config", "pyproject.toml", stdin=message).code == 0
        assert sendmail(service, "-t", "--config", "none.toml", stdin=message).code == 78

    @pytest.mark.parametrize(
        ("status", "code", "exit_code"),
        [
            (400, "Throttling", 75),
            (503, "ServiceUnavailable", 75),
            (500, "InternalFailure", 75),
            (502, "Odd", 75),
            (400, "MessageRejected", 65),
            (400, "InvalidParameterValue", 65),
            (400, "MailFromDomainNotVerified", 65),
            (400, "AccountSendingPausedException", 69),
            (400, "ConfigurationSetSendingPausedException", 69),
            (400, "ConfigurationSetDoesNotExist", 78),
            (403, "AccessDenied", 77),
            (403, "SignatureDoesNotMatch", 77),
            (403, "ExpiredToken", 77),
        ],
    )
    def test_what_ses_answers(
        self, service: Service, status: int, code: str, exit_code: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        service.status, service.answer = status, v1_error(code, "No.")
        assert sendmail(service, "-t") == Ran(exit_code, b"", f"refused by ses.SendRawEmail: {code}: No.\n")

    def test_the_errors_of_the_service_model_each_have_a_code_of_their_own(self) -> None:
        """Nothing that SES says of an account, a limit or a configuration passes for a fault of the message."""
        session = botocore.session.get_session()
        about_the_message = set()
        for service, operation in (("ses", "SendRawEmail"), ("sesv2", "SendEmail")):
            client = session.create_client(service, "us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
            method = "send_raw_email" if service == "ses" else "send_email"
            request: dict[str, Any] = (
                {"RawMessage": {"Data": b"x"}} if service == "ses" else {"Content": {"Raw": {"Data": b"x"}}}
            )
            for shape in client.meta.service_model.operation_model(operation).error_shapes:
                with Stubber(client) as stubber:
                    stubber.add_client_error(method, shape.error_code, "No.", shape.metadata["error"]["httpStatusCode"])
                    with pytest.raises(ClientError) as raised:
                        getattr(client, method)(**request)
                if answered(raised.value.response).code == 65:
                    about_the_message.add(shape.error_code)
        assert about_the_message == {"MessageRejected", "MailFromDomainNotVerifiedException", "BadRequestException"}

    def test_ses_out_of_reach_is_75(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}"
        ran = run("sendmail", "-t", "--endpoint-url", url, stdin=MESSAGE)
        assert ran == Ran(75, b"", f'sesmime sendmail: Could not connect to the endpoint URL: "{url}/"\n')

    def test_an_endpoint_that_is_not_ses_is_69(self, service: Service) -> None:
        service.answer = "<html>"
        assert sendmail(service, "-t").code == 69

    @pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION"])
    def test_what_is_not_set_up_is_78(self, service: Service, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(name)
        if name == "AWS_ACCESS_KEY_ID":
            monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        assert sendmail(service, "-t").code == 78

    def test_without_boto3_it_is_78(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "boto3", None)
        ran = sendmail(service, "-t")
        assert ran == Ran(78, b"", "sesmime sendmail: sending needs boto3: pip install 'sesmime[boto3]'\n")

    @pytest.mark.parametrize(
        ("argv", "sentence"),
        [
            ((), "there is no recipient; name one, or take those of the message with -t"),
            (("-t", "--nothing"), "unrecognized arguments: --nothing; see sesmime sendmail --help"),
            (("-bs",), "-bs is not supported; `sesmime relay` speaks SMTP"),
            (("-bv", "a@b.example"), "-bv is not supported"),
            (("-t", "-f"), "-f/-r: expected one argument"),
            (("nobody",), "address 'nobody' is invalid: an element has no @, so it is not an address"),
            (("-t", "-f", "root"), "-f: address 'root' is invalid: an element has no @, so it is not an address"),
            (("-t", "--interface", "smtp"), "smtp cannot be used with boto3; use --interface ses or sesv2"),
        ],
    )
    def test_wrong_usage_is_64(self, argv: tuple[str, ...], sentence: str) -> None:
        assert run("sendmail", *argv, stdin=MESSAGE) == Ran(64, b"", f"sesmime sendmail: {sentence}\n")

    @pytest.mark.parametrize("content", [b"", b"\n", b".\n", b".\nFrom: a@b.example\n"])
    def test_an_empty_message_is_65(self, content: bytes) -> None:
        ran = run("sendmail", "--dry-run", "-t", stdin=content)
        assert ran == Ran(65, b"", "sesmime sendmail: the message is empty\n")

    def test_there_are_no_queue_and_no_aliases(self) -> None:
        told = "sesmime sendmail: the mail queue is empty: sesmime keeps none\n"
        assert run("sendmail", "-bp") == Ran(0, b"", told)
        assert run("sendmail", "-bi") == Ran(0, b"", "sesmime sendmail: there are no aliases\n")
        for option in ("-q", "-q30m", "-qf"):
            assert run("sendmail", option) == Ran(0, b"", "")


@pytest.mark.edges
class TestMoto:
    @pytest.mark.parametrize("interface", ["ses", "sesv2"])
    def test_moto_gets_the_prepared_bytes(self, endpoint: str, sent: list[Any], interface: str) -> None:
        message = MESSAGE.replace(b"a@b.example", b"joe@a.example")
        ran = run("sendmail", "-oi", "-t", "--endpoint-url", endpoint, "--interface", interface, stdin=message)
        assert ran == Ran(0, b"", "")
        (got,) = sent
        assert got.raw_data.encode() == SENT.replace(b"a@b.example", b"joe@a.example")
