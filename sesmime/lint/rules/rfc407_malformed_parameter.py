"""RFC407."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from sesmime.lint.findings import Severity
from sesmime.lint.lines import MOST
from sesmime.lint.outgoing import Outgoing
from sesmime.lint.rule import Fault, rule
from sesmime.lint.rules.mime_fields import parameter_defects, parameter_fault
from sesmime.ses.settings import Evidence

# These have rules of their own; of two forms of one name the longer counts, and it is well that there are two.
_OTHERS: Final = ("repeated-parameter", "encoded-word", "conflicting-parameter")


@rule(
    "RFC407",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2231#section-3",
)
def malformed_parameter(outgoing: Outgoing) -> Iterator[Fault]:
    """A parameter of Content-Type or Content-Disposition is not written as the standards have it.

    A piece of a continued value is missing, a charset is not known, a percent sign begins no octet, a character has no
    place there: readers make different names or charsets of it. What SES would refuse has rules of its own.
    """
    yield from islice(_faults(outgoing), MOST)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for found in outgoing.once(parameter_defects):
        defects = [defect for defect in found.defects if defect.name not in _OTHERS]
        if defects and not found.is_refused:
            text = f"in {found.field.name}: {defects[0].message}"
            yield parameter_fault(outgoing, found, defects, text, "write the field anew")
