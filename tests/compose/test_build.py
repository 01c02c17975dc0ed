"""`build` and `readdress`: what is written, octet for octet where it matters, and what is refused."""

from __future__ import annotations

import base64
import doctest
import email
import email.policy
import io
import json
import mmap
import os
import pickle
import re
import sys
import time
import tracemalloc
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import pytest

from sesmime import (
    Entity,
    InvalidAddress,
    InvalidField,
    InvalidMessageTag,
    InvalidSetting,
    LimitExceeded,
    ListManagement,
    Mailbox,
    MessageTag,
    SesFields,
    SesMimeError,
    decode_words,
    parse,
    parse_addresses,
    parse_parameters,
    read_ses_fields,
)
from sesmime.compose.build import build, readdress
from sesmime.compose.parts import Attachment
from sesmime.mime.idna import domain_by_idna_2008
from tests.conftest import shared

DATE = datetime(2026, 11, 21, 8, 30, tzinfo=timezone(timedelta(hours=1)))
FIXED: dict[str, Any] = {"sender": "a@example.com", "date": DATE, "message_id": "<1@example.com>"}
OCTETS = bytes(range(256)) * 400  # 102,400, which is more than a block of base64


def built(**arguments: Any) -> Entity:
    return parse(build(**(FIXED | arguments)))


def body_of(message: Entity, name: str) -> str:
    field = message.header_section.first(name)
    assert field is not None
    return field.body


def outline(entity: Entity) -> Any:
    """Return the types of a tree."""
    kind = entity.content_type
    return (kind, [outline(part) for part in entity.parts]) if entity.is_multipart else kind


def attached(content: Any, **arguments: Any) -> Entity:
    """Return the part of one attachment, as it is read back."""
    (part,) = built(attachments=[Attachment(content, **arguments)]).parts
    return part


def test_doctests() -> None:
    for name in ("sesmime.compose.build", "sesmime.compose.parts"):
        results = doctest.testmod(import_module(name))
        assert results.attempted > 0
        assert results.failed == 0


def test_a_message_is_written_octet_for_octet_on_every_python() -> None:
    message = build(
        **FIXED | {"sender": "Zoë <zoe@example.com>"},
        to=["joe@b.example", Mailbox("Ng, A.", "ng@c.example")],
        cc="eve@d.example",
        reply_to="answers@example.com",
        subject="Your visit to Zürich",
        text="Hello",
        fields=[("List-Unsubscribe", "<https://example.com/u>"), ("X-Note", "näh")],
        ses=SesFields(message_tags=(MessageTag("campaign", "spring"),), tenant="acme"),
    )
    assert message == (
        b"From: =?utf-8?q?Zo=C3=AB?= <zoe@example.com>\r\n"
        b'To: joe@b.example, "Ng, A." <ng@c.example>\r\n'
        b"Cc: eve@d.example\r\n"
        b"Reply-To: answers@example.com\r\n"
        b"Subject: Your visit to =?utf-8?q?Z=C3=BCrich?=\r\n"
        b"Date: Sat, 21 Nov 2026 08:30:00 +0100\r\n"
        b"Message-ID: <1@example.com>\r\n"
        b"List-Unsubscribe: <https://example.com/u>\r\n"
        b"X-Note: =?utf-8?q?n=C3=A4h?=\r\n"
        b"X-SES-MESSAGE-TAGS: campaign=spring\r\n"
        b"X-SES-TENANT: acme\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"\r\n"
        b"Hello\r\n"
    )


def test_parts_are_written_octet_for_octet_but_for_the_boundaries() -> None:
    message = build(
        **FIXED,
        text="Hi",
        html='<img src="cid:logo">',
        attachments=[
            Attachment(b"GIF", "logo.gif", content_id="logo", disposition="inline"),
            Attachment(b"a;b", "Größe.csv"),
        ],
    )
    stem = re.search(rb"=_[0-9a-f]{24}", message)
    assert stem is not None
    _, _, rest = message.replace(stem[0], b"B").partition(b"MIME-Version: 1.0\r\n")
    assert rest == (
        b'Content-Type: multipart/mixed; boundary="B_1"\r\n'
        b"\r\n"
        b"--B_1\r\n"
        b'Content-Type: multipart/alternative; boundary="B_2"\r\n'
        b"\r\n"
        b"--B_2\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"\r\n"
        b"Hi\r\n"
        b"\r\n"
        b"--B_2\r\n"
        b'Content-Type: multipart/related; type="text/html";\r\n'
        b' boundary="B_3"\r\n'
        b"\r\n"
        b"--B_3\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"\r\n"
        b'<img src="cid:logo">\r\n'
        b"\r\n"
        b"--B_3\r\n"
        b"Content-Type: image/gif; name=logo.gif\r\n"
        b"Content-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: inline; filename=logo.gif\r\n"
        b"Content-ID: <logo>\r\n"
        b"\r\n"
        b"R0lG\r\n"
        b"\r\n"
        b"--B_3--\r\n"
        b"\r\n"
        b"--B_2--\r\n"
        b"\r\n"
        b"--B_1\r\n"
        b"Content-Type: text/csv\r\n"
        b"Content-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe.csv\r\n"
        b"\r\n"
        b"YTti\r\n"
        b"\r\n"
        b"--B_1--\r\n"
    )


