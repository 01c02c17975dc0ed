"""SES403."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Outgoing, Severity, Stage, refused_fields, rule


@rule(
    "SES403",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/snoyberg/mime-mail/issues/54",
    stage=Stage.MIME,
    order=20,
    triggers=(":odd-mime-field",),
)
def malformed_content_disposition(outgoing: Outgoing) -> Iterator[Fault]:
    """A Content-Disposition field is not of the form attachment; filename=value.

    SES reads it with a strict grammar: a file name with a space, a bracket or another special character must be in
    quotes, and encoded words are not allowed anywhere in the field. Less strict mail readers see only part of the
    file name.
    """
    yield from refused_fields(outgoing, "Content-Disposition")
