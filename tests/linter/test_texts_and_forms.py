"""Every known text in every form in which people meet it: exceptions of SDKs, SMTP dialogues, reports of delivery."""

from __future__ import annotations

import html
import json
import re
import textwrap
from collections.abc import Callable
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import pytest

from sesmime import ApiParameters, Destination, Evidence, LintConfig
from sesmime.linter.answers import Explanation, explain_rejection
from sesmime.linter.answers.texts import KNOWN_TEXTS, KnownText, find_texts
from tests.linter.quoted import FROM, SMTP, SOUND, SUBJECT, TO, UNKNOWN, mail

SPECIAL = [known for known in KNOWN_TEXTS if not known.is_general]


def _api(text: str) -> str:
    """Return what an API says: without the code of a reply."""
    return re.sub(r"^[245][0-9][0-9] ", "", text)


def _reply(known: KnownText) -> tuple[str, str]:
    """Return the code and the text of an SMTP reply."""
    whole = known.title if re.match("[245][0-9][0-9] ", known.title) else (known.carried.reply or "554 ") + known.title
    return whole[:3], whole[4:]


Form = Callable[[KnownText], str]
API_FORMS: dict[str, Form] = {
    "botocore": lambda known: (
        f"botocore.errorfactory.{known.carried.v2}: An error occurred ({known.carried.v2}) when calling the SendEmail"
        f" operation: {_api(known.title)}"
    ),
    "boto 2": lambda known: (
        f"boto.ses.exceptions.SESError: 400 Bad Request\n<ErrorResponse><Error><Type>Sender</Type>"
        f"<Code>{known.carried.v1}</Code><Message>{escape(_api(known.title))}</Message></Error></ErrorResponse>"
    ),
    "JavaScript": lambda known: (
        f"{known.carried.v2}: {_api(known.title)}\n    at throwDefaultError"
        " (/app/node_modules/@smithy/smithy-client/dist-cjs/index.js:388:20) {\n  '$fault': 'client'"
    ),
    "JavaScript 2, printed": lambda known: json.dumps(
        {"name": known.carried.v1, "message": _api(known.title), "retryable": False}
    ),
    "Java 1": lambda known: (
        f"com.amazonaws.services.simpleemail.model.AmazonSimpleEmailServiceException: {_api(known.title)} (Service:"
        f" AmazonSimpleEmailService; Status Code: 400; Error Code: {known.carried.v1}; Request ID: 0-1; Proxy: null)"
    ),
    "Java 2": lambda known: (
        f"software.amazon.awssdk.services.sesv2.model.SesV2Exception: {_api(known.title)}"
        " (Service: SesV2, Status Code: 400, Request ID: 0-1)"
    ),
    "PHP": lambda known: (
        'Error executing "SendRawEmail" on "https://email.eu-west-1.amazonaws.com"; AWS HTTP error: Client error:'
        f" `POST /` resulted in a `400 Bad Request` response: {known.carried.v1} (client): {_api(known.title)}"
    ),
    "Go 1": lambda known: f"{known.carried.v1}: {_api(known.title)}\n\tstatus code: 400, request id: 0-1",
    "Go 2": lambda known: (
        "operation error SESv2: SendEmail, https response error StatusCode: 400, RequestID: 0-1,"
        f" {known.carried.v2}: {_api(known.title)}"
    ),
    ".NET": lambda known: (
        f"Amazon.SimpleEmailV2.Model.{known.carried.v2}: {_api(known.title)}\n ---> Amazon.Runtime.Internal"
        ".HttpErrorResponseException: Exception of type 'HttpErrorResponseException' was thrown."
    ),
    "Ruby": lambda known: f"Aws::SES::Errors::{known.carried.v1} ({_api(known.title)})",
    "Rust": lambda known: (
        f'Error {{ code: "{known.carried.v1}", message: "{_api(known.title)}", aws_request_id: "0-1" }}'
    ),
    "Python, the response": lambda known: repr(
        {"Error": {"Message": _api(known.title), "Code": known.carried.v2}, "ResponseMetadata": {"RequestId": "0-1"}}
    ),
    "JSON in JSON in JSON": lambda known: json.dumps(json.dumps({"body": json.dumps({"message": _api(known.title)})})),
    "a page": lambda known: f"<p>{html.escape(_api(known.title))}</p>",
    "an address of the web": lambda known: f"/failed?message={quote(_api(known.title))}",
    "a form": lambda known: f"message={quote_plus(_api(known.title))}",
    "broken lines": lambda known: textwrap.fill(f"({known.carried.v1}) when calling: {_api(known.title)}", 40),
    "an answered mail": lambda known: (
        "> " + textwrap.fill(f"An error occurred ({known.carried.v1}): {_api(known.title)}", 50).replace("\n", "\n> ")
    ),
    "colours": lambda known: f"\x1b[31mERROR\x1b[0m {_api(known.title)}\x1b[0m",
}
SMTP_FORMS: dict[str, Form] = {
    "dialogue": lambda known: (
        "220 email-smtp.amazonaws.com ESMTP\r\n250 Ok\r\n235 Authentication successful.\r\n250 Ok\r\n354 End data\r\n"
        + " ".join(_reply(known))
    ),
    "smtplib": lambda known: f"smtplib.SMTPDataError: {(int(_reply(known)[0]), _reply(known)[1].encode())!r}",
    "Nodemailer": lambda known: (
        f"Error: Message failed: {' '.join(_reply(known))}\n    at SMTPConnection._formatError {{\n"
        f"  code: 'EMESSAGE',\n  responseCode: {_reply(known)[0]},\n  command: 'DATA'"
    ),
    "JavaMail": lambda known: (
        f"com.sun.mail.smtp.SMTPSendFailedException: {' '.join(_reply(known))}\n;\n nested exception"
    ),
    "PHPMailer": lambda known: (
        f"SMTP Error: data not accepted. SMTP server error: DATA END command failed Detail: {_reply(known)[1]}"
        f" SMTP code: {_reply(known)[0]}"
    ),
    "Symfony": lambda known: (
        f'Expected response code "250" but got code "{_reply(known)[0]}", with message "{" ".join(_reply(known))}".'
    ),
    "Ruby": lambda known: f"Net::SMTPFatalError: {' '.join(_reply(known))}\n",
    ".NET": lambda known: (
        f"System.Net.Mail.SmtpException: Transaction failed. The server response was: {' '.join(_reply(known))}"
    ),
    "Postfix": lambda known: (
        "status=bounced (host email-smtp.us-east-1.amazonaws.com[192.0.2.1] said:"
        f" {' '.join(_reply(known))} (in reply to end of DATA command))"
    ),
    "delivery status": lambda known: (
        "Action: failed\r\nStatus: 5.0.0\r\nRemote-MTA: dns; email-smtp.us-east-1.amazonaws.com\r\n"
        f"Diagnostic-Code: smtp; {' '.join(_reply(known)).replace(' ', chr(13) + chr(10) + '    ', 2)}\r\n"
    ),
    "aiosmtplib": lambda known: f"aiosmtplib.errors.SMTPDataError: ({_reply(known)[0]}, {_reply(known)[1]!r})",
    "two lines": lambda known: (
        f"{_reply(known)[0]}-{_reply(known)[1]}\r\n{_reply(known)[0]} request 0102018f, see the documentation"
    ),
    "Exim": lambda known: (
        "** a@b.example R=smarthost T=remote_smtp H=email-smtp.us-east-1.amazonaws.com [192.0.2.1]: SMTP error from"
        f" remote mail server after end of data: {' '.join(_reply(known))}"
    ),
    "sendmail": lambda known: (
        "... while talking to email-smtp.us-east-1.amazonaws.com.:\n>>> DATA\n"
        f"<<< {' '.join(_reply(known))}\n554 5.0.0 Service unavailable"
    ),
    "msmtp": lambda known: (
        f"msmtp: server message: {' '.join(_reply(known))}\nmsmtp: could not send mail (account default)"
    ),
    "enhanced code": lambda known: "{} 5.7.1 {}".format(*_reply(known)),
}


