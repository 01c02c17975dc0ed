"""Rules on messages at the edge of what they tell of: what is just not a finding, or one without edits."""

from __future__ import annotations

import base64
import mmap
import tempfile
from typing import Any

import pytest

from sesmime import ApiParameters, Destination, Finding, Interface, LintConfig, Submission, lint
from sesmime.linter.answers import expected_refusal, predict_rejection
from sesmime.linter.answers.texts.text import plain
from sesmime.linter.rules.bodies.ses302_message_too_large import message_too_large
from sesmime.linter.run import outgoing
from sesmime.mime.limits import DEFAULT_LIMITS

HEAD = b"From: Joe <joe@a.example>\r\nTo: c@d.example\r\nSubject: Hi\r\nMIME-Version: 1.0\r\n"
MIXED = HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'


def told(message: bytes, *codes: str, **more: Any) -> list[Finding]:
    return [one for one in lint(message, **more) if one.code in codes]


def parts(*bodies: bytes, head: bytes = MIXED, boundary: bytes = b"b") -> bytes:
    return head + b"".join(b"--%b\r\n%b\r\n" % (boundary, one) for one in bodies) + b"--%b--\r\n" % boundary


class TestAddresses:
    def test_of_two_addresses_the_one_with_an_encoded_word_is_named(self) -> None:
        (one,) = told(HEAD + b"Cc: x@y.example, =?utf-8?q?a?=@b.example\r\n\r\nHi\r\n", "RFC202")
        assert "=?utf-8?q?a?=@b.example" in one.message

    def test_a_source_route_in_a_parameter_has_no_place(self) -> None:
        parameters = ApiParameters(destination=Destination(("<@a.example,@b.example:joe@c.example>",)))
        (one,) = told(HEAD + b"\r\nHi\r\n", "RFC203", parameters=parameters)
        assert one.span is None
        assert "@a.example,@b.example:" in one.message

    @pytest.mark.parametrize("body", [b"<@r.example:joe@c.example>", b'"<a:" <@r.example:joe@c.example>'])
    def test_a_source_route_is_removed_where_it_stands(self, body: bytes) -> None:
        (one,) = told(HEAD + b"Cc: " + body + b"\r\n\r\nHi\r\n", "RFC203")
        assert one.fix is not None
        assert [(HEAD + b"Cc: " + body)[slice(*place)] for place, _ in one.fix.edits] == [b"@r.example:"]

    def test_an_empty_resent_bcc_leaks_nobody(self) -> None:
        assert told(HEAD + b"Resent-Bcc: \r\n\r\nHi\r\n", "SES205") == []
        assert len(told(HEAD + b"Resent-Bcc: x@y.example\r\n\r\nHi\r\n", "SES205")) == 1

    @pytest.mark.parametrize(
        ("text", "is_broken"),
        [
            ("Joe\r\n <a@b.example>", False),
            ("<a@b.example>\r\n (x) y", False),
            ('"a\r\n b"@c.example', True),
            ("a@b.example", False),
        ],
    )
    def test_a_line_break_in_a_parameter_counts_in_the_local_part(self, text: str, is_broken: bool) -> None:
        parameters = ApiParameters(destination=Destination((text,)))
        found = told(HEAD + b"\r\nHi\r\n", "SES207", parameters=parameters)
        assert any("has a line break in the part before the @" in one.message for one in found) is is_broken

    def test_a_name_with_blanks_and_comments_is_doubted_or_not(self) -> None:
        parameters = ApiParameters(destination=Destination(("(a) <x@y.example> (b)", "joe\x00@a.example")))
        assert told(HEAD + b"\r\nHi\r\n", "SES207", parameters=parameters)


