"""RFC408."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sesmime.lint.findings import Severity
from sesmime.lint.lines import MOST
from sesmime.lint.outgoing import Outgoing
from sesmime.lint.rule import Fault, rule
from sesmime.lint.rules.mime_fields import parameter_defects, parameter_fault
from sesmime.ses.settings import Evidence


@rule(
    "RFC408",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2045#section-5",
)
def repeated_parameter(outgoing: Outgoing) -> Iterator[Fault]:
    """A parameter of Content-Type or Content-Disposition is given twice.

    Some readers take the first, some the last: they see another boundary, charset or file name. The parser behind SES's
    refusals takes the last.
    """
    yield from islice(_faults(outgoing), MOST)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for found in outgoing.once(parameter_defects):
        defects = [defect for defect in found.defects if defect.name == "repeated-parameter"]
        if defects:
            text = f"a parameter of {found.field.name} that came before"
            yield parameter_fault(outgoing, found, defects, text, "keep the first")
