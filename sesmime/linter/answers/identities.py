"""The identities that SES names as not verified: whether the message sends from them, or only to them."""

from __future__ import annotations

import re
from typing import Final

from sesmime.errors import masked_by_unicode_14
from sesmime.linter.answers.texts.text import plain
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Finding
from sesmime.linter.run import findings
from sesmime.linter.view.outgoing import Outgoing

_CHECKED: Final = re.compile(r"failed the check in region [\w<>-]{1,40}: ?")
# SES writes a display name before an address; a domain comes without one.
_ADDRESS: Final = re.compile(r"[^\s<>,;'()@]{1,320}@[\w.-]{1,255}")
_DOMAIN: Final = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,20}")
_ARN: Final = re.compile(r"arn:[\w-]{1,20}:ses:[\w*-]{0,40}:[0-9]{0,12}:identity/")
_MOST_CHARACTERS: Final = 4_000
_MOST_IDENTITIES: Final = 60
# Any identity that no address has: with it, the rule names every sender.
_NO_IDENTITY: Final = LintConfig(select=("SES214",), verified_identities=("no-identity.invalid",))


def named_identities(text: str) -> frozenset[str]:
    """Return the identities that a text of SES names as not verified, in small letters.

    >>> sorted(named_identities("The following identities failed the check in region US-EAST-1: Al <a@b.example>, c@d"))
    ['a@b.example', 'c@d']
    """
    text = plain(text)
    match = _CHECKED.search(text)
    if match is None:
        return frozenset()
    # An identity of another account stands as its ARN.
    text = _ARN.sub("", text[match.end() :][:_MOST_CHARACTERS])
    found = [address[0] for address in _ADDRESS.finditer(masked_by_unicode_14(text))]
    for piece in text.split(",")[:_MOST_IDENTITIES]:
        domain = _DOMAIN.match(masked_by_unicode_14(piece.strip(" '")))
        if domain is not None and "@" not in piece:
            found.append(domain[0])
    return frozenset(one.rstrip(".").lower() for one in found)


def sender_findings(subject: Outgoing, named: frozenset[str]) -> tuple[Finding, ...]:
    """Return the places of the senders that have one of these identities."""
    if not subject.verified_identities:
        subject = Outgoing(
            subject.source,
            body_start=subject.body_start,
            parameters=subject.parameters,
            interface=subject.interface,
            verified_identities=_NO_IDENTITY.verified_identities,
        )
    found = (finding for finding in findings(subject, _NO_IDENTITY) if finding.code == "SES214")
    return tuple(finding for finding in found if _is_one_of(_whole_address(finding, subject), named))


def recipients_among(subject: Outgoing, named: frozenset[str]) -> tuple[str, ...]:
    """Return the recipients that have one of these identities."""
    return tuple(one for one in dict.fromkeys(subject.envelope.recipients) if _is_one_of(one, named))


def _whole_address(finding: Finding, subject: Outgoing) -> str:
    text = finding.message
    if finding.span is not None:
        text = bytes(subject.source[slice(*finding.span)]).decode("latin-1")
    return text


def _is_one_of(text: str, named: frozenset[str]) -> bool:
    """Tell whether a text has one of the identities; a domain stands behind an @."""
    addresses = {address[0].rstrip(".").lower() for address in _ADDRESS.finditer(masked_by_unicode_14(text))}
    return not named.isdisjoint(addresses | {address.rpartition("@")[2] for address in addresses})
