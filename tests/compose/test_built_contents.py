"""The texts, contents and attachments of a built message."""

from __future__ import annotations

import base64
import email
import email.policy
import io
import mmap
import os
import pickle
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from sesmime import (
    Entity,
    InvalidField,
    parse,
    parse_parameters,
)
from sesmime.compose.build import build
from sesmime.compose.parts import Attachment
from tests.compose.built import FIXED, OCTETS, body_of, built, outline


def attached(content: Any, **arguments: Any) -> Entity:
    """Return the part of one attachment, as it is read back."""
    (part,) = built(attachments=[Attachment(content, **arguments)]).parts
    return part


class TestTexts:
    @pytest.mark.parametrize(
        ("text", "encoding", "read"),
        [
            ("", "7bit", "\r\n"),
            ("Hello", "7bit", "Hello\r\n"),
            ("a\nb\r\nc\rd\n", "7bit", "a\r\nb\r\nc\r\nd\r\n"),
            ("x" * 78, "7bit", "x" * 78 + "\r\n"),
            ("x" * 79, "quoted-printable", "x" * 79 + "\r\n"),
            ("x" * 1_500, "quoted-printable", "x" * 1_500 + "\r\n"),
            ("Der Zug fährt gleich ab", "quoted-printable", "Der Zug fährt gleich ab\r\n"),
            ("Привет", "base64", "Привет\r\n"),
            ("a\0b and more than enough", "quoted-printable", "a\0b and more than enough\r\n"),
            ("\n\n--\n", "7bit", "\r\n\r\n--\r\n"),
        ],
    )
    def test_the_encoding_is_the_one_that_the_text_needs(self, text: str, encoding: str, read: str) -> None:
        for name in ("text", "html"):
            message = built(**{name: text})
            assert message.content_transfer_encoding == encoding
            assert message.text(strict=True) == read
            assert message.charset == "utf-8"

    # Of a text of more than 64 KiB.
    @pytest.mark.parametrize(
        ("line", "encoding"),
        [
            ("Hello, hello.", "7bit"),
            ("-- signature --", "quoted-printable"),
            ("-- ", "7bit"),
            ("x" * 90, "quoted-printable"),
            ("Der Zug fährt gleich ab", "quoted-printable"),
            ("Привет", "base64"),
            ("a\0b and more than enough", "quoted-printable"),
        ],
    )
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_a_large_text_is_encoded_as_a_small_one_is(self, line: str, encoding: str, end: str) -> None:
        count = 80_000 // len(line)
        text = end.join([line] * count)
        message = built(text=text, html="<p>")
        small = built(text=line + end + line, html="<p>")
        part = message.parts[0]
        assert part.content_transfer_encoding == small.parts[0].content_transfer_encoding == encoding
        assert [f.name for f in part.header_section] == [f.name for f in small.parts[0].header_section]
        assert part.text(strict=True) == f"{line}\r\n" * count
        assert max(map(len, bytes(message.source).split(b"\r\n"))) <= 78

    def test_a_line_cannot_begin_as_a_delimiter_does(self) -> None:
        text = "--BOUND\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n--BOUND--\r\n"
        message = built(text=text, html="<p>hi</p>")
        assert outline(message) == ("multipart/alternative", ["text/plain", "text/html"])
        assert message.parts[0].text() == text


class Trickle(io.RawIOBase):
    """A stream that gives as little as it likes."""

    def __init__(self, octets: bytes) -> None:
        self.rest = octets
        self.sizes = iter([1, 56, 57, 58, 10_000, 1, 58_310, 58_368] * 10)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self.rest[: min(next(self.sizes), size)]
        self.rest = self.rest[len(piece) :]
        return piece


def in_pieces(octets: bytes) -> Iterator[bytes]:
    """Return octets in pieces of all sizes, empty ones among them."""
    start = 0
    for size in [0, 1, 3, 58_364, 0, 2, 5, 30_000, len(octets)]:
        yield octets[start : start + size]
        start += size


