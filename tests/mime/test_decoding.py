"""Contents: encodings and charsets undone, file names made harmless, and what is wrong told by its place."""

from __future__ import annotations

import base64
import binascii
import email
import email.message
import email.policy
import json
import mmap
import ntpath
import posixpath
import quopri
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sesmime import DecodingError, Entity, parse
from sesmime.mime.charsets import _CODEC_BY_NAME, charset_codec, decode_octets, decode_text
from sesmime.mime.decoding import MAX_DEFECTS
from sesmime.mime.filenames import safe_name
from tests.conftest import shared


def entity(encoding: bytes, body: bytes, content_type: bytes = b"application/octet-stream") -> Entity:
    """Return a message with that body."""
    fields = b"Content-Type: " + content_type + b"\r\nContent-Transfer-Encoding: " + encoding + b"\r\n"
    return parse(fields + b"\r\n" + body)


def faults(part: Entity) -> list[tuple[str, bytes]]:
    """Return the names of the content's defects, each with the bytes it stands on."""
    return [(defect.name, bytes(part.source[slice(*defect.span)])) for defect in part.content_defects()]


def checked(part: Entity) -> bytes:
    """Return the content, the same in one piece and in chunks, and refused in strict reading if there is a fault."""
    content = part.content()
    assert b"".join(part.iter_content()) == content
    if part.content_defects():
        with pytest.raises(DecodingError):
            part.text(strict=True)
    else:
        assert part.content(strict=True) == content
    return content


# Base64: RFC 4648 section 10 has the first vectors.


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (b"", b""),
        (b"Zg==", b"f"),
        (b"Zm8=", b"fo"),
        (b"Zm9v", b"foo"),
        (b"Zm9vYg==\r\n", b"foob"),
        (b"Zm9vYmE=\n", b"fooba"),
        (b"Zm9v\r\nYmFy\r\n", b"foobar"),
        (b"\r\n\r\nZm9v\r\n\r\nYmFy\r\n\r\n", b"foobar"),
        (b"Zm9\r\nvYm\nFy", b"foobar"),
        (b"Zm9\rvYmFy", b"foobar"),
        (b"Zg=\r\n=\r\n", b"f"),
        (b"++//++//", b"\xfb\xef\xff\xfb\xef\xff"),
    ],
)
def test_base64(body: bytes, content: bytes) -> None:
    part = entity(b"Base64", body)
    assert checked(part) == content
    assert part.content_defects() == ()


@pytest.mark.parametrize(
    ("body", "content", "expected"),
    [
        (b"Zm9v YmFy", b"foobar", [("invalid-base64", b" ")]),
        (b"Zm9v \r\nYmFy\t\r\n", b"foobar", [("invalid-base64", b" "), ("invalid-base64", b"\t")]),
        (b"Zm\x009v!\xff?YmFy", b"foobar", [("invalid-base64", b"\x00"), ("invalid-base64", b"!\xff?")]),
        (b"Zm9vYg", b"foob", [("missing-padding", b"")]),
        (b"Zm9vYmE\r\n", b"fooba", [("missing-padding", b"")]),
        (b"Zm9vYg=\r\n", b"foob", [("early-padding", b"="), ("missing-padding", b"")]),
        (b"Zm9vY", b"foo", [("truncated-base64", b"")]),
        (b"Zm9=vYmFy", b"fo", [("data-after-padding", b"vYmFy")]),
        (b"Zg==Zg==", b"f", [("data-after-padding", b"Zg==")]),
        (b"Zg===", b"f", [("data-after-padding", b"=")]),
        (b"Zg==\r\n-- \r\nA list's footer\r\n", b"f", [("data-after-padding", b"-- \r\nA list's footer\r\n")]),
        (b"Zg== \r\n", b"f", [("invalid-base64", b" ")]),
        (b"=Zm9v", b"foo", [("early-padding", b"=")]),
        (b"Z=m9v", b"foo", [("early-padding", b"=")]),
        (b"Zm=9v", b"foo", [("early-padding", b"=")]),
        (b"Zm9v=Zm9v", b"foofoo", [("early-padding", b"=")]),
        (b"Zm9v====", b"foo", [("early-padding", b"=")]),
        (b"====", b"", [("early-padding", b"=")]),
    ],
)
def test_base64_with_faults(body: bytes, content: bytes, expected: list[tuple[str, bytes]]) -> None:
    part = entity(b"base64", body)
    assert checked(part) == content
    assert faults(part) == expected
    with pytest.raises(DecodingError) as caught:
        part.content(strict=True)
    assert caught.value.path == ""


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n", b""])
@pytest.mark.parametrize("width", [4, 60, 64, 73, 76, 77, 998])
def test_base64_in_lines_of_any_width_is_read_over_several_blocks(width: int, line_end: bytes) -> None:
    data = bytes(range(256)) * 4_700 + b"end"
    encoded = base64.b64encode(data)
    lines = [encoded[start : start + width] for start in range(0, len(encoded), width)]
    part = entity(b"base64", line_end.join(lines) + line_end)
    assert checked(part) == data
    chunks = list(part.iter_content())
    assert len(chunks) > 1
    assert max(map(len, chunks)) <= 1 << 20
    # A fault in one block leaves the others as they are.
    broken = entity(b"base64", line_end.join([*lines[:5], b"!", *lines[5:]]) + line_end)
    assert broken.content() == data
    assert faults(broken) == [("invalid-base64", b"!")]


