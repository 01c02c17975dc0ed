"""`Handler`, which stands between aiosmtpd and the API: what a client is answered, and when."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from sesmime.boto.rates import RateLimit
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Severity
from sesmime.relay.access import EVERYBODY, Access
from sesmime.relay.answers import FAILED, STOPPING, Answer, address_fault, reply_line
from sesmime.relay.courier import PATIENCE, Courier
from sesmime.relay.partial import PartialHandOvers, digest
from sesmime.relay.spool import Spool
from sesmime.relay.spooling import Spooling
from sesmime.relay.telling import (
    LOGGER,
    MAX_LINE,
    Told,
    counted,
    host_of,
    message_id_of,
    named,
    peer_of,
    tell,
    tell_refused,
    user_of,
)
from sesmime.relay.watch import Watch
from sesmime.ses.envelope import address_key
from sesmime.ses.quotas import MAX_RECIPIENTS
from sesmime.ses.settings import ApiParameters

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

# Enough for 300 messages a second where the API takes 80 ms, with some to spare.
WORKERS: Final = 32
# RFC 5321 section 4.5.3.1.8 asks for a hundred; servers commonly take as many as this.
_MAX_TRANSACTION: Final = 1_000


class Handler:
    """An aiosmtpd handler that prepares each message and sends it through a client of boto3, `ses` or `sesv2`.

    MAIL FROM hears of bounces, RCPT TO receives; SES fields count. `defaults` are settings for messages whose fields do
    not say them; with `strip` the fields do not count and leave. `fail_level`, `fix` and `config` are those of
    `prepare`. The API is called in `workers` threads, so that one slow answer holds up nobody else; the client should
    keep as many connections (botocore's `max_pool_connections`). `attempts`, `rate` and `patience` are those of
    `Courier`. `access` says who may send, `max_size` how many octets a message may have, where that is less than SES
    takes. `watch` counts.

    A null sender and addresses that SES cannot read are refused at once, as SES does. A message to more than 50 is
    handed over in several calls, once SES is expected to take each. Should one fail, the reply is the API's to that
    call; a message that comes again from the same sender, octet for octet, goes to those alone who do not have it yet.
    The 1,001st recipient is put off (452, RFC 5321 section 4.5.3.1.10). One line a message, and one for each address
    refused, goes to the logger `sesmime.relay`; its records bear the same as an attribute `told`.

    With a `spool` (`sesmime.relay.spool`) a message is answered with 250 when it is on the disk, and handed over by as
    many threads again; `client` must then ask once, and what `Spooling` raises is raised. `partial` remembers who has a
    message of which some calls failed, where others are to know it too.

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
        workers: int = WORKERS,
        attempts: int = 1,
        rate: RateLimit | None = None,
        patience: float = PATIENCE,
        access: Access = EVERYBODY,
        max_size: int | None = None,
        watch: Watch | None = None,
        spool: Spool | None = None,
        partial: PartialHandOvers | None = None,
    ) -> None:
        self._stopping = threading.Event()
        self.watch = watch or Watch()
        self.courier = Courier(
            client=client,
            defaults=defaults,
            strip=strip,
            fail_level=fail_level,
            fix=fix,
            config=config,
            attempts=attempts,
            rate=rate,
            patience=patience,
            stopping=self._stopping,
            watch=self.watch,
            access=access,
        )
        self.interface = self.courier.interface
        self.access = access
        self.workers = workers
        most = self.interface.row.max_size
        assert most is not None
        self.max_size = most if max_size is None else min(max_size, most)
        self._is_closed = False
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="sesmime-relay")
        self._partial = PartialHandOvers() if partial is None else partial
        self._in_work = 0
        self._spooling = None if spool is None else Spooling(spool, self.courier, workers=workers)

    @property
    def options(self) -> dict[str, Any]:
        """Return keyword arguments for aiosmtpd: bytes as they come, no SMTPUTF8, and the size that is taken."""
        return {
            "decode_data": False,
            "enable_SMTPUTF8": False,
            "data_size_limit": self.max_size,
            "ident": "sesmime relay",
        }

    @property
    def is_closed(self) -> bool:
        """Whether messages are taken no more."""
        return self._is_closed

    @property
    def in_work(self) -> int:
        """How many messages have come that are not answered yet; those beyond the workers wait for one."""
        return self._in_work

    def close(self) -> None:
        """Take no further message, and wait for those in work."""
        self._is_closed = True
        self._stopping.set()
        self._pool.shutdown()
        if self._spooling is not None:
            self._spooling.close()

    # What aiosmtpd calls

    async def handle_MAIL(  # noqa: N802, the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer MAIL FROM."""
        self._hear(server)
        if self._is_closed:
            return STOPPING
        # aiosmtpd gives the null sender with its brackets.
        address = "" if address == "<>" else address
        has_tls = getattr(session, "has_tls", False)
        fault = (
            self.access.mail_fault(host_of(session), user=user_of(session), has_tls=has_tls)
            or address_fault(address, is_sender=True)
            or self.access.sender_fault(address)
        )
        if fault is not None:
            self.watch.turned_away(fault)
            tell_refused(session, f"MAIL FROM:<{address}>", fault)
            return fault
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 Ok"

    async def handle_RCPT(  # noqa: N802, the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer RCPT TO."""
        fault = address_fault(address, is_sender=False) or self.access.recipient_fault(address)
        if fault is None and len(envelope.rcpt_tos) >= _MAX_TRANSACTION:
            fault = f"452 Too many recipients: {_MAX_TRANSACTION} a message"
        if fault is not None:
            self.watch.turned_away(fault)
            tell_refused(session, f"RCPT TO:<{address}>", fault)
            return fault
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 Ok"

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer RSET, as aiosmtpd does."""
        self._hear(server)
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer QUIT, as aiosmtpd does."""
        self._hear(server)
        return "221 Bye"

    def _hear(self, server: SMTP) -> None:
        if self._spooling is not None:
            self._spooling.hear(server)

    async def handle_DATA(  # noqa: N802, the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Answer the end of DATA, when the API has answered or the message is in the spool."""
        if self._is_closed:
            return STOPPING
        assert isinstance(envelope.content, bytes), "aiosmtpd decodes: give it the handler's options"
        assert envelope.mail_from is not None
        self._in_work += 1
        try:
            # A client that goes before its turn has come takes its message with it.
            return await asyncio.wrap_future(
                self._pool.submit(
                    self.submit,
                    envelope.content,
                    sender=envelope.mail_from,
                    recipients=tuple(envelope.rcpt_tos),
                    peer=peer_of(session),
                    user=user_of(session),
                    since=time.monotonic(),
                    connection=server,
                )
            )
        finally:
            self._in_work -= 1
            # aiosmtpd forgets the transaction when it has ended well; after an exception it would go on.
            envelope.mail_from = envelope.content = envelope.original_content = None
            envelope.rcpt_tos.clear()

    async def handle_exception(self, error: Exception) -> str:
        """Answer what nobody has foreseen: the client keeps the message."""
        told = reply_line(f"{FAILED} ({type(error).__name__}: {error})", limit=MAX_LINE)
        LOGGER.error("%s", told, exc_info=error, extra={"told": Told(event="notice", text=told)})
        return FAILED

    # The work

    def submit(
        self,
        message: bytes,
        *,
        sender: str,
        recipients: Sequence[str],
        peer: str = "",
        user: str | None = None,
        since: float | None = None,
        connection: SMTP | None = None,
    ) -> str:
        """Prepare a message and hand it over to the API and return the SMTP reply.

        `peer` and `user` are whom the log names as the client; `since` is the monotonic time at which the message came.
        """
        since = time.monotonic() if since is None else since
        if self._spooling is None:
            answers, reached = self._answers(message, sender, recipients)
        else:
            took = self._spooling.take(message, sender=sender, recipients=recipients, peer=peer, connection=connection)
            answers, reached = [took], frozenset[str]()
        last = answers[-1]
        if last.is_sent:
            reply = answers[0].reply
        elif reached:
            everybody = frozenset(map(address_key, recipients))
            reply = reply_line(f"{last.reply}; {len(reached & everybody)} of {len(everybody)} recipients have it")
        else:
            reply = last.reply
        notes = dict.fromkeys(answer.reason for answer in answers if answer.reason)
        notes |= dict.fromkeys(answer.reply for answer in answers if answer.is_sent and answer.reply != reply)
        account = f"{peer} <{sender}> to {counted(recipients)}, {len(message)} octets: {reply}"
        line = reply_line(f"{account} ({'; '.join(notes)})" if notes else account, limit=MAX_LINE)
        codes = tuple(dict.fromkeys(code for answer in answers for code in answer.codes))
        told = Told(
            event="message",
            client=peer,
            user=user,
            sender=sender,
            recipients=len(recipients),
            to=named(recipients),
            message_id=reply_line(message_id_of(message)),
            ses_message_ids=tuple(answer.message_id for answer in answers if answer.message_id),
            size=len(message),
            seconds=time.monotonic() - since,
            outcome=last.outcome.value,
            reply=reply,
            reason=reply_line("; ".join(notes)) if notes and tuple(notes) != (", ".join(codes),) else "",
            codes=codes,
        )
        self.watch.answered(last.outcome, reply=reply, seconds=told.seconds or 0.0, size=len(message))
        tell(logging.INFO if last.is_sent else logging.WARNING, line, told, message=message)
        return reply

    def _answers(self, message: bytes, sender: str, recipients: Sequence[str]) -> tuple[list[Answer], frozenset[str]]:
        """Return the answers to the calls, and who has the message, by calls of an earlier time too."""
        key = digest(sender, message) if len(recipients) > MAX_RECIPIENTS else None
        reached = frozenset() if key is None else self._partial.reached(key)
        answers: list[Answer] = []
        for answer in self.courier.hand_over(message, sender=sender, recipients=recipients, reached=reached):
            answers.append(answer)
            reached |= answer.reached
            if key is not None:
                self._partial.remember(key, reached)
        if key is not None and answers[-1].is_sent:
            self._partial.forget(key)
        return answers, reached
