"""The rules about MIME structure, parameters and attachments: exact places and texts, near misses, laws."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesmime import Interface, LintConfig, fix, lint, parse
from sesmime.linter.findings import Severity
from sesmime.linter.run import check
from sesmime.linter.run import outgoing as outgoing_of
from sesmime.linter.view.bodies import part_at
from sesmime.linter.view.mime_fields import _end_of_refused, place_of_refusal, refusal
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.places import strict_value
from sesmime.mime.edits import apply_edits
from sesmime.mime.fields import Field, Span
from sesmime.ses.javamail import verdict
from sesmime.ses.settings import ApiParameters
from tests.conftest import shared
from tests.linter.rules.mime_findings import TOP, found, multipart, only, shown

FAMILY = ("SES3", "SES4", "RFC3", "RFC4", "SEC2", "SEC4")


def seen(message: bytes) -> Outgoing:
    """Return what the rules look at."""
    return outgoing_of(message, parameters=ApiParameters(), interface=Interface.SEND_RAW_EMAIL, config=LintConfig())


def attachment(disposition: bytes) -> bytes:
    """Return a message with one attachment."""
    return multipart(b"Content-Type: application/zip\r\nContent-Disposition: " + disposition + b"\r\n\r\nPK")


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (b"boundary*=us-ascii''b", b"boundary=b"),
        (b"boundary*0=b; boundary*1=c; charset=utf-8", b"boundary=bc; charset=utf-8"),
        (b"boundary*=utf-8''%C3%A9", None),
    ],
)
def test_a_boundary_in_the_form_of_rfc_2231_is_written_plainly_where_it_can_be(
    given: bytes, written: bytes | None
) -> None:
    finding = only(TOP + b"Content-Type: multipart/mixed; " + given + b"\r\n\r\n", "RFC411")
    assert finding.severity is Severity.WARNING
    assert finding.fix is not None
    assert [edit.replacement for edit in finding.fix.edits] == (
        [] if written is None else [b"Content-Type: multipart/mixed; " + written + b"\r\n"]
    )


@pytest.mark.parametrize("given", [b"boundary=b", b"boundary=b; boundary*=us-ascii''c", b"boundary=b; name*0=c"])
def test_a_boundary_that_stands_plainly_too_is_read_by_all(given: bytes) -> None:
    assert not found(TOP + b"Content-Type: multipart/mixed; " + given + b"\r\n\r\n", "RFC411")


# Multiparts


LINES = st.sampled_from((b"--x", b"--x--", b"--y", b"--x ", b"text", b"", b"--", b"--x\t", b"-----"))
BOUNDARIES = (b"; boundary=x", b'; boundary="x"', b'; boundary="x "', b'; boundary="\\x"', b"", b"; boundary*0=x")


@given(
    st.lists(LINES, max_size=7),
    st.sampled_from((b"\r\n", b"\n", b"\r")),
    st.sampled_from((*BOUNDARIES, b"; boundary=y; boundary=x")),
)
def test_the_refusal_of_a_multipart_is_that_of_the_strict_parser(
    lines: list[bytes], ending: bytes, parameter: bytes
) -> None:
    body = ending.join(lines)
    value = b"multipart/mixed" + parameter
    message = TOP + b"Content-Type: " + value + b"\r\n\r\n" + body
    wanted = verdict("count-parts", body.decode("latin-1"), content_type=value.decode())
    findings = [finding for finding in found(message, "SES401") if finding.severity is Severity.ERROR]
    assert [finding.rejection for finding in findings] == ([wanted.error] if wanted.error else [])


def test_delimiter_lines_that_end_with_cr_are_a_warning() -> None:
    # The strict parser ends lines there, and other readers do not.
    finding = only(TOP + b"Content-Type: multipart/mixed; boundary=x\r\n\r\nHi\r--x\r\rone\r--x--\r", "SES401")
    assert (finding.severity, finding.rejection) == (Severity.WARNING, None)


def test_multiparts_that_end_together_are_closed_from_the_inside_out() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n"
    message = TOP + inner % (b"x", b"x") + inner % (b"y", b"y") + inner % (b"z", b"z") + b"\r\nHi"
    done = fix(message, unsafe=True, config=LintConfig(select=("RFC401",)))
    assert done.message == message + b"\r\n--z--\r\n--y--\r\n--x--\r\n"
    assert [part.path for part in parse(done.message).walk()] == ["", "1", "1.1", "1.1.1"]


def test_closing_a_multipart_keeps_the_content_of_its_last_part() -> None:
    message = TOP + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nHi\r\n"
    done = fix(message, unsafe=True, config=LintConfig(select=("RFC401",)))
    assert done.message == message + b"\r\n--x--\r\n"
    assert parse(done.message).parts[0].content() == b"Hi\r\n"


def test_a_line_that_begins_like_a_delimiter_line_is_told_without_its_line_end() -> None:
    message = multipart(b"\r\nHi\r\n--x and more\r\nHi")
    finding = only(message, "RFC404")
    assert (finding.part, shown(message, finding)) == ("1", b"--x and more")


def test_near_delimiter_lines_are_looked_for_with_every_boundary_around() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=yy\r\n\r\n--yy\r\n\r\n%s\r\n--yy--"
    for line in (b"--xa", b"--yya"):
        message = multipart(inner % line)
        assert shown(message, only(message, "RFC404")) == line
    assert not found(multipart(inner % b"--y"), "RFC404")


def test_so_many_lines_that_begin_like_a_delimiter_line_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    most = "sesmime.linter.rules.mime.rfc404_near_boundary_line._MAX_LINES"
    # The boundaries begin alike, so that "--xo" has to be looked at.
    inner = b"Content-Type: multipart/mixed; boundary=xz\r\n\r\n--xz\r\n\r\n%b\r\n--xz--"
    message = multipart(inner % b"\r\n".join([b"--xo"] * 9 + [b"--xz and more"]), boundary=b"xq")
    monkeypatch.setattr(most, 10)
    assert shown(message, only(message, "RFC404")) == b"--xz and more"
    monkeypatch.setattr(most, 9)
    assert not found(message, "RFC404")
    # Those of one part are counted for the next.
    message = multipart(inner % b"--xo\r\n--xo\r\n--xz\r\n\r\n--xz and more", boundary=b"xq")
    monkeypatch.setattr(most, 3)
    assert shown(message, only(message, "RFC404")) == b"--xz and more"
    monkeypatch.setattr(most, 2)
    assert not found(message, "RFC404")


def test_a_place_is_in_the_innermost_part_around_it() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=yy\r\n\r\nbefore\r\n"
    inner += b"--yy\r\n\r\none\r\n--yy\r\n\r\ntwo\r\n--yy--\r\nafter"
    message = multipart(inner)
    outgoing = seen(message)
    paths = {word: part_at(outgoing, message.index(word)).path for word in (b"before", b"one", b"two", b"after")}
    assert paths == {b"before": "1", b"one": "1.1", b"two": "1.2", b"after": "1"}
    assert part_at(outgoing, message.rindex(b"--x--")).path == ""


@pytest.mark.parametrize(("count", "is_told"), [(499, False), (500, False), (501, True)])
def test_more_than_five_hundred_parts_are_told(count: int, is_told: bool) -> None:
    findings = found(multipart(*[b"\r\nHi"] * count), "SES406")
    assert [finding.message for finding in findings] == (
        ["the message has 501 parts; SES accepts at most 500"] if is_told else []
    )


# Content-Type and Content-Disposition

WORDS = ("text", "plain", "charset", "utf-8", "name*0*", "=?utf-8?q?a?=", '"a b"', "(c)", " ", "\r\n ", "\t")
ATOMS = st.sampled_from((*WORDS, *'/;="\\(),[]:<>@?', "é", "\x00"))
BODIES = st.lists(ATOMS, max_size=12).map("".join) | st.from_regex(
    r'[a-z]{1,3}(/[a-z]{1,3})?( ?; ?[a-z]{1,3} ?= ?([a-z]{1,3}|"[^"]{0,4}"|\?)){0,3};? ?', fullmatch=True
)


def written(body: str) -> Field:
    """Return a field with this body."""
    raw = b"Content-Type: " + body.encode("latin-1", "replace") + b"\r\n"
    return Field("Content-Type", raw, Span(0, len(raw)))


# How the strict grammar shows that the value ends where a token is wanted.
NOTHING_THERE = ("got null", 'got "null"')


class TestTheStrictGrammar:
    """facts: sections 6 and 7 of the strict grammar; what a pattern accepts at once, the grammar must take."""

    @given(BODIES, st.sampled_from(("content-type", "content-disposition")))
    def test_the_refusal_is_that_of_the_grammar(self, body: str, call: str) -> None:
        field = written(body)
        value = field.raw.partition(b":")[2].lstrip(b" \t\r\n").removesuffix(b"\n").removesuffix(b"\r")
        assert refusal(call, field) == verdict(call, value.decode("latin-1")).error

    @given(BODIES, st.sampled_from(("content-type", "content-disposition")))
    def test_the_place_of_a_refusal_is_inside_the_field(self, body: str, call: str) -> None:
        field = written(body)
        error = refusal(call, field)
        if error is not None:
            start, stop = place_of_refusal(call, field, error)
            assert len("Content-Type:") <= start <= stop <= len(field.raw)

    @given(BODIES, st.sampled_from(("content-type", "content-disposition")))
    def test_it_ends_with_the_shortest_beginning_that_is_refused_so(self, body: str, call: str) -> None:
        field = written(body)
        error = refusal(call, field)
        # Only a token that is there has an end; a beginning that is refused for what is missing can go on.
        if error is not None and ", got " in error and not error.endswith(NOTHING_THERE):
            value = strict_value(field)
            shortest = next(stop for stop in range(len(value) + 1) if verdict(call, value[:stop]).error == error)
            for text in (error.partition(", got ")[2].strip('"'), "", ";", "a"):
                assert _end_of_refused(call, value, error, text) == shortest


@pytest.mark.parametrize(
    ("field", "text", "place"),
    [
        (b"Content-Type: text; charset=utf-8", "Expected '/', got ;", b";"),
        (b"Content-Type: text/plain; charset", "Expected '=', got \"null\"", b"charset"),
        (b"Content-Type: text/plain; charset=utf-8 format=flowed", "Expected ';', got \"format\"", b"format"),
        (b"Content-Type: text/plain; name=a(1).txt", "Expected ';', got \".txt\"", b".txt"),
        (b'Content-Type: text/plain; name="a"b"', "Expected ';', got \"b\"", b"b"),
        (b"Content-Type: text/plain;; a=b", 'Expected parameter name, got ";"', b";"),
        (b'Content-Type: text/plain; "a"=b', 'Expected parameter name, got "a"', b'"a"'),
        (b'Content-Type: text/plain; a="b', "Unbalanced quoted string", b'text/plain; a="b'),
        (b"Content-Type:", "Expected MIME type, got null", b""),
        (b"Content-Disposition: attachment; filename=my hello.txt", "Expected ';', got \"hello.txt\"", b"hello.txt"),
        (b"Content-Disposition: attachment; filename=a:b", "Expected ';', got \":\"", b":"),
        (b"Content-Disposition: =?utf-8?q?a?=", "Expected disposition, got =", b"="),
    ],
)
def test_a_refused_field_is_told_with_its_text_and_the_token(field: bytes, text: str, place: bytes) -> None:
    message = TOP + field + b"\r\n\r\nHi\r\n"
    finding = only(message, "SES402" if field.startswith(b"Content-Type") else "SES403")
    assert finding.rejection == text
    assert shown(message, finding) == place
    if place:
        assert finding.span is not None
        assert finding.span.stop <= message.index(b"\r\n\r\n")


def test_a_field_written_anew_is_read_as_before() -> None:
    message = TOP + b"Content-Type: text/plain; charset=utf-8; name=a b.txt; Format=flowed\r\n\r\nHi\r\n"
    done = fix(message, unsafe=True, config=LintConfig(select=("SES402",)))
    assert b'Content-Type: text/plain; charset=utf-8; name="a b.txt"; format=flowed\r\n' in done.message


def test_a_field_that_cannot_be_written_is_left() -> None:
    finding = only(TOP + b"Content-Type: text; charset=utf-8\r\n\r\nHi\r\n", "SES402")
    assert finding.fix is not None
    assert finding.fix.applicability == "manual"


def test_parameters_that_are_refused_are_not_told_twice() -> None:
    message = TOP + b"Content-Type: text/plain; name=a b\r\n\r\nHi\r\n"
    assert [finding.code for finding in found(message, "SES402", "RFC407")] == ["SES402"]


# File names


@pytest.mark.parametrize(
    ("interface", "severity"),
    [
        (Interface.V2_SEND_EMAIL_RAW, Severity.WARNING),
        (Interface.SEND_RAW_EMAIL, Severity.WARNING),
        (Interface.SMTP, Severity.WARNING),
    ],
)
def test_characters_of_a_file_name_are_a_warning_in_raw_messages(interface: Interface, severity: Severity) -> None:
    message = attachment(b'attachment; filename="a:b|c.zip"')
    finding = only(message, "SES404", interface=interface)
    assert finding.severity is severity
    assert finding.message == "the file name 'a:b|c.zip' contains : |"
    assert shown(message, finding) == b'filename="a:b|c.zip"'


@pytest.mark.parametrize("character", '/\\:*?"<>|')
def test_every_character_that_was_refused_is_found(character: str) -> None:
    message = attachment(b"attachment; filename*=utf-8''a%%%02Xb.zip" % ord(character))
    assert only(message, "SES404").message.endswith(f"contains {character}")


@pytest.mark.parametrize(
    "disposition",
    [
        b'attachment; filename="a.EXE"',
        b'attachment; filename="a.exe."',
        b'attachment; filename="a.exe. ."',
        b'attachment; filename="a.exe "',
        b"attachment; filename*=utf-8''a%2Eexe",
        b"attachment; filename*0=a.e; filename*1=xe",
        b'attachment; filename="=?utf-8?q?a=2Eexe?="',
        b"attachment; filename*=utf-8''a.exe%00.txt",
        b"attachment; filename*=utf-8''a.e%00xe",
        b"attachment; filename*=utf-8''a.exe%E2%80%8B",
        b"attachment; filename=a.txt; filename*=utf-8''a.exe",
        b"attachment; filename=a.exe; filename*=utf-8''a.txt",
        b"attachment; filename=a.txt; filename=a.exe",
        b'attachment; filename="c/a.exe"',
    ],
)
def test_a_suffix_that_ses_does_not_take_is_found_in_every_form(disposition: bytes) -> None:
    assert "ends in .exe" in only(attachment(disposition), "SES405").message


@pytest.mark.parametrize(
    "disposition",
    [b"attachment; filename=exe", b"attachment; filename=a.exe.zip", b"attachment; filename=aexe", b"attachment"],
)
def test_a_suffix_alone_counts(disposition: bytes) -> None:
    assert not found(attachment(disposition), "SES405")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("a%E2%80%AEb.zip", "a bidirectional control (U+202E)"),
        ("a%09b.zip", "a control character (U+0009)"),
        ("a%E2%80%8Bb.zip", "an invisible character (U+200B)"),
        ("..%5Ca.zip", "a path"),
        ("C:a.zip", "a path"),
        ("..", "a path"),
        ("a.zip%20%20%20.html", "spaces before its suffix"),
        ("a.zip.", "dots or spaces at its end"),
        ("a.zip%20", "dots or spaces at its end"),
    ],
)
def test_a_misleading_name_is_told_with_what_it_holds(name: str, what: str) -> None:
    finding = only(attachment(f"attachment; filename*=utf-8''{name}".encode()), "SEC402")
    assert finding.message.endswith(f"contains {what}")


@pytest.mark.parametrize(
    ("disposition", "code"),
    [
        (b'attachment; filename=".."', "SEC402"),  # nothing of it is safe
        (b'attachment; filename="a|b"; x="a\x01b"', "SES404"),  # the other parameter cannot be written
    ],
)
def test_a_name_that_cannot_be_written_anew_is_left_to_the_author(disposition: bytes, code: str) -> None:
    fix = only(attachment(disposition), code).fix
    assert fix is not None
    assert (fix.applicability, fix.edits) == ("manual", ())


@pytest.mark.parametrize(
    "name", ["a.zip", "a b (1).zip", "R%C3%A9sum%C3%A9.pdf", ".htaccess", "a%20%20b.zip", "%E5%A0%B1%E5%91%8A.pdf"]
)
def test_a_plain_name_misleads_nobody(name: str) -> None:
    assert not found(attachment(f"attachment; filename*=utf-8''{name}".encode()), "SEC402")


def test_a_type_that_is_quoted_shows_no_octet_that_cannot_be_printed() -> None:
    message = TOP + b"Content-Type: multipart/mixed\xd8; charset=utf-8\r\n\r\nHi\r\n"
    assert only(message, "RFC411").message == r"'multipart/mixed\xd8' without a boundary parameter"


def test_a_repeated_field_of_a_part_is_removed_safely_where_it_says_the_same() -> None:
    part = b"Content-Type: text/plain\r\ncontent-type: text/%s\r\n\r\nHi"
    same, other = multipart(part % b"plain"), multipart(part % b"html")
    assert only(same, "SEC403").fix is not None
    assert only(same, "SEC403").fix.applicability == "safe"  # type: ignore[union-attr]
    assert only(other, "SEC403").fix.applicability == "unsafe"  # type: ignore[union-attr]
    assert shown(same, only(same, "SEC403")) == b"content-type"


def test_a_repeated_field_of_the_message_itself_is_another_rule() -> None:
    assert not found(TOP + b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nHi\r\n", "SEC403")


# All of them

ATTACKS = {
    "cs_codec_escape": "SES304",
    "cs_nul_name": "SES304",
    "fn_2231_bad_charset": "RFC407",
    "fn_2231_gap": "RFC407",
    "fn_encoded_word": "SEC402",
    "fn_name_vs_filename": "SEC401",
    "fn_rtlo": "SEC402",
    "fn_traversal": "SEC402",
    "fn_windows": "SEC402",
    "ma_b64_mid_padding": "RFC306",
    "ma_boundary_too_long": "RFC402",
    "ma_cte_on_multipart": "RFC305",
    "ma_cte_unknown": "RFC304",
    "ma_epilogue_part": "SEC203",
    "ma_external_body": "RFC406",
    "ma_inner_outer_same": "SES407",
    "ma_nul_in_type": "SES402",
    "ma_null_boundary": "RFC403",
    "ma_partial": "RFC405",
    "ma_qp_illegal": "RFC307",
    "sm_8bit_as_7bit": "RFC303",
    "sm_cr_dot_crlf": "SEC201",
    "sm_crlf_nul_dot": "SEC201",
    "sm_lf_dot_crlf": "SEC201",
    "sm_lf_dot_lf": "SEC201",
}


@pytest.mark.shared
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_found(name: str) -> None:
    message = shared("attacks", f"{name}.eml").read_bytes()
    assert ATTACKS[name] in {finding.code for finding in found(message, *FAMILY)}


@pytest.mark.slow
@pytest.mark.shared
def test_errors_without_a_known_refusal_are_rare_in_real_mail() -> None:
    files = sorted(file for file in shared("corpus").glob("*/messages/**/*") if file.is_file())
    rests = {"SES301", "SES304", "SES401", "SES402", "SES403", "SES405", "SES406", "SES407"}  # a refusal or a limit
    loud = [file for file in files if _errors(file) - rests]
    assert len(loud) * 100 <= len(files)


def _errors(file: Path) -> set[str]:
    return {finding.code for finding in found(file.read_bytes(), *FAMILY) if finding.severity is Severity.ERROR}


SCRAPS = st.sampled_from(
    (
        b"Content-Type: multipart/mixed; boundary=x\r\n",
        b'Content-Type: multipart/signed; boundary="y "\r\n',
        b"Content-Type: multipart/digest; boundary=\r\n",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: text/html; charset=cp-850\r\n",
        b'Content-Type: text/plain; name="=?utf-8?q?a=2Eexe?="; name=b\r\n',
        b"Content-Disposition: attachment; filename*0=a.exe; filename*2*=b\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: quoted-printable\n",
        b"Content-Transfer-Encoding: binary\r\n",
        b"Subject: a b\r\n",
        b"--x\r\n",
        b"--x--\r\n",
        b"--y\n",
        b"--xy\r\n",
        b"caf\xe9\r\n",
        b"=6g=\r\n",
        b"QUI=QUJD\r\n",
        b"x" * 999,
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b".",
    )
)


class TestWholeMessages:
    """Law 6: after `fix`, the applied rules are silent, no rule is louder, a second `fix` changes nothing."""

    @given(st.lists(SCRAPS, max_size=14).map(b"".join))
    def test_no_rule_raises_and_every_place_is_in_the_message(self, message: bytes) -> None:
        for finding in found(message, *FAMILY):
            if finding.span is not None:
                assert 0 <= finding.span.start <= finding.span.stop <= len(message)
            if finding.fix is not None:
                for edit in finding.fix.edits:
                    assert 0 <= edit.span.start <= edit.span.stop <= len(message)

    @given(st.lists(SCRAPS, max_size=10).map(b"".join))
    def test_what_was_mended_is_silent(self, message: bytes) -> None:
        config = LintConfig(select=FAMILY)
        done = fix(message, unsafe=True, config=config)
        gone = {finding.code for finding in done.applied}
        assert not gone & {finding.code for finding in lint(done.message, config=config)}
        assert fix(done.message, unsafe=True, config=config).message == done.message


def test_a_message_with_another_head_is_mended_at_the_places_of_what_is_sent() -> None:
    # As `prepare` has it: the fields that are sent are not those of the source, and the body stays where it is.
    text = b"We keep the table by the window of the caf\xc3\xa9 for the two of you.\r\n"
    source = TOP + b"Bcc: c@example.org\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text
    head = TOP + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    outgoing = Outgoing(
        source,
        body_start=source.index(text),
        head=head,
        parameters=ApiParameters(),
        interface=Interface.SEND_RAW_EMAIL,
    )
    (finding,) = check(outgoing, LintConfig(select=("RFC303",)))
    assert finding.fix is not None
    assert shown(head + text, finding) == b"\xc3"
    assert apply_edits(head + text, finding.fix.edits) == head.removesuffix(b"\r\n") + (
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + text.replace(b"\xc3\xa9", b"=C3=A9")
    )
