"""The rules about fields as the standards have them: places, texts, near misses."""

from __future__ import annotations

import pytest

from sesmime.linter.findings import Severity
from sesmime.mime.fields import Span
from tests.linter.rules.header_findings import by_hand, found, message, only, repaired, shown


class TestStandards:
    def test_recipients_of_repeated_fields_are_joined_each_list_once(self) -> None:
        text = message("To: Cleo <cleo@example.net>,\r\n dan@example.net", "to: ben@example.net", "Cc: eve@example.net")
        assert [finding.message for finding in found(text, "RFC101")] == ["To is repeated with different recipients"]
        joined = "ben@example.net,\r\n Cleo <cleo@example.net>,\r\n dan@example.net"
        assert repaired(text, "RFC101") == message("Cc: eve@example.net").replace(
            b"ben@example.net", joined.encode(), 1
        )

    @pytest.mark.parametrize("body", ["", " ", "dan", '"dan', "dan@example.net,", "team: dan@example.net"])
    def test_lists_that_cannot_be_read_whole_are_not_joined(self, body: str) -> None:
        finding = only(message(f"To: {body}"), "RFC101")
        assert by_hand(finding) is bool(body.strip())

    @pytest.mark.parametrize(
        "date",
        [
            "Mon, 1 Jan 2024 00:00:00 +0000",
            "1 Jan 2024 23:59 -1130",
            "thu,\t13 FEB 1969 23:32:60 GMT (Greenwich (or Zulu) time)",
            "21 Nov 97 09:55:06 Z",
        ],
    )
    def test_dates_of_mail(self, date: str) -> None:
        assert not found(message(f"Date: {date}"), "RFC102")

    @pytest.mark.parametrize(
        "date",
        [
            "",
            "Monday, 1 Jan 2024 00:00:00 +0000",
            "32 Jan 2024 00:00:00 +0000",
            "0 Jan 2024 00:00:00 +0000",
            "1 Jan 2024 24:00:00 +0000",
            "1 Jan 2024 00:60:00 +0000",
            "1 Jan 2024 00:00:00 +0060",
            "1 Jan 2024 00:00:00 J",
            "1 Jan 12024 00:00:00 +0000",
            "1704067200",
            "2444444444 Mar 7 0:0",
        ],
    )
    def test_other_dates(self, date: str) -> None:
        assert only(message(f"Date: {date}"), "RFC102").message == f"'{date}' is not a valid date"

    @pytest.mark.parametrize(
        "body", ["<a@b>", " <a.b+c=d@[192.0.2.1]>", '<"a b"@c> (d)', "<a@b@c>", "<a>", "a@b", "<a b@c>", "<@b>"]
    )
    def test_message_ids(self, body: str) -> None:
        is_one = body in ("<a@b>", " <a.b+c=d@[192.0.2.1]>", '<"a b"@c> (d)')
        assert bool(found(message(f"Message-ID: {body}"), "RFC103")) is not is_one

    @pytest.mark.parametrize(
        ("line", "text"),
        [
            ("Content-ID: logo", "Content-ID is not an identifier"),
            ("Content-ID: <lo go>", "Content-ID is not an identifier"),
            ("References: ", "References is empty"),
            ("In-Reply-To: a@b.example", "In-Reply-To contains no identifier"),
        ],
    )
    def test_other_identifiers(self, line: str, text: str) -> None:
        assert only(message(line), "RFC103").message == text

    def test_identifiers_of_replies_count_on_top_alone(self) -> None:
        part = "--b\r\nMessage-ID: a\r\nReferences: a\r\n\r\nHi\r\n--b--\r\n"
        assert not found(message("Content-Type: multipart/mixed; boundary=b", body=part), "RFC103")

    def test_authors_are_counted(self) -> None:
        text = message().replace(b"Ada <ada@example.com>", b"a@example.com, b@example.com,\r\n c@example.com")
        assert only(text, "RFC104").message == "From has 3 mailboxes and there is no Sender field"

    def test_a_mime_version_is_written_in_the_line_ends_of_the_message(self) -> None:
        text = message("Content-Type: text/plain").replace(b"\r\n", b"\n")
        assert repaired(text, "RFC105") == text.replace(b"Content-Type", b"MIME-Version: 1.0\nContent-Type")

    @pytest.mark.parametrize("version", ["1.0", "1.0 (a)", "(a)1 . 0", "1.(b)0"])
    def test_the_mime_version(self, version: str) -> None:
        assert not found(message(f"MIME-Version: {version}"), "RFC106")

    @pytest.mark.parametrize("version", ["1", "1.00", "2.0", "1.0 1.0", "1.0;", "1.0 (a", ""])
    def test_no_mime_version(self, version: str) -> None:
        assert repaired(message(f"Mime-Version: {version}", "X-A: b"), "RFC106") == message(
            "Mime-Version: 1.0", "X-A: b"
        )


