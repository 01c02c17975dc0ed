"""SES107."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    FIELDS_OF_SES,
    SES_FIELDS,
    Evidence,
    Fault,
    Field,
    Fix,
    Outgoing,
    Severity,
    Stage,
    fold_case,
    name_span,
    quoted,
    rule,
)
from sesmime.ses.pages import TENANTS

_PREFIXES: Final = ("x-ses-", "x-ses_")
_KNOWN: Final = frozenset(fold_case(row.name) for row in SES_FIELDS.values()) | FIELDS_OF_SES.keys()


@rule(
    "SES107",
    severity=Severity.WARNING,
    evidence=Evidence.ASSUMED,
    source=TENANTS,
    stage=Stage.SYNTAX,
    order=210,
    triggers=(":ses-mark",),
)
def unknown_ses_field(outgoing: Outgoing) -> Iterator[Fault]:
    """A field is named like an SES setting that does not exist.

    It has no effect: the tags, configuration set or tenant that it should set are missing. Usually the name is
    misspelt, or a framework (X-SES-TENANT-NAME) should have turned the field into a parameter before sending.
    """
    if [name for name in outgoing.names if name.startswith(_PREFIXES) and name not in _KNOWN]:
        yield from _faults(outgoing)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for field in outgoing.section.fields:
        name = fold_case(field.name)
        # What is hidden behind a blank or a control SEC302 tells of.
        is_plain = field.raw.partition(b":")[0].decode("ascii", "surrogateescape") == field.name
        if name.startswith(_PREFIXES) and name not in _KNOWN and is_plain:
            nearest = _nearest(field)
            yield Fault(
                f"SES has no field {quoted(field.name, 60)}",
                name_span(field),
                fix=Fix(f"rename it to {nearest}, or remove it" if nearest else "remove it, or rename it"),
            )


def _nearest(field: Field) -> str | None:
    from difflib import get_close_matches  # here, because few messages need it

    names = [row.name for row in SES_FIELDS.values()]
    found = get_close_matches(field.name[:80].upper().replace("_", "-"), names, n=1, cutoff=0.7)
    return found[0] if found else None
