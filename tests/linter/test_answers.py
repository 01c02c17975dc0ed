"""Rejections: every text that SES is known to answer with, what causes it, where, and what takes its place.

`ROWS` is the list of all known texts. A row has a submission that causes the text, with the place, and a repaired one
that is expected to pass; or the reason why nothing can be seen before sending.
"""

from __future__ import annotations

import base64
import doctest
import pickle
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import pytest

import sesmime.linter.answers as answers
import sesmime.linter.answers.texts as texts
from sesmime import ApiParameters, Destination, Evidence, Interface, LintConfig, MessageTag, Submission, lint
from sesmime.linter.answers import Explanation, Rejection, explain_rejection, predict_rejection
from sesmime.linter.answers.texts import KNOWN_TEXTS, find_texts, text

V1, V2, SMTP = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP
UNKNOWN = "a text that is not known"


def mail(*lines: str | bytes, body: bytes = b"Hi\r\n") -> bytes:
    """Return a message of these lines; text as Latin-1."""
    return (
        b"".join(line.encode("latin-1") + b"\r\n" if isinstance(line, str) else line for line in lines) + b"\r\n" + body
    )


FROM, TO, SUBJECT = "From: Ann <ann@example.com>", "To: Bob <bob@example.org>", "Subject: Lunch"
SOUND = mail(FROM, TO, SUBJECT, "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8")


def with_field(*lines: str) -> bytes:
    """Return a sound message with these fields behind the three that it always has: the first of them is line 4."""
    return mail(FROM, TO, SUBJECT, *lines)


