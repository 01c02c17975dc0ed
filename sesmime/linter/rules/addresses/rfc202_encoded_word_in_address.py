"""RFC202."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    ENCODED_WORD,
    Addresses,
    Evidence,
    Fault,
    Fix,
    Outgoing,
    Severity,
    Stage,
    Subject,
    mailbox_place,
    rule,
    shown,
)


@rule(
    "RFC202",
    severity=Severity.WARNING,
    evidence=Evidence.DOCUMENTED,
    source="https://www.rfc-editor.org/rfc/rfc2047#section-5",
    stage=Stage.ADDRESSES,
    order=100,
    subject=Subject.PARAMETERS,
    triggers=(":unusual-mailbox",),
)
def encoded_word_in_address(outgoing: Outgoing) -> Iterator[Fault]:
    """An address itself, not its display name, contains an encoded word.

    Encoded words are not allowed in addresses. Some mail readers leave it as it is, others decode it and get a
    different address, even at another domain. Programs that encode all of `jörg@example.com` produce it.
    """
    if outgoing.unusual_fields or outgoing.unusual_parameters:
        yield from _faults(outgoing)


def _faults(outgoing: Outgoing) -> Iterator[Fault]:
    for addresses in (*outgoing.unusual_parameters, *outgoing.unusual_fields):
        if "=?" in addresses.text and _has_defect(addresses):
            for mailbox in addresses.reading:
                word = ENCODED_WORD.search(mailbox.address)
                if word is not None:
                    yield Fault(
                        f"the address {shown(mailbox)} in {addresses.label} contains an encoded word",
                        mailbox_place(addresses, mailbox, word[0]),
                        parameter=addresses.path,
                        fix=Fix("write the address in ASCII, with the domain in Punycode"),
                    )


def _has_defect(addresses: Addresses) -> bool:
    return any(defect.name == "encoded-word-in-address" for defect in addresses.reading.defects)