@pytest.mark.parametrize("form", [*API_FORMS, *(f"SMTP {name}" for name in SMTP_FORMS)])
def test_each_text_is_found_in_the_form(form: str) -> None:
    wrap = SMTP_FORMS[form[5:]] if form.startswith("SMTP ") else API_FORMS[form]
    missed = []
    for known in SPECIAL:
        if not form.startswith("SMTP ") and _api(known.title) != known.title and known.title.startswith(known.text[:3]):
            continue  # a reply of the connection, which no API gives
        pasted = wrap(known)
        if [found.known.title for found in find_texts(pasted)] != [known.title]:
            missed.append((known.title, [found.known.title for found in find_texts(pasted)]))
    assert missed == []


def told(text: str, message: bytes, source: str = "", to: tuple[str, ...] = ()) -> tuple[Explanation, ...]:
    """Explain, over SMTP."""
    parameters = ApiParameters(source=source or None, destination=Destination(to) if to else None)
    return explain_rejection(text, message, parameters=parameters, interface=SMTP)


@pytest.mark.parametrize(
    ("pasted", "title"),
    [
        ("Sending paused for this account. For more information, please check", "Sending paused for this account"),
        ("554 MAIL FROM domain not verified: DNS setup for MAIL FROM domain is invalid.", "554 MAIL FROM domain"),
        ("451 4.4.2 Timeout waiting for data from client.", "451 Timeout waiting for data from client"),
        ("(535, b'Authentication Credentials Invalid')", "535 Authentication Credentials Invalid"),
        ("530 5.7.0 Must issue a STARTTLS command first", "530 Must issue"),
        ("TenantNotFound: Tenant acme for AwsAccountId 123456789012 not found.", "Tenant X for AwsAccountId N"),
        ("List with name: news doesn't exist.", "List with name: X"),
        (
            "2 validation errors detected: Value at 'tags.1.member.name' failed to satisfy constraint: Member must",
            "1 validation error detected",
        ),
        ("(SignatureDoesNotMatch) when calling the SendEmail operation: odd", "SignatureDoesNotMatch"),
        ("(ExpiredTokenException) when calling the SendEmail operation: odd", "ExpiredTokenException"),
        ("The security token included in the request is invalid.", "The security token included in the request is inv"),
        ("RequestExpired", "RequestExpired"),
        ("OptInRequired: The AWS Access Key Id needs a subscription for the service", "OptInRequired"),
        ("TemplateDoesNotExist: Template welcome does not exist.", "TemplateDoesNotExist"),
        ('Parameter validation failed:\nUnknown parameter in input: "Raw"', "Parameter validation failed"),
        ('Invalid base64: "From: me@example.com\r\nTo: x"', "Invalid base64"),
    ],
)
def test_a_text_with_words_of_its_own_is_known(pasted: str, title: str) -> None:
    explained = explain_rejection(pasted)
    assert {one.title[: len(title)] for one in explained} == {title}


