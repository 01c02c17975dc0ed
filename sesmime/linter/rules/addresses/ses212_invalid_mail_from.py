"""SES212."""

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
    quoted,
    remedy,
    rule,
    strict,
)


@rule(
    "SES212",
    severity=Severity.ERROR,
    evidence=Evidence.OBSERVED,
    source="https://github.com/docker-mailserver/docker-mailserver/issues/2403",
    stage=Stage.PARAMETERS,
    order=70,
    subject=Subject.PARAMETERS,
    triggers=(":parameters",),
)
def invalid_mail_from(outgoing: Outgoing) -> Iterator[Fault]:
    """MAIL FROM over SMTP is not exactly one address with a domain.

    SES refuses the null sender `<>` of bounces and automatic replies, a name without a domain, and the access key
    that some clients send there.
    """
    source = outgoing.parameters.source
    if source is None or outgoing.interface is not Interface.SMTP:
        return
    given = next((one for one in outgoing.unusual_parameters if one.setting == "source"), None)
    if not source or (given is not None and strict(given).error is not None):
        # A null sender and an access key are no addresses to be corrected.
        is_address = given is not None and "@" in source
        yield Fault(
            f"MAIL FROM {quoted(source, 100)} is not exactly one address with a domain",
            parameter="MAIL FROM",
            rejection="501 Invalid MAIL FROM address provided",
            fix=Fix(remedy(given, strict(given)) if given is not None and is_address else "use a verified address"),
        )
