"""Cheap looks of rules about addresses: what they do not find, a whole reading does not find either."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from sesmime.errors import quoted
from sesmime.linter.kit import described, mailboxes, may_hold_mailbox
from sesmime.linter.rules.addresses import sec103_bidirectional_control as sec103
from sesmime.linter.rules.addresses import ses215_address_over_320_characters as ses215
from sesmime.linter.view.addresses import STRICT_FIELDS, Addresses
from sesmime.linter.view.oddities import look_at_addresses
from sesmime.mime.addresses import parse_addresses
from sesmime.mime.words import decode_words
from sesmime.ses.address_length import is_overlong, overlong_addresses
from sesmime.ses.envelope import RECIPIENT_FIELDS
from sesmime.ses.javamail import Verdict
from sesmime.ses.settings import ApiParameters
from tests.linter.rules.address_findings import submission

PIECES = st.sampled_from(
    [
        *("a", "joe", " ", "\t", "\r", "\r\t", "\x00", "\x7f", "é", "\r\n ", "=?", "=?utf-8?q?a?=", "=?a?q?(\r?="),
        *("@", "<", ">", ",", ";", ":", "(", ")", "[", "]", '"', "\\", "\\(", "<@", "<, @a,@b:", "<@a:"),
        *("joe@a.example", "<joe@a.example>", "Joe ", '"Joe" ', '"a\rb"', "(a\rb)", "[1.2]", "a:", ";,", "x@y;"),
    ]
)  # fmt: skip


class TestLookAtAddresses:
    """What a look at unusual fields says is not there, no rule has to look for."""

    @given(st.lists(PIECES, max_size=14).map("".join), st.sampled_from(["From", "To", "Return-Path", "Resent-To"]))
    @example("(@,a@b)", "To")
    @example("a@[ a:]", "To")
    @example("[a:b:c] <joe@a.example>", "To")
    @example('"a\rb" <joe@a.example>', "To")
    @example("a\rb: c, d: joe@a.example", "To")
    @example(":joe@a.example;\r", "To")
    def test_what_it_does_not_find_no_reader_finds(self, text: str, label: str) -> None:
        subject = submission(f"{label}: {text}".encode("latin-1", "replace") + b"\r\n\r\n")
        look = look_at_addresses(subject)
        for one in subject.unusual_fields:
            assert look.from_field or one.label != "From"
            assert look.recipients or one.label not in RECIPIENT_FIELDS
            assert look.mailbox or not one.reading.mailboxes
            assert look.route or all(defect.name != "source-route" for defect in one.reading.defects)

    @given(st.text('a<>@,"()\\ \r:', max_size=60), st.integers(0, 20))
    def test_what_is_not_long_is_printed_as_no_long_address(self, text: str, times: int) -> None:
        subject = submission(b"To: " + (text * times).encode() + b"\r\n\r\n")
        if not look_at_addresses(subject).long:
            assert not any(is_overlong(one.text) for one in subject.unusual_fields)


class TestLongAddress:
    LONG = st.sampled_from(
        [
            *("x" * 200, "y" * 150, "z." * 70, "a@b.example", "@", "<", ">", "<a@b.example>", ",", ";", "g:"),
            *('"', '"\\"', " ", "\t", "\r", "\r\n ", "\n\t", "(", ")", "(c)", "\\", "[", "]", "é", "\x00"),
        ]
    )  # fmt: skip

    @given(st.lists(LONG, max_size=9).map("".join), st.sampled_from(["", "\r", "\r\r", " \r"]))
    @example('"' + "x" * 320 + '" <a@b.example>', "\r")
    @example("\r" + "x" * 320 + " <a@b.example>\\", "\r")
    @example("x" * 320 + " <a@b.example>, joe", "\r")
    def test_what_the_strict_grammar_has_read_is_not_read_again(self, text: str, end: str) -> None:
        subject = submission(f"To: {text}{end}".encode() + b"\r\n\r\n")
        for one in subject.unusual_fields:
            assert list(ses215._overlong(one)) == list(overlong_addresses(one.text))


@given(st.text("a\u00e9\u20ac\U0001f600\\\r", min_size=90, max_size=125))
@example("\U0001f600" * 98)
@example("\U0001f600" * 99)
@example("a" + "\U0001f600" * 110)
@example("a" * 97 + "\U0001f600" * 10)
def test_of_a_long_address_is_shown_what_would_be_shown_of_all_of_it(text: str) -> None:
    octets = text.encode().decode("latin-1")
    refused = Verdict("Missing domain", reference=octets)
    field = submission(b"To: " + text.replace("\r", "").encode() + b"\r\n\r\n").section.fields[0]
    told = described(Addresses("To", "", field=field), refused)
    assert told.startswith(f"the address {quoted(text, 100)} in To is invalid: ")


class TestMailboxes:
    @given(st.lists(PIECES, max_size=14).map("".join), st.sampled_from(["From", "To", "Resent-To"]))
    @example("a; b\r; joe@a.example, <joe@a.example>", "To")
    @example("g: a@b.example; joe@a.example, g: joe\r; a@b.example", "To")
    @example("a; b <joe@a.example>", "To")
    def test_they_are_those_of_all_unusual_fields_that_ses_reads(self, text: str, label: str) -> None:
        subject = submission(f"{label}: {text}".encode("latin-1", "replace") + b"\r\n\r\n")
        fields = [one for one in subject.unusual_fields if one.label in STRICT_FIELDS]
        read = [(one, mailbox) for one in fields for mailbox in parse_addresses(one.text)]
        assert list(mailboxes(subject)) == read
        assert all(may_hold_mailbox(one.text) for one in subject.unusual_fields if one.reading.mailboxes)

    def test_those_of_parameters_may_be_folded(self) -> None:
        given = ApiParameters(source="joe,\n <joe@a.example>", reply_to=("a\r\n <a@b.example>",))
        addresses = [mailbox.address for _, mailbox in mailboxes(submission(b"To: a@b.example\r\n\r\n", given))]
        assert addresses == ["joe@a.example"]

    def test_most_broken_lists_are_not_read_for_them(self) -> None:
        assert not may_hold_mailbox("<>\rReceived: from a.example by b.example; for <joe@a.example>\rTo: a@b.example")
        assert not may_hold_mailbox('a\r(c) joe@a.example, "a, b" \r "joe@a.example" joe@a.example, "joe@a.example"')
        assert not may_hold_mailbox("Joe <joe>")
        assert may_hold_mailbox("=?utf-8?q?joe?= <joe>")


class TestBidirectionalControl:
    SUBJECT_PIECES = st.sampled_from(
        [
            *(b"=?utf-8?q?=E2=80=AA?=", b"=?utf-8?Q?=e2=80?=", b"=?utf-8?q?=AA?=", b"=?utf-8?b?4oGm?="),
            *(b"=?utf-16?b?", b"KiAq?=", b"=?utf-7?q?+ICo-?=", b"=?x?q?\xe2\x81\xa9?=", b"=?utf-8?q?=E2\x80\xaa?="),
            *(b"=?", b"?=", b" ", b"\r\n ", b"a", b"\xe2", b"\x80\xaa", b"\x81", b"\xe2\x80\xaa", "é".encode()),
        ]
    )  # fmt: skip

    @given(st.lists(SUBJECT_PIECES, max_size=8).map(b"".join))
    @example(b"=?utf-8?q?=E2=80?= =?utf-8?q?=AA?=")
    @example(b"=?utf-16?b?KiAq?= a =?utf-16?b?IA==?= =?utf-16?b?Kg==?=")
    def test_a_subject_that_may_hold_none_holds_none(self, text: bytes) -> None:
        subject = submission(b"From: a@b.example\r\nSubject: " + text + b"\r\n\r\n")
        (field,) = subject.section.all("Subject")
        if not sec103._may_hold_control(subject, field):
            assert sec103._CONTROL.search(decode_words(field.body)) is None

    def test_most_subjects_hold_none(self) -> None:
        for text in (
            b"a",
            "Grüße".encode(),
            b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=",
            b"=?utf-8?b?R3LDvMOfZQ==?= =?us-ascii?q?a?=",
        ):
            subject = submission(b"From: a@b.example\r\nSubject: " + text + b"\r\n\r\n")
            assert not sec103._may_hold_control(subject, subject.section.fields[1])
