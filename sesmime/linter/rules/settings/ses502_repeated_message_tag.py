"""SES502."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from sesmime.linter.kit import (
    MOST,
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
    Subject,
    counting_field,
    parameter_value,
    quoted,
    rule,
    span_in_body,
)
from sesmime.ses.pages import EVENTS


@rule(
    "SES502",
    severity=Severity.WARNING,
    evidence=Evidence.ASSUMED,
    source=EVENTS,
    stage=Stage.SETTINGS,
    order=10,
    subject=Subject.PARAMETERS,
    triggers=("x-ses-message-tags", ":tags"),
)
def repeated_message_tag(outgoing: Outgoing) -> Iterator[Fault]:
    """A message tag is given more than once.

    Events map a name to a list of values, but it is not documented what SES does with two tags of the same name: it
    may use both, the first or none. In the field it is an error, because nothing tells the sender that a value was
    lost.
    """
    tags = outgoing.parameters.message_tags
    if tags and parameter_value(outgoing, "message_tags"):
        names = Counter(tag.name for tag in tags)
        for name in islice((name for name, count in names.items() if count > 1), MOST):
            yield Fault(
                f"the message tag {quoted(name, 100)} is given {names[name]} times; it is not documented which"
                " one counts",
                fix=Fix("use each tag name once"),
            )
    elif "x-ses-message-tags" in outgoing.names:
        yield from _in_the_field(outgoing)


def _in_the_field(outgoing: Outgoing) -> Iterator[Fault]:
    field = counting_field(outgoing, "message_tags")
    if field is None:
        return
    found = outgoing.tags_in_field
    repeats = (defect for defect in found.defects if defect.name == "repeated-tag-name")
    for defect in islice(repeats, MOST):
        yield _repeat(field, found, defect)


def _repeat(field: Field, found: MessageTags, defect: Defect) -> Fault:
    start, stop = defect.span
    item = field.body[start:stop]
    name, _, value = (piece.strip() for piece in item.partition("="))
    values = [tag.value for tag in found if tag.name == name]
    # The same pair again may go, with the comma before it. Which of two values is meant, the sender must say.
    edits = [Edit(span_in_body(field, start - 1, stop), b"")] if set(values) == {value} else []
    return Fault(
        f"the message tag {quoted(name, 100)} is repeated; it is not documented which one counts",
        span_in_body(field, start + len(item) - len(item.lstrip()), start + len(item.rstrip())),
        fix=Fix("remove this tag" if edits else "use each tag name once", edits),
        severity=Severity.ERROR,
    )
