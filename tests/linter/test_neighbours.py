"""Neighbours of the recorded answers: requests of the same kinds that nobody recorded, as the facts answer them."""

from __future__ import annotations

from typing import Any

import pytest

from sesmime import ApiParameters, Destination, Interface, Submission, predict_rejection

V1, V2 = Interface.SEND_EMAIL, Interface.V2_SEND_EMAIL_SIMPLE
RAW1, RAW2, SMTP = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP
CVET = (Interface.SEND_CUSTOM_VERIFICATION_EMAIL, Interface.V2_SEND_CUSTOM_VERIFICATION_EMAIL)
ANN = "ann@example.net"


def simple(interface: Interface, source: str = "me@example.com", **changed: Any) -> Submission[Any]:
    """Return a request to a simple interface, some members changed."""
    content = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "b"}}}
    request: dict[str, Any] = {"Destination": {"ToAddresses": [ANN]}}
    if interface.is_v2:
        request |= {"FromEmailAddress": source, "Content": {"Simple": content}}
    else:
        request |= {"Source": source, "Message": content}
    return Submission.from_request({**request, **changed}, interface)


def raw(interface: Interface, *lines: str, source: str | None = None, to: tuple[str, ...] = ()) -> Submission[Any]:
    """Return a raw submission, its lines encoded as UTF-8."""
    message = "".join(f"{line}\r\n" for line in (*lines, "", "Hi")).encode()
    if interface is SMTP:
        source, to = source or "me@example.com", to or (ANN,)
    return Submission(message, ApiParameters(source=source, destination=Destination(to) if to else None), interface)


LONG = "n" * 300
LOCAL, DOMAIN = "Local address contains control or whitespace", "Domain contains control or whitespace"
LENGTH = "Address length is more than 320 characters long: '"
ONLY = "only alphanumeric ASCII characters, '_',"
BASE = ("From: me@example.com", f"To: {ANN}", "Subject: x")

