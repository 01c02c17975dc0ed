"""The texts that SES is known to answer with, each with a submission that causes it and one that repairs it."""

from __future__ import annotations

import base64
from functools import cache
from typing import NamedTuple

from sesmime import ApiParameters, Destination, Interface, MessageTag, Submission
from sesmime.linter.answers.texts.access import ACCESS_TEXTS, COMMON_ERRORS
from sesmime.linter.answers.texts.parameters import PARAMETER_TEXTS

V1, V2, SMTP = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP
UNKNOWN = "unknown error text"


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
    unseen("14", "Illegal content.", "the cause is not known"),
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


def verification(printed: str, address: str, expected: str = "") -> Row:
    """Return a row about the address that SendCustomVerificationEmail is to verify."""
    bad, good = (
        Submission.from_request({"EmailAddress": one, "TemplateName": "t"}, interface=_VERIFICATION)
        for one in (address, "bob@example.org")
    )
    return row("R", printed, bad, good, expected=expected)


_VERIFICATION = Interface.SEND_CUSTOM_VERIFICATION_EMAIL
# What users quote of parameters, accounts and stand-ins for SES.
REPORTED: tuple[Row, ...] = (
    row(
        "R",
        "Invalid From address provided.",
        given(V2, mail("From: sender@", TO, SUBJECT)),
        given(V2, mail(FROM, TO, SUBJECT)),
        1,
    ),
    row(
        "R",
        "Address length is more than 320 characters long: '<name> <a@b.example>'.",
        mail(FROM, f"To: {'B' * 320} <bob@example.org>", SUBJECT),
        mail(FROM, TO, SUBJECT),
        2,
        "",
        f"Address length is more than 320 characters long: '{'B' * 320} <bob@example.org>'.",
    ),
    verification("Email address not specified.", ""),
    verification("Invalid email address<x@>.", "x@"),
    *(
        unseen("R", known.title, reason)
        for texts, reason in (
            (ACCESS_TEXTS, "about the account, its credentials or the connection"),
            (COMMON_ERRORS, "an error code that all APIs share"),
            (PARAMETER_TEXTS, "about what only the account, an SDK or another interface knows"),
        )
        for known in texts
        if known.title not in ("Invalid From address provided.", "Email address not specified.")
    ),
)
ROWS = (*USERS, *DOCUMENTED, *PARSER, *REPORTED)
SEEN = [one for one in ROWS if one.bad is not None]
TWO_SUBJECTS = with_field("Subject: Dinner")
