"""What ends the lines of a message: all of them count, none of them decides."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sesmime import LintConfig, fix, lint
from sesmime.mime.edits import line_ending
from tests.conftest import shared

LINES = (
    b"X-Loop: me",
    b"From: a@example.net",
    b"To: b@example.org",
    b"Subject: x",
    b"",
    b"hi",
    b".",
    b"MAIL FROM:<x@y>",
)
_ENDS = st.lists(st.sampled_from([b"\n", b"\r\n"]), min_size=len(LINES), max_size=len(LINES))


def written(ends: list[bytes]) -> bytes:
    return b"".join(line + end for line, end in zip(LINES, ends, strict=True))


def codes(message: bytes) -> set[str]:
    return {finding.code for finding in lint(message, config=LintConfig(select=("RFC301", "SEC201")))}


@given(_ENDS)
def test_mixed_line_ends_are_told_whichever_come_first(ends: list[bytes]) -> None:
    is_mixed = len(set(ends)) > 1
    assert ("RFC301" in codes(written(ends))) == is_mixed
    assert ("SEC201" in codes(written(ends))) == (is_mixed and ends[5:7] != [b"\r\n", b"\r\n"])


@given(_ENDS)
def test_the_line_ending_is_that_of_most_lines_of_the_header_section(ends: list[bytes]) -> None:
    head = ends[:5]
    most = b"\n" if head.count(b"\n") > head.count(b"\r\n") else b"\r\n"
    assert line_ending(written(ends)) == most


def test_the_look_alike_is_told_with_an_lf_at_the_end_of_the_first_line() -> None:
    for name in ("01-sec201-control-crlf.eml", "01-sec201-first-line-lf.eml"):
        message = shared("cases", "reading", name).read_bytes()
        assert codes(message) == {"RFC301", "SEC201"}, name


def test_a_message_without_any_line_end_ends_its_lines_with_crlf() -> None:
    assert line_ending(b"") == line_ending(b"A: b") == line_ending(b"A: b\rC: d") == b"\r\n"


def test_an_encoded_cr_before_a_lone_lf_makes_the_fix_unsafe() -> None:
    """With CRLF there would be two line ends where every reader sees one."""
    head = b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    message = b"From: a@b.example\r\nTo: c@d.example\r\n" + head + b"\r\none=0D\ntwo\r\n"
    (finding,) = [one for one in lint(message) if one.code == "RFC301"]
    assert finding.fix is not None
    assert not finding.fix.is_safe
    assert fix(message).message == message
