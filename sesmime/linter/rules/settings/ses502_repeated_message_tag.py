"""SES502."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sesmime.linter.kit import (
    BodyPlaces,
    Edit,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Span,
    Stage,
    Subject,
    counting_field,
    parameter_value,
    quoted,
    rule,
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
        for name in (name for name, count in names.items() if count > 1):
            yield Fault(
                f"the message tag {quoted(name, 100)} is given {names[name]} times; it is not documented which"
                " one counts",
                fix=Fix("use each tag name once"),
            )
    else:
        yield from _in_the_field(outgoing)


def _in_the_field(outgoing: Outgoing) -> Iterator[Fault]:
    field = counting_field(outgoing, "message_tags")
    if field is None:
        return
    found = outgoing.tags_in_field
    if not found.defects:
        return
    values: dict[str, set[str]] = {}
    for tag in found:
        values.setdefault(tag.name, set()).add(tag.value)
    # Read once: a field of 64 KB may hold thousands of pairs.
    body, places = field.body, BodyPlaces(field)
    repeats: dict[str, list[Span]] = {}
    for defect in found.defects:
        if defect.name == "repeated-tag-name":
            name = body[slice(*defect.span)].partition("=")[0].strip()
            repeats.setdefault(name, []).append(defect.span)
    for name, pairs in repeats.items():
        first = body[slice(*pairs[0])]
        start, stop = pairs[0].start + len(first) - len(first.lstrip()), pairs[0].start + len(first.rstrip())
        fix = Fix("use each tag name once")
        if len(values.get(name, ())) == 1:
            # The same pair again may go, with the comma before it. Which of two values is meant, the sender must say.
            fix = Fix("remove this tag", [Edit(places.span(a - 1, b), b"") for a, b in pairs])
        again = f"repeated {len(pairs)} times" if len(pairs) > 1 else "repeated"
        yield Fault(
            f"the message tag {quoted(name, 100)} is {again}; it is not documented which one counts",
            places.span(start, stop),
            fix=fix,
            severity=Severity.ERROR,
        )