# Quoted-printable: RFC 2045 section 6.7.


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (
            b"Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.",
            b"Now's the time for all folk to come to the aid of their country.",
        ),
        (b"=0C=3D=20\r\n", b"\x0c= \r\n"),
        (b"caf=C3=A9\n", b"caf\xc3\xa9\n"),
        (b"a=\nb=\r\n", b"ab"),
        (b"one\r\ntwo\rthree\n", b"one\r\ntwo\rthree\n"),
        (b"a_b", b"a_b"),
        (b"", b""),
    ],
)
def test_quoted_printable(body: bytes, content: bytes) -> None:
    part = entity(b"Quoted-Printable", body)
    assert checked(part) == content
    assert part.content_defects() == ()


@pytest.mark.parametrize(
    ("body", "content", "expected"),
    [
        (b"a= \r\nb=\t \nc", b"abc", [("odd-soft-break", b"= \r\n"), ("odd-soft-break", b"=\t \n")]),
        (b"a=\r\r\nb", b"ab", [("odd-soft-break", b"=\r\r\n")]),
        (b"a=\rb\r\nc", b"ab\r\nc", [("odd-soft-break", b"=\r")]),
        (b"a= ", b"a", [("odd-soft-break", b"= ")]),
        (b"=3d=3D=e4", b"==\xe4", [("lower-case-escape", b"=3d"), ("lower-case-escape", b"=e4")]),
        (b"he=6g=ll", b"he=6g=ll", [("invalid-escape", b"="), ("invalid-escape", b"=")]),
        (b"a==41b", b"a=41b", [("invalid-escape", b"==")]),
        (b"a===41b", b"a=Ab", [("invalid-escape", b"==")]),
        (b"a==\r\nb", b"a=\r\nb", [("invalid-escape", b"==")]),
        (b"= x\r\n", b"= x\r\n", [("invalid-escape", b"=")]),
        (b"a=", b"a", [("truncated-escape", b"=")]),
        (b"a=4", b"a=4", [("invalid-escape", b"=")]),
        (b"a  \r\nb\t\nc ", b"a  \r\nb\t\nc ", [("blanks-at-line-end", blanks) for blanks in (b"  ", b"\t", b" ")]),
        (b"caf\xe9", b"caf\xe9", [("raw-8bit", b"\xe9")]),
    ],
)
def test_quoted_printable_with_faults(body: bytes, content: bytes, expected: list[tuple[str, bytes]]) -> None:
    part = entity(b"quoted-printable", body)
    assert checked(part) == content
    assert faults(part) == expected
    with pytest.raises(DecodingError):
        part.content(strict=True)


def test_a_run_of_equals_signs_longer_than_a_block_is_read_in_pairs() -> None:
    part = entity(b"quoted-printable", b"=" * (3 << 20) + b"41")
    assert part.content() == b"=" * (3 << 19) + b"41"
    assert [defect.name for defect in part.content_defects()] == ["invalid-escape"] * 100 + ["too-many-defects"]


# Uuencode


def uuencoded(data: bytes) -> bytes:
    lines = [binascii.b2a_uu(data[start : start + 45]) for start in range(0, len(data), 45)]
    return b"begin 644 a.bin\n" + b"".join(lines) + b"`\nend\n"


@pytest.mark.parametrize("encoding", [b"x-uuencode", b"uuencode", b"x-uue", b"UUE"])
def test_uuencode(encoding: bytes) -> None:
    data = bytes(range(256)) * 300
    for body in (uuencoded(data), uuencoded(data).replace(b"\n", b"\r\n"), b"\r\n" + uuencoded(data) + b"\n"):
        part = entity(encoding, body)
        assert checked(part) == data
        assert part.content_defects() == ()


