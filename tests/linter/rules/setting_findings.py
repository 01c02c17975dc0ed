"""Findings of the rules about settings, as their tests look at them."""

from __future__ import annotations

from typing import Any

from sesmime import (
    ApiParameters,
    Finding,
    Interface,
    LintConfig,
    ListManagement,
    lint,
)

V1, V2, SMTP = Interface.SEND_RAW_EMAIL, Interface.V2_SEND_EMAIL_RAW, Interface.SMTP
LIST = "X-SES-LIST-MANAGEMENT-OPTIONS: "
WEEKLY = ApiParameters(list_management=ListManagement("Weekly"))


def message(*lines: str, body: str = "Hi\r\n", to: str = "b@c.example") -> bytes:
    """Write a message with more fields in it."""
    return "\r\n".join(["From: a@b.example", f"To: {to}", *lines, "", body]).encode("utf-8", "surrogateescape")


def found(text: bytes | None, *codes: str, **options: Any) -> list[Finding]:
    """Return what the rules with these codes find, in the order of the checks."""
    return list(lint(text, config=LintConfig(select=codes), **options))


def quoted_bytes(text: bytes, finding: Finding) -> bytes:
    """Return the bytes that a finding is about."""
    assert finding.span is not None
    return text[finding.span.start : finding.span.stop]
