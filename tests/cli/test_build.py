"""`sesmime build`: the message that is written, and what is told of it (DESIGN, section 5)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sesmime import ListManagement, MessageTag, SesFields, parse, read_ses_fields
from tests.cli.running import Ran, run

COMPLETE = ("--from", "a@example.com", "--date", "2026-11-21T08:30+01:00", "--message-id", "<1@example.com>")
NO_BCC = "it would reveal the blind recipients; pass them to the interface"
ARN = "arn:aws:ses:eu-west-1:123456789012:identity/example.com"


@pytest.fixture(autouse=True)
def _is_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")


def refused(ran: Ran, sentence: str) -> None:
    assert ran == Ran(2, b"", f"sesmime build: {sentence}\n")


def test_a_message_goes_to_standard_output_and_an_account_to_standard_error() -> None:
    ran = run("build", *COMPLETE, "--to", "Zoë <zoe@b.example>", "--subject", "Grüße", "--text", "-", stdin=b"Hello\n")
    message = (
        b"From: a@example.com\r\n"
        b"To: =?utf-8?q?Zo=C3=AB?= <zoe@b.example>\r\n"
        b"Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n"
        b"Date: Sat, 21 Nov 2026 08:30:00 +0100\r\n"
        b"Message-ID: <1@example.com>\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"\r\n"
        b"Hello\r\n"
    )
    assert ran == Ran(0, message, f"built {len(message)} bytes: text\n")


def test_a_message_has_all_that_is_asked_for(tmp_path: Path) -> None:
    text, html, logo, report = (tmp_path / name for name in ("a.txt", "a.html", "logo.gif", "Größe.pdf"))
    text.write_bytes(b"\xef\xbb\xbfcaf\xc3\xa9 noir, caf\xc3\xa9 blanc\n")  # with a byte order mark
    html.write_text('<img src="cid:logo">\n')
    logo.write_bytes(b"GIF")
    report.write_bytes(b"%PDF" * 100_000)
    out = tmp_path / "out.eml"
    ran = run(
        *(
            "build",
            *COMPLETE,
            "-o",
            out,
            "--cc",
            "c@example.com",
            "--cc",
            "d@example.com",
            "--reply-to",
            "r@example.com",
        ),
        *("--text", text, "--html", html, "--inline", f"logo={logo};type=image/x-gif", "--attach", report),
        *(
            "--attach",
            f"{report};type=application/x-pdf",
            "--field",
            "X-Note: näh",
            "--field",
            "List-Id:<l.example.com>",
        ),
        *("--tag", "campaign=spring", "--tag", "b=1", "--configuration-set", "shop", "--tenant", "acme"),
        *("--list", "Weekly", "--topic", "Offers", "--source-arn", ARN, "--from-arn", ARN, "--return-path-arn", ARN),
    )
    message = parse(out.read_bytes())
    assert ran == Ran(0, b"", f"built {len(out.read_bytes()):,} bytes: text, HTML, 1 inline file, 2 attachments\n")
    bodies = {field.name: field.body for field in message.header_section}
    assert bodies["Cc"] == "c@example.com, d@example.com"
    assert bodies["Reply-To"] == "r@example.com"
    assert bodies["X-Note"] == "=?utf-8?q?n=C3=A4h?="
    assert bodies["List-Id"] == "<l.example.com>"
    assert read_ses_fields(out.read_bytes()) == SesFields(
        configuration_set="shop",
        message_tags=(MessageTag("campaign", "spring"), MessageTag("b", "1")),
        source_arn=ARN,
        from_arn=ARN,
        return_path_arn=ARN,
        list_management=ListManagement("Weekly", "Offers"),
        tenant="acme",
    )
    leaves = [entity for entity in message.walk() if not entity.is_multipart]
    assert [leaf.content_type for leaf in leaves] == [
        *("text/plain", "text/html", "image/x-gif", "application/pdf", "application/x-pdf")
    ]
    assert [leaf.filename for leaf in leaves] == [None, None, "logo.gif", "Größe.pdf", "Größe.pdf"]
    assert leaves[0].text() == "café noir, café blanc\r\n"
    assert [leaf.content() for leaf in leaves[2:]] == [b"GIF", b"%PDF" * 100_000, b"%PDF" * 100_000]


def test_a_date_is_taken_in_the_form_of_mail_too() -> None:
    ran = run("build", "--from", "a@example.com", "--date", "Sat, 21 Nov 2026 08:30:00 +0100", "-q")
    assert b"\r\nDate: Sat, 21 Nov 2026 08:30:00 +0100\r\n" in ran.out
    assert ran.err == ""


def test_a_message_without_anything_is_an_empty_text() -> None:
    ran = run("build", "--from", "a@example.com")
    assert ran.code == 0
    assert ran.out.endswith(b"\r\n\r\n\r\n")
    assert ran.err.endswith(" bytes: no text\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--to", "nobody"), "address 'nobody' is invalid: an element has no @, so it is not an address"),
        (("--to", "jörg@b.example"), "address 'jörg@b.example' is invalid: SES accepts only ASCII local parts"),
        (("--to", "a@b.c, d@e.f"), "address 'a@b.c, d@e.f' is invalid: it is not exactly one mailbox"),
        (("--subject", "a\nBcc: b"),
         r"field 'Subject' cannot be written: its body contains the control character '\n'"),
        (("--field", "Bcc: a@b.c"), f"field 'Bcc' cannot be written: {NO_BCC}"),
        (("--field", "X-A"), "--field: 'X-A' is not a field; write 'NAME: BODY'"),
        (("--field", "To: a@b.example"), "field 'To' cannot be written: it has an argument of its own"),
        (("--date", "soon"), "--date: 'soon' is not a date; write it as in 2026-11-21T08:30+01:00"),
        (("--date", "2026-11-21"), "--date: '2026-11-21' has no time zone; add one, such as +01:00 or Z"),
        (("--message-id", "1"),
         "field 'Message-ID' cannot be written: '1' is not a message ID; write it as in <1@example.com>"),
        (("--tag", "a b=1"), "--tag: 'a b=1': a tag name consists of only A-Z a-z 0-9 _ and -"),
        (("--tag", "a=1", "--tag", "a=2"), "message tag 'a=2' cannot be written: its name is used more than once"),
        (("--tenant", "a b"), "tenant 'a b' is invalid: it must be 1 to 64 characters from A-Z a-z 0-9 _ and -"),
        (("--topic", "a"), "--topic needs --list"),
        (("--attach", ""), "--attach: '' does not name a file"),
        (("--attach", "-"), "--attach: '-' does not name a file"),
        (("--attach", ";type=a/b"), "--attach: ';type=a/b' does not name a file"),
        (("--attach", "none.pdf"), "none.pdf cannot be read: No such file or directory"),
        (("--inline", "logo.gif"), "--inline: 'logo.gif' has no content ID; write CID=FILE"),
        (("--inline", "a=logo.gif"), "--inline needs --html, which must refer to the file"),
        (("--text", "none.txt"), "none.txt cannot be read: No such file or directory"),
        (("--text", "-", "--html", "-"), "only one of --text, --html and --calendar can be standard input"),
        (("--text", "-"), "standard input is not UTF-8 text; convert it to UTF-8"),
        (("--bcc", "a"), "unrecognized arguments: --bcc a (did you mean --cc?); see sesmime build --help"),
        (("-o", ""), "'' is not a file name; give the file to write"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_one_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    refused(run("build", *COMPLETE, *arguments, stdin=b"caf\xe9"), sentence)


def test_a_folder_is_no_file_and_nothing_is_written(tmp_path: Path) -> None:
    out = tmp_path / "out.eml"
    refused(run("build", *COMPLETE, "-o", out, "--attach", tmp_path), f"{tmp_path} is a folder, not a file")
    refused(run("build", *COMPLETE, "-o", out, "--text", tmp_path), f"{tmp_path} is a folder, not a file")
    assert not out.exists()


def test_a_sender_is_needed() -> None:
    refused(run("build"), "the following arguments are required: --from; see sesmime build --help")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "idna", None)
    ran = run("build", *COMPLETE, "--to", "a@straße.example")
    refused(ran, "this non-ASCII domain needs the extra idna: pip install 'sesmime[idna]'")