def test_the_malformed_address_that_a_text_names_is_not_called_empty() -> None:
    for pasted in ("Invalid email address<x@>.", 'Invalid email address "a\nb"@example.com.'):
        (only,) = explain_rejection(pasted)
        assert "malformed" in only.cause
    assert "empty string" in explain_rejection("Invalid email address .")[0].cause


def test_digits_are_spoken_of_only_where_the_domain_ends_with_them() -> None:
    (only,) = explain_rejection("Invalid domain name: 'example'.")
    assert "digits" not in only.cause
    (only,) = explain_rejection("Invalid domain name: 'gmail.com.0927168644'.")
    assert "digits" in only.cause


# Policies

ARN = "arn:aws:iam::123456789012"


@pytest.mark.parametrize(
    ("pasted", "action"),
    [
        (f"User: {ARN}:user/app is not authorized to perform: ses:SendRawEmail on resource: {ARN}", "ses:SendRawEmail"),
        ("554 Access denied: User `arn` is not authorized to perform `ses:SendEmail' on resource `x'", "ses:SendEmail"),
        ("is not authorized to perform: ses:SendBulkTemplatedEmail", "ses:SendBulkTemplatedEmail"),
    ],
)
def test_a_policy_is_explained_with_the_action_that_the_text_names(pasted: str, action: str) -> None:
    first = explain_rejection(pasted)[0]
    assert action in first.title
    assert re.findall(r"ses:\w+", first.cause) == [action]
    assert re.findall(r"ses:\w+", first.remedy) == [action]


# Identities

NOT_VERIFIED = (
    "554 Message rejected: Email address is not verified. The following identities failed the check in region "
)


