"""Simple content is checked as the message that SES assembles of it; a finding has its path in the request."""

from __future__ import annotations

import io
from typing import Any

import pytest

from sesmime import Finding, Interface, SesMimeError, Severity, Submission, lint, predict_rejection
from sesmime.compose.simple import raw_from_simple

V1, V2 = Interface.SEND_EMAIL, Interface.V2_SEND_EMAIL_SIMPLE


def v2(content: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Return a request to v2 SendEmail with simple content, members of the content and parameters changed."""
    message = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}}} | (content or {})
    request: dict[str, Any] = {
        "FromEmailAddress": "Joe <a@b.example>",
        "Destination": {"ToAddresses": ["c@d.example"]},
        "Content": {"Simple": message},
    }
    return {name: value for name, value in (request | changes).items() if value is not None}


def attachment(**members: Any) -> dict[str, Any]:
    """Return an attachment."""
    return {"RawContent": b"x", "FileName": "a.txt", "ContentTransferEncoding": "BASE64"} | members


def told(request: dict[str, Any], interface: Interface = V2) -> list[Finding]:
    """Return the findings about a request."""
    return list(lint(Submission.from_request(request, interface)))


def test_a_plain_request_has_no_finding() -> None:
    assert told(v2()) == []
    message = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}}}
    destination = {"ToAddresses": ["c@d.example"], "BccAddresses": ["e@f.example"]}
    assert told({"Source": "a@b.example", "Destination": destination, "Message": message}, V1) == []


@pytest.mark.parametrize(
    ("content", "code", "path"),
    [
        (
            {"Headers": [{"Name": "X-A", "Value": "1"}, *[{"Name": "Priority", "Value": "1"}] * 2]},
            "SES101",
            "Headers[2]",
        ),
        ({"Body": {"Html": {"Data": "{{ses:openTracker}}" * 2}}}, "SES705", "Body.Html"),
        (
            {"Body": {"Text": {"Data": "Hello"}, "Html": {"Data": "<a ses:tags='a:b c' href='https://x.example'>"}}},
            "SES706",
            "Body.Html",
        ),
        (
            {
                "Attachments": [
                    attachment(),
                    attachment(FileName="b\u202efdp.txt"),
                    attachment(FileName="c.png", ContentId="c", ContentDisposition="INLINE"),
                ],
            },
            "SEC402",
            "Attachments[1]",
        ),
    ],
)
def test_what_rules_find_in_the_message_has_its_place_in_the_request(
    content: dict[str, Any], code: str, path: str
) -> None:
    found = {finding.code: finding for finding in told(v2(content))}
    assert code in found, sorted(found)
    assert found[code].parameter == f"Content.Simple.{path}"
    assert found[code].span is None


def test_a_field_given_twice_is_predicted_to_be_refused() -> None:
    request = v2({"Headers": [{"Name": "List-Unsubscribe", "Value": "<https://a.example>"}] * 2})
    rejection = predict_rejection(Submission.from_request(request, V2))
    assert rejection is not None
    assert (rejection.code, rejection.text) == ("BadRequestException", "Duplicate header 'List-Unsubscribe'.")


def test_a_stream_is_not_read() -> None:
    stream = io.BytesIO(b"content")
    told(v2({"Attachments": [attachment(RawContent=stream)]}))
    assert stream.read() == b"content"


@pytest.mark.parametrize(
    "request_",
    [
        v2({"Subject": {"Data": "a\r\nBcc: x@y.example"}}),
        v2({"Subject": {"Data": "a", "Charset": "x-none"}}),
        v2({"Body": {}}),
        v2({"Body": {"Text": {"Data": "\ud800"}}}),
        v2({"Headers": [{"Name": "Subject", "Value": "a"}]}),
        v2({"Headers": [{"Name": "X-A", "Value": "\u00fc"}]}),
        v2({"Headers": [{"Name": "X-A", "Value": ""}]}),
        v2({"Headers": [{"Name": f"X-{number}", "Value": "1"} for number in range(16)]}),
        v2({"Attachments": [attachment(FileName="a:b")]}),
        v2({"Attachments": [attachment(FileName="a\nb")]}),
        v2({"Attachments": [attachment(ContentType="no type")]}),
        v2({"Attachments": [attachment(ContentId="a b")]}),
        v2({"Attachments": [attachment(ContentDisposition="NONE")]}),
        v2({"Attachments": [attachment(ContentDescription="a\nb")]}),
        v2({"Attachments": [{"RawContent": 7, "FileName": "a"}]}),
        v2(FromEmailAddress="Joe"),
        v2(FromEmailAddress=None),
        v2(Destination=None),
        v2(Destination={"ToAddresses": [f"a{number}@b.example" for number in range(51)]}),
        v2(Destination={"ToAddresses": ["a@b.example, c@d.example"]}),
        v2(ReplyToAddresses=["b@"]),
    ],
)
def test_each_error_of_what_assembles_it_is_an_error_of_lint(request_: dict[str, Any]) -> None:
    with pytest.raises((SesMimeError, UnicodeError)):
        raw_from_simple(request_, V2)
    assert [finding for finding in told(request_) if finding.severity is Severity.ERROR]
