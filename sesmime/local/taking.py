"""A submission is taken or refused: judged, kept in the inbox, counted, and given to the publisher of events."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from sesmime.errors import SesMimeError, quoted
from sesmime.local.answers import Refusal
from sesmime.local.desk import Desk
from sesmime.local.inbox import Kept
from sesmime.local.state import Region, count_attempt, now
from sesmime.local.verdict import Verdict, judge
from sesmime.mime.fields import parse_header_section
from sesmime.mime.words import decode_words
from sesmime.ses.interfaces import Interface
from sesmime.ses.requests import Submission


class Made(NamedTuple):
    """What SES makes of a request: the message, or what the data of its template lack, and then no mail goes out."""

    message: bytes | None
    rendering_failure: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Handed:
    """What was handed over: `submission`, the message that SES makes of it, where it came from, and what counts of it.

    `message` is the raw message, or what SES is expected to assemble (None where nothing can be made). `make` makes it
    where a template is rendered: once the request is not refused, and it may raise a `Refusal` of its own. `request` is
    the request as it came, for people to read; the octets of a raw message are not in it. `template` is the stored
    template that it needs.
    """

    submission: Submission
    message: bytes | None = field(repr=False)
    request: Mapping[str, Any] = field(repr=False)
    source_ip: str = "127.0.0.1"
    operation: str = "SendRawEmail"
    template: str | None = None
    make: Callable[[], Made] | None = None


def take(desk: Desk, region: Region, handed: Handed) -> Kept:
    """Judge a submission and keep it; raises `Refusal` where it is refused, which is kept too."""
    with desk.state.lock:
        verdict = judge(handed.submission, region, desk.options, template=handed.template)
    made = Made(handed.message)
    if handed.make is not None and verdict.refusal is None:
        try:
            made = handed.make()  # without the lock: others go on while a template is rendered
        except Refusal as refusal:
            verdict = replace(verdict, refusal=refusal)
    kept = _kept(region, handed, verdict, made)
    with desk.state.lock:
        count_attempt(region, taken=verdict.refusal is None)
    desk.inbox.add(kept)
    if verdict.refusal is not None:
        raise verdict.refusal
    desk.publisher.taken(kept)
    return kept


def new_message_id() -> str:
    """Return an id as SES makes it, of 60 characters: hex digits, a UUID, -000000.

    >>> len(new_message_id()), new_message_id()[-7:]
    (60, '-000000')
    """
    return f"0100{secrets.token_hex(6)}-{uuid.uuid4()}-000000"


def made_by(make: Any, *arguments: Any) -> Any:
    """Return what a maker of messages makes, None where it refuses: the verdict then tells what is wrong."""
    try:
        return make(*arguments)
    except (SesMimeError, KeyError, TypeError):
        return None


def _kept(region: Region, handed: Handed, verdict: Verdict, made: Made) -> Kept:
    submission, addressed = handed.submission, verdict.envelope
    section = parse_header_section(made.message or b"")
    subject, sender = section.first("Subject"), section.first("From")
    refusal = verdict.refusal
    return Kept(
        id=secrets.token_hex(8),
        received=now(),
        region=region.name,
        message_id=None if refusal is not None else new_message_id(),
        submission=submission,
        message=made.message,
        report=verdict.report,
        resolution=verdict.resolution,
        envelope=addressed,
        refusal=None if refusal is None else (refusal.code, refusal.text),
        rejection=verdict.rejection,
        configuration_set=verdict.configuration_set,
        tags=verdict.resolution.message_tags or (),
        recipients=tuple(map(str, addressed.recipients)),
        sender=decode_words(sender.body) if sender is not None else str(submission.parameters.source or ""),
        subject=decode_words(subject.body) if subject is not None else "",
        request=handed.request,
        operation=handed.operation,
        source_ip=handed.source_ip,
        rendering_failure=made.rendering_failure,
    )


def operation_of(interface: Interface) -> str:
    """Return what SES's tag `ses:operation` says of an interface: SMTP counts as SendRawEmail (OBSERVED)."""
    return interface.row.operation or "SendRawEmail"


def invalid(service: str, error: SesMimeError) -> Refusal:
    """Return the refusal of a request that has not the form of the service's model."""
    code = "ValidationError" if service == "ses" else "BadRequestException"
    return Refusal(code, quoted(str(error), 400)[1:-1])
