"""Texts and values without addresses and the names of people: for reports, logs and tickets that others read.

Addresses are told by their form, wherever they come from. Names have none; they are those of the messages at hand
(`People`), and what stands in quotes before an address in angle brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from sesmime.linter.findings import Finding, Fix
from sesmime.linter.output import Examined, Result
from sesmime.linter.output.people import HIDDEN_NAME, People
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
# What stands from a quote on before an address in angle brackets: its display name.
_NAMED: Final = re.compile(r"""(?<=["'])[^\s"'<>@\\][^"'<>@\\]{0,200}(?<!\s)(?=["']? ?<[^<>\s]{0,320}(?:@|%40))""")
_SIGNS: Final = ("@", "%40", "=?", "...'")


def redacted_text(text: str, *, keeps_domain: bool = False, people: People | None = None) -> str:
    """Return a text with its addresses hidden, or their local parts only, and the names of `people`.

    >>> redacted_text("the address 'joe@b.example' is invalid")
    "the address '***@***' is invalid"
    >>> redacted_text("<joe@a.example> is no identity", keeps_domain=True)
    '<***@a.example> is no identity'
    >>> redacted_text("'Joe Doe <joe@a.example>' is given by Joe", people=People(b"To: Joe <joe@a.example>"))
    "'*** <***@***>' is given by ***"
    """
    if people is not None:
        text = people.hidden(text)
    if not any(sign in text for sign in _SIGNS):
        return text
    text = _NAMED.sub(HIDDEN_NAME, text)
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


def redacted_value(value: Any, *, keeps_domain: bool = False, people: People | None = None) -> Any:
    """Return a value as JSON has it, with the addresses in all its texts hidden, and names in all but member names."""
    if isinstance(value, str):
        return redacted_text(value, keeps_domain=keeps_domain, people=people)
    if isinstance(value, dict):
        return {
            redacted_text(name, keeps_domain=keeps_domain): redacted_value(
                one, keeps_domain=keeps_domain, people=people
            )
            for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [redacted_value(one, keeps_domain=keeps_domain, people=people) for one in value]
    return value


def redacted_results(results: Iterable[Result], people: People | None = None) -> Iterator[Result]:
    """Return what was examined with the addresses in the findings hidden, and the names of its messages.

    `people` has the names of what was read beside them.
    """
    for result in results:
        if isinstance(result, Examined):
            named = [people] if people is not None else []
            if result.message is not None and result.findings:
                named.append(People(result.message))
            findings = tuple(_redacted_finding(finding, named) for finding in result.findings)
            yield result._replace(findings=findings, parameters=ApiParameters())
        else:
            yield result


def _redacted_finding(finding: Finding, named: Iterable[People]) -> Finding:
    def told(text: str) -> str:
        for people in named:
            text = people.hidden(text)
        return redacted_text(text)

    fix, rejection = finding.fix, finding.rejection
    if fix is not None:
        value = None if fix.value is None else told(fix.value)
        fix = Fix(told(fix.title), fix.edits, is_safe=fix.is_safe, value=value)
    return replace(
        finding,
        message=told(finding.message),
        rejection=None if rejection is None else told(rejection),
        fix=fix,
    )
