"""Texts and values without addresses: for reports, logs and tickets that others read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from sesmime.linter.findings import Finding, Fix
from sesmime.linter.output import Examined, Result
from sesmime.mime.words import decode_words
from sesmime.ses.settings import ApiParameters

HIDDEN: Final = "***@***"
# An address in any text: a quoted string, or what no blank, bracket or comma divides, an at-sign (in a URL %40), and
# what follows it. Blanks may stand beside the sign where a domain with a dot follows, which is no address in prose. A
# run of characters is read from its start only, so that the time is in proportion to the text.
_PLAIN: Final = r"""[^\s<>()\[\],:;"'@]"""
_LOCAL: Final = rf"""(?:"(?:[^"\\]|\\.){{0,256}}"|(?<!{_PLAIN})(?:(?!%40){_PLAIN})++)"""
_DOTTED: Final = rf"(?={_PLAIN}*\.{_PLAIN}){_PLAIN}+"
_WORD: Final = r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s]*\?="
_ADDRESS: Final = re.compile(
    rf"(?P<address>{_LOCAL}(?:(?:[ \t]++@++[ \t]*+|@++[ \t]++){_DOTTED}|(?:(?:@+|%40)(?:\[[^\]\s]*\]?|{_PLAIN}+)?)+))"
    rf"|(?<!@)@++{_DOTTED}"  # what comes before is a comment
    rf"|(?P<words>{_WORD}(?:\s+{_WORD})*)"  # encoded words, of which only some hold an address
    rf"|(?P<cut>(?<!{_PLAIN}){_PLAIN}++(?<=\.\.\.)(?='))"  # the end of a quotation, perhaps before its at-sign
)
_SIGNS: Final = ("@", "%40", "=?", "...'")


def redacted_text(text: str, *, keeps_domain: bool = False) -> str:
    """Return a text with its addresses hidden, or their local parts only.

    >>> redacted_text("the address 'joe@b.example' is invalid")
    "the address '***@***' is invalid"
    >>> redacted_text("<joe@a.example> is no identity", keeps_domain=True)
    '<***@a.example> is no identity'
    """
    if not any(sign in text for sign in _SIGNS):
        return text
    return _ADDRESS.sub(_without_local_part if keeps_domain else _hidden, text)


def _hidden(found: re.Match[str]) -> str:
    if found["cut"] is not None:
        return "***..."
    if found["words"] is not None and redacted_text(decoded := decode_words(found[0])) == decoded:
        return found[0]
    return HIDDEN


def _without_local_part(found: re.Match[str]) -> str:
    if found["address"] is None:
        return _hidden(found)
    return "***@" + re.split("@|%40", found[0])[-1].strip()


def redacted_value(value: Any, *, keeps_domain: bool = False) -> Any:
    """Return a value as JSON has it, with the addresses in all its texts hidden."""
    if isinstance(value, str):
        return redacted_text(value, keeps_domain=keeps_domain)
    if isinstance(value, dict):
        return {
            redacted_text(name, keeps_domain=keeps_domain): redacted_value(one, keeps_domain=keeps_domain)
            for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [redacted_value(one, keeps_domain=keeps_domain) for one in value]
    return value


def redacted_results(results: Iterable[Result]) -> Iterator[Result]:
    """Return what was examined with the addresses in the findings hidden."""
    for result in results:
        if isinstance(result, Examined):
            findings = tuple(map(_redacted_finding, result.findings))
            yield result._replace(findings=findings, parameters=ApiParameters())
        else:
            yield result


def _redacted_finding(finding: Finding) -> Finding:
    fix, rejection = finding.fix, finding.rejection
    if fix is not None:
        value = None if fix.value is None else redacted_text(fix.value)
        fix = Fix(redacted_text(fix.title), fix.edits, is_safe=fix.is_safe, value=value)
    return replace(
        finding,
        message=redacted_text(finding.message),
        rejection=None if rejection is None else redacted_text(rejection),
        fix=fix,
    )
