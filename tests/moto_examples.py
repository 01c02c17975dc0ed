"""What the tests of the worked examples share."""

from __future__ import annotations

REGION = "us-east-1"


def mail(*lines: str, body: bytes = b"Hi\r\n") -> bytes:
    """Return a message of these lines."""
    return b"".join(line.encode("ascii") + b"\r\n" for line in lines) + b"\r\n" + body


# The mock

FROM, TO, SUBJECT = "From: Ann <ann@a.example>", "To: Bob <bob@b.example>", "Subject: Lunch"
SOUND = mail(FROM, TO, SUBJECT)
