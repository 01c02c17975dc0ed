"""Fields behind an empty line, line ends as characters, words and delimiters out of place: near misses and places."""

from __future__ import annotations

import pytest

from sesmime import ApiParameters, Destination, Interface, LintConfig, Severity, fix, lint, predict_rejection
from tests.linter.rules.header_findings import by_hand, found, message, only, repaired, shown
from tests.linter.rules.mime_findings import TOP, multipart

RAW = (Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP)
HTML = "Content-Type: text/html; charset=utf-8"


def mended(text: bytes, code: str) -> bytes:
    """Return the message that `fix` makes; no rule may be louder about it."""
    done = fix(text, unsafe=True, config=LintConfig(select=(code,)))
    assert done.applied
    return done.message


class TestFieldsAfterEmptyLine:
    @pytest.mark.parametrize(
        "hidden",
        [
            "Reply-To: desk@example.com",
            "X-Mailer: PHP Mailer 5",
            "X-Campaign-Id: 4711",
            "X-A: one two\r\nX-B: three four",
            "X-SES-TENANT: acme",
            "List-Unsubscribe: <https://example.com/u>",
            "Auto-Submitted: auto-generated (by us)",
            "Cc: zoe@example.org",
            "Date: Fri, 2 Jan 2026 10:00:00 +0000",
            "Subject: Your booking",
            "Precedence: bulk\r\nX-Mailer: a",
            "\r\nMessage-ID: <1@example.com>",
        ],
    )
    def test_any_field_may_be_the_first(self, hidden: str) -> None:
        for lines in ((), ("MIME-Version: 1.0", "Content-Type: text/plain"), ("MIME-Version: 1.0", HTML)):
            text = message(*lines, body=f"{hidden}\r\n\r\nDear Ben\r\n")
            finding = only(text, "SES007")
            assert shown(text, finding) == hidden.strip().partition(":")[0].encode()
            assert repaired(text, "SES007") == message(*lines, hidden.strip(), body="Dear Ben\r\n")

    @pytest.mark.parametrize(
        "body",
        [
            "Dear Ben: hello\r\n\r\nX-Mailer: a\r\n",
            "https://example.com/\r\n\r\nHi\r\n",
            "Note: one\r\nX-Ray: two three\r\n\r\nHi\r\n",
            "X-Ray: the film was developed\r\n\r\nHi\r\n",
            "Date: Friday\r\n\r\nHi\r\n",
            "To: all of you\r\n\r\nHi\r\n",
            "Priority: high\r\nOrganization: we\r\n\r\nHi\r\n",
            "From: zoe@example.org\r\nX-Mailer: a\r\nMIME-Version: 1.0\r\n\r\nHi\r\n",
            "Reply-To: desk@example.com\r\nHi\r\n\r\nyou\r\n",
            "Received: from a by b; Fri, 2 Jan 2026 10:00:00 +0000\r\nReturn-Path: <a@b.example>\r\n\r\nWhy?\r\n",
        ],
    )
    def test_text_is_left(self, body: str) -> None:
        assert not found(message(body=body), "SES007")
        assert not found(message("MIME-Version: 1.0", "Content-Type: text/plain", body=body), "SES007")

    def test_what_a_message_has_is_a_quotation(self) -> None:
        body = "Subject: a\r\nX-Mailer: b\r\n\r\nHi\r\n"
        assert found(message(body=body), "SES007")
        assert not found(message("Subject: c", body=body), "SES007")

    @pytest.mark.parametrize("kind", ["message/delivery-status", "text/rfc822-headers", "message/feedback-report"])
    def test_what_is_made_of_fields_may_begin_with_them(self, kind: str) -> None:
        part = f"Content-Type: {kind}\r\n\r\nContent-Language: en\r\nX-Mailer: a\r\n\r\nX-B: c\r\n".encode()
        assert not found(multipart(part), "SES007")
        assert found(multipart(part.replace(kind.encode(), b"text/plain")), "SES007")

    def test_of_parts_that_of_their_own_counts(self) -> None:
        text = multipart(
            b"\r\nContent-Type: text/html\r\n\r\n<p>Hi", b"Content-Type: image/gif\r\n\r\nX-A: b\r\n\r\nGIF"
        )
        finding = only(text, "SES007")
        assert (finding.part, shown(text, finding)) == ("1", b"Content-Type")
        in_base64 = text.replace(b"image/gif\r\n", b"image/gif\r\nContent-Transfer-Encoding: base64\r\n")
        assert [finding.part for finding in found(in_base64, "SES007")] == ["1", "2"]

    def test_fields_before_the_parts_of_a_multipart_are_found(self) -> None:
        text = multipart(b"\r\nHi").replace(b"\r\n\r\n", b"\r\n\r\nX-Mailer: a\r\n\r\n", 1)
        assert shown(text, only(text, "SES007")) == b"X-Mailer"
        assert not found(text.replace(b"X-Mailer: a", b"This is a message: in parts"), "SES007")

    def test_many_are_repaired_in_one_round(self) -> None:
        part = b"\r\nContent-Type: text/plain\r\n\r\nHi"
        assert mended(multipart(*[part] * 30), "SES007") == multipart(*[part[2:]] * 30)


