"""Findings of the rules about addresses, as their tests look at them."""

from __future__ import annotations

from typing import Any

from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Finding
from sesmime.linter.run import lint, outgoing
from sesmime.linter.view.outgoing import Outgoing
from sesmime.ses.interfaces import Interface
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


def submission(source: bytes, parameters: ApiParameters = ApiParameters()) -> Outgoing:
    """Return what rules look at."""
    return outgoing(source, parameters=parameters, interface=Interface.SEND_RAW_EMAIL, config=LintConfig())
