"""Seven bits: which parts are re-encoded and how, what stays and why; the expected bytes are worked out by RFC 2045."""

from __future__ import annotations

import mmap
import sys
from pathlib import Path
from unittest import mock

import pytest

from sesmime import apply_edits, fix, lint, parse
from sesmime.mime import encoding, seven_bit
from sesmime.mime.encoding import encode_base64, encode_quoted_printable
from sesmime.mime.seven_bit import Left, fault, recode, recoding_edits, to_7bit
from tests.conftest import shared

# A text in which few characters are not ASCII, in UTF-8 and as quoted-printable.
TEXT = b"Gr\xc3\xbc\xc3\x9fe aus dem hohen Norden"
ENCODED = b"Gr=C3=BC=C3=9Fe aus dem hohen Norden"


def lines(*given: bytes) -> bytes:
    """Return lines, each with CRLF."""
    return b"".join(line + b"\r\n" for line in given)


# What needs nothing


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\r\n",
        b"Subject: Hi\r\n\r\nHello\r\n",
        b"Subject: Hi\n\nHello\n",
        b"Content-Transfer-Encoding: 8bit\r\n\r\nHello\r\n",
        b"Content-Transfer-Encoding: binary\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n--b--",
        b"Subject: Hi\r\n\r\n" + b"a" * 998 + b"\r\n" + b"b" * 998,
        b"Subject: Hi\n\n" + b"a" * 998 + b"\n",
        b"Subject: Hi\r\n\r\na lone \r\r\n",
    ],
)
def test_a_message_that_needs_nothing_is_given_back_itself(message: bytes) -> None:
    assert to_7bit(message) is message
    assert recode(message) == seven_bit.Recoded(message=message, changed=(), left=())


def test_other_buffers_are_given_back_as_bytes(tmp_path: Path) -> None:
    message = b"Subject: Hi\r\n\r\nHello\r\n"
    assert type(to_7bit(bytearray(message))) is bytes
    assert to_7bit(memoryview(message)[:-2]) == message[:-2]
    file = tmp_path / "message"
    file.write_bytes(lines(b"Subject: Hi", b"MIME-Version: 1.0", b"", TEXT))
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert to_7bit(mapped).endswith(ENCODED + b"\r\n")
    with pytest.raises(TypeError, match="not str"):
        to_7bit("Subject: Hi")  # type: ignore[arg-type]


# The faults


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        (b"", None),
        (b"a\r\n", None),
        (b"a\x7fb", None),
        (b"a\x80b", "8-bit octets"),
        (b"a\0b", "NUL octets"),
        (b"a" * 998, None),
        (b"a" * 999, "a line of more than 998 octets"),
        (b"a" * 998 + b"\r\n", None),
        (b"a" * 999 + b"\r\n", "a line of more than 998 octets"),
        (b"a" * 998 + b"\n" + b"b" * 998 + b"\n", None),
        (b"a" * 999 + b"\n", "a line of more than 998 octets"),
        (b"a" * 998 + b"\r", "a line of more than 998 octets"),
        (b"a" * 998 + b"\r\r\n", "a line of more than 998 octets"),
        (b"a\n" * 900 + b"b" * 999 + b"\nc", "a line of more than 998 octets"),
        ((b"a" * 500 + b"\r\n") * 9, None),
    ],
)
def test_a_fault_is_told_in_words(octets: bytes, found: str | None) -> None:
    assert fault(octets, 0, len(octets)) == found
    assert fault(bytearray(octets), 0, len(octets)) == found
    # Nothing outside the range counts.
    assert fault(b"\xff\n" + octets + b"\n\0", 2, 2 + len(octets)) == found


# One leaf


def test_text_becomes_quoted_printable_in_the_place_of_the_old_label() -> None:
    message = lines(
        b"MIME-Version: 1.0",
        b"content-transfer-encoding:  8BIT",
        b"Content-Type: text/plain; charset=utf-8",
        b"",
        TEXT,
        b"",
        b"1 + 1 = 2 ",
    )
    found = recode(message)
    assert found.message == lines(
        b"MIME-Version: 1.0",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Content-Type: text/plain; charset=utf-8",
        b"",
        ENCODED,
        b"",
        b"1 + 1 =3D 2=20",
    )
    assert (found.changed, found.left) == (("",), ())
    assert repr(found) == "Recoded(changed=('',), left=())"


def test_a_label_that_is_missing_is_added_with_the_line_end_of_the_message() -> None:
    message = b"MIME-Version: 1.0\n\n" + TEXT
    assert to_7bit(message) == b"MIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\n" + ENCODED


