"""SES102."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Interface,
    Outgoing,
    Severity,
    Stage,
    Subject,
    is_refused,
    is_unreadable,
    name_span,
    rule,
)

# Interfaces that take parameters alone answer in words of their own (floci-io/floci#1561).
_WITHOUT_MESSAGE: Final = {
    Interface.V2_SEND_EMAIL_SIMPLE: '{"message":null}',
    Interface.V2_SEND_EMAIL_TEMPLATE: "Source cannot be empty",
}
_ADD_FROM: Final = Fix("add a From field")


@rule(
    "SES102",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/floci-io/floci/issues/1561",
    stage=Stage.REQUIRED,
    order=10,
    subject=Subject.PARAMETERS,
    triggers=(":no-from", ":unusual-from", ":assembled"),
)
def missing_from(outgoing: Outgoing) -> Iterator[Fault]:
    """There is no From field, or it has no address.

    SES refuses the message if no source is given as a parameter either. With a source SES accepts it, and mailbox
    providers such as Gmail bounce it, so it is a warning. Usually the field exists but is not read as a field: an
    empty line comes before it, so it is part of the body. What SES answers to a field that contains only spaces, a
    comment or an empty group is not known.
    """
    if outgoing.parameters.source:
        yield from _of_readers(outgoing)
    elif not outgoing.interface.is_raw:
        text = _WITHOUT_MESSAGE.get(outgoing.interface)
        if text is not None:
            yield Fault(
                "there is no sender: FromEmailAddress is not given",
                parameter="FromEmailAddress",
                rejection=text,
                fix=Fix("pass FromEmailAddress"),
            )
    elif "from" not in outgoing.names and outgoing.has_header_section:
        yield Fault(
            "there is no From field, and no source is given",
            rejection="Missing required header 'From'.",
            fix=_ADD_FROM,
            # All reports are of the APIs.
            evidence=Evidence.ASSUMED if outgoing.interface is Interface.SMTP else None,
        )
    else:
        yield from islice(_of_nobody(outgoing), 1)


def _of_readers(outgoing: Outgoing) -> Iterator[Fault]:
    # Without any field there is more amiss, and SES004 tells of it.
    if outgoing.interface.is_raw and "from" not in outgoing.names and outgoing.has_header_section:
        yield Fault(
            "there is no From field: SES accepts the message because a source is given, but Gmail bounces it",
            fix=_ADD_FROM,
            severity=Severity.WARNING,
            source="https://github.com/soto-project/soto/issues/469",
        )


def _of_nobody(outgoing: Outgoing) -> Iterator[Fault]:
    for addresses in outgoing.unusual_fields:
        field = addresses.field
        if field is None or addresses.label != "From":
            continue
        # Of what stands there and is no mailbox other rules tell.
        if not is_refused(addresses) and not addresses.reading and not is_unreadable(addresses):
            yield Fault(
                "the From field has no address, and no source is given",
                name_span(field),
                # As SES answers to a To field of that kind.
                rejection=None if addresses.text.strip() else "Empty required header 'From'.",
                fix=Fix("write the sender's address in it"),
                evidence=Evidence.ASSUMED,
                source="https://github.com/daniel-zahariev/php-aws-ses/issues/32",
            )