class TestFields:
    def test_empty_lists_and_an_empty_subject_have_no_field(self) -> None:
        names = [field.name for field in built().header_section]
        assert names == ["From", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]

    def test_a_subject_that_looks_like_an_encoded_word_reads_as_these_letters(self) -> None:
        subject = "=?utf-8?q?x=0ABcc=3A_v=40example.net?="
        message = build(**FIXED, subject=subject)
        body = body_of(parse(message), "Subject")
        assert body == f"=?utf-8?b?{base64.b64encode(subject.encode()).decode()}?="
        assert decode_words(body) == subject
        assert email.message_from_bytes(message, policy=email.policy.default)["Subject"] == subject

    def test_bodies_of_unstructured_fields_are_text_and_those_of_structured_ones_stand(self) -> None:
        word = "=?utf-8?q?x?="
        message = built(fields=[("X-Note", word), ("List-Id", f"{word} <list.example.com>")])
        assert decode_words(body_of(message, "X-Note")) == word
        assert body_of(message, "List-Id") == f"{word} <list.example.com>"

    def test_fields_may_be_a_mapping_and_own_fields_may_stand_again(self) -> None:
        assert body_of(built(fields={"X-A": "1"}), "X-A") == "1"
        message = built(fields=[("X-A", "1"), ("x-a", "2"), ("Received", "r"), ("Received", "s")])
        assert [field.body for field in message.header_section.all("X-A")] == ["1", "2"]
        assert [field.body for field in message.header_section.all("Received")] == ["r", "s"]

    @pytest.mark.parametrize(
        "name",
        [
            *("From", "to", "CC", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Bcc", "Return-Path"),
            *("Content-Type", "content-id", "Content-Anything", "Resent-To", "Resent-Date", "X-SES-TENANT", "x-ses-a"),
        ],
    )
    def test_what_has_an_argument_or_no_place_is_refused_in_fields(self, name: str) -> None:
        with pytest.raises(InvalidField) as raised:
            build(**FIXED, fields=[(name, "x@example.com")])
        assert raised.value.name == name

    def test_a_field_is_given_once(self) -> None:
        with pytest.raises(InvalidField, match="'list-help' cannot be written: it is given twice"):
            build(**FIXED, fields=[("List-Help", "<https://a.example>"), ("list-help", "<https://b.example>")])

    def test_address_fields_among_the_others_are_address_fields(self) -> None:
        message = built(fields=[("Sender", "Zoë <z@example.com>"), ("Errors-To", "a@b.example,  c@d.example")])
        assert body_of(message, "Sender") == "=?utf-8?q?Zo=C3=AB?= <z@example.com>"
        assert body_of(message, "Errors-To") == "a@b.example, c@d.example"
        for body in ("", "nobody", "a@b.example, c@d.example", "g: a@b.example;"):
            with pytest.raises(InvalidAddress):
                build(**FIXED, fields=[("Sender", body)])

    def test_the_date_is_now_in_utc_unless_it_is_given(self) -> None:
        before = datetime.now(UTC).replace(microsecond=0)
        message = email.message_from_bytes(build(sender="a@b.example"), policy=email.policy.default)
        assert before <= message["Date"].datetime <= datetime.now(UTC)
        assert message["Date"].datetime.utcoffset() == timedelta(0)

    @pytest.mark.parametrize(
        "date",
        [
            datetime(2026, 11, 21),
            datetime(2026, 11, 21, tzinfo=timezone(timedelta(hours=1, seconds=1))),
            datetime(1, 1, 1, tzinfo=UTC),
        ],
    )
    def test_a_date_without_a_zone_or_that_mail_cannot_bear_is_refused(self, date: datetime) -> None:
        with pytest.raises(InvalidField, match="'Date'"):
            build(sender="a@b.example", date=date)

    def test_a_message_id_is_made_on_the_domain_of_the_sender_and_tells_nothing_else(self) -> None:
        made = {body_of(parse(build(sender="Zoë <a@b.example>")), "Message-ID") for _ in range(3)}
        assert len(made) == 3
        assert all(re.fullmatch("<[0-9a-f]{32}@b.example>", text) for text in made)
        assert build(sender="a@[192.0.2.1]").find(b"@[192.0.2.1]>\r\n") > 0

    @pytest.mark.parametrize(
        "message_id",
        ["", "1@b", "<1@b", "<1>", "<a b@c>", "<a@b@c>", "<a@b>\r\nBcc: x@y", "<a@b>\n", "<é@b>", "<=?utf-8?q?x?=@b>"],
    )
    def test_a_message_id_that_is_none_is_refused(self, message_id: str) -> None:
        with pytest.raises(InvalidField, match="'Message-ID'"):
            build(sender="a@b.example", message_id=message_id)

    def test_ses_fields_are_written_and_checked_by_their_codec(self) -> None:
        fields = SesFields(configuration_set="shop", list_management=ListManagement("Weekly", "Offers"))
        assert read_ses_fields(build(**FIXED, ses=fields)) == fields
        with pytest.raises(InvalidSetting):
            build(**FIXED, ses=SesFields(configuration_set="a\r\nBcc: v@example.net"))
        with pytest.raises(InvalidMessageTag):
            build(**FIXED, ses=SesFields(message_tags=(MessageTag("ses:source-ip", "1"),)))

    @pytest.mark.parametrize("control", ["\r\n", "\r", "\n", "\0", "\x7f", "\x1b"])
    def test_a_control_is_refused_wherever_it_is_asked_for(self, control: str) -> None:
        text = f"a{control}Bcc: v@example.net"
        attachments: list[dict[str, Any]] = [
            {"filename": text},
            {"filename": "a.pdf", "content_type": f"application/pdf{control}"},
            {"content_type": f"text/plain; charset=utf-8; x={control}"},
            {"content_id": text},
            {"disposition": f"inline{control}"},
        ]
        arguments: list[dict[str, Any]] = [
            {"subject": text},
            {"sender": Mailbox(text, "a@b.example")},
            {"to": f"{text} <a@b.example>"},
            {"cc": Mailbox("", f'"{text}"@b.example')},
            {"reply_to": f"a@b.example{control}"},
            {"fields": [("X-A", text)]},
            {"fields": [(f"X-A{control}", "x")]},
            {"fields": [(text, "x")]},
            {"message_id": f"<a@b{control}>"},
            {"ses": SesFields(tenant=text)},
            *({"attachments": [Attachment(b"x", **given)]} for given in attachments),
        ]
        for given in arguments:
            with pytest.raises(SesMimeError):
                build(**(FIXED | given))

    def test_a_lone_surrogate_is_refused_wherever_it_stands(self) -> None:
        arguments: list[dict[str, Any]] = [
            *({name: "\udce9"} for name in ("subject", "text", "html", "message_id")),
            *({name: Mailbox("\ud800", "a@b.example")} for name in ("sender", "to")),
            {"text": "\udce9" * 70_000},
            {"fields": [("X-A", "\udce9")]},
            {"attachments": [Attachment(b"x", "\udce9.pdf")]},
        ]
        for given in arguments:
            with pytest.raises(SesMimeError):
                build(**(FIXED | given))

    @pytest.mark.parametrize(
        "arguments",
        [
            {"sender": None},
            {"sender": b"a@b.example"},
            {"to": None},
            {"to": {"a@b.example": 1}},
            {"to": [1]},
            {"subject": None},
            {"text": b"x"},
            {"html": 1},
            {"date": "now"},
            {"message_id": 1},
            {"ses": {}},
            {"fields": ["ab"]},
            {"fields": [("X-A", 1)]},
            {"attachments": [b"x"]},
            {"attachments": [Attachment(cast(Any, "a.pdf"))]},
            {"attachments": [Attachment(cast(Any, 1))]},
            {"attachments": [Attachment(cast(Any, ["a"]))]},
            {"attachments": [Attachment(cast(Any, io.StringIO("a")))]},
            {"attachments": [Attachment(b"x", content_id=cast(Any, 1))]},
            {"attachments": [Attachment(b"x", filename=cast(Any, b"a"))]},
            {"boundary": "b"},
            {"bcc": "a@b.example"},
        ],
    )
    def test_arguments_of_another_type_are_type_errors(self, arguments: dict[str, Any]) -> None:
        with pytest.raises(TypeError):
            build(**(FIXED | arguments))


class TestAddresses:
    # The domains are those of RFC 5891's registrations and of IDNA 2008's known examples.
    @pytest.mark.parametrize(
        ("domain", "written"),
        [
            ("bücher.example", "xn--bcher-kva.example"),
            ("www.BÜCHER.Example", "www.xn--bcher-kva.Example"),
            ("straße.example", "xn--strae-oqa.example"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ],
    )
    def test_a_domain_beyond_ascii_is_written_in_punycode(self, domain: str, written: str) -> None:
        pytest.importorskip("idna")
        for given in (f"a@{domain}", Mailbox("", f"a@{domain}")):
            assert body_of(built(to=given), "To") == f"a@{written}"
        assert body_of(built(to=f"Zoë <a@{domain}>"), "To") == f"=?utf-8?q?Zo=C3=AB?= <a@{written}>"
        assert body_of(built(fields=[("Sender", f"a@{domain}")]), "Sender") == f"a@{written}"
        assert body_of(parse(build(sender=f"a@{domain}")), "Message-ID").endswith(f"@{written}>")

    @pytest.mark.parametrize(
        "domain",
        [
            "exa\uff0emple.com",  # a full-width dot, which some readers take for one
            "\uff45xample.com",  # a full-width letter
            "\u212aample.com",  # the Kelvin sign, whose small letter is k
            "a\u3002b.example",
            "\u2603.example",
            "a\u200bé.example",
            "é" * 64 + ".example",
            "-é.example",
            "é..example",
            "xn--é.example",
            "é_é.example",
        ],
    )
    def test_a_domain_that_could_be_taken_for_another_one_is_refused(self, domain: str) -> None:
        pytest.importorskip("idna")
        with pytest.raises(InvalidAddress):
            build(**FIXED, to=Mailbox("", f"a@{domain}"))

    def test_without_the_extra_plain_letters_are_written_and_others_name_the_extra(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "idna", None)
        assert body_of(built(to="a@BÜCHER.example"), "To") == "a@xn--bcher-kva.example"
        for domain in ("straße.example", "βόλος.example", "a\u200dé.example", "-é.example", "\u2603.example"):
            with pytest.raises(ImportError, match=re.escape("pip install 'sesmime[idna]'")):
                build(**FIXED, to=Mailbox("", f"a@{domain}"))

    def test_without_the_extra_every_letter_is_written_as_with_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        idna = pytest.importorskip("idna")
        monkeypatch.setitem(sys.modules, "idna", None)
        count = 0
        for ordinal in range(0x80, 0x10000):
            label = unicodedata.normalize("NFC", chr(ordinal).lower())
            try:
                written = domain_by_idna_2008(chr(ordinal))
            except (ImportError, ValueError):
                continue
            assert written == idna.alabel(label).decode()
            count += 1
        assert count > 32_000  # the 20,902 ideographs and 11,172 syllables of Hangul at least

    def test_a_local_part_beyond_ascii_is_taken_in_no_form(self) -> None:
        with pytest.raises(InvalidAddress, match="SES takes 7-bit local parts alone"):
            build(**FIXED, to="jörg@example.com")
        with pytest.raises(InvalidAddress, match="SES takes 7-bit local parts alone"):
            build(**FIXED, to="jörg@bücher.example")

    def test_a_str_is_one_mailbox(self) -> None:
        for text in ("a@b.example, c@d.example", "", "a@b.example (c", "team: a@b.example;", "a@b.example\x00"):
            with pytest.raises(InvalidAddress):
                build(**FIXED, to=text)

    def test_the_sender_is_one_mailbox(self) -> None:
        assert body_of(parse(build(sender=["a@b.example"])), "From") == "a@b.example"
        for sender in ((), ("a@b.example", "c@d.example")):
            with pytest.raises(InvalidAddress, match="exactly one mailbox"):
                build(sender=sender)

    @pytest.mark.parametrize("address", ['"x@"@b.example', '"a:b"@b.example', '"a>b"@b.example', "a@b.123", "a@767"])
    def test_what_ses_was_seen_to_refuse_is_refused(self, address: str) -> None:
        with pytest.raises(InvalidAddress, match="SES takes no"):
            build(**FIXED, to=address)

    def test_a_quoted_local_part_is_what_the_strict_grammar_takes_too(self) -> None:
        assert body_of(built(to='"a b"@b.example'), "To") == '"a b"@b.example'
        # Of two backslashes the second shields the quote, for that grammar.
        with pytest.raises(InvalidAddress, match="reads its quotes otherwise"):
            build(**FIXED, to=r'"a\\"@b.example')

    def test_what_looks_like_a_list_separator_stays_in_the_display_name(self) -> None:
        names = ["büücüaéabüüüéüüécéaaéé", "bab, éb <x@y>", 'a" <v@example.net>, "b']
        message = built(to=[Mailbox(name, f"u{i}@example.com") for i, name in enumerate(names)])
        read = parse_addresses(body_of(message, "To"))
        assert [mailbox.display_name for mailbox in read] == names
        assert [mailbox.address for mailbox in read] == ["u0@example.com", "u1@example.com", "u2@example.com"]


class TestStructure:
    INLINE = Attachment(b"x", "a.gif", content_id="<a@b>", disposition="inline")
    OTHER = Attachment(b"x", "a.pdf")
    ALTERNATIVE = ("multipart/alternative", ["text/plain", "text/html"])
    RELATED = ("multipart/related", ["text/html", "image/gif"])

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ({}, "text/plain"),
            ({"text": "a"}, "text/plain"),
            ({"html": "a"}, "text/html"),
            ({"text": "a", "html": "b"}, ALTERNATIVE),
            ({"html": "a", "attachments": [INLINE]}, RELATED),
            ({"text": "a", "html": "b", "attachments": [INLINE]}, ("multipart/alternative", ["text/plain", RELATED])),
            ({"attachments": [OTHER]}, ("multipart/mixed", ["application/pdf"])),
            ({"text": "a", "attachments": [INLINE]}, ("multipart/mixed", ["text/plain", "image/gif"])),
            (
                {"text": "a", "html": "b", "attachments": [OTHER, INLINE, OTHER]},
                (
                    "multipart/mixed",
                    [("multipart/alternative", ["text/plain", RELATED]), "application/pdf", "application/pdf"],
                ),
            ),
        ],
    )
    def test_parts_are_nested_as_clients_read_them_best(self, arguments: dict[str, Any], expected: Any) -> None:
        message = built(**arguments)
        assert outline(message) == expected
        assert all(entity.defects == () for entity in message.walk())

    def test_a_related_multipart_names_the_type_of_its_root(self) -> None:
        message = built(html="a", attachments=[self.INLINE])
        assert message.parameters["type"] == "text/html"
        assert body_of(message.parts[1], "Content-ID") == "<a@b>"

    def test_more_parts_than_ses_takes_are_refused(self) -> None:
        assert len(built(attachments=[self.OTHER] * 500).parts) == 500
        # With the part that holds it an attached multipart of two parts counts four.
        raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n--b\r\n\r\n--b--\r\n"
        message = Attachment(raw, content_type="message/rfc822")
        assert len(built(attachments=[message, *[self.OTHER] * 496]).parts) == 497
        for attachments in ([self.OTHER] * 501, [message, *[self.OTHER] * 497]):
            with pytest.raises(LimitExceeded) as raised:
                build(**FIXED, attachments=attachments)
            assert (raised.value.limit, raised.value.maximum) == ("parts", 500)

    def test_a_content_id_is_given_once_and_is_one(self) -> None:
        with pytest.raises(InvalidField, match="'Content-ID' cannot be written: 'a@b' is given twice"):
            build(**FIXED, html="a", attachments=[self.INLINE, Attachment(b"", content_id="a@b")])
        for content_id in ("", "<a", "a>", "a b", "é", "a@b@c", "<>", "=?utf-8?q?x?=", "x" * 251):
            with pytest.raises(InvalidField, match="is no content id"):
                build(**FIXED, attachments=[Attachment(b"", content_id=content_id)])


