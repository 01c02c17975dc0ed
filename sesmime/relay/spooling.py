"""What a handler does with a spool: takes messages into it, says what it has, and lets a client's next word count."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from sesmime.linter.findings import Severity
from sesmime.relay.answers import FAILED, Answer, reply_line
from sesmime.relay.courier import Courier
from sesmime.relay.delivery import Delivery
from sesmime.relay.remembering import settings_as_json
from sesmime.relay.spool import Mail, Spool, Uncertain
from sesmime.relay.spool_file import is_full
from sesmime.relay.telling import message_id_of, tell_notice
from sesmime.ses.envelope import address_key

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP

# RFC 3463 section 3.4: the mail system is full.
FULL: Final = "452 4.3.1 Insufficient system storage"


class Spooling:
    """A spool at work: what is taken is delivered by a client until this is closed, and the spool with it.

    Raises ValueError for a client that makes requests again by itself, after which nobody knows how many have been
    taken; TypeError for defaults that cannot be kept; sqlite3.Error for messages that are left of another API.
    """

    def __init__(self, spool: Spool, courier: Courier, *, workers: int) -> None:
        retries = getattr(courier.client.meta.config, "retries", None) or {}
        if retries.get("total_max_attempts") != 1:
            raise ValueError("the client of a spool must ask once: Config(retries={'total_max_attempts': 1})")
        settings_as_json(courier.defaults)
        left = spool.other_interfaces(courier.interface)
        if left:
            raise sqlite3.DatabaseError(f"it has messages for another API than {courier.interface.value}: {left}")
        self._spool = spool
        self._courier = courier
        found = spool.recover()
        ended = f"{found} call{'' if found == 1 else 's'} without a recorded answer when the relay ended"
        if found and spool.uncertain is Uncertain.HOLD:
            tell_notice(f"{ended}: held as uncertain", logging.ERROR)
        elif found:
            tell_notice(f"{ended}: made again", logging.WARNING)
        # The message that each connection was last told of, and has not said a word since.
        self._unread: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._delivery = Delivery(spool, courier, workers=workers)

    def take(
        self,
        message: bytes,
        *,
        sender: str,
        recipients: Sequence[str],
        peer: str = "",
        connection: SMTP | None = None,
    ) -> Answer:
        """Check a message and put it into the spool, and return what is answered."""
        ready = self._courier.prepare(message, sender=sender, recipients=recipients)
        if isinstance(ready, Answer):
            return ready
        mail = Mail(
            octets=ready.prepared.message,
            parameters=ready.prepared.parameters,
            interface=ready.prepared.interface,
            destinations=ready.destinations,
            digest=_digest(sender, recipients, message),
            sender=sender,
            peer=peer,
            message_id=message_id_of(message),
        )
        known_by = None if connection is None else weakref.ref(connection)

        def is_open() -> bool:
            there = None if known_by is None else known_by()
            return there is not None and there.transport is not None and not there.transport.is_closing()

        try:
            receipt = self._spool.take(mail, is_open=is_open)
        except sqlite3.Error as error:
            return Answer(FULL if is_full(error) else FAILED, f"the spool cannot take it: {error}")
        if receipt.refusal:
            return Answer(reply_line(receipt.refusal), f"it came before, as {receipt.number}")
        if connection is not None:
            self._unread[connection] = receipt.number
        self._delivery.wake()
        codes = tuple(dict.fromkeys(finding.code for finding in ready.prepared.report.at_least(Severity.WARNING)))
        notes = ", ".join(codes)
        if receipt.is_known:
            notes = f"{notes}; it came before" if notes else "it came before"
        return Answer(f"250 Ok queued as {receipt.number}", notes, codes=codes)

    def hear(self, connection: SMTP) -> None:
        """Take what a client says after a reply for a sign that it has read that."""
        number = self._unread.pop(connection, None)
        if number is not None:
            self._spool.confirm(number)

    def close(self) -> None:
        """Begin no further call, wait for those in work, and let go of the file."""
        self._delivery.close()
        self._spool.close()


def _digest(sender: str, recipients: Sequence[str], message: bytes) -> bytes:
    """Return what a message that comes again has in common with the first: the envelope and every octet."""
    addresses = (sender, *sorted(set(map(address_key, recipients))))
    envelope = "\0".join(addresses).encode("utf-8", "surrogateescape")
    return hashlib.sha256(b"%d\0%b%b" % (len(envelope), envelope, message)).digest()
