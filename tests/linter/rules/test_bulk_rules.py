"""The rules about DKIM signatures, list management, tracking and bulk mail: exact places, texts and near misses."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from sesmime import (
    ApiParameters,
    Destination,
    Interface,
    LintConfig,
    ListManagement,
    Severity,
    Submission,
    lint,
    parse,
)
from sesmime.linter.view.places import span_in_body
from sesmime.mime.signatures import read_signature
from tests.linter.rules.setting_findings import LIST, SMTP, V1, V2, WEEKLY, found, message, quoted_bytes

UNSUBSCRIBE = "{{amazonSESUnsubscribeUrl}}"
DKIM = "DKIM-Signature: v=1; a=rsa-sha256; d=b.example; s=s; bh=YQ==; b=YQ==; h="


class TestSignatures:
    def test_a_signature_is_read_with_the_places_of_its_names(self) -> None:
        text = b"DKIM-Signature: v=1;h = From :\r\n\tX-Foo: to;b=a=b;; junk;l=\r\n\r\n"
        field = parse(text).header_section.fields[0]
        signature = read_signature(field)
        assert [tag.name for tag in signature.tags] == ["v", "h", "b", "l"]
        assert [signed.name for signed in signature.signed] == ["from", "x-foo", "to"]
        places = [span_in_body(field, signed.start, signed.stop) for signed in signature.signed]
        assert [text[place.start : place.stop] for place in places] == [b"From", b"X-Foo", b"to"]
        assert signature.covers("from", "to")
        assert not signature.covers("from", "cc")
        b = signature.tag("b")
        assert b is not None
        assert b.value == "a=b"
        assert signature.tag("V") is None

    def test_a_name_that_is_empty_is_none(self) -> None:
        text = message(DKIM + "From: :Date::\r\n :To")
        signature = read_signature(parse(text).header_section.fields[-1])
        assert signature.names == ("from", "date", "to")
        assert [signed.name for signed in signature.signed] == ["from", "date", "to"]

    def test_each_rewritten_field_is_told_once_a_signature(self) -> None:
        text = message(DKIM + "Date:From:Date:Message-Id:To")
        findings = found(text, "SES601")
        assert [quoted_bytes(text, one) for one in findings] == [b"Date", b"Message-Id"]
        assert findings[0].column == len(DKIM) + 1
        assert len(found(message(DKIM + "From:Date", DKIM + "From:Date"), "SES601")) == 2

    def test_other_signatures_are_not_judged(self) -> None:
        arc = "ARC-Message-Signature: i=1; l=3; h=Date:X-SES-TENANT:Feedback-ID"
        assert found(message(arc), "SES6", "SEC601") == []

    def test_signed_settings_are_told_but_what_ses_adds_is_not_among_them(self) -> None:
        text = message(DKIM + "From:X-Ses-Tenant:X-SES-Outgoing:X-SES-Foo")
        assert [quoted_bytes(text, one) for one in found(text, "SES602")] == [b"X-Ses-Tenant", b"X-SES-Foo"]
        (finding,) = found(text, "SES603")
        assert quoted_bytes(text, finding) == b"X-SES-Outgoing"

    def test_a_feedback_id_may_be_signed_as_often_as_it_stands(self) -> None:
        assert found(message("Feedback-ID: a:b", DKIM + "From:Feedback-ID"), "SES603") == []
        assert len(found(message("Feedback-ID: a:b", DKIM + "From:Feedback-ID:Feedback-ID"), "SES603")) == 1

    def test_what_a_signature_lacks_is_named(self) -> None:
        (finding,) = found(message("DKIM-Signature: v=1; a=rsa-sha256; d=b.example; h=from"), "SES605")
        assert finding.message == "the DKIM signature has no b= and no bh= and no s="
        assert found(message(DKIM + "from"), "SES605") == []

    def test_an_empty_signature_is_no_trouble(self) -> None:
        assert len(found(message("DKIM-Signature:"), "SES605")) == 1
        findings = found(message("DKIM-Signature: h=;l=;v=;h="), "SES6", "SEC601")
        assert {one.code for one in findings} == {"SES605", "SEC601"}

    def test_a_body_length_is_told_whatever_it_is(self) -> None:
        text = message(DKIM + "From; l = 0")
        (finding,) = found(text, "SEC601")
        assert (quoted_bytes(text, finding), finding.severity) == (b"0", Severity.WARNING)


class TestListManagement:
    def test_it_is_on_by_parameter_or_by_a_field_that_is_read(self) -> None:
        text = message("List-Unsubscribe: <https://b.example/u>", LIST + "Weekly")
        assert [len(found(text, "SES703", interface=one)) for one in (V1, V2, SMTP)] == [0, 1, 1]
        without = message("List-Unsubscribe: <https://b.example/u>")
        assert len(found(without, "SES703", interface=V2, parameters=WEEKLY)) == 1
        # There it is no parameter (SES512).
        assert found(without, "SES703", interface=V1, parameters=WEEKLY) == []

    def test_recipients_are_those_of_the_envelope(self) -> None:
        both = "b@c.example, d@e.example"
        assert len(found(message(to=both), "SES701", interface=V2, parameters=WEEKLY)) == 1
        one = ApiParameters(
            list_management=ListManagement("Weekly"), destination=Destination(("b@c.example", "b@C.example"))
        )
        assert found(message(to=both), "SES701", interface=V2, parameters=one) == []

    def test_signed_list_fields_matter_where_they_are_replaced(self) -> None:
        text = message("List-Unsubscribe: <https://b.example/u>", DKIM + "From:List-Unsubscribe:List-Id")
        (finding,) = found(text, "SES604", interface=V2, parameters=WEEKLY)
        assert quoted_bytes(text, finding) == b"List-Unsubscribe"
        several = text.replace(b"To: b@c.example", b"To: b@c.example, d@e.example")
        assert found(several, "SES604", interface=V2, parameters=WEEKLY) == []

    @pytest.mark.parametrize("encoding", ["7bit", "base64", "quoted-printable"])
    @pytest.mark.parametrize("kind", ["plain", "html"])
    def test_a_placeholder_is_found_in_every_encoding(self, encoding: str, kind: str) -> None:
        body = {
            "7bit": UNSUBSCRIBE,
            "base64": base64.b64encode(UNSUBSCRIBE.encode()).decode(),
            "quoted-printable": UNSUBSCRIBE.replace("{{", "{=\r\n{"),
        }[encoding]
        lines = [f"Content-Type: text/{kind}", f"Content-Transfer-Encoding: {encoding}"]
        text = message(*lines, body=body + "\r\n")
        (finding,) = found(text, "SES704")
        assert quoted_bytes(text, finding) == body.encode() + (b"" if encoding == "7bit" else b"\r\n")

    def test_escaped_braces_of_quoted_printable_are_read(self) -> None:
        for brace in ("=7B", "=7b"):
            body = UNSUBSCRIBE.replace("{", brace) + "\r\n"
            assert len(found(message("Content-Transfer-Encoding: quoted-printable", body=body), "SES704")) == 1

    def test_a_third_placeholder_in_a_part_is_not_replaced(self) -> None:
        options: dict[str, Any] = {"interface": V2, "parameters": WEEKLY}
        assert found(message(body=UNSUBSCRIBE * 2), "SES704", **options) == []
        text = message(body=UNSUBSCRIBE * 3)
        (finding,) = found(text, "SES704", **options)
        assert finding.span == (len(text) - len(UNSUBSCRIBE), len(text))

    def test_attachments_and_other_types_are_not_looked_into(self) -> None:
        for lines in (
            ["Content-Type: text/html", "Content-Disposition: attachment; filename=a.html"],
            ["Content-Type: application/json"],
        ):
            assert found(message(*lines, body=UNSUBSCRIBE), "SES704") == []
        attached = f"From: a@b.example\r\n\r\n{UNSUBSCRIBE}"
        assert found(message("Content-Type: message/rfc822", body=attached), "SES704") == []

    def test_other_words_in_braces_are_left(self) -> None:
        assert found(message(body="{{name}} {{ses:openTracker}} amazonSESUnsubscribeUrl ses:"), "SES7") == []


class TestTracking:
    HTML = "Content-Type: text/html"

    def test_the_second_open_tracker_is_told(self) -> None:
        text = message(self.HTML, body="{{ses:openTracker}} {{ses:openTracker}}{{ses:openTracker}}")
        (finding,) = found(text, "SES705")
        assert finding.span == (len(text) - 38, len(text) - 19)
        assert "3 times" in finding.message

    @pytest.mark.parametrize("value", ["a:b", "a:b;", "a:b;c-d:e_f;", "a:b; c:d;"])
    def test_link_tags_of_the_documented_form_pass(self, value: str) -> None:
        assert found(message(self.HTML, body=f'<a ses:tags="{value}">'), "SES706") == []

    @pytest.mark.parametrize("value", ["", ";", "a", "a:", ":b", "a:b;;", "a:b c", "a:\u00fc", "a:b:c", "{{tag}}:b"])
    def test_others_are_told_and_not_quoted(self, value: str) -> None:
        text = message(self.HTML, body=f"<a ses:tags = '{value}'>")
        (finding,) = found(text, "SES706")
        assert quoted_bytes(text, finding) == value.encode()
        assert finding.message == "the value of ses:tags is not of the form name:value; with only 0-9 A-Z a-z _ and -"

    def test_an_attribute_without_end_is_told(self) -> None:
        assert len(found(message(self.HTML, body='<a ses:tags="a:b;'), "SES706")) == 1

    def test_plain_text_has_no_attributes(self) -> None:
        assert found(message(body='ses:tags="a b"'), "SES706") == []


class TestBulk:
    URI = "List-Unsubscribe: <https://b.example/u>"
    POST = "List-Unsubscribe-Post: List-Unsubscribe=One-Click"

    def test_nothing_is_said_unless_it_is_asked_for(self) -> None:
        assert [one.code for one in lint(message()) if one.code.startswith("BULK")] == []
        config = LintConfig(extend_select=("BULK",))
        told = [one.code for one in lint(message(), config=config) if one.code.startswith("BULK")]
        assert sorted(told) == ["BULK101", "BULK105", "BULK107"]

    def test_one_click_is_exact(self) -> None:
        assert found(message(self.URI, self.POST), "BULK102") == []
        for wrong in (
            "List-Unsubscribe=One-click",
            '"List-Unsubscribe=One-Click"',
            "List-Unsubscribe=One-Click;",
            "1",
            "",
        ):
            assert len(found(message(self.URI, f"List-Unsubscribe-Post: {wrong}"), "BULK102")) == 1

    @pytest.mark.parametrize(
        ("value", "told"),
        [
            ("<https://b.example/u>", 0),
            ("<mailto:u@b.example>, < HTTPS://b.example/u>", 0),
            ("<http://b.example/u>", 1),
            ("<mailto:https://b.example>", 1),
            ("https://b.example/u", 1),
            ("", 1),
        ],
    )
    def test_an_https_uri_stands_in_angle_brackets(self, value: str, told: int) -> None:
        assert len(found(message(f"List-Unsubscribe: {value}"), "BULK103")) == told

    def test_one_of_several_signatures_is_enough(self) -> None:
        covering = DKIM + "From:List-Unsubscribe:List-Unsubscribe-Post"
        assert found(message(self.URI, self.POST, DKIM + "From", covering), "BULK104") == []
        assert len(found(message(self.URI, self.POST, DKIM + "From"), "BULK104")) == 1

    def test_an_attached_text_is_no_alternative(self) -> None:
        html = "--b\r\nContent-Type: text/html\r\n\r\n<p>Hi</p>\r\n"
        attached = "--b\r\nContent-Disposition: attachment\r\n\r\nHi\r\n--b--\r\n"
        text = message("Content-Type: multipart/mixed; boundary=b", body=html + attached)
        (finding,) = found(text, "BULK106")
        assert finding.part == "1"

    def test_html_is_measured_as_it_is_decoded(self) -> None:
        # 102 kB of 1,024 octets each are 104,448; base64 makes 139,264 of them.
        for octets, told in ((104_448, 0), (104_449, 1)):
            lines = ["Content-Type: text/html", "Content-Transfer-Encoding: base64"]
            body = base64.encodebytes(b"x" * octets).decode().replace("\n", "\r\n")
            assert len(found(message(*lines, body=body), "BULK108")) == told

    def test_the_domain_is_compared_whole_and_without_case(self) -> None:
        for address, told in (("a@GMAIL.com", 1), ("a@notgmail.com", 0), ("a@gmail.com.example", 0), ("a@aol.com", 1)):
            assert len(found(message().replace(b"a@b.example", address.encode()), "BULK109")) == told


class TestDirectives:
    """Rules about directives see raw messages, simple content and templates that stand in the request."""

    TWICE = "{{ses:openTracker}}" * 2

    @pytest.mark.parametrize(
        ("interface", "content", "path"),
        [
            (Interface.SEND_EMAIL, {"Message": {"Body": {"Html": {"Data": TWICE}}}}, "Message.Body.Html"),
            (
                Interface.V2_SEND_EMAIL_SIMPLE,
                {"Content": {"Simple": {"Body": {"Html": {"Data": TWICE}}}}},
                "Content.Simple.Body.Html",
            ),
            (
                Interface.V2_SEND_EMAIL_TEMPLATE,
                {"Content": {"Template": {"TemplateContent": {"Html": TWICE}}}},
                "Content.Template.TemplateContent.Html",
            ),
            (
                Interface.V2_SEND_BULK_EMAIL,
                {"DefaultContent": {"Template": {"TemplateContent": {"Html": TWICE}}}},
                "DefaultContent.Template.TemplateContent.Html",
            ),
        ],
    )
    def test_a_finding_of_a_request_names_its_text(
        self, interface: Interface, content: dict[str, Any], path: str
    ) -> None:
        config = LintConfig(select=("SES705",))
        report = lint(Submission(None, ApiParameters(extra=content), interface), config=config)
        assert [(one.parameter, one.span) for one in report] == [(path, None)]

    def test_the_places_of_a_raw_message_are_those_of_the_values(self) -> None:
        text = message(
            TestTracking.HTML,
            body="\u00fc <a href='https://a.example' ses:custom-path='a b' ses:tags='c' ses:no-track><td ses:no-track>",
        )
        for code, value in (("SES708", b"a b"), ("SES706", b"c"), ("SES713", b"ses:no-track")):
            (finding,) = found(text, code)
            assert quoted_bytes(text, finding) == value
        assert [quoted_bytes(text, one) for one in found(text, "SES709")] == [b"a b", b"c"]

    def test_a_third_level_of_quoted_printable_is_read(self) -> None:
        lines = [TestTracking.HTML, "Content-Transfer-Encoding: quoted-printable"]
        text = message(*lines, body='<a ses:custom-path=3D"a=\r\n b" href=3D"https://a.example">')
        assert len(found(text, "SES708")) == 1

    def test_links_are_counted_over_all_parts(self) -> None:
        part = "--b\r\nContent-Type: text/html\r\n\r\n" + "<a href='https://a.example'>x</a>\r\n" * 126
        text = message("Content-Type: multipart/mixed; boundary=b", body=f"{part}{part}--b--\r\n")
        (finding,) = found(text, "SES710")
        assert finding.message == "the HTML has 252 links, of which SES tracks 250"
        assert finding.part == "2"

    @pytest.mark.parametrize(
        "lines",
        [
            ["Content-Type: application/pkcs7-mime"],
            ["Content-Type: text/plain; charset=utf-16"],
            ["Content-Type: multipart/encrypted; boundary=b"],
        ],
    )
    def test_what_cannot_be_read_lacks_no_placeholder(self, lines: list[str]) -> None:
        options: dict[str, Any] = {"interface": V2, "parameters": WEEKLY}
        assert found(message(*lines, body="Hi"), "SES707", **options) == []
        assert len(found(message(body="Hi"), "SES707", **options)) == 1
        long = message(body="Hi\r\n" * (1 << 18) + "Hi")
        assert found(long, "SES707", **options) == []

    def test_tracking_is_told_once_and_not_in_plain_text(self) -> None:
        body = "{{ses:openTracker}}<a ses:tags='a:b' ses:custom-path=c>"
        assert len(found(message(TestTracking.HTML, body=body), "SES711")) == 1
        assert found(message(body=body), "SES711") == []
        assert found(message(TestTracking.HTML, "X-SES-CONFIGURATION-SET: a", body=body), "SES711") == []
        assert found(message(TestTracking.HTML, body="<a ses:no-track>"), "SES711") == []
