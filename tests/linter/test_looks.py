"""The looks that say which rules are asked, where a message is of another kind than most."""

from __future__ import annotations

import base64
import itertools
import mmap
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesmime import ApiParameters, Destination, Interface, LintConfig, lint
from sesmime.linter import run
from sesmime.linter.occasions import _TAKEN_BY_ALL, KINDS, OCCASIONS
from sesmime.linter.rules.bodies.rfc306_malformed_base64 import _is_clean
from sesmime.linter.rules.mime.ses401_missing_start_boundary import _lacks_delimiter, _verdict
from sesmime.linter.run import calls_of
from sesmime.linter.view.oddities import _PLAIN_DATE
from sesmime.linter.view.part import PlainType
from sesmime.mime.dates import is_date
from sesmime.mime.fields import Field, Span

DIVIDED = (
    b"From: a@example.com\r\nTo: b@example.net\r\nDate: Fri, 21 Nov 2025 09:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"; note="a b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nHi\r\n%b--b--\r\n"
)


def test_a_file_in_memory_is_looked_at_as_its_bytes_are(tmp_path: Path) -> None:
    for body in (b"", b"--b x\r\n", b"--bc\r\n"):
        message, file = DIVIDED % body, tmp_path / "message"
        file.write_bytes(message)
        with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            assert lint(mapped) == lint(message)
    assert "RFC404" not in {finding.code for finding in lint(DIVIDED % b"")}
    assert "RFC404" in {finding.code for finding in lint(DIVIDED % b"--bc\r\n")}


def test_sets_of_rules_are_kept_to_a_bound_and_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_MOST_SETS", 2)
    calls = run.Calls(calls_of(LintConfig(), is_raw=True)._entries)
    names = [("dkim-signature",), ("x-ses-tenant",), ("content-type",), ("dkim-signature",)]
    made = [calls.called_by(one) for one in names]
    assert made[0] == made[3]
    assert len(set(map(len, made))) > 1
    assert len(calls._known) <= 2


# Words that dates are made of, those that are no date too.
WEEKDAYS = ["Mon, ", "Sun, ", "mon, ", "Mon,", "Man, ", ""]
DAYS = ["0", "00", "1", "01", "9", "10", "28", "29", "30", "31", "32", "2x"]
MONTHS = ["Jan", "Feb", "feb", "Apr", "Dec", "Jum"]
YEARS = ["2023", "2024", "24", "1900", "20245"]
TIMES = ["00:00:00", "23:59:59", "23:59:60", "24:00:00", "9:00:00", "09:60:00", "09:00"]
ZONES = ["+0000", "-1259", "+0060", "GMT", "+0000 (UTC)", "+0000 (a b)", "+0000 (UTC", "+0000 ()", "0000"]
ENDS = ["", "\n", "\r\n", "\r", " \r\n", "\n\n"]


def test_a_date_that_is_told_by_its_form_alone_is_one_when_it_is_read() -> None:
    plain = 0
    for weekday, *words in itertools.product(WEEKDAYS, DAYS, MONTHS, YEARS, TIMES, ZONES):
        raw = f"Date: {weekday}{' '.join(words)}\r\n".encode()
        if _PLAIN_DATE.fullmatch(raw, 5) is not None:
            plain += 1
            assert is_date(Field("Date", raw, Span(0, len(raw))).body), raw
    assert plain > 1_000


@pytest.mark.parametrize("end", ENDS)
def test_a_date_is_told_by_its_form_with_each_line_end(end: str) -> None:
    raw = f"Date: Fri, 21 Nov 2025 09:00:00 +0000{end}".encode()
    assert (_PLAIN_DATE.fullmatch(raw, 5) is not None) is (end in ("", "\n", "\r\n"))
    assert is_date(Field("Date", raw, Span(0, len(raw))).body) is (end != "\r")


@pytest.mark.parametrize(
    ("date", "is_one"),
    [
        ("29 Feb 24", True),
        ("29 Feb 50", False),
        ("29 Feb 096", True),  # three digits count from 1900 too
        ("29 Feb 2000", True),
        ("29 Feb 1900", False),
        ("31 Dec 99", True),
    ],
)
def test_a_year_of_two_or_three_digits_is_one_of_these_centuries(date: str, is_one: bool) -> None:
    """RFC 5322 section 4.3."""
    assert is_date(f"{date} 00:00:00 +0000") is is_one


@given(
    st.lists(st.sampled_from((b"QUJD", b"+/9", b"a", b"=", b"==", b"\n", b"\r\n", b" \t", b"-", b"\xe9"))).map(b"".join)
)
def test_clean_base64_is_made_of_whole_quanta_with_padding_at_its_end_only(body: bytes) -> None:
    data = re.sub(rb"[ \t\r\n]", b"", body)
    assert _is_clean(body) == (re.fullmatch(rb"[A-Za-z0-9+/]*={0,2}", data) is not None and len(data) % 4 == 0)


