"""Contents under Hypothesis: what was written is read back, and nothing raises."""

from __future__ import annotations

import base64
import binascii
import email
import email.message
import email.policy
import ntpath
import posixpath
import quopri
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sesmime import DecodingError, Entity, parse
from sesmime.mime import decoding as contents
from sesmime.mime.charsets import _CODEC_BY_NAME, decode_text, text_defect
from sesmime.mime.decoding import MAX_DEFECTS, decoded, iter_decoded
from sesmime.mime.filenames import safe_name
from tests.property import strategies

ENCODINGS = ("base64", "quoted-printable", "x-uuencode", "7bit", "base9000")

# What bodies in these encodings are made of, whole and broken.
PIECES: tuple[bytes, ...] = (
    b"Zm9v",
    b"YmFy",
    b"Zg==",
    b"Zm8=",
    b"A" * 76,
    b"+/",
    b"Z",
    b"=",
    b"==",
    b"===",
    b"=3D",
    b"=e4",
    b"=4",
    b"=C3=A9",
    b"= ",
    b"=\t",
    b" ",
    b"\t",
    b"!",
    b"\xe9",
    b"\xc3\xa9",
    b"\x00",
    b"begin 644 a.bin",
    b"begin",
    b"#86)C",
    b"M" + b"86)C" * 15,
    b"`",
    b"end",
    b"text",
    b"\r",
)
LINE_ENDS = (b"\r\n", b"\n", b"", b"", b"\r\n\r\n")

pieces = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(LINE_ENDS)).map(b"".join), max_size=24)
bodies = st.one_of(pieces.map(b"".join), st.binary(max_size=120))
# The same without CR, for twins.
lf_bodies = st.one_of(pieces.map(b"".join), st.binary(max_size=120)).map(lambda body: body.replace(b"\r", b""))
data = st.one_of(st.binary(max_size=400), st.sampled_from([bytes(range(256)) * 4, b"\0" * 500, b" \r\n=." * 60]))
charsets = st.sampled_from([*sorted(_CODEC_BY_NAME), "no-such", "idna", "utf-8\0", "", "é"])


def message(encoding: str, body: bytes, content_type: str = "application/octet-stream") -> bytes:
    """Return a message with that body."""
    return f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body


