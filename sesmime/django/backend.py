"""The email backend: messages of Django prepared for the API of SES, v1 or v2, and sent by boto3."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from sesmime.boto import send_prepared
from sesmime.django.attributes import Attributes, given_parameters, read_attributes
from sesmime.django.clients import Kept, kept_client
from sesmime.django.messages import bare_address, django_destination
from sesmime.django.settings import OPTIONS, read_options
from sesmime.django.signals import CancelSend, post_send, pre_send
from sesmime.django.status import RecipientStatus, SendStatus
from sesmime.django.templates import TemplateCall, template_calls
from sesmime.django.writing import written_for_ses
from sesmime.errors import SesMimeError, printable
from sesmime.handover.prepare import prepared_submission, prepared_with_report
from sesmime.handover.prepared import Prepared
from sesmime.ses.interfaces import Interface
from sesmime.ses.sending import handed_over
from sesmime.ses.settings import ApiParameters

LOGGER: Final = logging.getLogger("sesmime.django")

# What anymail's receivers of signals are told.
_ESP: Final = "Amazon SES"
# What is noted among the headers of a sent message, as django-ses does.
_NOTED: Final = ("status", "message_id", "request_id")


class SesEmailBackend(BaseEmailBackend):
    """An email backend that prepares each message for the API of SES, v1 or v2, and sends it by boto3.

    The options are the keys of SESMIME; None is not given:

    - `interface`: "ses" (SendRawEmail, the default) or "sesv2" (SendEmail with raw content).
    - `client`: keyword arguments of `boto3.client`, or a client, which itself says the interface. `session`: a session
      of boto3, or keyword arguments of one; `profile`, `region`, `endpoint_url`; `role`: the ARN of a role to assume,
      or the parameters of AssumeRole. One client is kept for a process and the same settings.
    - `configuration_set`, `tags` (a dict), or functions that give them for a message; they hold for messages that say
      nothing themselves, by an X-SES field in their headers or by an attribute, of which the attribute wins; tags are
      not joined. `source_arn`, `from_arn`, `return_path_arn`, `tenant`, `endpoint_id`: parameters of every request.
    - `feedback_address` hears of bounces of messages that name nobody else.
    - `message_tag_name`: the message tag that has the first of anymail's `tags` as value.
    - `rate_limit`: recipients a second, or "account" for what SES allows; the threads of a process share it.
    - `note_in_headers`: note status, message_id and request_id in `extra_headers`, as django-ses does.
    - `lint`: "error" (a finding at or above `fail_level` raises Refused), "warn" (it gives a SesMimeWarning) or "off";
      `ignore` and `verified_identities` are those of LintConfig.

    Each message goes to its `recipients()`; parts that are not 7-bit are encoded. A message may have the attributes
    `ses_configuration_set` and `ses_tags`, and those of anymail; what cannot be done is refused. A sent message has the
    identifier that SES gave it in `ses_message_id`, and a SendStatus in `anymail_status`. With `fail_silently` what is
    refused, by sesmime or by SES, and failures of the connection are logged and passed over; such a message has no new
    `ses_message_id`. What Django cannot write is raised by it all the same.

    Raises ImproperlyConfigured for wrong settings; when a message is sent, ImportError without boto3.
    """

    def __init__(self, fail_silently: bool = False, **options: Any) -> None:
        others = {name: value for name, value in options.items() if name not in OPTIONS}
        super().__init__(**others)
        self.fail_silently = fail_silently
        self._options = read_options({name: value for name, value in options.items() if name in OPTIONS})
        self.connection: Any = None
        self._kept: Kept | None = None
        self._lock = threading.RLock()

    def open(self) -> bool | None:
        """Take the client for these settings; return whether there was none, None if making one failed silently."""
        if self.connection is not None:
            return False
        try:
            self._kept = kept_client(self._options)
        except _failures() as error:
            if not self.fail_silently:
                raise
            LOGGER.warning("no client could be made: %s", printable(str(error)))
            return None
        self.connection = self._kept.client
        return True

    def close(self) -> None:
        """Let go of the client, which stays open for the next messages of this process."""
        self.connection = self._kept = None

    def send_messages(self, email_messages: Iterable[EmailMessage]) -> int:
        """Send messages, one after the other; return how many were sent.

        Raises Refused for what SES is expected to refuse, and what boto3 raises; later messages are not sent then.
        """
        if not email_messages:
            return 0
        with self._lock:
            is_new = self.open()
            if is_new is None:
                return 0
            try:
                return sum(self._send(message) for message in email_messages)
            finally:
                if is_new:
                    self.close()

    def _send(self, message: Any) -> bool:
        try:
            pre_send.send(type(self), message=message, esp_name=_ESP)
        except CancelSend:
            LOGGER.debug("left out, as a receiver of pre_send asks")
            return False
        if not message.recipients():
            return False
        for name in _NOTED if self._options.note_in_headers else ():
            message.extra_headers.pop(name, None)  # of the last time
        errors: tuple[type[Exception], ...] = (SesMimeError, *_failures())
        try:
            status = self._hand_over(message)
        except errors as error:
            if not self.fail_silently:
                raise
            LOGGER.warning("not sent: %s", printable(str(error)))
            return False
        self._note(message, status)
        post_send.send_robust(type(self), message=message, status=status, esp_name=_ESP)
        return True

    def _note(self, message: Any, status: SendStatus) -> None:
        message.anymail_status = status
        message.ses_message_id = status.message_id if isinstance(status.message_id, str) else None
        LOGGER.debug("sent to %d recipients: %s", len(status.recipients), message.ses_message_id)
        if self._options.note_in_headers:
            request_id = status.esp_response.get("ResponseMetadata", {}).get("RequestId")
            message.extra_headers |= dict(zip(_NOTED, (200, message.ses_message_id, request_id), strict=True))

    def _hand_over(self, message: Any) -> SendStatus:
        options = self._options
        attributes = read_attributes(message, options.interface)
        given = given_parameters(
            message, attributes, interface=options.interface, message_tag_name=options.message_tag_name
        )
        defaults = options.defaults_for(message)
        if attributes.template_id is not None:
            calls = list(
                template_calls(
                    message,
                    attributes,
                    sender=attributes.envelope_sender or _feedback(given, options.feedback_address),
                    given=given,
                    defaults=defaults,
                )
            )
            return self._send_templates(calls)
        return self._send_raw(message, attributes, given, defaults)

    def _send_raw(
        self, message: Any, attributes: Attributes, given: ApiParameters, defaults: ApiParameters
    ) -> SendStatus:
        interface = self._options.interface
        raw = written_for_ses(message, self._options.checks, fields=attributes.fields)
        destination = django_destination(message)
        sender = attributes.envelope_sender
        # Django writes that field instead of `from_email`, which is left to be the envelope's sender.
        if sender is None and "From" in message.extra_headers:
            sender = bare_address(str(message.from_email))
        parameters = handed_over(
            raw,
            interface=interface,
            destination=destination,
            sender=sender or _feedback(given, self._options.feedback_address),
            given=given,
            defaults=defaults,
        )
        prepared = prepared_with_report(
            raw, parameters=parameters, interface=interface, config=self._options.checks.config
        )
        self._options.checks.judge(prepared.report)
        self._wait(len(destination.all))
        response: Mapping[str, Any] = send_prepared(self.connection, prepared)
        status = RecipientStatus(response.get("MessageId"), "queued")
        return SendStatus(recipients=dict.fromkeys(destination.all, status), esp_response=response)

    def _send_templates(self, calls: list[TemplateCall]) -> SendStatus:
        """Send all requests of a message, after the check of all."""
        checks = self._options.checks
        ready = [prepared_submission(call.submission, config=checks.config) for call in calls]
        for prepared in ready:
            checks.judge(prepared.report)
        recipients: dict[str, RecipientStatus] = {}
        response: Mapping[str, Any] = {}
        for call, prepared in zip(calls, ready, strict=True):
            self._wait(call.size)
            response = self._call(prepared)
            if prepared.interface is Interface.V2_SEND_BULK_EMAIL:
                results = [_status_of(result) for result in response["BulkEmailEntryResults"]]
            else:
                results = [RecipientStatus(response.get("MessageId"), "queued")]
            recipients |= zip(call.addresses, results, strict=True)
        self._refuse_failed(recipients, response)
        return SendStatus(recipients=recipients, esp_response=response)

    def _call(self, prepared: Prepared) -> Mapping[str, Any]:
        is_bulk = prepared.interface is Interface.V2_SEND_BULK_EMAIL
        operation = self.connection.send_bulk_email if is_bulk else self.connection.send_email
        response: Mapping[str, Any] = operation(**prepared.to_request())
        return response

    def _refuse_failed(self, recipients: Mapping[str, RecipientStatus], response: Mapping[str, Any]) -> None:
        """Raise ClientError where SES refused every entry; where it refused some, log that."""
        failed = sum(one.status == "failed" for one in recipients.values())
        if not failed:
            return
        result = next(one for one in response.get("BulkEmailEntryResults", ()) if one["Status"] != "SUCCESS")
        text = result.get("Error", result["Status"])
        if failed == len(recipients):
            from botocore.exceptions import ClientError

            raise ClientError({"Error": {"Code": result["Status"], "Message": text}}, "SendBulkEmail")
        LOGGER.warning("refused to %d of %d recipients: %s", failed, len(recipients), printable(text))

    def _wait(self, count: int) -> None:
        limit = self._kept.rate_limit if self._kept is not None else None
        if limit is not None and (seconds := limit.wait(count)):
            LOGGER.debug("waited %.3f s for the rate limit", seconds)


def _feedback(given: ApiParameters, address: str | None) -> str | None:
    """Return who hears of bounces by the settings, unless the message names somebody, by esp_extra."""
    return None if given.return_path or given.source else address


def _status_of(result: Mapping[str, Any]) -> RecipientStatus:
    return RecipientStatus(result.get("MessageId"), "queued" if result["Status"] == "SUCCESS" else "failed")


def _failures() -> tuple[type[Exception], ...]:
    """Return what the calls of a client raise; nothing where boto3 is not installed."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError
    except ImportError:
        return ()
    return BotoCoreError, ClientError, ResponseParserError