class TestLiteralLineEnd:
    @pytest.mark.parametrize(
        "line",
        [
            "Subject: a\\nTo: ben@example.net",
            "Subject: write \\n or \\r\\n",
            "X-Original: From: a@example.com\\nTo: b@example.com",
            "X-Path: C:\\new\\report.txt",
            'Content-Type: text/plain; name="C:\\n\\r.txt"',
            "References: <a\\n@example.com>",
        ],
    )
    def test_backslashes_are_left(self, line: str) -> None:
        assert not found(message(line), "SES009")

    @pytest.mark.parametrize(
        ("line", "written"),
        [
            ("Subject: a\\nReply-To: c@example.com", ("Subject: a", "Reply-To: c@example.com")),
            ("MIME-Version: 1.0\\r\\nX-Mailer: b\\r\\n", ("MIME-Version: 1.0", "X-Mailer: b")),
            ("MIME-Version: 1.0\\n", ("MIME-Version: 1.0",)),
            ("Cc: c@example.com\\\\nBcc: d@example.com", ("Cc: c@example.com", "Bcc: d@example.com")),
            ("MIME-Version: 1.0\\r\\n\\r\\nDear Ben", ("MIME-Version: 1.0", "", "Dear Ben")),
        ],
    )
    def test_it_is_written_as_a_line_end(self, line: str, written: tuple[str, ...]) -> None:
        assert repaired(message(line), "SES009") == message(*written)

    def test_the_missing_field_is_what_ses_is_expected_to_name(self) -> None:
        text = b"From: ada@example.com\\nTo: ben@example.net\\nSubject: Hi\\n\\nHello"
        rejection = predict_rejection(text)
        assert rejection is not None
        assert rejection.text == "Missing required header 'To'."
        finding = only(text, "SES009")
        assert (finding.line, shown(text, finding)) == (1, b"\\n")
        assert "\\n as two characters" in finding.message