class TestOctets:
    def test_the_first_control_is_shown(self) -> None:
        text = message("Subject: a\x08\x7fb")
        finding = only(text, "RFC107")
        assert finding.message == "'Subject' contains the control character U+0008"
        assert repaired(text, "RFC107") == message("Subject: ab")

    def test_controls_of_names_nul_and_line_ends_are_told_elsewhere(self) -> None:
        assert not found(message("X\x07A: b", "X-B: c\x00", "X-C: d\re\tf"), "RFC107")

    def test_more_than_ten_fields_are_mended_in_several_rounds(self) -> None:
        text = message(*[f"X-{number}: \x07" for number in range(12)])
        assert len(found(text, "RFC107")) == 10

    @pytest.mark.parametrize("name", ["Reply To", "X-\xfc", "X\x07", "Content-\r\n Type", "\x00"])
    def test_names_that_are_none(self, name: str) -> None:
        finding = only(message(f"{name}: a"), "RFC108")
        assert finding.message.endswith(" is not a field name")
        assert finding.line == 3

    def test_a_byte_order_mark_goes(self) -> None:
        text = b"\xef\xbb\xbf" + message()
        assert only(text, "RFC108").span == Span(0, 3)
        assert repaired(text, "RFC108") == message()

    def test_a_blank_line_at_a_fields_end_goes_safely(self) -> None:
        def is_safe(*lines: str) -> bool:
            finding = only(message(*lines), "RFC109")
            assert finding.fix is not None
            return finding.fix.is_safe

        assert is_safe("Subject: a\r\n ")
        assert not is_safe("Subject: a\r\n \r\n b")
        assert not is_safe("Subject: a\r\n ", "DKIM-Signature: h=subject")
        assert not is_safe("DKIM-Signature: h=from\r\n\t")
        assert is_safe("Subject: a\r\n ", "DKIM-Signature: h=from")

    def test_blank_lines_together_are_one_finding(self) -> None:
        text = message("Subject: a\r\n \r\n\t\r\n b")
        assert shown(text, only(text, "RFC109")) == b" "
        assert repaired(text, "RFC109") == message("Subject: a\r\n b")

    def test_a_blank_line_in_a_part_of_a_signed_message_stays_as_it_is(self) -> None:
        part = "--b\r\nX-A: b\r\n \r\nX-B: c\r\n\r\nHi\r\n--b--\r\n"
        for kind, signature, is_safe in (
            ("mixed", "X-C: d", True),
            ("signed", "X-C: d", False),
            ("mixed", "DKIM-Signature: h=from", False),
        ):
            finding = only(message(f"Content-Type: multipart/{kind}; boundary=b", signature, body=part), "RFC109")
            assert finding.part == "1"
            assert finding.fix is not None
            assert finding.fix.is_safe is is_safe

    def test_octets_beyond_ascii_are_read_as_utf_8_or_left_to_people(self) -> None:
        text = message("Subject: Gr\xc3\xbc\xc3\x9fe")
        assert shown(text, only(text, "RFC110")) == b"\xc3\xbc\xc3\x9f"
        assert repaired(text, "RFC110") == message("Subject: =?utf-8?b?R3LDvMOfZQ==?=")
        for line in (
            "Subject: Gr\xfc\xdfe",
            "Content-Type: text/\xc3\xbc",
            "X-SES-TENANT: \xc3\xbc",
            "Subject: \xc3\xbc\x07",
        ):
            assert by_hand(only(message(line), "RFC110"))

    def test_addresses_beyond_ascii_are_told_elsewhere(self) -> None:
        assert not found(message("Cc: j\xc3\xb6rg@example.net"), "RFC110")
        assert found(message("Cc: J\xc3\xb6rg <joerg@example.net>"), "RFC110")

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ("=?x-none?q?a?=", "an encoded word has the unknown charset 'x-none'"),
            ("=?utf-8?b?a?=", "an encoded word is not valid base64"),
            ("=?utf-8?q?=FF?=", "an encoded word contains incomplete or invalid characters"),
            ("=?utf-8?q?a b?=", "an encoded word contains a space"),
            (f"=?utf-8?q?{'a' * 64}?=", "an encoded word has 76 characters; at most 75 are allowed"),
            ("(=?utf-8?q?a?=)", "an encoded word is not separated by a space"),
            ("=?utf-8?q?a?==?utf-8?q?b?=", "an encoded word is not separated by a space"),
            ("=?utf-8?q?a", "an encoded word has no end"),
            ("=?utf-8?q?a =?utf-8?q?b?=", "an encoded word has no end"),
            ("=?utf-8?x?a?= =?utf-8?q?b?=", "an encoded word has the encoding 'x', not B or Q"),
        ],
    )
    def test_encoded_words_that_are_none(self, body: str, text: str) -> None:
        assert only(message(f"Subject: {body}"), "RFC111").message == f"'Subject': {text}"

    @pytest.mark.parametrize(
        "line",
        [
            f"Subject: =?utf-8?q?{'a' * 63}?=",
            "Subject: =?utf-8?q?a?=\r\n\t=?UTF-8*de?B?Yg==?= =?us-ascii?q??=",
            "Subject: what =?x?y is",
            "Cc: (=?utf-8?q?a?=) cleo@example.net,=?utf-8?q?b?=<dan@example.net>",
            "Received: =?x?q?a?=",
            "X-SES-MESSAGE-TAGS: a==?utf-8?q?=FF?=",
        ],
    )
    def test_encoded_words_and_what_only_looks_like_them(self, line: str) -> None:
        assert not found(message(line), "RFC111")

    def test_an_encoded_word_is_shown_across_a_fold(self) -> None:
        text = message("Subject: one\r\n two =?x?q?a?= three")
        assert shown(text, only(text, "RFC111")) == b"=?x?q?a?="

    @pytest.mark.parametrize("hidden", ["=0D", "=0A", "=00", "=1B", "=7F", "=E2=80=A8"])
    def test_what_ends_a_line_or_a_text_is_found_behind_an_encoding(self, hidden: str) -> None:
        text = message(f"Subject: =?utf-8?q?a{hidden}b?=")
        assert only(text, "SEC301").severity is Severity.WARNING
        assert repaired(text, "SEC301") == message("Subject: a b")

    def test_windows_ellipsis_in_latin_1_is_no_line_break(self) -> None:
        assert not found(message("Subject: =?iso-8859-1?q?a=85?="), "SEC301")

    def test_a_line_break_behind_an_encoding_is_found_in_a_part(self) -> None:
        part = "--b\r\nContent-Description: =?utf-8?q?a=0Ab?=\r\n\r\nHi\r\n--b--\r\n"
        assert only(message("Content-Type: multipart/mixed; boundary=b", body=part), "SEC301").part == "1"

    @pytest.mark.parametrize(
        ("line", "severity"),
        [
            ("Reply-To: a@example.com\x00@example.org", Severity.ERROR),
            ("Content-Disposition: attachment\x00", Severity.ERROR),
            ("Subject: a\x00b", Severity.WARNING),
            ("X\x00A: b", Severity.WARNING),
        ],
    )
    def test_nul_is_grave_where_mail_may_go_astray(self, line: str, severity: Severity) -> None:
        text = message(line)
        finding = only(text, "SEC303")
        assert (finding.severity, shown(text, finding)) == (severity, b"\x00")
        assert by_hand(finding) is (line != "Subject: a\x00b")
