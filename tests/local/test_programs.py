"""Programs of others as clients: AWS's command line by both APIs, swaks by SMTP."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sesmime.local import LocalSes, Options
from tests.local.conftest import is_absent

pytestmark = [pytest.mark.edges, pytest.mark.programs, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
RAW = b"From: ann@shop.example\r\nTo: bob@b.example\r\nSubject: Raw\r\n\r\nHello\r\n"
AwsCli = Callable[..., Any]


@pytest.fixture(scope="module")
def ses() -> Iterator[LocalSes]:
    with LocalSes(Options(verified_identities=("shop.example",))) as ses:
        yield ses


class Failed(Exception):
    """A program ended with an error: what it printed to standard error."""


@pytest.fixture(scope="module")
def aws(ses: LocalSes, tmp_path_factory: pytest.TempPathFactory) -> AwsCli:
    """Return what runs AWS's command line against the server; it gives the JSON printed.

    The command is SESMIME_TEST_AWS's, else that of the environment `.venv-aws`, which holds back botocore as the
    package does, else the one on the path.
    """
    inner = ROOT / ".venv-aws" / "bin" / "aws"
    command = os.environ.get("SESMIME_TEST_AWS") or (str(inner) if inner.exists() else shutil.which("aws"))
    if command is None:
        is_absent("AWS's command line is not installed: python3 -m venv .venv-aws && .venv-aws/bin/pip install awscli")
    home = tmp_path_factory.mktemp("aws")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {**ses.environment, "HOME": str(home), "AWS_PAGER": "", "AWS_DEFAULT_OUTPUT": "json"}

    def run(*arguments: str, stdin: bytes = b"") -> Any:
        done = subprocess.run(
            [command, *arguments], input=stdin, env=environment, capture_output=True, timeout=60, check=False
        )
        if done.returncode:
            raise Failed(done.stderr.decode().strip())
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run


class TestAwsCli:
    def test_v1_sends_what_is_taken(self, aws: AwsCli, ses: LocalSes, tmp_path: Path) -> None:
        request = tmp_path / "request.json"
        # What `sesmime prepare --emit request` writes, for either version of the command line.
        request.write_text(json.dumps({"RawMessage": {"Data": base64.b64encode(RAW).decode()}}))
        (tmp_path / "raw.json").write_text(json.dumps({"Data": RAW.decode()}))
        answer = aws("ses", "send-raw-email", "--raw-message", f"file://{tmp_path / 'raw.json'}")
        kept = ses.inbox.get(answer["MessageId"])
        assert kept is not None
        assert kept.message == RAW
        answer = aws("ses", "send-email", "--from", "ann@shop.example", "--to", "bob@b.example", "--subject", "Hi",
                     "--text", "Grüße")  # fmt: skip
        kept = ses.inbox.get(answer["MessageId"])
        assert kept is not None
        assert (kept.subject, kept.recipients) == ("Hi", ("bob@b.example",))
        assert kept.entity is not None
        assert kept.entity.text() == "Grüße\r\n"

    def test_v1_tells_what_is_refused(self, aws: AwsCli) -> None:
        with pytest.raises(Failed) as refused:
            aws(
                "ses",
                "send-email",
                "--from",
                "eve@other.example",
                "--to",
                "b@b.example",
                "--subject",
                "s",
                "--text",
                "t",
            )
        assert str(refused.value).endswith(
            "An error occurred (MessageRejected) when calling the SendEmail operation: Email address is not verified."
            " The following identities failed the check in region US-EAST-1: eve@other.example"
        )

    def test_v2_sends_and_refuses(self, aws: AwsCli, ses: LocalSes) -> None:
        answer = aws("sesv2", "send-email", "--content", json.dumps({"Raw": {"Data": RAW.decode()}}),
                     "--email-tags", "Name=kind,Value=order")  # fmt: skip
        kept = ses.inbox.get(answer["MessageId"])
        assert kept is not None
        assert (kept.message, kept.tags) == (RAW, (("kind", "order"),))
        with pytest.raises(Failed, match=r"\(NotFoundException\).*: Configuration set <nowhere> does not exist\.$"):
            aws("sesv2", "send-email", "--content", json.dumps({"Raw": {"Data": RAW.decode()}}),
                "--configuration-set-name", "nowhere")  # fmt: skip

    def test_an_account_is_managed(self, aws: AwsCli) -> None:
        aws("sesv2", "create-configuration-set", "--configuration-set-name", "orders")
        topic = aws("sns", "create-topic", "--name", "ses-events")["TopicArn"]
        destination = {"Enabled": True, "MatchingEventTypes": ["BOUNCE"], "SnsDestination": {"TopicArn": topic}}
        aws("sesv2", "create-configuration-set-event-destination", "--configuration-set-name", "orders",
            "--event-destination-name", "bounces", "--event-destination", json.dumps(destination))  # fmt: skip
        told = aws("ses", "describe-configuration-set", "--configuration-set-name", "orders",
                   "--configuration-set-attribute-names", "eventDestinations")  # fmt: skip
        assert told["EventDestinations"][0]["SNSDestination"] == {"TopicARN": topic}
        assert aws("sesv2", "list-email-identities")["EmailIdentities"][0]["IdentityName"] == "shop.example"
        assert aws("sesv2", "list-configuration-sets", "--page-size", "1")["ConfigurationSets"] == ["orders"]
        aws("sesv2", "delete-configuration-set", "--configuration-set-name", "orders")
        with pytest.raises(Failed, match="NotFoundException"):
            aws("sesv2", "get-configuration-set", "--configuration-set-name", "orders")


class TestSwaks:
    @pytest.fixture
    def swaks(self, ses: LocalSes) -> Callable[..., tuple[int, str]]:
        """Return what runs swaks against the server: its exit code and the transcript."""
        command = shutil.which("swaks")
        if command is None:
            is_absent("swaks is not installed")
        host, port = ses.smtp_address

        def run(*arguments: str) -> tuple[int, str]:
            done = subprocess.run(
                [command, "--server", host, "--port", str(port), "--helo", "client.example", *arguments],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            return done.returncode, done.stdout + done.stderr

        return run

    def test_a_message_is_taken_over_tls_with_a_login(
        self, swaks: Callable[..., tuple[int, str]], ses: LocalSes
    ) -> None:
        code, told = swaks("--tls", "--auth", "LOGIN", "--auth-user", "AKIAIOSFODNN7EXAMPLE", "--auth-password", "x",
                           "--from", "ann@shop.example", "--to", "bob@b.example", "--header", "Subject: by swaks",
                           "--header", "X-SES-MESSAGE-TAGS: kind=swaks")  # fmt: skip
        assert code == 0, told
        kept = ses.outbox[-1]
        assert f"250 Ok {kept.message_id}" in told
        assert "235 " in told
        assert (kept.subject, kept.recipients, kept.tags) == ("by swaks", ("bob@b.example",), (("kind", "swaks"),))

    def test_what_is_refused_is_told_in_words_of_ses(self, swaks: Callable[..., tuple[int, str]]) -> None:
        code, told = swaks("--from", "eve@other.example", "--to", "bob@b.example")
        assert code == 26  # swaks: the message was not accepted
        assert (
            "554 Message rejected: Email address is not verified. The following identities failed the check in region"
            " US-EAST-1: eve@other.example"
        ) in told