class TestMisplacedWords:
    @pytest.mark.parametrize(
        "line",
        [
            "Subject: =?utf-8?q?=3Chttps://example.com/=3E?=",
            "List-Id: =?utf-8?q?Caf=C3=A9?= <cafe.example.com>",
            "List-Post: <mailto:a@example.com> (=?utf-8?q?=3Ca=40example=2Ecom=3E?=)",
            "References: <=?utf-8?x?=@example.com>",
            "Content-Location: =?utf-8?q?https://example.com/?=",
        ],
    )
    def test_words_that_have_a_place_are_left(self, line: str) -> None:
        assert not found(message(line), "RFC112")

    @pytest.mark.parametrize(
        "line",
        [
            "List-Unsubscribe: =?utf-8?q?=3Chttps://example.com/caf=C3=A9=3E?=",
            "Message-ID: =?utf-8?q?no_identifier?=",
            "List-Help: =?utf-8?q?=3Chttps://example.com/=3E=0D=0ABcc:_a=40b?=",
            "In-Reply-To: <=?utf-8?q?a=40b=3E=20=3C?=",
        ],
    )
    def test_what_has_no_place_when_decoded_is_left_to_people(self, line: str) -> None:
        assert by_hand(only(message(line), "RFC112"))

    def test_each_place_is_told_once(self) -> None:
        text = message("Message-ID: =?utf-8?q?=3Ca=40example=2Ecom=3E?=")
        (finding,) = found(text, "RFC1")
        assert finding.fix is not None
        # Those who take the words as they stand see another identifier.
        assert finding.fix.applicability == "unsafe"
        assert repaired(text, "RFC112") == message("Message-ID: <a@example.com>")

    def test_a_long_list_is_folded_at_its_blanks(self) -> None:
        identifiers = [f"<{number:030}@example.com>" for number in range(40)]
        line = "References: " + "\r\n ".join(f"=?utf-8?q?{one[1:-1].replace('@', '=40')}?=" for one in identifiers)
        assert by_hand(only(message(line), "RFC112"))
        line = "References: " + "\r\n ".join(
            f"=?utf-8?q?=3C{one[1:-1].replace('@', '=40')}=3E_?=" for one in identifiers
        )
        done = repaired(message(line), "RFC112")
        assert max(map(len, done.splitlines())) <= 78
        assert b"".join(done.split()) == b"".join(message("References: " + " ".join(identifiers)).split())


class TestDelimiterInsideLine:
    @pytest.mark.parametrize("before", ["> ", "> > ", "", "--", "| "])
    def test_quotations_and_longer_lines_are_left(self, before: str) -> None:
        text = multipart(b"\r\nHi\r\n" + before.encode() + b"--part1\r\nA: b", boundary=b"part1")
        assert not found(text, "RFC414")

    @pytest.mark.parametrize("after", ["!", " and more", "x", "\r\nno field"])
    def test_of_a_closed_multipart_only_what_swallows_a_part_is_told(self, after: str) -> None:
        part = b"\r\nHi--part1"
        assert not found(multipart(part + after.encode(), boundary=b"part1"), "RFC414")
        assert found(multipart(part + b"\r\n\r\nno field", boundary=b"part1"), "RFC414")

    def test_a_multipart_that_is_not_closed_is_told_once(self) -> None:
        text = TOP + b"Content-Type: multipart/mixed; boundary=part1\r\n\r\n--part1\r\n\r\nHi--part1--"
        (finding,) = found(text, "RFC4", "SES4")
        assert finding.code == "RFC414"
        assert (finding.line, finding.part, shown(text, finding)) == (8, "", b"--part1--")
        assert "in the middle of line 8" in finding.message

    def test_base64_is_looked_at_up_to_it(self) -> None:
        text = multipart(b"Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=", boundary=b"part1")
        glued = text.replace(b"\r\n--part1--", b"--part1--")
        assert [finding.code for finding in found(glued, "RFC3", "RFC4")] == ["RFC414"]
        assert [finding.code for finding in found(glued.replace(b"SGVs", b"SGV*s"), "RFC3", "RFC4")] == [
            "RFC306",
            "RFC414",
        ]

    def test_many_are_repaired_in_one_round(self) -> None:
        text = multipart(*[b"\r\nHi"] * 30, boundary=b"part1")
        assert mended(text.replace(b"Hi\r\n", b"Hi"), "RFC414") == text


class TestNoFrom:
    @pytest.mark.parametrize("interface", RAW)
    def test_with_a_source_it_is_a_warning(self, interface: Interface) -> None:
        text = b"To: ben@example.net\r\nSubject: Hi\r\n\r\nHello\r\n"
        parameters = ApiParameters(source="ada@example.com", destination=Destination(("ben@example.net",)))
        config = LintConfig(select=("SES102",))
        (finding,) = lint(text, parameters=parameters, interface=interface, config=config)
        assert (finding.severity, finding.rejection) == (Severity.WARNING, None)
        assert predict_rejection(text, parameters=parameters, interface=interface) is None
        (finding,) = lint(text, interface=interface, config=config)
        assert (finding.severity, finding.rejection) == (Severity.ERROR, "Missing required header 'From'.")
        assert not lint(b"From: ada@example.com\r\n" + text, parameters=parameters, interface=interface, config=config)
