"""The topics of `sesmime help`: their code runs, top to bottom in one namespace, and what they name exists."""

from __future__ import annotations

import json
import re
import shutil
import types
from pathlib import Path
from typing import Any

import pytest

from sesmime import ApiParameters, Submission
from sesmime.cli.__main__ import COMMANDS
from sesmime.cli.topics import topic_text, topics
from sesmime.testing import Outbox, Sent
from tests.cli.running import run as run_command
from tests.documents import ROOT, blocks, run, transcripts

RAW = (ROOT / "tests" / "data" / "messages" / "welcome.eml").read_bytes()


def of_events(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what the topic about events has before its eyes: a signed bounce, a subscription, a program."""
    pytest.importorskip("cryptography")
    pytest.importorskip("django")
    from django.conf import settings

    import sesmime.events as events
    from sesmime.ses.events import signatures
    from sesmime.testing import EventMaker
    from tests.ses.events.sns import confirmation, notification, signer

    if not settings.configured:
        settings.configure()
    # Nothing is fetched or visited.
    visited: list[str] = []
    monkeypatch.setattr(signatures, "CERTIFICATES", events.CertificateCache(signer().fetch))
    monkeypatch.setattr(signatures, "download", visited.append)
    outbox, stopped = Outbox(), list[str]()
    submission = Submission(RAW, ApiParameters(configuration_set="shop"))
    bounce = EventMaker(Outbox())("Bounce", submission, bounce_sub_type="NoEmail")

    def send_welcome(address: str) -> None:
        message = b"From: marta@bluebird.example\r\nTo: " + address.encode() + b"\r\n\r\nWelcome\r\n"
        outbox.append(Sent(submission=Submission(message), via="boto3"))

    def handle(payload: Any) -> None:
        for event in events.read_events(payload):
            if event.advice is events.Advice.STOP:
                stopped.extend(event.recipients)

    return {
        "raw": RAW,
        "body": json.dumps(signer().sign(notification(Message=json.dumps(bounce)))),
        "confirmation": json.dumps(signer().sign(confirmation())),
        "visited": visited,
        "stop_sending": stopped.extend,
        "stopped": stopped,
        "send_welcome": send_welcome,
        "handle": handle,
        "ses_events": EventMaker(outbox),
    }


def of_django(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return nothing, on a site that sends by sesmime to botocore's Stubber."""
    pytest.importorskip("django")
    import boto3
    import django
    from botocore.stub import Stubber
    from django.conf import settings
    from django.test.utils import override_settings

    from sesmime.django.signals import pre_send

    if not settings.configured:
        settings.configure()
    client = boto3.client("sesv2", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    stubber = Stubber(client)
    stubber.add_response("send_email", {"MessageId": "0100-1"})
    stubber.activate()
    backend = "sesmime.django.SesEmailBackend"
    mail = {"MAILERS": {"default": {"BACKEND": backend}}} if django.VERSION >= (6, 1) else {"EMAIL_BACKEND": backend}
    site = override_settings(SESMIME={"client": client}, **mail)
    site.enable()
    receivers = list(pre_send.receivers)
    return {
        "_undo": [
            site.disable,
            lambda: setattr(pre_send, "receivers", receivers),
            pre_send.sender_receivers_cache.clear,
        ]
    }


MAKING = {"events": of_events, "anymail": of_django, "django-ses": of_django}
# What the code of a topic writes, from its beginning.
WRITTEN = {"events": "Bounce 0100", "anymail": "{'queued'} 0100-1\n", "django-ses": "0\n1\n"}


@pytest.mark.edges
class TestTopics:
    def test_the_code_of_every_topic_is_run(self) -> None:
        # The latter have tests of their own: tests/local/test_topic.py, tests/testing/test_topic.py,
        # tests/archive/test_topic.py, tests/relay/test_spool_topic.py.
        here = {*MAKING, "local", "pytest", "archives", "spool"}
        assert {name for name in topics() if blocks(topic_text(name), "python")} == here

    @pytest.mark.parametrize("name", MAKING)
    def test_the_code_of_a_topic_runs(
        self, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        namespace = MAKING[name](monkeypatch)
        module = types.ModuleType(f"topic_{name}")
        module.__dict__.update(namespace)
        code = blocks(topic_text(name), "python")
        assert code
        try:
            for block in code:
                exec(compile(block, f"{name}.md", "exec"), module.__dict__)
        finally:
            for undo in namespace.pop("_undo", ()):
                undo()
        told = capsys.readouterr().out
        assert told.startswith(WRITTEN[name])
        if name != "events":
            assert told == WRITTEN[name]
            return
        namespace["stopped"].clear()
        tests = [value for key, value in vars(module).items() if key.startswith("test_")]
        for test in tests:
            test(namespace["ses_events"])
        assert tests
        # The good message was read, and not refused.
        assert "403" not in told
        assert namespace["visited"]

    @pytest.mark.parametrize(
        ("name", "command", "output"), [(name, *shown) for name in topics() for shown in transcripts(topic_text(name))]
    )
    def test_a_command_of_a_topic_gives_the_output_shown(
        self, name: str, command: str, output: str, tmp_path: Path
    ) -> None:
        for file in (ROOT / "tests" / "data" / "messages").glob("*.eml"):
            shutil.copy(file, tmp_path)
        assert run(command, tmp_path) == output

    @pytest.mark.parametrize("name", topics())
    def test_what_a_topic_names_exists(self, name: str) -> None:
        text = topic_text(name)
        assert set(re.findall(r"`sesmime (\w+)", text)) <= set(COMMANDS)
        for path in re.findall(r"`([\w/]+\.py)`", text):
            assert (ROOT / path).exists() or (ROOT / "tests" / "examples" / path).exists(), path
        assert max(len(line) for line in text.splitlines()) <= 120


def test_the_exit_codes_are_those_of_the_commands() -> None:
    from sesmime.cli import sending

    text = topic_text("exit-codes")
    codes = {name: str(value) for name, value in vars(sending).items() if name.startswith("EX_")}
    assert {name: code for code, name in re.findall(r"^\| (\d+) \| (EX_\w+) \|", text, re.MULTILINE)} == {
        "EX_OK": "0",
        **codes,
    }


class TestHelp:
    def test_the_topics_are_listed_with_their_titles(self) -> None:
        ran = run_command("help")
        assert (ran.code, ran.err) == (0, "")
        lines = ran.out.decode().splitlines()
        assert [line.split()[0] for line in lines] == list(topics())
        assert "events  Events: what SES tells of sent mail" in [re.sub(" {2,}", "  ", line) for line in lines]

    @pytest.mark.parametrize("name", topics())
    def test_a_topic_is_shown_as_it_is(self, name: str) -> None:
        text = (ROOT / "sesmime" / "help" / f"{name}.md").read_bytes()
        assert run_command("help", name) == (0, text, "")
        assert text.startswith(b"# ")
        assert text.endswith(b"\n")

    def test_another_word_is_told(self) -> None:
        ran = run_command("help", "nothing")
        assert (ran.code, ran.out) == (2, b"")
        assert ran.err == f"sesmime help: there is no topic 'nothing': choose from {', '.join(topics())}\n"
        ran = run_command("help", "lint")
        assert ran.err.endswith("it is a command; run `sesmime lint --help`\n")
