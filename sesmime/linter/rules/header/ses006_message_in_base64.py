"""SES006."""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import Edit, Evidence, Fault, Fix, Outgoing, Severity, Stage, is_message_in_base64, rule

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_SHOWN: Final = 76


@rule(
    "SES006",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/aws/aws-sdk-php/issues/981",
    stage=Stage.SYNTAX,
    order=20,
    triggers=(":no-field",),
)
def message_in_base64(outgoing: Outgoing) -> Iterator[Fault]:
    """The whole message is base64.

    The SDKs encode the message themselves, so SES receives it encoded twice: it finds no field and takes everything
    for one long header section.
    """
    if outgoing.has_header_section or not is_message_in_base64(outgoing):
        return
    head = outgoing.header_octets
    first = head[: _SHOWN + 1].splitlines()[0]
    has_lines = b"\n" in head.rstrip()
    yield Fault(
        "the message is already base64, and the SDK encodes it again",
        outgoing.head_span(0, min(len(first), _SHOWN)),
        rejection="Empty header names are illegal." if has_lines else "Header section too long.",
        evidence=Evidence.ASSUMED if has_lines else None,
        fix=Fix("pass the message without encoding it", lambda: _decoded(outgoing)),
    )


def _decoded(outgoing: Outgoing) -> list[Edit]:
    octets = outgoing.octets(outgoing.span).translate(None, b" \t\r\n")
    # Something else among it, or behind it, would be lost.
    if octets.translate(None, _ALPHABET) not in (b"", b"=", b"==") or len(octets) % 4:
        return []
    return [Edit(outgoing.span, binascii.a2b_base64(octets))]
