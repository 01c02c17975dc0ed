"""RFC201."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    STRICT_FIELDS,
    UNREADABLE,
    Addresses,
    Defect,
    Edit,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    is_refused,
    remedy_of_defect,
    rule,
    span_in_body,
)

# At most so many commas are taken out.
_MOST_COMMAS: Final = 20
# Of these other rules tell.
_ELSEWHERE: Final = frozenset(("encoded-word-in-address", "source-route", "non-ascii-address"))


@rule(
    "RFC201",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc5322#section-3.4",
    stage=Stage.ADDRESSES,
    order=90,
    triggers=(":unusual-address",),
)
def irregular_address(outgoing: Outgoing) -> Iterator[Fault]:
    """An address list does not follow RFC 5322, although the strict grammar of SES accepts it.

    Mail readers interpret it differently: each may show or answer a different address, or none. Text next to the
    angle brackets and an @ in a display name can deceive people about the sender.
    """
    if outgoing.unusual_fields:
        yield from _faults(outgoing)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for addresses in outgoing.unusual_fields:
        if is_refused(addresses):
            continue
        defects = [defect for defect in addresses.reading.defects if defect.name not in _told_elsewhere(addresses)]
        if defects:
            empty = [defect for defect in defects if defect.name == "empty-element"]
            for defect in defects:
                if defect.name != "empty-element":
                    yield _fault(addresses, defect)
            if empty:
                yield _empty_elements(addresses, empty)


def _told_elsewhere(addresses: Addresses) -> frozenset[str]:
    # An address beyond ASCII is an error in the fields that SES reads; of the others nothing else tells.
    return _ELSEWHERE if addresses.label in STRICT_FIELDS else _ELSEWHERE - {"non-ascii-address"}


def _fault(addresses: Addresses, defect: Defect) -> Fault:
    assert addresses.field is not None
    unreadable = "; mail readers interpret it differently" if defect.name in UNREADABLE else ""
    return Fault(
        f"{addresses.label}: {defect.message}{unreadable}",
        span_in_body(addresses.field, *defect.span),
        fix=Fix(remedy_of_defect(defect.name)),
    )


def _empty_elements(addresses: Addresses, empty: list[Defect]) -> Fault:
    """Make one fault of all of them: they are mended together."""
    field = addresses.field
    assert field is not None
    # A list of many is no slip, and nothing to be mended by guesses.
    is_mendable = len(addresses.reading) > 0 and len(empty) <= _MOST_COMMAS
    spans = [span_in_body(field, *defect.span) for defect in empty[: _MOST_COMMAS if is_mendable else 1]]
    return Fault(
        f"{addresses.label}: {'an element' if len(empty) == 1 else f'{len(empty)} elements'} of the list"
        f" {'is' if len(empty) == 1 else 'are'} empty",
        spans[0],
        fix=Fix(
            "remove the comma" if len(empty) == 1 else "remove the commas",
            [Edit(span, b"") for span in spans] if is_mendable else (),
        ),
    )
