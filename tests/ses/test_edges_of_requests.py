"""Requests, addresses and settings at their edges: what the guide refuses, why, and what is of another type."""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest

from sesmime import ApiParameters, Destination, Interface, Mailbox, Submission, strip_ses_fields
from sesmime.errors import InvalidAddress, InvalidSetting
from sesmime.ses import request_types
from sesmime.ses.address_length import is_overlong, shortened
from sesmime.ses.directives import read_directives
from sesmime.ses.encoded_names import with_encoded_names
from sesmime.ses.java_charsets import java_knows
from sesmime.ses.javamail import verdict
from sesmime.ses.link_reader import LinkReader
from sesmime.ses.precedence import resolve
from sesmime.ses.recipients import read_recipients
from sesmime.ses.refused_addresses import explained
from sesmime.ses.request_guide import breaches, entry_breaches
from sesmime.ses.request_model import REQUESTS, item_of, most_of, violations
from sesmime.ses.sending import handed_over
from sesmime.ses.split import split_envelope

V2_SIMPLE = Interface.V2_SEND_EMAIL_SIMPLE


class TestWhyAnAddressIsRefused:
    @pytest.mark.parametrize(
        ("text", "reason", "remedy"),
        [
            ('"a@b"c d@e.example', "the local part contains a space", "remove the space from the part before the @"),
            ("a\\@ b@c.example", "the local part contains a space", "remove the space from the part before the @"),
            ("\\@b ü", "the local part contains a space", "remove the space"),
            ("joe at example", "it has no @ followed by a domain", "write @ in place of the word"),
            ("joe (at) a.example", "it has no @ followed by a domain", "write @ in place of the word"),
            ("joe a.example", "it has no @ followed by a domain", "add the address, in angle brackets, after the name"),
            ("joe\\@a.example", "a backslash stands before the @", "remove the backslash before the @"),
            ('"joe@a.example"', "quotes stand around the whole address", "remove the quotes around the address"),
            ("", "there is no address", "write an address"),
            (",", "a comma stands beside it", "remove the comma"),
            ("a@b.example, g: c@d.example;", "it is a group", "give each address of the group by itself"),
            ("a@b, com", "a comma stands in its domain in place of a dot", "write a dot in place of the comma"),
            ("Joe <x> <a@b.example>", "angle brackets in a display name without quotes", "put quotes around"),
            ("<a@b.example> <c@d.example>", "no comma between two addresses", "put a comma between the addresses"),
            ("<@a.example:j[oe@c.example>", "a character that must be quoted", "put quotes around the part"),
            ("a@b.example c@d.example", "the domain contains a space", "put a comma between the addresses"),
            ("a@ b.example", "there is a space after the @", "remove the space after the @"),
            ("a@bü.example", "the domain is not ASCII", "write the domain in Punycode"),
            ("a@b\u200b.example", "contains the invisible character U+200B", "remove the invisible character"),
        ],
    )
    def test_it_is_told_with_what_to_do(self, text: str, reason: str, remedy: str) -> None:
        found = verdict("single+validate", text)
        assert found.error is not None
        told = explained(found.error, found.reference or "", text)
        assert reason in told.reason
        assert remedy in told.remedy


class TestRecipients:
    def test_members_to_whom_nothing_can_be_sent_are_lost(self) -> None:
        assert read_recipients("g: joe, a@b.example;") == (("a@b.example",), True)

    @pytest.mark.parametrize("body", ["<a@b.example> x, joe", "joe, <a@b.example> x", ", joe"])
    def test_what_is_split_is_told_with_what_would_be_left_out(self, body: str) -> None:
        fields = b"To: " + ", ".join(f"a{n}@b.example" for n in range(51)).encode() + b"\r\nCc: " + body.encode()
        with pytest.raises(InvalidAddress, match=r"in Cc, an element has no @, so it is not an address"):
            split_envelope(Submission(fields + b"\r\n\r\nHi\r\n"))

    def test_a_list_of_addresses_is_as_long_as_its_longest(self) -> None:
        name = "Ä" * 400
        short = shortened(Mailbox(name, "a@b.example"))
        assert short.display_name.endswith("…")
        assert len(short.display_name) < 400
        assert shortened(Mailbox("Joe", "a@b.example")) == Mailbox("Joe", "a@b.example")
        assert is_overlong(f'"{"x" * 320}" <a@b.example>')
        assert not is_overlong(f'"{"x" * 100}" <a@b.example>')

    @pytest.mark.parametrize("hidden", [b"\rX-SES-TENANT: a\r\n", b"\x00\rX-SES-TENANT: a\r\n", b" \rX-SES-A: b\r\n"])
    def test_what_is_hidden_in_the_first_line_goes_with_it(self, hidden: bytes) -> None:
        assert strip_ses_fields(hidden + b"To: c@d.example\r\n\r\nHi") == b"To: c@d.example\r\n\r\nHi"