# Kind (facts), submission, the code of the API, the text; None where SES takes it.
CASES: list[tuple[str, Submission[Any], str | None, str | None]] = [
    # 0.4 row 7 to 9, E.2: senders, by interface
    *(
        (f"{what} {interface}", simple(interface, source), code, text)
        for interface, code in ((V1, "InvalidParameterValue"), (V2, "BadRequestException"))
        for what, source, text in (
            ("no at", "me.example.com", "Missing final '@domain'"),
            ("no at, a name", "Me <me.example.com>", "Missing final '@domain'"),
            ("no local part", "@example.com", "Missing local name"),
            ("no domain", "me@", "Missing domain"),
            ("two dots", "me@example..com", "Domain contains dot-dot"),
            ("dot first", "me@.example.com", "Domain starts with dot"),
            ("dot last", "Me <me@example.com.>", "Domain ends with dot"),
            ("blank in the local part", "m e@example.com", LOCAL),
            ("blank in the domain", "me@exam ple.com", DOMAIN),
            ("local part beyond ASCII", "mé@example.com", LOCAL),
            ("domain beyond ASCII", "me@exämple.com", DOMAIN),
            ("underscore", "me@exam_ple.com", "Domain contains illegal character"),
            ("colon in a name", "RE: Me <me@example.com>", "Local address contains illegal character"),
            ("two addresses", "me@example.com, you@example.com", "Illegal address"),
            ("not closed", "Me <me@example.com", "Missing '>'"),
            ("dotless", "me@localhost", None),
            ("punycode", "me@xn--exmple-cua.com", None),
            ("a name beyond ASCII", "Mé <me@example.com>", None),
            ("an encoded name", "=?utf-8?Q?M=C3=A9?= <me@example.com>", None),
            ("a comment", "me@example.com (Me)", None),
            ("plus", "me+you@example.com", None),
            ("local part over 64", f"{'l' * 80}@example.com", None),
        )
    ),
    # 0.1
    *(
        (f"length of {field} {interface}", simple(interface, **changed), code, LENGTH)
        for interface, code in ((V1, "InvalidParameterValue"), (V2, "BadRequestException"))
        for field, changed in (
            ("To", {"Destination": {"ToAddresses": [ANN, f"{LONG}{LONG} <{ANN}>"]}}),
            ("Cc", {"Destination": {"ToAddresses": [ANN], "CcAddresses": [f"{LONG}{LONG} <{ANN}>"]}}),
            ("ReplyTo", {"ReplyToAddresses": [f"{LONG}{LONG} <{ANN}>"]}),
        )
    ),
    ("length of From over SMTP", raw(SMTP, f"From: {LONG}{LONG} <me@example.com>", *BASE[1:]), None, LENGTH),
    ("length of Reply-To", raw(RAW1, *BASE, f"Reply-To: {LONG}{LONG} <{ANN}>"), "InvalidParameterValue", LENGTH),
    ("length of Sender", raw(RAW1, *BASE, f"Sender: {LONG}{LONG} <{ANN}>"), None, None),
    # B: tags
    *(
        (f"tag {name}={value[:20]}", simple(V1, Tags=[{"Name": name, "Value": value}]), "InvalidParameterValue", text)
        for name, value, text in (
            ("", "a", "The tag name must be specified."),
            ("a", "", "The tag value must be specified."),
            ("n" * 256, "a", "Tag name cannot exceed 255 characters."),
            ("a", "v" * 256, "Tag value cannot exceed 255 characters."),
            ("a.b", "a", f"Invalid tag name <a.b>: {ONLY}  '-' are allowed."),
            ("a b", "a", f"Invalid tag name <a b>: {ONLY}  '-' are allowed."),
            ("ses:x", "a", f"Invalid tag name <ses:x>: {ONLY}  '-' are allowed."),
            ("a", "b c", f"Invalid tag value <b c>: {ONLY}  '-' , '.', '@' are allowed."),
            ("a", "b:c", f"Invalid tag value <b:c>: {ONLY}  '-' , '.', '@' are allowed."),
            ("a", "é", f"Invalid tag value <é>: {ONLY}  '-' , '.', '@' are allowed."),
        )
    ),
    ("a tag of an address", simple(V1, Tags=[{"Name": "a", "Value": "b.c@d"}]), None, None),
    ("feedback b", simple(V1, Tags=[{"Name": "ses:feedback-id-b", "Value": "b"}]), None, None),
    # 0.2: the order
    (
        "syntax before length",
        simple(V1, f"{LONG}{LONG} <me@example.com>", ReplyToAddresses=["@x.example"]),
        "InvalidParameterValue",
        "Missing local name",
    ),
    (
        "To before Cc",
        simple(V1, Destination={"ToAddresses": ["a@"], "CcAddresses": ["b"]}),
        "InvalidParameterValue",
        "Missing domain",
    ),
    (
        "Cc before ReturnPath",
        simple(V1, Destination={"ToAddresses": [ANN], "CcAddresses": ["b"]}, ReturnPath="a@"),
        "InvalidParameterValue",
        "Missing final '@domain'",
    ),
    (
        "parameters before fields",
        raw(RAW1, "From: me@", *BASE[1:], source="me", to=(ANN,)),
        "InvalidParameterValue",
        "Missing final '@domain'",
    ),
    # Required fields, D.3
    ("no From", raw(RAW1, *BASE[1:]), "InvalidParameterValue", "Missing required header 'From'."),
    ("no From on v2", raw(RAW2, *BASE[1:]), "BadRequestException", "Missing required header 'From'."),
    ("no To", raw(RAW1, BASE[0], BASE[2]), "InvalidParameterValue", "Missing required header 'To'."),
    ("Cc alone", raw(RAW1, BASE[0], f"Cc: {ANN}", BASE[2]), None, None),
    (
        "an empty To beside a destination",
        raw(RAW1, BASE[0], "To:", to=(ANN,)),
        "InvalidParameterValue",
        "Empty required header 'To'.",
    ),
    # Repeated fields, E.2 1
    *(
        (
            f"two {name}",
            raw(SMTP, *BASE, f"{name.lower()}: {value}", f"{name}: {value}"),
            None,
            f"Duplicate header '{name}'.",
        )
        for name, value in (
            ("Reply-To", ANN),
            ("Date", "Fri, 21 Nov 2025 09:00:00 +0000"),
            ("Message-ID", "<a@b.example>"),
            ("DKIM-Signature", "v=1"),
            ("MIME-Version", "1.0"),
        )
    ),
    ("two Received", raw(SMTP, *BASE, "Received: a", "Received: b"), None, None),
    # MIME
    (
        "type with a colon",
        raw(SMTP, *BASE, "Content-Type: text/plain; charset: utf-8"),
        None,
        "Expected '=', got \":\"",
    ),
    (
        "name with a blank",
        raw(SMTP, *BASE, "Content-Type: a/b; name=my cat.png"),
        None,
        "Expected ';', got \"cat.png\"",
    ),
    (
        "disposition with an encoded word",
        raw(SMTP, *BASE, "Content-Disposition: attachment; filename==?utf-8?Q?a?="),
        None,
        'Expected parameter value, got "="',
    ),
    (
        "unknown charset",
        raw(RAW1, *BASE, "Content-Type: text/plain; charset=utf8mb4"),
        "InvalidParameterValue",
        "Unsupported encoding utf8mb4.",
    ),
    # Addresses in fields
    ("comma in a name", raw(SMTP, "From: Doe Inc, Ann <me@example.com>", *BASE[1:]), None, LOCAL),
    (
        "semicolons",
        raw(RAW1, BASE[0], "To: a@b.example; c@d.example"),
        "InvalidParameterValue",
        "Illegal semicolon, not in group",
    ),
    ("zero width", raw(RAW1, BASE[0], "To: a@b.example\u200b"), "InvalidParameterValue", DOMAIN),
    (
        "two brackets",
        raw(RAW1, BASE[0], "To: A <a@b.example> <c@d.example>"),
        "InvalidParameterValue",
        "Extra route-addr",
    ),
    ("local part ends in a dot", raw(RAW1, BASE[0], "To: a.@b.example"), None, None),
    (
        "a quoted colon over SMTP",
        raw(SMTP, *BASE[:1], 'To: "a:b"@example.net'),
        None,
        "Address contains illegal characters in user name: '<\"a:b\"@example.net>'.",
    ),
    (
        "an access key",
        raw(SMTP, "From: AKIAIOSFODNN7EXAMPLE", *BASE[1:]),
        None,
        "User name is missing: 'AKIAIOSFODNN7EXAMPLE'.",
    ),
    ("v2 raw: From is replaced", raw(RAW2, "From: me@", *BASE[1:], source="me@example.com"), None, None),
    (
        "v2 raw: From counts",
        raw(RAW2, "From: Me <me@>", *BASE[1:]),
        "BadRequestException",
        "Invalid From address provided.",
    ),
    # SendCustomVerificationEmail, row 23
    *(
        (
            f"verification of {address[:20]!r} {interface}",
            Submission.from_request(
                {
                    "EmailAddress": address,
                    "TemplateName": "t",
                },
                interface,
            ),
            code,
            text,
        )
        for interface, code in zip(CVET, ("InvalidParameterValue", "BadRequestException"), strict=True)
        for address, text in (
            (" ", "Email address not specified."),
            ("a@", "Invalid email address<a@>."),
            ("a b@c.example", "Invalid email address<a b@c.example>."),
            (f"{'x' * 320}@c.example", f"Invalid email address<{'x' * 320}@c.example>."),
            ("a@c.example", None),
        )
    ),
]


@pytest.mark.parametrize(("what", "sent", "code", "text"), CASES, ids=[case[0] for case in CASES])
def test_a_neighbour_is_answered_as_the_facts_say(
    what: str, sent: Submission[Any], code: str | None, text: str | None
) -> None:
    rejection = predict_rejection(sent)
    if text is None:
        assert rejection is None, what
        return
    assert rejection is not None
    assert (rejection.code, rejection.text[: len(text)]) == (code, text)
    if sent.interface is SMTP:
        assert rejection.smtp_reply is not None
        assert rejection.smtp_reply.startswith("554 Transaction failed: ")
