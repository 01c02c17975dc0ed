"""`--redact`: no command that has it tells an address, in whichever form it stands in the message, nor a name.

A name is what an address field says of somebody beside the address: a display name, a group, a comment.
"""

from __future__ import annotations

import argparse
import base64
import json
import logging
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from sesmime.cli.__main__ import COMMANDS, command_parser
from sesmime.relay.journal import Journal
from sesmime.relay.spool import Mail, Spool, State
from sesmime.relay.telling import Told, tell
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters, Destination
from tests.cli.running import Ran, run
from tests.planted import SECRET, assert_silent
from tests.ses.events.configurations import destination, dimension

WHO: Final = SECRET.decode()
ADDRESS: Final = f"{WHO}@b.example"
WORD: Final = base64.b64encode(ADDRESS.encode()).decode()
ARN: Final = f"arn:aws:ses:eu-west-1:123456789012:identity/{ADDRESS}"
# Names in every form, each with words of its own: two letters of the planted word, and a number.
NAMED: Final = "Quirinus"
LAST: Final = "Zwetschgenkern"
NAME: Final = f"{NAMED} {LAST}"
NAME_WORD: Final = base64.b64encode(NAME.encode()).decode()
# Commands that tell of no message.
WITHOUT: Final = {"rule", "rules", "help", "reference", "completion"}

FIELDS: Final = f"""\
From: Joe <{ADDRESS}>
Sender: {WHO}@c.example
To: "{WHO} x"@b.example, {WHO} @ b.example, {WHO}@ b.example, {WHO}@[1.2.3.4], <@r.example:{ADDRESS}>
Cc: {ADDRESS}, {WHO}@@d.example, {WHO}@d@e.example, {WHO}@, {WHO}\N{LATIN SMALL LETTER E WITH ACUTE}@b.example
Bcc: group: {ADDRESS}, {"x" * 60}{WHO}{"y" * 80}@b.example;
Reply-To: =?utf-8?q?{WHO}=40b.example?=, =?utf-8?b?{WORD}?= <{WHO}@{"sub." * 40}example>
Return-Path: <{ADDRESS}
Disposition-Notification-To: =?utf-8?q?{WHO}?=
 =?utf-8?q?=40b.example?=
List-Unsubscribe: <mailto:{ADDRESS}>, <https://x.example/?who={WHO}%40b.example>
Message-ID: <{ADDRESS}>
Subject: for {ADDRESS}
Subject: for {ADDRESS} again
X-SES-SOURCE-ARN: {ARN}
X-SES-CONFIGURATION-SET: {ADDRESS}
X-SES-MESSAGE-TAGS: who={ADDRESS}, {ADDRESS}=x
X-SES-{ADDRESS}: x
X-Other: {ADDRESS}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; name="{ADDRESS}"
Content-Disposition: attachment; filename*=utf-8''{WHO}%40b.example

{ADDRESS}
--b
Content-Type: message/rfc822

From: {ADDRESS}
X-SES-MESSAGE-TAGS: who={ADDRESS}

{ADDRESS}
--b--
"""
MESSAGE: Final = FIELDS.replace("\n", "\r\n").encode()
GOOD: Final = (
    f"From: <{ADDRESS}>\r\nTo: {WHO}@c.example\r\nSubject: s\r\nMIME-Version: 1.0\r\nX-SES-SOURCE-ARN: {ARN}\r\n"
    f"Content-Type: text/plain; charset=us-ascii\r\nMessage-ID: <{ADDRESS}>\r\n\r\nHello\r\n"
).encode()
ERROR: Final = f"MessageRejected: Email address is not verified. The following identities failed: {ADDRESS}"


