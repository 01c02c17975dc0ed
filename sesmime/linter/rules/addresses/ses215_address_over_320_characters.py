"""SES215."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from sesmime.linter.kit import (
    STRICT_FIELDS,
    Addresses,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    Subject,
    body_span,
    is_printable,
    rule,
    strict,
)
from sesmime.ses.address_length import overlong_addresses, overlong_shapes, utf16_length
from sesmime.ses.quotas import LEAST_OVERLONG, MAX_MAILBOX

_READ: Final = frozenset(STRICT_FIELDS) - {"Sender"}


@rule(
    "SES215",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/zulip/zulip/issues/17558",
    stage=Stage.LENGTH,
    order=10,
    subject=Subject.PARAMETERS,
    triggers=(":long-address",),
)
def address_over_320_characters(outgoing: Outgoing) -> Iterator[Fault]:
    """An address with its display name is longer than the 320 characters that SES takes.

    The display name counts as it is written: a long one beyond ASCII passes the limit once it is encoded. Each address
    of a list counts by itself. Sender and the Resent- fields are not counted.
    """
    if outgoing.unusual_fields or outgoing.unusual_parameters:
        yield from _faults(outgoing)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for addresses in (*outgoing.unusual_parameters, *outgoing.unusual_fields):
        field = addresses.field
        if field is not None and addresses.label not in _READ:
            continue
        for printed in _overlong(addresses):
            text = "".join(one if is_printable(one) else f"\\x{ord(one):02x}" for one in printed)
            yield Fault(
                f"an address in {addresses.label} has {utf16_length(printed)} characters"
                f"{' with its display name, as it is written' * printed.endswith('>')}; SES takes {MAX_MAILBOX}",
                None if field is None else body_span(field),
                parameter=addresses.path,
                rejection=f"Address length is more than {MAX_MAILBOX} characters long: '{text}'.",
                fix=Fix("shorten the display name" if printed.endswith(">") else "use a shorter address"),
            )


def _overlong(addresses: Addresses) -> Iterable[str]:
    """Return the addresses that are too long; a field has been read by the strict grammar already."""
    text, field = addresses.text, addresses.field
    if len(text if field is None else field.raw) < LEAST_OVERLONG:
        return ()
    # Where no fold is undone, the body is what was read, less blanks and CRs around it, which change nothing.
    if field is None or addresses.value.find("\n") >= 0:
        return overlong_addresses(text)
    read = strict(addresses)
    return overlong_shapes(read.scanned or () if read.parsed is None else read.parsed)