class TestSettings:
    def test_a_feedback_id_of_one_s_own_needs_no_tags(self) -> None:
        config = LintConfig(select=("BULK",))
        assert len(told(HEAD + b"\r\nHi\r\n", "BULK105", config=config)) == 1
        assert told(HEAD + b"Feedback-ID: a:b:c:d\r\n\r\nHi\r\n", "BULK105", config=config) == []

    def test_tags_without_a_field_or_a_parameter_that_counts_are_none(self) -> None:
        parameters = ApiParameters(message_tags=[("a", "1"), ("a", "2")])
        assert len(told(HEAD + b"\r\nHi\r\n", "SES502", parameters=parameters)) == 1
        assert told(HEAD + b"\r\nHi\r\n", "SES502", parameters=parameters, interface=Interface.SMTP) == []

    @pytest.mark.parametrize("interface", Interface)
    def test_content_that_is_no_message_has_no_size(self, interface: Interface) -> None:
        subject = outgoing(
            b"Subject: Hi\r\n\r\nHi", parameters=ApiParameters(), interface=interface, config=LintConfig()
        )
        assert list(message_too_large.check(subject)) == []


class TestBodies:
    def test_line_ends_of_wide_characters_may_be_halves(self) -> None:
        for charset, is_safe in ((b"utf-16be", False), (b"utf-8", True)):
            fields = b"Content-Type: text/plain; charset=" + charset + b"\r\n\r\n"
            (one,) = told(HEAD + fields + b"Hi\nthere\r\n", "RFC301")
            assert one.fix is not None
            assert one.fix.is_safe is is_safe

    def test_line_ends_of_an_unknown_encoding_may_be_content(self) -> None:
        def lone(encoding: bytes) -> Finding:
            fields = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: " + encoding
            (one,) = told(HEAD + fields + b"\r\n\r\nHi\nthere\r\n", "RFC301")
            return one

        safe = {name: lone(name).fix for name in (b"7bit", b"x-unknown")}
        assert {name: fix is not None and fix.is_safe for name, fix in safe.items()} == {
            b"7bit": True,
            b"x-unknown": False,
        }

    def test_long_base64_with_a_short_last_line_is_looked_at(self) -> None:
        lines = base64.encodebytes(bytes(300_000)).replace(b"\n", b"\r\n")
        head = HEAD + b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        assert told(head + lines, "RFC306") == []
        assert len(told(head + lines + b"AAA\r\n", "RFC306")) == 1

    def test_a_long_line_of_binary_is_no_line(self) -> None:
        head = HEAD + b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        (one,) = told(head + b"x" * 1_200 + b"\r\n", "RFC310")
        assert one.span is not None
        assert one.span.stop - one.span.start > 1
        assert told(head + b"x" * 900 + b"\r\n", "RFC310") == []

    def test_octets_of_one_part_of_several_are_found_there(self) -> None:
        message = parts(b"\r\nplain", b"Content-Type: text/plain\r\n\r\nGr\xc3\xbc\xc3\x9fe")
        assert [(one.code, one.part) for one in lint(message)] == [("RFC303", "2"), ("RFC309", "2")]

    def test_lines_are_counted_alike_in_a_mapped_file(self) -> None:
        message = HEAD + b"Content-Type: text/plain\r\n\r\n" + b"Hello\r\n" * 400_000 + b"x" * 1_200 + b"\r\n"
        with tempfile.TemporaryFile() as file:
            file.write(message)
            file.flush()
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                found = [(one.code, one.line, one.column) for one in lint(mapped)]
        assert found == [(one.code, one.line, one.column) for one in lint(message)]
        assert any(line is not None and line > 400_000 for _, line, _ in found)

    @pytest.mark.parametrize("size", [998, 999, 1_000, 5_000])
    @pytest.mark.parametrize("before", [b"", b"Hello\r\n" * 300, b"Hello\n" * 300])
    @pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
    def test_a_line_of_998_octets_is_none_that_is_too_long(self, size: int, before: bytes, ending: bytes) -> None:
        message = HEAD + b"\r\n" + before + b"x" * size + ending + b"end" + ending
        found = [one.message for one in told(message, "SES301")]
        assert found == ([f"a line of {size} octets; at most 998 are allowed"] if size > 998 else [])


