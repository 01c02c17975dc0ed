"""SES218."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sesmime.linter.kit import Evidence, Fault, Fix, Interface, Outgoing, Severity, Stage, Subject, quoted, rule
from sesmime.ses.address_length import is_overlong
from sesmime.ses.quotas import MAX_MAILBOX
from sesmime.ses.refused_addresses import explained

_INTERFACES: Final = (Interface.SEND_CUSTOM_VERIFICATION_EMAIL, Interface.V2_SEND_CUSTOM_VERIFICATION_EMAIL)


@rule(
    "SES218",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/floci-io/floci",
    stage=Stage.PARAMETERS,
    order=80,
    subject=Subject.PARAMETERS,
    triggers=(":assembled",),
)
def malformed_verification_address(outgoing: Outgoing) -> Iterator[Fault]:
    """The address to be verified by SendCustomVerificationEmail is empty, malformed or too long.

    SES refuses the call, in words of its own that do not say what is wrong with the address.
    """
    address = outgoing.request.get("EmailAddress")
    if outgoing.interface not in _INTERFACES or not isinstance(address, str):
        return
    if not address.strip():
        yield Fault(
            "EmailAddress is empty",
            parameter="EmailAddress",
            rejection="Email address not specified.",
            fix=Fix("give the address to verify"),
        )
        return
    from sesmime.ses.javamail import verdict  # few requests need it

    found = verdict("single+validate", address)
    if found.error is not None or is_overlong(address):
        reason, remedy = f"it has more than {MAX_MAILBOX} characters", "use a shorter address"
        if found.error is not None:
            reason, remedy = explained(found.error, found.reference or "", address)
        yield Fault(
            f"EmailAddress {quoted(address, 100)} is invalid: {reason}",
            parameter="EmailAddress",
            rejection=f"Invalid email address<{address}>.",
            fix=Fix(remedy),
        )