def multipart(*parts: bytes) -> bytes:
    """Return a multipart/mixed of these parts."""
    head = mail(FROM, TO, SUBJECT, "MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"', body=b"")
    return head + b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


TEXT_PART = mail("Content-Type: text/plain; charset=utf-8")


def attachment(*lines: str) -> bytes:
    """Return a multipart with a text and an attachment that has these fields: the first of them is line 14, part 2."""
    return multipart(TEXT_PART, mail("Content-Transfer-Encoding: 7bit", *lines))


class Row(NamedTuple):
    """One text: as it is printed, as it is expected of the submission, the place; or why it cannot be foreseen."""

    number: str
    printed: str
    reason: str = ""
    bad: Submission | None = None
    line: int | None = None
    part: str = ""
    repaired: Submission | None = None
    expected: str = ""
    identities: tuple[str, ...] = ()


def row(
    number: str,
    printed: str,
    bad: bytes | Submission,
    repaired: bytes | Submission,
    line: int | None = None,
    part: str = "",
    expected: str = "",
    identities: tuple[str, ...] = (),
) -> Row:
    """Return a row with a submission; a message alone goes out by SendRawEmail without parameters."""
    was, then = (one if isinstance(one, Submission) else Submission(one) for one in (bad, repaired))
    return Row(number, printed, "", was, line, part, then, expected or printed, identities)


def unseen(number: str, printed: str, reason: str) -> Row:
    """Return a row that cannot be seen before sending."""
    return Row(number, printed, reason)


def given(interface: Interface = V1, message: bytes | None = SOUND, **settings: object) -> Submission:
    """Return a submission with parameters; `to` is short for a destination."""
    to = settings.pop("to", None)
    if isinstance(to, tuple):
        settings["destination"] = Destination(to)
    return Submission(message, ApiParameters(**settings), interface)  # type: ignore[arg-type]


def to_one(number: str, printed: str, address: str, better: str = "bob@example.org", expected: str = "") -> Row:
    """Return a row whose address stands in the To field, line 2 of the message."""
    return row(
        number, printed, mail(FROM, f"To: {address}", SUBJECT), mail(FROM, f"To: {better}", SUBJECT), 2, "", expected
    )


def destination(number: str, printed: str, address: str, better: str = "bob@example.org", expected: str = "") -> Row:
    """Return a row whose address is an element of Destinations."""
    return row(number, printed, given(to=(address,)), given(to=(better,)), expected=expected)


def tags(number: str, printed: str, name: str, value: str, expected: str = "") -> Row:
    """Return a row about a message tag that is given as parameter."""
    good = given(message_tags=(MessageTag("campaign", "spring"),), configuration_set="shop")
    bad = given(message_tags=(MessageTag(name, value),), configuration_set="shop")
    return row(number, printed, bad, good, expected=expected)


def tag_field(number: str, printed: str, pair: str, expected: str = "") -> Row:
    """Return a row about a message tag in the field, line 5 of the message."""
    lines = ("X-SES-CONFIGURATION-SET: shop", f"X-SES-MESSAGE-TAGS: {pair}")
    good = with_field(lines[0], "X-SES-MESSAGE-TAGS: campaign=spring")
    return row(number, printed, with_field(*lines), good, 5, "", expected)


def twice(number: str, printed: str, first: str, second: str) -> Row:
    """Return a row about a field that stands there twice, in lines 4 and 5."""
    return row(number, printed, with_field(first, second), with_field(first), 5)


def disposition(number: str, printed: str, bad: str, good: str, expected: str = "") -> Row:
    """Return a row about the Content-Disposition of an attachment."""
    name = "Content-Disposition:"
    return row(number, printed, attachment(f"{name} {bad}"), attachment(f"{name} {good}"), 14, "2", expected)


@cache
def large(octets: int) -> bytes:
    """Return a message of just so many octets."""
    line = b"x" * 76 + b"\r\n"
    body = line * ((octets - len(SOUND)) // len(line))
    return SOUND + body + b"y" * (octets - len(SOUND) - len(body))


_STATE = "the state of the account is not in the message"
_STORE = "whether it exists is known to the account alone; a malformed name is row 46"
_DKIM = "DKIM-Signature: v=1; a=rsa-sha256; d={}; s=k; h=from; bh=YQ==; b=YQ=="
_FIFTY = ", ".join(f"p{number}@example.org" for number in range(50))
_IAM = "policies of IAM and of identities are known to the account alone"
_V2_SIMPLE, _V2_TEMPLATE = Interface.V2_SEND_EMAIL_SIMPLE, Interface.V2_SEND_EMAIL_TEMPLATE

# What users quote.
USERS: tuple[Row, ...] = (
    twice("1", "Duplicate header 'Content-Type'.", "Content-Type: text/plain", "Content-Type: text/html"),
    row(
        "1 no empty line",
        "Duplicate header 'Content-Type'.",
        mail(
            FROM,
            TO,
            "Content-Type: multipart/mixed; boundary=b",
            "--b",
            "Content-Type: text/plain",
            body=b"Hi\r\n--b--",
        ),
        mail(FROM, TO, "Content-Type: multipart/mixed; boundary=b", "", "--b", "Content-Type: text/plain"),
        4,
    ),
    row(
        "1 lone CR",
        "Duplicate header 'Content-Type'.",
        mail(FROM, TO, "Content-Type: text/plain\rContent-Type: text/html"),
        mail(FROM, TO, "Content-Type: text/plain"),
        3,
    ),
    twice("2", "Duplicate header 'MIME-Version'.", "MIME-Version: 1.0", "MIME-Version: 1.0"),
    twice("3", "Duplicate header 'Message-ID'.", "Message-ID: <a@example.com>", "Message-Id: <b@example.com>"),
    twice("4", "Duplicate header 'DKIM-Signature'.", _DKIM.format("a.example"), _DKIM.format("b.example")),
    twice("5", "Duplicate header 'Delivered-To'.", "Delivered-To: a@example.com", "Delivered-To: b@example.com"),
    twice(
        "6",
        "Duplicate header 'List-Unsubscribe'.",
        "List-Unsubscribe: <https://e.example/1>",
        "List-Unsubscribe: <https://e.example/2>",
    ),
    twice(
        "7",
        "Duplicate header 'Content-Transfer-Encoding'.",
        "Content-Transfer-Encoding: 7bit",
        "Content-Transfer-Encoding: 8bit",
    ),
    row("8", "Missing required header 'From'.", mail(TO, SUBJECT), mail(FROM, TO, SUBJECT)),
    row(
        "8 API v2",
        "Missing required header 'From'.",
        given(V2, mail(TO, SUBJECT)),
        given(V2, mail(TO, SUBJECT), source="ann@example.com"),
    ),
    row("8 empty line", "Missing required header 'From'.", b"\r\n" + SOUND, SOUND, 1),
    row(
        "9",
        "Missing required header 'To'.",
        mail(FROM, SUBJECT),
        given(message=mail(FROM, SUBJECT), to=("bob@example.org",)),
    ),
    row("9 Bcc", "Missing required header 'To'.", mail(FROM, "Bcc: bob@example.org"), mail(FROM, TO)),
    row(
        "10",
        "Empty required header 'To'.",
        given(message=mail(FROM, "To: ", SUBJECT), to=("bob@example.org",)),
        given(message=mail(FROM, SUBJECT), to=("bob@example.org",)),
        2,
    ),
    row("10 alone", "Empty required header 'To'.", mail(FROM, "To:", SUBJECT), SOUND),
    row("11", "Empty header names are illegal.", with_field(": no name"), with_field("X-Named: no name"), 4),
    row("11 junk", "Empty header names are illegal.", with_field("junk that is no field"), with_field(), 4),
    unseen("12", "Illegal header '<text>'.", "historical: seen in 2011, when SES took listed field names alone"),
    row("13", "Header section too long.", base64.b64encode(SOUND), SOUND, 1),
    unseen("14", "Illegal content.", "what causes it is not known"),
    unseen("15", "Illegal content type '<x>'.", "historical: SES took listed content types alone until 2013"),
    row(
        "16",
        "Missing start boundary",
        mail(FROM, TO, "Content-Type: multipart/mixed; boundary=b", body=b"no parts\r\n"),
        mail(FROM, TO, "Content-Type: multipart/mixed; boundary=b", body=b"--b\r\n\r\nHi\r\n--b--\r\n"),
        3,
    ),
    row(
        "16 inner",
        "Missing start boundary",
        multipart(TEXT_PART, mail("Content-Type: multipart/alternative; boundary=c", body=b"")),
        multipart(
            TEXT_PART, mail("Content-Type: multipart/alternative; boundary=c", body=b"--c\r\n\r\nHi\r\n--c--\r\n")
        ),
        13,
        "2",
    ),
    row("17", "Expected '/', got ;", with_field("Content-Type: text;"), with_field("Content-Type: text/plain"), 4),
    row(
        "17 inner",
        "Expected '/', got ;",
        attachment("Content-Type: text; charset=x"),
        attachment("Content-Type: text/plain"),
        14,
        "2",
    ),
    disposition(
        "18",
        "Expected ';', got \"hello.txt\"",
        "attachment; filename=my hello.txt",
        'attachment; filename="my hello.txt"',
    ),
    disposition("19", "Expected ';', got \":\"", "attachment; filename=12:30.txt", "attachment; filename=1230.txt"),
    disposition("20", "Expected '=', got 'null'", "attachment; foo", "attachment; foo=bar"),
    disposition("21", "Expected disposition, got =", "=?utf-8?q?attachment?=", "attachment"),
    unseen(
        "22",
        "BadRequestException",
        "nobody quotes the text; SES404 tells of file names with such characters, without one",
    ),
    disposition(
        "23", 'Expected parameter value, got "="', "attachment; filename==?utf-8?q?a?=", 'attachment; filename="a"'
    ),
    row(
        "24",
        "Unsupported encoding cp-850.",
        with_field("Content-Type: text/plain; charset=cp-850"),
        with_field("Content-Type: text/plain; charset=utf-8"),
        4,
    ),
    row("25", "Missing final '@domain'", mail("From: Joe <joe>", TO), mail("From: Joe <joe@example.com>", TO), 1),
    destination("25 parameter", "Missing final '@domain'", "joe"),
    destination("25 empty", "Missing final '@domain'", ""),
    to_one("26", "Missing domain", "x@"),
    to_one("26 quoted", "Missing domain", '"x@"@example.com'),
    to_one("26 semicolons", "Missing domain", "a@example.com; b@example.com", "a@example.com, b@example.com"),
    to_one("27", "Missing local name", "@example.com"),
    destination("27 parameter", "Missing local name", "@example.com"),
    destination("28", "Local address contains control or whitespace", "jörg@example.com", "jorg@example.com"),
    to_one(
        "28 comma",
        "Local address contains control or whitespace",
        "Acme Corp, Inc <a@example.com>",
        '"Acme Corp, Inc" <a@example.com>',
    ),
    to_one("28 blank", "Local address contains control or whitespace", "ann bee@example.com"),
    destination("29", "Local address contains illegal character", "To: x@example.com"),
    to_one("29 bracket", "Local address contains illegal character", "a[b]@example.com"),
    to_one("30", "Domain contains illegal character", "a@b_c.example"),
    to_one("30 second @", "Domain contains illegal character", "a@b@example.com"),
    destination("30 non-ASCII", "Domain contains illegal character", "a@bücher.example", "a@xn--bcher-kva.example"),
    to_one("31", "Domain contains control or whitespace", "a@exam ple.com"),
    destination("32", "Illegal address", "a@example.com, b@example.com"),
    destination("32 comma", "Illegal address", "Acme, Inc <a@example.com>", '"Acme, Inc" <a@example.com>'),
    to_one("33", "Extra route-addr", "Joe <a@example.com> <b@example.com>"),
    to_one("34", "Nested group", "Re: to: b@example.com;", '"Re: to:" <b@example.com>'),
    to_one("35", "Illegal semicolon, not in group", "a@example.com; b@example.com", "a@example.com, b@example.com"),
    to_one("36", "Missing '\"'", '"Joe <a@example.com>', '"Joe" <a@example.com>'),
    row("37", "Invalid email address", given(V2, to=("",)), given(V2, to=("a@example.com",))),
    row("37 log", "Invalid email address .", given(V2, to=("a@example.com", "")), given(V2, to=("a@example.com",))),
    row(
        "38",
        "Address contains illegal characters in user name: '<\"re:ceiver\"@dom>'.",
        given(SMTP, to=('"re:ceiver"@dom',)),
        given(SMTP, to=("receiver@dom",)),
    ),
    row(
        "39",
        "User name is missing: 'AKIA...'",
        given(SMTP, mail("From: AKIAEXAMPLE", TO)),
        given(SMTP),
        1,
        "",
        "User name is missing: 'AKIAEXAMPLE'",
    ),
    row(
        "40",
        "Invalid domain name: '<domain>'.",
        given(SMTP, mail(FROM, "To: a@gmail.com.0927168644")),
        given(SMTP, mail(FROM, "To: a@gmail.com")),
        2,
        "",
        "Invalid domain name: 'gmail.com.0927168644'.",
    ),
    row(
        "41",
        "501 Invalid RCPT TO address provided",
        given(SMTP, to=("a>b@example.com",)),
        given(SMTP, to=("ab@example.com",)),
    ),
    row(
        "42", "501 Invalid MAIL FROM address provided", given(SMTP, source="<>"), given(SMTP, source="ann@example.com")
    ),
    row(
        "42 key",
        "501 Invalid MAIL FROM address provided",
        given(SMTP, source="AKIAEXAMPLE"),
        given(SMTP, source="ann@example.com"),
    ),
    row(
        "43", "Recipient count exceeds 50.", mail(FROM, f"To: {_FIFTY}, last@example.org"), mail(FROM, f"To: {_FIFTY}")
    ),
    row(
        "44",
        "Message length is more than 10485760 bytes long: '12078147'.",
        large(12_078_147),
        given(V2, large(12_078_147)),
    ),
    row(
        "45",
        "Email address is not verified. The following identities failed the check in region US-EAST-2: ...",
        SOUND,
        mail("From: ann@verified.example", TO),
        1,
        "",
        "Email address is not verified.",
        ("verified.example",),
    ),
    row(
        "46",
        "Configuration set <name> does not exist.",
        given(configuration_set="my set"),
        given(configuration_set="my-set"),
        expected="Configuration set <my set> does not exist.",
    ),
    unseen("46 unknown", "Configuration set <name> does not exist.", _STORE),
    tags(
        "47",
        "Invalid tag name <X>: only alphanumeric ASCII characters, '_',  '-' are allowed.",
        "a.b",
        "1",
        "Invalid tag name <a.b>: only alphanumeric ASCII characters, '_',  '-' are allowed.",
    ),
    tag_field(
        "47 field",
        "Invalid tag name <X>: only alphanumeric ASCII characters, '_',  '-' are allowed.",
        "a.b=1",
        "Invalid tag name <a.b>: only alphanumeric ASCII characters, '_',  '-' are allowed.",
    ),
    tags(
        "48",
        "Invalid tag value <X>: only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed.",
        "a",
        "b c",
        "Invalid tag value <b c>: only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed.",
    ),
    tags(
        "49",
        "Invalid tag value <X>: only alphanumeric ASCII characters, '_', and '-' are allowed.",
        "a",
        "event:id:abc",
        "Invalid tag value <event:id:abc>: only alphanumeric ASCII characters, '_', and '-' are allowed.",
    ),
    tags("50", "Tag name cannot exceed 255 characters.", "n" * 256, "1"),
    tags("50 value", "Tag value cannot exceed 255 characters.", "a", "v" * 256),
    tag_field("50 field", "Tag value cannot exceed 255 characters.", "a=" + "v" * 256),
    tags("51", "The tag name must be specified.", "", "1"),
    tags("51 value", "The tag value must be specified.", "a", ""),
    tag_field("51 field", "The tag value must be specified.", "a="),
    unseen(
        "52", "Tenant not associated with resources [arn:...]", "what a tenant is tied to is known to the account alone"
    ),
    unseen("53", "User 'arn' is not authorized to perform 'ses:SendRawEmail' on resource 'arn'", _IAM),
    row(
        "54",
        '{"message":null}',
        given(_V2_SIMPLE, None, to=("a@example.com",)),
        given(_V2_SIMPLE, None, to=("a@example.com",), source="b@example.com"),
    ),
    row(
        "55",
        "Source cannot be empty",
        given(_V2_TEMPLATE, None, to=("a@example.com",)),
        given(_V2_TEMPLATE, None, to=("a@example.com",), source="b@example.com"),
    ),
)

# What AWS documents.
DOCUMENTED: tuple[Row, ...] = (
    unseen("D", "Account is paused", _STATE),
    unseen("D", "Daily message quota exceeded", _STATE),
    unseen("D", "Maximum sending rate exceeded", _STATE),
    unseen("D", "Maximum SigV2 SMTP sending rate exceeded", _STATE),
    row("D", "There are no recipients specified", mail(FROM, "To: undisclosed-recipients:;"), mail(FROM, TO)),
    destination("D", "There are non-ASCII characters in the email address", "jörg@example.com"),
    to_one("D field", "There are non-ASCII characters in the email address", "jörg@example.com"),
    unseen(
        "D",
        "Mail FROM domain is not verified",
        "whether the MX record of a custom MAIL FROM domain is there is not in the message",
    ),
    row("D", "Configuration set does not exist", given(configuration_set="my set"), given(configuration_set="my-set")),
    unseen("D", "235", "no refusal"),
    unseen("D", "250 Ok <MessageID>", "no refusal"),
    *(
        unseen("D", reply, "about the connection, not about the message")
        for reply in (
            "421 Too many concurrent SMTP connections",
            "451 Temporary service failure",
            "451 Timeout waiting for data from client",
            "454 Throttling failure: ...",
            "454 Temporary authentication failure",
            "454 Temporary service failure",
            "530 Authentication required",
            "535 Authentication Credentials Invalid",
            "535 Account not subscribed to SES",
        )
    ),
    row("D", "552 Message is too long.", given(SMTP, large(42_000_000)), given(SMTP, large(41_000_000))),
    row(
        "D",
        "553 <addr> Invalid email address",
        given(SMTP, source="AKIAEXAMPLE"),
        given(SMTP, source="ann@example.com"),
        expected="553 <AKIAEXAMPLE> Invalid email address",
    ),
    unseen("D", "553 <addr> address unknown", "whether an address is known is not in the message"),
    unseen("D", "554 Access denied: ...", _IAM),
    row(
        "D",
        "554 Message rejected: ...",
        given(SMTP),
        given(SMTP, mail("From: ann@verified.example", TO)),
        1,
        "",
        "554 Message rejected: Email address is not verified.",
        ("verified.example",),
    ),
)

# What the strict parser says besides; nobody has quoted most of them of SES.
PARSER: tuple[Row, ...] = (
    to_one("P", "Empty address", "Joe <>"),
    to_one("P", "Illegal route-addr", "<@a,b:x@example.com>"),
    to_one("P", "Quote not at start of local address", 'a"b"@example.com'),
    to_one("P", "Quote not at end of local address", '"a"b@example.com'),
    to_one("P", "Unterminated quote", '"a\\\\"@example.com'),
    to_one("P", "Missing local name", "@example.com"),
    to_one("P", "Local address contains control or whitespace", "ann bee@example.com"),
    to_one("P", "Local address contains illegal character", "a[b]@example.com"),
    to_one("P", "Missing final '@domain'", "Joe <joe>"),
    to_one("P", "Missing domain", "Joe <x@>"),
    to_one("P", "Domain starts with dot", "a@.example.com"),
    to_one("P", "Domain ends with dot", "a@example.com."),
    to_one("P", "Domain contains dot-dot", "a@example..com"),
    to_one("P", "Domain contains control or whitespace", "a@exam ple.com"),
    to_one("P", "Domain contains illegal character", "a@exam_ple.com"),
    destination("P", "Illegal address", "a@example.com,b@example.com"),
    to_one("P", "Missing ')'", "a(b@example.com"),
    to_one("P", "Missing '('", "a)b@example.com"),
    to_one("P", "Missing '<'", "a>b@example.com"),
    to_one("P", "Missing '>'", "Joe <a@example.com"),
    to_one("P", "Missing ']'", "a[b@example.com"),
    to_one("P", "Missing '\"'", '"Joe <a@example.com>'),
    to_one("P", "Extra route-addr", "Joe <a@example.com> <b@example.com>"),
    to_one("P", "Nested group", "Re: to: b@example.com;"),
    to_one("P", "Illegal semicolon, not in group", "a@example.com; b@example.com"),
    row(
        "P",
        "Expected MIME type, got ...",
        with_field("Content-Type: "),
        with_field(),
        4,
        "",
        "Expected MIME type, got null",
    ),
    row("P", "Expected '/', got ...", with_field("Content-Type: text"), with_field(), 4, "", "Expected '/', got null"),
    row(
        "P",
        "Expected MIME subtype, got ...",
        with_field("Content-Type: text/"),
        with_field(),
        4,
        "",
        "Expected MIME subtype, got null",
    ),
    disposition("P", "Expected disposition, got ...", "", "inline", "Expected disposition, got null"),
    disposition(
        "P", 'Expected parameter name, got "..."', "attachment;;", "attachment;", 'Expected parameter name, got ";"'
    ),
    disposition("P", "Expected '=', got \"...\"", "attachment; a b", "attachment; a=b", "Expected '=', got \"b\""),
    disposition(
        "P",
        'Expected parameter value, got "..."',
        "attachment; a=",
        "attachment; a=b",
        'Expected parameter value, got "null"',
    ),
    disposition(
        "P",
        "Expected ';', got \"...\"",
        "attachment; filename=a(1).txt",
        'attachment; filename="a(1).txt"',
        "Expected ';', got \".txt\"",
    ),
    disposition("P", "Unbalanced quoted string", 'attachment; filename="a', 'attachment; filename="a"'),
    disposition("P", "Unbalanced comments", "attachment (a", "attachment (a)"),
    unseen(
        "P", "Missing boundary parameter", "the parser takes a multipart without it, if a line looks like a delimiter"
    ),
    row(
        "P",
        "Missing start boundary",
        mail(FROM, TO, "Content-Type: multipart/mixed", body=b"no parts\r\n"),
        mail(FROM, TO, "Content-Type: text/plain", body=b"no parts\r\n"),
        3,
    ),
    unseen("P", "missing multipart end boundary", "the parser takes a multipart without it in its default settings"),
)

ROWS = (*USERS, *DOCUMENTED, *PARSER)
IDS = [f"{one.number} {one.printed[:60]}" for one in ROWS]
SEEN = [one for one in ROWS if one.bad is not None]
SEEN_IDS = [f"{one.number} {one.printed[:60]}" for one in SEEN]


def predict(submission: Submission, identities: tuple[str, ...] = ()) -> Rejection | None:
    """Predict for a submission."""
    return predict_rejection(
        submission.message,
        parameters=submission.parameters,
        interface=submission.interface,
        config=LintConfig(verified_identities=identities),
    )


def texts_of(rejection: Rejection) -> tuple[str, ...]:
    """Return every text that is told of."""
    reply = () if rejection.smtp_reply is None else (rejection.smtp_reply,)
    return (rejection.text, *reply, *rejection.alternatives)


# The table


def test_every_row_of_the_list_is_there() -> None:
    numbers = [int(one.number.split()[0]) for one in USERS]
    assert sorted(set(numbers)) == list(range(1, 56))
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("one", ROWS, ids=IDS)
def test_a_row_has_a_submission_with_its_repair_or_a_reason(one: Row) -> None:
    assert (one.bad is not None and one.repaired is not None) or len(one.reason) > 5


@pytest.mark.parametrize("one", SEEN, ids=SEEN_IDS)
def test_the_text_is_expected_of_the_submission_and_told_where(one: Row) -> None:
    assert one.bad is not None
    rejection = predict(one.bad, one.identities)
    assert rejection is not None
    if one.identities:
        assert any(told.startswith(one.expected) for told in texts_of(rejection))
    else:
        assert one.expected in texts_of(rejection)
    assert rejection.finding.line == one.line
    assert rejection.finding.part == one.part


@pytest.mark.parametrize("one", SEEN, ids=SEEN_IDS)
def test_the_repaired_submission_is_expected_to_pass(one: Row) -> None:
    assert one.repaired is not None
    assert predict(one.repaired, one.identities) is None


@pytest.mark.parametrize("one", ROWS, ids=IDS)
def test_the_text_as_it_is_printed_is_known(one: Row) -> None:
    explained = explain_rejection(one.printed)
    assert explained
    assert UNKNOWN not in {explanation.title for explanation in explained}
    for explanation in explained:
        assert explanation.cause
        assert explanation.remedy
        assert explanation.source.startswith("https://")
        assert explanation.findings == ()


@pytest.mark.parametrize("one", SEEN, ids=SEEN_IDS)
def test_with_the_message_given_its_cause_comes_first_with_the_place(one: Row) -> None:
    assert one.bad is not None
    explained = explain_rejection(
        one.expected,
        one.bad.message,
        parameters=one.bad.parameters,
        interface=one.bad.interface,
        config=LintConfig(verified_identities=one.identities),
    )
    rejection = predict(one.bad, one.identities)
    assert rejection is not None
    assert rejection.finding in explained[0].findings
    assert rejection.finding.code in explained[0].rules


def test_every_text_that_is_printed_is_the_beginning_of_a_title() -> None:
    titles = [known.title for known in KNOWN_TEXTS]
    # The parser's texts in general stand in the table with the case that users met.
    for one in (*USERS, *DOCUMENTED):
        assert any(title.startswith(one.printed) for title in titles), one.printed


def test_every_known_text_is_found_as_itself() -> None:
    for known in KNOWN_TEXTS:
        assert known in [found.known for found in find_texts(known.title)], known.title


# Predicting


def test_a_sound_message_is_expected_to_pass() -> None:
    for interface in (V1, V2, SMTP):
        assert predict(Submission(SOUND, ApiParameters(), interface)) is None


TWO_SUBJECTS = with_field("Subject: Dinner")


@pytest.mark.parametrize(
    ("interface", "code", "reply"),
    [
        (V1, "InvalidParameterValue", None),
        (V2, "BadRequestException", None),
        (SMTP, None, "554 Transaction failed: Duplicate header 'Subject'."),
    ],
)
def test_a_refused_field_has_the_code_or_the_reply_of_its_interface(
    interface: Interface, code: str | None, reply: str | None
) -> None:
    rejection = predict(Submission(TWO_SUBJECTS, ApiParameters(), interface))
    assert rejection is not None
    assert (rejection.code, rejection.text, rejection.smtp_reply) == (code, "Duplicate header 'Subject'.", reply)
    assert rejection.evidence is rejection.finding.evidence is Evidence.DOCUMENTED


@pytest.mark.parametrize(("interface", "code"), [(V1, "ConfigurationSetDoesNotExist"), (V2, "NotFoundException")])
def test_a_configuration_set_that_cannot_be_has_the_code_of_its_api(interface: Interface, code: str) -> None:
    rejection = predict(given(interface, configuration_set="my set"))
    assert rejection is not None
    assert rejection.code == code
    assert rejection.alternatives == ("Configuration set does not exist",)


@pytest.mark.parametrize("interface", [V1, V2])
def test_an_identity_that_is_not_verified_is_a_message_rejected(interface: Interface) -> None:
    rejection = predict(Submission(SOUND, ApiParameters(), interface), ("verified.example",))
    assert rejection is not None
    assert rejection.code == "MessageRejected"


def test_a_size_over_smtp_has_a_reply_of_its_own() -> None:
    rejection = predict(given(SMTP, large(42_000_000)))
    assert rejection is not None
    assert rejection.smtp_reply == "552 Message is too long."


def test_a_reply_that_has_its_code_is_not_given_another() -> None:
    rejection = predict(given(SMTP, source="<>"))
    assert rejection is not None
    assert rejection.smtp_reply == "501 Invalid MAIL FROM address provided"


def test_size_is_looked_at_before_repeats_and_repeats_before_required_fields() -> None:
    both = mail(TO, SUBJECT, "Subject: Dinner")
    rejection = predict(Submission(both))
    assert rejection is not None
    assert rejection.text == "Duplicate header 'Subject'."
    rejection = predict(Submission(both + b"x\r\n" * 4_000_000))
    assert rejection is not None
    assert rejection.text.startswith("Message length is more than 10485760 bytes long: '")


def test_the_rules_that_the_user_leaves_out_count_all_the_same() -> None:
    for config in (LintConfig(select=()), LintConfig(ignore=("SES",)), LintConfig(select=("BULK",))):
        assert predict_rejection(TWO_SUBJECTS, config=config) is not None


def test_a_tag_is_refused_in_two_wordings() -> None:
    rejection = predict(given(message_tags=(MessageTag("a", "x y"),), configuration_set="shop"))
    assert rejection is not None
    assert rejection.alternatives == (
        "Invalid tag value <x y>: only alphanumeric ASCII characters, '_', and '-' are allowed.",
    )


def test_an_address_beyond_ascii_is_refused_in_the_documented_words_or_in_the_parsers() -> None:
    local = predict(given(to=("jörg@example.com",)))
    domain = predict(given(to=("a@bücher.example",)))
    assert local is not None
    assert domain is not None
    assert set(texts_of(local)) == {
        "There are non-ASCII characters in the email address",
        "Local address contains control or whitespace",
    }
    assert set(texts_of(domain)) == {
        "There are non-ASCII characters in the email address",
        "Domain contains control or whitespace",
        "Domain contains illegal character",
    }


def test_settings_that_the_interface_does_not_have_raise_nothing() -> None:
    assert predict(given(SMTP, tenant="acme", message_tags=())) is None
    assert predict_rejection(None, interface=Interface.SEND_BULK_TEMPLATED_EMAIL) is None


def test_a_rejection_goes_through_pickle_and_shows_no_body() -> None:
    rejection = predict(Submission(mail(FROM, TO, SUBJECT, SUBJECT, body=b"a secret body")))
    assert rejection is not None
    assert pickle.loads(pickle.dumps(rejection)) == rejection
    assert "secret" not in repr(rejection)


def test_a_message_that_is_no_bytes_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        predict_rejection("From: a@example.com")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        explain_rejection("Missing domain", "From: a@example.com")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        explain_rejection(b"Missing domain")  # type: ignore[arg-type]


# Explaining

CONTENT_TYPE = "Duplicate header 'Content-Type'."


@pytest.mark.parametrize(
    "pasted",
    [
        "An error occurred (InvalidParameterValue) when calling SendRawEmail: Duplicate header 'Content-Type'.",
        "554 Transaction failed: Duplicate header 'Content-Type'.",
        "smtplib.SMTPDataError: (554, b\"Transaction failed: Duplicate header 'Content-Type'.\")",
        '{"message":"Duplicate header \'Content-Type\'."}',
        '{"error": "Duplicate header \\"Content-Type\\"."}',
        "duplicate header ‘content-type’",
        "Duplicate header `Content-Type`",
        "DUPLICATE HEADER 'CONTENT-TYPE'....",
        "InvalidParameterValue: Duplicate header &#39;Content-Type&#39;.\n\tstatus code: 400, request id: 1-2-3",
        "Duplicate\r\n  header\\n'Content-Type'",
        "Duplicate header \\u0027Content-Type\\u0027.",
        "Error: Duplicate header Content-Type",
    ],
)
def test_a_text_is_found_in_what_carries_it(pasted: str) -> None:
    explained = explain_rejection(pasted)
    assert [one.title for one in explained] == [CONTENT_TYPE] * 3
    assert explained[0].rules == ("SES101",)
    assert explained[0].evidence is Evidence.OBSERVED


def test_a_row_with_several_causes_tells_each_in_the_order_in_which_people_met_them() -> None:
    twice_there, no_empty_line, lone_cr = explain_rejection(CONTENT_TYPE)
    assert "twice" in twice_there.cause
    assert "empty line" in no_empty_line.cause
    assert "CR alone" in lone_cr.cause


def test_a_message_shows_which_of_the_causes_it_is() -> None:
    cases = {one.number: one for one in USERS}
    for number, words in (("1", "twice"), ("1 no empty line", "empty line"), ("1 lone CR", "CR alone")):
        bad = cases[number].bad
        assert bad is not None
        explained = explain_rejection(CONTENT_TYPE, bad.message)
        assert words in explained[0].cause
        assert explained[0].findings
        assert len(explained) == 3


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("jörg@example.com", "beyond ASCII"),
        ("Acme Corp, Inc <a@example.com>", "comma"),
        ("ann bee@example.com, ann@example.com", "a blank or a line break"),
    ],
)
def test_what_stands_at_the_place_tells_causes_of_one_text_apart(address: str, words: str) -> None:
    explained = explain_rejection("Local address contains control or whitespace", mail(FROM, f"To: {address}"))
    assert words in explained[0].cause
    assert [finding.line for finding in explained[0].findings] == [2]