class TestTexts:
    @pytest.mark.parametrize(
        ("text", "encoding", "read"),
        [
            ("", "7bit", "\r\n"),
            ("Hello", "7bit", "Hello\r\n"),
            ("a\nb\r\nc\rd\n", "7bit", "a\r\nb\r\nc\r\nd\r\n"),
            ("x" * 78, "7bit", "x" * 78 + "\r\n"),
            ("x" * 79, "quoted-printable", "x" * 79 + "\r\n"),
            ("x" * 1_500, "quoted-printable", "x" * 1_500 + "\r\n"),
            ("Der Zug fährt gleich ab", "quoted-printable", "Der Zug fährt gleich ab\r\n"),
            ("Привет", "base64", "Привет\r\n"),
            ("a\0b and more than enough", "quoted-printable", "a\0b and more than enough\r\n"),
            ("\n\n--\n", "7bit", "\r\n\r\n--\r\n"),
        ],
    )
    def test_the_encoding_is_the_one_that_the_text_needs(self, text: str, encoding: str, read: str) -> None:
        for name in ("text", "html"):
            message = built(**{name: text})
            assert message.content_transfer_encoding == encoding
            assert message.text(strict=True) == read
            assert message.charset == "utf-8"

    # Of a text of more than 64 KiB.
    @pytest.mark.parametrize(
        ("line", "encoding"),
        [
            ("Hello, hello.", "7bit"),
            ("-- signature --", "quoted-printable"),
            ("-- ", "7bit"),
            ("x" * 90, "quoted-printable"),
            ("Der Zug fährt gleich ab", "quoted-printable"),
            ("Привет", "base64"),
            ("a\0b and more than enough", "quoted-printable"),
        ],
    )
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_a_large_text_is_encoded_as_a_small_one_is(self, line: str, encoding: str, end: str) -> None:
        count = 80_000 // len(line)
        text = end.join([line] * count)
        message = built(text=text, html="<p>")
        small = built(text=line + end + line, html="<p>")
        part = message.parts[0]
        assert part.content_transfer_encoding == small.parts[0].content_transfer_encoding == encoding
        assert [f.name for f in part.header_section] == [f.name for f in small.parts[0].header_section]
        assert part.text(strict=True) == f"{line}\r\n" * count
        assert max(map(len, bytes(message.source).split(b"\r\n"))) <= 78

    def test_a_line_cannot_begin_as_a_delimiter_does(self) -> None:
        text = "--BOUND\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n--BOUND--\r\n"
        message = built(text=text, html="<p>hi</p>")
        assert outline(message) == ("multipart/alternative", ["text/plain", "text/html"])
        assert message.parts[0].text() == text


