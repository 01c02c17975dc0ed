"""What people reported about mail in Python, each case with its right value."""

from __future__ import annotations

import datetime
import email.policy
from contextlib import suppress
from email.header import Header
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any

import pytest

from sesmime import InvalidField, SesMimeError, message_from_bytes, message_to_bytes, parse
from sesmime.policy import SES
from tests import edited
from tests.conftest import shared

pytestmark = pytest.mark.shared


def case(name: str) -> bytes:
    return shared("cases", name).read_bytes()


def leaves(raw: bytes) -> list[tuple[str, bytes]]:
    return [(part.content_type, part.content()) for part in parse(raw).walk() if not part.parts]


@pytest.mark.parametrize("policy", [SES, email.policy.SMTP, email.policy.default], ids=["SES", "SMTP", "default"])
def test_001_an_attachment_is_there_for_every_reader(policy: Any) -> None:
    raw = case("mail/001.eml")
    for number, method in enumerate(("add_related", "add_alternative", "add_attachment"), 1):
        message: Any = message_from_bytes(raw, policy=policy)
        getattr(message, method)(b"data", maintype="application", subtype="x")
        raw = message_to_bytes(message)
        assert leaves(raw) == [("text/plain", b"hi\r\n")] + [("application/x", b"data")] * number
        assert leaves(raw) == leaves(message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


def test_003_the_delimiters_fit_the_boundary() -> None:
    message = message_from_bytes(case("mail/003.eml"))
    message.set_boundary("another")
    assert leaves(message_to_bytes(message)) == [("text/plain", b"hi")]
    message.preamble = "preamble"
    assert b"\r\npreamble\r\n--another\r\n" in message_to_bytes(message)


def test_006_the_root_of_multipart_related_is_found_and_written() -> None:
    message = message_from_bytes(case("mail/006.eml"))
    body = message.get_body(("related", "html"))
    assert body is not None
    assert message.get_param("start") == "<body@example.com>"
    assert [part["Content-ID"] for part in message.iter_attachments()] == ["<frame@example.com>"]
    message.set_param("x", "y")
    written = parse(message_to_bytes(message))
    assert dict(written.parameters) == {
        "boundary": "x",
        "type": "text/html",
        "start": "<body@example.com>",
        "x": "y",
    }
    assert b'start="<body@example.com>"' in message_to_bytes(message)
    found = email.message_from_bytes(message_to_bytes(message), policy=email.policy.SMTP)
    assert found["Content-Type"].params == dict(written.parameters)


@pytest.mark.parametrize(("name", "filename"), [("010", "langer Näme.pdf"), ("011", "=?utf-8?q?x?=.txt")])
def test_010_011_encoded_words_are_decoded_in_plain_file_names_only(name: str, filename: str) -> None:
    raw = case(f"mail/{name}.eml")
    message: Any = message_from_bytes(raw)
    assert [part.get_filename() for part in message.walk()][-1] == filename
    assert [part.filename for part in parse(raw).walk()][-1] == filename


@pytest.mark.parametrize(
    ("name", "text"), [("026", "café\r\n"), ("028", "ellipsis… apostrophe ’\r\n"), ("089", "Hello")]
)
def test_026_028_089_sloppy_labels_are_read(name: str, text: str) -> None:
    raw = case(f"mail/{name}.eml")
    assert parse(raw).text() == text
    assert message_from_bytes(raw).get_content() == text
    assert message_from_bytes(raw).get_content(errors="strict") == text


def test_056_a_font_is_octets() -> None:
    message = message_from_bytes(case("mail/056.eml"))
    assert message.get_content() == b"abc"
    message.replace_header("Content-Type", "model/gltf+json")
    assert message.get_content() == b"abc"


def test_every_case_of_mail_is_written_as_it_came() -> None:
    files = sorted(Path(shared("cases", "mail")).glob("*.eml"))
    assert files
    for file in files:
        raw = file.read_bytes()
        for policy in edited.POLICIES.values():
            message: Message[Any, Any] = message_from_bytes(raw, policy=policy)
            assert message_to_bytes(message) == raw


# Described


def new() -> EmailMessage:
    return EmailMessage(policy=SES)


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 1 Jan 2024 12:00:00 +02:00",
        "2024-01-01 12:00:00",
        "Mon, 1 Jan 2024 12:00:00",
        "31 Feb 2024 1:00 +0000",
    ],
)
def test_a_date_that_is_none_is_refused(date: str) -> None:
    with pytest.raises(InvalidField):
        new()["Date"] = date


