"""The standard library's half of each job: what somebody who has only `email` writes."""

from __future__ import annotations

import email
import email.policy
import email.utils
from collections import Counter
from email.message import EmailMessage
from email.policy import Policy
from typing import Any, NamedTuple

from .workloads import SES_FIELDS


class PartFacts(NamedTuple):
    """What the job `walk` asks of each part."""

    content_type: str
    content_transfer_encoding: str
    filename: str | None
    defects: int


def read_fields(message: bytes) -> list[tuple[str, str]]:
    """Parse, and give name and body of every field on top."""
    return email.message_from_bytes(message).items()


def walk(message: bytes) -> list[PartFacts]:
    """Parse, and ask every part for its type, encoding, file name and defects."""
    return [
        PartFacts(
            part.get_content_type(),
            str(part.get("Content-Transfer-Encoding", "7bit")),
            part.get_filename(),
            len(part.defects),
        )
        for part in email.message_from_bytes(message).walk()
    ]


def read_all(message: bytes) -> list[object]:
    """Parse, and read all there is of each part: fields, type, file name, and of leaves the content."""
    return [
        (
            part.items(),
            part.get_content_type(),
            part.get_filename(),
            None if part.is_multipart() else part.get_payload(decode=True),
        )
        for part in email.message_from_bytes(message).walk()
    ]


def parse_modern(message: bytes) -> EmailMessage:
    """Parse under `policy.SMTP`, which alone writes CRLF."""
    return email.message_from_bytes(message, policy=email.policy.SMTP)


def strip(message: bytes) -> bytes:
    """Parse, delete the three SES fields, write."""
    parsed = parse_modern(message)
    for name in SES_FIELDS:
        del parsed[name]
    return parsed.as_bytes()


def edited(message: bytes) -> EmailMessage:
    """Return the message parsed, without its SES fields and with one more field: all but the writing."""
    parsed = parse_modern(message)
    for name in SES_FIELDS:
        del parsed[name]
    parsed["X-Added"] = "yes"
    return parsed


def prepare(message: bytes) -> dict[str, Any]:
    """Return the arguments of boto3's `send_raw_email`, by hand: SES fields read, recipients collected."""
    parsed = parse_modern(message)
    request: dict[str, Any] = {}
    if configuration_set := parsed["X-SES-CONFIGURATION-SET"]:
        request["ConfigurationSetName"] = str(configuration_set)
    if source_arn := parsed["X-SES-SOURCE-ARN"]:
        request["SourceArn"] = str(source_arn)
    if tags := parsed["X-SES-MESSAGE-TAGS"]:
        pairs = [tag.strip().partition("=") for tag in str(tags).split(",")]
        request["Tags"] = [{"Name": name, "Value": value} for name, _, value in pairs]
    bodies = [str(body) for name in ("To", "Cc", "Bcc") for body in parsed.get_all(name, [])]
    request["Destinations"] = [address for _, address in email.utils.getaddresses(bodies)]
    for name in (*SES_FIELDS, "Bcc"):
        del parsed[name]
    request["RawMessage"] = {"Data": parsed.as_bytes()}
    return request


class Checked(NamedTuple):
    """What the usual check finds out before a message is sent."""

    repeated: list[str]
    long_or_broken: int
    is_ascii: bool
    names: list[str]
    size: int


def check(message: bytes, policy: Policy[Any]) -> Checked:
    """Check a message as senders do by hand: repeated fields, long lines, lone CR and LF, ASCII, file names, size."""
    parsed = email.message_from_bytes(message, policy=policy)
    counts = Counter(name.lower() for name in parsed.keys())  # noqa: SIM118, a message is no mapping
    broken = 0
    for line in message.split(b"\r\n"):
        if len(line) > 998 or b"\r" in line or b"\n" in line:
            broken += 1
    try:
        message.decode("ascii")
        is_ascii = True
    except UnicodeDecodeError:
        is_ascii = False
    names = [name for part in parsed.walk() if (name := part.get_filename())]
    return Checked([name for name, count in counts.items() if count > 1], broken, is_ascii, names, len(message))


class Contents(NamedTuple):
    """What a message says, to build it anew: its first text, its first HTML text, and the files."""

    text: str
    html: str | None
    files: list[tuple[str, bytes]]


def contents(message: bytes) -> Contents:
    """Take a message to pieces."""
    texts: dict[str, str] = {}
    files: list[tuple[str, bytes]] = []
    for part in email.message_from_bytes(message, policy=email.policy.default).walk():
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html") and kind not in texts and not part.is_attachment():
            texts[kind] = part.get_content()
        elif not part.is_multipart():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            files.append((part.get_filename() or "file.bin", content))
    return Contents(texts["text/plain"], texts.get("text/html"), files)


def build(said: Contents, to: str) -> bytes:
    """Build a message as `EmailMessage` makes it, and write it."""
    made = EmailMessage(policy=email.policy.SMTP)
    made["From"] = "Example Shop <orders@example.com>"
    made["To"] = to
    made["Subject"] = "Your order"
    made["Date"] = email.utils.localtime()
    made["Message-ID"] = email.utils.make_msgid(domain="example.com")
    made["X-SES-MESSAGE-TAGS"] = "campaign=spring"
    made.set_content(said.text)
    if said.html is not None:
        made.add_alternative(said.html, subtype="html")
    for name, content in said.files:
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def decode(message: bytes) -> list[object]:
    """Parse, and decode every leaf."""
    parts = email.message_from_bytes(message).walk()
    return [part.get_payload(decode=True) for part in parts if not part.is_multipart()]


def built(policy: Policy[Any]) -> EmailMessage:
    """Return a message as applications build them: text and HTML, some fields, a picture, SES fields."""
    made = EmailMessage(policy=policy)
    made["From"] = "Jörg from the Shop <orders@example.com>"
    made["To"] = "Anna Example <anna@example.net>, bob@example.net"
    made["Subject"] = "Your order – it has left us, and will be with you on Thursday or Friday of this week"
    made["X-SES-MESSAGE-TAGS"] = "campaign=spring, kind=receipt"
    made["X-SES-CONFIGURATION-SET"] = "engagement"
    made.set_content("Grüße, and a text of some lines.\n" * 40)
    made.add_alternative("<p>Grüße, and a text of some lines.</p>\n" * 40, subtype="html")
    made.add_attachment(bytes(range(256)) * 40, maintype="image", subtype="png", filename="größe.png")
    for part in made.walk():
        if part.is_multipart():
            part.set_boundary("a-boundary-of-some-length")
    return made
