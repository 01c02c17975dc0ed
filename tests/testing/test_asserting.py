"""What a test asserts: `assert_ses_ok`, and comparisons of messages."""

from __future__ import annotations

import re
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given

from sesmime import (
    ApiParameters,
    Destination,
    Interface,
    InvalidSetting,
    MessageTag,
    Severity,
    Submission,
    message_from_bytes,
    policy,
    prepare,
)
from sesmime.testing import (
    Checks,
    Difference,
    Outbox,
    Sent,
    assert_same_message,
    assert_ses_ok,
    compare_messages,
)
from tests.property import strategies

# The fixtures of moto's server.
from tests.testing.sending import MESSAGE, REPEATED, TAGGED


class TestAssertSesOk:
    def test_a_good_message_passes_and_its_lesser_findings_are_given(self) -> None:
        assert assert_ses_ok(MESSAGE) == ()
        assert "SES514" in [finding.code for finding in assert_ses_ok(TAGGED)]

    def test_the_failure_names_rule_place_line_expected_text_and_remedy(self) -> None:
        with pytest.raises(AssertionError) as caught:
            assert_ses_ok(REPEATED)
        text = str(caught.value)
        assert text.splitlines()[0] == "SES101 repeated-field in message, sent by ses.SendRawEmail"
        for line in (
            "message:4:1: SES101 repeated-field [error]",
            "  Subject is repeated with a different value; SES accepts it once",
            " 4 | Subject: Ho",
            "   | ^^^^^^^",
            "   = expected from SES: \"Duplicate header 'Subject'.\" [DOCUMENTED]",
        ):
            assert line in text.splitlines(), line
        assert "   = fix: remove this field and keep the first" in text

    def test_the_line_is_shown_with_its_controls_escaped_and_its_part_named(self) -> None:
        message = MESSAGE.replace(b"Subject: Hi", b"Subject: Hi\x1b[31m\rthere")
        with pytest.raises(AssertionError) as caught:
            assert_ses_ok(message, select="SES001")
        assert "| Subject: Hi\\x1b[31m\\rthere" in str(caught.value)
        assert "\x1b" not in str(caught.value)

    def test_a_finding_in_a_part_names_the_part(self) -> None:
        message = (
            b"From: joe@a.example\r\nTo: c@d.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b"
            b"\r\n\r\n--b\r\n\r\nHi\r\n--b\r\nContent-Type: text/plain\r\n"
            b'Content-Disposition: attachment; filename="setup.exe"\r\n\r\nHi\r\n--b--\r\n'
        )
        with pytest.raises(AssertionError, match="SES405 blocked-attachment") as caught:
            assert_ses_ok(message)
        assert "= part 2" in str(caught.value)

    def test_of_several_messages_each_is_named_by_its_number_and_what_was_sent_by_its_summary(self) -> None:
        sent = Sent(submission=Submission(REPEATED), via="boto3")
        with pytest.raises(AssertionError) as caught:
            assert_ses_ok([MESSAGE, sent, REPEATED])
        assert str(caught.value).splitlines() == [
            "SES101 repeated-field in message 2, sent by ses.SendRawEmail",
            f"{len(REPEATED)} bytes 'Hi' to c@d.example",
            "",
            "message 2:4:1: SES101 repeated-field [error]",
            "  Subject is repeated with a different value; SES accepts it once",
            "   |",
            " 4 | Subject: Ho",
            "   | ^^^^^^^",
            "   = expected from SES: \"Duplicate header 'Subject'.\" [DOCUMENTED]",
            "   = fix: remove this field and keep the first (unsafe)",
            "",
            "SES101 repeated-field in message 3, sent by ses.SendRawEmail",
            "",
            "message 3:4:1: SES101 repeated-field [error]",
            "  Subject is repeated with a different value; SES accepts it once",
            "   |",
            " 4 | Subject: Ho",
            "   | ^^^^^^^",
            "   = expected from SES: \"Duplicate header 'Subject'.\" [DOCUMENTED]",
            "   = fix: remove this field and keep the first (unsafe)",
        ]
        assert "SES514" in [finding.code for finding in assert_ses_ok((MESSAGE, TAGGED))]

    def test_no_message_is_no_good_message(self) -> None:
        with pytest.raises(AssertionError, match="nothing was sent: there is no message to check"):
            assert_ses_ok(Outbox())

    def test_many_rules_are_counted_in_the_first_line(self) -> None:
        message = (
            b"Subject : Hi\r\nSubject: Hi\r\nSubject: Ho\r\nX-SES-MESSAGE-TAGS: a=!\r\nContent-Type: text\r\n"
            b"X-Note: a\rb\r\n\r\n" + b"x" * 1001 + b"\r\n"
        )
        with pytest.raises(AssertionError) as caught:
            assert_ses_ok(message)
        first = str(caught.value).splitlines()[0]
        assert first.count("SES") == 4
        assert re.search(r", and [1-9] more in message, sent by ses\.SendRawEmail$", first)

    def test_the_messages_of_the_library_are_checked_as_they_are_written(self) -> None:
        message = EmailMessage(policy=policy.SES)
        message["From"], message["To"] = "joe@a.example", "c@d.example"
        message.set_content("x" * 20)
        assert_ses_ok(message)
        message["X-SES-MESSAGE-TAGS"] = "a=1"
        assert "SES514" in [finding.code for finding in assert_ses_ok(message)]
        with pytest.raises(AssertionError, match="SES101"):
            assert_ses_ok(message_from_bytes(REPEATED))

    def test_what_is_sent_or_prepared_says_its_interface_and_parameters(self) -> None:
        prepared = prepare(TAGGED, interface=Interface.V2_SEND_EMAIL_RAW)
        assert "SES514" in [finding.code for finding in assert_ses_ok(prepared)]
        no_recipient = MESSAGE.replace(b"To: c@d.example\r\n", b"")
        submission = Submission(no_recipient, ApiParameters(destination=Destination(("c@d.example",))))
        assert_ses_ok(submission, ignore="SES103")
        assert_ses_ok(Sent(submission=submission, via="boto3"), ignore="SES103")
        with pytest.raises(AssertionError, match="SES202"):
            assert_ses_ok(submission, parameters=ApiParameters(), ignore="SES103")

    def test_interface_and_parameters_are_taken_into_account(self) -> None:
        reply_to = ApiParameters(reply_to=("a@b.example",))
        assert_ses_ok(MESSAGE, interface="sesv2", parameters=reply_to)
        with pytest.raises(AssertionError, match=r"SES512 unsupported-setting in message, sent by ses\.SendRawEmail"):
            assert_ses_ok(MESSAGE, parameters=reply_to)
        eleven_megabytes = MESSAGE + (b"x" * 76 + b"\r\n") * 150_000
        assert_ses_ok(eleven_megabytes, interface=Interface.SMTP)
        with pytest.raises(AssertionError, match="SES302"):
            assert_ses_ok(eleven_megabytes)

    def test_parameters_alone_are_checked_without_a_message(self) -> None:
        tags = ApiParameters(message_tags=(MessageTag("a", "!"),))
        with pytest.raises(AssertionError, match=r"SES511 .* in message, sent by sesv2\.SendEmail\.Simple"):
            assert_ses_ok(None, interface="sesv2.SendEmail.Simple", parameters=tags)

    @pytest.mark.parametrize("level", ["info", "INFO", Severity.INFO])
    def test_the_level_decides_what_fails(self, level: Any) -> None:
        assert_ses_ok(TAGGED, level="warning")
        with pytest.raises(AssertionError, match="SES514"):
            assert_ses_ok(TAGGED, level=level)

    @pytest.mark.parametrize("ignore", [["SES101"], ("SES1",), "SES101", "SES514, SES101", ["SES514 SES101"]])
    def test_ignored_codes_are_left_out(self, ignore: Any) -> None:
        assert_ses_ok(REPEATED, ignore=ignore)

    def test_selected_codes_are_run_alone_and_others_can_be_asked_for(self) -> None:
        assert_ses_ok(REPEATED, select=["SES3"])
        with pytest.raises(AssertionError, match="BULK101"):
            assert_ses_ok(MESSAGE, select="BULK101", level="info")

    def test_identities_are_held_against_those_that_are_verified(self) -> None:
        assert_ses_ok(MESSAGE, verified_identities=["a.example"])
        with pytest.raises(AssertionError, match="SES214 unverified-identity"):
            assert_ses_ok(MESSAGE, verified_identities=["b.example"])

    @pytest.mark.parametrize(
        ("options", "text"),
        [
            ({"ignore": ["SES1O1"]}, "ignore 'SES1O1' is invalid: it is not a rule .*; did you mean SES101"),
            ({"select": "qqqq"}, "select 'qqqq' is invalid: .*`sesmime rules` lists them"),
            ({"level": "fatal"}, "level 'fatal' is invalid: it must be error, warning or info"),
            ({"level": 3.5}, "level '3.5' is invalid"),
            ({"interface": "sesv3"}, "interface 'sesv3' is invalid: it must be ses, sesv2, smtp"),
        ],
    )
    def test_a_wrong_option_is_said_to_be_wrong(self, options: dict[str, Any], text: str) -> None:
        with pytest.raises(InvalidSetting, match=text):
            assert_ses_ok(MESSAGE, **options)

    @pytest.mark.parametrize(
        "options",
        [{"ignore": 7}, {"ignore": [7]}, {"interface": 7}, {"verified_identities": "a.example"}],
    )
    def test_an_option_of_another_type_is_refused(self, options: dict[str, Any]) -> None:
        with pytest.raises(TypeError):
            assert_ses_ok(MESSAGE, **options)

    @pytest.mark.parametrize("message", ["Subject: Hi\r\n\r\n", None, 7, object()])
    def test_what_is_no_message_is_refused(self, message: Any) -> None:
        with pytest.raises(TypeError, match="message must be bytes, an EmailMessage or a Sent, not"):
            assert_ses_ok(message)

    def test_checks_add_up_what_is_left_out_and_refuse_interfaces_without_message(self) -> None:
        checks = Checks().changed(interface="smtp", ignore=["SES1"], level="warning").changed(ignore="SES2")
        assert (checks.interface, checks.level) == (Interface.SMTP, Severity.WARNING)
        assert checks.config.ignore == ("SES1", "SES2")
        with pytest.raises(InvalidSetting, match="it does not accept a raw message"):
            checks.changed(interface="ses.SendEmail")


