"""Seven bits under Hypothesis: what is re-encoded holds what it held, for us and for the standard library."""

from __future__ import annotations

import base64
import quopri
from unittest import mock

from hypothesis import example, given
from hypothesis import strategies as st

from sesmime import Entity, apply_edits, parse
from sesmime.mime import seven_bit
from sesmime.mime.decoding import decoded
from sesmime.mime.encoding import BASE64_BLOCK, encode_base64, encode_quoted_printable
from sesmime.mime.seven_bit import fault, recode, recoding_edits, to_7bit
from tests.property import strategies
from tests.property.library_contents import library_contents

# What bodies are made of that encoders get wrong: line ends, blanks before them, dots, hyphens, escapes, 8-bit, NUL.
PIECES: tuple[bytes, ...] = (
    b"\xe9",
    b"\xc3\xa9",
    b"\xff" * 40,
    b"\x00",
    b"=",
    b"=3D",
    b"=\xe9",
    b" ",
    b"\t",
    b".",
    b"--",
    b"--b",
    b"--b--",
    b"From ",
    b"a" * 73,
    b"a" * 75,
    b"a" * 76 + b" ",
    b"b" * 999,
    b"text",
    b"Zm9v",
    b"\x7f\x1f",
    b"\r",
)
ENDINGS = (b"\r\n", b"\r\n", b"\n", b"", b"\r", b"\r\n\r\n")
bodies = st.one_of(
    st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(ENDINGS)).map(b"".join), max_size=12).map(b"".join),
    st.binary(max_size=60),
)
TYPES = (
    b"",
    b"Content-Type: text/plain; charset=iso-8859-1",
    b"Content-Type: text/html",
    b"Content-Type: text/plain; charset=utf-16",
    b"Content-Type: application/pdf",
    b"Content-Type: message/delivery-status",
    b"Content-Type: application/pkcs7-mime",
    b"Content-Type: multipart/mixed",
)
LABELS = (b"", b"", b"8bit", b"7bit", b"binary", b"base64", b"quoted-printable", b"x-other", b"8BIT (of course)")
OTHERS = (b"", b"", b"", b"Content-Transfer-Encoding: 8bit", b"X-A: \xe9", b"MIME-Version: 1.0", b"no field")
SIGNATURES = (b"", b"", b"", b"DKIM-Signature: v=1; l=0; h=From", b"DKIM-Signature: v=1; h=From", b"MIME-Version: 1.0")


def section(*fields: bytes, ending: bytes) -> bytes:
    """Return the fields that are not empty, each with a line end, and the empty line."""
    return b"".join(field + ending for field in fields if field) + ending


def _leaf(kind: bytes, label: bytes, other: bytes, body: bytes, ending: bytes) -> bytes:
    label = label and b"Content-Transfer-Encoding: " + label
    return section(other, kind, label, ending=ending) + body


def _multipart(kind: bytes, label: bytes, signature: bytes, parts: list[bytes], ending: bytes, extra: bytes) -> bytes:
    label = label and b"Content-Transfer-Encoding: " + label
    # A boundary for each number of parts, so that a multipart inside another has mostly its own.
    boundary = b"b%d" % (len(b"".join(parts)) % 7)
    kind = b"Content-Type: multipart/" + kind + b"; boundary=" + boundary
    delimited = [b"--" + boundary + ending + part + ending for part in parts]
    return section(signature, label, kind, ending=ending) + b"".join(delimited) + b"--" + boundary + b"--" + extra


endings = st.sampled_from([b"\r\n", b"\r\n", b"\n"])
leaves = st.builds(_leaf, *map(st.sampled_from, (TYPES, LABELS, OTHERS)), bodies, endings)


