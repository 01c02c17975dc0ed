"""What every reader takes alike, and what they do not: the places that the fuzzer's readers told apart."""

from __future__ import annotations

import email

import pytest

from sesmime import fix, lint, parse, to_7bit
from sesmime.mime.agreement import Agreement

HEAD = b"From: a@b.example\r\nTo: c@d.example\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n"


def agreement(message: bytes) -> Agreement:
    return Agreement(parse(message), None)


def test_a_plain_message_is_read_alike() -> None:
    assert agreement(HEAD + b"Content-Transfer-Encoding: 7bit\r\n\r\nHi\r\n").divides


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("rest", [b"\t", b" ", b" (x)"])
def test_a_folded_encoding_is_none_that_python_knows(line_end: bytes, rest: bytes) -> None:
    message = HEAD + b"Content-Transfer-Encoding: base64" + line_end + rest + b"\r\n\r\nSGk=\r\n"
    assert email.message_from_bytes(message).get_payload(decode=True) != b"Hi"
    assert not agreement(message).is_agreed
    found = [finding for finding in lint(message) if finding.code == "RFC109"]
    assert all(one.fix is not None and not one.fix.is_safe for one in found)
    assert bool(found) == (not rest.strip())
    assert fix(message).message == message


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_a_body_with_a_utf_16_mark_has_lines_to_some_readers_only(mark: bytes) -> None:
    message = HEAD + b"Content-Transfer-Encoding: 7bit\r\n\r\n" + mark + b"one\r\ntwo\nthree\r\n"
    assert agreement(message).is_agreed
    assert not agreement(message).divides
    assert fix(message).message == message
    assert to_7bit(message) == message


@pytest.mark.parametrize("charset", ["utf-16", "utf-32"])
def test_a_mark_that_the_label_announces_is_read_alike(charset: str) -> None:
    head = HEAD.replace(b"us-ascii", charset.encode()) + b"Content-Transfer-Encoding: 8bit\r\n\r\n"
    message = head + "\u0a41 text\r\n".encode(charset)
    assert agreement(message).divides
    assert parse(to_7bit(message)).content() == "\u0a41 text\r\n".encode(charset)


@pytest.mark.parametrize("encoding", [b"8bit", b"quoted-printable"])
@pytest.mark.parametrize("charset", ["utf-16", "utf-16be", "utf-16le", "utf-32be"])
def test_half_a_character_is_no_line_end(charset: str, encoding: bytes) -> None:
    head = HEAD.replace(b"us-ascii", charset.encode()) + b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n"
    text = "\u0a41\u410a".encode(charset)
    found = [finding for finding in lint(head + text) if finding.code == "RFC301"]
    assert [one.fix is not None and one.fix.is_safe for one in found] == [False]
    assert parse(fix(head + text).message).content() == parse(head + text).content()


def test_other_octets_at_the_beginning_of_a_body_change_nothing() -> None:
    assert agreement(HEAD + b"Content-Transfer-Encoding: 8bit\r\n\r\n\xff\xfdone\r\n").divides