def test_causes_that_are_not_shown_stand_in_the_order_in_which_people_met_them() -> None:
    text = "Local address contains control or whitespace"
    alone = [one.cause for one in explain_rejection(text)]
    explained = explain_rejection(text, mail(FROM, "To: Acme Corp, Inc <a@example.com>"))
    not_shown = [one.cause for one in explained if not one.findings]
    assert not_shown == [one for one in alone if one in not_shown]
    assert "beyond ASCII" in not_shown[0]


def test_the_blank_of_json_does_not_matter() -> None:
    assert explain_rejection('{"message": null}')[0].title == '{"message":null}'
    assert explain_rejection('{"message": "Missing domain"}')[0].title == "Missing domain"


def test_a_cause_that_the_message_does_not_show_has_no_places() -> None:
    explained = explain_rejection("Duplicate header 'Content-Type'.", TWO_SUBJECTS)
    assert all(one.findings == () for one in explained)


def test_a_field_of_any_name_is_told_apart_by_its_name() -> None:
    message = with_field("Comments: a", "Comments: b", "Keywords: a", "Keywords: b")
    explained = explain_rejection("Duplicate header 'Keywords'", message)
    assert [finding.line for finding in explained[0].findings] == [7]


def test_a_documented_text_finds_what_the_parser_says_otherwise() -> None:
    message = mail(FROM, "To: jörg@example.com")
    explained = explain_rejection("There are non-ASCII characters in the email address", message)
    assert [finding.line for finding in explained[0].findings] == [2]


