"""What `strip_ses_fields` promises, against a reading of its specification that shares nothing with the code.

The reference goes octet by octet; the readers are three, with the ways in which mail software takes a row of CRs. All
short header sections of the tokens that matter are tried, and random ones beside.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesmime import copy_stripped, strip_ses_fields
from sesmime.mime.fields import header_section_end
from tests.conftest import shared

BLANKS_AND_CONTROLS = bytes([*range(0x21), 0x7F])
TOKENS = (b"\r", b"\n", b" ", b":", b"X-SES-", b"a")
MORE_TOKENS = (
    *TOKENS,
    b"\r\n",
    b"\t",
    b"\x00",
    b"\x7f",
    b"x-ses-b",
    b"X-SE",
    b"S-",
    b"From ",
    b"s: t",
    b"\xff",
    b"\r\n\r\n",
)


# The specification, octet by octet


def reference(message: bytes, keep: frozenset[bytes] = frozenset()) -> bytes:
    """Strip a message as the specification says, in no hurry."""
    stop = region_end(message)
    return b"".join(left_of(line, keep) for line in field_lines(message[:stop])) + message[stop:]


def region_end(message: bytes) -> int:
    """Return where the first line begins that is empty under CRLF or LF."""
    place = 0
    while place < len(message):
        if message.startswith((b"\n", b"\r\n"), place):
            return place
        feed = message.find(b"\n", place)
        if feed < 0:
            break
        place = feed + 1
    return len(message)


def field_lines(region: bytes) -> list[bytes]:
    """Divide a region after each LF that no blank follows."""
    lines, begin = [], 0
    for place, octet in enumerate(region):
        if octet == 0x0A and region[place + 1 : place + 2] not in (b" ", b"\t"):
            lines.append(region[begin : place + 1])
            begin = place + 1
    return [*lines, region[begin:]] if begin < len(region) else lines


def is_ses_name(name: bytes) -> bool:
    return name.strip(BLANKS_AND_CONTROLS).upper().startswith(b"X-SES-")


def left_of(line: bytes, keep: frozenset[bytes]) -> bytes:
    """Return what stays of a field, or of a line that is none."""
    name, colon, _ = line.partition(b":")
    if colon and is_ses_name(name) and name.strip(BLANKS_AND_CONTROLS).upper() not in keep:
        return b""
    out, place = b"", 0
    is_own_name = bool(colon) and is_ses_name(name)
    while place < len(line):
        is_lone_cr = line[place] == 0x0D and line[place + 1 : place + 2] != b"\n"
        stop = hidden_end(line, place + 1) if is_lone_cr else None
        if stop is not None and not (is_own_name and not line[:place].strip(BLANKS_AND_CONTROLS)):
            place = stop
            continue
        out += line[place : place + 1]
        place += 1
    return out


def hidden_end(line: bytes, place: int) -> int | None:
    """Return the end of the line whose name, blanks and controls dropped, begins at `place` or after; None if none."""
    while place < len(line) and line[place] in BLANKS_AND_CONTROLS:
        place += 1
    if line[place : place + 6].upper() != b"X-SES-":
        return None
    has_colon = False
    while place < len(line):
        if line[place] in b"\r\n":
            after = place
            while line[after : after + 1] == b"\r":
                after += 1
            if line[after : after + 1] == b"\n":
                after += 1
            if line[after : after + 1] not in (b" ", b"\t"):
                break
            place = after
        has_colon = has_colon or line[place] == 0x3A
        place += 1
    return place if has_colon else None


# The readers

READERS = {
    "CRLF or LF": re.compile(rb"\r?\n"),
    "LF": re.compile(rb"\n"),
    "CR": re.compile(rb"\r\n|\r|\n"),
    "CR, and CR CR LF as one": re.compile(rb"\r\r?\n|\r|\n"),
    "CR, and CR CR as one": re.compile(rb"\r\r?\n?|\n"),
    "CR, and a row of CRs as one": re.compile(rb"\r+\n?|\n"),
}


def read_by(line_end: re.Pattern[bytes], region: bytes) -> tuple[list[bytes], int]:
    """Return the names that a reader sees, blanks and controls around them dropped, and how many lines are empty."""
    lines = line_end.split(region)
    if not lines[-1]:
        lines.pop()
    fields: list[bytes] = []
    for line in lines:
        if fields and line[:1] in (b" ", b"\t"):
            fields[-1] += line
        else:
            fields.append(line)
    names = [name.strip(BLANKS_AND_CONTROLS).upper() for name, colon, _ in (f.partition(b":") for f in fields) if colon]
    return names, lines.count(b"")


def is_within(short: list[bytes], long: list[bytes]) -> bool:
    rest = iter(long)
    return all(any(one == other or other.startswith(one) for other in rest) for one in short)


def keeps_the_promise(message: bytes) -> None:
    """What is left is what the specification says, and no reader sees a name of SES or anything new."""
    stripped = strip_ses_fields(message)
    assert stripped == reference(message)
    if stripped == message:
        new_region = old_region = message[: region_end(message)]
    else:
        assert strip_ses_fields(stripped) == stripped, "twice is not once"
        old_region, new_region = message[: region_end(message)], stripped[: region_end(stripped)]
        assert message[len(old_region) :] == stripped[len(new_region) :], "the region moved"
    for reader, line_end in READERS.items():
        names, empty = read_by(line_end, new_region)
        assert not any(name.startswith(b"X-SES-") for name in names), reader
        if stripped != message:
            _, empty_before = read_by(line_end, old_region)
            assert empty <= empty_before, reader
    if stripped != message:
        for reader in ("CRLF or LF", "CR"):
            names, _ = read_by(READERS[reader], new_region)
            before, _ = read_by(READERS[reader], old_region)
            assert len(names) <= len(before), reader
        fields_read_as_before(old_region, new_region)


def fields_read_as_before(old_region: bytes, new_region: bytes) -> None:
    """Under CRLF and LF each field that stays is the old one, less what begins with a lone CR and holds X-SES-."""
    old = [line for line in field_lines(old_region) if not (b":" in line and is_ses_name(line.partition(b":")[0]))]
    new = field_lines(new_region)
    assert len(old) == len(new)
    for before, after in zip(old, new, strict=True):
        if before != after:
            assert b"\r" in before.replace(b"\r\n", b"")
            assert before.upper().count(b"X-SES-") > after.upper().count(b"X-SES-")
            assert before.startswith(after[: after.find(b"\r")] if b"\r" in after else after.rstrip(b"\n"))


def short_sections(tokens: tuple[bytes, ...], most: int, before: bytes = b"") -> Iterator[bytes]:
    """Return all strings of at most so many tokens that hold a name of SES."""
    for size in range(1, most + 1):
        for chosen in product(tokens, repeat=size):
            if b"X-SES-" in chosen:
                yield before + b"".join(chosen)


# The tests


class TestShortSections:
    @pytest.mark.parametrize("before", [b"", b"s:a"])
    def test_all_of_six_tokens_keep_the_promise(self, before: bytes) -> None:
        count = 0
        for message in short_sections(TOKENS, 5, before):
            keeps_the_promise(message)
            count += 1
        assert count == sum(6**size - 5**size for size in range(1, 6))

    @pytest.mark.parametrize("last", [b":", b": \n", b" :", b"\r\n :", b"\r\r :", b"\n:"])
    def test_all_ends_of_a_hidden_name_keep_the_promise(self, last: bytes) -> None:
        for message in short_sections(TOKENS, 4, b"s:a\rX-SES-"):
            keeps_the_promise(message + last)

    @pytest.mark.slow
    def test_all_of_eight_tokens_keep_the_promise(self) -> None:
        for message in short_sections(TOKENS, 8):
            keeps_the_promise(message)


@st.composite
def sections(draw: st.DrawFn) -> bytes:
    return b"".join(draw(st.lists(st.sampled_from(MORE_TOKENS), min_size=1, max_size=40)))


@pytest.mark.property
class TestRandomSections:
    @given(sections())
    def test_they_keep_the_promise(self, message: bytes) -> None:
        keeps_the_promise(message)

    @given(sections(), st.sampled_from([b"\r\n\r\nX-SES-A: b\rX-SES-C: d", b"\n\n\rX-SES-A: b"]))
    def test_nothing_beyond_the_region_changes(self, section: bytes, rest: bytes) -> None:
        keeps_the_promise(section + rest)
        assert strip_ses_fields(section + rest).endswith(rest[rest.find(b"X-SES-") :])

    @given(sections(), st.lists(st.sampled_from(["X-SES-", "X-SES-A", "x-ses-b", "s", "X-SES-X-SES-"])))
    def test_keep_exempts_fields_and_what_they_hide_goes(self, message: bytes, keep: list[str]) -> None:
        stripped = strip_ses_fields(message, keep=keep)
        assert stripped == reference(message, frozenset(name.upper().encode() for name in keep))
        assert strip_ses_fields(stripped, keep=keep) == stripped
        names, _ = read_by(READERS["CRLF or LF"], stripped[: region_end(stripped)])
        assert not {name for name in names if name.startswith(b"X-SES-")} - {name.upper().encode() for name in keep}

    @given(sections())
    def test_streams_are_stripped_alike(self, message: bytes) -> None:
        target = io.BytesIO()
        copy_stripped(io.BytesIO(message), target)
        assert target.getvalue() == reference(message)

    @given(sections())
    def test_the_region_ends_where_the_scanner_ends_it(self, message: bytes) -> None:
        assert header_section_end(message)[0] == region_end(message)


class TestCases:
    @pytest.mark.shared
    def test_the_field_that_leaked_is_gone(self) -> None:
        message = shared("cases", "hostile", "strip-leak-1.eml").read_bytes()
        stripped = strip_ses_fields(message)
        assert b"evil" not in stripped
        keeps_the_promise(message)

    @pytest.mark.parametrize(
        ("section", "stripped"),
        [
            (b"Subject: x\rX-SES-A\r\n : evil\r\nTo: b\r\n", b"Subject: x\r\nTo: b\r\n"),
            (b"Subject: x\rX-SES-A\r\r : evil\r\nTo: b\r\n", b"Subject: x\r\nTo: b\r\n"),
            (b"Subject: x\rX-SES-A\r\r\n : evil\r\nTo: b\r\n", b"Subject: x\r\nTo: b\r\n"),
            (b"Subject: x\rX-SES-A: b\r\n c\r d\n e\r\nTo: b\r\n", b"Subject: x\r\nTo: b\r\n"),
            (b"Subject: x\rX-SES-A: b\r\r\nTo: b\r\n", b"Subject: x\r\r\nTo: b\r\n"),
            (b"Subject: x\rX-SES-A\rX-SES-B\r\n : evil\r\n", b"Subject: x\rX-SES-A\r\n"),
        ],
    )
    def test_a_hidden_line_goes_to_the_line_end_that_no_blank_follows(self, section: bytes, stripped: bytes) -> None:
        assert strip_ses_fields(section) == stripped
        keeps_the_promise(section)

    @pytest.mark.parametrize(
        "made",
        [
            lambda n: b"s: " + b"\rX-SES-A" * n,
            lambda n: b"s: " + b"\rX-SES-A: b" * n,
            lambda n: b"s: \rX-SES-A" + b"\r" * n + b" : b",
            lambda n: b"s: \rX-SES-A" + b"\r\n " * n + b": b",
            lambda n: b"s: " + b"\r\n \r" * n + b"X-SES-A: b",
            lambda n: b"s: a" + b"\r " * n + b"X-SES-A",
            lambda n: b"X-SES-A: b\r\n\r" * n + b"X-SES-A",
        ],
    )
    def test_long_rows_are_stripped_as_short_ones(self, made: Callable[[int], bytes]) -> None:
        keeps_the_promise(made(3))
        for message in (made(40_000), made(40_000) + b": b\r\nTo: c\r\n\r\n"):
            stripped = strip_ses_fields(message)
            assert strip_ses_fields(stripped) == stripped
            for line_end in READERS.values():
                names, _ = read_by(line_end, stripped[: region_end(stripped)])
                assert not any(name.startswith(b"X-SES-") for name in names)
