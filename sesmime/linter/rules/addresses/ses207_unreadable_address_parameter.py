"""SES207."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    DEFAULT_REMEDY,
    UNPREDICTABLE,
    UNREADABLE,
    Addresses,
    Evidence,
    Fault,
    Fix,
    Interface,
    Outgoing,
    Severity,
    Stage,
    Subject,
    described,
    quoted,
    remedy,
    remedy_of_defect,
    rule,
    strict,
)
from sesmime.mime.addresses import DOUBTED
from sesmime.ses.pages import ERROR_MESSAGES, SMTP_PROBLEMS

_BULK: Final = (Interface.SEND_BULK_TEMPLATED_EMAIL, Interface.V2_SEND_BULK_EMAIL)
_PROBE: Final = "https://github.com/floci-io/floci"
# What RCPT TO was answered; the documents say `553 <addr> Invalid email address`.
_INVALID_RECIPIENT: Final = "501 Invalid RCPT TO address provided"


@rule(
    "SES207",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=Interface.SEND_RAW_EMAIL.page,
    stage=Stage.PARAMETERS,
    order=60,
    subject=Subject.PARAMETERS,
    triggers=(":unusual-parameter",),
)
def unreadable_address_parameter(outgoing: Outgoing) -> Iterator[Fault]:
    """A parameter that takes one address does not follow the strict grammar of SES.

    SES refuses the whole message because of one malformed recipient. The most common causes are several addresses
    in one list element, an unquoted display name with a comma, and a non-ASCII address.
    """
    if outgoing.unusual_parameters:
        yield from _faults(outgoing)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    is_smtp = outgoing.interface is Interface.SMTP
    for addresses in outgoing.unusual_parameters:
        # What was lifted from the message is told of where it stood.
        if outgoing.is_destination_lifted and addresses.setting == "destination":
            continue
        found = strict(addresses)
        broken = _with_line_break(addresses) if found.error is None and not is_smtp else None
        # Of MAIL FROM over SMTP SES212 tells.
        if found.error is not None and not (is_smtp and addresses.setting == "source"):
            yield Fault(
                described(addresses, found),
                parameter=addresses.path,
                rejection=_INVALID_RECIPIENT if is_smtp else _text(outgoing, addresses, found.error),
                fix=Fix(remedy(addresses, found)),
                source=SMTP_PROBLEMS if is_smtp else None,
            )
        elif broken is not None:
            yield Fault(
                f"{addresses.label} {quoted(addresses.text, 100)} has a line break in the part before the @",
                parameter=addresses.path,
                rejection=_text(outgoing, addresses, f"Invalid email address {broken}."),
                fix=Fix("remove the line break"),
                evidence=Evidence.OBSERVED,
                source=_PROBE,
            )
        elif found.error is None:
            yield from _of_one_taken(addresses, is_unpredictable=found.unpredictable)


def _text(outgoing: Outgoing, addresses: Addresses, error: str) -> str:
    """Return the text expected from SES, which the bulk interfaces write in their own words for the whole call."""
    if outgoing.interface in _BULK and addresses.setting in ("source", "return_path"):
        return f"Invalid email address<{addresses.text}>."
    return error


def _with_line_break(addresses: Addresses) -> str | None:
    """Return the address whose local part holds a CR or an LF in quotes, None where it is another."""
    if "\r" not in addresses.text and "\n" not in addresses.text:
        return None
    for shape in strict(addresses).parsed or ():
        address: str = shape["address"]
        if "\r" in address or "\n" in address:
            return address
    return None


def _of_one_taken(addresses: Addresses, *, is_unpredictable: bool) -> Iterator[Fault]:
    """Tell of what the strict grammar takes and others do not."""
    shown = f"{addresses.label} {quoted(addresses.text, 100)}"
    defects = addresses.reading.defects
    doubted = next((one for one in defects if one.name in UNREADABLE or one.name in DOUBTED), None)
    if is_unpredictable:
        yield Fault(
            f"{shown} contains comments in a way that {UNPREDICTABLE}",
            parameter=addresses.path,
            fix=Fix("write the address without comments"),
            severity=Severity.WARNING,
            evidence=Evidence.ASSUMED,
        )
    elif any(not mailbox.address.isascii() for mailbox in addresses.reading):
        yield Fault(
            f"{shown} is not ASCII, and SES accepts only ASCII addresses",
            rejection="There are non-ASCII characters in the email address",
            parameter=addresses.path,
            fix=Fix("use an ASCII address, with the domain in Punycode"),
            source=ERROR_MESSAGES,
        )
    elif doubted is not None or len(addresses.reading) != 1:
        yield Fault(
            f"{shown} is ambiguous: {'it is not exactly one address' if doubted is None else doubted.message}",
            parameter=addresses.path,
            fix=Fix(DEFAULT_REMEDY if doubted is None else remedy_of_defect(doubted.name)),
            severity=Severity.WARNING,
            evidence=Evidence.ASSUMED,
            source="https://www.rfc-editor.org/rfc/rfc5322#section-3.4",
        )