def _composites(children: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    kinds = st.sampled_from([b"mixed", b"mixed", b"alternative", b"digest", b"signed"])
    labels = st.sampled_from([b"", b"8bit", b"binary", b"7bit"])
    extras = st.sampled_from([b"", b"\r\n", b"\nepilogue", b"\r\n\xe9"])
    several = st.lists(children, min_size=1, max_size=3)
    attached = st.tuples(labels, children, endings).map(
        lambda drawn: (
            section(
                b"Content-Type: message/rfc822",
                drawn[0] and b"Content-Transfer-Encoding: " + drawn[0],
                ending=drawn[2],
            )
            + drawn[1]
        )
    )
    return st.one_of(
        st.builds(_multipart, kinds, labels, st.sampled_from(SIGNATURES), several, endings, extras), attached
    )


messages = st.one_of(st.recursive(leaves, _composites, max_leaves=5), strategies.messages)


def outline(root: Entity) -> list[tuple[str, str, bytes]]:
    """Return the path, type and content of every entity: of one with parts, no content."""
    return [
        (part.path, part.content_type, b"" if part.parts or part.is_multipart else part.content())
        for part in root.walk()
    ]


class TestRecoding:
    """RFC 2045 section 2.7: 7bit data are lines of at most 998 octets between CRLFs, none of them above 127 or NUL."""

    @given(messages)
    @example(b"Content-Type: text/plain\r\n\r\n" + b"a" * 75 + b"--b\xe9\r\n")
    def test_every_content_stays_the_same_for_us(self, message: bytes) -> None:
        found = recode(message)
        assert outline(parse(found.message)) == outline(parse(message))
        assert set(found.changed) <= {entity.path for entity in parse(message).walk()}

    @given(messages)
    def test_every_content_stays_the_same_for_the_library(self, message: bytes) -> None:
        before = library_contents(message)
        ours = [
            (kind, content)
            for entity, (_, kind, content) in zip(parse(message).walk(), outline(parse(message)), strict=True)
            if not entity.parts
        ]
        # Where it divides the message, and reads what is divided, as we do.
        if before == ours:
            assert library_contents(to_7bit(message)) == before

    @given(messages)
    def test_what_was_not_left_is_seven_bit(self, message: bytes) -> None:
        found = recode(message)
        if not found.left:
            assert fault(found.message, 0, len(found.message)) is None
        root = parse(found.message)
        left = {path for path, _ in found.left}
        assert not {path for path, reason in found.left if reason.startswith("its body")} & set(found.changed)
        for entity in root.walk():
            if entity.path in found.changed:
                assert max(map(len, bytes(entity.body).replace(b"\r\n", b"\n").split(b"\n"))) <= 76
            if entity.path in found.changed or (entity.path not in left and not entity.parts):
                assert fault(root.source, *entity.body_span) is None or entity.is_multipart

    @given(messages)
    def test_twice_is_once(self, message: bytes) -> None:
        found = recode(message)
        again = recode(found.message)
        assert again.message == found.message
        assert again.changed == ()
        assert again.left == found.left

    @given(messages)
    def test_what_needs_nothing_is_given_back_itself(self, message: bytes) -> None:
        plain = message.translate(bytes(range(1, 128)) + b"\n" * 129)
        if fault(plain, 0, len(plain)) is None:
            assert to_7bit(plain) is plain

    @given(messages)
    def test_nothing_but_bodies_and_labels_changes(self, message: bytes) -> None:
        before, after = parse(message), parse(to_7bit(message))
        for one, other in zip(before.walk(), after.walk(), strict=True):
            fields = other_fields(one)
            assert other_fields(other)[: len(fields)] == fields
            assert other_fields(other)[len(fields) :] in ([], [b"mime-version: 1.0"])

    @given(messages)
    def test_the_edits_of_one_part_are_those_of_the_message(self, message: bytes) -> None:
        root = parse(message)
        if root.parts or root.is_multipart:
            return
        edits = recoding_edits(root)
        if recode(message).changed:
            assert edits
            assert apply_edits(message, edits) == to_7bit(message)

    @given(messages)
    def test_a_buffer_of_any_kind_reads_alike(self, message: bytes) -> None:
        assert recode(bytearray(message)) == recode(memoryview(message)) == recode(message)


def other_fields(entity: Entity) -> list[bytes]:
    """Return the fields of an entity that say nothing of its encoding."""
    fields = entity.header_section
    return [field.raw.strip().lower() for field in fields if field.name.lower() != "content-transfer-encoding"]


class TestEncoders:
    """RFC 2045 section 6.7: the Quoted-Printable encoding REQUIRES that encoded lines be no more than 76 characters."""

    @given(bodies, st.sampled_from([b"\r\n", b"\n"]), st.sampled_from([7, 16, 78, 1 << 20]))
    @example(b"a" * 75 + b".\n", b"\n", 1 << 20)
    @example(b"a" * 75 + b"--b--", b"\n", 1 << 20)
    @example(b"." * 76, b"\r\n", 1 << 20)
    @example(b"\r" * 8 + b"\r\n", b"\r\n", 7)
    def test_quoted_printable_reads_back_and_has_no_odd_line(self, octets: bytes, ending: bytes, block: int) -> None:
        with mock.patch.object(seven_bit, "BLOCK", block):
            encoded = encode_quoted_printable(octets, ending)
        assert quopri.decodestring(encoded) == octets
        noted: list[str] = []
        assert decoded(memoryview(encoded), "quoted-printable", lambda name, *_: noted.append(name)) == octets
        assert noted == []
        assert encoded.isascii()
        for line in encoded.split(b"\n"):
            line = line.removesuffix(b"\r")
            assert len(line) <= 76
            assert b"\r" not in line
            assert not line.endswith((b" ", b"\t"))
            assert not line.startswith((b".", b"--", b"From "))

    @given(st.integers(0, 3 * BASE64_BLOCK), st.sampled_from([b"\r\n", b"\n"]))
    @example(BASE64_BLOCK, b"\r\n")
    @example(2 * BASE64_BLOCK, b"\n")
    def test_base64_is_that_of_the_library(self, size: int, ending: bytes) -> None:
        octets = bytes(range(256)) * (size // 256 + 1)
        encoded = encode_base64(octets[:size], ending)
        assert encoded == base64.encodebytes(octets[:size]).replace(b"\n", ending)