def test_a_message_without_mime_version_gets_one() -> None:
    message = b"Subject: Hi\nContent-Transfer-Encoding: 8bit\n\n" + TEXT
    expected = b"Subject: Hi\nContent-Transfer-Encoding: quoted-printable\nMIME-Version: 1.0\n\n" + ENCODED
    assert to_7bit(message) == expected
    assert to_7bit(b"\n" + TEXT) == b"Content-Transfer-Encoding: quoted-printable\nMIME-Version: 1.0\n\n" + ENCODED


def test_what_is_no_text_becomes_base64() -> None:
    message = lines(b"MIME-Version: 1.0", b"Content-Type: application/pdf", b"", b"%\xff\0")
    assert to_7bit(message) == lines(
        b"MIME-Version: 1.0",
        b"Content-Type: application/pdf",
        b"Content-Transfer-Encoding: base64",
        b"",
        b"Jf8ADQo=",  # 25 FF 00 0D 0A
    )


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        (b"utf-8", "Привет\r\n".encode()),  # 12 octets of 14 would take three characters
        (b"utf-16", "Hello, a long ASCII text\r\n".encode("utf-16")),
        (b"UTF-32BE", "Hello, a long ASCII text\r\n".encode("utf-32-be")),
        # Nothing but "N-", 1,200 octets in one line.
        (b"UTF-16BE", "\u4e2d".encode("utf-16-be") * 600),
        # Two octets of eleven: more than one of six.
        (b"latin1", b"a\xe9 b\xe9 abcde"),
    ],
)
def test_text_becomes_base64_where_that_is_shorter_or_lines_end_otherwise(charset: bytes, text: bytes) -> None:
    found = to_7bit(b"Content-Type: text/plain; charset=" + charset + b"\r\n\r\n" + text)
    part = parse(found)
    assert part.content_transfer_encoding == "base64"
    assert part.content() == text
    assert found.isascii()


@pytest.mark.parametrize(
    ("charset", "text", "expected"),
    [
        (b"utf-8", "日本\r\n".encode(), b"=E6=97=A5=E6=9C=AC\r\n"),
        (b"utf-8", "日本\r\n".encode() * 20, None),  # longer than what is asked for
        (b"utf-16-le", "日本\r\n".encode("utf-16-le"), None),
        (b"utf-32-le", "日本\r\n".encode("utf-32-le"), None),  # its line ends are more than an octet
    ],
)
def test_up_to_a_size_text_becomes_quoted_printable_even_where_that_is_longer(
    charset: bytes, text: bytes, expected: bytes | None
) -> None:
    head = lines(b"MIME-Version: 1.0", b"Content-Type: text/plain; charset=" + charset, b"")
    made = parse(recode(head + text, max_quoted=100).message)
    assert made.content_transfer_encoding == ("quoted-printable" if expected else "base64")
    assert made.content() == text
    if expected:
        assert bytes(made.body) == expected
    assert parse(to_7bit(head + text)).content_transfer_encoding == "base64"


def test_text_with_one_octet_of_six_to_escape_becomes_quoted_printable() -> None:
    message = b"MIME-Version: 1.0\n\n" + b"a\xe9 b\xe9 abcdef"
    assert to_7bit(message).endswith(b"Content-Transfer-Encoding: quoted-printable\n\na=E9 b=E9 abcdef")


def test_a_long_line_is_divided_by_soft_line_breaks() -> None:
    message = b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + b"a" * 1000 + b"\r\n"
    label = b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    body = to_7bit(message).partition(label)[2]
    # 13 lines of 75 characters and an equals sign, and 25 more.
    assert body == (b"a" * 75 + b"=\r\n") * 13 + b"a" * 25 + b"\r\n"


def test_nul_and_lone_carriage_returns_are_escaped() -> None:
    message = b"MIME-Version: 1.0\n\nA NUL \0 and a lone \r or two\r\r\nand both line ends\r\nin one text\n"
    body = to_7bit(message).partition(b"\n\n")[2]
    assert body == b"A NUL =00 and a lone =0D or two=0D\r\nand both line ends\r\nin one text\n"


