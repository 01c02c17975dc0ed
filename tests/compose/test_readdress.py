"""`readdress`: one built message to many."""

from __future__ import annotations

import os
import re
import tracemalloc
from datetime import timedelta
from typing import Any

import pytest

from sesmime import (
    MessageTag,
    SesFields,
    SesMimeError,
    parse,
)
from sesmime.compose.build import build, readdress
from sesmime.compose.parts import Attachment
from tests.compose.built import DATE, FIXED, body_of


class TestReaddress:
    TEMPLATE = build(
        sender="News <news@example.com>",
        to="list@example.com",
        cc="all@example.com",
        subject="News",
        html="<p>Hello</p>",
        fields=[("List-Unsubscribe", "<https://example.com/u>"), ("X-Kept", "1")],
        ses=SesFields(configuration_set="shop"),
        date=DATE,
        message_id="<0@example.com>",
    )

    def test_a_message_is_given_to_another_recipient_octet_for_octet(self) -> None:
        head, rest = readdress(
            self.TEMPLATE,
            to="Zoë <zoe@b.example>",
            fields=[("List-Unsubscribe", "<https://example.com/u/7>"), ("X-Own", "é")],
            ses=SesFields(message_tags=(MessageTag("user", "7"),)),
            message_id="<7@example.com>",
        )
        assert head == (
            b"From: News <news@example.com>\r\n"
            b"To: =?utf-8?q?Zo=C3=AB?= <zoe@b.example>\r\n"
            b"Subject: News\r\n"
            b"Date: Sat, 21 Nov 2026 08:30:00 +0100\r\n"
            b"Message-ID: <7@example.com>\r\n"
            b"List-Unsubscribe: <https://example.com/u/7>\r\n"
            b"X-Kept: 1\r\n"
            b"MIME-Version: 1.0\r\n"
            b"Content-Type: text/html; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: 7bit\r\n"
            b"X-Own: =?utf-8?b?w6k=?=\r\n"
            b"X-SES-MESSAGE-TAGS: user=7\r\n"
        )
        assert bytes(rest) == b"\r\n<p>Hello</p>\r\n"

    def test_what_is_not_given_stays_but_recipients_and_the_message_id(self) -> None:
        template = b"Bcc: b@c.example\r\n" + self.TEMPLATE
        message = parse(b"".join(readdress(template, to="x@y.example")))
        before = parse(self.TEMPLATE).header_section
        for name in ("From", "Subject", "Date", "X-SES-CONFIGURATION-SET", "List-Unsubscribe", "Content-Type"):
            assert message.header_section.first(name).body == before.first(name).body  # type: ignore[union-attr]
        assert [f.name for f in message.header_section if f.name in ("To", "Cc", "Bcc")] == ["To"]
        assert re.fullmatch("<[0-9a-f]{32}@example.com>", body_of(message, "Message-ID"))

    def test_the_rest_is_replaced_where_it_is_given(self) -> None:
        date = DATE + timedelta(days=1)
        fields = [("Reply-To", "r@example.com"), ("X-Kept", "2"), ("X-Kept", "3")]
        message = parse(
            b"".join(
                readdress(self.TEMPLATE, to=["x@y.example"], cc="z@y.example", subject="é", date=date, fields=fields)
            )
        )
        assert body_of(message, "Cc") == "z@y.example"
        assert body_of(message, "Subject") == "=?utf-8?b?w6k=?="
        assert body_of(message, "Date") == "Sun, 22 Nov 2026 08:30:00 +0100"
        assert body_of(message, "Reply-To") == "r@example.com"
        assert [field.body for field in message.header_section.all("X-Kept")] == ["2", "3"]

    def test_the_body_is_not_copied_and_costs_nothing(self) -> None:
        template = build(**FIXED, attachments=[Attachment(os.urandom(3_000_000))])
        readdress(template, to="x@y.example")
        tracemalloc.start()
        pieces = readdress(template, to="x@y.example")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 100_000
        assert isinstance(pieces[1], memoryview)
        assert pieces[1].obj is template

    def test_lines_end_as_those_of_the_message_do(self) -> None:
        template = self.TEMPLATE.replace(b"\r\n", b"\n")
        message = b"".join(
            readdress(template, to="x@y.example", fields=[("X-Own", "a " * 60)], ses=SesFields(tenant="a"))
        )
        assert b"\r" not in message
        assert message.endswith(b"\n\n<p>Hello</p>\n")

    @pytest.mark.parametrize(
        "template", [b"", b"\r\nbody", b"From: a", b"From: a\r", b"From : b@c.example\r\n", b"To: a"]
    )
    def test_messages_of_others_get_their_fields_too(self, template: bytes) -> None:
        message = parse(b"".join(readdress(template, to="x@y.example", ses=SesFields(tenant="a"), fields={"X-A": "1"})))
        section = message.header_section
        assert {"to", "message-id", "x-a", "x-ses-tenant"} <= {field.name.lower() for field in section}
        assert section.defects == ()
        assert len(section.all("To")) == 1
        assert bytes(message.body) == (b"body" if template.endswith(b"body") else b"")

    def test_what_build_refuses_is_refused(self) -> None:
        arguments: list[dict[str, Any]] = [
            {"to": "a\nb@c.example"},
            {"to": "x@y.example", "fields": [("From", "a@b.example")]},
            {"to": "x@y.example", "fields": [("Content-Type", "a/b")]},
            {"to": "x@y.example", "fields": [("X-A\r\nBcc", "a@b.example")]},
            {"to": "x@y.example", "subject": "a\rb"},
            {"to": "x@y.example", "message_id": "<a@b>\r\n"},
            {"to": "x@y.example", "ses": SesFields(tenant="a\n")},
        ]
        for given in arguments:
            with pytest.raises(SesMimeError):
                readdress(self.TEMPLATE, **given)
        with pytest.raises(TypeError):
            readdress("text", to="x@y.example")  # type: ignore[arg-type]