@pytest.mark.parametrize("pasted", ["", " ", "\x00", "some noise", "Expected", "'" * 1000, "Duplicate", "�\udcff"])
def test_a_text_that_is_not_known_is_said_to_be(pasted: str) -> None:
    (only,) = explain_rejection(pasted)
    assert only.title == UNKNOWN
    assert only.evidence is Evidence.ASSUMED


def test_a_text_that_is_not_known_is_explained_by_what_carries_it() -> None:
    (smtp,) = explain_rejection("554 Transaction failed: something nobody has seen")
    assert smtp.title == "554 Transaction failed: ..."
    (api,) = explain_rejection("An error occurred (InvalidParameterValue) when calling the SendRawEmail operation: odd")
    assert api.title == "InvalidParameterValue"


def test_a_text_that_is_not_known_is_explained_by_what_the_message_shows() -> None:
    explained = explain_rejection("554 Transaction failed: something nobody has seen", TWO_SUBJECTS, interface=SMTP)
    assert explained[0].title == "Duplicate header 'Subject'."
    assert explained[0].findings[0].line == 4
    assert explained[1].title == "554 Transaction failed: ..."


def test_a_success_before_the_refusal_is_passed_over() -> None:
    log = "235 Authentication successful\r\n250 Ok\r\n354 End data\r\n554 Transaction failed: Missing domain\r\n"
    assert {one.title for one in explain_rejection(log)} == {"Missing domain"}


