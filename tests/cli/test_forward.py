"""`sesmime forward`: what it writes, tells and answers."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from sesmime import parse
from tests.cli.running import run

RECEIVED = (
    b"Return-Path: <ann@example.net>\r\nDKIM-Signature: v=1; h=From; bh=AA==; b=AA==\r\nX-SES-TENANT: theirs\r\n"
    b"From: Ann <ann@example.net>\r\nTo: info@example.com\r\nSubject: Hi\r\n\r\nHello\r\n"
)
US = ("--sender", "us@example.com", "--to", "me@example.org")


def test_a_received_message_is_written_as_it_is_sent_on() -> None:
    ran = run("forward", *US, stdin=RECEIVED)
    assert ran.code == 0
    fields = [(field.name, field.body) for field in parse(ran.out).header_section]
    assert fields == [
        ("From", '"Ann (ann at example.net)" <us@example.com>'),
        ("To", "info@example.com"),
        ("Subject", "Hi"),
        ("Reply-To", "Ann <ann@example.net>"),
    ]
    assert "prepared for ses.SendRawEmail" in ran.err
    assert "me@example.org" in ran.err


def test_the_request_names_our_recipients_alone() -> None:
    ran = run("forward", *US, "--bcc", "boss@example.org", "--emit", "request", "-q", stdin=RECEIVED)
    request = json.loads(ran.out)
    assert request["Source"] == "us@example.com"
    assert request["Destinations"] == ["me@example.org", "boss@example.org"]
    assert b"theirs" not in base64.b64decode(request["RawMessage"]["Data"])
    assert ran.err == ""


def test_what_the_fields_say_can_be_given() -> None:
    given = ("--visible-to", "A <a@example.org>, b@example.org", "--reply-to", "us@example.com")
    ran = run("forward", *US, *given, "--subject-prefix", "[fwd] ", "--tag", "kind=forward", stdin=RECEIVED)
    section = parse(ran.out).header_section
    assert [section.first(name).body for name in ("To", "Reply-To", "Subject")] == [  # type: ignore[union-attr]
        "A <a@example.org>, b@example.org",
        "us@example.com",
        "[fwd] Hi",
    ]
    assert "kind=forward" in ran.err


def test_what_ses_would_refuse_is_told_and_not_written(tmp_path: Path) -> None:
    target = tmp_path / "out.eml"
    broken = RECEIVED.replace(b"Subject: Hi", b"Content-Type: text")
    ran = run("forward", *US, "-o", target, stdin=broken)
    assert ran.code == 1
    assert "Expected '/', got null" in ran.err
    assert not target.exists()


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (("--sender", "us@example.com"), "--to is missing; give at least one recipient"),
        (("--to", "me@example.org"), "required: --sender"),
        (("--sender", "us", "--to", "me@example.org"), "'us' is invalid"),
        ((*US, "--source", "x@example.com"), "--source cannot be used here; give the address with --sender"),
        ((*US, "--reply-to", "nobody"), "'nobody' is invalid"),
        ((*US, "--interface", "sesv2.SendEmail.Simple"), "does not accept a raw message"),
    ],
)
def test_wrong_usage_is_one_sentence(argv: tuple[str, ...], told: str) -> None:
    ran = run("forward", *argv, stdin=RECEIVED)
    assert ran.code == 2
    assert ran.out == b""
    assert told in ran.err
    assert ran.err.count("\n") <= 2