@pytest.mark.parametrize(
    ("body", "content", "expected"),
    [
        (b"#86)C\r\n`\r\nend\r\n", b"abc", [("missing-begin", b"")]),
        (b"begin 644 a\n#86)C\n`\n", b"abc", [("missing-end", b"")]),
        (b"\n#86)C\n", b"abc", [("missing-begin", b""), ("missing-end", b"")]),
        (b"Hello\nbegin 644 a\n#86)C\nend\n", b"abc", [("data-before-begin", b"Hello\n")]),
        (b"begin 644 a\n#86)C\nend\nbye\n", b"abc", [("data-after-end", b"bye\n")]),
        (b"begin 644 a\n#86)\xff\n\n#86)C\nend\n", b"abc", [("invalid-uuencoded-line", b"#86)\xff")]),
        (b"begin 644 a\n#86\nend\n", b"a`\0", [("short-uuencoded-line", b"#86")]),
        (b"begin 644 a\n#86)C!!\nend\n", b"abc", [("long-uuencoded-line", b"!!")]),
        (b"begin 644 a\nlower\nend", b"", [("invalid-uuencoded-line", b"lower")]),
        (b"Plain text\r\n", b"Plain text\r\n", [("not-uuencoded", b"Plain text\r\n")]),
        (b"begin 644 a", b"", [("missing-end", b"")]),
        (b"begin 644", b"begin 644", [("not-uuencoded", b"begin 644")]),
    ],
)
def test_uuencode_with_faults(body: bytes, content: bytes, expected: list[tuple[str, bytes]]) -> None:
    part = entity(b"x-uuencode", body)
    assert checked(part) == content
    assert faults(part) == expected
    with pytest.raises(DecodingError):
        part.content(strict=True)


def test_an_empty_uuencoded_body_has_no_content() -> None:
    assert entity(b"x-uuencode", b"\r\n\r\n").content() == b""


# Other encodings, and what has parts


@pytest.mark.parametrize("encoding", [b"7bit", b"8BIT", b"binary", b" 7bit (of course)"])
def test_identity_encodings_are_the_body_as_it_stands(encoding: bytes) -> None:
    body = b"a =41 \xff\x00\r\n\n\r"
    part = entity(encoding, body)
    assert checked(part) == body
    assert part.content_defects() == ()


def test_an_unknown_encoding_is_the_body_as_it_stands_and_a_defect() -> None:
    part = entity(b"base9000", b"Zg==")
    assert checked(part) == b"Zg=="
    assert faults(part) == [("unknown-encoding", b"Content-Transfer-Encoding: base9000\r\n")]
    with pytest.raises(DecodingError, match="'base9000' is unknown"):
        part.content(strict=True)


def test_the_content_of_what_has_parts_is_the_raw_body() -> None:
    multipart = entity(b"base64", b"--b\r\n\r\nZg=\xff\r\n--b--\r\n", b"multipart/mixed; boundary=b; charset=x")
    assert multipart.content(strict=True) == bytes(multipart.body) == b"".join(multipart.iter_content())
    assert multipart.text() == "--b\r\n\r\nZg=\ufffd\r\n--b--\r\n"
    attached = entity(b"8bit", b"Subject: a\r\n\r\nb", b"message/rfc822")
    assert attached.content() == b"Subject: a\r\n\r\nb"
    assert multipart.content_defects() == attached.content_defects() == ()
    # An encoded attached message is a leaf.
    assert entity(b"base64", b"VG86IGE=", b"message/rfc822").content() == b"To: a"
    with pytest.raises(DecodingError):
        multipart.text(strict=True)


def test_strict_reading_names_the_part_and_the_reason() -> None:
    message = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\nZ\r\n--b--"
    )
    (part,) = parse(message).parts
    with pytest.raises(DecodingError) as caught:
        part.content(strict=True)
    assert (caught.value.path, str(caught.value)) == (
        "1",
        "part 1 cannot be decoded: one base64 character too many, which does not form an octet",
    )
    (defect,) = part.content_defects()
    assert defect.span == (part.body_span.stop, part.body_span.stop)


