"""SES512."""

from __future__ import annotations

from collections.abc import Iterator

from sesmime.linter.kit import (
    UNKNOWN_TEXT,
    Evidence,
    Fault,
    Fix,
    Interface,
    Outgoing,
    Severity,
    Stage,
    Subject,
    UnsupportedSetting,
    quoted,
    rule,
)
from sesmime.mime.hints import Final
from sesmime.ses.settings import unsupported_settings

# What an error says of the setting, as the thing to do.
_REMEDIES: Final = {
    "the API v2 has it": "send it by the API v2",
    "it can only be an X-SES- field of the message": "write it as an X-SES- field of the message",
    "it has no parameters": "omit it",
    "all its parameters have a setting of their own": "use the setting of the parameter",
}


@rule(
    "SES512",
    severity=Severity.ERROR,
    evidence=Evidence.DOCUMENTED,
    source=Interface.SEND_RAW_EMAIL.page,
    stage=Stage.PARAMETERS,
    order=10,
    subject=Subject.PARAMETERS,
    triggers=(":parameters",),
)
def unsupported_setting(outgoing: Outgoing) -> Iterator[Fault]:
    """A setting is given as a parameter that the interface does not have.

    SES would not see it: a tenant with SendRawEmail, or tags with an SMTP session. The request cannot be made, or
    the message is sent without the setting.
    """
    for error in unsupported_settings(outgoing.parameters, outgoing.interface):
        yield Fault(
            _message(outgoing, error),
            # The SDKs refuse it; over SMTP there is no such parameter at all.
            rejection=None if outgoing.interface is Interface.SMTP else UNKNOWN_TEXT,
            fix=Fix(_REMEDIES.get(error.hint, error.hint) or "omit it"),
            source=outgoing.interface.page,
        )


def _message(outgoing: Outgoing, error: UnsupportedSetting) -> str:
    what = error.setting
    if what == "extra":
        what = quoted(", ".join(str(name) for name, _ in outgoing.parameters.extra or ()), 100)
    return f"{error.interface} has no parameter for {what}"
