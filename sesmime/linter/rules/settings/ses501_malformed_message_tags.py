"""SES501."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    ENCODED_WORD,
    Defect,
    Edit,
    Evidence,
    Fault,
    Field,
    Fix,
    MessageTags,
    Outgoing,
    Severity,
    Stage,
    counting_field,
    format_message_tags,
    is_unsigned,
    name_span,
    on_one_line,
    parameter_name,
    quoted,
    rule,
    span_in_body,
    tag_fault,
    tag_remedy,
)
from sesmime.ses.pages import EVENTS
from sesmime.ses.tags import MessageTag

_BLANKS = " \t\r\n"


@rule(
    "SES501",
    severity=Severity.ERROR,
    evidence=Evidence.ASSUMED,
    source=EVENTS,
    stage=Stage.SETTINGS,
    order=20,
    triggers=("x-ses-message-tags",),
)
def malformed_message_tags(outgoing: Outgoing) -> Iterator[Fault]:
    """X-SES-MESSAGE-TAGS contains something that is not a message tag.

    Tags are `name=value` pairs separated by commas; name and value are 1 to 255 characters from A-Z a-z 0-9 _ and
    -. What SES does with a malformed field is not documented, except for non-ASCII characters: the message is sent,
    but its metrics are missing. As parameters, SES refuses such tags (it has accepted values with . or @ there, but
    not in the field, as one team reports).
    """
    field = counting_field(outgoing, "message_tags")
    if field is None:
        return
    body = field.body
    found = outgoing.tags_in_field
    if not found.defects:
        return
    words = [match.span() for match in ENCODED_WORD.finditer(body)] if "=?" in body else []
    defects = [defect for defect in found.defects if _is_told_here(defect, words)]
    if any(defect.name == "empty-item" for defect in defects):
        yield _empty_item(outgoing, field, found)
    for defect in (one for one in defects if one.name != "empty-item"):
        yield _bad_pair(outgoing, field, body, defect)


def _is_told_here(defect: Defect, words: list[tuple[int, int]]) -> bool:
    """Whether no other rule tells of it: of a repeated name, or of what stands in or between encoded words."""
    if defect.name == "repeated-tag-name":
        return False
    return not words or defect.span.stop <= words[0][0] or words[-1][1] <= defect.span.start


def _bad_pair(outgoing: Outgoing, field: Field, body: str, defect: Defect) -> Fault:
    start, stop = defect.span
    item = body[start:stop]
    text = item.strip(_BLANKS)
    start += len(item) - len(item.lstrip(_BLANKS))
    name, equals, value = text.partition("=")
    fault = tag_fault(MessageTag(name.rstrip(_BLANKS), value.lstrip(_BLANKS))) if equals else None
    what = f"the message tag {quoted(text, 100)}" if equals else quoted(text, 100)
    title = tag_remedy(defect.name)
    parameter = parameter_name("message_tags", outgoing.interface)
    if defect.name == "dotted-tag-value" and parameter is not None:
        title = f"pass the tags as {parameter}, where values with . and @ have been accepted"
    return Fault(
        f"{what} is malformed: {defect.message}",
        span_in_body(field, start, start + len(text)),
        # Of other characters AWS says that the message is sent and that its metrics are missing.
        rejection=fault.expected if fault is not None and text.isascii() else None,
        fix=Fix(title),
        evidence=None if text.isascii() else Evidence.DOCUMENTED,
    )


def _empty_item(outgoing: Outgoing, field: Field, found: MessageTags) -> Fault:
    """Tell of all commas with nothing between them at once, so that one fix removes them."""
    place = next(defect.span.start for defect in found.defects if defect.name == "empty-item")
    is_first = outgoing.section.all(field.name) == (field,)
    is_safe = is_first and is_unsigned(outgoing, field)
    if not found.tags:
        fix = Fix("remove the field, or write tags into it", [Edit(field.span, b"")], is_safe=is_safe)
        return Fault(f"{field.name} contains no tag", name_span(field), fix=fix)
    others = any(defect.name != "empty-item" for defect in found.defects)
    edits = () if others else on_one_line(field, format_message_tags(found.tags))
    return Fault(
        "a comma has no message tag before or after it",
        # The comma that has nothing before it, or the last one.
        span_in_body(field, max(place - 1, 0), max(place, 1)),
        fix=Fix("remove the comma", edits, is_safe=is_safe),
    )