def test_differing_labels_are_left_and_equal_ones_become_one() -> None:
    equal = lines(
        b"MIME-Version: 1.0", b"Content-Transfer-Encoding: 8bit", b"Content-Transfer-Encoding: 8BIT", b"", TEXT
    )
    assert to_7bit(equal) == lines(b"MIME-Version: 1.0", b"Content-Transfer-Encoding: quoted-printable", b"", ENCODED)
    differing = equal.replace(b"8BIT", b"base64")
    found = recode(differing)
    assert found.message == differing
    assert found.left == (Left("", "its body contains 8-bit octets: its Content-Transfer-Encoding fields differ"),)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (b"Content-Transfer-Encoding: x-own", "its content-transfer-encoding is unknown"),
        (b"Content-Transfer-Encoding: x-uuencode", "its content-transfer-encoding is unknown"),
        (b"Content-Transfer-Encoding: base64", "mail readers interpret its base64 differently"),
        (b"Content-Type: message/delivery-status", "message/delivery-status cannot be encoded"),
        (b"Content-Type: multipart/mixed", "multipart/mixed cannot be encoded"),
        (b"Content-Type: application/pkcs7-mime", "S/MIME data must not be changed"),
        (b"Content-Type: multipart/encrypted", "multipart/encrypted must not be changed"),
    ],
)
def test_what_cannot_be_re_encoded_is_left_and_told(fields: bytes, reason: str) -> None:
    message = b"MIME-Version: 1.0\r\n" + fields + b"\r\n\r\n\xff\r\n"
    assert recode(message) == seven_bit.Recoded(
        message=message, changed=(), left=(Left("", f"its body contains 8-bit octets: {reason}"),)
    )


# Bodies that are encoded already


def test_base64_in_one_long_line_is_divided() -> None:
    fields = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: BASE64\r\n\r\n"
    message = fields + b"QUFB" * 250
    # 1,000 characters: 13 lines of 76, and 12 more. The label stays.
    assert to_7bit(message) == fields + (b"QUFB" * 19 + b"\r\n") * 13 + b"QUFB" * 3 + b"\r\n"


def test_quoted_printable_with_a_long_line_is_written_anew() -> None:
    fields = b"Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n"
    assert to_7bit(fields + b"=3D" * 333) == fields + (b"=3D" * 25 + b"=\n") * 13 + b"=3D" * 8


def test_quoted_printable_that_is_read_in_several_ways_is_left() -> None:
    message = b"Content-Transfer-Encoding: quoted-printable\n\nno escape: =4 \xe9\n"
    found = recode(message)
    assert found.message is message
    assert found.left[0].reason.endswith("mail readers interpret its quoted-printable differently")


def test_quoted_printable_with_raw_octets_is_left_because_some_readers_drop_them() -> None:
    message = b"Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n=C3=A9 \xc3\xa0 =\n\xc3\xa8\n"
    found = recode(message)
    assert found.message is message
    assert found.left[0].reason.endswith("mail readers interpret its quoted-printable differently")
    (new,) = recoding_edits(parse(message))
    assert new.replacement == b"=C3=A9 =C3=A0 =C3=A8\n"


# What readers do not see alike

TEXT_FIELDS = b"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"


@pytest.mark.parametrize(
    "message",
    [
        TEXT_FIELDS + b"junk line\n\n" + TEXT,
        TEXT_FIELDS + b"junk line\nSubject: x\n\n" + TEXT,
        TEXT_FIELDS + b"Subject : x\n\n" + TEXT,
        TEXT_FIELDS + b"Subject: x\rjunk\n\n" + TEXT,
        b" first\n" + TEXT_FIELDS + b"\n" + TEXT,
        TEXT_FIELDS + b"Content-Type: text/html\n\n" + TEXT,
        b'Content-Type: multipart/mixed; boundary="b\n c"\n\n--b c\n\n' + TEXT + b"\n--b c--\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + TEXT + b"\n--bc\n\n--b--\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + TEXT + b"\r--b\n\n--b--\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + TEXT,
        b"Content-Type: multipart/mixed; boundary=b\njunk\n\n--b\n\n" + TEXT + b"\n--b--\n",
    ],
)
def test_a_part_that_readers_do_not_see_alike_is_left_and_told(message: bytes) -> None:
    found = recode(message)
    assert found.message is message
    assert "readers disagree" in found.left[-1].reason


def test_a_safe_fix_is_unsafe_where_readers_do_not_see_the_part_alike() -> None:
    message = TEXT_FIELDS + b"junk line\n\n" + b"caf\xc3\xa9 " * 200 + b"\n"
    found = [finding.fix for finding in lint(message) if finding.code == "SES301"]
    assert [one.applicability for one in found if one is not None] == ["unsafe"]


def test_the_cases_with_a_line_that_is_no_field_are_left() -> None:
    for name in ("08-7bit-line-that-is-no-field.eml", "08-safe-fix-line-that-is-no-field.eml"):
        message = shared("cases", "reading", name).read_bytes()
        assert to_7bit(message) == message
        assert fix(message).message == message


# Trees

