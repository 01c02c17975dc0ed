"""RFC412."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import Evidence, Fault, Fix, Outgoing, Severity, Span, Stage, body_start, quoted, rule
from sesmime.mime.patterns import lazy_pattern

# Where parts begin, if there are some: at the start of the body, or after the line that is meant for very old readers.
_PART: Final = rb"[\r\n]*(--[^\r\n]{1,200})\r?\nContent-(?:Type|Transfer-Encoding|Disposition)[ \t]*:"
_FIRST: Final = lazy_pattern(_PART, re.IGNORECASE)
_BEHIND_THAT_LINE: Final = lazy_pattern(
    rb"multi-?part message in MIME format\.?[ \t]*\r?\n" + _PART,
    re.IGNORECASE,
)


@rule(
    "RFC412",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2045#section-5",
    stage=Stage.MIME,
    order=380,
    triggers=(":boundary-in-leaf",),
)
def unlabelled_multipart(outgoing: Outgoing) -> Iterator[Fault]:
    """The body begins like a multipart, but Content-Type does not declare one.

    Mail readers show the parts, with their fields and base64, as one text. Usually Content-Type is missing, is
    malformed, or comes after an empty line.
    """
    root = outgoing.root
    if root.is_leaf and not root.is_encoded and not root.content_type.startswith(("multipart/", "message/")):
        start = root.entity.body_span.start
        body = body_start(outgoing)
        if body.lower().rfind(b"\ncontent-") < 0:
            return
        found = _FIRST.match(body) or _BEHIND_THAT_LINE.search(body)
        if found is not None:
            span = Span(start + found.start(1), start + found.end(1))
            fix = Fix("declare the multipart and its boundary in Content-Type, with MIME-Version")
            yield Fault(
                f"a body part begins here, but the content type is {quoted(root.content_type, 60)}", span, root, fix=fix
            )
