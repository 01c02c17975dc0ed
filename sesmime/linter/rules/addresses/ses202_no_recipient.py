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
    Outgoing,
    Severity,
    Stage,
    is_one_lost,
    rule,
    strict,
)
from sesmime.ses.pages import ERROR_MESSAGES

_GITHUB: Final = "https://github.com/"


@rule(
    "SES202",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=ERROR_MESSAGES,
    stage=Stage.RECIPIENTS,
    order=10,
)
def no_recipient(outgoing: Outgoing) -> Iterator[Fault]:
    """The message has no recipient: no destination, and no address in To, Cc or Bcc.

    `undisclosed-recipients:;` names nobody, and neither does an address of which nothing can be made that mail is sent
    to. Where SES is expected to refuse the field for its grammar, SES201 tells of that.
    """
    if outgoing.parameters.destination or _has_plain_recipient(outgoing) or not outgoing.has_header_section:
        return
    fields = _recipient_fields(outgoing)
    if outgoing.envelope.recipients or any(strict(addresses).error is not None for addresses in fields):
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
        fix=Fix("pass a destination, or add a To field"),
        evidence=Evidence.DOCUMENTED if source is ERROR_MESSAGES else Evidence.OBSERVED,
        source=source,
    )


def _has_plain_recipient(outgoing: Outgoing) -> bool:
    """Whether a recipient field is of the plain kind, which holds an address."""
    return sum(len(outgoing.section.all(name)) for name in RECIPIENT_FIELDS) > len(_recipient_fields(outgoing))


def _recipient_fields(outgoing: Outgoing) -> list[Addresses]:
    return [addresses for addresses in outgoing.unusual_fields if addresses.label in RECIPIENT_FIELDS]
