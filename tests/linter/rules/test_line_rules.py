"""The rules about lines, size and encodings: exact places and texts, near misses, laws."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesmime import Interface, LintConfig, fix, parse
from sesmime.linter.findings import Severity
from sesmime.linter.rules.bodies.ses301_long_line import _has_longer_word
from sesmime.linter.view.places import first_eight_bit
from sesmime.ses.java_charsets import java_knows
from tests.linter.rules.mime_findings import TOP, found, multipart, only, shown

# Lines


def test_a_long_line_is_told_with_its_length_its_place_and_its_part() -> None:
    message = multipart(b"\r\nshort", b"\r\n" + b"x" * 999)
    finding = only(message, "SES301")
    assert finding.message == "a line of 999 octets; at most 998 are allowed"
    assert (finding.part, finding.column, shown(message, finding)) == ("2", 1, b"x" * 999)


@given(st.lists(st.sampled_from((b" ", b"x", b"y" * 3, b"z" * 9))).map(b"".join), st.integers(1, 12))
def test_a_long_word_is_seen_from_blank_to_blank(text: bytes, size: int) -> None:
    assert _has_longer_word(text, size) == (max(map(len, text.split(b" "))) > size)


def test_a_long_field_is_folded_safely_unless_a_signature_covers_it() -> None:
    words = b"delightful " * 100
    message = TOP + b"Subject: " + words + b"\r\n\r\nHi\r\n"
    assert only(message, "SES301").fix is not None
    done = fix(message, config=LintConfig(select=("SES301",)))
    assert parse(done.message).header_section.first("Subject") is not None
    subject = parse(done.message).header_section.all("Subject")[0]
    assert subject.body == words.decode()
    assert max(map(len, subject.raw.split(b"\r\n"))) <= 78
    signed = b"DKIM-Signature: v=1; d=example.com; h=from:subject; b=YQ==\r\n" + message
    (finding,) = found(signed, "SES301")
    assert finding.fix is not None
    assert finding.fix.applicability == "unsafe"


def test_an_ses_field_is_folded_after_a_comma_alone() -> None:
    tags = b", ".join(b"name-%03d=value of %03d" % (number, number) for number in range(60))
    message = TOP + b"X-SES-MESSAGE-TAGS: " + tags + b"\r\n\r\nHi\r\n"
    finding = only(message, "SES301")
    assert finding.fix is not None
    edits = finding.fix.edits
    assert len(edits) == 1
    assert edits[0].replacement == b"\r\n"
    place = edits[0].span.start
    assert message[place - 1 : place + 1] == b", "


def test_a_long_line_with_one_word_too_long_is_left_to_be_made_shorter() -> None:
    finding = only(TOP + b"Subject: short " + b"x" * 1000 + b" short\r\n\r\nHi\r\n", "SES301")
    assert finding.fix is not None
    assert finding.fix.applicability == "manual"


def test_a_long_line_in_the_head_of_a_part_is_of_that_part() -> None:
    message = multipart(b"Content-Type: text/plain\r\nX-A: " + b"word " * 250 + b"\r\n\r\nHi")
    finding = only(message, "SES301")
    assert finding.part == "1"
    assert fix(message, config=LintConfig(select=("SES301",))).applied


def test_lines_of_one_part_share_one_remedy() -> None:
    message = TOP + b"\r\n" + (b"x" * 999 + b"\r\n") * 3
    findings = found(message, "SES301")
    assert len(findings) == 3
    assert len({finding.fix.edits for finding in findings if finding.fix is not None}) == 1
    assert not found(fix(message, config=LintConfig(select=("SES301",))).message, "SES301")


def test_parts_inside_multipart_signed_are_not_encoded_anew() -> None:
    part = b"Content-Type: text/plain\r\n\r\n" + b"x" * 999
    signed = multipart(part, b"Content-Type: application/pgp-signature\r\n\r\nabc").replace(b"/mixed", b"/signed")
    finding = only(signed, "SES301")
    assert finding.fix is not None
    assert finding.fix.applicability == "manual"


def test_lone_line_feeds_are_counted_and_the_first_is_shown() -> None:
    message = TOP + b"\r\none\ntwo\r\nthree\nfour\r\n"
    finding = only(message, "RFC301")
    assert finding.message == "2 LFs without CR in a message that has CRLF; this is the first"
    assert (finding.line, finding.column) == (5, 4)
    assert fix(message, config=LintConfig(select=("RFC301",))).message == message.replace(b"e\nt", b"e\r\nt").replace(
        b"e\nf", b"e\r\nf"
    )


@pytest.mark.parametrize(
    ("kind", "is_safe"),
    [
        (b"Content-Type: text/plain\r\n", True),
        (b"Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n", False),
        (b"Content-Type: application/json\r\n", False),
        (b"Content-Type: application/json\r\nContent-Transfer-Encoding: base64\r\n", True),
        (b"Content-Type: application/json\r\nContent-Transfer-Encoding: quoted-printable\r\n", False),
    ],
)
def test_line_ends_are_mended_safely_where_they_are_no_content(kind: bytes, is_safe: bool) -> None:
    finding = only(multipart(kind + b"\r\nQUJD\nQUJD"), "RFC301")
    assert finding.fix is not None
    assert finding.fix.is_safe is is_safe


def test_line_ends_of_a_signed_message_are_not_mended_safely() -> None:
    finding = only(TOP + b"DKIM-Signature: v=1\r\n\r\na\nb\r\n", "RFC301")
    assert finding.fix is not None
    assert not finding.fix.is_safe


def test_a_message_of_many_lone_line_feeds_is_mended_in_one_go() -> None:
    message = TOP + b"\r\n" + b"one\r\ntwo\nthree\r\r\n" * 20_000
    done = fix(message, config=LintConfig(select=("RFC301",)))
    assert done.message == message.replace(b"two\n", b"two\r\n")
    assert len(done.applied) == 1


# Octets


def test_the_first_octet_beyond_ascii_is_found_wherever_it_is() -> None:
    for place in (0, 1, 5, 4094, 4095):
        text = bytearray(b"x" * 4096)
        text[place] = 0xE9
        assert first_eight_bit(text, 0, 4096) == place
        assert first_eight_bit(text, place, 4096) == place
        assert first_eight_bit(text, place + 1, 4096) == -1


@given(st.binary(max_size=300), st.integers(0, 300), st.integers(0, 300))
def test_the_first_octet_beyond_ascii_is_the_first(text: bytes, start: int, stop: int) -> None:
    start, stop = min(start, len(text)), min(stop, len(text))
    wanted = next((place for place in range(start, stop) if text[place] > 0x7F), -1)
    assert first_eight_bit(text, start, stop) == wanted


def test_eight_bit_is_told_by_its_label() -> None:
    part = b"Content-Type: text/plain; charset=utf-8\r\n%s\r\ncaf\xc3\xa9"
    message = multipart(
        part % b"Content-Transfer-Encoding: 8bit\r\n", part % b"", part % b"Content-Transfer-Encoding: 7bit\r\n"
    )
    findings = found(message, "SES303", "RFC303")
    assert [(finding.code, finding.part, shown(message, finding)) for finding in findings] == [
        ("RFC303", "2", b"\xc3"),
        ("RFC303", "3", b"\xc3"),
        ("SES303", "1", b"\xc3"),
    ]
    assert [finding.severity for finding in findings] == [Severity.WARNING, Severity.WARNING, Severity.INFO]
    assert findings[0].message == "8-bit octets in a part without Content-Transfer-Encoding"


def test_at_most_ten_parts_are_told_of_and_all_are_mended() -> None:
    line = b"caf\xc3\xa9 is the word for it in French, and in English too"
    message = multipart(*[b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + line] * 25)
    assert len(found(message, "RFC303")) == 10
    done = fix(message, config=LintConfig(select=("RFC303",)))
    assert not found(done.message, "RFC303")
    assert [part.content() for part in parse(done.message).parts] == [line] * 25


@pytest.mark.parametrize(
    ("label", "is_known"),
    [
        ("UTF-8", True),
        ("cp850", True),
        ("IBM850", True),
        ("850", True),
        ("cp-850", False),
        ("windows-31j", True),
        ("x-windows-949", True),
        ("ISO_8859-1:1987", True),
        ("latin-1", False),
        ("utf-7", False),
        ("unicode_escape", False),
        ("idna", False),
        ("", False),
        ("utf-8\x00", False),
    ],
)
def test_java_knows_charsets_by_exact_names(label: str, is_known: bool) -> None:
    # Asked of java.nio.charset.Charset.isSupported in Java 17.
    assert java_knows(label) is is_known


def test_an_unknown_charset_gives_the_text_that_was_recorded() -> None:
    message = TOP + b"Content-Type: text/plain; charset=cp-850\r\n\r\nHi\r\n"
    finding = only(message, "SES304")
    assert finding.rejection == "Unsupported encoding cp-850."
    assert shown(message, finding) == b"charset=cp-850"


def test_of_repeated_charsets_the_last_counts_as_for_the_strict_parser() -> None:
    message = TOP + b"Content-Type: text/plain; charset=%b; charset=%b\r\n\r\nHi\r\n"
    assert not found(message % (b"cp-850", b"cp850"), "SES304")
    assert only(message % (b"cp850", b"cp-850"), "SES304").rejection == "Unsupported encoding cp-850."


def test_a_label_with_a_control_is_escaped_and_foretells_no_text() -> None:
    finding = only(TOP + b'Content-Type: text/plain; charset="utf-8\0"\r\n\r\nHi\r\n', "SES304")
    assert finding.message == "the charset name 'utf-8\\x00' is unknown"
    assert finding.rejection is None


def test_texts_without_their_charset_are_told_apart() -> None:
    undeclared = TOP + b"Content-Type: text/plain\r\n\r\ncaf\xe9\r\n"
    declared = undeclared.replace(b"plain", b"plain; charset=us-ascii")
    wrong = undeclared.replace(b"plain", b"plain; charset=utf-8")
    assert [finding.code for finding in found(undeclared, "RFC308", "RFC309")] == ["RFC309"]
    assert [finding.code for finding in found(declared, "RFC308", "RFC309")] == ["RFC308"]
    assert shown(wrong, only(wrong, "RFC308")) == b"\xe9"


def test_a_long_text_without_charset_is_told_of_though_it_is_not_decoded() -> None:
    text = b"word " * 15 + b"\r\n"
    message = TOP + b"Content-Type: text/plain\r\n\r\n" + text * 20_000 + b"caf\xe9\r\n"
    assert shown(message, only(message, "RFC309")) == b"\xe9"


# Base64 and quoted-printable


def base64_message(body: bytes) -> bytes:
    """Return a message that is one base64 body."""
    return TOP + b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body


WRAPPED = base64.encodebytes(bytes(range(256)) * 400).replace(b"\n", b"\r\n")  # 102,400 octets


@pytest.mark.parametrize(
    ("body", "place", "text"),
    [
        (b"QUJD=QUJD\r\n", 4, "misplaced padding"),
        (b"QUI=QUJD\r\n", 4, "6 octets after the padding"),
        (b"QUJD\r\nQU*D\r\n", 8, "characters that are not allowed in base64"),
        (b"QUJDQ\r\n", 7, "one base64 character too many"),
        (b"QUJDQUI\r\n", 9, "without padding"),
        (b"QUJ\xe9D\r\n", 3, "characters that are not allowed in base64"),
    ],
)
def test_a_fault_of_base64_is_told_with_its_place(body: bytes, place: int, text: str) -> None:
    message = base64_message(body)
    finding = only(message, "RFC306")
    assert finding.span is not None
    assert finding.span.start == message.index(b"\r\n\r\n") + 4 + place
    assert text in finding.message


def test_long_base64_is_searched_for_signs_of_a_fault() -> None:
    assert len(WRAPPED) > 1 << 15
    assert not found(base64_message(WRAPPED), "RFC306")
    assert not found(base64_message(WRAPPED + b"\r\n \r\n"), "RFC306")
    middle = len(WRAPPED) // 78 // 2 * 78
    for fault in (b"=", b"\xe9"):
        message = base64_message(WRAPPED[:middle] + fault + WRAPPED[middle + 1 :])
        assert only(message, "RFC306").span is not None, fault
    for fault in (b"*", b":"):
        assert only(base64_message(fault + WRAPPED[1:]), "RFC306"), fault
    # The alphabet for URLs (RFC 4648 section 5).
    assert only(base64_message(WRAPPED.replace(b"+", b"-").replace(b"/", b"_")), "RFC306")
    assert only(base64_message(WRAPPED + b"QUJDQ\r\n"), "RFC306")
    assert only(base64_message(WRAPPED + b"\r\nmailing list\r\n"), "RFC306")


@given(st.binary(max_size=200), st.sampled_from((b"\r\n", b"\n")))
def test_what_the_library_encodes_is_no_malformed_base64(content: bytes, ending: bytes) -> None:
    body = base64.encodebytes(content).replace(b"\n", ending)
    assert not found(base64_message(body), "RFC306")


@pytest.mark.parametrize("body", [b"=6g", b"100% = x", b"a=\rb", b"=", b"=4\r\nx", b"=\r=\r\n", b"==3D"])
def test_an_equals_sign_that_begins_no_escape_is_found(body: bytes) -> None:
    message = TOP + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + body + b"\r\n.\r\n"
    wanted = body in (b"=",)  # a soft line break
    assert bool(found(message, "RFC307")) is not wanted
    if not wanted:
        assert shown(message, only(message, "RFC307")) == b"="


@pytest.mark.parametrize("body", [b"=3D=3d", b"a=\r\nb", b"a=\nb", b"a= \t\r\nb", b"a=\r\n", b"a= \n", b""])
def test_escapes_and_soft_line_breaks_are_let_pass(body: bytes) -> None:
    assert not found(TOP + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + body, "RFC307")


@pytest.mark.parametrize(("body", "left"), [(b"a=", b"a"), (b"a= \t", b"a"), (b"a=3D=", b"a=3D")])
def test_an_equals_sign_at_the_very_end_is_no_soft_line_break(body: bytes, left: bytes) -> None:
    # RFC 2045 section 6.7: "An "=" cannot be the ultimate or penultimate character in the encoded object."
    message = TOP + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + body
    finding = only(message, "RFC307")
    assert finding.span is not None
    assert finding.span.start == message.rindex(b"=")
    assert finding.message == "an equals sign at the end of the body does not start an escape"
    assert fix(message, unsafe=True).message.endswith(b"\r\n\r\n" + left)


# What deceives


@pytest.mark.parametrize("before", [b"\r\n", b"\n", b"\r", b"\r\n\0", b"\n\0"])
@pytest.mark.parametrize("after", [b"\r\n", b"\n", b"\r", b"\0\r\n", b"\0\n"])
def test_a_lone_dot_is_harmless_between_two_crlfs_alone(before: bytes, after: bytes) -> None:
    message = TOP + b"\r\nHi" + before + b"." + after + b"MAIL FROM:<>\r\n"
    if before == after == b"\r\n":
        assert not found(message, "SEC201")
    else:
        finding = only(message, "SEC201")
        assert shown(message, finding) == before + b"." + after
        done = fix(message, unsafe=True, config=LintConfig(select=("SEC201",)))
        assert done.message == TOP + b"\r\nHi\r\n.\r\nMAIL FROM:<>\r\n"


@pytest.mark.parametrize("before", [b"\r\n", b"\n", b"\r", b"\r\n\0", b"\n\0"])
@pytest.mark.parametrize("after", [b"\r\n", b"\n", b"\r", b"\0\r\n", b"\0\n"])
def test_a_lone_dot_is_harmless_between_lfs_where_they_become_crlfs(before: bytes, after: bytes) -> None:
    top = TOP.replace(b"\r\n", b"\n")
    message = top + b"\nHi" + before + b"." + after + b"MAIL FROM:<>\n"
    if before == after == b"\n" or before == after == b"\r\n":
        assert not found(message, "SEC201")
    else:
        finding = only(message, "SEC201")
        assert shown(message, finding) == before + b"." + after
        done = fix(message, unsafe=True, config=LintConfig(select=("SEC201",)))
        # One CRLF anywhere, and the LFs are not sure to become CRLFs.
        ending = b"\r\n" if b"\r\n" in message else b"\n"
        assert done.message == top + b"\nHi" + ending + b"." + ending + b"MAIL FROM:<>\n"


def test_lone_dots_that_share_a_line_end_are_all_mended() -> None:
    message = TOP + b"\r\nHi\n.\n.\n.\r\n"
    assert len(found(message, "SEC201")) == 3
    done = fix(message, unsafe=True, config=LintConfig(select=("SEC201",)))
    assert done.message == TOP + b"\r\nHi\r\n.\r\n.\r\n.\r\n"


def test_each_part_with_a_nul_is_told_once() -> None:
    message = multipart(b"\r\na\0b\0", b"\r\nc", b"\r\n\0d")
    assert [finding.part for finding in found(message, "SEC202")] == ["1", "3"]


# Size

TOO_LONG = "Message length is more than 10485760 bytes long: '10485761'."


@pytest.mark.parametrize(
    ("interface", "size", "expected"),
    [
        (Interface.SEND_RAW_EMAIL, 10_485_761, (Severity.ERROR, TOO_LONG)),
        (Interface.SEND_RAW_EMAIL, 10_485_760, (Severity.WARNING, None)),
        (Interface.SEND_RAW_EMAIL, 7_864_321, (Severity.WARNING, None)),
        (Interface.SEND_RAW_EMAIL, 7_864_320, None),
        (Interface.V2_SEND_EMAIL_RAW, 10_485_761, None),
        (Interface.SMTP, 41_943_040, None),
        (Interface.SMTP, 41_943_041, (Severity.ERROR, "Message is too long.")),
    ],
)
def test_each_interface_has_its_limit(
    interface: Interface, size: int, expected: tuple[Severity, str | None] | None
) -> None:
    line = b"x" * 76 + b"\r\n"
    message = (TOP + b"\r\n" + line * (size // 78 + 1))[:size]
    findings = found(message, "SES302", interface=interface)
    assert [(finding.severity, finding.rejection) for finding in findings] == ([expected] if expected else [])


@pytest.mark.parametrize(
    "label", ["iso-8859-1", "latin1", "L1", "windows-1252", "iso-8859-15", "utf-8", "us-ascii", None]
)
@pytest.mark.parametrize("octets", [b"caf\xe9", b"\x93a\x94", b"caf\xc3\xa9", b"a\x81b", b"plain"])
def test_texts_are_read_as_entities_read_them(label: str | None, octets: bytes) -> None:
    charset = f"; charset={label}" if label else ""
    text = TOP + f"Content-Type: text/plain{charset}\r\n\r\n".encode() + octets
    told = {finding.code for finding in found(text, "RFC308", "RFC309")}
    entity = parse(text)
    is_c1 = label in ("iso-8859-1", "latin1", "L1") and any(0x80 <= octet <= 0x9F for octet in octets)
    # What Windows has beyond Latin-1 is read as that, and told.
    assert bool(told) == (bool(entity.content_defects()) or is_c1)
    if is_c1:
        assert entity.text() == octets.decode("cp1252", "replace").replace("\ufffd", "\x81")