PARTS = lines(
    b"--b",
    b"Content-Type: text/plain",
    b"",
    TEXT,
    b"--b",
    b"Content-Type: text/html",
    b"Content-Transfer-Encoding: 8bit",
    b"",
    b"plain",
    b"--b",
    b"Content-Type: application/pdf",
    b"Content-Transfer-Encoding: binary",
    b"",
    b"\xff",
    b"--b--",
)
PARTS_ENCODED = lines(
    b"--b",
    b"Content-Type: text/plain",
    b"Content-Transfer-Encoding: quoted-printable",
    b"",
    ENCODED,
    b"--b",
    b"Content-Type: text/html",
    b"Content-Transfer-Encoding: 8bit",
    b"",
    b"plain",
    b"--b",
    b"Content-Type: application/pdf",
    b"Content-Transfer-Encoding: base64",
    b"",
    b"/w==",
    b"",
    b"--b--",
)
MIXED = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'


def test_only_the_parts_that_need_it_change() -> None:
    found = recode(MIXED + PARTS)
    assert found.message == MIXED + PARTS_ENCODED
    assert (found.changed, found.left) == (("1", "3"), ())


def test_what_encloses_changed_parts_is_labelled_7bit_if_all_in_it_is() -> None:
    parts = PARTS.replace(b"8bit", b"7bit")
    expected = PARTS_ENCODED.replace(b"8bit", b"7bit")
    for label in (b"8bit", b"Binary"):
        labelled = b"Content-Transfer-Encoding: " + label + b"\r\n" + MIXED
        assert to_7bit(labelled + parts) == b"Content-Transfer-Encoding: 7bit\r\n" + MIXED + expected
        # A part with a label of its own, be it not needed, may not stand in one labelled 7bit (RFC 2045 section 6.4).
        assert to_7bit(labelled + PARTS) == labelled + PARTS_ENCODED
        # Nor what is not seven-bit itself.
        preamble = b"\xe9\r\n"
        found = recode(labelled + preamble + parts)
        assert found.message == labelled + preamble + expected
        assert found.left == (Left("", "the text before, between or after its parts contains 8-bit octets"),)


def test_an_attached_message_is_gone_into() -> None:
    attached = lines(
        b"--c", b"Content-Type: message/rfc822", b"Content-Transfer-Encoding: 8bit", b"", b"Subject: Hi", b""
    )
    message = b"Content-Type: multipart/mixed; boundary=c\n\n" + attached + TEXT + b"\r\n--c--\r\n"
    found = recode(message)
    assert found.changed == ("1.1",)
    assert found.message == (
        b"Content-Type: multipart/mixed; boundary=c\n\n"
        + lines(b"--c", b"Content-Type: message/rfc822")
        # The line ending of a message is that of most lines of its header section.
        + b"Content-Transfer-Encoding: 7bit\n\r\n"
        + b"Subject: Hi\r\n"
        + b"Content-Transfer-Encoding: quoted-printable\nMIME-Version: 1.0\n\r\n"
        + ENCODED
        + b"\r\n--c--\r\n"
    )


def test_a_line_of_text_never_becomes_a_delimiter_line() -> None:
    # The soft line break would fall right before the hyphens.
    text = b"a" * 75 + b"--b--\xe9"
    message = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + text + b"\n--b--\n"
    found = to_7bit(message)
    (part,) = parse(found).parts
    assert part.content() == text
    assert bytes(part.body) == b"a" * 75 + b"=\n=2D-b--=E9"


# Signatures


def signed(signature: bytes, body: bytes = TEXT) -> bytes:
    """Return a message with a signature field."""
    return lines(b"From: a@b.example", b"MIME-Version: 1.0", signature, b"", body)


@pytest.mark.parametrize(
    "signature",
    [
        b"DKIM-Signature: v=1; a=rsa-sha256; h=From:To; bh=x; b=y",
        b"dkim-signature: v=1; l=10; h=From",
        b"DKIM-Signature: v=1; l=0; h=From: content-transfer-encoding ; b=y",
        b"DKIM-Signature: v=1; l=0; h=from:Mime-Version",
        b"ARC-Message-Signature: i=1; h=From",
        b"DomainKey-Signature: a=rsa-sha1; h=From",
    ],
)
def test_what_a_signature_covers_stays(signature: bytes) -> None:
    message = signed(signature)
    found = recode(message)
    assert found.message == message
    ((path, reason),) = found.left
    assert path == ""
    assert reason.endswith("ignature covers it")


def test_a_body_of_which_a_signature_covers_nothing_is_re_encoded() -> None:
    assert recode(signed(b"DKIM-Signature: v=1; l= 0 ; h=From:To;\r\n b=y")).changed == ("",)


