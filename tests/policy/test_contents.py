"""Contents under the SES policy: texts, file names, attached messages."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import Message

import pytest

from sesmime import (
    parse,
)
from sesmime.policy import SES
from tests.policy.written import built

FILE_NAMES = [
    "a.txt",
    "naïve.txt",
    "日本" * 60 + ".pdf",
    "a;b, c.txt",
    ";" * 500,
    'q"u"o.txt',
    "b\\",
    '"a"',
    "<a>",
    "=?utf-8?q?x?=",
]


@pytest.mark.parametrize("filename", FILE_NAMES)
def test_file_names_are_read_back_as_given(filename: str) -> None:
    message = built()
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename=filename)
    (part,) = message.iter_attachments()
    assert part.get_filename() == part["Content-Disposition"].params["filename"] == filename
    message.set_boundary("b")
    raw = bytes(message)
    assert raw.isascii()
    # A long name in ASCII stays whole: many readers know no continuations.
    assert max(map(len, raw.split(b"\r\n"))) <= (998 if filename == ";" * 500 else 78)
    assert parse(raw).parts[0].parameters == {}
    theirs: Message = email.message_from_bytes(raw)
    assert theirs.get_payload(0).get_filename() == filename  # type: ignore[union-attr]
    (their_part,) = email.message_from_bytes(raw, policy=email.policy.SMTP).iter_attachments()
    assert their_part["Content-Disposition"].params["filename"] == filename


# Contents


def test_texts_are_7bit_whatever_they_are() -> None:
    for text in (
        "plain\n",
        "Grüße\n" * 30,
        "日本\n" * 30,
        "x" * 2_000,
        "a\x00b",
        "--",
        "-- \nMe\n",
        "--b\n",
        "x\n--b--\n" * 9,
    ):
        for subtype, charset in (("plain", "utf-8"), ("html", "utf-16"), ("plain", "utf-7")):
            message = built()
            message.set_content(text, subtype=subtype, charset=charset)
            raw = bytes(message)
            assert raw.isascii()
            assert max(map(len, raw.split(b"\r\n"))) <= 78
            assert message.get_content().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")
            body = raw.partition(b"\r\n\r\n")[2]
            assert not re.search(rb"(?m)^--[^ \r]", body)
            again = email.message_from_bytes(raw, policy=email.policy.SMTP)
            assert again.get_content().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")
    plain = built()
    plain.set_content("plain\n-- \nMe\n", cte="quoted-printable", disposition="inline", filename="a.txt", cid="<a@b>")
    assert plain["Content-Transfer-Encoding"] == "quoted-printable"
    assert (plain["Content-Disposition"], plain["Content-ID"]) == ('inline; filename="a.txt"', "<a@b>")
    plain.set_content("Grüße", cte="8bit")
    assert "Grüße".encode() in bytes(plain)


def test_no_text_can_forge_a_part() -> None:
    message = built()
    message.set_content("--BOUND\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n--BOUND--\r\n")
    message.add_alternative("<p>-----Original Message-----</p>\n--BOUND--", subtype="html")
    message.set_boundary("BOUND")
    assert [part.content_type for part in parse(bytes(message)).parts] == ["text/plain", "text/html"]
    again = email.message_from_bytes(bytes(message), policy=email.policy.SMTP)
    assert [part.get_content_type() for part in again.iter_parts()] == ["text/plain", "text/html"]


def test_contents_are_read_in_the_charsets_of_mail() -> None:
    for charset, octets, text in (
        ("x-unknown", b"caf\xc3\xa9", "café"),
        ("latin1", b"\xe9", "é"),
        ("punycode", b"a-b", "a-b"),
    ):
        raw = b"Content-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\n" + octets
        assert email.message_from_bytes(raw, policy=SES).get_content() == text
    assert email.message_from_bytes(b"Content-Type: image/png\r\n\r\nx", policy=SES).get_content() == b"x"
    strict = email.message_from_bytes(b"Content-Type: text/plain; charset=latin1\r\n\r\n\xe9", policy=SES)
    assert strict.get_content(errors="strict") == "é"
    holding = built(("Content-Type", "text/plain"))
    holding.attach(built())
    with pytest.raises(TypeError):
        holding.get_content()
    with pytest.raises(LookupError):
        email.message_from_bytes(b"Content-Type: text/plain; charset=x-y\r\n\r\nx", policy=SES).get_content(
            errors="strict"
        )


def test_a_message_is_attached() -> None:
    message = built(("Subject", "outer"))
    message.add_attachment(built(("Subject", "inner é")))
    message.set_boundary("b")
    again = email.message_from_bytes(bytes(message), policy=SES)
    (inner,) = again.iter_attachments()
    assert inner.get_content()["Subject"] == "inner é"
    with pytest.raises(KeyError):
        again.get_content()
