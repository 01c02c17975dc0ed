"""Findings of the rules about lines and MIME, as their tests look at them."""

from __future__ import annotations

from collections.abc import Sequence

from sesmime import Interface, LintConfig, lint
from sesmime.linter.findings import Finding

TOP = b"From: a@example.com\r\nTo: b@example.net\r\nMIME-Version: 1.0\r\n"


def found(message: bytes, *codes: str, interface: Interface = Interface.SEND_RAW_EMAIL) -> Sequence[Finding]:
    """Return what rules say of a message, by the beginnings of their codes."""
    return lint(message, interface=interface, config=LintConfig(select=codes))


def only(message: bytes, code: str, *, interface: Interface = Interface.SEND_RAW_EMAIL) -> Finding:
    """Return the one finding of a rule."""
    (finding,) = found(message, code, interface=interface)
    return finding


def shown(message: bytes, finding: Finding) -> bytes:
    """Return the bytes that a finding is about."""
    assert finding.span is not None
    return message[finding.span.start : finding.span.stop]


def multipart(*parts: bytes, boundary: bytes = b"x") -> bytes:
    """Return a message of parts, each with its header section."""
    joined = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    field = b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n'
    return TOP + field + joined + b"--" + boundary + b"--\r\n"