NAMES: Final = {
    "atoms": f"{NAME} <j@b.example>",
    "quoted": f'"{NAME}" <j@b.example>',
    "quoted, with a comma": f'"{LAST}, {NAMED}" <j@b.example>',
    "escaped": f'"{NAMED} \\"Q\\" \\\\ {LAST}" <j@b.example>',
    "no quotes around a comma": f"{LAST}, {NAMED} <j@b.example>",
    "dots": f"Q. {NAMED} v. {LAST} <j@b.example>",
    "comment": f"j@b.example ({NAME})",
    "comments in one another": f"j@b.example ({NAMED} (of {LAST}) x)",
    "comment inside": f"j({NAME})@b.example",
    "group": f"{NAME}: j@b.example, k@b.example;",
    "empty group": f"{NAME}:;",
    "encoded": f"=?utf-8?q?{NAMED}_{LAST}?= <j@b.example>",
    "base64": f"=?utf-8?b?{NAME_WORD}?= <j@b.example>",
    "two words": f"=?utf-8?q?{NAMED}?= =?iso-8859-1?q?_{LAST}=E9?= <j@b.example>",
    "encoded in quotes": f'"=?utf-8?q?{NAMED}_{LAST}?=" <j@b.example>',
    "malformed word": f"=?utf-8?q?{NAMED} {LAST}?= <j@b.example>",
    "unknown charset": f"=?x-none?q?{NAMED}_{LAST}?= <j@b.example>",
    "8-bit": f"{NAMED} \u00e9 {LAST} <j@b.example>",
    "8-bit in the name": f"{NAMED}\u00e9\u4e2d {LAST}\u00e9 <j@b.example>",
    "controls": f"{NAMED}\x01{LAST} <j@b.example>",
    "bidirectional": f'"{NAMED}\u202e{LAST}" <j@b.example>',
    "NUL": f"{NAMED}\0{LAST} <j@b.example>",
    "folded": f"{NAMED}\r\n {LAST} <j@b.example>",
    "no address": NAME,
    "no closing quote": f'"{NAME} <j@b.example>',
    "no closing bracket": f"{NAME} <j@b.example",
    "no bracket": f"{NAME} j@b.example",
    "an address as well": f'"{NAME} j@c.example" <j@b.example>',
    "misleading": f"{NAMED}@c.example {LAST} <j@b.example>",
    "long": f'"{NAME} {"x" * 70} {NAME} {"y " * 60}{NAME}" <j@b.example>',
    "apostrophes": f"'{NAME}' <j@b.example>",
    "repeated": f"{NAME} <j@b.example>, {NAME} <k@b.example>, {NAME} <j@b.example>",
    "semicolon": f"{NAME} <j@b.example>; {NAME} <k@b.example>",
    "no local part": f"{NAME} <@b.example>",
    "two addresses": f"{NAME} <j@b.example> <k@b.example>",
    "text behind": f"<j@b.example> {NAME}",
}
# Where what is planted beside the address fields is another name than theirs.
OTHERWISE: Final = ("dots", "comments in one another", "two words", "unknown charset", "misleading", "long")
WRITTEN: Final = ("From", "Sender", "To", "Cc", "Bcc", "Reply-To", "Return-Path", "Disposition-Notification-To")


def message_naming(form: str) -> bytes:
    list_of_addresses, name = NAMES[form], "x" if form in OTHERWISE else NAME
    fields = "".join(f"{field}: {list_of_addresses}\r\n" for field in WRITTEN)
    inner = f"From: {list_of_addresses}\r\nX-SES-MESSAGE-TAGS: a={name}\r\n\r\n{name}\r\n"
    return (
        f"{fields}Subject: for {name}\r\nX-SES-CONFIGURATION-SET: {name}\r\nX-SES-MESSAGE-TAGS: who={name}\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-Description: {name}\r\n\r\n"
        f'--b\r\nContent-Type: text/plain; name="{name}.txt"\r\n\r\n{name}\r\n'
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}--b--\r\n"
    ).encode()


