"""The canonical text of a message: what it sets aside, what it keeps, and that snapshots of it stay."""

from __future__ import annotations

import doctest
import os
import subprocess
import sys
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path

import pytest

import sesmime.testing
from sesmime import Attachment, build, to_7bit
from sesmime.testing import canonical, record_sent
from tests.testing.projects import PLUGIN
from tests.testing.sending import MESSAGE

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
# A program that makes a message anew: dates, identifiers, boundaries and names of embedded parts are others each time.
MAKING = """
import datetime, random
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

def make_message():
    message = EmailMessage()
    fields = [("From", "Jörg <a@b.example>"), ("To", "c@d.example"), ("Subject", "Grüße aus Köln"), ("X-Kind", "a")]
    random.shuffle(fields)
    for name, value in fields:
        message[name] = value
    message["Date"] = format_datetime(datetime.datetime.fromtimestamp(random.randrange(2**31), datetime.timezone.utc))
    message["Message-ID"] = make_msgid(domain="b.example")
    name = make_msgid(domain="b.example")
    message.set_content("Grüße\\n" + "lang " * 40 + "\\n", cte=random.choice(["base64", "quoted-printable", "8bit"]))
    message.add_alternative(f'<p>Grüße</p><img src="cid:{name[1:-1]}">', subtype="html")
    shown = {"cid": name, "filename": "bild.png", "disposition": "inline"}
    message.get_payload()[1].add_related(b"\\x89PNG" * 9, "image", "png", **shown)
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Rechnung.pdf")
    message.set_boundary(f"=={random.random()}==")
    return message
"""
# What it is, read and found right.
EXPECTED = """\
From: Jörg <a@b.example>
To: c@d.example
Subject: Grüße aus Köln
Content-Type: multipart/mixed
X-Kind: a

=== part 1
Content-Type: multipart/alternative

=== part 1.1
Content-Type: text/plain; charset="utf-8"

Grüße
{long}

=== part 1.2
Content-Type: multipart/related

=== part 1.2.1
Content-Type: text/html; charset="utf-8"

<p>Grüße</p><img src="cid:cid-1">

=== part 1.2.2
Content-Disposition: inline; filename="bild.png"
Content-ID: <cid-1>
Content-Type: image/png

[36 octets, sha256 {png}]

=== part 2
Content-Disposition: attachment; filename="Rechnung.pdf"
Content-Type: application/pdf

[4 octets, sha256 {pdf}]
"""


def made() -> EmailMessage:
    names: dict[str, object] = {}
    exec(MAKING, names)
    message: EmailMessage = names["make_message"]()  # type: ignore[operator]
    return message


def test_doctests() -> None:
    assert doctest.testmod(sesmime.testing).failed == 0


def test_it_reads_as_the_recipient_sees_it() -> None:
    png, pdf = (sha256(content).hexdigest()[:16] for content in (b"\x89PNG" * 9, b"%PDF"))
    # The blank before the end of the line is the text's own.
    assert canonical(made()) == EXPECTED.format(long="lang " * 40, png=png, pdf=pdf)


def test_it_is_the_same_for_each_that_is_made() -> None:
    texts = {canonical(made()) for _ in range(20)}
    assert len(texts) == 1


@pytest.mark.slow
def test_it_is_the_same_in_20_processes() -> None:
    code = MAKING + "from sesmime.testing import canonical\nimport sys\n"
    code += "sys.stdout.buffer.write(canonical(make_message()).encode())"
    texts = {
        subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            capture_output=True,
            check=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
        ).stdout
        for seed in range(20)
    }
    assert texts == {canonical(made()).encode()}


class TestSetAside:
    def test_how_it_is_written(self) -> None:
        message = build(
            sender="a@b.example",
            to=["c@d.example"],
            subject="Grüße " * 20,
            text="Grüße\r\n",
            html="<p>Grüße</p>\r\n",
            attachments=[Attachment(b"a,b\n", filename="ä" * 80 + ".csv")],
        )
        text = canonical(message)
        assert ("Grüße " * 20).strip() in text
        assert canonical(message.replace(b"\r\n", b"\n")) == text
        assert canonical(to_7bit(message)) == text
        assert canonical(b"Received: by x\r\nDKIM-Signature: v=1\r\n" + message) == text

    @pytest.mark.parametrize("file", sorted((ROOT / "tests/data/messages").glob("*.eml")), ids=lambda file: file.stem)
    def test_transfer_encodings_of_any_message(self, file: Path) -> None:
        message = file.read_bytes()
        text = canonical(message)
        assert canonical(message) == text
        text.encode("utf-8")  # it can be kept in a file
        assert all(line.isprintable() for line in text.replace("\t", "").split("\n"))


