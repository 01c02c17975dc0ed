"""The SES fields stripped, from bytes to bytes and from stream to stream."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import BinaryIO, cast

import pytest

from sesmime import (
    InvalidMessageTag,
    InvalidSetting,
    LimitExceeded,
    Limits,
    MessageTag,
    SesFields,
    copy_stripped,
    read_ses_fields,
    strip_ses_fields,
    write_ses_fields,
)
from tests import laws
from tests.conftest import shared


class TestStrip:
    """DESIGN section 4, "Strip", sentence by sentence."""

    @pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
    @pytest.mark.parametrize(
        "field",
        [
            b"X-SES-CONFIGURATION-SET: a",
            b"x-ses-tenant: a",
            b"X-sEs-TeNaNt:a",
            b"X-SES-TENANT : a",
            b"X-SES-TENANT\t: a",
            b"X-SES-: a",
            b"X-SES-Nobody-Knows: a",
            b"X-SES-SPAM-VERDICT: PASS",
            b"X-SES-TENANT:",
            b"X-SES-TENANT: a\r\n b\n\tc",
            b"X-SES-TENANT:\n a",
            b"X-SES-\r\n TENANT: a",
            b"X-SES-TENANT: a\rSubject: b",
            b"X-SES-TENANT: a\r\r",
            b"\x00X-SES-TENANT: a",
            b"\rX-SES-TENANT: a",
            b"\x0b\x7fX-SES-TENANT: a",
            b"X-SES-TENANT\x00: a",
            b"X-SES-TENANT: \xff\xfe\x00",
            b"X-SES-\xff: a",
        ],
    )
    def test_a_field_goes_whole_however_it_is_written(self, field: bytes, ending: bytes) -> None:
        if ending == b"\n":
            field = field.replace(b"\r\n", b"\n")
        message = b"From: a@b.example" + ending + field + ending + b"To: c@d.example" + ending + ending + b"Hi"
        assert strip_ses_fields(message) == b"From: a@b.example" + ending + b"To: c@d.example" + ending + ending + b"Hi"
        laws.strips(message)

    @pytest.mark.parametrize(
        "field",
        [
            b"X-SES: a",
            b"X-SESSION: a",
            b"XX-SES-TENANT: a",
            b"!X-SES-TENANT: a",
            b"X -SES-TENANT: a",
            b"X_SES_TENANT: a",
            b"Subject: X-SES-TENANT: a",
            b"Subject: a\r\n X-SES-TENANT: b",
            b"Subject\r\n X-SES-TENANT: b",
            b"X-SES-TENANT",
            b"Subject: a\rX-SES-TENANT",
            b"Subject: a X-SES-TENANT: b\rc",
            b"\xffX-SES-TENANT: a",
            b"X-\xc5\xbfES-TENANT: a",
        ],
    )
    def test_what_is_no_such_field_stays(self, field: bytes) -> None:
        message = b"From: a@b.example\r\n" + field + b"\r\nTo: c@d.example\r\n\r\nHi"
        assert strip_ses_fields(message) == message

    @pytest.mark.parametrize(
        ("section", "stripped"),
        [
            # Up to, not including, the next CR or LF that no blank follows.
            (b"Subject: a\rX-SES-TENANT: b\r\n", b"Subject: a\r\n"),
            (b"Subject: a\rX-SES-TENANT: b\n", b"Subject: a\n"),
            (b"Subject: a\rX-SES-TENANT: b\rc: d\r\n", b"Subject: a\rc: d\r\n"),
            (b"Subject: a\rX-SES-TENANT: b\n c\nTo: d\n", b"Subject: a\nTo: d\n"),
            (b"Subject: a\rX-SES-TENANT: b\r c\r\nTo: d\r\n", b"Subject: a\r\nTo: d\r\n"),
            (b"Subject: a\rX-SES-A: b\rX-SES-B: c\r\n", b"Subject: a\r\n"),
            (b"Subject: a\rb\rX-SES-TENANT: c\rd\r\n", b"Subject: a\rb\rd\r\n"),
            # The name is found once blanks and controls around it, CR too, are dropped.
            (b"Subject: a\r\x00\rX-SES-TENANT: b\r\n", b"Subject: a\r\n"),
            (b"Subject: a\r \tx-ses-tenant : b\r\n", b"Subject: a\r\n"),
            (b"Subject: a\r\r\n \rX-SES-TENANT: b\r\n", b"Subject: a\r\n"),
            # A line that is no field hides them too, and so does the first one.
            (b"no field\rX-SES-TENANT: b\r\n", b"no field\r\n"),
            (b"From a@b.example\rX-SES-TENANT: b\r\n", b"From a@b.example\r\n"),
            (b" a\rX-SES-TENANT: b\r\n", b" a\r\n"),
            # Without a line end.
            (b"Subject: a\rX-SES-TENANT: b", b"Subject: a"),
            (b"Subject: a\rX-SES-\n TENANT: b", b"Subject: a"),
        ],
    )
    def test_a_lone_cr_before_such_a_name_goes_with_the_line_it_hides(self, section: bytes, stripped: bytes) -> None:
        assert strip_ses_fields(section) == stripped
        laws.strips(section)
        if section.endswith(b"\n"):
            assert strip_ses_fields(section + b"\r\nbody") == stripped + b"\r\nbody"

    def test_the_first_line_is_never_a_continuation(self) -> None:
        message = b" X-SES-TENANT: a\r\n b\r\nTo: c@d.example\r\n\r\nHi"
        assert strip_ses_fields(message) == b"To: c@d.example\r\n\r\nHi"
        laws.strips(message)

    @pytest.mark.parametrize("end", [b"\r\n\r\n", b"\n\n", b"\n\r\n", b"\r\n\n"])
    def test_the_region_ends_at_the_first_line_that_is_empty_under_crlf_or_lf(self, end: bytes) -> None:
        message = b"X-SES-A: b\r\nTo: c@d.example" + end + b"X-SES-B: c\r\n\r\nX-SES-C: d\r\n"
        assert strip_ses_fields(message) == b"To: c@d.example" + end + b"X-SES-B: c\r\n\r\nX-SES-C: d\r\n"

    def test_a_line_of_blanks_or_of_a_lone_cr_is_not_empty(self) -> None:
        assert strip_ses_fields(b"To: a@b.example\r\n \r\nX-SES-A: b\r\n\r\n") == b"To: a@b.example\r\n \r\n\r\n"
        assert strip_ses_fields(b"To: a@b.example\r\rX-SES-A: b\r\n\r\n") == b"To: a@b.example\r\n\r\n"

    @pytest.mark.parametrize(
        "body",
        [
            b"X-SES-TENANT: a\r\n",
            b"--b\r\nX-SES-TENANT: a\r\n\r\nHi\r\n--b--\r\n",
            b"Subject: attached\r\nX-SES-TENANT: a\rX-SES-B: c\r\n\r\nHi",
            b"\x00\xff\rX-SES-TENANT: a",
        ],
    )
    def test_bodies_parts_and_attached_messages_are_untouched(self, body: bytes) -> None:
        for kind in (b"message/rfc822", b"multipart/mixed; boundary=b", b"text/plain"):
            head = b"Content-Type: " + kind + b"\r\n"
            assert strip_ses_fields(head + b"\r\n" + body) == head + b"\r\n" + body
            assert strip_ses_fields(head + b"X-SES-A: b\r\n\r\n" + body) == head + b"\r\n" + body

    def test_no_empty_line_appears(self) -> None:
        message = b"X-SES-A: b\r\nX-SES-B: c\r\n\r\n\r\nbody"
        assert strip_ses_fields(message) == b"\r\n\r\nbody"
        assert strip_ses_fields(b"To: a@b.example\r\nX-SES-A: b") == b"To: a@b.example\r\n"

    def test_twice_is_once(self) -> None:
        message = b"Subject: a\rX-SES-A: b\rX-\rX-SES-B: c\r\nX-SES-C: d\r\n\r\nX-SES-D: e"
        once = strip_ses_fields(message)
        assert once == b"Subject: a\rX-\r\n\r\nX-SES-D: e"
        assert strip_ses_fields(once) == once

    def test_keep_names_exceptions_in_any_case(self) -> None:
        message = b"X-SES-TENANT: a\r\nX-SES-Foo: b\r\nX-SES-MESSAGE-TAGS : c=d\r\n\r\nHi"
        kept = strip_ses_fields(message, keep=["x-ses-tenant", "X-SES-Message-Tags", "Subject"])
        assert kept == b"X-SES-TENANT: a\r\nX-SES-MESSAGE-TAGS : c=d\r\n\r\nHi"
        assert strip_ses_fields(message, keep=iter(("X-SES-FOO",))) == b"X-SES-Foo: b\r\n\r\nHi"

    def test_what_a_kept_field_hides_goes_nevertheless(self) -> None:
        message = b"X-SES-TENANT: a\rX-SES-TENANT: b\rX-SES-FOO: c\r\n\r\n"
        assert strip_ses_fields(message, keep=["X-SES-TENANT"]) == b"X-SES-TENANT: a\r\n\r\n"

    @pytest.mark.parametrize("keep", ["X-SES-TENANT", b"X-SES-TENANT", [b"X-SES-TENANT"], [1]])
    def test_keep_is_a_list_of_names(self, keep: object) -> None:
        with pytest.raises(TypeError):
            strip_ses_fields(b"X-SES-TENANT: a\r\n\r\n", keep=keep)  # type: ignore[arg-type]

    def test_limits_do_not_bound_it(self) -> None:
        many = b"A: b\r\n" * 10_000
        assert strip_ses_fields(many + b"X-SES-A: b\r\n\r\nHi") == many + b"\r\nHi"
        long = b"A: " + b"b" * (2 << 20) + b"\r\n"
        assert strip_ses_fields(long + b"X-SES-A: b\r\n\r\nHi") == long + b"\r\nHi"

    def test_a_message_with_nothing_to_strip_is_given_back_itself(self) -> None:
        message = b"To: a@b.example\r\n\r\nX-SES-A: b"
        assert strip_ses_fields(message) is message

    @pytest.mark.parametrize("kind", [bytearray, memoryview])
    def test_every_kind_of_buffer_is_taken_and_bytes_are_given(self, kind: type[bytearray]) -> None:
        stripped = strip_ses_fields(kind(b"X-SES-A: b\r\nTo: c@d.example\r\n\r\n"))
        assert stripped == b"To: c@d.example\r\n\r\n"
        assert type(stripped) is bytes


# What strip must take out of each attack of the family "ses_"; nothing where another promise is attacked.
ATTACKS = {
    "ses_fwd_config_set": b"X-SES-CONFIGURATION-SET: attacker-set\r\n",
    "ses_fwd_arns": b"".join(
        b"X-SES-" + name + b"-ARN: arn:aws:ses:us-east-1:111122223333:identity/victim.example\r\n"
        for name in (b"SOURCE", b"FROM", b"RETURN-PATH")
    ),
    "ses_fwd_tenant": b"X-SES-TENANT: victim-tenant\r\n",
    "ses_case_mix": b"x-Ses-cOnfiguration-SET: attacker-set\r\n",
    "ses_space_colon": b"X-SES-CONFIGURATION-SET : attacker-set\r\n",
    "ses_bare_cr": b"\rX-SES-CONFIGURATION-SET: attacker-set",
    "ses_bare_lf": b"X-SES-CONFIGURATION-SET: attacker-set\r\n",
    "ses_duplicates": b"X-SES-MESSAGE-TAGS: a=1\r\nX-SES-MESSAGE-TAGS: a=2\r\n",
    "ses_bad_tags": b"X-SES-MESSAGE-TAGS: a b=c, =x, y=, z=1=2, k=" + b"v" * 300 + b", n=\xc3\xa9\r\n",
    "ses_body_lookalike": b"",
    "ses_bcc_leak": b"",
}


@pytest.mark.shared
class TestAttacks:
    def test_every_attack_of_the_family_is_known_here(self) -> None:
        entries = json.loads(shared("attacks", "index.json").read_bytes())["entries"]
        names = {entry["name"] for entry in entries if entry["name"].startswith("ses_")}
        assert names == {*ATTACKS, "ses_tag_name_reserved", "ses_config_set_crlf", "ses_part_count_501"}

    @pytest.mark.parametrize("name", ATTACKS)
    @pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
    def test_strip_takes_out_the_fields_and_nothing_else(self, name: str, ending: bytes) -> None:
        message = shared("attacks", f"{name}.eml").read_bytes().replace(b"\r\n", ending)
        hostile = ATTACKS[name].replace(b"\r\n", ending)
        before, found, after = message.partition(hostile) if hostile else (message, b"", b"")
        assert found == hostile
        assert strip_ses_fields(message) == before + after
        assert read_ses_fields(strip_ses_fields(message)) == SesFields()
        laws.strips(message)

    def test_the_reserved_tag_name_is_refused(self) -> None:
        with pytest.raises(InvalidMessageTag):
            write_ses_fields(b"\r\n", SesFields(message_tags=(MessageTag("ses:source-ip", "1.2.3.4"),)))

    def test_the_line_break_in_a_configuration_set_is_refused(self) -> None:
        with pytest.raises(InvalidSetting):
            write_ses_fields(b"\r\n", SesFields(configuration_set="a\r\nBcc: v@example.net"))

    def test_a_message_of_501_parts_is_left_alone(self) -> None:
        head = b"From: a@example.com\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        message = head + b"--x\r\n\r\n\r\n" * 501 + b"--x--\r\n"
        assert strip_ses_fields(message) == message


class Dripping(io.RawIOBase):
    """A stream that gives at most so many bytes at a time, and counts."""

    def __init__(self, pieces: Iterator[bytes], most: int) -> None:
        self.pieces = pieces
        self.most = most
        self.held = b""
        self.given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self.held:
            piece = next(self.pieces, None)
            if piece is None:
                return b""
            self.held = piece
        wanted = self.most if size < 0 else min(size, self.most)
        given, self.held = self.held[:wanted], self.held[wanted:]
        self.given += len(given)
        return given


class Counting(io.RawIOBase):
    """A stream that counts what is written and keeps none of it."""

    def __init__(self, source: Dripping) -> None:
        self.source = source
        self.written = self.largest = self.behind = 0

    def writable(self) -> bool:
        return True

    def write(self, piece: object) -> int:
        size = len(cast(bytes, piece))
        self.written += size
        self.largest = max(self.largest, size)
        self.behind = max(self.behind, self.source.given - self.written)
        return size


def copied(message: bytes, most: int, limits: Limits | None = None, keep: tuple[str, ...] = ()) -> bytes:
    target = io.BytesIO()
    source = cast(BinaryIO, Dripping(iter([message]), most))
    copy_stripped(source, target, keep=keep, limits=limits or Limits())
    return target.getvalue()


class TestCopyStripped:
    @pytest.mark.slow
    @pytest.mark.parametrize("most", [1, 7, 1 << 16])
    @pytest.mark.parametrize(
        "message",
        [
            b"",
            b"\r\n",
            b"\n",
            b"\r",
            b"\r\nX-SES-A: b\r\n",
            b"\nX-SES-A: b\n",
            b"X-SES-A: b",
            b"X-SES-A: b\r\n",
            b"X-SES-A: b\r\n\r\n",
            b"X-SES-A: b\n\r\nX-SES-B: c",
            b"X-SES-A: b\r\n\nX-SES-B: c",
            b"To: a@b.example\r\nX-SES-A: b\r\n c\r\nSubject: d\rX-SES-E: f\r\n\r\n" + b"X-SES-B: body\r\n" * 10_000,
            b"To: a@b.example\nX-SES-A: b\n\n" + b"\xff\x00\r" * 70_000,
            b"A: b\r\n" * 20_000 + b"X-SES-A: b\r\n\r\nbody",
        ],
        ids=range(14),
    )
    def test_it_writes_what_strip_gives_however_the_bytes_come(self, message: bytes, most: int) -> None:
        assert copied(message, most) == strip_ses_fields(message)

    def test_keep_names_exceptions(self) -> None:
        message = b"X-SES-A: b\r\nX-SES-B: c\r\n\r\nHi"
        assert copied(message, 3, keep=("x-ses-b",)) == b"X-SES-B: c\r\n\r\nHi"

    @pytest.mark.parametrize("most", [1, 7, 1 << 16])
    def test_a_header_section_of_exactly_the_limit_is_copied(self, most: int) -> None:
        message = b"A: " + b"b" * 95 + b"\r\n" + b"\r\nbody"
        assert copied(message, most, Limits(header_section=100)) == message
        assert copied(message[:100], most, Limits(header_section=100)) == message[:100]

    @pytest.mark.parametrize("most", [1, 7, 1 << 16])
    @pytest.mark.parametrize("end", [b"\r\n\r\nbody", b"\r\n\r\n", b"\r\n", b"bb"])
    def test_past_the_limit_it_raises_with_nothing_written(self, most: int, end: bytes) -> None:
        target = io.BytesIO()
        source = cast(BinaryIO, Dripping(iter([b"A: " + b"b" * 96 + end]), most))
        with pytest.raises(LimitExceeded) as raised:
            copy_stripped(source, target, limits=Limits(header_section=100))
        assert target.getvalue() == b""
        assert (raised.value.limit, raised.value.maximum) == ("header_section", 100)

    def test_the_usual_limit_is_one_mebibyte_and_an_endless_section_is_not_read_to_its_end(self) -> None:
        def endless() -> Iterator[bytes]:
            while True:
                yield b"X-SES-A: b\r\n" * 1000

        source = Dripping(endless(), 1 << 16)
        target = io.BytesIO()
        with pytest.raises(LimitExceeded):
            copy_stripped(cast(BinaryIO, source), target)
        assert target.getvalue() == b""
        assert 1 << 20 < source.given <= (1 << 20) + (1 << 17)

    def test_it_holds_a_piece_and_never_the_message(self) -> None:
        body = 64 << 20

        def pieces() -> Iterator[bytes]:
            yield b"X-SES-A: b\r\nTo: c@d.example\r\n\r\n"
            for _ in range(body >> 20):
                yield b"x" * (1 << 20)

        source = Dripping(pieces(), 1 << 20)
        target = Counting(source)
        copy_stripped(cast(BinaryIO, source), cast(BinaryIO, target))
        assert target.written == len(b"To: c@d.example\r\n\r\n") + body
        assert target.largest <= 1 << 17
        assert target.behind <= 1 << 17

    def test_errors_of_the_streams_pass_through(self) -> None:
        class Broken(io.RawIOBase):
            def read(self, size: int = -1) -> bytes:
                raise OSError("the disk is gone")

        with pytest.raises(OSError, match="the disk is gone"):
            copy_stripped(cast(BinaryIO, Broken()), io.BytesIO())

    def test_a_stream_of_text_is_a_type_error(self) -> None:
        with pytest.raises(TypeError):
            copy_stripped(io.StringIO("A: b\n\n"), io.BytesIO())  # type: ignore[arg-type]

    def test_other_arguments_are_told_by_name(self) -> None:
        with pytest.raises(TypeError, match=r"^source must be a binary stream, not bytes$"):
            copy_stripped(b"A: b\n\n", io.BytesIO())  # type: ignore[arg-type]
        with pytest.raises(TypeError, match=r"^limits must be a Limits, not int$"):
            copy_stripped(io.BytesIO(b"A: b\n\n"), io.BytesIO(), limits=100)  # type: ignore[arg-type]
