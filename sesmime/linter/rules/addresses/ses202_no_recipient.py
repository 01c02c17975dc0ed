"""SES202."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import (
    DEFAULT_REMEDY,
    RECIPIENT_FIELDS,
    Addresses,
    Evidence,
    Fault,
    Fix,
    Interface,
    Outgoing,
    Severity,
    Stage,
    Subject,
    is_one_lost,
    rule,
    strict,
)
from sesmime.ses.pages import ERROR_MESSAGES

_GITHUB: Final = "https://github.com/"
_RECIPIENT_NAMES: Final = frozenset(map(str.lower, RECIPIENT_FIELDS))
_ADD_RECIPIENT: Final = Fix("pass a destination, or add a To field")


@rule(
    "SES202",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=ERROR_MESSAGES,
    stage=Stage.REQUIRED,
    order=40,
    subject=Subject.PARAMETERS,
    triggers=(":no-recipient-field", ":unusual-recipient", ":assembled"),
)
def no_recipient(outgoing: Outgoing) -> Iterator[Fault]:
    """The message has no recipient: no destination, and no address in To, Cc or Bcc.

    `undisclosed-recipients:;` names nobody, and neither does an address of which nothing can be made that mail is sent
    to. Where SES is expected to refuse the field for its grammar, SES201 tells of that.
    """
    if not outgoing.interface.is_raw:
        yield from _of_request(outgoing)
        return
    if outgoing.parameters.destination or not outgoing.has_header_section:
        return
    fields: list[Addresses] = []
    if not outgoing.names.isdisjoint(_RECIPIENT_NAMES):
        fields = [addresses for addresses in outgoing.unusual_fields if addresses.label in RECIPIENT_FIELDS]
        if outgoing.recipient_fields > len(fields):
            return  # one is of the plain kind, which holds an address
    for addresses in fields:
        if strict(addresses).error is not None:
            return
    if outgoing.has_recipient:
        return
    if any(map(is_one_lost, fields)):
        yield Fault(
            "there is no recipient: no destination, and no address in To, Cc or Bcc can be read",
            fix=Fix(DEFAULT_REMEDY),
            evidence=Evidence.ASSUMED,
        )
        return
    # An empty or missing To field is noticed before the recipients are counted.
    to = outgoing.section.first("To")
    text, source = "There are no recipients specified", ERROR_MESSAGES
    if to is None:
        text, source = "Missing required header 'To'.", _GITHUB + "aws/aws-sdk-js/issues/893"
    elif not to.body.strip(" \t"):
        text, source = "Empty required header 'To'.", _GITHUB + "daniel-zahariev/php-aws-ses/issues/32"
    yield Fault(
        "there is no recipient: no destination is given, and To, Cc and Bcc have no address",
        rejection=text,
        fix=_ADD_RECIPIENT,
        # All reports are of the APIs.
        evidence=Evidence.DOCUMENTED
        if source is ERROR_MESSAGES
        else Evidence.ASSUMED
        if outgoing.interface is Interface.SMTP
        else Evidence.OBSERVED,
        source=source,
    )


# The requests with one destination; that of a bulk call has one in each entry.
_WITH_DESTINATION: Final = frozenset(
    (
        Interface.SEND_EMAIL,
        Interface.SEND_TEMPLATED_EMAIL,
        Interface.V2_SEND_EMAIL_SIMPLE,
        Interface.V2_SEND_EMAIL_TEMPLATE,
    )
)


def _of_request(outgoing: Outgoing) -> Iterator[Fault]:
    if outgoing.is_request and outgoing.interface in _WITH_DESTINATION and not outgoing.parameters.destination:
        yield Fault(
            "there is no recipient: Destination names nobody",
            parameter="Destination",
            rejection="There are no recipients specified",
            fix=Fix("name a recipient in Destination"),
        )