def multipart(boundary: bytes, *parts: bytes, fields: bytes = b"Subject: Hi\r\n") -> bytes:
    pieces = [fields, b'Content-Type: multipart/mixed; boundary="', boundary, b'"\r\n\r\n']
    for part in parts:
        pieces += [b"--", boundary, b"\r\n", part, b"\r\n"]
    return b"".join([*pieces, b"--", boundary, b"--\r\n"])


TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nHello\r\nJoe\r\n"
IMAGE = b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n"


class TestComparison:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            # Date, Message-ID and the boundary
            (b"Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@a.example>\r\n\r\nHi", b"\r\nHi"),
            (multipart(b"one", TEXT, IMAGE), multipart(b"other", TEXT, IMAGE)),
            # encoded words, folds, the case of names, the order of fields
            (b"Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n\r\n", b"subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n"),
            (b"To: a@b.example,\r\n\tc@d.example\r\n\r\n", b"To: a@b.example, c@d.example\r\n\r\n"),
            (b"A: 1\r\nB: 2\r\n\r\n", b"B: 2\r\nA: 1\r\n\r\n"),
            # parameters, however they are written
            (
                b'Content-Type: text/plain; charset=utf-8; name="a b"\r\n\r\n',
                b"Content-Type: Text/Plain; name*=utf-8''a%20b; charset=\"utf-8\"\r\n\r\n",
            ),
            # line ends of texts, preambles and epilogues
            (b"Subject: Hi\r\n\r\nHello\r\nJoe\r\n", b"Subject: Hi\n\nHello\nJoe\n"),
            (
                multipart(b"b", TEXT),
                multipart(b"b", TEXT).replace(b"\r\n\r\n--b", b"\r\n\r\npreamble\r\n--b", 1) + b"x",
            ),
            # base64 in other lines
            (multipart(b"b", IMAGE), multipart(b"b", IMAGE.replace(b"iVBO", b"iVBO\r\n"))),
        ],
    )
    def test_what_says_the_same_is_the_same(self, one: bytes, other: bytes) -> None:
        assert compare_messages(one, other) == compare_messages(other, one) == ()
        assert_same_message(one, other)

    @pytest.mark.parametrize(
        ("one", "other", "differences"),
        [
            (b"Subject: Hi\r\n\r\n", b"Subject: Ho\r\n\r\n", [("", "Subject", "'Hi'", "'Ho'")]),
            (b"X-Tag: a\r\n\r\n", b"\r\n", [("", "X-Tag", "'a'", None)]),
            (b"\r\n", b"X-Tag: a\r\n\r\n", [("", "X-Tag", None, "'a'")]),
            # fields of one name have their order
            (
                b"Received: a\r\nReceived: b\r\n\r\n",
                b"Received: b\r\n\r\n",
                [("", "Received", "'a'", "'b'"), ("", "Received", "'b'", None)],
            ),
            (
                b"Content-Type: text/plain; charset=utf-8\r\n\r\n",
                b"Content-Type: text/plain; charset=latin-1\r\n\r\n",
                [("", "Content-Type", "'text/plain; charset=utf-8'", "'text/plain; charset=latin-1'")],
            ),
            (
                multipart(b"b", TEXT),
                multipart(b"b", TEXT.replace(b"Joe", b"Jim")),
                [("1", "content", "'Joe\\n' (line 2)", "'Jim\\n' (line 2)")],
            ),
            (multipart(b"b", TEXT, IMAGE), multipart(b"b", TEXT), [("2", "part", "image/png", None)]),
            (multipart(b"b", TEXT), multipart(b"b", TEXT, IMAGE), [("2", "part", None, "image/png")]),
        ],
    )
    def test_each_difference_has_its_place(
        self, one: bytes, other: bytes, differences: list[tuple[str, str, str | None, str | None]]
    ) -> None:
        assert compare_messages(one, other) == tuple(Difference(*difference) for difference in differences)

    def test_octets_are_told_from_shortly_before_the_first_that_differs(self) -> None:
        start = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        found = compare_messages(start + b"\x00" * 40 + b"A", start + b"\x00" * 40 + b"BC")
        shown = "\\x00" * 20
        assert found == (
            Difference("", "content", f"'{shown}A' (from octet 20 of 41)", f"'{shown}BC' (from octet 20 of 42)"),
        )

    def test_texts_that_cannot_be_decoded_are_compared_by_their_octets(self) -> None:
        start = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
        (found,) = compare_messages(start + b"\xff", start + b"\xfe")
        assert (found.one, found.other) == ("'\\xff' (from octet 0 of 1)", "'\\xfe' (from octet 0 of 1)")

    def test_a_part_where_the_other_has_none_is_a_difference_of_content(self) -> None:
        whole = multipart(b"b", TEXT)
        assert compare_messages(whole, whole.replace(b"--b", b"--c")) == (
            Difference("", "content", "1 part", "0 parts"),
            Difference("1", "part", "text/plain", None),
        )

    def test_a_default_type_that_differs_is_a_difference(self) -> None:
        mixed = multipart(b"b", b"\r\nHi\r\n")
        found = compare_messages(mixed, mixed.replace(b"multipart/mixed", b"multipart/digest"), ignore=["Content-Type"])
        # RFC 2046 section 5.1.5: a part of a digest is a message, here one that begins with "Hi".
        assert Difference("1", "type", "text/plain", "message/rfc822") in found

    @given(strategies.messages, strategies.messages)
    def test_any_message_is_the_same_as_itself_and_differs_both_ways_alike(self, one: bytes, other: bytes) -> None:
        assert compare_messages(one, one) == ()
        there = sorted((d.part, d.what.lower(), str(d.one), str(d.other)) for d in compare_messages(one, other))
        back = sorted((d.part, d.what.lower(), str(d.other), str(d.one)) for d in compare_messages(other, one))
        assert there == back

    def test_an_attached_message_is_compared_inside(self) -> None:
        attached = b"Content-Type: message/rfc822\r\n\r\nSubject: %s\r\n\r\nHi\r\n"
        found = compare_messages(multipart(b"b", attached % b"one"), multipart(b"b", attached % b"two"))
        assert found == (Difference("1.1", "Subject", "'one'", "'two'"),)
        assert found[0].place == "part 1.1, Subject"

    def test_other_fields_can_be_set_aside_in_every_part(self) -> None:
        one = multipart(b"b", b"Content-ID: <1>\r\n" + TEXT)
        other = multipart(b"b", b"Content-ID: <2>\r\n" + TEXT, fields=b"Subject: Hi\r\nDate: now\r\n")
        assert [difference.what for difference in compare_messages(one, other)] == ["Content-ID"]
        assert [difference.what for difference in compare_messages(one, other, ignore=["content-id"])] == ["Date"]
        with pytest.raises(TypeError, match="ignore must be a list of field names"):
            compare_messages(one, other, ignore="Date")

    def test_the_failure_shows_both_readings_of_each_place(self) -> None:
        one, other = multipart(b"b", TEXT, IMAGE), multipart(b"c", TEXT, fields=b"Subject: Ho\r\n")
        with pytest.raises(AssertionError) as caught:
            assert_same_message(one, other)
        assert str(caught.value).splitlines() == [
            "the messages differ in 2 places",
            "  Subject",
            "    one:   'Hi'",
            "    other: 'Ho'",
            "  part 2",
            "    one:   image/png",
            "    other: not there",
        ]

    def test_only_so_many_differences_are_told(self) -> None:
        fields = b"".join(b"X-%d: a\r\n" % number for number in range(25))
        with pytest.raises(AssertionError, match="differ in 25 places") as caught:
            assert_same_message(fields + b"\r\n", b"\r\n")
        assert str(caught.value).splitlines()[-1] == "  and 5 more"

    def test_what_is_sent_is_compared_with_what_was_meant(self) -> None:
        message = message_from_bytes(MESSAGE)
        assert_same_message(message, Sent(submission=Submission(MESSAGE), via="boto3"))
        assert_same_message(prepare(TAGGED), message)
        with pytest.raises(TypeError, match="other must be bytes, an EmailMessage or a Sent, not int"):
            assert_same_message(MESSAGE, 7)
        with pytest.raises(TypeError, match=r"other, sent by ses\.SendEmail, has no message"):
            assert_same_message(MESSAGE, Sent(submission=Submission(None, interface=Interface.SEND_EMAIL), via="boto3"))