class TestMime:
    def test_lines_of_a_part_without_a_name_are_told_beside_its_other_defects(self) -> None:
        message = parts(b"no field\r\nX y: a\r\n\r\nHi", b"\x00: a\r\nno field\r\n\r\nHi")
        assert len([one for one in told(message, "RFC108") if "without a colon" in one.message]) >= 2

    def test_too_many_fields_of_a_part_are_no_line_without_a_colon(self) -> None:
        many = b"no field\r\n" + b"X: y\r\n" * (DEFAULT_LIMITS.fields + 1)
        found = told(parts(many + b"\r\nHi"), "RFC108")
        assert [one.message for one in found] == ["a line without a colon is not a field"]

    def test_a_repeated_field_of_a_part_is_told_for_each_repetition(self) -> None:
        field = b"Content-Type: text/plain\r\n"
        found = told(parts(field * 3 + b"\r\nHi"), "SEC403")
        assert [one.message for one in found] == ["Content-Type is repeated with the same value"] * 2

    def test_near_boundaries_are_searched_as_far_as_is_said(self) -> None:
        near = b"\r\nHi\r\n--bx\r\n"
        assert len(told(parts(near, near), "RFC404")) == 2
        # Of large bodies none, and of lines that begin as two boundaries do a thousand in all.
        assert told(parts(b"\r\n" + b"x" * (1 << 20) + b"\r\n--bx\r\n"), "RFC404") == []
        for count, found in ((900, 2), (1_000, 0), (1_100, 0)):
            body = b"\r\n" + b"--bz\r\n" * count + b"--byx\r\n"
            inner = parts(body, head=b'Content-Type: multipart/mixed; boundary="by"\r\n\r\n', boundary=b"by")
            head = HEAD + b'Content-Type: multipart/mixed; boundary="bx"\r\n\r\n'
            whole = parts(inner, b"\r\n--bxx\r\n", head=head, boundary=b"bx")
            assert len(told(whole, "RFC404")) == found, count

    def test_a_multipart_without_its_boundary_that_is_too_long_to_read_again(self) -> None:
        head = HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        assert len(told(head + b"no delimiter line\r\n" * 200_000, "SES401")) == 1
        assert told(head + b"--b\r\n\r\nHi\r\n--b--\r\n", "SES401") == []

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"text/plain; a@b=c", "contains '@'"),
            (b"text/plain; a b=c", "contains a space"),
            (b"text/plain; charset: utf-8", "in place of ="),
            (b"text/plain; charset", "has no = and no value"),
        ],
    )
    def test_a_parameter_without_its_sign_is_explained(self, body: bytes, reason: str) -> None:
        found = lint(HEAD + b"Content-Type: " + body + b"\r\n\r\nHi\r\n")
        assert any(reason in one.message for one in found), [one.message for one in found]


class TestAnswers:
    def test_a_report_without_a_refusal_expects_none(self) -> None:
        assert expected_refusal(lint(HEAD + b"\r\nHi\r\n"), Interface.SEND_RAW_EMAIL) is None
        twice = lint(HEAD + b"Subject: Hi\r\n\r\nHi\r\n")
        found = expected_refusal(twice, Interface.SEND_RAW_EMAIL)
        assert found is not None
        assert found[1] == "Duplicate header 'Subject'."

    @pytest.mark.parametrize("given", ["", " ", ",", "g:;h:;", "a@b.example, c@d.example", "a@b.example c@d.example"])
    def test_a_parameter_of_no_or_several_addresses_has_its_alternatives(self, given: str) -> None:
        parameters = ApiParameters(source="joe@a.example", destination=Destination((given,)))
        found = predict_rejection(Submission(HEAD + b"\r\nHi\r\n", parameters))
        assert found is not None

    def test_a_bare_word_in_from_over_smtp_has_what_ses_was_seen_to_say(self) -> None:
        message = b"From: me@a.example\r\nTo: joe\r\nSubject: Hi\r\n\r\nHi\r\n"
        parameters = ApiParameters(source="joe@a.example", destination=Destination(("c@d.example",)))
        found = predict_rejection(Submission(message, parameters, Interface.SMTP))
        assert found is not None
        assert "User name is missing: 'joe'" in str(found.alternatives)

    def test_an_answer_of_many_lines_is_joined_as_far_as_is_said(self) -> None:
        lines = [f"554-{word}" for word in ("a", "b", "c")]
        assert plain("\r\n".join([*lines, "554 d"])).count("554") == 1
        endless = "\r\n".join(f"554-{number}" for number in range(600))
        assert "554" in plain(endless)
