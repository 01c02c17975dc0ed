"""Hostile values given to what writes: refused, or read back as the value they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from sesmime import (
    Attachment,
    ListManagement,
    Mailbox,
    MessageTag,
    SesFields,
    SesMimeError,
    Severity,
    build,
    lint,
    parse,
    prepare_forward,
    readdress,
)
from sesmime.mime.fields import header_section_end
from tests import laws
from tests.hostile import HEAD, RAW

pytestmark = pytest.mark.slow

# What is written

HOSTILE = (
    *(
        "\r\nBcc: v@example.net",
        "\nBcc: v@example.net",
        "\rBcc: v@example.net",
        "\r\n\r\nbody",
        "\0",
        "\x0b",
        "\x1b[2J",
    ),
    *("\x7f", "\x85Bcc: v", "\u2028Bcc: v", "\ud800", "\udc0a", "\ufeff", "\u202e", "\u200b", "\t", " ", "", "\xe9"),
    *("=?utf-8?q?a=0D=0ABcc=3A_v=40x.y?=", "=?utf-8?b?eA0KQmNjOiB2?=", '"', "\\", '\\"', "(", ")", "<", ">", "<>", "@"),
    *(
        "a@b.example, c@d.example",
        ":",
        ";",
        ",",
        "; boundary=x",
        "'",
        "%0d%0aBcc: x",
        "--",
        "=_",
        "?=",
        "../x",
        "x" * 2_000,
    ),
    *("\uff0f", "NUL", "xn--", "\u2603", "\u0661"),
)
FIELDS = set(
    """
    From To Cc Reply-To Subject Date Message-ID MIME-Version Content-Type Content-Transfer-Encoding Content-Disposition
    Content-ID X-Note Sender List-Unsubscribe X-SES-MESSAGE-TAGS X-SES-CONFIGURATION-SET X-SES-SOURCE-ARN X-SES-TENANT
    X-SES-LIST-MANAGEMENT-OPTIONS
    """.split()  # noqa: SIM905, a list of them fills twenty lines
)
# Law 7 of the design lets pass errors about recipients and the names of attachments.
LET_PASS = {"SES202", "SES203", "SES404", "SES405"}


def built(**given: Any) -> bytes:
    return build(**{"sender": "a@example.com", "to": "b@example.org", "subject": "s", "text": "hi", **given})


def built_with(**settings: Any) -> bytes:
    return built(ses=SesFields(**settings))


def attached(**given: Any) -> bytes:
    return built(html="<p>hi", attachments=[Attachment(b"x", **given)])


PLAIN = built()
WRITERS: dict[str, Callable[[str], bytes]] = {
    "sender": lambda text: built(sender=text),
    "display name": lambda text: built(sender=Mailbox(text, "a@example.com")),
    "local part": lambda text: built(to=f"{text}@example.com"),
    "quoted local part": lambda text: built(to=Mailbox("", f'"{text}"@example.com')),
    "domain": lambda text: built(cc=f"a@{text}.example"),
    "name in a list": lambda text: built(reply_to=[f"{text} <c@example.com>"]),
    "subject": lambda text: built(subject=text),
    "text": lambda text: built(text=text, html=text),
    "field": lambda text: built(fields=[("X-Note", text)]),
    "structured field": lambda text: built(fields=[("List-Unsubscribe", text)]),
    "address field": lambda text: built(fields=[("Sender", text)]),
    "message id": lambda text: built(message_id=f"<{text}@example.com>"),
    "file name": lambda text: attached(filename=text + ".pdf"),
    "content type": lambda text: attached(content_type=text),
    "subtype": lambda text: attached(content_type="application/" + text),
    "parameter": lambda text: attached(content_type=f'text/csv; header="{text}"'),
    "charset": lambda text: attached(content_type=f'text/csv; charset="{text}"'),
    "content id": lambda text: attached(content_id=text, disposition="inline"),
    "disposition": lambda text: attached(disposition=text),
    "attached message": lambda text: built(attachments=[Attachment(parse(b"Subject: " + octets(text) + b"\r\n\r\nx"))]),
    "tag name": lambda text: built_with(message_tags=(MessageTag(text, "v"),)),
    "tag value": lambda text: built_with(message_tags=(MessageTag("n", text),)),
    "configuration set": lambda text: built_with(configuration_set="c" + text),
    "ARN": lambda text: built_with(source_arn="arn:aws:ses:us-east-1:123456789012:identity/a.com" + text),
    "tenant": lambda text: built_with(tenant=text),
    "topic": lambda text: built_with(list_management=ListManagement("l", text)),
    "new recipient": lambda text: b"".join(readdress(PLAIN, to=text)),
    "new subject": lambda text: b"".join(readdress(PLAIN, to="c@example.org", subject=text)),
    "new field": lambda text: b"".join(readdress(PLAIN, to="c@example.org", fields=[("X-Note", text)])),
}


def octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@pytest.mark.slow
@pytest.mark.parametrize("writer", WRITERS)
def test_what_is_written_is_refused_or_holds_the_fields_asked_for(writer: str) -> None:
    # Domains beyond ASCII need an extra.
    if writer == "domain":
        pytest.importorskip("idna")
    written = 0
    told_of: list[str] = []
    for hostile in HOSTILE:
        for text in dict.fromkeys((hostile, f"x{hostile}", f"x{hostile}y")):
            try:
                message = WRITERS[writer](text)
            except SesMimeError as refused:
                told_of.append(str(refused))
                continue
            written += 1
            section = message[: header_section_end(message)[0]]
            names = [
                [
                    line.partition(b":")[0].decode()
                    for line in reading.split(section)
                    if line[:1] not in (b"", b" ", b"\t")
                ]
                for reading in laws.READINGS.values()
            ]
            assert all(names[0] == others for others in names)
            assert set(names[0]) <= FIELDS
            assert len(names[0]) == len(set(names[0]))
            assert message.isascii()
            errors = {one.code for at in RAW for one in lint(message, interface=at) if one.severity is Severity.ERROR}
            assert errors <= LET_PASS, text
    assert told_of or writer in ("text", "field", "new field")
    assert all(text.isprintable() and len(text) < 2_500 for text in told_of)


@pytest.mark.parametrize("hostile", [*HOSTILE, "X-Note: a", "X Note", "Bcc", "X-SES-TENANT", "content-type", "From"])
def test_a_field_has_no_other_name_than_one(hostile: str) -> None:
    for name in (hostile, f"X-{hostile}"):
        try:
            message = built(fields=[(name, "v")])
        except SesMimeError:
            continue
        assert re.fullmatch(r"[!-9;-~]+", name)
        assert not re.match("x-ses-|content-|bcc$|from$", name, re.IGNORECASE)
        assert parse(message).header_section.all(name)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_forwarded_brings_no_field_of_another(hostile: str) -> None:
    message = HEAD + b"X-Note: " + octets(hostile) + b"\r\n\r\nhi\r\n"
    try:
        prepared = prepare_forward(message, sender="us@example.com", destination=["me@example.org"])
    except SesMimeError:
        return
    assert prepared.envelope.recipients == ("me@example.org",)
    assert "Bcc" not in parse(prepared.message).header_section
    for text in (hostile, f"us@example.com{hostile}"):
        try:
            prepared = prepare_forward(HEAD + b"\r\nhi\r\n", sender=text, destination=["me@example.org"])
        except SesMimeError:
            continue
        assert "Bcc" not in parse(prepared.message).header_section