def test_parts_inside_a_signed_entity_stay_at_any_depth() -> None:
    outer = (
        b"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: text/plain\r\n\r\n"
        + TEXT
        + b"\r\n--o\r\n"
    )
    inner = b"Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n" + MIXED + PARTS + b"--s--\r\n"
    found = recode(outer + inner + b"--o--\r\n")
    assert found.changed == ("1",)
    assert inner in found.message
    assert {path for path, _ in found.left} == {"2.1.1", "2.1.3"}
    assert {reason.partition(": ")[2] for _, reason in found.left} == {"multipart/signed must not be changed"}


def test_an_attached_message_that_is_signed_stays() -> None:
    attached = signed(b"DKIM-Signature: v=1; h=From; b=y")
    message = b"Content-Type: message/rfc822\r\n\r\n" + attached
    assert recode(message).message == message


# Fields


def test_raw_octets_in_fields_stay_and_are_told() -> None:
    message = lines(b"Subject: caf\xe9", b"MIME-Version: 1.0", b"", TEXT)
    found = recode(message)
    assert found.message.startswith(b"Subject: caf\xe9\r\n")
    assert found.left == (Left("", "its header section contains 8-bit octets"),)
    assert found.changed == ("",)


# One part alone


def test_the_edits_of_one_part_leave_the_others() -> None:
    message = MIXED + PARTS
    root = parse(message)
    assert apply_edits(message, recoding_edits(root.parts[2])) == MIXED + PARTS_ENCODED.replace(
        lines(b"Content-Transfer-Encoding: quoted-printable", b"", ENCODED), lines(b"", TEXT)
    )
    assert recoding_edits(root) == ()
    assert recoding_edits(root.parts[1]) == ()


# Encoders


@pytest.mark.parametrize(
    ("octets", "encoded"),
    [
        (b"", b""),
        (b"\r\n\n", b"\r\n\n"),
        (b"a=b", b"a=3Db"),
        (b"a \nb\t\r\nc ", b"a=20\nb=09\r\nc=20"),
        (b"a b\tc", b"a b\tc"),
        (b"\x00\x1f\x7f\xff", b"=00=1F=7F=FF"),
        (b".\n..\r\n...", b"=2E\n=2E.\r\n=2E.."),
        (b"From a\nFromm\nfrom b\n From c", b"=46rom a\nFromm\nfrom b\n From c"),
        (b"-- \n-\n---", b"=2D-=20\n-\n=2D--"),
        (b"a" * 76, b"a" * 76),
        (b"a" * 77, b"a" * 75 + b"=\r\naa"),
        (b"a" * 75 + b"\xe9", b"a" * 75 + b"=\r\n=E9"),
        (b"." + b"a" * 75, b"=2E=\r\n" + b"a" * 75),
        (b"a" * 75 + b".bc", b"a" * 75 + b"=\r\n=2Ebc"),
    ],
)
def test_quoted_printable_is_that_of_rfc_2045(octets: bytes, encoded: bytes) -> None:
    assert encode_quoted_printable(octets) == encoded


def test_soft_line_breaks_have_the_ending_that_is_asked_for() -> None:
    assert encode_quoted_printable(b"a" * 77 + b"\r\n", b"\n") == b"a" * 75 + b"=\naa\r\n"


def test_a_line_end_is_never_divided_between_blocks() -> None:
    with mock.patch.object(encoding, "BLOCK", 4):
        assert encode_quoted_printable(b"abc\r\nd") == b"abc=\r\n\r\nd"


def test_base64_has_lines_of_76_characters() -> None:
    assert encode_base64(b"") == b""
    assert encode_base64(b"\0" * 58, b"\n") == b"A" * 76 + b"\nAA==\n"


def test_base64_is_the_same_without_the_faster_library() -> None:
    octets = bytes(range(256)) * 500
    expected = encode_base64(octets)
    encoding._base64_encoder.cache_clear()
    with mock.patch.dict(sys.modules, {"pybase64": None}):
        assert encode_base64(octets) == expected
    encoding._base64_encoder.cache_clear()


# Messages of others


@pytest.mark.shared
def test_the_contents_of_every_message_of_others_stay_the_same() -> None:
    files = [*shared("corpus").glob("*/messages/**/*"), *shared("attacks").glob("*.eml")]
    changed = 0
    for file in sorted(file for file in files if file.is_file()):
        message = file.read_bytes()
        found = recode(message)
        changed += bool(found.changed)
        for before, after in zip(parse(message).walk(), parse(found.message).walk(), strict=True):
            assert before.path == after.path, file
            if not before.parts:
                assert before.content() == after.content() or before.is_multipart, file
        assert to_7bit(found.message) == found.message, file
    assert changed
