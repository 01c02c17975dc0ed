"""What the relay tells its log: a line for each message, and one for each address, login or command refused.

A record of the logger `sesmime.relay` bears a `Told` as its attribute `told`, for those who want fields and no text.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from sesmime.linter.output.people import People
from sesmime.relay.answers import MAX_REPLY, reply_line

if TYPE_CHECKING:
    from aiosmtpd.smtp import Session

LOGGER: Final = logging.getLogger("sesmime.relay")
MAX_LINE: Final = 2 * MAX_REPLY
# Recipients that a record names.
_MAX_NAMED: Final = 50
# The end of the header section, and the field in it.
_END: Final = re.compile(rb"\r?\n\r?\n")
_MESSAGE_ID: Final = re.compile(rb"(?im)^message-id[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What has happened: `event` is "message", "delivery" (a call for a message of the spool), "refused" (an address, a
    command, a login) or "notice" (all else).

    `client` is the address and port of whom it was about, `user` who had logged in. Of a message: `sender`,
    `recipients` (their number) and `to` (the first fifty), `size` in octets, `message_id` as the client wrote it,
    `ses_message_ids`, `codes` of findings, `seconds` from the end of the message to its answer. `reply` is what the
    client was answered, `outcome` what that says ("sent", "refused", "put_off"), `reason` what it was not told. Of a
    delivery `outcome` is "sent", "failed", "put_off" or "uncertain", and `text` names the message.
    """

    event: str
    client: str = ""
    user: str | None = None
    command: str = ""
    sender: str | None = None
    recipients: int = 0
    to: tuple[str, ...] = ()
    message_id: str = ""
    ses_message_ids: tuple[str, ...] = ()
    size: int = 0
    seconds: float | None = None
    outcome: str = ""
    reply: str = ""
    reason: str = ""
    codes: tuple[str, ...] = ()
    text: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return what is there, without what is empty; a value of JSON."""
        given = {name: value for name, value in asdict(self).items() if value not in (None, "", (), 0)}
        if "seconds" in given:
            given["seconds"] = round(given["seconds"], 4)
        return given


def message_id_of(message: bytes) -> str:
    """Return the body of the first Message-ID field, on one line; "" where there is none."""
    end = _END.search(message)
    found = _MESSAGE_ID.search(message, 0, len(message) if end is None else end.start() + 1)
    return "" if found is None else " ".join(found[1].decode("ascii", "surrogateescape").split())


def named(recipients: Sequence[str]) -> tuple[str, ...]:
    """Return those that a record names."""
    return tuple(recipients[:_MAX_NAMED])


def peer_of(session: Session) -> str:
    """Return the client's address and port."""
    return ":".join(map(str, session.peer[:2])) if isinstance(session.peer, tuple) else str(session.peer)


def host_of(session: Session) -> str:
    """Return the client's address."""
    return str(session.peer[0]) if isinstance(session.peer, tuple) else ""


def user_of(session: Session) -> str | None:
    """Return who has logged in."""
    user: str | None = getattr(session, "user", None)
    return user


def counted(recipients: Sequence[str]) -> str:
    """Return how many recipients there are, in words."""
    return f"{len(recipients)} recipient{'' if len(recipients) == 1 else 's'}"


def tell(level: int, line: str, told: Told, *, message: bytes = b"") -> None:
    """Tell the log; of a message `message` is it, whose names `--redact` hides. Nothing is read of it before."""
    LOGGER.log(level, "%s", line, extra={"told": told, "people": People(message)})


def tell_notice(text: str, level: int = logging.INFO) -> None:
    """Tell the log of what is no message."""
    tell(level, text, Told(event="notice", text=text))


def tell_refused(session: Session, command: str, reply: str) -> None:
    """Tell the log what a client was refused, and by which words."""
    client = peer_of(session)
    told = Told(event="refused", client=client, user=user_of(session), command=command, reply=reply)
    tell(logging.WARNING, reply_line(f"{client} {command}: {reply}", limit=MAX_LINE), told)
