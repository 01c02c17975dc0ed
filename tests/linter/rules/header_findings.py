"""Findings of the rules about the header section, as their tests look at them."""

from __future__ import annotations

from typing import Any

from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Finding, Report
from sesmime.linter.run import lint
from sesmime.mime.edits import apply_edits

FAMILY = LintConfig(select=("SES0", "SES1", "RFC1", "SEC3"), ignore=("SES105",))


def message(*lines: str, body: str = "Dear Ben\r\n") -> bytes:
    """Return a message with From, To and these lines of a header section; one character an octet."""
    fixed = ("From: Ada <ada@example.com>", "To: ben@example.net")
    return ("\r\n".join([*fixed, *lines, "", ""]) + body).encode("latin-1")


def found(text: bytes, *codes: str, **arguments: Any) -> Report:
    """Return the findings of these rules, or of the whole family without the INFO that every message gets."""
    return lint(text, config=LintConfig(select=codes) if codes else FAMILY, **arguments)


def only(text: bytes, code: str, **arguments: Any) -> Finding:
    """Return the one finding of a rule."""
    (finding,) = found(text, code, **arguments)
    return finding


def shown(text: bytes, finding: Finding) -> bytes:
    """Return the octets that a finding points to."""
    assert finding.span is not None
    return text[finding.span.start : finding.span.stop]


def repaired(text: bytes, code: str, **arguments: Any) -> bytes:
    """Return the message after all fixes of a rule, which must then be silent."""
    fixes = [finding.fix for finding in found(text, code, **arguments)]
    edits = [edit for fix in fixes if fix is not None for edit in fix.edits]
    assert edits
    done = apply_edits(text, edits)
    assert not found(done, code, **arguments)
    return done


def by_hand(finding: Finding) -> bool:
    return finding.fix is not None and finding.fix.edits == ()
