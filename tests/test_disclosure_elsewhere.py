"""What a message keeps to itself where it is kept, scanned or sent: spool, scan, local SES, and errors of children."""

from __future__ import annotations

import logging
import pickle
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

import sesmime
from sesmime import ApiParameters, Interface, SesMimeError, Submission
from sesmime.relay.spool import Mail, Spool, State
from sesmime.ses.settings import Destination
from tests.cli.running import run
from tests.planted import MESSAGES, assert_silent


def test_no_list_of_a_spool_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    spool = Spool(str(path))
    try:
        for number, message in enumerate(MESSAGES.values()):
            spool.take(
                Mail(
                    octets=message,
                    parameters=ApiParameters(source="joe@a.example"),
                    interface=Interface.SEND_RAW_EMAIL,
                    destinations=(Destination(("c@d.example",)),),
                    digest=b"%d" % number,
                    sender="joe@a.example",
                    message_id="",
                )
            )
        for call in spool.pick(3)[0]:
            assert spool.begin(call)
            spool.record(call, State.FAILED, reason="554 Message rejected: no")
        for options in ((), ("--json",)):
            ran = run("spool", *options, path)
            assert ran.out.count(b"joe@a.example") >= len(MESSAGES)
            assert_silent("spool", ran.out + ran.err.encode())
    finally:
        spool.close()


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_no_scan_tells_it(jobs: int, tmp_path: Path) -> None:
    folder, rows = tmp_path / "mail", tmp_path / "rows.jsonl"
    folder.mkdir()
    for number, message in enumerate(MESSAGES.values()):
        (folder / f"{number}.eml").write_bytes(message)
    for command in (["scan", "-o", rows], ["lint"], ["lint", "--output-format", "json"]):
        ran = run(*command, "--jobs", jobs, "--select", "SES,RFC,SEC,BULK", folder)
        assert ran.code == 1
        assert_silent(str(command[0]), ran.out + ran.err.encode())
    assert rows.read_bytes().count(b"\n") > len(MESSAGES)
    assert_silent("rows", rows.read_bytes())


def errors_of(message: bytes) -> Iterator[SesMimeError]:
    for act in (
        lambda: sesmime.prepare(message),
        lambda: sesmime.prepare_forward(message, sender="a@b.example", destination=["c@d.example"]),
        lambda: [entity.text(strict=True) for entity in sesmime.parse(message).walk()],
        lambda: sesmime.recode(message),
        lambda: sesmime.translate(Submission(message), Interface.V2_SEND_EMAIL_SIMPLE),
        lambda: sesmime.prepend_field(message, "X Api", message.decode("latin-1")),
        lambda: sesmime.replace_field(message, "To", message.decode("latin-1")),
    ):
        try:
            act()
        except SesMimeError as error:
            yield error


def test_no_error_that_a_child_hands_over_holds_it() -> None:
    kinds = set()
    for message in MESSAGES.values():
        for error in errors_of(message):
            octets = pickle.dumps(error)
            handed = pickle.loads(octets)
            assert (type(handed), str(handed)) == (type(error), str(error))
            assert_silent("error", f"{handed} {handed!r} {handed.args!r}")
            kinds.add(type(error).__name__)
    assert len(kinds) > 2, kinds


@pytest.mark.edges
@pytest.mark.slow
def test_the_local_ses_says_it_in_no_log_and_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("moto")
    pytest.importorskip("aiosmtpd")
    from botocore.exceptions import ClientError

    from sesmime.local import LocalSes, Options
    from tests.local.conftest import client_of

    caplog.set_level(logging.DEBUG, "sesmime")
    refused, to = 0, {"ToAddresses": ["b@example.net"]}
    with LocalSes(Options(verified_identities=("example.com",))) as ses:
        v1, v2 = client_of(ses, "ses"), client_of(ses, "sesv2")
        for name, message in MESSAGES.items():
            text = {"Data": message.decode("latin-1")}
            simple = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": text}}}
            raw = {"Raw": {"Data": message}}
            for send, given in (
                (v1.send_raw_email, {"RawMessage": raw["Raw"]}),
                (v2.send_email, {"Content": raw}),
                (v2.send_email, {"Content": simple, "FromEmailAddress": "a@example.com", "Destination": to}),
            ):
                try:
                    send(**given)
                except ClientError as error:
                    refused += 1
                    assert_silent(name, f"{error} {error.response}")
            with smtplib.SMTP(*ses.smtp_address) as smtp:
                smtp.ehlo()
                smtp.mail("a@example.com")
                smtp.rcpt("b@example.net")
                assert_silent(name, smtp.data(message)[1])
        assert refused
        assert ses.publisher.drain()
        assert_silent("inbox", repr(ses.inbox.messages()))
    assert_silent("log", "".join(record.getMessage() + str(record.exc_text) for record in caplog.records))
