"""The mailbox simulator: what SES is expected to publish about mail to its addresses, and about a test virus.

Sources: dg/send-an-email-from-console (the addresses, labels, one bounce for several addresses); records of
2026 for the complaint; that two causes make two bounces, floci-io/floci, probed 2026-09-21.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sesmime.errors import require
from sesmime.mime.entity import parse
from sesmime.mime.held import holding
from sesmime.ses.events.kinds import EventKind
from sesmime.ses.events.one_message import OneMessage
from sesmime.ses.requests import Submission

_DOMAIN: Final = "simulator.amazonses.com"


class SimulatedEvent(NamedTuple):
    """One event that is to come: its kind, whom it is about (() where its kind names nobody), options for the record.

    It becomes one by `event_record(event.kind, submission, recipients=event.recipients or None, **event.options, …)`.
    """

    kind: EventKind
    recipients: tuple[str, ...]
    options: Mapping[str, Any]


# The kinds beside Send that mail to each name makes.
_NAMES: Final[Mapping[str, tuple[EventKind, ...]]] = MappingProxyType(
    {
        "success": (EventKind.DELIVERY,),
        "bounce": (EventKind.BOUNCE,),
        "ooto": (EventKind.DELIVERY,),  # the answer goes to the Return-Path, by mail
        "complaint": (EventKind.DELIVERY, EventKind.COMPLAINT),
        "suppressionlist": (EventKind.BOUNCE,),
    }
)
_NO_OPTIONS: Final[Mapping[str, Any]] = MappingProxyType({})
# Of two bounces each is an event of its own, if they have different causes.
_BOUNCES: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "bounce": MappingProxyType({"bounce_type": "Permanent", "bounce_sub_type": "General"}),
        "suppressionlist": MappingProxyType({"bounce_type": "Permanent", "bounce_sub_type": "Suppressed"}),
    }
)

# The test virus of the European Institute for Computer Antivirus Research: a file of 68 octets, and at most blanks to
# 128. Known here by its SHA-256, so that no scanner finds it in this file.
_EICAR_SIZE: Final = 68
_EICAR_MOST: Final = 128
_EICAR_SHA256: Final = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"
# Encoded, it is never larger; larger bodies are not decoded.
_SCANNED: Final = 1024


@holding
def simulated(submission: Submission[Any], *, entry: int = 0) -> tuple[EventKind, ...]:
    r"""Return the kinds of events that are expected of a submission to the mailbox simulator, in their order.

    `()` where no recipient is one of the simulator's addresses (`success`, `bounce`, `ooto`, `complaint` and
    `suppressionlist` at simulator.amazonses.com, labels too, case ignored): nothing is known of other mail. Several
    simulated bounces come as one. A test virus (EICAR) in an attachment is rejected whoever receives it. Events are
    published if there is a configuration set, notifications without one too. Never raises on content.

    >>> message = b"To: bounce+a@simulator.amazonses.com, bounce+b@simulator.amazonses.com\r\n\r\n"
    >>> [kind.name for kind in simulated(Submission(message))]
    ['SEND', 'BOUNCE']
    """
    require(Submission, submission, "submission")
    return tuple(event.kind for event in simulated_events(submission, entry=entry))


@holding
def simulated_events(submission: Submission[Any], *, entry: int = 0) -> tuple[SimulatedEvent, ...]:
    """Return the events that `simulated` names, each with its recipients and the options of its record.

    Recipients that are not the simulator's are in none of them.
    """
    if _has_test_virus(submission):
        return (SimulatedEvent(EventKind.REJECT, (), _NO_OPTIONS),)
    by_name: dict[str, list[str]] = {}
    for address in OneMessage(submission, entry=entry).recipients:
        name = simulated_name(address)
        if name is not None:
            by_name.setdefault(name, []).append(address)
    if not by_name:
        return ()
    events = [SimulatedEvent(EventKind.SEND, (), _NO_OPTIONS)]
    for kind in (EventKind.DELIVERY, EventKind.COMPLAINT):
        found = [a for name, addresses in by_name.items() if kind in _NAMES[name] for a in addresses]
        if found:
            events.append(SimulatedEvent(kind, tuple(found), _NO_OPTIONS))
    for name, options in _BOUNCES.items():
        if name in by_name:
            events.append(SimulatedEvent(EventKind.BOUNCE, tuple(by_name[name]), options))
    return tuple(events)


def simulated_name(address: str) -> str | None:
    """Return which of the simulator's mailboxes an address is; None for an address of anybody else.

    >>> simulated_name("Complaint+42@Simulator.AmazonSES.com"), simulated_name("joe@example.com")
    ('complaint', None)
    """
    local_part, _, domain = address.lower().rpartition("@")
    name = local_part.partition("+")[0]
    return name if domain == _DOMAIN and name in _NAMES else None


def _has_test_virus(submission: Submission[Any]) -> bool:
    return any(_is_test_virus(content) for content in _small_contents(submission))


def _is_test_virus(content: bytes) -> bool:
    if not _EICAR_SIZE <= len(content) <= _EICAR_MOST or content[_EICAR_SIZE:].strip(b" \t\r\n\x1a"):
        return False
    return hashlib.sha256(content[:_EICAR_SIZE]).hexdigest() == _EICAR_SHA256


def _small_contents(submission: Submission[Any]) -> Iterator[bytes]:
    """Return the contents of all small leaves of a raw message, or of the attachments of simple content."""
    if submission.interface.is_raw:
        if submission.message is None:
            return
        for entity in parse(submission.message).walk():
            span = entity.body_span
            if not entity.parts and span.stop - span.start <= _SCANNED:
                yield entity.content()
        return
    for content in _attachments(submission.parameters.extra or ()):
        if isinstance(content, bytes | bytearray) and len(content) <= _SCANNED:
            yield bytes(content)
        elif isinstance(content, str) and len(content) <= _SCANNED:
            yield content.encode("utf-8", "replace")
            try:  # as the AWS CLI takes it
                yield base64.b64decode(content, validate=True)
            except (binascii.Error, ValueError):
                continue


def _attachments(extra: Iterable[tuple[str, Any]]) -> Iterator[Any]:
    content = dict(extra).get("Content")
    for name in ("Simple", "Template"):
        holder = content.get(name) if isinstance(content, Mapping) else None
        listed = holder.get("Attachments") if isinstance(holder, Mapping) else None
        for attachment in listed if isinstance(listed, list | tuple) else ():
            if isinstance(attachment, Mapping):
                yield attachment.get("RawContent")
