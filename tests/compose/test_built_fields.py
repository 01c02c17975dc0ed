"""The fields and addresses of a built message."""

from __future__ import annotations

import base64
import email
import email.policy
import io
import re
import sys
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import pytest

from sesmime import (
    InvalidAddress,
    InvalidField,
    InvalidMessageTag,
    InvalidSetting,
    ListManagement,
    Mailbox,
    MessageTag,
    SesFields,
    SesMimeError,
    decode_words,
    parse,
    parse_addresses,
    read_ses_fields,
)
from sesmime.compose.build import build
from sesmime.compose.parts import Attachment
from sesmime.mime.idna import domain_by_idna_2008
from tests.compose.built import FIXED, body_of, built


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
        with pytest.raises(InvalidField, match="'list-help' cannot be written: it is given more than once"):
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
        with pytest.raises(InvalidAddress, match="SES accepts only ASCII local parts"):
            build(**FIXED, to="jörg@example.com")
        with pytest.raises(InvalidAddress, match="SES accepts only ASCII local parts"):
            build(**FIXED, to="jörg@bücher.example")

    def test_a_str_is_one_mailbox(self) -> None:
        for text in ("a@b.example, c@d.example", "", "a@b.example (c", "team: a@b.example;", "a@b.example\x00"):
            with pytest.raises(InvalidAddress):
                build(**FIXED, to=text)

    def test_the_sender_is_one_mailbox(self) -> None:
        assert body_of(parse(build(sender=["a@b.example"])), "From") == "a@b.example"
        for sender in ((), ("a@b.example", "c@d.example")):
            with pytest.raises(InvalidAddress, match="exactly one sender"):
                build(sender=sender)

    @pytest.mark.parametrize("address", ['"x@"@b.example', '"a:b"@b.example', '"a>b"@b.example', "a@b.123", "a@767"])
    def test_what_ses_was_seen_to_refuse_is_refused(self, address: str) -> None:
        with pytest.raises(InvalidAddress, match="SES does not accept"):
            build(**FIXED, to=address)

    def test_a_quoted_local_part_is_what_the_strict_grammar_takes_too(self) -> None:
        assert body_of(built(to='"a b"@b.example'), "To") == '"a b"@b.example'
        # Of two backslashes the second shields the quote, for that grammar.
        with pytest.raises(InvalidAddress, match="reads its quotes differently"):
            build(**FIXED, to=r'"a\\"@b.example')

    def test_what_looks_like_a_list_separator_stays_in_the_display_name(self) -> None:
        names = ["büücüaéabüüüéüüécéaaéé", "bab, éb <x@y>", 'a" <v@example.net>, "b']
        message = built(to=[Mailbox(name, f"u{i}@example.com") for i, name in enumerate(names)])
        read = parse_addresses(body_of(message, "To"))
        assert [mailbox.display_name for mailbox in read] == names
        assert [mailbox.address for mailbox in read] == ["u0@example.com", "u1@example.com", "u2@example.com"]
