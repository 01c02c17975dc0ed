"""The laws of reading and editing, under Hypothesis."""

from __future__ import annotations

import email
import email.policy
import itertools

from hypothesis import example, given
from hypothesis import strategies as st

from sesmime import Edit, Span, apply_edits, edited_chunks, message_from_bytes, message_to_bytes, parse
from tests import laws
from tests.labels import labels_are_fields
from tests.policy.trees import difference
from tests.property import strategies


class TestReading:
    """RFC 5322 section 2.1: a message consists of header fields, optionally followed by a message body."""

    @given(strategies.messages)
    def test_law_1_nothing_raises(self, message: bytes) -> None:
        laws.read_everything(parse(message))

    @given(strategies.messages)
    @example(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b--\r\n--b\r\n")
    @example(b"Content-Type: message/rfc822\r\n\r\n")
    def test_law_2_the_places_rebuild_every_entity(self, message: bytes) -> None:
        laws.tiles(message)

    @given(strategies.messages)
    @example(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n--b--\r\n")
    @example(b"Content-Type: text/html;\r\n charset=utf-8\r\ncontent-transfer-encoding: base64\n\n")
    @example(b"Content-Type: text/html\r\nContent-Type: text/html\r\n\r\n")
    @example(b"Content-Disposition : inline\r\n\r\n")
    @example(b"Content-Disposition: inline\r\n--\r\n")
    @example(b"Content-Type: multipart/mixed; boundary=b\n\n--b\nx\nContent-Type: text/html\r\n--b--\n")
    def test_what_is_told_by_lengths_is_what_the_fields_say(self, message: bytes) -> None:
        for part in parse(message).walk():
            labels_are_fields(part)

    @given(st.lists(strategies.plain_lines.map(tuple), max_size=4), st.sampled_from([b"", b"\r\n"]))
    def test_law_10_crlf_and_lf_twins_read_alike(self, blocks: list[tuple[bytes, ...]], end: bytes) -> None:
        crlf = b"\r\n\r\n".join(b"\r\n".join(lines) for lines in blocks) + end
        laws.twins_read_alike(crlf)


class TestEditing:
    """What was not asked to change leaves exactly as it came."""

    @given(strategies.messages)
    def test_law_3_no_edits_change_nothing(self, message: bytes) -> None:
        assert apply_edits(message, []) is message
        assert b"".join(edited_chunks(message, [])) == message

    @given(
        strategies.messages, st.sampled_from(["subject", "TO", "X-SES-Tenant", "Content-Type", "", "none", "\u212a"])
    )
    def test_law_3_removing_a_field_keeps_every_other_byte(self, message: bytes, name: str) -> None:
        laws.removing_keeps_every_other_byte(message, name)

    @given(st.binary(max_size=30), st.data())
    def test_edits_are_what_slices_give(self, message: bytes, data: st.DataObject) -> None:
        cuts = sorted(data.draw(st.lists(st.integers(0, len(message)), max_size=8)))
        spans = [Span(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
        edits = [Edit(span, data.draw(st.binary(max_size=3))) for span in spans]
        expected, last = b"", 0
        for (start, stop), replacement in edits:
            expected += message[last:start] + replacement
            last = stop
        expected += message[last:]
        shuffled = data.draw(st.permutations(edits)) if len({span.start for span in spans}) == len(spans) else edits
        assert apply_edits(message, shuffled) == expected
        assert b"".join(edited_chunks(bytearray(message), shuffled)) == expected


class TestStrip:
    """DESIGN section 4, Strip: within the region no such name is left under CRLF, LF or CR."""

    @given(strategies.messages)
    @example(b"Subject: a\rX-SES-A: b\r\n c\r\n\r\n")
    @example(b"Subject: a\r\rX-SES-A: b\nNext: c\r\n\r\n")
    @example(b"From a@b 00:00\n X-SES-B: c\n\n")
    @example(b"Subject: a\r\x00\r\n X-SES-A: b\r\n\r\n")
    @example(b"\r\x00\rX-SES-A: b\rX-SES-B: c\r\n\r\nX-SES-C: d")
    def test_no_field_is_left_and_nothing_else_changes(self, message: bytes) -> None:
        laws.strips(message)

    @given(strategies.messages)
    def test_what_is_left_has_no_setting(self, message: bytes) -> None:
        laws.reads_ses_fields(message)


class TestShortBodies:
    """RFC 2046 section 5.1.1 in the small: every body of four lines that can begin and end parts inside one another."""

    LINES = (
        *(b"--P\r\n\r\nx\r\n", b"--P\r\n", b"--P--\r\n", b"--Q\r\n\r\n", b"--Q--\r\n", b"--Q--", b"\r\n", b"A: b\r\n"),
        b"--Q\r\nContent-Type: multipart/mixed; boundary=P\r\n\r\n",
        b"--P\r\nContent-Type: multipart/digest; boundary=Q\r\n\r\n",
        b"--Q\r\nContent-Type: message/rfc822\r\n\r\n",
    )

    def test_laws_2_and_8_every_part_is_inside_its_parent_and_the_tree_is_the_library_s(self) -> None:
        for lines in itertools.product(self.LINES, repeat=4):
            message = b"Content-Type: multipart/mixed; boundary=Q\r\n\r\n" + b"".join(lines)
            laws.tiles(message)
            if not lines[0].startswith(b"--Q") or lines[3] is not self.LINES[3]:
                continue
            ours = message_from_bytes(message, policy=email.policy.SMTP)
            assert difference(ours, email.message_from_bytes(message, policy=email.policy.SMTP)) is None, message
            assert message_to_bytes(ours) == message
