"""What an SMTP client is answered: SES's own replies, one line each, for the API's errors and for an envelope."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sesmime.errors import printable
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Severity
from sesmime.linter.run import lint
from sesmime.linter.view.addresses import is_ordinary
from sesmime.ses.interfaces import Interface
from sesmime.ses.settings import ApiParameters, Destination

# RFC 5321 section 4.5.3.1.5: 512 octets of a reply line, CRLF included.
MAX_REPLY: Final = 510

# Replies of SES (dg/troubleshoot-smtp).
REFUSED: Final = "554 Transaction failed: "
FAILED: Final = "451 Temporary service failure"
INVALID: Final = "553 Invalid email address: "
TOO_LONG: Final = "552 Message is too long."
STOPPING: Final = "421 Service shutting down"

# How the API's errors are answered: the codes of both service models, less their ending "Exception".
_REPLIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "InvalidParameterValue": REFUSED,
        "InvalidParameterCombination": REFUSED,
        "MissingParameter": REFUSED,
        "Validation": REFUSED,
        "ValidationError": REFUSED,
        "BadRequest": REFUSED,
        "NotFound": REFUSED,
        "ConfigurationSetDoesNotExist": REFUSED,
        "MailFromDomainNotVerified": REFUSED,
        "MessageRejected": "554 Message rejected: ",
        "AccessDenied": "554 Access denied: ",
        "Throttling": "454 Throttling failure: ",
        "TooManyRequests": "454 Throttling failure: ",
        "LimitExceeded": "454 Throttling failure: ",
    }
)


class Outcome(Enum):
    """What became of a message, or of one call of the API for it."""

    SENT = "sent"
    REFUSED = "refused"
    PUT_OFF = "put_off"


class Answer(NamedTuple):
    """What is answered to a call of the API: the SMTP reply, what only the log is told, and who has the message.

    `recipients` are the addresses that the call was for, `reached` the keys (`address_key`) of those that SES has taken
    the message for, `message_id` SES's identifier, `codes` those of the findings. `is_certain` is False where a request
    was sent and no answer came: SES may have taken the message.
    """

    reply: str
    reason: str = ""
    reached: frozenset[str] = frozenset()
    recipients: tuple[str, ...] = ()
    message_id: str = ""
    codes: tuple[str, ...] = ()
    is_certain: bool = True

    @property
    def is_sent(self) -> bool:
        """Whether the API has taken it."""
        return self.outcome is Outcome.SENT

    @property
    def outcome(self) -> Outcome:
        """What the reply says: 2yz is sent, 5yz refused for good, 4yz put off."""
        return _OUTCOMES.get(self.reply[:1], Outcome.PUT_OFF)


_OUTCOMES: Final = MappingProxyType({"2": Outcome.SENT, "5": Outcome.REFUSED})


def answered(response: Mapping[str, Any]) -> Answer:
    """Return the reply to an error of the API: what is not known to be the message's fault is put off."""
    error = response.get("Error", {})
    code, text = str(error.get("Code", "")), str(error.get("Message", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status == 429:
        code = "Throttling"
    elif status == 413:
        return Answer(TOO_LONG, f"{code}: {text}")
    start = None if status >= 500 else _REPLIES.get(code.removesuffix("Exception"))
    if start is None:
        # A gateway (502, 504) may answer though SES has taken the message.
        reason = f"{code}: {text}" if code else f"HTTP status {status}"
        return Answer(FAILED, reason, is_certain=status not in (502, 504))
    return Answer(reply_line(start + text), code)


# SES's answers after which the same request may be taken, though not at once: it throttles, or it says that it failed.
_PASSING: Final = frozenset(
    (
        *("Throttling", "TooManyRequests", "RequestLimitExceeded", "SlowDown"),
        *("ServiceUnavailable", "InternalFailure", "InternalServiceError", "InternalServerError"),
    )
)
# The quota of the day comes back with the hours: https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html
_DAILY: Final = "Daily message quota exceeded"


def is_passing(response: Mapping[str, Any]) -> bool:
    """Whether an error of the API says that the message was not taken and may be given again in a moment."""
    error = response.get("Error", {})
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if _DAILY in str(error.get("Message", "")) or status in (502, 504):
        return False
    return status == 429 or str(error.get("Code", "")).removesuffix("Exception") in _PASSING


# What most addresses are; `is_ordinary` takes display names and lists as well.
_PLAIN: Final = re.compile(r"[^\s<>,;:()\"\\\[\]@]+@[A-Za-z0-9.-]+", re.ASCII)


@lru_cache(maxsize=10_000)
def address_fault(address: str, *, is_sender: bool) -> str | None:
    """Return SES's reply to the sender or a recipient that it cannot read, or not in one way alone."""
    if _PLAIN.fullmatch(address) and is_ordinary(address):
        return None
    if is_sender:
        return envelope_fault(ApiParameters(source=address))
    return envelope_fault(ApiParameters(destination=Destination((address,))))


def envelope_fault(parameters: ApiParameters) -> str | None:
    """Return SES's reply to an address of the envelope that it cannot read, or not in one way alone."""
    config = LintConfig(select=("SES207", "SES212"))
    found = lint(b"", parameters=parameters, interface=Interface.SMTP, config=config).at_least(Severity.WARNING)
    if not found:
        return None
    text = found[0].rejection or found[0].message
    return reply_line(text if text[:3].isdigit() else INVALID + text)


def reply_line(text: str, *, limit: int = MAX_REPLY) -> str:
    """Return text as one line of ASCII without controls, cut to a limit."""
    line = printable(text).encode("ascii", "backslashreplace").decode("ascii")
    return line if len(line) <= limit else f"{line[: limit - 3]}..."