def test_at_most_a_hundred_defects_are_listed_and_one_that_says_so() -> None:
    exactly = entity(b"base64", b"Zm9v!" * MAX_DEFECTS)
    assert len(exactly.content_defects()) == MAX_DEFECTS
    for count in (101, 5_000):
        names = [defect.name for defect in entity(b"base64", b"Zm9v!" * count).content_defects()]
        assert names == ["invalid-base64"] * MAX_DEFECTS + ["too-many-defects"]


def test_content_is_read_from_every_kind_of_buffer(tmp_path: Path) -> None:
    message = b"Content-Transfer-Encoding: base64\r\n\r\nZm9v\r\nYmFy\r\n"
    file = tmp_path / "message"
    file.write_bytes(message)
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert parse(mapped).content() == b"foobar"
        assert parse(mapped).text(strict=True) == "foobar"
    for source in (message, bytearray(message), memoryview(message), memoryview(b"x" + message)[1:]):
        assert parse(source).content() == b"foobar"


# Charsets and text


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        (b"text/plain; charset=UTF-8", "utf-8"),
        (b'text/plain; charset="ISO-8859-1"', "iso-8859-1"),
        (b"text/plain; charset*=us-ascii'en'KOI8-R", "koi8-r"),
        (b"text/plain", None),
        (b"text/plain; charset=\xe9", None),
        (b"text/plain; charset=no-such", "no-such"),
    ],
)
def test_the_charset_is_that_of_the_content_type_in_lower_case(content_type: bytes, charset: str | None) -> None:
    assert entity(b"7bit", b"", content_type).charset == charset


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        (b"; charset=utf-8", "Grüße\r\n".encode(), "Grüße\r\n"),
        (b"; charset=ISO-8859-1", b"caf\xe9\nx\r\n", "café\nx\r\n"),
        (b"; charset=iso-2022-jp", "こんにちは".encode("iso-2022-jp"), "こんにちは"),
        (b"; charset=utf-16", "a".encode("utf-16"), "a"),
        (b"; charset=windows-1252", b"\x80", "€"),
        (b"; charset=us-ascii", b"plain", "plain"),
        (b"", b"plain", "plain"),
        (b"; charset=utf-8", b"\xef\xbb\xbfa", "\ufeffa"),
    ],
)
def test_text_is_read_in_its_charset_with_line_ends_as_they_are(charset: bytes, body: bytes, text: str) -> None:
    for encoding, written in ((b"8bit", body), (b"base64", base64.b64encode(body))):
        part = entity(encoding, written, b"text/plain" + charset)
        assert part.text() == part.text(strict=True) == text
        assert part.content_defects() == ()


@pytest.mark.parametrize(
    ("charset", "body", "text", "expected"),
    [
        (b"", "Grüße".encode(), "Grüße", ("undeclared-8bit", b"\xc3")),
        (b"; charset=us-ascii", b"caf\xe9!", "caf\ufffd!", ("undeclared-8bit", b"\xe9")),
        (b"; charset=utf-8", b"caf\xe9!", "caf\ufffd!", ("undecodable-text", b"\xe9")),
        (b"; charset=utf-7", b"+2AA-", "\ufffd", ("undecodable-text", b"+2AA-")),
        (
            b"; charset=no-such",
            "é".encode(),
            "é",
            ("unknown-charset", b"Content-Type: text/plain; charset=no-such\r\n"),
        ),
    ],
)
def test_text_with_faults(charset: bytes, body: bytes, text: str, expected: tuple[str, bytes]) -> None:
    part = entity(b"8bit", body, b"text/plain" + charset)
    assert part.text() == text
    assert faults(part) == [expected]
    assert part.content(strict=True) == body  # the octets themselves are well
    with pytest.raises(DecodingError):
        part.text(strict=True)
    encoded = entity(b"base64", base64.b64encode(body), b"text/plain" + charset)
    assert encoded.text() == text
    assert [name for name, _ in faults(encoded)] == [expected[0]]


@pytest.mark.parametrize(
    "charset",
    [
        b"unicode_escape",
        b"raw_unicode_escape",
        b"punycode",
        b"idna",
        b"rot13",
        b"hex",
        b"zlib",
        b"undefined",
        b'"utf-8\0"',
    ],
)
def test_charsets_that_mail_does_not_have_are_never_looked_up(charset: bytes) -> None:
    part = entity(b"7bit", b"\\x0d\\x0aBcc: v@example.net", b"text/plain; charset=" + charset)
    assert part.text() == "\\x0d\\x0aBcc: v@example.net"
    assert [defect.name for defect in part.content_defects()] == ["unknown-charset"]