class TestContents:
    # Round a line of 57 octets, and round a block of 1,024 of them.
    @pytest.mark.parametrize("size", [0, 1, 2, 3, 56, 57, 58, 114, 58_367, 58_368, 58_369, 58_425, 116_736, 102_400])
    def test_base64_is_what_the_library_makes(self, size: int) -> None:
        octets = (OCTETS + OCTETS)[:size]
        part = attached(octets)
        assert bytes(part.body) == base64.encodebytes(octets).replace(b"\n", b"\r\n")
        assert part.content_transfer_encoding == "base64"

    @pytest.mark.parametrize(
        "make",
        [
            bytes,
            bytearray,
            memoryview,
            lambda octets: memoryview(b"".join(bytes((octet, 0)) for octet in octets))[::2],
            io.BytesIO,
            Trickle,
            in_pieces,
            lambda octets: list(in_pieces(octets)),
            lambda octets: [memoryview(octets), bytearray()],
        ],
    )
    def test_a_content_comes_in_many_forms(self, make: Callable[[bytes], Any]) -> None:
        part = attached(make(OCTETS))
        assert bytes(part.body) == base64.encodebytes(OCTETS).replace(b"\n", b"\r\n")

    def test_a_content_is_a_file_by_its_path_open_or_mapped(self, tmp_path: Path) -> None:
        file = tmp_path / "Größe.png"
        file.write_bytes(OCTETS)
        part = attached(file)
        assert (part.content(), part.filename, part.content_type) == (OCTETS, "Größe.png", "image/png")
        assert attached(file, filename="b.pdf").filename == "b.pdf"
        with file.open("rb") as stream:
            part = attached(stream)
            assert (part.content(), part.filename) == (OCTETS, None)
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                assert attached(mapped).content() == OCTETS
        with pytest.raises(FileNotFoundError):
            build(**FIXED, attachments=[Attachment(tmp_path / "none.pdf")])

    def test_pybase64_changes_no_octet(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from sesmime.mime import encoding

        pytest.importorskip("pybase64")
        encoding._base64_encoder.cache_clear()
        with_it = build(**FIXED, attachments=[Attachment(OCTETS)])
        monkeypatch.setitem(sys.modules, "pybase64", None)
        encoding._base64_encoder.cache_clear()
        without = build(**FIXED, attachments=[Attachment(OCTETS)])
        encoding._base64_encoder.cache_clear()
        assert with_it == without

    def test_a_message_is_built_in_the_memory_of_one(self) -> None:
        octets = os.urandom(6_000_000)
        build(**FIXED, attachments=[Attachment(octets)])
        tracemalloc.start()
        message = build(**FIXED, attachments=[Attachment(octets)])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1.3 * len(message)

    def test_what_is_wrong_is_found_before_anything_is_read(self) -> None:
        stream = io.BytesIO(b"abc")
        with pytest.raises(InvalidField):
            build(**FIXED, attachments=[Attachment(stream), Attachment(b"", "a\nb")])
        assert stream.read() == b"abc"


class TestAttachments:
    @pytest.mark.parametrize(
        ("filename", "written", "named"),
        [
            ("report.pdf", "attachment; filename=report.pdf", "application/pdf; name=report.pdf"),
            ("my report.PDF", 'attachment; filename="my report.PDF"', 'application/pdf; name="my report.PDF"'),
            ("a/b:c*?.pdf", 'attachment; filename="a/b:c*?.pdf"', "application/pdf"),
            ('a"b\\c.pdf', r'attachment; filename="a\"b\\c.pdf"', "application/pdf"),
            ("é.pdf", "attachment; filename*=utf-8''%C3%A9.pdf", "application/pdf"),
            ("=?utf-8?q?x?=.pdf", "attachment; filename*=utf-8''%3D%3Futf-8%3Fq%3Fx%3F%3D.pdf", "application/pdf"),
            ("\u202efdp.exe", "attachment; filename*=utf-8''%E2%80%AEfdp.exe", "application/octet-stream"),
            ("noname", "attachment; filename=noname", "application/octet-stream; name=noname"),
            (".pdf", "attachment; filename=.pdf", "application/pdf; name=.pdf"),
        ],
    )
    def test_a_file_name_is_written_so_that_every_client_reads_it(
        self, filename: str, written: str, named: str
    ) -> None:
        part = attached(b"x", filename=filename)
        assert body_of(part, "Content-Disposition") == written
        assert body_of(part, "Content-Type") == named
        assert parse_parameters(body_of(part, "Content-Disposition"))[1]["filename"] == filename

    def test_a_long_file_name_is_written_in_pieces_and_read_back(self) -> None:
        filename = "日本語" * 60 + ".pdf"
        message = build(**FIXED, attachments=[Attachment(b"x", filename)])
        assert parse(message).parts[0].filename == filename
        (part,) = email.message_from_bytes(message, policy=email.policy.default).iter_attachments()
        assert part.get_filename() == filename
        assert max(map(len, message.split(b"\r\n"))) <= 78

    @pytest.mark.parametrize("filename", ["", "a\tb", "a\0", "a\x1b[31m", "x" * 1_000_000])
    def test_a_file_name_that_cannot_be_written_is_refused(self, filename: str) -> None:
        with pytest.raises(InvalidField, match="'filename'"):
            build(**FIXED, attachments=[Attachment(b"x", filename)])

    def test_a_type_is_written_with_its_parameters(self) -> None:
        part = attached(b"a,b", filename="a.csv", content_type='Text/CSV;charset="UTF-8"; header=present')
        assert body_of(part, "Content-Type") == "Text/CSV; charset=UTF-8; header=present; name=a.csv"
        part = attached(b"", content_type="image/png; name*=utf-8''%C3%A9.png")
        assert part.filename == "é.png"

    @pytest.mark.parametrize(
        "content_type",
        [
            *("", "text", "/", "text/", "a/b/c", "multipart/mixed", "MULTIPART/mixed; boundary=b", "message/partial"),
            *("message/external-body; access-type=URL", "message/global", "image/png; boundary=b", "image/é"),
            *("text/plain; charset=x-none", "text/plain; charset=unicode_escape", "text/plain; " + "A" * 130 + "=v"),
            *("text/plain; name=b.txt", "image/png; a=1; a=2", 'image/png; a="b'),
        ],
    )
    def test_a_type_that_cannot_be_attached_is_refused(self, content_type: str) -> None:
        with pytest.raises(InvalidField):
            build(**FIXED, attachments=[Attachment(b"x", "a.txt", content_type)])

    def test_a_disposition_is_attachment_or_inline(self) -> None:
        assert attached(b"", disposition="inline").disposition == "inline"
        for disposition in ("", "Inline", "inline; x=y", "form-data"):
            with pytest.raises(InvalidField, match="it must be attachment or inline"):
                build(**FIXED, attachments=[Attachment(b"", disposition=disposition)])

    def test_an_attachment_is_a_value_whose_text_shows_no_content(self) -> None:
        attachment = Attachment(b"secret" * 100, "a\x1b.pdf", content_id="c", disposition="inline")
        assert repr(attachment) == r"Attachment(600 bytes, filename='a\x1b.pdf', content_id='c', disposition='inline')"
        assert repr(Attachment(io.BytesIO(b"secret"))) == "Attachment(BytesIO)"
        assert repr(Attachment(b"", encoded_name=True)) == "Attachment(0 bytes, encoded_name=True)"
        assert pickle.loads(pickle.dumps(attachment)) == attachment
        with pytest.raises(AttributeError):
            attachment.filename = "b"  # type: ignore[misc]


class TestAttachedMessages:
    RAW = b"From: q@r.example\r\nSubject: x\r\n\r\nHi\r\n"

    def test_an_attached_message_stands_as_it_is(self) -> None:
        part = attached(self.RAW, content_type="message/rfc822", filename="x.eml")
        assert bytes(part.body) == self.RAW
        assert part.content_transfer_encoding == "7bit"
        assert body_of(part.parts[0], "Subject") == "x"

    def test_entities_and_messages_of_the_library_are_attached(self) -> None:
        message = EmailMessage()
        message["Subject"] = "y"
        for content, subject in ((parse(self.RAW), "x"), (message, "y")):
            part = attached(content)
            assert part.content_type == "message/rfc822"
            assert body_of(part.parts[0], "Subject") == subject

    def test_its_lines_end_at_crlf(self) -> None:
        part = attached(self.RAW.replace(b"\r\n", b"\n"), content_type="message/rfc822")
        assert bytes(part.body) == self.RAW

    def test_what_is_not_7bit_in_it_is_encoded(self) -> None:
        raw = (
            b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + b"x" * 1_500 + b" caf\xc3\xa9\r\n"
        )
        message = built(attachments=[Attachment(raw, content_type="message/rfc822")])
        assert bytes(message.source).isascii()
        assert max(map(len, bytes(message.source).split(b"\r\n"))) <= 998
        assert message.parts[0].parts[0].text(strict=True) == "x" * 1_500 + " café\r\n"

    @pytest.mark.parametrize(
        "raw",
        [
            b"Subject: caf\xc3\xa9\r\n\r\n",
            b"Subject: " + b"x" * 1_000 + b"\r\n\r\n",
            b"Subject: a\0\r\n\r\n",
            b"Subject: a\rBcc: b@c.example\r\n\r\n",
            b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n\xe9\r\n--b--\r\n",
        ],
    )
    def test_what_cannot_be_made_7bit_is_refused(self, raw: bytes) -> None:
        with pytest.raises(InvalidField, match="'message/rfc822' cannot be written: it contains "):
            build(**FIXED, attachments=[Attachment(raw, content_type="message/rfc822")])
