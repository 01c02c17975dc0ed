"""What the relay tells its log: a line for each message, and one for each address refused."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sesmime.relay.answers import MAX_REPLY, reply_line

if TYPE_CHECKING:
    from aiosmtpd.smtp import Session

LOGGER: Final = logging.getLogger("sesmime.relay")
MAX_LINE: Final = 2 * MAX_REPLY


def peer_of(session: Session) -> str:
    """Return the client's address and port."""
    return ":".join(map(str, session.peer[:2])) if isinstance(session.peer, tuple) else str(session.peer)


def counted(recipients: Sequence[str]) -> str:
    """Return how many recipients there are, in words."""
    return f"{len(recipients)} recipient{'' if len(recipients) == 1 else 's'}"


def tell_refused(session: Session, command: str, reply: str) -> None:
    """Tell the log what a client was refused, and by which words."""
    LOGGER.warning("%s", reply_line(f"{peer_of(session)} {command}: {reply}", limit=MAX_LINE))
