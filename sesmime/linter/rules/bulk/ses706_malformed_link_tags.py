"""SES706."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from sesmime.linter.kit import MOST, Evidence, Fault, Fix, Outgoing, Severity, Stage, Text, rule
from sesmime.ses.pages import TRACKING

_ATTRIBUTE = re.compile(rb"ses:tags[ \t\r\n]*=[ \t\r\n]*([\"'])")
_PAIR = re.compile(rb"[0-9A-Za-z_-]+:[0-9A-Za-z_-]+")


@rule(
    "SES706",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source=TRACKING,
    stage=Stage.LISTS,
    order=60,
    triggers=(":directive",),
)
def malformed_link_tags(outgoing: Outgoing) -> Iterator[Fault]:
    """A link has the attribute ses:tags in a form other than name:value;.

    Names and values consist of 0-9 A-Z a-z _ and -, separated by a colon, with a semicolon after each pair. Other
    tags do not appear in click events.
    """
    html = (text for text in outgoing.texts.with_directives if text.part.content_type == "text/html")
    yield from islice((fault for text in html for fault in _faults(text)), MOST)


def _faults(text: Text) -> Iterator[Fault]:
    for match in _ATTRIBUTE.finditer(text.content):
        stop = text.content.find(match[1], match.end())
        value = text.content[match.end() : stop] if stop >= 0 else b""
        pairs = value.removesuffix(b";").split(b";")
        if not all(_PAIR.fullmatch(pair.strip()) for pair in pairs):
            yield Fault(
                "the value of ses:tags is not of the form name:value; with only 0-9 A-Z a-z _ and -",
                text.span(match.end(), max(match.end(), stop)),
                text.part,
                fix=Fix("write it as name:value;"),
            )
