"""Calendar invitations, reports, and file names in a second form: what `build` makes, as readers see it."""

from __future__ import annotations

import doctest
import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesmime import Attachment, InvalidField, Severity, build, lint, parse
from sesmime.compose import reports
from sesmime.compose.reports import REPORT_TYPES, calendar_method, report_fields

FIXED: dict[str, Any] = {
    "sender": "zoe@example.com",
    "to": "jonas@example.net",
    "date": datetime(2026, 11, 28, tzinfo=UTC),
    "message_id": "<1@example.com>",
}
INVITATION = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Caf\u00e9\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)
DSN = b"""Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; a@b.example
Action: failed
Status: 5.1.1
"""
MDN = b"Final-Recipient: rfc822; a@b.example\nDisposition: manual-action/MDN-sent-manually; displayed\n"
ARF = b"Feedback-Type: abuse\nUser-Agent: sesmime/1\nVersion: 1\n"
CONTENTS = {
    "message/delivery-status": DSN,
    "message/disposition-notification": MDN,
    "message/feedback-report": ARF,
}


def read(message: bytes) -> EmailMessage:
    """Return the message as the standard library reads it."""
    return email.message_from_bytes(message, policy=email.policy.SMTP)


def errors(message: bytes) -> list[str]:
    """Return the codes of the findings that are an ERROR."""
    return [finding.code for finding in lint(message) if finding.severity is Severity.ERROR]


def test_docstrings() -> None:
    assert doctest.testmod(reports).failed == 0


class TestCalendar:
    """RFC 6047 section 2.4: "The "method" parameter MUST be present" and is that of the object."""

    def test_it_is_the_last_alternative_with_its_method_and_reads_back(self) -> None:
        message = build(**FIXED, text="Please come", html="<p>Please come</p>", calendar=INVITATION)
        root = parse(message)
        assert root.content_type == "multipart/alternative"
        assert [part.content_type for part in root.parts] == ["text/plain", "text/html", "text/calendar"]
        assert (root.parts[-1].parameters["method"], root.parts[-1].charset) == ("REQUEST", "utf-8")
        assert root.parts[-1].text() == INVITATION
        last = list(read(message).iter_parts())[-1]
        assert last.get_param("method") == "REQUEST"
        assert last.get_content().replace("\r\n", "\n") == INVITATION.replace("\r\n", "\n")
        assert errors(message) == []

    def test_alone_it_is_the_message(self) -> None:
        assert parse(build(**FIXED, calendar=INVITATION)).content_type == "text/calendar"

    def test_with_files_it_stays_among_the_alternatives(self) -> None:
        message = build(**FIXED, text="x", calendar=INVITATION, attachments=[Attachment(b"1", "a.pdf")])
        assert [entity.content_type for entity in parse(message).walk()] == [
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "text/calendar",
            "application/pdf",
        ]

    def test_a_large_one_has_the_same_parameters(self) -> None:
        large = INVITATION.replace("Caf\u00e9", "Caf\u00e9 " * 20_000)
        part = parse(build(**FIXED, calendar=large))
        assert (part.parameters["method"], part.text()) == ("REQUEST", large)

    @pytest.mark.parametrize(
        ("calendar", "reason"),
        [
            ("", "no iCalendar object"),
            ("METHOD:REQUEST", "no iCalendar object"),
            (INVITATION.replace("METHOD:REQUEST\r\n", ""), "no METHOD"),
            (INVITATION.replace("METHOD:REQUEST", "METHOD:REQUEST\r\nMETHOD:CANCEL"), "more than one"),
            (INVITATION.replace("METHOD:REQUEST", "METHOD:A; b=c"), "no METHOD"),
            (INVITATION.replace("METHOD:REQUEST\r\n", "").replace("SUMMARY", "METHOD"), "no METHOD"),
        ],
    )
    def test_what_is_no_invitation_is_refused(self, calendar: str, reason: str) -> None:
        with pytest.raises(InvalidField, match=reason):
            build(**FIXED, calendar=calendar)
        with pytest.raises(TypeError, match="a calendar is a str, not bytes"):
            build(**FIXED, calendar=INVITATION.encode())  # type: ignore[arg-type]

    def test_a_folded_method_is_read_unfolded(self) -> None:
        assert calendar_method("BEGIN:VCALENDAR\r\nMETH\r\n OD:can\r\n\tcel\r\nEND:VCALENDAR") == "CANCEL"