class TestNames:
    def test_over_smtp_they_are_left_alone(self) -> None:
        parameters = ApiParameters(source="Zoë <a@b.example>")
        assert with_encoded_names(parameters, Interface.SMTP) is parameters

    @pytest.mark.parametrize(
        "entry",
        [{"Destination": "Zoë"}, {"Destination": {"ToAddresses": "Zoë"}}, "Zoë", {"Destination": {"ToAddresses": [1]}}],
    )
    def test_what_has_not_the_form_of_the_model_is_left(self, entry: Any) -> None:
        parameters = ApiParameters(extra={"BulkEmailEntries": [entry]})
        assert with_encoded_names(parameters, Interface.V2_SEND_BULK_EMAIL) is parameters
        same = ApiParameters(extra={"BulkEmailEntries": "none", "Other": ["Zoë"]})
        assert with_encoded_names(same, Interface.V2_SEND_BULK_EMAIL) is same

    def test_those_of_entries_are_encoded(self) -> None:
        entry = {"Destination": {"ToAddresses": ["Zoë <a@b.example>", 1], "CcAddresses": []}}
        made = with_encoded_names(ApiParameters(extra={"BulkEmailEntries": [entry]}), Interface.V2_SEND_BULK_EMAIL)
        ((_, (changed,)),) = made.extra or ()
        assert changed["Destination"]["ToAddresses"] == ["=?utf-8?q?Zo=C3=AB?= <a@b.example>", 1]


class TestTheGuide:
    def told(self, request: dict[str, Any], interface: Interface = V2_SIMPLE) -> dict[str, str]:
        return {one.path: one.message for one in breaches(request, interface)}

    def of_simple(self, **content: Any) -> dict[str, str]:
        body = {"Text": {"Data": "Hello"}}
        return self.told({"Content": {"Simple": {"Subject": {"Data": "Hi"}, "Body": body, **content}}})

    def test_content_beside_bulk_entries_is_told_by_the_model(self) -> None:
        request: dict[str, Any] = {"Content": {}, "BulkEmailEntries": [{}]}
        assert not any(path.startswith("Content") for path in self.told(request, Interface.V2_SEND_BULK_EMAIL))

    def test_fields_beside_the_content(self) -> None:
        headers = [{"Name": name, "Value": "x"} for name in ("X-SES-TENANT", "Content-Transfer-Encoding", "X-Own")]
        found = self.of_simple(Headers=headers)
        assert list(found) == ["Content.Simple.Headers[0].Name", "Content.Simple.Headers[1].Name"]
        assert "is a field that SES acts on" in found["Content.Simple.Headers[0].Name"]
        assert "follows from the parts that SES makes" in found["Content.Simple.Headers[1].Name"]

    @pytest.mark.parametrize(
        ("attachment", "is_told"),
        [
            ({"RawContent": b"\xff"}, True),
            ({"RawContent": b"\xff", "ContentTransferEncoding": "SEVEN_BIT"}, True),
            ({"RawContent": b"\xff", "ContentTransferEncoding": "BASE64"}, False),
            ({"RawContent": b"x"}, False),
            ({"RawContent": "\xff"}, False),
        ],
    )
    def test_octets_beyond_7_bit_under_the_default(self, attachment: dict[str, Any], is_told: bool) -> None:
        where = "Content.Simple.Attachments[0].ContentTransferEncoding"
        assert (where in self.of_simple(Attachments=[attachment])) is is_told

    @pytest.mark.parametrize(("content", "is_told"), [({"Subject": "x"}, True), ({"Text": "x"}, False), ({}, True)])
    def test_a_template_without_a_text(self, content: dict[str, str], is_told: bool) -> None:
        request = {"Content": {"Template": {"TemplateContent": content}}}
        where = "Content.Template.TemplateContent"
        assert (where in self.told(request, Interface.V2_SEND_EMAIL_TEMPLATE)) is is_told

    def test_an_empty_address_of_an_entry(self) -> None:
        entry = {"Destination": {"ToAddresses": [""]}}
        (one,) = entry_breaches({"BulkEmailEntries": [entry]}, Interface.V2_SEND_BULK_EMAIL)
        assert one.message.endswith("is an empty string instead of an address")