def runs_naming(folder: Path, form: str) -> Iterator[tuple[str, tuple[object, ...]]]:
    file, out, message = folder / "m.eml", folder / "out", message_naming(form)
    file.write_bytes(message)
    (folder / "destination").write_text(json.dumps(destination(dimension("From", "EMAIL_HEADER"))))
    every = ("--select", "SES,RFC,SEC,BULK")
    settings = ("--source", f"{NAME} <j@b.example>", "--to", f'"{NAME}" <k@c.example>')
    for output in ("full", "concise", "json", "json-lines", "github", "gitlab", "sarif", "junit"):
        yield "lint", (file, *every, "--output-format", output)
    yield "show", (file,)
    yield "show", (file, "--json")
    yield "strip", (file, "-o", out)
    yield "prepare", (file, "-o", out)
    yield "prepare", (file, "--emit", "report", *settings)
    yield "forward", (file, "-o", out, "--sender", f"{NAME} <d@b.example>", "--to", "d@d.example")
    yield "forward", (file, "--emit", "report", "--sender", "d@b.example", "--to", "d@d.example")
    for as_json in ((), ("--json",)):
        yield "resolve", (file, *as_json)
        yield "resolve", (file, *as_json, *settings)
        yield "tags", (file, *as_json)
        yield "explain", (f"Illegal address: {NAME} <j@b.example>", file, *as_json)
        yield "dimensions", (file, "--destination", folder / "destination", *as_json)
    yield "send", ("--dry-run", file, *settings)
    for interface in ("smtp", "sesv2"):
        yield "convert", (file, "--to", interface, "-o", out)
    yield "event", (file, "--kind", "bounce")
    yield "event", (file, "--kind", "click", "--carrier", "sns")
    yield "scan", (file, "-o", "-", "--format", "jsonl", "--jobs", "1", *every)
    yield "build", ("--from", f"{NAME} <j@", "--to", f"{NAME} <k@b.example>", "--text", file, "-o", out)
    made = run("event", file, "--kind", "click")
    if not made.code:
        (folder / "events").write_bytes(made.out)
        for as_json in ((), ("--json",)):
            yield "events", (folder / "events", *as_json)
    held(folder / "spool", message, f"Illegal address {NAMES[form]}")
    for as_json in ((), ("--json",)):
        yield "spool", (folder / "spool", *as_json)