@contextmanager
def blocks_of(octets: int) -> Iterator[None]:
    """Decode in blocks so small that every place of a short body is once at the edge of one."""
    with (
        mock.patch.object(contents, "BLOCK", octets),
        mock.patch.object(contents, "_UU_BLOCK", octets),
        mock.patch.object(contents, "_REACH", octets // 2),
        mock.patch.object(contents, "_LONGEST_LINE", octets),
    ):
        yield


@contextmanager
def without_pybase64() -> Iterator[None]:
    contents._clean_decoder.cache_clear()
    with mock.patch.dict(sys.modules, {"pybase64": None}):
        yield
    contents._clean_decoder.cache_clear()


def collected(body: bytes, encoding: str) -> tuple[bytes, list[tuple[str, int, int]]]:
    """Return the content of a body, and all that is told of it."""
    told: list[tuple[str, int, int]] = []
    chunks = list(
        iter_decoded(memoryview(body), encoding, lambda name, start, stop, _: told.append((name, start, stop)))
    )
    return b"".join(chunks), sorted(told)


def plain_base64(body: bytes) -> bytes:
    """Read base64 character by character: the alphabet counts, whole padding ends it, a lone last one is dropped."""
    quantum, signs, octets = b"", 0, b""
    for character in (body[place : place + 1] for place in range(len(body))):
        if character == b"=":
            signs += 1
            if len(quantum) >= 2 and len(quantum) + signs >= 4:
                break
        elif re.fullmatch(rb"[A-Za-z0-9+/]", character):
            quantum, signs = quantum + character, 0
            if len(quantum) == 4:
                octets += binascii.a2b_base64(quantum)
                quantum = b""
    return octets + (binascii.a2b_base64(quantum + b"=" * (4 - len(quantum))) if len(quantum) > 1 else b"")


def plain_qp(body: bytes) -> bytes:
    """Read quoted-printable by one pattern."""
    token = re.compile(rb"=(?:([0-9A-Fa-f]{2})|(=)|[ \t\r]*\n|\r|[ \t]*\Z)|(.)", re.DOTALL)

    def read(found: re.Match[bytes]) -> bytes:
        return bytes.fromhex(found[1].decode()) if found[1] else found[2] or found[3] or b""

    return token.sub(read, body)


class TestReading:
    """RFC 2045 section 6.8: decoding software must ignore all line breaks or other characters not found in Table 1."""

    @given(st.sampled_from(ENCODINGS), bodies, st.sampled_from(["text/plain", "text/html; charset=utf-8", "a/b"]))
    @example("quoted-printable", b"= " * 3, "text/plain")
    def test_law_1_nothing_raises_and_every_way_of_reading_agrees(self, encoding: str, body: bytes, kind: str) -> None:
        self.check(parse(message(encoding, body, kind)))

    @given(strategies.messages)
    def test_law_1_nothing_raises_on_any_message(self, source: bytes) -> None:
        for part in parse(source).walk():
            self.check(part)

    def check(self, part: Entity) -> None:
        content, text, defects = part.content(), part.text(), part.content_defects()
        assert b"".join(part.iter_content()) == content
        assert part.charset is None or part.charset == part.charset.lower()
        assert part.safe_filename is None or part.filename is not None
        text.encode("utf-8")
        assert len(defects) <= MAX_DEFECTS + 1
        assert list(defects[:MAX_DEFECTS]) == sorted(defects[:MAX_DEFECTS], key=lambda defect: defect.span)
        for defect in defects:
            assert part.span.start <= defect.span.start <= defect.span.stop <= part.span.stop
        refused: list[DecodingError] = []
        try:
            assert part.content(strict=True) == content
        except DecodingError as error:
            refused.append(error)
        try:
            assert part.text(strict=True) == text
        except DecodingError as error:
            refused.append(error)
        assert {error.path for error in refused} <= {part.path}
        if defects:
            assert refused  # by text at least
        elif part.content_type.startswith("text/"):
            assert not refused

    @given(bodies)
    @example(b"aGVsbG8=d29ybGQ=")
    @example(b"A" * 76 + b"\r\n=\r\n")
    def test_base64_is_read_as_character_by_character(self, body: bytes) -> None:
        expected = collected(body, "base64")[0]
        assert expected == plain_base64(body)
        for octets in (8, 24, 79, 160):
            with blocks_of(octets):
                assert collected(body, "base64")[0] == expected

    @given(bodies)
    def test_quoted_printable_is_read_as_by_one_pattern(self, body: bytes) -> None:
        expected = plain_qp(body)
        assert decoded(memoryview(body), "quoted-printable") == expected
        # QUIRK: the library keeps the `=` before blanks, and drops the text after `=` and a lone CR.
        if not re.search(rb"=[ \t]|=\r(?!\n)", body):
            assert quopri.decodestring(body) == expected

    @given(lf_bodies, st.sampled_from([24, 40, 160]))
    @example(b"==\nbegin 644 a.bin\n\n= ==\n", 24)
    def test_where_a_body_is_cut_changes_nothing(self, body: bytes, octets: int) -> None:
        body = re.sub(rb"[ \t\r]{4,}", b" ", body)  # a soft line break must be short beside the block
        for encoding in ("quoted-printable", "7bit"):
            whole = collected(body, encoding)
            with blocks_of(octets):
                parted = collected(body, encoding)
            assert parted[0] == whole[0]
            if max(map(len, body.split(b"\n"))) < octets:
                assert parted[1] == whole[1]

    @given(bodies)
    def test_where_the_library_finds_no_fault_it_reads_base64_alike(self, body: bytes) -> None:
        theirs = email.message_from_bytes(message("base64", body), policy=email.policy.SMTP)
        ours = parse(message("base64", body))
        content = theirs.get_payload(decode=True)
        if not theirs.defects:
            assert ours.content() == content
        if not ours.content_defects() and b"\r" not in body.replace(b"\r\n", b""):
            assert not theirs.defects

    @given(st.sampled_from(ENCODINGS), lf_bodies, st.sampled_from(["text/plain", "a/b"]))
    def test_law_10_crlf_and_lf_twins_read_alike(self, encoding: str, body: bytes, kind: str) -> None:
        one = parse(message(encoding, body, kind))
        other = parse(message(encoding, body.replace(b"\n", b"\r\n"), kind))
        if encoding in ("base64", "x-uuencode") and one.content() != body:
            assert one.content() == other.content()
        else:
            assert one.content() == other.content().replace(b"\r\n", b"\n")
        assert [defect.name for defect in one.content_defects()] == [defect.name for defect in other.content_defects()]


class TestFastAndCareful:
    """What buys speed changes no result."""

    @given(data, st.integers(1, 90), st.sampled_from([b"\n", b"\r\n", b""]), st.binary(max_size=3), st.integers(0, 900))
    def test_lines_of_one_width_are_read_as_any_others(
        self, octets: bytes, width: int, end: bytes, junk: bytes, place: int
    ) -> None:
        encoded = base64.b64encode(octets)
        body = b"".join(encoded[start : start + width] + end for start in range(0, len(encoded), width))
        for given_body in (body, body[:place] + junk + body[place:], body[:place]):
            with mock.patch.object(contents, "_without_line_ends", return_value=None):
                careful = collected(given_body, "base64")
            assert collected(given_body, "base64") == careful
            with blocks_of(200):
                assert collected(given_body, "base64")[0] == careful[0]

    @pytest.mark.edges
    @given(st.one_of(bodies, data.map(base64.encodebytes), data.map(base64.b64encode)))
    def test_pybase64_and_binascii_read_alike(self, body: bytes) -> None:
        pytest.importorskip("pybase64")
        contents._clean_decoder.cache_clear()
        assert contents._clean_decoder() is not binascii.a2b_base64
        for octets in (1 << 20, 90):
            with blocks_of(octets):
                fast = collected(body, "base64")
                with without_pybase64():
                    assert contents._clean_decoder() is binascii.a2b_base64
                    assert collected(body, "base64") == fast

    @given(st.binary(max_size=60), st.one_of(st.none(), charsets))
    @example(b"+2AA-", "utf-7")
    def test_the_fault_of_a_text_is_found_without_the_text(self, octets: bytes, charset: str | None) -> None:
        text, defect = decode_text(octets, charset)
        assert text_defect(octets, charset) == defect
        if defect is None and charset is None:
            assert text.encode("ascii") == octets
        text.encode("utf-8")


class TestRoundTrips:
    """RFC 2045 section 6: an encoding transforms arbitrary data, and its inverse gives the data back."""

    @given(data)
    def test_base64(self, octets: bytes) -> None:
        for body in (base64.encodebytes(octets), base64.b64encode(octets)):
            for twin in (body, body.replace(b"\n", b"\r\n")):
                assert parse(message("base64", twin)).content(strict=True) == octets

    @given(data)
    def test_quoted_printable(self, octets: bytes) -> None:
        # As text the library leaves line ends as they are; without them all octets come back.
        octets = octets.replace(b"\r", b"").replace(b"\n", b"")
        for body in (quopri.encodestring(octets), quopri.encodestring(octets, quotetabs=True)):
            assert parse(message("quoted-printable", body)).content(strict=True) == octets

    @given(data, st.booleans())
    def test_uuencode(self, octets: bytes, backtick: bool) -> None:
        lines = [binascii.b2a_uu(octets[at : at + 45], backtick=backtick) for at in range(0, len(octets), 45)]
        body = b"begin 644 a b\n" + b"".join(lines) + b"`\nend\n"
        for twin in (body, body.replace(b"\n", b"\r\n")):
            assert parse(message("x-uuencode", twin)).content(strict=True) == octets
            with blocks_of(70):
                assert parse(message("x-uuencode", twin)).content() == octets

    @given(st.text(max_size=200))
    @example("a\rb\x0b\x0c\u2028\x85")
    def test_text_that_email_message_writes(self, text: str) -> None:
        for cte in ("base64", "quoted-printable", "8bit"):
            built = email.message.EmailMessage(policy=email.policy.SMTP)
            built.set_content(text, cte=cte)
            written = built.as_bytes()
            theirs: Any = email.message_from_bytes(written, policy=email.policy.SMTP)
            assert parse(written).text() == theirs.get_content()

    @given(data)
    def test_octets_that_email_message_writes(self, octets: bytes) -> None:
        for cte in ("base64", "quoted-printable"):
            built = email.message.EmailMessage(policy=email.policy.SMTP)
            built.set_content(octets, maintype="application", subtype="octet-stream", cte=cte, filename="a.bin")
            written = built.as_bytes()
            theirs: Any = email.message_from_bytes(written, policy=email.policy.SMTP)
            part = parse(written)
            assert part.content() == theirs.get_content()
            assert part.safe_filename == "a.bin"
            if cte == "base64":
                assert part.content(strict=True) == octets


# Names of devices, separators, dots and what hides, beside any text.
DEVICES = ("con", "NUL", "com1", "lpt9", "CONIN$")
SEPARATORS = (".", "..", "/", "\\", ":", "C:", " ", "．", "／", "\u3000", "?", "*")
TEXTS = (".txt", "a", "é", "\u202e", "\0", "\ud800", "\U000e0001", "x" * 99, "ü" * 90, "😀" * 60)
odd_names = st.lists(st.sampled_from(DEVICES + SEPARATORS + TEXTS), max_size=12).map("".join)


class TestFileNames:
    """CWE-22: the software does not properly neutralize special elements within the pathname."""

    @given(st.one_of(odd_names, st.text(st.characters())))
    def test_a_safe_name_is_one_harmless_component(self, name: str) -> None:
        safe = safe_name(name)
        if safe is None:
            return
        assert safe_name(safe) == safe
        assert 0 < len(safe.encode("utf-8")) <= 255
        assert not re.search(r'[/\\:<>"|?*\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]', safe)
        assert safe == safe.strip(". ")
        assert posixpath.normpath(posixpath.join("/a/b", safe)) == "/a/b/" + safe
        assert ntpath.normpath(ntpath.join("C:\\a\\b", safe)) == "C:\\a\\b\\" + safe
        stem = safe.partition(".")[0].rstrip()
        assert not re.fullmatch(r"(?i)con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$", stem)

    @given(st.text("abcXYZ0_-ü", min_size=1, max_size=300), st.sampled_from(["", ".txt", ".tar", ".jpeg"]))
    def test_a_harmless_name_stays_and_a_suffix_is_kept(self, stem: str, suffix: str) -> None:
        name = stem + suffix
        safe = safe_name(name)
        assert safe is not None
        if len(name.encode()) <= 255 and not re.fullmatch("(?i)con|nul|aux|prn", stem):
            assert safe == name
        assert safe.endswith(suffix)
