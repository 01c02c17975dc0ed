"""What tests ask of a message that was sent, and the line of the program that sent it."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from aiosmtpd.controller import Controller
from botocore.stub import Stubber

from sesmime import Attachment, Interface, Severity, build
from sesmime.testing import Outbox, Sent, assert_same_message, assert_ses_ok, record_sent
from tests.testing.sending import MESSAGE, REPEATED

pytestmark = pytest.mark.edges

HTML = """<p><a href="https://a.example/?x=1&amp;y=2">one</a>
<A HREF=' https://b.example/ü '>two</A><a name="top"><map><area href="mailto:a@b.example"></map>
<a href="https://a.example/?x=1&amp;y=2">again</a><a href="">none</a><a href>none</a>
<!-- <a href="https://hidden.example">no</a> --></p>"""
TEXT = """See https://a.example/path_(x)?q=1, (https://c.example/) or <https://d.example/a>.
HTTP://E.EXAMPLE! and https://a.example/?x=1&y=2"""


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    with record_sent() as made:
        yield made


def client(service: Any = "ses") -> Any:
    return boto3.client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def send(message: bytes, made: Any = None) -> None:
    made = made or client()
    with Stubber(made) as stubber:
        stubber.add_response("send_raw_email", {"MessageId": "1"})
        made.send_raw_email(RawMessage={"Data": message})  # the line that sends


LINE = next(
    number
    for number, line in enumerate(Path(__file__).read_text(encoding="utf-8").splitlines(), 1)
    if line.endswith("# the line that sends")
)


def whole() -> bytes:
    return build(
        sender="a@b.example",
        to=["c@d.example"],
        subject="Grüße aus Köln",
        text=TEXT,
        html=HTML,
        attachments=[
            Attachment(b"%PDF", filename="Rechnung.pdf"),
            Attachment(b"a,b\n", filename="liste.csv"),
        ],
    )


