"""What a program sends, recorded in its own process: `record_sent` gives an `Outbox` of `Sent` messages.

Four ways are watched, each at the one place that all messages of that way pass, whoever made the objects and when:

- boto3 and botocore: the event `before-parameter-build`, where the parameters are what they will be. The emitter's
  class is hooked, not a client's events, so that clients made earlier are seen too; and nothing stands in the way of
  moto, of Stubber (which compares the parameters in this very event) or of another endpoint.
- `smtplib` and aiosmtplib: the commands MAIL, RCPT and DATA of every connection.
- Django: the backend `locmem`, which keeps messages and sends none. Its other backends go one of the ways above.

Recording changes nothing: what is called is called with what was given, and answers as ever. A message is recorded
when it is handed over, whatever becomes of it then. Other processes are not seen, nor is what stands in for a whole
class, such as a mock in the place of `smtplib.SMTP`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from sesmime.boto.data import rewindable
from sesmime.compose.simple import raw_from_simple
from sesmime.errors import InvalidSetting, SesMimeError, quoted
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Report
from sesmime.linter.run import lint
from sesmime.mime.entity import Entity, parse
from sesmime.mime.fields import Message, parse_header_section
from sesmime.mime.words import decode_words
from sesmime.ses.envelope import Envelope, envelope_of
from sesmime.ses.interfaces import OPERATIONS, Interface
from sesmime.ses.precedence import Resolution, resolution_of
from sesmime.ses.requests import SIMPLE, Submission, request_of
from sesmime.ses.settings import ApiParameters
from sesmime.ses.tags import MessageTag
from sesmime.testing.reading import attachments_of, links_of, text_of
from sesmime.testing.smtp import watch_aiosmtplib, watch_smtplib
from sesmime.testing.watching import Record, calling_line, imported, replaced

_EVENT: Final = "before-parameter-build."
# What a message of Django raises that its fields or its text keep from being written.
_UNWRITABLE: Final = (ValueError, TypeError, LookupError, AttributeError)


@dataclass(frozen=True, kw_only=True, repr=False)
class Sent:
    """A message that was sent: what was handed over, by which interface, and what follows from it.

    `via` is "boto3", "smtplib", "aiosmtplib" or "django". `unread` says why the request or its message could not be
    read, None where it was. `config` is what the report is made by. `origin` is the line of the program that sent it,
    `app/mail.py:12`: the innermost one outside libraries; None where there is none. What follows is worked out when it
    is asked for, and never raises.
    """

    submission: Submission
    via: str
    unread: str | None = None
    config: LintConfig = LintConfig()
    origin: str | None = field(default=None, compare=False)

    @property
    def interface(self) -> Interface:
        """The interface it was sent by."""
        return self.submission.interface

    @property
    def parameters(self) -> ApiParameters:
        """What was given beside the message; over SMTP the envelope."""
        return self.submission.parameters

    @property
    def message(self) -> bytes | None:
        """The bytes that were handed over; None where there are none, or where they could not be read."""
        message = self.submission.message
        assert message is None or isinstance(message, bytes)
        return message

    @cached_property
    def entity(self) -> Entity | None:
        """The message, read: its fields and parts."""
        return None if self.message is None else parse(self.message)

    @cached_property
    def _shown(self) -> Entity | None:
        """The message as its recipient sees it: of simple content what SES is expected to make of it."""
        if self.entity is not None or self.unread is not None or self.interface not in SIMPLE:
            return self.entity
        try:
            return parse(raw_from_simple(request_of(self.parameters, self.interface), self.interface))
        except (SesMimeError, TypeError, KeyError):
            return None

    @property
    def subject(self) -> str | None:
        """The subject, decoded; None where there is none."""
        found = None if self._shown is None else self._shown.header_section.first("Subject")
        return None if found is None else decode_words(found.body)

    @cached_property
    def text(self) -> str | None:
        """The plain text, decoded, with LF at its line ends; None where there is none."""
        return None if self._shown is None else text_of(self._shown, "text/plain")

    @cached_property
    def html(self) -> str | None:
        """The HTML, decoded, with LF at its line ends; None where there is none."""
        return None if self._shown is None else text_of(self._shown, "text/html")

    @cached_property
    def links(self) -> tuple[str, ...]:
        """Where the texts link to, each address once, in their order: `href` of HTML, http and https of plain text."""
        return () if self._shown is None else links_of(self._shown)

    @cached_property
    def attachments(self) -> tuple[Entity, ...]:
        """The parts attached and embedded, in order, each with `filename`, `content_type` and `content()`."""
        return () if self._shown is None else attachments_of(self._shown)

    @cached_property
    def envelope(self) -> Envelope:
        """Who sends and who receives, as `sesmime.envelope` says it."""
        return envelope_of(self.message, parameters=self.parameters, interface=self.interface)

    @cached_property
    def resolution(self) -> Resolution:
        """Which settings count, as `sesmime.resolve` says it."""
        return resolution_of(self.message, parameters=self.parameters, interface=self.interface)

    @property
    def tags(self) -> tuple[MessageTag, ...]:
        """The message tags that count."""
        return self.resolution.message_tags or ()

    @cached_property
    def report(self) -> Report:
        """What `sesmime.lint` finds, by `config`; empty where the message could not be read (see `unread`)."""
        if self.unread is not None:
            return Report()
        return lint(self.message, parameters=self.parameters, interface=self.interface, config=self.config)

    @property
    def summary(self) -> str:
        """What tells it from others: its size, its subject and the first of its recipients, on one line."""
        told = ["no message" if self.message is None else f"{len(self.message)} bytes"]
        if self.message is not None:
            subject = parse_header_section(self.message).first("Subject")
            if subject is not None:
                told.append(quoted(decode_words(subject.body), 60))
        recipients = self.envelope.recipients
        if recipients:
            told.append(f"to {quoted(', '.join(recipients[:3]), 80)[1:-1]}")
        if len(recipients) > 3:
            told.append(f"and {len(recipients) - 3} more")
        return " ".join(told)

    def __repr__(self) -> str:
        return f"<Sent {self.interface.value} {self.summary}>"


class Outbox(list[Sent]):
    """The messages that were sent, in order: a list, with the `last` one at hand."""

    @property
    def last(self) -> Sent:
        """The message sent last. Raises IndexError where nothing was sent."""
        __tracebackhide__ = True  # so that pytest shows the line of the test
        if not self:
            raise IndexError("nothing was sent")
        return self[-1]

    def __repr__(self) -> str:
        return f"<Outbox of {len(self)}: {super().__repr__()}>"


@contextmanager
def record_sent(
    *,
    interface: Interface = Interface.SEND_RAW_EMAIL,
    config: LintConfig = LintConfig(),
) -> Iterator[Outbox]:
    """Record what is sent through boto3, smtplib, aiosmtplib and Django's locmem backend while the context lasts.

    What locmem keeps is not sent anywhere; it is taken for sent by `interface`. `config` is what the reports are made
    by. boto3, aiosmtplib and Django are looked at where they are installed.

    >>> with record_sent() as outbox:
    ...     pass  # send
    >>> outbox
    <Outbox of 0: []>
    """
    outbox = Outbox()

    def record(submission: Submission, via: str, unread: str | None = None) -> None:
        origin = calling_line()
        outbox.append(Sent(submission=submission, via=via, unread=unread, config=config, origin=origin))

    with ExitStack() as stack:
        _watch_botocore(stack, record)
        watch_smtplib(stack, record)
        watch_aiosmtplib(stack, record)
        _watch_django(stack, record, interface)
        yield outbox


# boto3


def _watch_botocore(stack: ExitStack, record: Record) -> None:
    hooks = imported("botocore.hooks")
    if hooks is None:
        return

    def make(original: Any) -> Any:
        def emit(self: Any, event_name: str, **named: Any) -> Any:
            __tracebackhide__ = True
            answers = original(self, event_name, **named)
            operation = event_name.removeprefix(_EVENT)
            # Nothing is sent where an address is signed for somebody else to send to.
            if operation in OPERATIONS and operation != event_name:
                context, request = named.get("context"), named.get("params")
                if isinstance(request, Mapping) and not (context and context.get("is_presign_request")):
                    _record_request(operation, request, record)
            return answers

        return emit

    stack.enter_context(replaced(hooks.HierarchicalEmitter, "emit", make))


def _record_request(operation: str, request: Mapping[str, Any], record: Record) -> None:
    interface = _interface_of(operation, request)
    unread: list[str] = []
    copied = _copied(request, unread)
    try:
        submission = Submission.from_request(copied, interface)
    except InvalidSetting as error:
        record(Submission(None, ApiParameters(), interface), "boto3", str(error))
        return
    if unread:
        submission = Submission(None, submission.parameters, interface)
    record(submission, "boto3", unread[0] if unread else None)


def _interface_of(operation: str, request: Mapping[str, Any]) -> Interface:
    """Return the interface of a request; of one of v2 without content, which botocore refuses, the raw one."""
    content = request.get("Content")
    given = content if isinstance(content, Mapping) else {}
    fitting = (one for name, one in OPERATIONS[operation].items() if not name or given.get(name) is not None)
    return next(fitting, Interface.V2_SEND_EMAIL_RAW)


def _copied(value: Any, unread: list[str]) -> Any:
    """Return a request that does not change when the caller's does; streams that can be rewound are read."""
    if isinstance(value, Mapping):
        return {name: _copied(member, unread) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(member, unread) for member in value]
    if isinstance(value, Message):
        return bytes(value[:])
    if not hasattr(value, "read"):
        return value
    place = rewindable(value)
    if place is not None:
        try:
            return value.read()
        except (OSError, ValueError):
            pass
        finally:
            value.seek(place)
    unread.append("the message is a stream that cannot be read and rewound")
    return b""