def runs(folder: Path) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Return commands with arguments; what is a product goes to a file."""
    bad, good, out = folder / "bad.eml", folder / "good.eml", folder / "out"
    bad.write_bytes(MESSAGE)
    good.write_bytes(GOOD)
    given = destination(dimension("X-Other", "EMAIL_HEADER"))
    (folder / "destination").write_text(json.dumps(given))
    (folder / "text").write_text(f"for {ADDRESS}")
    settings = ("--source", f"<{ADDRESS}>", "--to", f"Joe <{ADDRESS}>, {WHO}@c.example", "--source-arn", ARN)
    every = ("--select", "SES,RFC,SEC,BULK")
    for file in (bad, good):
        yield "show", (file,)
        yield "show", (file, "--json")
        yield "show", (file, "--part", "1", "-o", out)
        yield "strip", (file, "-o", out)
        yield "lint", (file, *every)
        yield "prepare", (file, "-o", out)
        yield "prepare", (file, "--emit", "report")
        yield "prepare", (file, "--emit", "request", "-o", out, *settings)
        yield "forward", (file, "-o", out, "--sender", f"Desk <{ADDRESS}>", "--to", f"{WHO}@d.example")
        yield "forward", (file, "--emit", "report", "--sender", ADDRESS, "--to", f"{WHO}@d.example")
        for form in ((), ("--json",)):
            yield "resolve", (file, *form, *settings)
            yield "tags", (file, *form)
            yield "explain", (ERROR, file, *form)
            yield "explain", ("Invalid tag name <x>", file, *form)
        for interface in ("ses", "sesv2"):
            yield "send", ("--dry-run", file, "--interface", interface)
            yield "send", ("--dry-run", file, "--interface", interface, *settings)
        yield "convert", (file, "--to", "smtp", "-o", out, "--mail-from", ADDRESS, "--rcpt-to", ADDRESS)
        yield "convert", (file, "--to", "sesv2", "-o", out)
        for form in ((), ("--json",)):
            yield "dimensions", (file, "--destination", folder / "destination", *form)
    yield "event", (bad, "--kind", "bounce")
    yield "event", (bad, "--kind", "click", "--carrier", "sns")
    yield "event", (good, "--kind", "send", "--carrier", "sqs")
    yield "scan", (bad, good, "-o", folder / "rows.jsonl", "--jobs", "1", *every)
    yield "scan", (bad, good, "-o", "-", "--format", "csv", "--jobs", "1")
    yield "build", ("--from", ADDRESS, "--to", ADDRESS, "--text", folder / "text", "-o", out)
    yield "build", ("--from", ADDRESS, "--to", f"{WHO}@", "--text", folder / "text", "-o", out)
    yield "convert", (good, "--to", "smtp", "--mail-from", f"{WHO}@")
    yield "resolve", (good, "--source", f"{WHO}@b@c.example")
    yield "resolve", (good, "--tag", f"{ADDRESS}")
    yield "show", (folder / ADDRESS,)
    for form in ((), ("--json",)):
        spool(folder / "spool")
        yield "spool", (folder / "spool", *form)
        for kind in ("bounce", "click"):
            (folder / "events").write_bytes(run("event", bad, "--kind", kind).out)
            assert_planted((folder / "events").read_bytes())
            yield "events", (folder / "events", *form)


def spool(path: Path) -> None:
    path.unlink(missing_ok=True)
    made = Spool(str(path))
    mail = Mail(
        octets=GOOD,
        parameters=ApiParameters(source=ADDRESS),
        interface=Interface.SEND_RAW_EMAIL,
        destinations=(Destination((ADDRESS, f"{WHO}@c.example")),),
        digest=b"1",
        sender=ADDRESS,
        message_id=f"<{ADDRESS}>",
    )
    made.take(mail)
    call = made.pick(1)[0][0]
    assert made.begin(call)
    made.record(call, State.FAILED, reason=ERROR)
    made.close()


def held(path: Path, message: bytes, reason: str) -> None:
    """Make a spool with a message that a service refused in words that have its name."""
    path.unlink(missing_ok=True)
    made = Spool(str(path))
    made.take(
        Mail(
            octets=message,
            parameters=ApiParameters(source="j@b.example"),
            interface=Interface.SEND_RAW_EMAIL,
            destinations=(Destination(("k@c.example",)),),
            digest=b"1",
            sender="j@b.example",
            message_id="",
        )
    )
    call = made.pick(1)[0][0]
    assert made.begin(call)
    made.record(call, State.FAILED, reason=reason)
    made.close()


def assert_nameless(where: str, text: str | bytes) -> None:
    octets = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    coded = [base64.b64encode(NAME.encode())[:12], base64.b64encode(b"=" + NAME.encode())[4:16]]
    for trace in (NAMED.encode(), LAST.encode(), *coded):
        at = octets.find(trace)
        assert at < 0, f"{where}: {octets[max(0, at - 90) : at + 60]!r}"


def assert_planted(octets: bytes) -> None:
    assert SECRET in octets


def told(ran: Ran) -> bytes:
    return ran.out + ran.err.encode()


def test_no_command_tells_one(tmp_path: Path) -> None:
    shown: dict[str, bool] = {}
    for command, arguments in runs(tmp_path):
        plain, redacted = run(command, *arguments), run(command, "--redact", *arguments)
        where = f"{command} {' '.join(map(str, arguments))}"
        assert redacted.code == plain.code, where
        assert_silent(where, told(redacted))
        shown[command] = shown.get(command, False) or SECRET in told(plain)
        assert bool(plain.out) == bool(redacted.out), where
        if plain.out.startswith((b"{", b"[")):
            assert redacted.json is not None
    assert {command for command, is_shown in shown.items() if not is_shown} <= {"build"}  # it tells of numbers alone
    assert_silent("rows", (tmp_path / "rows.jsonl").read_bytes())
    assert (tmp_path / "rows.jsonl").read_bytes().count(b"***@***") > 3
    everybody = {name for name in COMMANDS if has_redact(name)}
    assert everybody == COMMANDS.keys() - WITHOUT
    assert everybody - shown.keys() == {"relay", "serve", "sendmail"}  # below


@pytest.mark.parametrize("form", NAMES)
def test_no_command_tells_a_name(form: str, tmp_path: Path) -> None:
    shown = set()
    for command, arguments in runs_naming(tmp_path, form):
        plain, redacted = run(command, *arguments), run(command, "--redact", *arguments)
        where = f"{command} {' '.join(map(str, arguments))}"
        assert redacted.code == plain.code, where
        assert_nameless(where, told(redacted))
        if NAMED.encode() in told(plain):
            shown.add(command)
        if "--json" in arguments or "report" in arguments or "sarif" in arguments:
            assert not plain.out or redacted.json is not None
    assert shown >= {"lint", "show", "resolve"}


@pytest.mark.parametrize("form", NAMES)
def test_sendmail_tells_no_name(form: str) -> None:
    arguments = ("-t", "-v", "--dry-run", f"-F{NAME}", "-f", f"{NAME} <j@b.example>", "--select", "SES,RFC,SEC,BULK")
    for message in (message_naming(form), b"To: k@c.example\nSubject: s\n\nHi\n"):
        plain = run("sendmail", *arguments, stdin=message)
        redacted = run("sendmail", "--redact", *arguments, stdin=message)
        assert redacted.code == plain.code
        assert_nameless("sendmail", told(redacted))


def has_redact(name: str) -> bool:
    return "--redact" in command_parser(name, import_module(f"sesmime.cli.commands.{name}"))._option_string_actions


@pytest.mark.parametrize("message", [MESSAGE, GOOD], ids=["bad", "good"])
def test_sendmail_tells_none(message: bytes) -> None:
    arguments = ("-t", "-v", "--dry-run", f"-f{ADDRESS}")
    plain = run("sendmail", *arguments, stdin=message)
    redacted = run("sendmail", *arguments, "--redact", stdin=message)
    assert plain.code == redacted.code
    assert_planted(told(plain))
    assert_silent("sendmail", told(redacted))


def test_the_log_of_the_relay_tells_domains_only() -> None:
    reply = f'554 Email address is not verified: "{WHO} y"@c.example, {ADDRESS}'
    record = Told(event="message", sender=ADDRESS, to=(f"{WHO}@c.example",), message_id=f"<{ADDRESS}>", reply=reply)
    for as_json in (False, True):
        lines: list[str] = []
        journal = Journal(lines.append, as_json=as_json, redact=True)
        logger = logging.getLogger("sesmime.relay")
        logger.addHandler(journal)
        try:
            tell(logging.WARNING, f"<{ADDRESS}> to <{WHO}@c.example>: {reply}", record)
        finally:
            logger.removeHandler(journal)
        text = "".join(lines)
        assert_silent("log", text)
        assert "***@b.example" in text
        assert "***@c.example" in text
        if as_json:
            assert json.loads(lines[0])["sender"] == "***@b.example"


def test_the_log_of_the_relay_tells_no_name() -> None:
    message = f"From: {NAME} <j@b.example>\r\nTo: k@c.example\r\n\r\nHi\r\n".encode()
    reply = f"554 Illegal address '{NAME} <j@b.example>'"
    for as_json in (False, True):
        lines: list[str] = []
        journal = Journal(lines.append, as_json=as_json, redact=True)
        logger = logging.getLogger("sesmime.relay")
        logger.addHandler(journal)
        try:
            tell(logging.WARNING, f"for {NAME}: {reply}", Told(event="message", reply=reply), message=message)
        finally:
            logger.removeHandler(journal)
        assert_nameless("log", "".join(lines))
        assert "***@b.example" in lines[0]


def test_the_log_of_serve_tells_none() -> None:
    pytest.importorskip("moto")
    from sesmime.cli.commands.serve import _WithoutAddresses

    try:
        raise ValueError(f"no room for {ADDRESS}")
    except ValueError as error:
        fault = (type(error), error, error.__traceback__)
    record = logging.LogRecord("sesmime.local", logging.ERROR, "x.py", 1, "<%s> was refused", (ADDRESS,), fault)
    text = _WithoutAddresses().format(record)
    assert_silent("log", text.replace('raise ValueError(f"no room for {ADDRESS}")', ""))
    assert "<***@***> was refused" in text
    assert "ValueError: no room for ***@***" in text


def test_each_says_what_it_hides() -> None:
    for name in COMMANDS.keys() - WITHOUT:
        parser = command_parser(name, import_module(f"sesmime.cli.commands.{name}"))
        action = parser._option_string_actions["--redact"]
        assert isinstance(action, argparse._StoreTrueAction)
        assert action.help is not None
        assert action.help.startswith("hide ")