class TestReports:
    """RFC 6522 section 3: multipart/report has two or three parts, and names its type."""

    @pytest.mark.parametrize("kind", CONTENTS)
    def test_a_report_has_its_parts_in_order_and_reads_back(self, kind: str) -> None:
        original = b"From: jonas@example.net\r\nTo: zoe@example.com\r\nSubject: Hi\r\n\r\nHello\r\n"
        message = build(
            **FIXED,
            text="It was not delivered.",
            report=Attachment(CONTENTS[kind], content_type=kind),
            attachments=[Attachment(original, content_type="message/rfc822")],
        )
        root = parse(message)
        assert root.content_type == "multipart/report"
        assert root.parameters["report-type"] == REPORT_TYPES[kind].report_type
        assert [part.content_type for part in root.parts] == ["text/plain", kind, "message/rfc822"]
        assert bytes(root.parts[1].body) == CONTENTS[kind].replace(b"\n", b"\r\n")
        assert bytes(root.parts[2].body) == original
        theirs = list(read(message).iter_parts())[1]
        groups: Any = theirs.get_payload()
        fields = [group.items() for group in groups]
        assert [name for group in fields for name, _ in group] == [
            line.partition(b":")[0].decode() for line in CONTENTS[kind].splitlines() if line
        ]
        assert errors(message) == []

    def test_the_original_may_be_its_header_section(self) -> None:
        head = Attachment(b"Subject: Hi\nTo: a@b.example", content_type="text/rfc822-headers")
        message = build(**FIXED, report=Attachment(ARF, content_type="message/feedback-report"), attachments=[head])
        assert bytes(parse(message).parts[2].body) == b"Subject: Hi\r\nTo: a@b.example\r\n"

    def test_two_files_beside_it_are_refused(self) -> None:
        report = Attachment(ARF, content_type="message/feedback-report")
        for attachments in ([Attachment(b"1", "a.pdf")], [Attachment(b"A: b", content_type="message/rfc822")] * 2):
            with pytest.raises(InvalidField, match="at most one attachment"):
                build(**FIXED, report=report, attachments=attachments)
        with pytest.raises(InvalidField, match="its type is one of message/delivery-status"):
            build(**FIXED, report=Attachment(ARF, content_type="text/plain"))
        with pytest.raises(TypeError, match="a report is an Attachment, not bytes"):
            build(**FIXED, report=ARF)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("kind", "octets", "reason"),
        [
            ("message/delivery-status", b"Reporting-MTA: dns; a", "no group of fields for a recipient"),
            ("message/delivery-status", DSN.replace(b"Action: failed\n", b""), "its group 2 lacks Action"),
            ("message/delivery-status", DSN.replace(b"Reporting-MTA", b"X-A"), "its group 1 lacks Reporting-MTA"),
            ("message/feedback-report", b"", "not made of fields"),
            ("message/feedback-report", ARF + b"no field\n", "not made of fields"),
            ("message/feedback-report", ARF + b"A: \xff\n", "not an ASCII field"),
            ("message/feedback-report", ARF + b"A: \0\n", "not an ASCII field"),
            ("message/feedback-report", ARF + b"A: " + b"x" * 1000, "more than 998 octets"),
            ("message/feedback-report", ARF + b"\nA: b\n", "one group of fields"),
            ("message/disposition-notification", b"Final-Recipient: rfc822; a", "its group 1 lacks Disposition"),
            ("text/rfc822-headers", b"A: b\n\nC: d", "one header section"),
        ],
    )
    def test_what_is_no_report_is_refused(self, kind: str, octets: bytes, reason: str) -> None:
        with pytest.raises(InvalidField, match=reason):
            report_fields(kind, octets)

    @given(st.sampled_from(sorted(CONTENTS)), st.binary(max_size=60))
    def test_what_is_written_is_ascii_lines_of_fields(self, kind: str, more: bytes) -> None:
        try:
            written = report_fields(kind, CONTENTS[kind] + more)
        except InvalidField:
            return
        assert written.isascii()
        assert written.count(b"\r") == written.count(b"\n") == written.count(b"\r\n")
        assert report_fields(kind, written) == written


class TestFileNames:
    def test_a_long_name_in_ascii_stays_whole(self) -> None:
        name = "quarterly report of the department, " * 8 + "final.pdf"
        message = build(**FIXED, attachments=[Attachment(b"1", name)])
        assert f' filename="{name}"\r\n'.encode() in message
        assert read(message).get_filename() is None
        (part,) = read(message).iter_attachments()
        assert part.get_filename() == parse(message).parts[-1].filename == name

    def test_the_second_form_is_written_where_asked_for_only(self) -> None:
        name = "gr\u00f6\u00dfe und noch viel mehr, denn der Name ist wirklich lang.pdf"
        plain = build(**FIXED, attachments=[Attachment(b"1", name)])
        both = build(**FIXED, attachments=[Attachment(b"1", name, encoded_name=True)])
        assert b"=?utf-8?B?" not in plain
        assert b'name="=?utf-8?B?' in both
        for message in (plain, both):
            (part,) = read(message).iter_attachments()
            assert part.get_filename() == parse(message).parts[-1].filename == name
        (part,) = read(both).iter_attachments()
        assert part["Content-Type"].params["name"] == name
        assert errors(both) == []

    def test_a_name_in_ascii_has_no_second_form(self) -> None:
        made = [build(**FIXED, attachments=[Attachment(b"1", "a.pdf", encoded_name=form)]) for form in (False, True)]
        assert made[0] == made[1]
