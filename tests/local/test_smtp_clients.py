"""Clients of the local SES by SMTP that are slow, rude, or go: nothing is said to be taken that was not kept."""

from __future__ import annotations

import gc
import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from sesmime.local import LocalSes, Options
from tests.local.conftest import resident
from tests.local.raw_smtp import MESSAGE, Raw, begin, serves_on

pytestmark = pytest.mark.edges


@pytest.fixture(scope="module")
def module_ses() -> Iterator[LocalSes]:
    with LocalSes(Options(any_identity=True)) as ses:
        yield ses


@pytest.fixture
def ses(module_ses: LocalSes) -> LocalSes:
    module_ses.inbox.delete()
    return module_ses


def test_a_slow_client_is_waited_for_while_others_are_served(ses: LocalSes) -> None:
    with closing(Raw(ses)) as raw:
        for octet in b"EHLO me\r\nMAIL FROM:<a@b.example>\r\n":
            raw.send(bytes([octet]))
            time.sleep(0.002)
        assert raw.reply()[0] == 250
        assert raw.reply()[0] == 250
        serves_on(ses)
        assert raw.ask(b"RCPT TO:<c@d.example>")[0] == 250
        assert raw.ask(b"DATA")[0] == 354
        for start in range(0, len(MESSAGE), 7):
            raw.send(MESSAGE[start : start + 7])
            time.sleep(0.005)
        assert raw.ask(b".")[0] == 250
    assert len(ses.inbox) == 2


@pytest.mark.parametrize("stage", ["at-once", "greeted", "in-command", "recipients", "in-data", "before-the-dot"])
def test_a_client_that_goes_has_sent_nothing(ses: LocalSes, stage: str) -> None:
    with closing(Raw(ses)) as raw:
        if stage == "greeted":
            raw.ask(b"EHLO me")
        elif stage == "in-command":
            raw.send(b"EHLO m")
        elif stage != "at-once":
            begin(raw)
        if stage in ("in-data", "before-the-dot"):
            assert raw.ask(b"DATA")[0] == 354
            raw.send(MESSAGE if stage == "before-the-dot" else MESSAGE[:30])
    serves_on(ses)
    assert len(ses.inbox) == 1


def test_a_client_that_goes_after_the_dot_has_sent_it_once_at_most(ses: LocalSes) -> None:
    # It has heard no 250: either is right.
    with closing(Raw(ses)) as raw:
        begin(raw)
        assert raw.ask(b"DATA")[0] == 354
        raw.send(MESSAGE + b".\r\n")
    serves_on(ses)
    assert len(ses.inbox) in (1, 2)


def test_a_command_without_end_is_refused(ses: LocalSes) -> None:
    with closing(Raw(ses)) as raw:
        raw.send(b"EHLO " + b"x" * 3_000_000 + b"\r\n")
        assert raw.reply()[0] == 500
        assert raw.ask(b"NOOP")[0] == 250
    with closing(Raw(ses)) as raw:
        raw.send(b"x" * 3_000_000)  # and goes
    serves_on(ses)


def test_a_line_of_a_message_without_end_is_refused(ses: LocalSes) -> None:
    with closing(Raw(ses)) as raw:
        begin(raw)
        assert raw.ask(b"DATA")[0] == 354
        raw.send(MESSAGE + b"y" * 3_000_000 + b"\r\n.\r\n")
        code, _ = raw.reply()
        assert code in (500, 552, 554)
        assert raw.ask(b"NOOP")[0] == 250
    assert all(kept.message_id is None for kept in ses.inbox)


def test_recipients_have_a_bound(ses: LocalSes) -> None:
    with closing(Raw(ses)) as raw:
        assert raw.ask(b"EHLO me")[0] == 250
        assert raw.ask(b"MAIL FROM:<a@b.example>")[0] == 250
        codes = [raw.ask(b"RCPT TO:<c%d@d.example>" % number)[0] for number in range(1_001)]
        assert codes == [250] * 1_000 + [452]
        assert raw.ask(b"DATA")[0] == 354
        code, text = raw.ask(MESSAGE + b".")
        assert (code, text.partition(":")[0]) == (554, "Transaction failed")
    assert [kept.message_id for kept in ses.inbox] == [None]