def test_no_codec_of_mail_raises_when_it_must_not() -> None:
    octets = bytes(range(256)) + b"+2AA-~{~}\x1b$B\xff\x0e\xfe\x1b(J" + bytes(range(255, -1, -1)) + b"\x1b$)C\x0e!"
    for name in sorted(_CODEC_BY_NAME):
        assert charset_codec(name) is not None
        text, _ = decode_text(octets, name)
        assert text.encode("utf-8")


# File names


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("Grüße aus Zürich.txt", "Grüße aus Zürich.txt"),
        ("../../etc/cron.d/x", "x"),
        ("..\\..\\C:\\Windows\\CON.txt", "_CON.txt"),
        ("/etc/passwd", "passwd"),
        ("folder/", "folder"),
        ("C:evil.exe", "evil.exe"),
        ("a.txt:stream", "a.txt_stream"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\r\n\0\x7f\x85b.txt", "ab.txt"),
        ("a\u200b\ufeff\u2066\U000e0041b.txt", "ab.txt"),
        (".htaccess", "htaccess"),
        ("...hidden", "hidden"),
        (" a . ", "a"),
        ("a.txt...", "a.txt"),
        ("a.pdf" + " " * 200 + ".exe", "a.pdf .exe"),
        ("a\u3000\xa0b", "a b"),
        ("con", "_con"),
        ("NUL.tar.gz", "_NUL.tar.gz"),
        ("Com1 .txt", "_Com1 .txt"),
        ("lpt³", "_lpt³"),
        ("CONIN$", "_CONIN$"),
        ("console", "console"),
        ("com10", "com10"),
        ('a<b>"c|d?e*', "a_b__c_d_e_"),
        ("a／b＼c", "a_b_c"),
        ("．．", None),
        ("", None),
        (" ", None),
        (".", None),
        ("..", None),
        ("../..", None),
        ("\\\\", None),
        ("C:", None),
        ("\u202e", None),
        ("a\ud800b", "ab"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("ü" * 300 + ".pdf", "ü" * 125 + ".pdf"),
        ("x" * 300, "x" * 255),
        ("a." + "x" * 300, "a." + "x" * 253),
    ],
)
def test_a_file_name_is_made_one_harmless_path_component(name: str, safe: str | None) -> None:
    assert safe_name(name) == safe
    if safe is not None:
        assert safe_name(safe) == safe
        stays_inside(safe)


def stays_inside(name: str) -> None:
    """Check what is asked of a safe name."""
    assert not re.search(r'[/\\:<>"|?*\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]', name)
    assert name == name.strip(". ")
    assert len(name.encode()) <= 255
    assert posixpath.normpath(posixpath.join("/a/b", name)) == "/a/b/" + name
    assert ntpath.normpath(ntpath.join("C:\\a\\b", name)) == "C:\\a\\b\\" + name
    assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])", name.partition(".")[0].rstrip())


def test_an_entity_without_a_name_has_no_safe_one() -> None:
    assert parse(b"\r\n").safe_filename is None
    assert parse(b'Content-Disposition: attachment; filename="../.."\r\n\r\n').safe_filename is None
    assert parse(b"Content-Type: text/plain; name=a/b.txt\r\n\r\n").safe_filename == "b.txt"


# Attacks and messages of others


def leaves(root: Entity) -> Iterator[Entity]:
    return (part for part in root.walk() if not part.parts and not part.is_multipart)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("attack", "name"),
    [
        ("fn_traversal", "x"),
        ("fn_windows", "_CON.txt"),
        ("fn_rtlo", "invoicefdp.exe"),
        ("fn_2231_gap", "ok"),
        ("fn_2231_bad_charset", "a\ufffdb.txt"),
        ("fn_name_vs_filename", "a.txt"),
        ("fn_encoded_word", "evil.exe"),
    ],
)
def test_the_names_of_the_attacks_become_harmless(attack: str, name: str) -> None:
    root = parse(shared("attacks", f"{attack}.eml").read_bytes())
    found = [part.safe_filename for part in leaves(root) if part.filename is not None]
    assert found == [name]
    stays_inside(name)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("attack", "text", "names"),
    [
        ("cs_codec_escape", "\\x0d\\x0aBcc: v@example.net\r\n", ["unknown-charset"]),
        ("cs_nul_name", "hi\r\n", ["unknown-charset"]),
        ("cs_surrogate_header", "hi\r\n", ["unknown-charset"]),
        ("ma_b64_mid_padding", "hello", ["data-after-padding"]),
        (
            "ma_qp_illegal",
            "he=6g=ll" + "o=4\r\n",
            ["invalid-escape", "invalid-escape", "odd-soft-break", "invalid-escape"],
        ),
        ("ma_cte_unknown", None, ["unknown-encoding"]),
    ],
)
def test_the_contents_of_the_attacks_come_out_as_their_oracles_say(
    attack: str, text: str | None, names: list[str]
) -> None:
    for part in leaves(parse(shared("attacks", f"{attack}.eml").read_bytes())):
        assert text is None or part.text() == text
        assert [defect.name for defect in part.content_defects()] == names
        with pytest.raises(DecodingError):
            part.text(strict=True)