def test_a_date_is_written_as_the_moment_it_is() -> None:
    message = new()
    message["Date"] = "Mon, 1 Jan 2024 12:00:00 EST"
    assert message["Date"].datetime == datetime.datetime(2024, 1, 1, 17, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    "wrong",
    [
        {"charset": "latin-1"},
        {"charset": "no such charset"},
        {"cte": "no such encoding"},
        {"cte": "7bit"},
        {"filename": "a\r\nb"},
        {"cid": "a\nb"},
        {"headers": ["X: a\r\nBcc: x"]},
    ],
)
def test_a_content_that_cannot_be_set_leaves_what_was_there(wrong: dict[str, Any]) -> None:
    message = new()
    message["Subject"] = "s"
    message.set_content("before\n", subtype="html")
    before = bytes(message)
    with pytest.raises((SesMimeError, ValueError, LookupError)):
        message.set_content("漢字\n", **wrong)
    assert bytes(message) == before


@pytest.mark.parametrize("text", ["Grüße", "é" * 100, "a", "Grüße und mehr " * 9])
def test_an_encoded_header_is_not_encoded_again(text: str) -> None:
    message = new()
    message["Subject"] = Header(text, "utf-8").encode()
    assert message["Subject"] == text
    assert email.message_from_bytes(bytes(message), policy=email.policy.SMTP)["Subject"] == text
    message["X-Header"] = Header(text, "iso-8859-1").encode(linesep="\r\n")
    assert message["X-Header"] == text


@pytest.mark.parametrize("length", [901, 950, 989])
def test_ascii_that_a_line_holds_is_not_encoded(length: int) -> None:
    message = new()
    message["Subject"] = "a" * length
    message["X-Long"] = "b " + "a" * length
    assert b"=?" not in bytes(message)
    assert max(map(len, bytes(message).split(b"\r\n"))) <= 998


def test_a_content_id_is_written_in_brackets() -> None:
    message = new()
    message.set_content("<img src=cid:a>", subtype="html")
    message.add_related(b"x", maintype="image", subtype="png", cid="a")
    message.add_related(b"x", maintype="image", subtype="png", cid="<b>")
    found = parse(bytes(message)).parts
    fields = [part.header_section.first("Content-ID") for part in found[1:]]
    assert [field.body for field in fields if field] == ["<a>", "<b>"]


@pytest.mark.parametrize("name", ["related", "alternative", "mixed"])
def test_a_multipart_that_is_made_has_a_mime_version(name: str) -> None:
    message = new()
    message["Subject"] = "s"
    getattr(message, f"make_{name}")()
    getattr(message, f"add_{name}" if name != "mixed" else "add_attachment")("text", cte="7bit")
    assert parse(message_to_bytes(message)).header_section.first("MIME-Version") is not None


# Hostile


def test_an_empty_part_at_the_end_of_an_inner_multipart_stays_inside() -> None:
    root = parse(case("hostile/law2-empty-inner-part.eml"))
    for part in root.walk():
        for inner in part.parts:
            assert part.body_span.start <= inner.span.start <= inner.span.stop <= part.body_span.stop


def test_a_boundary_beyond_ascii_gives_the_tree_of_the_library() -> None:
    raw = case("hostile/tree-8bit-boundary.eml")
    for policy in edited.POLICIES.values():
        ours = message_from_bytes(raw, policy=policy)
        theirs = email.message_from_bytes(raw, policy=policy)
        assert [part.get_content_type() for part in ours.walk()] == [part.get_content_type() for part in theirs.walk()]
        assert message_to_bytes(ours) == raw


def test_characters_beyond_ascii_give_bytes_or_an_error_of_ours() -> None:
    raw = case("hostile/message_to_bytes-UnicodeEncodeError.eml")
    for policy in edited.POLICIES.values():
        for change in (
            lambda m: m.set_payload("Grüße"),
            lambda m: m.__setitem__("X-New", "new"),
            lambda m: setattr(m, "preamble", "Grüße"),
            lambda m: m.attach(EmailMessage()),
        ):
            message = message_from_bytes(raw, policy=policy)
            try:
                change(message)
            except (TypeError, AttributeError):
                continue
            with suppress(SesMimeError):
                assert isinstance(message_to_bytes(message), bytes)