class TestKept:
    @pytest.mark.parametrize(
        "other",
        [
            MESSAGE.replace(b"Hello", b"hello"),
            MESSAGE.replace(b"Subject: Hi", b"Subject: hi"),
            MESSAGE.replace(b"Subject: Hi", b"X: y\r\nSubject: Hi"),
            MESSAGE.replace(b"Subject: Hi", b"Content-Type: text/html\r\nSubject: Hi"),
            MESSAGE + b"more\r\n",
        ],
    )
    def test_what_a_recipient_sees(self, other: bytes) -> None:
        assert other != MESSAGE
        assert canonical(other) != canonical(MESSAGE)

    def test_the_order_of_fields_of_one_name(self) -> None:
        assert canonical(b"X: 1\r\nX: 2\r\n\r\n") != canonical(b"X: 2\r\nX: 1\r\n\r\n")

    def test_bytes_that_are_no_text(self) -> None:
        head = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
        assert canonical(head + b"\xff\xfe\r\n") != canonical(head + b"\xfe\xff\r\n")

    def test_two_embedded_parts_stay_two(self) -> None:
        html = b'<img src="cid:%s"><img src="cid:%s">\r\n'

        def related(first: bytes, second: bytes, shown: tuple[bytes, bytes]) -> bytes:
            parts = (
                b"Content-Type: text/html\r\n\r\n" + html % shown,
                b"Content-Type: image/png\r\nContent-ID: <%s>\r\n\r\na" % first,
                b"Content-Type: image/png\r\nContent-ID: <%s>\r\n\r\nb" % second,
            )
            body = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts)
            return b"Content-Type: multipart/related; boundary=x\r\n\r\n" + body + b"--x--\r\n"

        one = related(b"p1@x", b"p1@xy", (b"p1@x", b"p1@xy"))
        assert canonical(one) == canonical(related(b"q@x", b"r@x", (b"q@x", b"r@x")))
        assert canonical(one) != canonical(related(b"q@x", b"r@x", (b"r@x", b"q@x")))


def test_more_fields_can_be_ignored_or_none() -> None:
    dated = b"Date: Mon, 1 Jan 2024 10:00:00 +0000\r\n" + MESSAGE
    assert "Date" not in canonical(dated)
    assert "Date: Mon, 1 Jan 2024 10:00:00 +0000\n" in canonical(dated, ignore=())
    assert "Subject" not in canonical(dated, ignore=["subject"])
    with pytest.raises(TypeError, match="a list of field names"):
        canonical(dated, ignore="Date")


def test_what_is_taken() -> None:
    import smtplib

    with record_sent() as outbox:

        class Silent(smtplib.SMTP):
            def docmd(self, cmd: str, args: str = "") -> tuple[int, bytes]:
                return 250, b""

            def putcmd(self, cmd: str, args: str = "") -> None: ...

            def getreply(self) -> tuple[int, bytes]:
                return 354, b""

            def send(self, s: object) -> None: ...

        connection = Silent()
        connection.mail("a@b.example")
        connection.data(MESSAGE)
    assert canonical(outbox.last) == canonical(MESSAGE) == canonical(outbox.last.message)
    with pytest.raises(TypeError):
        canonical(5)


@pytest.mark.edges
@pytest.mark.slow
class TestSnapshots:
    """The real syrupy and inline-snapshot: made once, they hold for messages made anew, and fail for another."""

    @pytest.fixture(autouse=True)
    def _no_worker(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # inline-snapshot makes none where it takes itself for a worker of pytest-xdist or for CI.
        for name in [name for name in os.environ if name.startswith("PYTEST_XDIST_") or name == "CI"]:
            monkeypatch.delenv(name)

    def run(self, pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
        return pytester.runpytest_subprocess(*PLUGIN, "-p", "no:randomly", *arguments)

    def test_syrupy(self, pytester: pytest.Pytester) -> None:
        pytest.importorskip("syrupy")
        code = """
from sesmime.testing import canonical

@pytest.mark.parametrize("number", range(20))
def test_mail(snapshot, number):
    assert canonical(make_message()) == snapshot(name="mail")
"""
        pytester.makepyfile(test_mail="import pytest\n" + MAKING + code)
        self.run(pytester, "--snapshot-update").assert_outcomes(passed=20)
        (kept,) = pytester.path.glob("__snapshots__/*.ambr")
        assert "Subject: Grüße aus Köln" in kept.read_text(encoding="utf-8")
        self.run(pytester).assert_outcomes(passed=20)
        kept.write_text(kept.read_text(encoding="utf-8").replace("aus Köln", "aus Bonn"), encoding="utf-8")
        self.run(pytester).assert_outcomes(failed=20)

    def test_inline_snapshot(self, pytester: pytest.Pytester) -> None:
        pytest.importorskip("inline_snapshot")
        code = """
from inline_snapshot import snapshot
from sesmime.testing import canonical

def test_mail():
    for _ in range(20):
        assert canonical(make_message()) == snapshot()
"""
        file = pytester.makepyfile(test_mail=MAKING + code)
        self.run(pytester, "--inline-snapshot=create")
        written = file.read_text(encoding="utf-8")
        assert "Subject: Grüße aus Köln" in written
        self.run(pytester, "--inline-snapshot=disable").assert_outcomes(passed=1)
        file.write_text(written.replace("Subject: Grüße aus Köln", "Subject: Grüße aus Bonn"), encoding="utf-8")
        self.run(pytester, "--inline-snapshot=disable").assert_outcomes(failed=1)