@pytest.mark.shared
def test_everything_of_the_size_families_can_be_read() -> None:
    entries = json.loads(shared("attacks", "index.json").read_text(encoding="utf-8"))["entries"]
    families = [entry for entry in entries if entry["generator"] and entry["sizes"] and entry["surface"] != "build"]
    assert len(families) > 15
    for entry in families:
        message = eval(entry["generator"], {}, {"n": entry["sizes"][0]}) if entry["generator"].startswith('b"') else b""
        for part in parse(message).walk():
            assert len(part.text()) <= len(part.body)
            part.content_defects()


def library_defects(message: Any) -> list[object]:
    """Return all defects that the library found, in fields, parts and contents."""
    found: list[object] = []
    for part in message.walk():
        if not part.is_multipart():
            part.get_payload(decode=True)
        found += part.defects
        for _, value in part.items():
            found += getattr(value, "defects", ())
    return found


def pairs(theirs: Any, ours: Entity) -> Iterator[tuple[Any, Entity]]:
    """Return each leaf of the library with ours; `message/*` but attached messages are leaves of ours alone."""
    if theirs.get_content_maintype() == "message" and ours.content_type not in ("message/rfc822", "message/global"):
        return
    if not theirs.is_multipart():
        yield theirs, ours
        return
    for one, other in zip(theirs.get_payload(), ours.parts, strict=True):
        yield from pairs(one, other)


@pytest.mark.slow
@pytest.mark.shared
def test_law_8_the_library_has_the_same_contents(capsys: pytest.CaptureFixture[str]) -> None:
    messages = contents = texts = 0
    for file in sorted(shared("corpus").glob("*/messages/**/*")):
        raw = file.read_bytes() if file.is_file() else b""
        lf = raw.replace(b"\r\n", b"\n")
        for message in dict.fromkeys((raw, lf, lf.replace(b"\n", b"\r\n"))):
            if message.startswith(b"From ") or re.search(rb"\r(?!\n)", message):
                continue
            try:
                theirs = email.message_from_bytes(message, policy=email.policy.SMTP)
                if library_defects(theirs):
                    continue
            except Exception:  # noqa: BLE001, the library raises on what it cannot read
                continue
            messages += 1
            for one, other in pairs(theirs, parse(message)):
                contents += 1
                assert other.content() == one.get_payload(decode=True), (file, other.path)
                assert other.charset == one.get_content_charset(), (file, other.path)
                if other.content_type.startswith("text/") and charset_codec(other.charset or "us-ascii"):
                    try:
                        text = one.get_content()
                    except LookupError:
                        continue  # a charset that the library does not know by this name
                    # The library reads 8-bit bytes that no charset explains as U+FFFD, we as UTF-8.
                    if "undeclared-8bit" not in [defect.name for defect in other.content_defects()]:
                        texts += 1
                        if other.charset == "iso-8859-1":  # read as windows-1252, which it is where it has C1 octets
                            text = decode_octets(text.encode("latin-1"), "iso8859-1")
                        assert other.text() == text, (file, other.path)
    with capsys.disabled():
        print(f" [{contents} contents and {texts} texts of {messages} messages compared, 0 differences]", end="")
    assert messages >= 1_400


def test_what_python_writes_is_read_back() -> None:
    text = "Grüße = 100 %\r\n.\r\n" * 50 + "trailing \t"
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    for cte in ("base64", "quoted-printable", "8bit"):
        message.set_content(text, cte=cte)
        written = message.as_bytes()
        theirs = email.message_from_bytes(written, policy=email.policy.SMTP)
        assert isinstance(theirs, email.message.EmailMessage)
        assert parse(written).text(strict=True) == theirs.get_content()
    assert entity(b"quoted-printable", quopri.encodestring(text.encode(), quotetabs=True)).content() == text.encode()
