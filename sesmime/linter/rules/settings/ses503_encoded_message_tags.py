"""SES503."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    ENCODED_WORD,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    counting_field,
    decode_words,
    format_message_tags,
    on_one_line,
    read_message_tags,
    rule,
    span_in_body,
)
from sesmime.ses.pages import MESSAGE_TAG


@rule(
    "SES503",
    severity=Severity.ERROR,
    evidence=Evidence.ASSUMED,
    source=MESSAGE_TAG,
    stage=Stage.SETTINGS,
    order=30,
    triggers=("x-ses-message-tags",),
)
def encoded_message_tags(outgoing: Outgoing) -> Iterator[Fault]:
    """X-SES-MESSAGE-TAGS contains an RFC 2047 encoded word.

    A message tag consists of only A-Z a-z 0-9 _ and -. Mail libraries write encoded words if a value is not ASCII,
    and some if a line is long; SES is not known to decode them, so the tags reach no event.
    """
    field = counting_field(outgoing, "message_tags")
    if field is None or "=?" not in field.body:
        return
    body = field.body
    places = [match.span() for match in ENCODED_WORD.finditer(body)]
    if not places:
        return
    meant = read_message_tags(decode_words(body))
    edits = () if meant.defects else on_one_line(field, format_message_tags(meant.tags))
    yield Fault(
        "the message tags contain an encoded word, but tags consist of only A-Z a-z 0-9 _ and -",
        span_in_body(field, places[0][0], places[-1][1]),
        fix=Fix("write the tags in plain ASCII on one line", edits),
    )
