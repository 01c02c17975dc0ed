"""SES510."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    MAX_LINE,
    SES_FIELDS,
    SETTING_FIELDS,
    Edit,
    Evidence,
    Fault,
    Field,
    Fix,
    Outgoing,
    Severity,
    Span,
    Stage,
    body_span,
    is_unsigned,
    name_span,
    parameter_value,
    read_message_tags,
    rule,
)
from sesmime.ses.pages import AUTHORIZATION


@rule(
    "SES510",
    severity=Severity.ERROR,
    evidence=Evidence.ASSUMED,
    source=AUTHORIZATION,
    stage=Stage.SETTINGS,
    order=50,
    triggers=SETTING_FIELDS,
)
def repeated_ses_field(outgoing: Outgoing) -> Iterator[Fault]:
    """An X-SES- field is repeated.

    For the three ARN fields, SES documents that the first counts; for the others the same is assumed. Code that
    writes one X-SES-MESSAGE-TAGS field for each tag keeps only the first tag. A repeated ARN is a warning, and so
    is a repeated field that a parameter overrides.
    """
    if len(outgoing.names) == len(outgoing.section):
        return
    for setting, row in SES_FIELDS.items():
        first, *repeats = outgoing.section.all(row.name) or (None,)
        if first is None or not repeats:
            continue
        joined = _can_be_joined(setting, (first, *repeats))
        is_arn = setting.endswith("_arn")
        is_overruled = bool(parameter_value(outgoing, setting))
        for field in repeats:
            is_same = field.body.rstrip(" \t") == first.body.rstrip(" \t")
            yield Fault(
                f"{field.name} is repeated with {'the same value' if is_same else 'a different value'};"
                + (" the first counts" if is_arn else " it is not documented that the first counts"),
                name_span(field),
                fix=_joining(first, field)
                if joined
                else Fix(
                    "remove this field and keep the first",
                    [Edit(field.span, b"")],
                    is_safe=is_same and is_unsigned(outgoing, field),
                ),
                severity=Severity.WARNING if is_arn or is_overruled else None,
                evidence=Evidence.DOCUMENTED if is_arn else None,
            )


def _can_be_joined(setting: str, fields: tuple[Field, ...]) -> bool:
    """Whether the fields hold one list of message tags, each name once, that fits on one line."""
    if setting != "message_tags" or sum(len(field.raw) + 2 for field in fields) > MAX_LINE:
        return False
    found = [read_message_tags(field.body) for field in fields]
    names = [tag.name for tags in found for tag in tags]
    return not any(tags.defects for tags in found) and len(set(names)) == len(names)


def _joining(first: Field, field: Field) -> Fix:
    place = body_span(first).stop
    tags = field.body.strip(" \t").encode("ascii")
    return Fix("move its tags to the first field", [Edit(Span(place, place), b", " + tags), Edit(field.span, b"")])
