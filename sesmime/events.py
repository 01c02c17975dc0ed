"""Events in and out: what SES publishes about mail that it took."""

from __future__ import annotations

from sesmime.errors import InvalidSignature
from sesmime.ses.events.certificates import CertificateCache
from sesmime.ses.events.kinds import Carrier, EventFormat, EventKind
from sesmime.ses.events.signatures import confirm_subscription, verify_sns
from sesmime.ses.events.signing import SnsSigner

__all__ = [
    "Carrier",
    "CertificateCache",
    "EventFormat",
    "EventKind",
    "InvalidSignature",
    "SnsSigner",
    "confirm_subscription",
    "verify_sns",
]
