"""The inbox: what was handed over, taken or refused, with SES's expected verdict and the events so far; bounded.

The oldest messages go when there are more than `max_messages` or their octets exceed `max_bytes`. Readers wait for
messages with `wait`, and follow changes by `serial`.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any, Final, Protocol

from sesmime.linter.answers import Rejection
from sesmime.linter.findings import Report
from sesmime.mime.entity import Entity, parse
from sesmime.ses.envelope import Envelope
from sesmime.ses.interfaces import Interface
from sesmime.ses.precedence import Resolution
from sesmime.ses.requests import Submission
from sesmime.ses.settings import ApiParameters
from sesmime.ses.strip import strip_ses_fields
from sesmime.ses.tags import MessageTag

_LOG: Final = logging.getLogger("sesmime.local")
_ASKED_ANEW: Final = 1.0  # seconds after which one that waits is asked whether it is there still


class NotKept(Exception):
    """What keeps messages beyond the process cannot write, or delete, as on a full disk; nothing of it is done."""


@dataclass(kw_only=True, slots=True)
class KeptEvent:
    """An event that was made for a message, and where it was published.

    `made` is its record, or what makes it: most are never looked at.
    """

    kind: str
    timestamp: datetime
    recipients: tuple[str, ...]
    made: Mapping[str, Any] | Callable[[], Mapping[str, Any]] = field(repr=False)  # the message's fields are in it
    published_to: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()

    @property
    def record(self) -> Mapping[str, Any]:
        """The record that SES is expected to publish."""
        if not isinstance(self.made, Mapping):
            self.made = self.made()
        return self.made


@dataclass(kw_only=True, slots=True)
class Kept:
    """A message in the inbox; of a bulk call each entry is one.

    `id` is ours; `message_id` is SES's, None where it was refused. `message` is what would be delivered, with SES's
    fields as sent; `submission` what was handed over. `refusal` is (code, text) of the answer, None where it was taken;
    `rejection` the prediction that caused it, None where the account's state did.
    """

    id: str
    received: datetime
    region: str
    message_id: str | None
    submission: Submission
    message: bytes | None = field(repr=False)
    report: Report
    resolution: Resolution
    envelope: Envelope
    refusal: tuple[str, str] | None = None
    rejection: Rejection | None = None
    configuration_set: str | None = None  # what counts, the identity's default included
    tags: tuple[MessageTag, ...] = ()
    recipients: tuple[str, ...] = ()
    sender: str = ""
    subject: str = ""
    operation: str = "SendRawEmail"
    source_ip: str = "127.0.0.1"
    rendering_failure: str | None = None  # taken, but no mail goes out
    request: Mapping[str, Any] = field(default_factory=dict, repr=False)  # as it came, without the message's octets
    events: list[KeptEvent] = field(default_factory=list)

    @property
    def interface(self) -> Interface:
        """The interface it was handed over by."""
        return self.submission.interface

    @property
    def parameters(self) -> ApiParameters:
        """What was given beside the message; over SMTP the envelope."""
        return self.submission.parameters

    @property
    def entity(self) -> Entity | None:
        """The message, read: its fields and parts."""
        return None if self.message is None else parse(self.message)

    @property
    def delivered(self) -> bytes | None:
        """The message without the fields that SES takes out of it; None where there is none."""
        return None if self.message is None else strip_ses_fields(self.message)

    @property
    def size(self) -> int:
        """The octets that it holds."""
        return len(self.message or b"")


class Keeper(Protocol):
    """What keeps messages beyond the process. What writes or deletes does all of it, or raises `NotKept`."""

    def add(self, kept: Kept) -> None:
        """Write a message."""

    def add_event(self, message_id: str, event: KeptEvent) -> None:
        """Write an event of a message."""

    def delete(self, ids: list[str]) -> None:
        """Delete messages."""

    def read(self) -> Iterator[Kept]:
        """Return the messages, the oldest first."""

    def close(self) -> None:
        """End."""


class Inbox:
    """Messages by id, newest last; every method may be called from any thread. `keeper` keeps them beyond the process.

    A message is written before `add` returns, and deleted from what keeps it before `delete` does.
    """

    def __init__(self, *, max_messages: int, max_bytes: int, keeper: Keeper | None = None) -> None:
        self._keeper = keeper
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._messages: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0
        self._dropped: list[str] = []  # those that the keeper still has
        self._changed = threading.Condition()
        self.serial = 0
        self.closed = False
        for message in keeper.read() if keeper is not None else ():
            self._messages[message.id] = message
            self._bytes += message.size
        self._drop_oldest()

    def add(self, message: Kept) -> None:
        """Keep a message; the oldest go where there are too many. Raises NotKept, and then it is not here."""
        with self._changed:
            if self._keeper is not None:
                self._keeper.add(message)  # first: what cannot be written is not taken
            self._messages[message.id] = message
            self._bytes += message.size
            self._drop_oldest()
            self._tell()

    def add_event(self, message_id: str, event: KeptEvent) -> None:
        """Keep an event with its message (by our id), where that is still here."""
        with self._changed:
            kept = self._messages.get(message_id)
            if kept is not None:
                kept.events.append(event)
                if self._keeper is not None:
                    try:
                        self._keeper.add_event(kept.id, event)
                    except NotKept as error:
                        _LOG.error("an event was not kept: %s", error)
                self._tell()

    def get(self, message_id: str) -> Kept | None:
        """Return the message with that id, ours or SES's."""
        with self._changed:
            found = self._messages.get(message_id)
            if found is None:
                found = next((m for m in reversed(self._messages.values()) if m.message_id == message_id), None)
            return found

    def messages(self) -> tuple[Kept, ...]:
        """Return all messages, the newest first."""
        with self._changed:
            return tuple(reversed(self._messages.values()))

    def delete(self, message_id: str | None = None) -> int:
        """Delete a message, or all; return how many there were. Raises NotKept, and then they are still here."""
        with self._changed:
            wanted = list(self._messages) if message_id is None else [message_id]
            wanted = [one for one in wanted if one in self._messages]
            if self._keeper is not None:
                self._keeper.delete(wanted)
            found = [self._messages.pop(one) for one in wanted]
            self._bytes -= sum(message.size for message in found)
            self._tell()
            return len(found)

    def empty(self, *, max_messages: int, max_bytes: int) -> None:
        """Delete all, and keep to new bounds."""
        with self._changed:
            self._max_messages = max_messages
            self._max_bytes = max_bytes
            self.delete()

    def wait(
        self, found: Callable[[Kept], bool], *, seconds: float, has_gone: Callable[[], bool] = lambda: False
    ) -> tuple[Kept, ...]:
        """Return the messages for which `found` holds, newest first; wait for the first of them if there is none.

        `has_gone` is asked each second whether nobody waits any more.
        """

        def matching() -> tuple[Kept, ...]:
            return tuple(m for m in reversed(self._messages.values()) if found(m))

        with self._changed:
            end = monotonic() + seconds
            while not (matched := matching()) and not self.closed and not has_gone():
                left = end - monotonic()
                if left <= 0:
                    break
                self._changed.wait(min(left, _ASKED_ANEW))
            return matched

    def changes(self, serial: int, *, seconds: float) -> int:
        """Wait until something has changed since `serial`, at most that long; return the serial then."""
        with self._changed:
            self._changed.wait_for(lambda: self.serial != serial or self.closed, timeout=seconds)
            return self.serial

    def close(self) -> None:
        """Let everybody who waits go."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def end_keeping(self) -> None:
        """Close what keeps the messages beyond the process."""
        with self._changed:
            keeper, self._keeper = self._keeper, None
            if keeper is not None:
                keeper.close()

    def _drop_oldest(self) -> None:
        while len(self._messages) > 1 and (len(self._messages) > self._max_messages or self._bytes > self._max_bytes):
            _, oldest = self._messages.popitem(last=False)
            self._bytes -= oldest.size
            self._dropped.append(oldest.id)
        if self._dropped and self._keeper is not None:
            try:
                self._keeper.delete(self._dropped)
            except NotKept as error:  # with the next message, or when the file is opened
                _LOG.error("old messages stay in the store for now: %s", error)
                return
        self._dropped.clear()

    def _tell(self) -> None:
        self.serial += 1
        self._changed.notify_all()

    def __iter__(self) -> Iterator[Kept]:
        return iter(self.messages())

    def __len__(self) -> int:
        return len(self._messages)
