"""`sesmime convert`, and `sesmime prepare` with a request: what they write, tell and answer."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import run

MESSAGE = b"From: a@b.example\r\nTo: c@d.example\r\nX-SES-CONFIGURATION-SET: shop\r\n\r\nHi\r\n"
PLAIN = MESSAGE.replace(b"X-SES-CONFIGURATION-SET: shop\r\n", b"")
REQUEST: dict[str, Any] = {
    "Content": {"Raw": {"Data": base64.b64encode(PLAIN).decode()}},
    "Destination": {"ToAddresses": ["c@d.example"], "BccAddresses": ["e@f.example"]},
    "EmailTags": [{"Name": "campaign", "Value": "spring"}],
}
SIMPLE: dict[str, Any] = {
    "Source": "a@b.example",
    "Destination": {"ToAddresses": ["c@d.example"]},
    "Message": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}}},
}


def as_json(request: dict[str, Any]) -> bytes:
    return json.dumps(request).encode()


class TestConvert:
    def test_a_message_becomes_a_request_with_its_settings_as_parameters(self) -> None:
        ran = run("convert", "--to", "ses", "--mail-from", "a@b.example", "--rcpt-to", "c@d.example", stdin=MESSAGE)
        assert ran.code == 0
        request = ran.json
        assert base64.b64decode(request.pop("RawMessage")["Data"]) == PLAIN
        assert request == {
            "Source": "a@b.example",
            "Destinations": ["c@d.example"],
            "ConfigurationSetName": "shop",
        }
        assert ran.err == "converted from smtp to ses.SendRawEmail; nothing is lost\n"

    def test_a_request_becomes_a_message_and_its_envelope_is_told(self) -> None:
        ran = run("convert", "--to", "smtp", stdin=as_json(REQUEST))
        assert ran.code == 0
        assert ran.out == PLAIN.replace(b"\r\n\r\n", b"\r\nX-SES-MESSAGE-TAGS: campaign=spring\r\n\r\n")
        assert ran.err.splitlines() == [
            "MAIL FROM:<a@b.example>",
            "RCPT TO:<c@d.example>",
            "RCPT TO:<e@f.example>",
            "converted from sesv2.SendEmail.Raw to smtp; nothing is lost",
        ]

    def test_the_envelope_can_be_written_as_json(self) -> None:
        ran = run("convert", "--to", "smtp", "--emit", "json", "-q", stdin=as_json(REQUEST))
        assert ran.json["mail_from"] == "a@b.example"
        assert ran.json["rcpt_to"] == ["c@d.example", "e@f.example"]
        assert b"campaign=spring" in base64.b64decode(ran.json["data"])
        assert ran.err == ""

    def test_what_is_lost_is_told_even_if_quiet_and_gives_1(self, tmp_path: Path) -> None:
        made = tmp_path / "made.json"
        ran = run("convert", "--to", "ses", "-q", "-o", str(made), stdin=as_json(REQUEST | {"EndpointId": "abc.123"}))
        assert ran.code == 1
        assert ran.err == "lost: EndpointId 'abc.123': ses.SendRawEmail has no such parameter\n"
        assert json.loads(made.read_bytes())["Destinations"] == ["c@d.example", "e@f.example"]

    def test_simple_content_becomes_raw_and_that_of_the_other_api(self) -> None:
        ran = run("convert", "--to", "sesv2", "--emit", "message", stdin=as_json(SIMPLE))
        assert ran.code == 0
        assert ran.out.startswith(b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Hi\r\n")
        other = run("convert", "--to", "sesv2.SendEmail.Simple", stdin=as_json(SIMPLE))
        assert other.json["Content"] == {"Simple": SIMPLE["Message"]}
        back = run("convert", "--to", "ses.SendEmail", stdin=other.out)
        assert back.json == SIMPLE

    def test_attachments_of_simple_content_are_base64_in_json(self) -> None:
        attachment = {"FileName": "a.bin", "RawContent": base64.b64encode(b"\x00\xff").decode()}
        content = {"Simple": SIMPLE["Message"] | {"Attachments": [attachment]}}
        request = {"FromEmailAddress": "a@b.example", "Destination": SIMPLE["Destination"], "Content": content}
        ran = run("convert", "--to", "smtp", stdin=as_json(request))
        assert b"\r\n\r\nAP8=\r\n" in ran.out
        ran = run("convert", "--to", "ses.SendEmail", stdin=as_json(request))
        assert ran.code == 1
        assert "lost: Content.Simple.Attachments[0].RawContent 2 bytes: ses.SendEmail has no such parameter" in ran.err

    @pytest.mark.parametrize(
        ("options", "given", "told"),
        [
            (("--to", "ses.SendEmail"), MESSAGE, "cannot be made into its content"),
            (("--to", "smtp", "--emit", "json", "--from", "ses.SendEmail"), MESSAGE, "takes a request as JSON"),
            (("--to", "smtp", "--from", "smtp"), as_json(REQUEST), "takes a raw message"),
            (("--to", "smtp", "--mail-from", "a@b.example"), as_json(REQUEST), "stand beside a raw message"),
            (("--to", "ses", "--rcpt-to", "a b"), MESSAGE, "--rcpt-to: "),
            (("--to", "smtp"), b'{"Template": "x", "TemplateData": "{}"}', "templates"),
            (("--to", "smtp"), b"{}", "not a request that sends mail"),
            (("--to", "ses.SendEmail", "--emit", "message"), as_json(SIMPLE), "has no message"),
        ],
    )
    def test_what_cannot_be_converted_is_told_in_a_sentence(
        self, options: tuple[str, ...], given: bytes, told: str
    ) -> None:
        ran = run("convert", *options, stdin=given)
        assert ran.code == 2
        assert ran.out == b""
        assert told in ran.err
        assert ran.err.count("\n") == 1


class TestPrepareOfARequest:
    def test_a_request_is_prepared_by_its_interface_and_parameters(self, tmp_path: Path) -> None:
        file = tmp_path / "request.json"
        file.write_bytes(as_json(REQUEST))
        ran = run("prepare", str(file), "--emit", "request")
        assert ran.code == 0
        assert ran.json == REQUEST
        assert "prepared for sesv2.SendEmail.Raw" in ran.err

    def test_the_command_line_overrules_a_part(self) -> None:
        ran = run("prepare", "--tag", "kind=other", "--tenant", "acme", "--emit", "request", stdin=as_json(REQUEST))
        assert ran.json["EmailTags"] == [{"Name": "kind", "Value": "other"}]
        assert ran.json["TenantName"] == "acme"
        assert ran.json["Destination"] == REQUEST["Destination"]

    def test_another_interface_is_converted_to_and_what_is_lost_is_told(self) -> None:
        request = as_json(REQUEST | {"EndpointId": "abc.123"})
        ran = run("prepare", "--interface", "ses", "--emit", "request", stdin=request)
        assert ran.json["Tags"] == REQUEST["EmailTags"]
        assert "lost: EndpointId 'abc.123'" in ran.err

    def test_simple_content_wants_an_interface(self) -> None:
        ran = run("prepare", stdin=as_json(SIMPLE))
        assert ran.code == 2
        assert "ses.SendEmail does not accept a raw message; use --interface ses, sesv2 or smtp" in ran.err
        assert run("prepare", "--interface", "ses", stdin=as_json(SIMPLE)).code == 0

    def test_a_request_of_another_kind_is_told(self) -> None:
        ran = run("prepare", stdin=b'{"a": 1}')
        assert ran.code == 2
        assert "not a request that sends mail" in ran.err
