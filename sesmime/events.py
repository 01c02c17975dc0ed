"""Events in and out: what SES publishes about mail that it took."""

from __future__ import annotations

from sesmime.ses.events.kinds import Carrier, EventFormat, EventKind

__all__ = ["Carrier", "EventFormat", "EventKind"]
