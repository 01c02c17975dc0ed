"""Pieces of hostile messages."""

from __future__ import annotations

from sesmime import (
    Interface,
)

RAW = (Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP)
HEAD = b"From: a@example.com\r\nTo: b@example.org\r\nSubject: s\r\nMIME-Version: 1.0\r\n"


def subject(body: bytes) -> bytes:
    return HEAD.replace(b"Subject: s", b"Subject: " + body) + b"\r\nhi\r\n"