class TestTheModel:
    def test_shapes_that_have_no_items_or_limit_are_told(self) -> None:
        shape = REQUESTS[Interface.SEND_RAW_EMAIL]
        with pytest.raises(ValueError, match="the shape is no list"):
            item_of(shape)
        with pytest.raises(ValueError, match="the shape has no limit"):
            most_of(shape)

    def test_the_types_have_the_members_of_the_model(self) -> None:
        for name, interface in (
            ("SendRawEmailRequest", Interface.SEND_RAW_EMAIL),
            ("SendEmailRequest", Interface.V2_SEND_EMAIL_RAW),
        ):
            kind = getattr(request_types, name)
            model = REQUESTS[interface]
            assert set(get_type_hints(kind)) == set(model.members), name
            assert kind.__required_keys__ == model.required, name

    @pytest.mark.parametrize("wrong", [[1], [("Name",)], ["ab", ("c", 1)], [("a", 1, 2)]])
    def test_what_is_no_pair_in_extra_is_told(self, wrong: Any) -> None:
        with pytest.raises(TypeError, match=r"^extra must be a mapping, or pairs of a name and a value$"):
            ApiParameters(extra=wrong)

    @pytest.mark.parametrize("tags", [[1], ["x"], [["Name"]]])
    def test_what_is_no_structure_in_a_request_is_told(self, tags: Any) -> None:
        request = {"RawMessage": {"Data": b"Subject: Hi\r\n\r\n"}, "Tags": tags}
        with pytest.raises(InvalidSetting, match="Tags does not match AWS's service model"):
            Submission.from_request(request, Interface.SEND_RAW_EMAIL)

    def test_a_structure_with_other_members_is_told(self) -> None:
        tags = [{"Name": "a", "Value": "b", "Other": "c"}]
        request = {"RawMessage": {"Data": b"Subject: Hi\r\n\r\n"}, "Tags": tags}
        with pytest.raises(InvalidSetting, match="Tags does not match AWS's service model"):
            Submission.from_request(request, Interface.SEND_RAW_EMAIL)

    def test_a_member_that_is_none_is_absent(self) -> None:
        message = {"Data": b"Subject: Hi\r\n\r\n"}
        rows: list[tuple[dict[str, Any], int]] = [
            ({"RawMessage": message, "Source": None}, 0),
            ({"RawMessage": None}, 1),
            ({"RawMessage": message, "Other": None}, 0),
            ({"RawMessage": message, "Other": 1}, 1),
        ]
        for request, count in rows:
            assert len(list(violations(request, Interface.SEND_RAW_EMAIL))) == count, request

    @pytest.mark.parametrize(
        ("name", "is_known"),
        [("UTF-8", True), ("Windows-1252", True), ("cp850", True), ("cp-850", False), ("x-no", False), ("", False)],
    )
    def test_charsets_of_java(self, name: str, is_known: bool) -> None:
        assert java_knows(name) is is_known


class TestHandedOver:
    def test_defaults_hold_where_nobody_says_anything(self) -> None:
        message = b"X-SES-CONFIGURATION-SET: news\r\n\r\n"
        defaults = ApiParameters(configuration_set="shop", tenant="acme", source="s@a.example")
        destination = Destination(("c@d.example",))
        for interface, setting in ((Interface.V2_SEND_EMAIL_RAW, "return_path"), (Interface.SEND_RAW_EMAIL, "source")):
            made = handed_over(
                message, interface=interface, destination=destination, sender="b@a.example", defaults=defaults
            )
            assert (made.configuration_set, made.tenant, made.destination) == (None, "acme", destination)
            assert getattr(made, setting) == "b@a.example"
        given = ApiParameters(tenant="own", source="g@a.example")
        made = handed_over(
            b"", interface=Interface.SEND_RAW_EMAIL, destination=destination, given=given, defaults=defaults
        )
        assert (made.tenant, made.source, made.configuration_set) == ("own", "g@a.example", "shop")


class TestTexts:
    @pytest.mark.parametrize(
        ("text", "stop"), [("<!--x-->y", 8), ("<!-->y", 5), ("<!x>y", 4), ("<!--x", -1), ("<!x", -1)]
    )
    def test_a_comment_is_gone_past_however_it_is_met(self, text: str, stop: int) -> None:
        reader = LinkReader()
        reader.rawdata = text
        assert reader.parse_html_declaration(0) == stop

    def test_a_setting_that_nobody_gives_is_explained_without_a_field(self) -> None:
        told = resolve(b"X-SES-TENANT: acme\r\n\r\n", interface=V2_SIMPLE).explain()
        assert "overruled: X-SES-TENANT: 'acme'" in told
        assert "malformed" not in told
        assert "(field" not in told
        malformed = resolve(b"X-SES-MESSAGE-TAGS: a=b=c d\r\n\r\n").explain()
        assert "malformed: X-SES-MESSAGE-TAGS" in malformed

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ('<a href="x" ses:tags="k:é">'.encode(), "k:é"),
            ('<a href="x" ses:tags="k:\xe9">'.encode("latin-1"), "k:\xe9"),
            (b'<!--> <!--x--><![if x]><a href="x" ses:tags="k:v">', "k:v"),
        ],
    )
    def test_a_directive_has_its_text_in_any_charset(self, text: bytes, value: str) -> None:
        (link,) = read_directives(text).links
        assert [one.value for one in link.directives] == [value]
