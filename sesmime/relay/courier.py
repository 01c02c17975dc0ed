"""Handing one message over to the API: prepared once, in as many calls as its recipients need, one answer a call."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from sesmime.boto import raw_interface, send_submission
from sesmime.boto.rates import RateLimit
from sesmime.boto.retries import is_answer_lost, is_unconnected
from sesmime.errors import Refused
from sesmime.handover.prepare import prepare
from sesmime.handover.prepared import Prepared
from sesmime.linter.answers import predict_rejection
from sesmime.linter.config import LintConfig
from sesmime.linter.findings import Report, Severity
from sesmime.mime.fields import parse_header_section
from sesmime.relay.access import EVERYBODY, Access
from sesmime.relay.answers import FAILED, REFUSED, Answer, answered, is_passing, reply_line
from sesmime.relay.watch import Watch
from sesmime.ses.envelope import RECIPIENT_FIELDS, address_key, envelope_of
from sesmime.ses.interfaces import Interface
from sesmime.ses.recipients import read_recipients
from sesmime.ses.requests import Submission
from sesmime.ses.sending import handed_over
from sesmime.ses.settings import ApiParameters, Destination, unsupported_settings
from sesmime.ses.split import split_envelope
from sesmime.ses.strip import strip_ses_fields

# Seconds that a call waits for its turn and its repeats: clients wait ten minutes for the reply to a message's end
# (RFC 5321 section 4.5.3.2.6).
PATIENCE: Final = 30.0
# Seconds before the first repeat; twice as many before each other, less up to the half.
_PAUSE: Final = 0.5
_TOO_FAST: Final = "454 Throttling failure: Maximum sending rate exceeded."


class Ready(NamedTuple):
    """A message as it is to be sent, and the recipients of each call."""

    prepared: Prepared
    destinations: tuple[Destination, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """Prepares messages as it is told and gives them to a client of boto3; its options are those of `Handler`.

    A call is made again, `attempts` in all and with a pause between, only where SES has certainly not taken the
    message: it could not be connected to, or it has answered that it throttles or that it failed. It is not where a
    request was sent and no answer came, for SES would take it a second time. A client that makes calls again itself
    cannot tell the one from the other: give it `total_max_attempts` 1. A call waits for its turn by `rate` and for its
    pauses `patience` seconds at most, and no longer once `stopping` is set. `watch` is told of each call. Of `access`
    the senders count, for the field From.

    Raises TypeError for what is no client of SES, UnsupportedSetting for a default that its API has no parameter for.
    """

    client: Any
    defaults: ApiParameters = ApiParameters()
    strip: bool = False
    fail_level: Severity = Severity.ERROR
    fix: bool = True
    config: LintConfig = LintConfig()
    attempts: int = 1
    rate: RateLimit | None = None
    patience: float = PATIENCE
    stopping: threading.Event = field(default_factory=threading.Event)
    watch: Watch = field(default_factory=Watch)
    access: Access = EVERYBODY

    def __post_init__(self) -> None:
        for unsupported in unsupported_settings(self.defaults, self.interface):
            raise unsupported

    @property
    def interface(self) -> Interface:
        """The API that the client speaks."""
        return raw_interface(self.client)

    def hand_over(
        self, message: bytes, *, sender: str, recipients: Sequence[str], reached: frozenset[str] = frozenset()
    ) -> Iterator[Answer]:
        """Return the answer to each call as it comes, the last of which may be a failure; calls end with that.

        Who has been reached, by `address_key`, is left out. What is not prepared fails for all recipients at once.
        """
        ready = self.prepare(message, sender=sender, recipients=recipients)
        if isinstance(ready, Answer):
            yield ready._replace(recipients=tuple(one for one in recipients if address_key(one) not in reached))
            return
        prepared, destinations = ready
        waiting = [left for one in destinations if (left := _without(one, reached))]
        if not waiting:
            yield Answer("250 Ok", "all recipients have it already")
        codes = tuple(dict.fromkeys(finding.code for finding in prepared.report.at_least(Severity.WARNING)))
        for destination in waiting:
            settings = replace(prepared.parameters, destination=destination)
            submission: Submission[Any] = Submission(prepared.message, settings, self.interface)
            answer = self.send(submission, sender=sender)
            if answer.is_sent:
                answer = answer._replace(reason=", ".join(codes), codes=codes)
            yield answer
            if not answer.is_sent:
                return

    def prepare(self, message: bytes, *, sender: str, recipients: Sequence[str]) -> Ready | Answer:
        """Return a message as it is to be sent, and to whom, call by call; or the answer to one that is refused."""
        author_fault = self._author_fault(message)
        if author_fault is not None:
            return Answer(author_fault)
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
            return self._refusal(refused, message, sender, cuts[0].parameters)
        destinations = (prepared.parameters.destination, *(cut.parameters.destination for cut in cuts[1:]))
        return Ready(prepared, tuple(one for one in destinations if one is not None))

    def _author_fault(self, message: bytes) -> str | None:
        """Return the reply to a message whose visible sender is not allowed, or cannot be read whole."""
        if not self.access.senders:
            return None
        readings = [read_recipients(field.body) for field in parse_header_section(message).all("From")]
        if any(reading.is_one_lost or not reading.addresses for reading in readings):
            return self.access.author_fault(("",))
        return self.access.author_fault(address for reading in readings for address in reading.addresses)

    def send(self, submission: Submission[Any], *, sender: str) -> Answer:
        """Make one call for what `prepare` gave, and return the answer."""
        assert submission.parameters.destination is not None
        recipients = submission.parameters.destination.all
        try:
            answer = self._called(submission)
        except Refused as refused:  # by a hook of `boto.install`
            answer = self._refusal(refused, bytes(submission.message or b""), sender, submission.parameters)
        return answer._replace(
            recipients=recipients, reached=frozenset(map(address_key, recipients if answer.is_sent else ()))
        )

    def _called(self, submission: Submission[Any]) -> Answer:
        """Return the answer to a call, which is made again while that is safe and there is time."""
        assert submission.parameters.destination is not None
        count = len(submission.parameters.destination.all)
        end = time.monotonic() + self.patience
        for attempt in range(1, self.attempts + 1):
            if self.rate is not None:
                turn = self.rate.reserve(count, at_most=max(0.0, end - time.monotonic()))
                if turn is None or (turn and self.stopping.wait(turn)):
                    self.watch.held_back()
                    return Answer(_TOO_FAST, "the rate that the relay keeps to")
            started = time.monotonic()
            answer, may_be_repeated = self._sent(submission)
            self.watch.called(time.monotonic() - started, answer)
            pause = _PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1.0)  # noqa: S311, no secret
            if not may_be_repeated or attempt == self.attempts or time.monotonic() + pause > end:
                break
            if self.stopping.wait(pause):
                break
        return answer

    def _sent(self, submission: Submission[Any]) -> tuple[Answer, bool]:
        """Return the answer to one request, and whether it may be made again."""
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        try:
            response = send_submission(self.client, submission)
        except Refused:  # by a hook of `boto.install`, which may be a ClientError too
            raise
        except ClientError as error:
            return answered(error.response), is_passing(error.response)
        except (BotoCoreError, ResponseParserError) as error:
            answer = Answer(FAILED, f"{type(error).__name__}: {error}", is_certain=not is_answer_lost(error))
            return answer, is_unconnected(error)
        if not response.get("MessageId"):
            return Answer(FAILED, "the API's response has no MessageId", is_certain=False), False
        return Answer(reply_line(f"250 Ok {response['MessageId']}"), message_id=response["MessageId"]), False

    def _refusal(self, refused: Refused, message: bytes, sender: str, parameters: ApiParameters) -> Answer:
        """Answer as SES would over SMTP, where that is expected to refuse for one of the same reasons."""
        report = Report(refused.report)
        failing = report.at_least(self.fail_level) or report  # a hook of `boto.install` may be stricter
        given = ApiParameters(source=sender, destination=parameters.destination)
        expected = predict_rejection(message, parameters=given, interface=Interface.SMTP, config=self.config)
        codes = tuple(dict.fromkeys(finding.code for finding in failing))
        if expected is not None and expected.finding.code in codes and expected.smtp_reply is not None:
            reply = expected.smtp_reply
        else:
            reply = REFUSED + (failing[0].rejection or failing[0].message)
        return Answer(reply_line(reply), ", ".join(codes), codes=codes)


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