class TestContents:
    def test_of_a_whole_message(self, outbox: Outbox) -> None:
        send(whole())
        sent = outbox.last
        assert sent.subject == "Grüße aus Köln"
        assert sent.text is not None
        assert sent.text.rstrip("\n") == TEXT
        assert sent.html is not None
        assert sent.html.rstrip("\n") == HTML
        assert sent.links == (
            "https://a.example/path_(x)?q=1",
            "https://c.example/",
            "https://d.example/a",
            "HTTP://E.EXAMPLE",
            "https://a.example/?x=1&y=2",
            "https://b.example/ü",
            "mailto:a@b.example",
        )
        assert [(one.filename, one.content()) for one in sent.attachments] == [
            ("Rechnung.pdf", b"%PDF"),
            ("liste.csv", b"a,b\n"),
        ]
        assert [one.content_type for one in sent.attachments] == ["application/pdf", "text/csv"]

    def test_of_a_message_without_them(self, outbox: Outbox) -> None:
        send(b"From: a@b.example\r\n\r\n")
        sent = outbox.last
        assert (sent.subject, sent.text, sent.html, sent.links, sent.attachments) == (None, "", None, (), ())

    def test_an_attached_message_is_one_attachment(self, outbox: Outbox) -> None:
        body = b"--x\r\n\r\nouter\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n" + whole() + b"\r\n--x--\r\n"
        send(b"Subject: a\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + body)
        sent = outbox.last
        assert (sent.subject, sent.text, sent.html, sent.links) == ("a", "outer", None, ())
        assert [one.content_type for one in sent.attachments] == ["message/rfc822"]

    @pytest.mark.parametrize("service", ["ses", "sesv2"])
    def test_of_what_ses_assembles(self, outbox: Outbox, service: str) -> None:
        simple = {
            "Subject": {"Data": "Grüße"},
            "Body": {"Text": {"Data": "https://a.example"}, "Html": {"Data": "<b>"}},
        }
        made = client(service)
        request: dict[str, Any] = {"Destination": {"ToAddresses": ["c@d.example"]}}
        request |= (
            {"Source": "a@b.example", "Message": simple}
            if service == "ses"
            else {
                "FromEmailAddress": "a@b.example",
                "Content": {"Simple": simple},
            }
        )
        with Stubber(made) as stubber:
            stubber.add_response("send_email", {"MessageId": "1"})
            made.send_email(**request)
        sent = outbox.last
        assert sent.message is None
        assert (sent.subject, sent.links) == ("Grüße", ("https://a.example",))
        assert (sent.text or "").rstrip("\n") == "https://a.example"
        assert (sent.html or "").rstrip("\n") == "<b>"

    def test_of_a_template_there_are_none(self, outbox: Outbox) -> None:
        made = client("sesv2")
        with Stubber(made) as stubber:
            stubber.add_response("send_email", {"MessageId": "1"})
            made.send_email(
                FromEmailAddress="a@b.example",
                Destination={"ToAddresses": ["c@d.example"]},
                Content={"Template": {"TemplateName": "a", "TemplateData": "{}"}},
            )
        sent = outbox.last
        assert (sent.subject, sent.text, sent.html, sent.links, sent.attachments) == (None, None, None, (), ())


class TestOrigin:
    def test_it_is_the_line_that_calls_the_library(self, outbox: Outbox) -> None:
        send(MESSAGE)
        assert outbox.last.origin is not None
        file, _, line = outbox.last.origin.rpartition(":")
        assert Path(file).resolve() == Path(__file__).resolve()
        assert int(line) == LINE

    def test_what_is_installed_is_passed_over(
        self, outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        code = "def send(client, data):\n    return client.send_raw_email(RawMessage={'Data': data})\n"
        for folder in ("site-packages", "app"):
            (tmp_path / folder).mkdir()
        (tmp_path / "site-packages" / "their_library.py").write_text(code)
        (tmp_path / "app" / "our_program.py").write_text(
            "import their_library\n\ndef send(client, data):\n    their_library.send(client, data)\n"
        )
        for folder in ("site-packages", "app"):
            monkeypatch.syspath_prepend(tmp_path / folder)
        import our_program  # type: ignore[import-not-found]

        made = client()
        with Stubber(made) as stubber:
            stubber.add_response("send_raw_email", {"MessageId": "1"})
            our_program.send(made, MESSAGE)
        monkeypatch.chdir(tmp_path)
        assert (outbox.last.origin or "").replace("\\", "/").endswith("app/our_program.py:4")
        for name in ("our_program", "their_library"):
            monkeypatch.delitem(sys.modules, name)

    def test_every_failure_names_it(self, outbox: Outbox) -> None:
        send(REPEATED)
        send(MESSAGE)
        assert outbox[0].origin
        with pytest.raises(AssertionError) as caught:
            assert_ses_ok(outbox)
        assert f"sent at {outbox[0].origin}" in str(caught.value).splitlines()
        with pytest.raises(AssertionError) as caught:
            assert_same_message(outbox[0], outbox[1])
        lines = str(caught.value).splitlines()
        assert f"  one was sent at {outbox[0].origin}" in lines
        assert f"  other was sent at {outbox[1].origin}" in lines
        unread = Sent(submission=outbox[0].submission, via="boto3", unread="a stream", origin="app.py:5")
        with pytest.raises(AssertionError, match=r"a stream\nsent at app.py:5$"):
            assert_ses_ok(unread)

    def test_two_are_equal_wherever_they_were_sent(self, outbox: Outbox) -> None:
        send(MESSAGE)
        one = outbox.last
        assert Sent(submission=one.submission, via="boto3", origin="elsewhere:1") == one


class TestAiosmtplib:
    """The real aiosmtplib, against aiosmtpd."""

    @pytest.fixture
    def server(self) -> Iterator[Any]:
        class Handler:
            def __init__(self) -> None:
                self.taken: list[Any] = []

            async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, options: Any) -> str:
                if address.startswith("nobody"):
                    return "550 no such user"
                envelope.rcpt_tos.append(address)
                return "250 Ok"

            async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:
                self.taken.append(envelope)
                return "250 Ok"

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        controller = Controller(Handler(), hostname="127.0.0.1", port=port)
        controller.start()
        try:
            yield controller
        finally:
            controller.stop()

    def test_what_it_sends_is_recorded_as_it_arrives(self, outbox: Outbox, server: Any) -> None:
        aiosmtplib = pytest.importorskip("aiosmtplib")
        lines = MESSAGE.replace(b"\r\n", b"\n") + b".dot\n"

        async def work() -> None:
            where = {"hostname": "127.0.0.1", "port": server.port}
            await aiosmtplib.send(lines, sender="a@b.example", recipients=["c@d.example", "e@f.example"], **where)
            async with aiosmtplib.SMTP(**where) as connection:
                await connection.sendmail("a@b.example", ["c@d.example", "nobody@d.example"], MESSAGE)
                await connection.sendmail("g@b.example", ["h@d.example"], MESSAGE.decode())
                with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
                    await connection.sendmail("a@b.example", ["nobody@d.example"], MESSAGE)

        asyncio.run(work())
        arrived = server.handler.taken
        assert len(arrived) == len(outbox) == 3
        assert [one.message for one in outbox] == [one.original_content for one in arrived]
        assert [list(one.envelope.recipients) for one in outbox] == [one.rcpt_tos for one in arrived]
        assert [one.parameters.source for one in outbox] == [one.mail_from for one in arrived]
        assert {(one.via, one.interface) for one in outbox} == {("aiosmtplib", Interface.SMTP)}
        assert all(one.origin and Path(one.origin.rpartition(":")[0]).name == Path(__file__).name for one in outbox)
        assert_ses_ok(outbox, ignore="RFC301", level=Severity.ERROR)

    def test_afterwards_nothing_is_left_in_it(self) -> None:
        aiosmtplib = pytest.importorskip("aiosmtplib")
        before = [getattr(aiosmtplib.SMTP, name) for name in ("mail", "rcpt", "data")]
        with record_sent():
            assert [getattr(aiosmtplib.SMTP, name) for name in ("mail", "rcpt", "data")] != before
        assert [getattr(aiosmtplib.SMTP, name) for name in ("mail", "rcpt", "data")] == before

    def test_both_are_told_apart(self, outbox: Outbox, server: Any) -> None:
        with smtplib.SMTP("127.0.0.1", server.port) as connection:
            connection.sendmail("a@b.example", ["c@d.example"], MESSAGE)
        assert [one.via for one in outbox] == ["smtplib"]
