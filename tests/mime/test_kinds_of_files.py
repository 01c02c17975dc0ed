"""What files are by their first octets: other formats, text, mail."""

from __future__ import annotations

import pytest

from sesmime.mime.kinds import (
    begins_with_field,
    binary_format,
    has_mail_field,
    has_mail_name,
    missing_header_section,
    other_format,
    why_no_message,
)

MAIL = b"From: joe@a.example\r\nSubject: Hi\r\n\r\nHello\r\n"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x1f\x8b\x08\0", "a gzip file"),
        (b"%PDF-1.7\n", "a PDF file"),
        (b"PACK: a field\r\n", None),  # printable letters before a colon are a field
        (b"PACK\0\0\0\x02", "a Git pack"),
        (b"x" * 257 + b"ustar\0", "a tar archive"),
        (b"\0\0\0\x20ftypisom", "an MP4 file"),
        (b"X-Y:ftyp", None),  # a field whose value begins so
        (MAIL, None),
        (b"", None),
    ],
)
def test_a_format_is_known_by_its_signature(data: bytes, name: str | None) -> None:
    assert other_format(data) == name


def test_what_may_be_a_broken_message_is_no_binary_file() -> None:
    assert binary_format(b"<html><p>saved as mail") is None
    assert binary_format(b"%PDF-1.7\n") == "a PDF file"
    assert binary_format(b"PACK\0\0\0\x02") == "a Git pack"
    assert binary_format(b"\x89PNG\r\n\x1a\n") is not None


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"\xff\xfeF\0r\0", "is UTF-16 text; save the message as the bytes that are sent"),
        (b"\xfe\xff\0F\0r", "is UTF-16 text; save the message as the bytes that are sent"),
        (b"\0\0\0\0", "is a binary file, not a message"),
        (b"%PDF-1.7\n", "is a PDF file, no message"),
        (MAIL, None),
        (b"Hello", None),
        (MAIL + b"\0", None),
    ],
)
def test_what_is_no_message_is_told(data: bytes, why: str | None) -> None:
    assert why_no_message(data) == why


def test_a_header_section_is_missed_with_its_reason() -> None:
    assert missing_header_section(MAIL) is None
    for ending in (b"\n", b"\r\n"):
        assert missing_header_section(ending + MAIL) == "line 1 is empty, so everything after it is the body"
    assert missing_header_section(b"Hello\r\n") == "line 1 is not a field"


def test_mail_is_known_by_its_name_and_its_fields() -> None:
    assert [has_mail_name(name) for name in ("a.eml", "a.EML", "a.rfc822", "a.txt", "eml")] == [True] * 3 + [False] * 2
    assert [begins_with_field(data) for data in (MAIL, b"Subject : Hi", b"# Notes", b"")] == [True, True, False, False]
    assert [has_mail_field(data) for data in (MAIL, b"X-A: b\nDate: c", b"name: value\n", b"")] == [
        *(True, True),
        *(False, False),
    ]