@given(
    st.sampled_from((b"; boundary=b", b'; boundary="b"', b"; boundary=b; x=y", b'; boundary="b "', b"")),
    st.lists(st.sampled_from((b"--b", b"--", b"-", b"b", b"\n", b"\r\n", b"\r", b" ", b"c"))).map(b"".join),
)
def test_a_multipart_without_its_delimiter_is_refused_by_the_strict_parser(parameters: bytes, body: bytes) -> None:
    message = b"Content-Type: multipart/mixed" + parameters + b"\r\n\r\n" + body
    subject = run.outgoing(message, parameters=ApiParameters(), interface=Interface.SMTP, config=LintConfig())
    (field,) = subject.section.fields
    if _lacks_delimiter(subject, subject.root):
        assert b"--b" not in body
        assert _verdict(field, subject.root.entity.body) == "Missing start boundary"
    else:
        assert b"--b" in body or subject.root.plain_type != PlainType("multipart/mixed", None, "b", None)


def test_a_message_that_is_not_asked_for_its_size_is_taken_by_every_interface() -> None:
    sizes = [interface.row.max_size for interface in Interface]
    assert len(base64.b64encode(bytes(_TAKEN_BY_ALL))) == min(size for size in sizes if size is not None)


@pytest.mark.parametrize("name", ["from", "SUBJECT", "x", "", "from\xff"])
def test_a_header_section_without_a_name_is_seen(name: str) -> None:
    message = f"{name}: y\r\n\r\n".encode("latin-1")
    subject = run.outgoing(message, parameters=ApiParameters(), interface=Interface.SMTP, config=LintConfig())
    assert OCCASIONS[":no-field"](subject) is (not name.isascii() or not name)


@pytest.mark.parametrize("before", [0, 1, 1_996, 1_997, 1_998, 1_999])
@pytest.mark.parametrize("line_end", [b"\n", b"\r", b"x"])
def test_a_line_like_a_delimiter_is_seen_near_the_start_of_a_body(before: int, line_end: bytes) -> None:
    message = b"A: b\r\n\r\n" + (b"x" * (before - 1) + line_end)[:before] + b"--b\r\n"
    subject = run.outgoing(message, parameters=ApiParameters(), interface=Interface.SMTP, config=LintConfig())
    assert OCCASIONS[":boundary-in-leaf"](subject) is (not before or (line_end != b"x" and before <= 1_998))


@pytest.mark.parametrize("repeated", [(), ("To",), ("Subject",), ("X-A",), ("X-A", "CC")])
@pytest.mark.parametrize("received", [0, 1, 3])
def test_a_repeated_field_is_seen_beside_others_that_may_be_there_often(
    repeated: tuple[str, ...], received: int
) -> None:
    names = ["Received"] * received + ["RECEIVED", "From", "To"] + [name for name in repeated for _ in range(2)]
    message = "".join(f"{name}: a@b.example\r\n" for name in names).encode() + b"\r\n"
    subject = run.outgoing(message, parameters=ApiParameters(), interface=Interface.SMTP, config=LintConfig())
    assert OCCASIONS[":once-only-repeat"](subject) is (not {"To", "Subject", "CC"}.isdisjoint(repeated))


@pytest.mark.parametrize("encoding", ["7bit", "8bit", "binary", "base64", "quoted-printable"])
@pytest.mark.parametrize("is_part", [False, True])
def test_the_encoding_of_a_message_and_of_its_part_are_seen(encoding: str, is_part: bool) -> None:
    field = f"Content-Transfer-Encoding: {encoding}\r\n".encode()
    message = DIVIDED.replace(b"text/plain\r\n", b"text/plain\r\n" + field) % b"" if is_part else field + b"\r\nHi"
    subject = run.outgoing(message, parameters=ApiParameters(), interface=Interface.SMTP, config=LintConfig())
    seen = {
        name
        for may_hold, looks in KINDS
        if may_hold(subject)
        for name in (":base64", ":quoted-printable", ":binary")
        if name in looks and looks[name](subject)
    }
    assert seen == {f":{encoding}"} - {":7bit", ":8bit"}


@pytest.mark.parametrize(
    ("fields", "parameters", "is_called"),
    [
        (b"Cc: c@d.example\r\n", ApiParameters(), True),
        (b"Bcc: g:;, c@d.example\r\n", ApiParameters(), True),
        (b"Cc: undisclosed:;\r\n", ApiParameters(), False),
        (b"X: y\r\n", ApiParameters(), False),
        (b"To: c@d.example\r\n", ApiParameters(), False),
        (b"To:\r\nCc: c@d.example\r\n", ApiParameters(), False),
        (b"Cc: c@d.example\r\n", ApiParameters(destination=Destination(("e@f.example",))), False),
    ],
)
def test_a_missing_to_is_asked_about_where_there_is_another_recipient(
    fields: bytes, parameters: ApiParameters, is_called: bool
) -> None:
    message = b"From: a@b.example\r\n" + fields + b"\r\nHi\r\n"
    subject = run.outgoing(
        message, parameters=parameters, interface=Interface.SEND_RAW_EMAIL, config=LintConfig(select=("",))
    )
    assert bool(OCCASIONS[":recipient-without-to"](subject)) is is_called
    found = [finding.code for finding in lint(message, parameters=parameters, config=LintConfig(select=("SES103",)))]
    assert found == ["SES103"] * is_called
