"""SES402."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import Evidence, Fault, Outgoing, Severity, Stage, refused_fields, rule


@rule(
    "SES402",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/go-gomail/gomail/issues/131",
    stage=Stage.MIME,
    order=10,
    triggers=(":odd-mime-field",),
)
def malformed_content_type(outgoing: Outgoing) -> Iterator[Fault]:
    """A Content-Type field is not of the form type/subtype; name=value.

    SES reads it with a strict grammar: a value with a space, a colon or another special character must be in
    quotes, and a parameter must have a name and `=`. Less strict mail readers see another charset or boundary, or
    none.
    """
    yield from refused_fields(outgoing, "Content-Type")