def test_commands_may_come_in_one_piece(ses: LocalSes) -> None:
    with closing(Raw(ses)) as raw:
        commands = b"EHLO me\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"
        raw.send(commands + MESSAGE + b".\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n")
        raw.send(MESSAGE + b".\r\nQUIT\r\n")
        assert [raw.reply()[0] for _ in range(9)] == [250, 250, 250, 354, 250, 250, 250, 354, 250]
        assert raw.reply()[0] == 221
    assert len(ses.inbox) == 2


def test_what_is_offered_is_taken_and_nothing_else_is(ses: LocalSes) -> None:
    with smtplib.SMTP(*ses.smtp_address, timeout=20) as smtp:
        smtp.ehlo()
        offered = {name.lower() for name in smtp.esmtp_features}
        assert {"size", "8bitmime", "starttls", "auth"} <= offered
        assert not offered & {"smtputf8", "chunking", "binarymime"}
        assert smtp.docmd("BDAT 5 LAST")[0] == 500
        assert smtp.mail("a@b.example", ["BODY=8BITMIME"])[0] == 250
        smtp.rset()
        assert smtp.mail("a@b.example", ["BODY=BINARYMIME"])[0] == 501
        assert smtp.docmd("MAIL FROM:<a@b.example> SMTPUTF8")[0] in (501, 555)
        assert smtp.docmd("MAIL FROM:<a@b.example> NOTHING=1")[0] == 555
        assert smtp.docmd("MAIL FROM:<a@b.example> SIZE=99999999")[0] == 552
        assert smtp.docmd("FOO")[0] == 500
        smtp.send(b"MAIL FROM:<\xff\xfe@b.example>\r\n")
        assert smtp.getreply()[0] >= 500
        assert smtp.docmd("VRFY", "a@b.example")[0] in (250, 252)
        assert smtp.docmd("EXPN", "all")[0] in (500, 502)


@pytest.mark.slow
def test_more_than_40_mb_is_refused_and_memory_goes_with_the_clients(ses: LocalSes) -> None:
    line = b"z" * 70 + b"\r\n"

    def send_too_much() -> None:
        with closing(Raw(ses)) as raw:
            begin(raw)
            assert raw.ask(b"DATA")[0] == 354
            piece = line * 20_000
            for _ in range(41 * 1024 * 1024 // len(piece) + 1):
                raw.send(piece)
            assert raw.ask(b"\r\n.") == (552, "Message is too long.")
            assert raw.ask(b"NOOP")[0] == 250

    def send_half_and_go() -> None:
        with closing(Raw(ses)) as raw:
            begin(raw)
            raw.ask(b"DATA")
            raw.send(line * 200_000)

    def send_all() -> None:
        threads = [threading.Thread(target=one) for one in (send_too_much, send_half_and_go, send_half_and_go)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(0.5)
        gc.collect()

    send_all()
    before = resident()
    for _ in range(3):
        send_all()
    assert resident() - before < 60, "MiB"
    assert len(ses.inbox) == 0
    serves_on(ses)


def test_connections_have_a_bound(local: Callable[..., LocalSes], caplog: pytest.LogCaptureFixture) -> None:
    ses = local(any_identity=True, patience=60.0)
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(closing(Raw(ses)))
        with pytest.raises(smtplib.SMTPConnectError) as refused:
            smtplib.SMTP(*ses.smtp_address, timeout=20)
        assert (refused.value.smtp_code, refused.value.smtp_error) == (421, b"Too many concurrent SMTP connections")
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            serves_on(ses)
            break
        except smtplib.SMTPConnectError:
            time.sleep(0.05)
    assert len(ses.inbox) == 1
    assert [record for record in caplog.records if record.name == "asyncio" and record.levelname == "ERROR"] == []
