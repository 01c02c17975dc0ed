"""A str or bytes whose own methods lie is taken as the plain text, or the plain octets, that it holds."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import pytest

import sesmime
from sesmime import (
    ApiParameters,
    Attachment,
    Destination,
    Interface,
    LintConfig,
    ListManagement,
    Mailbox,
    MessageTag,
    SesFields,
    SesMimeError,
    Submission,
)
from sesmime.events import Carrier, carried, event_record, feedback_id, mail_object, read_events, simulated
from sesmime.ses.javamail import verdict
from tests.lying import LyingText, RaisingBytes, RaisingText, holds_a_subclass

MESSAGE: Final = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: s\r\nX-SES-TENANT: t\r\n\r\nHi\r\n"
AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
RAW: Final = (Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP)

Text = Callable[[str], Any]


def _request(text: str) -> dict[str, Any]:
    return {
        "Source": text,
        "Destination": {"ToAddresses": [text], "CcAddresses": [text]},
        "ReplyToAddresses": [text],
        "ReturnPath": text,
        "Message": {"Subject": {"Data": text}, "Body": {"Text": {"Data": text}, "Html": {"Data": text}}},
        "Tags": [{"Name": text, "Value": text}],
        "ConfigurationSetName": text,
    }


def _request_of_v2(text: str) -> dict[str, Any]:
    content = {
        "Subject": {"Data": text, "Charset": text},
        "Body": {"Text": {"Data": text}},
        "Headers": [{"Name": "X-A", "Value": text}],
        "Attachments": [{"FileName": text, "RawContent": b"a", "ContentType": text, "ContentId": text}],
    }
    return {
        "FromEmailAddress": text,
        "Destination": {"ToAddresses": [text]},
        "Content": {"Simple": content},
        "ListManagementOptions": {"ContactListName": text, "TopicName": text},
    }


def _parameters(text: str) -> ApiParameters:
    return ApiParameters(
        source=text,
        destination=Destination([text], [text], [text]),
        return_path=text,
        source_arn=text,
        message_tags=[(text, text), MessageTag(text, text)],
        configuration_set=text,
    )


def _everything(text: str) -> ApiParameters:
    return ApiParameters(
        reply_to=[text],
        from_arn=text,
        return_path_arn=text,
        list_management=(text, text),
        tenant=text,
        endpoint_id=text,
        extra={text: text, "Other": {"a": [text]}},
    )


def _checked(call: Any, interface: Interface, text: str) -> Any:
    made = call(MESSAGE, parameters=_parameters(text), interface=interface)
    return (made.message, made.parameters, made.envelope) if call is sesmime.prepare else made


def _attached(member: str, text: str) -> tuple[str, bytes]:
    given: dict[str, Any] = {"content": b"a", "content_type": "image/png", member: text}
    attachment = Attachment(**given)
    return repr(attachment), _built(sender="a@b.example", html="<p>", attachments=[attachment])


TEXTS: Final[dict[str, Text]] = {
    "parse_addresses": sesmime.parse_addresses,
    "parse_parameters": sesmime.parse_parameters,
    "decode_words": sesmime.decode_words,
    "encode_words": sesmime.encode_words,
    "read_message_tags": sesmime.read_message_tags,
    "format_addresses": lambda text: sesmime.format_addresses([text]),
    "format_addresses of a mailbox": lambda text: sesmime.format_addresses([Mailbox(text, text)]),
    "format_addresses of a name": lambda text: sesmime.format_addresses([Mailbox(text, "a@b.example")]),
    "format_parameters": lambda text: sesmime.format_parameters("a/b", {"filename": text}),
    "format_parameters of a name": lambda text: sesmime.format_parameters("a/b", {text: "a"}),
    "format_parameters of a value": lambda text: sesmime.format_parameters(text, {}),
    "format_message_tags": lambda text: sesmime.format_message_tags([(text, text)]),
    "first": lambda text: sesmime.parse(MESSAGE).header_section.first(text),
    "contains": lambda text: text in sesmime.parse(MESSAGE).header_section,
    "remove_fields": lambda text: sesmime.remove_fields(MESSAGE, text),
    "replace_field": lambda text: sesmime.replace_field(MESSAGE, "Subject", text),
    "replace_field of addresses": lambda text: sesmime.replace_field(MESSAGE, "To", text),
    "replace_field of a name": lambda text: sesmime.replace_field(MESSAGE, text, "a"),
    "prepend_field": lambda text: sesmime.prepend_field(MESSAGE, "Subject", text),
    "prepend_field of a name": lambda text: sesmime.prepend_field(MESSAGE, text, "a"),
    "strip_ses_fields": lambda text: sesmime.strip_ses_fields(MESSAGE, keep=[text]),
    "write_ses_fields": lambda text: sesmime.write_ses_fields(MESSAGE, SesFields(configuration_set=text)),
    "write_ses_fields of tags": lambda text: sesmime.write_ses_fields(MESSAGE, SesFields(message_tags=((text, text),))),
    "write_ses_fields of ARNs": lambda text: sesmime.write_ses_fields(MESSAGE, SesFields(source_arn=text, tenant=text)),
    "write_ses_fields of lists": lambda text: sesmime.write_ses_fields(
        MESSAGE, SesFields(list_management=ListManagement(text, text))
    ),
    "ApiParameters": _parameters,
    "all ApiParameters": _everything,
    "Destination": lambda text: Destination([text]).all,
    "explain_rejection": lambda text: sesmime.explain_rejection(text, MESSAGE),
    "verdict": lambda text: verdict("parse+validate", text),
    "LintConfig": lambda text: sesmime.lint(MESSAGE, config=LintConfig(select=(text,), ignore=(text,))),
    "verified identities": lambda text: sesmime.lint(MESSAGE, config=LintConfig(verified_identities=(text,))),
    "from_request": lambda text: Submission.from_request(_request(text), Interface.SEND_EMAIL).parameters,
    "to_request": lambda text: Submission.from_request(_request(text), Interface.SEND_EMAIL).to_request(),
    "lint of a request": lambda text: sesmime.lint(Submission.from_request(_request(text), Interface.SEND_EMAIL)),
    "lint of a v2 request": lambda text: sesmime.lint(
        Submission.from_request(_request_of_v2(text), Interface.V2_SEND_EMAIL_SIMPLE)
    ),
    "raw_from_simple": lambda text: _without_random(sesmime.raw_from_simple(_request(text), Interface.SEND_EMAIL)),
    "raw_from_simple of v2": lambda text: _without_random(
        sesmime.raw_from_simple(_request_of_v2(text), Interface.V2_SEND_EMAIL_SIMPLE)
    ),
    "build": lambda text: _built(sender="a@b.example", subject=text, text=text, html=text),
    "build of addresses": lambda text: _built(sender=text, to=[text], cc=text, reply_to=[Mailbox(text, text)]),
    "build of fields": lambda text: _built(sender="a@b.example", fields=[("X-A", text), ("References", text)]),
    "build of names": lambda text: _built(sender="a@b.example", fields=[(text, "a")]),
    "build of a message id": lambda text: _built(sender="a@b.example", message_id=text),
    "build of attachments": lambda text: _built(
        sender="a@b.example", attachments=[Attachment(b"a", text, text, text, text), Attachment(b"a", text)]
    ),
    # One at a time: what is refused first hides the others.
    **{
        f"build of an attachment's {member}": partial(_attached, member)
        for member in ("filename", "content_type", "content_id", "disposition")
    },
    "readdress": lambda text: b"".join(sesmime.readdress(MESSAGE, to=text, subject=text, date=AT, message_id="<a@b>")),
    "prepare_many": lambda text: [
        (_without_random(one.message), one.parameters)
        for one in sesmime.prepare_many(MESSAGE, [text], fields={"X": text})
    ],
    "prepare_forward": lambda text: _without_random(
        sesmime.prepare_forward(MESSAGE, sender=text, destination=[text], to=[text], subject_prefix=text).message
    ),
    "prepare_forward of a destination": lambda text: _without_random(
        sesmime.prepare_forward(MESSAGE, sender="a@b.example", destination=[text]).message
    ),
    "feedback_id": lambda text: feedback_id([(text, text)], internal=text),
    "feedback_id of a mapping": lambda text: feedback_id({text: [text]}),
    "event_record": lambda text: event_record(
        "Send", Submission(MESSAGE), message_id=text, timestamp=AT, recipients=[text]
    ),
    "event_record of parameters": lambda text: event_record(
        "Bounce", Submission(MESSAGE, _parameters(text)), message_id="i", timestamp=AT
    ),
    "mail_object": lambda text: mail_object(Submission(MESSAGE, _parameters(text)), message_id=text, timestamp=AT),
    "carried": lambda text: carried(
        {"eventType": text, "mail": {"messageId": text}}, Carrier.EVENTBRIDGE, timestamp=AT
    )["detail"],
    "read_events": lambda text: read_events(text),
    "read_events of a mapping": lambda text: read_events({"eventType": "Send", "mail": {"messageId": text}}),
    "simulated": lambda text: simulated(Submission(MESSAGE, _parameters(text))),
    "translate": lambda text: sesmime.translate(Submission(MESSAGE, _parameters(text)), Interface.V2_SEND_EMAIL_RAW),
    **{
        f"{name} by {interface.name}": partial(_checked, call, interface)
        for interface in RAW
        for name, call in (
            ("lint", sesmime.lint),
            ("fix", sesmime.fix),
            ("resolve", sesmime.resolve),
            ("envelope", sesmime.envelope),
            ("predict_rejection", sesmime.predict_rejection),
            ("prepare", sesmime.prepare),
        )
    },
    "lint of all parameters": lambda text: sesmime.lint(MESSAGE, parameters=_everything(text), interface=RAW[1]),
    "resolve of all parameters": lambda text: sesmime.resolve(MESSAGE, parameters=_everything(text), interface=RAW[1]),
    "prepare of all parameters": lambda text: sesmime.prepare(
        MESSAGE, parameters=_everything(text), interface=RAW[1]
    ).to_request(),
}

VALUES: Final = (
    "a@b.example",
    "spring",
    "Zoë <zoe@b.example>",
    "",
    "a\r\nBcc: v@example.net",
    "\ud800",
    "X-SES-TENANT",
    "SES501",
    "arn:aws:ses:us-east-1:123456789012:identity/example.com",
    "=?utf-8?q?a?=",
    '"a',
    "a\tb.txt",
    "text/plain",
    "attachment",
    "inline",
)


def _without_random(message: bytes) -> bytes:
    message = sesmime.remove_fields(message, "Message-ID", "Date")
    return re.sub(rb"=_[0-9a-f]{24}", b"boundary", message)


def _built(**given: Any) -> bytes:
    return sesmime.build(**{"date": AT, "message_id": "<a@b.example>", **given})


def outcome(call: Callable[[Any], Any], value: Any) -> Any:
    """Return what a call gives, or the documented error that it raises, as it is told."""
    try:
        made = call(value)
    except (SesMimeError, TypeError) as error:
        return type(error), str(error)
    assert not holds_a_subclass(made)
    return made


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("lying", [LyingText, RaisingText])
def test_a_lying_str_is_taken_as_the_text_that_it_holds(name: str, lying: type[str]) -> None:
    call = TEXTS[name]
    for value in VALUES:
        expected, got = outcome(call, value), outcome(call, lying(value))
        assert repr(got) == repr(expected), repr(value)
        assert got == expected, repr(value)


OCTETS: Final[dict[str, Callable[[bytes], Any]]] = {
    "parse": lambda message: [
        (one.path, one.content(), one.text(), bytes(one)) for one in sesmime.parse(message).walk()
    ],
    "lint": sesmime.lint,
    "fix": lambda message: sesmime.fix(message).message,
    "strip_ses_fields": sesmime.strip_ses_fields,
    "remove_fields": lambda message: sesmime.remove_fields(message, "To"),
    "replace_field": lambda message: sesmime.replace_field(message, "To", "x@y.example"),
    "resolve": sesmime.resolve,
    "envelope": sesmime.envelope,
    "prepare": lambda message: sesmime.prepare(message).to_request(),
    "to_7bit": sesmime.to_7bit,
    "to_request": lambda message: Submission(message).to_request(),
    "submission": lambda message: repr(Submission(message)),
    "message_from_bytes": lambda message: bytes(sesmime.message_from_bytes(message)),
    "message_to_bytes": lambda message: sesmime.message_to_bytes(sesmime.message_from_bytes(message)),
    "read_events": lambda message: read_events(message),
    "attachment": lambda message: _built(sender="a@b.example", attachments=[Attachment(message, "a.bin")]),
    "edits": lambda message: sesmime.apply_edits(MESSAGE, [sesmime.Edit(sesmime.Span(0, 0), message)]),
}


@pytest.mark.parametrize("name", OCTETS)
@pytest.mark.parametrize("octets", [MESSAGE, b"", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n\xe9\n--b--\n"])
def test_lying_bytes_are_taken_as_the_octets_that_they_hold(name: str, octets: bytes) -> None:
    call = OCTETS[name]
    expected, got = outcome(call, octets), outcome(call, RaisingBytes(octets))
    assert repr(got) == repr(expected)
    assert got == expected
    assert outcome(call, bytearray(octets)) == expected or name in ("edits", "attachment")


def test_a_stream_that_returns_lying_bytes_is_stripped() -> None:
    class Stream(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return RaisingBytes(super().read(size))  # type: ignore[no-any-return]

    target = io.BytesIO()
    sesmime.copy_stripped(Stream(MESSAGE), target)
    assert target.getvalue() == sesmime.strip_ses_fields(MESSAGE)


def test_what_is_no_parameters_makes_no_submission() -> None:
    wrong: Any
    for wrong in (object, 5, {}, Interface.SMTP):
        with pytest.raises(TypeError, match="parameters must be an ApiParameters"):
            Submission(MESSAGE, wrong)


def test_a_long_file_name_that_lies_about_its_length_is_too_long() -> None:
    request = _request_of_v2("a@b.example")
    content = request["Content"]["Simple"]
    content["Subject"] = {"Data": "x"}
    name = "a" * 400
    attachments = [{"FileName": one, "RawContent": b"x"} for one in (name, LyingText(name))]
    told = []
    for attachment in attachments:
        content["Attachments"] = [attachment]
        with pytest.raises(sesmime.InvalidSetting) as caught:
            sesmime.raw_from_simple(request, Interface.V2_SEND_EMAIL_SIMPLE)
        told.append(str(caught.value))
    assert told[0] == told[1]
    assert "FileName" in told[0]
