"""RFC103."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Part,
    Severity,
    Stage,
    body_span,
    misplaced_words,
    rule,
)
from sesmime.mime.hints import Final
from sesmime.mime.patterns import lazy_pattern

# RFC 5322 section 3.6.4, less what its words may be made of: blanks and brackets make readers stumble, nothing else.
_QUOTED_STRING: Final = r'"(?:[^"\\<>\x00-\x1f\x7f]|\\[ -~])*+"'
_ID: Final = rf"<(?:[^\x00-\x20\x7f<>@\"]++|{_QUOTED_STRING})++@(?:[^\x00-\x20\x7f<>@\"]++|\[[^\x00-\x20<>]*+\])>"
_ONE_ID: Final = re.compile(rf"[ \t]*+{_ID}[ \t]*+(?:\(.*\)[ \t]*+)?")
# QUIRK: RFC 2045 section 7 wants an @ here too; most mail names its images `<logo>`, and readers find them (RFC 2392).
_CONTENT_ID: Final = lazy_pattern(r"[ \t]*+<[^\x00-\x20\x7f<>]++>[ \t]*+")
_ANY_ID: Final = lazy_pattern(r"<[^\x00-\x20\x7f<>]++>")
_BLANK: Final = lazy_pattern(r"[ \t]*")


@rule(
    "RFC103",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc5322#section-3.6.4",
    stage=Stage.SYNTAX,
    order=180,
    triggers=(":odd-identifier",),
)
def malformed_message_id(outgoing: Outgoing) -> Iterator[Fault]:
    """Message-ID, Content-ID, In-Reply-To or References contains no identifier of the form <left@right>.

    Replies are not added to their thread, and an image that is referenced by its Content-ID is not shown. SES
    writes its own Message-ID. Identifiers without @ are accepted in Content-ID, and text next to identifiers in the
    last two.
    """
    for part in outgoing.parts:
        yield from _of_part(part)


def _of_part(part: Part) -> Iterator[Fault]:
    yield from _fault(part, "Content-ID", _CONTENT_ID, "write it as <name@domain>, including the angle brackets")
    if part.is_root:
        yield from _fault(part, "Message-ID", _ONE_ID, "write it as <left@right>, or remove it: SES writes its own")
        for name in ("In-Reply-To", "References"):
            yield from _fault(part, name, None, "write the message identifiers, each in angle brackets")


def _fault(part: Part, name: str, form: re.Pattern[str] | None, title: str) -> Iterator[Fault]:
    field = part.section.first(name)
    if field is None:
        return
    body = field.body
    if form.fullmatch(body) if form else _ANY_ID.search(body):
        return
    if next(misplaced_words(field), None) is not None:
        return  # RFC112 tells of it
    what = (
        "is empty" if _BLANK.fullmatch(body) else "contains no identifier" if form is None else "is not an identifier"
    )
    yield Fault(f"{name} {what}", body_span(field), part, fix=Fix(title))