# Django


def of_django_message(message: Any, interface: Interface) -> Submission:
    """Return what a Django EmailMessage becomes when a backend sends it: its bytes, its sender and its recipients.

    Domains beyond ASCII are written as Django writes them. On the API v2 no sender is named beside the message, where
    it would take the place of the From field. Raises what Django raises for a message that cannot be written.
    """
    from sesmime.django.messages import bare_address, django_destination  # here, because it needs Django

    source = None if interface.is_v2 else bare_address(str(message.from_email))
    parameters = ApiParameters(source=source, destination=django_destination(message))
    return Submission(message.message().as_bytes(), parameters, interface)


class _Handed(list[Any]):
    """Messages on their way to a backend: each is told of when it has been dealt with and the next is asked for."""

    def __init__(self, messages: Any, tell: Callable[[Any], None]) -> None:
        super().__init__(messages)
        self.tell = tell

    def __iter__(self) -> Iterator[Any]:
        for message in super().__iter__():
            yield message
            self.tell(message)


def _watch_django(stack: ExitStack, record: Record, interface: Interface) -> None:
    locmem = imported("django.core.mail.backends.locmem")
    if locmem is None:
        return

    def tell(message: Any) -> None:
        try:
            submission = of_django_message(message, interface)
        except _UNWRITABLE as error:
            reason = f"Django cannot write the message: {type(error).__name__}: {quoted(str(error))[1:-1]}"
            record(Submission(None, ApiParameters(), interface), "django", reason)
        else:
            record(submission, "django")

    def make(original: Any) -> Any:
        def send_messages(self: Any, messages: Any, *rest: Any, **named: Any) -> Any:
            __tracebackhide__ = True
            return original(self, _Handed(messages, tell), *rest, **named)

        return send_messages

    stack.enter_context(replaced(locmem.EmailBackend, "send_messages", make))
