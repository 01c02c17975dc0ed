"""SES219."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    Evidence,
    Fault,
    Fix,
    Interface,
    Outgoing,
    Severity,
    Stage,
    Subject,
    address_parameters,
    quoted,
    rule,
)
from sesmime.mime.address_names import encode_names
from sesmime.ses.address_length import is_overlong
from sesmime.ses.request_guide import entry_addresses


@rule(
    "SES219",
    severity=Severity.WARNING,
    evidence=Evidence.OBSERVED,
    source="https://github.com/aws/aws-sdk-js-v3/issues/2350",
    stage=Stage.PARAMETERS,
    order=70,
    subject=Subject.PARAMETERS,
    triggers=(":address-beyond-ascii",),
)
def name_beyond_ascii_in_parameter(outgoing: Outgoing) -> Iterator[Fault]:
    """A parameter with an address has a display name beyond ASCII that is not in encoded words.

    SES takes it, and recipients see other characters in its place. The API asks for encoded words (RFC 2047), which
    count towards the 320 characters of an address as they are written.
    """
    if outgoing.interface is not Interface.SMTP:
        yield from _faults(outgoing)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for path, text in _given(outgoing):
        written = encode_names(text)
        if written != text:
            told = f"a display name in {path} is not ASCII, and arrives as other characters: {quoted(text, 100)}"
            if is_overlong(written) and not is_overlong(text):
                fix = Fix("shorten the display name: as encoded words, it makes the address too long for SES")
            else:
                fix = Fix(f"write {quoted(written, 200)}", value=written, is_safe=True)
            yield Fault(told, parameter=path, fix=fix)


def _given(outgoing: Outgoing) -> Iterator[tuple[str, str]]:
    for path, _, _, text in address_parameters(outgoing.parameters, outgoing.interface):
        yield path, text
    yield from entry_addresses(outgoing.request, outgoing.interface)
