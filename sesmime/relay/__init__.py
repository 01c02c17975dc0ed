"""SMTP in, the API of SES out: `Handler`, for aiosmtpd; `sesmime.relay.server` runs a server with it.

A program that speaks SMTP alone hands its messages over here, as it would to SES's own SMTP interface. Nothing is
stored: a message is accepted (250) when the API has given it an identifier, refused (5xx) where SES is expected to
refuse it or does, in SES's words, and put off (4xx) whenever the API fails, so that its sender keeps it and tries
again. A message whose sender never read the 250 comes again: it may arrive twice, it is never lost. With a spool it is
accepted when it is on the disk, and waits there (`sesmime.relay.spool`). TLS, AUTH and bounds are the server's.

The handler stands in a Controller of aiosmtpd as well, with `handler.options`; addresses are then read as Python's
`email` reads them, which decodes encoded words, and lines of more than 1,000 octets are refused.
"""

from __future__ import annotations

from sesmime.relay.answers import STOPPING, TOO_LONG, Answer, Outcome, envelope_fault, reply_line
from sesmime.relay.courier import Courier
from sesmime.relay.handler import Handler
from sesmime.relay.telling import LOGGER, tell_refused

__all__ = [
    "LOGGER",
    "STOPPING",
    "TOO_LONG",
    "Answer",
    "Courier",
    "Handler",
    "Outcome",
    "envelope_fault",
    "reply_line",
    "tell_refused",
]
