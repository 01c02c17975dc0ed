"""SMTP in, the API of SES out: `Handler`, for aiosmtpd; `sesmime.relay.server` runs a server with it.

A program that speaks SMTP alone hands its messages over here, as it would to SES's own SMTP interface. Nothing is
stored: a message is accepted (250) when the API has given it an identifier, refused (5xx) where SES is expected to
refuse it or does, in SES's words, and put off (4xx) whenever the API fails, so that its sender keeps it and tries
again. A message whose sender never read the 250 comes again: it may arrive twice, it is never lost. There is no
authentication and no TLS.

The handler stands in a Controller of aiosmtpd as well, with `handler.options`; addresses are then read as Python's
`email` reads them, which decodes encoded words, and lines of more than 1,000 octets are refused.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sesmime.boto import raw_interface, send_prepared
from sesmime.errors import Refused, printable
from sesmime.handover.prepare import prepare
from sesmime.handover.prepared import Prepared
from sesmime.linter.answers import predict_rejection
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Report, Severity
from sesmime.linter.run import lint
from sesmime.mime.fields import parse_header_section
from sesmime.ses.envelope import RECIPIENT_FIELDS, address_key, envelope_of
from sesmime.ses.interfaces import Interface
from sesmime.ses.quotas import MAX_RECIPIENTS
from sesmime.ses.requests import Submission
from sesmime.ses.sending import handed_over
from sesmime.ses.settings import ApiParameters, Destination, unsupported_settings
from sesmime.ses.split import split_envelope
from sesmime.ses.strip import strip_ses_fields

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

LOGGER: Final = logging.getLogger("sesmime.relay")

# As many connections as a client of botocore keeps unless it is told otherwise.
_WORKERS: Final = 10
# RFC 5321 section 4.5.3.1.5: 512 octets of a reply line, CRLF included.
_MAX_REPLY: Final = 510
# RFC 5321 section 4.5.3.1.8 asks for a hundred; servers commonly take as many as this.
_MAX_TRANSACTION: Final = 1_000
# Messages of which it is known who has them already.
_MAX_PARTIAL: Final = 1_000

# Replies of SES (dg/troubleshoot-smtp).
_REFUSED: Final = "554 Transaction failed: "
_FAILED: Final = "451 Temporary service failure"
_INVALID: Final = "553 Invalid email address: "
TOO_LONG: Final = "552 Message is too long."
STOPPING: Final = "421 Service shutting down"

# How the API's errors are answered: the codes of both service models, less their ending "Exception".
_REPLIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "InvalidParameterValue": _REFUSED,
        "InvalidParameterCombination": _REFUSED,
        "MissingParameter": _REFUSED,
        "Validation": _REFUSED,
        "ValidationError": _REFUSED,
        "BadRequest": _REFUSED,
        "NotFound": _REFUSED,
        "ConfigurationSetDoesNotExist": _REFUSED,
        "MailFromDomainNotVerified": _REFUSED,
        "MessageRejected": "554 Message rejected: ",
        "AccessDenied": "554 Access denied: ",
        "Throttling": "454 Throttling failure: ",
        "TooManyRequests": "454 Throttling failure: ",
        "LimitExceeded": "454 Throttling failure: ",
    }
)


class Handler:
    """An aiosmtpd handler that prepares each message and sends it through a client of boto3, `ses` or `sesv2`.

    MAIL FROM hears of bounces, RCPT TO receives; SES fields count. `defaults` are settings for messages whose fields do
    not say them; with `strip` the fields do not count and leave. `fail_level`, `fix` and `config` are those of
    `prepare`. The API is called in `workers` threads, so that one slow answer holds up nobody else.

    A null sender and addresses that SES cannot read are refused at once, as SES does. A message to more than 50 is
    handed over in several calls, once SES is expected to take each. Should one fail, the reply is the API's to that
    call; a message that comes again from the same sender, octet for octet, goes to those alone who do not have it yet.
    The 1,001st recipient is put off (452, RFC 5321 section 4.5.3.1.10). One line a message, and one for each address
    refused, goes to the logger `sesmime.relay`.

    Raises TypeError for what is no client of SES, UnsupportedSetting for a default that its API has no parameter for.
    """

    def __init__(
        self,
        client: Any,
        *,
        defaults: ApiParameters = ApiParameters(),
        strip: bool = False,
        fail_level: Severity = Severity.ERROR,
        fix: bool = True,
        config: LintConfig = LintConfig(),
        workers: int = _WORKERS,
    ) -> None:
        self.client = client
        self.interface = raw_interface(client)
        for unsupported in unsupported_settings(defaults, self.interface):
            raise unsupported
        self.defaults = defaults
        self.strip = strip
        self.fail_level = fail_level
        self.fix = fix
        self.config = config
        self._is_closed = False
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="sesmime-relay")
        self._partial = _PartialHandOvers()

    @property
    def options(self) -> dict[str, Any]:
        """Return keyword arguments for aiosmtpd: bytes as they come, no SMTPUTF8, and the size that the API takes."""
        return {
            "decode_data": False,
            "enable_SMTPUTF8": False,
            "data_size_limit": self.interface.row.max_size,
            "ident": "sesmime relay",
        }

    def close(self) -> None:
        """Take no further message, and wait for those in work."""
        self._is_closed = True
        self._pool.shutdown()

    # What aiosmtpd calls

    async def handle_MAIL(  # noqa: N802, the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer MAIL FROM."""
        if self._is_closed:
            return STOPPING
        # aiosmtpd gives the null sender with its brackets.
        address = "" if address == "<>" else address
        fault = envelope_fault(ApiParameters(source=address))
        if fault is not None:
            tell_refused(session, f"MAIL FROM:<{address}>", fault)
            return fault
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 Ok"

    async def handle_RCPT(  # noqa: N802, the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer RCPT TO."""
        fault = envelope_fault(ApiParameters(destination=Destination((address,))))
        if fault is None and len(envelope.rcpt_tos) >= _MAX_TRANSACTION:
            fault = f"452 Too many recipients: {_MAX_TRANSACTION} a message"
        if fault is not None:
            tell_refused(session, f"RCPT TO:<{address}>", fault)
            return fault
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 Ok"

    async def handle_DATA(  # noqa: N802, the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Answer the end of DATA, when the API has answered."""
        if self._is_closed:
            return STOPPING
        assert isinstance(envelope.content, bytes), "aiosmtpd decodes: give it the handler's options"
        assert envelope.mail_from is not None
        try:
            # A client that goes before its turn has come takes its message with it.
            return await asyncio.wrap_future(
                self._pool.submit(
                    self.submit,
                    envelope.content,
                    sender=envelope.mail_from,
                    recipients=tuple(envelope.rcpt_tos),
                    peer=_peer(session),
                )
            )
        finally:
            # aiosmtpd forgets the transaction when it has ended well; after an exception it would go on.
            envelope.mail_from = envelope.content = envelope.original_content = None
            envelope.rcpt_tos.clear()

    async def handle_exception(self, error: Exception) -> str:
        """Answer what nobody has foreseen: the client keeps the message."""
        told = reply_line(f"{_FAILED} ({type(error).__name__}: {error})", limit=2 * _MAX_REPLY)
        LOGGER.error("%s", told, exc_info=error)
        return _FAILED

    # The work

    def submit(self, message: bytes, *, sender: str, recipients: Sequence[str], peer: str = "") -> str:
        """Prepare a message and hand it over to the API and return the SMTP reply."""
        digest = _digest(sender, message) if len(recipients) > MAX_RECIPIENTS else None
        reached = frozenset() if digest is None else self._partial.reached(digest)
        answers: list[_Answer] = []
        for answer in self._hand_over(message, sender, recipients, reached):
            answers.append(answer)
            reached |= answer.reached
            if digest is not None:
                self._partial.remember(digest, reached)
        last = answers[-1]
        if last.is_sent:
            reply = answers[0].reply
            if digest is not None:
                self._partial.forget(digest)
        elif reached:
            everybody = frozenset(map(address_key, recipients))
            reply = reply_line(f"{last.reply}; {len(reached & everybody)} of {len(everybody)} recipients have it")
        else:
            reply = last.reply
        notes = dict.fromkeys(answer.reason for answer in answers if answer.reason)
        notes |= dict.fromkeys(answer.reply for answer in answers if answer.is_sent and answer.reply != reply)
        account = f"{peer} <{sender}> to {_counted(recipients)}, {len(message)} octets: {reply}"
        line = reply_line(f"{account} ({'; '.join(notes)})" if notes else account, limit=2 * _MAX_REPLY)
        LOGGER.log(logging.INFO if last.is_sent else logging.WARNING, "%s", line)
        return reply

    def _hand_over(
        self, message: bytes, sender: str, recipients: Sequence[str], reached: frozenset[str]
    ) -> Iterator[_Answer]:
        """Return the answer to each call, the last of which may be a failure; who has been reached is left out."""
        if self.strip:
            message = strip_ses_fields(message)
        parameters = handed_over(
            message,
            interface=self.interface,
            destination=_destination(message, recipients),
            sender=sender,
            defaults=self.defaults,
        )
        # Of more than fifty recipients those in the fields come first: the first cut has all that the fields name.
        cuts = split_envelope(Submission(message, parameters, self.interface))
        try:
            prepared = prepare(
                message,
                parameters=cuts[0].parameters,
                interface=self.interface,
                fix=self.fix,
                fail_level=self.fail_level,
                config=self.config,
            )
        except Refused as refused:
            yield self._refusal(refused, message, sender, cuts[0].parameters)
            return
        destinations = (prepared.parameters.destination, *(cut.parameters.destination for cut in cuts[1:]))
        waiting = [left for one in destinations if one is not None and (left := _without(one, reached))]
        if not waiting:
            yield _Answer("250 Ok", "all recipients have it already")
        for destination in waiting:
            settings = replace(prepared.parameters, destination=destination)
            try:
                answer = self._sent(replace(prepared, parameters=settings))
            except Refused as refused:  # by a hook of `boto.install`
                answer = self._refusal(refused, message, sender, settings)
            yield answer
            if not answer.is_sent:
                return

    def _sent(self, prepared: Prepared) -> _Answer:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        try:
            response = send_prepared(self.client, prepared)
        except Refused:  # by a hook of `boto.install`, which may be a ClientError too
            raise
        except ClientError as error:
            return _answered(error.response)
        except (BotoCoreError, ResponseParserError) as error:
            return _Answer(_FAILED, f"{type(error).__name__}: {error}")
        if not response.get("MessageId"):
            return _Answer(_FAILED, "the API's response has no MessageId")
        assert prepared.parameters.destination is not None
        codes = dict.fromkeys(finding.code for finding in prepared.report.at_least(Severity.WARNING))
        return _Answer(
            reply_line(f"250 Ok {response['MessageId']}"),
            ", ".join(codes),
            frozenset(map(address_key, prepared.parameters.destination.all)),
        )

    def _refusal(self, refused: Refused, message: bytes, sender: str, parameters: ApiParameters) -> _Answer:
        """Answer as SES would over SMTP, where that is expected to refuse for one of the same reasons."""
        report = Report(refused.report)
        failing = report.at_least(self.fail_level) or report  # a hook of `boto.install` may be stricter
        given = ApiParameters(source=sender, destination=parameters.destination)
        expected = predict_rejection(message, parameters=given, interface=Interface.SMTP, config=self.config)
        codes = dict.fromkeys(finding.code for finding in failing)
        if expected is not None and expected.finding.code in codes and expected.smtp_reply is not None:
            reply = expected.smtp_reply
        else:
            reply = _REFUSED + (failing[0].rejection or failing[0].message)
        return _Answer(reply_line(reply), ", ".join(codes))


class _Answer(NamedTuple):
    """What is answered to a call: the SMTP reply, for the log what the client is not told, and who has the message."""

    reply: str
    reason: str = ""
    reached: frozenset[str] = frozenset()

    @property
    def is_sent(self) -> bool:
        """Whether the API has taken it."""
        return self.reply.startswith("250")


class _PartialHandOvers:
    """Who has a message that others are still to get, by its digest; the oldest are forgotten."""

    def __init__(self) -> None:
        self._reached: OrderedDict[bytes, frozenset[str]] = OrderedDict()
        self._lock = threading.Lock()

    def reached(self, digest: bytes) -> frozenset[str]:
        """Return the keys of their addresses."""
        with self._lock:
            return self._reached.get(digest, frozenset())

    def remember(self, digest: bytes, reached: frozenset[str]) -> None:
        """Keep them."""
        with self._lock:
            self._reached[digest] = reached
            self._reached.move_to_end(digest)
            if len(self._reached) > _MAX_PARTIAL:
                self._reached.popitem(last=False)

    def forget(self, digest: bytes) -> None:
        """Drop a message that everybody has."""
        with self._lock:
            self._reached.pop(digest, None)


def _digest(sender: str, message: bytes) -> bytes:
    return hashlib.sha256(b"%b\0%b" % (sender.encode("utf-8", "surrogateescape"), message)).digest()


def _counted(recipients: Sequence[str]) -> str:
    return f"{len(recipients)} recipient{'' if len(recipients) == 1 else 's'}"


def _peer(session: Session) -> str:
    return ":".join(map(str, session.peer[:2])) if isinstance(session.peer, tuple) else str(session.peer)


def tell_refused(session: Session, command: str, reply: str) -> None:
    """Tell the log what a client was refused, and by which words."""
    LOGGER.warning("%s", reply_line(f"{_peer(session)} {command}: {reply}", limit=2 * _MAX_REPLY))


def envelope_fault(parameters: ApiParameters) -> str | None:
    """Return SES's reply to an address of the envelope that it cannot read, or not in one way alone."""
    config = LintConfig(select=("SES207", "SES212"))
    found = lint(b"", parameters=parameters, interface=Interface.SMTP, config=config).at_least(Severity.WARNING)
    if not found:
        return None
    text = found[0].rejection or found[0].message
    return reply_line(text if text[:3].isdigit() else _INVALID + text)


def _destination(message: bytes, recipients: Iterable[str]) -> Destination:
    """Sort the recipients by the field that names them; whom none names is a blind one."""
    section = parse_header_section(message)
    named = envelope_of(section, parameters=ApiParameters(), interface=Interface.SMTP).recipients
    fields = {address_key(address): address.field for address in named}
    lists: dict[str, list[str]] = {name: [] for name in RECIPIENT_FIELDS}
    for address in recipients:
        lists[fields.get(address_key(address), "Bcc")].append(address)
    return Destination(*(tuple(addresses) for addresses in lists.values()))


def _without(destination: Destination, reached: frozenset[str]) -> Destination:
    lists = (destination.to, destination.cc, destination.bcc)
    return Destination(*(tuple(one for one in addresses if address_key(one) not in reached) for addresses in lists))


def _answered(response: Mapping[str, Any]) -> _Answer:
    """Return the reply to an error of the API: what is not known to be the message's fault is put off."""
    error = response.get("Error", {})
    code, text = str(error.get("Code", "")), str(error.get("Message", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status == 429:
        code = "Throttling"
    elif status == 413:
        return _Answer(TOO_LONG, f"{code}: {text}")
    start = None if status >= 500 else _REPLIES.get(code.removesuffix("Exception"))
    if start is None:
        return _Answer(_FAILED, f"{code}: {text}" if code else f"HTTP status {status}")
    return _Answer(reply_line(start + text), code)


def reply_line(text: str, *, limit: int = _MAX_REPLY) -> str:
    """Return text as one line of ASCII without controls, cut to a limit."""
    line = printable(text).encode("ascii", "backslashreplace").decode("ascii")
    return line if len(line) <= limit else f"{line[: limit - 3]}..."
