"""SES603."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sesmime.linter.findings import Fix, Severity
from sesmime.linter.rule import Fault, rule
from sesmime.linter.view.lines import MOST
from sesmime.linter.view.outgoing import Outgoing
from sesmime.linter.view.places import span_in_body
from sesmime.ses.evidence import Evidence
from sesmime.ses.pages import MANUAL_DKIM

_ADDED = {"feedback-id": "Feedback-ID", "x-ses-outgoing": "X-SES-Outgoing"}


@rule("SES603", severity=Severity.WARNING, evidence=Evidence.ASSUMED, source=MANUAL_DKIM)
def oversigned_field(outgoing: Outgoing) -> Iterator[Fault]:
    """A DKIM signature says that there is no Feedback-ID or X-SES-Outgoing, and SES adds both.

    A name that h= lists more often than the field stands in the message means that no more of them may come (RFC 6376
    section 5.4.2). SES adds these two to everything it sends, and the signature no longer holds.
    """
    yield from islice(_faults(outgoing), MOST)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for signature in outgoing.signatures:
        for name, written in _ADDED.items():
            places = [signed for signed in signature.signed if signed.name == name]
            if len(places) > len(outgoing.section.all(name)):
                yield Fault(
                    f"the DKIM signature says that there is no further {written}, and SES adds one: it will not hold",
                    span_in_body(signature.field, places[-1].start, places[-1].stop),
                    fix=Fix(f"sign without {written}"),
                )
