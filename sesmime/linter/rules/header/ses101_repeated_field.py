"""SES101."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    ONCE_ONLY,
    Edit,
    Evidence,
    Fault,
    Field,
    Fix,
    Outgoing,
    Severity,
    Stage,
    fold_case,
    name_span,
    rule,
)
from sesmime.ses.once_only import SPELLINGS
from sesmime.ses.pages import HEADER_FIELDS


@rule(
    "SES101",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=HEADER_FIELDS,
    stage=Stage.REPEATS,
    order=10,
    triggers=(":once-only-repeat",),
)
def repeated_field(outgoing: Outgoing) -> Iterator[Fault]:
    """A field that SES accepts only once is repeated.

    This is by far the most common refusal: two libraries write MIME-Version or Content-Type, a forwarder keeps a
    second DKIM-Signature, or the empty line after the header section is missing, so the fields of the first part
    are added.
    """
    if len(outgoing.names) < len(outgoing.section):
        yield from _faults(outgoing)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    first: dict[str, Field] = {}
    for field in outgoing.section.fields:
        key = fold_case(field.name)
        if key not in ONCE_ONLY:
            continue
        earlier = first.setdefault(key, field)
        if earlier is not field:
            is_same = earlier.body.rstrip(" \t") == field.body.rstrip(" \t")
            is_safe = is_same and key not in outgoing.signed_fields and not key.endswith("-signature")
            yield Fault(
                f"{field.name} is repeated with {'the same value' if is_same else 'a different value'};"
                " SES accepts it once",
                name_span(field),
                # However it is spelled: govCMS/GovCMS8#437, arithmetric/aws-lambda-ses-forwarder#58.
                rejection=f"Duplicate header '{SPELLINGS[key]}'.",
                fix=Fix("remove this field and keep the first", [Edit(field.span, b"")], is_safe=is_safe),
            )
