"""Findings of the rules about addresses, as their tests look at them."""

from __future__ import annotations

from typing import Any

from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Finding
from sesmime.linter.run import lint
from sesmime.ses.settings import ApiParameters, Destination

FAMILY = LintConfig(select=("SES2", "RFC2", "SEC1"))
TO = ApiParameters(destination=Destination(("b@c.example",)))


def message(*lines: str | bytes) -> bytes:
    """Write a message with these fields."""
    return b"".join((line if isinstance(line, bytes) else line.encode()) + b"\r\n" for line in lines) + b"\r\nHi\r\n"


def found(code: str, source: bytes | None, *, identities: tuple[str, ...] = (), **arguments: Any) -> list[Finding]:
    """Return what one rule says."""
    return list(lint(source, config=LintConfig(select=(code,), verified_identities=identities), **arguments))


def place(finding: Finding, source: bytes) -> bytes:
    """Return the bytes that a finding shows."""
    assert finding.span is not None
    return source[finding.span.start : finding.span.stop]


def to(*addresses: str) -> ApiParameters:
    """Return parameters with a destination."""
    return ApiParameters(destination=Destination(addresses))