class Trickle(io.RawIOBase):
    """A stream that gives as little as it likes."""

    def __init__(self, octets: bytes) -> None:
        self.rest = octets
        self.sizes = iter([1, 56, 57, 58, 10_000, 1, 58_310, 58_368] * 10)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self.rest[: min(next(self.sizes), size)]
        self.rest = self.rest[len(piece) :]
        return piece


def in_pieces(octets: bytes) -> Iterator[bytes]:
    """Return octets in pieces of all sizes, empty ones among them."""
    start = 0
    for size in [0, 1, 3, 58_364, 0, 2, 5, 30_000, len(octets)]:
        yield octets[start : start + size]
        start += size


class TestContents:
    # Round a line of 57 octets, and round a block of 1,024 of them.
    @pytest.mark.parametrize("size", [0, 1, 2, 3, 56, 57, 58, 114, 58_367, 58_368, 58_369, 58_425, 116_736, 102_400])
    def test_base64_is_what_the_library_makes(self, size: int) -> None:
        octets = (OCTETS + OCTETS)[:size]
        part = attached(octets)
        assert bytes(part.body) == base64.encodebytes(octets).replace(b"\n", b"\r\n")
        assert part.content_transfer_encoding == "base64"

    @pytest.mark.parametrize(
        "make",
        [
            bytes,
            bytearray,
            memoryview,
            lambda octets: memoryview(b"".join(bytes((octet, 0)) for octet in octets))[::2],
            io.BytesIO,
            Trickle,
            in_pieces,
            lambda octets: list(in_pieces(octets)),
            lambda octets: [memoryview(octets), bytearray()],
        ],
    )
    def test_a_content_comes_in_many_forms(self, make: Callable[[bytes], Any]) -> None:
        part = attached(make(OCTETS))
        assert bytes(part.body) == base64.encodebytes(OCTETS).replace(b"\n", b"\r\n")

    def test_a_content_is_a_file_by_its_path_open_or_mapped(self, tmp_path: Path) -> None:
        file = tmp_path / "Größe.png"
        file.write_bytes(OCTETS)
        part = attached(file)
        assert (part.content(), part.filename, part.content_type) == (OCTETS, "Größe.png", "image/png")
        assert attached(file, filename="b.pdf").filename == "b.pdf"
        with file.open("rb") as stream:
            part = attached(stream)
            assert (part.content(), part.filename) == (OCTETS, None)
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                assert attached(mapped).content() == OCTETS
        with pytest.raises(FileNotFoundError):
            build(**FIXED, attachments=[Attachment(tmp_path / "none.pdf")])

    def test_pybase64_changes_no_octet(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from sesmime.mime import encoding

        pytest.importorskip("pybase64")
        encoding._base64_encoder.cache_clear()
        with_it = build(**FIXED, attachments=[Attachment(OCTETS)])
        monkeypatch.setitem(sys.modules, "pybase64", None)
        encoding._base64_encoder.cache_clear()
        without = build(**FIXED, attachments=[Attachment(OCTETS)])
        encoding._base64_encoder.cache_clear()
        assert with_it == without

    def test_a_message_is_built_in_the_memory_of_one(self) -> None:
        octets = os.urandom(6_000_000)
        build(**FIXED, attachments=[Attachment(octets)])
        tracemalloc.start()
        message = build(**FIXED, attachments=[Attachment(octets)])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1.3 * len(message)

    def test_what_is_wrong_is_found_before_anything_is_read(self) -> None:
        stream = io.BytesIO(b"abc")
        with pytest.raises(InvalidField):
            build(**FIXED, attachments=[Attachment(stream), Attachment(b"", "a\nb")])
        assert stream.read() == b"abc"


class TestAttachments:
    @pytest.mark.parametrize(
        ("filename", "written", "named"),
        [
            ("report.pdf", "attachment; filename=report.pdf", "application/pdf; name=report.pdf"),
            ("my report.PDF", 'attachment; filename="my report.PDF"', 'application/pdf; name="my report.PDF"'),
            ("a/b:c*?.pdf", 'attachment; filename="a/b:c*?.pdf"', "application/pdf"),
            ('a"b\\c.pdf', r'attachment; filename="a\"b\\c.pdf"', "application/pdf"),
            ("é.pdf", "attachment; filename*=utf-8''%C3%A9.pdf", "application/pdf"),
            ("=?utf-8?q?x?=.pdf", "attachment; filename*=utf-8''%3D%3Futf-8%3Fq%3Fx%3F%3D.pdf", "application/pdf"),
            ("\u202efdp.exe", "attachment; filename*=utf-8''%E2%80%AEfdp.exe", "application/octet-stream"),
            ("noname", "attachment; filename=noname", "application/octet-stream; name=noname"),
            (".pdf", "attachment; filename=.pdf", "application/pdf; name=.pdf"),
        ],
    )
    def test_a_file_name_is_written_so_that_every_client_reads_it(
        self, filename: str, written: str, named: str
    ) -> None:
        part = attached(b"x", filename=filename)
        assert body_of(part, "Content-Disposition") == written
        assert body_of(part, "Content-Type") == named
        assert parse_parameters(body_of(part, "Content-Disposition"))[1]["filename"] == filename

    def test_a_long_file_name_is_written_in_pieces_and_read_back(self) -> None:
        filename = "日本語" * 60 + ".pdf"
        message = build(**FIXED, attachments=[Attachment(b"x", filename)])
        assert parse(message).parts[0].filename == filename
        (part,) = email.message_from_bytes(message, policy=email.policy.default).iter_attachments()
        assert part.get_filename() == filename
        assert max(map(len, message.split(b"\r\n"))) <= 78

    @pytest.mark.parametrize("filename", ["", "a\tb", "a\0", "a\x1b[31m", "x" * 1_000_000])
    def test_a_file_name_that_cannot_be_written_is_refused(self, filename: str) -> None:
        with pytest.raises(InvalidField, match="'filename'"):
            build(**FIXED, attachments=[Attachment(b"x", filename)])

    def test_a_type_is_written_with_its_parameters(self) -> None:
        part = attached(b"a,b", filename="a.csv", content_type='Text/CSV;charset="UTF-8"; header=present')
        assert body_of(part, "Content-Type") == "Text/CSV; charset=UTF-8; header=present; name=a.csv"
        part = attached(b"", content_type="image/png; name*=utf-8''%C3%A9.png")
        assert part.filename == "é.png"

    @pytest.mark.parametrize(
        "content_type",
        [
            *("", "text", "/", "text/", "a/b/c", "multipart/mixed", "MULTIPART/mixed; boundary=b", "message/partial"),
            *("message/external-body; access-type=URL", "message/global", "image/png; boundary=b", "image/é"),
            *("text/plain; charset=x-none", "text/plain; charset=unicode_escape", "text/plain; " + "A" * 130 + "=v"),
            *("text/plain; name=b.txt", "image/png; a=1; a=2", 'image/png; a="b'),
        ],
    )
    def test_a_type_that_cannot_be_attached_is_refused(self, content_type: str) -> None:
        with pytest.raises(InvalidField):
            build(**FIXED, attachments=[Attachment(b"x", "a.txt", content_type)])

    def test_a_disposition_is_attachment_or_inline(self) -> None:
        assert attached(b"", disposition="inline").disposition == "inline"
        for disposition in ("", "Inline", "inline; x=y", "form-data"):
            with pytest.raises(InvalidField, match="it is attachment or inline"):
                build(**FIXED, attachments=[Attachment(b"", disposition=disposition)])

    def test_an_attachment_is_a_value_whose_text_shows_no_content(self) -> None:
        attachment = Attachment(b"secret" * 100, "a\x1b.pdf", content_id="c", disposition="inline")
        assert repr(attachment) == r"Attachment(600 bytes, filename='a\x1b.pdf', content_id='c', disposition='inline')"
        assert repr(Attachment(io.BytesIO(b"secret"))) == "Attachment(BytesIO)"
        assert pickle.loads(pickle.dumps(attachment)) == attachment
        with pytest.raises(AttributeError):
            attachment.filename = "b"  # type: ignore[misc]


class TestAttachedMessages:
    RAW = b"From: q@r.example\r\nSubject: x\r\n\r\nHi\r\n"

    def test_an_attached_message_stands_as_it_is(self) -> None:
        part = attached(self.RAW, content_type="message/rfc822", filename="x.eml")
        assert bytes(part.body) == self.RAW
        assert part.content_transfer_encoding == "7bit"
        assert body_of(part.parts[0], "Subject") == "x"

    def test_entities_and_messages_of_the_library_are_attached(self) -> None:
        message = EmailMessage()
        message["Subject"] = "y"
        for content, subject in ((parse(self.RAW), "x"), (message, "y")):
            part = attached(content)
            assert part.content_type == "message/rfc822"
            assert body_of(part.parts[0], "Subject") == subject

    def test_its_lines_end_at_crlf(self) -> None:
        part = attached(self.RAW.replace(b"\r\n", b"\n"), content_type="message/rfc822")
        assert bytes(part.body) == self.RAW

    def test_what_is_not_7bit_in_it_is_encoded(self) -> None:
        raw = (
            b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + b"x" * 1_500 + b" caf\xc3\xa9\r\n"
        )
        message = built(attachments=[Attachment(raw, content_type="message/rfc822")])
        assert bytes(message.source).isascii()
        assert max(map(len, bytes(message.source).split(b"\r\n"))) <= 998
        assert message.parts[0].parts[0].text(strict=True) == "x" * 1_500 + " café\r\n"

    @pytest.mark.parametrize(
        "raw",
        [
            b"Subject: caf\xc3\xa9\r\n\r\n",
            b"Subject: " + b"x" * 1_000 + b"\r\n\r\n",
            b"Subject: a\0\r\n\r\n",
            b"Subject: a\rBcc: b@c.example\r\n\r\n",
            b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n\xe9\r\n--b--\r\n",
        ],
    )
    def test_what_cannot_be_made_7bit_is_refused(self, raw: bytes) -> None:
        with pytest.raises(InvalidField, match="'message/rfc822' cannot be written: it holds "):
            build(**FIXED, attachments=[Attachment(raw, content_type="message/rfc822")])


class TestBoundaries:
    def test_the_same_arguments_make_the_same_octets(self) -> None:
        arguments = FIXED | {"text": "a", "html": "b", "attachments": [Attachment(OCTETS, "a.pdf")]}
        assert build(**arguments) == build(**arguments)

    def test_none_begins_with_another_one(self) -> None:
        html = {"text": "a", "html": "b"}
        message = built(**html, attachments=[TestStructure.INLINE, TestStructure.OTHER])
        found = [entity.parameters["boundary"] for entity in message.walk() if entity.is_multipart]
        assert len(found) == 3
        assert not any(a.startswith(b) for a in found for b in found if a is not b)

    def test_a_boundary_that_stands_in_an_attached_message_is_not_taken(self) -> None:
        def make(inside: bytes) -> Entity:
            raw = b"Subject: x\r\n\r\n" + inside
            return built(attachments=[Attachment(raw, content_type="message/rfc822")])

        forged = b""
        seen: set[str] = set()
        for _ in range(4):
            message = make(forged)
            boundary = message.parameters["boundary"]
            assert boundary not in seen
            assert len(message.parts) == 1
            seen.add(boundary)
            forged += f"\r\n--{boundary}\r\nContent-Type: application/x-evil\r\n\r\n--{boundary}--\r\n".encode()

    def test_a_boundary_that_stands_in_a_text_is_not_taken(self) -> None:
        boundary = built(text="a", html="b").parameters["boundary"]
        # In the middle of a line nothing escapes it.
        message = built(text=f"a --{boundary}\n", html="b")
        assert message.parameters["boundary"] != boundary
        assert [part.text() for part in message.parts] == [f"a --{boundary}\r\n", "b\r\n"]


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


# The catalogue of attacks


def described(description: dict[str, Any]) -> bytes:
    """Build what an entry of the catalogue describes; what `build` has no argument for is given to it all the same."""
    arguments: dict[str, Any] = {"sender": "a@example.com"}
    names = {"from": "sender", "to": "to", "cc": "cc", "reply-to": "reply_to", "subject": "subject"}
    fields: list[tuple[str, str]] = []
    for name, value in description.pop("headers", ()):
        if not isinstance(value, str):
            value = [Mailbox(*pair) for pair in ([value] if isinstance(value[0], str) else value)]
        if name.lower() in names:
            arguments[names[name.lower()]] = value
        else:
            fields.append((name, value))
    attachments = []
    for given in description.pop("attachments", ()):
        parameters = "".join(f"; {name}={value}" for name, value in given.pop("params", {}).items())
        given["content_type"] += parameters
        attachments.append(Attachment(**given))
    settings: dict[str, Any] = {}
    if "tags" in description:
        settings["message_tags"] = tuple(MessageTag(*tag) for tag in description.pop("tags").items())
    if "configuration_set" in description:
        settings["configuration_set"] = description.pop("configuration_set")
    return build(**arguments, fields=fields, attachments=attachments, ses=SesFields(**settings), **description)


@pytest.mark.shared
def test_what_the_catalogue_builds_comes_out_as_its_oracles_say() -> None:
    seen: list[str] = []
    for entry in json.loads(shared("attacks", "index.json").read_text())["entries"]:
        if entry["surface"] != "build":
            continue
        seen.append(entry["name"])
        description = eval(entry["generator"], {"n": (entry["sizes"] or [0])[0]})
        names = [name for name, _ in description.get("headers", ())]
        values = dict(description.get("headers", ()))
        if "boundary" in description:
            with pytest.raises(TypeError):
                described(description.copy())
            del description["boundary"]
            assert len(parse(described(description)).parts) == 2
        elif entry["expected"] == "rejected":
            with pytest.raises(SesMimeError):
                described(description)
        elif entry["expected"] == "safe_output":
            raw = described(description)
            section = raw.partition(b"\r\n\r\n")[0]
            for line_end in (rb"\r\n", rb"\n", rb"\r\n|\r|\n"):
                lines = [line for line in re.split(line_end, section) if not line.startswith((b" ", b"\t"))]
                found = [line.partition(b":")[0].decode() for line in lines]
                assert found == [
                    *names,
                    *("Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
                ]
            read = email.message_from_bytes(raw, policy=email.policy.default)
            for name, value in values.items():
                if isinstance(value, str):
                    assert read[name] == value
                else:
                    assert [[a.display_name, a.addr_spec] for a in read[name].addresses] == value
        else:
            assert entry["expected"] == "linear_time"
            start = time.perf_counter()
            raw = described(eval(entry["generator"], {"n": entry["sizes"][-1]}))
            assert time.perf_counter() - start < 1  # what the oracle says, though it is no measurement
            assert decode_words(body_of(parse(raw), "Subject")) == "é" * entry["sizes"][-1]
    assert len(seen) >= 17