def test_the_identity_that_the_text_names_has_its_place() -> None:
    message = mail("From: me@example.com", "Sender: Web <NoReply@other.example>", TO)
    first = told(f"{NOT_VERIFIED}US-WEST-2: Web <noreply@other.example>", message, source="me@example.com")[0]
    assert [(one.code, one.line, one.span and message[slice(*one.span)]) for one in first.findings] == [
        ("SES214", 2, b"Web <NoReply@other.example>")
    ]
    assert "in Sender" in first.findings[0].message


def test_an_identity_that_is_a_domain_has_its_place() -> None:
    first = told(f"{NOT_VERIFIED}EU-WEST-1: example.com", SOUND)[0]
    assert [one.line for one in first.findings] == [1]


def test_an_identity_of_a_parameter_is_told() -> None:
    message = mail("From: me@example.com", TO)
    first = told(f"{NOT_VERIFIED}EU-WEST-1: bounce@other.example", message, source="bounce@other.example")[0]
    assert [one.line for one in first.findings] == [None]


@pytest.mark.parametrize("to", [("bob@example.org",), ()])
def test_an_identity_that_is_only_a_recipient_means_the_sandbox(to: tuple[str, ...]) -> None:
    first, second = told(f"{NOT_VERIFIED}EU-WEST-1: Bob <bob@example.org>", mail(FROM, TO, SUBJECT), to=to)
    assert "sandbox" in first.cause
    assert "bob@example.org" in first.cause
    assert second.findings == ()


def test_an_identity_that_the_message_has_nowhere_leaves_the_order() -> None:
    text = f"{NOT_VERIFIED}EU-WEST-1: eve@elsewhere.example"
    assert told(text, SOUND) == explain_rejection(text)


def test_an_identity_that_is_sender_and_recipient_is_the_sender() -> None:
    message = mail("From: a@b.example", "To: a@b.example")
    first = told(f"{NOT_VERIFIED}EU-WEST-1: a@b.example", message)[0]
    assert [one.line for one in first.findings] == [1]


def test_verified_identities_do_not_hide_the_one_that_is_named() -> None:
    config = LintConfig(verified_identities=("elsewhere.example",))
    first = explain_rejection(f"{NOT_VERIFIED}EU-WEST-1: ann@example.com", SOUND, config=config)[0]
    assert [one.line for one in first.findings] == [1]


@pytest.mark.parametrize("named", ["", ",,, @", "@" * 5000, "a@" * 5000, "x" * 5000, "\x00<>'", "a@b.example"])
def test_no_list_of_identities_raises(named: str) -> None:
    for message in (SOUND, b"", b"From: " + b"@" * 500, b"To: a@b.example,\xff<\x00@"):
        explained = told(NOT_VERIFIED + "X: " + named, message)
        assert UNKNOWN not in {one.title for one in explained}
        assert all(one.evidence in Evidence for one in explained)


def test_an_address_as_a_display_name_has_its_place() -> None:
    message = mail("From: bob@other.example <ok@verified.example>", TO)
    config = LintConfig(verified_identities=("verified.example",))
    text = f"{NOT_VERIFIED}EU-WEST-1: bob@other.example"
    first = explain_rejection(text, message, interface=SMTP, config=config)[0]
    assert [(one.line, one.span and message[slice(*one.span)]) for one in first.findings] == [(1, b"bob@other.example")]
    quoted_name = mail('From: "bob@other.example" <ok@verified.example>', TO)
    assert not explain_rejection(text, quoted_name, interface=SMTP, config=config)[0].findings


def test_an_identity_of_another_account_has_its_place() -> None:
    text = f"{NOT_VERIFIED}EU-WEST-1: arn:aws:ses:eu-west-1:123456789012:identity/example.com"
    assert [one.line for one in told(text, SOUND)[0].findings] == [1]


def test_where_every_sender_is_verified_it_is_the_sandbox() -> None:
    verified = LintConfig(verified_identities=("example.com",))
    text = "Email address is not verified."
    assert "sandbox" in explain_rejection(text, mail("From: a@example.com", TO), config=verified)[0].cause
    first = explain_rejection(text, mail("From: a@example.com", "Sender: b@c.example", TO), config=verified)[0]
    assert [one.line for one in first.findings] == [2]