def test_two_refusals_are_explained_in_their_order() -> None:
    titles = [one.title for one in explain_rejection("Nested group, and then Extra route-addr")]
    assert titles == ["Nested group", "Extra route-addr"]


def test_a_text_within_another_is_not_explained_besides() -> None:
    explained = explain_rejection("553 <joe> Invalid email address")
    assert {one.title for one in explained} == {"553 <addr> Invalid email address"}


def test_the_end_of_a_long_log_is_read() -> None:
    assert explain_rejection("x" * 1_000_000 + "\nMissing local name")[0].title == "Missing local name"


def test_causes_name_rules_that_there_are() -> None:
    from sesmime.linter.catalogue import CATALOGUE

    codes = {entry.code for entry in CATALOGUE}
    for known in KNOWN_TEXTS:
        for cause in known.causes:
            assert {*cause.rules, *cause.shown_by} <= codes, known.title


def test_every_text_expected_by_an_example_of_a_rule_is_known() -> None:
    for one in SEEN:
        assert one.bad is not None
        report = lint(one.bad.message, parameters=one.bad.parameters, interface=one.bad.interface)
        for finding in report:
            if finding.rejection is not None:
                assert find_texts(finding.rejection), finding.rejection


def test_an_explanation_is_plain_data() -> None:
    explained = explain_rejection(CONTENT_TYPE, TWO_SUBJECTS)
    assert pickle.loads(pickle.dumps(explained)) == explained
    assert replace(explained[0], cause="other") == Explanation(
        title=CONTENT_TYPE,
        cause="other",
        remedy=explained[0].remedy,
        rules=("SES101",),
        evidence=Evidence.OBSERVED,
        source="https://github.com/xreef/EMailSender/issues/49",
    )


def test_the_examples_run() -> None:
    for module in (answers, texts, text):
        assert doctest.testmod(module).failed == 0
